"""What a paper says of religion, ethnic origin, health and offences reaches nobody: no answer, no log, no disk."""
import unittest

from support.appliance import Appliance
from support.environment import contract

# Words that stand nowhere else, each beside a question or in a sentence that makes them go.
CANARIES = {
    "religion": "Zebrakirchler",
    "ethnicity": "Quokkawolpe",
    "health": "Kanariensyndrom",
    "offence": "Emudiebstahlei",
    "card": "730519",
}
PAPER = """Antrag auf Erteilung einer Aufenthaltserlaubnis

Familienname: Testerin
Religion: {religion}
Volkszugehörigkeit: {ethnicity}
Diagnose: {health}
Vorstrafen: {offence}
Zugangsnummer (CAN): {card}
Sind Sie vorbestraft? ☐ ja ☐ nein
Krankenkasse: AOK Hessen
""".format(**CANARIES)
MASK = "█████"


class Masking(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance()
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.department = cls.appliance.department("auslaenderamt")

    def files(self):
        mail = f"From: a@example.org\nSubject: Antrag\nContent-Type: text/plain; charset=utf-8\n\n{PAPER}"
        rows = "".join(f"<p>{line}</p>" for line in PAPER.splitlines())
        return [
            {"filename": "antrag.txt", "text": PAPER},
            {"filename": "antrag2.txt", "data": PAPER.encode()},
            {"filename": "antrag.html", "data": f"<html><body>{rows}</body></html>".encode()},
            {"filename": "antrag.eml", "data": mail.encode()},
        ]

    def test_nothing_masked_reaches_an_answer_the_log_or_the_disk(self):
        documents = contract().documents
        asked = {"mode": contract().office, "files": self.files()}
        fields = self.department.documents.ExtractFields(documents.ExtractFieldsRequest(**asked), timeout=120)
        checked = self.department.documents.CheckApplication(
            documents.CheckApplicationRequest(application_type="employment", language="de", **asked), timeout=120
        )
        self.assertFalse(fields.file_errors)
        self.assertEqual(len(fields.documents), 4)
        kinds = documents.MaskedPassages.Kind
        for read in fields.documents:
            masked = {entry.kind: entry.passages for entry in read.document.masked}
            expected = (kinds.KIND_RELIGION, kinds.KIND_ETHNICITY, kinds.KIND_HEALTH, kinds.KIND_OFFENCE, kinds.KIND_CARD_NUMBER)
            self.assertEqual(masked, dict.fromkeys(expected, 1), read.document.filename)
        self.appliance.stop()
        places = {"answer": str(fields) + str(checked), "log": self.appliance.log()}
        for name, canary in CANARIES.items():
            for place, text in places.items():
                self.assertNotIn(canary, text, f"{name} in {place}")
            for path, content in self.appliance.files("."):
                self.assertNotIn(canary.encode(), content, f"{name} in {path}")
