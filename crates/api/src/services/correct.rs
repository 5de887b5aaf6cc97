//! `CorrectDecree`: an editor says what the paper did not, or what was read wrongly.

use decrees::{Field, VersionId};
use tonic::{Request, Response, Status};

use super::decrees::{blocking, corpus_note, decree_id};
use crate::State;
use crate::call::{Answer, Call, Note, Question, unary};
use crate::convert::decrees as to;
use crate::failure::Failure;
use crate::proto;

impl Question for proto::CorrectDecreeRequest {}
impl Answer for proto::CorrectDecreeResponse {}

pub(super) async fn correct(
    state: &State,
    request: Request<proto::CorrectDecreeRequest>,
) -> Result<Response<proto::CorrectDecreeResponse>, Status> {
    unary(state, "amtshilfe.v1.DecreeService/CorrectDecree", request, work).await
}

async fn work(
    state: State,
    _call: Call,
    request: proto::CorrectDecreeRequest,
) -> Result<(proto::CorrectDecreeResponse, Note), Failure> {
    let id = decree_id(&request.decree_id)?;
    let known = |name: &String| {
        Field::parse(name).ok_or_else(|| {
            let names = Field::ALL.map(Field::as_str).join(", ");
            Failure::invalid("fields", &format!("an unknown field; possible: {names}"))
        })
    };
    let fields: Vec<Field> = request.fields.iter().map(known).collect::<Result<_, _>>()?;
    if fields.is_empty() {
        return Err(Failure::invalid("fields", "say which fields to correct"));
    }
    let values = to::metadata(request.values)?;
    let version = Some(request.version_id).filter(|id| !id.is_empty()).map(VersionId::new);
    let corpus = state.corpus.clone();
    let correcting = move || corpus.correct(&id, version.as_ref(), &fields, &values);
    let (version, changed) = blocking(correcting).await?;
    let fields: Vec<String> = changed.iter().map(ToString::to_string).collect();
    let mut note = Note { kind: Some(audit::Kind::Change), ..corpus_note(&state) };
    note.fact("version", &version.version_id);
    // Names of fields, never what stands in them.
    note.fact("fields", fields.join(","));
    let readings = to::readings(&version.readings);
    let decree = proto::Decree { readings, ..to::version(&version) };
    Ok((proto::CorrectDecreeResponse { decree: Some(decree), fields }, note))
}
