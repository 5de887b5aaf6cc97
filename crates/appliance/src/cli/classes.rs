//! `classes`: the office's own kinds of papers.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use documents::own::Reason;

pub(crate) const LESSON: &str = "\
Eine eigene Dokumentart entsteht ohne Training aus einer Beschreibung und 3 bis 20 Beispielen:
  1. add      Beispiele lesen, Fassung 1 als Entwurf speichern (von den Beispielen bleiben nur Merkmale)
  2. preview  Probe: jedes Beispiel gegen die übrigen, und Papiere aller anderen Arten dagegen
  3. enable   in Kraft setzen; ein laufendes Gerät übernimmt das binnen einer Sekunde
  4. disable, rollback  außer Kraft setzen, zur früheren Fassung zurück; die Antworten sind dann wieder genau die von damals
Von jedem Vordruck gehören mindestens zwei Beispiele hinein, von verschiedenen Personen ausgefüllt. Unter 8
Beispielen sind Antworten als vorläufig gekennzeichnet.

A class of your own needs no training: add saves a draft from 3 to 20 samples (at least two of each layout, filled in by
different people), preview tries it, enable puts it in force, disable and rollback take it back.

Beispiele / examples:
  amtshilfe classes add hundesteuer_anmeldung --title-de \"Anmeldung zur Hundesteuer\" --title-en \"Dog tax registration\" \\
      --heading \"Anmeldung zur Hundesteuer\" --phrase Chipnummer beispiele/*.pdf
  amtshilfe classes preview hundesteuer_anmeldung
  amtshilfe classes enable hundesteuer_anmeldung
  amtshilfe classes rollback hundesteuer_anmeldung --reason mistakes";

#[derive(Debug, Subcommand)]
pub(crate) enum Classes {
    /// Zeigt alle eigenen Dokumentarten / lists the office's own classes.
    List,
    /// Zeigt eine mit ihren Fassungen und Änderungen / shows one with its versions and changes.
    Show {
        /// Kennung / id.
        id: String,
    },
    /// Speichert eine Fassung aus Beispielen, zunächst als Entwurf / saves a version from samples, a draft at first.
    Add(Add),
    /// Probiert eine Fassung aus, ändert nichts / tries a version, changes nothing.
    Preview {
        #[command(flatten)]
        which: Which,
    },
    /// Setzt eine Fassung in Kraft, nach einer Probe / puts a version in force, after a trial.
    Enable {
        #[command(flatten)]
        which: Which,
        /// Auch wenn die Probe dagegen spricht / even if the trial speaks against it.
        #[arg(long)]
        anyway: bool,
        #[command(flatten)]
        why: Why,
    },
    /// Setzt eine Dokumentart außer Kraft / takes a class out of force.
    Disable {
        /// Kennung / id.
        id: String,
        #[command(flatten)]
        why: Why,
    },
    /// Setzt eine frühere Fassung wieder in Kraft / puts an earlier version back in force.
    Rollback {
        /// Kennung / id.
        id: String,
        /// Welche; ohne Angabe die vor der jetzigen / which; default: the one before the present.
        #[arg(long, value_name = "VERSION")]
        to: Option<u32>,
        #[command(flatten)]
        why: Why,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// Kennung: Kleinbuchstaben, Ziffern, _ / id: lower-case letters, digits, _.
    pub(crate) id: String,
    /// Deutscher Name; bei einer weiteren Fassung ohne Angabe der bisherige / German name.
    #[arg(long, value_name = "TEXT")]
    pub(crate) title_de: Option<String>,
    /// Englischer Name / English name.
    #[arg(long, value_name = "TEXT")]
    pub(crate) title_en: Option<String>,
    /// Was für ein Papier das ist / what kind of paper it is.
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Überschrift des Papiers, mehrfach möglich / heading of the paper, may be given several times.
    #[arg(long = "heading", value_name = "TEXT")]
    pub(crate) headings: Vec<String>,
    /// Wörter, die darauf stehen, mehrfach möglich / words on it, may be given several times.
    #[arg(long = "phrase", value_name = "TEXT")]
    pub(crate) phrases: Vec<String>,
    /// 3 bis 20 Beispiele: PDF, Bild, DOCX, Text / samples.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) samples: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) why: Why,
}

#[derive(Args, Debug)]
pub(crate) struct Which {
    /// Kennung / id.
    pub(crate) id: String,
    /// Fassung; ohne Angabe die neueste / version; default: the newest.
    #[arg(long)]
    pub(crate) version: Option<u32>,
}

#[derive(Args, Debug)]
pub(crate) struct Why {
    /// Grund fürs Protokoll / reason for the audit log: new-paper, improved, mistakes, not-needed, other.
    #[arg(long, value_name = "REASON", default_value = "new-paper", value_parser = reason)]
    pub(crate) reason: Reason,
    /// Bemerkung, bleibt auf diesem Rechner / note, stays on this machine.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) note: String,
}

fn reason(text: &str) -> Result<Reason, String> {
    Reason::of(text).ok_or_else(|| Reason::ALL.map(Reason::as_str).join(", "))
}
