//! Signed notes and checkpoints as C2SP writes them: signed-note, tlog-checkpoint.

#[cfg(test)]
mod tests;

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::tree::Hash;

/// The first line of a signed text that is no checkpoint. No origin may be this, so that neither can be
/// taken for the other.
pub(crate) const RECEIPT_HEADER: &str = "amtshilfe.v1/receipt";
/// Ed25519 in C2SP keys.
const ALGORITHM: u8 = 1;
const PRIVATE: &str = "PRIVATE+KEY+";

/// The log's name and key.
pub(crate) struct Signer {
    name: String,
    key: SigningKey,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Signer").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Signer {
    /// A new key for an origin.
    pub(crate) fn generate(origin: &str) -> Result<Signer, Error> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(Error::Randomness)?;
        Ok(Signer { name: origin.to_owned(), key: SigningKey::from_bytes(&seed) })
    }

    /// Reads the key of this origin, as [`Signer::store`] wrote it.
    pub(crate) fn load(path: &Path, origin: &str) -> Result<Signer, Error> {
        let text = fs_err::read_to_string(path)?;
        let malformed = || Error::KeyMalformed { path: path.to_path_buf() };
        let rest = text.trim_end().strip_prefix(PRIVATE).ok_or_else(malformed)?;
        let (name, rest) = rest.split_once('+').ok_or_else(malformed)?;
        let (id, encoded) = rest.split_once('+').ok_or_else(malformed)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| malformed())?;
        let seed = match bytes.split_first() {
            Some((&ALGORITHM, seed)) => <[u8; 32]>::try_from(seed).map_err(|_| malformed())?,
            Some(_) | None => return Err(malformed()),
        };
        let signer = Signer { name: name.to_owned(), key: SigningKey::from_bytes(&seed) };
        if hex::encode(signer.id()) != id {
            return Err(malformed());
        }
        if name != origin {
            return Err(Error::OriginChanged {
                configured: origin.to_owned(),
                found: name.to_owned(),
            });
        }
        Ok(signer)
    }

    /// Writes the key, readable by its owner alone.
    pub(crate) fn store(&self, path: &Path) -> Result<(), Error> {
        let key = [&[ALGORITHM], self.key.as_bytes().as_slice()].concat();
        let text =
            format!("{PRIVATE}{}+{}+{}\n", self.name, hex::encode(self.id()), STANDARD.encode(key));
        write_durably(path, &text, 0o600)
    }

    /// The vkey that others verify with.
    pub(crate) fn verifier_key(&self) -> String {
        let key = STANDARD.encode(self.public());
        format!("{}+{}+{key}", self.name, hex::encode(self.id()))
    }

    /// A signed note over a text that ends with a line feed.
    pub(crate) fn sign(&self, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let line = STANDARD.encode([self.id().as_slice(), &signature].concat());
        format!("{text}\n— {} {line}\n", self.name)
    }

    /// A signed checkpoint.
    pub(crate) fn checkpoint(&self, size: u64, root: &Hash) -> String {
        self.sign(&format!("{}\n{size}\n{}\n", self.name, STANDARD.encode(root)))
    }

    /// A signed text that is no checkpoint.
    pub(crate) fn receipt(&self, message: &str) -> String {
        let end = if message.ends_with('\n') { "" } else { "\n" };
        self.sign(&format!("{RECEIPT_HEADER}\n{}\n{message}{end}", self.name))
    }

    fn public(&self) -> [u8; 33] {
        let mut bytes = [ALGORITHM; 33];
        for (to, from) in bytes.iter_mut().skip(1).zip(self.key.verifying_key().as_bytes()) {
            *to = *from;
        }
        bytes
    }

    fn id(&self) -> [u8; 4] {
        let digest = Sha256::new_with_prefix(&self.name)
            .chain_update(b"\n")
            .chain_update(self.public())
            .finalize();
        digest.first_chunk().copied().unwrap_or_default()
    }
}

/// Whether a name can stand in a key and in the first line of a checkpoint.
pub(crate) fn check_origin(origin: &str) -> Result<(), Error> {
    let is_valid = (1..=200).contains(&origin.len())
        && origin != RECEIPT_HEADER
        && !origin.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+');
    if is_valid { Ok(()) } else { Err(Error::Origin { origin: origin.to_owned() }) }
}

/// Size and root of a checkpoint whose signature somebody else looks at.
pub(crate) fn size_and_root(note: &str) -> Option<(u64, Hash)> {
    let mut lines = note.split('\n').skip(1);
    let size = lines.next()?.parse().ok()?;
    let root = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
    Some((size, root))
}

/// Writes beside, syncs, renames, syncs the folder.
pub(crate) fn write_durably(path: &Path, text: &str, mode: u32) -> Result<(), Error> {
    let unfinished = path.with_extension("unfinished");
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(mode);
    let mut file = fs_err::OpenOptions::from_options(options).open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs_err::rename(&unfinished, path)?;
    if let Some(folder) = path.parent() {
        journal::sync_directory(folder)?;
    }
    Ok(())
}
