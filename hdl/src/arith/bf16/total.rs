//! Second step of the fused multiply-add: the addition.

use super::{Aligned, Total};
use rust_hdl::prelude::*;

/// Adds or subtracts two aligned magnitudes, combinational.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct FmaTotal {
    /// Both on one exponent.
    pub aligned_i: Signal<In, Aligned>,
    /// Their sum.
    pub total_o: Signal<Out, Total>,
    anchor: Signal<Local, Bits<37>>,
    other: Signal<Local, Bits<37>>,
}

impl Logic for FmaTotal {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("heddle:module fma_total | Fused multiply-add, step 2: adds or subtracts the aligned magnitudes, combinational.");
        self.anchor.next = bit_cast::<37, 35>(self.aligned_i.val().big) << bits::<1>(1);
        self.other.next = bit_cast::<37, 36>(self.aligned_i.val().small);
        self.total_o.next.top = self.aligned_i.val().top;
        self.total_o.next.inf = self.aligned_i.val().inf;
        self.total_o.next.nan = self.aligned_i.val().nan;
        self.total_o.next.magnitude = self.anchor.val() + self.other.val();
        self.total_o.next.sign = self.aligned_i.val().sign;
        if self.aligned_i.val().subtract {
            self.total_o.next.magnitude = self.anchor.val() - self.other.val();
            if self.anchor.val() < self.other.val() {
                self.total_o.next.magnitude = self.other.val() - self.anchor.val();
                self.total_o.next.sign =
                    self.aligned_i.val().sign ^ !self.aligned_i.val().inf;
            }
            // A difference of nothing is +0; the sign of an infinity stays.
            if self.anchor.val() == self.other.val() {
                self.total_o.next.sign = self.aligned_i.val().sign & self.aligned_i.val().inf;
            }
        }
    }
}
