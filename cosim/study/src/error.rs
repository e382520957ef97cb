//! The one error type of this crate.

use heddle_array::ArrayError;
use heddle_files::{shown, FileError, InputError};
use heddle_gemm::{GemmError, Policy};
use heddle_hdl::HdlError;
use heddle_lstm::LstmError;
use heddle_report::ReportError;
use heddle_schedule::ScheduleError;
use heddle_synth::SynthError;
use heddle_toolbox::memory::MemoryError;
use heddle_trace::TraceError;
use heddle_verilator::VerilatorError;

/// Why a study found nothing.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// A value that the user gave is out of range.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(FileError),
    /// There is less memory than is needed.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// A network could not be built, fed or trained.
    #[error(transparent)]
    Lstm(LstmError),
    /// A job or an engine failed.
    #[error(transparent)]
    Gemm(GemmError),
    /// A job could not be replayed.
    #[error(transparent)]
    Trace(TraceError),
    /// The array could not be synthesized, or its power not be told.
    #[error(transparent)]
    Synth(SynthError),
    /// The mapped netlist computes something else than the golden model.
    #[error("the netlist is wrong in {mismatches} sums: {wrong}; its power means nothing")]
    Netlist {
        /// The first wrong sum.
        wrong: String,
        /// How many there are.
        mismatches: u64,
    },
    /// Too many runs of a comparison diverged.
    #[error("training diverged: {what}; {remedy}")]
    Diverged {
        /// Which.
        what: String,
        /// What would be right.
        remedy: String,
    },
    /// One run of many failed.
    #[error("job '{}' ({policy}): {source}", shown(run))]
    InRun {
        /// The run's name.
        run: String,
        /// The policy under which its products were computed.
        policy: Policy,
        /// What happened.
        source: Box<StudyError>,
    },
    /// The user asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl StudyError {
    /// Whether what the user gave is at fault: a value, a file or a trace.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Input(_) | Self::Memory(_) => true,
            Self::File(error) => error.is_bad_input(),
            Self::Lstm(error) => !matches!(error, LstmError::Diverged { .. }),
            Self::Gemm(error) => error.is_bad_input(),
            Self::Trace(error) => error.is_bad_input(),
            Self::Synth(error) => error.is_bad_input(),
            Self::InRun { source, .. } => source.is_bad_input(),
            Self::Netlist { .. } | Self::Diverged { .. } | Self::Cancelled => false,
        }
    }

    /// Says in which run it happened; an interrupt is nobody's fault.
    pub fn in_run(self, run: &str, policy: Policy) -> Self {
        match self {
            Self::Cancelled => Self::Cancelled,
            source => Self::InRun {
                run: run.to_owned(),
                policy,
                source: Box::new(source),
            },
        }
    }
}

/// Files are the same everywhere, and so is a signal that came while one was read.
impl From<FileError> for StudyError {
    fn from(error: FileError) -> Self {
        TraceError::from(error).into()
    }
}

/// Interrupts and failures of the engine behind a training run are what they are everywhere else.
impl From<LstmError> for StudyError {
    fn from(error: LstmError) -> Self {
        match error {
            LstmError::Cancelled { .. } => Self::Cancelled,
            LstmError::Gemm(error) => error.into(),
            LstmError::File(error) => error.into(),
            error => Self::Lstm(error),
        }
    }
}

/// What has a name here has the same.
impl From<TraceError> for StudyError {
    fn from(error: TraceError) -> Self {
        match error {
            TraceError::Input(error) => Self::Input(error),
            TraceError::File(error) => Self::File(error),
            TraceError::Memory(error) => Self::Memory(error),
            TraceError::Gemm(error) => Self::Gemm(error),
            TraceError::Cancelled => Self::Cancelled,
            error => Self::Trace(error),
        }
    }
}

impl From<ArrayError> for StudyError {
    fn from(error: ArrayError) -> Self {
        TraceError::from(error).into()
    }
}

impl From<ScheduleError> for StudyError {
    fn from(error: ScheduleError) -> Self {
        ArrayError::from(error).into()
    }
}

impl From<HdlError> for StudyError {
    fn from(error: HdlError) -> Self {
        ArrayError::from(error).into()
    }
}

impl From<VerilatorError> for StudyError {
    fn from(error: VerilatorError) -> Self {
        ArrayError::from(error).into()
    }
}

impl From<GemmError> for StudyError {
    fn from(error: GemmError) -> Self {
        TraceError::from(error).into()
    }
}

impl From<SynthError> for StudyError {
    fn from(error: SynthError) -> Self {
        match error {
            SynthError::Hdl(error) => error.into(),
            SynthError::File(error) => error.into(),
            SynthError::Write { path, source } => FileError::Write { path, source }.into(),
            SynthError::Cancelled => Self::Cancelled,
            error => Self::Synth(error),
        }
    }
}

impl From<ReportError> for StudyError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Input(error) => Self::Input(error),
            ReportError::File(error) => error.into(),
        }
    }
}
