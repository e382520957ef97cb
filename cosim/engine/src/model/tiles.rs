//! The order of tiles, which all walkers follow.

use super::intake::Work;

/// Walks the tiles of a job. Weight-stationary: for each panel, for each tile of rows, the panel's tiles of
/// columns. Output-stationary: tiles of rows, for each all tiles of columns, as many as take turns being a group,
/// which is gone through again and again.
#[derive(Clone, Debug, Default)]
pub(super) struct Tiles {
    turns: usize,
    os: bool,
    r_tiles: usize,
    n_tiles: usize,
    pub(super) r: usize,
    pub(super) n: usize,
    /// Of the panel's, or the group's, first tile.
    n_first: usize,
    r_first: usize,
    turn: usize,
    panel: usize,
    /// Tiles of the panel, those left of it, those behind it.
    size: usize,
    left: usize,
    after: usize,
}

impl Tiles {
    /// Of an array on which so many tiles take turns.
    pub(super) fn new(turns: usize) -> Self {
        Self {
            turns,
            ..Self::default()
        }
    }

    pub(super) fn start(&mut self, work: &Work) {
        *self = Self {
            turns: self.turns,
            os: work.os,
            r_tiles: work.r_tiles,
            n_tiles: work.n_tiles,
            panel: work.panel,
            size: work.panel,
            left: work.panel,
            after: work.n_tiles - work.panel,
            ..Self::default()
        };
    }

    pub(super) fn r_last(&self) -> bool {
        self.r + 1 == self.r_tiles
    }

    pub(super) fn n_last(&self) -> bool {
        self.n + 1 == self.n_tiles
    }

    pub(super) fn panel_first(&self) -> bool {
        self.n == self.n_first
    }

    pub(super) fn panel_last(&self) -> bool {
        self.left == 1
    }

    /// There is no such tile: the group is filled up.
    pub(super) fn is_filler(&self) -> bool {
        self.os && self.r == self.r_tiles
    }

    pub(super) fn turn_first(&self) -> bool {
        self.turn == 0
    }

    pub(super) fn turn_last(&self) -> bool {
        self.turn + 1 == self.turns
    }

    /// Tile of rows, and of columns, behind this one, of an output-stationary job.
    fn behind(&self) -> (usize, usize) {
        match (self.is_filler(), self.n_last()) {
            (true, _) => (self.r, self.n),
            (false, true) => (self.r + 1, 0),
            (false, false) => (self.r, self.n + 1),
        }
    }

    /// The last tile of the job, or of its last group.
    pub(super) fn is_last(&self) -> bool {
        match self.os {
            true => self.turn_last() && self.behind().0 == self.r_tiles,
            false => self.panel_last() && self.r_last() && self.after == 0,
        }
    }

    /// On to the next tile; `again`: behind a group's last tile its first one comes again.
    pub(super) fn step(&mut self, again: bool) {
        if self.os {
            let (r, n) = self.behind();
            let last = self.turn_last();
            self.turn = if last { 0 } else { self.turn + 1 };
            (self.r, self.n) = match last && again {
                true => (self.r_first, self.n_first),
                false => (r, n),
            };
            if last && !again {
                (self.r_first, self.n_first) = (r, n);
            }
            return;
        }
        let (r_last, next) = (self.r_last(), self.n + 1);
        if !self.panel_last() {
            self.n = next;
            self.left -= 1;
            return;
        }
        if r_last {
            self.size = self.after.min(self.panel);
            self.after -= self.size;
            (self.r, self.n, self.n_first) = (0, next, next);
        } else {
            (self.r, self.n) = (self.r + 1, self.n_first);
        }
        self.left = self.size;
    }
}
