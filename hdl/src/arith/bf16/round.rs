//! Last step of the fused multiply-add: the rest of the normalizing shift, and the one
//! rounding.

use super::Normal;
use rust_hdl::prelude::*;

/// Rounds to nearest even and packs a binary32, combinational.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct FmaRound {
    /// The sum, its leading one within three bits of the top.
    pub normal_i: Signal<In, Normal>,
    /// The result, binary32.
    pub sum_o: Signal<Out, Bits<32>>,
    sig: Signal<Local, Bits<28>>,
    exp: Signal<Local, Bits<9>>,
    /// The exponent of subnormal numbers is out of the shift's reach.
    free: Signal<Local, Bit>,
    skip_2: Signal<Local, Bit>,
    skip_1: Signal<Local, Bit>,
    skips: Signal<Local, Bits<2>>,
    by_2: Signal<Local, Bits<28>>,
    by_1: Signal<Local, Bits<28>>,
    /// The leading one is at the top: a normal number.
    normal: Signal<Local, Bit>,
    round_up: Signal<Local, Bit>,
    /// The exponent is so high that the shift cannot, or may not, bring it into range.
    beyond: Signal<Local, Bit>,
    high: Signal<Local, Bit>,
    /// The shift is less than what would bring it into range.
    short: Signal<Local, Bit>,
    /// Infinite, NaN, or too large.
    special: Signal<Local, Bit>,
    exp_after: Signal<Local, Bits<9>>,
    /// Exponent, less the leading one, and fraction.
    before: Signal<Local, Bits<31>>,
    /// The leading one, which belongs to the exponent, and the rounding. A carry of the
    /// fraction runs into the exponent, which is right for subnormal numbers and for the
    /// largest ones too.
    carries: Signal<Local, Bits<31>>,
    encoded: Signal<Local, Bits<31>>,
}

impl Logic for FmaRound {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("heddle:module fma_round | Fused multiply-add, step 6: shifts the sum left by the last three bits, rounds it to nearest even and packs a binary32, combinational.");
        self.sig.next = self.normal_i.val().sig;
        self.exp.next = self.normal_i.val().exp;
        self.free.next = self.exp.val().get_bits::<7>(2).any();
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
        self.round_up.next = self.by_1.val().get_bit(3)
            & (self.by_1.val().get_bits::<3>(0).any()
                | self.normal_i.val().sticky
                | self.by_1.val().get_bit(4));
        self.skips.next = bits::<2>(0);
        if self.skip_2.val() {
            self.skips.next = self.skips.val() | bits::<2>(2);
        }
        if self.skip_1.val() {
            self.skips.next = self.skips.val() | bits::<2>(1);
        }
        // 254 is too high unless it is shifted: the leading one counts one more. From
        // 258 on no shift is enough.
        self.high.next = self.exp.val().get_bit(8) | self.exp.val().get_bits::<7>(1).all();
        self.beyond.next = self.exp.val().get_bit(8) & self.exp.val().get_bits::<7>(1).any();
        if !self.exp.val().get_bit(1) {
            // 256: at most two; 257: any.
            self.short.next = self.exp.val().get_bit(0) | !self.skip_2.val() | !self.skip_1.val();
        } else {
            // 254: none; 255: at most one.
            self.short.next = !self.skip_2.val() & (self.exp.val().get_bit(0) | !self.skip_1.val());
        }
        self.special.next = self.normal_i.val().inf
            | self.normal_i.val().nan
            | self.beyond.val()
            | (self.high.val() & self.short.val());
        self.exp_after.next = self.exp.val() - bit_cast::<9, 2>(self.skips.val());
        self.before.next = bit_cast::<31, 23>(self.by_1.val().get_bits::<23>(4));
        self.carries.next = bits::<31>(0);
        if self.normal.val() {
            self.before.next = bit_cast::<31, 23>(self.by_1.val().get_bits::<23>(4))
                | (bit_cast::<31, 8>(self.exp_after.val().get_bits::<8>(0)) << bits::<5>(23));
            self.carries.next = bits::<31>(0x80_0000);
        }
        if self.round_up.val() {
            self.carries.next = self.carries.val() | bits::<31>(1);
        }
        if self.special.val() {
            self.before.next = bits::<31>(0x7f80_0000);
            self.carries.next = bits::<31>(0);
            if self.normal_i.val().nan {
                self.before.next = bits::<31>(0x7fc0_0000);
            }
        }
        self.encoded.next = self.before.val() + self.carries.val();
        self.sum_o.next = bit_cast::<32, 31>(self.encoded.val());
        if self.normal_i.val().sign & !self.normal_i.val().nan {
            self.sum_o.next =
                bit_cast::<32, 31>(self.encoded.val()) | (bits::<32>(1) << bits::<5>(31));
        }
    }
}
