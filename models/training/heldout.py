"""Questions whose sections were kept from training: a set to choose settings by.

    python models/training/heldout.py --laws FILE --questions DIR --out DIR

writes `corpus.jsonl` and `queries.jsonl` as the retrieval bench reads them. The corpus is every
section of the laws that have questions.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

import kernels
from laws import Section, read_sections
from questions import Question, is_held_out, read_questions

# As the product cuts passages (`decrees::index::document`).
_WINDOW_WORDS, _WINDOW_OVERLAP, _WHOLE_WORDS_MAX = 100, 20, 130
_RANKS = 10


class HeldOut:
    """The set, tokenized, for a quick look at a table by itself."""

    def __init__(
        self, sections: list[Section], questions: list[Question], tokenizer: Tokenizer
    ) -> None:
        corpus, self.questions = choose(sections, questions)
        texts: list[str] = []
        firsts: list[int] = []
        for section in corpus:
            firsts.append(len(texts))
            texts.extend(_windows(section))
        self._firsts = np.asarray(firsts)
        self._windows = _encode(tokenizer, texts)
        self._queries = _encode(tokenizer, [question.text for question in self.questions])
        places = {section.id: place for place, section in enumerate(corpus)}
        self._answers = np.asarray([places[question.section] for question in self.questions])

    def measure(self, rows: np.ndarray) -> str:
        """Recall and nDCG at ten, all and by style."""
        cosines = _vectors(self._queries, rows) @ _vectors(self._windows, rows).T
        scores = np.maximum.reduceat(cosines, self._firsts, axis=1)
        own = scores[np.arange(len(scores)), self._answers]
        ranks = (scores > own[:, None]).sum(axis=1)
        styles = np.asarray([question.style for question in self.questions])
        parts = []
        for style in ("", *sorted(set(styles))):
            of_style = ranks if not style else ranks[styles == style]
            gain = np.where(of_style < _RANKS, 1 / np.log2(of_style + 2.0), 0.0)
            parts.append(
                f"{style or 'all'} {len(of_style)}: R@10 {(of_style < _RANKS).mean():.3f} "
                f"nDCG {gain.mean():.3f}"
            )
        return "; ".join(parts)


def choose(
    sections: list[Section], questions: list[Question]
) -> tuple[list[Section], list[Question]]:
    """The sections to search, and the questions that were not trained on."""
    law_of = {section.id: section.law for section in sections}
    laws = {law_of[question.section] for question in questions if question.section in law_of}
    corpus = [section for section in sections if section.law in laws]
    held_out = [q for q in questions if q.section in law_of and is_held_out(q.section)]
    return corpus, held_out


def _windows(section: Section) -> list[str]:
    words = section.text.split()
    if len(words) <= _WHOLE_WORDS_MAX:
        return [f"{section.prefix} {' '.join(words)}"]
    starts = range(0, len(words) - _WINDOW_OVERLAP, _WINDOW_WORDS - _WINDOW_OVERLAP)
    return [f"{section.prefix} {' '.join(words[start : start + _WINDOW_WORDS])}" for start in starts]


def _encode(tokenizer: Tokenizer, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    encodings = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    borders = np.cumsum([0] + [len(encoding.ids) for encoding in encodings])
    ids = np.concatenate([np.asarray(encoding.ids, dtype=np.int32) for encoding in encodings])
    return ids, borders.astype(np.int64)


def _vectors(texts: tuple[np.ndarray, np.ndarray], rows: np.ndarray) -> np.ndarray:
    ids, borders = texts
    out = np.empty((len(borders) - 1, rows.shape[1]), dtype=np.float32)
    kernels.sum_rows(ids, borders, np.ones(len(rows), dtype=np.float32), rows, out)
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--laws", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    sections = list(read_sections(arguments.laws))
    corpus, questions = choose(sections, read_questions(arguments.questions))
    arguments.out.mkdir(parents=True, exist_ok=True)
    with (arguments.out / "corpus.jsonl").open("w", encoding="utf-8") as out:
        for section in corpus:
            title = section.prefix.removesuffix(":")
            row = {"id": section.id, "title": title, "text": section.text}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    with (arguments.out / "queries.jsonl").open("w", encoding="utf-8") as out:
        for number, question in enumerate(questions):
            row = {
                "id": f"h{number}",
                "query": question.text,
                "style": question.style,
                "relevant_ids": [question.section],
            }
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{len(corpus):,} sections, {len(questions):,} questions")


if __name__ == "__main__":
    main()
