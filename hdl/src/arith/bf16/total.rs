//! Third step of the fused multiply-add: the addition.

use super::{Alignment, Total};
use rust_hdl::prelude::*;

/// Adds or subtracts two aligned magnitudes, combinational.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct FmaTotal {
    /// The magnitude with the higher exponent; its bit 0 is bit 11 of the addend.
    pub anchor_i: Signal<In, Bits<24>>,
    /// The other one, a sticky bit below, complemented if it is to be subtracted.
    pub addend_i: Signal<In, Bits<35>>,
    /// Exponent, signs and specials.
    pub alignment_i: Signal<In, Alignment>,
    /// Their sum.
    pub total_o: Signal<Out, Total>,
    /// Anchor and addend, without and with one more: `a + ~b + 1` is `a - b`, and the
    /// complement of `a + ~b` is `b - a`.
    high: Signal<Local, Bits<25>>,
    plain: Signal<Local, Bits<36>>,
    with_one: Signal<Local, Bits<37>>,
    negative: Signal<Local, Bit>,
    /// Of a difference.
    size: Signal<Local, Bits<35>>,
}

impl Logic for FmaTotal {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("heddle:module fma_total | Fused multiply-add, step 3: adds or subtracts the aligned magnitudes, combinational.");
        self.high.next = bit_cast::<25, 24>(self.anchor_i.val())
            + bit_cast::<25, 24>(self.addend_i.val().get_bits::<24>(11));
        self.plain.next = (bit_cast::<36, 25>(self.high.val()) << bits::<4>(11))
            | bit_cast::<36, 11>(self.addend_i.val().get_bits::<11>(0));
        self.with_one.next = ((bit_cast::<37, 24>(self.anchor_i.val()) << bits::<4>(12))
            | bits::<37>(1))
            + ((bit_cast::<37, 35>(self.addend_i.val()) << bits::<1>(1)) | bits::<37>(1));
        // No carry: the other one was larger.
        self.negative.next = self.alignment_i.val().subtract & !self.with_one.val().get_bit(36);
        self.size.next = self.with_one.val().get_bits::<35>(1);
        if self.negative.val() {
            self.size.next = !self.plain.val().get_bits::<35>(0);
        }
        self.total_o.next.magnitude = self.plain.val();
        if self.alignment_i.val().subtract {
            self.total_o.next.magnitude = bit_cast::<36, 35>(self.size.val());
        }
        self.total_o.next.top = self.alignment_i.val().top;
        // The sign of an infinity stays.
        self.total_o.next.sign =
            self.alignment_i.val().sign ^ (self.negative.val() & !self.alignment_i.val().inf);
        self.total_o.next.cancels = self.alignment_i.val().subtract & !self.alignment_i.val().inf;
        self.total_o.next.inf = self.alignment_i.val().inf;
        self.total_o.next.nan = self.alignment_i.val().nan;
    }
}
