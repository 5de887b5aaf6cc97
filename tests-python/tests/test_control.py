"""What the administration orders from a running appliance: inference out of service, models read anew."""
import hashlib
import pathlib
import re
import shutil
import unittest

import grpc

from support.appliance import Appliance, records, size, until
from support.environment import contract
from tests.test_console import Browser
from tests.test_open_inference import EMBEDDER, client_of

MODELS = pathlib.Path(__file__).resolve().parents[2] / "models"


class Control(unittest.TestCase):
    def setUp(self):
        self.appliance = Appliance()
        self.addCleanup(self.appliance.stop)
        self.appliance.start()
        self.department = self.appliance.department("auslaenderamt")
        self.auditor = self.appliance.department("revision", "auditor")

    def embed(self, department=None):
        request = contract().inference.EmbedRequest(texts=["Meldebescheinigung"])
        return (department or self.department).inference.Embed(request, timeout=20)

    def code(self, department=None):
        try:
            self.embed(department)
        except grpc.RpcError as error:
            return error.code()
        return grpc.StatusCode.OK

    def serving(self, department=None):
        channel = (department or self.department).channel
        check = channel.unary_unary("/grpc.health.v1.Health/Check", request_serializer=bytes, response_deserializer=bytes)
        return check(b"", timeout=10) == b"\x08\x01"

    def methods(self, first, beginning):
        found = records(self.auditor, first=first)
        switched = (record.method for record in found if record.method.endswith("-inference"))
        return [method for method in switched if method.startswith(beginning)]

    def test_the_command_line_stops_and_resumes(self):
        self.assertEqual(self.code(), grpc.StatusCode.OK)
        self.assertIn("in Betrieb", self.appliance.command("inference", "status").stdout)
        first = size(self.auditor)
        self.assertIn("außer Betrieb", self.appliance.command("inference", "stop").stdout)
        self.assertTrue(until(lambda: self.code() == grpc.StatusCode.UNAVAILABLE))
        with self.assertRaises(grpc.RpcError) as caught:
            self.embed()
        self.assertIn("out of service", caught.exception.details())
        self.assertTrue(until(lambda: not self.serving(), seconds=30), "health says serving")
        self.assertEqual(self.methods(first, "appliance/"), ["appliance/stop-inference"])
        client = client_of(self.department)
        self.assertTrue(client.is_server_live())
        self.assertFalse(client.is_server_ready())
        self.assertFalse(client.is_model_ready(EMBEDDER))
        client.close()
        # A restart does not undo it.
        self.appliance.stop()
        self.appliance.start()
        department, self.auditor = self.department.at(self.appliance.grpc), self.auditor.at(self.appliance.grpc)
        self.assertEqual(self.code(department), grpc.StatusCode.UNAVAILABLE)
        self.assertFalse(self.serving(department))
        self.appliance.command("inference", "resume")
        self.assertTrue(until(lambda: self.code(department) == grpc.StatusCode.OK))
        self.assertTrue(until(lambda: self.serving(department), seconds=30), "health does not say serving")
        self.assertEqual(self.methods(first, "appliance/")[-1], "appliance/resume-inference")

    def test_the_console_stops_and_resumes(self):
        def browser(role):
            link = self.appliance.command("sign-in", "--role", role).stdout.strip()
            one = Browser(self.appliance.console, self.department.folder / "ca.pem")
            one.post("/sign-in", word=link.partition("word=")[2])
            return one

        def word(one):
            return re.search(r'name="form_word" value="([^"]+)"', one.get("/models").text)[1]

        admin, looker = browser("administrator"), browser("auditor")
        self.assertIn('name="to" value="stop"', admin.get("/models").text)
        self.assertNotIn('name="to" value="stop"', looker.get("/models").text)
        self.assertEqual(looker.post("/inference", form_word=word(looker), to="stop").status, 403)
        self.assertEqual(admin.post("/inference", form_word="guessed", to="stop").status, 403)
        self.assertEqual(self.code(), grpc.StatusCode.OK)
        first = size(self.auditor)
        self.assertEqual(admin.post("/inference", form_word=word(admin), to="stop").status, 303)
        self.assertEqual(self.code(), grpc.StatusCode.UNAVAILABLE)
        self.assertIn('name="to" value="resume"', admin.get("/models").text)
        self.assertEqual(admin.post("/inference", form_word=word(admin), to="resume").status, 303)
        self.assertEqual(self.code(), grpc.StatusCode.OK)
        wanted = ["console/stop-inference", "console/resume-inference"]
        self.assertEqual(self.methods(first, "console/"), wanted)
        # The file of orders says the same, so nothing is switched a second time.
        self.assertEqual(self.methods(first, "appliance/"), [])

    def copy_of(self, name):
        folder = self.appliance.data / "models" / name
        shutil.copytree(MODELS / name, folder)
        return folder

    def rename(self, folder, name):
        manifest = folder / "manifest.toml"
        text = manifest.read_text(encoding="utf-8")
        manifest.write_text(re.sub(r'^name = ".*"$', f'name = "{name}"', text, count=1, flags=re.MULTILINE), encoding="utf-8")

    def models(self):
        answer = self.department.inference.ListModels(contract().inference.ListModelsRequest(), timeout=20)
        return {model.name: model.digest for model in answer.models}

    def test_models_are_taken_without_a_restart(self):
        before = self.models()
        folder = self.copy_of("papers-linear")
        self.rename(folder, "papers-own")
        first = size(self.auditor)
        said = self.appliance.command("models", "reload").stdout
        self.assertIn("taken  papers-own", said)
        self.assertIn("same   papers-linear", said)
        after = self.models()
        self.assertEqual({name: after[name] for name in before}, before)
        self.assertIn("papers-own", after)
        change = [record for record in records(self.auditor, first=first) if record.method == "appliance/model"]
        self.assertEqual([(one.outcome, [model.digest for model in one.models]) for one in change],
                         [("OK", [after["papers-own"]])])

    def test_a_file_changed_on_disk_is_refused(self):
        folder = self.copy_of("papers-linear")
        self.rename(folder, "papers-own")
        self.appliance.command("models", "reload")
        digest = self.models()["papers-own"]
        weights = folder / "model.safetensors"
        changed = bytearray(weights.read_bytes())
        changed[-1] ^= 1
        weights.write_bytes(bytes(changed))
        done = self.appliance.command("models", "reload", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(hashlib.sha256(bytes(changed)).hexdigest(), done.stdout)
        self.assertEqual(self.models()["papers-own"], digest)


if __name__ == "__main__":
    unittest.main()
