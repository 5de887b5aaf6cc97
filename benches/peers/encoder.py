"""Measures the fused encoder against onnxruntime, OpenVINO and PyTorch: same weights, same token
ids, same number of threads, one run of each in turn.

    python -m venv VENV && VENV/bin/pip install -r benches/peers/requirements.txt
    cargo build --release -p inference-candle --example encoder
    VENV/bin/python benches/peers/encoder.py MODEL TEXTS target/release/examples/encoder --threads 1

MODEL is a folder as Hugging Face lays it out, TEXTS a file of German text. Each peer gets the
best of three ways through a batch: padded as it comes, sorted by length in parts of 8, one by
one. Printed is the median over the rounds, and the median of the ratios within a round. On one
thread the measure is processor time, which other programs on the machine disturb less than the
clock; on several it is the clock.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CELLS = [(batch, length) for batch in (1, 8, 32) for length in (16, 64, 256)]
MIXED_TEXTS = 128
OURS = ["f32", "bf16", "int8"]


def cells(model, texts):
    """Token ids by cell: cut from one stream of German text, mixed ones with log-normal lengths."""
    import numpy
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    stream = tokenizer.encode(texts.read_text()[:2_000_000], add_special_tokens=False).ids
    first, last = tokenizer.encode("").ids
    place = 0

    def sequence(length):
        nonlocal place
        if place + length > len(stream):
            place = 0
        ids = [first, *stream[place : place + length - 2], last]
        place += length - 2
        return ids

    made = {f"{batch}x{length}": [sequence(length) for _ in range(batch)] for batch, length in CELLS}
    lengths = numpy.random.default_rng(5).lognormal(numpy.log(38), 0.75, MIXED_TEXTS)
    made["mixed"] = [sequence(int(length)) for length in numpy.clip(lengths, 4, 256)]
    return made


def groups(sequences, way):
    if way == "padded":
        return [sequences]
    if way == "sorted":
        ordered = sorted(sequences, key=len)
        return [ordered[at : at + 8] for at in range(0, len(ordered), 8)]
    return [[sequence] for sequence in sequences]


def pad(sequences):
    import numpy

    longest = max(map(len, sequences))
    ids = numpy.zeros((len(sequences), longest), dtype=numpy.int64)
    mask = numpy.zeros_like(ids)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return ids, mask


def pooled(states, mask):
    import numpy

    mask = mask[:, :, None].astype(numpy.float32)
    means = (states * mask).sum(1) / mask.sum(1)
    return means / numpy.linalg.norm(means, axis=1, keepdims=True)


class Peer:
    """Software that takes a padded batch of ids and answers the last states."""

    def __init__(self, name, states):
        self.name, self.states, self.ways = name, states, {}

    def once(self, sequences, way):
        for group in groups(sequences, way):
            ids, mask = pad(group)
            pooled(self.states(ids, mask), mask)

    def vectors(self, sequences):
        return [pooled(self.states(ids, mask), mask)[0] for ids, mask in (pad([one]) for one in sequences)]

    def choose(self, cell, sequences, clock):
        """Finds the best way through a cell; also warms up."""
        ways = ["padded", "one"] if cell != "mixed" else ["padded", "sorted", "one"]
        times = {}
        for way in ways if len(sequences) > 1 else ["padded"]:
            self.once(sequences, way)
            times[way] = min(self.measure(sequences, way, clock) for _ in range(2))
        self.ways[cell] = min(times, key=times.get)

    def measure(self, sequences, way, clock):
        started = clock()
        self.once(sequences, way)
        return clock() - started


def export(model, folder):
    """The encoder as ONNX: f32, and int8 with weights per channel and activations per batch."""
    import onnx
    import torch
    from onnxruntime.quantization import quantize_dynamic
    from onnxruntime.transformers import optimizer
    from transformers import AutoModel

    plain = folder / "f32.onnx"
    encoder = AutoModel.from_pretrained(model, attn_implementation="eager").eval()

    class Wrapped(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.encoder = encoder

        def forward(self, ids, mask):
            return self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state

    ids = torch.ones(2, 7, dtype=torch.int64)
    axes = {"ids": {0: "batch", 1: "length"}, "mask": {0: "batch", 1: "length"}, "states": {0: "batch", 1: "length"}}
    torch.onnx.export(
        Wrapped(), (ids, ids), plain, input_names=["ids", "mask"], output_names=["states"],
        dynamic_axes=axes, opset_version=17, dynamo=False,
    )
    config = encoder.config
    fused = folder / "fused.onnx"
    optimised = optimizer.optimize_model(
        str(plain), "bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size
    )
    optimised.save_model_to_file(str(fused))
    int8 = folder / "int8.onnx"
    # The optimiser's own operations have no types that the quantiser could infer.
    quantize_dynamic(fused, int8, per_channel=True, extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})
    return plain, fused, int8


def onnxruntime_peer(name, path, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    kinds = {entry.name: entry.type for entry in session.get_inputs()}

    def states(ids, mask):
        feed = {"ids": ids, "mask": mask}
        feed = {key: value.astype("int32") if "int32" in kinds[key] else value for key, value in feed.items()}
        return session.run(None, feed)[0]

    return Peer(name, states)


def openvino_peer(name, path, threads, precision):
    import openvino

    core = openvino.Core()
    settings = {
        "INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY",
    }
    compiled = core.compile_model(core.read_model(str(path)), "CPU", settings)
    request = compiled.create_infer_request()
    return Peer(name, lambda ids, mask: request.infer({"ids": ids, "mask": mask})[0])


def torch_peer(name, model, threads, dtype):
    import torch
    from transformers import AutoModel

    torch.set_num_threads(threads)
    encoder = AutoModel.from_pretrained(model, dtype=getattr(torch, dtype)).eval()

    def states(ids, mask):
        with torch.inference_mode():
            answer = encoder(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask))
        return answer.last_hidden_state.float().numpy()

    return Peer(name, states)


class Ours:
    def __init__(self, binary, model, path, compute, threads):
        command = [binary, model, path, compute, str(threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.name = f"ours {compute}"
        self.hello = json.loads(self.process.stdout.readline())

    def ask(self, **question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def measure(self, cell, repeat, one_thread):
        answer = self.ask(cell=cell, repeat=repeat)
        return answer["cpu_seconds"] / repeat if one_thread else statistics.median(answer["seconds"])


def quality(ours, reference, sequences):
    import numpy

    expected = numpy.array(reference.vectors(sequences))
    for engine in ours:
        vectors = numpy.array(engine.ask(cell="mixed")["vectors"])
        cosines = (vectors * expected).sum(1) / numpy.linalg.norm(vectors, axis=1)
        same = (nearest(vectors) == nearest(expected)).mean()
        print(f"{engine.name} ({engine.hello['dtype']}): cosine to {reference.name} mean {cosines.mean():.6f}, "
              f"least {cosines.min():.6f}; same nearest text {same:.3f}")


def nearest(vectors):
    import numpy

    similar = vectors @ vectors.T
    numpy.fill_diagonal(similar, -2)
    return similar.argmax(1)


def run(ours, peers, made, rounds, one_thread):
    clock = time.process_time if one_thread else time.perf_counter
    times = {}
    for cell, sequences in made.items():
        tokens = sum(map(len, sequences))
        repeat = max(1, min(60, 2_000 // tokens))
        for peer in peers:
            peer.choose(cell, sequences, clock)
        for engine in ours:
            engine.measure(cell, 1, one_thread)
        for _ in range(rounds):
            for engine in ours:
                times.setdefault((engine.name, cell), []).append(engine.measure(cell, repeat, one_thread))
            for peer in peers:
                way = peer.ways[cell]
                runs = [peer.measure(sequences, way, clock) for _ in range(repeat)]
                times.setdefault((peer.name, cell), []).append(statistics.median(runs))
        print(f"measured {cell}", file=sys.stderr)
    return times


def show(times, ours, peers, made):
    tokens = {cell: sum(map(len, sequences)) for cell, sequences in made.items()}
    print("\ntokens per second, median\n")
    print("| engine | " + " | ".join(made) + " |")
    print("|---|" + "---|" * len(made))
    for engine in [*ours, *peers]:
        rates = [tokens[cell] / statistics.median(times[engine.name, cell]) for cell in made]
        print(f"| {engine.name} | " + " | ".join(f"{rate:.0f}" for rate in rates) + " |")
    print("\nmilliseconds a batch of one, median\n")
    for engine in [*ours, *peers]:
        values = [f"{cell} {1e3 * statistics.median(times[engine.name, cell]):.2f}" for cell in made if cell.startswith("1x")]
        print(f"{engine.name}: " + ", ".join(values))
    print("\nhow often ours is as fast, median of the ratios within a round\n")
    print("| ours : peer | " + " | ".join(made) + " |")
    print("|---|" + "---|" * len(made))
    for engine in ours:
        for peer in peers:
            ratios = []
            for cell in made:
                pairs = zip(times[peer.name, cell], times[engine.name, cell])
                ratios.append(statistics.median(theirs / own for theirs, own in pairs))
            print(f"| {engine.name} : {peer.name} | " + " | ".join(f"{ratio:.2f}" for ratio in ratios) + " |")
    print("\nways: " + json.dumps({peer.name: peer.ways for peer in peers}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("texts", type=Path)
    parser.add_argument("binary")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cells", nargs="*", help="only these")
    parser.add_argument("--only-ours", action="store_true")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        made = cells(options.model, options.texts)
        if options.cells:
            made = {cell: sequences for cell, sequences in made.items() if cell in (*options.cells, "mixed")}
        path = folder / "cells.jsonl"
        path.write_text("".join(json.dumps({"cell": cell, "sequences": ids}) + "\n" for cell, ids in made.items()))
        ours = [Ours(options.binary, options.model, path, compute, options.threads) for compute in OURS]
        peers = [torch_peer("PyTorch f32", options.model, options.threads, "float32")]
        quality(ours, peers[0], made["mixed"])
        if options.only_ours:
            peers = []
        else:
            plain, fused, int8 = export(options.model, folder)
            peers += [
                torch_peer("PyTorch bf16", options.model, options.threads, "bfloat16"),
                onnxruntime_peer("onnxruntime f32", fused, options.threads),
                onnxruntime_peer("onnxruntime int8", int8, options.threads),
                openvino_peer("OpenVINO bf16", plain, options.threads, "bf16"),
            ]
        times = run(ours, peers, made, options.rounds, options.threads == 1)
        show(times, ours, peers, made)
        for engine in ours:
            engine.process.stdin.close()
            engine.process.wait()


if __name__ == "__main__":
    main()
