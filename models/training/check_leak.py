"""Proves that no evaluation query, nor a near copy of one, is among what the model learned from.

    python models/training/check_leak.py --eval DIR --questions DIR [--laws FILE] [--write]

Every `query` in the `queries*.jsonl` files below `--eval` is compared with each question, and with
each sentence of the laws that training may use as a query. A pair collides when the two are equal
after folding, share a long run of words, or share most of their character n-grams. Nothing of a
query is printed: only where the collision is. Exit status 1 when a question collides, or a
sentence that is not in `left_out.txt`; `--write` deletes such questions and rewrites that list.
"""

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from laws import read_sections, sentences
from questions import parse
from text import SENTENCE_WORDS_MAX, SENTENCE_WORDS_MIN

# Six words in a row are no accident in a question. In statutes they are ("im Sinne des Absatzes
# 1 Satz 2"), so there it takes eight words of three letters or more.
_RUN_QUESTION, _RUN_SENTENCE = 6, 8
_GRAM = 5
_LIKENESS_MAX = 0.5
_WORD = re.compile(r"[^\W_]+")
_LONG_WORD = re.compile(r"[a-zäöüß]{3,}")


class Queries:
    """The evaluation's queries, folded, with what finds their near copies."""

    def __init__(self, texts: list[str]) -> None:
        self.count = len(texts)
        self._equal = {_folded(text) for text in texts}
        self._runs = {run for text in texts for run in _runs(_words(text), _RUN_QUESTION)}
        self._long_runs = {
            run for text in texts for run in _runs(_long_words(text), _RUN_SENTENCE)
        }
        self._grams = [_grams(text) for text in texts]
        self._with_gram: dict[str, list[int]] = defaultdict(list)
        for number, grams in enumerate(self._grams):
            for gram in grams:
                self._with_gram[gram].append(number)

    def question_collides(self, text: str) -> str | None:
        """Why a question is too near to a query; none where it is not."""
        if _folded(text) in self._equal:
            return "equal"
        if not self._runs.isdisjoint(_runs(_words(text), _RUN_QUESTION)):
            return f"{_RUN_QUESTION} words in a row"
        likeness = self.likeness(text)
        return f"likeness {likeness:.2f}" if likeness >= _LIKENESS_MAX else None

    def sentence_collides(self, text: str) -> bool:
        """Whether a sentence of a law is too near to a query."""
        return not self._long_runs.isdisjoint(_runs(_long_words(text), _RUN_SENTENCE))

    def likeness(self, text: str) -> float:
        """The largest share of character n-grams that a query has in common with the text."""
        grams = _grams(text)
        shared: dict[int, int] = defaultdict(int)
        for gram in grams:
            for number in self._with_gram.get(gram, ()):
                shared[number] += 1
        shares = (
            count / (len(grams) + len(self._grams[number]) - count)
            for number, count in shared.items()
        )
        return max(shares, default=0.0)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _long_words(text: str) -> list[str]:
    return _LONG_WORD.findall(text.lower())


def _folded(text: str) -> str:
    return " ".join(_words(text))


def _runs(words: list[str], length: int) -> Iterator[str]:
    return (" ".join(words[at : at + length]) for at in range(len(words) - length + 1))


def _grams(text: str) -> set[str]:
    folded = f" {_folded(text)} "
    return {folded[at : at + _GRAM] for at in range(max(1, len(folded) - _GRAM + 1))}


def read_queries(folder: Path) -> Queries:
    """All queries below a folder."""
    texts = []
    for path in sorted(folder.rglob("queries*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            texts.extend(json.loads(line)["query"] for line in lines)
    if not texts:
        sys.exit(f"no queries below {folder}")
    return Queries(texts)


def check_questions(queries: Queries, folder: Path, *, write: bool) -> int:
    """How many questions collide; with `write` they are gone afterwards."""
    checked = collisions = 0
    highest = 0.0
    for path in sorted(folder.glob("*.tsv")):
        kept = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            question = parse(line)
            reason = question and queries.question_collides(question.text)
            if question:
                checked += 1
            if reason:
                collisions += 1
                print(f"{path.name}:{number}: {reason}")
            else:
                kept.append(line)
                highest = max(highest, queries.likeness(question.text) if question else 0.0)
        if write:
            path.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
    print(
        f"{checked:,} questions against {queries.count:,} queries: {collisions} collide; the "
        f"nearest of the others shares {highest:.0%} of its {_GRAM}-grams with a query"
    )
    return 0 if write else collisions


def check_sentences(queries: Queries, laws: Path, list_path: Path, *, write: bool) -> int:
    """How many sentences collide that are not left out; with `write` all of them are."""
    left_out = set(list_path.read_text(encoding="utf-8").split()) if list_path.exists() else set()
    colliding = []
    checked = 0
    for section in read_sections(laws):
        for number, sentence in enumerate(sentences(section.text)):
            if not SENTENCE_WORDS_MIN <= len(sentence.split()) <= SENTENCE_WORDS_MAX:
                continue
            checked += 1
            if queries.sentence_collides(sentence):
                colliding.append(f"{section.id}:{number}")
    if write:
        list_path.write_text("".join(f"{name}\n" for name in sorted(colliding)), encoding="utf-8")
        left_out.update(colliding)
    missing = sum(name not in left_out for name in colliding)
    print(
        f"{checked:,} sentences: {len(colliding)} share {_RUN_SENTENCE} words in a row with a "
        f"query; {missing} of them are not left out"
    )
    return missing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--eval", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--laws", type=Path)
    parser.add_argument(
        "--left-out", type=Path, default=Path(__file__).resolve().parent / "left_out.txt"
    )
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    queries = read_queries(arguments.eval)
    faults = check_questions(queries, arguments.questions, write=arguments.write)
    if arguments.laws:
        faults += check_sentences(
            queries, arguments.laws, arguments.left_out, write=arguments.write
        )
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
