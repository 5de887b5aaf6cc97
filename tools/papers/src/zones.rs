//! Measures machine readable zones: papers of all five formats, as a scan and as a photo with glare over the zone,
//! read by the appliance's reader and found by the appliance's finder.

use crate::chance::Chance;
use crate::day::Day;
use crate::facts;
use crate::generate::household;
use crate::layouts::{self, Families};
use crate::paper::{self, Paper};
use crate::scan::{self, PHOTO_GLARE, SCAN_150};
use crate::world::World;
use anyhow::{Context as _, Result};
use documents::paper::Page;
use documents::{Interval, MachineZone, machine_zone};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to measure, and with what.
#[derive(Clone, Debug)]
pub struct Order {
    /// The program `read-file`.
    pub reader: PathBuf,
    /// Folder of networks.
    pub networks: PathBuf,
    /// Papers.
    pub count: u64,
    /// Seed of the households.
    pub seed: u64,
    /// Keeps recognised texts here and takes those that are there already, to measure the finder alone.
    pub texts: Option<PathBuf>,
}

/// Format of the zone and class of paper that shows it. ID cards and visas show two formats each.
const KINDS: [(&str, &str); 7] = [
    ("TD3", "passport"),
    ("TD1", "residence_permit_card"),
    ("MRV-A", "visa"),
    ("TD2", "national_id_card"),
    ("TD3", "passport_substitute"),
    ("MRV-B", "visa"),
    ("TD1", "national_id_card"),
];

/// By picture and format.
type Scores = BTreeMap<(&'static str, &'static str), Score>;

/// How the zones of one format and one kind of picture came out.
#[derive(Clone, Copy, Debug, Default)]
struct Score {
    asked: u64,
    /// Every line stands in the recognised text as it is.
    raw: u64,
    /// The finder gives every line.
    exact: u64,
    sure: u64,
    /// Sure, and a cell that check digits cover differs.
    false_cells: u64,
    /// Sure, and only cells differ that no digit covers: names, states, kind.
    false_names: u64,
}

/// A paper with a zone of this format; its truth holds the lines.
///
/// # Errors
/// When a template fails.
pub fn paper(seed: u64, number: u64) -> Result<(&'static str, Paper)> {
    let kind = usize::try_from(number)?.checked_rem(KINDS.len()).and_then(|at| KINDS.get(at));
    let (format, class) = kind.copied().context("find a kind")?;
    let world = World::new(household(seed, format, number), Day::new(2026, 11, 16));
    let mut facts = facts::of(&world, class).context("find the class")?;
    let text =
        |name: &str| facts.fields.get(name).and_then(|v| v.as_str()).unwrap_or("").to_owned();
    let zone = match format {
        "TD2" => {
            let data = facts::passport_zone(&world.applicant);
            crate::checked::MrzData { number: text("id_number"), ..data }.td2("ID").join("\n")
        }
        // The small sticker's zone is the large one's without its last eight cells.
        "MRV-B" => {
            let lines = text("mrz");
            let short = |line: &str| line.chars().take(crate::checked::VISA_B).collect::<String>();
            lines.lines().map(short).collect::<Vec<_>>().join("\n")
        }
        _ => text("mrz"),
    };
    facts.contradict("mrz", &zone, &zone);
    let choices = layouts::among(class, Families::All);
    let at = Chance::new(seed).fork("layout").fork(&number.to_string()).below(choices.len());
    let layout = choices.get(at).copied().context("find a layout")?;
    Ok((format, paper::typeset(&world, facts, layout)?))
}

/// Generates, reads and compares; tells `say` a table.
///
/// # Errors
/// When a template fails, a file cannot be written or the reader cannot be started.
pub fn measure(order: &Order, say: &mut dyn FnMut(&str)) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("zones-{}", std::process::id()));
    fs_err::create_dir_all(&folder)?;
    if let Some(texts) = &order.texts {
        fs_err::create_dir_all(texts)?;
    }
    let mut scores: Scores = BTreeMap::new();
    for number in 0..order.count {
        let (format, paper) = paper(order.seed, number)?;
        let zone = paper.truth.fields.get("mrz").and_then(|zone| zone.as_str());
        let wanted = zone.context("find the zone")?;
        let last = wanted.lines().last().context("find the last line")?;
        let [left, right, line] = paper.spot(last).context("find the zone on the page")?;
        let area = [left, right, line - 0.06, line];
        for (kind, profile, ending) in
            [("scan", &SCAN_150, "pdf"), ("photo with glare", &PHOTO_GLARE, "jpg")]
        {
            let kept =
                order.texts.as_ref().map(|folder| folder.join(format!("{number}.{ending}.txt")));
            if let Some(text) = kept.as_ref().and_then(|path| fs_err::read_to_string(path).ok()) {
                let name = format!("{}, {kind}", paper.truth.family);
                let score = scores.entry((kind, format)).or_default();
                compare(score, wanted, text, &name, say);
                continue;
            }
            let mut chance = Chance::new(order.seed ^ number).fork(kind);
            let grey = paper.grey(profile);
            let first = grey.first().context("draw the first page")?;
            let seen = scan::captured_with(first, profile, area, &mut chance);
            let file = folder.join(format!("zone.{ending}"));
            let bytes = if ending == "pdf" {
                scan::image_pdf(&[seen], profile)?
            } else {
                scan::photo(&seen, profile)?
            };
            fs_err::write(&file, bytes)?;
            let text = read(order, &file)?;
            if let Some(path) = kept {
                fs_err::write(path, &text)?;
            }
            let name = format!("{}, {kind}", paper.truth.family);
            let score = scores.entry((kind, format)).or_default();
            compare(score, wanted, text, &name, say);
        }
    }
    fs_err::remove_dir_all(&folder)?;
    table(&scores, say);
    Ok(())
}

/// What the appliance's reader reads, in a process of its own.
fn read(order: &Order, file: &Path) -> Result<String> {
    let mut call = Command::new(&order.reader);
    let done = call.arg("--networks").arg(&order.networks).arg(file).output()?;
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Counts one picture; tells of it when its lines did not come out exact.
fn compare(score: &mut Score, wanted: &str, text: String, name: &str, say: &mut dyn FnMut(&str)) {
    let page = Page::of_text(1, text);
    let found = machine_zone(&page);
    let before = score.exact;
    score.add(wanted, &page.text, found.as_ref());
    if score.exact == before {
        let got = found.map_or("nothing".to_owned(), |zone| format!("{zone:?}"));
        say(&format!("{name}: {wanted:?} {got}"));
    }
}

impl Score {
    fn add(&mut self, wanted: &str, text: &str, found: Option<&MachineZone>) {
        self.asked += 1;
        let packed = |line: &str| line.split_whitespace().collect::<String>();
        let read: Vec<String> = text.lines().map(packed).collect();
        self.raw += u64::from(wanted.lines().all(|line| read.iter().any(|read| read == line)));
        let Some(found) = found else { return };
        let exact = found.lines == wanted;
        self.exact += u64::from(exact);
        self.sure += u64::from(found.sure);
        // A lower line alone, of which no name is taken, is no false one.
        let alone = found.lines.lines().count() == 1;
        if found.sure && !exact && !(alone && covered(wanted) == covered(&found.lines)) {
            let vouched = covered(wanted) == covered(&found.lines);
            self.false_names += u64::from(vouched);
            self.false_cells += u64::from(!vouched);
        }
    }
}

/// The cells that check digits cover: of cards all but kind, state, sex and nationality, else those of the lower line.
fn covered(zone: &str) -> Option<[&str; 3]> {
    let lines: Vec<&str> = zone.lines().collect();
    match lines.as_slice() {
        [upper, lower, _] => Some([upper.get(5..)?, lower.get(..15)?, lower.get(18..)?]),
        [.., lower] => Some([lower.get(..10)?, lower.get(13..20)?, lower.get(21..)?]),
        [] => None,
    }
}

fn table(scores: &Scores, say: &mut dyn FnMut(&str)) {
    say(
        "\n| picture | zone | zones | lines as recognised | lines exact | 95 % interval | target | sure | sure, wrong in checked cells | sure, wrong in names or states |",
    );
    say("|---|---|---:|---:|---:|---|---|---:|---:|---:|");
    for (kind, target) in [("scan", "≥ 99 %"), ("photo with glare", "≥ 80 %")] {
        let mut all = Score::default();
        for ((_, format), score) in scores.iter().filter(|((other, _), _)| *other == kind) {
            row(kind, format, "", score, say);
            all.asked += score.asked;
            all.raw += score.raw;
            all.exact += score.exact;
            all.sure += score.sure;
            all.false_cells += score.false_cells;
            all.false_names += score.false_names;
        }
        row(kind, "all", target, &all, say);
    }
}

fn row(kind: &str, format: &str, target: &str, score: &Score, say: &mut dyn FnMut(&str)) {
    let exact = Interval::new(score.exact, score.asked);
    say(&format!(
        "| {kind} | {format} | {} | {} | {} ({:.1} %) | {:.1}–{:.1} % | {target} | {} | {} | {} |",
        score.asked,
        score.raw,
        score.exact,
        100.0 * exact.share().unwrap_or_default(),
        100.0 * exact.low,
        100.0 * exact.high,
        score.sure,
        score.false_cells,
        score.false_names
    ));
}

#[cfg(test)]
mod tests;
