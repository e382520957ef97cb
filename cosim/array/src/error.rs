//! The one error type of this crate.

use heddle_files::{FileError, InputError};
use heddle_format::Format;
use heddle_gemm::GemmError;
use heddle_hdl::HdlError;
use heddle_schedule::ScheduleError;
use heddle_verilator::VerilatorError;

/// Why the array computed nothing, or something else than it promises.
#[derive(Debug, thiserror::Error)]
pub enum ArrayError {
    /// The array could not be described or its Verilog not be written.
    #[error(transparent)]
    Hdl(HdlError),
    /// The array's model could not be built, loaded or driven.
    #[error(transparent)]
    Verilator(VerilatorError),
    /// A job is not one that an engine can compute.
    #[error(transparent)]
    Gemm(GemmError),
    /// A job's operands are not what the array computes with.
    #[error("a job with {given} operands was given to an array of format {expected}: use --format {given}")]
    Format {
        /// Format of the job's operands.
        given: Format,
        /// Format of the array.
        expected: Format,
    },
    /// A value that the user gave is out of range.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A file or folder cannot be read or written.
    #[error(transparent)]
    File(FileError),
    /// The array did not behave as its interface promises.
    #[error("the array broke its interface in cycle {cycle}: {what}")]
    Protocol {
        /// Enabled cycles since the stream began.
        cycle: u64,
        /// The promise that was broken, with expected and actual value.
        what: String,
    },
    /// The array accepted and produced nothing for too long.
    #[error("the array is stuck in cycle {cycle}: nothing was accepted or produced for {idle} cycles, with {sums} of {beats} sums received")]
    Stuck {
        /// Enabled cycles since the stream began.
        cycle: u64,
        /// Cycles without progress.
        idle: u64,
        /// Sums received so far.
        sums: u64,
        /// Sums expected in all.
        beats: u64,
    },
    /// A counter of the hardware does not hold what the driver counted.
    #[error("the array's counter {counter} holds {found}, expected {expected}")]
    Counter {
        /// Port name of the counter.
        counter: &'static str,
        /// What it holds.
        found: u64,
        /// What it should hold.
        expected: u64,
    },
    /// The user asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl ArrayError {
    /// Whether what the user gave is at fault: a value, a file or a trace.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Input(_) | Self::Format { .. } => true,
            Self::File(error) => error.is_bad_input(),
            Self::Hdl(error) => error.is_bad_input(),
            Self::Verilator(error) => error.is_bad_input(),
            Self::Gemm(error) => error.is_bad_input(),
            Self::Protocol { .. } | Self::Stuck { .. } | Self::Counter { .. } | Self::Cancelled => {
                false
            }
        }
    }

    /// Whether the array itself is at fault, so that a waveform of the job is worth having.
    pub fn blames_array(&self) -> bool {
        matches!(
            self,
            Self::Protocol { .. } | Self::Stuck { .. } | Self::Counter { .. }
        )
    }
}

impl From<ScheduleError> for ArrayError {
    fn from(error: ScheduleError) -> Self {
        match error {
            ScheduleError::Input(error) => Self::Input(error),
            ScheduleError::Hdl(error) => error.into(),
        }
    }
}

impl From<HdlError> for ArrayError {
    fn from(error: HdlError) -> Self {
        match error {
            HdlError::File(error) => error.into(),
            error => Self::Hdl(error),
        }
    }
}

/// Files are the same everywhere, and so is a signal that came while one was read.
impl From<FileError> for ArrayError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Cancelled => Self::Cancelled,
            error => Self::File(error),
        }
    }
}

/// A build that was cancelled is cancelled like anything else.
impl From<VerilatorError> for ArrayError {
    fn from(error: VerilatorError) -> Self {
        match error {
            VerilatorError::Cancelled => Self::Cancelled,
            error => Self::Verilator(error),
        }
    }
}

/// An engine behind the trait reports its own errors boxed; those of this crate are unpacked again.
impl From<GemmError> for ArrayError {
    fn from(error: GemmError) -> Self {
        match error {
            GemmError::Engine(inner) => match inner.downcast::<Self>() {
                Ok(ours) => *ours,
                Err(inner) => Self::Gemm(GemmError::Engine(inner)),
            },
            error => Self::Gemm(error),
        }
    }
}

impl From<ArrayError> for GemmError {
    fn from(error: ArrayError) -> Self {
        match error {
            ArrayError::Gemm(inner) => inner,
            error => GemmError::Engine(Box::new(error)),
        }
    }
}
