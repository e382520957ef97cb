//! Kept units become words of a RAM.

/// Where units go.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Goal {
    /// Units of a word.
    pub(super) units: usize,
    /// To the accumulators.
    pub(super) sums: bool,
    /// Where the first word goes.
    pub(super) addr: usize,
    /// Told when the last word is written: 1 A is there, 2 C0, 3 a block of B.
    pub(super) event: u8,
}

/// Kept units of a bus word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Units {
    pub(super) count: usize,
    /// First and last of their request.
    pub(super) first: bool,
    pub(super) last: bool,
    pub(super) goal: Goal,
}

/// What is done with units on their way.
#[derive(Clone, Copy, Debug, Default)]
struct Deed {
    does: bool,
    full: bool,
    first: bool,
    ends: bool,
    goal: Goal,
}

/// A word that is written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Written {
    pub(super) valid: bool,
    pub(super) sums: bool,
    pub(super) addr: usize,
    pub(super) event: u8,
}

/// Three stages: units are counted, come to their place, are written.
#[derive(Clone, Debug, Default)]
pub(super) struct Gearbox {
    fill: usize,
    more: bool,
    now: Units,
    counted: Deed,
    placed: Deed,
    next: usize,
    write: Written,
}

impl Gearbox {
    /// The word that is written, if there is one.
    pub(super) fn write(&self) -> &Written {
        &self.write
    }

    /// Whether units are taken that are `there`; `ready` if a word is.
    pub(super) fn is_ready(&self, ready: bool, there: bool) -> bool {
        (!self.write.valid || ready) && !(self.more && there)
    }

    pub(super) fn clock(&mut self, ready: bool, units: Option<Units>) {
        if self.write.valid && !ready {
            return;
        }
        let placed = self.placed;
        let addr = if placed.first {
            placed.goal.addr
        } else {
            self.next
        };
        let writes = placed.does && placed.full;
        if placed.does {
            self.next = addr + usize::from(writes);
        }
        self.write = Written {
            valid: writes,
            sums: placed.goal.sums,
            addr,
            event: if placed.does && placed.ends {
                placed.goal.event
            } else {
                0
            },
        };
        self.placed = self.counted;
        let more = self.more;
        let (comes, first) = match (more, units) {
            (true, _) => (0, false),
            (false, Some(units)) => {
                self.now = units;
                (units.count, units.first)
            }
            (false, None) => {
                self.counted = Deed::default();
                return;
            }
        };
        let (last, size) = (self.now.last, self.now.goal.units);
        let fill = self.fill + comes;
        let whole = fill >= size;
        self.more = match last {
            true => fill > size,
            false => fill >= 2 * size,
        };
        self.fill = match (whole, last) {
            (true, _) => fill - size,
            (false, true) => 0,
            (false, false) => fill,
        };
        self.counted = Deed {
            does: true,
            full: whole || last && fill > 0,
            first,
            ends: last && !self.more,
            goal: self.now.goal,
        };
    }
}
