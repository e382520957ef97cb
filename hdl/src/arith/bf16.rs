//! bfloat16 operands, IEEE 754 binary32 sums, one fused multiply-add per step.
//!
//! `sum + act * weight` is rounded once, to nearest even, with subnormals, signed
//! zeros, infinities and NaN as in IEEE 754-2019, 5.4.1. Every NaN that comes out is
//! the quiet NaN 0x7fc00000.
//!
//! Widths. A product has 16 bits and may have up to 8 leading zeros if one operand
//! is subnormal. The operand with the higher exponent (the *anchor*) stands at the
//! top of a 34-bit field, the other is shifted right, and what leaves the field is
//! kept as one sticky bit. 34 bits are enough: bits are lost only if the other
//! operand lies so far below that the sum has its leading one in the upper ten bits,
//! which leaves 24 bits of result and a guard bit. A product of two subnormals never
//! is the anchor: the sum's exponent is at least that of the smallest normal number,
//! so it only ever is sticky.
//!
//! Steps. *compare*: exponents; *align*: the shift right, and the complement of what is to
//! be subtracted; *total*: the sum, and the difference either way round at once; *count*
//! and *shift*: leading zeros by groups of four, and the shift left by as many, no further
//! than to the exponent of subnormal numbers; *round*: the rest of that shift, whose share
//! of the exponent goes into the same carry chain as the rounding. A product brings its
//! exponent with a bias that is a power of two apart from the sum's, and what is infinite,
//! NaN or too large is known before the last carry chain, not behind it.

mod add;
mod align;
mod bundle;
mod compare;
mod fields;
mod multiply;
mod normalize;
mod round;
mod total;

pub use add::Bf16Add;
pub use align::FmaAlign;
pub use bundle::{Alignment, Comparison, Counted, Normal, Outcome, Product, Total};
pub use compare::FmaCompare;
pub use fields::Bf16Fields;
pub use multiply::Bf16Mul;
pub use normalize::{FmaCount, FmaShift};
pub use round::FmaRound;
pub use total::FmaTotal;

use super::Arithmetic;
use rust_hdl::prelude::Bits;

/// bf16 x bf16 -> f32.
#[derive(Clone, Debug)]
pub struct Bf16;

impl Arithmetic for Bf16 {
    type Operand = Bits<16>;
    type Product = Bits<28>;
    type Sum = Bits<32>;
    type Mul = Bf16Mul;
    type Add = Bf16Add;
    const OVERFLOWS: bool = false;
    const ZERO_IS_NEUTRAL: bool = false;
}
