//! How soon after its import is answered a decree is found.

use crate::{Failure, request};
use decrees::{Content, Corpus, Metadata, Source, Strategy};
use std::time::{Duration, Instant};

/// Decrees that are added.
const ADDED: usize = 20;

pub(crate) async fn measure(corpus: &Corpus) -> Result<(), Failure> {
    let importer = corpus.importer();
    let (mut words, mut vectors) = (Vec::new(), Vec::new());
    for number in 0..ADDED {
        // A number of the process keeps a corpus that is used again from knowing it already.
        let mark = format!("neu{}x{number}", std::process::id());
        let text =
            format!("Erlass\n\n1 Sache\n\nDas Kennwort {mark} gilt ab sofort im Fundbüro.\n");
        let source = Source {
            filename: format!("{mark}.txt"),
            content: Content::Text(text),
            metadata: Metadata {
                decree_id: mark.clone(),
                title: mark.clone(),
                ..Metadata::default()
            },
        };
        importer.add(source)??;
        let answered = Instant::now();
        for (strategy, times) in [(Strategy::Lexical, &mut words), (Strategy::Dense, &mut vectors)]
        {
            loop {
                let answer = corpus.search(request(&mark, strategy)).await?;
                if answer.hits.iter().any(|hit| hit.passage.decree_id.as_str() == mark) {
                    break;
                }
                if answered.elapsed() > Duration::from_secs(60) {
                    return Err(
                        format!("{mark} is not found by {strategy:?} after a minute").into()
                    );
                }
            }
            times.push(answered.elapsed());
        }
    }
    for (name, times) in [("words", &mut words), ("vectors", &mut vectors)] {
        times.sort_unstable();
        let milliseconds =
            |at: usize| times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1_000.0);
        println!(
            "{ADDED} decrees added one by one, found by {name} after: median {:.0} ms, longest {:.0} ms",
            milliseconds(ADDED / 2),
            milliseconds(ADDED - 1),
        );
    }
    Ok(())
}
