"""Deadlines, health, reflection, vectors: what every gRPC client relies on."""
import math
import pathlib
import struct
import unittest

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from support.appliance import Appliance, records, size, until
from support.environment import contract, sample

SERVICES = ("AuditService", "DecreeService", "DocumentService", "InferenceService", "JobService", "UploadService")


class Calls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance()
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.department = cls.appliance.department("auslaenderamt")
        cls.auditor = cls.appliance.department("revision", "auditor")
        cls.pb = contract().inference

    def embed(self, texts, **fields):
        return self.department.inference.Embed(self.pb.EmbedRequest(texts=texts, **fields), timeout=30)

    def children(self):
        """Processes that read files for the appliance."""
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                parent = (folder / "stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()[1]
            except OSError:
                continue
            if int(parent) == self.appliance.process.pid:
                found.append(int(folder.name))
        return found

    def test_a_deadline_that_passes(self):
        scan = sample("papers/payslip.scan.pdf")
        request = contract().documents.ClassifyRequest(
            mode=contract().office, files=[{"filename": f"{number}.pdf", "data": scan} for number in range(12)])
        self.embed(["Die Verbindung steht."])
        first = size(self.auditor)
        with self.assertRaises(grpc.RpcError) as caught:
            self.department.documents.Classify(request, timeout=0.15)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        method = "amtshilfe.v1.DocumentService/Classify"
        found = until(lambda: records(self.auditor, first=first, method=method))
        self.assertEqual([record.outcome for record in found], ["DEADLINE_EXCEEDED"])
        # Nobody reads on for a client that has left.
        self.assertTrue(until(lambda: not self.children(), seconds=10), "reading goes on after the deadline")

    def test_health_says_serving(self):
        check = self.department.channel.unary_unary("/grpc.health.v1.Health/Check", request_serializer=bytes, response_deserializer=bytes)
        serving = b"\x08\x01"
        self.assertEqual(check(b"", timeout=10), serving)
        for name in SERVICES:
            full = f"amtshilfe.v1.{name}".encode()
            self.assertEqual(check(bytes([0x0A, len(full)]) + full, timeout=10), serving, name)
        with self.assertRaises(grpc.RpcError) as caught:
            check(b"\x0a\x01x", timeout=10)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)

    def test_reflection_lists_the_services(self):
        for version in ("v1", "v1alpha"):
            method = f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo"
            stream = self.department.channel.stream_stream(method, request_serializer=bytes, response_deserializer=bytes)
            # list_services = ""
            answer = b"".join(stream(iter([b"\x3a\x00"]), timeout=10))
            for name in SERVICES:
                self.assertIn(f"amtshilfe.v1.{name}".encode(), answer)
            self.assertIn(b"grpc.health.v1.Health", answer)

    def test_vectors_are_of_unit_length_and_the_same_again(self):
        texts = ["Wohnung und Miete", "Reisepass", "Die Miete der Wohnung"]
        answer = self.embed(texts)
        width = answer.dimensions
        self.assertEqual(len(answer.vectors), 4 * width * len(texts))
        rows = [struct.unpack_from(f"<{width}f", answer.vectors, 4 * width * row) for row in range(len(texts))]
        for row in rows:
            self.assertAlmostEqual(math.hypot(*row), 1, places=3)
        dot = lambda a, b: sum(x * y for x, y in zip(a, b))  # noqa: E731
        self.assertGreater(dot(rows[0], rows[2]), dot(rows[0], rows[1]))
        self.assertEqual(len(answer.tokens), len(texts))
        self.assertEqual(self.embed(texts).vectors, answer.vectors)
        alone = self.embed([texts[1]])
        together = rows[1]
        for one, other in zip(struct.unpack(f"<{width}f", alone.vectors), together):
            self.assertAlmostEqual(one, other, places=5)

    def test_bounds_of_a_call(self):
        limits = self.department.uploads.GetServerLimits(contract().uploads.GetServerLimitsRequest(), timeout=10)
        self.assertEqual(len(self.embed(["a"] * limits.texts_max).tokens), limits.texts_max)
        for texts in ([], ["a"] * (limits.texts_max + 1)):
            with self.assertRaises(grpc.RpcError) as caught:
                self.embed(texts)
            self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        long = self.embed(["Wort " * 50_000])
        self.assertTrue(long.provenance.truncated or long.tokens[0] >= 50_000)

    def test_a_full_queue_says_of_what_and_until_when(self):
        # A lane holds 64 MiB of text; this is more, sent at once.
        text = "Antrag auf Verlängerung der Aufenthaltserlaubnis. " * 60_000
        request = self.pb.EmbedRequest(texts=[text] * 4)
        self.embed(["Die Verbindung steht."])
        first = size(self.auditor)
        calls = [self.department.inference.Embed.future(request, timeout=6) for _ in range(9)]
        refused = []
        for call in calls:
            if call.exception() is not None and call.code() == grpc.StatusCode.RESOURCE_EXHAUSTED:
                refused.append(call.exception())
        self.assertTrue(refused, [call.code() for call in calls])
        details = rpc_status.from_call(refused[0]).details
        found = {detail.type_url.rpartition("/")[2]: detail for detail in details}
        retry = error_details_pb2.RetryInfo.FromString(found["google.rpc.RetryInfo"].value)
        self.assertGreater(retry.retry_delay.seconds * 10**9 + retry.retry_delay.nanos, 0)
        quota = error_details_pb2.QuotaFailure.FromString(found["google.rpc.QuotaFailure"].value)
        self.assertEqual([one.subject for one in quota.violations], ["department:auslaenderamt"])
        self.assertIn("bytes", quota.violations[0].description)
        self.assertIn("google.rpc.LocalizedMessage", found)
        # Another department is not concerned, and every call has its record.
        other = self.appliance.department("standesamt")
        answer = other.inference.Embed(self.pb.EmbedRequest(texts=["Geburtsurkunde"]), timeout=20)
        self.assertEqual(len(answer.tokens), 1)
        other.close()
        method = "amtshilfe.v1.InferenceService/Embed"
        recorded = until(lambda: (lambda found: len(found) == len(calls) and found)(
            records(self.auditor, first=first, method=method, department="auslaenderamt")), seconds=20)
        self.assertTrue(recorded, "calls without their record")
        wanted = sum(record.outcome == "RESOURCE_EXHAUSTED" for record in recorded)
        self.assertEqual(wanted, len(refused))

    def test_models_say_what_they_are(self):
        models = self.department.inference.ListModels(self.pb.ListModelsRequest(), timeout=10).models
        self.assertLessEqual({"embed", "classify"}, {model.task for model in models})
        for model in models:
            self.assertEqual(model.state, self.pb.Model.STATE_READY)
            self.assertTrue(model.name and model.architecture and model.licence and model.device)
            self.assertRegex(model.digest, r"^[0-9a-f]{64}$")

    def test_stopping_lets_calls_finish(self):
        appliance = Appliance()
        self.addCleanup(appliance.stop)
        appliance.start()
        department = appliance.department("auslaenderamt")
        files = [{"filename": f"{n}.pdf", "data": sample("papers/bank_statement.pdf")} for n in range(80)]
        request = contract().documents.ClassifyRequest(mode=contract().office, files=files)
        department.inference.ListModels(self.pb.ListModelsRequest(), timeout=10)
        future = department.documents.Classify.future(request, timeout=60)
        with self.assertRaises(grpc.FutureTimeoutError):
            future.result(timeout=0.1)
        appliance.process.terminate()
        self.assertEqual(len(future.result(timeout=60).documents), 80)
        department.close()
        self.assertEqual(appliance.process.wait(30), 0)
        appliance.command("audit", "verify")
