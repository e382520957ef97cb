//! The one error type of this crate.

use heddle_files::{FileError, InputError};

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A value that the user gave is out of range.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A file cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
}

impl ReportError {
    /// Whether what the user gave is at fault: a value, a file or a trace.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Input(_) => true,
            Self::File(error) => error.is_bad_input(),
        }
    }
}
