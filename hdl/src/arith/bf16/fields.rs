//! What a bfloat16 product is, but for its significand.

use crate::describe::{concat, e, lit, select, Body, Compiled, Describe, Expr, Net};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Unpacks two bfloat16 numbers, combinational: their significands, and exponent, sign,
/// infinity, NaN of their product.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(name = "mul_fields")]
pub struct Bf16Fields {
    /// activation
    pub act_i: Net<In, Bits<16>>,
    /// weight
    pub weight_i: Net<In, Bits<16>>,
    /// significand of the activation, with its hidden bit
    pub act_sig_o: Net<Out, Bits<8>>,
    /// significand of the weight
    pub weight_sig_o: Net<Out, Bits<8>>,
    /// sum of the biased exponents and 2; 0 if the product is zero
    pub exp_o: Net<Out, Bits<9>>,
    /// sign of the product
    pub sign_o: Net<Out, Bit>,
    /// the product is infinite
    pub inf_o: Net<Out, Bit>,
    /// the product is not a number
    pub nan_o: Net<Out, Bit>,
    _body: Compiled,
}

/// A factor's parts.
struct Factor {
    sig: Expr,
    exp: Expr,
    /// The exponent is all ones: infinite or NaN.
    top: Expr,
    nan: Expr,
}

impl Factor {
    fn of(m: &mut Body, name: &str, number: &Net<In, Bits<16>>) -> Self {
        let fraction = || e(number).slice(0, 7);
        let exponent = || e(number).slice(7, 8);
        let hidden = exponent().any();
        let hidden = m.wire(&format!("{name}_normal"), "there is a hidden bit", hidden);
        let sig = concat([hidden.clone(), fraction()]);
        let exp = select(hidden, exponent(), lit(1, 8));
        let top = m.wire(&format!("{name}_top"), "infinite or NaN", exponent().all());
        Self {
            sig: m.wire(&format!("{name}_sig"), "significand", sig),
            exp: m.wire(&format!("{name}_exp"), "biased exponent", exp),
            nan: top.clone() & fraction().any(),
            top,
        }
    }
}

impl Describe for Bf16Fields {
    fn describe(&self, m: &mut Body) {
        m.note("The factors' parts. A subnormal number has no hidden bit, and exponent 1.");
        let act = Factor::of(m, "act", &self.act_i);
        let weight = Factor::of(m, "weight", &self.weight_i);
        m.assign(&self.act_sig_o, act.sig.clone());
        m.assign(&self.weight_sig_o, weight.sig.clone());
        let zero = !(act.sig.any() & weight.sig.any());
        let zero = m.wire("zero", "one of them is zero", zero);
        let top = act.top | weight.top;
        let top = m.wire("top", "one of them is infinite or NaN", top);
        let nan = act.nan | weight.nan | (top.clone() & zero.clone());
        let nan = m.wire("nan", "", nan);
        let exp = act.exp.wide(9) + weight.exp.wide(9) + lit(2, 9);
        m.assign(&self.exp_o, select(zero, lit(0, 9), exp));
        m.assign(
            &self.sign_o,
            e(&self.act_i).bit(15) ^ e(&self.weight_i).bit(15),
        );
        m.assign(&self.inf_o, top & !nan.clone());
        m.assign(&self.nan_o, nan);
    }
}
