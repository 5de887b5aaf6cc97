"""What a paper says of religion, ethnic origin, health and offences reaches nobody: no answer, no log, no disk."""
import ssl
import unittest
import urllib.request

from support import papers
from support.appliance import Appliance, records
from support.environment import FIXTURES, contract

# Words that stand nowhere else, each beside a question or in a sentence that makes them go.
CANARIES = {
    "religion": "Zebrakirchler",
    "ethnicity": "Quokkawolpe",
    "health": "Kanariensyndrom",
    "offence": "Emudiebstahlei",
    "card": "730519",
}
# What fixtures/masking.png shows.
PAPER = """Antrag auf Erteilung einer Aufenthaltserlaubnis

Familienname: Testerin
Religion: {religion}
Volkszugehörigkeit: {ethnicity}
Diagnose: {health}
Vorstrafen: {offence}
Zugangsnummer (CAN): {card}
Krankenkasse: AOK Hessen
""".format(**CANARIES)
LINES = PAPER.splitlines()
# The names of files are the caller's; they come back to it and go nowhere else.
NAMED = "Attest_Hyaenendepression"


def files():
    inside = {
        f"{NAMED}.pdf": papers.pdf(LINES),
        "formular.pdf": papers.form(LINES),
        "antrag.docx": papers.docx(LINES),
        "antrag.odt": papers.odt(LINES),
        "antrag.rtf": papers.rtf(LINES),
        "scan.png": (FIXTURES / "masking.png").read_bytes(),
    }
    everything = {
        **inside,
        "antrag.txt": PAPER.encode(),
        "antrag.html": papers.html(LINES),
        "antrag.eml": papers.mail(LINES, {"anbei.pdf": papers.pdf(LINES)}),
        f"{NAMED}.zip": papers.archive(inside),
    }
    sent = [{"filename": name, "data": data} for name, data in everything.items()]
    return [{"filename": "text.txt", "text": PAPER}, *sent]


class Masking(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance()
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.department = cls.appliance.department("auslaenderamt")
        cls.auditor = cls.appliance.department("revision", "auditor")

    def metrics(self):
        context = ssl.create_default_context(cafile=self.department.folder / "ca.pem")
        with urllib.request.urlopen(f"https://{self.appliance.console}/metrics", context=context, timeout=10) as answer:
            return answer.read().decode()

    def test_nothing_masked_reaches_an_answer_the_log_or_the_disk(self):
        documents = contract().documents
        asked = {"mode": contract().office, "files": files()}
        fields = self.department.documents.ExtractFields(documents.ExtractFieldsRequest(**asked), timeout=300)
        checked = self.department.documents.CheckApplication(
            documents.CheckApplicationRequest(application_type="employment", language="de", **asked), timeout=300
        )
        broken = documents.ClassifyRequest(mode=contract().office, files=[{"filename": f"{NAMED}.pdf", "data": b"%PDF-1.7 kaputt"}])
        self.assertEqual(len(self.department.documents.Classify(broken, timeout=60).file_errors), 1)
        # Only a machine without Tesseract and without networks leaves the scans unread.
        unread = {error.filename for error in fields.file_errors}
        self.assertLessEqual(unread, {"scan.png", f"{NAMED}.zip/scan.png"}, fields.file_errors)
        self.assertIn(len(unread), (0, 2))
        self.assertEqual(len(fields.documents) + len(unread), 16, [read.document.filename for read in fields.documents])
        kinds = documents.MaskedPassages.Kind
        for read in fields.documents:
            masked = {entry.kind: entry.passages for entry in read.document.masked}
            expected = (kinds.KIND_RELIGION, kinds.KIND_ETHNICITY, kinds.KIND_HEALTH, kinds.KIND_OFFENCE, kinds.KIND_CARD_NUMBER)
            self.assertEqual(masked, dict.fromkeys(expected, 1), read.document.filename)
        written = list(records(self.auditor))
        counted = ",".join(f"{kind}={len(fields.documents)}" for kind in ("card", "ethnicity", "health", "offence", "religion"))
        extracted = [record for record in written if record.method.endswith("/ExtractFields")]
        self.assertEqual([dict(record.facts).get("masked") for record in extracted], [counted])
        self.nothing_of_them_stands(str(fields) + str(checked), self.metrics(), b"\n".join(record.leaf for record in written))

    def nothing_of_them_stands(self, answers, metrics, leaves):
        self.appliance.stop()
        log = self.appliance.log()
        self.assertIn(NAMED, answers)
        for canary in (*CANARIES.values(), NAMED, "Hyaenendepression"):
            if canary in CANARIES.values():
                self.assertNotIn(canary, answers)
            for place, text in {"log": log, "metrics": metrics}.items():
                self.assertFalse(canary in text, f"{canary} in {place}")
            self.assertFalse(canary.encode() in leaves, f"{canary} in the records")
            for path, content in self.appliance.files("."):
                self.assertFalse(canary.encode() in content, f"{canary} in {path}")
