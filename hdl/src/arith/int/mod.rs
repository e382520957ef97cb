//! Integers: an exact product, an accumulator that wraps or saturates.

mod add;
mod multiply;

use super::Arithmetic;
use rust_hdl::prelude::*;

pub use add::IntAdd;
pub use multiply::IntMul;

/// W-bit operands, P-bit products (P = 2 W), A-bit sums, two's complement.
#[derive(Clone, Debug)]
pub struct Int<const W: usize, const P: usize, const A: usize>;

impl<const W: usize, const P: usize, const A: usize> Arithmetic for Int<W, P, A> {
    type Operand = Bits<W>;
    type Product = Bits<P>;
    type Sum = Bits<A>;
    type Mul = IntMul<W, P, A>;
    type Add = IntAdd<W, P, A>;
    const OVERFLOWS: bool = true;
    const ZERO_IS_NEUTRAL: bool = true;
}
