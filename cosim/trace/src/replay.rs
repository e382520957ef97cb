//! Replaying recorded jobs on an array: every sum compared with the golden model and
//! with the trace's own result, every count of cycles with the cycle model.

use crate::random_flow::RandomLaying;
use crate::sink::EXPECTED_UNDER;
use crate::TraceError;
use crate::{Operands, TraceElement, TraceJob};
use half::bf16;
use heddle_array::element::ArrayElement;
use heddle_array::{Account, ArrayEngine};
use heddle_files::shown;
use heddle_format::Format;
use heddle_gemm::{Accumulator, Engine, Equality, GoldenEngine, Job, MatMut, Policy, Scratch, Sum};
use heddle_hdl::ArrayConfig;
use heddle_toolbox::memory;
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
        let Self {
            job,
            policy,
            row,
            col,
            reference,
            expected,
            found,
        } = self;
        let job = shown(job);
        write!(f, "job '{job}' ({policy}), row {row}, column {col}: ")?;
        match reference {
            Reference::Golden => write!(f, "the array gives {found}, the golden model {expected}"),
            Reference::Trace => write!(
                f,
                "the array and the golden model give {found}, the trace's own result (c) is {expected}"
            ),
        }
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
        let job = shown(job);
        write!(f, "job '{job}' ({policy}): the array takes {found} cycles, the cycle model says {expected}")
    }
}

/// One job under one policy, replayed.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// What it took, and should take.
    pub account: Account,
    /// Sums that differ from the golden model or from the trace.
    pub mismatches: u64,
    /// Those of them that equal the golden model: only the trace says otherwise.
    pub trace_mismatches: u64,
    /// The first of them.
    pub first_mismatch: Option<WrongSum>,
}

/// Replays jobs on one array.
pub struct Replayer {
    array: ArrayEngine,
    golden: GoldenEngine,
    scratch: Scratch,
    /// Whether the jobs' own results are the golden model's.
    has_golden: bool,
}

impl Replayer {
    /// Replays on `array`.
    pub fn new(array: ArrayEngine) -> Self {
        let config = *array.config();
        Self {
            array,
            golden: GoldenEngine::new(accumulator(&config)),
            scratch: Scratch::default(),
            has_golden: false,
        }
    }

    /// Takes the jobs' own results for the golden model's, as an [`Expecting`](crate::Expecting)
    /// gives them, and does not compute them again.
    pub fn with_golden(self) -> Self {
        Self {
            has_golden: true,
            ..self
        }
    }

    /// The array.
    pub fn config(&self) -> &ArrayConfig {
        self.array.config()
    }

    /// Completes the waveform, if the array writes one.
    ///
    /// # Errors
    /// [`TraceError::Array`] if it cannot be written.
    pub fn close_trace(&mut self) -> Result<(), TraceError> {
        Ok(self.array.close_trace()?)
    }

    /// Runs `jobs` as one batch, back to back, each with its own output, laid out as `layings`
    /// says or else as the array's engine chooses.
    ///
    /// # Errors
    /// [`TraceError::Format`] and [`TraceError::Invalid`] if a job is not for this array:
    /// another format or accumulator; else as [`ArrayEngine::stream`], with the name of the batch.
    pub fn run(
        &mut self,
        jobs: &[TraceJob],
        policy: Policy,
        layings: Option<&[RandomLaying]>,
    ) -> Result<Vec<Replayed>, TraceError> {
        let mut replayed = self.run_policies(jobs, &[policy], layings)?;
        Ok(replayed.swap_remove(0))
    }

    /// Runs `jobs` as a batch under each of some policies. The golden model computes each job once,
    /// and once more for a policy whose bits may differ.
    ///
    /// # Errors
    /// Those of [`Replayer::run`].
    pub fn run_policies(
        &mut self,
        jobs: &[TraceJob],
        policies: &[Policy],
        layings: Option<&[RandomLaying]>,
    ) -> Result<Vec<Vec<Replayed>>, TraceError> {
        let (rows, cols) = (self.config().rows, self.config().cols);
        let mut bytes = 0;
        for job in jobs {
            fits(job, self.config())?;
            bytes += job.header.run_bytes(rows, cols);
        }
        if let Some(first) = jobs.first() {
            let what = format!(
                "a run of {} jobs from '{}' on",
                jobs.len(),
                first.header.name
            );
            memory::check(
                &what,
                bytes,
                "cut them, give a smaller --batch, or a larger array",
            )?;
        }
        match self.config().format {
            Format::Int8 => self.run_typed::<i8>(jobs, policies, layings),
            Format::Int16 => self.run_typed::<i16>(jobs, policies, layings),
            Format::Bf16 => self.run_typed::<bf16>(jobs, policies, layings),
        }
    }

    fn run_typed<E>(
        &mut self,
        jobs: &[TraceJob],
        policies: &[Policy],
        layings: Option<&[RandomLaying]>,
    ) -> Result<Vec<Vec<Replayed>>, TraceError>
    where
        E: TraceElement + ArrayElement,
        E::Acc: Sum,
        GoldenEngine: Engine<E>,
    {
        // Jobs of another format do not fit, and were refused before.
        let operands: Vec<&Operands<E>> = jobs
            .iter()
            .filter_map(|job| E::unpack(&job.tensors))
            .collect();
        let labels: Vec<_> = jobs.iter().map(TraceJob::label).collect();
        let mut masked: Vec<Job<'_, E>> = Vec::with_capacity(jobs.len());
        for (index, (job, operands)) in jobs.iter().zip(&operands).enumerate() {
            let label = Some(&labels[index]);
            masked.push(Job {
                label,
                ..job.job(operands, index)?
            });
        }
        let mut golden: Vec<(Policy, Vec<Vec<E::Acc>>)> = Vec::new();
        if self.has_golden {
            let known: Option<Vec<_>> = operands.iter().map(|job| job.c.clone()).collect();
            golden.extend(known.map(|sums| (EXPECTED_UNDER, sums)));
        }
        let mut replayed = Vec::with_capacity(policies.len());
        for &policy in policies {
            let named = |error: TraceError| error.in_job(&names(jobs), policy);
            let known = golden
                .iter()
                .position(|(of, _)| have_same_bits(*of, policy, &masked));
            let known = match known {
                Some(known) => known,
                None => {
                    let mut sums = seeds(jobs, &operands);
                    let mut outputs = views(jobs, &mut sums)?;
                    self.golden
                        .run(policy, &masked, &mut outputs, &mut self.scratch)
                        .map_err(|error| named(error.into()))?;
                    golden.push((policy, sums));
                    golden.len() - 1
                }
            };
            let mut found = seeds(jobs, &operands);
            let mut outputs = views(jobs, &mut found)?;
            let array = &mut self.array;
            let report = match layings {
                Some(layings) => array.stream_mapped(policy, &masked, layings, &mut outputs, None),
                None => array.stream(policy, &masked, &mut outputs, None),
            };
            let report = report.map_err(|error| named(error.into()))?;
            let one = |i: usize| {
                let trace = operands[i].c.as_deref();
                let (expected, found) = (&golden[known].1[i], &found[i]);
                let (mismatches, trace_mismatches, first_mismatch) =
                    compare(&jobs[i], &masked[i], policy, expected, trace, found);
                Replayed {
                    account: report.accounts[i],
                    mismatches,
                    trace_mismatches,
                    first_mismatch,
                }
            };
            replayed.push((0..jobs.len()).map(one).collect());
        }
        Ok(replayed)
    }
}

/// What the jobs' outputs hold before they run.
fn seeds<E: TraceElement>(jobs: &[TraceJob], operands: &[&Operands<E>]) -> Vec<Vec<E::Acc>> {
    jobs.iter()
        .zip(operands)
        .map(|(job, operands)| job.seed(operands))
        .collect()
}

/// Whether the golden model gives all jobs the same bits under both policies.
fn have_same_bits<E: TraceElement>(one: Policy, other: Policy, jobs: &[Job<'_, E>]) -> bool {
    let strict = |policy, job| Equality::of(policy, job) == Equality::Strict;
    one == other
        || jobs
            .iter()
            .all(|job| strict(one, job) && strict(other, job))
}

/// The name of a batch: its first and its last job.
fn names(jobs: &[TraceJob]) -> String {
    match jobs {
        [first, .., last] => format!("{}' to '{}", first.header.name, last.header.name),
        [job] => job.header.name.clone(),
        [] => "none".into(),
    }
}

/// Every job's own output.
fn views<'d, T: Copy>(
    jobs: &[TraceJob],
    data: &'d mut [Vec<T>],
) -> Result<Vec<MatMut<'d, T>>, TraceError> {
    jobs.iter()
        .zip(data)
        .map(|(job, data)| job.output(data))
        .collect()
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
/// [`TraceError::Format`], [`TraceError::Invalid`].
pub fn fits(job: &TraceJob, config: &ArrayConfig) -> Result<(), TraceError> {
    let header = &job.header;
    if header.format != config.format {
        return Err(TraceError::Format {
            given: header.format,
            expected: config.format,
        });
    }
    let other = |what: &str, job_has: String, array_has: String, flag: &str| TraceError::Invalid {
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

/// Counts the sums that differ from either reference, those that differ from the trace alone,
/// and describes the first: one that differs from the golden model, if there is one.
fn compare<E>(
    job: &TraceJob,
    masked: &Job<'_, E>,
    policy: Policy,
    golden: &[E::Acc],
    trace: Option<&[E::Acc]>,
    found: &[E::Acc],
) -> (u64, u64, Option<WrongSum>)
where
    E: TraceElement,
    E::Acc: Sum,
{
    // golden and array ran under the same policy; the trace's result knows no policy
    let lenient = Equality::of(policy, masked);
    let n = job.header.shape.n;
    let (mut mismatches, mut trace_only) = (0, 0);
    let mut first: Option<WrongSum> = None;
    for (i, &sum) in found.iter().enumerate() {
        let against = |reference, equality: Equality, expected: E::Acc| {
            (!equality.holds(expected, sum)).then_some((reference, expected))
        };
        let wrong = against(Reference::Golden, Equality::Strict, golden[i])
            .or_else(|| trace.and_then(|trace| against(Reference::Trace, lenient, trace[i])));
        if let Some((reference, expected)) = wrong {
            mismatches += 1;
            trace_only += u64::from(reference == Reference::Trace);
            let worse = first.as_ref().is_none_or(|first| {
                first.reference == Reference::Trace && reference == Reference::Golden
            });
            if worse {
                first = Some(WrongSum {
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
    }
    (mismatches, trace_only, first)
}

fn with_bits<T: Sum>(sum: T) -> String {
    let digits = T::DIGITS;
    format!("{sum} (0x{:0digits$x})", sum.bits())
}
