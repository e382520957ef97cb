//! The exact product of two bfloat16 numbers.

use super::bundle::packed;
use super::{Bf16, Bf16Fields};
use crate::arith::Multiplier;
use crate::bundle::Factors;
use crate::describe::{e, Body, Compiled, Describe, Maybe, Reg};
use crate::prim::Dsp;
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Multiplies two bfloat16 numbers, the significands perhaps with a DSP block's registers.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(config = ArrayConfig, name = "mul_bf16", about = self.purpose())]
pub struct Bf16Mul {
    factors: Factors<Bf16>,
    fields: Bf16Fields,
    #[hw(build = Maybe::new((config.dsp_stages() > 0).then(|| Dsp::new(config, config.dsp_stages(), false))))]
    significands: Maybe<Dsp<8, 16>>,
    /// exponent, on its way beside the significands
    #[hw(lanes = config.dsp_stages(), style = config.data_style())]
    exp_q: Reg<Bits<9>>,
    /// sign, likewise
    #[hw(lanes = config.dsp_stages(), style = config.data_style())]
    sign_q: Reg<Bit>,
    /// infinite, likewise
    #[hw(lanes = config.dsp_stages(), style = config.data_style())]
    inf_q: Reg<Bit>,
    /// not a number, likewise
    #[hw(lanes = config.dsp_stages(), style = config.data_style())]
    nan_q: Reg<Bit>,
    _body: Compiled,
}

impl Bf16Mul {
    fn purpose(&self) -> String {
        let how = match self.significands.get() {
            Some(_) => "the significands with the registers of a DSP block",
            None => "combinational",
        };
        format!(
            "Exact product of two bfloat16 numbers, {how}: 16-bit significand, 9-bit exponent, \
             sign, infinity, NaN."
        )
    }
}

impl Describe for Bf16Mul {
    fn describe(&self, m: &mut Body) {
        let fields = &self.fields;
        let en = self.factors.en_i.or(true);
        m.assign(&fields.act_i, &self.factors.act_i);
        m.assign(&fields.weight_i, &self.factors.weight_i);
        let sig = match self.significands.get() {
            Some(dsp) => {
                m.assign(&dsp.a_i, &fields.act_sig_o);
                m.assign(&dsp.b_i, &fields.weight_sig_o);
                e(&dsp.product_o)
            }
            None => {
                let sig = e(&fields.act_sig_o).times(e(&fields.weight_sig_o), 16);
                m.wire("sig", "product of the significands", sig)
            }
        };
        m.note("What goes beside the significands.");
        let exp = m.shift(&self.exp_q, &en, &fields.exp_o);
        let sign = m.shift(&self.sign_q, &en, &fields.sign_o);
        let inf = m.shift(&self.inf_q, &en, &fields.inf_o);
        let nan = m.shift(&self.nan_q, &en, &fields.nan_o);
        m.assign(&self.factors.product_o, packed([sig, exp, sign, inf, nan]));
    }
}

impl Multiplier<Bf16> for Bf16Mul {
    fn factors(&self) -> &Factors<Bf16> {
        &self.factors
    }
}
