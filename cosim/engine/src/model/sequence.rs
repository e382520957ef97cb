//! The sequencer and the array: jobs become beats, weights and seeds, and sums go back.

use super::array::{Accepted, Array};
use super::beats::Beats;
use super::intake::Intake;
use super::job::Job;
use super::load::Handed;
use super::queue::Queue;
use super::seeds::{Seed, Seeds, Turn};
use super::sums::Sums;
use super::weights::Weights;
use crate::Sizes;

/// Jobs that are here at most.
const JOBS: usize = 4;

/// Why no beat enters the array, or that one does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Cause {
    #[default]
    Compute,
    Job,
    A,
    B,
    C0,
    Store,
    Sum,
}

/// The sequencer with its walkers, and the array.
#[derive(Clone, Debug)]
pub(super) struct Sequence {
    jobs: Queue<usize>,
    finished: usize,
    passed: usize,
    intake: Intake,
    pub(super) weights: Weights,
    pub(super) beats: Beats,
    seeds: Seeds,
    sums: Sums,
    pub(super) array: Array,
}

/// What happens in a cycle, as far as it is known from what is here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Now {
    turn: Turn,
    accepted: Accepted,
    seed: Option<Seed>,
    /// Words of sums that the array writes, and reads.
    pub(super) writes: Option<usize>,
    pub(super) reads: Option<usize>,
    pub(super) cause: Cause,
    /// The oldest job, if it is done.
    pub(super) done: Option<usize>,
}

/// What comes in a cycle.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SequenceIn {
    pub(super) job: Option<Handed>,
    /// 1: A of a job is there, 2: C0 of one, 3: a block of B.
    pub(super) event: u8,
    /// The oldest job that is done goes on.
    pub(super) told: bool,
    /// Sums of the oldest job are stored.
    pub(super) stored: bool,
}

impl Sequence {
    pub(super) fn new(sizes: &Sizes) -> Self {
        Self {
            jobs: Queue::new(JOBS),
            finished: 0,
            passed: 0,
            intake: Intake::new(),
            weights: Weights::new(sizes),
            beats: Beats::new(sizes),
            seeds: Seeds::new(sizes),
            sums: Sums::new(sizes),
            array: Array::new(sizes),
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.jobs.has_room() && self.intake.is_ready()
    }

    /// What happens; `more` tells whether jobs may come.
    pub(super) fn now(&self, jobs: &[Job], more: impl Fn() -> bool) -> Now {
        let turn = self.seeds.turn(more);
        let beat = self.beats.oldest();
        let accepted = self
            .array
            .accepts(beat, self.sums.oldest(), self.weights.oldest());
        let seed = self.sums.fires(self.seeds.oldest()).copied();
        let done = self.jobs.oldest().copied().filter(|&job| {
            let count = match jobs[job].is_empty() {
                true => self.passed,
                false => self.finished,
            };
            count > 0
        });
        Now {
            turn,
            accepted,
            seed,
            writes: self.sums.writes(),
            reads: seed
                .filter(|seed| seed.keep && !seed.zero)
                .map(|seed| seed.from as usize),
            cause: self.cause(&turn, &accepted),
            done,
        }
    }

    fn cause(&self, turn: &Turn, accepted: &Accepted) -> Cause {
        let no_seed = self.sums.oldest().is_none();
        if accepted.beat {
            Cause::Compute
        } else if self.jobs.is_empty() {
            Cause::Job
        } else if self.beats.oldest().is_none() && self.beats.waits(self.seeds.end()) {
            Cause::A
        } else if self.weights.oldest().is_none() && self.weights.waits() {
            Cause::B
        } else if no_seed && turn.waits_c0 {
            Cause::C0
        } else if no_seed && turn.waits_stores {
            Cause::Store
        } else {
            Cause::Sum
        }
    }

    pub(super) fn clock(&mut self, sizes: &Sizes, jobs: &[Job], now: &Now, input: &SequenceIn) {
        let accepted = &now.accepted;
        let (finishes, leaves) = (self.sums.finishes(), self.array.leaves());
        let (end, at_edge) = (self.seeds.end(), self.beats.at_edge());
        let beat = self.beats.oldest().copied();
        let words = self.weights.oldest().copied();
        self.array.clock(accepted, beat.as_ref(), words.as_ref());
        self.sums.clock(now.seed.as_ref(), accepted.seed, leaves);
        let work = self.intake.offers().copied();
        let full = work.as_ref().filter(|work| !work.empty);
        let is = |event: u8| input.event == event;
        self.weights.clock(jobs, full, is(3), accepted.load);
        self.beats.clock(jobs, full, end, (is(1), accepted.goes));
        let of_seeds = [input.stored, is(2), at_edge, now.seed.is_some()];
        self.seeds.clock(jobs, work.as_ref(), &now.turn, of_seeds);
        self.intake.clock(sizes, jobs, input.job);
        self.finished += usize::from(finishes);
        self.passed += usize::from(now.turn.pass);
        if let (Some(job), true) = (now.done, input.told) {
            self.jobs.pop();
            match jobs[job].is_empty() {
                true => self.passed -= 1,
                false => self.finished -= 1,
            }
        }
        if let Some(handed) = input.job {
            self.jobs.push(handed.job);
        }
    }
}
