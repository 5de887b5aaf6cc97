//! Reading signed notes: C2SP signed-note and tlog-checkpoint, by the text of those pages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

/// A verifier key: `name+hash+base64(0x01 || key)`.
pub(super) struct Verifier {
    pub(super) name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

/// A checkpoint whose signature is right.
pub(super) struct Checkpoint {
    pub(super) size: u64,
    pub(super) root: [u8; 32],
}

impl Verifier {
    pub(super) fn parse(text: &str) -> Option<Verifier> {
        let mut parts = text.trim().splitn(3, '+');
        let (name, hash, encoded) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = STANDARD.decode(encoded).ok()?;
        let (1, public) = bytes.split_first().map(|(algorithm, key)| (*algorithm, key))? else {
            return None;
        };
        let digest = Sha256::digest([name.as_bytes(), b"\n", &bytes].concat());
        let id = *digest.first_chunk::<4>()?;
        if name.is_empty() || hex::encode(id) != hash {
            return None;
        }
        let key = VerifyingKey::from_bytes(public.try_into().ok()?).ok()?;
        Some(Verifier { name: name.to_owned(), id, key })
    }

    /// The text of a note that this key has signed.
    pub(super) fn text<'note>(&self, note: &'note str) -> Result<&'note str, &'static str> {
        let split = note.rfind("\n\n").ok_or("it isn't a signed note")?;
        let (text, signatures) =
            note.split_at_checked(split + 1).ok_or("it isn't a signed note")?;
        for line in signatures.lines().filter(|line| !line.is_empty()) {
            let (name, encoded) = line
                .strip_prefix("— ")
                .and_then(|rest| rest.split_once(' '))
                .ok_or("it has a line that isn't a signature")?;
            let bytes = STANDARD.decode(encoded).map_err(|_| "a signature isn't base64")?;
            let Some((id, signature)) = bytes.split_first_chunk::<4>() else {
                return Err("a signature is too short");
            };
            // Other signers, a witness, are none of this key's business.
            if name != self.name || *id != self.id {
                continue;
            }
            let signature =
                Signature::from_slice(signature).map_err(|_| "the signature is wrong")?;
            self.key
                .verify_strict(text.as_bytes(), &signature)
                .map_err(|_| "the signature is wrong")?;
            return Ok(text);
        }
        Err("it isn't signed by this key")
    }

    /// A checkpoint of this log, signed by this key.
    pub(super) fn checkpoint(&self, note: &str) -> Result<Checkpoint, &'static str> {
        let text = self.text(note)?;
        let mut lines = text.lines();
        if lines.next() != Some(self.name.as_str()) {
            return Err("it is a checkpoint of another log");
        }
        let size = lines.next().ok_or("it has no size")?;
        let root = lines.next().ok_or("it has no root")?;
        let parsed: u64 = size.parse().map_err(|_| "its size isn't a number")?;
        if parsed.to_string() != size {
            return Err("its size isn't written as a number is");
        }
        let root = STANDARD.decode(root).ok().and_then(|root| root.try_into().ok());
        Ok(Checkpoint { size: parsed, root: root.ok_or("its root isn't a hash")? })
    }
}
