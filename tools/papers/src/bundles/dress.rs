//! Makes papers long and gives their pages numbers, running heads and feet.

use super::Side;
use crate::chance::Chance;
use crate::corpus;
use crate::fill::Filler;
use crate::grammar::{self, Family};

const TEXTS: &str = include_str!("../../texts/bundles.txt");

/// Page numbers; `#` is the page, `%` how many there are.
const FIT_NUMBERS: [&str; 4] = ["Seite # von %", "Seite #", "Blatt #", "- # -"];
const REPORT_NUMBERS: [&str; 8] =
    ["#/%", "Page # of %", "Seite #/%", "Seite: # von %", "– # –", "#", "Blatt # von %", "Seite #"];

pub(super) struct Dresser<'a> {
    pub(super) furniture: &'a [Family],
    pub(super) side: Side,
}

pub(super) fn furniture() -> Vec<Family> {
    grammar::parse(TEXTS)
}

impl Dresser<'_> {
    /// The pages of a paper as it comes: longer, with numbers and edges, an empty page behind it. `bare`:
    /// the text has no letterhead of its own.
    pub(super) fn dress(
        &self,
        class: &str,
        pages: &[String],
        bare: bool,
        chance: &mut Chance,
    ) -> Vec<String> {
        let mut filler = Filler::new(chance);
        let mut pages: Vec<Vec<String>> =
            pages.iter().map(|page| page.lines().map(str::to_owned).collect()).collect();
        if bare
            && is_letter(class)
            && chance.with(0.6)
            && let Some(first) = pages.first_mut()
        {
            first.splice(0..0, self.lines("letterhead", &mut filler, chance));
        }
        if pages.len() == 1 {
            if is_card(class) {
                if has_back(class) && chance.with(0.6) {
                    turn_over(&mut pages);
                }
            } else if let Some(kind) = goes_on_with(class).filter(|_| chance.with(0.5)) {
                let more = 1 + chance.below(3);
                self.lengthen(&mut pages, (kind, more), &mut filler, chance);
            }
        }
        if is_letter(class)
            && chance.with(0.4)
            && let Some(last) = pages.last_mut()
        {
            last.extend(self.lines("closing", &mut filler, chance));
        }
        if !is_card(class) {
            self.furnish(&mut pages, &mut filler, chance);
        }
        let mut pages: Vec<String> = pages.into_iter().map(|lines| lines.join("\n")).collect();
        if chance.with(0.08) {
            pages.push(String::new());
        }
        pages
    }

    /// Goes on over more pages; what stood at the end of the first stands at the end of the last.
    fn lengthen(
        &self,
        pages: &mut Vec<Vec<String>>,
        (kind, more): (&str, usize),
        filler: &mut Filler,
        chance: &mut Chance,
    ) {
        let Some(first) = pages.first_mut() else { return };
        let end = first.split_off(first.len() - first.len().min(3) * usize::from(chance.with(0.5)));
        let paragraph = first.iter().any(|line| line.starts_with('§'));
        let mut number = first.iter().filter_map(|line| clause(line)).max().unwrap_or(4);
        // A list goes on with rows like those that it has.
        let rows = |line: &&String| line.chars().filter(char::is_ascii_digit).count() >= 6;
        let listed = matches!(kind, "rows" | "table") && chance.with(0.6);
        let own_rows: Vec<String> =
            first.iter().filter(rows).skip(2).filter(|_| listed).cloned().collect();
        let carried = kind == "rows" && chance.with(0.6);
        for _ in 0..more {
            let mut lines = Vec::new();
            // Pages of forms and letters are not all equally full, and a sentence may run on.
            let wanted = 4 + chance.below(10);
            while lines.len() < wanted {
                let more = if own_rows.len() > 1 {
                    own_rows.iter().map(|row| other_figures(row, chance)).collect()
                } else {
                    self.lines(kind, filler, chance)
                };
                lines.extend(more.into_iter().take(wanted - lines.len()));
            }
            if kind == "clauses" {
                let numbered = paragraph || chance.with(0.7);
                lines = lines
                    .iter()
                    .flat_map(|line| {
                        number += 1;
                        let (title, body) = line.split_once(" | ").unwrap_or((line, ""));
                        let head = match (numbered, paragraph) {
                            (true, true) => format!("§ {number} {title}"),
                            (true, false) => format!("{number}. {title}"),
                            (false, _) => title.to_owned(),
                        };
                        [head, body.to_owned()]
                    })
                    .collect();
            }
            if carried {
                if let Some(last) = pages.last_mut() {
                    last.push(
                        "Übertrag auf Blatt 2 1.204,11"
                            .replace('2', &(chance.between(2, 5)).to_string()),
                    );
                }
                lines.insert(0, "Übertrag 1.204,11".to_owned());
            }
            if kind == "prose" && chance.with(0.3) {
                run_on(pages, &mut lines, chance);
            }
            pages.push(lines);
        }
        if let Some(last) = pages.last_mut() {
            last.extend(end);
        }
    }

    fn furnish(&self, pages: &mut [Vec<String>], filler: &mut Filler, chance: &mut Chance) {
        let count = pages.len();
        let long = count > 1;
        let head = chance.with(if long { 0.4 } else { 0.1 });
        let head = head.then(|| self.one("heads", filler, chance));
        // Papers repeat their own first line above every page, too.
        let own = long && chance.with(0.25);
        let title = pages.first().and_then(|page| page.first()).cloned().filter(|_| own);
        let foot = chance.with(0.25).then(|| self.one("feet", filler, chance));
        let number = match self.side {
            Side::Fit => chance.pick(&FIT_NUMBERS),
            Side::Report => chance.pick(&REPORT_NUMBERS),
        };
        let numbered = chance.with(if long { 0.6 } else { 0.12 });
        let (at_top, from_second) = (chance.with(0.3), long && chance.with(0.3));
        for (index, page) in pages.iter_mut().enumerate() {
            let later = index > 0;
            if let Some(title) = title.as_ref().filter(|_| later) {
                page.insert(0, title.clone());
            }
            if let Some(head) = &head {
                page.insert(0, head.clone());
            }
            page.extend(foot.clone());
            if numbered && (later || !from_second) {
                let shown =
                    number.replace('#', &(index + 1).to_string()).replace('%', &count.to_string());
                let place = if at_top { 0 } else { page.len() };
                page.insert(place, shown);
            }
        }
    }

    fn one(&self, kind: &str, filler: &mut Filler, chance: &mut Chance) -> String {
        let lines = self.lines(kind, filler, chance);
        chance.pick(&lines)
    }

    fn lines(&self, kind: &str, filler: &mut Filler, chance: &mut Chance) -> Vec<String> {
        let side = self.side.name();
        let family = self.furniture.iter().find(|f| f.class == kind && f.name == side);
        let mut fill =
            |key: &str, count: usize, chance: &mut Chance| filler.fill(key, count, chance);
        family.map(|family| family.draw(chance, &mut fill)).unwrap_or_default()
    }
}

/// The last words of the page before stand on this one.
fn run_on(pages: &mut [Vec<String>], lines: &mut [String], chance: &mut Chance) {
    let (Some(last), Some(first)) = (pages.last_mut(), lines.first_mut()) else { return };
    let words: Vec<&str> = first.split(' ').collect();
    let cut = words.len() / 2 + chance.below(2);
    let (kept, rest) = words.split_at(cut.min(words.len()));
    last.push(kept.join(" "));
    *first = rest.join(" ");
}

fn other_figures(row: &str, chance: &mut Chance) -> String {
    let figure = |c: char| if c.is_ascii_digit() { chance.digits(1) } else { c.to_string() };
    row.chars().map(figure).collect()
}

fn clause(line: &str) -> Option<u32> {
    line.strip_prefix("§ ")?.split(' ').next()?.parse().ok()
}

/// The lower half of a card, where its zone stands, is its back.
fn turn_over(pages: &mut Vec<Vec<String>>) {
    let Some(front) = pages.first_mut().filter(|page| page.len() > 5) else { return };
    let begin = match front.iter().position(|line| line.contains("<<")) {
        Some(zone) => (zone - zone.min(4)).max(zone * 2 / 3),
        None => front.len() * 3 / 5,
    };
    // Columns that stand beside the zone belong to no side.
    if begin + 8 >= front.len() {
        let back = front.split_off(begin);
        pages.push(back);
    }
}

fn is_card(class: &str) -> bool {
    matches!(
        class,
        "passport" | "national_id_card" | "residence_permit_card" | "passport_substitute" | "visa"
    )
}

fn has_back(class: &str) -> bool {
    matches!(class, "national_id_card" | "residence_permit_card")
}

fn is_letter(class: &str) -> bool {
    matches!(
        class,
        "correspondence"
            | "unknown_other"
            | "health_insurance_proof"
            | "employer_certificate"
            | "admission_letter"
            | "enrolment_certificate"
            | "recognition_notice"
            | "social_benefit_notice"
            | "child_benefit_notice"
            | "bamf_decision"
            | "tax_assessment"
            | "appointment_confirmation"
    )
}

/// What stands on later pages of such papers; none for papers of one page.
fn goes_on_with(class: &str) -> Option<&'static str> {
    Some(match class {
        "employment_contract" | "rental_contract" | "training_contract" => "clauses",
        "bank_statement" => "rows",
        "pension_insurance_record"
        | "transcript_of_records"
        | "university_degree"
        | "business_assessment" => "table",
        "application_form" | "employment_declaration_ba" | "declaration_of_commitment" => "answers",
        "tax_assessment"
        | "social_benefit_notice"
        | "child_benefit_notice"
        | "bamf_decision"
        | "recognition_notice"
        | "admission_letter"
        | "correspondence"
        | "unknown_other"
        | "divorce_decree"
        | "custody_document"
        | "health_insurance_proof"
        | "professional_licence"
        | "power_of_attorney" => "prose",
        _ => return None,
    })
}

/// Misread letters, lost words and lines, a little dirt.
pub(super) fn scanned(page: &str, chance: &mut Chance) -> String {
    if page.is_empty() {
        return if chance.with(0.5) { String::new() } else { ". ,".to_owned() };
    }
    let misread = chance.pick(&[0.002, 0.005, 0.01, 0.02]);
    let mut text = String::new();
    for line in page.lines() {
        if chance.with(0.015) {
            continue;
        }
        for (at, word) in line.split(' ').enumerate() {
            if at > 0 {
                text.push(' ');
            }
            if chance.with(0.008) {
                continue;
            }
            for character in word.chars() {
                if chance.with(misread) {
                    text.push_str(&corpus::misread_as(character, chance));
                } else {
                    text.push(character);
                }
            }
        }
        text.push(if chance.with(0.03) { ' ' } else { '\n' });
    }
    if chance.with(0.15) {
        text.push_str("| . _\n");
    }
    text
}
