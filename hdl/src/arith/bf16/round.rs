//! Last step of the fused multiply-add: the rest of the normalizing shift, and the one
//! rounding.

use super::Normal;
use crate::describe::{concat, e, lit, repeat, select, Body, Compiled, Describe, Net};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Fused multiply-add, step 6: shifts the sum left by the last three bits, rounds it to nearest
/// even and packs a binary32, combinational.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(name = "fma_round")]
pub struct FmaRound {
    pub(crate) normal_i: Normal<In>,
    /// result, binary32
    pub sum_o: Net<Out, Bits<32>>,
    _body: Compiled,
}

impl Describe for FmaRound {
    fn describe(&self, m: &mut Body) {
        let normal = &self.normal_i;
        let (bit, exp) = (|at| e(&normal.sig).bit(at), |at| e(&normal.exp).bit(at));
        let (any, free) = (
            |lo: usize, bits: usize| e(&normal.sig).slice(lo, bits).any(),
            || e(&normal.free),
        );
        m.note("The rest of the shift, no further than to exponent 0.");
        let skip_2 = !any(26, 2) & (free() | exp(1));
        let skip_2 = m.wire("skip_2", "shift left by 2", skip_2);
        let skip_1 = select(
            skip_2.clone(),
            !bit(25) & (free() | exp(0)),
            !bit(27) & (free() | exp(1) | exp(0)),
        );
        let skip_1 = m.wire("skip_1", "by 1", skip_1);
        let by_2 = select(skip_2.clone(), e(&normal.sig).shifted_left(2), &normal.sig);
        let by_2 = m.wire("by_2", "", by_2);
        let by_1 = select(skip_1.clone(), by_2.clone().shifted_left(1), by_2);
        let by_1 = m.wire("by_1", "", by_1);
        let hidden = m.wire(
            "hidden",
            "a leading one: a normal number",
            by_1.clone().bit(27),
        );

        m.note("Whether to round up if the shift is by 0, 1, 2 or 3.");
        let sticky = || e(&normal.sticky);
        let round_0 = bit(3) & (bit(4) | any(0, 3) | sticky());
        let round_0 = m.wire("round_0", "", round_0);
        let round_1 = bit(2) & (bit(3) | any(0, 2) | sticky());
        let round_1 = m.wire("round_1", "", round_1);
        let round_2 = m.wire("round_2", "", bit(1) & (bit(2) | bit(0) | sticky()));
        let round_3 = m.wire("round_3", "", bit(0) & (bit(1) | sticky()));
        let round_up = select(
            skip_2.clone(),
            select(skip_1.clone(), round_3, round_2),
            select(skip_1.clone(), round_1, round_0),
        );
        let round_up = m.wire("round_up", "", round_up);

        m.note(
            "A high exponent is too high unless something is shifted, since the leading one counts \
             one more. 254: nothing is short; 255: at most one; 256: at most two; 257: any.",
        );
        let even = !skip_2.clone() & (exp(0) | !skip_1.clone());
        let odd = exp(0) | !skip_2.clone() | !skip_1.clone();
        let short = select(exp(1), even, odd);
        let short = m.wire("falls_short", "the shift is less than that", short);
        let special = e(&normal.special) | (e(&normal.high) & short);
        let special = m.wire("special", "infinite, NaN or too large", special);

        m.note(
            "Exponent and fraction, and what is added to them: one for the leading one, which the \
             exponent counts, less the shift; and the rounding. A carry of the fraction runs into the \
             exponent, which is right for subnormal numbers and for the largest ones too.",
        );
        let exponent = select(hidden.clone(), &normal.exp, lit(0, 8));
        let finite = concat([exponent, by_1.slice(4, 23)]);
        let infinite = select(e(&normal.nan), lit(0x7fc0_0000, 31), lit(0x7f80_0000, 31));
        let unrounded = select(special.clone(), infinite, finite);
        let unrounded = m.wire("unrounded", "", unrounded);
        let shift = repeat(7, hidden.clone() & skip_2);
        let change = concat([shift, hidden & !skip_1, lit(0, 22), round_up]);
        let change = select(special, lit(0, 31), change);
        let change = m.wire("change", "", change);
        let encoded = m.wire("encoded", "", unrounded + change);
        m.assign(&self.sum_o, concat([e(&normal.sign), encoded]));
    }
}
