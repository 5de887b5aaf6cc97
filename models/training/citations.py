"""Which section a sentence cites, and the sentence without the citation."""

import re
from collections import Counter, defaultdict

from laws import Section

_NUMBER = re.compile(r"^(§|Art\.?|Artikel)\s*(\d+)\s?([a-z]{0,2})$")
_PART = (
    r"(?:Absatz(?:es)?|Abs\.|Satz(?:es)?|S\.|Nummern?|Nr\.|Buchstaben?|Buchst\.|Halbsatz"
    r"|Unterabsatz|Alternative)"
)
_CITATION = re.compile(
    r"(?P<sign>§|Artikels?|Art\.)\s*(?P<number>\d+)(?:\s?(?P<letter>[a-z]{1,2})\b)?"
    rf"(?P<parts>(?:\s*{_PART}\s*[\dIVXa-z]+\b(?:\s?(?:,|und|oder|bis))?)*)"
    r"(?:\s+(?:des|der)\s+(?P<name>(?:[A-ZÄÖÜ][a-zäöü]+\s+Buche?s\s+Sozialgesetzbuch"
    r"|Bürgerlichen\s+Gesetzbuche?s|[A-ZÄÖÜ][A-Za-zÄÖÜäöüß-]+))"
    r"|\s+(?P<abbreviation>[A-ZÄÖÜ][A-Za-zÄÖÜäöü]*[A-Z](?:\s\d+)?))?"
)
_ORDINALS = (
    "Ersten Zweiten Dritten Vierten Fünften Sechsten Siebten Achten Neunten Zehnten Elften "
    "Zwölften Dreizehnten Vierzehnten"
).split()
_LAW_NAME = re.compile(r"\b([A-ZÄÖÜ][A-Za-zÄÖÜäöüß-]*(?:gesetz|ordnung|gesetzbuch))\b")
_LAW_WORD = re.compile(r"gesetz|ordnung|buch|verfassung|richtlinie|abkommen|vertrag", re.IGNORECASE)
# A name that several laws bear names the one that bears it so much more often than the others.
_NAME_SHARE_MIN = 0.6
_CITATIONS_MAX = 3


class Resolver:
    """Finds the section behind a citation."""

    def __init__(self, sections: list[Section]) -> None:
        self._places: dict[tuple[str, str], int] = {}
        laws: set[str] = set()
        names: dict[str, Counter[str]] = defaultdict(Counter)
        for place, section in enumerate(sections):
            laws.add(section.law)
            if match := _NUMBER.match(section.number):
                self._places.setdefault((section.law, match[2] + match[3]), place)
            for name in _LAW_NAME.findall(section.title):
                names[name][section.law] += 1
        self._abbreviations = laws
        self._names = {
            genitive: law for name, law in _unambiguous(names) for genitive in _genitives(name)
        }
        self._names["Bürgerlichen Gesetzbuchs"] = self._names["Bürgerlichen Gesetzbuches"] = "BGB"
        self._books = {
            ordinal[:-1] + "s": sorted(law for law in laws if re.match(rf"SGB {number}(\s|$)", law))
            for number, ordinal in enumerate(_ORDINALS, 1)
        }

    def mask(
        self, sentence: str, law: str, own: int, filler: str
    ) -> tuple[str, list[int]] | None:
        """The sentence with a filler for its citations, and the cited sections; none where one of
        them is unknown, or where it cites nothing."""
        if "§§" in sentence:
            return None
        matches = list(_CITATION.finditer(sentence))
        if not 1 <= len(matches) <= _CITATIONS_MAX:
            return None
        targets = [self._target(match, law) for match in matches]
        if any(target is None or target == own for target in targets):
            return None
        masked = sentence
        for match in reversed(matches):
            masked = masked[: match.start()] + f" {filler} " + masked[match.end() :]
        return " ".join(masked.split()), [target for target in targets if target is not None]

    def _target(self, match: re.Match[str], law: str) -> int | None:
        number = match["number"] + (match["letter"] or "")
        if abbreviation := match["abbreviation"]:
            return self._places.get((abbreviation, number))
        name = " ".join((match["name"] or "").split())
        if name.endswith("Sozialgesetzbuch"):
            books = self._books.get(_nominal(name.split()[0]), [])
            found = [self._places.get((book, number)) for book in books]
            return next((place for place in found if place is not None), None)
        if name in self._names:
            return self._places.get((self._names[name], number))
        if match["sign"] != "§" or _LAW_WORD.search(name):
            return None
        return self._places.get((law, number))


def _nominal(ordinal: str) -> str:
    """"Zweiten" and "Zweites" name the same book."""
    return ordinal[:-1] + "s"


def _unambiguous(names: dict[str, Counter[str]]) -> list[tuple[str, str]]:
    chosen = []
    for name, counts in names.items():
        law, count = counts.most_common(1)[0]
        if count / counts.total() >= _NAME_SHARE_MIN:
            chosen.append((name, law))
    return chosen


def _genitives(name: str) -> list[str]:
    if name.endswith("ordnung"):
        return [name]
    return [name + "s", name + "es"]
