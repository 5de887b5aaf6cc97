//! Bytes to pages: tells what a file is, takes its text out with the place of every word, and reads
//! scans by optical character recognition.
//!
//! Foreign bytes are parsed in a child process that confines itself first (see [`child_main`]); the
//! caller's process only ever sees the finished [`Paper`] or a [`FileError`] in words. This crate
//! refuses to know what a paper means: classes, fields and decrees are other crates' business. It
//! opens no network connection, ever.

mod agree;
mod binding;
mod child;
mod config;
mod confine;
mod deskew;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod heic;
mod holder;
mod layout;
mod light;
mod limits;
mod markup;
mod mask;
mod mend;
mod office;
mod paddle;
mod paper;
mod pdf;
mod picture;
mod plain;
mod protocol;
mod quarter;
mod read;
mod reader;
mod rtf;
mod sniff;
mod tesseract;

pub use binding::{Binding, Bound};
pub use child::child_main;
pub use config::{Child, Config, Ocr};
pub use error::{FileError, Passed, Reason};
pub use heic::heif_convert;
pub use holder::{Law, LawSection, Part, PartContent, holds_files};
pub use mask::{MASK, Mask, MaskKind, to_mask};
pub use paddle::{
    NETWORK_FILES, NETWORK_FOLDER, NetworkFile, Networks, NetworksError, probe_network,
};
pub use paper::{Format, Page, Paper, Place, Rect, TextSource, Word};
pub use protocol::Confinement;
pub use reader::Reader;
