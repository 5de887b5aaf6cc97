"""The disk forgets what was not synced, is full, or takes no more writes: what was answered is still there."""
import unittest

import grpc

from support.appliance import Appliance, records
from support.disk import Disk
from support.environment import Environment, contract
from tests import test_crash

# With little room left the file system would no longer put off what is not synced.
DISK_MIB = 2_000
SMALL_MIB = 160
CALLS_MAX = 50_000


class ForgetfulDisk(test_crash.Crash):
    """The tests of a killed process again, where the disk loses what was not synced as well."""

    def prepare(self):
        self.disk = Disk(self.appliance.data, DISK_MIB)
        self.addCleanup(self.disk.close)
        self.addCleanup(self.appliance.stop)

    def cut(self):
        witness = self.disk.folder / "never-synced"
        witness.write_bytes(b"x" * 100_000)
        self.disk.cut(self.appliance)
        self.assertFalse(witness.exists() and witness.stat().st_size, "the disk forgets")

    # Has nothing to do with the disk.
    test_two_appliances_never_share_a_folder = None


class FailingDisk(unittest.TestCase):
    """A disk that takes nothing more: no answer leaves without its record, and the next start finds all."""

    def setUp(self):
        self.appliance = Appliance()
        self.addCleanup(self.appliance.stop)
        self.disk = Disk(self.appliance.data, SMALL_MIB)
        self.addCleanup(self.disk.close)
        self.addCleanup(self.appliance.kill)
        self.appliance.start()
        self.department = self.appliance.department("auslaenderamt")
        self.auditor = self.appliance.department("revision", "auditor")

    def embed(self):
        request = contract().inference.EmbedRequest(texts=["Satz über Fristen"])
        return self.department.inference.Embed(request, timeout=10).provenance.audit_index

    def until_refused(self):
        """Calls until one is refused; which answers there were, and the error."""
        answered = []
        for _ in range(CALLS_MAX):
            try:
                answered.append(self.embed())
            except grpc.RpcError as error:
                return answered, error
        self.fail(f"{CALLS_MAX} calls were answered")

    def assert_nothing_lost(self, answered, error):
        self.assertIn(error.code(), (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL), error.details())
        with self.assertRaises(grpc.RpcError):
            self.embed()
        self.appliance.kill()
        self.disk.repair()
        self.appliance.command("audit", "verify")
        self.appliance.start()
        self.department = self.department.at(self.appliance.grpc)
        self.auditor = self.auditor.at(self.appliance.grpc)
        found = {record.index: record.method for record in records(self.auditor)}
        self.assertEqual({found.get(index) for index in answered}, {"amtshilfe.v1.InferenceService/Embed"})
        self.assertGreater(self.embed(), max(answered))

    def test_a_full_disk(self):
        for _ in range(Environment.rounds):
            answered = [self.embed()]
            filler = self.disk.fill()
            more, error = self.until_refused()
            filler.unlink()
            self.assert_nothing_lost(answered + more, error)

    def test_a_disk_that_fails(self):
        for _ in range(Environment.rounds):
            answered = [self.embed() for _ in range(50)]
            self.disk.fail()
            more, error = self.until_refused()
            self.assert_nothing_lost(answered + more, error)
