//! Fourth and fifth step of the fused multiply-add: in which group of four bits the
//! leading one is, and the shift that brings the group to the top, as far as the
//! exponent allows.

use super::{Counted, Normal, Total};
use crate::describe::{Body, Describe};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Fused multiply-add, step 4: how far the sum is to be shifted left, in fours, combinational.
#[derive(Clone, Debug, Default, LogicBlock, Module)]
#[hw(manual, name = "fma_count")]
pub struct FmaCount {
    /// The sum before normalization.
    pub total_i: Signal<In, Total>,
    /// The same, and how far to shift it left: its leading zeros, but no further than
    /// to the exponent of subnormal numbers; in fours, rounded down.
    pub counted_o: Signal<Out, Counted>,
    stops: Signal<Local, Bits<8>>,
    /// None of the upper four, none of the four that follow.
    none_0: Signal<Local, Bit>,
    none_4: Signal<Local, Bit>,
    skip_32: Signal<Local, Bit>,
    skip_16: Signal<Local, Bit>,
    skip_8: Signal<Local, Bit>,
    skip_4: Signal<Local, Bit>,
}

impl Logic for FmaCount {
    #[hdl_gen]
    fn update(&mut self) {
        self.stops.next = self.total_i.val().stops;
        self.none_0.next = !self.stops.val().get_bits::<4>(0).any();
        self.none_4.next = !self.stops.val().get_bits::<4>(4).any();
        self.skip_32.next = self.none_0.val() & self.none_4.val();
        self.skip_16.next = self.none_0.val() & !self.none_4.val();
        self.skip_8.next = !self.stops.val().get_bits::<2>(0).any();
        self.skip_4.next = !self.stops.val().get_bit(0)
            & (self.stops.val().get_bit(1) | !self.stops.val().get_bit(2));
        if self.none_0.val() {
            self.skip_8.next = !self.stops.val().get_bits::<2>(4).any() & !self.none_4.val();
            self.skip_4.next = !self.stops.val().get_bit(4)
                & (self.stops.val().get_bit(5) | !self.stops.val().get_bit(6))
                & !self.none_4.val();
        }
        self.counted_o.next.magnitude = self.total_i.val().magnitude;
        self.counted_o.next.top = self.total_i.val().top;
        self.counted_o.next.skip_32 = self.skip_32.val();
        self.counted_o.next.skip_16 = self.skip_16.val();
        self.counted_o.next.skip_8 = self.skip_8.val();
        self.counted_o.next.skip_4 = self.skip_4.val();
        self.counted_o.next.sign = self.total_i.val().sign;
        self.counted_o.next.inf = self.total_i.val().inf;
        self.counted_o.next.nan = self.total_i.val().nan;
    }
}

/// Fused multiply-add, step 5: shifts the sum left by fours, combinational.
#[derive(Clone, Debug, Default, LogicBlock, Module)]
#[hw(manual, name = "fma_shift")]
pub struct FmaShift {
    /// The sum before normalization, and how far.
    pub counted_i: Signal<In, Counted>,
    /// The sum, its leading one within three bits of the top.
    pub normal_o: Signal<Out, Normal>,
    /// The exponent: a field is no net, of which rust-hdl could select bits.
    top: Signal<Local, Bits<9>>,
    by_16: Signal<Local, Bits<36>>,
    by_8: Signal<Local, Bits<36>>,
    by_4: Signal<Local, Bits<36>>,
    /// A quarter of the exponent, without its bias of 128.
    quarter: Signal<Local, Bits<7>>,
    skips: Signal<Local, Bits<4>>,
    /// What the shift leaves of it.
    rest: Signal<Local, Bits<7>>,
    beyond: Signal<Local, Bit>,
}

impl Logic for FmaShift {
    #[hdl_gen]
    fn update(&mut self) {
        self.top.next = self.counted_i.val().top;
        self.by_16.next = self.counted_i.val().magnitude;
        self.skips.next = bits::<4>(0);
        if self.counted_i.val().skip_16 {
            self.by_16.next = self.counted_i.val().magnitude << bits::<5>(16);
            self.skips.next = self.skips.val() | bits::<4>(4);
        }
        if self.counted_i.val().skip_32 {
            self.by_16.next = self.counted_i.val().magnitude << bits::<6>(32);
            self.skips.next = self.skips.val() | bits::<4>(8);
        }
        self.by_8.next = self.by_16.val();
        if self.counted_i.val().skip_8 {
            self.by_8.next = self.by_16.val() << bits::<4>(8);
            self.skips.next = self.skips.val() | bits::<4>(2);
        }
        self.by_4.next = self.by_8.val();
        if self.counted_i.val().skip_4 {
            self.by_4.next = self.by_8.val() << bits::<3>(4);
            self.skips.next = self.skips.val() | bits::<4>(1);
        }
        self.normal_o.next.sig = self.by_4.val().get_bits::<28>(8);
        self.normal_o.next.sticky = self.by_4.val().get_bits::<8>(0).any();
        self.quarter.next = bit_cast::<7, 5>(self.top.val().get_bits::<5>(2));
        if !self.top.val().get_bit(7) {
            self.quarter.next = bit_cast::<7, 5>(self.top.val().get_bits::<5>(2)) | bits::<7>(32);
        }
        if self.top.val().get_bits::<2>(7).all() {
            self.quarter.next = bit_cast::<7, 5>(self.top.val().get_bits::<5>(2)) | bits::<7>(64);
        }
        self.rest.next = self.quarter.val() - bit_cast::<7, 4>(self.skips.val());
        self.normal_o.next.exp = (bit_cast::<8, 6>(self.rest.val().get_bits::<6>(0))
            << bits::<2>(2))
            | bit_cast::<8, 2>(self.top.val().get_bits::<2>(0));
        self.normal_o.next.free = self.rest.val().any();
        // From 258 on no shift is enough.
        self.beyond.next = self.rest.val().get_bit(6)
            & (self.rest.val().get_bits::<6>(0).any() | self.top.val().get_bit(1));
        self.normal_o.next.high = self.rest.val().get_bit(6)
            | (self.rest.val().get_bits::<6>(0).all() & self.top.val().get_bit(1));
        self.normal_o.next.special =
            self.counted_i.val().inf | self.counted_i.val().nan | self.beyond.val();
        self.normal_o.next.sign = self.counted_i.val().sign & !self.counted_i.val().nan;
        self.normal_o.next.nan = self.counted_i.val().nan;
    }
}

impl Describe for FmaCount {
    fn describe(&self, m: &mut Body) {
        m.generated();
    }
}

impl Describe for FmaShift {
    fn describe(&self, m: &mut Body) {
        m.generated();
    }
}
