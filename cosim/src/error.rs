//! The one error type of this crate, and the exit code that goes with each error.

use heddle_files::{interrupt, shown, FileError};
use heddle_format::Format;
use heddle_gemm::{GemmError, Policy};
use heddle_hdl::HdlError;
use heddle_lstm::LstmError;
use heddle_verilator::VerilatorError;

/// Why a co-simulation, or a count of cycles, failed.
#[derive(Debug, thiserror::Error)]
pub enum CosimError {
    /// The array could not be described or its Verilog not be written.
    #[error(transparent)]
    Hdl(HdlError),
    /// The array's model could not be built, loaded or driven.
    #[error(transparent)]
    Verilator(VerilatorError),
    /// A job or a software engine failed.
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
    /// A value given by the user is out of range.
    #[error("{name} = {value} is not possible: {remedy}")]
    Input {
        /// What was given, such as `--keep`.
        name: &'static str,
        /// Its value.
        value: String,
        /// What would be right.
        remedy: String,
    },
    /// The mapped netlist computes something else than the golden model.
    #[error("the netlist is wrong in {mismatches} sums: {wrong}; its power means nothing")]
    Netlist {
        /// The first wrong sum.
        wrong: String,
        /// How many there are.
        mismatches: u64,
    },
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
    /// A trace is not valid.
    #[error("{}: {}; {remedy}", shown(place), shown(problem))]
    Trace {
        /// The file, job and tensor, as far as they are known.
        place: String,
        /// What is wrong, with the offending value.
        problem: String,
        /// What would be right.
        remedy: String,
    },
    /// A file or folder cannot be read or written.
    #[error(transparent)]
    File(FileError),
    /// A network could not be built, fed or trained.
    #[error(transparent)]
    Lstm(LstmError),
    /// The array could not be synthesized.
    #[error(transparent)]
    Synth(heddle_synth::SynthError),
    /// There is less memory than is needed.
    #[error(
        "{what} takes about {needed} of memory, but only {available} are left {limit}: {remedy}"
    )]
    Memory {
        /// What takes it, such as `training this model`.
        what: String,
        /// How much it takes.
        needed: String,
        /// How much there is.
        available: String,
        /// Why there is no more.
        limit: crate::memory::Limit,
        /// What takes less.
        remedy: String,
    },
    /// Too many runs of a comparison diverged.
    #[error("training diverged: {what}; {remedy}")]
    Diverged {
        /// Which.
        what: String,
        /// What would be right.
        remedy: String,
    },
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
    /// Tools are missing or do not work.
    #[error("{what}")]
    Missing {
        /// Which, and how to get them.
        what: String,
    },
    /// One job of many failed.
    #[error("job '{}' ({policy}): {source}", shown(job))]
    InJob {
        /// The job's name.
        job: String,
        /// The policy under which it ran.
        policy: Policy,
        /// What happened.
        source: Box<CosimError>,
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
            CosimError::Format { .. }
            | CosimError::Input { .. }
            | CosimError::Missing { .. }
            | CosimError::Trace { .. }
            | CosimError::Hdl(
                HdlError::Config { .. } | HdlError::Toml { .. } | HdlError::Manifest { .. },
            )
            | CosimError::Memory { .. }
            | CosimError::Gemm(
                GemmError::Shape { .. }
                | GemmError::View { .. }
                | GemmError::Seed { .. }
                | GemmError::Threads { .. },
            ) => 2,
            CosimError::Synth(error) if error.is_bad_input() => 2,
            CosimError::Verilator(error) if error.is_bad_input() => 2,
            CosimError::Lstm(LstmError::Diverged { .. }) => 1,
            CosimError::Lstm(_) => 2,
            CosimError::File(error) if error.is_bad_input() => 2,
            CosimError::InJob { source, .. } => source.exit_code(),
            CosimError::Cancelled => interrupt::exit_code(),
            _ => 1,
        }
    }
}

impl CosimError {
    /// Whether the array itself is at fault, so that a waveform of the job is worth having.
    pub fn blames_array(&self) -> bool {
        match self {
            CosimError::Protocol { .. } | CosimError::Stuck { .. } | CosimError::Counter { .. } => {
                true
            }
            CosimError::InJob { source, .. } => source.blames_array(),
            _ => false,
        }
    }

    /// Says in which job it happened; an interrupt is nobody's fault.
    pub fn in_job(self, job: &str, policy: Policy) -> Self {
        match self {
            CosimError::Cancelled => CosimError::Cancelled,
            source => CosimError::InJob {
                job: job.to_owned(),
                policy,
                source: Box::new(source),
            },
        }
    }
}

/// Interrupts and failures of the engine behind a training run are what they are
/// everywhere else.
impl From<LstmError> for CosimError {
    fn from(error: LstmError) -> Self {
        match error {
            LstmError::Cancelled { .. } => CosimError::Cancelled,
            LstmError::Gemm(error) => error.into(),
            LstmError::File(error) => error.into(),
            error => CosimError::Lstm(error),
        }
    }
}

/// Files are the same everywhere, and so is a signal that came while one was read.
impl From<FileError> for CosimError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Cancelled => CosimError::Cancelled,
            error => CosimError::File(error),
        }
    }
}

impl From<HdlError> for CosimError {
    fn from(error: HdlError) -> Self {
        match error {
            HdlError::File(error) => error.into(),
            error => CosimError::Hdl(error),
        }
    }
}

/// An engine behind the trait reports its own errors boxed; those of this crate are
/// unpacked again, so that their exit code survives the trip.
impl From<GemmError> for CosimError {
    fn from(error: GemmError) -> Self {
        match error {
            GemmError::Engine(inner) => match inner.downcast::<CosimError>() {
                Ok(ours) => *ours,
                Err(inner) => CosimError::Gemm(GemmError::Engine(inner)),
            },
            error => CosimError::Gemm(error),
        }
    }
}

/// A build that was cancelled is cancelled like anything else.
impl From<VerilatorError> for CosimError {
    fn from(error: VerilatorError) -> Self {
        match error {
            VerilatorError::Cancelled => CosimError::Cancelled,
            error => CosimError::Verilator(error),
        }
    }
}

impl From<CosimError> for GemmError {
    fn from(error: CosimError) -> Self {
        match error {
            CosimError::Gemm(inner) => inner,
            error => GemmError::Engine(Box::new(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_keeps_its_exit_code_through_the_engine_trait() {
        let through: GemmError = CosimError::Cancelled.into();
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
