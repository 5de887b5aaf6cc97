"""How long CheckApplication takes with ten digital papers, one client after the other call.

    python application.py AMTSHILFE CASE --proto proto

CASE is a folder with case.json and papers; the first ten that are no pictures are sent, each time with a letter more behind
their end so that no two calls are the same. Times are taken by the client, over TLS on loopback, each answer with its
durable record.
"""
import argparse
import importlib
import json
import pathlib
import statistics
import tempfile
import time

from serving import Appliance

PAPERS = 10


def text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(text, value)) if isinstance(value, list) else str(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("appliance")
    parser.add_argument("case", type=pathlib.Path)
    parser.add_argument("--proto", required=True)
    parser.add_argument("--calls", type=int, default=200)
    options = parser.parse_args()
    case = json.loads((options.case / "case.json").read_text(encoding="utf-8"))
    paths = [path for path in sorted(options.case.glob("*.pdf")) if ".scan" not in path.name]
    papers = [(path.name, path.read_bytes()) for path in paths]
    # Fewer than ten files: the first ones once more, as somebody might upload a page twice.
    papers = [(f"{number}-{name}", data) for number, (name, data) in zip(range(PAPERS), papers * PAPERS)]
    with tempfile.TemporaryDirectory() as folder:
        appliance = Appliance(options.appliance, pathlib.Path(folder) / "data", options.proto)
        try:
            times, pages = measure(appliance, case, papers, options.calls)
        finally:
            appliance.stop()
    cuts = statistics.quantiles(times, n=20)
    print("| papers | pages | calls | p50, s | p95, s | longest, s |")
    print("|---:|---:|---:|---:|---:|---:|")
    print(f"| {len(papers)} | {pages} | {len(times)} | {statistics.median(times):.2f} | {cuts[18]:.2f} | {max(times):.2f} |")


def measure(appliance, case, papers, calls):
    pb = importlib.import_module("amtshilfe.v1.documents_pb2")
    common = importlib.import_module("amtshilfe.v1.common_pb2")
    stub = importlib.import_module("amtshilfe.v1.documents_pb2_grpc").DocumentServiceStub(appliance.channel)
    texts = {part: {name: text(value) for name, value in case[part].items() if name != "not_scored"} for part in ("form", "facts")}
    times, pages = [], 0
    for number in range(calls + 5):
        behind = b"\n%%" + str(number).encode()
        files = [common.SourceFile(filename=name, data=data + behind) for name, data in papers]
        request = pb.CheckApplicationRequest(
            mode=common.MODE_OFFICE, application_type=case["application_type"], files=files, language="de", **texts
        )
        started = time.perf_counter()
        answer = stub.CheckApplication(request, timeout=60)
        # The first calls find a cold appliance.
        if number >= 5:
            times.append(time.perf_counter() - started)
        assert answer.checklist and len(answer.documents) >= PAPERS, answer.file_errors
        pages = sum(read.document.last_page - read.document.first_page + 1 for read in answer.documents)
    return times, pages


if __name__ == "__main__":
    main()
