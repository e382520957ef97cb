//! The load stage: requests for rows of A, of C0, and for pieces of rows of B, each with its order.

mod rows;

use super::job::{Job, K, M, N};
use super::read::{Request, To};
use super::space::Space;
use super::unpack::Order;
use crate::Sizes;
use std::ops::Range;

/// What the stage is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Place,
    A,
    Sums,
    C0,
    Hand,
    B,
}

/// Sizes that the stage counts with.
#[derive(Clone, Copy, Debug)]
struct Counts {
    rows: usize,
    cols: usize,
    slots: usize,
    slot_words: usize,
    sum_units: usize,
    operand: u64,
    sum: u64,
}

/// The load stage.
#[derive(Clone, Debug)]
pub(super) struct Load {
    of: Counts,
    state: State,
    step: u8,
    job: usize,
    /// The row, the block's first, the next block's first.
    row: usize,
    block: usize,
    block_end: usize,
    /// The piece, kept elements up to its end, and its first index and that behind it.
    piece: usize,
    reach: usize,
    low: usize,
    high: usize,
    index: usize,
    pass: bool,
    /// Where the row's words go.
    word: usize,
    /// Slots of B in use.
    used: usize,
    handed: bool,
    /// A of the last job is there; that of the job at hand is read.
    there: bool,
    reads_a: bool,
    /// Where there was room for A, and whether there was for the job's sums, in the cycle before.
    place: Option<usize>,
    free: bool,
    space: Space,
    /// Rows of B.
    pub(super) fetched: u64,
    pub(super) skipped: u64,
}

/// What comes to the stage in a cycle.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LoadIn {
    pub(super) job: Option<usize>,
    pub(super) order_ready: bool,
    pub(super) req_ready: bool,
    pub(super) job_ready: bool,
    pub(super) a_done: bool,
    pub(super) b_free: usize,
    pub(super) done: bool,
}

/// A job as it is handed on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handed {
    pub(super) job: usize,
    /// Its A, and its C0, will be told to be there.
    pub(super) awaits_a: bool,
    pub(super) awaits_c0: bool,
}

impl Load {
    pub(super) fn new(sizes: &Sizes) -> Self {
        Self {
            of: Counts {
                rows: sizes.rows,
                cols: sizes.cols,
                slots: sizes.engine.b_slots,
                slot_words: sizes.engine.slot_words,
                sum_units: sizes.sum_bytes / sizes.operand_bytes,
                operand: sizes.operand_bytes as u64,
                sum: sizes.sum_bytes as u64,
            },
            state: State::Idle,
            step: 0,
            job: 0,
            row: 0,
            block: 0,
            block_end: 0,
            piece: 0,
            reach: 0,
            low: 0,
            high: 0,
            index: 0,
            pass: false,
            word: 0,
            used: 0,
            handed: false,
            there: false,
            reads_a: false,
            place: None,
            free: false,
            space: Space::new(sizes.engine.a_words),
            fetched: 0,
            skipped: 0,
        }
    }

    fn needs_a(&self, job: &Job) -> bool {
        !(job.is_empty() || job.keep_a && self.there)
    }

    fn needs_c0(job: &Job) -> bool {
        let sums = job.kept[M] > 0 && job.kept[N] > 0;
        let moved = job.kept[K] > 0 || !job.in_place;
        let needs = if job.bias { !job.resume } else { sums && moved };
        !job.refused && job.c0 && needs
    }

    /// Words of A that the job needs.
    fn a_need(&self, job: &Job) -> usize {
        match self.needs_a(job) {
            true => job.kept[job.s()] * job.r_tiles,
            false => 0,
        }
    }

    fn sums(job: &Job) -> Range<usize> {
        let words = (job.shape.m + usize::from(job.bias)) * job.c_tiles;
        job.sums..if job.refused { 0 } else { job.sums + words }
    }

    fn sums_free(&self, job: &Job) -> bool {
        let sums = Self::sums(job);
        self.space.is_free(&sums, job.resume || job.refused)
    }

    pub(super) fn is_ready(&self) -> bool {
        self.state == State::Idle && !self.handed
    }

    /// The job that waits for the sequence stage.
    pub(super) fn offers(&self, jobs: &[Job]) -> Option<Handed> {
        let job = &jobs[self.job];
        self.handed.then(|| Handed {
            job: self.job,
            awaits_a: self.reads_a,
            awaits_c0: Self::needs_c0(job),
        })
    }

    /// The stage has a job that waits for those behind it.
    pub(super) fn is_stuck(&self) -> bool {
        self.state == State::Sums && !self.free
    }

    /// The stage has a job that waits for none behind it.
    pub(super) fn has_more(&self) -> bool {
        let at_work = !matches!(self.state, State::Idle | State::B);
        self.handed || at_work && !self.is_stuck()
    }

    pub(super) fn asks(&self, jobs: &[Job]) -> Option<Request> {
        let asks = self.step == 5 && !self.pass;
        let (kind, count) = self.row_of(jobs).filter(|_| asks)?;
        let job = &jobs[self.job];
        let bytes = match self.state {
            State::C0 => self.of.sum,
            _ => self.of.operand,
        };
        Some(Request {
            addr: self.addr(job),
            bytes: count as u64 * bytes,
            to: To::Load,
            kind,
        })
    }

    pub(super) fn orders(&self, jobs: &[Job]) -> Option<Order> {
        let marks = self.step == 6;
        let offers = self.step == 4 && !self.pass || marks;
        let (_, count) = self.row_of(jobs).filter(|_| offers)?;
        Some(self.order(jobs, count, marks))
    }

    pub(super) fn clock(&mut self, jobs: &[Job], input: &LoadIn) {
        if self.state == State::Idle && input.job.is_none() {
            self.used -= input.b_free;
            self.handed &= !input.job_ready;
            self.space.clock(None, None, (input.a_done, input.done));
            return;
        }
        let job = &jobs[self.job];
        let works = !job.is_empty();
        let needs_a = self.needs_a(job);
        let busy = matches!(self.state, State::A | State::C0 | State::B);
        let in_b = self.state == State::B;
        let ordered = self.step == 4 && (input.order_ready || self.pass);
        let passes = self.step == 5 && (input.req_ready || self.pass);
        let marked = self.step == 6 && input.order_ready;
        let (last, last_piece) = (self.row + 1 == self.block_end, self.is_last_piece(job));
        let over = last && last_piece && self.block_end == self.rows(job);
        let takes = input.job.filter(|_| self.is_ready());
        let need = self.a_need(job);
        let keeps = works && !needs_a;
        let place = self.place.filter(|_| self.step == 3);
        let place = place.filter(|_| self.state == State::Place);
        let placed = place.is_some();
        let free = self.state == State::Sums && self.free;
        let next = match self.state {
            State::Idle => takes.map(|_| State::Place),
            State::Place => placed.then_some(if needs_a { State::A } else { State::Sums }),
            State::A => marked.then_some(State::Sums),
            State::Sums => free.then_some(match Self::needs_c0(job) {
                true => State::C0,
                false => State::Hand,
            }),
            State::C0 => marked.then_some(State::Hand),
            State::Hand => Some(if works { State::B } else { State::Idle }),
            State::B => (passes && over).then_some(State::Idle),
        };
        let leaves = next.is_some();
        let of_sums = self.state == State::Sums || next == Some(State::Sums);
        self.free = of_sums && self.sums_free(job);
        if in_b && passes && !self.pass && self.piece == 0 {
            self.fetched += 1;
        }
        if self.state == State::Hand && !job.refused {
            let row = job.row();
            self.skipped += (job.dim(row) - job.kept[row]) as u64;
        }
        let room = !in_b || self.used < self.of.slots;
        self.used = self.used + usize::from(in_b && ordered) - input.b_free;
        let sums = free.then(|| (Self::sums(job), job.resume || job.refused));
        let a = place.filter(|_| works).map(|word| (word, need, keeps));
        self.place = self.space.place(need, keeps);
        self.space.clock(a, sums, (input.a_done, input.done));
        if placed {
            self.reads_a = needs_a;
            self.there = works || job.keep_a && self.there;
        }
        let waits = self.step == 3 && !room
            || self.step == 4 && !ordered
            || self.step == 5 && !passes
            || self.step == 6 && !marked
            || self.state == State::Place && self.step == 3;
        if busy || leaves {
            self.loops(job, leaves, passes);
        }
        if self.state != State::Idle {
            self.step = match (leaves, waits, passes) {
                (true, ..) => 0,
                (_, true, _) => self.step,
                (_, _, true) if over && !in_b => 6,
                (_, _, true) => 0,
                _ => (self.step + 1) & 7,
            };
        }
        self.handed = self.state == State::Hand || self.handed && !input.job_ready;
        self.state = next.unwrap_or(self.state);
        self.job = takes.unwrap_or(self.job);
    }
}
