//! First step of the fused multiply-add: bring both numbers to one exponent.

use super::{Alignment, Bf16Product};
use rust_hdl::prelude::*;

/// Aligns a product with a partial sum, combinational.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct FmaAlign {
    /// The product.
    pub product_i: Signal<In, Bf16Product>,
    /// Whether it counts; otherwise the sum passes unchanged.
    pub mac_i: Signal<In, Bit>,
    /// The partial sum, binary32.
    pub sum_i: Signal<In, Bits<32>>,
    /// The anchor: the magnitude with the higher exponent.
    pub anchor_o: Signal<Out, Bits<35>>,
    /// The other magnitude, shifted right, a sticky bit below.
    pub other_o: Signal<Out, Bits<36>>,
    /// Exponent, signs and specials.
    pub alignment_o: Signal<Out, Alignment>,
    product_sig: Signal<Local, Bits<16>>,
    product_exp: Signal<Local, Bits<9>>,
    product_sign: Signal<Local, Bit>,
    product_inf: Signal<Local, Bit>,
    product_nan: Signal<Local, Bit>,
    sum_sig: Signal<Local, Bits<24>>,
    /// Exponent of the sum's top bit, biased by 253.
    sum_exp: Signal<Local, Bits<9>>,
    sum_sign: Signal<Local, Bit>,
    sum_inf: Signal<Local, Bit>,
    sum_nan: Signal<Local, Bit>,
    product_is_anchor: Signal<Local, Bit>,
    subtract: Signal<Local, Bit>,
    /// How far the other one lies below the anchor.
    distance: Signal<Local, Bits<9>>,
    other: Signal<Local, Bits<35>>,
    /// The shifter, a stage for each bit of the distance, and what it shifted out.
    by_far: Signal<Local, Bits<35>>,
    by_32: Signal<Local, Bits<35>>,
    by_16: Signal<Local, Bits<35>>,
    by_8: Signal<Local, Bits<35>>,
    by_4: Signal<Local, Bits<35>>,
    by_2: Signal<Local, Bits<35>>,
    by_1: Signal<Local, Bits<35>>,
    lost_far: Signal<Local, Bit>,
    lost_32: Signal<Local, Bit>,
    lost_16: Signal<Local, Bit>,
    lost_8: Signal<Local, Bit>,
    lost_4: Signal<Local, Bit>,
    lost_2: Signal<Local, Bit>,
    lost_1: Signal<Local, Bit>,
}

impl Logic for FmaAlign {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("heddle:module fma_align | Fused multiply-add, step 1: brings an exact bf16 product and a binary32 sum to one exponent, combinational.");
        // A product that does not count is a zero of the sum's sign, which changes
        // nothing, not even the sign of a zero.
        self.sum_sign.next = self.sum_i.val().get_bit(31);
        self.product_sig.next = bits::<16>(0);
        self.product_exp.next = bits::<9>(0);
        self.product_sign.next = self.sum_i.val().get_bit(31);
        self.product_inf.next = false;
        self.product_nan.next = false;
        if self.mac_i.val() {
            self.product_sig.next = self.product_i.val().sig;
            self.product_exp.next = self.product_i.val().exp;
            self.product_sign.next = self.product_i.val().sign;
            self.product_inf.next = self.product_i.val().inf;
            self.product_nan.next = self.product_i.val().nan;
        }
        // 127 is the exponent of a subnormal sum: 1 + 126.
        self.sum_sig.next = bit_cast::<24, 23>(self.sum_i.val().get_bits::<23>(0));
        self.sum_exp.next = bits::<9>(127);
        if self.sum_i.val().get_bits::<8>(23).any() {
            self.sum_sig.next =
                bit_cast::<24, 23>(self.sum_i.val().get_bits::<23>(0)) | bits::<24>(0x80_0000);
            self.sum_exp.next =
                bit_cast::<9, 8>(self.sum_i.val().get_bits::<8>(23)) + bits::<9>(126);
        }
        self.sum_inf.next =
            self.sum_i.val().get_bits::<8>(23).all() & !self.sum_i.val().get_bits::<23>(0).any();
        self.sum_nan.next =
            self.sum_i.val().get_bits::<8>(23).all() & self.sum_i.val().get_bits::<23>(0).any();
        self.product_is_anchor.next = self.product_exp.val() >= self.sum_exp.val();
        self.subtract.next = self.product_sign.val() ^ self.sum_sign.val();
        if self.product_is_anchor.val() {
            self.distance.next = self.product_exp.val() - self.sum_exp.val();
            self.other.next = bit_cast::<35, 24>(self.sum_sig.val()) << bits::<4>(11);
            self.anchor_o.next = bit_cast::<35, 16>(self.product_sig.val()) << bits::<5>(19);
            self.alignment_o.next.top = self.product_exp.val();
        } else {
            self.distance.next = self.sum_exp.val() - self.product_exp.val();
            self.other.next = bit_cast::<35, 16>(self.product_sig.val()) << bits::<5>(19);
            self.anchor_o.next = bit_cast::<35, 24>(self.sum_sig.val()) << bits::<4>(11);
            self.alignment_o.next.top = self.sum_exp.val();
        }
        self.by_far.next = self.other.val();
        self.lost_far.next = false;
        if self.distance.val().get_bits::<3>(6).any() {
            self.by_far.next = bits::<35>(0);
            self.lost_far.next = self.other.val().any();
        }
        self.by_32.next = self.by_far.val();
        self.lost_32.next = self.lost_far.val();
        if self.distance.val().get_bit(5) {
            self.by_32.next = self.by_far.val() >> bits::<6>(32);
            self.lost_32.next = self.lost_far.val() | self.by_far.val().get_bits::<32>(0).any();
        }
        self.by_16.next = self.by_32.val();
        self.lost_16.next = self.lost_32.val();
        if self.distance.val().get_bit(4) {
            self.by_16.next = self.by_32.val() >> bits::<5>(16);
            self.lost_16.next = self.lost_32.val() | self.by_32.val().get_bits::<16>(0).any();
        }
        self.by_8.next = self.by_16.val();
        self.lost_8.next = self.lost_16.val();
        if self.distance.val().get_bit(3) {
            self.by_8.next = self.by_16.val() >> bits::<4>(8);
            self.lost_8.next = self.lost_16.val() | self.by_16.val().get_bits::<8>(0).any();
        }
        self.by_4.next = self.by_8.val();
        self.lost_4.next = self.lost_8.val();
        if self.distance.val().get_bit(2) {
            self.by_4.next = self.by_8.val() >> bits::<3>(4);
            self.lost_4.next = self.lost_8.val() | self.by_8.val().get_bits::<4>(0).any();
        }
        self.by_2.next = self.by_4.val();
        self.lost_2.next = self.lost_4.val();
        if self.distance.val().get_bit(1) {
            self.by_2.next = self.by_4.val() >> bits::<2>(2);
            self.lost_2.next = self.lost_4.val() | self.by_4.val().get_bits::<2>(0).any();
        }
        self.by_1.next = self.by_2.val();
        self.lost_1.next = self.lost_2.val();
        if self.distance.val().get_bit(0) {
            self.by_1.next = self.by_2.val() >> bits::<1>(1);
            self.lost_1.next = self.lost_2.val() | self.by_2.val().get_bit(0);
        }
        self.other_o.next = bit_cast::<36, 35>(self.by_1.val()) << bits::<1>(1);
        if self.lost_1.val() {
            self.other_o.next =
                (bit_cast::<36, 35>(self.by_1.val()) << bits::<1>(1)) | bits::<36>(1);
        }
        self.alignment_o.next.subtract = self.subtract.val();
        self.alignment_o.next.nan = self.product_nan.val()
            | self.sum_nan.val()
            | (self.product_inf.val() & self.sum_inf.val() & self.subtract.val());
        self.alignment_o.next.inf = self.product_inf.val() | self.sum_inf.val();
        if self.product_inf.val() | (self.product_is_anchor.val() & !self.sum_inf.val()) {
            self.alignment_o.next.sign = self.product_sign.val();
        } else {
            self.alignment_o.next.sign = self.sum_sign.val();
        }
    }
}
