//! The one error type of this crate.

use heddle_array::ArrayError;
use heddle_files::{shown, FileError, InputError};
use heddle_format::Format;
use heddle_gemm::{GemmError, Policy};
use heddle_schedule::ScheduleError;
use heddle_toolbox::memory::MemoryError;

/// Why a trace could not be read, written or replayed.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// A trace is not valid.
    #[error("{}: {}; {remedy}", shown(place), shown(problem))]
    Invalid {
        /// The file, job and tensor, as far as they are known.
        place: String,
        /// What is wrong, with the offending value.
        problem: String,
        /// What would be right.
        remedy: String,
    },
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
    /// A file cannot be read or written.
    #[error(transparent)]
    File(FileError),
    /// There is less memory than is needed.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// A software engine failed.
    #[error(transparent)]
    Gemm(GemmError),
    /// The array failed.
    #[error(transparent)]
    Array(ArrayError),
    /// One job of many failed.
    #[error("job '{}' ({policy}): {source}", shown(job))]
    InJob {
        /// The job's name.
        job: String,
        /// The policy under which it ran.
        policy: Policy,
        /// What happened.
        source: Box<TraceError>,
    },
    /// The user asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl TraceError {
    /// Whether what the user gave is at fault: a value, a file or a trace.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Invalid { .. } | Self::Format { .. } | Self::Input(_) | Self::Memory(_) => true,
            Self::File(error) => error.is_bad_input(),
            Self::Gemm(error) => error.is_bad_input(),
            Self::Array(error) => error.is_bad_input(),
            Self::InJob { source, .. } => source.is_bad_input(),
            Self::Cancelled => false,
        }
    }

    /// Whether the array itself is at fault, so that a waveform of the job is worth having.
    pub fn blames_array(&self) -> bool {
        match self {
            Self::Array(error) => error.blames_array(),
            Self::InJob { source, .. } => source.blames_array(),
            _ => false,
        }
    }

    /// The policy under which a job failed, if one did.
    pub fn policy(&self) -> Option<Policy> {
        match self {
            Self::InJob { policy, .. } => Some(*policy),
            _ => None,
        }
    }

    /// Says in which job it happened; an interrupt is nobody's fault.
    pub fn in_job(self, job: &str, policy: Policy) -> Self {
        match self {
            Self::Cancelled => Self::Cancelled,
            source => Self::InJob {
                job: job.to_owned(),
                policy,
                source: Box::new(source),
            },
        }
    }
}

/// What has a name here has the same.
impl From<ArrayError> for TraceError {
    fn from(error: ArrayError) -> Self {
        match error {
            ArrayError::Input(error) => Self::Input(error),
            ArrayError::File(error) => Self::File(error),
            ArrayError::Format { given, expected } => Self::Format { given, expected },
            ArrayError::Gemm(error) => error.into(),
            ArrayError::Cancelled => Self::Cancelled,
            error => Self::Array(error),
        }
    }
}

impl From<ScheduleError> for TraceError {
    fn from(error: ScheduleError) -> Self {
        ArrayError::from(error).into()
    }
}

/// Files are the same everywhere, and so is a signal that came while one was read.
impl From<FileError> for TraceError {
    fn from(error: FileError) -> Self {
        ArrayError::from(error).into()
    }
}

/// An engine behind the trait reports its own errors boxed; those of this crate and of the array are
/// unpacked again.
impl From<GemmError> for TraceError {
    fn from(error: GemmError) -> Self {
        match error {
            GemmError::Engine(inner) => match inner.downcast::<Self>() {
                Ok(ours) => *ours,
                Err(inner) => match inner.downcast::<ArrayError>() {
                    Ok(of_array) => (*of_array).into(),
                    Err(inner) => Self::Gemm(GemmError::Engine(inner)),
                },
            },
            error => Self::Gemm(error),
        }
    }
}

impl From<TraceError> for GemmError {
    fn from(error: TraceError) -> Self {
        match error {
            TraceError::Gemm(inner) => inner,
            error => GemmError::Engine(Box::new(error)),
        }
    }
}
