//! Recognition by the program Tesseract: a grey image goes in over a pipe, words with boxes and
//! confidence come back. No file is written.

use crate::confine;
use crate::error::{FileError, Reason};
use crate::layout;
use crate::limits::Recogniser;
use crate::mend;
use crate::paper::Rect;
use crate::picture::{Gray, Recognised};
use crate::quarter::Quarter;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

mod rows;

/// Words below this confidence are marks and stains more often than words.
const CONFIDENCE_MIN: f32 = 0.08;
/// Less sure answers about orientation are guesses; sound ones lie above ten.
const ORIENTATION_MIN: f32 = 2.0;

/// Asks the program for its languages. None where it does not run or knows no German.
pub(crate) fn find(program: &Path) -> Option<Recogniser> {
    let output = Command::new(program).arg("--list-langs").stdin(Stdio::null()).output().ok()?;
    let listing = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let known = |language: &str| listing.lines().any(|line| line.trim() == language);
    if !known("deu") {
        tracing::warn!(program = %program.display(), "Tesseract has no German data: scans cannot be read");
        return None;
    }
    let data = listing.split('"').nth(1).map(PathBuf::from)?;
    // With English beside it, § is not read as $.
    let languages = if known("eng") { "deu+eng" } else { "deu" };
    Some(Recogniser { program: program.to_owned(), languages: languages.to_owned(), data })
}

/// Recognises one upright page. `scale` is points per pixel.
pub(crate) fn recognise(
    recogniser: &Recogniser,
    gray: &Gray,
    scale: f32,
) -> Result<Recognised, FileError> {
    let wanted = ["-l", recogniser.languages.as_str(), "--psm", "3", "-c", "tessedit_create_tsv=1"];
    Ok(parse(&run(recogniser, &wanted, gray, scale)?, scale))
}

/// By how much the page must be turned clockwise to be upright. None where it is upright, and where
/// that cannot be told: too few letters, or no orientation data installed.
pub(crate) fn orientation(recogniser: &Recogniser, gray: &Gray, scale: f32) -> Option<Quarter> {
    let told = run(recogniser, &["-l", "osd", "--psm", "0"], gray, scale).ok()?;
    turn_told(&told)
}

pub(crate) fn turn_told(told: &str) -> Option<Quarter> {
    let number = |name: &str| {
        told.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<f32>().ok())
    };
    if number("Orientation confidence:")? < ORIENTATION_MIN {
        return None;
    }
    let degrees = told.lines().find_map(|line| line.strip_prefix("Rotate:"))?;
    Quarter::from_degrees(degrees.trim().parse().ok()?)
}

/// What the program says about the image, called with these arguments.
fn run(
    recogniser: &Recogniser,
    arguments: &[&str],
    gray: &Gray,
    scale: f32,
) -> Result<String, FileError> {
    let failed = |what: String| FileError::new(Reason::Unreadable, format!("Tesseract: {what}"));
    let mut command = Command::new(&recogniser.program);
    command
        .args(["stdin", "stdout"])
        .args(arguments)
        .args(["--dpi", &dots_per_inch(scale)])
        .env_clear()
        .env("OMP_THREAD_LIMIT", "1")
        .env("TESSDATA_PREFIX", &recogniser.data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    confine::die_with_parent(&mut command);
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let Some(mut stdin) = child.stdin.take() else { return Err(failed("no pipe".to_owned())) };
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            let header = format!("P5\n{} {}\n255\n", gray.width, gray.height);
            // A program that ended early says why on stderr.
            let _unsent =
                stdin.write_all(header.as_bytes()).and_then(|()| stdin.write_all(&gray.pixels));
        });
        child.wait_with_output()
    });
    let output = output.map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn dots_per_inch(scale: f32) -> String {
    format!("{:.0}", (72.0 / scale.max(0.01)).clamp(70.0, 600.0))
}

/// One line of the table: which block, paragraph and line, and the word.
struct Found<'a> {
    line: (u32, u32, u32),
    rect: Rect,
    confidence: f32,
    text: &'a str,
}

pub(crate) fn parse(table: &str, scale: f32) -> Recognised {
    let found: Vec<Found<'_>> = table.lines().filter_map(|line| row(line, scale)).collect();
    let following: Vec<&str> = found.iter().skip(1).map(|next| next.text).chain([""]).collect();
    let (mut sum, mut weight) = (0.0_f32, 0.0_f32);
    let named = found.into_iter().zip(following).map(|(word, next)| {
        let text = mend::word(word.text, next);
        let letters = f32::from(u16::try_from(text.chars().count()).unwrap_or(u16::MAX));
        (sum, weight) = (sum + word.confidence * letters, weight + letters);
        (word, text)
    });
    let named: Vec<(Found<'_>, String)> = named.collect();
    let (text, words) = layout::order_rows(rows::gather(&named));
    Recognised { text, words, quality: if weight > 0.0 { sum / weight } else { 0.0 } }
}

fn row(line: &str, scale: f32) -> Option<Found<'_>> {
    let mut fields = line.splitn(12, '\t');
    // Level 5 is a word; the levels above it repeat its place.
    if fields.next()? != "5" {
        return None;
    }
    let mut number = || fields.next()?.parse::<f32>().ok();
    let (_page, block, paragraph, line_number, _word) =
        (number()?, number()?, number()?, number()?, number()?);
    let (left, top, width, height) = (number()?, number()?, number()?, number()?);
    let confidence = (number()? / 100.0).clamp(0.0, 1.0);
    let text = fields.next()?.trim();
    if text.is_empty() || confidence < CONFIDENCE_MIN {
        return None;
    }
    let rect =
        Rect { left: left * scale, top: top * scale, width: width * scale, height: height * scale };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small counts that Tesseract printed as whole numbers"
    )]
    let line = (block as u32, paragraph as u32, line_number as u32);
    Some(Found { line, rect, confidence, text })
}

#[cfg(test)]
mod tests;
