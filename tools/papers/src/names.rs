//! A set of names in eight orthographies, each set in several fonts: how exactly a reader takes them.

use crate::layouts::{Kept, Layout};
use crate::typeset::Typeset;
use anyhow::{Context, Result};
use serde_json::json;
use std::path::Path;

const NAMES: &str = include_str!("../texts/names.txt");
const SHEET: Layout = Layout {
    family: "names.sheet",
    source: include_str!("../templates/names.typ.txt"),
    kept: Kept::Open,
};
/// The fonts that names are set in; letters that one lacks come from another. The last, the papers' typewriter
/// font, has no anchors for a second mark, which then stands over the next letter.
const FONTS: [&str; 3] = ["Libertinus Serif", "New Computer Modern", "DejaVu Sans Mono"];

/// Writes `names.N.pdf` for each font and `names.N.truth.json`: names by orthography, each alone on a line.
/// Returns how many names were set.
///
/// # Errors
/// When the sheet cannot be typeset or written.
pub fn write(out: &Path) -> Result<usize> {
    fs_err::create_dir_all(out)?;
    let mut set = 0;
    for (font, number) in FONTS.iter().zip(0..) {
        let mut groups = Vec::new();
        for line in NAMES.lines().filter(|line| !line.starts_with('#')) {
            let (orthography, names) = line.split_once(':').context("names.txt lacks a colon")?;
            let (given, surnames) = names.split_once('|').context("names.txt lacks a bar")?;
            let words = |list: &str| list.split(',').map(|one| one.trim().to_owned()).collect();
            let (given, surnames): (Vec<String>, Vec<String>) = (words(given), words(surnames));
            let names: Vec<String> = given
                .iter()
                .flat_map(|given| surnames.iter().map(move |surname| format!("{given} {surname}")))
                .collect();
            set += names.len();
            groups.push(json!({ "orthography": orthography, "names": names }));
        }
        let facts = json!({ "wording": 0, "font": font, "groups": groups });
        let sheet = Typeset::new(SHEET.family, SHEET.source, &facts)?;
        fs_err::write(out.join(format!("names.{number}.pdf")), sheet.pdf()?)?;
        let truth = serde_json::to_vec_pretty(&facts)?;
        fs_err::write(out.join(format!("names.{number}.truth.json")), truth)?;
    }
    Ok(set)
}
