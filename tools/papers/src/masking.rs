//! Measures the masking: passages that must go, put into papers from the templates, and papers that say nothing of
//! the kind, where every mask is one for nothing.
//!
//! A passage counts as masked only if every letter and digit of what is marked in it is gone.

use crate::chance::Chance;
use crate::corpus::damage;
use crate::day::Day;
use crate::facts;
use crate::layouts::LAYOUTS;
use crate::paper;
use crate::world::World;
use anyhow::{Context as _, Result};
use documents::Interval;
use reading::{Mask, Page, TextSource, to_mask};
use std::collections::BTreeMap;
use std::time::Instant;

/// Which passages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Set {
    /// With which the terms were made.
    Tuned,
    /// Looked at by nobody while the terms were made.
    Held,
}

/// Shares of letters that are misread: print, a good scan, a poor one.
const MISREAD: [f64; 3] = [0.0, 0.002, 0.01];
/// Sentences stand in a letter, whose lines have so many characters.
const LETTER_WIDTH: usize = 72;
const BEFORE: &str = "Sehr geehrte Damen und Herren, anbei sende ich Ihnen die fehlenden Unterlagen zum Antrag vom letzten Monat. ";
const BEHIND: &str =
    " Für Rückfragen erreichen Sie uns unter der oben stehenden Nummer. Mit freundlichen Grüßen";
/// What must stay whole.
const NONE: &str = "none";

/// A passage: its text, and the stretches of it that must go, in characters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Passage {
    kind: String,
    text: Vec<char>,
    marked: Vec<(usize, usize)>,
}

/// Classes of health and offences: whatever is masked on their papers is rightly masked.
const WHOLE: [&str; 2] = ["medical_certificate", "criminal_record_certificate"];

/// What came of the passages of a kind.
#[derive(Clone, Copy, Debug, Default)]
struct Score {
    hit: u32,
    all: u32,
}

/// Tells `say` the figures.
///
/// # Errors
/// When a template fails or a passage is not well marked.
pub fn measure(count: u64, set: Option<Set>, show: bool, say: &mut dyn FnMut(&str)) -> Result<()> {
    let papers = papers(count)?;
    for set in set.map_or_else(|| vec![Set::Tuned, Set::Held], |set| vec![set]) {
        of_set(set, &papers, show, say)?;
    }
    for (source, what) in [(TextSource::Digital, "printed"), (TextSource::Ocr, "recognised")] {
        let begun = Instant::now();
        for paper in &papers {
            std::hint::black_box(to_mask(&Page { source, ..Page::of_text(1, paper.clone()) }));
        }
        let rate = f64::from(narrow(papers.len())) / begun.elapsed().as_secs_f64();
        say(&format!("masking alone, {what} text: {rate:.0} pages/s on one core"));
    }
    Ok(())
}

fn of_set(set: Set, papers: &[String], show: bool, say: &mut dyn FnMut(&str)) -> Result<()> {
    let (name, list) = match set {
        Set::Tuned => ("tuned", include_str!("../masking/tuned.txt")),
        Set::Held => ("held back", include_str!("../masking/held.txt")),
    };
    let passages = passages(list)?;
    say(&format!("passages {name}:"));
    for misread in MISREAD {
        say(&format!("letters misread: {:.1} %", misread * 100.0));
        let mut missed = |line: &str| {
            if show {
                say(line);
            }
        };
        let scores = recall(&passages, papers, misread, &mut missed);
        let masks = for_nothing(papers, misread, &mut missed);
        report(&scores, say);
        let per_20 = f64::from(masks) * 20.0 / f64::from(narrow(papers.len()).max(1));
        let pages = papers.len();
        say(&format!("  masks for nothing on {pages} pages: {masks}, {per_20:.2} per 20 pages"));
    }
    Ok(())
}

/// Every passage within a page, and whether what is marked of it goes, or what must stay stays.
fn recall<'a>(
    passages: &'a [Passage],
    papers: &[String],
    misread: f64,
    missed: &mut dyn FnMut(&str),
) -> BTreeMap<&'a str, Score> {
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    let mut chance = Chance::new(7).fork("recall");
    for passage in passages {
        let read = damaged(&in_letter(passage), misread, &mut chance);
        let host = chance.pick(papers);
        let host: Vec<&str> = host.lines().collect();
        let (head, tail) = host.split_at(host.len() / 2);
        let (head, tail) = (format!("{}\n\n", head.join("\n")), format!("\n\n{}", tail.join("\n")));
        let own: String = read.text.iter().collect();
        let masks = masks(format!("{head}{own}{tail}"), misread);
        let start = head.chars().count();
        let gone = |at: &usize| {
            let at = narrow(start + at);
            masks.iter().any(|mask| (mask.start..mask.end).contains(&at))
        };
        let right = if passage.kind == NONE {
            !(0..read.text.len()).any(|at| gone(&at))
        } else {
            read.marked.iter().all(|(from, to)| {
                let letters = (*from..*to).zip(read.text.iter().skip(*from));
                letters.filter(|(_, letter)| letter.is_alphanumeric()).all(|(at, _)| gone(&at))
            })
        };
        let score = scores.entry(&passage.kind).or_default();
        score.all += 1;
        score.hit += u32::from(right);
        if !right {
            missed(&format!("  wrong, {}: {own:?}", passage.kind));
        }
    }
    scores
}

fn report(scores: &BTreeMap<&str, Score>, say: &mut dyn FnMut(&str)) {
    let mut all = Score::default();
    let mut line = |what: &str, score: &Score| {
        let Score { hit, all } = score;
        let interval = Interval::new(u64::from(*hit), u64::from(*all));
        let (share, low, high) =
            (interval.share().unwrap_or_default(), interval.low, interval.high);
        say(&format!("  {what}: {hit} of {all} = {share:.3} (95 %: {low:.3} to {high:.3})"));
    };
    for (kind, score) in scores {
        line(if *kind == NONE { "left whole that must stay" } else { kind }, score);
        if *kind != NONE {
            all = Score { hit: all.hit + score.hit, all: all.all + score.all };
        }
    }
    line("all that must go", &all);
}

/// How many masks there are on pages that say nothing of the kind.
fn for_nothing(papers: &[String], misread: f64, missed: &mut dyn FnMut(&str)) -> u32 {
    let mut chance = Chance::new(7).fork("nothing");
    let mut count = 0;
    for paper in papers {
        let whole = Passage { kind: String::new(), text: paper.chars().collect(), marked: vec![] };
        let read = damaged(&whole, misread, &mut chance).text;
        for mask in masks(read.iter().collect(), misread) {
            let ends = (usize::try_from(mask.start), usize::try_from(mask.end));
            let (Ok(start), Ok(end)) = ends else { continue };
            let words: String = read.get(start..end).unwrap_or_default().iter().collect();
            missed(&format!("  for nothing, {}: {words:?}", mask.kind.name()));
            count += 1;
        }
    }
    count
}

fn masks(text: String, misread: f64) -> Vec<Mask> {
    let source = if misread > 0.0 { TextSource::Ocr } else { TextSource::Digital };
    to_mask(&Page { source, ..Page::of_text(1, text) })
}

/// The pages of papers from every template.
fn papers(count: u64) -> Result<Vec<String>> {
    let mut pages = Vec::new();
    for layout in LAYOUTS.iter().filter(|layout| !WHOLE.contains(&layout.class())) {
        for seed in 0..count {
            let world = World::new(seed + 40_000, Day::new(2026, 11, 16));
            let facts = facts::of(&world, layout.class()).context("find the class")?;
            pages.extend(paper::typeset(&world, facts, *layout)?.truth.pages);
        }
    }
    Ok(pages)
}

/// A sentence stands in a letter, its lines broken as they fall.
fn in_letter(passage: &Passage) -> Passage {
    if passage.text.last() != Some(&'.') || passage.kind == NONE {
        return passage.clone();
    }
    let shift = BEFORE.chars().count();
    let mut text: Vec<char> =
        BEFORE.chars().chain(passage.text.iter().copied()).chain(BEHIND.chars()).collect();
    let (mut begun, mut blank) = (0, None);
    for at in 0..text.len() {
        if text.get(at) == Some(&' ') {
            blank = Some(at);
        }
        if at - begun >= LETTER_WIDTH
            && let Some(blank) = blank.take()
        {
            if let Some(letter) = text.get_mut(blank) {
                *letter = '\n';
            }
            begun = blank + 1;
        }
    }
    let marked = passage.marked.iter().map(|(from, to)| (from + shift, to + shift)).collect();
    Passage { kind: passage.kind.clone(), text, marked }
}

/// With letters misread as recognition does.
fn damaged(passage: &Passage, misread: f64, chance: &mut Chance) -> Passage {
    let mut text: Vec<char> = Vec::with_capacity(passage.text.len());
    let mut moved = Vec::with_capacity(passage.text.len() + 1);
    for letter in &passage.text {
        moved.push(text.len());
        if letter.is_alphanumeric() && chance.with(misread) {
            text.extend(damage::misread_as(*letter, chance).chars());
        } else {
            text.push(*letter);
        }
    }
    moved.push(text.len());
    let place = |at: &usize| moved.get(*at).copied().unwrap_or(text.len());
    let marked = passage.marked.iter().map(|(from, to)| (place(from), place(to))).collect();
    Passage { kind: passage.kind.clone(), text: text.clone(), marked }
}

/// The passages of a list, each of the choices in braces one of its own.
fn passages(list: &str) -> Result<Vec<Passage>> {
    let mut passages = Vec::new();
    for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (kind, text) = line.split_once(": ").with_context(|| format!("find a kind: {line}"))?;
        let choices = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
        let most = choices.map(|(inside, _)| inside.split('|').count()).max().unwrap_or(1);
        for choice in 0..most {
            passages.push(marked(kind, &chosen(text, choice)));
        }
    }
    Ok(passages)
}

/// The text with one of each choice.
fn chosen(text: &str, choice: usize) -> String {
    let mut pieces = text.split('{');
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (inside, behind) = piece.split_once('}').unwrap_or((piece, ""));
        let choices: Vec<&str> = inside.split('|').collect();
        whole.push_str(choices.get(choice % choices.len().max(1)).copied().unwrap_or_default());
        whole.push_str(behind);
    }
    whole
}

fn marked(kind: &str, text: &str) -> Passage {
    let mut letters: Vec<char> = Vec::new();
    let mut marked = Vec::new();
    for piece in text.replace(" / ", "\n").split("[[") {
        let (inside, behind) = piece.split_once("]]").unwrap_or(("", piece));
        let from = letters.len();
        letters.extend(inside.chars());
        if letters.len() > from {
            marked.push((from, letters.len()));
        }
        letters.extend(behind.chars());
    }
    Passage { kind: kind.to_owned(), text: letters, marked }
}

fn narrow(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passage_says_what_must_go() {
        let two = passages("religion: Religion: [[{rk|ev}]]").unwrap();
        let texts: Vec<String> = two.iter().map(|each| each.text.iter().collect()).collect();
        assert_eq!(texts, ["Religion: rk", "Religion: ev"]);
        assert_eq!(two[0].marked, [(10, 12)]);
    }

    #[test]
    fn every_passage_of_both_sets_marks_something_or_must_stay() {
        for list in [include_str!("../masking/tuned.txt"), include_str!("../masking/held.txt")] {
            for passage in passages(list).unwrap() {
                assert_eq!(passage.marked.is_empty(), passage.kind == NONE, "{passage:?}");
            }
        }
    }
}
