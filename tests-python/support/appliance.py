"""One appliance under test: started on free loopback ports, stopped by its own process id."""
import ctypes
import itertools
import os
import pathlib
import re
import signal
import subprocess
import time

import grpc

from support.environment import Environment, contract

START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 40
NUMBERS = itertools.count(1)
CONFIG = """[shutdown]
notice_ms = 0
finish_s_max = 10

[log]
filter = "debug,h2=info,hyper=info,rustls=info,sled=info,tantivy=info"
"""


def landlock():
    """Whether this kernel has it; landlock_create_ruleset answers with the version that it knows."""
    create_ruleset, version_wanted = 444, 1
    return ctypes.CDLL(None).syscall(create_ruleset, None, 0, version_wanted) > 0


if not landlock():
    print("this kernel has no landlock: the appliance is started with less than full confinement")
    CONFIG += '\n[reading]\nconfinement = "best_effort"\n'


class Refusals:
    """For tests of calls that must be refused."""

    def fails(self, code, call):
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        self.assertEqual(caught.exception.code(), code, caught.exception.details())
        return caught.exception


class Appliance:
    """The data folder stays over `kill` and `start`, as it would on the machine in the town hall."""

    def __init__(self, config=CONFIG):
        self.folder = Environment.folder / f"appliance-{next(NUMBERS)}"
        self.data = self.folder / "data"
        self.identities = self.folder / "identities"
        self.log_path = self.folder / "stderr.log"
        self.folder.mkdir()
        self.data.mkdir(mode=0o700)
        (self.data / "config.toml").write_text(config, encoding="utf-8")
        self.process = None
        self.grpc = self.console = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        addresses = self.data / "addresses.toml"
        # One that was killed has left its own behind.
        addresses.unlink(missing_ok=True)
        ports = ["--grpc", "127.0.0.1:0", "--console", "127.0.0.1:0"]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [Environment.binary, "serve", "--data", self.data, *ports], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        end = time.monotonic() + START_SECONDS_MAX
        while not addresses.exists():
            if self.process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise AssertionError(f"the appliance did not start:\n{self.log()[-4000:]}")
            time.sleep(0.05)
        text = addresses.read_text(encoding="utf-8")
        self.grpc = re.search(r'^grpc = "(.+)"$', text, re.MULTILINE)[1]
        self.console = re.search(r'^console = "https://(.+)"$', text, re.MULTILINE)[1]
        return self

    def stop(self):
        """In order, by SIGTERM."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()

    def freeze(self):
        """Not one more answer leaves. Only `kill` follows."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def kill(self):
        """As a power cut would, for this process alone."""
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait(10)

    def log(self):
        return self.log_path.read_bytes().decode("utf-8", "replace") if self.log_path.exists() else ""

    def command(self, *arguments, check=True):
        """Runs one command of the program on this data folder."""
        words = [str(word) for word in arguments]
        done = subprocess.run(
            [Environment.binary, *words, "--data", self.data], capture_output=True, text=True, timeout=120, check=False
        )
        if check and done.returncode:
            raise AssertionError(f"amtshilfe {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def department(self, name, *roles):
        """Adds a department by the command line, as the administration does, and connects as it."""
        folder = self.identities / name
        words = [word for role in roles or ("client",) for word in ("--role", role)]
        self.command("department", "add", name, *words, "--out", folder)
        return Department(name, folder, self.grpc)

    def verifier_key(self):
        return (self.data / "audit" / "verifier.key").read_text(encoding="utf-8")

    def files(self, *below):
        """Every file below folders of the data, with its bytes."""
        for folder in below:
            for path in sorted((self.data / folder).rglob("*")):
                if path.is_file():
                    yield path, path.read_bytes()


class Department:
    """A connection with a department's certificate and gRPC's own defaults."""

    def __init__(self, name, folder, server):
        self.name = name
        self.folder = pathlib.Path(folder)
        self.server = server
        self.channel = grpc.secure_channel(server, credentials(self.folder))

    def at(self, server):
        """The same department, where the appliance has another port."""
        self.close()
        return Department(self.name, self.folder, server)

    def close(self):
        self.channel.close()

    @property
    def documents(self):
        return contract().documents_grpc.DocumentServiceStub(self.channel)

    @property
    def decrees(self):
        return contract().decrees_grpc.DecreeServiceStub(self.channel)

    @property
    def inference(self):
        return contract().inference_grpc.InferenceServiceStub(self.channel)

    @property
    def audit(self):
        return contract().audit_grpc.AuditServiceStub(self.channel)

    @property
    def jobs(self):
        return contract().jobs_grpc.JobServiceStub(self.channel)

    @property
    def uploads(self):
        return contract().uploads_grpc.UploadServiceStub(self.channel)

    def upload(self, pieces, filename="akte.bin", **start):
        """Sends pieces of bytes; returns the answer."""
        pb = contract().uploads

        def messages():
            yield pb.UploadRequest(start=pb.UploadStart(filename=filename, **start))
            for piece in pieces:
                yield pb.UploadRequest(chunk=piece)

        return self.uploads.Upload(messages(), timeout=120)


def credentials(folder):
    folder = pathlib.Path(folder)
    return grpc.ssl_channel_credentials(
        root_certificates=(folder / "ca.pem").read_bytes(),
        private_key=(folder / "key.pem").read_bytes(),
        certificate_chain=(folder / "cert.pem").read_bytes(),
    )


def records(auditor, first=0, **filters):
    """All records from an index to the end as it is now, page by page."""
    pb = contract().audit
    found, index, end = [], first, None
    while end is None or index < end:
        page = auditor.audit.ListRecords(pb.ListRecordsRequest(first_index=index, limit=1000, **filters), timeout=30)
        end = page.tree_size if end is None else end
        found.extend(record for record in page.records if record.index < end)
        if page.next_index <= index:
            break
        index = page.next_index
    return found


def size(auditor):
    """Records so far; asking adds one."""
    note = auditor.audit.GetCheckpoint(contract().audit.GetCheckpointRequest(), timeout=30).checkpoint
    return int(note.split("\n")[1])


def until(condition, seconds=15):
    """What an answered call does not wait for, such as the record of a refused handshake, comes soon after."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.1)
