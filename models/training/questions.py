"""Our own questions: read, cleaned, and divided by section."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

STYLES = ("keyword", "jargon", "everyday")
# Of a hundred sections, so many are kept from training to choose settings by.
HELD_OUT_PERCENT = 8
_WORDS_MIN, _WORDS_MAX = 2, 45


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the section that answers it."""

    section: str
    style: str
    text: str


def read_questions(folder: Path) -> list[Question]:
    """All questions of a folder, in the order of its files, each once."""
    found: dict[tuple[str, str], Question] = {}
    for path in sorted(folder.glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if question := parse(line):
                found.setdefault((question.section, question.text.casefold()), question)
    return list(found.values())


def parse(line: str) -> Question | None:
    """A question of one line; none where the line is not one."""
    columns = line.split("\t")
    if len(columns) != 3 or columns[1] not in STYLES:
        return None
    text = " ".join(columns[2].split())
    if not _WORDS_MIN <= len(text.split()) <= _WORDS_MAX:
        return None
    return Question(columns[0], columns[1], text)


def is_held_out(section: str) -> bool:
    """By the section's id alone, so that new files move no section to the other side."""
    digest = hashlib.sha256(section.encode()).digest()
    return int.from_bytes(digest[:4], "big") % 100 < HELD_OUT_PERCENT
