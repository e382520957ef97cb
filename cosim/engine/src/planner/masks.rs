//! Masks in memory, and parts of them.

use crate::memory::{Bytes, Kind, Memory};
use heddle_gemm::Mask;
use std::collections::HashMap;
use std::ops::Range;

/// A mask lies at a multiple of so many bytes.
const ALIGN: u64 = 64;

/// Masks that a chain has written: by product and dimension, and by the part of it.
#[derive(Debug, Default)]
pub(super) struct MaskStore {
    places: HashMap<((usize, usize), Range<usize>), u64>,
}

impl MaskStore {
    /// Where the part `range` of `mask` lies; it is written there if it does not yet. The part has to begin at
    /// a multiple of 64 bytes, so most parts are copies.
    pub(super) fn place(
        &mut self,
        memory: &mut Memory,
        // the mask on n is the same for all products of a chain
        (product, dim): (usize, usize),
        mask: &Mask,
        range: &Range<usize>,
    ) -> u64 {
        let key = if dim == 2 { (0, dim) } else { (product, dim) };
        let place = self.places.entry((key, range.clone()));
        *place.or_insert_with(|| write_mask(memory, mask, range))
    }
}

/// Writes a part of a mask into a region of its own. Bits beyond it are ones, which mean nothing.
pub fn write_mask(memory: &mut Memory, mask: &Mask, range: &Range<usize>) -> u64 {
    let bytes = range.len().div_ceil(8);
    let base = memory.allocate(Kind::Mask, bytes as u64, ALIGN, 0);
    for byte in 0..bytes {
        let bit = |i: usize| {
            let at = range.start + 8 * byte + i;
            u8::from(at >= range.end || mask.keeps(at)) << i
        };
        memory.set(base + byte as u64, (0..8).map(bit).sum());
    }
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_shifted_to_its_own_first_bit() {
        let mask: Mask = (0..20).map(|i| i % 3 == 0).collect();
        let mut memory = Memory::new(0);
        let mut store = MaskStore::default();
        let at = store.place(&mut memory, (1, 0), &mask, &(3..16));
        assert_eq!(at % 64, 0);
        // 3, 6, 9, 12, 15 of thirteen bits, then ones
        assert_eq!(memory.number(at, 2), 0b1111_0010_0100_1001);
        assert_eq!(store.place(&mut memory, (1, 0), &mask, &(3..16)), at);
        assert_ne!(store.place(&mut memory, (0, 0), &mask, &(3..16)), at);
    }
}
