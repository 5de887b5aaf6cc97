"""Files that cannot be read, beside files that can, in one call."""
import email.message
import hashlib
import io
import unittest
import zipfile

import grpc

from support.appliance import Appliance, records, size
from support.environment import FIXTURES, Environment, contract, sample

MIB = 1024 * 1024


def bomb():
    """A Word file of some kilobytes that unpacks to a gibibyte."""
    buffer = io.BytesIO()
    block = b" " * MIB
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w") as part:
            part.write(b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>')
            for _ in range(1024):
                part.write(block)
            part.write(b"</w:body></w:document>")
    return buffer.getvalue()


class BadFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance()
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.department = cls.appliance.department("auslaenderamt")
        cls.other = cls.appliance.department("buergerbuero")
        cls.auditor = cls.appliance.department("revision", "auditor")

    def classify(self, files, **fields):
        request = contract().documents.ClassifyRequest(mode=contract().office, files=files, **fields)
        return self.department.documents.Classify(request, timeout=120)

    def limits(self):
        return self.department.uploads.GetServerLimits(contract().uploads.GetServerLimitsRequest(), timeout=10)

    def test_bad_files_beside_good_ones_in_one_call(self):
        size_sent = 300 * MIB
        upload = self.department.upload((bytes(MIB) for _ in range(300)), size_bytes=size_sent)
        self.assertEqual(upload.size_bytes, size_sent)
        rental = sample("papers/rental_contract.docx")
        files = [
            {"filename": "gut.pdf", "data": sample("papers/bank_statement.pdf")},
            {"filename": "kaputt.pdf", "data": b"%PDF-1.7\n" + bytes(range(256)) * 8},
            {"filename": "leer.pdf", "data": b""},
            {"filename": "riesig.pdf", "upload_id": upload.upload_id},
            {"filename": "gut.docx", "data": rental},
            {"filename": "geheim.pdf", "data": (FIXTURES / "encrypted.pdf").read_bytes()},
            {"filename": "bombe.docx", "data": bomb()},
            {"filename": "halb.docx", "data": rental[: len(rental) // 2]},
            {"filename": "programm.pdf", "data": b"\x7fELF" + bytes(2000)},
            {"filename": "lied.pdf", "data": b"ID3\x04" + bytes(2000)},
            {"filename": "fehlt.pdf", "upload_id": "0123456789abcdef0123456789abcdef"},
            {"filename": "ohne.pdf"},
            {"filename": "gut.txt", "text": sample("papers/registration_certificate.txt").decode()},
        ]
        wanted = {
            1: {"UNREADABLE"},
            2: {"EMPTY"},
            3: {"TOO_LARGE"},
            5: {"ENCRYPTED"},
            6: {"TOO_LARGE"},
            7: {"UNREADABLE"},
            8: {"UNSUPPORTED"},
            9: {"UNSUPPORTED"},
            10: {"UNREADABLE"},
            11: {"EMPTY"},
        }
        first = size(self.auditor)
        answer = self.classify(files)
        errors = {error.file_index: error for error in answer.file_errors}
        self.assertEqual(sorted(errors), sorted(wanted))
        for index, reasons in wanted.items():
            with self.subTest(files[index]["filename"]):
                error = errors[index]
                self.assertIn(error.reason, reasons)
                self.assertEqual(error.filename, files[index]["filename"])
                # German, and it says what to do.
                self.assertRegex(error.message, r"[Bb]itte|apt install|Angenommen werden")
        self.assertEqual(errors[3].allowed, self.limits().file_bytes_max)
        self.assertEqual(errors[3].actual, size_sent)
        self.assertTrue(errors[3].limit)
        self.assertGreater(errors[6].allowed, 0)
        good = {document.file_index: document for document in answer.documents}
        self.assertEqual(
            {index: good[index].document_class for index in good},
            {0: "bank_statement", 4: "rental_contract", 12: "registration_certificate"},
        )
        self.assertEqual([good[index].filename for index in sorted(good)], ["gut.pdf", "gut.docx", "gut.txt"])
        found = records(self.auditor, first=first, method="amtshilfe.v1.DocumentService/Classify")
        self.assertEqual([record.outcome for record in found], ["OK"])
        self.assertEqual(found[0].facts["files"], str(len(files)))
        self.assertEqual(found[0].facts["file_errors"], str(len(wanted)))

    def test_the_message_is_in_the_language_asked_for(self):
        files = [{"filename": "locked.pdf", "data": (FIXTURES / "encrypted.pdf").read_bytes()}]
        english = self.classify(files, consent={"granted": True, "language": "en"}).file_errors[0].message
        german = self.classify(files).file_errors[0].message
        self.assertIn("password", english)
        self.assertIn("Kennwort", german)

    def test_a_picture_that_claims_to_be_a_pdf_is_read_as_what_it_is(self):
        files = [{"filename": "mietvertrag.pdf", "data": (FIXTURES / "text.png").read_bytes()}]
        answer = self.classify(files)
        if answer.file_errors:
            self.assertEqual([error.reason for error in answer.file_errors], ["NO_OCR"])
            self.assertIn("tesseract", answer.file_errors[0].message)
        else:
            self.assertEqual(len(answer.documents), 1)
            self.assertEqual(answer.documents[0].text_source, contract().documents.TEXT_SOURCE_OCR)

    def test_a_blank_picture_is_no_error_and_no_guess(self):
        answer = self.classify([{"filename": "weiss.pdf", "data": (FIXTURES / "blank.png").read_bytes()}])
        reasons = {error.reason for error in answer.file_errors}
        classes = {document.document_class for document in answer.documents}
        self.assertTrue(reasons <= {"EMPTY", "NO_OCR"} and classes <= {"blank_or_unreadable", "unknown_other"}, answer)
        self.assertEqual(len(reasons) + len(classes), 1)

    def test_text_in_latin_1_is_read_with_its_umlauts(self):
        text = sample("papers/registration_certificate.txt").decode()
        latin = {"filename": "meldung.txt", "data": text.encode("cp1252", "replace")}
        answer = self.classify([latin, {"filename": "utf8.txt", "data": text.encode()}])
        self.assertFalse(answer.file_errors)
        self.assertEqual([doc.document_class for doc in answer.documents], ["registration_certificate"] * 2)
        for place in answer.documents[0].evidence:
            self.assertEqual(text[place.start : place.end], place.quote)

    def test_only_bad_files_are_still_an_answer(self):
        answer = self.classify([{"filename": "leer.pdf", "data": b""}])
        self.assertFalse(answer.documents)
        self.assertEqual(len(answer.file_errors), 1)

    def test_two_files_of_one_name_are_told_apart(self):
        name = "scan.pdf"
        answer = self.classify([
            {"filename": name, "data": b""},
            {"filename": name, "data": sample("papers/bank_statement.pdf")},
            {"filename": name, "data": sample("papers/training_contract.pdf")},
        ])
        self.assertEqual([error.file_index for error in answer.file_errors], [0])
        classes = {document.file_index: document.document_class for document in answer.documents}
        self.assertEqual(classes, {1: "bank_statement", 2: "training_contract"})

    def test_an_upload_is_read_and_belongs_to_its_department(self):
        data = sample("papers/bank_statement.pdf")
        pieces = [data[at : at + 4096] for at in range(0, len(data), 4096)]
        digest = hashlib.sha256(data).digest()
        upload = self.department.upload(pieces, size_bytes=len(data), sha256=digest)
        self.assertEqual((upload.size_bytes, upload.sha256), (len(data), digest))
        file = {"filename": "auszug.pdf", "upload_id": upload.upload_id}
        self.assertEqual(self.classify([file]).documents[0].document_class, "bank_statement")
        request = contract().documents.ClassifyRequest(mode=contract().office, files=[file])
        stolen = self.other.documents.Classify(request, timeout=30)
        self.assertFalse(stolen.documents)
        self.assertEqual([error.reason for error in stolen.file_errors], ["UNREADABLE"])

    def test_an_upload_that_is_not_what_it_says_is_refused(self):
        for fields in ({"sha256": bytes(32)}, {"size_bytes": 5}):
            with self.subTest(list(fields)), self.assertRaises(grpc.RpcError) as caught:
                self.department.upload([b"vier"], **fields)
            self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        with self.assertRaises(grpc.RpcError) as caught:
            self.department.upload([bytes(MIB + 1)])
        self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_limits_of_a_call_as_a_whole(self):
        limits = self.limits()
        self.assertGreaterEqual(limits.message_bytes_max, 4 * MIB)
        for files in ([], [{"filename": "a.txt", "text": "a"}] * (limits.files_max + 1)):
            with self.subTest(len(files)), self.assertRaises(grpc.RpcError) as caught:
                self.classify(files)
            self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_a_message_over_the_limit_is_refused_and_recorded(self):
        first = size(self.auditor)
        data = bytes(self.limits().message_bytes_max + MIB)
        with self.assertRaises(grpc.RpcError) as caught:
            self.classify([{"filename": "gross.pdf", "data": data}])
        code = caught.exception.code()
        # gRPC's own word is RESOURCE_EXHAUSTED; tonic says OUT_OF_RANGE.
        self.assertIn(code, (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.OUT_OF_RANGE))
        found = records(self.auditor, first=first, method="amtshilfe.v1.DocumentService/Classify")
        self.assertEqual([record.outcome for record in found], [code.name])


class Holders(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance()
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.department = cls.appliance.department("auslaenderamt")
        cls.passport = next(iter((Environment.samples / "papers").glob("bank_statement.pdf")))

    def classify(self, **file):
        request = contract().documents.ClassifyRequest(mode=contract().office, files=[{"filename": "eins.txt", "text": "Mietvertrag"}, file])
        return self.department.documents.Classify(request, timeout=60)

    def test_a_mail_is_taken_apart_and_so_is_an_archive_in_it(self):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("konto/auszug.pdf", self.passport.read_bytes())
            archive.writestr("kaputt.pdf", b"%PDF-1.7 kaputt")
        mail = email.message.EmailMessage()
        mail["Subject"], mail["From"] = "Unterlagen", "a@example.org"
        mail.set_content("Guten Tag,\nanbei meine Unterlagen.\n")
        mail.add_attachment(self.passport.read_bytes(), maintype="application", subtype="pdf", filename="auszug.pdf")
        mail.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename="akte.zip")
        answer = self.classify(filename="post.eml", data=mail.as_bytes())
        found = {document.filename: (document.file_index, document.document_class) for document in answer.documents}
        self.assertEqual(found["post.eml/auszug.pdf"], (1, "bank_statement"))
        self.assertEqual(found.get("post.eml/akte.zip/konto/auszug.pdf"), (1, "bank_statement"), (found, answer.file_errors))
        self.assertEqual(len(found), 3, found)
        self.assertEqual([(error.filename, error.file_index) for error in answer.file_errors], [("post.eml/akte.zip/kaputt.pdf", 1)])

    def test_an_archive_of_too_many_files_is_one_error(self):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for number in range(101):
                archive.writestr(f"{number}.txt", "x")
        answer = self.classify(filename="akte.zip", data=packed.getvalue())
        self.assertEqual([(error.reason, error.limit, error.allowed) for error in answer.file_errors], [("TOO_LARGE", "files_max", 100)])
        self.assertEqual(len(answer.documents), 1)
