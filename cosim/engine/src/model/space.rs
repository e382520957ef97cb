//! Who uses which words of the buffer of A and of the accumulators.

use std::collections::VecDeque;
use std::ops::Range;

/// Sums of jobs under way that are told apart: those of a chain are the same.
const CHAINS: usize = 4;

/// Places for A, one job's behind that of the other, and sums that belong to jobs under way.
#[derive(Clone, Debug)]
pub(super) struct Space {
    words: usize,
    /// First words of A of jobs that are not through with it.
    waiting: VecDeque<usize>,
    last: usize,
    end: usize,
    /// Sums, and how many jobs under way have them; which are those of the oldest job, and which are next.
    owned: [(usize, Range<usize>); CHAINS],
    oldest: usize,
    next: usize,
}

impl Space {
    pub(super) fn new(words: usize) -> Self {
        Self {
            words,
            waiting: VecDeque::new(),
            last: 0,
            end: 0,
            owned: [const { (0, 0..0) }; CHAINS],
            oldest: 0,
            next: 0,
        }
    }

    /// Where A may be: where that of the job before is, or where `need` words fit.
    pub(super) fn place(&self, need: usize, keeps: bool) -> Option<usize> {
        if keeps {
            return Some(self.last);
        }
        let Some(&oldest) = self.waiting.front() else {
            return Some(0);
        };
        let around = self.end <= oldest;
        let end = if around { oldest } else { self.words };
        if self.end + need <= end {
            return Some(self.end);
        }
        (!around && need <= oldest).then_some(0)
    }

    /// The sums of the job before.
    fn last(&self) -> usize {
        (self.next + CHAINS - 1) % CHAINS
    }

    fn joins(&self, joins: bool) -> bool {
        joins && self.owned[self.last()].0 > 0
    }

    /// Whether a job may have these sums; `joins` if they are those of the job before, or none.
    pub(super) fn is_free(&self, sums: &Range<usize>, joins: bool) -> bool {
        let meets = |(jobs, own): &(usize, Range<usize>)| {
            *jobs > 0 && sums.start < own.end && own.start < sums.end
        };
        let free = joins || !self.owned.iter().any(meets);
        free && (self.joins(joins) || self.owned[self.next].0 == 0)
    }

    /// `a`: the first word of A, how many are taken, and whether they are those of the job before; `sums`: what it takes, and
    /// whether that is what the job before has; `a_done`: the oldest job is through with A; `done`: the oldest job is done.
    pub(super) fn clock(
        &mut self,
        a: Option<(usize, usize, bool)>,
        sums: Option<(Range<usize>, bool)>,
        (a_done, done): (bool, bool),
    ) {
        if a.is_none() && sums.is_none() && !a_done && !done {
            return;
        }
        if a_done {
            self.waiting.pop_front();
        }
        if let Some((word, need, keeps)) = a {
            self.waiting.push_back(word);
            self.last = word;
            if !keeps {
                self.end = word + need;
            }
        }
        let taken = sums.map(|(sums, joins)| match self.joins(joins) {
            true => (self.last(), None),
            false => (self.next, Some(sums)),
        });
        let oldest = self.oldest;
        if let Some((at, begun)) = taken {
            self.owned[at].0 += 1;
            if let Some(sums) = begun {
                self.owned[at].1 = sums;
                self.next = (self.next + 1) % CHAINS;
            }
        }
        if done {
            self.owned[oldest].0 -= 1;
            if self.owned[oldest].0 == 0 {
                self.oldest = (oldest + 1) % CHAINS;
            }
        }
    }
}
