"""Where decrees and norms are used, what is new, what stands behind a checklist; by the contract and by the console."""
import html
import re
import unittest

import grpc

from support.appliance import Appliance, Refusals, records, size, until
from support.environment import contract
from tests.test_console import Browser
from tests.test_decrees import day

LAW = "Probegesetz (ProbG)\n\n\n§ 1 Zweck\n\nDieses Gesetz regelt die Probe.\n\n\n§ 7 Nachweis\n\nDer Nachweis ist innerhalb von {} Wochen vorzulegen.\n"
DECREE = "Erlass zum Nachweis nach § 7 ProbG\nAktenzeichen: MS 27-1/2024\n\n1 Gegenstand\n1.1 Die Frist für den Nachweis läuft ab Zugang.\n"
CITING = "Hinweise <b>fett</b>\n\n1 Frist\n1.1 Wie der Erlass MS 27-1/2024 sagt, läuft die Frist nach § 7 Abs. 1 ProbG ab Zugang & nicht früher.\n"
RESIDENCE = "Aufenthaltsgesetz\n\n\n§ 3 Passpflicht\n\nAusländer brauchen einen Pass.\n\n\n§ 5 Allgemeines\n\nDer Lebensunterhalt ist gesichert.\n\n\n§ 48 Pflichten\n\nDer Pass ist vorzulegen.\n"


class Uses(Refusals, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance()
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.department = cls.appliance.department("auslaenderamt")
        cls.editor = cls.appliance.department("erlasse", "corpus_editor")
        cls.auditor = cls.appliance.department("revision", "auditor")
        cls.pb = contract().decrees
        law = {"decree_id": "probg", "title": "Probegesetz (ProbG)", "kind": "law"}
        files = [
            (LAW.format("zwei"), {**law, "valid_from": day("2024-01-01")}),
            (LAW.format("sechs"), {**law, "valid_from": day("2026-01-01")}),
            (DECREE, {"decree_id": "nachweis", "title": "Erlass zum Nachweis nach § 7 ProbG", "file_number": "MS 27-1/2024", "valid_from": day("2024-03-01")}),
            (CITING, {"decree_id": "hinweise", "title": "Hinweise <b>fett</b>", "kind": "guidance", "valid_from": day("2025-06-01"), "valid_to": day("2026-05-31")}),
            (RESIDENCE, {"decree_id": "aufenthg", "title": "Aufenthaltsgesetz (AufenthG)", "kind": "law"}),
            ("Erlass zur Passpflicht nach § 3 AufenthG\n\n1 Pass\n1.1 Ein Pass genügt immer.\n",
             {"decree_id": "passpflicht", "title": "Erlass zur Passpflicht nach § 3 AufenthG"}),
        ]
        requests = [cls.pb.ImportDecreesRequest(file={"filename": f"{at}.txt", "text": text}, metadata=metadata) for at, (text, metadata) in enumerate(files)]
        answers = list(cls.editor.decrees.ImportDecrees(iter(requests), timeout=60))
        assert not [answer for answer in answers if answer.outcome == cls.pb.ImportDecreesResponse.OUTCOME_REFUSED], answers
        cls.versions = [answer.version_id for answer in answers]

    def citations(self, **fields):
        return self.department.decrees.ListCitations(self.pb.ListCitationsRequest(**fields), timeout=20)

    def changes(self, **fields):
        return self.department.decrees.ListChanges(self.pb.ListChangesRequest(**fields), timeout=20)

    def test_a_decree_is_cited_by_its_file_number_while_the_citing_one_is_in_force(self):
        first = size(self.auditor)
        page = self.citations(decree_id="nachweis", as_of=day("2026-02-01"))
        self.assertEqual([entry.passage.decree_id for entry in page.citations], ["hinweise"])
        citation = page.citations[0]
        self.assertEqual([citation.passage.text[place.start:place.end] for place in citation.places], ["MS 27-1/2024"])
        self.assertFalse(citation.is_cited)
        found = records(self.auditor, first=first, department="auslaenderamt")
        self.assertEqual([(record.method, record.facts["hits"]) for record in found], [("amtshilfe.v1.DecreeService/ListCitations", "1")])
        self.assertNotIn(b"nachweis", found[0].leaf)
        self.assertFalse(self.citations(decree_id="nachweis", as_of=day("2026-06-01")).citations)
        every = self.citations(decree_id="nachweis", as_of=day("2026-06-01"), include_not_in_force=True)
        self.assertEqual(len(every.citations), 1)

    def test_a_norm_stands_before_what_cites_it_page_by_page(self):
        found, token = [], ""
        while True:
            page = self.citations(reference="§ 7 Abs. 1 ProbG", as_of=day("2026-02-01"), page_size=1, page_token=token)
            found.extend((entry.passage.decree_id, entry.is_cited) for entry in page.citations)
            token = page.next_page_token
            if not token:
                break
        self.assertEqual(found[0], ("probg", True))
        self.assertEqual(set(found[1:]), {("hinweise", False), ("nachweis", False)})
        self.assertEqual(len(found), len(set(found)))

    def test_what_cannot_be_asked_is_refused(self):
        code = grpc.StatusCode.INVALID_ARGUMENT
        self.fails(code, self.citations)
        self.fails(code, lambda: self.citations(reference="der Pass"))
        self.fails(code, lambda: self.citations(reference="§ 1 " + "a" * 100_000))
        self.fails(code, lambda: self.citations(decree_id="nachweis", page_size=501))
        self.fails(code, lambda: self.citations(decree_id="nachweis", page_token="x"))
        self.fails(grpc.StatusCode.NOT_FOUND, lambda: self.citations(decree_id="gibt-es-nicht"))
        self.fails(code, self.changes)
        self.fails(code, lambda: self.changes(since=day("2026-01-01"), kinds=["roman"]))
        self.fails(code, lambda: self.changes(since=day("2026-01-01"), page_size=1001))
        self.fails(code, lambda: self.changes(since=day("2026-01-01"), page_token="x"))
        self.fails(grpc.StatusCode.PERMISSION_DENIED, lambda: self.auditor.decrees.ListChanges(self.pb.ListChangesRequest(since=day("2026-01-01")), timeout=10))

    def test_what_is_new_since_a_day(self):
        name = self.pb.DecreeChange.Event.Name
        page = self.changes(since=day("2024-01-01"), until=day("2026-06-30"))
        told = [(f"{change.day.year}-{change.day.month}-{change.day.day}", change.decree.decree_id, name(change.event)) for change in page.changes]
        self.assertEqual(told, [
            ("2026-6-1", "hinweise", "EVENT_ENDED"), ("2026-1-1", "probg", "EVENT_NEW_VERSION"), ("2025-6-1", "hinweise", "EVENT_ADDED"),
            ("2024-3-1", "nachweis", "EVENT_ADDED"), ("2024-1-1", "probg", "EVENT_ADDED"),
        ])
        self.assertEqual(page.changes[1].previous_version_id, self.versions[0])
        laws = self.changes(since=day("2024-01-01"), until=day("2026-06-30"), kinds=["law"])
        self.assertEqual({change.decree.decree_id for change in laws.changes}, {"probg"})

    def test_a_checklist_says_what_its_items_rest_on(self):
        documents = contract().documents
        def sources(mode):
            request = documents.CheckApplicationRequest(mode=mode, application_type="employment", consent={"granted": True})
            checklist = self.department.documents.CheckApplication(request, timeout=60).checklist
            passport = [item for item in checklist if "passport" in item.document_classes][0]
            self.assertFalse([source for source in passport.sources if source.text])
            return [(source.decree_id, source.section) for source in passport.sources]
        norms = [("aufenthg", "§ 3"), ("aufenthg", "§ 5"), ("aufenthg", "§ 48")]
        office = sources(contract().office)
        self.assertEqual(office[:3], norms)
        self.assertEqual({decree for decree, _ in office[3:]}, {"passpflicht"})
        self.assertEqual(sources(contract().applicant), norms)
        types = self.department.documents.ListApplicationTypes(documents.ListApplicationTypesRequest(), timeout=20).types
        listed = [item for kind in types if kind.id == "employment" for item in kind.checklist if "passport" in item.document_classes]
        self.assertEqual([(source.decree_id, source.section) for source in listed[0].sources], norms)

    # The console.

    def browser(self):
        browser = Browser(self.appliance.console, self.department.folder / "ca.pem")
        link = self.appliance.command("sign-in").stdout.strip()
        self.assertEqual(browser.post("/sign-in", word=link.partition("word=")[2]).status, 303)
        return browser

    def page(self, browser, path):
        answer = browser.get(path)
        self.assertEqual(answer.status, 200, path)
        self.assertNotIn("<b>fett", answer.text, "everything is escaped")
        return html.unescape(answer.text)

    def test_a_question_is_answered_above_the_places_with_a_line_for_the_file(self):
        browser = self.browser()
        until(lambda: self.department.decrees.GetCorpus(self.pb.GetCorpusRequest(), timeout=10).passages_awaiting_embedding == 0, seconds=60)
        question = "/corpus?q=Wann+ist+der+Nachweis+nach+%C2%A7+7+ProbG+vorzulegen%3F&as_of={}"
        then, now = (self.page(browser, question.format(as_of)) for as_of in ("2025-01-01", "2026-02-01"))
        self.assertIn("Antwort im Wortlaut", now)
        self.assertIn("<blockquote>Der Nachweis ist innerhalb von sechs Wochen vorzulegen.</blockquote>", now)
        self.assertIn("innerhalb von zwei Wochen", then)
        self.assertNotIn("sechs Wochen", then)
        note = re.search(r'data-copy="(„Der Nachweis[^"]+)"', now)[1]
        self.assertEqual(note, "„Der Nachweis ist innerhalb von sechs Wochen vorzulegen.“ – § 7, Probegesetz (ProbG) (gültig ab 01.01.2026)")
        self.assertNotIn("Antwort im Wortlaut", self.page(browser, "/corpus?q=Nachweis&as_of=2026-02-01"))
        self.assertIn("Diesen Tag gibt es nicht", self.page(browser, "/corpus?q=Nachweis&as_of=2026-02-31"))

    def test_the_reader_has_sections_versions_and_uses(self):
        browser = self.browser()
        page = self.page(browser, "/corpus/decree?id=probg&as_of=2025-01-01")
        self.assertIn("zwei Wochen", page)
        self.assertNotIn("sechs Wochen", page)
        anchors = re.findall(r'<section id="(z\d+)"', page)
        self.assertEqual(len(anchors), 2)
        for anchor in anchors:
            self.assertIn(f'href="#{anchor}"', page)
        for version in self.versions[:2]:
            self.assertIn(version, page)
        self.assertIn(f"from={self.versions[0]}&to={self.versions[1]}", page)
        self.assertIn("Erlass zum Nachweis", page.partition("Wo verwendet</h2>")[2])
        self.assertIn("An diesem Tag war keine Fassung in Kraft", self.page(browser, "/corpus/decree?id=probg&as_of=2023-01-01"))
        self.assertEqual(browser.get("/corpus/decree?id=gibt-es-nicht").status, 404)

    def test_a_long_law_comes_page_by_page_and_a_section_is_found_by_its_name(self):
        text = "Langes Gesetz\n" + "".join(f"\n\n\n§ {at} Titel {at}\n\n" + f"Satz {at}. " * 40 for at in range(1, 401))
        request = self.pb.ImportDecreesRequest(file={"filename": "lang.txt", "text": text}, metadata={"decree_id": "lang", "title": "Langes Gesetz", "kind": "law"})
        list(self.editor.decrees.ImportDecrees(iter([request]), timeout=60))
        browser, path, seen, pages = self.browser(), "/corpus/decree?id=lang", [], 0
        while path:
            answer = browser.get(path)
            self.assertLess(len(answer.text), 200_000)
            seen += [int(number) for number in re.findall(r"<h2>§ (\d+) Titel", answer.text)]
            following = re.search(r'rel="next" href="([^"]+)"', answer.text)
            path, pages = following and html.unescape(following[1]), pages + 1
        self.assertEqual(seen, list(range(1, 401)))
        self.assertGreater(pages, 5)
        self.assertRegex(browser.get("/corpus/decree?id=lang&section=%C2%A7+333").text, r'(?s)<div class="card text">\s*<section[^>]*><h2>§ 333 ')

    def test_two_versions_stand_side_by_side_with_the_changed_words_marked(self):
        browser = self.browser()
        path = f"/corpus/compare?id=probg&from={self.versions[0]}&to={self.versions[1]}"
        page = self.page(browser, path)
        self.assertEqual(re.findall(r"<del>(.*?)</del>", page), ["zwei"])
        self.assertEqual(re.findall(r"<ins>(.*?)</ins>", page), ["sechs"])
        self.assertEqual(re.findall(r'<section class="card change"><h2>(.*?)</h2>', page), ["§ 7"])
        self.assertEqual(browser.get(path.replace("probg", "x")).status, 404)

    def test_where_used_and_new_since(self):
        browser = self.browser()
        page = self.page(browser, "/corpus/uses?reference=%C2%A7+7+ProbG&as_of=2026-02-01")
        self.assertLess(page.index("die Norm selbst"), page.index("Hinweise <b>fett</b>"))
        self.assertIn("<mark>§ 7 Abs. 1 ProbG</mark>", page)
        self.assertIn("Das ist keine Norm", self.page(browser, "/corpus/uses?reference=Pass"))
        self.assertIn("<mark>MS 27-1/2024</mark>", self.page(browser, "/corpus/uses?id=nachweis&as_of=2026-02-01"))
        news = self.page(browser, "/corpus/news?since=2024-01-01&until=2026-06-30")
        self.assertIn("nicht mehr in Kraft", news)
        self.assertIn("Was sich änderte", news)
        self.assertNotIn("Probegesetz", self.page(browser, "/corpus/news?since=2024-01-01&until=2026-06-30&kind=decree"))

    def test_every_field_has_a_label(self):
        browser = self.browser()
        for path in ("/corpus", "/corpus/uses", "/corpus/news", "/corpus/decree?id=probg&as_of=2026-02-01"):
            page = self.page(browser, path)
            main = page.partition("<main")[2]
            bare = re.sub(r"(?s)<label.*?</label>", "", main)
            self.assertEqual(re.findall(r'<(?:input|select)(?! type="hidden")[^>]*>', bare), [], path)
            self.assertIn('class="skip" href="#main"', page)
