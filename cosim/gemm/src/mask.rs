//! Keep-masks: one bit per row or column, with the list of kept indices.

use bitvec::prelude::{BitVec, Lsb0};

/// A keep-mask over one dimension. Bit 1 keeps, bit 0 drops.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mask {
    bits: BitVec<u64, Lsb0>,
    kept: Vec<u32>,
}

impl Mask {
    /// A mask from its bits.
    pub fn new(bits: BitVec<u64, Lsb0>) -> Self {
        let kept = bits.iter_ones().map(|i| i as u32).collect();
        Self { bits, kept }
    }

    /// Takes `len` other bits, those that `keeps` tells one after another, in the same
    /// memory.
    pub fn refill(&mut self, len: usize, mut keeps: impl FnMut() -> bool) {
        self.bits.clear();
        self.bits.resize(len, false);
        self.kept.clear();
        self.kept.reserve(len);
        for i in 0..len {
            if keeps() {
                self.bits.set(i, true);
                self.kept.push(i as u32);
            }
        }
    }

    /// A mask that keeps all of `len`.
    pub fn all(len: usize) -> Self {
        Self::new(BitVec::repeat(true, len))
    }

    /// A mask that keeps none of `len`.
    pub fn none(len: usize) -> Self {
        Self::new(BitVec::repeat(false, len))
    }

    /// Length of the masked dimension.
    pub fn len(&self) -> usize {
        self.bits.len()
    }

    /// Whether the masked dimension has no elements at all.
    pub fn is_empty(&self) -> bool {
        self.bits.is_empty()
    }

    /// The bits, 1 keeps.
    pub fn bits(&self) -> &BitVec<u64, Lsb0> {
        &self.bits
    }

    /// The kept indices in increasing order.
    pub fn kept(&self) -> &[u32] {
        &self.kept
    }

    /// Whether index `i` is kept.
    ///
    /// # Panics
    /// If `i` is not below [`Mask::len`].
    #[inline]
    pub fn keeps(&self, i: usize) -> bool {
        self.bits[i]
    }
}

impl FromIterator<bool> for Mask {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Self {
        Self::new(bits.into_iter().collect())
    }
}
