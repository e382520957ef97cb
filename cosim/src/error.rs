//! The error type of the command line, and the exit code that goes with each error.

use heddle_array::ArrayError;
use heddle_engine::EngineError;
use heddle_farm::FarmError;
use heddle_files::{interrupt, FileError, InputError};
use heddle_gemm::GemmError;
use heddle_hdl::HdlError;
use heddle_lstm::LstmError;
use heddle_network::NetworkError;
use heddle_page::PageError;
use heddle_report::ReportError;
use heddle_schedule::ScheduleError;
use heddle_study::StudyError;
use heddle_synth::SynthError;
use heddle_toolbox::memory::MemoryError;
use heddle_trace::TraceError;
use heddle_verilator::VerilatorError;

/// Why a command failed. What several crates have a name for has one here, too.
#[derive(Debug, thiserror::Error)]
pub enum CosimError {
    /// A value given by the user is out of range.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A file or folder cannot be read or written.
    #[error(transparent)]
    File(FileError),
    /// There is less memory than is needed.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The array could not be described or its Verilog not be written.
    #[error(transparent)]
    Hdl(HdlError),
    /// The array's model could not be built, loaded or driven.
    #[error(transparent)]
    Verilator(VerilatorError),
    /// There was too little memory to build the model of an array.
    #[error("there is too little memory to build the model of {array}: {source}\n{remedy}")]
    ModelMemory {
        /// The array.
        array: String,
        /// What the build says.
        source: Box<VerilatorError>,
        /// What to do.
        remedy: String,
    },
    /// A job or a software engine failed.
    #[error(transparent)]
    Gemm(GemmError),
    /// A network could not be built, fed or trained.
    #[error(transparent)]
    Lstm(LstmError),
    /// The array could not be synthesized.
    #[error(transparent)]
    Synth(SynthError),
    /// The array computed nothing, or something else than it promises.
    #[error(transparent)]
    Array(ArrayError),
    /// The engine did not answer, or is another one.
    #[error(transparent)]
    Engine(EngineError),
    /// A trace could not be read, written or replayed.
    #[error(transparent)]
    Trace(TraceError),
    /// A file is no network.
    #[error(transparent)]
    Network(NetworkError),
    /// A study found nothing.
    #[error(transparent)]
    Study(StudyError),
    /// Pieces could not be run, or their results not be put together.
    #[error(transparent)]
    Farm(FarmError),
    /// A file is no report of which a page can be made.
    #[error(transparent)]
    Page(#[from] PageError),
    /// Tools are missing or do not work.
    #[error("{what}")]
    Missing {
        /// Which, and how to get them.
        what: String,
    },
    /// The user asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl CosimError {
    /// The program's exit code for this error: 2 for bad input, 128 and the signal's number
    /// (130 after Ctrl-C) where one stopped it, 1 for every other failure.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Cancelled => interrupt::exit_code(),
            error if error.is_bad_input() => 2,
            _ => 1,
        }
    }

    fn is_bad_input(&self) -> bool {
        match self {
            Self::Input(_) | Self::Memory(_) | Self::Missing { .. } | Self::Page(_) => true,
            Self::File(error) => error.is_bad_input(),
            Self::Hdl(error) => error.is_bad_input(),
            Self::Verilator(error) => error.is_bad_input(),
            Self::Gemm(error) => error.is_bad_input(),
            Self::Lstm(error) => !matches!(error, LstmError::Diverged { .. }),
            Self::Synth(error) => error.is_bad_input(),
            Self::Array(error) => error.is_bad_input(),
            Self::Engine(error) => error.is_bad_input(),
            Self::Trace(error) => error.is_bad_input(),
            Self::Network(error) => error.is_bad_input(),
            Self::Study(error) => error.is_bad_input(),
            Self::Farm(error) => error.is_bad_input(),
            Self::ModelMemory { .. } | Self::Cancelled => false,
        }
    }
}

/// What has a name in a crate below goes the way of that crate's own errors.
macro_rules! by_way_of {
    ($($error:ty: $way:ty;)+) => {
        $(impl From<$error> for CosimError {
            fn from(error: $error) -> Self {
                <$way>::from(error).into()
            }
        })+
    };
}

by_way_of! {
    FileError: ArrayError;
    HdlError: ArrayError;
    VerilatorError: ArrayError;
    ScheduleError: ArrayError;
    GemmError: TraceError;
    LstmError: StudyError;
    SynthError: StudyError;
}

impl From<NetworkError> for CosimError {
    fn from(error: NetworkError) -> Self {
        match error {
            NetworkError::Input(error) => Self::Input(error),
            NetworkError::File(error) => error.into(),
            NetworkError::Schedule(error) => error.into(),
            NetworkError::Engine(error) => error.into(),
            error => Self::Network(error),
        }
    }
}

impl From<ArrayError> for CosimError {
    fn from(error: ArrayError) -> Self {
        match error {
            ArrayError::Input(error) => Self::Input(error),
            ArrayError::File(error) => Self::File(error),
            ArrayError::Hdl(error) => Self::Hdl(error),
            ArrayError::Verilator(error) => Self::Verilator(error),
            ArrayError::Gemm(error) => Self::Gemm(error),
            ArrayError::Cancelled => Self::Cancelled,
            error => Self::Array(error),
        }
    }
}

impl From<EngineError> for CosimError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Input(error) => Self::Input(error),
            EngineError::File(error) => error.into(),
            EngineError::Hdl(error) => error.into(),
            EngineError::Verilator(error) => error.into(),
            EngineError::Cancelled => Self::Cancelled,
            error => Self::Engine(error),
        }
    }
}

impl From<TraceError> for CosimError {
    fn from(error: TraceError) -> Self {
        match error {
            TraceError::Input(error) => Self::Input(error),
            TraceError::File(error) => Self::File(error),
            TraceError::Memory(error) => Self::Memory(error),
            TraceError::Gemm(error) => Self::Gemm(error),
            TraceError::Array(error) => error.into(),
            TraceError::Cancelled => Self::Cancelled,
            error => Self::Trace(error),
        }
    }
}

impl From<FarmError> for CosimError {
    fn from(error: FarmError) -> Self {
        match error {
            FarmError::Input(error) => Self::Input(error),
            FarmError::File(error) => error.into(),
            FarmError::Cancelled => Self::Cancelled,
            error => Self::Farm(error),
        }
    }
}

impl From<ReportError> for CosimError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Input(error) => Self::Input(error),
            ReportError::File(error) => error.into(),
        }
    }
}

impl From<StudyError> for CosimError {
    fn from(error: StudyError) -> Self {
        match error {
            StudyError::Input(error) => Self::Input(error),
            StudyError::File(error) => Self::File(error),
            StudyError::Memory(error) => Self::Memory(error),
            StudyError::Lstm(error) => Self::Lstm(error),
            StudyError::Gemm(error) => Self::Gemm(error),
            StudyError::Trace(error) => error.into(),
            StudyError::Synth(error) => Self::Synth(error),
            StudyError::Cancelled => Self::Cancelled,
            error => Self::Study(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_keeps_its_exit_code_through_the_engine_trait() {
        let through: GemmError = ArrayError::Cancelled.into();
        assert!(matches!(through, GemmError::Engine(_)));
        assert_eq!(CosimError::from(through).exit_code(), 130);
    }

    #[test]
    fn bad_shapes_are_bad_input() {
        let error = GemmError::Shape {
            job: 0,
            what: "rows of B",
            given: 3,
            expected: 4,
        };
        assert_eq!(CosimError::from(error).exit_code(), 2);
    }
}
