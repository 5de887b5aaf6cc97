//! What the words of a page say about its class.

use crate::knowledge::{CueKind, Knowledge};
use crate::text::{Match, PageText, words};

/// Lines from the top in which a heading is looked for.
const TOP_LINES: usize = 14;
/// Share of the page, from the top, in which a heading is looked for.
const TOP_SHARE: f32 = 0.35;
/// Most words of a heading.
const HEADING_WORDS_MAX: usize = 9;
/// Words of the body say at most so much, however many stand there.
const PHRASES_MAX: f32 = 7.0;
/// A page of so many words needs no discount for length.
const WORDS_PLAIN: f32 = 900.0;

/// The cues of every class, split into words once.
#[derive(Debug)]
pub(crate) struct Cues {
    cues: Vec<Compiled>,
    classes: usize,
}

#[derive(Debug)]
struct Compiled {
    class: usize,
    kind: CueKind,
    weight: f32,
    words: Vec<String>,
}

/// What the cues of one class found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said {
    /// The best heading.
    pub(crate) title: f32,
    /// Other headings and words of the body, what speaks against included.
    pub(crate) phrases: f32,
    /// Where, and how much each said.
    pub(crate) found: Vec<Found>,
}

/// One cue on a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) weight: f32,
    pub(crate) page: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Said {
    pub(crate) fn score(&self) -> f32 {
        self.title + self.phrases.min(PHRASES_MAX)
    }
}

impl Cues {
    pub(crate) fn new(knowledge: &Knowledge) -> Self {
        let mut cues = Vec::new();
        for (class, entry) in knowledge.classes().iter().enumerate() {
            for cue in &entry.cues {
                let words = words(&cue.text);
                if !words.is_empty() {
                    cues.push(Compiled { class, kind: cue.kind, weight: cue.weight, words });
                }
            }
        }
        Self { cues, classes: knowledge.classes().len() }
    }

    /// What each class's cues find on the pages of one paper.
    pub(crate) fn read(&self, pages: &[PageText<'_>]) -> Vec<Said> {
        let mut said = vec![Said::default(); self.classes];
        let count: usize = pages.iter().map(|page| page.tokens.len()).sum();
        let discount = (WORDS_PLAIN / as_f32(count).max(WORDS_PLAIN)).sqrt();
        for cue in &self.cues {
            let Some(found) = best(cue, pages) else { continue };
            let Some(class) = said.get_mut(cue.class) else { continue };
            match cue.kind {
                CueKind::Title => {
                    let (better, lesser) = if found.weight > class.title {
                        (found.weight, class.title)
                    } else {
                        (class.title, found.weight)
                    };
                    class.title = better;
                    class.phrases += 0.15 * lesser;
                }
                CueKind::Phrase => class.phrases += found.weight * discount,
                CueKind::Form => class.phrases += found.weight,
            }
            class.found.push(found);
        }
        said
    }
}

/// The place where a cue says most.
fn best(cue: &Compiled, pages: &[PageText<'_>]) -> Option<Found> {
    let mut best: Option<Found> = None;
    for (order, page) in pages.iter().enumerate() {
        for found in page.find(&cue.words) {
            let share = match cue.kind {
                CueKind::Title => heading(page, found) * if order == 0 { 1.0 } else { 0.6 },
                CueKind::Phrase | CueKind::Form => 1.0,
            };
            let share = if found.exact { share } else { share * 0.9 };
            let weight = cue.weight * share;
            if best.is_none_or(|best| weight.abs() > best.weight.abs())
                && let Some((start, end)) = page.span(found.first, found.end)
            {
                best = Some(Found { weight, page: page.page.number, start, end });
            }
        }
    }
    best
}

/// How much the place looks like the heading of the paper, 0 to 1.
fn heading(page: &PageText<'_>, found: Match) -> f32 {
    let Some(token) = page.tokens.get(found.first) else { return 0.0 };
    let Some(line) = page.lines.get(token.line) else { return 0.0 };
    let others = (line.end - line.first).saturating_sub(found.end - found.first);
    let short = line.end - line.first <= HEADING_WORDS_MAX;
    let alone = others <= 2;
    let top = token.line < TOP_LINES && line.top <= TOP_SHARE;
    let leads = found.first <= line.first + 1;
    let large =
        line.height > 0.0 && page.median_height > 0.0 && line.height >= 1.2 * page.median_height;
    if mentions(page, line.first) {
        return 0.2;
    }
    let capitals = line.capitals && short;
    match (alone, top, large || capitals) {
        (true, true, _) => 1.0,
        (false, true, true) if short => 0.95,
        (true, false, true) => 0.7,
        (false, true, false) if short && leads => 0.75,
        (false, true, _) if short => 0.5,
        (true, false, false) => 0.4,
        _ => 0.2,
    }
}

/// Whether a line speaks of papers rather than heading one.
fn mentions(page: &PageText<'_>, first: usize) -> bool {
    const WORDS: [&str; 16] = [
        "betreff",
        "betr",
        "anlage",
        "anlagen",
        "enclosure",
        "enclosures",
        "subject",
        "beigefugt",
        "bitte",
        "ihr",
        "ihre",
        "kopie",
        "re",
        "unterlagen",
        "beifugen",
        "attached",
    ];
    page.tokens.get(first).is_some_and(|token| WORDS.contains(&token.text.as_str()))
}

#[expect(clippy::cast_precision_loss, reason = "word counts are far below 2^24")]
fn as_f32(count: usize) -> f32 {
    count as f32
}
