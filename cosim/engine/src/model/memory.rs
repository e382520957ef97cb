//! The memory: one beat read and one written per cycle, in the order of their addresses.

use std::collections::VecDeque;

/// Bursts under way.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    latency: u64,
    cycle: u64,
    /// When the first beat of each read may come, and beats that are left.
    reads: VecDeque<(u64, usize)>,
    /// When the answer to each write comes.
    answers: VecDeque<u64>,
}

/// What goes over the bus in a cycle.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bus {
    /// Beats of a read whose address is offered.
    pub(super) ar: Option<usize>,
    /// A beat is taken.
    pub(super) r: bool,
    /// The last beat of a write is offered.
    pub(super) w_last: bool,
    /// An answer to a write comes.
    pub(super) b: bool,
}

impl Memory {
    pub(super) fn new(latency: u64) -> Self {
        Self {
            latency,
            cycle: 0,
            reads: VecDeque::new(),
            answers: VecDeque::new(),
        }
    }

    /// Whether the next beat is the last of its burst, if one is offered.
    pub(super) fn beat(&self) -> Option<bool> {
        let &(at, left) = self.reads.front()?;
        (at <= self.cycle).then_some(left == 1)
    }

    /// Whether a write is answered.
    pub(super) fn answers(&self) -> bool {
        self.answers.front().is_some_and(|&at| at <= self.cycle)
    }

    pub(super) fn clock(&mut self, bus: &Bus) {
        if let Some(beats) = bus.ar {
            self.reads.push_back((self.cycle + self.latency, beats));
        }
        if bus.r {
            if let Some((_, left)) = self.reads.front_mut() {
                *left -= 1;
                if *left == 0 {
                    self.reads.pop_front();
                }
            }
        }
        if bus.b {
            self.answers.pop_front();
        }
        if bus.w_last {
            self.answers.push_back(self.cycle + self.latency);
        }
        self.cycle += 1;
    }
}
