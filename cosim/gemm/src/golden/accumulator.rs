//! The integer accumulator: its width, and one step of a sum.

use super::integer::Integer;
use crate::GemmError;
use heddle_format::{Format, Overflow};

/// Width of an integer sum, and what it does when a step leaves the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Accumulator {
    /// Two's complement bits, sign included.
    pub bits: usize,
    /// Wrap or saturate, after every step.
    pub overflow: Overflow,
}

impl Accumulator {
    /// The narrowest accumulator that the golden model evaluates.
    pub const MIN_BITS: usize = 2;

    /// The accumulator of `format` where a configuration names none: its default
    /// width, wrapping.
    pub fn of(format: Format) -> Self {
        Self {
            bits: format.default_acc_bits(),
            overflow: Overflow::default(),
        }
    }

    /// The smallest and the largest sum.
    ///
    /// # Panics
    /// If `bits` is not within 1 to 64.
    pub fn range(self) -> (i64, i64) {
        assert!((1..=64).contains(&self.bits), "{} bits", self.bits);
        let max = i64::MAX >> (64 - self.bits);
        (!max, max)
    }

    /// One step: the sum after `product` was added, and whether it overflowed.
    ///
    /// This is the definition; the kernels are tested against it.
    ///
    /// # Panics
    /// If `bits` is not within 1 to 64.
    pub fn step(self, sum: i64, product: i64) -> (i64, bool) {
        let (min, max) = self.range();
        let exact = i128::from(sum) + i128::from(product);
        let overflowed = exact < i128::from(min) || exact > i128::from(max);
        let stored = match self.overflow {
            Overflow::Saturate => exact.clamp(i128::from(min), i128::from(max)),
            Overflow::Wrap => (exact << (128 - self.bits)) >> (128 - self.bits),
        };
        (stored as i64, overflowed)
    }

    /// Checks that sums of `E` can have this width.
    pub(super) fn check<E: Integer>(self) -> Result<(), GemmError> {
        let max = 8 * size_of::<E::Acc>();
        if (Self::MIN_BITS..=max).contains(&self.bits) {
            Ok(())
        } else {
            Err(GemmError::Accumulator {
                bits: self.bits,
                format: E::FORMAT,
                min: Self::MIN_BITS,
                max,
            })
        }
    }
}
