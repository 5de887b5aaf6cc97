"""Trains the static embedder and writes its model folder.

    python models/training/train.py --laws laws_current.jsonl.gz \\
        --questions models/training/questions --out models/recht-static-512

Everything is read from the arguments, the seed is fixed, and nothing is fetched.
"""

import argparse
import dataclasses
import sys
import time
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

import export
import heldout
import static
import text
from laws import read_sections
from questions import is_held_out, read_questions

_HERE = Path(__file__).resolve().parent


def main() -> None:
    arguments = _arguments()
    started = time.monotonic()

    def say(words: str) -> None:
        print(f"[{time.monotonic() - started:5.0f} s] {words}", file=sys.stderr, flush=True)

    tokenizer_bytes = arguments.tokenizer.read_bytes()
    tokenizer = Tokenizer.from_buffer(tokenizer_bytes)
    sections = list(read_sections(arguments.laws))
    questions = read_questions(arguments.questions)
    learned = [question for question in questions if not is_held_out(question.section)]
    say(f"{len(sections):,} sections, {len(questions):,} questions, {len(learned):,} to learn")
    left_out = set(arguments.left_out.read_text(encoding="utf-8").split())
    settings = static.Settings(seed=arguments.seed)
    pairs = text.build(sections, learned, tokenizer, left_out, settings.seed)
    counts = np.bincount(pairs.rows[:, 5], minlength=len(text.KINDS))
    of_kind = ", ".join(f"{n:,} {kind}" for kind, n in zip(text.KINDS, counts, strict=True))
    say(f"{len(pairs.tokens):,} tokens; pairs: {of_kind}")
    say(f"{dataclasses.asdict(settings)}")
    table = static.Table(tokenizer, pairs, settings)
    static.Trainer(table, pairs, settings).run(static.order(pairs, settings))
    rows = table.weighted()
    export.write(arguments.out, rows, np.exp(table.log_weights), tokenizer_bytes)
    say(f"wrote {arguments.out}")
    measured = heldout.HeldOut(sections, questions, tokenizer).measure(rows)
    say(f"held-out questions, dense search alone: {measured}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--laws", type=Path, required=True, help="sections as JSON lines")
    parser.add_argument("--questions", type=Path, required=True, help="folder of .tsv files")
    parser.add_argument("--out", type=Path, required=True, help="model folder")
    parser.add_argument(
        "--tokenizer", type=Path, default=_HERE.parent / "recht-static-512" / "tokenizer.json"
    )
    parser.add_argument(
        "--left-out",
        type=Path,
        default=_HERE / "left_out.txt",
        help="sentences that must not be learned from, as SECTION:NUMBER",
    )
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
