"""One file that holds many papers: each is a document with its pages, and everything behind knows it."""
import io
import json
import unittest

import pypdf

from support.appliance import Appliance
from support.environment import Environment, contract, source_file


def merged(paths):
    writer = pypdf.PdfWriter()
    for path in paths:
        writer.append(path)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


class Split(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance()
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.department = cls.appliance.department("auslaenderamt")
        cls.pb = contract().documents
        cls.folder = Environment.samples / "applications" / "family-reunification"
        cls.papers = sorted(cls.folder.glob("*.pdf"))
        cls.classes = [path.name.split("-", 1)[1].removesuffix(".pdf") for path in cls.papers]
        cls.data = merged(cls.papers)

    def file(self, data, name="akte.pdf"):
        return contract().common.SourceFile(filename=name, data=data)

    def fields(self, answer):
        return [{(field.name, field.value) for field in one.fields} for one in answer.documents]

    def test_five_papers_and_three_payslips_in_a_row_are_documents_with_their_pages(self):
        for first, last in [(0, 5), (5, 10), (0, 10)]:
            data = merged(self.papers[first:last])
            request = self.pb.ClassifyRequest(mode=contract().office, files=[self.file(data)])
            answer = self.department.documents.Classify(request, timeout=60)
            found = [(one.first_page, one.last_page, one.document_class) for one in answer.documents]
            wanted = [(page, page, name) for page, name in enumerate(self.classes[first:last], 1)]
            self.assertEqual(found, wanted)

    def test_each_document_has_the_fields_of_its_own_pages(self):
        request = self.pb.ExtractFieldsRequest(mode=contract().office, files=[self.file(self.data)])
        whole = self.department.documents.ExtractFields(request, timeout=60)
        request = self.pb.ExtractFieldsRequest(mode=contract().office, files=[source_file(path) for path in self.papers])
        single = self.department.documents.ExtractFields(request, timeout=60)
        self.assertEqual(self.fields(whole), self.fields(single))
        for page, one in enumerate(whole.documents, 1):
            self.assertTrue(all(field.place.page == page for field in one.fields))
        months = {value for fields in self.fields(whole) for name, value in fields if name == "month"}
        self.assertEqual(len(months), 3)

    def test_an_application_in_one_file_is_checked_like_one_in_many(self):
        case = json.loads((self.folder / "case.json").read_text(encoding="utf-8"))
        form = {name: value for name, value in case["form"].items() if isinstance(value, str)}

        def check(files):
            request = self.pb.CheckApplicationRequest(
                mode=contract().office, application_type=case["application_type"], form=form, files=files, language="de",
            )
            answer = self.department.documents.CheckApplication(request, timeout=60)
            states = [(item.id, item.state) for item in answer.checklist]
            return len(answer.documents), states, sorted(hint.rule for hint in answer.hints)

        single = check([source_file(path) for path in self.papers])
        self.assertEqual(check([self.file(self.data)]), single)
        self.assertEqual(single[0], len(self.papers))

    def test_a_bundle_of_one_file_holds_every_page_once(self):
        request = self.pb.BundleApplicationRequest(
            mode=contract().office, application_type="family_reunification", files=[self.file(self.data)],
        )
        answers = list(self.department.documents.BundleApplication(request, timeout=120))
        self.assertEqual(len(answers[-1].documents), len(self.papers))
        bound = pypdf.PdfReader(io.BytesIO(b"".join(answer.chunk for answer in answers)), strict=True)
        texts = [page.extract_text() for page in bound.pages]
        for page in pypdf.PdfReader(io.BytesIO(self.data)).pages:
            self.assertEqual(texts.count(page.extract_text()), 1)

    def test_a_decision_names_a_part_of_the_file(self):
        request = self.pb.ClassifyRequest(mode=contract().office, files=[self.file(self.data)])
        answer = self.department.documents.Classify(request, timeout=60)
        last = len(self.papers) - 1
        decide = lambda place: self.department.documents.RecordDecision(
            self.pb.RecordDecisionRequest(
                inference_id=answer.provenance.inference_id,
                subject=f"documents[{place}].document_class",
                verdict=self.pb.RecordDecisionRequest.Verdict.VERDICT_ACCEPTED,
                officer="p-17",
            ),
            timeout=10,
        )
        self.assertTrue(decide(last).provenance.inference_id)
        with self.assertRaisesRegex(Exception, "counted from 0"):
            decide(last + 1)


if __name__ == "__main__":
    unittest.main()
