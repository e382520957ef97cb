//! The store stage: rows of C are ordered, their sums read, and the job is done when all is written.

use super::expand::RowOrder;
use super::job::{Job, N};

/// Rows whose live bits come together.
const LOOKS: usize = 32;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Idle,
    Look,
    Row,
    Order,
    Words,
    Drain,
    Done,
}

/// The stage.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    state: State,
    pub(super) job: usize,
    looked: bool,
    row: usize,
    /// The word that is read next, and words of the row that are left.
    word: usize,
    left: usize,
}

/// What comes to the stage in a cycle.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StoreIn {
    pub(super) job: Option<usize>,
    pub(super) order_ready: bool,
    pub(super) sum_ready: bool,
    /// All that was ordered is written and acknowledged.
    pub(super) idle: bool,
}

impl Store {
    pub(super) fn is_ready(&self, halted: bool) -> bool {
        self.state == State::Idle && !halted
    }

    pub(super) fn is_busy(&self) -> bool {
        self.state != State::Idle
    }

    /// The job is done in this cycle.
    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// The word of sums that is asked for.
    pub(super) fn reads(&self) -> Option<usize> {
        (self.state == State::Words).then_some(self.word)
    }

    fn is_live(&self, job: &Job) -> bool {
        job.live.get(self.row).copied().unwrap_or(false)
    }

    fn has_sums(&self, job: &Job) -> bool {
        self.is_live(job) || job.bias
    }

    pub(super) fn orders(&self, jobs: &[Job]) -> Option<RowOrder> {
        let job = &jobs[self.job];
        let masked = job.masks[N].is_some() && !job.is_dense();
        (self.state == State::Order).then(|| RowOrder {
            job: self.job,
            addr: job.c.row(self.row),
            count: job.shape.n,
            sums: self.has_sums(job),
            packed: masked && job.is_packed(),
            masked: masked && job.c0,
            zeros: masked && !job.c0,
        })
    }

    pub(super) fn clock(&mut self, jobs: &[Job], input: &StoreIn) {
        if let Some(number) = input.job {
            *self = Self {
                state: match jobs[number].stay {
                    true => State::Drain,
                    false => State::Look,
                },
                job: number,
                looked: false,
                ..Self::default()
            };
            return;
        }
        let job = &jobs[self.job];
        let sums = self.has_sums(job);
        let words = job.c_tiles;
        match self.state {
            State::Idle => {}
            State::Look if job.refused => self.state = State::Drain,
            State::Look if self.looked => {
                self.looked = false;
                self.state = State::Row;
            }
            State::Look => self.looked = true,
            State::Row if !sums && job.c0 => self.passes(job),
            State::Row => self.state = State::Order,
            State::Order if input.order_ready => {
                let first = if self.is_live(job) {
                    self.row
                } else {
                    job.shape.m
                };
                self.word = job.sums + first * words;
                self.left = words;
                match sums && words > 0 {
                    true => self.state = State::Words,
                    false => self.passes(job),
                }
            }
            State::Order => {}
            State::Words if input.sum_ready => {
                self.word += 1;
                self.left -= 1;
                if self.left == 0 {
                    self.passes(job);
                }
            }
            State::Words => {}
            State::Drain if input.idle => self.state = State::Done,
            State::Drain => {}
            State::Done => self.state = State::Idle,
        }
    }

    /// The row is done with.
    fn passes(&mut self, job: &Job) {
        self.row += 1;
        self.state = match (self.row == job.shape.m, self.row.is_multiple_of(LOOKS)) {
            (true, _) => State::Drain,
            (false, true) => State::Look,
            (false, false) => State::Row,
        };
    }
}
