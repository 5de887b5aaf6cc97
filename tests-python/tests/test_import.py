"""Import: archives, mails and laws, a watched folder, corrections, and the power that goes in the middle of it."""
import email.message
import io
import os
import random
import re
import threading
import time
import unittest
import zipfile

import grpc

from support.appliance import CONFIG, Appliance, records, size, until
from support.environment import Environment, contract
from tests.test_console import Browser

PAPER = """Erlass zur {name}
Stadt Musterstadt
Az.: MS-{number}/2026
Gültig ab: 01.02.2026

1 Gegenstand
1.1 Die {name} ist geregelt.

2 Frist
2.1 Die Frist für die {name} beträgt {number} Tage.
"""
LAW = """<?xml version="1.0" encoding="UTF-8" standalone="no"?><!DOCTYPE dokumente SYSTEM "gii-norm.dtd">
<dokumente doknr="BJNR999990026"><norm doknr="BJNR999990026"><metadaten><jurabk>GlockG</jurabk>
<ausfertigung-datum manuell="ja">2026-01-05</ausfertigung-datum><langue>Gesetz über Glocken</langue></metadaten></norm>
<norm doknr="BJNR999990026BJNE1"><metadaten><jurabk>GlockG</jurabk><enbez>§ 1</enbez><titel>Läuten</titel></metadaten>
<textdaten><text format="XML"><Content><P>(1) Glocken läuten um zwölf.</P><P>(2) Sonntags auch um zehn.</P></Content></text></textdaten></norm></dokumente>"""


def paper(name, number):
    return PAPER.format(name=name, number=number)


def packed(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def mail(subject, text, attachments):
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@musterland.example", "b@musterstadt.example", subject
    message.set_content(text)
    for name, content in attachments.items():
        message.add_attachment(content.encode(), maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


class Imports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance()
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.department = cls.appliance.department("auslaenderamt")
        cls.editor = cls.appliance.department("erlasse", "corpus_editor")
        cls.auditor = cls.appliance.department("revision", "auditor")
        cls.pb = contract().decrees
        cls.outcome = cls.pb.ImportDecreesResponse.Outcome

    def send(self, filename, data, **metadata):
        request = self.pb.ImportDecreesRequest(file={"filename": filename, "data": data}, metadata=metadata)
        return list(self.editor.decrees.ImportDecrees(iter([request]), timeout=60))

    def get(self, decree_id, **fields):
        return self.department.decrees.GetDecree(self.pb.GetDecreeRequest(decree_id=decree_id, **fields), timeout=20).decree

    def test_an_archive_is_answered_for_each_file_in_it(self):
        post = mail("Neue Erlasse", "Anbei zwei Erlasse.", {"drei.txt": paper("Laterne", 73), "vier.pdf": "%PDF-1.7 kaputt"})
        data = packed({"a/eins.txt": paper("Hecke", 71), "b/zwei.txt": paper("Pfütze", 72), "post.eml": post, "__MACOSX/._x": b"x"})
        answers = {answer.filename: answer for answer in self.send("erlasse.zip", data)}
        self.assertEqual(set(answers), {"erlasse.zip/a/eins.txt", "erlasse.zip/b/zwei.txt", "erlasse.zip/post.eml/drei.txt", "erlasse.zip/post.eml/vier.pdf"})
        refused = answers.pop("erlasse.zip/post.eml/vier.pdf")
        self.assertEqual(refused.outcome, self.outcome.OUTCOME_REFUSED)
        self.assertIn("nicht lesbar – bitte manuell prüfen (die Datei ist beschädigt)", refused.message)
        for answer in answers.values():
            self.assertEqual(answer.outcome, self.outcome.OUTCOME_ADDED, answer.message)
        self.assertIn("73 Tage", self.get(answers["erlasse.zip/post.eml/drei.txt"].decree_id).text)
        again = self.send("erlasse.zip", data)
        self.assertEqual(sorted(answer.outcome for answer in again), [self.outcome.OUTCOME_UNCHANGED] * 3 + [self.outcome.OUTCOME_REFUSED])

    def test_an_archive_that_cannot_be_taken_says_why(self):
        one = self.send("zwei.zip", packed({"a.txt": paper("Hecke", 1), "b.txt": paper("Hecke", 2)}), decree_id="eine")
        self.assertEqual([answer.outcome for answer in one], [self.outcome.OUTCOME_REFUSED])
        self.assertIn("nur für eine", one[0].message)
        for data, word in ((packed({}), "leer"), (b"PK\x03\x04 kaputt", "beschädigt"), (b"<?xml version='1.0'?><rechnung/>", "XML")):
            answer = self.send("x", data)[0]
            self.assertEqual(answer.outcome, self.outcome.OUTCOME_REFUSED)
            self.assertIn(word, answer.message)

    def test_a_law_in_xml_and_packed_as_published_is_the_same_law(self):
        first = self.send("BJNR999990026.xml", LAW.encode())[0]
        self.assertEqual((first.outcome, first.decree_id, first.passages), (self.outcome.OUTCOME_ADDED, "BJNR999990026", 1))
        second = self.send("xml.zip", packed({"BJNR999990026.xml": LAW, "bild.jpg": b"\xff\xd8\xff"}))
        self.assertEqual([answer.outcome for answer in second], [self.outcome.OUTCOME_UNCHANGED])
        law = self.get("BJNR999990026")
        self.assertEqual((law.title, law.kind, law.issuer), ("Gesetz über Glocken (GlockG)", "law", "Bund"))
        hit = self.department.decrees.Search(self.pb.SearchRequest(query="§ 1 GlockG", limit=3), timeout=20).hits[0]
        self.assertEqual((hit.passage.section, hit.passage.decree_id), ("§ 1", "BJNR999990026"))

    def test_what_was_read_says_where_and_how_sure(self):
        answer = self.send("wiese.txt", paper("Wiese", 81).encode())[0]
        for readings in (answer.readings, self.get(answer.decree_id).readings):
            read = {reading.field: (reading.value, reading.quote, round(reading.confidence, 2)) for reading in readings}
            self.assertEqual(read["file_number"], ("MS-81/2026", "Az.: MS-81/2026", 0.95))
            self.assertEqual(read["valid_from"], ("2026-02-01", "Gültig ab: 01.02.2026", 0.95))
            self.assertEqual(read["issuer"], ("Stadt Musterstadt", "Stadt Musterstadt", 0.8))
            self.assertEqual(read["kind"], ("decree", "", 0.2))

    def correct(self, decree_id, fields, **values):
        request = self.pb.CorrectDecreeRequest(decree_id=decree_id, fields=fields, values=values)
        return self.editor.decrees.CorrectDecree(request, timeout=20)

    def test_a_correction_counts_and_its_record_has_no_values(self):
        data = paper("Brücke", 82).encode()
        decree_id = self.send("bruecke.txt", data)[0].decree_id
        first = size(self.auditor)
        done = self.correct(decree_id, ["issuer", "valid_to", "title"], issuer="Landkreis Beispiel", title="Erlass zur Brücke",
                            valid_to={"year": 2026, "month": 6, "day": 30})
        self.assertEqual(list(done.fields), ["issuer", "valid_to"], "what stays the same is no change")
        record = records(self.auditor, first=first, department="erlasse")[0]
        self.assertEqual((record.kind, record.facts["fields"]), (contract().audit.AuditRecord.KIND_CHANGE, "issuer,valid_to"))
        self.assertNotIn("Landkreis".encode(), record.leaf)
        with self.assertRaises(grpc.RpcError) as caught:
            self.get(decree_id, as_of={"year": 2026, "month": 7, "day": 1})
        self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)
        asked = self.pb.SearchRequest(query="Brücke", issuers=["Landkreis Beispiel"], as_of={"year": 2026, "month": 6, "day": 1})
        hits = self.department.decrees.Search(asked, timeout=20).hits
        self.assertEqual({hit.passage.decree_id for hit in hits}, {decree_id})
        self.assertEqual({hit.passage.issuer for hit in hits}, {"Landkreis Beispiel"})
        self.assertEqual(self.send("bruecke.txt", data)[0].outcome, self.outcome.OUTCOME_UNCHANGED)
        self.assertEqual(list(self.get(decree_id, as_of={"year": 2026, "month": 6, "day": 1}).corrected), ["issuer", "valid_to"])

    def test_a_correction_that_cannot_be_is_refused(self):
        decree_id = self.send("turm.txt", paper("Turm", 83).encode())[0].decree_id
        cases = [
            (grpc.StatusCode.INVALID_ARGUMENT, lambda: self.correct(decree_id, ["title"])),
            (grpc.StatusCode.INVALID_ARGUMENT, lambda: self.correct(decree_id, ["farbe"])),
            (grpc.StatusCode.INVALID_ARGUMENT, lambda: self.correct(decree_id, [])),
            (grpc.StatusCode.INVALID_ARGUMENT, lambda: self.correct(decree_id, ["valid_to"], valid_to={"year": 2020, "month": 1, "day": 1})),
            (grpc.StatusCode.NOT_FOUND, lambda: self.correct("gibt-es-nicht", ["title"], title="x")),
            (grpc.StatusCode.PERMISSION_DENIED, lambda: self.department.decrees.CorrectDecree(
                self.pb.CorrectDecreeRequest(decree_id=decree_id, fields=["title"], values={"title": "x"}), timeout=10)),
        ]
        for code, call in cases:
            with self.assertRaises(grpc.RpcError) as caught:
                call()
            self.assertEqual(caught.exception.code(), code, caught.exception.details())

    def test_a_correction_by_the_command_line(self):
        decree_id = self.send("steg.txt", paper("Steg", 84).encode())[0].decree_id
        where = ("--identity", self.editor.folder, "--server", self.appliance.grpc)
        done = self.appliance.command("decrees", "correct", decree_id, "--title", "Erlass zum Steg", "--valid-from", "", *where)
        self.assertIn("title, valid_from", done.stdout)
        decree = self.get(decree_id)
        self.assertEqual((decree.title, decree.HasField("valid_from")), ("Erlass zum Steg", False))
        self.assertNotEqual(self.appliance.command("decrees", "correct", decree_id, *where, check=False).returncode, 0)

    def signed_in(self, *roles):
        words = [word for role in roles for word in ("--role", role)]
        browser = Browser(self.appliance.console, self.editor.folder / "ca.pem")
        link = self.appliance.command("sign-in", *words).stdout.strip()
        self.assertEqual(browser.post("/sign-in", word=link.partition("word=")[2]).status, 303)
        return browser

    def test_a_correction_in_the_console_is_for_corpus_editors(self):
        answer = self.send("mauer.txt", paper("Mauer <b>", 85).encode())[0]
        path = f"/corpus/metadata?id={answer.decree_id}&version={answer.version_id}"
        looking = self.signed_in("administrator")
        page = looking.get(path)
        self.assertEqual(page.status, 200)
        self.assertIn("Az.: MS-85/2026", page.text)
        self.assertIn("95 %", page.text)
        self.assertNotIn("Mauer <b>", page.text)
        self.assertNotIn(">Berichtigen</button>", page.text)
        form = {"id": answer.decree_id, "version": answer.version_id, "title": "Erlass zur Mauer", "kind": "guidance", "issuer": "Stadt Musterstadt",
                "file_number": "MS-85/2026", "issued_on": "", "valid_from": "2026-02-01", "valid_to": "", "replaces": ""}
        word = lambda page: re.search(r'name="form_word" value="([0-9a-f]+)"', page.text)[1]  # noqa: E731
        self.assertEqual(looking.post("/corpus/metadata", form_word=word(page), **form).status, 403)
        editor = self.signed_in("corpus_editor")
        page = editor.get(path)
        self.assertEqual(editor.post("/corpus/metadata", form_word="falsch", **form).status, 403)
        wrong = editor.post("/corpus/metadata", form_word=word(page), **{**form, "valid_to": "2020-01-01"})
        self.assertIn("liegt vor dem ersten", wrong.text)
        first = size(self.auditor)
        self.assertEqual(editor.post("/corpus/metadata", form_word=word(page), **form).status, 303)
        self.assertEqual(records(self.auditor, first=first, method="console/correct-decree")[0].facts["fields"], "title,kind")
        self.assertEqual((self.get(answer.decree_id).title, self.get(answer.decree_id).kind), ("Erlass zur Mauer", "guidance"))
        self.assertIn("(berichtigt)", editor.get(path).text)


class WatchedFolder(unittest.TestCase):
    def setUp(self):
        self.appliance = Appliance()
        self.folder = self.appliance.folder / "eingang"
        self.folder.mkdir()
        config = CONFIG + f'\n[decrees]\nwatch = "{self.folder}"\nwatch_every_s = 1\n'
        (self.appliance.data / "config.toml").write_text(config, encoding="utf-8")
        self.addCleanup(self.appliance.stop)
        self.appliance.start()
        self.department = self.appliance.department("auslaenderamt")
        self.auditor = self.appliance.department("revision", "auditor")
        self.pb = contract().decrees

    def put(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name("." + path.name)
        beside.write_bytes(content if isinstance(content, bytes) else content.encode())
        beside.rename(path)
        return path

    def corpus(self):
        return self.department.decrees.GetCorpus(self.pb.GetCorpusRequest(), timeout=10)

    def told(self):
        lines = self.appliance.command("decrees", "watched", "--all").stdout.splitlines()
        return {line.split()[1]: line.split()[0] for line in lines if line.startswith("  ")}

    def restart(self, end):
        end()
        self.appliance.start()
        self.department = self.department.at(self.appliance.grpc)
        self.auditor = self.auditor.at(self.appliance.grpc)

    def test_what_is_put_there_is_imported_once_and_nothing_is_changed(self):
        self.put("ordner/eins.txt", paper("Hecke", 1))
        self.put("zwei.zip", packed({"a.txt": paper("Pfütze", 2), "b.pdf": b"%PDF-1.7 kaputt"}))
        self.put("kaputt.pdf", b"%PDF-1.7 kaputt, aber anders")
        self.put("tabelle.xlsx", b"x")
        os.symlink("/etc/hostname", self.folder / "link.txt")
        growing = self.folder / "waechst.txt"
        stop = threading.Event()
        self.addCleanup(stop.set)

        def grow():
            number = 0
            while not stop.is_set():
                with open(growing, "a", encoding="utf-8") as file:
                    file.write(f"Zeile {number}\n")
                number += 1
                time.sleep(0.2)

        writer = threading.Thread(target=grow, daemon=True)
        writer.start()
        wanted = {"ordner/eins.txt": "added", "zwei.zip/a.txt": "added", "zwei.zip/b.pdf": "refused", "kaputt.pdf": "refused"}
        self.assertTrue(until(lambda: self.told() == wanted, seconds=30), self.told())
        stop.set()
        writer.join(5)
        wanted["waechst.txt"] = "added"
        self.assertTrue(until(lambda: self.told() == wanted, seconds=30), self.told())
        changes = records(self.auditor, method="appliance/import-watched")
        self.assertEqual([(record.caller, record.outcome) for record in changes], [("watched-folder", "OK")] * 3)
        self.assertEqual({path.name for path in self.folder.iterdir()}, {"ordner", "zwei.zip", "kaputt.pdf", "tabelle.xlsx", "link.txt", "waechst.txt"})
        # Another name or another time for the same bytes is nothing new; other bytes are.
        self.put("kopie.txt", paper("Hecke", 1))
        os.utime(self.folder / "ordner/eins.txt", (1, 1))
        self.assertTrue(until(lambda: self.told().get("kopie.txt") == "unchanged" and self.told().get("ordner/eins.txt") == "unchanged", seconds=30))
        self.assertEqual(self.corpus().versions, 3)
        self.put("ordner/eins.txt", paper("Hecke", 1).replace("1 Tage", "9 Tage"))
        self.assertTrue(until(lambda: self.told().get("ordner/eins.txt") == "new_version", seconds=30))
        version = self.corpus().corpus_version
        self.restart(self.appliance.stop)
        self.put("spaet.txt", paper("Laterne", 7))
        self.assertTrue(until(lambda: self.told().get("spaet.txt") == "added", seconds=30))
        self.assertEqual(self.told()["ordner/eins.txt"], "new_version", "a restart reads nothing again")
        self.assertEqual(self.corpus().corpus_version, version + 1)
        browser = Browser(self.appliance.console, self.department.folder / "ca.pem")
        browser.post("/sign-in", word=self.appliance.command("sign-in").stdout.strip().partition("word=")[2])
        page = browser.get("/corpus/watched")
        self.assertEqual(page.status, 200)
        self.assertIn("zwei.zip/b.pdf", page.text)
        self.assertIn("beschädigt", page.text)

    def test_it_goes_on_after_each_power_cut(self):
        for number in range(300):
            self.put(f"{number:03}.txt", paper(f"Sache{number}", number))
        for cut in range(1, 4):
            until(lambda: self.corpus().decrees >= 60 * cut, seconds=60)  # noqa: B023
            self.restart(self.appliance.kill)
        self.assertTrue(until(lambda: self.corpus().decrees == 300, seconds=90), self.corpus())
        self.assertEqual(self.corpus().versions, 300)
        self.assertTrue(until(lambda: len(self.told()) == 300, seconds=30))
        self.assertLessEqual(set(self.told().values()), {"added", "unchanged"})
        self.appliance.command("audit", "verify")

    def test_a_folder_that_is_not_there_is_said(self):
        self.folder.rename(self.folder.with_name("weg"))
        problem = lambda: "Störung" in self.appliance.command("decrees", "watched").stdout  # noqa: E731
        self.assertTrue(until(problem, seconds=20))
        self.folder.with_name("weg").rename(self.folder)
        self.put("da.txt", paper("Hecke", 1))
        self.assertTrue(until(lambda: self.told().get("da.txt") == "added", seconds=20))
        self.assertFalse(problem())


# Each chapter is a heading and a margin number: two citable places.
CHAPTERS, SECTIONS = 6, 12


class PowerCuts(unittest.TestCase):
    """kill -9 in ten imports (`--power-cuts`): what was answered stays, and nobody ever finds a part of a decree."""

    def setUp(self):
        self.appliance = Appliance()
        self.addCleanup(self.appliance.stop)
        self.appliance.start()
        self.department = self.appliance.department("auslaenderamt")
        self.editor = self.appliance.department("erlasse", "corpus_editor")
        self.pb = contract().decrees

    def requests(self, cut):
        for number in range(1500):
            name = f"kenn{cut}x{number}"
            text = f"Erlass {name}\n\n" + "".join(f"{at} Abschnitt\n{at}.1 Das Wort {name} steht auch hier, zum {at}. Mal.\n\n" for at in range(1, CHAPTERS + 1))
            yield name, text

    def parts(self, name):
        """How many sections of a decree a search finds."""
        request = self.pb.SearchRequest(query=name, limit=50, strategy=self.pb.SearchRequest.STRATEGY_LEXICAL)
        hits = self.department.decrees.Search(request, timeout=20).hits
        return len({hit.passage.section for hit in hits if hit.passage.decree_id == name})

    def cut(self, cut, answers_before):
        texts = dict(self.requests(cut))

        def requests():
            for name, text in texts.items():
                yield self.pb.ImportDecreesRequest(file={"filename": name, "text": text}, metadata={"decree_id": name})
                # Slow enough that searches meet what was taken a moment ago.
                time.sleep(0.003)

        call = self.editor.decrees.ImportDecrees(requests(), timeout=120)
        answered, seen, stop, draw = {}, [], threading.Event(), random.Random(cut)

        def look():
            while not stop.is_set():
                try:
                    name = f"kenn{cut}x{draw.randint(max(0, len(answered) - 150), len(answered) + 20)}"
                    seen.append((name, self.parts(name)))
                except grpc.RpcError:
                    return

        looking = threading.Thread(target=look, daemon=True)
        looking.start()
        try:
            for answer in call:
                answered[answer.decree_id] = answer.passages
                if len(answered) == answers_before:
                    self.appliance.kill()
        except grpc.RpcError as error:
            self.assertIn(error.code(), (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED))
        stop.set()
        looking.join(20)
        self.assertGreaterEqual(len(answered), answers_before)
        self.appliance.start()
        self.department = self.department.at(self.appliance.grpc)
        self.editor = self.editor.at(self.appliance.grpc)
        return texts, answered, seen

    def test_imports_are_killed(self):
        total, looks = 0, set()
        moments = (1, 3, 10, 40, 90, 150, 250, 400, 700, 1100)
        for cut in range(Environment.power_cuts):
            answers_before = moments[cut % len(moments)]
            with self.subTest(f"after {answers_before} answers"):
                texts, answered, seen = self.cut(cut, answers_before)
                self.assertLessEqual({parts for _, parts in seen}, {0, SECTIONS}, "a search sees all of a decree or nothing")
                looks |= {parts for _, parts in seen}
                held = 0
                for name, text in texts.items():
                    try:
                        decree = self.department.decrees.GetDecree(self.pb.GetDecreeRequest(decree_id=name), timeout=10).decree
                    except grpc.RpcError as error:
                        self.assertEqual(error.code(), grpc.StatusCode.NOT_FOUND)
                        self.assertNotIn(name, answered, "what was answered is lost")
                        continue
                    held += 1
                    self.assertEqual(decree.text, text)
                for name in list(answered)[:3] + list(answered)[-3:]:
                    self.assertEqual(self.parts(name), SECTIONS)
                total += held
                corpus = self.department.decrees.GetCorpus(self.pb.GetCorpusRequest(), timeout=10)
                self.assertEqual((corpus.decrees, corpus.versions), (total, total))
                self.assertEqual(corpus.passages, total * SECTIONS)
        self.assertEqual(looks, {0, SECTIONS}, "searches met imports under way")
        # The same import once more goes on where it was.
        texts = dict(self.requests(min(9, Environment.power_cuts - 1)))
        again = [self.pb.ImportDecreesRequest(file={"filename": name, "text": text}, metadata={"decree_id": name}) for name, text in texts.items()]
        outcomes = [answer.outcome for answer in self.editor.decrees.ImportDecrees(iter(again), timeout=120)]
        kinds = self.pb.ImportDecreesResponse.Outcome
        self.assertEqual(set(outcomes[:moments[min(9, Environment.power_cuts - 1)]]), {kinds.OUTCOME_UNCHANGED})
        self.assertLessEqual(set(outcomes), {kinds.OUTCOME_UNCHANGED, kinds.OUTCOME_ADDED})
        self.assertEqual(self.department.decrees.GetCorpus(self.pb.GetCorpusRequest(), timeout=10).decrees, total + outcomes.count(kinds.OUTCOME_ADDED))
        self.appliance.command("audit", "verify")
