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
#![deny(missing_docs)]

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

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

impl Format {
    /// Every format, in the order of the table above.
    pub const ALL: [Format; 3] = [Format::Int8, Format::Int16, Format::Bf16];

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

    /// The name used in configurations, traces and file names.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Int8 => "int8",
            Format::Int16 => "int16",
            Format::Bf16 => "bf16",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that is not the name of a format or of an overflow mode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} '{given}': use one of {choices}")]
pub struct UnknownName {
    what: &'static str,
    given: String,
    choices: &'static str,
}

impl FromStr for Format {
    type Err = UnknownName;

    fn from_str(s: &str) -> Result<Self, UnknownName> {
        Format::ALL
            .into_iter()
            .find(|f| f.name() == s)
            .ok_or_else(|| UnknownName {
                what: "number format",
                given: s.to_owned(),
                choices: "int8, int16, bf16",
            })
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

impl Overflow {
    /// The name used in configurations and traces.
    pub const fn name(self) -> &'static str {
        match self {
            Overflow::Wrap => "wrap",
            Overflow::Saturate => "saturate",
        }
    }
}

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Overflow {
    type Err = UnknownName;

    fn from_str(s: &str) -> Result<Self, UnknownName> {
        match s {
            "wrap" => Ok(Overflow::Wrap),
            "saturate" => Ok(Overflow::Saturate),
            _ => Err(UnknownName {
                what: "overflow mode",
                given: s.to_owned(),
                choices: "wrap, saturate",
            }),
        }
    }
}
