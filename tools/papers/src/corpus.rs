//! Texts of every class for training: wordings, then everything that happens to real papers.
//!
//! The product will meet papers that nobody here has seen. So nothing is kept constant: titles are
//! dropped, lines cut off, words lost, letters misread, forms left blank, and neutral lines that
//! say nothing about a class are mixed into all of them.

use crate::chance::Chance;
use crate::day::{Cents, Day};
use crate::fill::Filler;
use crate::grammar::{self, Family};
use crate::taxonomy::{self, Class};

pub(crate) mod damage;

pub(crate) use damage::misread_as;

/// A text with its class.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Class id.
    pub class: String,
    /// `class/family`: what is held back together.
    pub family: String,
    /// The text.
    pub text: String,
}

const TEXTS: [&str; 6] = [
    include_str!("../texts/identity.txt"),
    include_str!("../texts/household.txt"),
    include_str!("../texts/work.txt"),
    include_str!("../texts/study.txt"),
    include_str!("../texts/money.txt"),
    include_str!("../texts/strangers.txt"),
];
const NEUTRAL: &str = include_str!("../texts/neutral.txt");

/// All families of wordings, in the order of the files.
#[must_use]
pub fn families() -> Vec<Family> {
    TEXTS.iter().flat_map(|text| grammar::parse(text)).collect()
}

/// How many texts to draw.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    /// For each class, spread over its families.
    pub per_class: usize,
    /// For `unknown_other`, whose families differ most.
    pub strangers: usize,
    /// For each class, from the taxonomy's cues and labels alone.
    pub from_cues: usize,
    /// For each class, texts about it that are strangers: leaflets and guides.
    pub about_classes: usize,
}

/// Draws a corpus. The same seed gives the same texts.
///
/// # Errors
/// When the taxonomy cannot be read.
pub fn draw(seed: u64, amount: Amount) -> Result<Vec<Sample>, serde_yaml_ng::Error> {
    let classes = taxonomy::classes()?;
    let families = families();
    let neutral: Vec<&str> = NEUTRAL.lines().filter(|line| !line.is_empty()).collect();
    let names: Vec<String> =
        classes.iter().filter_map(|class| class.aliases.first().cloned()).collect();
    let world = Mixer { neutral, names };
    let mut samples = Vec::new();
    for family in &families {
        let siblings = families.iter().filter(|other| other.class == family.class).count().max(1);
        let wanted =
            if family.class == "unknown_other" { amount.strangers } else { amount.per_class };
        let mut chance = Chance::new(seed).fork(&format!("{}/{}", family.class, family.name));
        for _ in 0..wanted.div_ceil(siblings) {
            let mut filler = Filler::new(&mut chance);
            let lines =
                family.draw(&mut chance, &mut |key, count, chance| filler.fill(key, count, chance));
            samples.push(Sample {
                class: family.class.clone(),
                family: format!("{}/{}", family.class, family.name),
                text: world.damaged(lines, &family.class, &mut chance),
            });
        }
    }
    for class in classes.iter().filter(|class| class.tier == "core" && has_words(&class.id)) {
        let mut chance = Chance::new(seed).fork(&format!("cues {}", class.id));
        for _ in 0..amount.from_cues {
            let lines = from_cues(class, &mut chance);
            samples.push(Sample {
                class: class.id.clone(),
                family: format!("{}/cues", class.id),
                text: world.damaged(lines, &class.id, &mut chance),
            });
        }
    }
    let leaflets: Vec<&Family> =
        families.iter().filter(|f| matches!(f.name.as_str(), "leaflet" | "guide")).collect();
    for class in classes.iter().filter(|class| class.tier == "core" && has_words(&class.id)) {
        let mut chance = Chance::new(seed).fork(&format!("about {}", class.id));
        for number in 0..amount.about_classes {
            let Some(family) = leaflets.get(number % leaflets.len().max(1)) else { break };
            let lines = about(class, family, &mut chance);
            samples.push(Sample {
                class: "unknown_other".into(),
                family: format!("unknown_other/about {}", number % 3),
                text: world.damaged(lines, "unknown_other", &mut chance),
            });
        }
    }
    Ok(samples)
}

/// One paper of a family as it comes in: households differ, scanners and people do their part.
#[must_use]
pub fn paper(family: &Family, chance: &mut Chance) -> String {
    let lines = lines(family, chance);
    damage::apply(&lines, chance)
}

/// The same before anything happened to it; forms left blank are among them.
#[must_use]
pub fn clean_paper(family: &Family, chance: &mut Chance) -> String {
    lines(family, chance).join("\n")
}

fn lines(family: &Family, chance: &mut Chance) -> Vec<String> {
    let mut filler = Filler::new(chance);
    family.draw(chance, &mut |key, count, chance| filler.fill(key, count, chance))
}

/// A text about a paper, which is not the paper: leaflet, guide, news of a change.
fn about(class: &Class, family: &Family, chance: &mut Chance) -> Vec<String> {
    const FRAMES: [&str; 12] = [
        "Merkblatt: #",
        "Was ist eine #?",
        "Informationen zum Thema #",
        "Wer eine # vorlegen muss und wo Sie sie bekommen",
        "Zur Abgabe einer # ist eine Prüfung erforderlich",
        "Eine # kann nur erhalten, wer die Voraussetzungen erfüllt",
        "In vielen Fällen verlangt die Behörde eine #",
        "Für die # werden häufig Vordrucke verwendet",
        "Die # muss vor Ablauf der Frist beantragt werden",
        "So füllen Sie das Formular # richtig aus",
        "Häufige Fehler bei der #",
        "Die # ist gesetzlich geregelt und enthält folgende Angaben",
    ];
    let mut filler = Filler::new(chance);
    let mut lines = family.draw(chance, &mut |key, count, chance| filler.fill(key, count, chance));
    for _ in 0..=chance.below(4) {
        let frame = chance.pick(&FRAMES);
        let place = chance.below(lines.len() + 1);
        lines.insert(place, frame.replace('#', &chance.pick(&class.aliases)));
    }
    for cue in class.cues.iter().filter(|cue| cue.weight > 0.4) {
        if chance.with(0.08) {
            lines.push(format!("Das Feld „{}“ ist auszufüllen", cue.text));
        }
    }
    lines
}

/// Classes that are told by words at all.
fn has_words(class: &str) -> bool {
    !matches!(class, "unknown_other" | "blank_or_unreadable" | "correspondence")
}

/// A text made of the taxonomy's ingredients only: a name of the paper, cues, labels of fields.
fn from_cues(class: &Class, chance: &mut Chance) -> Vec<String> {
    let mut filler = Filler::new(chance);
    let mut lines = vec![chance.pick(&class.aliases)];
    for cue in &class.cues {
        if cue.weight > 0.4 && chance.with(0.3) {
            let context = ["name", "city", "date", "money", "authority", "birth"];
            let value = filler.fill(chance.pick(&context), 1, chance);
            lines.push(format!("{} {value}", cue.text));
        }
    }
    for field in &class.fields {
        if chance.with(0.5) {
            let key = if field.name.contains("date") || field.name.contains("valid") {
                "date"
            } else if field.name.contains("eur") {
                "money"
            } else {
                "name"
            };
            let value = filler.fill(key, 1, chance);
            lines.push(format!("{}: {value}", chance.pick(&field.labels)));
        }
    }
    if let Some((_, body)) = lines.split_first_mut() {
        chance.shuffle(body);
    }
    lines
}

/// What is mixed into the texts of all classes.
struct Mixer<'a> {
    neutral: Vec<&'a str>,
    names: Vec<String>,
}

impl Mixer<'_> {
    fn damaged(&self, mut lines: Vec<String>, class: &str, chance: &mut Chance) -> String {
        if class == "blank_or_unreadable" {
            return lines.join("\n");
        }
        if lines.len() > 4 && chance.with(0.12) {
            lines.drain(..2);
        }
        // Long papers drown their few telling words in clauses that stand on any paper.
        let clauses = if chance.with(0.15) { 10 + chance.below(40) } else { chance.below(7) };
        for _ in 0..clauses {
            let mut filler = Filler::new(chance);
            let line = self.neutral_line(&mut filler, chance);
            let position = chance.below(lines.len() + 1);
            lines.insert(position, line);
        }
        if chance.with(0.12) {
            let listed: Vec<String> =
                (0..=chance.below(4)).map(|_| chance.pick(&self.names)).collect();
            let lead =
                chance.pick(&["Anlagen:", "Bitte mitbringen:", "vgl.", "siehe", "Vorgelegt:"]);
            lines.push(format!("{lead} {}", listed.join(", ")));
        }
        damage::apply(&lines, chance)
    }

    fn neutral_line(&self, filler: &mut Filler, chance: &mut Chance) -> String {
        let line = chance.pick(&self.neutral);
        grammar::parse(&format!("@ neutral line\n{line}"))
            .first()
            .map(|family| {
                family.draw(chance, &mut |key, count, chance| filler.fill(key, count, chance))
            })
            .unwrap_or_default()
            .join(" ")
    }
}

/// An amount that could stand on any paper.
pub(crate) fn amount(chance: &mut Chance) -> Cents {
    let scale = chance.pick(&[100_i64, 1000, 10_000, 100_000]);
    Cents(chance.between(1, 95) * scale + chance.between(0, 99) * i64::from(chance.with(0.6)))
}

/// A day that could stand on any paper.
pub(crate) fn day(chance: &mut Chance) -> Day {
    Day::new(2026, 11, 1).plus(chance.between(-3000, 1200))
}

#[cfg(test)]
mod tests;
