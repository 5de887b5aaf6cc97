//! Papers in bulk, for tests, benches and measurements.

use crate::chance::Chance;
use crate::day::Day;
use crate::facts;
use crate::layouts::{self, Families};
use crate::paper::{self, Format};
use crate::world::World;
use anyhow::{Result, bail};
use serde_json::json;
use std::path::Path;

/// What to generate.
#[derive(Clone, Debug)]
pub struct Order {
    /// Seed of the households; each paper has a household of its own, also across classes.
    pub seed: u64,
    /// Papers of each class.
    pub count: u64,
    /// Class ids; empty for all that have templates among these layouts.
    pub classes: Vec<String>,
    /// Files of each paper.
    pub formats: Vec<Format>,
    /// One more file of each paper, its kind in turn.
    pub turn: Vec<Format>,
    /// Which layouts.
    pub families: Families,
    /// "Today" of the papers.
    pub today: Day,
}

/// Writes `class/number.ending` for each paper and format, and `class/number.truth.json`, which names the profile of
/// each picture.
/// Returns how many papers were written.
///
/// # Errors
/// When a class has no template or a file cannot be written.
pub fn write(order: &Order, out: &Path) -> Result<u64> {
    let has = |class: &&str| !layouts::among(class, order.families).is_empty();
    let all: Vec<String> = facts::CLASSES.iter().copied().filter(has).map(str::to_owned).collect();
    let classes = if order.classes.is_empty() { &all } else { &order.classes };
    if let Some(unknown) = classes.iter().find(|class| !all.contains(class)) {
        bail!("class {unknown} has no templates; there are {}", all.join(", "));
    }
    let mut written = 0;
    for (index, class) in (0_u64..).zip(classes) {
        let folder = out.join(class);
        fs_err::create_dir_all(&folder)?;
        for number in 0..order.count {
            let world = World::new(household(order.seed, class, number), order.today);
            let paper = paper::among(&world, &world.applicant, class, order.families)?;
            let mut truth = serde_json::to_value(&paper.truth)?;
            let turn = order.turn.iter().cycle().skip(turn(index + number, order.turn.len()));
            for format in order.formats.iter().chain(turn.take(1)) {
                let name = format!("{number:04}.{}", format.ending());
                fs_err::write(folder.join(&name), paper.file(*format)?)?;
                if let (Some(profile), Some(truth)) = (format.profile(), truth.as_object_mut()) {
                    let made = json!({ "profile": profile.name, "dots_per_inch": [profile.across, profile.down] });
                    let pictures = truth.entry("pictures").or_insert_with(|| json!({}));
                    if let Some(pictures) = pictures.as_object_mut() {
                        pictures.insert(name, made);
                    }
                }
            }
            let truth = serde_json::to_vec_pretty(&truth)?;
            fs_err::write(folder.join(format!("{number:04}.truth.json")), truth)?;
            written += 1;
        }
    }
    Ok(written)
}

fn turn(number: u64, kinds: usize) -> usize {
    usize::try_from(number).unwrap_or(0).checked_rem(kinds).unwrap_or(0)
}

/// The seed of a household: other households for each class, so that no name tells two classes together.
#[must_use]
pub fn household(seed: u64, class: &str, number: u64) -> u64 {
    Chance::new(seed.wrapping_add(number)).fork(class).next_u64()
}
