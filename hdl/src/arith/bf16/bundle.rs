//! What passes between the steps of the bf16 arithmetic.

use crate::describe::{concat, e, is_port, Expr, Net, Place};
use heddle_derive::Bundle;
use rust_hdl::prelude::*;

/// A product, exact: `(-1)^sign * sig * 2^(exp - 256 - 14)`, or infinite, or NaN.
#[derive(Clone, Debug, Bundle)]
pub struct Product<D: Direction + 'static> {
    /// product of the significands, 14 fraction bits
    pub sig: Net<D, Bits<16>>,
    /// sum of the biased exponents and 2, 0 of a zero: a power of two apart from a binary32's
    pub exp: Net<D, Bits<9>>,
    /// sign
    pub sign: Net<D, Bit>,
    /// infinite
    pub inf: Net<D, Bit>,
    /// not a number: an operand was, or infinity times zero
    pub nan: Net<D, Bit>,
}

/// The word in which a product travels: its parts, as `Product` has them, the first in the low bits.
pub(super) fn packed([sig, exp, sign, inf, nan]: [Expr; 5]) -> Expr {
    concat([nan, inf, sign, exp, sig])
}

impl<D: Direction + 'static> Product<D> {
    /// Each part, and what it is of the word `word`.
    pub(super) fn unpacked(&self, word: &Net<In, Bits<28>>) -> [(Place, Expr); 5] {
        let of = |lo: usize, bits: usize| e(word).slice(lo, bits);
        [
            (self.sig.place(), of(0, 16)),
            (self.exp.place(), of(16, 9)),
            (self.sign.place(), of(25, 1)),
            (self.inf.place(), of(26, 1)),
            (self.nan.place(), of(27, 1)),
        ]
    }
}

/// What goes with two magnitudes that are to be aligned. The magnitudes are nets of
/// their own: simulators are slow on vectors of more than 64 bits.
#[derive(Clone, Debug, Bundle)]
#[hw(flat = is_port::<D>())]
pub struct Comparison<D: Direction + 'static> {
    /// how far the lower one is to be shifted
    pub distance: Net<D, Bits<6>>,
    /// farther than distance can say: it is only sticky
    pub far: Net<D, Bit>,
    #[hw(name = "")]
    pub(crate) alignment: Alignment<D>,
}

/// What goes with two aligned magnitudes.
#[derive(Clone, Debug, Bundle)]
#[hw(flat = is_port::<D>())]
pub struct Alignment<D: Direction + 'static> {
    /// exponent of the anchor's top bit, biased by 255: 128 more than a binary32's
    pub top: Net<D, Bits<9>>,
    /// the signs differ
    pub subtract: Net<D, Bit>,
    /// sign of the anchor, or of an infinite result
    pub sign: Net<D, Bit>,
    /// the result is infinite
    pub inf: Net<D, Bit>,
    /// the result is NaN
    pub nan: Net<D, Bit>,
}

/// A sum before normalization.
#[derive(Clone, Debug, Bundle)]
#[hw(flat = is_port::<D>())]
pub struct Total<D: Direction + 'static> {
    /// magnitude; bit 35 is worth 2^(top - 254), bit 0 is sticky
    pub magnitude: Net<D, Bits<36>>,
    /// exponent of bit 34, biased by 255
    pub top: Net<D, Bits<9>>,
    /// no normalizing shift past these groups of four bits, the topmost being bit 0: those that
    /// are not zero, and the one where subnormal numbers begin
    pub stops: Net<D, Bits<8>>,
    #[hw(name = "")]
    pub(crate) outcome: Outcome<D>,
}

/// A sum before normalization, and how far to shift it.
#[derive(Clone, Debug, Bundle)]
#[hw(flat = is_port::<D>())]
pub struct Counted<D: Direction + 'static> {
    /// magnitude; bit 35 is worth 2^(top - 254), bit 0 is sticky
    pub magnitude: Net<D, Bits<36>>,
    /// exponent of bit 34, biased by 255
    pub top: Net<D, Bits<9>>,
    /// shift left by 32, 16, 8 and 4, the last in bit 0: they add up
    pub skip: Net<D, Bits<4>>,
    #[hw(name = "")]
    pub(crate) outcome: Outcome<D>,
}

/// What a sum is besides its magnitude.
#[derive(Clone, Debug, Bundle)]
#[hw(flat = is_port::<D>())]
pub struct Outcome<D: Direction + 'static> {
    /// sign
    pub sign: Net<D, Bit>,
    /// the result is infinite
    pub inf: Net<D, Bit>,
    /// the result is NaN
    pub nan: Net<D, Bit>,
}

/// A sum that is normalized but for three places at most, still with all its bits.
#[derive(Clone, Debug, Bundle)]
#[hw(flat = is_port::<D>())]
pub struct Normal<D: Direction + 'static> {
    /// the upper bits; the top bit is worth 2^(exp - 126)
    pub sig: Net<D, Bits<28>>,
    /// anything is set further below
    pub sticky: Net<D, Bit>,
    /// lower bits of the biased exponent of the bit below the top; the shift left may go down to 0,
    /// which is that of subnormal numbers
    pub exp: Net<D, Bits<8>>,
    /// 0 is out of the shift's reach
    pub free: Net<D, Bit>,
    /// the exponent is 254 or more: the result may be too large
    pub high: Net<D, Bit>,
    /// the result is infinite, NaN or too large
    pub special: Net<D, Bit>,
    /// sign; NaN has none
    pub sign: Net<D, Bit>,
    /// the result is NaN
    pub nan: Net<D, Bit>,
}
