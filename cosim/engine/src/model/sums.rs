//! Sums on their way: seeds are read when the sums that they are have been written, sums go back.

use super::queue::Queue;
use super::seeds::Seed;
use crate::Sizes;

/// Seeds that may be under way to the array.
const AHEAD: usize = 4;
/// Sums that are under way beside those in the array.
const BESIDE: usize = 10;

/// A seed for the array.
#[derive(Clone, Copy, Debug)]
pub(super) struct ForArray {
    pub(super) os: bool,
    pub(super) x_last: bool,
}

/// Where a sum that is under way goes.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    keep: bool,
    last: bool,
    /// Number of its job, modulo 4.
    job: u8,
    /// Sums below this order are none of those that still come.
    below: u32,
    to: u32,
}

/// The stage.
#[derive(Clone, Debug)]
pub(super) struct Sums {
    /// Sums that two groups hold in the array.
    groups: usize,
    most: usize,
    seeds: Queue<ForArray>,
    read: Option<ForArray>,
    ahead: usize,
    /// A place that is to be sorted, and whether by exchanges.
    sorts: Option<(bool, Place)>,
    held: Queue<Place>,
    going: Queue<Place>,
    under_way: usize,
    older: usize,
    before: u8,
    round: usize,
    row: u32,
    held_count: usize,
    /// A sum is written.
    valid: bool,
}

impl Sums {
    pub(super) fn new(sizes: &Sizes) -> Self {
        let groups = 2 * sizes.phases * sizes.rows;
        let most = sizes.round_trip + BESIDE;
        Self {
            groups,
            most: most + 1,
            seeds: Queue::new(AHEAD),
            read: None,
            ahead: 0,
            sorts: None,
            held: Queue::new(groups + 1),
            going: Queue::new(most),
            under_way: 0,
            older: 0,
            before: 0,
            round: 0,
            row: 0,
            held_count: 0,
            valid: false,
        }
    }

    /// The oldest seed for the array.
    pub(super) fn oldest(&self) -> Option<&ForArray> {
        self.seeds.oldest()
    }

    /// The word of sums that is written.
    pub(super) fn writes(&self) -> Option<usize> {
        let place = self.going.oldest().filter(|_| self.valid)?;
        place.keep.then_some(place.to as usize)
    }

    /// A job's last sum is written.
    pub(super) fn finishes(&self) -> bool {
        self.valid && self.going.oldest().is_some_and(|place| place.last)
    }

    fn older(&self, seed: &Seed) -> usize {
        match (seed.first, seed.resume) {
            (true, true) if seed.open => self.under_way + self.groups,
            (true, true) => self.under_way,
            (true, false) => 0,
            (false, _) => self.older,
        }
    }

    fn before(&self, seed: &Seed) -> u8 {
        (self.before + if seed.first { 0 } else { 3 }) % 4
    }

    fn waits(&self, seed: &Seed) -> bool {
        let oldest = self.going.oldest().copied().unwrap_or_default();
        let below = seed.order < oldest.below && self.before(seed) == oldest.job;
        let meets = self.older(seed) > 0 && self.under_way > 0 && !below;
        let first = seed.os || seed.start;
        let early = self.under_way >= self.round && !seed.start && !seed.os;
        meets && first && seed.keep && !seed.zero || early
    }

    /// The seed that is read.
    pub(super) fn fires<'a>(&self, seed: Option<&'a Seed>) -> Option<&'a Seed> {
        seed.filter(|seed| self.ahead < AHEAD && !self.waits(seed))
    }

    /// `fire`: the seed that is read; `taken`: the array takes one; `comes`: sums leave the array.
    pub(super) fn clock(&mut self, fire: Option<&Seed>, taken: bool, comes: bool) {
        let written = self.valid;
        self.valid = comes;
        let kept = self.older - usize::from(written && self.older > 0);
        let mut older = kept;
        if written {
            self.going.pop();
        }
        if taken {
            self.seeds.pop();
        }
        if let Some(read) = self.read.take() {
            self.seeds.push(read);
        }
        if let Some((os, place)) = self.sorts.take() {
            self.sort(os, place);
        }
        if let Some(seed) = fire {
            let before = self.before(seed);
            if seed.first {
                let all = self.older(seed);
                older = all - usize::from(written && all > 0);
                self.before = (self.before + 1) % 4;
            }
            if seed.start && !seed.os {
                self.round = match seed.panel {
                    true => 1,
                    false => (self.round + 1).min(self.most),
                };
            }
            self.sorts = Some((seed.os, self.place(seed, (before + 1) % 4)));
            self.read = Some(ForArray {
                os: seed.os,
                x_last: seed.x_last,
            });
        }
        self.older = older;
        self.under_way = self.under_way + usize::from(fire.is_some()) - usize::from(written);
        self.ahead = self.ahead + usize::from(fire.is_some()) - usize::from(taken);
    }

    /// Where the seed's own sum goes.
    fn place(&mut self, seed: &Seed, job: u8) -> Place {
        let mut below = if seed.end { seed.order } else { 0 };
        if seed.os {
            below = if seed.group { seed.order } else { self.row };
            self.row = if seed.last { 0 } else { below };
        }
        Place {
            keep: seed.keep,
            last: seed.last,
            job,
            below,
            to: seed.to,
        }
    }

    /// Where the sum goes that comes for a seed: its own, or that of two groups before.
    fn sort(&mut self, os: bool, place: Place) {
        if !os {
            self.going.push(place);
            return;
        }
        let full = self.held_count == self.groups;
        let out = if full { self.held.pop() } else { None };
        self.held_count += usize::from(!full);
        self.held.push(place);
        self.going.push(out.unwrap_or_default());
    }
}
