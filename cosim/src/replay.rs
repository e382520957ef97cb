//! Replaying recorded jobs on an array: every sum compared with the golden model and
//! with the trace's own result, every count of cycles with the cycle model.

use crate::array::element::ArrayElement;
use crate::array::engine::ArrayEngine;
use crate::array::port::Edge;
use crate::array::tiler::{load_edge, Extent};
use crate::array::traffic::Traffic;
use crate::cycles::{bounds, job::edge_of, Count, Counter};
use crate::trace::{Operands, Tensors, TraceElement, TraceJob};
use crate::CosimError;
use heddle_gemm::{
    Accumulator, Engine, Equality, GoldenEngine, Job, MatMut, MatRef, Policy, Scratch, Sum,
};
use heddle_hdl::ArrayConfig;
use serde::Serialize;

/// What a wrong sum was compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// The golden model.
    Golden,
    /// The expected result that the trace carries.
    Trace,
}

/// A sum that is not what it should be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WrongSum {
    /// Name of the job.
    pub job: String,
    /// Policy under which it ran.
    pub policy: Policy,
    /// Row of C.
    pub row: usize,
    /// Column of C.
    pub col: usize,
    /// What the sum was compared with.
    pub reference: Reference,
    /// The expected sum, and its bits.
    pub expected: String,
    /// The array's sum, and its bits.
    pub found: String,
}

impl std::fmt::Display for WrongSum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let against = match self.reference {
            Reference::Golden => "the golden model",
            Reference::Trace => "the trace",
        };
        let Self {
            job,
            policy,
            row,
            col,
            expected,
            found,
            ..
        } = self;
        write!(
            f,
            "job '{job}' ({policy}), row {row}, column {col}: the array gives {found}, {against} {expected}"
        )
    }
}

/// A job that took another number of cycles than the cycle model says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WrongCycles {
    /// Name of the job.
    pub job: String,
    /// Policy under which it ran.
    pub policy: Policy,
    /// Cycles of the cycle model.
    pub expected: u64,
    /// Cycles of the array.
    pub found: u64,
}

impl std::fmt::Display for WrongCycles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            job,
            policy,
            expected,
            found,
        } = self;
        write!(f, "job '{job}' ({policy}): the array takes {found} cycles, the cycle model says {expected}")
    }
}

/// One job under one policy, replayed.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// What the cycle model says, kept MACs and the limit.
    pub model: Count,
    /// Cycles that the array took.
    pub cycles: u64,
    /// Tile-quantised weight-stationary bound: tiles * max(M, rows).
    pub bound: u64,
    /// Words over the array's ports.
    pub traffic: Traffic,
    /// Sums that differ from the golden model or from the trace.
    pub mismatches: u64,
    /// The first of them.
    pub first_mismatch: Option<WrongSum>,
}

/// Replays jobs on one array.
pub struct Replayer {
    array: ArrayEngine,
    counter: Counter,
    golden: GoldenEngine,
    scratch: Scratch,
}

impl Replayer {
    /// Replays on `array`.
    pub fn new(array: ArrayEngine) -> Self {
        let config = *array.config();
        Self {
            array,
            golden: GoldenEngine::new(accumulator(&config)),
            counter: Counter::new(config),
            scratch: Scratch::default(),
        }
    }

    /// The array.
    pub fn config(&self) -> &ArrayConfig {
        self.counter.config()
    }

    /// Runs `job` under `policy`.
    ///
    /// # Errors
    /// [`CosimError::Format`] and [`CosimError::Trace`] if the job is not for this array:
    /// another format or accumulator; else as
    /// [`ArrayEngine::stream`], with the job's name.
    pub fn run(&mut self, job: &TraceJob, policy: Policy) -> Result<Replayed, CosimError> {
        fits(job, self.config())?;
        let replayed = match &job.tensors {
            Tensors::Int8(operands) => self.run_typed(job, operands, policy),
            Tensors::Int16(operands) => self.run_typed(job, operands, policy),
            Tensors::Bf16(operands) => self.run_typed(job, operands, policy),
        };
        replayed.map_err(|error| error.in_job(&job.header.name, policy))
    }

    fn run_typed<E>(
        &mut self,
        job: &TraceJob,
        operands: &Operands<E>,
        policy: Policy,
    ) -> Result<Replayed, CosimError>
    where
        E: TraceElement + ArrayElement,
        E::Acc: Sum,
        GoldenEngine: Engine<E>,
    {
        let header = &job.header;
        let edge = edge_of(header.phase);
        let mut masked = job.job(operands, 0)?;
        // BP multiplies by a transposed weight: lay it out as the weight lies in memory.
        let transposed = match edge {
            Edge::Top => Vec::new(),
            Edge::Left => transpose(&operands.b, header.n),
        };
        if edge == Edge::Left {
            masked.b = MatRef::strided(&transposed, header.n, header.k, header.k, 1)?.t();
        }

        let mut expected = job.seed(operands);
        let outputs = &mut [job.output(&mut expected)?];
        self.golden
            .run(policy, &[masked], outputs, &mut self.scratch)?;

        let mut found = job.seed(operands);
        let mut outputs: [MatMut<'_, E::Acc>; 1] = [job.output(&mut found)?];
        let report = self.array.stream(policy, &[masked], &mut outputs, None)?;

        let shape = (header.m, header.k, header.n);
        let kept = job.kept_shape();
        let (mismatches, first_mismatch) = compare(
            job,
            &masked,
            policy,
            &expected,
            operands.c.as_deref(),
            &found,
        );
        Ok(Replayed {
            // a B of one row or column lies like either edge's; the driver decides
            model: self
                .counter
                .count(shape, kept, policy, load_edge(&masked.b)),
            cycles: report.cycles,
            bound: bounds::weight_stationary(self.config(), Extent::new(policy, shape, kept)),
            traffic: report.traffic.into_iter().next().unwrap_or_default(),
            mismatches,
            first_mismatch,
        })
    }
}

/// The accumulator of an array.
pub fn accumulator(config: &ArrayConfig) -> Accumulator {
    Accumulator {
        bits: config.acc_bits(),
        overflow: config.overflow,
    }
}

/// Checks that a job is one for this array. A job that names no accumulator takes the
/// array's.
///
/// # Errors
/// [`CosimError::Format`], [`CosimError::Trace`].
pub fn fits(job: &TraceJob, config: &ArrayConfig) -> Result<(), CosimError> {
    let header = &job.header;
    if header.format != config.format {
        return Err(CosimError::Format {
            given: header.format,
            expected: config.format,
        });
    }
    let other = |what: &str, job_has: String, array_has: String, flag: &str| CosimError::Trace {
        place: format!("job '{}'", header.name),
        problem: format!("its {what} is {job_has}, the array's is {array_has}"),
        remedy: format!("give {flag} {job_has}"),
    };
    match (header.acc_bits, header.overflow) {
        (Some(bits), _) if bits != config.acc_bits() => Err(other(
            "acc_bits",
            bits.to_string(),
            config.acc_bits().to_string(),
            "--acc-bits",
        )),
        (_, Some(overflow)) if overflow != config.overflow => Err(other(
            "overflow",
            overflow.to_string(),
            config.overflow.to_string(),
            "--overflow",
        )),
        _ => Ok(()),
    }
}

/// A row-major matrix of `cols` columns, transposed.
fn transpose<T: Copy>(data: &[T], cols: usize) -> Vec<T> {
    (0..cols)
        .flat_map(|col| data.iter().skip(col).step_by(cols).copied())
        .collect()
}

/// Counts the sums that differ from either reference, and describes the first.
fn compare<E>(
    job: &TraceJob,
    masked: &Job<'_, E>,
    policy: Policy,
    golden: &[E::Acc],
    trace: Option<&[E::Acc]>,
    found: &[E::Acc],
) -> (u64, Option<WrongSum>)
where
    E: TraceElement,
    E::Acc: Sum,
{
    // golden and array ran under the same policy; the trace's result knows no policy
    let lenient = Equality::of(policy, masked);
    let n = job.header.n;
    let mut mismatches = 0;
    let mut first = None;
    for (i, &sum) in found.iter().enumerate() {
        let against = |reference, equality: Equality, expected: E::Acc| {
            (!equality.holds(expected, sum)).then_some((reference, expected))
        };
        let wrong = against(Reference::Golden, Equality::Strict, golden[i])
            .or_else(|| trace.and_then(|trace| against(Reference::Trace, lenient, trace[i])));
        if let Some((reference, expected)) = wrong {
            mismatches += 1;
            first.get_or_insert_with(|| WrongSum {
                job: job.header.name.clone(),
                policy,
                row: i / n,
                col: i % n,
                reference,
                expected: with_bits(expected),
                found: with_bits(sum),
            });
        }
    }
    (mismatches, first)
}

fn with_bits<T: Sum>(sum: T) -> String {
    let digits = T::DIGITS;
    format!("{sum} (0x{:0digits$x})", sum.bits())
}
