"""The static embedder: its parameters, its loss, and one epoch after the other of it.

The vector of a text is the normalised sum of `exp(a_t) * F_t` over its tokens, where
`F_t = E_t + scale * sum of G_g` over the hashed character n-grams `g` of the token. The n-grams
let the inflected and the compound forms of a word learn from each other; they are folded into one
table at the end and cost nothing when the model is used.
"""

import sys
import time
import zlib
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

import kernels
from text import CITATION, KINDS, QUESTION, SENTENCE, Pairs


@dataclass(frozen=True, slots=True)
class Settings:
    """What the training is done with."""

    dimensions: int = 512
    batch: int = 512
    # Rows of a batch that are questions.
    question_share: float = 0.35
    # At most; fewer where the pairs of the laws do not suffice for more.
    steps: int = 900
    tokens_max: int = 160
    dropout: float = 0.1
    # Of the tokens of a question, which comes round often and must not be learned by heart.
    question_dropout: float = 0.35
    rate: float = 0.12
    weight_rate: float = 0.02
    warm_up: int = 40
    last_rate: float = 0.02
    # The factor of cosines in the softmax.
    sharpness: float = 20.0
    grams: int = 4
    gram_buckets: int = 40_000
    gram_scale: float = 1.5
    seed: int = 1


class Table:
    """The parameters."""

    def __init__(self, tokenizer: Tokenizer, pairs: Pairs, settings: Settings) -> None:
        chance = np.random.default_rng(settings.seed)
        size = tokenizer.get_vocab_size()
        shape = (size, settings.dimensions)
        self.rows = chance.standard_normal(shape, dtype=np.float32)
        self.grams = chance.standard_normal(
            (settings.gram_buckets, settings.dimensions), dtype=np.float32
        )
        self.gram_ids, self.gram_borders, self.gram_factor = _grams(tokenizer, settings)
        counts = np.bincount(pairs.tokens, minlength=size)
        self.log_weights = _rarity(counts)
        for special in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"):
            if (place := tokenizer.token_to_id(special)) is not None:
                self.log_weights[place] = -8.0

    def folded(self) -> np.ndarray:
        """`F`."""
        out = np.empty_like(self.rows)
        ones = np.ones(len(self.grams), dtype=np.float32)
        kernels.sum_rows(self.gram_ids, self.gram_borders, ones, self.grams, out)
        return self.rows + self.gram_factor[:, None] * out

    def weighted(self) -> np.ndarray:
        """What is shipped: the rows whose sum is a text's vector."""
        return self.folded() * np.exp(self.log_weights)[:, None]


def _grams(tokenizer: Tokenizer, settings: Settings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ids: list[int] = []
    borders = [0]
    length = settings.grams
    for number in range(tokenizer.get_vocab_size()):
        token = tokenizer.id_to_token(number) or ""
        if token.isalpha() and len(token) > length:
            ids.extend(
                zlib.crc32(token[start : start + length].encode()) % settings.gram_buckets
                for start in range(len(token) - length + 1)
            )
        borders.append(len(ids))
    counts = np.diff(borders)
    factor = settings.gram_scale / np.sqrt(np.maximum(counts, 1))
    return (
        np.asarray(ids, dtype=np.int32),
        np.asarray(borders, dtype=np.int64),
        factor.astype(np.float32),
    )


def _rarity(counts: np.ndarray) -> np.ndarray:
    """The logarithm of a token's first weight: rare tokens say more."""
    share = np.maximum(counts / counts.sum(), 1e-8)
    weights = np.log(np.clip(np.log1p(1 / (120 * share)), 0.02, 12.0))
    return (weights - weights.max()).astype(np.float32)


class _Adam:
    """The optimiser's memory of one table."""

    def __init__(self, table: np.ndarray) -> None:
        self.table = table
        self.gradient = np.zeros_like(table)
        self.mean = np.zeros_like(table)
        self.square = np.zeros_like(table)

    def step(self, rate: float, number: int) -> None:
        kernels.adam(
            self.table, self.gradient, self.mean, self.square, np.float32(rate), number
        )


class Trainer:
    """Trains a table on pairs."""

    def __init__(self, table: Table, pairs: Pairs, settings: Settings) -> None:
        self.table = table
        self._pairs = pairs
        self._settings = settings
        self._rows = _Adam(table.rows)
        self._grams = _Adam(table.grams)
        # One column, so that the same step serves.
        self._weights = _Adam(table.log_weights[:, None])
        shares = np.zeros(len(KINDS))
        shares[[SENTENCE, CITATION, QUESTION]] = (0.6, 0.7, 0.85)
        self._options = np.concatenate(
            [
                [settings.dropout, settings.tokens_max, QUESTION, settings.question_dropout],
                shares,
            ]
        )
        texts = 2 * settings.batch
        self._ids = np.empty(texts * (3 * settings.tokens_max + 64), dtype=np.int32)
        self._borders = np.zeros(texts + 1, dtype=np.int64)

    def run(self, order: np.ndarray) -> None:
        """One step for each row of `order`, which holds numbers of pairs."""
        settings = self._settings
        started = time.monotonic()
        losses: list[float] = []
        total = len(order)
        for number, batch in enumerate(order, 1):
            rate = min(1.0, number / settings.warm_up)
            rate *= max(settings.last_rate, 1 - number / total)
            losses.append(self._step(self._pairs.rows[batch], rate, number))
            if number % 50 == 0 or number == total:
                spent = time.monotonic() - started
                print(
                    f"  step {number}/{total} loss {np.mean(losses[-50:]):.3f} "
                    f"{spent:.0f} s, {spent / number * (total - number):.0f} s left",
                    file=sys.stderr,
                    flush=True,
                )

    def _step(self, rows: np.ndarray, rate: float, number: int) -> float:
        settings = self._settings
        written = kernels.assemble(
            self._pairs.tokens,
            self._pairs.sections,
            rows,
            self._options,
            settings.seed * 1_000_003 + number,
            self._ids,
            self._borders,
        )
        ids = self._ids[:written]
        folded = self.table.folded()
        weights = np.exp(self.table.log_weights)
        sums = np.empty((len(self._borders) - 1, folded.shape[1]), dtype=np.float32)
        kernels.sum_rows(ids, self._borders, weights, folded, sums)
        norms = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
        unit = sums / norms
        loss, gradient = contrast(unit, rows, settings.sharpness)
        # Through the normalisation.
        gradient = (gradient - unit * np.sum(gradient * unit, axis=1, keepdims=True)) / norms
        self._descend(ids, folded, weights, gradient.astype(np.float32), rate, number)
        return loss

    def _descend(
        self,
        ids: np.ndarray,
        folded: np.ndarray,
        weights: np.ndarray,
        gradient: np.ndarray,
        rate: float,
        number: int,
    ) -> None:
        settings = self._settings
        kernels.scatter_rows(ids, self._borders, weights, gradient, self._rows.gradient)
        by_row = self._rows.gradient
        # d/da of exp(a) F is exp(a) F, and by_row holds exp(a) times the gradient of the sums.
        self._weights.gradient[:, 0] = np.einsum("td,td->t", by_row, folded)
        ones = np.ones(len(self.table.grams), dtype=np.float32)
        scaled = self.table.gram_factor[:, None] * by_row
        kernels.scatter_rows(
            self.table.gram_ids, self.table.gram_borders, ones, scaled, self._grams.gradient
        )
        self._rows.step(settings.rate * rate, number)
        self._grams.step(settings.rate * rate, number)
        self._weights.step(settings.weight_rate * rate, number)


def contrast(
    unit: np.ndarray, rows: np.ndarray, sharpness: float
) -> tuple[float, np.ndarray]:
    """The symmetric softmax loss of queries (first half) and passages (second half) in one batch,
    and its gradient by the unit vectors. Another passage of the same section is no negative."""
    count = len(rows)
    queries, passages = unit[:count], unit[count:]
    scores = sharpness * (queries @ passages.T)
    same = (rows[:, 2][:, None] == rows[:, 2]) | (rows[:, 6][:, None] == rows[:, 6])
    np.fill_diagonal(same, False)
    scores[same] = -1e4
    by_query = _softmax(scores, 1)
    by_passage = _softmax(scores, 0)
    right = np.diagonal(by_query)
    loss = float(-np.log(np.maximum(right, 1e-9)).mean())
    slope = 0.5 * (by_query + by_passage)
    slope[np.arange(count), np.arange(count)] -= 1.0
    slope *= sharpness / count
    return loss, np.concatenate([slope @ passages, slope.T @ queries])


def _softmax(scores: np.ndarray, axis: int) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def order(pairs: Pairs, settings: Settings) -> np.ndarray:
    """Numbers of pairs, a row a step: the law's pairs once in random order, and in each batch a
    share of questions, which come round several times."""
    chance = np.random.default_rng(settings.seed + 1)
    is_question = pairs.rows[:, 5] >= QUESTION
    questions = np.flatnonzero(is_question)
    law = chance.permutation(np.flatnonzero(~is_question))
    asked = round(settings.batch * settings.question_share) if len(questions) else 0
    steps = min(settings.steps, len(law) // (settings.batch - asked))
    rounds = -(-steps * asked // max(len(questions), 1))
    asked_order = np.concatenate(
        [chance.permutation(questions) for _ in range(rounds)] or [questions[:0]]
    )
    return np.concatenate(
        [
            law[: steps * (settings.batch - asked)].reshape(steps, -1),
            asked_order[: steps * asked].reshape(steps, -1),
        ],
        axis=1,
    )
