//! Windows of mask bits, made ahead of the bus words that need them.

use super::queue::Queue;
use crate::Sizes;

/// Windows that are under way at most.
const AHEAD: usize = 8;

/// What windows are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    /// Index of the first element.
    pub(super) first: usize,
    /// Units of an element.
    pub(super) each: usize,
    /// Units in all.
    pub(super) units: usize,
}

/// The stage that makes windows.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    /// Units of a bus word and bits of it, powers of two.
    bus: usize,
    bits: usize,
    asks: Queue<Ask>,
    /// The windows that are begun: where the next one is, units of its element that are past, windows behind it.
    now: Option<Ask>,
    at: usize,
    part: usize,
    left: usize,
    primed: bool,
    owed: usize,
    comes: bool,
    there: bool,
    ready: usize,
}

impl Windows {
    pub(super) fn new(sizes: &Sizes, asks: usize) -> Self {
        let bytes = sizes.engine.bus_bytes();
        Self {
            bus: bytes / sizes.operand_bytes,
            bits: 8 * bytes,
            asks: Queue::new(asks),
            now: None,
            at: 0,
            part: 0,
            left: 0,
            primed: false,
            owed: 0,
            comes: false,
            there: false,
            ready: 0,
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.asks.has_room()
    }

    /// Whether a window may be taken.
    pub(super) fn is_valid(&self) -> bool {
        self.ready > 0
    }

    /// None is made.
    fn is_idle(&self) -> bool {
        self.now.is_none() && self.asks.is_empty() && !self.comes && !self.there
    }

    /// `ask`: other windows are asked for; `taken`: one is taken.
    pub(super) fn clock(&mut self, ask: Option<Ask>, taken: bool) {
        if self.is_idle() && ask.is_none() {
            self.ready -= usize::from(taken);
            self.owed -= usize::from(taken);
            return;
        }
        let within = self.at & (self.bits - 1);
        let crosses = within > self.bits - self.bus;
        let reads = self.now.is_some() && self.owed < AHEAD;
        let begins = reads && (self.primed || !crosses);
        let loads = self.now.is_none() || begins && self.left == 0;
        self.ready = self.ready + usize::from(self.there) - usize::from(taken);
        self.owed = self.owed + usize::from(begins) - usize::from(taken);
        (self.there, self.comes) = (self.comes, begins);
        if loads {
            self.now = self.asks.pop();
            self.primed = false;
            if let Some(ask) = self.now {
                self.at = ask.first;
                self.part = 0;
                self.left = (ask.units - 1) / self.bus;
            }
        } else {
            self.primed |= reads;
            if let (Some(ask), true) = (self.now, begins) {
                self.left -= 1;
                self.part += self.bus;
                self.at += self.part / ask.each;
                self.part %= ask.each;
            }
        }
        if let Some(ask) = ask {
            self.asks.push(ask);
        }
    }
}
