//! Third and fourth step of the fused multiply-add: where the leading one is, and
//! the shift that brings it to the top, as far as the exponent allows.

use super::{Normal, Total};
use rust_hdl::prelude::*;

/// Counts leading zeros, combinational.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct FmaCount {
    /// The sum before normalization.
    pub total_i: Signal<In, Total>,
    /// How far to shift it left: its leading zeros, but no further than to the
    /// exponent of subnormal numbers.
    pub shift_o: Signal<Out, Bits<6>>,
    /// What is left of the magnitude after each halving; one bit less than a power
    /// of two, since the lowest bit decides nothing.
    half_31: Signal<Local, Bits<31>>,
    half_15: Signal<Local, Bits<15>>,
    half_7: Signal<Local, Bits<7>>,
    half_3: Signal<Local, Bits<3>>,
    magnitude: Signal<Local, Bits<37>>,
    zeros: Signal<Local, Bits<6>>,
    skip_32: Signal<Local, Bit>,
    skip_16: Signal<Local, Bit>,
    skip_8: Signal<Local, Bit>,
    skip_4: Signal<Local, Bit>,
    skip_2: Signal<Local, Bit>,
    skip_1: Signal<Local, Bit>,
    /// Distance to the exponent of subnormal numbers.
    room: Signal<Local, Bits<9>>,
}

impl Logic for FmaCount {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("heddle:module fma_count | Fused multiply-add, step 3: how far the sum is to be shifted left, combinational.");
        self.magnitude.next = self.total_i.val().magnitude;
        self.skip_32.next = !self.magnitude.val().get_bits::<32>(5).any();
        self.half_31.next = self.magnitude.val().get_bits::<31>(6);
        if self.skip_32.val() {
            self.half_31.next =
                bit_cast::<31, 5>(self.magnitude.val().get_bits::<5>(0)) << bits::<5>(26);
        }
        self.skip_16.next = !self.half_31.val().get_bits::<16>(15).any();
        self.half_15.next = self.half_31.val().get_bits::<15>(16);
        if self.skip_16.val() {
            self.half_15.next = self.half_31.val().get_bits::<15>(0);
        }
        self.skip_8.next = !self.half_15.val().get_bits::<8>(7).any();
        self.half_7.next = self.half_15.val().get_bits::<7>(8);
        if self.skip_8.val() {
            self.half_7.next = self.half_15.val().get_bits::<7>(0);
        }
        self.skip_4.next = !self.half_7.val().get_bits::<4>(3).any();
        self.half_3.next = self.half_7.val().get_bits::<3>(4);
        if self.skip_4.val() {
            self.half_3.next = self.half_7.val().get_bits::<3>(0);
        }
        self.skip_2.next = !self.half_3.val().get_bits::<2>(1).any();
        self.skip_1.next = !self.half_3.val().get_bit(2);
        if self.skip_2.val() {
            self.skip_1.next = !self.half_3.val().get_bit(0);
        }
        self.zeros.next = bits::<6>(0);
        if self.skip_32.val() {
            self.zeros.next = self.zeros.val() | bits::<6>(32);
        }
        if self.skip_16.val() {
            self.zeros.next = self.zeros.val() | bits::<6>(16);
        }
        if self.skip_8.val() {
            self.zeros.next = self.zeros.val() | bits::<6>(8);
        }
        if self.skip_4.val() {
            self.zeros.next = self.zeros.val() | bits::<6>(4);
        }
        if self.skip_2.val() {
            self.zeros.next = self.zeros.val() | bits::<6>(2);
        }
        if self.skip_1.val() {
            self.zeros.next = self.zeros.val() | bits::<6>(1);
        }
        self.room.next = self.total_i.val().top - bits::<9>(126);
        self.shift_o.next = self.zeros.val();
        if self.room.val() < bit_cast::<9, 6>(self.zeros.val()) {
            self.shift_o.next = self.room.val().get_bits::<6>(0);
        }
    }
}

/// Shifts the sum left, combinational.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct FmaShift {
    /// The sum before normalization.
    pub total_i: Signal<In, Total>,
    /// How far.
    pub shift_i: Signal<In, Bits<6>>,
    /// The normalized sum.
    pub normal_o: Signal<Out, Normal>,
    shifted: Signal<Local, Bits<37>>,
}

impl Logic for FmaShift {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("heddle:module fma_shift | Fused multiply-add, step 4: normalizes the sum, combinational.");
        self.shifted.next = self.total_i.val().magnitude << self.shift_i.val();
        self.normal_o.next.fraction = self.shifted.val().get_bits::<23>(13);
        self.normal_o.next.guard = self.shifted.val().get_bit(12);
        self.normal_o.next.sticky = self.shifted.val().get_bits::<12>(0).any();
        self.normal_o.next.exp = bits::<9>(0);
        if self.shifted.val().get_bit(36) {
            self.normal_o.next.exp =
                self.total_i.val().top - bits::<9>(125) - bit_cast::<9, 6>(self.shift_i.val());
        }
        self.normal_o.next.sign = self.total_i.val().sign;
        self.normal_o.next.inf = self.total_i.val().inf;
        self.normal_o.next.nan = self.total_i.val().nan;
    }
}
