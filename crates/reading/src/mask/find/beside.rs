//! The answer beside a question: in the rest of its cell, in the next line, or in the cell below.

use super::{Break, Hit, Label, MaskKind, Rect, Sheet, Token, Word, begins_box, is_answer};

/// An answer without a colon before it, parted by one blank only, has at most so many words.
const BARE_WORDS_MAX: usize = 6;
/// An answer on a line of its own has at most so many words.
const OWN_LINE_WORDS_MAX: usize = 14;
/// Figures of an amount.
const AMOUNT_WORDS_MAX: usize = 8;
/// Words of an amount's name behind its first.
const AMOUNT_NAME_WORDS_MAX: usize = 3;
/// Short forms of denominations on wage slips and certificates.
const DENOMINATIONS: [&str; 26] = [
    "rk", "ev", "lt", "rf", "ak", "fb", "fg", "fm", "fr", "fs", "is", "isby", "ishe", "isrp", "jd",
    "jh", "ib", "il", "iw", "na", "un", "vd", "keine", "kein", "kath", "evang",
];
/// No answer has more characters in one line.
const ANSWER_MAX: usize = 2000;
/// Words behind a question among which the cell below it is looked for.
const BELOW_WORDS_MAX: usize = 400;
/// What stands between the figures.
const UNITS: [&str; 7] = ["eur", "euro", "ag", "an", "h", "v", "prozent"];
/// Words with which a sentence about a question goes on, and no answer begins.
const NO_ANSWER: [&str; 36] = [
    "ist",
    "sind",
    "und",
    "oder",
    "der",
    "die",
    "das",
    "des",
    "den",
    "dem",
    "wird",
    "werden",
    "war",
    "von",
    "vom",
    "zu",
    "zur",
    "zum",
    "für",
    "fur",
    "im",
    "in",
    "is",
    "are",
    "was",
    "and",
    "or",
    "of",
    "for",
    "the",
    "et",
    "de",
    "muss",
    "kann",
    "darf",
    "freiwillig",
];

/// How far a question reaches before its answer.
struct Gap {
    /// Where the answer begins if it's on the same line.
    start: usize,
    colon: bool,
    /// Two blanks or more part them.
    cell: bool,
}

impl Sheet<'_> {
    /// The value that a label asks for.
    pub(super) fn value(&self, label: &Label<'_>) -> Option<(usize, usize)> {
        let gap = self.gap(label.end);
        if !gap.colon && !label.begins {
            return None;
        }
        let end = self.cell_end(gap.start, label.hit.kind);
        if is_answer(&self.text(gap.start, end)) {
            let token = self.token_at(gap.start);
            let words = self.count(gap.start, end);
            let bare = !gap.colon && !gap.cell;
            if bare && (words > BARE_WORDS_MAX || self.goes_on(token)) {
                return None;
            }
            return Some((gap.start, self.run_on(gap.start, end)));
        }
        if end > gap.start && !self.text(gap.start, end).trim().is_empty() {
            return None;
        }
        if let Some(below) = self.below(label) {
            return Some(below);
        }
        let alone = self.chars.get(gap.start).is_none_or(|letter| *letter == '\n');
        if alone && label.begins && self.places.is_empty() {
            self.next_line(gap.start, label.hit)
        } else {
            None
        }
    }

    /// The figures that a label asks for.
    pub(super) fn amount(&self, label: &Label<'_>) -> Option<(usize, usize)> {
        let line = self.tokens.get(label.hit.end.checked_sub(1)?)?.line;
        let figure = |token: &&Token| {
            token.line == line
                && (token.word.starts_with(|first: char| first.is_numeric())
                    || DENOMINATIONS.contains(&token.word.as_str())
                    || UNITS.contains(&token.word.as_str()))
        };
        // The month, or whose tax it is.
        let more = |(index, token): &(usize, &Token)| {
            !figure(token) && token.before < Break::Cell && !self.asks_other(*index, label.hit.kind)
        };
        let behind = self.tokens.iter().enumerate().skip(label.hit.end);
        let named = behind.take(AMOUNT_NAME_WORDS_MAX).take_while(more).count();
        let behind = self.tokens.get(label.hit.end + named..)?.iter().take(AMOUNT_WORDS_MAX);
        let figures: Vec<&Token> = behind.take_while(figure).collect();
        match (figures.first(), figures.last()) {
            (Some(first), Some(last)) => Some((first.start, last.end)),
            _ => self.below(label),
        }
    }

    /// The answer behind a question mark, which comes after `end`.
    pub(super) fn behind_question(&self, end: usize, hit: &Hit) -> Option<(usize, usize)> {
        let rest = self.chars.get(end..)?;
        let start = end + rest.iter().position(|letter| matches!(letter, '?' | '؟'))? + 1;
        let gap = self.gap(start);
        let cell_end = self.cell_end(gap.start, hit.kind);
        let text = self.text(gap.start, cell_end);
        if is_answer(&text) {
            return Some((gap.start, self.run_on(gap.start, cell_end)));
        }
        if text.trim().is_empty() { self.next_line(gap.start, hit) } else { None }
    }

    /// Passes what belongs to a question still: blanks, a remark in brackets, its name in another language.
    fn gap(&self, end: usize) -> Gap {
        let mut gap = Gap { start: end, colon: false, cell: false };
        let mut blanks = 0;
        loop {
            match self.chars.get(gap.start).copied() {
                Some(' ' | '\u{a0}') => blanks += 1,
                Some('\t' | '|') => blanks += 2,
                Some(':' | '=' | '*' | '.' | '…') => {
                    gap.colon |= self.chars.get(gap.start).is_some_and(|sign| ":=".contains(*sign));
                }
                Some('(') if !self.is_box(gap.start) => match self.bracket_end(gap.start) {
                    Some(end) => gap.start = end,
                    None => return gap,
                },
                Some('/') if !gap.colon => match self.other_name(gap.start) {
                    Some(end) => gap.start = end,
                    None => return gap,
                },
                _ => return gap,
            }
            gap.start += 1;
            gap.cell |= blanks > 1;
        }
    }

    fn is_box(&self, at: usize) -> bool {
        begins_box(self.chars.get(at..).unwrap_or_default())
    }

    /// The closing bracket of a remark, which may run on in the next line.
    fn bracket_end(&self, at: usize) -> Option<usize> {
        let mut inside = self.chars.get(at..)?.iter().take(60).enumerate();
        inside.find(|(_, letter)| **letter == ')').map(|(index, _)| at + index)
    }

    /// The last character of a question's other name, behind a stroke: one to four words, then a colon, two
    /// blanks or the line's end.
    fn other_name(&self, at: usize) -> Option<usize> {
        let first = self.token_at(at + 1);
        (first + 1..=first + 4).find_map(|end| {
            let last = self.tokens.get(end.checked_sub(1)?)?;
            let behind = self.chars.get(last.end..).unwrap_or_default();
            let ends = matches!(behind, [] | [':' | '\n' | '\t' | '|' | '/', ..] | [' ', ' ', ..]);
            ends.then(|| last.end - 1)
        })
    }

    /// Where the cell ends that begins at a character: the line's end, two blanks, or another question.
    fn cell_end(&self, start: usize, kind: Option<MaskKind>) -> usize {
        let rest = self.chars.get(start..).unwrap_or_default();
        let mut end =
            start + rest.iter().take(ANSWER_MAX).take_while(|letter| **letter != '\n').count();
        let first = self.token_at(start);
        let boxes = self.is_box(start);
        let before = self.chars.get(..start).unwrap_or_default();
        let colon = before.iter().rev().find(|letter| **letter != ' ') == Some(&':');
        for (index, token) in self.tokens.iter().enumerate().skip(first) {
            if token.start >= end {
                break;
            }
            let other = self.asks_other(index, kind)
                || index == first && !colon && self.next.get(index).is_some_and(Option::is_some);
            let cell = index > first && token.before == Break::Cell && !boxes;
            let named = index > first && self.is_named(index);
            if other || cell || named {
                end = token.start;
                break;
            }
        }
        let cell = self.chars.get(start..end).unwrap_or_default();
        let blanks =
            cell.iter().rev().take_while(|letter| letter.is_whitespace() || **letter == '|');
        end - blanks.count()
    }

    /// Whether a capitalised word with a colon behind it begins another question.
    pub(super) fn is_named(&self, index: usize) -> bool {
        let Some(token) = self.tokens.get(index) else { return false };
        let upper = self.chars.get(token.start).is_some_and(|letter| letter.is_uppercase());
        upper && self.chars.get(token.end).is_some_and(|letter| *letter == ':')
    }

    /// An answer that runs on over the line's end goes whole.
    fn run_on(&self, start: usize, end: usize) -> usize {
        let last = self.token_at(end).checked_sub(1);
        let Some(last) =
            last.filter(|last| self.tokens.get(*last).is_some_and(|t| t.start >= start))
        else {
            return end;
        };
        let at_line_end = self.tokens.get(last + 1).is_none_or(|next| next.before >= Break::Line);
        let (_, to) = self.segments.of(last);
        let sentence_end = to.checked_sub(1).and_then(|to| self.tokens.get(to));
        sentence_end.filter(|_| at_line_end).map_or(end, |token| end.max(token.end))
    }

    /// The next line as an answer.
    fn next_line(&self, line_end: usize, hit: &Hit) -> Option<(usize, usize)> {
        let index = self.token_at(line_end);
        let first = self.tokens.get(index)?;
        let between = self.chars.get(line_end..first.start)?;
        let far = between.iter().filter(|letter| **letter == '\n').count() > 1;
        let start = line_end + between.iter().position(|letter| *letter == '\n')? + 1;
        let blanks = self.chars.get(start..)?.iter().take_while(|letter| **letter == ' ').count();
        let start = start + blanks;
        let end = self.cell_end(start, hit.kind);
        let words = self.count(start, end);
        let asks = self.chars.get(end).is_some_and(|letter| *letter == ':') || self.is_named(index);
        let rule = self.rule.get(index..index + words).is_some_and(|rule| rule.contains(&true));
        let fits = !far && !asks && !rule && words <= OWN_LINE_WORDS_MAX;
        (fits && is_answer(&self.text(start, end))).then(|| (start, self.run_on(start, end)))
    }

    /// The cell right below a question, on pages that know places.
    fn below(&self, label: &Label<'_>) -> Option<(usize, usize)> {
        let (start, _) = self.words(label.hit.first, label.hit.end)?;
        let near = self.places.partition_point(|word| wide(word.end) <= start);
        let near = self.places.get(near..)?.iter().take(BELOW_WORDS_MAX);
        let own = near.clone().take_while(|word| wide(word.start) < label.end);
        let own = own.map(|word| word.rect).reduce(Rect::union)?;
        let (bottom, height) = (own.top + own.height, own.height.max(4.0));
        let under = |word: &&Word| {
            word.rect.top > own.top + height * 0.5
                && word.rect.top < bottom + height * 1.8
                && word.rect.left < own.left + own.width
                && word.rect.left + word.rect.width > own.left
        };
        let nearest =
            near.clone().filter(under).min_by(|a, b| a.rect.top.total_cmp(&b.rect.top))?;
        let level = |word: &&Word| (word.rect.top - nearest.rect.top).abs() < height * 0.6;
        let mut row: Vec<&Word> = near.filter(level).collect();
        row.sort_by(|a, b| a.rect.left.total_cmp(&b.rect.left));
        let at = row.iter().position(|word| word.start == nearest.start)?;
        let joins = |pair: &[&Word]| match pair {
            [one, other] => other.rect.left - (one.rect.left + one.rect.width) < height * 0.8,
            _ => false,
        };
        let after = row.get(at..)?.windows(2).take_while(|pair| joins(pair)).count();
        let before = row.get(..=at)?.windows(2).rev().take_while(|pair| joins(pair)).count();
        let cell = row.get(at - before..=at + after)?;
        let start = cell.iter().map(|word| wide(word.start)).min()?;
        let end = cell.iter().map(|word| wide(word.end)).max()?;
        let first = self.token_at(start);
        let asks = self.next.get(first).is_some_and(Option::is_some)
            || self.text(start, end).contains(['\n', ':'])
            || self.rule.get(first).is_some_and(|rule| *rule);
        (!asks && is_answer(&self.text(start, end))).then_some((start, end))
    }

    /// Whether a word goes on with a sentence rather than answer.
    fn goes_on(&self, token: usize) -> bool {
        self.tokens.get(token).is_none_or(|token| NO_ANSWER.contains(&token.word.as_str()))
    }

    /// The first word that begins at a character or behind it.
    fn token_at(&self, at: usize) -> usize {
        self.tokens.partition_point(|token| token.start < at)
    }

    fn count(&self, start: usize, end: usize) -> usize {
        self.token_at(end).saturating_sub(self.token_at(start))
    }
}

fn wide(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
