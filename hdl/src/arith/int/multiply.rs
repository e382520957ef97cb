//! The integer multiplier: combinational, in a DSP block, or with a stage of registers inside.

use super::Int;
use crate::arith::Multiplier;
use crate::bundle::Factors;
use crate::describe::{e, Body, Compiled, Describe, Maybe, Reg};
use crate::prim::Dsp;
use crate::{ArrayConfig, MultiplierCell};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// The exact product of two W-bit numbers.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(config = ArrayConfig, name = format!("mul_int{W}"), about = self.purpose())]
pub struct IntMul<const W: usize, const P: usize, const A: usize> {
    factors: Factors<Int<W, P, A>>,
    #[hw(build = Maybe::new((config.dsp_stages() > 0).then(|| Dsp::new(config, config.dsp_stages(), true))))]
    dsp: Maybe<Dsp<W, P>>,
    /// activation
    #[hw(when = config.registers_operands(), style = config.gated_style())]
    act_q: Reg<Bits<W>>,
    /// weight
    #[hw(when = config.registers_operands(), style = config.gated_style())]
    weight_q: Reg<Bits<W>>,
    /// activation times each part of the weight, the lowest first; the highest has the sign
    #[hw(when = config.multiplier() == MultiplierCell::Staged, lanes = PARTS, style = config.gated_style())]
    part_q: Reg<Bits<P>>,
    _body: Compiled,
}

/// Parts of a weight in a staged multiplier. Two halves make a slower and larger one in OSU018:
/// each would add up four rows of bits.
const PARTS: usize = 3;

impl crate::ArrayConfig {
    /// Whether the operands have registers of the fabric inside the multiplier.
    fn registers_operands(&self) -> bool {
        self.inner_stages() > 0 && self.multiplier() != MultiplierCell::Staged
    }
}

/// The lowest bit of the `index`-th part of a weight of `bits` bits, and how many bits it has.
fn part_of(index: usize, bits: usize) -> (usize, usize) {
    let most = bits.div_ceil(PARTS);
    (index * most, most.min(bits - index * most))
}

impl<const W: usize, const P: usize, const A: usize> IntMul<W, P, A> {
    fn purpose(&self) -> String {
        let how = if self.dsp.get().is_some() {
            "with the registers of a DSP block"
        } else if self.act_q.is_present() {
            "of registered operands"
        } else if self.part_q.is_present() {
            "in two steps: registered products with parts of the weight"
        } else {
            "combinational"
        };
        format!("Exact product of two {W}-bit integers, {how}.")
    }
}

impl<const W: usize, const P: usize, const A: usize> Describe for IntMul<W, P, A> {
    fn describe(&self, m: &mut Body) {
        let Factors {
            en_i,
            act_i,
            weight_i,
            product_o,
            ..
        } = &self.factors;
        if let Some(dsp) = self.dsp.get() {
            m.assign(&dsp.a_i, act_i);
            m.assign(&dsp.b_i, weight_i);
            m.assign(product_o, &dsp.product_o);
        } else if self.act_q.is_present() {
            m.note("Operands whose product does not count are not taken.");
            m.reg(&self.act_q, en_i, act_i);
            m.reg(&self.weight_q, en_i, weight_i);
            let factors = (e(&self.act_q), e(&self.weight_q));
            let product = m.product("product", "exact", factors, P);
            m.assign(product_o, product);
        } else if self.part_q.is_present() {
            m.note("Operands whose product does not count are not taken.");
            let mut sum = Vec::new();
            for index in 0..PARTS {
                let (low, bits) = part_of(index, W);
                let part = e(weight_i).slice(low, bits);
                // The highest part has the sign; all are as wide as the activation.
                let part = match index == PARTS - 1 {
                    true => part.sign_wide(W),
                    false => part.wide(W),
                };
                let name = format!("part{index}");
                let part = m.product(&name, "with a part of the weight", (e(act_i), part), P);
                m.reg(self.part_q.at(index), en_i, part);
                sum.push(e(self.part_q.at(index)).shifted_left(low));
            }
            if let Some(sum) = sum.into_iter().reduce(|a, b| a + b) {
                m.assign(product_o, sum);
            }
        } else {
            let product = m.product("product", "exact", (e(act_i), e(weight_i)), P);
            m.assign(product_o, product);
        }
    }
}

impl<const W: usize, const P: usize, const A: usize> Multiplier<Int<W, P, A>> for IntMul<W, P, A> {
    fn factors(&self) -> &Factors<Int<W, P, A>> {
        &self.factors
    }
}
