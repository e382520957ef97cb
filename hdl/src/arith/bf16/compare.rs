//! First step of the fused multiply-add: which number has the higher exponent, and by
//! how much.

use super::{Comparison, Product};
use crate::describe::{concat, e, lit, select, Body, Compiled, Describe, Net};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Fused multiply-add, step 1: which of an exact bf16 product and a binary32 sum has the higher
/// exponent, and by how much, combinational.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(name = "fma_compare")]
pub struct FmaCompare {
    pub(crate) product_i: Product<In>,
    /// the product counts; otherwise the sum passes unchanged
    pub mac_i: Net<In, Bit>,
    /// partial sum, binary32
    pub sum_i: Net<In, Bits<32>>,
    /// magnitude with the higher exponent, the product if they are equal
    pub anchor_o: Net<Out, Bits<24>>,
    /// the other magnitude; a product stands one place lower, since the distance is then one less
    pub other_o: Net<Out, Bits<24>>,
    pub(crate) comparison_o: Comparison<Out>,
    _body: Compiled,
}

impl Describe for FmaCompare {
    fn describe(&self, m: &mut Body) {
        let (product, mac) = (&self.product_i, || e(&self.mac_i));
        let sum = |lo: usize, bits: usize| e(&self.sum_i).slice(lo, bits);
        let sign = || sum(31, 1);
        m.note("The sum's parts. A subnormal number has no hidden bit, and exponent 1.");
        let normal = m.wire("sum_normal", "there is a hidden bit", sum(23, 8).any());
        let sig = concat([normal.clone(), sum(0, 23)]);
        let sum_sig = m.wire("sum_sig", "significand", sig);
        let low = select(normal, sum(23, 7), lit(1, 7));
        let low = m.wire("sum_low", "exponent without its top bit", low);
        let doc = "exponent, biased as the product's: 128 more";
        let sum_exp = m.wire("sum_exp", doc, concat([sum(30, 1), !sum(30, 1), low]));
        let top = m.wire("sum_top", "infinite or NaN", sum(23, 8).all());
        let sum_inf = m.wire("sum_inf", "", top.clone() & !sum(0, 23).any());
        let sum_nan = m.wire("sum_nan", "", top & sum(0, 23).any());

        m.note(
            "A product that does not count is a zero of the sum's sign, which changes nothing, not \
             even the sign of a zero. A zero has exponent 0, so it is never the anchor.",
        );
        let counted = select(mac(), &product.sig, lit(0, 16));
        let product_sig = m.wire("product_sig", "", counted);
        let product_inf = m.wire("product_inf", "", mac() & &product.inf);
        let product_nan = m.wire("product_nan", "", mac() & &product.nan);
        let subtract = mac() & (e(&product.sign) ^ sign());
        let subtract = m.wire("subtract", "the signs differ", subtract);
        let difference = e(&product.exp).wide(10) - sum_exp.clone().wide(10);
        let doc = "the product's exponent less the sum's";
        let difference = m.wire("difference", doc, difference);
        let lower = || difference.clone().bit(9);
        let anchored = mac() & !lower();
        let anchored = m.wire("product_is_anchor", "", anchored);
        let at_anchor = concat([e(&product.sig), lit(0, 8)]);
        let anchor = select(anchored.clone(), at_anchor, sum_sig.clone());
        m.assign(&self.anchor_o, anchor);
        let below = concat([lit(0, 1), product_sig, lit(0, 7)]);
        m.assign(&self.other_o, select(anchored.clone(), sum_sig, below));

        let Comparison {
            distance,
            far,
            alignment,
        } = &self.comparison_o;
        m.note("Of a negative difference -d the complement is d - 1.");
        let near = || difference.clone().slice(0, 6);
        m.assign(distance, select(lower(), !near(), near()));
        let beyond = || difference.clone().slice(6, 3);
        m.assign(far, select(lower(), !beyond().all(), beyond().any()));
        let top = select(anchored.clone(), &product.exp, sum_exp);
        m.assign(&alignment.top, top);
        m.assign(&alignment.subtract, subtract.clone());
        let invalid = product_inf.clone() & sum_inf.clone() & subtract.clone();
        m.assign(&alignment.nan, product_nan | sum_nan | invalid);
        m.assign(&alignment.inf, product_inf.clone() | sum_inf.clone());
        m.note("The product's sign, where it decides, is the sum's if they do not differ.");
        let decides = product_inf | (anchored & !sum_inf);
        m.assign(&alignment.sign, select(decides, sign() ^ subtract, sign()));
    }
}
