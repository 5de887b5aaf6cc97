//! Pages to hints: what a paper is, what it says, and whether an application is whole and agrees
//! with itself.
//!
//! Knowledge is data: the taxonomy, cues and rules are files with a digest ([`Knowledge`]); this
//! crate is what reads them against pages. It refuses to know bytes and formats (reading does),
//! devices (the engine does), the network, cases and the clock of the machine. It never logs the
//! text of a paper and keeps nothing between two calls.
#![forbid(unsafe_code)]

pub mod check;
mod classify;
mod document;
mod error;
mod extract;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod interval;
mod knowledge;
pub mod own;
mod service;
mod text;

pub use classify::{
    Calibration, Judged, MachineZone, SIGNAL_NAMES, Signals, judge, machine_zone, prediction_set,
};
pub use document::{
    ClassScore, Classified, ClassifiedDocument, DocumentFields, Extracted, Field, InputPaper, Place,
};
pub use error::Error;
pub use extract::parse;
pub use interval::Interval;
pub use knowledge::{
    Choice, Cue, CueKind, DocumentClass, FieldSpec, FieldType, Knowledge, KnowledgeError,
    SpecialData, Structure, Tier, Title,
};
pub use service::{Config, Documents};

/// What reading gives, under the name by which this crate's callers know it.
pub mod paper {
    pub use reading::{
        Binding, Bound, Child, Config, FileError, Format, MaskKind, Ocr, Page, Paper, Part,
        PartContent, Passed, Place, Reader, Reason, Rect, TextSource, Word, child_main,
        holds_files,
    };
}
