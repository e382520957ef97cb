//! What passes between the steps of the bf16 arithmetic.
// rust-hdl's derive adds methods without documentation.
#![allow(missing_docs)]

use rust_hdl::prelude::*;

/// A product, exact: `(-1)^sign * sig * 2^(exp - 254 - 14)`, or infinite, or NaN.
#[derive(Copy, Clone, Debug, Default, PartialEq, LogicStruct)]
pub struct Bf16Product {
    /// Product of the significands, 14 fraction bits.
    pub sig: Bits<16>,
    /// Sum of the biased exponents; 0 if the product is zero.
    pub exp: Bits<9>,
    /// Sign.
    pub sign: Bit,
    /// Infinite.
    pub inf: Bit,
    /// Not a number: an operand was, or infinity times zero.
    pub nan: Bit,
}

/// What goes with two aligned magnitudes. The magnitudes are nets of their own:
/// simulators are slow on vectors of more than 64 bits.
#[derive(Copy, Clone, Debug, Default, PartialEq, LogicStruct)]
pub struct Alignment {
    /// Exponent of the anchor's top bit, biased by 253.
    pub top: Bits<9>,
    /// Sign of the anchor, or of an infinite result.
    pub sign: Bit,
    /// The signs differ.
    pub subtract: Bit,
    /// The result is infinite.
    pub inf: Bit,
    /// The result is NaN.
    pub nan: Bit,
}

/// A sum before normalization.
#[derive(Copy, Clone, Debug, Default, PartialEq, LogicStruct)]
pub struct Total {
    /// Magnitude; bit 36 is worth `2^(top - 252)`, bit 0 is sticky.
    pub magnitude: Bits<37>,
    /// Exponent of bit 35, biased by 253.
    pub top: Bits<9>,
    /// Sign.
    pub sign: Bit,
    /// The result is infinite.
    pub inf: Bit,
    /// The result is NaN.
    pub nan: Bit,
}

/// A normalized sum, still with all its bits.
#[derive(Copy, Clone, Debug, Default, PartialEq, LogicStruct)]
pub struct Normal {
    /// The 23 fraction bits.
    pub fraction: Bits<23>,
    /// The bit below them.
    pub guard: Bit,
    /// Whether anything is set further below.
    pub sticky: Bit,
    /// Biased exponent, 0 for subnormal numbers; may be too large for binary32.
    pub exp: Bits<9>,
    /// Sign.
    pub sign: Bit,
    /// The result is infinite.
    pub inf: Bit,
    /// The result is NaN.
    pub nan: Bit,
}
