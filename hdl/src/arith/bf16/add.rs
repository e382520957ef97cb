//! The fused multiply-add's steps, with registers between them.

use super::{
    Alignment, Bf16, Comparison, Counted, FmaAlign, FmaCompare, FmaCount, FmaRound, FmaShift,
    FmaTotal, Normal, Total,
};
use crate::arith::Adder;
use crate::bundle::Terms;
use crate::describe::{e, Body, Compiled, Describe, Expr, Places, Reg, Stored};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// After which steps (compare, align, total, count, shift) a register stands, by
/// `add_stages`; the last stands behind the rounding.
const CUTS: [[bool; 5]; 6] = [
    [false, false, false, false, false],
    [false, false, true, false, false],
    [false, true, false, false, true],
    [false, true, true, false, true],
    [true, true, true, false, true],
    [true, true, true, true, true],
];

/// Adds an exact bf16 product to a binary32 partial sum with one rounding to nearest even. A product is
/// {NaN, infinite, sign, 9 bits of exponent, 16 bits of significand}.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(config = ArrayConfig, name = "add_bf16")]
pub struct Bf16Add {
    terms: Terms<Bf16>,
    compare: FmaCompare,
    /// magnitude with the higher exponent
    #[hw(when = config.cuts(0), style = config.gated_style())]
    anchor_q: Reg<Bits<24>>,
    /// the other magnitude
    #[hw(when = config.cuts(0), style = config.gated_style())]
    other_q: Reg<Bits<24>>,
    /// behind the comparison
    #[hw(when = config.cuts(0), style = config.gated_style())]
    comparison_q: Comparison<Stored>,
    align: FmaAlign,
    /// the anchor, behind the alignment
    #[hw(when = config.cuts(1), style = config.gated_style())]
    aligned_q: Reg<Bits<24>>,
    /// the other magnitude, aligned, a sticky bit below; complemented if it is to be subtracted
    #[hw(when = config.cuts(1), style = config.gated_style())]
    addend_q: Reg<Bits<35>>,
    /// behind the alignment
    #[hw(when = config.cuts(1), style = config.gated_style())]
    alignment_q: Alignment<Stored>,
    total: FmaTotal,
    /// sum before normalization
    #[hw(when = config.cuts(2), style = config.gated_style())]
    total_q: Total<Stored>,
    count: FmaCount,
    /// sum before the shift
    #[hw(when = config.cuts(3), style = config.gated_style())]
    counted_q: Counted<Stored>,
    shift: FmaShift,
    /// sum before rounding
    #[hw(when = config.cuts(4), style = config.gated_style())]
    normal_q: Normal<Stored>,
    round: FmaRound,
    /// partial sum
    #[hw(style = config.gated_style())]
    sum_q: Reg<Bits<32>>,
    /// a sum is under way in each stage, the first in bit 0
    #[hw(lanes = config.add_stages(), style = config.control_style())]
    live_q: Reg<Bit>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl ArrayConfig {
    /// Whether a register stands behind step `step`.
    fn cuts(&self, step: usize) -> bool {
        step == 5 || CUTS[self.add_stages() - 1][step]
    }
}

/// The registers that the configuration has take `values` where `enable` is high; what the next step
/// sees.
fn cut(m: &mut Body, registers: Places, enable: &Expr, values: Places) -> Places {
    m.regs(registers.clone(), enable, values.clone());
    registers.or(values)
}

impl Describe for Bf16Add {
    fn describe(&self, m: &mut Body) {
        let terms = &self.terms;
        let en = e(&terms.clocked.en_i);
        // What is live behind the registers so far, and how many there are.
        let (mut live, mut stage) = (e(&terms.sum_i.live), 0);
        let mut moves = |m: &mut Body, step: usize| {
            let enable = match self._config.gates() {
                true => en.clone() & live.clone(),
                false => en.clone(),
            };
            if self._config.cuts(step) {
                live = self.live_q.at(stage).into();
                stage += 1;
                m.note("A stage holds where no live sum enters it.");
            }
            enable
        };
        let (compare, align, total) = (&self.compare, &self.align, &self.total);
        let (count, shift, round) = (&self.count, &self.shift, &self.round);
        for (part, value) in compare.product_i.unpacked(&terms.product_i) {
            m.assign(part, value);
        }
        m.assign(&compare.mac_i, &terms.mac_i);
        m.assign(&compare.sum_i, &terms.sum_i.sum);
        let enable = moves(m, 0);
        let anchor = cut(m, self.anchor_q.nets(), &enable, compare.anchor_o.nets());
        let other = cut(m, self.other_q.nets(), &enable, compare.other_o.nets());
        let found = compare.comparison_o.nets();
        let found = cut(m, self.comparison_q.nets(), &enable, found);

        m.join(align.other_i.nets(), other);
        m.join(align.comparison_i.nets(), found);
        let enable = moves(m, 1);
        let aligned = cut(m, self.aligned_q.nets(), &enable, anchor);
        let addend = cut(m, self.addend_q.nets(), &enable, align.addend_o.nets());
        let found = align.alignment_o.nets();
        let found = cut(m, self.alignment_q.nets(), &enable, found);

        m.join(total.anchor_i.nets(), aligned);
        m.join(total.addend_i.nets(), addend);
        m.join(total.alignment_i.nets(), found);
        let enable = moves(m, 2);
        let sum = cut(m, self.total_q.nets(), &enable, total.total_o.nets());

        m.join(count.total_i.nets(), sum);
        let enable = moves(m, 3);
        let sum = cut(m, self.counted_q.nets(), &enable, count.counted_o.nets());

        m.join(shift.counted_i.nets(), sum);
        let enable = moves(m, 4);
        let sum = cut(m, self.normal_q.nets(), &enable, shift.normal_o.nets());

        m.join(round.normal_i.nets(), sum);
        let enable = moves(m, 5);
        m.reg(&self.sum_q, enable, &round.sum_o);
        m.assign(&terms.sum_o.sum, &self.sum_q);
        m.note("Whether a sum is live is known in any case.");
        let live = m.shift(&self.live_q, &en, &terms.sum_i.live);
        m.assign(&terms.sum_o.live, live);
    }
}

impl Adder<Bf16> for Bf16Add {
    fn terms(&self) -> &Terms<Bf16> {
        &self.terms
    }
}
