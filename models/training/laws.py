"""Sections of law and their sentences, as the training reads them."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# A longer section is a table or a list of names; what follows is not read.
SECTION_CHARACTERS_MAX = 40_000
READ_CHARACTERS_MAX = 12_000
SECTION_WORDS_MIN = 12

# A full stop, semicolon or colon after a word, before a capital, a bracket or a quotation mark.
_BORDER = re.compile(r"(?<=[\wäöüß)\]][.;:])\s+(?=[A-ZÄÖÜ(„\"])|\n+")
# A full stop that ends an abbreviation or a number ends no sentence.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:\d+|[A-Za-z]|Abs|Nr|Nrn|Art|Buchst|Kap|Ziff|Halbs|Bundesgesetzbl|BGBl|bzw|ggf"
    r"|vgl|gem|usw|einschl|Dr|Prof|St|z\.\s?B|d\.\s?h)\.$"
)
_FRAGMENT_WORDS_MAX = 3


@dataclass(frozen=True, slots=True)
class Section:
    """A section of one law."""

    id: str
    law: str
    title: str
    number: str
    heading: str
    text: str

    @property
    def prefix(self) -> str:
        """What the product puts before each window: "AufenthG § 16b Studium:"."""
        return " ".join(f"{self.law} {self.number} {self.heading}".split()) + ":"


def read_sections(path: Path) -> Iterator[Section]:
    """The sections of a JSON lines file that hold text to learn from."""
    seen: set[str] = set()
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open()
    with opened as lines:
        for line in lines:
            row = json.loads(line)
            text = row["text"]
            usable = len(text) <= SECTION_CHARACTERS_MAX and len(text.split()) >= SECTION_WORDS_MIN
            if not usable or row["id"] in seen:
                continue
            seen.add(row["id"])
            yield Section(
                row["id"],
                row["law"].strip(),
                row["title"],
                row["section_id"].strip(),
                row["heading"].strip(),
                text[:READ_CHARACTERS_MAX],
            )


def sentences(text: str) -> list[str]:
    """The sentences of a section; paragraph and list numbers stay with what follows them."""
    found: list[str] = []
    for piece in _BORDER.split(text):
        piece = " ".join(piece.split())
        if not piece:
            continue
        if found and (
            _ABBREVIATION.search(found[-1]) or len(found[-1].split()) <= _FRAGMENT_WORDS_MAX
        ):
            found[-1] += " " + piece
        else:
            found.append(piece)
    return found
