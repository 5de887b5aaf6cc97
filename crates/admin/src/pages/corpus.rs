//! The decrees: how many there are, and a search as of a day with its answer.

use askama::Template;
use axum::extract::{self, Query};
use axum::response::Response;
use decrees::{CorpusStats, Day, Error, Hit, Passage, Quote, SearchRequest, Strategy};
use serde::Deserialize;

use super::marks::{Stretch, excerpt, note};
use super::{Frame, failed, html};
use crate::State;
use crate::language::Language;
use crate::session::Person;

/// Hits shown.
const HITS: usize = 20;
/// Characters of a hit shown.
const HIT_CHARACTERS: usize = 700;
/// Characters of a query read.
const QUERY_CHARACTERS_MAX: usize = 1000;
/// Words that open a question.
const QUESTION_WORDS: &str = "wann warum was welche welchem welchen welcher welches wem wen wer wessen wie wieviel wieviele wo \
     wodurch wofür woher wohin womit woran worauf woraus darf dürfen hat haben ist sind kann können muss müssen soll \
     sollen wird werden gibt gilt braucht what when where which who why how must may can is are does do";

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    as_of: String,
}

#[derive(Template)]
#[template(path = "corpus.html")]
struct Page {
    frame: Frame,
    stats: CorpusStats,
    query: String,
    as_of: String,
    problem: Option<&'static str>,
    /// None where nothing was asked as a question.
    answer: Option<Vec<Sentence>>,
    hits: Vec<Shown>,
    searched: bool,
}

/// A sentence of an answer.
struct Sentence {
    text: String,
    note: String,
    citations: Vec<Passage>,
}

struct Shown {
    passage: Passage,
    stretches: Vec<Stretch>,
    note: String,
}

pub(crate) async fn page(
    extract::State(state): extract::State<State>,
    person: Person,
    language: Language,
    Query(asked): Query<Asked>,
) -> Response {
    let query: String = asked.q.trim().chars().take(QUERY_CHARACTERS_MAX).collect();
    let today = state.corpus.today();
    let day = day(&asked.as_of, today);
    let mut page = Page {
        frame: Frame::new(&state, Some(person.clone()), language, "corpus"),
        stats: state.corpus.stats(),
        as_of: day.unwrap_or(today).to_string(),
        problem: None,
        answer: None,
        hits: Vec::new(),
        searched: false,
        query,
    };
    let Some(day) = day else {
        page.problem = Some(no_such_day(language));
        return html(&page);
    };
    if page.query.is_empty() {
        return html(&page);
    }
    let question = is_question(&page.query);
    match ask(&state, request(&page.query, day), question).await {
        Ok((quotes, hits)) => {
            page.answer = quotes.map(|quotes| quotes.into_iter().map(sentence).collect());
            page.hits = hits.into_iter().map(shown).collect();
            page.searched = true;
            html(&page)
        }
        Err(Error::EmptyQuery) => {
            page.searched = true;
            html(&page)
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "failed to search");
            failed(&state, person, language)
        }
    }
}

/// The day of a form; today where it was left empty, none where there is no such day.
pub(super) fn day(asked: &str, today: Day) -> Option<Day> {
    if asked.is_empty() { Some(today) } else { Day::parse_iso(asked) }
}

pub(super) fn no_such_day(language: Language) -> &'static str {
    language.pick("Diesen Tag gibt es nicht.", "There is no such day.")
}

fn request(query: &str, day: Day) -> SearchRequest {
    SearchRequest {
        query: query.to_owned(),
        limit: HITS,
        as_of: Some(day),
        kinds: Vec::new(),
        issuers: Vec::new(),
        references: Vec::new(),
        strategy: Strategy::Hybrid,
        include_not_in_force: false,
        lane: inference::Lane::interactive("console"),
        deadline: None,
    }
}

/// The quotes that answer, where it was a question, and the hits.
async fn ask(
    state: &State,
    request: SearchRequest,
    question: bool,
) -> Result<(Option<Vec<Quote>>, Vec<Hit>), Error> {
    if question {
        let answered = state.corpus.answer(request).await?;
        Ok((Some(answered.quotes), answered.found.hits))
    } else {
        Ok((None, state.corpus.search(request).await?.hits))
    }
}

/// Whether words are asked as a question rather than as keywords.
fn is_question(query: &str) -> bool {
    let mut words = query.split_whitespace();
    let first = words.next().unwrap_or_default().to_lowercase();
    let opens = QUESTION_WORDS.split_whitespace().any(|word| word == first);
    query.ends_with('?') || (opens && words.nth(1).is_some())
}

fn sentence(quote: Quote) -> Sentence {
    let citation = quote.citations.first().map_or("", |passage| passage.citation.as_str());
    Sentence { note: note(&quote.text, citation), text: quote.text, citations: quote.citations }
}

fn shown(hit: Hit) -> Shown {
    Shown {
        stretches: excerpt(&hit.passage.text, &hit.highlights, HIT_CHARACTERS),
        note: note(hit.quote(), &hit.passage.citation),
        passage: hit.passage,
    }
}

#[cfg(test)]
mod tests {
    use super::is_question;

    #[test]
    fn questions_are_told_from_keywords() {
        for query in ["Wann ist der Lebensunterhalt gesichert", "Passpflicht?", "Muss sie zahlen?"]
        {
            assert!(is_question(query), "{query}");
        }
        for query in ["Lebensunterhalt", "Gebühr Bewohnerparkausweis", "§ 5 AufenthG", "wie", ""]
        {
            assert!(!is_question(query), "{query}");
        }
    }
}
