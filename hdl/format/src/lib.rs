//! The number formats of a Heddle array: names, widths, overflow.
//!
//! | format  | operands      | product       | accumulator          | step                      |
//! |---------|---------------|---------------|----------------------|---------------------------|
//! | `int8`  | i8 x i8       | i16 (exact)   | 16..32 bits, def. 32 | add, then wrap or saturate |
//! | `int16` | i16 x i16     | i32 (exact)   | 32..64 bits, def. 48 | add, then wrap or saturate |
//! | `bf16`  | bf16 x bf16   | exact         | f32                  | one fused multiply-add, round to nearest even |
//!
//! This crate holds no arithmetic: the hardware (`heddle-hdl`) and the golden
//! model (`heddle-gemm`) each have their own, and share only these names.
//!
//! [`named!`] is here because the lowest crates use it, too: what the values of an enum are called, once,
//! for the command line, files and messages.
#![deny(missing_docs)]

mod named;

pub use named::{Named, UnknownName};

use serde::{Deserialize, Serialize};

/// How operands and sums are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Two's complement, 8 bits, integer accumulator.
    Int8,
    /// Two's complement, 16 bits, integer accumulator.
    Int16,
    /// bfloat16 operands (1-8-7), IEEE 754 binary32 sums.
    Bf16,
}

named!(
    Format,
    "number format",
    Int8 = "int8",
    Int16 = "int16",
    Bf16 = "bf16"
);

impl Format {
    /// Bits of one operand.
    pub const fn operand_bits(self) -> usize {
        match self {
            Format::Int8 => 8,
            Format::Int16 | Format::Bf16 => 16,
        }
    }

    /// Bits of a sum where the configuration names no width.
    pub const fn default_acc_bits(self) -> usize {
        match self {
            Format::Int8 | Format::Bf16 => 32,
            Format::Int16 => 48,
        }
    }

    /// The accumulator widths that a generated array may have.
    pub const fn acc_bits_choices(self) -> &'static [usize] {
        match self {
            Format::Int8 => &[16, 20, 24, 28, 32],
            Format::Int16 => &[32, 40, 48, 56, 64],
            Format::Bf16 => &[32],
        }
    }

    /// Whether sums are integers, which wrap or saturate.
    pub const fn is_integer(self) -> bool {
        !matches!(self, Format::Bf16)
    }
}

/// What an integer accumulator does when a sum leaves its range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Overflow {
    /// Keep the low bits.
    #[default]
    Wrap,
    /// Stop at the largest or smallest value, after every step.
    Saturate,
}

named!(
    Overflow,
    "overflow mode",
    Wrap = "wrap",
    Saturate = "saturate"
);
