//! Errors of the crates below as Python's: what exit code 2 is to the program is `ValueError`
//! here, every other failure `RuntimeError`.

use heddle_files::FileError;
use heddle_gemm::GemmError;
use heddle_lstm::LstmError;
use heddle_toolbox::memory::MemoryError;
use heddle_trace::TraceError;
use pyo3::exceptions::{PyMemoryError, PyRuntimeError, PyValueError};
use pyo3::PyErr;
use std::fmt::Display;

/// Bad input, in these words.
pub fn bad_input(words: impl Display) -> PyErr {
    PyValueError::new_err(words.to_string())
}

fn of(error: &impl Display, is_bad_input: bool) -> PyErr {
    match is_bad_input {
        true => bad_input(error),
        false => PyRuntimeError::new_err(error.to_string()),
    }
}

/// An error as Python's.
pub fn raised(error: impl Raised) -> PyErr {
    error.raised()
}

/// What Python raises for it.
pub trait Raised {
    /// The exception.
    fn raised(self) -> PyErr;
}

impl Raised for FileError {
    fn raised(self) -> PyErr {
        of(&self, self.is_bad_input())
    }
}

impl Raised for GemmError {
    fn raised(self) -> PyErr {
        // The program's accumulators are checked before; here one comes from the caller.
        let given = matches!(self, GemmError::Accumulator { .. });
        of(&self, given || self.is_bad_input())
    }
}

impl Raised for TraceError {
    fn raised(self) -> PyErr {
        of(&self, self.is_bad_input())
    }
}

impl Raised for LstmError {
    fn raised(self) -> PyErr {
        of(&self, true)
    }
}

impl Raised for MemoryError {
    fn raised(self) -> PyErr {
        PyMemoryError::new_err(self.to_string())
    }
}
