//! The loops over blocks of rows, pieces of the rows of a block, and rows; and what a row asks for.

use super::{Load, State};
use crate::memory::Kind;
use crate::model::job::{Job, M, N};
use crate::model::unpack::{Goal, Order};

impl Load {
    /// How many rows there are.
    pub(super) fn rows(&self, job: &Job) -> usize {
        match self.state {
            State::B => job.kept[job.row()],
            State::A => job.kept[job.s()],
            _ if job.bias => 1,
            _ => job.kept[M],
        }
    }

    /// Kept elements of a piece.
    fn each(&self, job: &Job) -> usize {
        let lanes = if job.is_nt() {
            self.of.rows
        } else {
            self.of.cols
        };
        self.of.slot_words * lanes
    }

    pub(super) fn is_last_piece(&self, job: &Job) -> bool {
        self.state != State::B || self.reach >= job.kept[job.along()]
    }

    /// Rows of a block, for each piece again; then the next block.
    pub(super) fn loops(&mut self, job: &Job, leaves: bool, moves: bool) {
        let (in_b, in_c0) = (self.state == State::B, self.state == State::C0);
        let last = self.row + 1 == self.block_end;
        let last_piece = self.is_last_piece(job);
        let each = self.each(job);
        let old = (self.row, self.block, self.block_end, self.high);
        match self.step {
            0 => {
                let size = match in_b {
                    true if job.is_nt() && job.panel > 0 => job.panel * self.of.cols,
                    true if !job.is_nt() && !job.is_os() => self.of.rows,
                    _ => usize::MAX / 2,
                };
                self.block_end = self.rows(job).min(self.block + size);
            }
            1 => {
                self.high = match &job.bounds {
                    Some(bounds) => bounds.get(self.piece + 1).copied().unwrap_or(0),
                    None => job.dim(job.along()).min(self.low + each),
                };
                let by_row = in_b || self.state == State::A && job.is_os();
                let entry = match by_row {
                    true => job.row_entry(self.row),
                    false => job.m_entry(self.row),
                };
                let bias = in_c0 && job.bias;
                self.index = if bias { 0 } else { entry.index };
                self.pass = in_c0 && !bias && !entry.fresh;
            }
            2 => {
                let row = if job.bias { job.shape.m } else { self.index };
                self.word = row * job.c_tiles + job.sums;
            }
            _ => {}
        }
        let (row, block, block_end, high) = old;
        let begins = leaves || moves && last && last_piece;
        if leaves || moves {
            self.row = match (leaves, last, last_piece) {
                (true, ..) => 0,
                (_, true, false) => block,
                _ => row + 1,
            };
        }
        if begins {
            self.block = if leaves { 0 } else { block_end };
        }
        if begins || moves && last {
            self.reach = each + if begins { 0 } else { self.reach };
            self.piece = if begins { 0 } else { self.piece + 1 };
            self.low = if begins { 0 } else { high };
        }
    }

    /// What the row is, and how many elements are asked for.
    pub(super) fn row_of(&self, jobs: &[Job]) -> Option<(Kind, usize)> {
        let job = &jobs[self.job];
        match self.state {
            State::A => Some((Kind::A, job.dim(job.r()))),
            State::B => Some((Kind::B, self.high - self.low)),
            State::C0 if job.in_place => Some((Kind::C, job.shape.n)),
            State::C0 => Some((Kind::C0, job.shape.n)),
            _ => None,
        }
    }

    /// First byte of the row.
    pub(super) fn addr(&self, job: &Job) -> u64 {
        match self.state {
            State::A => job.a.row(self.index),
            State::B => job.b.row(self.index) + self.low as u64 * self.of.operand,
            _ => job.c0_at.row(self.index),
        }
    }

    /// What becomes of the row's elements; `marks`: the order behind all rows, that brings none.
    pub(super) fn order(&self, jobs: &[Job], count: usize, marks: bool) -> Order {
        let job = &jobs[self.job];
        let (in_a, in_b, in_c0) = (
            self.state == State::A,
            self.state == State::B,
            self.state == State::C0,
        );
        let dim = match self.state {
            State::A => job.r(),
            State::B => job.along(),
            _ => N,
        };
        let masked = job.masks[dim].is_some() && !(in_c0 && job.is_dense());
        let by_row = in_a || in_b && job.is_nt();
        let each = if in_c0 { self.of.sum_units } else { 1 };
        let lanes = if by_row { self.of.rows } else { self.of.cols };
        let last = self.row + 1 == self.block_end;
        Order {
            job: self.job,
            dim,
            windows: masked && (job.is_packed() || job.is_dense()),
            joins: masked && job.is_packed(),
            first: if in_b { self.low } else { 0 },
            each,
            units: each * if marks { 1 } else { count },
            bad: marks,
            goal: Goal {
                units: lanes * each,
                sums: in_c0 && !marks,
                addr: self.word,
                event: match (marks, in_a) {
                    (true, true) => 1,
                    (true, false) => 2,
                    (false, _) if in_b && last => 3,
                    (false, _) => 0,
                },
            },
        }
    }
}
