//! The one error type of this crate.

use crate::emit::EmitError;
use heddle_files::FileError;
use std::path::PathBuf;

/// Why an array could not be described or written.
#[derive(Debug, thiserror::Error)]
pub enum HdlError {
    /// A value of the configuration is out of range.
    #[error("{name} = {value} is not possible: {remedy}")]
    Config {
        /// The key.
        name: &'static str,
        /// Its value.
        value: String,
        /// What would be right.
        remedy: String,
    },
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file is not a configuration.
    #[error("{} is not a configuration: {source}", heddle_files::shown_path(path))]
    Toml {
        /// The file.
        path: PathBuf,
        /// The cause, with line and column.
        source: Box<toml::de::Error>,
    },
    /// A manifest says something that no array has.
    #[error("the manifest's {what}: {remedy}")]
    Manifest {
        /// What, with its value.
        what: String,
        /// What would be right.
        remedy: &'static str,
    },
    /// The design itself is wrong: an open input, a latch, widths or names that clash.
    #[error(transparent)]
    Design(#[from] EmitError),
}

impl HdlError {
    /// Whether what the user gave is at fault: a value, a file or a trace.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Config { .. } | Self::Toml { .. } | Self::Manifest { .. } => true,
            Self::File(error) => error.is_bad_input(),
            _ => false,
        }
    }
}
