//! `Answer`: sentences quoted from the best passages, one message each.

use decrees::{Answered, SearchRequest};
use tonic::{Request, Response, Status};

use super::decrees::search_request;
use crate::State;
use crate::call::stream::{Messages, Sender, Shape, stream};
use crate::call::{Answer, Note, Question, deadline};
use crate::convert::decrees as to;
use crate::failure::Failure;
use crate::proto;
use crate::proto::answer_response::Part;

const SHAPE: Shape<proto::AnswerResponse> = Shape {
    method: "amtshilfe.v1.DecreeService/Answer",
    deadline,
    first: Some(|provenance| {
        message(Part::Start(proto::AnswerStart { provenance: Some(provenance) }))
    }),
    last: |provenance| message(Part::End(proto::AnswerEnd { provenance: Some(provenance) })),
};

/// What an abstention says; the nearest places stand beside it.
const NOTHING_NEAR: &str = "Im Bestand steht nichts, was dieser Frage nahe kommt. / Nothing in the \
    corpus comes near this question.";
const NOT_CARRIED: &str = "Keine Fundstelle trägt eine Antwort; die nächstliegenden stehen dabei. / \
    No passage carries an answer; the nearest are named.";

impl Question for proto::AnswerRequest {}
impl Answer for proto::AnswerResponse {}

/// Answers a question by a stream.
pub(super) async fn answer(
    state: &State,
    request: Request<proto::AnswerRequest>,
) -> Result<Response<Messages<proto::AnswerResponse>>, Status> {
    let check = |state: &State, call: &crate::call::Call, request: proto::AnswerRequest| {
        let search = request.search.ok_or_else(|| Failure::invalid("search", "ask something"))?;
        search_request(state, call, search)
    };
    stream(state, request, SHAPE, check, speak).await
}

async fn speak(
    state: State,
    asked: SearchRequest,
    mut sender: Sender<proto::AnswerResponse>,
) -> Result<(Sender<proto::AnswerResponse>, Note), Failure> {
    let answered = state.corpus.answer(asked).await.map_err(Failure::Decrees)?;
    let found = &answered.found;
    let mut note = Note {
        models: found.models.clone(),
        corpus_version: found.corpus_version,
        queue_time: found.queue_time,
        compute_time: found.compute_time,
        truncated: found.truncated,
        ..Note::default()
    };
    note.fact("quotes", answered.quotes.len());
    for part in parts(&answered) {
        sender.send(message(part)).await?;
    }
    Ok((sender, note))
}

fn parts(answered: &Answered) -> Vec<Part> {
    if answered.quotes.is_empty() {
        let nearest: Vec<proto::Hit> = answered.found.hits.iter().map(to::hit).collect();
        let reason = if nearest.is_empty() { NOTHING_NEAR } else { NOT_CARRIED };
        return vec![Part::Abstention(proto::Abstention { reason: reason.to_owned(), nearest })];
    }
    let sentence = |quote: &decrees::Quote| proto::AnswerSentence {
        text: quote.text.clone(),
        citations: quote.citations.iter().map(to::passage).collect(),
        verbatim: true,
    };
    answered.quotes.iter().map(|quote| Part::Sentence(sentence(quote))).collect()
}

fn message(part: Part) -> proto::AnswerResponse {
    proto::AnswerResponse { part: Some(part) }
}
