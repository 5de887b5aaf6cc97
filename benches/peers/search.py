"""The appliance's search and what a user would pick instead, side by side.

    python search.py --set CORPUS LABEL QUERIES... --appliance AMTSHILFE --proto proto

Ours: LEXICAL, DENSE and HYBRID over gRPC, 50 hits. The peers, each with its defaults, each in a process of its own:

* bm25s over title, heading and text, with its German stop words and the Snowball stemmer of PyStemmer;
* chromadb on disk with its default index (HNSW, approximate; the space is cosine), holding OUR vectors: the same windows
  that the appliance cuts, through its Embed call. It is asked for 200 windows; a passage is as near as its best window;
* RRF: reciprocal rank fusion (1 / (60 + rank)) of the 50 best passages of both, as a user would build it.

Intervals are 95 % bootstrap over the queries. The difference is that of each query: HYBRID less the other. Latency is of
one client, one query after the other, each asked of all in turn. The peers run without what the appliance does for a
call: they are called in their process, without TLS, access rules or an audit record, and return ids, no texts; the
query's vector, which chromadb needs, has a row of its own and is not in theirs. Memory is the peak resident set of each
process, for the appliance with the files that it maps.
"""
import argparse
import concurrent.futures
import importlib
import importlib.metadata
import multiprocessing
import pathlib
import sys
import tempfile
import time

import numpy

import retrieval
import serving
from retrieval import MEASURES, PART

HITS = 50
# Several windows of one passage may be near; so many give 50 passages nearly always.
WINDOWS = 200
# Vectors of one call of chromadb; it takes up to 5,461.
ADDED = 16 * PART
FUSED_RANK = 60
STRATEGIES = ("LEXICAL", "DENSE", "HYBRID")
HYBRID, VECTOR, FUSED = "HYBRID", "query's vector", "RRF of both"
BM25, CHROMA = (f"{name} {importlib.metadata.version(name)}" for name in ("bm25s", "chromadb"))
# Seconds between two lines of progress.
SAID = 30


def timed(ask, *given):
    """The answer and the seconds it took."""
    started = time.perf_counter()
    answer = ask(*given)
    return answer, time.perf_counter() - started


def peak_mb(pid):
    """The peak resident set of a process; unlike ru_maxrss it does not begin with that of the parent."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1e3


class Words:
    """bm25s."""

    def __init__(self, corpus):
        import bm25s
        import Stemmer

        self.bm25s, self.stemmer = bm25s, Stemmer.Stemmer("german")
        documents = retrieval.documents_of(corpus)
        self.ids = [document["id"] for document in documents]
        texts = [" ".join(filter(None, (each.get("title"), each.get("heading"), each["text"]))) for each in documents]
        self.index = bm25s.BM25()
        self.seconds = timed(lambda: self.index.index(self.cut(texts), show_progress=False))[1]

    def cut(self, texts):
        return self.bm25s.tokenize(texts, stopwords="de", stemmer=self.stemmer, show_progress=False)

    def search(self, query):
        places, scores = self.index.retrieve(self.cut([query]), k=min(HITS, len(self.ids)), show_progress=False)
        return [self.ids[place] for place, score in zip(places[0], scores[0]) if score > 0]


class Vectors:
    """chromadb. A window's id is the place of its passage and its number."""

    def __init__(self, folder):
        import chromadb

        settings = chromadb.config.Settings(anonymized_telemetry=False)
        client = chromadb.PersistentClient(path=folder, settings=settings)
        configuration = {"hnsw": {"space": "cosine"}}
        self.collection = client.create_collection("passages", embedding_function=None, configuration=configuration)
        self.seconds, self.ids = 0.0, []

    def add(self, ids, names, vectors):
        self.ids = ids
        self.seconds += timed(lambda: self.collection.add(ids=names, embeddings=vectors))[1]

    def search(self, vector):
        found = self.collection.query(query_embeddings=[vector], n_results=WINDOWS, include=["distances"])
        places = dict.fromkeys(int(name.split(".")[0]) for name in found["ids"][0])
        return [self.ids[place] for place in list(places)[:HITS]]


class Peer:
    """One of these in a process of its own."""

    def __init__(self, kind, *given):
        context = multiprocessing.get_context("spawn")
        self.pool = concurrent.futures.ProcessPoolExecutor(1, mp_context=context)
        self.pool.submit(hold, kind, given).result()

    def ask(self, name, *given):
        return self.pool.submit(ask_held, name, given).result()

    def search(self, what):
        """The passages and the seconds within that process."""
        return self.ask("search", what)

    def load(self):
        """Seconds to index and peak memory."""
        return self.pool.submit(load_held).result()


HELD = []


def hold(kind, given):
    HELD.append(kind(*given))


def ask_held(name, given):
    return timed(getattr(HELD[0], name), *given)


def load_held():
    return HELD[0].seconds, peak_mb("self")


class Ours:
    """The appliance, as a client with a certificate asks it."""

    def __init__(self, appliance):
        self.pb = importlib.import_module("amtshilfe.v1.decrees_pb2")
        stubs = importlib.import_module("amtshilfe.v1.decrees_pb2_grpc")
        self.stub = stubs.DecreeServiceStub(appliance.channel)

    def requests(self, documents):
        for each in documents:
            text = "\n".join(filter(None, (each.get("title"), each.get("heading"), each["text"])))
            metadata = {"decree_id": each["id"], "title": each.get("title") or each["id"], "kind": "law"}
            file = {"filename": each["id"] + ".txt", "text": text}
            yield self.pb.ImportDecreesRequest(file=file, metadata=metadata)

    def load(self, documents, label):
        """Imports all and waits until all are embedded."""
        said, done = time.monotonic(), 0
        for answer in self.stub.ImportDecrees(self.requests(documents)):
            if answer.outcome != self.pb.ImportDecreesResponse.OUTCOME_ADDED:
                sys.exit(f"{label}: {answer.filename} was not added: {answer.message}")
            done += 1
            if time.monotonic() - said > SAID:
                said = time.monotonic()
                print(f"{label}: {done:,} of {len(documents):,} passages imported", file=sys.stderr)
        while self.stub.GetCorpus(self.pb.GetCorpusRequest()).passages_awaiting_embedding:
            time.sleep(0.05)

    def search(self, query, strategy):
        wanted = self.pb.SearchRequest.Strategy.Value(f"STRATEGY_{strategy}")
        request = self.pb.SearchRequest(query=query, limit=HITS, strategy=wanted)
        answer, seconds = timed(lambda: self.stub.Search(request, timeout=60))
        return list(dict.fromkeys(hit.passage.decree_id for hit in answer.hits)), seconds


def fuse(*rankings):
    scores = {}
    for ranking in rankings:
        for rank, found in enumerate(ranking, 1):
            scores[found] = scores.get(found, 0.0) + 1 / (FUSED_RANK + rank)
    return sorted(scores, key=scores.get, reverse=True)[:HITS]


class Corpus:
    """A set, loaded into all."""

    def __init__(self, path, label, appliance, folder):
        documents = retrieval.documents_of(path)
        self.label, self.appliance = label, appliance
        self.ids = [document["id"] for document in documents]
        print(f"{label}: {len(documents):,} passages are imported", file=sys.stderr)
        self.ours, self.embedder = Ours(appliance), retrieval.Embedder(appliance)
        self.seconds = timed(self.ours.load, documents, label)[1]
        print(f"{label}: imported in {self.seconds:.1f} s; the peers' turn", file=sys.stderr)
        self.words = Peer(Words, path)
        self.nearest = Peer(Vectors, str(folder / "chroma"))
        self.fill(documents)

    def fill(self, documents):
        """Our vectors go into the vector database; they are also kept, to know what is nearest."""
        each = [retrieval.windows_of(document) for document in documents]
        names = [f"{place}.{number}" for place, windows in enumerate(each) for number in range(len(windows))]
        texts = [window for windows in each for window in windows]
        self.firsts, parts, self.embedding, said = retrieval.firsts_of(each), [], 0.0, time.monotonic()
        for at in range(0, len(texts), ADDED):
            added = []
            for start in range(at, min(at + ADDED, len(texts)), PART):
                upto = min(start + PART, at + ADDED)
                vectors, seconds = timed(self.embedder.encode, texts[start:upto], False)
                added.append(vectors)
                self.embedding += seconds
            parts.append(numpy.concatenate(added))
            self.nearest.ask("add", self.ids, names[at : at + ADDED], parts[-1])
            if time.monotonic() - said > SAID:
                said = time.monotonic()
                print(f"{self.label}: {at + len(parts[-1]):,} of {len(texts):,} windows", file=sys.stderr)
        self.vectors = numpy.concatenate(parts)

    def answer(self, query):
        """What each finds, and in how many seconds."""
        answers = {strategy: self.ours.search(query, strategy) for strategy in STRATEGIES}
        vector, seconds = timed(self.embedder.encode, [query], True)
        answers[VECTOR] = vector[0], seconds
        answers[BM25] = self.words.search(query)
        answers[CHROMA] = self.nearest.search(vector[0])
        fused, seconds = timed(fuse, answers[BM25][0], answers[CHROMA][0])
        answers[FUSED] = fused, answers[BM25][1] + answers[CHROMA][1] + seconds
        return answers

    def exact(self, answers):
        """Which part of the ten nearest passages the index finds."""
        nearest = retrieval.nearest(self.vectors, self.firsts, answers[VECTOR][0], 10)
        return len({self.ids[place] for place in nearest}.intersection(answers[CHROMA][0][:10])) / len(nearest)

    def run(self, label, queries, rounds):
        """The measures of each query for each system, its seconds, and how exact the index is."""
        rows, times, exact, said = {}, {}, [], time.monotonic()
        for turn in range(rounds):
            for number, query in enumerate(queries, 1):
                answers = self.answer(query["query"])
                for system, (found, seconds) in answers.items():
                    times.setdefault(system, []).append(seconds)
                    if turn == 0 and system != VECTOR:
                        rows.setdefault(system, []).append(retrieval.judge(found, set(query["relevant_ids"])))
                if turn == 0:
                    exact.append(self.exact(answers))
                if time.monotonic() - said > SAID:
                    said = time.monotonic()
                    print(f"{label}: round {turn + 1} of {rounds}, {number} of {len(queries)} queries", file=sys.stderr)
        rows = {system: numpy.array(each) for system, each in rows.items()}
        return label, rows, times, numpy.mean(exact)

    def load(self):
        """A row of the table of what loading takes."""
        words, nearest = self.words.load(), self.nearest.load()
        seconds = (self.seconds, words[0], self.embedding, nearest[0])
        memory = (peak_mb(self.appliance.process.pid), words[1], nearest[1])
        cells = [f"{value:.1f}" for value in seconds] + [f"{value:.0f}" for value in memory]
        return f"| {self.label} | {len(self.ids):,} | {len(self.vectors):,} | " + " | ".join(cells) + " |"

    def close(self):
        for peer in (self.words, self.nearest):
            peer.pool.shutdown()


def measure(args):
    """The results of all files of queries, and a row for each set of what loading took."""
    results, loads = [], []
    for corpus, *files in args.sets:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            data = folder / "data"
            data.mkdir(mode=0o700)
            appliance = serving.Appliance(args.appliance, data, args.proto, roles=("client", "corpus_editor"))
            held = None
            try:
                held = Corpus(pathlib.Path(corpus), files[0].split()[0], appliance, folder)
                for _ in range(3):
                    held.answer("Welche Frist gilt?")
                for label, file in zip(files[::2], files[1::2]):
                    results.append(held.run(label, retrieval.queries_of(pathlib.Path(file)), args.rounds))
                    print(f"{label}: asked", file=sys.stderr)
                loads.append(held.load())
            finally:
                if held:
                    held.close()
                appliance.stop()
    return results, loads


def show(results, loads):
    head = "| set (queries) | | " + " | ".join(MEASURES)
    print(f"\n{head} | p50, ms | p99, ms |\n|---|---|---|---|---|---|---|")
    for label, rows, times, _ in results:
        for system, seconds in times.items():
            cells = ["", "", ""]
            if system in rows:
                picks = retrieval.picks_of(len(rows[system]))
                cells = [retrieval.figure(column, picks) for column in rows[system].T]
            cells += [f"{1e3 * value:.1f}" for value in numpy.percentile(seconds, (50, 99))]
            print(f"| {label} ({len(rows[HYBRID])}) | {system} | " + " | ".join(cells) + " |")
    print(f"\nHYBRID less the other, query by query\n\n{head} |\n|---|---|---|---|---|")
    behind = []
    for label, rows, _, _ in results:
        picks = retrieval.picks_of(len(rows[HYBRID]))
        for system, other in rows.items():
            if system == HYBRID:
                continue
            differences = rows[HYBRID] - other
            cells = [retrieval.figure(column, picks) for column in differences.T]
            print(f"| {label} ({len(other)}) | {system} | " + " | ".join(cells) + " |")
            worse = [measure for measure, column in zip(MEASURES, differences.T) if column.mean() <= 0]
            behind += [f"{label} {measure} ({system})" for measure in worse if system not in STRATEGIES]
    print(f"\nHYBRID is not ahead of a peer: {', '.join(behind) or 'nowhere'}")
    parts = ", ".join(f"{label} {exact:.3f}" for label, _, _, exact in results)
    print(f"\nof the ten passages that are nearest, {CHROMA} finds: {parts}")
    print("\n| set | passages | windows | ours: imported and embedded, s | bm25s: indexed, s | windows through Embed, s "
          "| chromadb: indexed, s | peak MB: ours | bm25s | chromadb |\n|---" + "|---" * 9 + "|")
    print("\n".join(loads))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    retrieval.add_arguments(parser)
    args = parser.parse_args()
    retrieval.check_arguments(parser, args)
    started = time.monotonic()
    results, loads = measure(args)
    show(results, loads)
    print(f"\n{args.rounds} rounds; took {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
