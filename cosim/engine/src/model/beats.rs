//! The walker of activations: words of A, beat by beat, and the flushes that end a run.

use super::intake::Work;
use super::job::Job;
use super::queue::Queue;
use super::tiles::Tiles;
use crate::Sizes;

/// Beats that may be under way to the array.
const AHEAD: usize = 8;

/// A beat of activations, or a flush.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beat {
    /// The first of its tile.
    pub(super) first: bool,
    pub(super) os: bool,
    pub(super) flush: bool,
    pub(super) keep: bool,
}

/// The walker.
#[derive(Clone, Debug)]
pub(super) struct Beats {
    turns: usize,
    jobs: Queue<Work>,
    tiles: Tiles,
    beats: Queue<Beat>,
    read: Option<Beat>,
    ahead: usize,
    /// Jobs whose A is there and that are not begun.
    there: usize,
    /// The next job begins; one is at work.
    begins: bool,
    active: bool,
    work: Work,
    /// Beats of a tile, and those that are left.
    size: usize,
    left: usize,
    first: bool,
    /// A job is done of which it is not known whether the run ends.
    edge: bool,
    flushes: usize,
    /// A was read for the last time.
    pub(super) free: bool,
}

impl Beats {
    pub(super) fn new(sizes: &Sizes) -> Self {
        Self {
            turns: sizes.phases,
            jobs: Queue::new(4),
            tiles: Tiles::new(sizes.phases),
            beats: Queue::new(AHEAD),
            read: None,
            ahead: 0,
            there: 0,
            begins: false,
            active: false,
            work: Work::default(),
            size: 0,
            left: 0,
            first: false,
            edge: false,
            flushes: 0,
            free: false,
        }
    }

    /// The oldest beat for the array.
    pub(super) fn oldest(&self) -> Option<&Beat> {
        self.beats.oldest()
    }

    fn fires(&self) -> bool {
        self.active && self.ahead < AHEAD
    }

    fn is_done(&self) -> bool {
        self.fires() && self.left == 1 && self.tiles.is_last()
    }

    /// The run may end here.
    pub(super) fn at_edge(&self) -> bool {
        self.edge
    }

    /// Whether a job may begin; `end`: what is known of the run's end.
    fn may_begin(&self, end: Option<bool>) -> bool {
        let on = match self.at_edge() {
            true => end == Some(false),
            false => !self.active,
        };
        on && self.flushes == 0 && !self.begins
    }

    fn next(&self, end: Option<bool>) -> Option<&Work> {
        self.jobs.oldest().filter(|_| self.may_begin(end))
    }

    fn is_there(&self, work: &Work) -> bool {
        self.there > 0 || !work.load_a
    }

    /// The next job waits for its A.
    pub(super) fn waits(&self, end: Option<bool>) -> bool {
        self.next(end).is_some_and(|work| !self.is_there(work))
    }

    /// `end`: whether the run ends, where that is known; `there`: A of a job is there; `taken`: the array takes a
    /// beat.
    pub(super) fn clock(
        &mut self,
        jobs: &[Job],
        job: Option<&Work>,
        end: Option<bool>,
        (there, taken): (bool, bool),
    ) {
        let (fire, done) = (self.fires(), self.is_done());
        let edge = self.at_edge();
        let known = end.filter(|_| edge);
        let flush = self.flushes > 0 && self.ahead < AHEAD;
        let begins = self.next(end).is_some_and(|work| self.is_there(work));
        let start = match self.begins {
            true => self.jobs.pop(),
            false => None,
        };
        self.begins = begins;
        self.edge = done && self.work.os || edge && known.is_none();
        if known == Some(true) {
            self.flushes = 2 * self.turns;
        } else if flush {
            self.flushes -= 1;
        }
        let loads = start.is_some_and(|work| work.load_a);
        self.there = self.there + usize::from(there) - usize::from(loads);
        self.free = done;
        if taken {
            self.beats.pop();
        }
        if let Some(read) = self.read.take() {
            self.beats.push(read);
        }
        self.ahead = self.ahead + usize::from(fire || flush) - usize::from(taken);
        if fire || flush {
            let number = self.size - self.left;
            let keep = fire && !self.tiles.is_filler() && jobs[self.work.job].keeps_beat(number);
            self.read = Some(Beat {
                first: self.first && !flush,
                os: self.work.os || flush,
                flush,
                keep,
            });
        }
        if fire {
            self.moves();
        }
        if let Some(work) = start {
            self.active = true;
            self.tiles.start(&work);
            self.size = if work.os { work.k_kept } else { work.m_kept };
            (self.left, self.first) = (self.size, true);
            self.work = work;
        }
        if done {
            self.active = false;
        }
        if let Some(work) = job {
            self.jobs.push(*work);
        }
    }

    /// On to the next beat.
    fn moves(&mut self) {
        let last = self.left == 1;
        let turn_last = !self.work.os || self.tiles.turn_last();
        if self.work.os || last {
            self.tiles.step(!last);
        }
        if turn_last {
            self.left = if last { self.size } else { self.left - 1 };
            self.first = last;
        }
    }
}
