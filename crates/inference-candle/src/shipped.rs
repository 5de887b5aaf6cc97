//! The models that the binary carries: the folders of `models/` with a manifest.

use inference::manifest::EmbeddedFile;
use std::path::PathBuf;

/// Where a model comes from.
#[derive(Clone, Debug)]
pub enum ModelSource {
    /// A folder with a `manifest.toml`.
    Folder(PathBuf),
    /// Compiled into the binary.
    Embedded {
        /// The folder's name at build time.
        name: &'static str,
        /// Its files, the manifest among them.
        files: &'static [EmbeddedFile],
    },
}

struct Shipped {
    name: &'static str,
    files: &'static [EmbeddedFile],
}

include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// The models that the binary carries, by name.
#[must_use]
pub fn shipped() -> Vec<ModelSource> {
    SHIPPED
        .iter()
        .map(|model| ModelSource::Embedded { name: model.name, files: model.files })
        .collect()
}
