//! The array at its edge: what it accepts, when sums leave, and what it counts.

use super::beats::Beat;
use super::sums::ForArray;
use super::weights::Words;
use crate::Sizes;

/// The array.
#[derive(Clone, Debug)]
pub(super) struct Array {
    turns: usize,
    pes: u64,
    loaded: bool,
    /// Output-stationary tiles are at work.
    busy: bool,
    /// Seeds of each phase are there.
    seeded: Vec<bool>,
    phase: usize,
    x_phase: usize,
    a_phase: usize,
    /// Sums on their way, and the place of those that leave.
    way: Vec<bool>,
    at: usize,
    /// Multiply-accumulates of a beat of the next tile, and of the one at work.
    next_tile: u64,
    tile: u64,
    pub(super) macs: u64,
    pub(super) gated: u64,
}

/// What is accepted in a cycle.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Accepted {
    /// Weights.
    pub(super) load: bool,
    /// A beat or a flush.
    pub(super) goes: bool,
    /// A beat.
    pub(super) beat: bool,
    /// A seed with its beat, or an exchange.
    pub(super) seed: bool,
    swap: bool,
    flush: bool,
    turn: bool,
    os: bool,
    seeds: bool,
    exchange: bool,
}

impl Array {
    pub(super) fn new(sizes: &Sizes) -> Self {
        Self {
            turns: sizes.phases,
            pes: (sizes.rows * sizes.cols) as u64,
            loaded: false,
            busy: false,
            seeded: vec![false; sizes.phases],
            phase: 0,
            x_phase: 0,
            a_phase: 0,
            way: vec![false; sizes.round_trip],
            at: 0,
            next_tile: 0,
            tile: 0,
            macs: 0,
            gated: 0,
        }
    }

    /// Sums leave.
    pub(super) fn leaves(&self) -> bool {
        self.way[self.at]
    }

    /// What is accepted of what is offered.
    pub(super) fn accepts(
        &self,
        beat: Option<&Beat>,
        seed: Option<&ForArray>,
        words: Option<&Words>,
    ) -> Accepted {
        let mut all = Accepted::default();
        let beat = beat.copied();
        let alone = beat.is_some_and(|beat| beat.os);
        let seed_os = seed.is_some_and(|seed| seed.os);
        let both = beat.is_some() && seed.is_some() && !alone && !seed_os;
        let seeded = self.seeded[self.phase];
        all.exchange = seed_os && self.x_phase == self.phase && !seeded && !both;
        all.seeds = all.exchange && seed.is_some_and(|seed| seed.x_last);
        if let Some(beat) = beat.filter(|_| both || alone) {
            let begins = beat.first || beat.flush;
            let turn = self.a_phase == self.phase && (!begins || seeded || all.seeds);
            all.goes = match beat.os {
                true => turn && (self.loaded || beat.flush),
                false => (self.loaded || !beat.first) && !self.busy,
            };
            if all.goes {
                all.os = beat.os;
                all.flush = beat.flush;
                all.beat = !beat.flush;
                all.swap = all.beat && (beat.first || beat.os);
                all.turn = beat.os && begins;
            }
        }
        all.load = words.is_some() && (all.swap || !self.loaded);
        all.seed = all.exchange || both && all.goes;
        all
    }

    pub(super) fn clock(&mut self, all: &Accepted, beat: Option<&Beat>, words: Option<&Words>) {
        let words = words.filter(|_| all.load);
        let added = words.map_or(0, |words| u64::from(words.macs));
        let complete = words.is_some_and(|words| words.last);
        self.loaded = complete || self.loaded && !all.swap;
        if all.swap {
            (self.tile, self.next_tile) = (self.next_tile, 0);
        }
        self.next_tile += added;
        if all.beat {
            let macs = match beat.is_some_and(|beat| beat.keep) {
                true => self.tile,
                false => 0,
            };
            self.macs += macs;
            self.gated += self.pes - macs;
        }
        if all.turn {
            self.busy = !(all.flush && self.a_phase + 1 == self.turns);
        }
        let phase = self.phase;
        self.seeded[phase] = (self.seeded[phase] || all.seeds) && !all.turn;
        let next = |phase: usize| {
            if phase + 1 == self.turns {
                0
            } else {
                phase + 1
            }
        };
        self.phase = next(phase);
        if all.exchange {
            self.x_phase = next(self.x_phase);
        }
        if all.goes && all.os {
            self.a_phase = next(self.a_phase);
        }
        self.way[self.at] = all.beat && !all.os || all.exchange;
        self.at = if self.at + 1 == self.way.len() {
            0
        } else {
            self.at + 1
        };
    }
}
