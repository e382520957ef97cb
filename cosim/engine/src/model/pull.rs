//! Words of sums, from which units are taken as bus words need them.

use super::queue::Queue;
use crate::Sizes;

/// Words that wait.
const WAITING: usize = 4;

/// The stage that holds them.
#[derive(Clone, Debug)]
pub(super) struct Pull {
    /// Units of a word and words that are held.
    units: usize,
    most: usize,
    count: usize,
    /// Units of the first word that were taken.
    at: usize,
    /// Words that wait, and those that will: they were asked for.
    waiting: Queue<()>,
    awaited: usize,
}

/// Units that are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask {
    pub(super) count: usize,
    /// The last of the row.
    pub(super) last: bool,
}

impl Pull {
    pub(super) fn new(sizes: &Sizes) -> Self {
        let units = sizes.cols * sizes.sum_bytes / sizes.operand_bytes;
        let bus = sizes.engine.bus_bytes() / sizes.operand_bytes;
        Self {
            units,
            most: (units - 1 + bus).div_ceil(units),
            count: 0,
            at: 0,
            waiting: Queue::new(WAITING),
            awaited: 0,
        }
    }

    /// Whether a word may be asked for.
    pub(super) fn is_ready(&self) -> bool {
        self.awaited < WAITING - 1
    }

    /// No word waits.
    pub(super) fn is_idle(&self) -> bool {
        self.awaited == 0
    }

    /// Whether so many units are there.
    pub(super) fn has(&self, count: usize) -> bool {
        self.count * self.units >= self.at + count
    }

    /// `takes`: units that are taken; `comes`: a word comes.
    pub(super) fn clock(&mut self, takes: Option<Ask>, comes: bool) {
        let mut gone = 0;
        if let Some(ask) = takes {
            let up_to = self.at + ask.count;
            gone = match ask.last {
                true => up_to.div_ceil(self.units),
                false => up_to / self.units,
            };
            self.at = if ask.last {
                0
            } else {
                up_to - gone * self.units
            };
        }
        let stay = self.count - gone;
        let loads = stay < self.most && self.waiting.pop().is_some();
        self.count = stay + usize::from(loads);
        self.awaited = self.awaited + usize::from(comes) - usize::from(loads);
        if comes {
            self.waiting.push(());
        }
    }
}
