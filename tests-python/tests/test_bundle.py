"""One PDF of all files of an application, as a reader that is not ours takes it apart."""
import io
import unittest

import grpc
import pypdf

from support.appliance import Appliance, records, size
from support.environment import Environment, contract

CHUNK_BYTES_MAX = 1 << 20


class Bundle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance()
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.department = cls.appliance.department("auslaenderamt")
        cls.auditor = cls.appliance.department("revision", "auditor")
        cls.pb = contract().documents

    def files(self, *papers):
        source = contract().common.SourceFile
        return [source(filename=path.name, data=path.read_bytes()) for path in papers]

    def bundle(self, files, **fields):
        fields.setdefault("mode", contract().office)
        request = self.pb.BundleApplicationRequest(files=files, **fields)
        return list(self.department.documents.BundleApplication(request, timeout=120))

    def test_every_page_of_every_file_in_the_order_of_the_checklist(self):
        case = Environment.samples / "applications" / "employment"
        papers = sorted(path for path in case.rglob("*.pdf") if "rental" not in path.name)
        self.assertGreater(len(papers), 2)
        source = contract().common.SourceFile
        letter = source(filename="Brief an die Behörde.txt", text="Sehr geehrte Damen und Herren,\nanbei meine Unterlagen.\n")
        broken = source(filename="kaputt.pdf", data=b"%PDF-1.7 kaputt")
        photo = next(iter((Environment.samples / "papers").glob("*.jpg")))
        files = [letter, *self.files(*reversed(papers), photo), broken]
        first = size(self.auditor)
        answers = self.bundle(files, application_type="employment")
        self.assertTrue(answers[0].provenance.inference_id and not answers[0].chunk)
        end = answers[-1]
        self.assertEqual([error.filename for error in end.file_errors], ["kaputt.pdf"])
        self.assertTrue(all(len(answer.chunk) <= CHUNK_BYTES_MAX for answer in answers))
        pdf = pypdf.PdfReader(io.BytesIO(b"".join(answer.chunk for answer in answers)), strict=True)

        texts = [page.extract_text() for page in pdf.pages]
        for path in papers:
            for page in pypdf.PdfReader(path).pages:
                self.assertIn(page.extract_text(), texts, path.name)
        self.assertIn("Fehlt, oder ist in einer Datei, die nicht gelesen wurde", texts[0])
        answers = self.bundle(files[:-1], application_type="employment")
        whole = pypdf.PdfReader(io.BytesIO(b"".join(answer.chunk for answer in answers)))
        self.assertIn("Fehlt vermutlich", whole.pages[0].extract_text())
        self.assertIn("kaputt.pdf", texts[0])
        self.assertEqual(pdf.attachments[letter.filename], [letter.text.encode()])
        self.assertTrue(any(photo.read_bytes() == image for page in pdf.pages for image in self.raw_images(page)))

        marks = [(mark.title, pdf.get_destination_page_number(mark)) for mark in pdf.outline]
        self.assertEqual(len(marks), 1 + len(end.documents))
        self.assertEqual([title.rpartition(" – ")[2] for title, _ in marks[1:]], [document.filename for document in end.documents])
        pages = [place for _, place in marks]
        self.assertEqual(pages, sorted(pages))
        listed = self.department.documents.ListApplicationTypes(self.pb.ListApplicationTypesRequest(), timeout=10).types
        items = next(entry for entry in listed if entry.id == "employment").checklist
        ranks = []
        for document in end.documents:
            rank = [place for place, item in enumerate(items) if document.document_class in item.document_classes]
            ranks.append(rank[0] if rank else len(items))
        self.assertEqual(ranks, sorted(ranks), [document.document_class for document in end.documents])

        kinds = contract().audit.AuditRecord.Kind
        found = records(self.auditor, first=first, department="auslaenderamt")
        bundled = [record for record in found if record.method.endswith("/BundleApplication")][:2]
        self.assertEqual([record.kind for record in bundled], [kinds.KIND_START, kinds.KIND_END])
        self.assertEqual(bundled[1].start_index, bundled[0].index)
        self.assertEqual(end.provenance.audit_index, bundled[1].index)
        self.assertEqual([record.mode for record in bundled], [contract().office] * 2)

    def raw_images(self, page):
        for name in page["/Resources"].get("/XObject", {}):
            yield page["/Resources"]["/XObject"][name]._data

    def test_what_is_no_bundle_is_refused(self):
        paper = self.files(next(iter((Environment.samples / "papers").glob("*.pdf"))))
        for code, files, fields in (
            (grpc.StatusCode.INVALID_ARGUMENT, [], {}),
            (grpc.StatusCode.INVALID_ARGUMENT, paper, {"application_type": "NO_SUCH_TYPE"}),
            (grpc.StatusCode.INVALID_ARGUMENT, paper, {"mode": 0}),
            (grpc.StatusCode.FAILED_PRECONDITION, paper, {"mode": contract().applicant}),
        ):
            with self.subTest(fields), self.assertRaises(grpc.RpcError) as caught:
                self.bundle(files, **fields)
            self.assertEqual(caught.exception.code(), code)
        consent = {"granted": True}
        empty = contract().common.SourceFile(filename="leer.pdf")
        answers = self.bundle([empty])
        self.assertEqual([error.reason for error in answers[-1].file_errors], ["EMPTY"])
        cover = pypdf.PdfReader(io.BytesIO(b"".join(answer.chunk for answer in answers)))
        self.assertEqual(len(cover.pages), 1)
        self.assertIn("leer.pdf", cover.pages[0].extract_text())
        self.assertTrue(self.bundle(paper, mode=contract().applicant, consent=consent)[-1].documents)
