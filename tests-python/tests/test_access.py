"""Who gets in, who does not, and that both are recorded."""
import socket
import ssl
import unittest

import grpc

from support.appliance import Appliance, Department, records, size, until
from support.certificates import forge
from support.environment import contract

HANDSHAKE = "tls/handshake"


def handshake(address, ca, identity=None, versions=None):
    """One TLS connection with nothing of gRPC in it; raises what the server's refusal becomes."""
    context = ssl.create_default_context(cafile=ca)
    context.set_alpn_protocols(["h2"])
    if versions:
        context.minimum_version, context.maximum_version = versions
    if identity:
        context.load_cert_chain(identity / "cert.pem", identity / "key.pem")
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname=host) as connection:
            connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
            return connection.recv(16)


class Access(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance()
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.migration = cls.appliance.department("auslaenderamt")
        cls.registry = cls.appliance.department("buergerbuero", "client")
        cls.auditor = cls.appliance.department("revision", "auditor")
        cls.ca = cls.migration.folder / "ca.pem"

    def models(self, department, **options):
        request = contract().inference.ListModelsRequest()
        return department.inference.ListModels(request, timeout=options.pop("timeout", 15), **options)

    def refusals(self, reason, first):
        found = records(self.auditor, first=first, method=HANDSHAKE)
        return [record for record in found if record.facts.get("reason") == reason]

    def refused(self, call, code, reason=None):
        """The call ends with the code, says why to programs, and has exactly one record."""
        first = size(self.auditor)
        with self.assertRaises(grpc.RpcError) as caught:
            answer = call()
            # A stream is refused at its first message.
            list(answer) if hasattr(answer, "__iter__") else answer
        self.assertEqual(caught.exception.code(), code, caught.exception.details())
        found = [record for record in records(self.auditor, first=first) if record.department != "revision"]
        self.assertEqual([record.outcome for record in found], [code.name])
        if reason:
            details = dict(caught.exception.trailing_metadata())["grpc-status-details-bin"]
            self.assertIn(reason.encode(), details)
            self.assertEqual(found[0].facts["reason"], reason)
        return found[0]

    def test_without_a_certificate_nobody_gets_in(self):
        first = size(self.auditor)
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            handshake(self.appliance.grpc, self.ca)
        found = until(lambda: self.refusals("NO_CERTIFICATE", first))
        self.assertEqual([record.outcome for record in found], ["UNAUTHENTICATED"])
        self.assertEqual(found[0].department, "")

    def test_a_grpc_client_without_a_certificate_is_told_unavailable(self):
        channel = grpc.secure_channel(
            self.appliance.grpc, grpc.ssl_channel_credentials(root_certificates=self.ca.read_bytes())
        )
        stub = contract().inference_grpc.InferenceServiceStub(channel)
        with channel, self.assertRaises(grpc.RpcError) as caught:
            stub.ListModels(contract().inference.ListModelsRequest(), timeout=10)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)

    def test_a_foreign_authority_that_bears_our_name_is_refused(self):
        forged = forge(self.appliance.folder / "forged", self.migration.folder)
        first = size(self.auditor)
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            handshake(self.appliance.grpc, self.ca, forged)
        found = until(lambda: self.refusals("FOREIGN_AUTHORITY", first))
        self.assertEqual([record.outcome for record in found], ["UNAUTHENTICATED"])
        self.assertEqual(found[0].department, "", "what a forged certificate claims must not be recorded as a fact")
        stranger = Department("auslaenderamt", forged, self.appliance.grpc)
        with self.assertRaises(grpc.RpcError) as caught:
            self.models(stranger, timeout=10)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAVAILABLE)
        stranger.close()

    def test_tls_1_2_is_not_spoken(self):
        old = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            handshake(self.appliance.grpc, self.ca, self.migration.folder, versions=old)
        handshake(self.appliance.grpc, self.ca, self.migration.folder)

    def test_each_method_is_for_its_role_alone(self):
        audit, decrees, documents = contract().audit, contract().decrees, contract().documents
        denied = grpc.StatusCode.PERMISSION_DENIED
        file = {"filename": "a.txt", "text": "Mietvertrag"}
        for who, call in {
            "client reads the log": lambda: self.migration.audit.ListRecords(audit.ListRecordsRequest(), timeout=10),
            "client asks for the checkpoint": lambda: self.migration.audit.GetCheckpoint(
                audit.GetCheckpointRequest(), timeout=10
            ),
            "client imports": lambda: self.migration.decrees.ImportDecrees(
                iter([decrees.ImportDecreesRequest(file=file)]), timeout=10
            ),
            "client withdraws": lambda: self.migration.decrees.WithdrawDecree(
                decrees.WithdrawDecreeRequest(decree_id="x", valid_to={"year": 2026, "month": 1, "day": 1}), timeout=10
            ),
        }.items():
            with self.subTest(who):
                record = self.refused(call, denied, "ROLE_MISSING")
                self.assertEqual(record.department, "auslaenderamt")
        with self.subTest("auditor classifies"):
            first = size(self.auditor)
            with self.assertRaises(grpc.RpcError) as caught:
                request = documents.ClassifyRequest(mode=contract().office, files=[file])
                self.auditor.documents.Classify(request, timeout=10)
            self.assertEqual(caught.exception.code(), denied)
            found = records(self.auditor, first=first, method="amtshilfe.v1.DocumentService/Classify")
            self.assertEqual([record.outcome for record in found], ["PERMISSION_DENIED"])

    def test_departments_are_told_apart(self):
        first = size(self.auditor)
        self.models(self.migration)
        self.models(self.registry)
        self.models(self.registry)
        method = "amtshilfe.v1.InferenceService/ListModels"
        found = records(self.auditor, first=first, method=method)
        self.assertEqual([record.department for record in found], ["auslaenderamt", "buergerbuero", "buergerbuero"])
        callers = {(record.department, record.caller) for record in found}
        self.assertEqual(len(callers), 2)
        self.assertTrue(all(len(caller) == 64 for _, caller in callers))
        only = records(self.auditor, first=first, method=method, department="auslaenderamt")
        self.assertEqual(len(only), 1)

    def test_a_department_added_while_the_appliance_runs_works_at_once(self):
        first = size(self.auditor)
        added = self.appliance.department("standesamt")
        self.assertTrue(self.models(added).models)
        found = records(self.auditor, first=first, department="standesamt")
        self.assertEqual([record.outcome for record in found], ["OK"])
        self.assertIn("standesamt", self.appliance.command("department", "list").stdout)
        added.close()

    def test_a_key_is_not_replaced_by_accident(self):
        again = self.appliance.command(
            "department", "add", "buergerbuero", "--out", self.registry.folder, check=False
        )
        self.assertNotEqual(again.returncode, 0)
        self.assertIn("--replace", again.stdout + again.stderr)
        self.assertTrue(self.models(self.registry).models)

    def test_a_change_of_policy_is_taken_up_and_recorded(self):
        blocked = self.appliance.department("kasse")
        self.assertTrue(self.models(blocked).models)
        first = size(self.auditor)
        policy = self.appliance.data / "policy.toml"
        text = policy.read_text(encoding="utf-8")
        policy.write_text(text.replace("[departments.kasse]\n", "[departments.kasse]\nblocked = true\n"), encoding="utf-8")

        def denied():
            try:
                self.models(blocked)
            except grpc.RpcError as error:
                return error
            return None

        error = until(denied)
        self.assertIsNotNone(error, "the policy was not taken up within 15 seconds")
        self.assertEqual(error.code(), grpc.StatusCode.PERMISSION_DENIED)
        self.assertIn(b"DEPARTMENT_BLOCKED", dict(error.trailing_metadata())["grpc-status-details-bin"])
        change = contract().audit.AuditRecord.KIND_CHANGE
        found = [record for record in records(self.auditor, first=first) if record.kind == change]
        self.assertTrue(any("policy" in record.facts for record in found), found)
        blocked.close()

    def test_a_department_is_held_to_its_modes(self):
        office_only = self.appliance.department("sozialamt")
        policy = self.appliance.data / "policy.toml"
        text = policy.read_text(encoding="utf-8")
        policy.write_text(
            text.replace("[departments.sozialamt]\n", '[departments.sozialamt]\nmodes = ["office"]\n'), encoding="utf-8"
        )
        documents = contract().documents
        request = documents.ClassifyRequest(
            mode=contract().applicant, consent={"granted": True}, files=[{"filename": "a.txt", "text": "Mietvertrag"}]
        )

        def denied():
            try:
                office_only.documents.Classify(request, timeout=20)
            except grpc.RpcError as error:
                return error
            return None

        error = until(denied)
        self.assertIsNotNone(error, "the policy was not taken up within 15 seconds")
        self.assertEqual(error.code(), grpc.StatusCode.PERMISSION_DENIED)
        request.mode = contract().office
        self.assertTrue(office_only.documents.Classify(request, timeout=20).documents)
        office_only.close()
