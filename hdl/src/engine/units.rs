//! Units of the streams between bus and RAM: an operand each, a sum several.

use crate::describe::{bits_to, Body, Expr, Place, Style};
use crate::{ArrayConfig, Reset};

/// Of registers of data, which mean something only where a bit of control says so.
pub(super) const BARE: Style = Style {
    reset: Reset::None,
    gated: false,
};

/// The sizes of a stream of units.
#[derive(Clone, Copy, Debug)]
pub(super) struct Units {
    /// Bits of a unit.
    pub bits: usize,
    /// Units of a bus word, a power of two, 2 or more.
    pub bus: usize,
    /// Units of a sum in memory, a power of two.
    pub sum: usize,
    /// Bits of M, K and N.
    pub dim_bits: usize,
}

impl Units {
    /// Those of the engine of `config`.
    pub fn of(config: &ArrayConfig) -> Self {
        let bytes = config.operand_bytes();
        Self {
            bits: 8 * bytes,
            bus: config.engine().bus_bytes() / bytes,
            sum: config.sum_bytes() / bytes,
            dim_bits: config.engine().dim_bits(),
        }
    }

    /// Bits of the number of a unit of a bus word.
    pub fn bus_log(&self) -> usize {
        bits_to(self.bus - 1)
    }

    /// The logarithm of the units of a sum.
    pub fn sum_log(&self) -> usize {
        self.sum.trailing_zeros() as usize
    }

    /// Bits of a number of units of one request or row, less one.
    pub fn count_bits(&self) -> usize {
        self.dim_bits + self.sum_log()
    }
}

impl ArrayConfig {
    /// Bits of the address of a bus word of mask bits: slot, dimension, word.
    pub fn mask_address_bits(&self) -> usize {
        4 + self.mask_word_bits()
    }

    /// Bits of the number of a bus word of a mask.
    pub fn mask_word_bits(&self) -> usize {
        let words = self.engine().max_dim.div_ceil(self.engine().bus_bits);
        bits_to((words - 1).max(1))
    }
}

/// Bits of `word`, from the highest down: one expression for each number of bits.
pub(super) fn parts(word: &Place, bits: &[usize]) -> Vec<Expr> {
    let mut lo: usize = bits.iter().sum();
    bits.iter()
        .map(|&bits| {
            lo -= bits;
            Expr::from(word.clone()).slice(lo, bits)
        })
        .collect()
}

/// Nothing reads the bits of the wire `of` from `from` up, and it is meant.
pub(super) fn unread(m: &mut Body, of: &Expr, from: usize) {
    let bits = of.bits().known().unwrap_or(from);
    unread_part(m, of, from, bits - from);
}

/// Nothing reads `bits` bits of the wire `of` from `from` up, and it is meant.
pub(super) fn unread_part(m: &mut Body, of: &Expr, from: usize, bits: usize) {
    if let (Expr::Place(place), 1..) = (of, bits) {
        m.unused(Place {
            lo: Some(from.into()),
            bits: bits.into(),
            ..place.clone()
        });
    }
}
