//! Wire types from domain types and back, by hand, so that neither shapes the other.

pub(crate) mod decrees;
pub(crate) mod documents;
pub(crate) mod jobs;
pub(crate) mod log;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use access::Mode;
use tonic::Code;

use crate::proto;

/// The mode of a request; nothing where it is unspecified or unknown.
pub(crate) fn mode(raw: i32) -> Option<Mode> {
    match proto::Mode::try_from(raw) {
        Ok(proto::Mode::Applicant) => Some(Mode::Applicant),
        Ok(proto::Mode::Office) => Some(Mode::Office),
        Ok(proto::Mode::Unspecified) | Err(_) => None,
    }
}

pub(crate) fn urgency(raw: i32) -> inference::Urgency {
    match proto::Urgency::try_from(raw) {
        Ok(proto::Urgency::Bulk) => inference::Urgency::Bulk,
        Ok(proto::Urgency::Interactive | proto::Urgency::Unspecified) | Err(_) => {
            inference::Urgency::Interactive
        }
    }
}

pub(crate) fn model_use(model: &inference::ModelUse) -> proto::ModelUse {
    proto::ModelUse {
        name: model.name.clone(),
        task: model.task.as_str().to_owned(),
        digest: model.digest.clone(),
        dtype: model.dtype.clone(),
        device: model.device.clone(),
    }
}

pub(crate) fn audit_model_use(model: &inference::ModelUse) -> audit::ModelUse {
    audit::ModelUse {
        name: model.name.clone(),
        task: model.task.as_str().to_owned(),
        digest: model.digest.clone(),
        dtype: model.dtype.clone(),
        device: model.device.clone(),
    }
}

pub(crate) fn duration(duration: Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(duration.subsec_nanos()).unwrap_or(0),
    }
}

pub(crate) fn timestamp(at: SystemTime) -> prost_types::Timestamp {
    prost_types::Timestamp::from(at)
}

/// A timestamp of a request; nothing where it lies before 1970 or beyond what the clock can hold.
pub(crate) fn system_time(at: &prost_types::Timestamp) -> Option<SystemTime> {
    let seconds = u64::try_from(at.seconds).ok()?;
    let nanos = u32::try_from(at.nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
    UNIX_EPOCH.checked_add(Duration::new(seconds, nanos))
}

/// A length or count on the wire; saturates, since every count is bounded far below.
pub(crate) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The name of a gRPC code as the protocol documents it.
pub(crate) fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

pub(crate) fn model(info: &inference::ModelInfo) -> proto::Model {
    proto::Model {
        name: info.name.clone(),
        task: info.task.as_str().to_owned(),
        architecture: info.architecture.clone(),
        digest: info.digest.clone(),
        licence: info.licence.clone(),
        dtype: info.dtype.clone(),
        device: info.device.clone(),
        tokens_max: count(info.tokens_max),
        dimensions: count(info.dimensions),
        state: match info.state {
            inference::ModelState::Ready => proto::model::State::Ready.into(),
            inference::ModelState::Failing => proto::model::State::Failed.into(),
        },
    }
}
