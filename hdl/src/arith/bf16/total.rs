//! Second step of the fused multiply-add: the addition.

use super::{Alignment, Total};
use rust_hdl::prelude::*;

/// Adds or subtracts two aligned magnitudes, combinational.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct FmaTotal {
    /// The magnitude with the higher exponent.
    pub anchor_i: Signal<In, Bits<35>>,
    /// The other one, on the same exponent, a sticky bit below.
    pub other_i: Signal<In, Bits<36>>,
    /// Exponent, signs and specials.
    pub alignment_i: Signal<In, Alignment>,
    /// Their sum.
    pub total_o: Signal<Out, Total>,
    anchor: Signal<Local, Bits<37>>,
    other: Signal<Local, Bits<37>>,
}

impl Logic for FmaTotal {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("heddle:module fma_total | Fused multiply-add, step 2: adds or subtracts the aligned magnitudes, combinational.");
        self.anchor.next = bit_cast::<37, 35>(self.anchor_i.val()) << bits::<1>(1);
        self.other.next = bit_cast::<37, 36>(self.other_i.val());
        self.total_o.next.top = self.alignment_i.val().top;
        self.total_o.next.inf = self.alignment_i.val().inf;
        self.total_o.next.nan = self.alignment_i.val().nan;
        self.total_o.next.magnitude = self.anchor.val() + self.other.val();
        self.total_o.next.sign = self.alignment_i.val().sign;
        if self.alignment_i.val().subtract {
            self.total_o.next.magnitude = self.anchor.val() - self.other.val();
            if self.anchor.val() < self.other.val() {
                self.total_o.next.magnitude = self.other.val() - self.anchor.val();
                self.total_o.next.sign = self.alignment_i.val().sign ^ !self.alignment_i.val().inf;
            }
            // A difference of nothing is +0; the sign of an infinity stays.
            if self.anchor.val() == self.other.val() {
                self.total_o.next.sign = self.alignment_i.val().sign & self.alignment_i.val().inf;
            }
        }
    }
}
