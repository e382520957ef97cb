//! How the elements of a product travel over the array's ports.

use super::lanes;
use half::bf16;
use heddle_format::Format;
use heddle_gemm::Element;

/// An element type that an array can compute with.
pub trait ArrayElement: Element {
    /// The array's number format.
    const FORMAT: Format;

    /// What lanes without an operand carry: a value that would be seen in the sums if
    /// the array used it (NaN where there is one).
    const POISON: u64;

    /// The operand's bits in the low end of a word.
    fn to_bits(self) -> u64;

    /// The bits of a seed; the port takes the low ones.
    fn seed_bits(seed: Self::Acc) -> u64;

    /// The sum that `bits` low bits of `word` stand for.
    fn sum_from_bits(word: u64, bits: usize) -> Self::Acc;

    /// A seed that does not fit `bits` bits, as a number for the message.
    fn unfit_seed(seed: Self::Acc, bits: usize) -> Option<i64>;
}

impl ArrayElement for i8 {
    const FORMAT: Format = Format::Int8;
    const POISON: u64 = 0x5a;

    #[inline(always)]
    fn to_bits(self) -> u64 {
        u64::from(self as u8)
    }

    #[inline(always)]
    fn seed_bits(seed: i32) -> u64 {
        u64::from(seed as u32)
    }

    #[inline(always)]
    fn sum_from_bits(word: u64, bits: usize) -> i32 {
        lanes::sign_extend(word, bits) as i32
    }

    fn unfit_seed(seed: i32, bits: usize) -> Option<i64> {
        let seed = i64::from(seed);
        (lanes::sign_extend(seed as u64, bits) != seed).then_some(seed)
    }
}

impl ArrayElement for i16 {
    const FORMAT: Format = Format::Int16;
    const POISON: u64 = 0x5a5a;

    #[inline(always)]
    fn to_bits(self) -> u64 {
        u64::from(self as u16)
    }

    #[inline(always)]
    fn seed_bits(seed: i64) -> u64 {
        seed as u64
    }

    #[inline(always)]
    fn sum_from_bits(word: u64, bits: usize) -> i64 {
        lanes::sign_extend(word, bits)
    }

    fn unfit_seed(seed: i64, bits: usize) -> Option<i64> {
        (lanes::sign_extend(seed as u64, bits) != seed).then_some(seed)
    }
}

impl ArrayElement for bf16 {
    const FORMAT: Format = Format::Bf16;
    const POISON: u64 = 0xffff;

    #[inline(always)]
    fn to_bits(self) -> u64 {
        u64::from(bf16::to_bits(self))
    }

    #[inline(always)]
    fn seed_bits(seed: f32) -> u64 {
        u64::from(seed.to_bits())
    }

    #[inline(always)]
    fn sum_from_bits(word: u64, _bits: usize) -> f32 {
        f32::from_bits(word as u32)
    }

    fn unfit_seed(_seed: f32, _bits: usize) -> Option<i64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_outside_a_narrow_accumulator_are_found() {
        assert_eq!(i8::unfit_seed(32_767, 16), None);
        assert_eq!(i8::unfit_seed(32_768, 16), Some(32_768));
        assert_eq!(i8::unfit_seed(-32_769, 16), Some(-32_769));
        assert_eq!(i16::unfit_seed(1 << 39, 40), Some(1 << 39));
        assert_eq!(i16::unfit_seed(i64::MIN, 64), None);
    }

    #[test]
    fn poison_is_no_number_that_vanishes() {
        assert!(bf16::from_bits(bf16::POISON as u16).is_nan());
        assert_ne!(i8::POISON as u8 as i8, 0);
        assert_ne!(i16::POISON as u16 as i16, 0);
    }
}
