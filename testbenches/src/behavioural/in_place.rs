//! What an output-stationary tile keeps in the PEs: the sums of P tiles that take turns,
//! and for each of them one more word per PE that is a seed before its group and a
//! finished sum after it.

use super::{step, Due, Stored};
use heddle_array::lanes;
use heddle_array::port::CycleIn;
use heddle_hdl::ArrayConfig;

/// One word per PE, and per PE whether it will be a kept sum.
struct Plane {
    words: Vec<u64>,
    keep: Vec<bool>,
}

/// Sums that stay.
pub(super) struct InPlace {
    config: ArrayConfig,
    /// Of each phase, the sums that beats add to.
    sums: Vec<Plane>,
    /// Of each phase, what exchanges put in and take out.
    held: Vec<Plane>,
    /// Phases whose seeds are complete and wait for their turn.
    seeded: Vec<bool>,
    /// Between the first beat of a group and the last flush.
    pub busy: bool,
    phase: usize,
    beat_phase: usize,
    exchange_phase: usize,
    exchange_row: usize,
}

impl InPlace {
    pub fn new(config: ArrayConfig) -> Self {
        let planes = || {
            (0..config.phases())
                .map(|_| Plane {
                    words: vec![0; config.rows * config.cols],
                    keep: vec![false; config.rows * config.cols],
                })
                .collect()
        };
        Self {
            config,
            sums: planes(),
            held: planes(),
            seeded: vec![false; config.phases()],
            busy: false,
            phase: 0,
            beat_phase: 0,
            exchange_phase: 0,
            exchange_row: 0,
        }
    }

    /// Whether an exchange would be accepted, if no weight-stationary beat is offered.
    pub fn exchange_ready(&self) -> bool {
        self.exchange_phase == self.phase && !self.seeded[self.phase]
    }

    /// Whether a beat or flush may be accepted as far as sums go: its phase is here, and
    /// its seeds are, if it needs them. `last_row` is whether they become complete in
    /// this very cycle.
    pub fn beat_ready(&self, turn: bool, last_row: bool) -> bool {
        self.beat_phase == self.phase && (!turn || self.seeded[self.phase] || last_row)
    }

    /// One row of seeds in, one row of what was held out into `due`.
    pub fn exchange(&mut self, input: &CycleIn, due: &mut Due) {
        let (cols, bits) = (self.config.cols, self.config.acc_bits());
        let held = &mut self.held[self.phase];
        // More rows than there are would break the contract.
        let first = self.exchange_row % self.config.rows * cols;
        for c in 0..cols {
            lanes::put(&mut due.sums, bits, c, held.words[first + c]);
            lanes::put(&mut due.keep, 1, c, u64::from(held.keep[first + c]));
            held.words[first + c] = lanes::get(&input.c, bits, c);
            held.keep[first + c] = lanes::get(&input.x_keep, 1, c) == 1;
        }
        self.seeded[self.phase] |= input.x_last;
        self.exchange_phase += 1;
        if self.exchange_phase == self.config.phases() {
            self.exchange_phase = 0;
            self.exchange_row = if input.x_last {
                0
            } else {
                self.exchange_row + 1
            };
        }
    }

    /// A beat or flush is accepted: seeds become sums, and sums are held, with the first
    /// beat of a tile and with a flush.
    pub fn beat_or_flush(&mut self, input: &CycleIn) {
        if input.a_first || input.a_flush {
            std::mem::swap(&mut self.sums[self.phase], &mut self.held[self.phase]);
            self.seeded[self.phase] = false;
        }
        self.beat_phase = (self.beat_phase + 1) % self.config.phases();
        self.busy = !(input.a_flush && self.beat_phase == 0);
    }

    /// Adds the products of a beat to the sums of its phase. Returns the useful MACs,
    /// and whether a sum overflowed.
    pub fn compute(&mut self, input: &CycleIn, tile: &Stored) -> (u64, bool) {
        let (cols, bits) = (self.config.cols, self.config.operand_bits());
        if !input.a_keep || !tile.word_keep {
            return (0, false);
        }
        let (mut macs, mut overflowed) = (0, false);
        let sums = &mut self.sums[self.phase].words;
        for r in (0..self.config.rows).filter(|&r| tile.row_keep[r]) {
            let a = lanes::get(&input.a, bits, r);
            for c in (0..cols).filter(|&c| tile.col_keep[c]) {
                let place = r * cols + c;
                let (sum, overflow) = step(&self.config, sums[place], a, tile.weights[place]);
                sums[place] = sum;
                overflowed |= overflow;
                macs += 1;
            }
        }
        (macs, overflowed)
    }

    /// To be called at the end of every enabled cycle.
    pub fn tick(&mut self, clear: bool) {
        self.phase = if clear {
            0
        } else {
            (self.phase + 1) % self.config.phases()
        };
    }
}
