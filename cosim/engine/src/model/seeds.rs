//! The walker of seeds: rows of sums become seeds, and exchanges; it says where a run ends.

mod turn;

use super::front::PLACES;
use super::intake::Work;
use super::job::Job;
use super::queue::Queue;
use super::tiles::Tiles;
use crate::Sizes;
pub(super) use turn::Turn;

/// Seeds that may be under way to the stage that reads them.
const AHEAD: usize = 8;

/// A seed, or an exchange.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seed {
    pub(super) os: bool,
    /// The last row of its group.
    pub(super) x_last: bool,
    pub(super) keep: bool,
    pub(super) zero: bool,
    /// First and last of its job.
    pub(super) first: bool,
    pub(super) last: bool,
    pub(super) resume: bool,
    /// Its job goes on with a run.
    pub(super) open: bool,
    /// The first of a group.
    pub(super) group: bool,
    /// Of the first tile of rows; the first of a panel there; of the last tile of rows.
    pub(super) start: bool,
    pub(super) panel: bool,
    pub(super) end: bool,
    /// By which sums are ordered.
    pub(super) order: u32,
    /// Words of the accumulators.
    pub(super) from: u32,
    pub(super) to: u32,
}

/// The walker.
#[derive(Clone, Debug)]
pub(super) struct Seeds {
    rows: usize,
    /// Exchanges of a group, and tiles that take turns.
    exchanges: usize,
    turns: usize,
    jobs: Queue<Work>,
    halves: Queue<[bool; 2]>,
    ends: Queue<bool>,
    tiles: Tiles,
    /// Seeds on their way to the queue.
    stages: [Option<Seed>; 3],
    seeds: Queue<Seed>,
    ahead: usize,
    /// Jobs whose C0 is there and that are not begun.
    there: usize,
    /// Jobs with sums in each half.
    used: [usize; 2],
    /// The next job begins; one is at work.
    begins: bool,
    active: bool,
    first: bool,
    work: Work,
    open: bool,
    /// The row, or the first one of the tile and of the group's first; the row of the tiles.
    number: usize,
    number_first: usize,
    row: usize,
    /// Whether the run ends is to be said; there is a run; exchanges to come that end one.
    edge: bool,
    run: bool,
    ending: usize,
    /// Lowest rows of the last two groups.
    last_row: Option<u32>,
    prev_row: Option<u32>,
}

impl Seeds {
    pub(super) fn new(sizes: &Sizes) -> Self {
        Self {
            rows: sizes.rows,
            exchanges: sizes.phases * sizes.rows,
            turns: sizes.phases,
            jobs: Queue::new(4),
            halves: Queue::new(PLACES),
            ends: Queue::new(4),
            tiles: Tiles::new(sizes.phases),
            stages: [None; 3],
            seeds: Queue::new(AHEAD),
            ahead: 0,
            there: 0,
            used: [0; 2],
            begins: false,
            active: false,
            first: false,
            work: Work::default(),
            open: false,
            number: 0,
            number_first: 0,
            row: 0,
            edge: false,
            run: false,
            ending: 0,
            last_row: None,
            prev_row: None,
        }
    }

    /// The oldest seed.
    pub(super) fn oldest(&self) -> Option<&Seed> {
        self.seeds.oldest()
    }

    /// Whether the run ends with the oldest job that has to know.
    pub(super) fn end(&self) -> Option<bool> {
        self.ends.oldest().copied()
    }

    fn is_last(&self) -> bool {
        match self.work.os {
            true => self.row + 1 == self.rows,
            false => self.number + 1 == self.work.m_kept,
        }
    }

    /// `turn`: what happens; `stored`: sums of the oldest job are stored; `there`: C0 of a job is there; `heard`: the
    /// end of a run; `taken`: a seed leaves.
    pub(super) fn clock(
        &mut self,
        jobs: &[Job],
        job: Option<&Work>,
        turn: &Turn,
        [stored, there, heard, taken]: [bool; 4],
    ) {
        if taken {
            self.seeds.pop();
        }
        let listing = self.stages[0];
        if let Some(seed) = self.stages[2].take() {
            self.seeds.push(seed);
        }
        self.stages = [self.new_seed(jobs, turn), self.stages[0], self.stages[1]];
        self.ahead = self.ahead + usize::from(turn.fire || turn.ending) - usize::from(taken);
        if heard {
            self.ends.pop();
        }
        self.runs(turn, listing);
        self.begins = turn.begins;
        if turn.fire {
            self.numbers();
        }
        self.first &= !turn.fire;
        if turn.done {
            self.active = false;
        }
        let leaves = match turn.start || turn.pass {
            true => self.jobs.pop(),
            false => None,
        };
        let loads = leaves.is_some_and(|work| work.load_c0);
        self.there = self.there + usize::from(there) - usize::from(loads);
        if stored {
            for (used, half) in self
                .used
                .iter_mut()
                .zip(self.halves.pop().unwrap_or_default())
            {
                *used -= usize::from(half);
            }
        }
        if let Some(work) = leaves {
            self.halves.push(work.halves);
            for (used, half) in self.used.iter_mut().zip(work.halves) {
                *used += usize::from(half);
            }
            if turn.start {
                self.start(work, turn.run);
            }
        }
        if let Some(work) = job {
            self.jobs.push(*work);
        }
    }

    fn start(&mut self, work: Work, run: bool) {
        (self.active, self.first) = (true, true);
        self.open = run;
        self.run |= work.os;
        self.tiles.start(&work);
        (self.number, self.number_first, self.row) = (0, 0, 0);
        self.work = work;
    }

    /// The seed that goes in this cycle.
    fn new_seed(&self, jobs: &[Job], turn: &Turn) -> Option<Seed> {
        if !turn.fire && !turn.ending {
            return None;
        }
        let (work, tiles, fire) = (&self.work, &self.tiles, turn.fire);
        let job = &jobs[work.job];
        let (number, there) = match work.os {
            true => {
                let number = self.number + self.row;
                (number, !tiles.is_filler() && number < work.m_kept)
            }
            false => (self.number, true),
        };
        let entry = job.m_entry(number);
        let chosen = (work.os || tiles.r == 0) && entry.fresh;
        let to = work.sums + entry.index * work.n_tiles + tiles.n;
        let bias = chosen && work.bias;
        let x_last = match turn.ending {
            true => {
                let (turns, all, left) = (self.turns, self.exchanges, self.ending);
                left <= turns || left > all && left <= all + turns
            }
            false => self.is_last(),
        };
        Some(Seed {
            os: work.os || turn.ending,
            x_last,
            keep: fire && there && (entry.keep || job.is_dense()),
            zero: chosen && !work.c0,
            first: fire && self.first,
            last: turn.done,
            resume: work.resume,
            open: self.open,
            group: fire && turn.group,
            start: tiles.r == 0,
            panel: tiles.panel_first() && tiles.r == 0 && self.number == 0,
            end: tiles.r_last(),
            order: if work.os { entry.index } else { tiles.n } as u32,
            from: if bias { work.behind + tiles.n } else { to } as u32,
            to: to as u32,
        })
    }

    /// On to the next seed.
    fn numbers(&mut self) {
        let last = self.is_last();
        if !self.work.os {
            self.number = if last { 0 } else { self.number + 1 };
            if last {
                self.tiles.step(false);
            }
            return;
        }
        let stays = self.tiles.is_filler() || !self.tiles.n_last();
        let next = self.number + if stays { 0 } else { self.rows };
        let turn_last = self.tiles.turn_last();
        self.number = if turn_last && !last {
            self.number_first
        } else {
            next
        };
        if turn_last {
            if last {
                self.number_first = next;
            }
            self.row = if last { 0 } else { self.row + 1 };
        }
        self.tiles.step(!last);
    }
}
