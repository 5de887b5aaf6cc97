"""What a paper is, whether an application is complete and coherent, and the erasure of a case."""
import hashlib
import json
import time
import unittest
import uuid

import grpc

from support import merkle
from support.appliance import Appliance, Refusals, records, size
from support.environment import Environment, contract, sample, source_file

# Which sample needs text recognition.
SCANS = {"passport.jpg", "payslip.scan.pdf"}
TEXT = "Kündigung des Mietvertrags\nSehr geehrte Damen und Herren, hiermit kündige ich das Mietverhältnis.\n"


def as_text(value):
    """Form values and facts travel as text: true/false, lists joined by commas."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(as_text, value)) if isinstance(value, list) else str(value)


def cases():
    """The sample applications: their requests and what is expected of the answers."""
    for path in sorted(Environment.samples.rglob("case.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        request = contract().documents.CheckApplicationRequest(
            mode=contract().office,
            application_type=case["application_type"],
            form={name: as_text(value) for name, value in case["form"].items()},
            facts={name: as_text(value) for name, value in case["facts"].items()},
            files=[source_file(paper) for paper in sorted(path.parent.iterdir()) if paper.name != "case.json"],
            language=case["language"],
        )
        yield case, request


class Documents(Refusals, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance()
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.department = cls.appliance.department("auslaenderamt")
        cls.other = cls.appliance.department("buergerbuero")
        cls.auditor = cls.appliance.department("revision", "auditor")
        cls.states = contract().documents.ChecklistItem.State

    def classify(self, files, **fields):
        fields.setdefault("mode", contract().office)
        return self.department.documents.Classify(
            contract().documents.ClassifyRequest(files=files, **fields), timeout=120
        )

    def check(self, department=None, **fields):
        fields.setdefault("mode", contract().office)
        request = contract().documents.CheckApplicationRequest(**fields)
        return (department or self.department).documents.CheckApplication(request, timeout=120)

    def test_each_format_gets_its_class(self):
        papers = sorted(Environment.samples.glob("papers/*"))
        papers = [path for path in papers if not path.name.endswith(".truth.json")]
        self.assertTrue({path.suffix for path in papers} >= {".pdf", ".docx", ".txt", ".jpg"})
        answer = self.classify([source_file(path) for path in papers])
        unread = {error.filename: error.reason for error in answer.file_errors}
        if unread:
            self.assertEqual(unread, {name: "NO_OCR" for name in SCANS})
        known = {entry.id for entry in self.list_classes("de").classes}
        found = {document.filename: document for document in answer.documents}
        self.assertEqual(len(found) + len(unread), len(papers))
        for path in papers:
            if path.name in unread:
                continue
            with self.subTest(path.name):
                document = found[path.name]
                self.assertEqual(papers[document.file_index], path)
                self.assertEqual(document.document_class, path.name.split(".")[0])
                self.assertFalse(document.abstained)
                self.assertTrue(0 <= document.probability <= 1)
                scores = {score.document_class: score.probability for score in document.prediction_set}
                self.assertIn(document.document_class, scores)
                self.assertLessEqual(set(scores), known | {"unknown_other"})
                self.assertTrue(all(0 <= score <= 1 for score in scores.values()))
                self.assertTrue(1 <= document.first_page <= document.last_page)
                ocr = path.name in SCANS
                source = contract().documents.TEXT_SOURCE_OCR if ocr else contract().documents.TEXT_SOURCE_DIGITAL
                self.assertEqual(document.text_source, source)
                self.assertTrue(0 < document.text_quality <= 1)
                self.assert_evidence(document, path)
        provenance = answer.provenance
        self.assertEqual(uuid.UUID(provenance.inference_id).version, 7)
        self.assertTrue(provenance.models)
        self.assertTrue(all(len(model.digest) == 64 for model in provenance.models))
        self.assertEqual(len(provenance.rules_digest), 64)

    def assert_evidence(self, document, path):
        self.assertTrue(document.evidence, "what decided is shown")
        for place in document.evidence:
            self.assertEqual((place.filename, place.file_index), (path.name, document.file_index))
            self.assertTrue(place.quote.strip())
            self.assertEqual(place.end - place.start, len(place.quote), "places count characters, not bytes")
            self.assertTrue(document.first_page <= place.page <= document.last_page)
            if path.suffix == ".txt":
                text = path.read_text(encoding="utf-8")
                self.assertEqual(text[place.start : place.end], place.quote)
            elif path.suffix != ".docx":
                self.assertTrue(place.box.width > 0 and place.box.height > 0, "a page has a place to point to")

    def test_places_count_code_points(self):
        """Signs of four bytes before the evidence move byte offsets, and UTF-16 ones, but not these."""
        text = "📎🏛 Überweisung – Größe\n" + sample("papers/registration_certificate.txt").decode()
        document = self.classify([{"filename": "meldung.txt", "text": text}]).documents[0]
        self.assertEqual(document.document_class, "registration_certificate")
        self.assertTrue(document.evidence)
        for place in document.evidence:
            self.assertEqual(text[place.start : place.end], place.quote)

    def test_what_is_no_document_of_the_taxonomy_is_left_open(self):
        text = "Apfelkuchen: 300 g Mehl, 150 g Butter, ein Ei, fünf Äpfel. Eine Stunde bei 180 Grad backen."
        document = self.classify([{"filename": "rezept.txt", "text": text}]).documents[0]
        self.assertTrue(document.abstained or document.document_class == "unknown_other", document)

    def test_fields_stand_where_they_say(self):
        name = "papers/bank_statement.pdf"
        request = contract().documents.ExtractFieldsRequest(
            mode=contract().office,
            files=[source_file(Environment.samples / name), source_file(Environment.samples / "papers/registration_certificate.txt")],
        )
        answer = self.department.documents.ExtractFields(request, timeout=60)
        self.assertEqual([len(document.fields) > 0 for document in answer.documents], [True, True])
        text = sample("papers/registration_certificate.txt").decode()
        for field in answer.documents[1].fields:
            self.assertTrue(field.value and field.raw)
            self.assertTrue(0 <= field.confidence <= 1)
            self.assertEqual(text[field.place.start : field.place.end], field.place.quote)

    def list_classes(self, language):
        request = contract().documents.ListDocumentClassesRequest(language=language)
        return self.department.documents.ListDocumentClasses(request, timeout=10)

    def test_the_catalogues_speak_both_languages(self):
        german, english = self.list_classes("de"), self.list_classes("en")
        self.assertGreaterEqual(len(german.classes), 50)
        self.assertEqual([entry.id for entry in german.classes], [entry.id for entry in english.classes])
        titles = {entry.id: entry.title for entry in german.classes}, {entry.id: entry.title for entry in english.classes}
        self.assertNotEqual(titles[0]["rental_contract"], titles[1]["rental_contract"])
        types = self.department.documents.ListApplicationTypes(
            contract().documents.ListApplicationTypesRequest(language="de"), timeout=10
        ).types
        wanted = {"employment", "vocational_training", "family_reunification", "settlement_permit"}
        self.assertLessEqual(wanted, {entry.id for entry in types})
        self.assertTrue(all(entry.checklist for entry in types if entry.id in wanted))

    def test_whole_applications(self):
        found = list(cases())
        self.assertGreaterEqual(len(found), 2)
        for case, request in found:
            with self.subTest(case["application_type"]):
                answer = self.department.documents.CheckApplication(request, timeout=120)
                self.assert_checked(case, answer)

    def assert_checked(self, case, answer):
        unread = {error.reason for error in answer.file_errors}
        self.assertLessEqual(unread, {"NO_OCR"})
        states = {}
        for item in answer.checklist:
            for name in item.document_classes:
                states.setdefault(name, set()).add(self.states.Name(item.state))
            self.assertTrue(item.title and item.id)
        expected = case["expected"]
        wanted = {"present": "STATE_PRESENT", "probably_missing": "STATE_PROBABLY_MISSING", "expired": "STATE_EXPIRED"}
        for key, state in wanted.items():
            for name in expected[key]:
                if not unread:
                    self.assertIn(state, states.get(name, {"not on the list"}), name)
        rules = {hint.rule for hint in answer.hints}
        loud = {hint.rule for hint in answer.hints if hint.severity >= contract().documents.Hint.SEVERITY_CHECK}
        self.assertLessEqual(set(expected["hints_expected"]), rules)
        self.assertFalse(loud & set(expected["hints_forbidden"]))
        if not expected["hints_expected"]:
            self.assertFalse(loud, "a clean application stays without a warning")
        for hint in answer.hints:
            self.assertTrue(hint.text)
            self.assertNotRegex(hint.text.lower(), r"gefälscht|fälschung|betrug|forged|fraud")
            self.assertTrue(0 <= hint.confidence <= 1)
        self.assertTrue(answer.case_id)
        self.assertTrue(answer.HasField("erased_at_latest"))

    def test_hints_in_german_and_english(self):
        _, request = next(pair for pair in cases() if pair[0]["expected"]["hints_expected"])
        texts = {}
        for language in ("de", "en"):
            request.language = language
            answer = self.department.documents.CheckApplication(request, timeout=120)
            texts[language] = {hint.rule: hint.text for hint in answer.hints}
        self.assertEqual(set(texts["de"]), set(texts["en"]))
        self.assertTrue(texts["de"])
        for rule, text in texts["de"].items():
            self.assertNotEqual(text, texts["en"][rule], rule)

    def test_an_application_without_a_type_gets_a_proposal(self):
        _, request = next(pair for pair in cases() if pair[0]["application_type"] == "employment")
        request.application_type = ""
        answer = self.department.documents.CheckApplication(request, timeout=120)
        self.assertTrue(answer.application_type_proposed)
        self.assertEqual(answer.application_type, "employment")

    def test_nothing_is_read_without_a_footing_or_consent(self):
        file = {"filename": "a.txt", "text": TEXT}
        code = grpc.StatusCode
        self.fails(code.INVALID_ARGUMENT, lambda: self.classify([file], mode=0))
        self.fails(code.INVALID_ARGUMENT, lambda: self.check(mode=0, files=[file]))
        self.fails(code.INVALID_ARGUMENT, lambda: self.classify([file], mode=99))
        for consent in ({}, {"consent": {"granted": False, "text_version": "1"}}):
            first = size(self.auditor)
            call = lambda: self.classify([file], mode=contract().applicant, **consent)  # noqa: E731
            error = self.fails(code.FAILED_PRECONDITION, call)
            self.assertIn("Einwilligung".encode(), dict(error.trailing_metadata())["grpc-status-details-bin"])
            found = records(self.auditor, first=first, department="auslaenderamt")
            self.assertEqual([(record.outcome, record.facts["reason"]) for record in found],
                             [("FAILED_PRECONDITION", "CONSENT_MISSING")])
            self.fails(code.FAILED_PRECONDITION,
                       lambda: self.check(mode=contract().applicant, application_type="employment", files=[file], **consent))
        self.fails(code.INVALID_ARGUMENT, lambda: self.check(application_type="no_such_type", files=[file]))

    def test_in_the_applicants_mode_the_record_only_counts(self):
        consent = {"granted": True, "text_version": "2026-1", "language": "de"}
        file = source_file(Environment.samples / "papers/bank_statement.pdf")
        first = size(self.auditor)
        self.classify([file], mode=contract().applicant, consent=consent)
        self.classify([file])
        applicant, office = records(self.auditor, first=first, department="auslaenderamt")
        self.assertEqual((applicant.mode, office.mode), (contract().applicant, contract().office))
        self.assertNotIn("classes", applicant.facts)
        self.assertEqual(office.facts["classes"], "bank_statement")

    def test_a_case_keeps_its_mode(self):
        consent = {"granted": True, "text_version": "1"}
        fields = {"application_type": "employment", "case_id": "AZ 4711/26"}
        self.check(mode=contract().applicant, consent=consent, **fields)
        mixed = grpc.StatusCode.FAILED_PRECONDITION
        self.fails(mixed, lambda: self.check(mode=contract().office, **fields))
        self.check(mode=contract().applicant, consent=consent, **fields)
        # Another department's case of the same name is another case.
        self.check(self.other, mode=contract().office, **fields)
        self.erase("AZ 4711/26")
        self.fails(mixed, lambda: self.check(self.other, mode=contract().applicant, consent=consent, **fields))

    def erase(self, case_id, department=None):
        request = contract().documents.EraseCaseRequest(case_id=case_id)
        return (department or self.department).documents.EraseCase(request, timeout=10)

    def test_erasing_twice_gives_two_good_receipts(self):
        case_id = "Vorgang-ß-1"
        self.check(application_type="employment", case_id=case_id)
        first = size(self.auditor)
        answers = [self.erase(case_id), self.erase(case_id)]
        kind = contract().audit.AuditRecord.KIND_ERASURE
        found = [record for record in records(self.auditor, first=first) if record.kind == kind]
        self.assertEqual([record.facts["existed"] for record in found], ["true", "false"])
        for answer, record in zip(answers, found):
            self.assertEqual(answer.case_id, case_id)
            self.assertEqual(answer.provenance.audit_index, record.index)
            text = merkle.note_text(answer.receipt.decode(), self.appliance.verifier_key())
            self.assertTrue(text.startswith("amtshilfe.v1/receipt\n"))
            self.assertIn(case_id, text)
            self.assertIn("auslaenderamt", text)
            digest = hashlib.sha256(answer.receipt).hexdigest()
            self.assertEqual(record.facts["receipt_sha256"], digest, "the log holds the receipt's digest")
            self.assertNotIn(case_id.encode(), record.leaf)
        broken = bytearray(answers[0].receipt)
        broken[broken.index("Vorgang".encode())] ^= 1
        with self.assertRaises(ValueError):
            merkle.note_text(broken.decode(), self.appliance.verifier_key())

    def test_an_erased_case_leaves_records_that_nothing_leads_to(self):
        case_id = "Vorgang-2"
        fields = {"application_type": "employment", "case_id": case_id}
        before = self.check(**fields).provenance.audit_index
        again = self.check(**fields).provenance.audit_index
        self.erase(case_id)
        after = self.check(**fields).provenance.audit_index
        at = {record.index: record for record in records(self.auditor, first=before)}
        self.assertEqual(at[before].input_digest, at[again].input_digest, "one key for one case")
        self.assertNotEqual(at[before].input_digest, at[after].input_digest, "a new key after the erasure")

    def test_an_answer_says_when_its_case_erases_itself(self):
        for mode, hours in ((contract().applicant, 24), (contract().office, 30 * 24)):
            answer = self.check(mode=mode, application_type="employment", consent={"granted": True})
            left = answer.erased_at_latest.ToSeconds() - time.time()
            self.assertAlmostEqual(left / 3600, hours, delta=1)

    def test_erasing_without_a_name_is_refused(self):
        self.fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: self.erase(""))
