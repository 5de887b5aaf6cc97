"""A class of an office's own: from samples, tried, switched on, rolled back; over the command line and the console."""
import html
import http.client
import re
import unittest
import uuid

from support.appliance import Appliance, records, size, until
from support.environment import contract
from tests.test_console import Browser

TOWN = "Stadt Beispielstadt Der Oberbürgermeister Rathausplatz 1 Telefon 0999 1234-0\n"
NAMES = ("Anna Berger", "Mehmet Yilmaz", "Olena Bondar", "Peter Lindqvist", "Amira Haddad", "Jonas Weiss", "Linh Nguyen",
         "Marco Rossi", "Katrin Vogel", "Dawit Tesfaye")
# Stands in one sample only; must be nowhere afterwards.
CANARY = "Kanarienvogelwort"


def dog(number, extra=""):
    name = NAMES[number % len(NAMES)]
    return (f"{TOWN}Anmeldung zur Hundesteuer Kassenzeichen 77{number}41\nAngaben zum Hundehalter\nName, Vorname: {name}\n"
            f"Anschrift: Gartenweg {number}3, 12345 Altfeld\nAngaben zum Hund {extra}\nRufname des Hundes: Bello{number}\n"
            f"Rasse: {('Dackel', 'Labrador', 'Pudel')[number % 3]}\nChipnummer: 2760{number}8821\n"
            f"Beginn der Hundehaltung: {number}.03.2026\nDie Hundesteuermarke ist am Halsband zu tragen.\n")


def waste_bin(number):
    return (f"{TOWN}Abfallwirtschaft - Anmeldung von Abfallbehältern\nGrundstück Lindenallee {number} Eigentümer {NAMES[number]}\n"
            f"Restmüll 120 Liter Biotonne 120 Liter\nGebühr 14{number},00 EUR Unterschrift\n")


def multipart(fields, files):
    """A form as a browser sends it."""
    boundary = uuid.uuid4().hex
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    parts += [f'--{boundary}\r\nContent-Disposition: form-data; name="samples"; filename="{name}"\r\n'
              f"Content-Type: text/plain\r\n\r\n{text}\r\n" for name, text in files]
    return boundary, ("".join(parts) + f"--{boundary}--\r\n").encode()


class Uploading(Browser):
    def upload(self, path, fields, files):
        boundary, body = multipart(fields, files)
        connection = http.client.HTTPSConnection(self.address, context=self.context, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
                   "Content-Type": f"multipart/form-data; boundary={boundary}"}
        connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode("utf-8")
        connection.close()
        return answer


class OwnClasses(unittest.TestCase):
    def setUp(self):
        self.appliance = Appliance()
        self.addCleanup(self.appliance.stop)
        self.appliance.start()
        self.department = self.appliance.department("steueramt")
        self.auditor = self.appliance.department("revision", "auditor")

    def judged(self, text):
        file = {"filename": "papier.txt", "text": text}
        request = contract().documents.ClassifyRequest(mode=contract().office, files=[file])
        return self.department.documents.Classify(request, timeout=30).documents[0]

    def known(self, text):
        return self.judged(text).document_class

    def digest(self):
        request = contract().documents.ListDocumentClassesRequest(language="de")
        return self.department.documents.ListDocumentClasses(request, timeout=20).rules_digest

    def samples(self, numbers, extra=""):
        folder = self.appliance.folder / f"samples-{uuid.uuid4().hex[:6]}"
        folder.mkdir()
        for number in numbers:
            (folder / f"{number}.txt").write_text(dog(number, extra if number == numbers[0] else ""), encoding="utf-8")
        return sorted(map(str, folder.iterdir()))

    def changes(self, first):
        found = records(self.auditor, first=first)
        return [(record.method.removeprefix("appliance/class-"), record.facts["version"], record.facts["reason"])
                for record in found if record.method.startswith("appliance/class-")]

    def test_the_command_line_from_samples_to_roll_back(self):
        command = self.appliance.command
        shipped = self.digest()
        self.assertEqual(self.known(dog(8)), "unknown_other")
        first = size(self.auditor)
        titles = ("--title-de", "Anmeldung zur Hundesteuer", "--title-en", "Dog tax registration")
        few = command("classes", "add", "dog_tax", *titles, *self.samples([0, 1]), check=False)
        self.assertNotEqual(few.returncode, 0)
        self.assertIn("3 to 20", few.stderr)
        command("classes", "add", "dog_tax", *titles, *self.samples([0, 1, 2, 3, 4], CANARY))
        self.assertIn("draft", command("classes", "list").stdout)
        tried = command("classes", "preview", "dog_tax").stdout
        self.assertIn("5 von / of 5", tried)
        self.assertIn("0 von / of", tried.split("drawn to it:")[1])
        self.assertEqual(self.known(dog(8)), "unknown_other", "a draft answers nothing")
        command("classes", "enable", "dog_tax", "--note", CANARY)
        self.assertTrue(until(lambda: self.known(dog(8)) == "dog_tax"))
        answer = self.judged(dog(9))
        self.assertTrue(answer.provisional)
        self.assertGreater(answer.probability, 0.8)
        self.assertNotEqual(self.known(waste_bin(3)), "dog_tax")
        one, said = self.digest(), answer
        self.assertNotEqual(one, shipped)
        listed = self.department.documents.ListDocumentClasses(contract().documents.ListDocumentClassesRequest(language="de"), timeout=20)
        mine = next(entry for entry in listed.classes if entry.id == "dog_tax")
        self.assertEqual((mine.title, mine.group, mine.provisional), ("Anmeldung zur Hundesteuer", "own", True))

        command("classes", "add", "dog_tax", "--reason", "improved", *self.samples(range(2, 10)))
        command("classes", "enable", "dog_tax", "--reason", "improved")
        self.assertTrue(until(lambda: not self.judged(dog(9)).provisional))
        self.assertNotIn(self.digest(), (one, shipped))
        command("classes", "rollback", "dog_tax", "--reason", "mistakes")
        self.assertTrue(until(lambda: self.digest() == one))
        self.assertEqual(self.judged(dog(9)), said, "the answers of the first version, exactly")
        # It lasts over a restart, and what was done meanwhile is recorded at the start.
        self.appliance.stop()
        command("classes", "disable", "dog_tax", "--reason", "not-needed")
        self.appliance.start()
        self.department = self.department.at(self.appliance.grpc)
        self.auditor = self.auditor.at(self.appliance.grpc)
        self.assertEqual((self.digest(), self.known(dog(8))), (shipped, "unknown_other"))
        self.assertEqual(self.changes(first), [
            ("save", "1", "new-paper"), ("enable", "1", "new-paper"), ("save", "2", "improved"), ("enable", "2", "improved"),
            ("roll-back", "1", "mistakes"), ("disable", "1", "not-needed")])
        for path in self.appliance.data.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                self.assertNotIn(b"Rufname", content, path)
                # The note is for people on this machine; the words of a sample are nowhere.
                self.assertTrue(CANARY.encode() not in content or path.name == "changes.json", path)
                if path.suffix == ".json" and "classes" in path.parts:
                    self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    def test_the_console_saves_tries_and_switches(self):
        def browser(role):
            link = self.appliance.command("sign-in", "--role", role).stdout.strip()
            one = Uploading(self.appliance.console, self.department.folder / "ca.pem")
            one.post("/sign-in", word=link.partition("word=")[2])
            return one

        admin, looker = browser("administrator"), browser("auditor")
        word = re.search(r'name="form_word" value="([^"]+)"', admin.get("/classes").text)[1]
        self.assertIn('type="file"', admin.get("/classes").text)
        self.assertNotIn('type="file"', looker.get("/classes").text)
        fields = {"form_word": word, "id": "dog_tax", "title_de": "Anmeldung zur Hundesteuer", "title_en": "Dog tax registration",
                  "description": "", "headings": "Anmeldung zur Hundesteuer", "phrases": "", "reason": "new-paper", "note": ""}
        files = [(f"{number}.txt", dog(number)) for number in range(8)]
        self.assertEqual(looker.upload("/classes", fields, files).status, 403)
        self.assertEqual(admin.upload("/classes", {**fields, "form_word": "guessed"}, files).status, 403)
        few = admin.upload("/classes", fields, files[:2])
        self.assertEqual(few.status, 400)
        self.assertIn("3 bis 20", html.unescape(few.text))
        self.assertIn("mitgelieferte", html.unescape(admin.upload("/classes", {**fields, "id": "passport"}, files).text))
        first = size(self.auditor)
        saved = admin.upload("/classes", fields, files)
        self.assertEqual((saved.status, saved.headers["Location"]), (303, "/classes/dog_tax/1"))
        trial = admin.get("/classes/dog_tax/1").text
        self.assertIn("8<small> / 8</small>", trial)
        self.assertIn('value="enable"', trial)
        self.assertNotIn('value="enable"', looker.get("/classes/dog_tax/1").text)
        self.assertEqual(admin.get("/classes/gibt_es_nicht/1").status, 404)
        switch = {"form_word": word, "version": "1", "reason": "new-paper"}
        self.assertEqual(admin.post("/classes/dog_tax", **switch, to="enable").status, 303)
        # At once, not with the next look at the folder.
        answer = self.judged(dog(9))
        self.assertEqual((answer.document_class, answer.provisional), ("dog_tax", False))
        self.assertEqual(admin.post("/classes/dog_tax", **switch, to="disable").status, 303)
        self.assertEqual(self.known(dog(9)), "unknown_other")
        self.assertEqual([change[:2] for change in self.changes(first)], [("save", "1"), ("enable", "1"), ("disable", "1")])
        admin.post("/language", to="en", back="/classes")
        self.assertIn("Classes of your own", admin.get("/classes").text)


if __name__ == "__main__":
    unittest.main()
