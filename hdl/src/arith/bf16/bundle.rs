//! What passes between the steps of the bf16 arithmetic.
// rust-hdl's derive adds methods without documentation.
#![allow(missing_docs)]

use rust_hdl::prelude::*;

/// A product, exact: `(-1)^sign * sig * 2^(exp - 256 - 14)`, or infinite, or NaN.
#[derive(Copy, Clone, Debug, Default, PartialEq, LogicStruct)]
pub struct Bf16Product {
    /// Product of the significands, 14 fraction bits.
    pub sig: Bits<16>,
    /// Sum of the biased exponents and 2, which makes it a power of two apart from a
    /// binary32's; 0 if the product is zero.
    pub exp: Bits<9>,
    /// Sign.
    pub sign: Bit,
    /// Infinite.
    pub inf: Bit,
    /// Not a number: an operand was, or infinity times zero.
    pub nan: Bit,
}

/// What goes with two magnitudes that are to be aligned. The magnitudes are nets of
/// their own: simulators are slow on vectors of more than 64 bits.
#[derive(Copy, Clone, Debug, Default, PartialEq, LogicStruct)]
pub struct Comparison {
    /// How far the lower one is to be shifted.
    pub distance: Bits<6>,
    /// Farther than that: it is only sticky.
    pub far: Bit,
    /// Exponent of the anchor's top bit, biased by 255.
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

/// What goes with two aligned magnitudes.
#[derive(Copy, Clone, Debug, Default, PartialEq, LogicStruct)]
pub struct Alignment {
    /// Exponent of the anchor's top bit, biased by 255.
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
    /// Magnitude; bit 35 is worth `2^(top - 254)`, bit 0 is sticky.
    pub magnitude: Bits<36>,
    /// Exponent of bit 34, biased by 255.
    pub top: Bits<9>,
    /// The normalizing shift goes no further than to these groups of four bits, the topmost
    /// being bit 0: groups that are not zero, and the one where subnormal numbers begin.
    pub stops: Bits<8>,
    /// Sign.
    pub sign: Bit,
    /// The result is infinite.
    pub inf: Bit,
    /// The result is NaN.
    pub nan: Bit,
}

/// A sum before normalization, and how far to shift it.
#[derive(Copy, Clone, Debug, Default, PartialEq, LogicStruct)]
pub struct Counted {
    /// Magnitude; bit 35 is worth `2^(top - 254)`, bit 0 is sticky.
    pub magnitude: Bits<36>,
    /// Exponent of bit 34, biased by 255.
    pub top: Bits<9>,
    /// Shift left by 32; the four add up.
    pub skip_32: Bit,
    /// By 16.
    pub skip_16: Bit,
    /// By 8.
    pub skip_8: Bit,
    /// By 4.
    pub skip_4: Bit,
    /// Sign.
    pub sign: Bit,
    /// The result is infinite.
    pub inf: Bit,
    /// The result is NaN.
    pub nan: Bit,
}

/// A sum that is normalized but for three places at most, still with all its bits.
#[derive(Copy, Clone, Debug, Default, PartialEq, LogicStruct)]
pub struct Normal {
    /// The upper bits; its top bit is worth `2^(exp - 126)`.
    pub sig: Bits<28>,
    /// Whether anything is set further below.
    pub sticky: Bit,
    /// Biased exponent of the bit below the top, the lower bits of it; the shift left may
    /// go down to 0, which is that of subnormal numbers.
    pub exp: Bits<8>,
    /// That is out of the shift's reach.
    pub free: Bit,
    /// The exponent is so high, 254 to 257, that the result may be too large.
    pub high: Bit,
    /// The result is infinite, NaN or too large.
    pub special: Bit,
    /// Sign; NaN has none.
    pub sign: Bit,
    /// The result is NaN.
    pub nan: Bit,
}

crate::describe::struct_words! {
    Bf16Product { sig: Bits<16>, exp: Bits<9>, sign: Bit, inf: Bit, nan: Bit }
    Comparison { distance: Bits<6>, far: Bit, top: Bits<9>, sign: Bit, subtract: Bit, inf: Bit, nan: Bit }
    Alignment { top: Bits<9>, sign: Bit, subtract: Bit, inf: Bit, nan: Bit }
    Total { magnitude: Bits<36>, top: Bits<9>, stops: Bits<8>, sign: Bit, inf: Bit, nan: Bit }
    Counted { magnitude: Bits<36>, top: Bits<9>, skip_32: Bit, skip_16: Bit, skip_8: Bit, skip_4: Bit, sign: Bit, inf: Bit, nan: Bit }
    Normal { sig: Bits<28>, sticky: Bit, exp: Bits<8>, free: Bit, high: Bit, special: Bit, sign: Bit, nan: Bit }
}
