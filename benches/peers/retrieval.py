"""What comparisons of search share: the sets, the windows of a passage, our embedder, measures and their intervals."""
import gzip
import json

import numpy

# As crates/decrees/src/index/document.rs cuts.
WINDOW_WORDS, WINDOW_OVERLAP, WHOLE_WORDS_MAX = 100, 20, 130
# Texts of one Embed call; the appliance takes up to 512.
PART = 256
DRAWS = 2_000
MEASURES = ("R@10", "MRR@10", "nDCG@10")


def lines(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def documents_of(path):
    """The passages of a corpus that have a text."""
    return [document for document in lines(path) if document["text"].split()]


def queries_of(path):
    """The queries that something answers."""
    return [query for query in lines(path) if query["relevant_ids"]]


def windows_of(document, most=0):
    """The windows of a passage; the first `most` where there is a limit."""
    prefix = " ".join(filter(None, (document.get("title"), document.get("heading"))))
    words = document["text"].split()
    starts = [0]
    end = WHOLE_WORDS_MAX
    if len(words) > WHOLE_WORDS_MAX:
        starts = range(0, len(words) - WINDOW_OVERLAP, WINDOW_WORDS - WINDOW_OVERLAP)
        end = WINDOW_WORDS
    texts = [" ".join(words[start : start + end]) for start in starts]
    return [f"{prefix}: {text}" if prefix else text for text in texts[: most or None]]


def firsts_of(windows):
    """Where each passage's windows begin in a row of all."""
    return numpy.cumsum([0] + [len(each) for each in windows[:-1]])


def nearest(vectors, firsts, vector, count):
    """The passages nearest to a query, best first, each by its best window."""
    scores = numpy.maximum.reduceat(vectors @ vector, firsts)
    return numpy.argsort(-scores, kind="stable")[:count]


class Embedder:
    """The appliance's embedder, as a client asks it."""

    def __init__(self, appliance):
        self.appliance, self.pb = appliance, appliance.pb
        listed = appliance.stub.ListModels(self.pb.ListModelsRequest()).models
        self.name = next(model.name for model in listed if model.task == "embed")

    def encode(self, texts, is_query):
        purpose = self.pb.EmbedRequest.PURPOSE_QUERY if is_query else self.pb.EmbedRequest.PURPOSE_PASSAGE
        request = self.pb.EmbedRequest(model=self.name, texts=texts, purpose=purpose)
        answer = self.appliance.stub.Embed(request, timeout=120)
        return numpy.frombuffer(answer.vectors, dtype="<f4").reshape(len(texts), answer.dimensions)


def judge(ranked, relevant):
    """R@10, MRR@10 and nDCG@10 of one query; `ranked` are ids, best first, each once."""
    hits = numpy.array([found in relevant for found in ranked[:10]])
    gains = 1 / numpy.log2(numpy.arange(2, 12))
    most = min(10, len(relevant))
    first = numpy.flatnonzero(hits)
    reciprocal = 1 / (first[0] + 1) if len(first) else 0.0
    return hits.sum() / most, reciprocal, (hits * gains[: len(hits)]).sum() / gains[:most].sum()


def picks_of(count):
    """Which queries each draw of the bootstrap takes."""
    return numpy.random.default_rng(7).integers(count, size=(DRAWS, count))


def figure(values, picks):
    """Mean and 95 % interval of a measure, without the zero before the point."""
    low, high = numpy.percentile(values[picks].mean(axis=1), (2.5, 97.5))
    mean, low, high = (f"{value:.3f}".replace("0.", ".", 1) for value in (values.mean(), low, high))
    return f"{mean} ({low} to {high})"


def add_arguments(parser):
    """What every comparison on the sets is given."""
    parser.add_argument("--set", action="append", nargs="+", required=True, dest="sets", metavar="FILE",
                        help="a corpus, then a label and a file of queries, or several of both")
    parser.add_argument("--appliance", required=True)
    parser.add_argument("--proto", default="proto")
    parser.add_argument("--rounds", type=int, default=5, help="for the time of a query")


def check_arguments(parser, args):
    if any(len(given) < 3 or len(given) % 2 == 0 for given in args.sets):
        parser.error("--set takes a corpus, then pairs of a label and a file of queries")
    if args.rounds < 1:
        parser.error("--rounds is 1 or more")
