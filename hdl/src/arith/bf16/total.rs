//! Third step of the fused multiply-add: the addition, and where the sum's leading one
//! may be.

use super::{Alignment, Total};
use crate::describe::{concat, e, lit, select, Body, Compiled, Describe, Net};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Fused multiply-add, step 3: adds or subtracts the aligned magnitudes, combinational.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(name = "fma_total")]
pub struct FmaTotal {
    /// magnitude with the higher exponent; its bit 0 is bit 11 of the addend
    pub anchor_i: Net<In, Bits<24>>,
    /// the other one, a sticky bit below, complemented if it is to be subtracted
    pub addend_i: Net<In, Bits<35>>,
    pub(crate) alignment_i: Alignment<In>,
    pub(crate) total_o: Total<Out>,
    _body: Compiled,
}

impl Describe for FmaTotal {
    fn describe(&self, m: &mut Body) {
        let (anchor, addend) = (|| e(&self.anchor_i), || e(&self.addend_i));
        let Alignment {
            top,
            subtract,
            sign,
            inf,
            nan,
        } = &self.alignment_i;
        m.note("a + ~b + 1 is a - b, and the complement of a + ~b is b - a.");
        let high = anchor().wide(25) + addend().slice(11, 24).wide(25);
        let high = m.wire("high", "", high);
        let plain = concat([high, addend().slice(0, 11)]);
        let plain = m.wire("plain", "anchor and addend", plain);
        let with_one =
            concat([lit(0, 1), anchor(), lit(1, 12)]) + concat([lit(0, 1), addend(), lit(1, 1)]);
        let with_one = m.wire(
            "with_one",
            "and one more, above a bit for its carry",
            with_one,
        );
        let negative = e(subtract) & !with_one.clone().bit(36);
        let negative = m.wire("negative", "no carry: the addend is larger", negative);
        let size = select(
            negative.clone(),
            !plain.clone().slice(0, 35),
            with_one.slice(1, 35),
        );
        let size = m.wire("size", "of a difference", size);
        let magnitude = select(e(subtract), size.wide(36), plain.clone());
        let magnitude = m.wire("magnitude", "", magnitude);

        m.note("Groups of four bits that are not zero, the topmost in bit 0.");
        let groups = (1..9).map(|group| magnitude.clone().slice(4 * group, 4).any());
        let ones = m.wire("ones", "", concat(groups));
        m.note("Where subnormal numbers begin: at 129, so 128 to 191 is near.");
        let near = e(top).slice(6, 3).is(lit(2, 3));
        let near = m.wire("near", "they begin within 64 bits", near);
        let limit = select(
            near,
            lit(1, 8).shifted_left_by(e(top).slice(2, 4)),
            lit(0, 8),
        );
        let limit = m.wire("limit", "the group in which they begin", limit);
        let total = &self.total_o;
        m.assign(&total.stops, ones | limit);
        m.assign(&total.magnitude, magnitude);
        m.assign(&total.top, top);

        m.note(
            "A carry of a + ~b + 1, but none of a + ~b: a difference of nothing, +0. The sign of an \
             infinity stays.",
        );
        let nothing = !negative.clone() & !plain.bit(35);
        let of_difference = select(nothing, lit(0, 1), negative ^ sign);
        let out = &total.outcome;
        let finite = e(subtract) & !e(inf);
        m.assign(&out.sign, select(finite, of_difference, sign));
        m.assign(&out.inf, inf);
        m.assign(&out.nan, nan);
    }
}
