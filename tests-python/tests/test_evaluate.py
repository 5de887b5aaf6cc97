"""The test bench of an office: labelled papers go in, figures come out, nothing is kept."""
import json
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from support.environment import Environment


class Evaluate(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.labelled = self.folder / "sortiert"
        for name in ["bank_statement.pdf", "birth_certificate.pdf", "rental_contract.docx", "registration_certificate.txt"]:
            source = Environment.samples / "papers" / name
            target = self.labelled / source.stem
            target.mkdir(parents=True)
            shutil.copy(source, target)
            shutil.copy(source.with_suffix(".truth.json"), target)

    def run_it(self, *arguments):
        command = [Environment.binary, "--data", self.folder / "data", "evaluate", self.labelled, *arguments]
        return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120)

    def test_figures_of_a_folder_and_a_report_without_contents(self):
        (self.labelled / "payslip").mkdir()
        (self.labelled / "payslip" / "kaputt.pdf").write_bytes(b"%PDF-1.7 kaputt")
        report = self.folder / "bericht"
        done = self.run_it("--report", report)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("vorläufig / provisional", done.stdout)
        self.assertIn("payslip/kaputt.pdf", done.stdout)
        figures = json.loads((report / "report.json").read_text(encoding="utf-8"))
        self.assertEqual(figures["total"]["accuracy"]["hits"], 4)
        self.assertEqual(figures["total"]["accuracy"]["of"], 4)
        self.assertEqual(figures["total"]["unreadable"], 1)
        self.assertEqual(figures["total"]["pages_exact"]["share"], 1)
        self.assertGreater(figures["total"]["fields_exact"]["of"], 15)
        self.assertGreater(figures["total"]["fields_exact"]["share"], 0.8)
        page = (report / "report.html").read_text(encoding="utf-8")
        self.assertIn("Messung an eigenen Papieren", page)
        truth = json.loads((self.labelled / "rental_contract" / "rental_contract.truth.json").read_text(encoding="utf-8"))
        for written in [page, json.dumps(figures), done.stdout]:
            self.assertNotIn(truth["fields"]["landlord"], written)
        self.assertNotIn("kaputt.pdf", page)
        kept = [path for path in (self.folder / "data").rglob("*") if path.is_file()]
        self.assertEqual(kept, [])
        done = self.run_it("--report", report, "--names")
        self.assertIn("kaputt.pdf", (report / "report.html").read_text(encoding="utf-8"))

    def test_a_wrong_label_names_the_closest(self):
        (self.labelled / "paysilp").mkdir()
        done = self.run_it()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("paysilp", done.stderr)
        self.assertIn("payslip", done.stderr)

    def test_a_table_labels_pages(self):
        table = "Datei;Kennung;Seiten\nbank_statement/bank_statement.pdf;bank_statement;1\nbirth_certificate/birth_certificate.pdf;passport;\n"
        (self.labelled / "labels.csv").write_text(table, encoding="utf-8")
        done = self.run_it()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("passport → birth_certificate", done.stdout)


if __name__ == "__main__":
    unittest.main()
