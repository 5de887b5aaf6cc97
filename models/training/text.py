"""All training text as one array of tokens; a text is a stretch of it."""

import random
import re
import sys
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from citations import Resolver
from laws import Section, sentences
from questions import Question

SENTENCE_WORDS_MIN, SENTENCE_WORDS_MAX = 8, 70
_SENTENCES_PER_SECTION = 2
# The writers of the questions saw no more of a section.
QUESTION_CHARACTERS = 1_100
_REST_TOKENS_MIN = 12
# What stands where a citation was; a placeholder must not come to mean anything.
_FILLERS = ("", "[REF]")
_ENCODED_AT_ONCE = 4_096
_SAYS_NOTHING = re.compile(
    r"^(?:In-?[Kk]raft|Außerkraft|\(weggefallen\)|Schlu(?:ss|ß)formel|Eingangsformel|-)"
)

# Kinds of pairs.
HEADING, SENTENCE, CITATION, QUESTION, PARAPHRASE = range(5)
KINDS = ("heading", "sentence", "citation", "question", "paraphrase")


@dataclass(frozen=True, slots=True)
class Pairs:
    """Queries with the sections that answer them, as stretches of the token array. Columns of
    `rows`: query from, query to, section, hole from, hole to (part of the section that the query
    was taken from), kind, source (section that the query came from). A paraphrase has another
    question of the same section in place of the hole, and that is its passage."""

    tokens: np.ndarray
    # Columns: body from, body to, prefix from, prefix to, end of what a question was written from.
    sections: np.ndarray
    rows: np.ndarray


class _Tokens:
    """Texts one behind the other, encoded in large batches."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._waiting: list[str] = []
        self._parts: list[np.ndarray] = []
        self._lengths: list[int] = []

    def add(self, text: str) -> int:
        """The number of the text."""
        self._waiting.append(text)
        if len(self._waiting) == _ENCODED_AT_ONCE:
            self._encode()
        return len(self._lengths) + len(self._waiting) - 1

    def finish(self) -> tuple[np.ndarray, np.ndarray]:
        """The tokens, and where each text begins; one border more than texts."""
        self._encode()
        borders = np.concatenate([[0], np.cumsum(self._lengths, dtype=np.int64)])
        return np.concatenate(self._parts), borders

    def _encode(self) -> None:
        for encoding in self._tokenizer.encode_batch_fast(
            self._waiting, add_special_tokens=False
        ):
            self._parts.append(np.asarray(encoding.ids, dtype=np.uint16))
            self._lengths.append(len(encoding.ids))
        self._waiting.clear()


def build(
    sections: list[Section],
    questions: list[Question],
    tokenizer: Tokenizer,
    left_out: set[str],
    seed: int,
) -> Pairs:
    """Pairs from the laws and from the questions. `left_out` holds sentences as `id#number` that
    must not be learned from."""
    chance = random.Random(seed)
    resolver = Resolver(sections)
    tokens = _Tokens(tokenizer)
    # Rows with text numbers; they become stretches once everything is encoded.
    rows: list[tuple[int, int, int, int, int]] = []
    bodies = np.zeros((len(sections), 5), dtype=np.int64)
    for place, section in enumerate(sections):
        prefix = tokens.add(section.prefix)
        found = sentences(section.text)
        numbers = [tokens.add(sentence) for sentence in found]
        seen = np.searchsorted(np.cumsum([len(s) + 1 for s in found]), QUESTION_CHARACTERS)
        read_to = numbers[min(int(seen), len(numbers) - 1)] + 1
        bodies[place] = (numbers[0], numbers[-1] + 1, prefix, prefix + 1, read_to)
        if len(section.heading) > 5 and not _SAYS_NOTHING.match(section.heading):
            rows.append((tokens.add(section.heading), place, -1, HEADING, place))
        usable = [
            (sentence, number)
            for index, (sentence, number) in enumerate(zip(found, numbers, strict=True))
            if SENTENCE_WORDS_MIN <= len(sentence.split()) <= SENTENCE_WORDS_MAX
            and f"{section.id}:{index}" not in left_out
        ]
        if len(found) > 1:
            for _, number in chance.sample(usable, min(len(usable), _SENTENCES_PER_SECTION)):
                rows.append((number, place, number, SENTENCE, place))
        for sentence, _ in usable:
            filler = chance.choice(_FILLERS)
            if masked := resolver.mask(sentence, section.law, place, filler):
                target = chance.choice(masked[1])
                rows.append((tokens.add(masked[0]), target, -1, CITATION, place))
        if place % 10_000 == 0:
            print(f"  {place:,} of {len(sections):,} sections read", file=sys.stderr, flush=True)
    places = {section.id: place for place, section in enumerate(sections)}
    asked: dict[int, list[int]] = defaultdict(list)
    for question in questions:
        if (place := places.get(question.section)) is not None:
            number = tokens.add(question.text)
            rows.append((number, place, -1, QUESTION, place))
            rows.extend((other, place, number, PARAPHRASE, place) for other in asked[place])
            asked[place].append(number)
    array, borders = tokens.finish()
    return Pairs(array, borders[bodies], _stretches(rows, borders, borders[bodies]))


def _stretches(
    rows: list[tuple[int, int, int, int, int]], borders: np.ndarray, bodies: np.ndarray
) -> np.ndarray:
    query, section, hole, kind, source = np.asarray(rows, dtype=np.int64).T
    with_hole = hole >= 0
    columns = (
        borders[query],
        borders[query + 1],
        section,
        np.where(with_hole, borders[hole], 0),
        np.where(with_hole, borders[hole + 1], 0),
        kind,
        source,
    )
    stretches = np.stack(columns, axis=1)
    hole_length = np.where(kind == SENTENCE, stretches[:, 4] - stretches[:, 3], 0)
    rest = bodies[section, 1] - bodies[section, 0] - hole_length
    kept = (stretches[:, 1] > stretches[:, 0]) & (rest >= _REST_TOKENS_MIN)
    return stretches[kept]
