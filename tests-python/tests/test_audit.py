"""The log: complete, provable by an auditor's own arithmetic, and empty of content."""
import base64
import concurrent.futures
import ssl
import unittest
import urllib.request

import grpc

from support import merkle
from support.appliance import Appliance, records, size, until
from support.environment import contract, sample


def canary(number):
    """A word that no other word contains, planted in one place."""
    return f"Kanarienvogel{number:02d}Zwitscher"


class Log(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance()
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.department = cls.appliance.department("auslaenderamt")
        cls.editor = cls.appliance.department("erlasse", "corpus_editor")
        cls.auditor = cls.appliance.department("revision", "auditor")
        cls.pb = contract().audit

    def checkpoint(self):
        note = self.auditor.audit.GetCheckpoint(self.pb.GetCheckpointRequest(), timeout=10).checkpoint
        text = merkle.note_text(note, self.appliance.verifier_key())
        origin, count, root = text.split("\n")[:3]
        self.assertEqual(origin, self.appliance.verifier_key().split("+")[0])
        return int(count), base64.b64decode(root)

    def embed(self, *texts, **options):
        request = contract().inference.EmbedRequest(texts=texts or ("Wort",))
        return self.department.inference.Embed(request, timeout=options.pop("timeout", 20), **options)

    def test_the_tree_of_the_records_is_the_tree_of_the_checkpoint(self):
        for _ in range(20):
            self.embed()
        count, root = self.checkpoint()
        found = records(self.auditor)
        self.assertEqual([record.index for record in found], list(range(len(found))))
        hashes = [merkle.leaf_hash(record.leaf) for record in found]
        self.assertGreater(count, 20)
        self.assertEqual(merkle.root(hashes[:count]), root)

    def test_the_log_is_exported_as_tiles_while_the_appliance_runs(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: self.embed(), range(300)))
        folder = self.appliance.folder / "tiles"
        self.appliance.command("audit", "export", "--tiles", folder)
        text = merkle.note_text((folder / "checkpoint").read_text(encoding="utf-8"), self.appliance.verifier_key())
        _, count, root = text.split("\n")[:3]
        entries = merkle.tiles(folder, int(count))
        self.assertGreater(len(entries), 300)
        self.assertEqual(merkle.root([merkle.leaf_hash(entry) for entry in entries]), base64.b64decode(root))
        self.assertEqual(entries, [record.leaf for record in records(self.auditor)][: len(entries)])
        again = self.appliance.command("audit", "export", "--tiles", folder, check=False)
        self.assertIn("not empty", again.stderr)
        self.assertNotEqual(again.returncode, 0)

    def test_every_record_is_proven_to_be_included(self):
        for _ in range(10):
            self.embed()
        count, root = self.checkpoint()
        for record in records(self.auditor)[:count]:
            request = self.pb.ProveInclusionRequest(index=record.index, tree_size=count)
            proof = self.auditor.audit.ProveInclusion(request, timeout=10)
            self.assertEqual((proof.index, proof.tree_size), (record.index, count))
            hash_ = merkle.leaf_hash(record.leaf)
            self.assertTrue(merkle.inclusion_holds(hash_, record.index, count, proof.hashes, root))
            self.assertFalse(merkle.inclusion_holds(bytes(32), record.index, count, proof.hashes, root))
        newest = self.auditor.audit.ProveInclusion(self.pb.ProveInclusionRequest(index=0), timeout=10)
        self.assertGreaterEqual(newest.tree_size, count)

    def test_a_later_tree_is_proven_to_hold_the_earlier(self):
        earlier, earlier_root = self.checkpoint()
        for _ in range(7):
            self.embed()
        later, later_root = self.checkpoint()
        hashes = [merkle.leaf_hash(record.leaf) for record in records(self.auditor)]
        for first in sorted({1, 2, 3, 4, 5, 8, earlier, later - 1, later}):
            request = self.pb.ProveConsistencyRequest(from_size=first, to_size=later)
            path = self.auditor.audit.ProveConsistency(request, timeout=10).hashes
            first_root = earlier_root if first == earlier else merkle.root(hashes[:first])
            self.assertTrue(merkle.consistency_holds(first, later, path, first_root, later_root), first)
        self.assertGreater(later, earlier)

    def test_proofs_of_what_is_not_there_are_refused(self):
        calls = [
            lambda: self.auditor.audit.ProveInclusion(self.pb.ProveInclusionRequest(index=10**9), timeout=10),
            lambda: self.auditor.audit.ProveInclusion(self.pb.ProveInclusionRequest(index=0, tree_size=10**9), timeout=10),
            lambda: self.auditor.audit.ProveConsistency(self.pb.ProveConsistencyRequest(from_size=5, to_size=2), timeout=10),
            lambda: self.auditor.audit.ListRecords(self.pb.ListRecordsRequest(limit=1001), timeout=10),
        ]
        for call in calls:
            with self.assertRaises(grpc.RpcError) as caught:
                call()
            self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_an_answer_says_where_its_record_stands(self):
        answer = self.embed("eins", "zwei")
        record = records(self.auditor, first=answer.provenance.audit_index)[0]
        self.assertEqual((record.index, record.department), (answer.provenance.audit_index, "auslaenderamt"))
        self.assertEqual(record.method, "amtshilfe.v1.InferenceService/Embed")
        self.assertEqual([model.digest for model in record.models], [model.digest for model in answer.provenance.models])
        self.assertEqual(record.facts["texts"], "2")
        self.assertNotIn(answer.provenance.inference_id, record.leaf.decode(), "the log holds no id that leads to a case")

    def test_filters_of_the_log(self):
        first = size(self.auditor)
        self.embed()
        with self.assertRaises(grpc.RpcError):
            self.department.inference.Embed(contract().inference.EmbedRequest(), timeout=10)
        refused = records(self.auditor, first=first, outcome="INVALID_ARGUMENT")
        self.assertEqual([record.department for record in refused], ["auslaenderamt"])
        answered = records(self.auditor, first=first, department="auslaenderamt", outcome="OK")
        self.assertEqual(len(answered), 1)
        at = answered[0].at
        later = self.pb.ListRecordsRequest(first_index=first)
        getattr(later, "from").CopyFrom(at)
        found = self.auditor.audit.ListRecords(later, timeout=10).records
        self.assertIn(answered[0].index, [record.index for record in found])
        self.assertFalse(records(self.auditor, first=first, department="gibt-es-nicht"))

    def raw(self, method, body, **options):
        call = self.department.channel.unary_unary(method, request_serializer=lambda data: data, response_deserializer=lambda data: data)
        with self.assertRaises(grpc.RpcError) as caught:
            call(body, timeout=options.pop("timeout", 10), **options)
        return caught.exception.code()

    def test_every_call_has_exactly_one_record(self):
        code = grpc.StatusCode
        decrees, inference = contract().decrees, contract().inference
        office = contract().documents.ClassifyRequest(mode=contract().office, files=[{"filename": "a.txt", "text": "Mietvertrag"}])

        def answered(call):
            def run():
                call()
                return code.OK
            return run

        def refused(call):
            def run():
                with self.assertRaises(grpc.RpcError) as caught:
                    call()
                return caught.exception.code()
            return run

        d = self.department
        calls = {
            "answered": (answered(lambda: self.embed()), {code.OK}),
            "classified": (answered(lambda: d.documents.Classify(office, timeout=30)), {code.OK}),
            "invalid": (refused(lambda: d.inference.Embed(inference.EmbedRequest(), timeout=10)), {code.INVALID_ARGUMENT}),
            "no such model": (refused(lambda: d.inference.Embed(inference.EmbedRequest(model="x", texts=["a"]), timeout=10)), {code.NOT_FOUND}),
            "no such decree": (refused(lambda: d.decrees.GetDecree(decrees.GetDecreeRequest(decree_id="x"), timeout=10)), {code.NOT_FOUND}),
            "not permitted": (refused(lambda: d.audit.GetCheckpoint(self.pb.GetCheckpointRequest(), timeout=10)), {code.PERMISSION_DENIED}),
            "a stream that does not begin": (refused(lambda: list(d.decrees.Answer(decrees.AnswerRequest(), timeout=10))), {code.INVALID_ARGUMENT}),
            "no such job": (lambda: self.raw("/amtshilfe.v1.JobService/GetJob", b""), {code.NOT_FOUND}),
            "bytes that are no message": (
                lambda: self.raw("/amtshilfe.v1.InferenceService/Embed", b"\xff\xff\xff\xff"), {code.INTERNAL, code.INVALID_ARGUMENT}),
            "no such method": (lambda: self.raw("/amtshilfe.v1.InferenceService/Nothing", b""), {code.UNIMPLEMENTED}),
            "no such service": (lambda: self.raw("/amtshilfe.v1.NoService/Nothing", b""), {code.UNIMPLEMENTED}),
            "KServe, no such model": (lambda: self.raw("/inference.GRPCInferenceService/ModelInfer", b""), {code.NOT_FOUND}),
            "KServe, no such method": (lambda: self.raw("/inference.GRPCInferenceService/RepositoryModelLoad", b""), {code.UNIMPLEMENTED}),
            "a message over the limit": (
                lambda: self.raw("/amtshilfe.v1.InferenceService/Embed", bytes(17 * 1024 * 1024)), {code.RESOURCE_EXHAUSTED, code.OUT_OF_RANGE}),
        }
        for name, (call, codes) in calls.items():
            with self.subTest(name):
                first = size(self.auditor)
                got = call()
                self.assertIn(got, codes)
                found = records(self.auditor, first=first, department="auslaenderamt")
                self.assertEqual([record.outcome for record in found], [got.name])

    def test_a_call_that_its_client_leaves_has_its_record(self):
        first = size(self.auditor)
        office = contract().documents.ClassifyRequest(
            mode=contract().office, files=[{"filename": f"{n}.pdf", "data": sample("papers/bank_statement.pdf")} for n in range(20)])
        future = self.department.documents.Classify.future(office, timeout=60)
        with self.assertRaises(grpc.FutureTimeoutError):
            future.result(timeout=0.05)
        future.cancel()
        found = until(lambda: records(self.auditor, first=first, department="auslaenderamt"), seconds=30)
        self.assertEqual(len(found), 1)

    def test_many_at_once_have_one_record_each(self):
        first = size(self.auditor)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda number: self.embed(f"Text {number}"), range(200)))
        indexes = sorted(answer.provenance.audit_index for answer in answers)
        self.assertEqual(len(set(indexes)), 200)
        found = records(self.auditor, first=first, department="auslaenderamt")
        self.assertEqual([record.index for record in found], indexes)

    def test_the_log_verifies_offline_while_the_appliance_runs(self):
        checkpoint = self.appliance.command("audit", "checkpoint", "--raw", "--identity", self.auditor.folder, "--server", self.appliance.grpc).stdout
        merkle.note_text(checkpoint, self.appliance.verifier_key())
        kept = self.appliance.folder / "checkpoint.txt"
        kept.write_text(checkpoint, encoding="utf-8")
        self.embed()
        done = self.appliance.command("audit", "verify", "--since", kept)
        self.assertRegex(done.stdout, r"records\s+\d+")
        exported = self.appliance.folder / "export.jsonl"
        self.appliance.command("audit", "export", "--out", exported, "--identity", self.auditor.folder, "--server", self.appliance.grpc)
        self.assertGreater(len(exported.read_text(encoding="utf-8").splitlines()), int(checkpoint.split("\n")[1]))


class Canaries(unittest.TestCase):
    """What comes in with a request stays out of log, journal and metrics, whatever becomes of the call."""

    def setUp(self):
        self.appliance = Appliance()
        self.addCleanup(self.appliance.stop)
        self.appliance.start()
        self.department = self.appliance.department("auslaenderamt")
        self.editor = self.appliance.department("erlasse", "corpus_editor")
        self.auditor = self.appliance.department("revision", "auditor")
        self.words, self.places = [], {}

    def word(self):
        self.words.append(canary(len(self.words)))
        return self.words[-1]

    def attempt(self, call):
        """Both answers and refusals leave traces; neither may hold content."""
        try:
            answer = call()
            return list(answer) if hasattr(answer, "__next__") else answer
        except grpc.RpcError as error:
            return error

    def test_no_content_anywhere_in_log_or_metrics(self):
        self.documents()
        self.uploads()
        self.cases()
        self.decrees()
        self.inference()
        self.malformed()
        context = ssl.create_default_context(cafile=self.department.folder / "ca.pem")
        with urllib.request.urlopen(f"https://{self.appliance.console}/metrics", context=context, timeout=10) as answer:
            metrics = answer.read()
        self.assertIn(b"amtshilfe_calls_total", metrics)
        leaves = b"\n".join(record.leaf for record in records(self.auditor))
        self.appliance.stop()
        self.assertGreater(len(self.words), 30)
        found = []
        log = self.appliance.log_path.read_bytes()
        for word in self.words:
            for form in self.forms(word):
                for place, content in {"records": leaves, "metrics": metrics, "log lines": log}.items():
                    if form in content:
                        found.append((word, place))
                for path, content in self.appliance.files("audit", "cases", "index/audit"):
                    if form in content:
                        found.append((word, str(path.relative_to(self.appliance.data))))
        self.assertFalse(sorted({f"{self.places[word]} stands in {place}" for word, place in found}))

    def plant(self, where):
        word = self.word()
        self.places[word] = where
        return word

    @staticmethod
    def forms(word):
        """As text, in UTF-16, in hexadecimal and in base64 wherever it may begin."""
        raw = word.encode()
        yield raw
        yield word.encode("utf-16-le")
        yield raw.hex().encode()
        for skip in range(3):
            yield base64.b64encode(b"x" * skip + raw)[4:-4]

    def documents(self):
        documents, office, applicant = contract().documents, contract().office, contract().applicant
        text = lambda where: f"Mietvertrag. Vermieter: {self.plant(where)}. Die Miete beträgt 650 Euro."  # noqa: E731
        service = self.department.documents
        for mode in (office, applicant, 0):
            files = [
                {"filename": self.plant("file name") + ".txt", "text": text("text")},
                {"filename": self.plant("name of a broken file") + ".pdf", "data": b"%PDF-1.7\n" + self.plant("broken PDF").encode()},
                {"filename": "a.txt", "data": text("bytes").encode("latin-1")},
                {"filename": "b.pdf", "upload_id": self.plant("upload id")},
                {"filename": "c.html", "data": f"<html><body><p>{self.plant('HTML')}</p></body></html>".encode()},
                {"filename": "d.rtf", "data": b"{\\rtf1 " + self.plant("RTF").encode() + b"}"},
            ]
            consent = {"granted": True, "text_version": self.plant("consent text"), "language": self.plant("consent language")}
            self.attempt(lambda: service.Classify(documents.ClassifyRequest(mode=mode, consent=consent, files=files), timeout=60))
            self.attempt(lambda: service.ExtractFields(documents.ExtractFieldsRequest(mode=mode, consent=consent, files=files), timeout=60))
        self.attempt(lambda: service.ListDocumentClasses(documents.ListDocumentClassesRequest(language=self.plant("language")), timeout=10))
        self.attempt(lambda: service.RecordDecision(documents.RecordDecisionRequest(inference_id=self.plant("inference id"), corrected=self.plant("corrected"), officer=self.plant("officer")), timeout=10))

    def uploads(self):
        self.attempt(lambda: self.department.upload([self.plant("upload").encode()], filename=self.plant("upload name")))
        self.attempt(lambda: self.department.upload([self.plant("refused upload").encode()], filename=self.plant("refused upload name"), size_bytes=1))

    def cases(self):
        documents, office = contract().documents, contract().office
        case_id = self.plant("case id")
        for kind in ("employment", "", "no_such_type"):
            request = documents.CheckApplicationRequest(
                mode=office, case_id=case_id, application_type=kind, language=self.plant("language of hints"),
                form={"applicant.surname": self.plant("form value"), self.plant("form field"): "x"},
                facts={"today": "2026-11-16", "variant": self.plant("fact"), self.plant("fact name"): "true"},
                files=[{"filename": self.plant("file of a case"), "text": f"Mietvertrag mit {self.plant('text of a case')}"}],
            )
            self.attempt(lambda: self.department.documents.CheckApplication(request, timeout=60))
        wrong = documents.CheckApplicationRequest(mode=office, application_type=self.plant("application type"), facts={"today": self.plant("today")})
        self.attempt(lambda: self.department.documents.CheckApplication(wrong, timeout=10))
        for erased in (case_id, self.plant("unknown case")):
            self.attempt(lambda: self.department.documents.EraseCase(documents.EraseCaseRequest(case_id=erased), timeout=10))

    def decrees(self):
        pb = contract().decrees
        metadata = {"decree_id": self.plant("decree id"), "title": self.plant("title"), "issuer": self.plant("issuer"), "file_number": self.plant("file number")}
        requests = [
            pb.ImportDecreesRequest(file={"filename": self.plant("decree file"), "text": f"# Erlass\n\n1 Wort {self.plant('decree text')}\n"}, metadata=metadata),
            pb.ImportDecreesRequest(file={"filename": self.plant("refused decree file"), "data": b"%PDF-" + self.plant("refused decree").encode()}),
            pb.ImportDecreesRequest(file={"filename": "x", "text": "x"}, metadata={"kind": self.plant("kind"), "decree_id": self.plant("refused id")}),
        ]
        self.attempt(lambda: self.editor.decrees.ImportDecrees(iter(requests), timeout=60))
        service = self.department.decrees
        fields = {"kinds": [self.plant("kind of a search")], "issuers": [self.plant("issuer of a search")], "references": [self.plant("reference")]}
        self.attempt(lambda: service.Search(pb.SearchRequest(query=self.plant("query")), timeout=10))
        self.attempt(lambda: service.Search(pb.SearchRequest(query=self.plant("filtered query"), **fields), timeout=10))
        self.attempt(lambda: service.Search(pb.SearchRequest(query=self.plant("refused query"), limit=1000), timeout=10))
        for decree_id in (metadata["decree_id"], self.plant("unknown decree")):
            self.attempt(lambda: service.GetDecree(pb.GetDecreeRequest(decree_id=decree_id, version_id=self.plant("version id")), timeout=10))
            self.attempt(lambda: service.ListVersions(pb.ListVersionsRequest(decree_id=decree_id, page_token=self.plant("page token")), timeout=10))
            self.attempt(lambda: service.ListCitations(pb.ListCitationsRequest(decree_id=decree_id, page_token=self.plant("citation token")), timeout=10))
            self.attempt(lambda: self.editor.decrees.WithdrawDecree(pb.WithdrawDecreeRequest(
                decree_id=decree_id, valid_to={"year": 2026, "month": 1, "day": 1}, replaced_by=self.plant("replaced by")), timeout=10))
        for reference in ("§ 1 " + self.plant("law") + "G", self.plant("no norm")):
            self.attempt(lambda: service.ListCitations(pb.ListCitationsRequest(reference=reference), timeout=10))
        for kinds, token in (([], self.plant("change token")), ([self.plant("kind of changes")], "")):
            self.attempt(lambda: service.ListChanges(pb.ListChangesRequest(since={"year": 2026, "month": 1, "day": 1}, kinds=kinds, page_token=token), timeout=10))

    def inference(self):
        pb = contract().inference
        self.attempt(lambda: self.department.inference.Embed(pb.EmbedRequest(texts=[self.plant("embedded text")]), timeout=10))
        self.attempt(lambda: self.department.inference.Embed(pb.EmbedRequest(model=self.plant("model"), texts=[self.plant("text for no model")]), timeout=10))
        self.attempt(lambda: self.department.inference.Rerank(pb.RerankRequest(query=self.plant("rerank query"), texts=[self.plant("reranked text")]), timeout=10))
        audit = contract().audit
        self.attempt(lambda: self.auditor.audit.ListRecords(audit.ListRecordsRequest(
            department=self.plant("filter department"), method=self.plant("filter method"), outcome=self.plant("filter outcome"), inference_id=self.plant("filter inference")), timeout=10))

    def malformed(self):
        raw = self.department.channel.unary_unary("/amtshilfe.v1.DecreeService/Search", request_serializer=bytes, response_deserializer=bytes)
        self.attempt(lambda: raw(b"\x0a\xff" + self.plant("bytes that are no message").encode(), timeout=10))
        path = self.department.channel.unary_unary(f"/amtshilfe.v1.{self.plant('name of a service')}/{self.plant('name of a method')}", request_serializer=bytes, response_deserializer=bytes)
        self.attempt(lambda: path(b"", timeout=10))
        request = contract().inference.ListModelsRequest()
        self.attempt(lambda: self.department.inference.ListModels(request, metadata=[("x-case", self.plant("metadata")), ("user-agent", self.plant("user agent"))], timeout=10))
