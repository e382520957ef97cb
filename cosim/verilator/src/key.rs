//! The hash that names a cached model: equal keys, equal libraries.

use crate::VerilatorError;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Collects everything that decides what a build gives.
pub(crate) struct Key(Sha256);

impl Key {
    /// A key for one kind of thing, so that models and runtimes never meet.
    pub fn new(kind: &str) -> Self {
        Self(Sha256::new()).text(kind)
    }

    /// Adds a text, delimited, so that "ab","c" and "a","bc" differ.
    pub fn text(mut self, text: &str) -> Self {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text);
        self
    }

    /// Adds several texts and their number.
    pub fn texts<T: AsRef<str>>(self, texts: &[T]) -> Self {
        let key = self.text(&texts.len().to_string());
        texts.iter().fold(key, |key, text| key.text(text.as_ref()))
    }

    /// Adds a file: its name without folders, and what it holds.
    pub fn file(self, path: &Path) -> Result<Self, VerilatorError> {
        let content = fs::read(path).map_err(|source| VerilatorError::Source {
            path: path.to_owned(),
            source,
        })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut key = self.text(&name);
        key.0.update((content.len() as u64).to_le_bytes());
        key.0.update(&content);
        Ok(key)
    }

    /// Adds the files of an include folder that Verilator may read from it.
    pub fn folder(self, path: &Path) -> Result<Self, VerilatorError> {
        let list = || -> std::io::Result<Vec<PathBuf>> {
            let mut files = Vec::new();
            for entry in fs::read_dir(path)? {
                let file = entry?.path();
                if file.is_file() {
                    files.push(file);
                }
            }
            files.sort();
            Ok(files)
        };
        let files = list().map_err(|source| VerilatorError::Source {
            path: path.to_owned(),
            source,
        })?;
        files.iter().try_fold(self, |key, file| key.file(file))
    }

    /// The key as it appears in file names: 32 hexadecimal digits.
    pub fn finish(self) -> String {
        hex(&self.0.finalize()[..16])
    }
}

/// Lower-case hexadecimal digits of `bytes`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 of a file.
pub(crate) fn file_hash(path: &Path) -> std::io::Result<String> {
    Ok(hex(&Sha256::digest(fs::read(path)?)))
}
