//! `models` on the command line.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use inference::Task;
use inference::manifest::Compute;

#[derive(Debug, Subcommand)]
pub(crate) enum Models {
    /// Zeigt die Modelle / lists the models.
    List,
    /// Rechnet die Prüfsummen nach / verifies the digests.
    Verify,
    /// Prüft und installiert ein mitgebrachtes Modell / checks and installs a model carried in.
    #[command(after_help = ADD_EXAMPLES)]
    Add(AddModel),
    /// Entfernt ein hinzugefügtes Modell / removes a model that was added.
    Remove {
        /// Name des Modells / the model's name.
        name: String,
        /// Einem laufenden Gerät nichts sagen / do not tell a running appliance.
        #[arg(long)]
        no_reload: bool,
    },
    /// Nimmt geänderte und neue Modelle im laufenden Betrieb auf / takes changed and new models into
    /// a running appliance.
    #[command(
        after_help = "Das alte Modell arbeitet, bis das neue seine Prüfung bestanden hat; das der Erlasse, bis \
        alle Fundstellen neu erschlossen sind.\nThe old model serves until the new one has passed its self-test; \
        that of the decrees until every passage is embedded anew."
    )]
    Reload,
}

const ADD_EXAMPLES: &str = "\
Das Gerät holt nie etwas aus dem Netz. Auf einem anderen Rechner laden, prüfen, hertragen:
The appliance never fetches anything. Download on another machine, check, carry it in:
  huggingface-cli download intfloat/multilingual-e5-base --local-dir multilingual-e5-base

Gebraucht / needed: config.json, model.safetensors, tokenizer.json; wenn vorhanden / where there are:
  modules.json, 1_Pooling/config.json, config_sentence_transformers.json, README.md (Lizenz / licence)
Netze / networks: bert, xlm-roberta, modernbert

Beispiele / examples:
  amtshilfe models add multilingual-e5-base.tar.gz
  amtshilfe models add ./bge-reranker-v2-m3 --licence Apache-2.0 --compute bf16

Scans lesen / reading scans: PP-OCRv6 aus dem Python-Paket / out of the Python package (pip download --no-deps rapidocr==3.10.0)
  amtshilfe models add rapidocr-3.10.0-py3-none-any.whl

Die Erlasse damit erschließen: in config.toml [decrees] embedder = \"multilingual-e5-base\", dann
To embed the decrees with it: set that in config.toml, then
  amtshilfe models reload";

#[derive(Args, Clone, Debug)]
pub(crate) struct AddModel {
    /// Ordner oder .zip, .tar, .tar.gz, .whl / folder or archive.
    #[arg(value_name = "FOLDER|ARCHIVE")]
    pub(crate) source: PathBuf,
    /// Name; ohne Angabe der des Ordners / name; default: the folder's.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Lizenz (SPDX); ohne Angabe aus README.md / licence; default: from README.md.
    #[arg(long, value_name = "SPDX")]
    pub(crate) licence: Option<String>,
    /// Aufgabe; ohne Angabe nach der Bauart / task; default: by the architecture.
    #[arg(long, value_enum)]
    pub(crate) task: Option<TaskName>,
    /// Vor jeder Frage / put before every question.
    #[arg(long, value_name = "TEXT")]
    pub(crate) query_prefix: Option<String>,
    /// Vor jeder Fundstelle / put before every passage.
    #[arg(long, value_name = "TEXT")]
    pub(crate) passage_prefix: Option<String>,
    /// Rechenformat / what it computes in.
    #[arg(long, value_enum)]
    pub(crate) compute: Option<ComputeName>,
    /// Ein hinzugefügtes Modell dieses Namens ersetzen / replace an added model of this name.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Einem laufenden Gerät nichts sagen / do not tell a running appliance.
    #[arg(long)]
    pub(crate) no_reload: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum TaskName {
    /// Text zu Vektor / text to vector.
    Embed,
    /// Text zu Klassen / text to labels.
    Classify,
    /// Frage und Text zu einer Zahl / question and text to a score.
    Rerank,
}

impl From<TaskName> for Task {
    fn from(name: TaskName) -> Self {
        match name {
            TaskName::Embed => Self::Embed,
            TaskName::Classify => Self::Classify,
            TaskName::Rerank => Self::Rerank,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ComputeName {
    /// Was das Gerät am besten kann / what the machine does best.
    Auto,
    /// Genau / exact.
    F32,
    /// Schnell / fast.
    Bf16,
    /// Schneller, ungenauer: erst messen / faster, less exact: measure first.
    Int8,
}

impl From<ComputeName> for Compute {
    fn from(name: ComputeName) -> Self {
        match name {
            ComputeName::Auto => Self::Auto,
            ComputeName::F32 => Self::F32,
            ComputeName::Bf16 => Self::Bf16,
            ComputeName::Int8 => Self::Int8,
        }
    }
}
