//! First step of the fused multiply-add: which number has the higher exponent, and by
//! how much.

use super::{Bf16Product, Comparison};
use crate::describe::{Body, Describe};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Fused multiply-add, step 1: which of an exact bf16 product and a binary32 sum has the higher
/// exponent, and by how much, combinational.
#[derive(Clone, Debug, Default, LogicBlock, Module)]
#[hw(manual, name = "fma_compare")]
pub struct FmaCompare {
    /// The product.
    pub product_i: Signal<In, Bf16Product>,
    /// Whether it counts; otherwise the sum passes unchanged.
    pub mac_i: Signal<In, Bit>,
    /// The partial sum, binary32.
    pub sum_i: Signal<In, Bits<32>>,
    /// The anchor: the magnitude with the higher exponent, the product if they are equal.
    pub anchor_o: Signal<Out, Bits<24>>,
    /// The other magnitude; a product stands one place lower, since the distance is
    /// then one less.
    pub other_o: Signal<Out, Bits<24>>,
    /// Distance, exponent, signs and specials.
    pub comparison_o: Signal<Out, Comparison>,
    /// The sum has an exponent, that is a hidden bit.
    sum_normal: Signal<Local, Bit>,
    sum_sig: Signal<Local, Bits<24>>,
    /// Exponent of the sum, 1 for subnormal numbers, without its top bit.
    sum_low: Signal<Local, Bits<7>>,
    /// The same in the product's terms: 128 more.
    sum_exp: Signal<Local, Bits<9>>,
    sum_top: Signal<Local, Bit>,
    sum_inf: Signal<Local, Bit>,
    sum_nan: Signal<Local, Bit>,
    /// The product's significand, or nothing if it does not count.
    product_sig: Signal<Local, Bits<16>>,
    product_inf: Signal<Local, Bit>,
    product_nan: Signal<Local, Bit>,
    /// The product's exponent less the sum's, in two's complement.
    difference: Signal<Local, Bits<10>>,
    product_is_anchor: Signal<Local, Bit>,
    subtract: Signal<Local, Bit>,
}

impl Logic for FmaCompare {
    #[hdl_gen]
    fn update(&mut self) {
        self.sum_normal.next = self.sum_i.val().get_bits::<8>(23).any();
        self.sum_sig.next = bit_cast::<24, 23>(self.sum_i.val().get_bits::<23>(0));
        self.sum_low.next = bits::<7>(1);
        if self.sum_normal.val() {
            self.sum_sig.next =
                bit_cast::<24, 23>(self.sum_i.val().get_bits::<23>(0)) | bits::<24>(0x80_0000);
            self.sum_low.next = self.sum_i.val().get_bits::<7>(23);
        }
        self.sum_exp.next = bit_cast::<9, 7>(self.sum_low.val()) | bits::<9>(128);
        if self.sum_i.val().get_bit(30) {
            self.sum_exp.next = bit_cast::<9, 7>(self.sum_low.val()) | bits::<9>(256);
        }
        self.sum_top.next = self.sum_i.val().get_bits::<8>(23).all();
        self.sum_inf.next = self.sum_top.val() & !self.sum_i.val().get_bits::<23>(0).any();
        self.sum_nan.next = self.sum_top.val() & self.sum_i.val().get_bits::<23>(0).any();
        // A product that does not count is a zero of the sum's sign, which changes
        // nothing, not even the sign of a zero. A zero has exponent 0, and so it is
        // never the anchor.
        self.product_sig.next = bits::<16>(0);
        if self.mac_i.val() {
            self.product_sig.next = self.product_i.val().sig;
        }
        self.product_inf.next = self.mac_i.val() & self.product_i.val().inf;
        self.product_nan.next = self.mac_i.val() & self.product_i.val().nan;
        self.subtract.next =
            self.mac_i.val() & (self.product_i.val().sign ^ self.sum_i.val().get_bit(31));
        self.difference.next =
            bit_cast::<10, 9>(self.product_i.val().exp) - bit_cast::<10, 9>(self.sum_exp.val());
        self.product_is_anchor.next = self.mac_i.val() & !self.difference.val().get_bit(9);
        if self.product_is_anchor.val() {
            self.anchor_o.next = bit_cast::<24, 16>(self.product_i.val().sig) << bits::<4>(8);
            self.other_o.next = self.sum_sig.val();
            self.comparison_o.next.top = self.product_i.val().exp;
        } else {
            self.anchor_o.next = self.sum_sig.val();
            self.other_o.next = bit_cast::<24, 16>(self.product_sig.val()) << bits::<3>(7);
            self.comparison_o.next.top = self.sum_exp.val();
        }
        // Of a negative difference -d the complement is d - 1.
        self.comparison_o.next.distance = self.difference.val().get_bits::<6>(0);
        self.comparison_o.next.far = self.difference.val().get_bits::<3>(6).any();
        if self.difference.val().get_bit(9) {
            self.comparison_o.next.distance = !self.difference.val().get_bits::<6>(0);
            self.comparison_o.next.far = !self.difference.val().get_bits::<3>(6).all();
        }
        self.comparison_o.next.subtract = self.subtract.val();
        self.comparison_o.next.nan = self.product_nan.val()
            | self.sum_nan.val()
            | (self.product_inf.val() & self.sum_inf.val() & self.subtract.val());
        self.comparison_o.next.inf = self.product_inf.val() | self.sum_inf.val();
        // The product's sign, where it decides, is the sum's if they do not differ.
        self.comparison_o.next.sign = self.sum_i.val().get_bit(31);
        if self.product_inf.val() | (self.product_is_anchor.val() & !self.sum_inf.val()) {
            self.comparison_o.next.sign = self.sum_i.val().get_bit(31) ^ self.subtract.val();
        }
    }
}

impl Describe for FmaCompare {
    fn describe(&self, m: &mut Body) {
        m.generated();
    }
}
