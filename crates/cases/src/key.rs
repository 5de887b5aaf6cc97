//! The key of a case.

use std::fmt;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::vault::Mode;

/// Bytes of a key.
pub(crate) const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// The key of a case, or of one call without a case. Wiped from memory when the last clone is dropped.
#[derive(Clone)]
pub struct CaseKey {
    /// For MACs.
    mac: Arc<Zeroizing<[u8; KEY_BYTES]>>,
    /// For sealing.
    seal: Arc<Zeroizing<[u8; KEY_BYTES]>>,
    mode: Option<Mode>,
}

impl CaseKey {
    /// A key that lives as long as its call and is stored nowhere.
    #[must_use]
    pub fn ephemeral() -> CaseKey {
        #[expect(
            clippy::expect_used,
            reason = "a key of no randomness must never be used; the call fails alone"
        )]
        let bytes = random().expect("the operating system gives randomness");
        CaseKey::derive(&bytes, None)
    }

    pub(crate) fn derive(bytes: &[u8; KEY_BYTES], mode: Option<Mode>) -> CaseKey {
        let part = |label: &str| Arc::new(Zeroizing::new(hmac(bytes, &[label.as_bytes()])));
        CaseKey { mac: part("amtshilfe case mac"), seal: part("amtshilfe case seal"), mode }
    }

    /// The mode the case was begun in; none for an ephemeral key.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        self.mode
    }

    /// What ties a record to a case as long as the key exists, and means nothing after.
    #[must_use]
    pub fn mac(&self, label: &str, bytes: &[u8]) -> [u8; 32] {
        let length = (label.len() as u64).to_le_bytes();
        hmac(&self.mac, &[&length, label.as_bytes(), bytes])
    }

    /// Names the case to whoever has its key, and means nothing once that is erased.
    pub(crate) fn reference(&self) -> String {
        let mac = self.mac("reference", &[]);
        hex::encode(mac.first_chunk::<16>().unwrap_or(&[0; 16]))
    }

    /// Encrypts. The label says what for, and is needed again to open.
    ///
    /// # Errors
    ///
    /// When the operating system gives no randomness.
    pub fn seal(&self, label: &str, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce)?;
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad: label.as_bytes() })
            .map_err(|_| Error::Sealed)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts what [`CaseKey::seal`] gave.
    ///
    /// # Errors
    ///
    /// When it was changed, or sealed under another key or label.
    pub fn open(&self, label: &str, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(Error::Sealed)?;
        self.cipher()
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: label.as_bytes() })
            .map_err(|_| Error::Sealed)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&(**self.seal).into())
    }
}

/// Never shows the key.
impl fmt::Debug for CaseKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CaseKey").field("mode", &self.mode).finish_non_exhaustive()
    }
}

pub(crate) fn random() -> Result<Zeroizing<[u8; KEY_BYTES]>, getrandom::Error> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    getrandom::fill(bytes.as_mut_slice())?;
    Ok(bytes)
}

pub(crate) fn hmac(key: &[u8; KEY_BYTES], parts: &[&[u8]]) -> [u8; 32] {
    // A block of 64 bytes: HMAC pads a shorter key with zeros, so that this is the HMAC of the key.
    let mut block = Zeroizing::new([0; 64]);
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new(&(*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
