//! Jobs on the wire.

use cases::{JobInfo, JobState};

use super::timestamp;
use crate::proto;
use crate::proto::job::State;

/// The state of a request; nothing where it is unspecified, an error where it is unknown.
pub(crate) fn state(raw: i32) -> Result<Option<JobState>, prost::UnknownEnumValue> {
    Ok(match State::try_from(raw)? {
        State::Unspecified => None,
        State::Queued => Some(JobState::Queued),
        State::Running => Some(JobState::Running),
        State::Succeeded => Some(JobState::Succeeded),
        State::Failed => Some(JobState::Failed),
        State::Cancelled => Some(JobState::Cancelled),
    })
}

/// A job without its result.
pub(crate) fn job(info: &JobInfo) -> proto::Job {
    let state = match info.state {
        JobState::Queued => State::Queued,
        JobState::Running => State::Running,
        JobState::Succeeded => State::Succeeded,
        JobState::Failed => State::Failed,
        JobState::Cancelled => State::Cancelled,
    };
    proto::Job {
        job_id: info.id.clone(),
        state: state.into(),
        submitted_at: Some(timestamp(info.submitted_at)),
        ended_at: info.ended_at.map(timestamp),
        files_done: info.files_done,
        files_total: info.files_total,
        error: info.error.clone(),
        result: None,
        case_id: info.case_id.clone(),
        expires_at: Some(timestamp(info.expires_at)),
    }
}
