//! `RecordDecision`: what a person made of an answer. The record is all that is kept, and it names ids of the
//! taxonomy only.

use documents::Knowledge;
use uuid::Uuid;

use crate::State;
use crate::call::{Call, Note};
use crate::failure::Failure;
use crate::proto;
use crate::proto::record_decision_request::Verdict;
use crate::recent::Answered;

/// Longest pseudonym, in bytes.
const OFFICER_BYTES_MAX: usize = 64;
/// Longest subject, in bytes.
const SUBJECT_BYTES_MAX: usize = 100;
/// The parts of answers that a decision can be about.
const PARTS: [&str; 5] = ["documents", "checklist", "hints", "form_proposals", "application_type"];

pub(super) async fn record(
    state: State,
    call: Call,
    request: proto::RecordDecisionRequest,
) -> Result<(proto::RecordDecisionResponse, Note), Failure> {
    let judges = state.documents.load_full();
    let decided = Uuid::parse_str(&request.inference_id).map_err(|_| {
        Failure::invalid("inference_id", "send the inference_id of the answer's provenance")
    })?;
    let subject = Subject::read(&request.subject)?;
    let verdict = match Verdict::try_from(request.verdict) {
        Ok(Verdict::Accepted) => "accepted",
        Ok(Verdict::Corrected) => "corrected",
        Ok(Verdict::Rejected) => "rejected",
        Ok(Verdict::Unspecified) | Err(_) => {
            let say = "say VERDICT_ACCEPTED, VERDICT_CORRECTED or VERDICT_REJECTED";
            return Err(Failure::invalid("verdict", say));
        }
    };
    let corrected = corrected(judges.knowledge(), verdict, &subject, &request.corrected)?;
    let officer = officer(&request.officer)?;
    let answered = state.recent.find(&decided, call.department());
    let mut note = Note { rules_digest: judges.knowledge().digest().to_owned(), ..Note::default() };
    note.fact("verdict", verdict);
    note.fact("subject", &subject.names);
    note.fact("officer", officer);
    if let Some(corrected) = corrected {
        note.fact("corrected", corrected);
    }
    if let Some(answered) = answered {
        note.fact("decided", answered.index);
        if let Some(id) = subject.id(&answered)? {
            note.fact("decided_on", id);
        }
        note.models.clone_from(&answered.models);
    }
    Ok((proto::RecordDecisionResponse::default(), note))
}

/// Which part of an answer: `documents[2].document_class`.
#[derive(Debug, PartialEq, Eq)]
struct Subject {
    /// The names alone, as the record keeps them: `documents.document_class`.
    names: String,
    part: &'static str,
    /// The first index.
    place: Option<usize>,
}

impl Subject {
    fn read(text: &str) -> Result<Self, Failure> {
        let wrong = || {
            let say = "name a part of the answer as documents[2].document_class, documents[0].fields[1], \
                       checklist[3], hints[0], form_proposals[4] or application_type";
            Failure::invalid("subject", say)
        };
        if text.len() > SUBJECT_BYTES_MAX {
            return Err(wrong());
        }
        let mut names = Vec::new();
        let mut place = None;
        for (depth, step) in text.split('.').enumerate() {
            let (name, index) = match step.strip_suffix(']') {
                Some(indexed) => {
                    let (name, digits) = indexed.split_once('[').ok_or_else(wrong)?;
                    (name, Some(digits.parse::<usize>().map_err(|_| wrong())?))
                }
                None => (step, None),
            };
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
            if name.is_empty() || !name.bytes().all(plain) {
                return Err(wrong());
            }
            if depth == 0 {
                place = index;
            }
            names.push(name);
        }
        let part = PARTS.into_iter().find(|part| names.first() == Some(part)).ok_or_else(wrong)?;
        Ok(Self { names: names.join("."), part, place })
    }

    /// The id of the part that was decided on: a class, a rule, an item.
    fn id<'a>(&self, answered: &'a Answered) -> Result<Option<&'a String>, Failure> {
        let parts = &answered.parts;
        let ids = match self.part {
            "documents" => &parts.classes,
            "hints" => &parts.rules,
            "checklist" => &parts.items,
            _ => return Ok(None),
        };
        let Some(place) = self.place else { return Ok(None) };
        ids.get(place).map(Some).ok_or_else(|| {
            let text = format!("the answer has {} of {}, counted from 0", ids.len(), self.part);
            Failure::invalid("subject", &text)
        })
    }
}

/// What is right instead: an id, never a text.
fn corrected<'a>(
    knowledge: &Knowledge,
    verdict: &str,
    subject: &Subject,
    id: &'a str,
) -> Result<Option<&'a str>, Failure> {
    let refuse = |text: &str| Err(Failure::invalid("corrected", text));
    let class = subject.names == "documents.document_class";
    match (verdict, id) {
        ("corrected", "") if class => refuse("say which class it is"),
        (_, "") => Ok(None),
        ("corrected", id) => {
            let known =
                knowledge.class(id).is_some() || (!class && knowledge.has_application_type(id));
            if known {
                Ok(Some(id))
            } else {
                refuse("not an id of the taxonomy (ListDocumentClasses, ListApplicationTypes)")
            }
        }
        (_, _) => refuse("only with VERDICT_CORRECTED"),
    }
}

fn officer(pseudonym: &str) -> Result<&str, Failure> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let fits = !pseudonym.is_empty() && pseudonym.len() <= OFFICER_BYTES_MAX;
    if fits && pseudonym.bytes().all(plain) {
        return Ok(pseudonym);
    }
    let say = "persons decide: send the caseworker's pseudonym, at most 64 letters, digits, - _ .";
    Err(Failure::invalid("officer", say))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_a_path_into_the_answer() {
        let subject = Subject::read("documents[2].document_class").unwrap();
        let names = "documents.document_class".to_owned();
        assert_eq!(subject, Subject { names, part: "documents", place: Some(2) });
        assert_eq!(Subject::read("application_type").unwrap().place, None);
        for wrong in [
            "",
            "documents[x]",
            "documents[1",
            "Meier",
            "documents[1].Frau Meier",
            "hits[0]",
            "hints[]",
        ] {
            assert!(Subject::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_correction_is_an_id_and_an_officer_a_pseudonym() {
        let knowledge = Knowledge::shipped().unwrap();
        let class = Subject::read("documents[0].document_class").unwrap();
        let kind = Subject::read("application_type").unwrap();
        let check = |verdict, subject, id| corrected(&knowledge, verdict, subject, id).is_ok();
        assert!(check("corrected", &class, "passport"));
        assert!(!check("corrected", &class, "Pass von Frau Meier"));
        assert!(!check("corrected", &class, ""));
        assert!(!check("accepted", &class, "passport"));
        let listed = knowledge.application_types("de").remove(0).id;
        assert!(check("corrected", &kind, &listed) && !check("corrected", &class, &listed));
        assert!(officer("sb-17").is_ok());
        for wrong in ["", "Erika Mustermann", &"a".repeat(65)] {
            assert!(officer(wrong).is_err(), "{wrong}");
        }
    }
}
