//! The list of terms, and which of them begin at a word.

use super::MaskKind;
use super::near::{LETTERS_MIN, begins_near, near, plain};
use super::tokens::{Break, Token, fold};
use std::collections::HashMap;
use std::sync::LazyLock;

const LIST: &str = include_str!("terms.txt");
/// Words that `..` may stand for.
const GAP_MAX: usize = 4;

/// What happens where a term is found; `terms.txt` describes each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    Not,
    Next,
    Rule,
    Person,
    Label,
    Amount,
    Word,
    Last,
    Sentence,
    Claim,
    Code,
    Card,
}

#[derive(Debug)]
pub(super) struct Term {
    pub(super) kind: Option<MaskKind>,
    pub(super) scope: Scope,
    elements: Vec<Element>,
}

#[derive(Debug)]
enum Element {
    Word(Vec<Form>),
    Gap,
}

#[derive(Debug)]
enum Form {
    Exact(String),
    Begins(String),
    Ends(String),
    Within(String),
    Any,
    Diagnosis,
    Digits(usize),
}

/// A term found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    pub(super) kind: Option<MaskKind>,
    pub(super) scope: Scope,
    /// First word.
    pub(super) first: usize,
    /// One past the last.
    pub(super) end: usize,
}

/// The list, ready to be asked.
#[derive(Debug, Default)]
pub(super) struct Terms {
    terms: Vec<Term>,
    exact: HashMap<String, Vec<usize>>,
    begins: HashMap<String, Vec<usize>>,
    ends: HashMap<String, Vec<usize>>,
    /// First words of any other form.
    others: Vec<usize>,
    /// Long first words, their misreadable letters made one; whether they are only a beginning.
    long: Vec<(Vec<char>, bool, usize)>,
}

static TERMS: LazyLock<Terms> = LazyLock::new(|| Terms::read(LIST));

impl Terms {
    /// The list that is compiled in.
    pub(super) fn shipped() -> &'static Self {
        &TERMS
    }

    /// Takes a list apart. Lines that are none are left out; a test holds the shipped list to having none.
    pub(super) fn read(list: &str) -> Self {
        let mut terms = Self::default();
        let mut heading = None;
        for line in list.lines().map(str::trim) {
            if line.is_empty()
                || line.starts_with('#') && !line.starts_with("#icd") && !line.starts_with("#6")
            {
                continue;
            }
            if let Some(named) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                heading = self::heading(named);
                continue;
            }
            let Some((kind, scope)) = heading else { continue };
            for pattern in line.split(';') {
                let elements: Vec<Element> = pattern.split_whitespace().map(element).collect();
                if !elements.is_empty() {
                    terms.add(Term { kind, scope, elements });
                }
            }
        }
        terms
    }

    fn add(&mut self, term: Term) {
        let index = self.terms.len();
        if let Some(Element::Word(forms)) = term.elements.first() {
            for form in forms {
                match form {
                    Form::Exact(word) => {
                        self.exact.entry(word.clone()).or_default().push(index);
                        self.add_long(word, false, index);
                    }
                    Form::Begins(word) => {
                        self.begins.entry(word.clone()).or_default().push(index);
                        self.add_long(word, true, index);
                    }
                    Form::Ends(word) => self.ends.entry(word.clone()).or_default().push(index),
                    Form::Within(_) | Form::Any | Form::Diagnosis | Form::Digits(_) => {
                        self.others.push(index);
                    }
                }
            }
        }
        self.terms.push(term);
    }

    fn add_long(&mut self, word: &str, begins: bool, index: usize) {
        if word.chars().count() >= LETTERS_MIN {
            self.long.push((plain(word), begins, index));
        }
    }

    /// Every term that begins at a word.
    pub(super) fn hits(&self, tokens: &[Token], first: usize, forgiving: bool) -> Vec<Hit> {
        let Some(token) = tokens.get(first) else { return Vec::new() };
        let word = token.word.as_str();
        let mut indexes: Vec<usize> = self.exact.get(word).cloned().unwrap_or_default();
        for (at, letter) in word.char_indices() {
            let beginning =
                word.get(..at + letter.len_utf8()).and_then(|part| self.begins.get(part));
            let ending = word.get(at..).and_then(|part| self.ends.get(part));
            indexes.extend(beginning.into_iter().chain(ending).flatten());
        }
        indexes.extend(&self.others);
        if forgiving && word.chars().count() + 1 >= LETTERS_MIN {
            let word = plain(word);
            let misread = |(term, begins, _): &&(Vec<char>, bool, usize)| {
                if *begins { begins_near(&word, term) } else { near(&word, term) }
            };
            indexes.extend(self.long.iter().filter(misread).map(|(_, _, index)| *index));
        }
        indexes.sort_unstable();
        indexes.dedup();
        let found = indexes.into_iter().filter_map(|index| {
            let term = self.terms.get(index)?;
            let end = extent(&term.elements, tokens, first, forgiving)?;
            Some(Hit { kind: term.kind, scope: term.scope, first, end })
        });
        found.collect()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.terms.len()
    }
}

pub(super) fn heading(named: &str) -> Option<(Option<MaskKind>, Scope)> {
    let (kind, scope) = named.split_once(' ')?;
    let kind = match kind {
        "*" => None,
        named => Some(MaskKind::ALL.into_iter().find(|kind| kind.name() == named)?),
    };
    let scope = match scope {
        "not" => Scope::Not,
        "next" => Scope::Next,
        "rule" => Scope::Rule,
        "person" => Scope::Person,
        "label" => Scope::Label,
        "amount" => Scope::Amount,
        "word" => Scope::Word,
        "last" => Scope::Last,
        "sentence" => Scope::Sentence,
        "claim" => Scope::Claim,
        "code" => Scope::Code,
        "card" => Scope::Card,
        _ => return None,
    };
    Some((kind, scope))
}

fn element(word: &str) -> Element {
    match word {
        ".." => Element::Gap,
        _ => Element::Word(word.split('|').map(form).collect()),
    }
}

fn form(word: &str) -> Form {
    let folded = fold(word.trim_matches('*'));
    match (word.strip_prefix('*'), word.strip_suffix('*')) {
        _ if word == "_" => Form::Any,
        _ if word == "#icd" => Form::Diagnosis,
        _ if word == "#6" => Form::Digits(6),
        (Some(_), Some(_)) => Form::Within(folded),
        (Some(_), None) => Form::Ends(folded),
        (None, Some(_)) => Form::Begins(folded),
        (None, None) => Form::Exact(folded),
    }
}

/// One past the last word that the elements cover from a word on.
fn extent(elements: &[Element], tokens: &[Token], at: usize, forgiving: bool) -> Option<usize> {
    let Some((element, rest)) = elements.split_first() else { return Some(at) };
    match element {
        Element::Gap => (at..=at + GAP_MAX)
            .take_while(|&next| joins(tokens, at, next))
            .find_map(|next| extent(rest, tokens, next, forgiving)),
        Element::Word(forms) => {
            let token = tokens.get(at)?;
            let fits = forms.iter().any(|form| fits(form, &token.word, forgiving));
            let goes_on = rest.is_empty() || joins(tokens, at, at + 1);
            (fits && goes_on).then(|| extent(rest, tokens, at + 1, forgiving))?
        }
    }
}

/// Whether no sentence ends from a word up to another.
fn joins(tokens: &[Token], from: usize, to: usize) -> bool {
    let between = tokens.get(from + 1..=to.max(from)).unwrap_or_default();
    between.len() == to.saturating_sub(from)
        && between.iter().all(|token| token.before < Break::Sentence)
}

fn fits(form: &Form, word: &str, forgiving: bool) -> bool {
    let misread = |term: &str| forgiving && term.chars().count() >= LETTERS_MIN;
    match form {
        Form::Exact(term) => word == term || misread(term) && near(&plain(word), &plain(term)),
        Form::Begins(term) => {
            word.starts_with(term.as_str())
                || misread(term) && begins_near(&plain(word), &plain(term))
        }
        Form::Ends(term) => word.len() > term.len() && word.ends_with(term.as_str()),
        Form::Within(term) => word.contains(term.as_str()),
        Form::Any => true,
        Form::Diagnosis => is_diagnosis(word),
        Form::Digits(count) => {
            word.len() == *count && word.bytes().all(|byte| byte.is_ascii_digit())
        }
    }
}

/// A code of ICD-10 up to its point: a letter and two digits.
fn is_diagnosis(word: &str) -> bool {
    let mut letters = word.bytes();
    letters.next().is_some_and(|letter| letter.is_ascii_alphabetic())
        && letters.next().is_some_and(|letter| letter.is_ascii_digit())
        && letters.next().is_some_and(|letter| letter.is_ascii_digit())
        && letters.next().is_none()
}
