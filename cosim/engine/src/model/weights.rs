//! The walker of weights: blocks of B become beats of words for the array.

use super::intake::Work;
use super::job::Job;
use super::queue::Queue;
use super::tiles::Tiles;
use crate::Sizes;

/// Beats that may be under way to the array.
const AHEAD: usize = 8;

/// A beat of words.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Words {
    /// The last of its tile.
    pub(super) last: bool,
    /// Multiply-accumulates that it adds to each beat of its tile.
    pub(super) macs: u32,
}

/// The walker.
#[derive(Clone, Debug)]
pub(super) struct Weights {
    rows: usize,
    cols: usize,
    slot_words: usize,
    jobs: Queue<Work>,
    tiles: Tiles,
    beats: Queue<Words>,
    read: Option<Words>,
    ahead: usize,
    /// Blocks that are there and not begun.
    there: usize,
    /// The next job begins; one is at work.
    begins: bool,
    active: bool,
    work: Work,
    /// Weight-stationary: the beat of the tile, whether its block is begun, slots of the block so far.
    beat: usize,
    have: bool,
    count: usize,
    word: usize,
    /// Output-stationary: k that are left; chunk and its word, of the tile and of the group's first; chunks that
    /// were seen.
    k_left: usize,
    chunk: usize,
    word_first: usize,
    chunk_first: usize,
    seen: usize,
    /// Chunks of a job that is done, and slots of each.
    done: usize,
    done_size: usize,
    /// Slots that are free again.
    pub(super) free: usize,
}

/// What a weight-stationary beat is.
struct Beat {
    last: bool,
    round: bool,
    block_last: bool,
}

impl Weights {
    pub(super) fn new(sizes: &Sizes) -> Self {
        Self {
            rows: sizes.rows,
            cols: sizes.cols,
            slot_words: sizes.engine.slot_words,
            jobs: Queue::new(4),
            tiles: Tiles::new(sizes.phases),
            beats: Queue::new(AHEAD),
            read: None,
            ahead: 0,
            there: 0,
            begins: false,
            active: false,
            work: Work::default(),
            beat: 0,
            have: false,
            count: 0,
            word: 0,
            k_left: 0,
            chunk: 0,
            word_first: 0,
            chunk_first: 0,
            seen: 0,
            done: 0,
            done_size: 0,
            free: 0,
        }
    }

    /// The oldest beat for the array.
    pub(super) fn oldest(&self) -> Option<&Words> {
        self.beats.oldest()
    }

    fn word_last(&self) -> bool {
        self.word + 1 == self.slot_words
    }

    fn beat(&self) -> Beat {
        let (tiles, left) = (&self.tiles, self.work.left);
        let top = match (left, tiles.n_last(), tiles.r_last()) {
            (true, true, _) => self.work.n_top,
            (true, false, _) => self.cols - 1,
            (false, _, true) => self.work.r_top,
            (false, _, false) => self.rows - 1,
        };
        let last = self.beat == top;
        let round = last && (!left || tiles.panel_last());
        let end = if left {
            tiles.r_last()
        } else {
            tiles.panel_last()
        };
        Beat {
            last,
            round,
            block_last: round && (self.word_last() || end),
        }
    }

    fn k_last(&self) -> bool {
        self.k_left == 1
    }

    fn begins(&self) -> bool {
        match self.work.os {
            true => self.chunk == self.seen && !self.tiles.is_filler(),
            false => !self.have,
        }
    }

    fn is_job_last(&self) -> bool {
        // The cheaper question first: few tiles are the last.
        self.tiles.is_last()
            && match self.work.os {
                true => self.k_last(),
                false => self.beat().last,
            }
    }

    fn could(&self) -> bool {
        let told = || self.work.os && self.done > 0 && self.is_job_last();
        self.active && self.ahead < AHEAD && !told()
    }

    /// A beat waits for its block.
    pub(super) fn waits(&self) -> bool {
        self.could() && self.begins() && self.there == 0
    }

    /// `job`: one that comes; `there`: a block of B is there; `taken`: the array takes a beat.
    pub(super) fn clock(&mut self, jobs: &[Job], job: Option<&Work>, there: bool, taken: bool) {
        let fire = self.could() && (self.there > 0 || !self.begins());
        let takes = fire && self.begins();
        let done = fire && self.is_job_last();
        let begins = !self.active && !self.begins && !self.jobs.is_empty();
        let start = match self.begins {
            true => self.jobs.pop(),
            false => None,
        };
        self.begins = begins;
        self.there = self.there + usize::from(there) - usize::from(takes);
        if taken {
            self.beats.pop();
        }
        if let Some(read) = self.read.take() {
            self.beats.push(read);
        }
        self.ahead = self.ahead + usize::from(fire) - usize::from(taken);
        let mut block = 0;
        if fire {
            self.read = Some(self.words(&jobs[self.work.job]));
            match self.work.os {
                true => self.stationary_sums(takes),
                false => block = self.stationary_weights(),
            }
        }
        self.free = block;
        if block == 0 && self.done > 0 {
            self.free = self.done_size;
            self.done -= 1;
        }
        if done && self.work.os {
            (self.done, self.done_size) = (self.seen, self.work.k_kept);
        }
        if let Some(work) = start {
            self.start(work);
        }
        if done {
            self.active = false;
        }
        if let Some(work) = job {
            self.jobs.push(*work);
        }
    }

    fn start(&mut self, work: Work) {
        self.active = true;
        self.tiles.start(&work);
        self.k_left = work.k_kept;
        self.work = work;
        (self.beat, self.have, self.word) = (0, false, 0);
        (self.chunk, self.word_first, self.chunk_first, self.seen) = (0, 0, 0, 0);
    }

    /// What is read.
    fn words(&self, job: &Job) -> Words {
        let tile = |of: &[u32], tile: usize| of.get(tile).copied().unwrap_or(0);
        let rows = tile(&job.tile_r, self.tiles.r);
        let cols = tile(&job.tile_c, self.tiles.n);
        if self.work.os {
            let number = self.work.k_kept - self.k_left;
            let counts = !self.tiles.is_filler() && job.keeps_row(number);
            return Words {
                last: true,
                macs: if counts { rows * cols } else { 0 },
            };
        }
        let (number, macs) = match self.work.left {
            true => (self.tiles.n * self.cols + self.beat, rows),
            false => (self.tiles.r * self.rows + self.beat, cols),
        };
        Words {
            last: self.beat().last,
            macs: if job.keeps_row(number) { macs } else { 0 },
        }
    }

    /// Slots that are free when the beat was read.
    fn stationary_weights(&mut self) -> usize {
        let Beat {
            last,
            round,
            block_last,
        } = self.beat();
        if last {
            self.tiles.step(false);
        }
        let slots = self.count + 1;
        self.count = if round { 0 } else { slots };
        if round {
            self.word = if block_last { 0 } else { self.word + 1 };
        }
        self.beat = if last { 0 } else { self.beat + 1 };
        self.have = !block_last;
        if block_last {
            slots
        } else {
            0
        }
    }

    fn stationary_sums(&mut self, takes: bool) {
        let (turn_last, k_last) = (self.tiles.turn_last(), self.k_last());
        let (mut word, mut chunk) = (self.word, self.chunk);
        if !self.tiles.is_filler() {
            let up = self.word_last();
            (word, chunk) = match (self.tiles.n_last(), up) {
                (true, _) => (0, 0),
                (false, true) => (0, chunk + 1),
                (false, false) => (word + 1, chunk),
            };
        }
        self.seen += usize::from(takes);
        (self.word, self.chunk) = match turn_last && !k_last {
            true => (self.word_first, self.chunk_first),
            false => (word, chunk),
        };
        if turn_last && k_last {
            (self.word_first, self.chunk_first) = (word, chunk);
        }
        if turn_last {
            self.k_left = if k_last {
                self.work.k_kept
            } else {
                self.k_left - 1
            };
        }
        self.tiles.step(!k_last);
    }
}
