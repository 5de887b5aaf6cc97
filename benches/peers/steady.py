"""Whether the appliance stays as it is: memory of the server after many files, and the latency of one.

    python steady.py AMTSHILFE PAPERS --proto proto

PAPERS is a folder of digital papers. They are classified one after another by one client, each time with a letter more
behind its end so that no two files are the same, and every tenth is damaged. Printed are the resident memory of the server
(its child processes end with each file) and the time of a call, taken by the client, after 500 files and at the end.
"""
import argparse
import importlib
import pathlib
import statistics
import tempfile
import time

from serving import Appliance

FIRST = 500


def resident_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ValueError("no VmRSS")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("appliance")
    parser.add_argument("papers", type=pathlib.Path)
    parser.add_argument("--proto", required=True)
    parser.add_argument("--files", type=int, default=5000)
    options = parser.parse_args()
    papers = [(path.name, path.read_bytes()) for path in sorted(options.papers.glob("*.pdf")) if ".scan." not in path.name]
    with tempfile.TemporaryDirectory() as folder:
        appliance = Appliance(options.appliance, pathlib.Path(folder) / "data", options.proto)
        try:
            rows = measure(appliance, papers, options.files)
        finally:
            appliance.stop()
    print("| files | resident memory, MiB | call p50, ms | call p95, ms |")
    print("|---:|---:|---:|---:|")
    for files, memory, times in rows:
        cuts = statistics.quantiles(times, n=20)
        print(f"| {files} | {memory:.0f} | {1000 * statistics.median(times):.1f} | {1000 * cuts[18]:.1f} |")
    print(f"\nMemory after {rows[-1][0]} files against after {rows[0][0]}: {rows[-1][1] / rows[0][1]:.3f}")


def measure(appliance, papers, files):
    pb = importlib.import_module("amtshilfe.v1.documents_pb2")
    common = importlib.import_module("amtshilfe.v1.common_pb2")
    stub = importlib.import_module("amtshilfe.v1.documents_pb2_grpc").DocumentServiceStub(appliance.channel)
    rows, times = [], []
    for number in range(1, files + 1):
        name, data = papers[number % len(papers)]
        damaged = number % 10 == 0
        data = data[: len(data) // 3] if damaged else data + b"\n%%" + str(number).encode()
        file = common.SourceFile(filename=name, data=data)
        started = time.perf_counter()
        answer = stub.Classify(pb.ClassifyRequest(mode=common.MODE_OFFICE, files=[file]), timeout=60)
        if not damaged:
            times.append(time.perf_counter() - started)
            assert answer.documents, (name, answer.file_errors)
        if number in (FIRST, files):
            # What the allocator gives back, it gives back in time.
            time.sleep(2)
            rows.append((number, resident_mib(appliance.process.pid), times))
            times = []
        if number % 500 == 0:
            print(f"{number} files", flush=True)
    return rows


if __name__ == "__main__":
    main()
