//! Last step of the fused multiply-add: the one rounding.

use super::Normal;
use rust_hdl::prelude::*;

/// Rounds to nearest even and packs a binary32, combinational.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct FmaRound {
    /// The normalized sum.
    pub normal_i: Signal<In, Normal>,
    /// The result, binary32.
    pub sum_o: Signal<Out, Bits<32>>,
    fraction: Signal<Local, Bits<23>>,
    round_up: Signal<Local, Bit>,
    /// Exponent and fraction; a carry of the fraction runs into the exponent, which
    /// is right for subnormal numbers and for the largest ones too.
    encoded: Signal<Local, Bits<32>>,
}

impl Logic for FmaRound {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("heddle:module fma_round | Fused multiply-add, step 5: rounds to nearest even and packs a binary32, combinational.");
        self.fraction.next = self.normal_i.val().fraction;
        self.round_up.next = self.normal_i.val().guard
            & (self.normal_i.val().sticky | self.fraction.val().get_bit(0));
        self.encoded.next = (bit_cast::<32, 9>(self.normal_i.val().exp) << bits::<5>(23))
            | bit_cast::<32, 23>(self.fraction.val());
        if self.round_up.val() {
            self.encoded.next = ((bit_cast::<32, 9>(self.normal_i.val().exp) << bits::<5>(23))
                | bit_cast::<32, 23>(self.fraction.val()))
                + bits::<32>(1);
        }
        self.sum_o.next = bit_cast::<32, 31>(self.encoded.val().get_bits::<31>(0));
        if (self.encoded.val() >= bits::<32>(0x7f80_0000)) | self.normal_i.val().inf {
            self.sum_o.next = bits::<32>(0x7f80_0000);
        }
        if self.normal_i.val().sign {
            self.sum_o.next = self.sum_o.val() | (bits::<32>(1) << bits::<5>(31));
        }
        if self.normal_i.val().nan {
            self.sum_o.next = bits::<32>(0x7fc0_0000);
        }
    }
}
