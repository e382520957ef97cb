//! The one error type of this crate.

use heddle_files::FileError;
use heddle_gemm::GemmError;
use std::fmt;

/// Why a network could not be built, fed or trained.
#[derive(Debug, thiserror::Error)]
pub enum LstmError {
    /// A text cannot be used.
    #[error("{file}:{line}: {cause}")]
    Data {
        /// The file, or a name for a text that is not a file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong and what would be right.
        cause: String,
    },
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A setting is out of range.
    #[error("{what} is {given}, but must be {expected}")]
    Config {
        /// The setting.
        what: &'static str,
        /// Its value.
        given: String,
        /// The values that are right.
        expected: &'static str,
    },
    /// Inputs, state or masks do not fit the network.
    #[error("{what}: got {given}, expected {expected}")]
    Shape {
        /// What does not fit.
        what: String,
        /// The value found.
        given: usize,
        /// The value that would be right.
        expected: usize,
    },
    /// A token lies outside the vocabulary.
    #[error("token {token} lies outside the vocabulary of {vocabulary} words")]
    Token {
        /// The token.
        token: u32,
        /// The size of the vocabulary.
        vocabulary: usize,
    },
    /// Training diverged: something is no longer a finite number.
    #[error("training diverged in epoch {epoch}: {what} at training step {step}: lower the learning rate ({learning_rate}) or the clipping norm ({clip})")]
    Diverged {
        /// The training step, from 0.
        step: u64,
        /// Its epoch, from 1.
        epoch: usize,
        /// What became what, such as `the loss became NaN`.
        what: String,
        /// The learning rate of that step.
        learning_rate: f64,
        /// The clipping norm.
        clip: f64,
    },
    /// A checkpoint cannot be read or does not fit.
    #[error("{file}: {cause}")]
    Checkpoint {
        /// The file.
        file: String,
        /// What is wrong and what would be right.
        cause: String,
    },
    /// The cancel flag was set.
    #[error("cancelled before training step {step}")]
    Cancelled {
        /// The step that did not run, from 0.
        step: u64,
    },
    /// An engine failed.
    #[error(transparent)]
    Gemm(#[from] GemmError),
}

impl LstmError {
    pub(crate) fn config(what: &'static str, given: impl ToString, expected: &'static str) -> Self {
        Self::Config {
            what,
            given: given.to_string(),
            expected,
        }
    }
}

/// `Ok` if `given` equals `expected`. `what` becomes a text only if it does not.
pub(crate) fn fits(
    what: impl fmt::Display,
    given: usize,
    expected: usize,
) -> Result<(), LstmError> {
    if given == expected {
        return Ok(());
    }
    Err(LstmError::Shape {
        what: what.to_string(),
        given,
        expected,
    })
}
