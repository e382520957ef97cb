//! Files of steps, and the errors for them.

use crate::error::{unreadable, write_failed};
use crate::SynthError;
use std::fs;
use std::path::Path;

/// The error for a tool that ended badly.
pub(crate) fn failed(tool: &str, detail: String, log: &Path) -> SynthError {
    SynthError::Failed {
        tool: tool.to_owned(),
        detail,
        log: log.to_owned(),
    }
}

/// Writes a file of a step's folder.
///
/// # Errors
/// [`SynthError::Write`].
pub fn put(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), SynthError> {
    let path = folder.join(name);
    fs::write(&path, bytes).map_err(write_failed(&path))
}

/// A file of the cache; one that has gone is damage, not the user's input.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, SynthError> {
    let what = path.display().to_string();
    fs::read(path).map_err(|error| unreadable(&what, error))
}

/// A text of the cache, likewise.
///
/// # Errors
/// [`SynthError::Unreadable`] if it has gone.
pub fn text_of(path: &Path) -> Result<String, SynthError> {
    Ok(String::from_utf8_lossy(&read(path)?).into_owned())
}
