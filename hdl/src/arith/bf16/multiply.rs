//! The exact product of two bfloat16 numbers.

use super::{Bf16, Bf16Product};
use crate::arith::Multiplier;
use crate::describe::{net, Body};
use rust_hdl::prelude::*;

/// The product of two significands. rust-hdl's own product exists for 16 bits only.
#[derive(Clone, Debug, Default, LogicBlock)]
struct SigMul {
    a_i: Signal<In, Bits<8>>,
    b_i: Signal<In, Bits<8>>,
    product_o: Signal<Out, Bits<16>>,
}

impl Logic for SigMul {
    fn update(&mut self) {
        self.product_o.next = (self.a_i.val().to_u64() * self.b_i.val().to_u64()).into();
    }

    fn connect(&mut self) {
        self.product_o.connect();
    }

    fn hdl(&self) -> Verilog {
        let about = "Product of two bfloat16 significands, combinational.";
        let mut body = Body::new("mul_sig", about, false);
        body.port("a_i", "significand");
        body.port("b_i", "significand");
        body.assign("product_o", net("a_i").zext(16) * net("b_i").zext(16));
        body.finish()
    }
}

/// Multiplies two bfloat16 numbers, combinational.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct Bf16Mul {
    /// The activation.
    pub act_i: Signal<In, Bits<16>>,
    /// The weight.
    pub weight_i: Signal<In, Bits<16>>,
    /// Their product.
    pub product_o: Signal<Out, Bf16Product>,
    /// Significands with their hidden bit.
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
    significands: SigMul,
}

impl Logic for Bf16Mul {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("heddle:module mul_bf16 | Exact product of two bfloat16 numbers, combinational: 16-bit significand, 9-bit exponent, sign, infinity, NaN.");
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
        self.significands.a_i.next = self.act_sig.val();
        self.significands.b_i.next = self.weight_sig.val();
        self.product_o.next.sig = self.significands.product_o.val();
        self.product_o.next.exp = bits::<9>(0);
        if !self.zero.val() {
            self.product_o.next.exp =
                bit_cast::<9, 8>(self.act_exp.val()) + bit_cast::<9, 8>(self.weight_exp.val());
        }
        self.product_o.next.sign = self.act_i.val().get_bit(15) ^ self.weight_i.val().get_bit(15);
        self.product_o.next.inf = (self.act_top.val() | self.weight_top.val()) & !self.nan.val();
        self.product_o.next.nan = self.nan.val();
    }
}

impl Multiplier<Bf16> for Bf16Mul {
    fn drive(&mut self, act: Bits<16>, weight: Bits<16>) {
        self.act_i.next = act;
        self.weight_i.next = weight;
    }

    fn product(&self) -> Bf16Product {
        self.product_o.val()
    }

    fn connect_inputs(&mut self) {
        self.act_i.connect();
        self.weight_i.connect();
    }
}
