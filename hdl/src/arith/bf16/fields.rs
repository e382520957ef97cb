//! What a bfloat16 product is, but for its significand.

use crate::describe::{Body, Describe};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Unpacks two bfloat16 numbers, combinational: their significands, and exponent, sign,
/// infinity, NaN of their product.
#[derive(Clone, Debug, Default, LogicBlock, Module)]
#[hw(manual, name = "mul_fields")]
pub struct Bf16Fields {
    /// The activation.
    pub act_i: Signal<In, Bits<16>>,
    /// The weight.
    pub weight_i: Signal<In, Bits<16>>,
    /// Significand of the activation, with its hidden bit.
    pub act_sig_o: Signal<Out, Bits<8>>,
    /// Significand of the weight.
    pub weight_sig_o: Signal<Out, Bits<8>>,
    /// Sum of the biased exponents and 2; 0 if the product is zero.
    pub exp_o: Signal<Out, Bits<9>>,
    /// Sign of the product.
    pub sign_o: Signal<Out, Bit>,
    /// The product is infinite.
    pub inf_o: Signal<Out, Bit>,
    /// The product is not a number.
    pub nan_o: Signal<Out, Bit>,
    act_sig: Signal<Local, Bits<8>>,
    weight_sig: Signal<Local, Bits<8>>,
    /// Biased exponents, 1 for subnormal numbers.
    act_exp: Signal<Local, Bits<8>>,
    weight_exp: Signal<Local, Bits<8>>,
    /// Exponent field all ones: infinite or NaN.
    act_top: Signal<Local, Bit>,
    weight_top: Signal<Local, Bit>,
    zero: Signal<Local, Bit>,
    nan: Signal<Local, Bit>,
}

impl Logic for Bf16Fields {
    #[hdl_gen]
    fn update(&mut self) {
        self.act_top.next = self.act_i.val().get_bits::<8>(7).all();
        self.weight_top.next = self.weight_i.val().get_bits::<8>(7).all();
        self.act_sig.next = bit_cast::<8, 7>(self.act_i.val().get_bits::<7>(0));
        self.act_exp.next = bits::<8>(1);
        if self.act_i.val().get_bits::<8>(7).any() {
            self.act_sig.next =
                bit_cast::<8, 7>(self.act_i.val().get_bits::<7>(0)) | bits::<8>(128);
            self.act_exp.next = self.act_i.val().get_bits::<8>(7);
        }
        self.weight_sig.next = bit_cast::<8, 7>(self.weight_i.val().get_bits::<7>(0));
        self.weight_exp.next = bits::<8>(1);
        if self.weight_i.val().get_bits::<8>(7).any() {
            self.weight_sig.next =
                bit_cast::<8, 7>(self.weight_i.val().get_bits::<7>(0)) | bits::<8>(128);
            self.weight_exp.next = self.weight_i.val().get_bits::<8>(7);
        }
        self.zero.next = !(self.act_sig.val().any() & self.weight_sig.val().any());
        self.nan.next = (self.act_top.val() & self.act_i.val().get_bits::<7>(0).any())
            | (self.weight_top.val() & self.weight_i.val().get_bits::<7>(0).any())
            | ((self.act_top.val() | self.weight_top.val()) & self.zero.val());
        self.act_sig_o.next = self.act_sig.val();
        self.weight_sig_o.next = self.weight_sig.val();
        self.exp_o.next = bits::<9>(0);
        if !self.zero.val() {
            self.exp_o.next = bit_cast::<9, 8>(self.act_exp.val())
                + bit_cast::<9, 8>(self.weight_exp.val())
                + bits::<9>(2);
        }
        self.sign_o.next = self.act_i.val().get_bit(15) ^ self.weight_i.val().get_bit(15);
        self.inf_o.next = (self.act_top.val() | self.weight_top.val()) & !self.nan.val();
        self.nan_o.next = self.nan.val();
    }
}

impl Describe for Bf16Fields {
    fn describe(&self, m: &mut Body) {
        m.generated();
    }
}
