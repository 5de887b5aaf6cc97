//! Answers: is the right section quoted, and is nothing quoted where nothing answers?

use super::{Failure, Query, lines, request};
use decrees::{Answered, Corpus, Evidence, Strategy};
use std::io::Write;
use std::path::Path;

/// Asks every query, and every line of the file of questions that no law answers.
pub(super) async fn evaluate(
    corpus: &Corpus,
    path: &Path,
    queries: &[Query],
    unanswerable: &Path,
    evidence: Option<&Path>,
) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let (mut right, mut silent, mut quotes, mut asked) = (0_u32, 0_u32, 0_usize, 0_u32);
    for query in queries {
        let answer = corpus.answer(request(&query.text, Strategy::Hybrid)).await?;
        let cited = cites(&answer, query);
        asked += 1;
        right += u32::from(cited);
        silent += u32::from(answer.quotes.is_empty());
        quotes += answer.quotes.len();
        rows.push((if cited { "cited" } else { "other" }, answer.found.evidence));
    }
    let (mut foreign, mut abstained) = (0_u32, 0_u32);
    for line in lines(unanswerable)? {
        let question = line?;
        if question.trim().is_empty() || question.starts_with('#') {
            continue;
        }
        let answer = corpus.answer(request(&question, Strategy::Hybrid)).await?;
        foreign += 1;
        abstained += u32::from(answer.quotes.is_empty());
        rows.push(("none", answer.found.evidence));
    }
    let share = |part: u32, all: u32| f64::from(part) / f64::from(all.max(1));
    println!(
        "{} answers: n {asked} right section cited {:.3}, wrongly abstained {:.3}, quotes {quotes}; of {foreign} questions without an answer abstained {:.3}",
        path.file_name().unwrap_or_default().display(),
        share(right, asked),
        share(silent, asked),
        share(abstained, foreign),
    );
    if let Some(path) = evidence {
        write(path, &rows)?;
    }
    Ok(())
}

/// Whether one of the places cited is right.
fn cites(answer: &Answered, query: &Query) -> bool {
    let places = answer.quotes.iter().flat_map(|quote| &quote.citations);
    let mut ids = places.map(|passage| passage.decree_id.as_str());
    ids.any(|id| query.relevant.iter().any(|relevant| relevant == id))
}

/// A line for each question, to fit the threshold by.
fn write(path: &Path, rows: &[(&str, Evidence)]) -> Result<(), Failure> {
    let mut file = fs_err::File::create(path)?;
    writeln!(file, "question\tcovered\tnear")?;
    for (label, Evidence { covered, near, .. }) in rows {
        writeln!(file, "{label}\t{covered:.4}\t{:.4}", near.unwrap_or(0.0))?;
    }
    Ok(())
}
