"""The demo as a new user meets it: what it prints can be pasted."""
import re
import shlex
import signal
import subprocess
import threading
import time
import unittest

from support.appliance import Department, records
from support.environment import Environment, contract
from tests.test_console import Browser

READY = "Beenden mit Strg-C."


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Environment.folder / "demo"
        cls.folder.mkdir()
        cls.data = cls.folder / "data"
        cls.process = None
        cls.addClassCleanup(cls.stop)
        cls.printed = cls.start()

    @classmethod
    def start(cls):
        """Runs the demo until it says how to end it; returns what it printed."""
        words = [Environment.binary, "demo", "--data", "data", "--grpc", "127.0.0.1:0", "--console", "127.0.0.1:0"]
        cls.log = open(cls.folder / "stderr.log", "ab")
        cls.process = subprocess.Popen(words, cwd=cls.folder, stdout=subprocess.PIPE, stderr=cls.log, text=True, encoding="utf-8")
        lines, ready = [], threading.Event()

        def read():
            for line in cls.process.stdout:
                lines.append(line)
                if READY in line:
                    ready.set()
            ready.set()

        threading.Thread(target=read, daemon=True).start()
        if not ready.wait(120) or cls.process.poll() is not None:
            cls.stop()
            raise AssertionError("the demo did not start:\n" + "".join(lines) + (cls.folder / "stderr.log").read_text())
        return "".join(lines)

    @classmethod
    def stop(cls):
        """As Ctrl-C does; returns the exit status."""
        if cls.process.poll() is None:
            cls.process.send_signal(signal.SIGINT)
            try:
                cls.process.wait(40)
            except subprocess.TimeoutExpired:
                cls.process.kill()
                cls.process.wait(10)
        cls.process.stdout.close()
        cls.log.close()
        return cls.process.returncode

    def as_department(self, name):
        port = re.search(r"gRPC, mTLS\s+localhost:(\d+)", self.printed)[1]
        return Department(name, self.data / "identities" / name, f"localhost:{port}")

    def test_1_the_three_things_to_try_can_be_pasted(self):
        commands = [line.strip() for line in self.printed.splitlines() if re.match(r"\s+\S*amtshilfe\S* --data ", line)]
        self.assertEqual(len(commands), 3, self.printed)
        outputs = []
        for command in commands:
            done = subprocess.run(shlex.split(command), cwd=self.folder, capture_output=True, text=True, timeout=120, check=False)
            self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
            outputs.append(done.stdout)
        classified, checked, found = outputs
        self.assertRegex(classified, r"\d+ ?%|0\.\d")
        self.assertTrue(checked.strip())
        subject = max(re.findall(r"\w+", shlex.split(commands[2])[-1]), key=len)
        self.assertIn(subject, found)

    def test_2_the_printed_link_signs_in_once(self):
        address, word = re.search(r"https://(\S+)/sign-in\?word=(\w+)", self.printed).groups()
        browser = Browser(address, self.data / "tls" / "ca.pem")
        self.assertEqual(browser.get(f"/sign-in?word={word}").status, 200)
        self.assertEqual(browser.post("/sign-in", word=word).status, 303)
        self.assertEqual(browser.get("/audit").status, 200)
        self.assertEqual(browser.post("/sign-in", word=word).status, 403)

    def test_3_everyone_of_the_cast_is_there(self):
        for name in ("auslaenderamt", "buergerbuero", "erlasse", "verwaltung", "revision"):
            department = self.as_department(name)
            models = department.inference.ListModels(contract().inference.ListModelsRequest(), timeout=10).models
            self.assertTrue(models, name)
            department.close()
        auditor = self.as_department("revision")
        self.assertTrue(records(auditor, department="erlasse", method="amtshilfe.v1.DecreeService/ImportDecrees"))
        auditor.close()

    def test_4_the_other_commands_of_the_line(self):
        for words in (["doctor"], ["models", "list"], ["models", "verify"], ["department", "list"], ["audit", "verify"],
                      ["audit", "checkpoint"], ["sign-in"]):
            with self.subTest(" ".join(words)):
                done = subprocess.run([Environment.binary, *words, "--data", self.data], capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertTrue(done.stdout.strip())

    def test_5_it_goes_on_with_the_same_data(self):
        department = self.as_department("auslaenderamt")
        ask = contract().decrees.GetCorpusRequest()
        before = department.decrees.GetCorpus(ask, timeout=10)
        department.close()
        began = time.monotonic()
        self.assertEqual(self.stop(), 0)
        self.assertLess(time.monotonic() - began, 30)
        type(self).printed = self.start()
        department = self.as_department("auslaenderamt")
        after = department.decrees.GetCorpus(ask, timeout=10)
        department.close()
        self.assertEqual((before.decrees, before.versions, before.passages), (after.decrees, after.versions, after.passages))
