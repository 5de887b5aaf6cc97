//! `evaluate`: the test bench.

use std::path::PathBuf;

use clap::Args;

pub(crate) const LESSON: &str = "\
Misst an eigenen, von Hand sortierten Papieren, wie gut das Gerät sie erkennt. Es braucht kein laufendes Gerät, rechnet \
mit den Modellen und eigenen Dokumentarten des Datenordners und behält nichts: kein Protokoll, keinen Fall, keinen Text.

So legt man den Ordner an, eines von beiden:
  FOLDER/passport/pass1.pdf       ein Unterordner je Dokumentart, benannt mit ihrer Kennung
  FOLDER/payslip/lohn-mai.jpg
  FOLDER/unknown_other/prospekt.pdf    was das Gerät zurückweisen soll
oder eine Tabelle FOLDER/labels.csv, auch für Dateien mit mehreren Papieren:
  Datei;Kennung;Seiten
  scan-0001.pdf;passport;1
  scan-0001.pdf;rental_contract;2-5
  pass1.pdf;passport
Aus einem ZIP-Archiv oder einer E-Mail zählt jede Datei darin als ein Papier dieser Art.
Neben einer Datei mit einem Papier darf die Wahrheit über ihre Felder liegen: pass1.truth.json mit
  {\"fields\": {\"surname\": \"Beispiel\", \"birth_date\": \"1990-05-01\"}}
Aussagekräftig wird es ab 20 Papieren je Art; darunter steht „vorläufig“ dabei.

Measures on papers sorted by hand how well the appliance recognises them, without a running appliance, and keeps \
nothing. Make one folder per class id, or a table labels.csv (file;class;pages), which can also label several papers \
of one file; each file in an archive or a mail counts as one paper. FILE.truth.json beside a file holds the truth about its fields. Fewer than 20 papers of a class are \
provisional.

Beispiele / examples:
  amtshilfe evaluate ./sortiert
  amtshilfe evaluate ./sortiert --report ./bericht --names";

#[derive(Args, Clone, Debug)]
pub(crate) struct Evaluate {
    /// Ordner mit sortierten Papieren / folder of labelled papers.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Schreibt report.html und report.json dorthin / writes report.html and report.json there.
    #[arg(long, value_name = "DIR")]
    pub(crate) report: Option<PathBuf>,
    /// Nennt verkannte Papiere beim Dateinamen / lists misread papers by the names of their files.
    #[arg(long)]
    pub(crate) names: bool,
    /// Zeigt am Bildschirm, welche Werte erwartet und welche gelesen wurden; schreibt sie nirgends hin / shows expected
    /// and read values on the screen and writes them nowhere.
    #[arg(long)]
    pub(crate) values: bool,
}
