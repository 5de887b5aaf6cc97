//! The lists of terms, and which of them begin at a word.

use super::MaskKind;
use super::near::{LETTERS_MIN, begins_near, near, plain};
use super::tokens::{Break, Token, fold};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Classes that several lists name stand in the first.
pub(super) const LISTS: [&str; 6] = [
    include_str!("terms/common.txt"),
    include_str!("terms/religion.txt"),
    include_str!("terms/ethnicity.txt"),
    include_str!("terms/health.txt"),
    include_str!("terms/offence.txt"),
    include_str!("terms/others.txt"),
];
/// Words that `..` may stand for.
const GAP_MAX: usize = 4;
/// What `+` stands for: members of a people or a faith, one or several.
const ENDINGS: [&str; 10] = ["", "e", "en", "in", "innen", "er", "ern", "ers", "erin", "erinnen"];
/// Shorter names of members are too easily other names, once letters are forgiven.
const MEMBER_LETTERS_MIN: usize = 9;

/// What happens where a term is found; `terms/common.txt` describes each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    Not,
    Next,
    Law,
    Rule,
    Person,
    Label,
    Colon,
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

#[derive(Debug, Clone, Copy)]
enum Element {
    /// A word of the class with this number.
    Class(usize),
    Gap,
}

/// What a word must be to belong to a class, where that is neither a whole word nor one's beginning or end.
#[derive(Debug)]
enum Shape {
    Any,
    Within(String),
    Diagnosis,
    Number,
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

/// The lists, ready to be asked: which classes a word belongs to, and which terms begin with a class.
#[derive(Debug, Default)]
pub(super) struct Terms {
    terms: Vec<Term>,
    /// Terms by the class of their first word.
    first: HashMap<usize, Vec<usize>>,
    /// Numbers of classes, by their name or by the words that they are written as.
    classes: HashMap<String, usize>,
    exact: HashMap<String, Vec<usize>>,
    begins: HashMap<String, Vec<usize>>,
    ends: HashMap<String, Vec<usize>>,
    shapes: Vec<(Shape, usize)>,
    /// Long words, their misreadable letters made one; whether they are only a beginning.
    long: Vec<(Vec<char>, bool, usize)>,
}

static TERMS: LazyLock<Terms> = LazyLock::new(|| Terms::read(&LISTS));

impl Terms {
    /// The lists that are compiled in.
    pub(super) fn shipped() -> &'static Self {
        &TERMS
    }

    /// Takes lists apart. Lines that are none are left out; a test holds the shipped lists to having none.
    pub(super) fn read(lists: &[&str]) -> Self {
        let mut terms = Self::default();
        let lines = lists.iter().flat_map(|list| list.lines()).map(str::trim);
        let mut heading = None;
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with("# ")) {
            if let Some(named) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                heading = self::heading(named);
                continue;
            }
            for pattern in line.split(';').map(str::trim).filter(|pattern| !pattern.is_empty()) {
                match heading {
                    Some(Heading::Class(name)) => terms.extend(name, pattern),
                    Some(Heading::Terms(kind, scope)) => {
                        for pattern in variants(pattern) {
                            let elements = pattern.iter().map(|word| terms.element(word)).collect();
                            terms.add(Term { kind, scope, elements });
                        }
                    }
                    None => {}
                }
            }
        }
        terms
    }

    fn add(&mut self, term: Term) {
        if let Some(Element::Class(class)) = term.elements.first() {
            self.first.entry(*class).or_default().push(self.terms.len());
        }
        self.terms.push(term);
    }

    /// What a word of a pattern stands for: one or several words beside a class's name.
    fn element(&mut self, word: &str) -> Element {
        if word == ".." {
            return Element::Gap;
        }
        if let Some(class) = self.classes.get(word) {
            return Element::Class(*class);
        }
        self.extend(word, word);
        Element::Class(self.class(word))
    }

    fn class(&mut self, name: &str) -> usize {
        let next = self.classes.len();
        *self.classes.entry(name.to_owned()).or_insert(next)
    }

    /// Takes words, parted by strokes, into the class of a name.
    fn extend(&mut self, name: &str, words: &str) {
        let class = self.class(name);
        for word in words.split('|') {
            let folded = fold(word.trim_matches(['*', '+']));
            match (word.strip_prefix('*'), word.strip_suffix('*')) {
                _ if word == "_" => self.shapes.push((Shape::Any, class)),
                _ if word == "#icd" => self.shapes.push((Shape::Diagnosis, class)),
                _ if word == "#n" => self.shapes.push((Shape::Number, class)),
                _ if word.starts_with('#') => {
                    let count = word.trim_start_matches('#').parse().unwrap_or_default();
                    self.shapes.push((Shape::Digits(count), class));
                }
                (Some(_), Some(_)) => self.shapes.push((Shape::Within(folded), class)),
                (Some(_), None) => self.ends.entry(folded).or_default().push(class),
                (None, Some(_)) => {
                    self.add_long(&folded, true, class);
                    self.begins.entry(folded).or_default().push(class);
                }
                (None, None) => {
                    let endings: &[&str] = if word.ends_with('+') { &ENDINGS } else { &[""] };
                    for ending in endings {
                        let whole = format!("{folded}{ending}");
                        if endings.len() == 1 || whole.chars().count() >= MEMBER_LETTERS_MIN {
                            self.add_long(&whole, false, class);
                        }
                        self.exact.entry(whole).or_default().push(class);
                    }
                }
            }
        }
    }

    fn add_long(&mut self, word: &str, begins: bool, class: usize) {
        if word.chars().count() >= LETTERS_MIN {
            self.long.push((plain(word), begins, class));
        }
    }

    /// Every term on a page, in the order of their first words.
    pub(super) fn hits(&self, tokens: &[Token], forgiving: bool) -> Vec<Hit> {
        let page = Classed {
            tokens,
            classes: tokens.iter().map(|token| self.classes_of(&token.word, forgiving)).collect(),
        };
        let mut hits = Vec::new();
        for (first, classes) in page.classes.iter().enumerate() {
            let indexes = classes.iter().filter_map(|class| self.first.get(class)).flatten();
            let found = indexes.filter_map(|index| {
                let term = self.terms.get(*index)?;
                let end = page.extent(&term.elements, first)?;
                Some(Hit { kind: term.kind, scope: term.scope, first, end })
            });
            hits.extend(found);
        }
        hits
    }

    /// The classes that a word belongs to, in order.
    fn classes_of(&self, word: &str, forgiving: bool) -> Vec<usize> {
        let mut classes: Vec<usize> = self.exact.get(word).cloned().unwrap_or_default();
        for (at, letter) in word.char_indices() {
            let beginning =
                word.get(..at + letter.len_utf8()).and_then(|part| self.begins.get(part));
            let ending = if at > 0 { word.get(at..) } else { None };
            let ending = ending.and_then(|part| self.ends.get(part));
            classes.extend(beginning.into_iter().chain(ending).flatten());
        }
        let shapes = self.shapes.iter().filter(|(shape, _)| shape.fits(word));
        classes.extend(shapes.map(|(_, class)| *class));
        if forgiving && word.chars().count() + 1 >= LETTERS_MIN {
            let word = plain(word);
            let misread = |(term, begins, _): &&(Vec<char>, bool, usize)| {
                if *begins { begins_near(&word, term) } else { near(&word, term) }
            };
            classes.extend(self.long.iter().filter(misread).map(|(_, _, class)| *class));
        }
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.terms.len()
    }
}

/// A pattern's words, once for each class among the choices of one, and once for the choices that are words.
fn variants(pattern: &str) -> Vec<Vec<String>> {
    let mut variants = vec![Vec::new()];
    for word in pattern.split_whitespace() {
        let (classes, words): (Vec<&str>, Vec<&str>) =
            word.split('|').partition(|choice| choice.starts_with('@'));
        let mut choices: Vec<String> = classes.into_iter().map(str::to_owned).collect();
        if !words.is_empty() {
            choices.push(words.join("|"));
        }
        let longer = |variant: &Vec<String>| {
            let with = |choice: &String| variant.iter().chain([choice]).cloned().collect();
            choices.iter().map(with).collect::<Vec<_>>()
        };
        variants = variants.iter().flat_map(longer).collect();
    }
    variants
}

/// The words of a page, and the classes of each.
struct Classed<'a> {
    tokens: &'a [Token],
    classes: Vec<Vec<usize>>,
}

impl Classed<'_> {
    /// One past the last word that the elements cover from a word on.
    fn extent(&self, elements: &[Element], at: usize) -> Option<usize> {
        let Some((element, rest)) = elements.split_first() else { return Some(at) };
        match element {
            Element::Gap => (at..=at + GAP_MAX)
                .take_while(|&next| joins(self.tokens, at, next))
                .find_map(|next| self.extent(rest, next)),
            Element::Class(class) => {
                let fits = self.classes.get(at)?.binary_search(class).is_ok();
                let goes_on = rest.is_empty() || joins(self.tokens, at, at + 1);
                (fits && goes_on).then(|| self.extent(rest, at + 1))?
            }
        }
    }
}

impl Shape {
    fn fits(&self, word: &str) -> bool {
        let number = || word.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Self::Any => true,
            Self::Within(part) => word.contains(part.as_str()),
            Self::Diagnosis => is_diagnosis(word),
            Self::Number => number(),
            Self::Digits(count) => word.len() == *count && number(),
        }
    }
}

/// What the lines below a heading are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Heading<'a> {
    /// Words of a class; its name is as terms name it.
    Class(&'a str),
    Terms(Option<MaskKind>, Scope),
}

pub(super) fn heading(named: &str) -> Option<Heading<'_>> {
    if named.starts_with('@') {
        return Some(Heading::Class(named));
    }
    let (kind, scope) = named.split_once(' ')?;
    let kind = match kind {
        "*" => None,
        named => Some(MaskKind::ALL.into_iter().find(|kind| kind.name() == named)?),
    };
    let scope = match scope {
        "not" => Scope::Not,
        "next" => Scope::Next,
        "law" => Scope::Law,
        "rule" => Scope::Rule,
        "person" => Scope::Person,
        "label" => Scope::Label,
        "colon" => Scope::Colon,
        "amount" => Scope::Amount,
        "word" => Scope::Word,
        "last" => Scope::Last,
        "sentence" => Scope::Sentence,
        "claim" => Scope::Claim,
        "code" => Scope::Code,
        "card" => Scope::Card,
        _ => return None,
    };
    Some(Heading::Terms(kind, scope))
}

/// Whether no sentence ends from a word up to another.
fn joins(tokens: &[Token], from: usize, to: usize) -> bool {
    let between = tokens.get(from + 1..=to.max(from)).unwrap_or_default();
    between.len() == to.saturating_sub(from)
        && between.iter().all(|token| token.before < Break::Sentence)
}

/// A code of ICD-10 up to its point: a letter and two digits.
fn is_diagnosis(word: &str) -> bool {
    let mut letters = word.bytes();
    letters.next().is_some_and(|letter| letter.is_ascii_alphabetic())
        && letters.next().is_some_and(|letter| letter.is_ascii_digit())
        && letters.next().is_some_and(|letter| letter.is_ascii_digit())
        && letters.next().is_none()
}
