//! What is to be masked on a page.

use super::MaskKind;
use super::answer::{begins_box, is_answer, is_open};
use super::segments::Segments;
use super::terms::{Hit, Scope, Terms};
use super::tokens::{Break, Token, tokens};
use crate::paper::{Rect, Word};

mod beside;

/// A stretch to mask, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: MaskKind,
    pub(super) start: usize,
    /// One past the last.
    pub(super) end: usize,
}

/// A page with more words is no card.
const CARD_WORDS_MAX: usize = 140;
/// A card says so in its heading.
const CARD: [&str; 3] = ["aufenthaltstitel", "residence", "personalausweis"];
/// Pages that name diagnoses have one of these.
const DIAGNOSES: [&str; 4] = ["icd", "diagnos", "arbeitsunfahig", "befund"];

/// A page, its words and what the terms say about them.
struct Sheet<'a> {
    chars: &'a [char],
    tokens: Vec<Token>,
    segments: Segments,
    /// Words that belong to an institution's name, a heading and the like.
    kept: Vec<bool>,
    /// Where another question begins, and of which kind it is.
    next: Vec<Option<Option<MaskKind>>>,
    /// Words of what holds for everybody.
    law: Vec<bool>,
    /// Words of general rules.
    rule: Vec<bool>,
    /// Words of questions that have a colon or an answer: they tell of nobody.
    asked: Vec<bool>,
    /// Words that make a matter somebody's own.
    person: Vec<bool>,
    places: &'a [Word],
}

/// What is to be masked, in order and apart.
pub(super) fn find(chars: &[char], places: &[Word], forgiving: bool) -> Vec<Found> {
    let tokens = tokens(chars, forgiving);
    let terms = Terms::shipped();
    let hits = terms.hits(&tokens, forgiving);
    let segments = Segments::new(&tokens);
    let flags = vec![false; tokens.len()];
    let (kept, law, rule) = (flags.clone(), flags.clone(), flags.clone());
    let (asked, person) = (flags.clone(), flags);
    let next = vec![None; tokens.len()];
    let mut sheet = Sheet { chars, tokens, segments, kept, next, law, rule, asked, person, places };
    sheet.mark(&hits);
    let card = sheet.is_card();
    let diagnoses = sheet.names_diagnoses();
    let mut found = sheet.answers(&hits);
    for hit in &hits {
        let Some(kind) = hit.kind else { continue };
        if sheet.is_kept(hit) || sheet.is_torn(hit) || sheet.is_asked(hit) {
            continue;
        }
        let stretch = match hit.scope {
            Scope::Not | Scope::Next | Scope::Law | Scope::Rule | Scope::Person => None,
            Scope::Label | Scope::Colon | Scope::Amount => None,
            Scope::Word => sheet.words(hit.first, hit.end),
            Scope::Last => sheet.words(hit.end.saturating_sub(1), hit.end),
            Scope::Sentence => (!sheet.is_law(hit)).then(|| sheet.sentence(hit)).flatten(),
            Scope::Claim => (!sheet.is_general(hit)).then(|| sheet.sentence(hit)).flatten(),
            Scope::Code => diagnoses.then(|| sheet.sentence(hit)).flatten(),
            Scope::Card => card.then(|| sheet.words(hit.first, hit.end)).flatten(),
        };
        found.extend(stretch.map(|(start, end)| Found { kind, start, end }));
    }
    merge(found)
}

/// In order, and what overlaps made one; the kind that begins first names it.
fn merge(mut found: Vec<Found>) -> Vec<Found> {
    found.retain(|stretch| stretch.start < stretch.end);
    found.sort_by_key(|stretch| (stretch.start, stretch.end, stretch.kind));
    let mut merged: Vec<Found> = Vec::new();
    for stretch in found {
        match merged.last_mut() {
            Some(last) if stretch.start < last.end => last.end = last.end.max(stretch.end),
            _ => merged.push(stretch),
        }
    }
    merged
}

impl Sheet<'_> {
    fn mark(&mut self, hits: &[Hit]) {
        for hit in hits {
            let flags = match hit.scope {
                Scope::Not => &mut self.kept,
                Scope::Law => &mut self.law,
                Scope::Rule => &mut self.rule,
                Scope::Person => &mut self.person,
                Scope::Next | Scope::Label | Scope::Amount => {
                    if let Some(flag) = self.next.get_mut(hit.first) {
                        *flag = Some(hit.kind);
                    }
                    continue;
                }
                Scope::Colon
                | Scope::Word
                | Scope::Last
                | Scope::Sentence
                | Scope::Claim
                | Scope::Code
                | Scope::Card => continue,
            };
            for flag in flags.get_mut(hit.first..hit.end).into_iter().flatten() {
                *flag = true;
            }
        }
        // A sentence that begins so tells of somebody.
        for (index, token) in self.tokens.iter().enumerate() {
            if token.word == "er" && self.segments.of(index).0 == index {
                self.person.get_mut(index).into_iter().for_each(|flag| *flag = true);
            }
        }
    }

    /// Whether a term's sentence holds for everybody.
    fn is_law(&self, hit: &Hit) -> bool {
        self.sentence_holds(hit, &self.law)
    }

    /// Whether a term's sentence is a general rule that tells of nobody.
    fn is_general(&self, hit: &Hit) -> bool {
        let rule = self.sentence_holds(hit, &self.rule) && !self.sentence_holds(hit, &self.person);
        rule || self.is_law(hit)
    }

    fn sentence_holds(&self, hit: &Hit, flags: &[bool]) -> bool {
        let (from, to) = self.segments.of(hit.first);
        flags.get(from..to).is_some_and(|all| all.contains(&true))
    }

    /// The answers to all questions; marks the questions.
    fn answers(&mut self, hits: &[Hit]) -> Vec<Found> {
        let asks = |hit: &&Hit| matches!(hit.scope, Scope::Label | Scope::Colon | Scope::Amount);
        let mut found = Vec::new();
        for hit in hits.iter().filter(asks) {
            let Some(kind) = hit.kind.filter(|_| !self.is_kept(hit)) else { continue };
            let answer = self.answer(hit);
            found.extend(answer.map(|(start, end)| Found { kind, start, end }));
            let behind = self.text_to_next(hit.end);
            let colon = behind.trim_start_matches([' ', ')']).starts_with(':');
            if answer.is_some() || colon {
                let words = self.asked.get_mut(hit.first..hit.end);
                words.into_iter().flatten().for_each(|flag| *flag = true);
            }
        }
        found
    }

    fn is_asked(&self, hit: &Hit) -> bool {
        let words = self.asked.get(hit.first..hit.end);
        hit.scope != Scope::Last && words.is_some_and(|asked| asked.iter().all(|asked| *asked))
    }

    /// A term that begins within an institution's name is none.
    fn is_kept(&self, hit: &Hit) -> bool {
        self.kept.get(hit.first).is_some_and(|kept| *kept)
    }

    /// Words of a sentence that stand in two lines of a form are none.
    fn is_torn(&self, hit: &Hit) -> bool {
        matches!(hit.scope, Scope::Sentence | Scope::Claim | Scope::Word)
            && self.segments.of(hit.first).1 < hit.end
    }

    /// Whether another question begins at a word, one that is not of this kind too.
    fn asks_other(&self, token: usize, kind: Option<MaskKind>) -> bool {
        let next = self.next.get(token).copied().flatten();
        next.is_some_and(|next| next.is_none() || next != kind)
    }

    fn is_card(&self) -> bool {
        self.tokens.len() <= CARD_WORDS_MAX
            && self.tokens.iter().any(|token| CARD.contains(&token.word.as_str()))
    }

    fn names_diagnoses(&self) -> bool {
        let names = |token: &Token| DIAGNOSES.iter().any(|name| token.word.starts_with(name));
        self.tokens.iter().any(names)
    }

    /// The characters of some words.
    fn words(&self, first: usize, end: usize) -> Option<(usize, usize)> {
        let last = self.tokens.get(end.checked_sub(1)?)?;
        Some((self.tokens.get(first)?.start, last.end))
    }

    /// The sentence of a term; of a question the answer.
    fn sentence(&self, hit: &Hit) -> Option<(usize, usize)> {
        let (from, to) = self.segments.of(hit.first);
        let (from, to) = self.without_others(hit, from, to.max(hit.end));
        let (start, end) = self.words(from, to)?;
        let behind = self.text_to_next(to);
        if behind.contains(['?', '؟']) {
            return self.behind_question(end, hit);
        }
        let (whole, boxes) = (self.text(start, end), self.boxes_before(start));
        if is_open(&format!("{boxes}{whole}{behind}")) {
            return None;
        }
        Some((start, end))
    }

    /// Of a sentence in a form what stands between the questions around a term: the others and their answers stay.
    fn without_others(&self, hit: &Hit, from: usize, to: usize) -> (usize, usize) {
        let asks = |token: &usize| self.asks_other(*token, hit.kind);
        let line = |token: usize| self.tokens.get(token).map(|token| token.line);
        let prose = self.text_to_next(to).starts_with('.') || line(from) != line(to - 1);
        let row = !prose && (from..to).any(|token| asks(&token));
        let parts = |token: &usize| self.is_named(*token) || row && asks(token);
        let asked = |token: &usize| {
            self.asked.get(*token).is_some_and(|asked| *asked)
                || row && self.next.get(*token).is_some_and(Option::is_some)
        };
        let ends = |token: &usize| parts(token) || asked(token);
        let before = (from..hit.end - 1).rev().find(ends).map_or(from, |token| token + 1);
        let behind = (hit.end..to).find(parts).unwrap_or(to);
        (before, behind)
    }

    /// The answer to a term that asks for one.
    fn answer(&self, hit: &Hit) -> Option<(usize, usize)> {
        let (_, label_end) = self.words(hit.first, hit.end)?;
        let (_, to) = self.segments.of(hit.first);
        // A question's answer comes after its end.
        if self.text_to_next(to).contains(['?', '؟']) {
            let (_, end) = self.words(hit.first, to)?;
            return self.behind_question(end, hit);
        }
        let begins = hit.scope != Scope::Colon && self.begins_cell(hit.first);
        let label = Label { hit, end: label_end, begins };
        if hit.scope == Scope::Amount { self.amount(&label) } else { self.value(&label) }
    }

    /// Whether a word is the first of its cell, a number or the other name of a question before it left aside.
    fn begins_cell(&self, token: usize) -> bool {
        let Some(this) = self.tokens.get(token) else { return false };
        // A line's first word may stand in the middle of a sentence.
        if this.before != Break::Blank {
            return this.before != Break::Line || self.segments.of(token).0 == token;
        }
        let Some(before) = token.checked_sub(1).and_then(|before| self.tokens.get(before)) else {
            return true;
        };
        let gap = self.text(before.end, this.start);
        let numbers = before.word.chars().all(char::is_numeric) || before.word.len() == 1;
        gap.contains(['/', ':', ',', ')', '☐', '☒', '_']) || numbers && self.begins_cell(token - 1)
    }

    fn text(&self, start: usize, end: usize) -> String {
        self.chars.get(start..end).unwrap_or_default().iter().collect()
    }

    /// What stands between a word's end and the next word.
    fn text_to_next(&self, token: usize) -> String {
        let end = token.checked_sub(1).and_then(|last| self.tokens.get(last));
        let next = self.tokens.get(token).map_or(self.chars.len(), |next| next.start);
        end.map_or_else(String::new, |last| self.text(last.end, next))
    }

    /// Signs that stand before a sentence on its line.
    fn boxes_before(&self, start: usize) -> String {
        let before = self.chars.get(..start).unwrap_or_default();
        let signs = before.iter().rev().take(6).take_while(|c| **c != '\n' && !c.is_alphanumeric());
        signs.collect::<Vec<_>>().into_iter().rev().collect()
    }
}

/// A term that asks, and where it ends.
struct Label<'a> {
    hit: &'a Hit,
    end: usize,
    begins: bool,
}
