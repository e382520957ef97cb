//! The one error type of this crate.

use heddle_files::{shown_path, FileError, InputError};
use heddle_toolbox::ToolboxError;
use std::path::PathBuf;

/// Why pieces could not be run or their results not be put together.
#[derive(Debug, thiserror::Error)]
pub enum FarmError {
    /// A value that the user gave is out of range.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A file or folder cannot be read or written.
    #[error(transparent)]
    File(FileError),
    /// A program could not be run.
    #[error(transparent)]
    Toolbox(ToolboxError),
    /// A plan is not one.
    #[error("{}: {problem}", shown_path(path))]
    Plan {
        /// The file.
        path: PathBuf,
        /// What is wrong in it, and what would be right.
        problem: String,
    },
    /// A file of results is not one.
    #[error(
        "{}:{line}: {problem}; remove the file, and its pieces run again",
        shown_path(path)
    )]
    Lines {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// Results were made with something else than these are.
    #[error(
        "{} has results of another run: its {field} is {there}, here it is {here}; give another file, or \
         use what made it",
        shown_path(path)
    )]
    Mixed {
        /// The file.
        path: PathBuf,
        /// In what the headers differ.
        field: &'static str,
        /// Its value in the file.
        there: String,
        /// Its value in this run.
        here: String,
    },
    /// A step of a run failed.
    #[error("{what}")]
    Failed {
        /// Which, and where its log is.
        what: String,
    },
    /// Slurm did not take an order.
    #[error("{command} failed: {said}")]
    Slurm {
        /// The command.
        command: String,
        /// What it said.
        said: String,
    },
    /// The user asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl FarmError {
    /// Whether what the user gave is at fault.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Input(_) | Self::Plan { .. } | Self::Mixed { .. } => true,
            Self::File(error) => error.is_bad_input(),
            Self::Toolbox(error) => error.is_bad_input(),
            Self::Lines { .. } | Self::Failed { .. } | Self::Slurm { .. } | Self::Cancelled => {
                false
            }
        }
    }
}

impl From<FileError> for FarmError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Cancelled => Self::Cancelled,
            error => Self::File(error),
        }
    }
}

impl From<ToolboxError> for FarmError {
    fn from(error: ToolboxError) -> Self {
        match error {
            ToolboxError::Cancelled => Self::Cancelled,
            error => Self::Toolbox(error),
        }
    }
}
