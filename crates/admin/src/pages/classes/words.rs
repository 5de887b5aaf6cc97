//! What the pages of the office's own classes say, in both languages.

use documents::own::{Action, History, HistoryError, OwnError, Reason, State};

use crate::classes::Failure;
use crate::language::Language;

pub(super) fn standing(language: Language, history: &History) -> String {
    let version = language.pick("Fassung", "version");
    match history.state() {
        State::Draft => language.pick("Entwurf", "draft").to_owned(),
        State::Live { version: number } => {
            format!("{}, {version} {number}", language.pick("in Kraft", "in force"))
        }
        State::Off => language.pick("außer Kraft", "out of force").to_owned(),
    }
}

pub(super) fn action(language: Language, action: Action) -> &'static str {
    match action {
        Action::Save => language.pick("gespeichert", "saved"),
        Action::Enable => language.pick("in Kraft gesetzt", "put in force"),
        Action::Disable => language.pick("außer Kraft gesetzt", "taken out of force"),
        Action::RollBack => language.pick("zurückgeholt", "rolled back to"),
    }
}

pub(super) fn reason(language: Language, reason: Reason) -> &'static str {
    match reason {
        Reason::NewPaper => language.pick("neue Art von Papier", "a new kind of paper"),
        Reason::Improved => {
            language.pick("bessere Beispiele oder Wörter", "better samples or words")
        }
        Reason::Mistakes => language.pick("hat Papiere verwechselt", "mistook papers"),
        Reason::NotNeeded => language.pick("nicht mehr gebraucht", "no longer needed"),
        Reason::Other => language.pick("siehe Bemerkung", "see the note"),
    }
}

/// What went wrong and what to do about it.
pub(super) fn failure(language: Language, failure: &Failure) -> String {
    let german = language == Language::German;
    match failure {
        Failure::Class(error) => class(language, error),
        Failure::Change(error) => change(language, error).to_owned(),
        Failure::File { number, source } if german => {
            format!("Beispiel {number}: {}", source.message("de"))
        }
        Failure::File { number, source } => format!("Sample {number}: {}", source.message("en")),
        Failure::Store(_) => language
            .pick(
                "Die Ablage der Dokumentarten lässt das nicht zu. Die Ursache steht im Systemprotokoll.",
                "The files of the classes do not allow it. The system log has the cause.",
            )
            .to_owned(),
    }
}

fn change(language: Language, error: &HistoryError) -> &'static str {
    match error {
        HistoryError::Version { .. } => {
            language.pick("Diese Fassung gibt es nicht.", "There is no such version.")
        }
        HistoryError::Nothing => language.pick("Das ist schon so.", "It is so already."),
        HistoryError::NoEarlier => language.pick(
            "Es war nie eine frühere Fassung in Kraft.",
            "No earlier version was ever in force.",
        ),
        HistoryError::Full => language.pick(
            "Diese Dokumentart hat die Höchstzahl an Fassungen.",
            "This class has as many versions as it may have.",
        ),
        HistoryError::Note => language.pick("Die Bemerkung ist zu lang.", "The note is too long."),
    }
}

fn class(language: Language, error: &OwnError) -> String {
    let german = language == Language::German;
    match error {
        OwnError::Samples { count } if german => {
            format!("{count} Beispiele gegeben; eine Dokumentart braucht 3 bis 20.")
        }
        OwnError::Samples { count } => format!("{count} samples given; a class needs 3 to 20."),
        OwnError::Unlike { number } if german => format!(
            "Beispiel {number} hat keine lesbaren Wörter mit den anderen gemeinsam; bitte ein anderes nehmen."
        ),
        OwnError::Unlike { number } => {
            format!("Sample {number} has no readable words in common with the others; take another one.")
        }
        OwnError::Id { .. } => language
            .pick(
                "Die Kennung braucht 3 bis 80 Kleinbuchstaben, Ziffern oder _, zuerst einen Buchstaben.",
                "The id needs 3 to 80 lower-case letters, digits or _, a letter first.",
            )
            .to_owned(),
        OwnError::Taken { .. } => language
            .pick(
                "Diese Kennung hat schon eine mitgelieferte Dokumentart; bitte eine andere wählen.",
                "A shipped class has this id; choose another one.",
            )
            .to_owned(),
        OwnError::Length { most, .. } if german => {
            format!("Name, Überschriften und Wörter brauchen je 1 bis {most} Zeichen.")
        }
        OwnError::TooMany { most, .. } if german => format!("Mehr als {most} sind nicht möglich."),
        OwnError::Classify(_) => language
            .pick(
                "Das Rechnen ist gerade nicht möglich (außer Betrieb oder überlastet); bitte später noch einmal.",
                "Inference is not possible at present (out of service or overloaded); try again later.",
            )
            .to_owned(),
        OwnError::Length { .. }
        | OwnError::TooMany { .. }
        | OwnError::Format(_)
        | OwnError::Content { .. }
        | OwnError::Unknown { .. }
        | OwnError::Knowledge(_) => {
            let lead = language.pick("Das ging nicht", "Failed to");
            format!("{lead}: {error}")
        }
    }
}
