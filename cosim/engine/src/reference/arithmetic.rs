//! Operands and sums as bits, and one step of a sum: the definitions of `heddle-gemm`.

use crate::memory::Bytes;
use crate::Sizes;
use half::bf16;
use heddle_format::Format;
use heddle_gemm::{mac_bf16, Accumulator};

/// Arithmetic of one number format on bits.
#[derive(Clone, Copy, Debug)]
pub struct Arithmetic {
    format: Format,
    accumulator: Accumulator,
    operand_bytes: usize,
    sum_bytes: usize,
}

impl Arithmetic {
    /// That of an engine.
    pub fn new(sizes: &Sizes) -> Self {
        Self {
            format: sizes.format,
            accumulator: sizes.accumulator,
            operand_bytes: sizes.operand_bytes,
            sum_bytes: sizes.sum_bytes,
        }
    }

    /// The operand number `index` of the row at `row`, as bits.
    pub fn operand(&self, memory: &impl Bytes, row: u64, index: usize) -> u16 {
        let at = row.wrapping_add((index * self.operand_bytes) as u64);
        memory.number(at, self.operand_bytes) as u16
    }

    /// Address of sum number `index` of the row at `row`.
    pub fn sum_at(&self, row: u64, index: usize) -> u64 {
        row.wrapping_add((index * self.sum_bytes) as u64)
    }

    /// The sum at `at`, as the array holds it: an integer extended by the sign of its own width,
    /// or the bits of an f32.
    pub fn load(&self, memory: &impl Bytes, at: u64) -> i64 {
        let bits = memory.number(at, self.sum_bytes) as i64;
        match self.format {
            Format::Bf16 => bits,
            Format::Int8 | Format::Int16 => {
                let unused = 64 - self.accumulator.bits;
                bits << unused >> unused
            }
        }
    }

    /// Writes a sum to `at`.
    pub fn store(&self, memory: &mut impl Bytes, at: u64, sum: i64) {
        memory.write(at, &sum.to_le_bytes()[..self.sum_bytes]);
    }

    /// `sum` after `a * b` was added, and whether that left the range of an integer sum.
    pub fn step(&self, a: u16, b: u16, sum: i64) -> (i64, bool) {
        match self.format {
            Format::Bf16 => {
                let sum = f32::from_bits(sum as u32);
                let sum = mac_bf16(bf16::from_bits(a), bf16::from_bits(b), sum);
                (i64::from(sum.to_bits()), false)
            }
            Format::Int8 => {
                let product = i64::from(a as u8 as i8) * i64::from(b as u8 as i8);
                self.accumulator.step(sum, product)
            }
            Format::Int16 => {
                let product = i64::from(a as i16) * i64::from(b as i16);
                self.accumulator.step(sum, product)
            }
        }
    }

    /// Whether two sums in memory are the same: bit for bit, where any NaN equals any NaN.
    pub fn same(&self, one: &impl Bytes, two: &impl Bytes, at: u64) -> bool {
        let bits = [
            one.number(at, self.sum_bytes),
            two.number(at, self.sum_bytes),
        ];
        let is_nan = |bits: u64| f32::from_bits(bits as u32).is_nan();
        bits[0] == bits[1] || self.format == Format::Bf16 && bits.into_iter().all(is_nan)
    }
}
