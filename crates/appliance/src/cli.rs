//! The command line: German first, English beside it, with examples that can be pasted.

pub(crate) mod classes;
pub(crate) mod evaluate;
pub(crate) mod fairness;
mod models;

use std::net::SocketAddr;
use std::path::PathBuf;

use access::Role;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use models::{AddModel, Models};

const EXAMPLES: &str = "\
Beispiele / examples:
  amtshilfe demo                                  Vorführung mit Beispieldaten / demo with sample data
  amtshilfe search \"Nachweis Lebensunterhalt\"     in den Erlassen suchen / search the decrees
  amtshilfe department add standesamt --out ./standesamt
  amtshilfe serve --data /var/lib/amtshilfe       im Betrieb / in production

Umgebung / environment: AMTSHILFE_DATA, AMTSHILFE_CONFIG, AMTSHILFE_LOG (z. B. / e.g. info,api=debug)";

/// Amtshilfe: liest für die Ämter. One machine in the town hall that reads for every department.
#[derive(Debug, Parser)]
#[command(name = "amtshilfe", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// Konfiguration (TOML) statt DATA/config.toml / configuration file.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Datenordner / data folder; ohne Angabe / default: /var/lib/amtshilfe, demo: ./data/demo.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Das Gerät betreiben / run the appliance.
    Serve(Listen),
    /// Vorführung mit eigener CA, Ämtern und Beispieldaten / demo with its own CA and sample data.
    #[command(after_help = "Nur auf diesem Rechner erreichbar; Strg-C beendet.\n\
        Reachable from this machine only; Ctrl-C stops it. Start it again to go on with the same data.")]
    Demo(Listen),
    /// Ämter und ihre Zertifikate / departments and their certificates.
    #[command(subcommand)]
    Department(Department),
    /// Erlasse, Verwaltungsvorschriften, Gesetze / decrees, regulations, laws.
    #[command(subcommand)]
    Decrees(Decrees),
    /// Das Protokoll prüfen und mitnehmen / verify and take along the audit log.
    #[command(subcommand)]
    Audit(Audit),
    /// Modelle / models.
    #[command(subcommand)]
    Models(Models),
    /// Eigene Dokumentarten aus Beispielen / classes of the office's own, from samples.
    #[command(subcommand, after_help = classes::LESSON)]
    Classes(classes::Classes),
    /// Rechnen aus- und einschalten / take inference out of service and back.
    #[command(subcommand)]
    Inference(Inference),
    /// Sagt, was eine Datei ist / says what a paper is.
    #[command(
        after_help = "Beispiel / example:\n  amtshilfe classify reisepass.pdf mietvertrag.docx"
    )]
    Classify(Classify),
    /// Prüft einen Antrag auf Vollständigkeit und Stimmigkeit / checks an application.
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Check),
    /// Misst das Gerät an eigenen, sortierten Papieren / measures the appliance on labelled papers.
    #[command(after_help = evaluate::LESSON)]
    Evaluate(evaluate::Evaluate),
    /// Misst, ob Merkmale einer Person Hinweise ändern / measures whether traits of a person change hints.
    #[command(after_help = fairness::LESSON)]
    Fairness(fairness::Fairness),
    /// Sucht in den Erlassen / searches the decrees.
    #[command(after_help = "Beispiele / examples:\n  \
        amtshilfe search \"Wann ist der Lebensunterhalt gesichert?\"\n  \
        amtshilfe search --as-of 2023-11-17 \"§ 18b AufenthG\"")]
    Search(Search),
    /// Ein neuer einmaliger Anmeldelink der Konsole / a new one-time sign-in link of the console.
    SignIn {
        /// Was zu sehen ist / what may be seen: administrator, auditor.
        #[arg(long = "role", value_name = "ROLE", value_parser = role,
              default_values = ["administrator", "auditor"])]
        roles: Vec<Role>,
    },
    /// Sieht nach, ob alles stimmt / looks whether all is well.
    Doctor,
    /// Sicherung / backup.
    Backup,
    /// Liest eine Datei, vom Gerät selbst gerufen / reads one file, called by the appliance itself.
    #[command(name = "read-one", hide = true)]
    ReadOne,
}

const CHECK_EXAMPLES: &str = "\
Beispiele / examples:
  amtshilfe check ordner-mit-case.json/
  amtshilfe check --type settlement_permit --form last_name=Beispiel pass.pdf mietvertrag.pdf";

#[derive(Args, Clone, Debug)]
pub(crate) struct Listen {
    /// gRPC für die Ämter / for departments.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) grpc: Option<SocketAddr>,
    /// Konsole und /metrics / console and /metrics.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) console: Option<SocketAddr>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Department {
    /// Stellt einem Amt ein Zertifikat aus, auch im laufenden Betrieb / issues a certificate, also
    /// while the appliance runs.
    #[command(after_help = "Schreibt / writes: DIR/ca.pem, DIR/cert.pem, DIR/key.pem\n\n\
        Rollen / roles:\n  \
        client          Papiere, Suche, Modelle / papers, search, models\n  \
        corpus_editor   Erlasse einspielen / import decrees\n  \
        administrator   Betrieb / operation\n  \
        auditor         Protokoll / audit log\n\n\
        Beispiel / example:\n  \
        amtshilfe department add standesamt --role client --out ./standesamt")]
    Add {
        /// Kleinbuchstaben, Ziffern, - und _ / lower-case letters, digits, - and _.
        name: String,
        /// Rolle, mehrfach möglich / role, may be given several times.
        #[arg(long = "role", value_name = "ROLE", default_value = "client", value_parser = role)]
        roles: Vec<Role>,
        /// Ordner für Zertifikat und Schlüssel / folder for certificate and key.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Ein vorhandenes Zertifikat ersetzen / replace a certificate that is there.
        #[arg(long)]
        replace: bool,
    },
    /// Die Ämter der Richtlinie / the departments of the policy.
    List,
}

fn role(text: &str) -> Result<Role, access::UnknownName> {
    text.parse()
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Call {
    /// Ordner mit ca.pem, cert.pem, key.pem; ohne Angabe die der Vorführung / default: the demo's.
    #[arg(long, value_name = "DIR")]
    pub(crate) identity: Option<PathBuf>,
    /// Das Gerät; ohne Angabe das auf dem Datenordner laufende / default: the one on the data folder.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) server: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Decrees {
    /// Spielt PDF, DOCX, ODT, HTML, RTF, TXT, EML, ZIP und Gesetze (XML, JSONL) ein / imports decrees and
    /// laws.
    #[command(after_help = "Abgebrochen? Einfach noch einmal: Vorhandenes bleibt unverändert.\n\
        Broken off? Just run it again: what is held already is left as it is.\n\n\
        Beispiele / examples:\n  \
        amtshilfe decrees import ./erlasse\n  \
        amtshilfe decrees import laws_current.jsonl.gz")]
    Import {
        /// Dateien und Ordner / files and folders.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        call: Call,
    },
    /// Berichtigt Angaben einer Fassung / corrects what is known of a version.
    #[command(
        after_help = "Nur genannte Angaben ändern sich; \"\" leert eine. Das Eingespielte bleibt im Bestand.\n\
        Only what is named changes; \"\" empties it. What was imported stays in the corpus.\n\n\
        Beispiele / examples:\n  \
        amtshilfe decrees correct erlass-7 --valid-to 2026-12-31\n  \
        amtshilfe decrees correct erlass-8 --issuer \"Stadt Musterstadt\" --replaces erlass-7"
    )]
    Correct(Box<Correct>),
    /// Was aus dem beobachteten Ordner wurde / what became of the watched folder.
    Watched {
        /// Auch, was angenommen wurde / also what was taken.
        #[arg(long)]
        all: bool,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Correct {
    /// Kennung des Erlasses / id of the decree.
    #[arg(value_name = "ID")]
    pub(crate) decree_id: String,
    /// Kennung der Fassung; ohne Angabe die geltende / version; default: the one in force.
    #[arg(long, value_name = "VERSION")]
    pub(crate) version_id: Option<String>,
    /// Titel / title.
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Art / kind: `decree`, `administrative_regulation`, `law`, `ordinance`, `guidance`.
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Herausgeber / issuer.
    #[arg(long)]
    pub(crate) issuer: Option<String>,
    /// Aktenzeichen / file number.
    #[arg(long)]
    pub(crate) file_number: Option<String>,
    /// Tag des Erlasses / day of issue.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) issued_on: Option<String>,
    /// Erster Tag der Gültigkeit / first day in force.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) valid_from: Option<String>,
    /// Letzter Tag der Gültigkeit / last day in force.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) valid_to: Option<String>,
    /// Ersetzter Erlass, mehrfach möglich / replaced decree, may be given several times.
    #[arg(long, value_name = "ID")]
    pub(crate) replaces: Option<Vec<String>>,
    #[command(flatten)]
    pub(crate) call: Call,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Prüft das Protokoll ohne das Gerät / verifies the log without the appliance.
    Verify {
        /// Prüfschlüssel aus früherer Zeit / a verifier key kept from earlier.
        #[arg(long, value_name = "FILE")]
        verifier_key: Option<PathBuf>,
        /// Ein früherer Prüfpunkt: alles von damals muss noch da sein / an earlier checkpoint.
        #[arg(long, value_name = "FILE")]
        since: Option<PathBuf>,
    },
    /// Der unterschriebene Prüfpunkt zum Mitnehmen / the signed checkpoint to take along.
    Checkpoint {
        /// Nur den Prüfpunkt / nothing but the checkpoint.
        #[arg(long)]
        raw: bool,
        #[command(flatten)]
        call: Call,
    },
    /// Alle Einträge, eine Zeile JSON je Eintrag / all records, one line of JSON each.
    Export {
        /// Datei statt Ausgabe / file instead of standard output.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Stattdessen: prüft das Protokoll auf dem Datenträger und schreibt es als C2SP-Kacheln in einen leeren
        /// Ordner, für fremde Prüfprogramme; ohne Gerät und Netz / instead: verifies the log on the disk and
        /// writes it as C2SP tlog-tiles into an empty folder, for other people's verifiers.
        #[arg(long, value_name = "FOLDER", conflicts_with = "out")]
        tiles: Option<PathBuf>,
        #[command(flatten)]
        call: Call,
    },
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum Inference {
    /// Sofort außer Betrieb, auch nach einem Neustart; wird protokolliert / out of service at once,
    /// also after a restart; recorded.
    Stop,
    /// Wieder in Betrieb / back into service.
    Resume,
    /// Zeigt, was gilt / shows what holds.
    Status,
}

/// Rechtsgrundlage / legal footing.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ModeName {
    /// Für das Amt / for the office.
    Office,
    /// Für Antragstellende, mit Einwilligung / for applicants, with consent.
    Applicant,
}

#[derive(Args, Debug)]
pub(crate) struct Classify {
    /// PDF, DOCX, Bild, Text / PDF, DOCX, image, text.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Rechtsgrundlage / legal footing.
    #[arg(long, value_enum, default_value = "office")]
    pub(crate) mode: ModeName,
    #[command(flatten)]
    pub(crate) call: Call,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// Papiere, oder ein Ordner mit case.json / papers, or a folder with case.json.
    #[arg(required = true, value_name = "FILE|CASE")]
    pub(crate) files: Vec<PathBuf>,
    /// Art des Antrags; ohne Angabe ein Vorschlag / application type; proposed where left out.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) application_type: Option<String>,
    /// Feld des Formulars / form field.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair)]
    pub(crate) form: Vec<(String, String)>,
    /// Bekannte Bedingung / known condition.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) fact: Vec<(String, String)>,
    /// Kennung des Falls / case id.
    #[arg(long, value_name = "ID")]
    pub(crate) case_id: Option<String>,
    /// Sprache der Hinweise / language of the hints.
    #[arg(long, value_name = "de|en")]
    pub(crate) language: Option<String>,
    /// Rechtsgrundlage / legal footing.
    #[arg(long, value_enum, default_value = "office")]
    pub(crate) mode: ModeName,
    #[command(flatten)]
    pub(crate) call: Call,
}

#[derive(Args, Debug)]
pub(crate) struct Search {
    /// Frage oder Stichwörter / question or keywords.
    #[arg(required = true, value_name = "WORDS")]
    pub(crate) words: Vec<String>,
    /// Wie viele Treffer / how many hits.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) limit: u32,
    /// Rechtsstand / as the law stood on this day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) as_of: Option<String>,
    #[command(flatten)]
    pub(crate) call: Call,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err("NAME=VALUE".to_owned()),
    }
}
