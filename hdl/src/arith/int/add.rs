//! The integer adder: a carry chain in one piece, or cut into one for each stage.

use super::Int;
use crate::arith::Adder;
use crate::bundle::Terms;
use crate::describe::{concat, e, lit, select, Body, Compiled, Describe, Expr, Reg};
use crate::ArrayConfig;
use heddle_derive::Module;
use heddle_format::Overflow;
use rust_hdl::prelude::*;

/// Adds a product to a partial sum in `add_stages` cycles.
///
/// The carry chain is cut: each stage adds a segment of the bits, the lowest first, and hands
/// its carry on. A sum that saturates takes the last stage for that, if it is not the only one.
///
/// Whether a sum that wraps left its range is made of registers, behind the last stage: so the
/// end of the carry chain is in no path but that of the sum itself.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(config = ArrayConfig, name = format!("add_int{A}"), about = self.purpose())]
pub struct IntAdd<const W: usize, const P: usize, const A: usize> {
    terms: Terms<Int<W, P, A>>,
    /// partial sum
    #[hw(lanes = config.add_stages(), style = config.gated_style())]
    sum_q: Reg<Bits<A>>,
    /// the sum is of a beat and a kept column
    #[hw(lanes = config.add_stages(), style = config.control_style())]
    live_q: Reg<Bit>,
    /// product, on its way beside the sum
    #[hw(lanes = config.segments() - 1, style = config.gated_style())]
    product_q: Reg<Bits<P>>,
    /// carry into the next segment
    #[hw(lanes = config.segments() - 1, style = config.gated_style())]
    carry_q: Reg<Bit>,
    /// both operands were negative, or, of a sum that wraps, an overflow came
    #[hw(lanes = config.sign_stages(), style = config.gated_style())]
    neg_q: Reg<Bit>,
    /// neither operand was negative, or, of a sum that wraps, an overflow came
    #[hw(lanes = config.sign_stages(), style = config.gated_style())]
    pos_q: Reg<Bit>,
    /// the sum overflowed, and saturates
    #[hw(lanes = config.add_stages(), when = config.saturates(), style = config.gated_style())]
    ovf_q: Reg<Bit>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl ArrayConfig {
    fn saturates(&self) -> bool {
        self.overflow == Overflow::Saturate
    }

    /// Pieces of the carry chain.
    fn segments(&self) -> usize {
        match self.saturates() {
            true => (self.add_stages() - 1).max(1),
            false => self.add_stages(),
        }
    }

    /// Stages that know the operands' signs.
    fn sign_stages(&self) -> usize {
        self.add_stages() - usize::from(self.saturates())
    }
}

impl<const W: usize, const P: usize, const A: usize> IntAdd<W, P, A> {
    fn purpose(&self) -> String {
        let (stages, segments) = (self._config.add_stages(), self._config.segments());
        let on_overflow = match self._config.saturates() {
            true => "saturates",
            false => "wraps",
        };
        let how = match (segments, segments < stages) {
            (1, false) => "In one cycle".to_owned(),
            (1, true) => "In two cycles, the second one for what is too large".to_owned(),
            (_, false) => format!("In {stages} cycles, a segment of the bits in each"),
            (_, true) => format!(
                "In {stages} cycles, a segment of the bits in each but the last, which is for \
                 what is too large"
            ),
        };
        format!("Adds a {P}-bit product to a {A}-bit partial sum, which {on_overflow}. {how}.")
    }

    /// Bits of the segment that stage `stage` adds: as many in each, but that the first has a
    /// sixteenth more and the last so many less, since it has a carry and the sign's fan-out too.
    fn segment(&self, stage: usize) -> (usize, usize) {
        let segments = self._config.segments();
        let cut = |stage: usize| match stage {
            0 => 0,
            stage if stage == segments => A,
            stage => A * stage / segments + A / 16,
        };
        (cut(stage), cut(stage + 1))
    }
}

impl<const W: usize, const P: usize, const A: usize> Describe for IntAdd<W, P, A> {
    fn describe(&self, m: &mut Body) {
        let Terms {
            clocked,
            product_i,
            mac_i,
            sum_i,
            sum_o,
        } = &self.terms;
        let (stages, saturates) = (self._config.add_stages(), self._config.saturates());
        let en = || e(&clocked.en_i);
        let addend = select(mac_i.or(true), e(product_i).sign_wide(A), lit(0, A));
        let doc = match mac_i.is_present() {
            true => "the product, or nothing if it does not count",
            false => "the product",
        };
        let addend = m.wire("addend", doc, addend);
        let signs = || (e(&sum_i.sum).bit(A - 1), addend.clone().bit(A - 1));
        let both = signs().0 & signs().1;
        let (mut neg, mut pos) = (
            m.wire(
                "both_neg",
                "both operands are negative: so is the sum, without overflow",
                both,
            ),
            !(signs().0 | signs().1),
        );
        pos = m.wire("both_pos", "neither operand is negative", pos);
        let mut ovf = e(&sum_i.ovf);
        if !saturates {
            (neg, pos) = (ovf.clone() | neg, ovf.clone() | pos);
        }
        let (mut sum, mut live, mut step) = (e(&sum_i.sum), e(&sum_i.live), addend);
        let mut carry = None;
        for stage in 0..stages {
            let moves = match self._config.gates() {
                true => en() & live.clone(),
                false => en(),
            };
            let mut next = sum.clone();
            if stage < self._config.segments() {
                let (low, high) = self.segment(stage);
                let part;
                (next, part) = self.add(m, stage, &sum, &step, carry.take());
                if stage < self.product_q.len() {
                    m.reg(self.product_q.at(stage), moves.clone(), step.slice(0, P));
                    m.reg(self.carry_q.at(stage), moves.clone(), part.bit(high - low));
                    let name = format!("addend{}", stage + 1);
                    let wide = e(self.product_q.at(stage)).sign_wide(A);
                    step = m.wire(&name, "the product, for the next segment", wide);
                    carry = Some(e(self.carry_q.at(stage)));
                }
            }
            if saturates && stage + 1 == stages {
                let negative = || next.clone().bit(A - 1);
                let overflow = (pos.clone() & negative()) | (neg.clone() & !negative());
                let overflow = m.wire("overflow", "the sum left its range", overflow);
                let largest = (1u128 << (A - 1)) - 1;
                let limit = select(neg.clone(), lit(largest + 1, A), lit(largest, A));
                next = select(overflow.clone(), limit, next);
                ovf = ovf | overflow;
            }
            m.note("A sum that nobody waits for is not taken.");
            m.reg(self.sum_q.at(stage), moves.clone(), next);
            if stage < self.neg_q.len() {
                m.reg(self.neg_q.at(stage), moves.clone(), neg);
                m.reg(self.pos_q.at(stage), moves.clone(), pos);
                (neg, pos) = (e(self.neg_q.at(stage)), e(self.pos_q.at(stage)));
            }
            if self.ovf_q.is_present() {
                m.reg(self.ovf_q.at(stage), moves, ovf);
                ovf = e(self.ovf_q.at(stage));
            }
            m.note("Whether a sum is live is known in any case.");
            m.reg(self.live_q.at(stage), en(), live);
            (sum, live) = (e(self.sum_q.at(stage)), e(self.live_q.at(stage)));
        }
        m.assign(&sum_o.sum, sum.clone());
        m.assign(&sum_o.live, live);
        if !saturates {
            let negative = || sum.clone().bit(A - 1);
            m.note("Operands of one sign overflowed if their sum has the other.");
            ovf = (pos & negative()) | (neg & !negative());
        }
        m.assign(&sum_o.ovf, ovf);
    }
}

impl<const W: usize, const P: usize, const A: usize> IntAdd<W, P, A> {
    /// `sum` after `stage` has added its segment of `step`, and that segment with its carry.
    fn add(
        &self,
        m: &mut Body,
        stage: usize,
        sum: &Expr,
        step: &Expr,
        carry: Option<Expr>,
    ) -> (Expr, Expr) {
        if self._config.segments() == 1 {
            let total = m.wire("total", "sum and product", sum.clone() + step.clone());
            return (total.clone(), total);
        }
        let (low, high) = self.segment(stage);
        let bits = high - low;
        let segment = |x: &Expr| x.clone().slice(low, bits).wide(bits + 1);
        let mut total = segment(sum) + segment(step);
        if let Some(carry) = carry {
            total = total + carry.wide(bits + 1);
        }
        let part = m.wire(
            &format!("part{stage}"),
            "a segment's sum and its carry",
            total,
        );
        let mut pieces = Vec::new();
        if high < A {
            pieces.push(sum.clone().slice(high, A - high));
        }
        pieces.push(part.clone().slice(0, bits));
        if low > 0 {
            pieces.push(sum.clone().slice(0, low));
        }
        (concat(pieces), part)
    }
}

impl<const W: usize, const P: usize, const A: usize> Adder<Int<W, P, A>> for IntAdd<W, P, A> {
    fn terms(&self) -> &Terms<Int<W, P, A>> {
        &self.terms
    }
}
