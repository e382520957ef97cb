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
        expected: String,
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
    /// What is wrong in a line (from 1) of a text.
    pub(crate) fn data(file: &str, line: usize, cause: impl Into<String>) -> Self {
        Self::Data {
            file: file.to_owned(),
            line,
            cause: cause.into(),
        }
    }

    /// That the setting `what` is `given`, but must be as `expected` says.
    pub fn config(what: &'static str, given: impl ToString, expected: impl Into<String>) -> Self {
        Self::Config {
            what,
            given: given.to_string(),
            expected: expected.into(),
        }
    }
}

/// The widest that anything in a network may be.
pub(crate) const WIDEST: usize = 16384;

/// Refuses the first setting outside of 1 to `most`; each has its name.
pub(crate) fn within(most: usize, settings: &[(&'static str, usize)]) -> Result<(), LstmError> {
    let fits = |value: usize| (1..=most).contains(&value);
    first_wrong(settings, fits, || format!("in 1 to {most}"))
}

/// Refuses the first setting that is 0; each has its name.
pub(crate) fn not_zero(settings: &[(&'static str, usize)]) -> Result<(), LstmError> {
    first_wrong(settings, |value| value > 0, || "1 or more".to_owned())
}

/// Refuses the first setting that is not positive and finite; each has its name.
pub(crate) fn positive(settings: &[(&'static str, f64)]) -> Result<(), LstmError> {
    let fits = |value: f64| value > 0.0 && value.is_finite();
    first_wrong(settings, fits, || "a positive number".to_owned())
}

fn first_wrong<T: Copy + ToString>(
    settings: &[(&'static str, T)],
    fits: impl Fn(T) -> bool,
    expected: impl Fn() -> String,
) -> Result<(), LstmError> {
    match settings.iter().find(|(_, value)| !fits(*value)) {
        None => Ok(()),
        Some(&(what, value)) => Err(LstmError::config(what, value, expected())),
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
