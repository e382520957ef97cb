//! One stream, cycle by cycle, and the checks on the array's interface.

use super::disturbance::Gaps;
use super::element::ArrayElement;
use super::observer::FetchObserver;
use super::port::{ArrayPort, CycleIn, CycleOut};
use super::stream_report::StreamReport;
use super::streams::{BeatStream, ExchangeStream, SumStream, WeightStream, Work};
use super::traffic::Traffic;
use crate::ArrayError;
use heddle_gemm::MatMut;
use std::collections::VecDeque;

/// Idle cycles after a stream, in which the pipelined counters settle and nothing more
/// may come out.
const SETTLE: u64 = heddle_hdl::COUNTERS_SETTLE as u64;

/// A stream on its way.
pub(super) struct Run<'w, 'j, E: ArrayElement> {
    work: Work<'w, 'j, E>,
    weights: WeightStream<'w, 'j, E>,
    beats: BeatStream<'w, 'j, E>,
    exchanges: ExchangeStream<'w, 'j, E>,
    sums: SumStream<'w, 'j, E>,
    latency: u64,
    phases: u64,
    /// Enabled cycles so far.
    now: u64,
    /// Cycle of the first weight or exchange.
    started: Option<u64>,
    /// Cycles that earlier jobs took.
    ended: u64,
    /// Cycles in which the beats and exchanges whose sums are due were accepted.
    in_flight: VecDeque<u64>,
    /// Uses of the seeds' port so far.
    uses: u64,
    received: u64,
    /// Jobs whose last sum is here.
    done: usize,
    waited: bool,
    idle: u64,
    report: StreamReport,
}

impl<'w, 'j, E: ArrayElement> Run<'w, 'j, E> {
    /// Nothing yet of `work`.
    pub fn new(work: Work<'w, 'j, E>) -> Self {
        let latency = work.config.latency();
        Self {
            weights: WeightStream::new(work),
            beats: BeatStream::new(work),
            exchanges: ExchangeStream::new(work),
            sums: SumStream::new(work),
            work,
            latency: latency as u64,
            phases: work.config.phases() as u64,
            now: 0,
            started: None,
            ended: 0,
            in_flight: VecDeque::with_capacity(latency + 1),
            uses: 0,
            received: 0,
            // Those without a sum are done.
            done: work
                .plan
                .job_ends
                .iter()
                .take_while(|&&end| end == 0)
                .count(),
            waited: false,
            idle: 0,
            report: StreamReport {
                job_cycles: vec![0; work.jobs.len()],
                traffic: vec![Traffic::new(work.config); work.jobs.len()],
                ..StreamReport::default()
            },
        }
    }

    /// The report so far.
    pub fn into_report(self) -> StreamReport {
        self.report
    }

    /// Whether sums are due, or flushes.
    pub fn pending(&self) -> bool {
        self.received < self.work.plan.sums || self.beats.left()
    }

    /// Simulates one cycle.
    pub fn cycle(
        &mut self,
        port: &mut dyn ArrayPort,
        input: &mut CycleIn,
        output: &mut CycleOut,
        gaps: Gaps,
        outputs: &mut [MatMut<'_, E::Acc>],
        observer: &mut Option<&mut dyn FetchObserver>,
    ) -> Result<(), ArrayError> {
        let weight = self.weights.pending();
        let beat = self.beats.pending(self.received, self.uses);
        let exchange = self.exchanges.pending(self.received, self.uses);
        input.w_valid = weight && !gaps.weight;
        input.a_valid = beat && !gaps.beat;
        input.x_valid = exchange && !gaps.exchange;
        input.en = !gaps.stall;
        let traffic = &mut self.report.traffic;
        if input.w_valid {
            self.weights.load(input, traffic, observer);
        }
        if input.a_valid {
            self.beats.load(outputs, input, traffic, observer);
        }
        if input.x_valid {
            self.exchanges.load(outputs, input, traffic, observer);
        }
        port.cycle(input, output)?;
        if gaps.stall {
            self.report.stalled += u64::from(self.started.is_some());
            return Ok(());
        }
        self.check_turns(input, output)?;
        let mut progress = false;
        if input.w_valid && output.w_ready {
            self.started.get_or_insert(self.now);
            self.weights.accepted();
            progress = true;
        }
        if input.a_valid && output.a_ready {
            if self.beats.accepted() {
                self.in_flight.push_back(self.now);
                self.uses += 1;
            }
            progress = true;
        }
        if input.x_valid && output.x_ready {
            self.started.get_or_insert(self.now);
            self.exchanges.accepted();
            self.in_flight.push_back(self.now);
            self.uses += 1;
            progress = true;
        }
        self.waited |= input.a_valid && !output.a_ready;
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
        } else if !(weight && gaps.weight || beat && gaps.beat || exchange && gaps.exchange) {
            // A cycle in which the driver held something back says nothing.
            self.idle += 1;
        }
        // The longest rest that a healthy array can have is a round trip.
        if self.idle > self.latency + 64 {
            return Err(ArrayError::Stuck {
                cycle: self.now,
                idle: self.idle,
                sums: self.received,
                beats: self.work.plan.sums,
            });
        }
        self.now += 1;
        Ok(())
    }

    /// Checks, before anything is taken as accepted, that the array accepts what comes in
    /// turns exactly when its turn is, and every beat of a tile but the first at once.
    fn check_turns(&self, input: &CycleIn, output: &CycleOut) -> Result<(), ArrayError> {
        let phase = (self.now % self.phases) as usize;
        let name = |accepted: bool| if accepted { "high" } else { "low" };
        let mut last_row = None;
        if input.x_valid {
            let (own, turns) = self.exchanges.turn();
            let expected = own == phase && self.beats.turns >= turns;
            if output.x_ready != expected {
                return self.broken(format!(
                    "x_ready_o is {} for exchange {} (phase {own}) in phase {phase}, expected {}",
                    name(output.x_ready),
                    self.uses,
                    name(expected)
                ));
            }
            last_row = (expected && input.x_last).then_some(self.exchanges.complete);
        }
        if !input.a_valid {
            return Ok(());
        }
        let Some(turn) = self.beats.turn() else {
            if !output.a_ready && !self.beats.first() {
                return self.broken(
                    "a_ready_o is low for a beat that is not the first of its tile".into(),
                );
            }
            return Ok(());
        };
        let loaded = !turn.swap || self.weights.complete > self.beats.swaps;
        let seeded = turn.sequence.is_none_or(|sequence| {
            let needed = sequence as u64 * self.phases + turn.phase as u64;
            self.exchanges.complete > needed || last_row == Some(needed)
        });
        let expected = turn.phase == phase && loaded && seeded;
        if output.a_ready != expected {
            return self.broken(format!(
                "a_ready_o is {} for an output-stationary beat of phase {} in phase {phase} \
                 ({} weights, {} seeds), expected {}",
                name(output.a_ready),
                turn.phase,
                if loaded { "with its" } else { "without" },
                if seeded { "with its" } else { "without" },
                name(expected)
            ));
        }
        Ok(())
    }

    fn take_sums(
        &mut self,
        output: &CycleOut,
        outputs: &mut [MatMut<'_, E::Acc>],
        observer: &mut Option<&mut dyn FetchObserver>,
    ) -> Result<(), ArrayError> {
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
        let step = self.sums.step();
        if let Err(expected) = self
            .sums
            .store(output, outputs, &mut self.report.traffic, observer)
        {
            let of = step.map_or("no step".into(), |step| format!("step {step}"));
            return self.broken(format!(
                "s_keep_o of beat {} ({of}) is {:x?}, expected {expected:x?}",
                self.received, output.s_keep
            ));
        }
        self.received += 1;
        while self
            .work
            .plan
            .job_ends
            .get(self.done)
            .is_some_and(|&end| end <= self.received)
        {
            let total = self.now - self.started.unwrap_or(self.now) + 1;
            self.report.job_cycles[self.done] = total - self.ended;
            self.ended = total;
            self.done += 1;
        }
        Ok(())
    }

    /// Lets the counters settle and compares them; nothing more may come out.
    pub fn finish(
        mut self,
        port: &mut dyn ArrayPort,
        input: &mut CycleIn,
        output: &mut CycleOut,
    ) -> Result<StreamReport, ArrayError> {
        input.w_valid = false;
        input.a_valid = false;
        input.x_valid = false;
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
        let pe_cycles = self.beats.beats * (self.work.config.rows * self.work.config.cols) as u64;
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
                return Err(ArrayError::Counter {
                    counter,
                    found,
                    expected,
                });
            }
        }
        self.report.counters = found;
        Ok(self.report)
    }

    fn broken<T>(&self, what: String) -> Result<T, ArrayError> {
        Err(ArrayError::Protocol {
            cycle: self.now,
            what,
        })
    }
}
