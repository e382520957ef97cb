//! Streams a batch of jobs through an array, at full rate or with disturbances, and
//! holds the array to its interface while doing so.
//!
//! In every cycle the driver offers the next weight beat, if one is left, the next
//! beat of activations and the next exchange, if their seeds are back and the port of the
//! seeds is theirs; it takes the sums that come out and
//! stores them where they belong, from where a beat of a later cycle may read them as
//! its seeds (a turnaround of one cycle). It checks on the way that sums come exactly L
//! cycles after their beat or exchange, that what must come in turns is accepted exactly
//! when its turn is, that sums come in order, with the right keep bits, none missing and none
//! too many, and at the end that the array's own counters agree.

use super::account::Account;
use super::disturbance::{Chance, Disturbance, Gaps};
use super::element::ArrayElement;
use super::observer::FetchObserver;
use super::port::{ArrayPort, CycleIn, CycleOut};
use super::run::Run;
use super::stream_report::StreamReport;
use super::streams::Work;
use crate::ArrayError;
use heddle_files::InputError;
use heddle_gemm::{GemmError, Job, MatMut, Policy, Shape};
use heddle_hdl::ArrayConfig;
use heddle_schedule::model::Prediction;
use heddle_schedule::plan::Plan;
use heddle_schedule::tiler::Sent;
use heddle_schedule::units::lay_out;
use heddle_schedule::{Choice, Lay, Mapping};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

/// How a driver works.
#[derive(Clone, Debug, Default)]
pub struct DriverOptions {
    /// Who lays jobs onto the array that come without a mapping of their own; `None` is
    /// [`Mapping::plain`], fixed.
    pub mapping: Option<Choice>,
    /// Gaps and stalls; `None` streams at full rate.
    pub disturbance: Option<Disturbance>,
    /// Lanes of a bus whose words do not count keep what they had, as a host does it that
    /// saves power. Otherwise they carry what would be seen if it were used.
    pub holds_lanes: bool,
    /// Set to true by somebody else to stop with [`ArrayError::Cancelled`].
    pub cancel: Option<Arc<AtomicBool>>,
}

/// Streams jobs through arrays of one configuration.
pub struct Driver {
    config: ArrayConfig,
    choice: Choice,
    options: DriverOptions,
    input: CycleIn,
    output: CycleOut,
}

impl Driver {
    /// A driver for arrays of `config`.
    pub fn new(config: ArrayConfig, mut options: DriverOptions) -> Self {
        let plain = || Choice::Fixed(Mapping::plain(&config));
        Self {
            choice: options.mapping.take().unwrap_or_else(plain),
            input: CycleIn::new(&config),
            output: CycleOut::new(&config),
            config,
            options,
        }
    }

    /// The mapping of each of `jobs`, which come without.
    pub(crate) fn mappings<E: ArrayElement>(
        &mut self,
        policy: Policy,
        jobs: &[Job<'_, E>],
    ) -> Result<Vec<Mapping>, ArrayError> {
        let chosen = |job| Ok(self.choice.mapping(policy, job)?);
        jobs.iter().map(chosen).collect()
    }

    /// Streams `jobs` as one batch through `port`, an idle array of this driver's
    /// configuration. After an error the array must be reset before it is used again.
    ///
    /// # Errors
    /// [`ArrayError::Format`] if the array computes with other operands,
    /// [`ArrayError::Input`] if it cannot be mapped to, [`ArrayError::Gemm`] if shapes do not
    /// fit or a seed exceeds the accumulator; [`ArrayError::Protocol`],
    /// [`ArrayError::Stuck`] and [`ArrayError::Counter`] if the array breaks its interface;
    /// [`ArrayError::Cancelled`].
    pub fn run<E: ArrayElement>(
        &mut self,
        port: &mut dyn ArrayPort,
        policy: Policy,
        jobs: &[Job<'_, E>],
        outputs: &mut [MatMut<'_, E::Acc>],
        observer: Option<&mut dyn FetchObserver>,
    ) -> Result<StreamReport, ArrayError> {
        let mappings = self.mappings(policy, jobs)?;
        self.run_mapped(port, policy, jobs, &mappings, outputs, observer)
    }

    /// [`Driver::run`] with a laying for each job.
    ///
    /// # Errors
    /// Those of [`Driver::run`]; [`ArrayError::Input`] if there is not one mapping for each
    /// job.
    pub fn run_mapped<E: ArrayElement, L: Lay>(
        &mut self,
        port: &mut dyn ArrayPort,
        policy: Policy,
        jobs: &[Job<'_, E>],
        layings: &[L],
        outputs: &mut [MatMut<'_, E::Acc>],
        observer: Option<&mut dyn FetchObserver>,
    ) -> Result<StreamReport, ArrayError> {
        let config = self.config;
        check(&config, jobs, outputs)?;
        let mappings: Vec<Mapping> = layings.iter().map(Lay::mapping).collect();
        check_mappings(&config, &mappings, jobs.len())?;
        let plan = Plan::new(&config, policy, layings, jobs);
        let laid = lay_out(&mappings, jobs);
        let work = Work {
            config: &config,
            policy,
            jobs: &laid,
            mappings: &mappings,
            plan: &plan,
            holds_lanes: self.options.holds_lanes,
        };
        let predicted = self.options.disturbance.is_none();
        let predicted = predicted.then(|| Prediction::of(&config, &plan));
        let run = Run::new(work);
        let mut report = match plan.steps.is_empty() {
            true => run.into_report(),
            false => self.simulate(run, port, outputs, observer)?,
        };
        report.predicted = predicted;
        let account = |index| Account::of(&config, policy, jobs, layings, &report, index);
        report.accounts = (0..jobs.len()).map(account).collect();
        Ok(report)
    }

    /// Every cycle of a stream.
    fn simulate<E: ArrayElement>(
        &mut self,
        mut run: Run<'_, '_, E>,
        port: &mut dyn ArrayPort,
        outputs: &mut [MatMut<'_, E::Acc>],
        mut observer: Option<&mut dyn FetchObserver>,
    ) -> Result<StreamReport, ArrayError> {
        let mut chance = self.options.disturbance.map(Chance::new);
        self.input.en = true;
        self.input.w_valid = false;
        self.input.a_valid = false;
        self.input.x_valid = false;
        self.input.clear = true;
        port.cycle(&self.input, &mut self.output)?;
        self.input.clear = false;
        let mut steps = 0u64;
        while run.pending() {
            steps += 1;
            if steps.is_multiple_of(1024) {
                self.check_cancelled()?;
            }
            let gaps = chance.as_mut().map_or_else(Gaps::default, Chance::draw);
            run.cycle(
                port,
                &mut self.input,
                &mut self.output,
                gaps,
                outputs,
                &mut observer,
            )?;
        }
        run.finish(port, &mut self.input, &mut self.output)
    }

    fn check_cancelled(&self) -> Result<(), ArrayError> {
        match &self.options.cancel {
            Some(flag) if flag.load(Ordering::Relaxed) => Err(ArrayError::Cancelled),
            _ => Ok(()),
        }
    }
}

/// Formats, shapes, masks, and whether every seed that will be read fits.
fn check<E: ArrayElement>(
    config: &ArrayConfig,
    jobs: &[Job<'_, E>],
    outputs: &[MatMut<'_, E::Acc>],
) -> Result<(), ArrayError> {
    if E::FORMAT != config.format {
        return Err(ArrayError::Format {
            given: E::FORMAT,
            expected: config.format,
        });
    }
    let bits = config.acc_bits();
    // Seeds as wide as their type always fit.
    let every_seed_fits = !E::FORMAT.is_integer() || bits == 8 * size_of::<E::Acc>();
    for (index, job) in jobs.iter().enumerate() {
        job.check(index, outputs)?;
        if every_seed_fits {
            continue;
        }
        let Shape { m, n, .. } = job.shape();
        let rows = Sent::new(Policy::Packed, job.keep_m, m);
        let cols = Sent::new(Policy::Packed, job.keep_n, n);
        for (row, col) in (0..rows.len()).flat_map(|i| (0..cols.len()).map(move |j| (i, j))) {
            let (row, col) = (rows.at(row), cols.at(col));
            if let Some(value) = E::unfit_seed(outputs[job.c].at(row, col), bits) {
                return Err(GemmError::Seed {
                    job: index,
                    row,
                    col,
                    value,
                    bits,
                }
                .into());
            }
        }
    }
    Ok(())
}

/// One mapping for each job, of a kind that the array has.
fn check_mappings(
    config: &ArrayConfig,
    mappings: &[Mapping],
    jobs: usize,
) -> Result<(), ArrayError> {
    if mappings.len() != jobs {
        return Err(ArrayError::Input(InputError {
            name: "number of mappings",
            value: mappings.len().to_string(),
            remedy: format!("give one for each of the {jobs} jobs"),
        }));
    }
    mappings
        .iter()
        .try_for_each(|mapping| Ok(mapping.check(config)?))
}
