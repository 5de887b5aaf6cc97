"""Long runs of classification, and what persons decide about answers."""
import threading
import unittest

import grpc

from support.appliance import Appliance, records, size, until
from support.environment import contract
from tests.test_console import Browser

TEXT = "Reisepass\nPassport\nBundesrepublik Deutschland\nName: Muster\nPass-Nr. C01X00T47\n"


class Oversight(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance()
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.department = cls.appliance.department("auslaenderamt")
        cls.other = cls.appliance.department("buergerbuero")
        cls.auditor = cls.appliance.department("revision", "auditor")
        cls.pb = contract().documents
        cls.verdicts = cls.pb.RecordDecisionRequest.Verdict

    def question(self, text=TEXT, mode=None):
        file = contract().common.SourceFile(filename="pass.txt", text=text)
        return self.pb.ClassifyRequest(mode=contract().office if mode is None else mode, files=[file])

    def decide(self, department=None, **fields):
        fields.setdefault("officer", "sb-17")
        request = self.pb.RecordDecisionRequest(**fields)
        return (department or self.department).documents.RecordDecision(request, timeout=10)

    def stream(self, requests, **options):
        options.setdefault("timeout", 60)
        return self.department.documents.ClassifyStream(iter(requests), **options)

    def test_a_stream_answers_each_request_and_goes_on_after_a_refused_one(self):
        first = size(self.auditor)
        item = self.pb.ClassifyStreamRequest
        requests = [item(reference=f"r{number}", request=self.question()) for number in range(20)]
        requests.insert(7, item(reference="no mode", request=self.question(mode=0)))
        requests.insert(9, item(reference="no consent", request=self.question(mode=contract().applicant)))
        requests.insert(11, item(reference="empty"))
        requests.insert(12, item(reference="x" * 5000, request=self.question()))
        answers = {answer.reference: answer for answer in self.stream(requests)}
        self.assertEqual(len(answers), 24)
        refused = {name: answer.error.code for name, answer in answers.items() if answer.WhichOneof("outcome") == "error"}
        code = grpc.StatusCode
        self.assertEqual(refused, {
            "no mode": code.INVALID_ARGUMENT.value[0], "no consent": code.FAILED_PRECONDITION.value[0],
            "empty": code.INVALID_ARGUMENT.value[0], "x" * 2000: code.INVALID_ARGUMENT.value[0],
        })
        alone = self.department.documents.Classify(self.question(), timeout=60)
        found = records(self.auditor, first=first)
        at = {record.index: record for record in found}
        for number in range(20):
            answer = answers[f"r{number}"].response
            self.assertEqual(answer.documents, alone.documents)
            self.assertEqual(at[answer.provenance.audit_index].method, "amtshilfe.v1.DocumentService/ClassifyStream")
        kinds = contract().audit.AuditRecord.Kind
        end = [record for record in found if record.kind == kinds.KIND_END]
        self.assertEqual([(record.facts["messages"], record.facts["refused"], record.outcome) for record in end], [("24", "4", "OK")])
        self.assertEqual(at[end[0].start_index].kind, kinds.KIND_START)

    def test_a_stream_ends_at_the_clients_deadline_and_is_recorded(self):
        def slowly():
            yield self.pb.ClassifyStreamRequest(reference="one", request=self.question())
            ended.wait(5)

        ended = threading.Event()
        first = size(self.auditor)
        got = []
        with self.assertRaises(grpc.RpcError) as caught:
            for answer in self.department.documents.ClassifyStream(slowly(), timeout=1.5):
                got.append(answer.reference)
        ended.set()
        self.assertEqual((got, caught.exception.code()), (["one"], grpc.StatusCode.DEADLINE_EXCEEDED))
        kinds = contract().audit.AuditRecord.Kind
        until(lambda: [record for record in records(self.auditor, first=first) if record.kind == kinds.KIND_END])

    def test_a_decision_is_kept_with_the_class_it_is_on_and_without_content(self):
        answer = self.department.documents.Classify(self.question(), timeout=60)
        said = answer.documents[0].document_class
        subject = "documents[0].document_class"
        decided = dict(inference_id=answer.provenance.inference_id, subject=subject)
        first = size(self.auditor)
        self.decide(verdict=self.verdicts.VERDICT_ACCEPTED, **decided)
        kept = self.decide(verdict=self.verdicts.VERDICT_CORRECTED, corrected="birth_certificate", **decided)
        self.assertEqual(kept.provenance.audit_index, size(self.auditor) - 1)
        self.decide(self.other, verdict=self.verdicts.VERDICT_REJECTED, **decided)
        found = records(self.auditor, first=first, method="amtshilfe.v1.DocumentService/RecordDecision")
        self.assertEqual([record.facts["verdict"] for record in found], ["accepted", "corrected", "rejected"])
        for record in found[:2]:
            self.assertEqual(record.facts["decided_on"], said)
            self.assertEqual(record.facts["decided"], str(answer.provenance.audit_index))
            self.assertEqual(record.facts["subject"], "documents.document_class")
            self.assertEqual([model.digest for model in record.models], [model.digest for model in answer.provenance.models])
            self.assertNotIn(answer.provenance.inference_id.encode(), record.leaf)
        self.assertNotIn("decided_on", found[2].facts, "another department learns nothing of the answer")
        page = self.page("administrator").get("/oversight")
        self.assertEqual(page.status, 200)
        self.assertIn(f"<code>{said}</code>", page.text)
        self.assertNotIn("sb-17", page.text)
        self.assertIn(said, self.page("auditor").get(f"/oversight?on={said}&days=30&department=auslaenderamt").text)
        looks = records(self.auditor, first=first, method="console/oversight")
        self.assertEqual(len(looks), 2)

    def page(self, role):
        browser = Browser(self.appliance.console, self.department.folder / "ca.pem")
        link = self.appliance.command("sign-in", "--role", role).stdout.strip()
        self.assertEqual(browser.post("/sign-in", word=link.partition("word=")[2]).status, 303)
        return browser

    def test_what_is_no_decision_is_refused(self):
        answer = self.department.documents.Classify(self.question(), timeout=60)
        good = dict(
            inference_id=answer.provenance.inference_id, subject="documents[0].document_class",
            verdict=self.verdicts.VERDICT_CORRECTED, corrected="passport",
        )
        for wrong in (
            {"inference_id": "x"}, {"subject": "Frau Meier"}, {"subject": "documents[7].document_class"}, {"verdict": 0},
            {"verdict": self.verdicts.VERDICT_ACCEPTED}, {"corrected": "Pass von Frau Meier"}, {"corrected": ""}, {"officer": ""},
            {"officer": "Erika Mustermann"},
        ):
            with self.subTest(wrong), self.assertRaises(grpc.RpcError) as caught:
                self.decide(**{**good, **wrong})
            self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        # An answer that is not known any more is decided on all the same.
        self.decide(**{**good, "inference_id": "01890a5d-ac96-774b-bcce-b302099a8057"})
