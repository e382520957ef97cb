//! Second step of the fused multiply-add: bring both numbers to one exponent.

use super::{Alignment, Comparison};
use crate::describe::{concat, e, lit, select, Body, Compiled, Describe, Net};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// The shifts, by powers of two. Their order is free; in this one yosys 0.23 maps the adder to fewer
/// LUTs than from the largest to the smallest (`scripts/ecp5-area.sh pe`).
const SHIFTS: [usize; 6] = [5, 4, 3, 0, 2, 1];

/// Fused multiply-add, step 2: brings the number with the lower exponent to the higher one,
/// combinational.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(name = "fma_align")]
pub struct FmaAlign {
    /// magnitude with the lower exponent
    pub other_i: Net<In, Bits<24>>,
    pub(crate) comparison_i: Comparison<In>,
    /// magnitude, shifted right, a sticky bit below; if it is to be subtracted, its complement
    pub addend_o: Net<Out, Bits<35>>,
    pub(crate) alignment_o: Alignment<Out>,
    _body: Compiled,
}

impl Describe for FmaAlign {
    fn describe(&self, m: &mut Body) {
        let Comparison {
            distance,
            far,
            alignment,
        } = &self.comparison_i;
        let field = concat([e(&self.other_i), lit(0, 10)]);
        let field = m.wire("field", "the magnitude at its top", field);
        m.note("Shifts to the right; what leaves is remembered in one bit.");
        let (mut shifted, mut lost) = (field.clone(), e(false));
        for step in SHIFTS {
            let by = 1 << step;
            let shifts = || e(distance).bit(step);
            let leaves = shifted.clone().slice(0, by).any();
            let mut value = select(shifts(), shifted.clone().shifted_right(by), shifted);
            let mut gone = lost | (shifts() & leaves);
            if step == 5 {
                value = select(e(far), lit(0, 34), value);
                gone = select(e(far), field.clone().any(), gone);
            }
            shifted = m.wire(&format!("by_{by}"), "", value);
            lost = m.wire(&format!("lost_{by}"), "", gone);
        }
        let aligned = m.wire("aligned", "with a sticky bit", concat([shifted, lost]));
        let addend = select(e(&alignment.subtract), !aligned.clone(), aligned);
        m.assign(&self.addend_o, addend);
        m.join(self.alignment_o.nets(), alignment.nets());
    }
}
