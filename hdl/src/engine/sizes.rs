//! Widths of the numbers that the engine counts with.

use crate::describe::bits_to;
use crate::ArrayConfig;

/// Bits of a number below `count`, at least one.
const fn below(count: usize) -> usize {
    match count {
        0..=2 => 1,
        count => bits_to(count - 1),
    }
}

impl ArrayConfig {
    /// Tiles of array rows that a dimension has at most.
    pub(crate) fn r_tiles(&self) -> usize {
        self.engine().max_dim.div_ceil(self.rows)
    }

    /// Tiles of array columns that a dimension has at most.
    pub(crate) fn n_tiles(&self) -> usize {
        self.engine().max_dim.div_ceil(self.cols)
    }

    /// Bits of how many tiles of rows there are.
    pub(crate) fn r_count_bits(&self) -> usize {
        bits_to(self.r_tiles())
    }

    /// Bits of how many tiles of columns there are.
    pub(crate) fn n_count_bits(&self) -> usize {
        bits_to(self.n_tiles())
    }

    /// Bits of the number of a tile of rows.
    pub(crate) fn r_tile_bits(&self) -> usize {
        below(self.r_tiles())
    }

    /// Bits of the number of a tile of columns.
    pub(crate) fn n_tile_bits(&self) -> usize {
        below(self.n_tiles())
    }

    /// Bits of the number of a row in a tile.
    pub(crate) fn row_bits(&self) -> usize {
        below(self.rows)
    }

    /// Bits of the number of a column in a tile.
    pub(crate) fn col_bits(&self) -> usize {
        below(self.cols)
    }

    /// Bits of an index of m, k or n.
    pub(crate) fn index_bits(&self) -> usize {
        bits_to(self.engine().max_dim - 1)
    }

    /// Bits of an address in the buffer of A.
    pub(crate) fn a_bits(&self) -> usize {
        below(self.engine().a_words)
    }

    /// Words of the buffer of B.
    pub fn b_words(&self) -> usize {
        self.engine().b_slots * self.engine().slot_words
    }

    /// Bits of an address in the buffer of B.
    pub(crate) fn b_bits(&self) -> usize {
        below(self.b_words())
    }

    /// Bits of a number of slots.
    pub(crate) fn slot_count_bits(&self) -> usize {
        bits_to(self.engine().b_slots)
    }

    /// Bits of the number of a word in a slot.
    pub(crate) fn word_bits(&self) -> usize {
        below(self.engine().slot_words)
    }

    /// Bits of an address in the accumulators.
    pub(crate) fn sum_addr_bits(&self) -> usize {
        below(self.engine().sum_words)
    }

    /// Bits of a word of A.
    pub fn a_word_bits(&self) -> usize {
        self.rows * self.operand_bits()
    }

    /// Bits of a word of B.
    pub fn b_word_bits(&self) -> usize {
        let lanes = match self.dataflow.has_ws() {
            true => self.rows.max(self.cols),
            false => self.cols,
        };
        lanes * self.operand_bits()
    }

    /// Bits of a word of the accumulators.
    pub fn sum_word_bits(&self) -> usize {
        self.cols * self.acc_bits()
    }

    /// Tiles that take turns: P, or 1 where there are no output-stationary ones.
    pub(crate) fn turns(&self) -> usize {
        match self.has_os() {
            true => self.phases(),
            false => 1,
        }
    }

    /// Bits of the number of one that takes turns.
    pub(crate) fn turn_bits(&self) -> usize {
        below(self.turns())
    }

    /// Exchanges of a group of output-stationary tiles: a row of each at a time.
    pub(crate) fn exchanges(&self) -> usize {
        self.turns() * self.rows
    }

    /// Bits by which places in the accumulators are ordered: an index of m, or the number of a tile of columns.
    pub(crate) fn order_bits(&self) -> usize {
        self.index_bits().max(self.n_tile_bits())
    }

    /// Sums that are under way at most: in the array, and between seed and array.
    pub(crate) fn under_way(&self) -> usize {
        self.latency() + 10
    }
}
