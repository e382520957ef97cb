//! Bus words become words of the buffers: kept elements are joined.

use super::gearbox::{Gearbox, Units, Written};
use super::job::{units_below, Job};
use super::queue::Queue;
use super::windows::{Ask, Windows};
use crate::Sizes;

pub(super) use super::gearbox::Goal;

/// An order of the load stage, one for each of its requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    pub(super) job: usize,
    /// The mask's dimension.
    pub(super) dim: usize,
    /// Mask bits are needed, and dropped elements are left out.
    pub(super) windows: bool,
    pub(super) joins: bool,
    /// Index of the first element.
    pub(super) first: usize,
    /// Units of an element, and of all of the request.
    pub(super) each: usize,
    pub(super) units: usize,
    /// No bus words come.
    pub(super) bad: bool,
    pub(super) goal: Goal,
}

impl Order {
    /// Kept units below unit `unit`.
    fn below(&self, jobs: &[Job], unit: usize) -> usize {
        let below = jobs[self.job].below[self.dim].as_ref();
        let Some(below) = below.filter(|_| self.joins) else {
            return unit;
        };
        units_below(below, self.first, self.each, unit)
    }
}

/// From bus words to the gearbox, three stages before it.
#[derive(Clone, Debug)]
pub(super) struct Unpack {
    /// Units of a bus word and bytes of a unit.
    bus: usize,
    operand: u64,
    orders: Queue<Order>,
    windows: Windows,
    /// Units of the order that were taken, and those before its first in its first bus word, once it is begun.
    begun: Option<(usize, usize)>,
    /// What was taken, and what of it is on its way.
    beats: Queue<Option<Units>>,
    stages: [Option<Units>; 2],
    gearbox: Gearbox,
}

/// A bus word as an order takes it.
#[derive(Clone, Copy, Debug)]
struct Taken {
    from: usize,
    to: usize,
    skip: usize,
    last: bool,
    /// A window is needed.
    needs: bool,
    bad: bool,
}

impl Unpack {
    pub(super) fn new(sizes: &Sizes) -> Self {
        let room = sizes.engine.reads + 4;
        Self {
            bus: sizes.engine.bus_bytes() / sizes.operand_bytes,
            operand: sizes.operand_bytes as u64,
            orders: Queue::new(room),
            windows: Windows::new(sizes, room),
            begun: None,
            beats: Queue::new(2),
            stages: [None; 2],
            gearbox: Gearbox::default(),
        }
    }

    pub(super) fn order_ready(&self) -> bool {
        self.orders.has_room() && self.windows.has_room()
    }

    /// The word that is written.
    pub(super) fn write(&self) -> &Written {
        self.gearbox.write()
    }

    fn steps(&self, ready: bool) -> bool {
        self.gearbox.is_ready(ready, self.stages[1].is_some())
    }

    /// What the oldest order would take of a bus word whose first `skip` bytes are none of its own.
    fn next(&self, skip: Option<u64>) -> Option<Taken> {
        let order = self.orders.oldest()?;
        let (from, skip) = match (self.begun, order.bad) {
            (Some(begun), _) => begun,
            (None, true) => (0, 0),
            (None, false) => (0, (skip? / self.operand) as usize),
        };
        let room = if from == 0 { self.bus - skip } else { self.bus };
        let to = order.units.min(from + room);
        let last = to == order.units;
        let extra = || (from + skip) / self.bus >= order.units.div_ceil(self.bus);
        let needs = order.windows && !(last && from > 0 && extra());
        let there = !needs || self.windows.is_valid();
        there.then_some(Taken {
            from,
            to,
            skip,
            last,
            needs,
            bad: order.bad,
        })
    }

    /// Whether a bus word with `skip` is taken.
    pub(super) fn takes(&self, skip: u64) -> bool {
        self.beats.has_room() && self.next(Some(skip)).is_some_and(|next| !next.bad)
    }

    /// What is told: 1 A is there, 2 C0, 3 a block of B.
    pub(super) fn event(&self, ready: bool) -> u8 {
        let write = self.gearbox.write();
        if write.valid && !ready {
            0
        } else {
            write.event
        }
    }

    /// `skip` of a bus word that is offered; an order that is taken.
    pub(super) fn clock(
        &mut self,
        jobs: &[Job],
        ready: bool,
        skip: Option<u64>,
        order: Option<Order>,
    ) {
        let steps = self.steps(ready);
        let next = self.next(skip).filter(|next| next.bad || skip.is_some());
        let taken = next.filter(|_| self.beats.has_room());
        self.gearbox.clock(ready, self.stages[1]);
        if steps {
            self.stages = [self.beats.pop().flatten(), self.stages[0]];
        }
        if let Some(of) = &taken {
            self.beats.push(self.units(jobs, of));
        }
        if let Some(of) = taken {
            self.begun = (!of.last).then_some((of.to, of.skip));
            if of.last {
                self.orders.pop();
            }
        }
        let ask = order.filter(|order| order.windows).map(|order| Ask {
            first: order.first,
            each: order.each,
            units: order.units,
        });
        self.windows.clock(ask, taken.is_some_and(|of| of.needs));
        if let Some(order) = order {
            self.orders.push(order);
        }
    }

    fn units(&self, jobs: &[Job], of: &Taken) -> Option<Units> {
        let order = self.orders.oldest()?;
        Some(Units {
            count: order.below(jobs, of.to) - order.below(jobs, of.from),
            first: of.from == 0,
            last: of.last,
            goal: order.goal,
        })
    }
}
