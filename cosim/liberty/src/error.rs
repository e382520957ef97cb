//! What can be wrong with Liberty files.

use heddle_files::FileError;

/// Why there is no library, or no use in it.
#[derive(Debug, thiserror::Error)]
pub enum LibertyError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file cannot be understood, or does not go with another one.
    #[error("{what} cannot be understood: {problem}")]
    Bad {
        /// The file.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A pattern of cells that are not to be used is none, or meets none.
    #[error("'{pattern}' is no pattern of cells to leave out: {problem}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A netlist has a cell that the library does not have, or does not describe.
    #[error("{instance} is a {cell}: {problem}")]
    Cell {
        /// The cell.
        cell: String,
        /// The instance of it.
        instance: String,
        /// What is wrong with it.
        problem: String,
    },
}

pub(crate) fn bad(what: &str, problem: impl std::fmt::Display) -> LibertyError {
    LibertyError::Bad {
        what: what.to_owned(),
        problem: problem.to_string(),
    }
}
