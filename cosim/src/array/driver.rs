//! Streams a batch of jobs through an array, at full rate or with disturbances, and
//! holds the array to its interface while doing so.
//!
//! In every cycle the driver offers the next weight beat, if one is left, and the next
//! beat of activations, if its seeds are back; it takes the sums that come out and
//! stores them where they belong, from where a beat of a later cycle may read them as
//! its seeds (a turnaround of one cycle). It checks on the way that sums come exactly L
//! cycles after their beat, in order, with the right keep bits, none missing and none
//! too many, and at the end that the array's own counters agree.

use super::disturbance::{Chance, Disturbance};
use super::element::ArrayElement;
use super::observer::FetchObserver;
use super::plan::Plan;
use super::port::{ArrayPort, Counters, EdgeIn, EdgeOut};
use super::streams::{BeatStream, SumStream, WeightStream, Work};
use super::tiler::{Sent, TileOrder};
use super::traffic::Traffic;
use crate::error::CosimError;
use heddle_gemm::{GemmError, Job, MatMut, Policy};
use heddle_hdl::ArrayConfig;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

/// Idle cycles after a stream, in which the pipelined counters settle and nothing more
/// may come out.
const SETTLE: u64 = 32;

/// How a driver works.
#[derive(Clone, Debug, Default)]
pub struct DriverOptions {
    /// Order of the tiles within a job.
    pub order: TileOrder,
    /// Gaps and stalls; `None` streams at full rate.
    pub disturbance: Option<Disturbance>,
    /// Set to true by somebody else to stop with [`CosimError::Cancelled`].
    pub cancel: Option<Arc<AtomicBool>>,
}

/// What a stream cost, and what it moved.
#[derive(Clone, Debug, Default)]
pub struct StreamReport {
    /// Enabled cycles from the first weight accepted to the last sum valid, both
    /// counted; 0 if there was nothing to do.
    pub cycles: u64,
    /// Cycles in which the array was stalled, on top of `cycles`.
    pub stalled: u64,
    /// For each job the part of `cycles` after the last sum of the job before it.
    pub job_cycles: Vec<u64>,
    /// For each job the words over the ports.
    pub traffic: Vec<Traffic>,
    /// The array's counters, checked against the driver's own.
    pub counters: Counters,
}

/// Streams jobs through arrays of one configuration.
pub struct Driver {
    config: ArrayConfig,
    options: DriverOptions,
    input: EdgeIn,
    output: EdgeOut,
}

impl Driver {
    /// A driver for arrays of `config`.
    pub fn new(config: ArrayConfig, options: DriverOptions) -> Self {
        Self {
            input: EdgeIn::new(&config),
            output: EdgeOut::new(&config),
            config,
            options,
        }
    }

    /// How it works.
    pub fn options(&self) -> &DriverOptions {
        &self.options
    }

    /// Streams `jobs` as one batch through `port`, an idle array of this driver's
    /// configuration. After an error the array must be reset before it is used again.
    ///
    /// # Errors
    /// [`CosimError::Format`] if the array computes with other operands,
    /// [`CosimError::Gemm`] if shapes do not fit or a seed exceeds the accumulator;
    /// [`CosimError::Protocol`], [`CosimError::Stuck`] and [`CosimError::Counter`] if the
    /// array breaks its interface; [`CosimError::Cancelled`].
    pub fn run<E: ArrayElement>(
        &mut self,
        port: &mut dyn ArrayPort,
        policy: Policy,
        jobs: &[Job<'_, E>],
        outputs: &mut [MatMut<'_, E::Acc>],
        mut observer: Option<&mut dyn FetchObserver>,
    ) -> Result<StreamReport, CosimError> {
        check(&self.config, jobs, outputs)?;
        let plan = Plan::new(&self.config, policy, self.options.order, jobs);
        let work = Work {
            config: &self.config,
            policy,
            jobs,
            plan: &plan,
        };
        let mut run = Run {
            weights: WeightStream::new(work),
            beats: BeatStream::new(work),
            sums: SumStream::new(work),
            work,
            latency: self.config.latency() as u64,
            now: 0,
            started: None,
            ended: 0,
            in_flight: VecDeque::with_capacity(self.config.latency() + 1),
            received: 0,
            waited: false,
            idle: 0,
            report: StreamReport::default(),
        };
        run.report.job_cycles = vec![0; jobs.len()];
        run.report.traffic = vec![Traffic::new(&self.config); jobs.len()];
        if plan.tiles.is_empty() {
            return Ok(run.report);
        }
        let mut chance = self.options.disturbance.map(Chance::new);
        self.input.en = true;
        self.input.w_valid = false;
        self.input.a_valid = false;
        self.input.clear = true;
        port.cycle(&self.input, &mut self.output)?;
        self.input.clear = false;
        let mut steps = 0u64;
        while run.received < plan.beats {
            steps += 1;
            if steps.is_multiple_of(1024) {
                self.check_cancelled()?;
            }
            run.cycle(
                port,
                &mut self.input,
                &mut self.output,
                chance.as_mut(),
                outputs,
                &mut observer,
            )?;
        }
        run.finish(port, &mut self.input, &mut self.output)
    }

    fn check_cancelled(&self) -> Result<(), CosimError> {
        match &self.options.cancel {
            Some(flag) if flag.load(Ordering::Relaxed) => Err(CosimError::Cancelled),
            _ => Ok(()),
        }
    }
}

/// A stream on its way.
struct Run<'w, 'j, E: ArrayElement> {
    work: Work<'w, 'j, E>,
    weights: WeightStream<'w, 'j, E>,
    beats: BeatStream<'w, 'j, E>,
    sums: SumStream<'w, 'j, E>,
    latency: u64,
    /// Enabled cycles so far.
    now: u64,
    /// Cycle of the first weight.
    started: Option<u64>,
    /// Cycles that earlier jobs took.
    ended: u64,
    /// Cycles in which the beats whose sums are due were accepted.
    in_flight: VecDeque<u64>,
    received: u64,
    waited: bool,
    idle: u64,
    report: StreamReport,
}

impl<E: ArrayElement> Run<'_, '_, E> {
    fn cycle(
        &mut self,
        port: &mut dyn ArrayPort,
        input: &mut EdgeIn,
        output: &mut EdgeOut,
        chance: Option<&mut Chance>,
        outputs: &mut [MatMut<'_, E::Acc>],
        observer: &mut Option<&mut dyn FetchObserver>,
    ) -> Result<(), CosimError> {
        let (weight_gap, beat_gap, stall) = chance.map_or((false, false, false), Chance::draw);
        let weight = self.weights.pending();
        let beat = self.beats.pending(self.received);
        input.w_valid = weight && !weight_gap;
        input.a_valid = beat && !beat_gap;
        input.en = !stall;
        if input.w_valid {
            self.weights.load(input, &mut self.report.traffic, observer);
        }
        if input.a_valid {
            self.beats
                .load(outputs, input, &mut self.report.traffic, observer);
        }
        port.cycle(input, output)?;
        if stall {
            self.report.stalled += u64::from(self.started.is_some());
            return Ok(());
        }
        let mut progress = false;
        if input.w_valid && output.w_ready {
            self.started.get_or_insert(self.now);
            self.weights.accepted();
            progress = true;
        }
        if input.a_valid && output.a_ready {
            self.beats.accepted();
            self.in_flight.push_back(self.now);
            progress = true;
        } else if input.a_valid {
            if !self.beats.first() {
                return self.broken(
                    "a_ready_o is low for a beat that is not the first of its tile".into(),
                );
            }
            self.waited = true;
        }
        if output.s_valid {
            self.take_sums(output, outputs, observer)?;
            progress = true;
        } else if self
            .in_flight
            .front()
            .is_some_and(|&at| self.now >= at + self.latency)
        {
            return self.broken(format!(
                "the sums of beat {} are not valid {} cycles after it",
                self.received, self.latency
            ));
        }
        if progress {
            self.idle = 0;
        } else if !(weight && weight_gap || beat && beat_gap) {
            // A cycle in which the driver held something back says nothing.
            self.idle += 1;
        }
        // The longest rest that a healthy array can have is a round trip.
        if self.idle > self.latency + 64 {
            return Err(CosimError::Stuck {
                cycle: self.now,
                idle: self.idle,
                sums: self.received,
                beats: self.work.plan.beats,
            });
        }
        self.now += 1;
        Ok(())
    }

    fn take_sums(
        &mut self,
        output: &EdgeOut,
        outputs: &mut [MatMut<'_, E::Acc>],
        observer: &mut Option<&mut dyn FetchObserver>,
    ) -> Result<(), CosimError> {
        let Some(accepted) = self.in_flight.pop_front() else {
            return self.broken("s_valid_o is high though no beat is in the array".into());
        };
        let took = self.now - accepted;
        if took != self.latency {
            return self.broken(format!(
                "the sums of beat {} came after {took} cycles, expected {}",
                self.received, self.latency
            ));
        }
        let tile = self.sums.tile();
        if let Err(expected) = self
            .sums
            .store(output, outputs, &mut self.report.traffic, observer)
        {
            return self.broken(format!(
                "s_keep_o of beat {} (tile {tile}) is {:x?}, expected {expected:x?}",
                self.received, output.s_keep
            ));
        }
        self.received += 1;
        let job = self.work.plan.tiles[tile].job;
        if self.sums.tile() == self.work.plan.job_ends[job] {
            let start = self.started.expect("a sum without a weight");
            let total = self.now - start + 1;
            self.report.job_cycles[job] = total - self.ended;
            self.ended = total;
        }
        Ok(())
    }

    fn finish(
        mut self,
        port: &mut dyn ArrayPort,
        input: &mut EdgeIn,
        output: &mut EdgeOut,
    ) -> Result<StreamReport, CosimError> {
        input.w_valid = false;
        input.a_valid = false;
        input.en = true;
        for _ in 0..SETTLE.max(self.latency) {
            port.cycle(input, output)?;
            if output.s_valid {
                return Err(self
                    .broken::<()>("s_valid_o is high after the last sum".into())
                    .unwrap_err());
            }
            self.now += 1;
        }
        self.report.cycles = self.ended;
        let found = port.counters();
        let pe_cycles =
            self.work.plan.beats * (self.work.config.rows * self.work.config.cols) as u64;
        for (counter, found, expected) in [
            ("cycles_o", found.cycles, self.report.cycles),
            ("macs_o", found.macs, self.beats.issued_macs),
            ("gated_o", found.gated, pe_cycles - self.beats.issued_macs),
            ("dropped_o", found.dropped, self.beats.dropped),
            ("wait_o", u64::from(found.waited), u64::from(self.waited)),
        ] {
            // The counters have 48 bits.
            let expected = expected & ((1 << 48) - 1);
            if found != expected {
                return Err(CosimError::Counter {
                    counter,
                    found,
                    expected,
                });
            }
        }
        self.report.counters = found;
        Ok(self.report)
    }

    fn broken<T>(&self, what: String) -> Result<T, CosimError> {
        Err(CosimError::Protocol {
            cycle: self.now,
            what,
        })
    }
}

/// Formats, shapes, masks, and whether every seed that will be read fits.
fn check<E: ArrayElement>(
    config: &ArrayConfig,
    jobs: &[Job<'_, E>],
    outputs: &[MatMut<'_, E::Acc>],
) -> Result<(), CosimError> {
    if E::FORMAT != config.format {
        return Err(CosimError::Format {
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
        let (m, _, n) = job.shape();
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
