//! Capturing jobs from a training run.

use super::{JobHeader, Operands, Sink, Tensors, TraceElement, TraceJob};
use heddle_format::Format;
use heddle_gemm::{
    quantise, round_bf16, Accumulator, Engine, GemmError, Host, Job, Label, MatMut, MatRef, Phase,
    Policy, Quantise, Scratch,
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
    /// Which jobs.
    pub selection: Selection,
}

impl RecordOptions {
    /// Everything that `selection` takes, in `format` with its default accumulator.
    pub fn new(format: Format, selection: Selection) -> Self {
        Self {
            format,
            accumulator: Accumulator::of(format),
            selection,
        }
    }
}

/// An engine that passes a copy of chosen jobs on to a sink and leaves the work to another.
///
/// A job is recorded as an array would see it. For bf16 A and B are rounded to nearest
/// even and C0 is the sum so far. For integers A and B are quantised, the scales noted,
/// and there is no C0: the edge adds the array's integer sums to the f32 C itself.
#[derive(Debug)]
pub struct Recorder<E, S> {
    engine: E,
    name: String,
    options: RecordOptions,
    sink: S,
    recorded: usize,
    bytes: u128,
    names: HashMap<String, usize>,
    sums: HashMap<Sums, u64>,
}

/// What tells sums of a training run apart: whose they are, and their matrix, which may later be another's.
type Sums = (
    Phase,
    usize,
    u64,
    Option<usize>,
    &'static str,
    (usize, usize, usize),
);

/// The sums that a job of this label adds into, if others may do so too.
fn sums(label: &Label, output: MatRef<'_, f32>) -> Option<Sums> {
    let matrix = (
        output.data().as_ptr() as usize,
        output.rows(),
        output.cols(),
    );
    let Label {
        phase,
        layer,
        time,
        step,
        site,
    } = *label;
    match phase {
        // x W and h U of a time step
        Phase::Forward => Some((phase, layer, step, Some(time), "", matrix)),
        // x^T dz of all time steps
        Phase::WeightGradient => Some((phase, layer, step, None, site, matrix)),
        Phase::Backward => None,
    }
}

impl<E: Engine<f32>, S: Sink> Recorder<E, S> {
    /// Passes on to `sink` what runs on `engine`.
    pub fn new(engine: E, options: RecordOptions, sink: S) -> Self {
        Self {
            name: format!("{}, recorded", engine.name()),
            engine,
            options,
            sink,
            recorded: 0,
            bytes: 0,
            names: HashMap::new(),
            sums: HashMap::new(),
        }
    }
}

impl<E, S: Sink> Recorder<E, S> {
    /// What took the jobs.
    pub fn into_sink(self) -> S {
        self.sink
    }

    /// Bytes of the jobs recorded so far.
    pub fn bytes(&self) -> u128 {
        self.bytes
    }

    /// Whether `max_jobs` jobs have been recorded.
    pub fn is_full(&self) -> bool {
        self.options
            .selection
            .max_jobs
            .is_some_and(|most| self.recorded >= most)
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
    ) -> Result<(), GemmError> {
        let format = self.options.format;
        let next = self.sums.len() as u64;
        let sums = sums(label, seed).map(|sums| *self.sums.entry(sums).or_insert(next));
        let mut header = JobHeader {
            sums,
            layer: Some(label.layer as u64),
            time: Some(label.time as u64),
            step: Some(label.step),
            site: Some(label.site.to_owned()),
            ..JobHeader::new(self.unique_name(label), label.phase, job.shape(), format)
        };
        let tensors = match format {
            Format::Bf16 => {
                let seed = elements(seed);
                Tensors::Bf16(Operands {
                    a: round_bf16(job.a),
                    b: round_bf16(job.b),
                    // a seed of zeros (not of -0) need not be stored
                    c0: seed
                        .iter()
                        .any(|value| value.to_bits() != 0)
                        .then_some(seed),
                    c: None,
                })
            }
            Format::Int8 => self.quantised::<i8>(&mut header, job)?,
            Format::Int16 => self.quantised::<i16>(&mut header, job)?,
        };
        let recorded = TraceJob {
            header,
            tensors,
            keep_m: job.keep_m.cloned(),
            keep_k: job.keep_k.cloned(),
            keep_n: job.keep_n.cloned(),
        };
        self.recorded += 1;
        self.bytes += recorded.bytes();
        Ok(self.sink.take(recorded)?)
    }

    fn quantised<T: TraceElement + Quantise>(
        &self,
        header: &mut JobHeader,
        job: &Job<'_, f32>,
    ) -> Result<Tensors, GemmError> {
        let a = quantise::<T>(job.a, job.keep_m, job.keep_k)?;
        let b = quantise::<T>(job.b, job.keep_k, job.keep_n)?;
        header.acc_bits = Some(self.options.accumulator.bits);
        header.overflow = Some(self.options.accumulator.overflow);
        header.scale_a = Some(a.scale.into());
        header.scale_b = Some(b.scale.into());
        Ok(T::pack(Operands {
            a: a.values,
            b: b.values,
            c0: None,
            c: None,
        }))
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

impl<E: Engine<f32>, S: Sink> Engine<f32> for Recorder<E, S> {
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
                self.record(label, job, outputs[job.c].as_ref())?;
            }
            self.engine
                .run(policy, std::slice::from_ref(job), outputs, scratch)?;
        }
        Ok(())
    }
}
