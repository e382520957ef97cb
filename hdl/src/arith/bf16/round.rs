//! Last step of the fused multiply-add: the rest of the normalizing shift, and the one
//! rounding.

use super::Normal;
use crate::describe::{Body, Describe};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Fused multiply-add, step 6: shifts the sum left by the last three bits, rounds it to nearest
/// even and packs a binary32, combinational.
#[derive(Clone, Debug, Default, LogicBlock, Module)]
#[hw(manual, name = "fma_round")]
pub struct FmaRound {
    /// The sum, its leading one within three bits of the top.
    pub normal_i: Signal<In, Normal>,
    /// The result, binary32.
    pub sum_o: Signal<Out, Bits<32>>,
    sig: Signal<Local, Bits<28>>,
    exp: Signal<Local, Bits<8>>,
    free: Signal<Local, Bit>,
    skip_2: Signal<Local, Bit>,
    skip_1: Signal<Local, Bit>,
    by_2: Signal<Local, Bits<28>>,
    by_1: Signal<Local, Bits<28>>,
    /// The shift brings the leading one to the top: a normal number.
    normal: Signal<Local, Bit>,
    /// Whether to round up if the shift is by 0, 1, 2 or 3.
    round_0: Signal<Local, Bit>,
    round_1: Signal<Local, Bit>,
    round_2: Signal<Local, Bit>,
    round_3: Signal<Local, Bit>,
    round_up: Signal<Local, Bit>,
    /// The shift is less than what would bring a high exponent into range.
    falls_short: Signal<Local, Bit>,
    /// Infinite, NaN, or too large.
    special: Signal<Local, Bit>,
    /// Exponent and fraction.
    unrounded: Signal<Local, Bits<31>>,
    /// What is added to them: one for the leading one, which the exponent counts, less the
    /// shift; and the rounding. A carry of the fraction runs into the exponent, which is
    /// right for subnormal numbers and for the largest ones too.
    change: Signal<Local, Bits<31>>,
    encoded: Signal<Local, Bits<31>>,
}

impl Logic for FmaRound {
    #[hdl_gen]
    fn update(&mut self) {
        self.sig.next = self.normal_i.val().sig;
        self.exp.next = self.normal_i.val().exp;
        self.free.next = self.normal_i.val().free;
        self.skip_2.next =
            !self.sig.val().get_bits::<2>(26).any() & (self.free.val() | self.exp.val().get_bit(1));
        self.by_2.next = self.sig.val();
        self.skip_1.next = !self.sig.val().get_bit(27)
            & (self.free.val() | self.exp.val().get_bit(1) | self.exp.val().get_bit(0));
        if self.skip_2.val() {
            self.by_2.next = self.sig.val() << bits::<2>(2);
            self.skip_1.next =
                !self.sig.val().get_bit(25) & (self.free.val() | self.exp.val().get_bit(0));
        }
        self.by_1.next = self.by_2.val();
        if self.skip_1.val() {
            self.by_1.next = self.by_2.val() << bits::<1>(1);
        }
        self.normal.next = self.by_1.val().get_bit(27);
        self.round_0.next = self.sig.val().get_bit(3)
            & (self.sig.val().get_bit(4)
                | self.sig.val().get_bits::<3>(0).any()
                | self.normal_i.val().sticky);
        self.round_1.next = self.sig.val().get_bit(2)
            & (self.sig.val().get_bit(3)
                | self.sig.val().get_bits::<2>(0).any()
                | self.normal_i.val().sticky);
        self.round_2.next = self.sig.val().get_bit(1)
            & (self.sig.val().get_bit(2) | self.sig.val().get_bit(0) | self.normal_i.val().sticky);
        self.round_3.next =
            self.sig.val().get_bit(0) & (self.sig.val().get_bit(1) | self.normal_i.val().sticky);
        if self.skip_2.val() {
            self.round_up.next = (self.skip_1.val() & self.round_3.val())
                | (!self.skip_1.val() & self.round_2.val());
        } else {
            self.round_up.next = (self.skip_1.val() & self.round_1.val())
                | (!self.skip_1.val() & self.round_0.val());
        }
        // An exponent of 254 is too high unless something is shifted: the leading one
        // counts one more.
        if self.exp.val().get_bit(1) {
            // 254: nothing is short; 255: at most one.
            self.falls_short.next =
                !self.skip_2.val() & (self.exp.val().get_bit(0) | !self.skip_1.val());
        } else {
            // 256: at most two; 257: any.
            self.falls_short.next =
                self.exp.val().get_bit(0) | !self.skip_2.val() | !self.skip_1.val();
        }
        self.special.next =
            self.normal_i.val().special | (self.normal_i.val().high & self.falls_short.val());
        self.unrounded.next = bit_cast::<31, 23>(self.by_1.val().get_bits::<23>(4));
        self.change.next = bits::<31>(0);
        if self.normal.val() {
            self.unrounded.next = bit_cast::<31, 23>(self.by_1.val().get_bits::<23>(4))
                | (bit_cast::<31, 8>(self.exp.val().get_bits::<8>(0)) << bits::<5>(23));
            if !self.skip_1.val() {
                self.change.next = bits::<31>(0x80_0000);
            }
            if self.skip_2.val() {
                self.change.next = self.change.val() | bits::<31>(0x7f00_0000);
            }
        }
        if self.round_up.val() {
            self.change.next = self.change.val() | bits::<31>(1);
        }
        if self.special.val() {
            self.unrounded.next = bits::<31>(0x7f80_0000);
            self.change.next = bits::<31>(0);
            if self.normal_i.val().nan {
                self.unrounded.next = bits::<31>(0x7fc0_0000);
            }
        }
        self.encoded.next = self.unrounded.val() + self.change.val();
        self.sum_o.next = bit_cast::<32, 31>(self.encoded.val());
        if self.normal_i.val().sign {
            self.sum_o.next =
                bit_cast::<32, 31>(self.encoded.val()) | (bits::<32>(1) << bits::<5>(31));
        }
    }
}

impl Describe for FmaRound {
    fn describe(&self, m: &mut Body) {
        m.generated();
    }
}
