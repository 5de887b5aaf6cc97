//! Papers in bulk, for tests, benches and measurements.

use crate::chance::Chance;
use crate::day::Day;
use crate::facts;
use crate::layouts::Families;
use crate::paper::{self, Format};
use crate::world::World;
use anyhow::{Result, bail};
use std::path::Path;

/// What to generate.
#[derive(Clone, Debug)]
pub struct Order {
    /// Seed of the households; each paper has a household of its own, also across classes.
    pub seed: u64,
    /// Papers of each class.
    pub count: u64,
    /// Class ids; empty for all that have templates.
    pub classes: Vec<String>,
    /// Files of each paper.
    pub formats: Vec<Format>,
    /// Which layouts.
    pub families: Families,
    /// "Today" of the papers.
    pub today: Day,
}

/// Writes `class/number.ending` for each paper and format, and `class/number.truth.json`.
/// Returns how many papers were written.
///
/// # Errors
/// When a class has no template or a file cannot be written.
pub fn write(order: &Order, out: &Path) -> Result<u64> {
    let all: Vec<String> = facts::CLASSES.iter().map(|class| (*class).to_owned()).collect();
    let classes = if order.classes.is_empty() { &all } else { &order.classes };
    if let Some(unknown) = classes.iter().find(|class| !all.contains(class)) {
        bail!("class {unknown} has no templates; there are {}", all.join(", "));
    }
    let mut written = 0;
    for class in classes {
        let folder = out.join(class);
        fs_err::create_dir_all(&folder)?;
        for number in 0..order.count {
            let world = World::new(household(order.seed, class, number), order.today);
            let paper = paper::among(&world, &world.applicant, class, order.families)?;
            for format in &order.formats {
                let path = folder.join(format!("{number:04}.{}", format.ending()));
                fs_err::write(path, paper.file(*format)?)?;
            }
            let truth = serde_json::to_vec_pretty(&paper.truth)?;
            fs_err::write(folder.join(format!("{number:04}.truth.json")), truth)?;
            written += 1;
        }
    }
    Ok(written)
}

/// The seed of a household: other households for each class, so that no name tells two classes together.
#[must_use]
pub fn household(seed: u64, class: &str, number: u64) -> u64 {
    Chance::new(seed.wrapping_add(number)).fork(class).next_u64()
}
