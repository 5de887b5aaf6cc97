"""The power goes under load, and what was answered is still there."""
import itertools
import threading
import time
import unittest

import grpc

from support.appliance import Appliance, records, size, until
from support.environment import contract, source_file, Environment

LOAD_SECONDS = 4
TEXT = """# Dienstanweisung {name}
Aktenzeichen: MS-{name}

1 Gegenstand
1.1 Diese Anweisung regelt die Größe der Akte {name} – erfunden.

2 Frist
2.1 Die Frist für {name} beträgt {number} Tage.
"""


class Load:
    """Clients that never stop asking. Keeps what was answered, and only that."""

    def __init__(self, appliance, department, editor):
        self.department, self.editor = department, editor
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.answers = []  # (method, department, provenance)
        self.imported = {}  # version id -> (decree id, text)
        self.jobs = {}  # idempotency key -> job id
        self.errors = []
        self.names = itertools.count()
        self.prefix = f"sturm-{appliance.process.pid}"
        jobs = [self.embed, self.embed, self.search, self.classify, self.check, self.job, self.bulk_import, self.step_import]
        self.threads = [threading.Thread(target=self.repeat, args=(job,), daemon=True) for job in jobs]

    def run(self, seconds):
        for thread in self.threads:
            thread.start()
        time.sleep(seconds)

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(20)

    def repeat(self, job):
        while not self.stop.is_set():
            try:
                job()
            except grpc.RpcError as error:
                # What a client sees when the power goes.
                if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
                    return
                with self.lock:
                    self.errors.append(f"{job.__name__}: {error.code()} {error.details()}")
                return

    def answered(self, method, answer):
        with self.lock:
            self.answers.append((method, self.department.name, answer.provenance))

    def embed(self):
        request = contract().inference.EmbedRequest(texts=[f"Satz {number} über Fristen" for number in range(8)])
        self.answered("amtshilfe.v1.InferenceService/Embed", self.department.inference.Embed(request, timeout=30))

    def search(self):
        request = contract().decrees.SearchRequest(query="Frist der Akte")
        self.answered("amtshilfe.v1.DecreeService/Search", self.department.decrees.Search(request, timeout=30))

    def classify(self):
        file = source_file(Environment.samples / "papers/registration_certificate.txt")
        request = contract().documents.ClassifyRequest(mode=contract().office, files=[file])
        self.answered("amtshilfe.v1.DocumentService/Classify", self.department.documents.Classify(request, timeout=30))

    def check(self):
        request = contract().documents.CheckApplicationRequest(mode=contract().office, application_type="employment")
        answer = self.department.documents.CheckApplication(request, timeout=30)
        self.answered("amtshilfe.v1.DocumentService/CheckApplication", answer)

    def job(self):
        """A job that is accepted is done, whatever happens meanwhile."""
        file = source_file(Environment.samples / "papers/registration_certificate.txt")
        key = f"{self.prefix}-{next(self.names)}"
        work = contract().documents.ClassifyRequest(mode=contract().office, files=[file])
        request = contract().jobs.SubmitJobRequest(idempotency_key=key, classify=work)
        job_id = self.department.jobs.SubmitJob(request, timeout=30).job_id
        with self.lock:
            self.jobs[key] = job_id

    def decree(self):
        number = next(self.names)
        name = f"{self.prefix}-{number}"
        text = TEXT.format(name=name, number=number)
        file = {"filename": name, "text": text}
        return text, contract().decrees.ImportDecreesRequest(file=file, metadata={"decree_id": name})

    def take(self, answer, text):
        if answer.outcome == contract().decrees.ImportDecreesResponse.OUTCOME_ADDED:
            with self.lock:
                self.imported[answer.version_id] = (answer.decree_id, text)
        else:
            with self.lock:
                self.errors.append(f"import: {answer.message}")

    def bulk_import(self):
        """Ten in a stream, again and again."""
        pairs = [self.decree() for _ in range(10)]
        answers = self.editor.decrees.ImportDecrees(iter([request for _, request in pairs]), timeout=60)
        for answer, (text, _) in zip(answers, pairs):
            self.take(answer, text)

    def step_import(self):
        """One stream that never ends."""
        texts, more = [], threading.Semaphore(1)

        def requests():
            while more.acquire(timeout=30) and not self.stop.is_set():
                text, request = self.decree()
                texts.append(text)
                yield request

        for answer in self.editor.decrees.ImportDecrees(requests(), timeout=120):
            self.take(answer, texts[-1])
            more.release()


class Crash(unittest.TestCase):
    def setUp(self):
        self.appliance = Appliance()
        self.addCleanup(self.appliance.stop)
        self.prepare()
        self.appliance.start()
        self.department = self.appliance.department("auslaenderamt")
        self.editor = self.appliance.department("erlasse", "corpus_editor", "client")
        self.auditor = self.appliance.department("revision", "auditor")

    def prepare(self):
        """Before the first start."""

    def power_cut(self):
        """Load, SIGKILL to the one process, the verifier on what is left, and a new start."""
        load = Load(self.appliance, self.department, self.editor)
        load.run(LOAD_SECONDS)
        self.cut()
        load.end()
        self.assertFalse(load.errors)
        self.appliance.command("audit", "verify")
        self.start_again()
        return load

    def cut(self):
        """What the operating system had taken is still there."""
        self.appliance.kill()

    def start_again(self):
        self.appliance.start()
        self.department = self.department.at(self.appliance.grpc)
        self.editor = self.editor.at(self.appliance.grpc)
        self.auditor = self.auditor.at(self.appliance.grpc)

    def test_what_was_answered_outlives_the_power(self):
        loads = [self.power_cut() for _ in range(Environment.rounds)]
        self.assert_kept(loads)
        self.assert_closed()
        self.assert_whole(loads)
        self.appliance.command("audit", "verify")

    def assert_kept(self, loads):
        at = {record.index: record for record in records(self.auditor)}
        for number, load in enumerate(loads):
            with self.subTest(f"power cut {number + 1}"):
                self.assertGreater(len(load.answers), 20, "there was load")
                self.assertGreater(len(load.imported), 5)
                self.assert_recorded(load, at)
                self.assert_imported(load, at)
                self.assert_done(load)

    def assert_recorded(self, load, at):
        indexes = [provenance.audit_index for _, _, provenance in load.answers]
        self.assertEqual(len(indexes), len(set(indexes)))
        for method, department, provenance in load.answers:
            record = at[provenance.audit_index]
            self.assertEqual((record.method, record.department, record.outcome), (method, department, "OK"))
            self.assertEqual([model.digest for model in record.models], [model.digest for model in provenance.models])
            self.assertEqual((record.rules_digest, record.corpus_version), (provenance.rules_digest, provenance.corpus_version))

    def assert_imported(self, load, at):
        pb = contract().decrees
        for version_id, (decree_id, text) in load.imported.items():
            decree = self.department.decrees.GetDecree(pb.GetDecreeRequest(decree_id=decree_id, version_id=version_id), timeout=10).decree
            self.assertEqual(decree.text, text)
        changes = {record.facts.get("version") for record in at.values() if record.department == "erlasse"}
        self.assertLessEqual(set(load.imported), changes, "each import that was answered has its change record")

    def assert_done(self, load):
        pb = contract().jobs
        self.assertGreater(len(load.jobs), 0)
        for job_id in load.jobs.values():
            last = list(self.department.jobs.WatchJob(pb.WatchJobRequest(job_id=job_id), timeout=60))[-1].job
            self.assertEqual(last.state, pb.Job.STATE_SUCCEEDED, last.error)
            self.assertEqual([document.document_class for document in last.classify.documents], ["registration_certificate"])

    def assert_closed(self):
        kinds = contract().audit.AuditRecord
        found = records(self.auditor)
        starts = {record.index for record in found if record.kind == kinds.KIND_START}
        ends = [record for record in found if record.kind == kinds.KIND_END]
        self.assertEqual({record.start_index for record in ends}, starts)
        self.assertEqual(len(ends), len(starts), "each start ends once")
        self.assertTrue(any(record.outcome == "ABORTED" for record in ends), "the streams of the power cut are closed")

    def assert_whole(self, loads):
        pb = contract().decrees
        waiting = lambda: self.department.decrees.GetCorpus(pb.GetCorpusRequest(), timeout=10)  # noqa: E731
        self.assertTrue(until(lambda: waiting().passages_awaiting_embedding == 0, seconds=30))
        corpus = waiting()
        kept = sum(len(load.imported) for load in loads)
        self.assertGreaterEqual(corpus.decrees, kept)
        self.assertEqual(corpus.decrees, corpus.versions)
        for load in loads:
            version_id, (decree_id, text) = next(iter(load.imported.items()))
            for strategy in (pb.SearchRequest.STRATEGY_LEXICAL, pb.SearchRequest.STRATEGY_DENSE):
                hits = self.department.decrees.Search(pb.SearchRequest(query=f"Frist für {decree_id}", limit=50, strategy=strategy), timeout=10).hits
                self.assertTrue(hits)
            lexical = self.department.decrees.Search(
                pb.SearchRequest(query=decree_id, limit=20, strategy=pb.SearchRequest.STRATEGY_LEXICAL), timeout=10).hits
            self.assertIn(version_id, [hit.passage.version_id for hit in lexical])
            again = pb.ImportDecreesRequest(file={"filename": "x", "text": text}, metadata={"decree_id": decree_id})
            answer = next(iter(self.editor.decrees.ImportDecrees(iter([again]), timeout=20)))
            self.assertEqual(answer.outcome, pb.ImportDecreesResponse.OUTCOME_UNCHANGED)

    def test_a_case_keeps_mode_and_erasure_over_a_power_cut(self):
        documents = contract().documents

        def check(case_id, mode):
            request = documents.CheckApplicationRequest(mode=mode, case_id=case_id, application_type="employment", consent={"granted": True})
            return self.department.documents.CheckApplication(request, timeout=20)

        def erase(case_id):
            self.department.documents.EraseCase(documents.EraseCaseRequest(case_id=case_id), timeout=10)
            return records(self.auditor, first=size(self.auditor) - 2, method="amtshilfe.v1.DocumentService/EraseCase")[-1].facts["existed"]

        check("bleibt", contract().applicant)
        check("geht", contract().applicant)
        self.assertEqual(erase("geht"), "true")
        self.cut()
        self.start_again()
        with self.assertRaises(grpc.RpcError) as caught:
            check("bleibt", contract().office)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.FAILED_PRECONDITION)
        self.assertEqual(erase("geht"), "false")
        self.assertEqual(erase("bleibt"), "true")

    def test_two_appliances_never_share_a_folder(self):
        second = Appliance()
        second.data = self.appliance.data
        addresses = (self.appliance.data / "addresses.toml").read_text(encoding="utf-8")
        with self.assertRaises(AssertionError) as caught:
            second.start()
        (self.appliance.data / "addresses.toml").write_text(addresses, encoding="utf-8")
        self.assertIn("another appliance runs on it", str(caught.exception))
        self.assertTrue(self.department.inference.ListModels(contract().inference.ListModelsRequest(), timeout=10).models)
