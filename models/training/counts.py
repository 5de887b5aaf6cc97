"""Questions by style and law, as the data card states them.

    python models/training/counts.py --laws FILE --questions DIR
"""

import argparse
from collections import Counter
from pathlib import Path

from laws import read_sections
from questions import STYLES, is_held_out, read_questions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--laws", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    arguments = parser.parse_args()
    questions = read_questions(arguments.questions)
    law_of = {section.id: section.law for section in read_sections(arguments.laws)}
    print("| style | to learn | held out |\n|---|---|---|")
    for style in STYLES:
        of_style = [question for question in questions if question.style == style]
        held_out = sum(is_held_out(question.section) for question in of_style)
        print(f"| {style} | {len(of_style) - held_out:,} | {held_out:,} |")
    sections = {question.section for question in questions}
    print(f"\n{len(questions):,} questions for {len(sections):,} sections:", end=" ")
    laws = Counter(law_of.get(question.section, "short sections") for question in questions)
    print(", ".join(f"{law} {count}" for law, count in laws.most_common()))


if __name__ == "__main__":
    main()
