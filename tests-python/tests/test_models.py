"""Models that an administrator carries in, and the exchange of the decrees' embedder in operation."""
import io
import pathlib
import shutil
import tarfile
import time
import unittest
import zipfile

import grpc

from support.appliance import CONFIG, Appliance, records, size, until
from support.environment import contract
from tests.test_console import Browser
from tests.test_open_inference import EMBEDDER

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "crates" / "inference-candle" / "tests" / "fixtures"
NEEDED = ["config.json", "model.safetensors", "tokenizer.json"]
PAGE = "---\nlicense: apache-2.0\n---\n# Tiny\n"


class Models(unittest.TestCase):
    def setUp(self):
        self.appliance = Appliance()
        self.addCleanup(self.appliance.stop)
        self.appliance.start()
        self.connect()

    def connect(self):
        self.department = self.appliance.department("auslaenderamt", "client", "corpus_editor")
        self.auditor = self.appliance.department("revision", "auditor")

    def restart(self):
        self.appliance.start()
        self.department, self.auditor = self.department.at(self.appliance.grpc), self.auditor.at(self.appliance.grpc)

    def carried(self, fixture, name=None):
        """A folder as Hugging Face lays it out."""
        folder = self.appliance.folder / (name or fixture)
        folder.mkdir()
        for file in NEEDED:
            shutil.copy(FIXTURES / fixture / file, folder)
        (folder / "README.md").write_text(PAGE, encoding="utf-8")
        return folder

    def packed(self, fixture, name):
        archive = self.appliance.folder / name
        if name.endswith(".zip"):
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packing:
                for file in NEEDED:
                    packing.write(FIXTURES / fixture / file, f"inside/{file}")
                packing.writestr("inside/README.md", PAGE)
        else:
            with tarfile.open(archive, "w:gz") as packing:
                for file in NEEDED:
                    packing.add(FIXTURES / fixture / file, f"inside/{file}")
                page = tarfile.TarInfo("inside/README.md")
                page.size = len(PAGE)
                packing.addfile(page, io.BytesIO(PAGE.encode()))
        return archive

    def models(self):
        answer = self.department.inference.ListModels(contract().inference.ListModelsRequest(), timeout=20)
        return {model.name: model.digest for model in answer.models}

    def changes(self, first, method="appliance/model"):
        return [record for record in records(self.auditor, first=first) if record.method == method]

    def embedded_by(self, name=""):
        request = contract().inference.EmbedRequest(model=name, texts=["Meldebescheinigung"])
        return self.department.inference.Embed(request, timeout=20).dimensions

    def test_a_folder_and_archives_are_served_and_recorded(self):
        before = self.models()
        for source, name, task in [
            (self.carried("tiny-bert"), "tiny-bert", "embed"),
            (self.packed("tiny-xlm-roberta", "tiny-two.tar.gz"), "tiny-two", "embed"),
            (self.packed("tiny-reranker", "tiny-three.zip"), "tiny-three", "rerank"),
        ]:
            first = size(self.auditor)
            said = self.appliance.command("models", "add", source).stdout
            served = self.models()
            self.assertIn(name, served)
            for wanted in (f"taken  {name}", served[name], task, "Apache-2.0"):
                self.assertIn(wanted, said)
            (change,) = self.changes(first)
            self.assertEqual((change.outcome, [model.digest for model in change.models]), ("OK", [served[name]]))
        self.assertEqual({name: self.models()[name] for name in before}, before)
        self.assertEqual((self.embedded_by("tiny-bert"), self.embedded_by("tiny-two")), (32, 64))
        # A model more changes nothing for calls that name none, now and after a restart.
        usual = self.embedded_by(EMBEDDER)
        self.assertEqual(self.embedded_by(), usual)
        added = self.models()
        self.appliance.stop()
        self.restart()
        self.assertEqual((self.models(), self.embedded_by()), (added, usual))
        first = size(self.auditor)
        self.assertIn("gone   tiny-two", self.appliance.command("models", "remove", "tiny-two").stdout)
        self.assertNotIn("tiny-two", self.models())
        with self.assertRaises(grpc.RpcError):
            self.embedded_by("tiny-two")
        (change,) = self.changes(first)
        self.assertEqual([model.digest for model in change.models], [added["tiny-two"]])

    def test_what_is_not_fit_is_refused_and_nothing_is_left(self):
        folder = self.carried("tiny-bert")
        self.appliance.command("models", "add", folder)
        before = self.models()

        def refused(*words, wanted):
            done = self.appliance.command("models", *words, check=False)
            self.assertNotEqual(done.returncode, 0, f"{words} was taken")
            self.assertIn(wanted, done.stderr)

        refused("add", folder, wanted="--replace")
        refused("add", folder, "--name", EMBEDDER, wanted="im Programm enthalten")
        refused("remove", EMBEDDER, wanted="im Programm enthalten")
        refused("remove", "none", wanted="none")
        evil = self.appliance.folder / "evil.tar"
        with tarfile.open(evil, "w") as packing:
            packing.add(folder / "config.json", "../../escaped.json")
        refused("add", evil, wanted="führt aus dem Ordner")
        linked = self.appliance.folder / "linked.tar.gz"
        with tarfile.open(linked, "w:gz") as packing:
            link = tarfile.TarInfo("config.json")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            packing.addfile(link)
        refused("add", linked, wanted="Verknüpfung")
        (folder / "README.md").unlink()
        refused("add", folder, "--name", "other", wanted="--licence")
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
        refused("add", folder, "--name", "other", wanted="save_pretrained")
        self.assertEqual(self.models(), before)
        self.assertEqual([path.name for path in (self.appliance.data / "models").iterdir() if path.is_dir()], ["tiny-bert"])
        self.assertFalse(list(self.appliance.folder.rglob("escaped.json")))

    def configure(self, embedder):
        text = f'{CONFIG}\n[decrees]\nembedder = "{embedder}"\n'
        (self.appliance.data / "config.toml").write_text(text, encoding="utf-8")

    def import_decrees(self):
        pb = contract().decrees
        request = pb.ImportDecreesRequest
        text = "§ {} Wohngeld\n\nWohngeld wird auf Antrag gewährt. Die Nummer lautet {}.\n"

        def messages():
            for number in range(30):
                yield request(file={"filename": f"erlass-{number}.txt", "text": text.format(number, number)})

        return list(self.department.decrees.ImportDecrees(messages(), timeout=120))

    def search(self):
        request = contract().decrees.SearchRequest(query="Wohngeld auf Antrag", limit=3)
        answer = self.department.decrees.Search(request, timeout=30)
        self.assertTrue(answer.hits)
        return [model.name for model in answer.provenance.models]

    def waiting(self):
        answer = self.department.decrees.GetCorpus(contract().decrees.GetCorpusRequest(), timeout=20)
        return answer.passages_awaiting_embedding

    def console(self):
        link = self.appliance.command("sign-in", "--role", "auditor").stdout.strip()
        one = Browser(self.appliance.console, self.department.folder / "ca.pem")
        one.post("/sign-in", word=link.partition("word=")[2])
        return one.get("/models").text

    def test_the_embedder_of_the_decrees_is_exchanged_in_operation(self):
        self.import_decrees()
        self.assertTrue(until(lambda: self.waiting() == 0))
        self.assertEqual(self.search(), [EMBEDDER])
        self.appliance.command("models", "add", self.carried("tiny-bert"))
        self.assertEqual(self.search(), [EMBEDDER], "a model added is not yet that of the decrees")
        first = size(self.auditor)
        self.configure("tiny-bert")
        said = self.appliance.command("models", "reload").stdout
        self.assertIn("embeds tiny-bert", said)
        used = set()
        end = time.monotonic() + 60
        while used != {"tiny-bert"} and time.monotonic() < end:
            # A search never fails, and is always by one of the two.
            used = set(self.search())
            self.assertLessEqual(used, {EMBEDDER, "tiny-bert"})
        self.assertEqual(used, {"tiny-bert"})
        self.assertEqual(self.waiting(), 0)
        done = until(lambda: self.changes(first, "appliance/decrees-embedder"))
        self.assertEqual([[model.name for model in change.models] for change in done], [["tiny-bert"]])
        (ordered,) = self.changes(first, "appliance/decrees-embedder-next")
        self.assertEqual([model.name for model in ordered.models], ["tiny-bert"])
        self.assertIn("Erschlossen mit tiny-bert", self.console())
        refused = self.appliance.command("models", "remove", "tiny-bert", check=False)
        self.assertIn("decrees.embedder", refused.stderr)
        # It holds over a restart, also one without order.
        self.appliance.kill()
        self.restart()
        self.assertTrue(until(lambda: self.waiting() == 0))
        self.assertEqual(self.search(), ["tiny-bert"])
        # A model of the same name with other prefixes is another model: exchanged as well.
        before = self.models()["tiny-bert"]
        folder = self.appliance.folder / "tiny-bert"
        said = self.appliance.command("models", "add", folder, "--replace", "--query-prefix", "Frage: ").stdout
        self.assertIn("embeds tiny-bert", said)
        after = self.models()["tiny-bert"]
        self.assertNotEqual(after, before)
        self.assertTrue(until(lambda: self.waiting() == 0, seconds=60))
        self.assertEqual(self.search(), ["tiny-bert"])

    def test_a_start_without_the_embedder_says_what_is_wrong(self):
        self.appliance.stop()
        self.configure("not-there")
        with self.assertRaises(AssertionError) as caught:
            self.appliance.start()
        self.assertIn("decrees.embedder", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
