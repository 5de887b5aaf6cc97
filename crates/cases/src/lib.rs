//! What is held for a case: its key, uploads until they are read, jobs with their results.
//!
//! Erasing a case overwrites its key where it stands. On disk neither a department nor a case id is
//! readable. Knows bytes and keys, never what a paper says.
#![forbid(unsafe_code)]

mod error;
mod jobs;
mod key;
mod slots;
mod uploads;
mod vault;

pub use error::Error;
pub use jobs::{JobInfo, JobLimits, JobState, Jobs, Order, RunningJob};
pub use key::CaseKey;
pub use uploads::{Upload, UploadInfo, UploadLimits, Uploads};
pub use vault::{Clock, Config, Erased, IdleLimits, Mode, Vault};
