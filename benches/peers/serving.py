"""What gRPC, scheduling and the audit log cost: the running appliance against its bare encoder.

    python serving.py AMTSHILFE MODEL TEXTS ENCODER --proto proto

AMTSHILFE is the program, MODEL a folder as Hugging Face lays it out, TEXTS a file of German text, ENCODER the example
`encoder` of inference-candle. Both compute the same texts in batches of the same size, in turn; the appliance gets
them as Embed calls of one batch each, several under way, over TLS on loopback, every answer with its durable record.
Printed is the median over the rounds of the throughput that is lost.
"""
import argparse
import concurrent.futures
import hashlib
import importlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

NAME = "bench-encoder"
BATCH, TOKENS = 32, 64
BATCHES = 24


def texts_of(model, source):
    """Texts of TOKENS tokens each, as the model's own tokenizer counts them; their ids for the bare encoder."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    words, texts, ids = source.read_text(encoding="utf-8").split(), [], []
    place = 0
    while len(texts) < BATCH * BATCHES:
        held = []
        while True:
            candidate = [*held, words[place % len(words)]]
            encoded = tokenizer.encode(" ".join(candidate)).ids
            if len(encoded) > TOKENS:
                break
            held, kept = candidate, encoded
            place += 1
        texts.append(" ".join(held))
        ids.append(kept)
    return texts, ids


def manifest(folder, model):
    files = {}
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        shutil.copy(model / name, folder / name)
        files[name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    dimensions = json.loads((model / "config.json").read_text())["hidden_size"]
    lines = [f'name = "{NAME}"', 'task = "embed"', 'architecture = "bert"', 'licence = "Apache-2.0"', 'description = "bench"',
             'dtype = "f32"', "tokens_max = 256", f"dimensions = {dimensions}", 'pooling = "mean"', "", "[files]"]
    lines += [f'"{name}" = "{digest}"' for name, digest in files.items()]
    (folder / "manifest.toml").write_text("\n".join(lines) + "\n")


class Appliance:
    def __init__(self, program, data, proto, roles=("client",)):
        self.program, self.data = program, data
        ports = ["--grpc", "127.0.0.1:0", "--console", "127.0.0.1:0"]
        log = open(data.parent / "appliance.log", "wb")
        self.process = subprocess.Popen([program, "serve", "--data", data, *ports], stdout=log, stderr=log)
        addresses = data / "addresses.toml"
        end = time.monotonic() + 60
        while not addresses.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit((data.parent / "appliance.log").read_text()[-3000:])
            time.sleep(0.05)
        identity = data.parent / "identity"
        add = [program, "department", "add", "bench", "--data", data, "--out", identity]
        add += [word for role in roles for word in ("--role", role)]
        subprocess.run(add, check=True, stdout=subprocess.DEVNULL)
        self.connect(identity, re.search(r'^grpc = "(.+)"$', addresses.read_text(), re.MULTILINE)[1], proto)

    def connect(self, identity, address, proto):
        import grpc
        from grpc_tools import protoc

        out = self.data.parent / "stubs"
        out.mkdir()
        names = [str(path) for path in pathlib.Path(proto).glob("amtshilfe/v1/*.proto")]
        protoc.main(["protoc", f"-I{proto}", f"-I{pathlib.Path(protoc.__file__).parent / '_proto'}",
                     f"--python_out={out}", f"--grpc_python_out={out}", *names])
        sys.path.insert(0, str(out))
        self.pb = importlib.import_module("amtshilfe.v1.inference_pb2")
        stubs = importlib.import_module("amtshilfe.v1.inference_pb2_grpc")
        pem = {name: (identity / f"{name}.pem").read_bytes() for name in ("ca", "key", "cert")}
        self.channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(pem["ca"], pem["key"], pem["cert"]))
        self.stub = stubs.InferenceServiceStub(self.channel)

    def embed(self, texts):
        return self.stub.Embed(self.pb.EmbedRequest(model=NAME, texts=texts), timeout=120)

    def seconds(self, batches, at_once):
        started = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            answers = list(pool.map(self.embed, batches))
        took = time.perf_counter() - started
        return took, sum(sum(answer.tokens) for answer in answers)

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


class Bare:
    def __init__(self, encoder, model, ids, folder):
        cells = folder / "cells.jsonl"
        batches = [ids[at : at + BATCH] for at in range(0, len(ids), BATCH)]
        cells.write_text("".join(json.dumps({"cell": str(n), "sequences": one}) + "\n" for n, one in enumerate(batches)))
        self.count = len(batches)
        threads = str(len(os.sched_getaffinity(0)))
        self.process = subprocess.Popen([encoder, model, cells, "auto", threads], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.dtype = json.loads(self.process.stdout.readline())["dtype"]

    def seconds(self):
        took = 0.0
        for number in range(self.count):
            self.process.stdin.write(json.dumps({"cell": str(number), "repeat": 1}) + "\n")
            self.process.stdin.flush()
            took += json.loads(self.process.stdout.readline())["seconds"][0]
        return took

    def stop(self):
        self.process.stdin.close()
        self.process.wait(60)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("appliance")
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("texts", type=pathlib.Path)
    parser.add_argument("encoder")
    parser.add_argument("--proto", default="proto")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--at-once", type=int, default=4, help="calls under way")
    args = parser.parse_args()
    texts, ids = texts_of(args.model, args.texts)
    tokens = sum(map(len, ids))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        data = folder / "data"
        own = data / "models" / NAME
        own.mkdir(parents=True)
        data.chmod(0o700)
        manifest(own, args.model)
        bare = Bare(args.encoder, args.model, ids, folder)
        appliance = Appliance(args.appliance, data, args.proto)
        batches = [texts[at : at + BATCH] for at in range(0, len(texts), BATCH)]
        try:
            _, counted = appliance.seconds(batches, args.at_once)
            if counted != tokens:
                sys.exit(f"the appliance counted {counted} tokens, the tokenizer {tokens}")
            bare.seconds()
            rows = [(bare.seconds(), appliance.seconds(batches, args.at_once)[0]) for _ in range(args.rounds)]
        finally:
            appliance.stop()
            bare.stop()
    lost = [1 - alone / served for alone, served in rows]
    rate = [tokens / statistics.median(column) for column in zip(*rows)]
    print(f"\n{len(batches)} batches of {BATCH} texts, {tokens / len(texts):.0f} tokens a text, {args.rounds} rounds, {bare.dtype}\n")
    print("| | tokens/s, median |\n|---|---|")
    print(f"| bare encoder | {rate[0]:,.0f} |\n| gRPC, scheduling, audit; {args.at_once} calls under way | {rate[1]:,.0f} |")
    print(f"\nthroughput lost: median {statistics.median(lost):.1%}, from {min(lost):.1%} to {max(lost):.1%}")


if __name__ == "__main__":
    main()
