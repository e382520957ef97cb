//! The mask stage: masks are read, walked, and the job goes on.

use super::job::{Job, K, M, N};
use super::read::{Request, To};
use crate::memory::Kind;

/// k, n, m: the order in which masks are asked for, come and are walked.
const ORDER: [usize; 3] = [K, N, M];

/// The mask stage.
#[derive(Clone, Debug, Default)]
pub(super) struct Masks {
    job: Option<usize>,
    /// Masks that are to be asked for, that have not come, and that are not walked: the next one's place in
    /// the order.
    asks: Vec<usize>,
    awaits: usize,
    walks: Vec<usize>,
    /// Cycles that are left of the walk, and of filling tables.
    walking: usize,
    filling: usize,
    filled: bool,
}

impl Masks {
    pub(super) fn is_ready(&self) -> bool {
        self.job.is_none() && self.filling == 0
    }

    /// The job that is handed on.
    pub(super) fn offers(&self) -> Option<usize> {
        let over = self.asks.is_empty() && self.awaits == 0 && self.walks.is_empty();
        self.job.filter(|_| over)
    }

    pub(super) fn asks(&self, jobs: &[Job]) -> Option<Request> {
        let job = &jobs[self.job?];
        let &dim = self.asks.last()?;
        Some(Request {
            addr: job.masks[dim]?,
            bytes: job.dim(dim).div_ceil(8) as u64,
            to: To::Masks,
            kind: Kind::Mask,
        })
    }

    /// `takes`: a job comes; `heard`: a request is taken; `comes`: a mask's last word; `leaves`: the job goes on.
    pub(super) fn clock(
        &mut self,
        jobs: &[Job],
        takes: Option<usize>,
        (heard, comes): (bool, bool),
        leaves: bool,
    ) {
        if self.job.is_none() && takes.is_none() {
            self.filling = self.filling.saturating_sub(1);
            return;
        }
        let offers = self.offers();
        self.filling = self.filling.saturating_sub(1);
        if let (Some(job), false) = (offers, self.filled) {
            let job = &jobs[job];
            self.filling = if job.refused { 0 } else { job.fills };
            self.filled = true;
        }
        if let Some(job) = takes {
            self.take(job, &jobs[job]);
            return;
        }
        let there = self.asks.is_empty() && self.awaits == 0;
        match (self.walking, self.walks.last()) {
            (0, Some(&cycles)) if there => self.walking = cycles - 1,
            (1, _) => {
                self.walking = 0;
                self.walks.pop();
            }
            (0, _) => {}
            _ => self.walking -= 1,
        }
        if heard {
            self.asks.pop();
        }
        self.awaits -= usize::from(comes);
        if leaves {
            self.job = None;
        }
    }

    fn take(&mut self, number: usize, job: &Job) {
        self.job = Some(number);
        self.filled = false;
        self.asks.clear();
        self.walks.clear();
        if !job.refused {
            let last_first = ORDER.into_iter().rev();
            self.asks
                .extend(last_first.filter(|&dim| job.masks[dim].is_some()));
            self.walks.extend(job.walks.iter().rev().flatten());
        }
        self.awaits = self.asks.len();
    }
}
