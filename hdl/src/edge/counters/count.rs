//! A counter of 48 bits whose carry takes three cycles to its top.

use crate::describe::{concat, e, lit, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::site::PRELOAD;
use crate::{ArrayConfig, Reset};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Bits of the parts, the low one first. The low part takes a whole addend.
pub(super) const PARTS: [usize; 3] = [17, 16, 15];
/// The lowest bit of each part.
pub(super) const LOWS: [usize; 3] = [0, 17, 33];
/// Bits of an addend: the multiply-accumulates of one beat, up to 256 x 256 and so of 17 bits, and
/// a zero above them, with which the sum has its carry.
pub(super) const ADDEND: usize = 18;

/// A counter of 48 bits in parts of 17, 16 and 15: a carry reaches the next part a cycle later, so
/// that no clock waits for a carry of 48 bits. Bits 17 and up show what was added a cycle later than
/// the bits below, bits 33 and up two cycles later.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Count {
    /// clock
    pub clk_i: Net<In, Clock>,
    /// active low, resets to PRELOAD
    pub rst_ni: Net<In, Bit>,
    /// low freezes every register
    pub en_i: Net<In, Bit>,
    /// zeroes the count
    #[hw(when = clears(config))]
    pub clear_i: Net<In, Bit>,
    /// what is added, of 17 bits at most
    pub add_i: Net<In, Bits<18>>,
    /// the count
    pub count_o: Net<Out, Bits<48>>,

    /// bits 16 to 0
    #[hw(style = config.control_style())]
    low_q: Reg<Bits<17>>,
    /// carry out of the low part
    #[hw(style = config.control_style())]
    low_carry_q: Reg<Bit>,
    /// bits 32 to 17
    #[hw(style = config.control_style())]
    mid_q: Reg<Bits<16>>,
    /// carry out of the middle part
    #[hw(style = config.control_style())]
    mid_carry_q: Reg<Bit>,
    /// bits 47 to 33
    #[hw(style = config.control_style())]
    high_q: Reg<Bits<15>>,
    _body: Compiled,
}

/// Whether a clear is an input of its own: an asynchronous reset is none of a clock's doing.
pub(super) fn clears(config: &ArrayConfig) -> bool {
    config.control_style().reset == Reset::Async
}

/// `value`, but zero where `clear` is there and high.
pub(super) fn cleared(clear: Option<&Net<In, Bit>>, value: impl Into<Expr>) -> Expr {
    let value = value.into();
    match clear {
        Some(clear) => select(e(clear), lit(0, value.bits()), value),
        None => value,
    }
}

impl Describe for Count {
    fn describe(&self, m: &mut Body) {
        let [low, mid, high] = PARTS;
        m.note("Sums of the two lower parts, with their carry on top.");
        let sum = e(&self.low_q).wide(low + 1) + &self.add_i;
        let low_sum = m.wire("low_sum", "", sum);
        let sum = e(&self.mid_q).wide(mid + 1) + e(&self.low_carry_q).wide(mid + 1);
        let mid_sum = m.wire("mid_sum", "", sum);
        m.assign(
            &self.count_o,
            concat([e(&self.high_q), e(&self.mid_q), e(&self.low_q)]),
        );

        let clear = self.clear_i.is_present().then_some(&self.clear_i);
        let en = || e(&self.en_i);
        m.note("All parts count at once, each with the carry of the cycle before.");
        m.reg(
            &self.low_q,
            en(),
            cleared(clear, low_sum.clone().slice(0, low)),
        );
        m.preload(PRELOAD, LOWS[0]);
        m.reg(&self.low_carry_q, en(), cleared(clear, low_sum.bit(low)));
        m.reg(
            &self.mid_q,
            en(),
            cleared(clear, mid_sum.clone().slice(0, mid)),
        );
        m.preload(PRELOAD, LOWS[1]);
        m.reg(&self.mid_carry_q, en(), cleared(clear, mid_sum.bit(mid)));
        let sum = e(&self.high_q) + e(&self.mid_carry_q).wide(high);
        m.reg(&self.high_q, en(), cleared(clear, sum));
        m.preload(PRELOAD, LOWS[2]);
    }
}
