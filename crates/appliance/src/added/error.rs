//! Why a model is not added, in the words of the command line.

use std::io;
use std::path::PathBuf;

/// Why a model is not added or removed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read or written; the cause names it.
    #[error("Datei nicht lesbar oder nicht schreibbar / a file cannot be read or written")]
    File(#[from] io::Error),
    /// Neither a folder nor an archive.
    #[error(
        "{path} ist weder ein Ordner noch .zip, .tar, .tar.gz / is neither a folder nor an archive"
    )]
    Source {
        /// What was given.
        path: PathBuf,
    },
    /// A network for reading scans is another than the one known.
    #[error(
        "die Netze für Scans sind nicht die bekannten (rapidocr 3.10.0) / the networks for scans are others \
         than those known"
    )]
    Networks(#[from] reading::NetworksError),
    /// The archive is damaged, encrypted, or packed by a method that is not read.
    #[error("das Archiv {path} lässt sich nicht lesen / the archive cannot be read")]
    Archive {
        /// The archive.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An entry that would leave the folder, or is no plain file.
    #[error("{entry} wird nicht angenommen: {what_german} / is not taken: {what}")]
    Entry {
        /// The entry.
        entry: String,
        /// What is wrong with it, in German.
        what_german: &'static str,
        /// Likewise in English.
        what: &'static str,
    },
    /// More than may be in an archive.
    #[error("mehr als {allowed} {what}; ein Modell hat weniger / more than {allowed} {what}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// The limit.
        allowed: u64,
    },
    /// Two models in one folder or archive.
    #[error(
        "mehrere Modelle: {one} und {other}; bitte einzeln / several models; one at a time please"
    )]
    Several {
        /// One of them.
        one: String,
        /// Another.
        other: String,
    },
    /// A file that every model needs.
    #[error("es fehlt {file}: {hint}")]
    Missing {
        /// Which.
        file: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// Something that is not as Hugging Face lays it out, or that no backend computes.
    #[error(
        "{file}: {key} ist {actual}, möglich ist {expected} / is {actual}, possible is {expected}"
    )]
    Unfit {
        /// Where.
        file: String,
        /// What.
        key: String,
        /// Its value.
        actual: String,
        /// What would do.
        expected: String,
    },
    /// Not JSON of the expected shape.
    #[error("{file} ist nicht zu verstehen / cannot be understood")]
    Json {
        /// The file.
        file: String,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// The manifest is not to be understood.
    #[error("manifest.toml ist nicht zu verstehen / cannot be understood")]
    Toml {
        /// The cause.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A flag that a manifest rules out.
    #[error(
        "{flag} geht nicht: das Modell bringt ein manifest.toml mit, das gilt / not possible: the model \
         brings a manifest.toml, which holds"
    )]
    Fixed {
        /// The flag.
        flag: &'static str,
    },
    /// Nobody says under which licence it may be used.
    #[error(
        "die Lizenz steht nicht im README.md; bitte nachsehen und mit --licence angeben, zum Beispiel \
         --licence MIT / no licence in README.md; look it up and give it by --licence"
    )]
    Licence,
    /// Not a name.
    #[error(
        "{name:?} taugt nicht als Name: Buchstaben, Ziffern, - _ . ohne Umlaute, höchstens 64; mit --name \
         einen anderen geben / no name: letters, digits, - _ ., at most 64; give one by --name"
    )]
    Name {
        /// What was given.
        name: String,
    },
    /// A prefix, licence or description that is too long.
    #[error(
        "{begin:?}… ist zu lang oder hat Steuerzeichen: höchstens {characters_max} Zeichen / is too long"
    )]
    Text {
        /// Its first characters.
        begin: String,
        /// The limit.
        characters_max: usize,
    },
    /// A name that is taken.
    #[error(
        "ein Modell {name} gibt es schon; mit --replace ersetzen oder mit --name anders nennen / there is \
         a model {name}; replace it by --replace or name this one by --name"
    )]
    Taken {
        /// The name.
        name: String,
    },
    /// A name of a model that the binary carries.
    #[error("{name} ist im Programm enthalten und bleibt / is part of the program and stays")]
    Shipped {
        /// The name.
        name: String,
    },
    /// The model that the decrees are embedded with.
    #[error(
        "mit {name} sind die Erlasse erschlossen: erst decrees.embedder in config.toml ändern und amtshilfe \
         models reload / the decrees are embedded with it: change decrees.embedder and reload first"
    )]
    InUse {
        /// The name.
        name: String,
    },
    /// No added model of this name.
    #[error("ein hinzugefügtes Modell {name} gibt es nicht / there is no added model {name}")]
    Unknown {
        /// The name.
        name: String,
    },
    /// Somebody else adds or removes a model.
    #[error(
        "in {folder} wird gerade ein Modell hinzugefügt oder entfernt / a model is being added or removed"
    )]
    Busy {
        /// The folder of models.
        folder: PathBuf,
    },
    /// The manifest's files are not what it says.
    #[error(
        "die Prüfsummen stimmen nicht oder das Manifest taugt nicht / the manifest does not hold"
    )]
    Manifest(#[from] inference::manifest::Error),
    /// The model cannot be loaded.
    #[error("das Modell lässt sich nicht laden / the model cannot be loaded")]
    Load(#[from] inference_candle::Error),
    /// The model does not compute.
    #[error("die Probe ist misslungen / the trial failed")]
    Trial(#[from] inference::Error),
    /// The model answers the same whatever it is asked.
    #[error(
        "{model} antwortet auf verschiedene Texte dasselbe / answers the same to different texts"
    )]
    Mute {
        /// Its name.
        model: String,
    },
}
