//! Capturing jobs from a training run.

use super::{JobHeader, Operands, TraceElement, TraceJob};
use half::bf16;
use heddle_format::Format;
use heddle_gemm::{
    quantise, round_bf16, Accumulator, Engine, GemmError, GoldenEngine, Host, Job, Label, MatMut,
    MatRef, Phase, Policy, Quantise, Scratch,
};
use std::collections::HashMap;

/// Which jobs are recorded. `None` takes all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Training steps, from 0.
    pub steps: Option<Vec<u64>>,
    /// Time steps of a window, from 0.
    pub times: Option<Vec<usize>>,
    /// LSTM layers, from 0.
    pub layers: Option<Vec<usize>>,
    /// Dropout sites: `nr`, `rh`, `out`.
    pub sites: Option<Vec<String>>,
    /// Phases.
    pub phases: Option<Vec<Phase>>,
    /// Records no more jobs than this.
    pub max_jobs: Option<usize>,
}

impl Selection {
    /// Whether a job of this label is wanted, `max_jobs` aside.
    pub fn matches(&self, label: &Label) -> bool {
        fn takes<T: PartialEq<U>, U: ?Sized>(list: &Option<Vec<T>>, value: &U) -> bool {
            list.as_ref()
                .is_none_or(|list| list.iter().any(|item| item == value))
        }
        takes(&self.steps, &label.step)
            && takes(&self.times, &label.time)
            && takes(&self.layers, &label.layer)
            && takes(&self.sites, label.site)
            && takes(&self.phases, &label.phase)
    }
}

/// What is recorded, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordOptions {
    /// Format that operands are rounded or quantised to, as at an array's edge.
    pub format: Format,
    /// Accumulator of integer jobs.
    pub accumulator: Accumulator,
    /// Whether the golden model's result goes with every job.
    pub expected: bool,
    /// Which jobs.
    pub selection: Selection,
}

impl RecordOptions {
    /// Everything that `selection` takes, in `format` with its default accumulator, with
    /// expected results.
    pub fn new(format: Format, selection: Selection) -> Self {
        Self {
            format,
            accumulator: Accumulator::of(format),
            expected: true,
            selection,
        }
    }
}

/// An engine that keeps a copy of chosen jobs and leaves the work to another.
///
/// A job is recorded as an array would see it. For bf16 A and B are rounded to nearest
/// even and C0 is the sum so far. For integers A and B are quantised, the scales noted,
/// and there is no C0: the edge adds the array's integer sums to the f32 C itself.
#[derive(Debug)]
pub struct Recorder<E> {
    engine: E,
    name: String,
    options: RecordOptions,
    golden: GoldenEngine,
    jobs: Vec<TraceJob>,
    names: HashMap<String, usize>,
}

impl<E: Engine<f32>> Recorder<E> {
    /// Records what runs on `engine`.
    pub fn new(engine: E, options: RecordOptions) -> Self {
        Self {
            name: format!("{}, recorded", engine.name()),
            engine,
            golden: GoldenEngine::new(options.accumulator),
            options,
            jobs: Vec::new(),
            names: HashMap::new(),
        }
    }
}

impl<E> Recorder<E> {
    /// The jobs recorded so far, in execution order.
    pub fn jobs(&self) -> &[TraceJob] {
        &self.jobs
    }

    /// The recorded jobs.
    pub fn into_jobs(self) -> Vec<TraceJob> {
        self.jobs
    }

    /// Whether `max_jobs` jobs have been recorded.
    pub fn is_full(&self) -> bool {
        self.options
            .selection
            .max_jobs
            .is_some_and(|most| self.jobs.len() >= most)
    }

    fn wants(&self, job: &Job<'_, f32>) -> bool {
        !self.is_full()
            && job
                .label
                .is_some_and(|label| self.options.selection.matches(label))
    }

    fn record(
        &mut self,
        label: &Label,
        job: &Job<'_, f32>,
        seed: MatRef<'_, f32>,
        scratch: &mut Scratch,
    ) -> Result<(), GemmError> {
        let format = self.options.format;
        let header = JobHeader {
            layer: Some(label.layer as u64),
            time: Some(label.time as u64),
            step: Some(label.step),
            site: Some(label.site.to_owned()),
            ..JobHeader::new(self.unique_name(label), label.phase, job.shape(), format)
        };
        let recorded = match format {
            Format::Bf16 => {
                let seed = elements(seed);
                let operands = Operands::<bf16> {
                    a: round_bf16(job.a),
                    b: round_bf16(job.b),
                    // a seed of zeros (not of -0) need not be stored
                    c0: seed
                        .iter()
                        .any(|value| value.to_bits() != 0)
                        .then_some(seed),
                    c: None,
                };
                self.complete(header, job, operands, scratch)?
            }
            Format::Int8 => self.quantised::<i8>(header, job, scratch)?,
            Format::Int16 => self.quantised::<i16>(header, job, scratch)?,
        };
        self.jobs.push(recorded);
        Ok(())
    }

    fn quantised<T: TraceElement + Quantise>(
        &mut self,
        mut header: JobHeader,
        job: &Job<'_, f32>,
        scratch: &mut Scratch,
    ) -> Result<TraceJob, GemmError>
    where
        GoldenEngine: Engine<T>,
    {
        let a = quantise::<T>(job.a, job.keep_m, job.keep_k)?;
        let b = quantise::<T>(job.b, job.keep_k, job.keep_n)?;
        header.acc_bits = Some(self.options.accumulator.bits);
        header.overflow = Some(self.options.accumulator.overflow);
        header.scale_a = Some(a.scale.into());
        header.scale_b = Some(b.scale.into());
        let operands = Operands {
            a: a.values,
            b: b.values,
            c0: None,
            c: None,
        };
        self.complete(header, job, operands, scratch)
    }

    /// Adds masks and the golden model's result.
    fn complete<T: TraceElement>(
        &mut self,
        header: JobHeader,
        job: &Job<'_, f32>,
        mut operands: Operands<T>,
        scratch: &mut Scratch,
    ) -> Result<TraceJob, GemmError>
    where
        GoldenEngine: Engine<T>,
    {
        let (m, k, n) = job.shape();
        if self.options.expected {
            let mut c = operands
                .c0
                .clone()
                .unwrap_or_else(|| vec![T::Acc::default(); m * n]);
            let mut rounded = Job::new(
                MatRef::row_major(&operands.a, m, k),
                MatRef::row_major(&operands.b, k, n),
                0,
            );
            rounded.keep_m = job.keep_m;
            rounded.keep_k = job.keep_k;
            rounded.keep_n = job.keep_n;
            // gated: a dropped k leaves every bit of a sum alone
            self.golden.run(
                Policy::Gated,
                &[rounded],
                &mut [MatMut::row_major(&mut c, m, n)],
                scratch,
            )?;
            operands.c = Some(c);
        }
        Ok(TraceJob {
            header,
            tensors: T::pack(operands),
            keep_m: job.keep_m.cloned(),
            keep_k: job.keep_k.cloned(),
            keep_n: job.keep_n.cloned(),
        })
    }

    /// `step0.fp.layer1.nr.t3`, and a count where that is taken.
    fn unique_name(&mut self, label: &Label) -> String {
        let Label {
            phase,
            layer,
            time,
            step,
            site,
        } = label;
        let name = format!("step{step}.{phase}.layer{layer}.{site}.t{time}");
        let uses = self.names.entry(name.clone()).or_default();
        *uses += 1;
        match *uses {
            1 => name,
            uses => format!("{name}#{uses}"),
        }
    }
}

fn elements(view: MatRef<'_, f32>) -> Vec<f32> {
    (0..view.rows())
        .flat_map(|row| (0..view.cols()).map(move |col| view.at(row, col)))
        .collect()
}

impl<E: Engine<f32>> Engine<f32> for Recorder<E> {
    fn name(&self) -> &str {
        &self.name
    }

    fn host(&self) -> Host {
        self.engine.host()
    }

    fn run(
        &mut self,
        policy: Policy,
        jobs: &[Job<'_, f32>],
        outputs: &mut [MatMut<'_, f32>],
        scratch: &mut Scratch,
    ) -> Result<(), GemmError> {
        if !jobs.iter().any(|job| self.wants(job)) {
            return self.engine.run(policy, jobs, outputs, scratch);
        }
        // One by one, because the seed of a chained job is the result of the one before.
        for (index, job) in jobs.iter().enumerate() {
            job.check(index, outputs)?;
            if let Some(label) = job.label.filter(|_| self.wants(job)) {
                self.record(label, job, outputs[job.c].as_ref(), scratch)?;
            }
            self.engine
                .run(policy, std::slice::from_ref(job), outputs, scratch)?;
        }
        Ok(())
    }
}
