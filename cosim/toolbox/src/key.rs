//! The hash that names a built thing: equal keys, equal things.

use sha2::{Digest, Sha256};

/// Collects everything that decides what a build gives.
#[derive(Clone)]
pub struct Key(Sha256);

impl Key {
    /// A key for one kind of thing, so that kinds never meet.
    pub fn new(kind: &str) -> Self {
        Self(Sha256::new()).text(kind)
    }

    /// Adds bytes with their length, so that "ab","c" and "a","bc" differ.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds a text, likewise.
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Adds several texts and their number.
    pub fn texts<T: AsRef<str>>(self, texts: &[T]) -> Self {
        let key = self.text(&texts.len().to_string());
        texts.iter().fold(key, |key, text| key.text(text.as_ref()))
    }

    /// The key as it appears in file names: 32 hexadecimal digits.
    pub fn finish(self) -> String {
        hex(&self.0.finalize()[..16])
    }
}

/// The SHA-256 of some bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
