//! The fused multiply-add's steps, with registers between them.

use super::{
    Alignment, Bf16, Comparison, Counted, FmaAlign, FmaCompare, FmaCount, FmaRound, FmaShift,
    FmaTotal, Normal, Total,
};
use crate::arith::Adder;
use crate::bundle::Terms;
use crate::describe::{e, Body, Compiled, Describe, Expr, Reg, Word};
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

/// Adds an exact bf16 product to a binary32 partial sum with one rounding to nearest even.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(name = "add_bf16")]
pub struct Bf16Add {
    terms: Terms<Bf16>,
    compare: FmaCompare,
    /// magnitude with the higher exponent
    #[hw(when = config.cuts(0), style = config.gated_style())]
    anchor_q: Reg<Bits<24>>,
    /// the other magnitude
    #[hw(when = config.cuts(0), style = config.gated_style())]
    other_q: Reg<Bits<24>>,
    /// distance, exponent, signs and specials
    #[hw(when = config.cuts(0), style = config.gated_style())]
    comparison_q: Reg<Comparison>,
    align: FmaAlign,
    /// magnitude with the higher exponent, behind the alignment
    #[hw(when = config.cuts(1), style = config.gated_style())]
    aligned_q: Reg<Bits<24>>,
    /// the other magnitude, on the same exponent
    #[hw(when = config.cuts(1), style = config.gated_style())]
    addend_q: Reg<Bits<35>>,
    /// exponent, signs and specials
    #[hw(when = config.cuts(1), style = config.gated_style())]
    alignment_q: Reg<Alignment>,
    total: FmaTotal,
    /// sum before normalization
    #[hw(when = config.cuts(2), style = config.gated_style())]
    total_q: Reg<Total>,
    count: FmaCount,
    /// sum, and how far to shift it left
    #[hw(when = config.cuts(3), style = config.gated_style())]
    counted_q: Reg<Counted>,
    shift: FmaShift,
    /// sum, normalized but for three places at most
    #[hw(when = config.cuts(4), style = config.gated_style())]
    normal_q: Reg<Normal>,
    round: FmaRound,
    /// partial sum
    #[hw(style = config.gated_style())]
    sum_q: Reg<Bits<32>>,
    /// the sum of each register is live
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

/// The register, if the configuration has it, takes `value` where `enable` is high; what the next
/// step sees.
fn cut<T: Word>(m: &mut Body, register: &Reg<T>, enable: &Expr, value: impl Into<Expr>) -> Expr {
    if !register.is_present() {
        return value.into();
    }
    m.reg(register, enable.clone(), value);
    register.into()
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
                m.note("Whether a sum is live is known in any case.");
                m.reg(self.live_q.at(stage), en.clone(), live.clone());
                live = self.live_q.at(stage).into();
                stage += 1;
                m.note("A sum that nobody waits for is not computed.");
            }
            (enable, live.clone())
        };
        let compare = &self.compare;
        m.assign(&compare.product_i, &terms.product_i);
        m.assign(&compare.mac_i, &terms.mac_i);
        m.assign(&compare.sum_i, &terms.sum_i.sum);
        let (enable, _) = moves(m, 0);
        let anchor = cut(m, &self.anchor_q, &enable, &compare.anchor_o);
        let other = cut(m, &self.other_q, &enable, &compare.other_o);
        let comparison = cut(m, &self.comparison_q, &enable, &compare.comparison_o);

        m.assign(&self.align.other_i, other);
        m.assign(&self.align.comparison_i, comparison);
        let (enable, _) = moves(m, 1);
        let aligned = cut(m, &self.aligned_q, &enable, anchor);
        let addend = cut(m, &self.addend_q, &enable, &self.align.addend_o);
        let alignment = cut(m, &self.alignment_q, &enable, &self.align.alignment_o);

        m.assign(&self.total.anchor_i, aligned);
        m.assign(&self.total.addend_i, addend);
        m.assign(&self.total.alignment_i, alignment);
        let (enable, _) = moves(m, 2);
        let total = cut(m, &self.total_q, &enable, &self.total.total_o);

        m.assign(&self.count.total_i, total);
        let (enable, _) = moves(m, 3);
        let counted = cut(m, &self.counted_q, &enable, &self.count.counted_o);

        m.assign(&self.shift.counted_i, counted);
        let (enable, _) = moves(m, 4);
        let normal = cut(m, &self.normal_q, &enable, &self.shift.normal_o);

        m.assign(&self.round.normal_i, normal);
        let (enable, live) = moves(m, 5);
        let sum = cut(m, &self.sum_q, &enable, &self.round.sum_o);
        m.assign(&terms.sum_o.sum, sum);
        m.assign(&terms.sum_o.live, live);
    }
}

impl Adder<Bf16> for Bf16Add {
    fn terms(&self) -> &Terms<Bf16> {
        &self.terms
    }
}
