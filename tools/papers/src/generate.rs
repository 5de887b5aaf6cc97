//! Papers in bulk, for tests, benches and measurements.

use crate::day::Day;
use crate::facts;
use crate::paper::{self, Format};
use crate::world::World;
use anyhow::{Result, bail};
use std::path::Path;

/// What to generate.
#[derive(Clone, Debug)]
pub struct Order {
    /// Seed of the first household; each paper has a household of its own.
    pub seed: u64,
    /// Papers of each class.
    pub count: u64,
    /// Class ids; empty for all that have templates.
    pub classes: Vec<String>,
    /// Files of each paper.
    pub formats: Vec<Format>,
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
            let paper = paper::of(&World::new(order.seed + number, order.today), class)?;
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
