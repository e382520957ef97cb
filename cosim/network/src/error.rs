//! The one error type of this crate.

use heddle_engine::EngineError;
use heddle_files::{FileError, InputError};
use heddle_hdl::HdlError;
use heddle_schedule::ScheduleError;

/// Why a network could not be read or counted.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A value that the user gave is out of range.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file is no network.
    #[error(
        "{file} is no network: {source}\n`heddle network schema` says what a network may hold"
    )]
    Toml {
        /// The file.
        file: String,
        /// What is wrong with it, and where.
        source: Box<toml::de::Error>,
    },
    /// A value in a file is out of range.
    #[error("{file}: {error}")]
    InFile {
        /// The file.
        file: String,
        /// The value.
        error: InputError,
    },
    /// A file of another program does not hold what is imported from it.
    #[error("{file}: {problem}; {remedy}")]
    Import {
        /// The file.
        file: String,
        /// What is wrong, and where.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// One of its products could not be counted.
    #[error(transparent)]
    Schedule(ScheduleError),
    /// The engine cannot do one of its products.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl NetworkError {
    /// Whether what the user gave is at fault: a value, a file or a trace.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Input(_) | Self::Toml { .. } | Self::InFile { .. } | Self::Import { .. } => true,
            Self::File(error) => error.is_bad_input(),
            Self::Schedule(error) => error.is_bad_input(),
            Self::Engine(error) => error.is_bad_input(),
        }
    }
}

impl From<HdlError> for NetworkError {
    fn from(error: HdlError) -> Self {
        Self::Schedule(error.into())
    }
}

/// A value out of range is the same everywhere.
impl From<ScheduleError> for NetworkError {
    fn from(error: ScheduleError) -> Self {
        match error {
            ScheduleError::Input(error) => Self::Input(error),
            error => Self::Schedule(error),
        }
    }
}
