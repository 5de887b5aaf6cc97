"""Work accepted now and done later: durable before it is answered, done once, gone with its case."""
import random
import time
import unittest
import uuid

import grpc

from support.appliance import CONFIG, Appliance, Refusals, records, size
from support.environment import Environment, contract, sample, source_file

TEXT = "Kündigung des Mietvertrags\nSehr geehrte Damen und Herren, hiermit kündige ich das Mietverhältnis.\n"
CANARY = "Xanthippine Quellenhuber-Zwirbel"
SECONDS = 60


def state(name):
    return contract().jobs.Job.State.Value(f"STATE_{name}")


class Client(Refusals, unittest.TestCase):
    config = CONFIG

    @classmethod
    def setUpClass(cls):
        cls.appliance = Appliance(cls.config)
        cls.addClassCleanup(cls.appliance.stop)
        cls.appliance.start()
        cls.department = cls.appliance.department("auslaenderamt")
        cls.other = cls.appliance.department("buergerbuero")
        cls.auditor = cls.appliance.department("revision", "auditor")

    def submit(self, files=None, key="", department=None, **work):
        jobs, documents = contract().jobs, contract().documents
        if "check_application" not in work:
            files = files or [{"filename": "brief.txt", "text": TEXT}]
            work = {"classify": documents.ClassifyRequest(mode=contract().office, files=files)}
        request = jobs.SubmitJobRequest(idempotency_key=key, **work)
        return (department or self.department).jobs.SubmitJob(request, timeout=60)

    def get(self, job_id, department=None):
        return (department or self.department).jobs.GetJob(contract().jobs.GetJobRequest(job_id=job_id), timeout=60).job

    def watch(self, job_id, department=None):
        stub = (department or self.department).jobs
        return [answer.job for answer in stub.WatchJob(contract().jobs.WatchJobRequest(job_id=job_id), timeout=SECONDS)]

    def cancel(self, job_id):
        return self.department.jobs.CancelJob(contract().jobs.CancelJobRequest(job_id=job_id), timeout=60).job

    def acknowledge(self, job_id):
        return self.department.jobs.AcknowledgeJob(contract().jobs.AcknowledgeJobRequest(job_id=job_id), timeout=60).job

    def erase(self, case_id):
        return self.department.documents.EraseCase(contract().documents.EraseCaseRequest(case_id=case_id), timeout=60)


class Jobs(Client):
    def test_a_job_gives_the_answer_of_the_call(self):
        files = [source_file(Environment.samples / "papers" / name) for name in ("bank_statement.pdf", "rental_contract.docx")]
        first = size(self.auditor)
        job_id = self.submit(files).job_id
        seen = self.watch(job_id)
        self.assertEqual(seen[-1].state, state("SUCCEEDED"), seen[-1].error)
        order = [job.state for job in seen]
        self.assertEqual(order, sorted(order), "queued, running, succeeded")
        self.assertEqual((seen[-1].files_done, seen[-1].files_total), (2, 2))
        at_once = self.department.documents.Classify(
            contract().documents.ClassifyRequest(mode=contract().office, files=files), timeout=60)
        found = [document.document_class for document in seen[-1].classify.documents]
        self.assertEqual(found, [document.document_class for document in at_once.documents])
        self.assertEqual(found, ["bank_statement", "rental_contract"])
        job = self.get(job_id)
        self.assertEqual(job.classify, seen[-1].classify)
        index = job.classify.provenance.audit_index
        at = {record.index: record for record in records(self.auditor, first=first)}
        end = at[index]
        self.assertEqual((end.method, end.outcome), ("amtshilfe.v1.DocumentService/Classify", "OK"))
        self.assertEqual(at[end.start_index].facts["service"], "job", "the end names its start")

    def test_an_application_is_checked_as_a_job(self):
        documents = contract().documents
        request = documents.CheckApplicationRequest(
            mode=contract().office, application_type="employment", case_id="Akte-1",
            files=[{"filename": "kontoauszug.pdf", "data": sample("papers/bank_statement.pdf")}])
        submitted = self.submit(check_application=request)
        self.assertEqual(submitted.case_id, "Akte-1")
        last = self.watch(submitted.job_id)[-1]
        self.assertEqual(last.state, state("SUCCEEDED"), last.error)
        self.assertEqual(last.check_application.case_id, "Akte-1")
        self.assertEqual(last.check_application.application_type, "employment")
        self.erase("Akte-1")
        self.fails(grpc.StatusCode.NOT_FOUND, lambda: self.get(submitted.job_id))

    def test_the_same_key_is_the_same_job(self):
        names = [f"fact_{number}" for number in range(20)]

        def request():
            random.shuffle(names)
            return contract().documents.CheckApplicationRequest(
                mode=contract().office, application_type="employment", facts={name: "true" for name in names})

        key = str(uuid.uuid4())
        first = self.submit(key=key, check_application=request())
        for _ in range(5):
            again = self.submit(key=key, check_application=request())
            self.assertEqual((again.job_id, again.case_id), (first.job_id, first.case_id))
        self.fails(grpc.StatusCode.ALREADY_EXISTS, lambda: self.submit(key=key))
        self.assertNotEqual(self.submit(key=key, department=self.other).job_id, first.job_id)
        self.assertNotEqual(self.submit().job_id, self.submit().job_id)

    def test_another_department_has_no_such_job(self):
        job_id = self.submit().job_id
        for call in (lambda: self.get(job_id, self.other), lambda: self.watch(job_id, self.other)):
            self.fails(grpc.StatusCode.NOT_FOUND, call)
        listed = self.other.jobs.ListJobs(contract().jobs.ListJobsRequest(page_size=500), timeout=60).jobs
        self.assertNotIn(job_id, [job.job_id for job in listed])

    def test_what_is_wrong_is_refused_before_it_is_taken(self):
        jobs, documents = contract().jobs, contract().documents
        invalid, precondition = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION
        files = [{"filename": "a.txt", "text": TEXT}]
        applicant = contract().common.MODE_APPLICANT
        wrong = [
            (invalid, jobs.SubmitJobRequest()),
            (invalid, jobs.SubmitJobRequest(classify=documents.ClassifyRequest(files=files))),
            (invalid, jobs.SubmitJobRequest(classify=documents.ClassifyRequest(mode=contract().office))),
            (precondition, jobs.SubmitJobRequest(classify=documents.ClassifyRequest(mode=applicant, files=files))),
            (invalid, jobs.SubmitJobRequest(check_application=documents.CheckApplicationRequest(
                mode=contract().office, application_type="no_such_type"))),
        ]
        for code, request in wrong:
            self.fails(code, lambda request=request: self.department.jobs.SubmitJob(request, timeout=10))
        for request in ({"page_size": 501}, {"page_token": "x"}, {"state": 77}):
            self.fails(invalid, lambda request=request: self.department.jobs.ListJobs(jobs.ListJobsRequest(**request), timeout=10))

    def test_an_acknowledged_result_is_gone(self):
        job_id = self.submit().job_id
        self.watch(job_id)
        self.assertTrue(self.get(job_id).HasField("classify"))
        for _ in range(2):
            self.assertFalse(self.acknowledge(job_id).HasField("classify"))
        job = self.get(job_id)
        self.assertEqual((job.state, job.HasField("classify")), (state("SUCCEEDED"), False))
        self.assertFalse(self.watch(job_id)[-1].HasField("classify"))

    def test_a_bad_file_fails_alone(self):
        files = [{"filename": "kaputt.pdf", "data": b"%PDF-1.7 nothing"}, {"filename": "brief.txt", "text": TEXT}]
        last = self.watch(self.submit(files).job_id)[-1]
        self.assertEqual(last.state, state("SUCCEEDED"), last.error)
        self.assertEqual([error.filename for error in last.classify.file_errors], ["kaputt.pdf"])
        self.assertEqual(len(last.classify.documents), 1)

    def test_an_upload_is_taken_over(self):
        upload = self.department.upload([sample("papers/bank_statement.pdf")], filename="kontoauszug.pdf")
        files = [{"filename": "kontoauszug.pdf", "upload_id": upload.upload_id}, {"filename": "x.pdf", "upload_id": "unknown"}]
        last = self.watch(self.submit(files).job_id)[-1]
        self.assertEqual([document.document_class for document in last.classify.documents], ["bank_statement"])
        self.assertEqual([error.filename for error in last.classify.file_errors], ["x.pdf"])


class Interrupted(Client):
    """One job at a time, so that some always wait."""

    config = CONFIG + "\n[jobs]\nat_a_time = 1\nwaiting_max = 40\n"

    def again(self):
        self.appliance.kill()
        self.appliance.start()
        for name in ("department", "other", "auditor"):
            setattr(type(self), name, getattr(self, name).at(self.appliance.grpc))

    def slow(self):
        """A job that takes a while."""
        return self.submit([{"filename": f"{n}.pdf", "data": sample("papers/bank_statement.pdf")} for n in range(60)])

    def test_cancelled_is_cancelled(self):
        running, waiting = self.slow(), self.slow()
        for job in (waiting, running):
            for _ in range(2):
                self.assertEqual(self.cancel(job.job_id).state, state("CANCELLED"))
        self.assertEqual(self.watch(running.job_id)[-1].state, state("CANCELLED"))
        done = self.submit().job_id
        self.watch(done)
        self.assertEqual(self.cancel(done).state, state("SUCCEEDED"), "what has ended stays as it is")

    def test_not_ended_cannot_be_acknowledged(self):
        self.slow()
        job = self.slow()
        self.fails(grpc.StatusCode.FAILED_PRECONDITION, lambda: self.acknowledge(job.job_id))
        self.cancel(job.job_id)

    def test_erasing_the_case_ends_a_running_job(self):
        job = self.slow()
        watched = self.department.jobs.WatchJob(contract().jobs.WatchJobRequest(job_id=job.job_id), timeout=SECONDS)
        next(watched)
        self.assertTrue(self.erase(job.case_id).receipt)
        self.fails(grpc.StatusCode.NOT_FOUND, lambda: list(watched))
        self.fails(grpc.StatusCode.NOT_FOUND, lambda: self.get(job.job_id))
        self.again()
        self.fails(grpc.StatusCode.NOT_FOUND, lambda: self.get(job.job_id))

    def test_progress_is_shown(self):
        job = self.slow()
        done = [seen.files_done for seen in self.watch(job.job_id)]
        self.assertEqual(done, sorted(done))
        self.assertGreater(len(set(done)), 2, done)

    def test_a_list_by_pages_and_state(self):
        jobs = contract().jobs
        waiting = [self.slow().job_id for _ in range(4)]
        listed, token = [], ""
        while True:
            page = self.department.jobs.ListJobs(jobs.ListJobsRequest(page_size=2, page_token=token), timeout=60)
            self.assertLessEqual(len(page.jobs), 2)
            listed += [job.job_id for job in page.jobs]
            self.assertFalse(any(job.HasField("classify") for job in page.jobs))
            token = page.next_page_token
            if not token:
                break
        self.assertEqual([job for job in listed if job in waiting], waiting, "in the order they came, each once")
        cancelled = {job for job in waiting if self.cancel(job).state == state("CANCELLED")}
        self.assertTrue(cancelled)
        page = self.department.jobs.ListJobs(jobs.ListJobsRequest(state=state("CANCELLED"), page_size=500), timeout=60)
        self.assertTrue(cancelled <= {job.job_id for job in page.jobs})

    def test_a_department_past_its_limit_is_told(self):
        waiting = []
        with self.assertRaises(grpc.RpcError) as caught:
            for _ in range(80):
                waiting.append(self.slow().job_id)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED, caught.exception.details())
        self.submit(department=self.other)
        for job in waiting:
            self.cancel(job)

    def test_nothing_accepted_is_lost_or_done_twice(self):
        """kill -9 while jobs wait, run and end; over the rounds each job ends once with its result."""
        keys = {}
        for _ in range(6):
            for _ in range(4):
                key = str(uuid.uuid4())
                keys[key] = self.submit(key=key).job_id
            erased = self.slow()
            time.sleep(random.uniform(0, 0.3))
            self.erase(erased.case_id)
            self.again()
            self.fails(grpc.StatusCode.NOT_FOUND, lambda erased=erased: self.get(erased.job_id))
            for key, job_id in keys.items():
                self.assertEqual(self.submit(key=key).job_id, job_id, "the key still stands for the job")
        results = {}
        for job_id in keys.values():
            last = self.watch(job_id)[-1]
            self.assertEqual(last.state, state("SUCCEEDED"), last.error)
            results[job_id] = last.classify.provenance.inference_id
        self.assertEqual(len(set(results.values())), len(keys))
        self.again()
        for job_id, inference_id in results.items():
            self.assertEqual(self.get(job_id).classify.provenance.inference_id, inference_id, "the same result")

    def test_nothing_of_a_job_is_readable_on_the_disk(self):
        files = [{"filename": f"{CANARY}.txt", "text": f"Antrag von {CANARY}, wohnhaft in Hinterzarten.\n" * 20}]
        job = self.submit(files, key=f"key of {CANARY}")
        self.watch(job.job_id)
        waiting = self.submit(files)
        for path, content in self.appliance.files("."):
            for words in (CANARY, "Hinterzarten", job.case_id):
                self.assertNotIn(words.encode(), content, path)
        self.assertNotIn(CANARY, self.appliance.log())
        self.cancel(waiting.job_id)


if __name__ == "__main__":
    unittest.main()
