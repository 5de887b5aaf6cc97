//! Classes of an office's own: the papers they are compared with, and how well they do.
//!
//! `texts/own.txt` holds papers of one town hall that the taxonomy does not know. Each kind is made a class from a few
//! samples, as an office would, and judged by cues, classifier and samples together.

use crate::chance::Chance;
use crate::corpus;
use crate::grammar::{self, Family};
use crate::measure::Judge;
use anyhow::{Context as _, Result};
use documents::own::{Definition, OwnClass};
use documents::paper::Paper;
use documents::{Config, Documents, Knowledge, Title, judge};
use inference::Lane;
use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

const OWN: &str = include_str!("../texts/own.txt");
const OFFICE_FORMS: &str = include_str!("../texts/office_forms.txt");
/// Class of papers in `own.txt` that are of none of its kinds.
const NEIGHBOUR: &str = "neighbour";
/// Texts of each shipped class in the background: every other one is compared with, the rest is for previews.
const PER_CLASS: usize = 4;
/// Characters of a text of the background: a page says what it is near its beginning.
const CHARACTERS_MAX: usize = 1_200;
/// Papers of each layout that are judged.
const TRIALS: usize = 20;
/// Numbers of samples that are tried.
const SIZES: [usize; 4] = [3, 5, 10, 20];

/// Writes the background: invented papers of every shipped class and of offices in general.
///
/// # Errors
/// When the file cannot be written.
pub fn background(seed: u64, out: &Path) -> Result<()> {
    let mut text = String::new();
    let mut by_class: BTreeMap<String, Vec<Family>> = BTreeMap::new();
    let strangers = grammar::parse(OFFICE_FORMS);
    for family in corpus::families().into_iter().chain(strangers) {
        by_class.entry(family.class.clone()).or_default().push(family);
    }
    for (class, families) in &by_class {
        let mut chance = Chance::new(seed).fork(&format!("background {class}"));
        let count = if class == "unknown_other" { 2 * families.len() } else { PER_CLASS };
        for number in 0..count {
            let at = if class == "unknown_other" { number / 2 } else { number % families.len() };
            let family = families.get(at).context("find a family of wordings")?;
            let drawn = corpus::paper(family, &mut chance);
            let drawn: String = drawn.chars().take(CHARACTERS_MAX).collect();
            text.push_str(&format!("=== {class}\n{}\n", drawn.trim()));
        }
    }
    fs_err::write(out, text)?;
    Ok(())
}

/// What became of the papers that were judged.
#[derive(Default)]
struct Tally {
    papers: usize,
    hits: usize,
}

impl Tally {
    fn count(&mut self, hit: bool) {
        self.papers += 1;
        self.hits += usize::from(hit);
    }

    fn share(&self) -> f32 {
        crate::train::to_f32(self.hits) / crate::train::to_f32(self.papers.max(1))
    }
}

/// Makes each kind of paper a class from 3, 5, 10 and 20 samples and tells `say` what it does.
///
/// # Errors
/// When the model folder or a class cannot be read.
pub fn measure(model: &Path, say: &mut dyn FnMut(&str)) -> Result<()> {
    let judge = Judge::read(model)?;
    let families = grammar::parse(OWN);
    let mut kinds: Vec<&str> = families.iter().map(|family| family.class.as_str()).collect();
    kinds.dedup();
    kinds.retain(|kind| *kind != NEIGHBOUR);
    let trial = Trial { judge: &judge, families: &families };
    say(
        "samples  layout, clean  layout  other wording  with a heading  same town  shipped, strangers  left out",
    );
    for size in SIZES {
        let mut total: [Tally; 7] = Default::default();
        for kind in &kinds {
            trial.kind(kind, size, &mut total)?;
        }
        let [clean, known, other, headed, town, shipped, left_out] =
            total.map(|tally| tally.share());
        say(&format!(
            "{size:7}  {clean:13.3}  {known:6.3}  {other:13.3}  {headed:14.3}  {town:9.3}  {shipped:18.3}  \
             {left_out:8.3}"
        ));
    }
    Ok(())
}

struct Trial<'a> {
    judge: &'a Judge,
    families: &'a [Family],
}

impl Trial<'_> {
    fn kind(&self, kind: &str, size: usize, total: &mut [Tally; 7]) -> Result<()> {
        let [clean, known, other, headed, town, shipped, left_out] = total;
        let own: Vec<&Family> = self.families.iter().filter(|one| one.class == kind).collect();
        let mut chance = Chance::new(1).fork(&format!("samples {kind} {size}"));
        // Two thirds on the form, one third over the counter's own screen.
        let samples: Vec<Paper> = (0..size)
            .filter_map(|number| own.get(usize::from(number % 3 == 2)))
            .map(|family| Paper::of_text(&corpus::paper(family, &mut chance)))
            .collect();
        let plain = self.class(kind, &[], &samples)?;
        let heading = headings(kind);
        let helped = self.class(kind, heading, &samples)?;
        let preview = now(plain.preview(kind, &Lane::bulk("papers")))??;
        left_out.papers += size;
        left_out.hits += preview.recognised;
        let mut chance = Chance::new(2).fork(&format!("trials {kind}"));
        for family in self.families {
            for _ in 0..TRIALS {
                let text = corpus::paper(family, &mut chance);
                let taken = self.taken(&plain, &text) == Some(kind.to_owned());
                match (family.class == kind, family.name.as_str()) {
                    (true, "elsewhere") => {
                        other.count(taken);
                        headed.count(self.taken(&helped, &text) == Some(kind.to_owned()));
                    }
                    (true, _) => {
                        known.count(taken);
                        let text = corpus::clean_paper(family, &mut chance);
                        clean.count(self.taken(&plain, &text) == Some(kind.to_owned()));
                    }
                    (false, _) => town.count(taken),
                }
            }
        }
        for family in corpus::families() {
            let text = corpus::paper(&family, &mut chance);
            shipped.count(self.taken(&plain, &text) == Some(kind.to_owned()));
        }
        Ok(())
    }

    fn class(&self, kind: &str, headings: &[&str], samples: &[Paper]) -> Result<Documents> {
        let documents = Documents::without_engine(Knowledge::shipped()?, Config::default());
        let definition = Definition {
            id: kind.to_owned(),
            title: Title { de: kind.to_owned(), en: kind.to_owned() },
            description: String::new(),
            headings: headings.iter().map(|heading| (*heading).to_owned()).collect(),
            phrases: Vec::new(),
        };
        let class: OwnClass = now(documents.describe(definition, samples, &Lane::bulk("papers")))??;
        Ok(documents.with_knowledge(Knowledge::with_own(&[class])?))
    }

    /// What the appliance would take a text for, if it commits itself.
    fn taken(&self, documents: &Documents, text: &str) -> Option<String> {
        let knowledge = documents.knowledge();
        let mut model = vec![None; knowledge.classes().len()];
        for (label, score) in self.judge.scores(text) {
            if let Some(slot) = knowledge.position(label).and_then(|class| model.get_mut(class)) {
                *slot = Some(score);
            }
        }
        let calibration = knowledge.calibration();
        let paper = Paper::of_text(text);
        let scores = documents.scores(&paper, &model, calibration.model_temperature);
        let judged = judge(knowledge, &scores, calibration);
        let (class, probability) = judged.classes.first()?;
        let sure = *probability >= Config::default().probability_min;
        let class = knowledge.classes().get(*class).filter(|_| sure)?;
        Some(class.id.clone())
    }
}

/// What an office would give as headings of a paper.
fn headings(kind: &str) -> &'static [&'static str] {
    match kind {
        "dog_tax_registration" => &["Anmeldung zur Hundesteuer", "Haltung eines Hundes"],
        "special_use_permit" => &["Sondernutzung", "Verkehrsgrund"],
        "childcare_registration" => &["Kita-Anmeldung", "Aufnahmeantrag Kindergarten"],
        "housing_benefit_application" => &["Antrag auf Wohngeld", "Mietzuschuss"],
        "resident_parking_permit" => &["Bewohnerparkausweis", "Parkausweis für Anwohner"],
        "tree_felling_request" => &["Fällung geschützter Bäume", "Beseitigung von Gehölzen"],
        _ => &[],
    }
}

/// Without an engine nothing waits, so one poll finishes.
fn now<T>(future: impl Future<Output = T>) -> Result<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => anyhow::bail!("nothing to wait for"),
    }
}
