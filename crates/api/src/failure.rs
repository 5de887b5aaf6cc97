//! Why a call has no answer, and what its caller is told: a code, constant words, and details that a
//! program can act on. Causes go to the log, never to the caller.

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use uuid::Uuid;

/// The domain of `google.rpc.ErrorInfo`.
const DOMAIN: &str = "amtshilfe";
/// When a caller may try again where nothing better is known.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Every way in which a call can end without its answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("accept the request: {field}: {description}")]
    Invalid { field: String, description: String },
    #[error("permit the call")]
    Refused(#[source] access::Refusal),
    #[error("read anything without the applicant's consent")]
    ConsentMissing,
    #[error("use the case in another mode than the one of its first use")]
    ModesMixed,
    #[error("take more of {what}: {allowed} allowed, {actual} sent")]
    TooLarge { what: &'static str, allowed: u64, actual: u64 },
    #[error("answer before the deadline")]
    DeadlineExceeded,
    #[error("finish the call without a panic")]
    Panicked,
    #[error("compute the answer")]
    Inference(#[source] inference::Error),
    #[error("judge the papers")]
    Documents(#[source] documents::Error),
    #[error("check the application")]
    Check(#[source] documents::check::Error),
    #[error("bind the bundle")]
    Bundle(#[source] documents::paper::FileError),
    #[error("use the corpus")]
    Decrees(#[source] decrees::Error),
    #[error("use the case store")]
    Cases(#[source] cases::Error),
    #[error("use the audit log")]
    Audit(#[source] audit::Error),
    #[error("end the stream in order")]
    Broken(#[source] Box<Status>),
}

impl Failure {
    pub(crate) fn invalid(field: &str, description: &str) -> Failure {
        Failure::Invalid { field: field.to_owned(), description: description.to_owned() }
    }

    /// The gRPC code of the answer and of the record.
    pub(crate) fn code(&self) -> Code {
        match self {
            Failure::Invalid { .. } => Code::InvalidArgument,
            Failure::Refused(_) => Code::PermissionDenied,
            Failure::ConsentMissing | Failure::ModesMixed => Code::FailedPrecondition,
            Failure::TooLarge { .. } => Code::ResourceExhausted,
            Failure::DeadlineExceeded => Code::DeadlineExceeded,
            Failure::Panicked => Code::Internal,
            Failure::Inference(error) => inference_code(error),
            Failure::Documents(error) => documents_code(error),
            Failure::Check(error) => check_code(error),
            Failure::Bundle(error) => bundle_code(error),
            Failure::Decrees(error) => decrees_code(error),
            Failure::Cases(error) => cases_code(error),
            Failure::Audit(error) => audit_code(error),
            Failure::Broken(status) => status.code(),
        }
    }

    /// A word of a closed vocabulary for the record, where the code alone says too little.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        match self {
            Failure::Refused(refusal) => Some(refusal.reason.code()),
            Failure::ConsentMissing => Some("CONSENT_MISSING"),
            Failure::ModesMixed => Some("MODES_MIXED"),
            Failure::Panicked => Some("PANICKED"),
            Failure::Invalid { .. }
            | Failure::TooLarge { .. }
            | Failure::DeadlineExceeded
            | Failure::Inference(_)
            | Failure::Documents(_)
            | Failure::Check(_)
            | Failure::Bundle(_)
            | Failure::Decrees(_)
            | Failure::Cases(_)
            | Failure::Audit(_)
            | Failure::Broken(_) => None,
        }
    }

    /// What the caller gets. The cause of an inner failure goes to the log under the inference id.
    pub(crate) fn status(&self, inference_id: Uuid) -> Status {
        let code = self.code();
        if matches!(code, Code::Internal | Code::Unavailable | Code::DataLoss) {
            let cause = chain(self);
            tracing::error!(%inference_id, cause, "failed to answer a call");
        }
        let (english, german) = self.words(code);
        let mut details = self.details();
        details.set_request_info(inference_id.to_string(), "");
        details.set_localized_message("de-DE", german);
        Status::with_error_details(code, english, details)
    }

    fn details(&self) -> ErrorDetails {
        let mut details = ErrorDetails::new();
        match self {
            Failure::Invalid { field, description } => {
                details.add_bad_request_violation(field, description);
            }
            Failure::Refused(refusal) => {
                details.set_error_info(refusal.reason.code(), DOMAIN, []);
            }
            Failure::ConsentMissing => {
                details.add_precondition_failure_violation(
                    "CONSENT",
                    "consent.granted",
                    "in MODE_APPLICANT nothing is read before the applicant has agreed",
                );
            }
            Failure::ModesMixed => {
                details.add_precondition_failure_violation(
                    "MODE",
                    "mode",
                    "a case keeps the mode of its first use",
                );
            }
            Failure::TooLarge { what, allowed, actual } => {
                let text = format!("{what}: {allowed} allowed, {actual} sent");
                details.add_quota_failure_violation(*what, text);
            }
            Failure::Cases(cases::Error::Limit { limit, allowed, actual }) => {
                let text = format!("{limit}: {allowed} allowed, this would make {actual}");
                details.add_quota_failure_violation(*limit, text);
            }
            Failure::DeadlineExceeded
            | Failure::Panicked
            | Failure::Inference(_)
            | Failure::Documents(_)
            | Failure::Check(_)
            | Failure::Bundle(_)
            | Failure::Decrees(_)
            | Failure::Cases(_)
            | Failure::Audit(_)
            | Failure::Broken(_) => {
                if self.code() == Code::Unavailable {
                    details.set_retry_info(Some(RETRY_AFTER));
                }
            }
        }
        if let Some(error) = self.engine() {
            engine_details(error, &mut details);
        }
        details
    }

    /// The engine's error, whichever part of the appliance asked it.
    fn engine(&self) -> Option<&inference::Error> {
        match self {
            Failure::Inference(error)
            | Failure::Documents(documents::Error::Engine(error))
            | Failure::Check(documents::check::Error::Papers(documents::Error::Engine(error)))
            | Failure::Decrees(decrees::Error::Engine(error)) => Some(error),
            Failure::Invalid { .. }
            | Failure::Refused(_)
            | Failure::ConsentMissing
            | Failure::ModesMixed
            | Failure::TooLarge { .. }
            | Failure::DeadlineExceeded
            | Failure::Panicked
            | Failure::Check(_)
            | Failure::Bundle(_)
            | Failure::Decrees(_)
            | Failure::Cases(_)
            | Failure::Audit(_)
            | Failure::Broken(_) => None,
        }
    }

    /// The words for programmers and those for people.
    fn words(&self, code: Code) -> (String, String) {
        if let Some(words) = self.engine().and_then(engine_words) {
            return words;
        }
        match self {
            Failure::Invalid { field, description } => (
                format!("{field}: {description}"),
                format!("Die Angabe „{field}“ ist nicht gültig."),
            ),
            Failure::Refused(refusal) => (
                refusal.to_string(),
                "Diese Stelle darf das nicht. Bitte wenden Sie sich an die Administration.".into(),
            ),
            Failure::ConsentMissing => (
                "consent.granted must be true in MODE_APPLICANT".into(),
                "Ohne Ihre Einwilligung wird nichts gelesen.".into(),
            ),
            Failure::ModesMixed => (
                "the case was begun in the other mode".into(),
                "Der Vorgang wurde in der anderen Betriebsart begonnen.".into(),
            ),
            Failure::TooLarge { what, allowed, actual } => (
                format!("too much {what}: {allowed} allowed, {actual} sent"),
                format!("Das ist zu groß: erlaubt sind {allowed}, gesendet wurden {actual}."),
            ),
            Failure::Inference(error) if code == Code::InvalidArgument => {
                (format!("cannot {error}"), "Die Anfrage ist nicht gültig.".into())
            }
            Failure::Decrees(error @ decrees::Error::Correction { reason }) => {
                (format!("cannot {error}"), reason.german.clone())
            }
            Failure::Decrees(error)
                if matches!(code, Code::InvalidArgument | Code::NotFound | Code::AlreadyExists) =>
            {
                (format!("cannot {error}"), "Die Anfrage ist nicht gültig.".into())
            }
            Failure::Check(error) if code == Code::InvalidArgument => {
                (format!("cannot {error}"), "Die Anfrage ist nicht gültig.".into())
            }
            Failure::Cases(error @ cases::Error::UnknownJob) => {
                (format!("cannot {error}"), "Diesen Auftrag gibt es nicht oder nicht mehr.".into())
            }
            Failure::Cases(error @ cases::Error::JobNotEnded) => {
                (format!("cannot {error}"), "Der Auftrag ist noch nicht beendet.".into())
            }
            Failure::Cases(error)
                if matches!(
                    code,
                    Code::InvalidArgument
                        | Code::ResourceExhausted
                        | Code::NotFound
                        | Code::AlreadyExists
                        | Code::Aborted
                ) =>
            {
                (format!("cannot {error}"), "Die Anfrage ist nicht gültig.".into())
            }
            Failure::Bundle(error) if code == Code::ResourceExhausted => {
                (error.message("en"), error.message("de"))
            }
            Failure::DeadlineExceeded
            | Failure::Panicked
            | Failure::Inference(_)
            | Failure::Documents(_)
            | Failure::Check(_)
            | Failure::Bundle(_)
            | Failure::Decrees(_)
            | Failure::Cases(_)
            | Failure::Audit(_)
            | Failure::Broken(_) => words_of(code),
        }
    }
}

/// What a program can act on where the engine refused.
fn engine_details(error: &inference::Error, details: &mut ErrorDetails) {
    if let inference::Error::QueueFull { department, limit, retry_after } = error {
        details.set_retry_info(Some(*retry_after));
        details.add_quota_failure_violation(
            format!("department:{department}"),
            format!("{limit} of this department are waiting already, and no more may"),
        );
    }
    if let inference::Error::DeadlineUnreachable { needed, left } = error {
        let times = [
            ("needed_ms".to_owned(), needed.as_millis().to_string()),
            ("left_ms".to_owned(), left.as_millis().to_string()),
        ];
        details.set_error_info("REFUSED_AT_ADMISSION", DOMAIN, times);
    }
    if matches!(error, inference::Error::OutOfService) {
        details.set_error_info("OUT_OF_SERVICE", DOMAIN, []);
    }
}

/// Words of their own for refusals that the code alone explains badly.
fn engine_words(error: &inference::Error) -> Option<(String, String)> {
    let words = match error {
        inference::Error::DeadlineUnreachable { needed, left } => (
            format!(
                "refused at admission, nothing was computed: it would be ready in about {} ms, \
                 and the deadline leaves {} ms",
                needed.as_millis(),
                left.as_millis()
            ),
            "Die Antwort würde nicht rechtzeitig fertig; die Anfrage wurde gleich abgelehnt. \
             Bitte versuchen Sie es später oder mit einer längeren Frist."
                .into(),
        ),
        inference::Error::OutOfService => (
            "inference has been taken out of service by the administration".into(),
            "Die KI-Funktionen wurden von der Administration außer Betrieb genommen.".into(),
        ),
        inference::Error::UnknownModel { .. }
        | inference::Error::NoModel { .. }
        | inference::Error::WrongTask { .. }
        | inference::Error::QueueFull { .. }
        | inference::Error::DeadlineExceeded
        | inference::Error::TooManyTexts { .. }
        | inference::Error::TextTooLong { .. }
        | inference::Error::Encode { .. }
        | inference::Error::Backend { .. }
        | inference::Error::Draining
        | inference::Error::Stopped
        | inference::Error::DuplicateModel { .. }
        | inference::Error::Thread { .. } => return None,
    };
    Some(words)
}

/// Constant words for what lies inside the appliance.
fn words_of(code: Code) -> (String, String) {
    let (english, german) = match code {
        Code::DeadlineExceeded => (
            "the deadline passed before the answer was ready",
            "Die Antwort war nicht rechtzeitig fertig. Bitte versuchen Sie es noch einmal.",
        ),
        Code::ResourceExhausted => (
            "too much is waiting; try again later",
            "Es warten zu viele Anfragen. Bitte versuchen Sie es später noch einmal.",
        ),
        Code::Unavailable => (
            "the appliance cannot answer at present; try again later",
            "Der Dienst ist gerade nicht verfügbar. Bitte versuchen Sie es später noch einmal.",
        ),
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::Internal
        | Code::DataLoss
        | Code::Unauthenticated => (
            "something failed inside the appliance; its log has the cause under this request id",
            "Ein innerer Fehler ist aufgetreten. Die Administration findet ihn im Protokoll.",
        ),
    };
    (english.into(), german.into())
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

fn inference_code(error: &inference::Error) -> Code {
    match error {
        inference::Error::UnknownModel { .. } => Code::NotFound,
        inference::Error::NoModel { .. } => Code::FailedPrecondition,
        inference::Error::WrongTask { .. }
        | inference::Error::TooManyTexts { .. }
        | inference::Error::TextTooLong { .. } => Code::InvalidArgument,
        inference::Error::QueueFull { .. } => Code::ResourceExhausted,
        inference::Error::DeadlineExceeded | inference::Error::DeadlineUnreachable { .. } => {
            Code::DeadlineExceeded
        }
        inference::Error::Draining | inference::Error::OutOfService | inference::Error::Stopped => {
            Code::Unavailable
        }
        inference::Error::Encode { .. }
        | inference::Error::Backend { .. }
        | inference::Error::DuplicateModel { .. }
        | inference::Error::Thread { .. } => Code::Internal,
    }
}

fn documents_code(error: &documents::Error) -> Code {
    match error {
        documents::Error::Engine(error) => inference_code(error),
    }
}

fn bundle_code(error: &documents::paper::FileError) -> Code {
    use documents::paper::Reason;
    match error.reason {
        Reason::TooLarge | Reason::TooManyPages => Code::ResourceExhausted,
        Reason::TimedOut => Code::DeadlineExceeded,
        Reason::Empty
        | Reason::Encrypted
        | Reason::Unreadable
        | Reason::Unsupported
        | Reason::NoOcr => Code::Internal,
    }
}

fn check_code(error: &documents::check::Error) -> Code {
    match error {
        documents::check::Error::UnknownApplicationType { .. } | documents::check::Error::Today => {
            Code::InvalidArgument
        }
        documents::check::Error::Papers(error) => documents_code(error),
    }
}

fn decrees_code(error: &decrees::Error) -> Code {
    match error {
        decrees::Error::UnknownDecree { .. }
        | decrees::Error::UnknownVersion { .. }
        | decrees::Error::NotInForce { .. } => Code::NotFound,
        decrees::Error::EmptyQuery
        | decrees::Error::Limit { .. }
        | decrees::Error::UnknownKind { .. }
        | decrees::Error::UnreadableReference { .. }
        | decrees::Error::Correction { .. }
        | decrees::Error::PageSize { .. }
        | decrees::Error::PageToken => Code::InvalidArgument,
        decrees::Error::Engine(error) => inference_code(error),
        decrees::Error::Journal(_) | decrees::Error::File { .. } => Code::Unavailable,
        decrees::Error::Entry { .. } => Code::DataLoss,
        decrees::Error::FullText(_)
        | decrees::Error::IndexerStopped
        | decrees::Error::SearchEnded => Code::Internal,
    }
}

fn cases_code(error: &cases::Error) -> Code {
    match error {
        cases::Error::ModeMixed { .. } => Code::FailedPrecondition,
        cases::Error::Limit { .. } => Code::ResourceExhausted,
        cases::Error::JobNotEnded => Code::FailedPrecondition,
        cases::Error::UnknownUpload | cases::Error::UnknownJob => Code::NotFound,
        cases::Error::KeyTaken => Code::AlreadyExists,
        cases::Error::CaseErased => Code::Aborted,
        cases::Error::SizeMismatch { .. } => Code::InvalidArgument,
        cases::Error::File(_)
        | cases::Error::Randomness(_)
        | cases::Error::Failed
        | cases::Error::Journal(_)
        | cases::Error::Locked { .. }
        | cases::Error::LookupKeyMissing { .. } => Code::Unavailable,
        cases::Error::Malformed { .. } | cases::Error::Sealed | cases::Error::JobEntry(_) => {
            Code::DataLoss
        }
    }
}

fn audit_code(error: &audit::Error) -> Code {
    match error {
        audit::Error::OutOfRange { .. } => Code::InvalidArgument,
        audit::Error::Overloaded { .. } => Code::ResourceExhausted,
        audit::Error::Journal(_)
        | audit::Error::File(_)
        | audit::Error::Randomness(_)
        | audit::Error::KeyMissing { .. }
        | audit::Error::KeyMalformed { .. }
        | audit::Error::Origin { .. }
        | audit::Error::OriginChanged { .. }
        | audit::Error::Failed => Code::Unavailable,
        audit::Error::Contradiction { .. } => Code::DataLoss,
        audit::Error::Fact { .. } | audit::Error::TooLarge { .. } | audit::Error::Message => {
            Code::Internal
        }
    }
}
