"""Reads generated papers with ours, pdftotext, pypdfium2 and Tesseract alone, one table.

Ours reads scans and photos by the networks of PP-OCRv6, and for comparison by Tesseract as it does
where they are not installed. Before, what the networks compute here is compared with onnxruntime.

Every file has exact truth, since it was typeset from it. The character error rate is the edit
distance over the characters of the truth, all white space counted as one blank, summed over all
files of a kind; a file that gives an error counts as read empty. The truth runs row by row, so
pdftotext is asked for its -layout. Each program gets one thread; the time includes starting it,
except for pypdfium2, which is called in this process. Tesseract alone has the same languages as ours.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
import unicodedata
from pathlib import Path

import pypdfium2
from PIL import Image
from rapidfuzz.distance import Levenshtein

import networks

LANGUAGES = "deu+eng"
ENVIRONMENT = dict(os.environ, OMP_THREAD_LIMIT="1")
# What is aimed at: character error rate in per cent.
TARGETS = {"digital PDF": 0.3, "scan-150": 0.7, "photo": 2.0}
# Kinds of pictures and how the generator's files end; each paper of the measured set is one of them.
PICTURES = {"scan-150": "scan.pdf", "scan-200": "scan-200.pdf", "scan-300": "scan-300.pdf", "photo": "jpg",
            "photo-glare": "glare.jpg", "fax-fine": "fax-fine.pdf", "fax": "fax.pdf"}
TURN = "scan-pdf,jpeg,scan-200,photo-glare,scan-300,fax-fine,fax"


def output(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, env=ENVIRONMENT, check=False)
    return done.stdout.decode("utf-8", "replace")


def pdftotext(path: Path) -> str:
    return output("pdftotext", "-layout", path, "-")


def pypdfium(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def tesseract(path: Path) -> str:
    """Pages of a PDF are drawn as fine as the scan is; a standard fax lacks every second line all the same."""
    dots = next((dots for end, dots in ((".scan.pdf", "150"), ("-300.pdf", "300")) if path.name.endswith(end)), "200")
    if path.suffix != ".pdf":
        return output("tesseract", path, "-", "-l", LANGUAGES)
    with tempfile.TemporaryDirectory() as folder:
        output("pdftoppm", "-gray", "-r", dots, path, Path(folder) / "page")
        pages = sorted(Path(folder).iterdir())
        return "\n".join(output("tesseract", page, "-", "-l", LANGUAGES) for page in pages)


def turned(path: Path, degrees: int, folder: Path) -> Path:
    """The photo as a phone held wrongly leaves it, turned counter-clockwise, without a note."""
    copy = folder / f"{path.parent.name}-{path.name}"
    Image.open(path).rotate(degrees, expand=True).save(copy, quality=90)
    return copy


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def zone_lines(truth: dict) -> list[str]:
    return truth["fields"].get("mrz", "").split("\n") if truth["fields"].get("mrz") else []


class Score:
    def __init__(self) -> None:
        self.errors = self.characters = self.files = self.pages = self.zones = self.exact = 0
        self.seconds = 0.0

    def add(self, text: str, truth: dict, pages: int, seconds: float) -> None:
        wanted = plain("\n".join(truth["pages"][:pages]))
        self.errors += Levenshtein.distance(plain(text), wanted)
        self.characters += len(wanted)
        self.files, self.pages = self.files + 1, self.pages + pages
        self.seconds += seconds
        zone = zone_lines(truth)
        if zone:
            lines = {line.replace(" ", "") for line in text.split("\n")}
            self.zones, self.exact = self.zones + 1, self.exact + all(line in lines for line in zone)

    def row(self, kind: str, name: str) -> str:
        rate = 100 * self.errors / max(1, self.characters)
        speed = self.pages / max(1e-9, self.seconds)
        target = f"≤ {TARGETS[kind]}" if kind in TARGETS else "–"
        zones = f"{self.exact} / {self.zones}" if self.zones else "–"
        return (f"| {kind} | {name} | {self.files} | {self.pages} | {rate:.2f} | {target} | "
                f"{self.seconds:.1f} | {speed:.2f} | {zones} |")


def names(papers: Path, readers: dict, folder: Path) -> None:
    """Which names stand letter by letter on a line of their own, by orthography; formatting marks aside."""
    subprocess.run([str(papers), "names", "--out", str(folder)], check=True, stdout=subprocess.DEVNULL)
    right: dict[tuple[str, str], int] = {}
    asked: dict[str, int] = {}
    for path in sorted(folder.glob("*.truth.json")):
        groups = json.loads(path.read_text())["groups"]
        for name, read in readers.items():
            text = re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", read(path.with_name(f"{path.name[:7]}.pdf")))
            lines = {unicodedata.normalize("NFC", plain(line)) for line in re.split("[\n\f]", text)}
            for group in groups:
                key = (group["orthography"], name)
                wanted = [unicodedata.normalize("NFC", one) for one in group["names"]]
                right[key] = right.get(key, 0) + sum(one in lines for one in wanted)
        for group in groups:
            asked[group["orthography"]] = asked.get(group["orthography"], 0) + len(group["names"])
    print("\nNames in a digital PDF, letter by letter, of all; aimed at are 99 % by ours.\n")
    print("| orthography | names | " + " | ".join(readers) + " |")
    print("|---|---:|" + "---:|" * len(readers))
    for orthography, count in asked.items():
        print(f"| {orthography} | {count} | " + " | ".join(str(right[orthography, one]) for one in readers) + " |")
    total = {one: sum(right[orthography, one] for orthography in asked) for one in readers}
    whole = sum(asked.values())
    print(f"| all | {whole} | " + " | ".join(f"{total[one]} ({100 * total[one] / whole:.1f} %)" for one in readers) + " |")


def speed(reader: Path, papers: Path, folder: Path) -> None:
    """How long a file takes on one core, its child process included, as read-file itself takes the time."""
    fifty = pypdfium2.PdfDocument.new()
    sources = [pypdfium2.PdfDocument(path) for path in sorted(papers.glob("*/*.pdf")) if path.name.count(".") == 1]
    while len(fifty) < 50:
        fifty.import_pages(sources[len(fifty) % len(sources)])
    fifty.save(folder / "fifty.pdf")
    single = next(path for path in sorted(papers.glob("*/*.pdf")) if path.name.count(".") == 1)
    print("\nText layer on one core, median of nine.\n")
    print("| pages | milliseconds | pages/s | target |")
    print("|---:|---:|---:|---:|")
    for path, target in ((single, "≤ 30 ms"), (folder / "fifty.pdf", "≥ 300 pages/s")):
        taken = []
        for _ in range(9):
            alone = lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
            said = subprocess.run([reader, path], capture_output=True, text=True, check=True, preexec_fn=alone).stderr
            pages, number, unit = re.search(r"(\d+) pages, ([\d.]+)(ms|s)$", said.strip()).groups()
            taken.append(float(number) * (1000 if unit == "s" else 1))
        middle = statistics.median(taken)
        print(f"| {pages} | {middle:.1f} | {1000 * int(pages) / middle:.0f} | {target} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("papers", type=Path, help="the generator")
    parser.add_argument("reader", type=Path, help="the program read-file")
    parser.add_argument("--networks", type=Path, required=True, help="folder with PP-OCRv6's files")
    parser.add_argument("--count", type=int, default=6, help="papers of each class")
    parser.add_argument("--pictures", type=int, default=6, help="of these, also recognised as a scan, photo or fax")
    parser.add_argument("--recognisers", default="ours,ours by Tesseract,Tesseract alone", help="of pictures, with commas")
    parser.add_argument("--classes", help="these only, with commas")
    parser.add_argument("--families", default="train", help="layouts: train, held or all")
    parser.add_argument("--seed", type=int, default=7001)
    options = parser.parse_args()

    def ours(path: Path) -> str:
        return output(options.reader, "--networks", options.networks, path)

    def without(path: Path) -> str:
        return output(options.reader, path)

    networks.compare(options.reader, options.networks)
    layers = {"ours": without, "pdftotext": pdftotext, "pypdfium2": pypdfium}
    recognisers = {"ours": ours, "ours by Tesseract": without, "Tesseract alone": tesseract}
    recognisers = {name: recognisers[name] for name in options.recognisers.split(",")}
    scores: dict[tuple[str, str], Score] = {}

    def measure(kind: str, readers: dict, path: Path, truth: dict, pages: int) -> None:
        for name, read in readers.items():
            started = time.perf_counter()
            try:
                text = read(path)
            except pypdfium2.PdfiumError:
                text = ""
            seconds = time.perf_counter() - started
            scores.setdefault((kind, name), Score()).add(text, truth, pages, seconds)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate = [options.papers, "generate", "--out", folder / "papers", "--count", options.count]
        generate += ["--seed", options.seed, "--formats", "pdf", "--turn", TURN, "--families", options.families]
        generate += ["--classes", options.classes] if options.classes else []
        subprocess.run([str(part) for part in generate], check=True, stdout=subprocess.DEVNULL)
        for number, path in enumerate(sorted((folder / "papers").glob("*/*.truth.json"))):
            truth = json.loads(path.read_text())
            stem = path.name.removesuffix(".truth.json")
            file = lambda ending: path.with_name(f"{stem}.{ending}")
            pages = len(truth["pages"])
            measure("digital PDF", layers, file("pdf"), truth, pages)
            if int(stem) >= options.pictures:
                continue
            for name, picture in truth["pictures"].items():
                kind = picture["profile"]
                one = pages if PICTURES[kind].endswith(".pdf") else 1
                measure(kind, recognisers, path.with_name(name), truth, one)
                if kind == "photo":
                    askew = turned(path.with_name(name), 90 * (1 + number % 3), folder)
                    measure("photo, held wrongly", recognisers, askew, truth, 1)
        speed(options.reader, folder / "papers", folder)
    print("\n| file | read by | files | pages | character errors, % | target | seconds | pages/s "
          "| MRZ lines all exact |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    order = ["digital PDF", *PICTURES, "photo, held wrongly"]
    for (kind, name), score in sorted(scores.items(), key=lambda entry: order.index(entry[0][0])):
        print(score.row(kind, name))
    with tempfile.TemporaryDirectory() as name:
        names(options.papers, layers, Path(name))


if __name__ == "__main__":
    main()
