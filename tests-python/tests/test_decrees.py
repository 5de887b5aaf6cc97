"""Decrees: import, versions in time, search as of a day, citations word for word."""
import datetime
import queue
import threading
import unittest

import grpc

from support.appliance import Appliance, Refusals, records, size, until
from support.environment import Environment, contract

OLD = """# Dienstanweisung Parkausweise 📎
Stadt Musterstadt
Aktenzeichen: MS-32-7/2024

## 1 Gegenstand
1.1 Diese Dienstanweisung regelt den Bewohnerparkausweis für Größe und Maß der Zone Süd.

## 2 Gebühr
2.1 Die Gebühr für den Bewohnerparkausweis beträgt dreißig Euro im Jahr; die Zahlung erfolgt an der Amtskasse.
"""
NEW = OLD.replace("dreißig Euro", "einhundertzwanzig Euro").replace("MS-32-7/2024", "MS-32-7/2026")
QUERY = "Gebühr Bewohnerparkausweis"


def day(text):
    parts = datetime.date.fromisoformat(text)
    return {"year": parts.year, "month": parts.month, "day": parts.day}


class Decrees(Refusals, unittest.TestCase):
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
        # Before the tests: two versions of one decree, and the samples as files.
        cls.park = [
            cls.request("alt.txt", OLD, decree_id="park", valid_from=day("2024-02-01"), valid_to=day("2026-03-31")),
            cls.request("neu.txt", NEW, decree_id="park", valid_from=day("2026-04-01")),
        ]
        cls.first = cls.send(cls.park)
        cls.samples = sorted(Environment.samples.glob("decrees/*.pdf"))
        cls.papers = cls.send([cls.request(path.name, path.read_bytes()) for path in cls.samples])

    @classmethod
    def request(cls, filename, content, **metadata):
        kind = "text" if isinstance(content, str) else "data"
        return cls.pb.ImportDecreesRequest(file={"filename": filename, kind: content}, metadata=metadata)

    @classmethod
    def send(cls, requests):
        return list(cls.editor.decrees.ImportDecrees(iter(requests), timeout=120))

    def search(self, query=QUERY, **fields):
        request = self.pb.SearchRequest(query=query, **fields)
        return self.department.decrees.Search(request, timeout=30)

    def get(self, decree_id, **fields):
        request = self.pb.GetDecreeRequest(decree_id=decree_id, **fields)
        return self.department.decrees.GetDecree(request, timeout=30).decree

    def test_each_file_has_its_answer_in_order(self):
        self.assertEqual([answer.filename for answer in self.first], ["alt.txt", "neu.txt"])
        self.assertEqual([answer.outcome for answer in self.first],
                         [self.outcome.OUTCOME_ADDED, self.outcome.OUTCOME_NEW_VERSION])
        self.assertEqual({answer.decree_id for answer in self.first}, {"park"})
        self.assertNotEqual(self.first[0].version_id, self.first[1].version_id)
        self.assertEqual([answer.filename for answer in self.papers], [path.name for path in self.samples])
        for answer in self.papers:
            self.assertIn(answer.outcome, (self.outcome.OUTCOME_ADDED, self.outcome.OUTCOME_NEW_VERSION), answer.message)
            self.assertGreater(answer.passages, 0)

    def test_the_same_again_changes_nothing(self):
        before = self.corpus()
        again = self.send(self.park)
        self.assertEqual([answer.outcome for answer in again], [self.outcome.OUTCOME_UNCHANGED] * 2)
        self.assertEqual([answer.version_id for answer in again], [answer.version_id for answer in self.first])
        after = self.corpus()
        self.assertEqual((before.versions, before.passages), (after.versions, after.passages))

    def corpus(self):
        return self.department.decrees.GetCorpus(self.pb.GetCorpusRequest(), timeout=10)

    def test_the_corpus_is_counted_and_nothing_waits(self):
        corpus = self.corpus()
        self.assertGreaterEqual(corpus.decrees, 1 + len({answer.decree_id for answer in self.papers}))
        self.assertGreater(corpus.versions, corpus.decrees - 1)
        self.assertGreater(corpus.passages, 0)
        # Vectors follow in the background.
        self.assertTrue(until(lambda: self.corpus().passages_awaiting_embedding == 0, seconds=60))
        self.assertGreater(corpus.corpus_version, 0)

    def test_the_text_is_the_text_that_was_sent(self):
        self.assertEqual(self.get("park", version_id=self.first[0].version_id).text, OLD)
        self.assertEqual(self.get("park", version_id=self.first[1].version_id).text, NEW)
        decree = self.get("park", as_of=day("2025-01-01"), start=10, end=40)
        self.assertEqual(decree.text, OLD[10:40], "characters are code points")
        self.assertEqual(decree.text_characters, len(OLD))

    def test_the_version_of_a_day(self):
        for as_of, text in (("2024-02-01", OLD), ("2026-03-31", OLD), ("2026-04-01", NEW), ("2030-01-01", NEW)):
            with self.subTest(as_of):
                self.assertEqual(self.get("park", as_of=day(as_of)).text, text)
        self.fails(grpc.StatusCode.NOT_FOUND, lambda: self.get("park", as_of=day("2024-01-31")))
        self.fails(grpc.StatusCode.NOT_FOUND, lambda: self.get("gibt-es-nicht"))
        self.fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: self.get("park", as_of={"year": 2026, "month": 2, "day": 30}))

    def test_search_finds_the_wording_of_the_day(self):
        strategies = self.pb.SearchRequest.Strategy
        for strategy in (strategies.STRATEGY_HYBRID, strategies.STRATEGY_LEXICAL, strategies.STRATEGY_DENSE):
            for as_of, word, other in (
                ("2025-06-01", "dreißig", "einhundertzwanzig"), ("2026-06-01", "einhundertzwanzig", "dreißig")
            ):
                with self.subTest(f"{strategies.Name(strategy)} {as_of}"):
                    hits = self.search(as_of=day(as_of), strategy=strategy, limit=20).hits
                    own = [hit.passage for hit in hits if hit.passage.decree_id == "park"]
                    self.assertTrue(any(word in passage.text for passage in own))
                    self.assertFalse(any(other in passage.text for passage in own))
        before = self.search(as_of=day("2024-01-01"), limit=50).hits
        self.assertFalse([hit for hit in before if hit.passage.decree_id == "park"])
        every = self.search(as_of=day("2025-06-01"), limit=50, include_not_in_force=True).hits
        versions = {hit.passage.version_id for hit in every if hit.passage.decree_id == "park"}
        self.assertEqual(versions, {answer.version_id for answer in self.first})

    def test_every_hit_stands_word_for_word_in_its_decree(self):
        seen = 0
        for query in (QUERY, "Fiktionsbescheinigung sechs Monate", "§ 81 Abs. 4 AufenthG", "Lebensunterhalt gesichert"):
            answer = self.search(query, limit=10, as_of=day("2026-06-01"))
            self.assertTrue(answer.hits, query)
            self.assertEqual(answer.corpus_version, answer.provenance.corpus_version)
            scores = [hit.score for hit in answer.hits]
            self.assertEqual(scores, sorted(scores, reverse=True))
            for hit in answer.hits:
                passage = hit.passage
                text = self.get(passage.decree_id, version_id=passage.version_id).text
                self.assertEqual(text[passage.start : passage.end], passage.text)
                self.assertTrue(passage.citation)
                for span in hit.highlights:
                    self.assertTrue(0 <= span.start < span.end <= len(passage.text))
                seen += 1
        self.assertGreater(seen, 10)

    def test_the_best_place_is_found_in_files(self):
        hits = self.search("Wie lange wird die Fiktionsbescheinigung befristet?", as_of=day("2026-06-01"), limit=3).hits
        self.assertTrue(any("sechs Monate" in hit.passage.text for hit in hits), [hit.passage.text for hit in hits])

    def test_filters_of_a_search(self):
        self.send([self.request("lang.txt", "# Gesetz über Prüfzeichen\n\n§ 1 Jedes Prüfzeichen ist rund.\n", kind="law", decree_id="pz")])
        hits = self.search("Prüfzeichen", kinds=["law"], limit=10).hits
        self.assertEqual({hit.passage.kind for hit in hits}, {"law"})
        self.assertFalse([hit for hit in self.search("Prüfzeichen", kinds=["guidance"]).hits if hit.passage.decree_id == "pz"])
        references = self.search("Bescheinigung", references=["§ 81 Abs. 4 AufenthG"], as_of=day("2026-06-01"), limit=20).hits
        self.assertTrue(references)
        self.assertTrue(all("81" in hit.passage.text for hit in references))

    def test_a_search_that_cannot_be_asked_is_refused(self):
        code = grpc.StatusCode.INVALID_ARGUMENT
        self.fails(code, lambda: self.search("  "))
        self.fails(code, lambda: self.search(limit=101))
        self.fails(code, lambda: self.search("a" * 5000))
        self.fails(code, lambda: self.search(as_of={"year": 2026, "month": 13, "day": 1}))
        self.fails(code, lambda: self.search(strategy=9))

    def test_versions_newest_first_page_by_page(self):
        texts = [OLD.replace("dreißig", word) for word in ("eins", "zwei", "drei", "vier", "fünf")]
        self.send([self.request(f"{at}.txt", text, decree_id="seiten", valid_from=day(f"202{at}-01-01")) for at, text in enumerate(texts)])
        found, token, pages = [], "", 0
        while True:
            request = self.pb.ListVersionsRequest(decree_id="seiten", page_size=2, page_token=token)
            page = self.department.decrees.ListVersions(request, timeout=10)
            self.assertLessEqual(len(page.versions), 2)
            found.extend(page.versions)
            pages, token = pages + 1, page.next_page_token
            if not token:
                break
        self.assertEqual(pages, 3)
        self.assertEqual([version.valid_from.year for version in found], [2024, 2023, 2022, 2021, 2020])
        self.assertFalse(any(version.text for version in found))
        # Where nobody says when a version ends, the next one ends it.
        for at, text in enumerate(texts):
            self.assertEqual(self.get("seiten", as_of=day(f"202{at}-06-01")).text, text)

    def test_withdrawn_is_not_gone(self):
        added = self.send([self.request("weg.txt", OLD.replace("Parkausweise", "Zitronenlager"), decree_id="weg", valid_from=day("2024-01-01"))])[0]
        request = self.pb.WithdrawDecreeRequest(decree_id="weg", valid_to=day("2025-12-31"), replaced_by="park")
        first = size(self.auditor)
        withdrawn = self.editor.decrees.WithdrawDecree(request, timeout=10).decree
        self.assertEqual((withdrawn.valid_to.year, withdrawn.valid_to.month, withdrawn.valid_to.day), (2025, 12, 31))
        change = contract().audit.AuditRecord.KIND_CHANGE
        self.assertEqual([record.kind for record in records(self.auditor, first=first, department="erlasse")], [change])
        self.fails(grpc.StatusCode.NOT_FOUND, lambda: self.get("weg", as_of=day("2026-01-01")))
        self.assertTrue(self.get("weg", as_of=day("2025-12-31")).text)
        self.assertTrue(self.get("weg", version_id=added.version_id).text)
        now = [hit.passage.decree_id for hit in self.search("Zitronenlager", as_of=day("2026-06-01"), limit=20).hits]
        self.assertNotIn("weg", now)
        then = self.search("Zitronenlager", as_of=day("2025-06-01"), limit=20).hits
        own = [hit.passage for hit in then if hit.passage.decree_id == "weg"]
        self.assertTrue(own)
        self.assertEqual({passage.superseded_by for passage in own}, {"park"})

    def test_a_client_that_waits_for_each_answer_is_answered(self):
        waiting, out = queue.Queue(), queue.Queue()
        call = self.editor.decrees.ImportDecrees(iter(waiting.get, None), timeout=60)

        def read():
            try:
                for answer in call:
                    out.put(answer)
            except grpc.RpcError as error:
                out.put(error)
            out.put(None)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        for number in range(5):
            waiting.put(self.request(f"schritt-{number}.txt", OLD.replace("Parkausweise", f"Schritt {number}"), decree_id=f"schritt-{number}"))
            answer = out.get(timeout=20)
            self.assertEqual(answer.filename, f"schritt-{number}.txt")
            self.assertEqual(answer.outcome, self.outcome.OUTCOME_ADDED)
        # Readable within seconds, while the stream goes on.
        self.assertTrue(until(self.is_there("schritt-4"), seconds=15), "an update is visible within seconds")
        waiting.put(None)
        self.assertIsNone(out.get(timeout=20))
        reader.join(5)
        for number in range(5):
            self.assertIn(f"Schritt {number}", self.get(f"schritt-{number}").text)

    def is_there(self, decree_id):
        def look():
            try:
                return self.get(decree_id)
            except grpc.RpcError as error:
                self.assertEqual(error.code(), grpc.StatusCode.NOT_FOUND)
                return None

        return look

    def test_a_bad_file_never_stops_the_others(self):
        requests = [
            self.request("gut-1.txt", OLD.replace("Parkausweise", "Gut eins"), decree_id="gut-1"),
            self.request("kaputt.pdf", b"%PDF-1.7\nnichts"),
            self.request("leer.txt", ""),
            self.request("art.txt", OLD, decree_id="art", kind="roman"),
            self.request("tage.txt", OLD, decree_id="tage", valid_from=day("2026-01-02"), valid_to=day("2026-01-01")),
            self.pb.ImportDecreesRequest(),
            self.request("gut-2.txt", OLD.replace("Parkausweise", "Gut zwei"), decree_id="gut-2"),
        ]
        first = size(self.auditor)
        answers = self.send(requests)
        added, refused = self.outcome.OUTCOME_ADDED, self.outcome.OUTCOME_REFUSED
        self.assertEqual([answer.outcome for answer in answers], [added] + [refused] * 5 + [added])
        self.assertTrue(all(answer.message for answer in answers[1:6]))
        kinds = contract().audit.AuditRecord
        found = records(self.auditor, first=first, department="erlasse")
        start, *changes, end = found
        self.assertEqual((start.kind, end.kind), (kinds.KIND_START, kinds.KIND_END))
        self.assertEqual([(record.kind, record.start_index) for record in changes], [(kinds.KIND_CHANGE, start.index)] * 2)
        self.assertEqual(end.start_index, start.index)
        self.assertEqual((end.facts["files"], end.facts["file_errors"]), ("7", "5"))

    def test_a_client_that_leaves_its_stream_has_its_end_recorded(self):
        left = threading.Event()
        self.addCleanup(left.set)

        def requests():
            yield self.request("bleibt.txt", OLD.replace("Parkausweise", "Bleibt"), decree_id="bleibt")
            left.wait(30)

        first = size(self.auditor)
        call = self.editor.decrees.ImportDecrees(requests(), timeout=30)
        self.assertEqual(next(call).outcome, self.outcome.OUTCOME_ADDED)
        call.cancel()
        end = contract().audit.AuditRecord.KIND_END
        ended = lambda: [record for record in records(self.auditor, first=first, department="erlasse") if record.kind == end]  # noqa: E731
        self.assertEqual(len(until(ended)), 1)
        self.assertIn("Bleibt", self.get("bleibt").text, "what was answered stays")

    def test_a_long_text_comes_in_pieces_that_fit(self):
        text = "# Langes Gesetz\n" + "".join(f"\n§ {number} Überschrift {number}\nDie Größe № {number} – ä€𝄞 " + "Wörter " * 200 + "\n" for number in range(1, 3000))
        answer = self.send([self.request("lang.txt", text, decree_id="langes-gesetz", kind="law")])[0]
        self.assertEqual(answer.outcome, self.outcome.OUTCOME_ADDED, answer.message)
        pieces, start = [], 0
        while True:
            decree = self.get("langes-gesetz", start=start)
            self.assertTrue(decree.text)
            pieces.append(decree.text)
            start += len(decree.text)
            if start >= decree.text_characters:
                break
        self.assertGreater(len(pieces), 1)
        self.assertEqual("".join(pieces), text)

    def answer(self, query, **fields):
        request = self.pb.AnswerRequest(search=self.pb.SearchRequest(query=query, **fields))
        return list(self.department.decrees.Answer(request, timeout=30))

    def test_an_answer_quotes_the_stored_text_between_two_records(self):
        first = size(self.auditor)
        parts = self.answer("Wie hoch ist die Gebühr für den Bewohnerparkausweis?", as_of=day("2025-01-01"))
        kinds = [part.WhichOneof("part") for part in parts]
        self.assertEqual((kinds[0], kinds[-1], set(kinds[1:-1])), ("start", "end", {"sentence"}))
        quote = parts[1].sentence
        self.assertIn("dreißig Euro im Jahr", quote.text, "as the decree stood on the day")
        self.assertTrue(quote.verbatim)
        for part in parts[1:-1]:
            self.assertIn(len(part.sentence.citations), (1, 2, 3))
            for passage in part.sentence.citations:
                whole = self.get(passage.decree_id, version_id=passage.version_id).text
                self.assertEqual(whole[passage.start:passage.end], passage.text)
                self.assertIn(part.sentence.text, passage.text)
        kinds = contract().audit.AuditRecord
        start, end = [record for record in records(self.auditor, first=first) if record.method.endswith("/Answer")]
        self.assertEqual((start.kind, end.kind, end.start_index), (kinds.KIND_START, kinds.KIND_END, start.index))
        self.assertEqual(parts[0].start.provenance.audit_index, start.index)
        self.assertEqual(parts[-1].end.provenance.audit_index, end.index)
        self.assertEqual(end.facts["quotes"], str(len(parts) - 2))

    def test_a_question_that_nothing_answers_is_not_answered(self):
        parts = self.answer("Rezept Kartoffelsuppe Zwiebeln anbraten")
        self.assertEqual([part.WhichOneof("part") for part in parts], ["start", "abstention", "end"])
        self.assertTrue(parts[1].abstention.reason)
        self.fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: self.answer(" "))
        self.fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: list(self.department.decrees.Answer(self.pb.AnswerRequest(), timeout=30)))

    def test_versions_are_compared_by_section(self):
        def compare(before, after, **fields):
            request = self.pb.CompareVersionsRequest(decree_id="park", from_version_id=before, to_version_id=after, **fields)
            return self.department.decrees.CompareVersions(request, timeout=30)

        old, new = (answer.version_id for answer in self.first)
        changes = compare(old, new).changes
        change = next(change for change in changes if "Euro" in change.before)
        self.assertIn("dreißig Euro", change.before)
        self.assertIn("einhundertzwanzig Euro", change.after)
        self.assertEqual(list(compare(new, new).changes), [])
        self.fails(grpc.StatusCode.NOT_FOUND, lambda: compare(old, "keine"))
        self.fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: compare(old, ""))
        self.fails(grpc.StatusCode.INVALID_ARGUMENT, lambda: compare(old, new, page_token="x"))

    def test_a_norm_finds_its_section_first(self):
        text = "§ 1 Eins\n\nNach § 2 MusterG, § 2 MusterG und § 2 MusterG.\n\n\n§ 2 Zwei\n\nDie Frist.\n"
        self.send([self.request("muster.txt", text, decree_id="muster", title="Mustergesetz (MusterG)", kind="law")])
        self.assertEqual(self.search("§ 2 Abs. 1 MusterG").hits[0].passage.section, "§ 2")

    def test_decrees_by_the_command_line(self):
        done = self.appliance.command(
            "decrees", "import", Environment.samples / "decrees", "--identity", self.editor.folder, "--server", self.appliance.grpc
        )
        self.assertRegex(done.stdout + done.stderr, r"\d")
        done = self.appliance.command(
            "search", "Wann ist der Lebensunterhalt gesichert?", "--identity", self.department.folder, "--server", self.appliance.grpc
        )
        self.assertIn("Lebensunterhalt", done.stdout)
