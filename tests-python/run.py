#!/usr/bin/env python3
"""End-to-end tests: the real appliance, unmodified gRPC clients over mTLS, gRPC's default message sizes.

  python tests-python/run.py --appliance target/release/amtshilfe --proto proto [--only access]
"""
import argparse
import os
import pathlib
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
# Refused connections are what some tests are about; gRPC would print each.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

from support.environment import Environment  # noqa: E402


class Result(unittest.TextTestResult):
    """One line for each test, with the time it took, so that a slow one is seen."""

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()
        self.passed = getattr(self, "passed", 0)

    def addSuccess(self, test):
        self.passed += 1
        unittest.TestResult.addSuccess(self, test)
        self.say(test, "ok")

    def addSkip(self, test, reason):
        unittest.TestResult.addSkip(self, test, reason)
        self.say(test, f"skipped: {reason}")

    def addError(self, test, err):
        unittest.TestResult.addError(self, test, err)
        self.say(test, "ERROR")

    def addFailure(self, test, err):
        unittest.TestResult.addFailure(self, test, err)
        self.say(test, "FAILED")

    def addSubTest(self, test, subtest, err):
        unittest.TestResult.addSubTest(self, test, subtest, err)
        if err is not None:
            self.say(subtest, "FAILED")

    def say(self, test, outcome):
        seconds = time.monotonic() - getattr(self, "began", time.monotonic())
        name = test.id() if hasattr(test, "id") else str(test)
        self.stream.writeln(f"{seconds:6.1f} s  {name.removeprefix('tests.')}  {outcome}")
        self.stream.flush()

    def getDescription(self, test):
        return test.id()


class Runner(unittest.TextTestRunner):
    resultclass = Result

    def __init__(self):
        super().__init__(stream=sys.stdout, verbosity=0)


def chosen(suite, wanted):
    """The tests whose name contains one of the words."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from chosen(test, wanted)
        elif not wanted or any(word in test.id() for word in wanted):
            yield test


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--appliance", required=True, help="the amtshilfe program")
    parser.add_argument("--proto", default=str(HERE.parent / "proto"), help="root of the .proto files")
    parser.add_argument("--samples", default=str(HERE.parent / "samples"), help="the sample papers and decrees")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="tests whose name contains this")
    parser.add_argument("--power-cuts", type=int, default=Environment.power_cuts, metavar="N", help="imports that are killed (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=Environment.rounds, metavar="N", help="how often the power goes under load (default %(default)s)")
    args = parser.parse_args()
    Environment.rounds = max(1, args.rounds)
    Environment.power_cuts = max(1, args.power_cuts)
    for path in (args.appliance, args.proto, args.samples):
        if not pathlib.Path(path).exists():
            sys.exit(f"there is no {path}")
    Environment.prepare(args.appliance, args.proto, args.samples)
    began = time.monotonic()
    try:
        found = unittest.TestLoader().discover(str(HERE / "tests"), pattern="test_*.py", top_level_dir=str(HERE))
        result = Runner().run(unittest.TestSuite(chosen(found, args.only)))
    finally:
        Environment.clean_up()
    failed = len(result.failures) + len(result.errors)
    skipped = f", {len(result.skipped)} skipped" if result.skipped else ""
    print(f"{time.monotonic() - began:.0f} seconds{skipped}")
    print(f"{getattr(result, 'passed', 0)} passed, {failed} failed")
    raise SystemExit(1 if failed or not getattr(result, "passed", 0) else 0)


if __name__ == "__main__":
    main()
