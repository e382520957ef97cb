//! The ring and the check: descriptors are fetched and looked at, one after the other.

use super::job::Job;

/// Job slots, for jobs whose sums are not there.
const SLOTS: usize = 4;
/// Places, for jobs that are not done.
pub(super) const PLACES: usize = 16;

/// Ring and check.
#[derive(Clone, Debug, Default)]
pub(super) struct Front {
    /// The descriptor that is fetched, or the next one.
    pub(super) index: u64,
    asks: bool,
    fills: bool,
    full: bool,
    /// How far the check is.
    step: u8,
    /// Jobs that have a slot, and jobs under way.
    slots: usize,
    active: usize,
}

impl Front {
    fn is_free(&self) -> bool {
        !(self.asks || self.fills || self.full)
    }

    /// Whether the descriptor is asked for.
    pub(super) fn asks(&self) -> bool {
        self.asks
    }

    /// There is a descriptor, or one will be.
    pub(super) fn more(&self, tail: u64) -> bool {
        self.index != tail || !self.is_free()
    }

    /// No job is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.active == 0
    }

    /// Nothing is fetched and no job is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.is_free() && self.is_empty()
    }

    fn looked(&self) -> bool {
        self.step == 3
    }

    fn held(&self, jobs: &[Job]) -> bool {
        let job = &jobs[self.index as usize];
        let fence = job.fence && !job.refused && self.active > 0;
        fence || self.slots == SLOTS || self.active == PLACES
    }

    /// The job that is looked at waits for those under way.
    pub(super) fn waits(&self, jobs: &[Job]) -> bool {
        self.looked() && self.held(jobs)
    }

    /// The job that is offered.
    pub(super) fn offers(&self, jobs: &[Job]) -> Option<usize> {
        (self.looked() && !self.held(jobs)).then_some(self.index as usize)
    }

    /// `asked`: its request is taken; `filled`: its last word comes; `taken`: the job goes on; `left`: one leaves its slot;
    /// `done`: one is done.
    pub(super) fn clock(&mut self, tail: u64, [asked, filled, taken, left, done]: [bool; 5]) {
        let starts = self.index != tail && self.is_free();
        self.step = match (self.full, self.looked() && !taken) {
            (true, false) => (self.step + 1) & 3,
            _ => self.step,
        };
        self.asks = starts || self.asks && !asked;
        self.fills = asked || self.fills && !filled;
        self.full = filled || self.full && !taken;
        self.index += u64::from(taken);
        self.slots = self.slots + usize::from(taken) - usize::from(left);
        self.active = self.active + usize::from(taken) - usize::from(done);
    }
}
