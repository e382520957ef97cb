//! Where recorded jobs go.

use super::{Operands, Tensors, TraceElement, TraceJob};
use crate::TraceError;
use heddle_gemm::{Accumulator, Engine, GoldenEngine, Policy, Scratch};

/// What takes the jobs that a [`Recorder`](crate::Recorder) passes on, in execution order.
pub trait Sink {
    /// Takes the next job.
    ///
    /// # Errors
    /// Those of the sink; they end the training step.
    fn take(&mut self, job: TraceJob) -> Result<(), TraceError>;
}

impl Sink for Vec<TraceJob> {
    fn take(&mut self, job: TraceJob) -> Result<(), TraceError> {
        self.push(job);
        Ok(())
    }
}

/// The policy under which expected results are computed: a dropped k leaves every bit of a sum
/// alone.
pub(super) const EXPECTED_UNDER: Policy = Policy::Gated;

/// Jobs on their way into a file, each with the golden model's result as the one that is
/// expected.
#[derive(Debug)]
pub struct Expecting {
    golden: GoldenEngine,
    scratch: Scratch,
    jobs: Vec<TraceJob>,
}

impl Expecting {
    /// None yet. Integer sums are those of `accumulator`.
    pub fn new(accumulator: Accumulator) -> Self {
        Self {
            golden: GoldenEngine::new(accumulator),
            scratch: Scratch::default(),
            jobs: Vec::new(),
        }
    }

    /// The jobs.
    pub fn into_jobs(self) -> Vec<TraceJob> {
        self.jobs
    }

    fn result<E: TraceElement>(
        &mut self,
        job: &TraceJob,
        operands: &Operands<E>,
    ) -> Result<Vec<E::Acc>, TraceError>
    where
        GoldenEngine: Engine<E>,
    {
        let mut sums = job.seed(operands);
        let mut outputs = [job.output(&mut sums)?];
        let jobs = [job.job(operands, 0)?];
        self.golden
            .run(EXPECTED_UNDER, &jobs, &mut outputs, &mut self.scratch)?;
        Ok(sums)
    }
}

impl Sink for Expecting {
    fn take(&mut self, mut job: TraceJob) -> Result<(), TraceError> {
        // Out of the job for as long as its result is computed.
        let mut tensors = std::mem::replace(&mut job.tensors, Tensors::Int8(Operands::default()));
        match &mut tensors {
            Tensors::Int8(operands) => operands.c = Some(self.result(&job, operands)?),
            Tensors::Int16(operands) => operands.c = Some(self.result(&job, operands)?),
            Tensors::Bf16(operands) => operands.c = Some(self.result(&job, operands)?),
        }
        job.tensors = tensors;
        self.jobs.push(job);
        Ok(())
    }
}
