//! Second step of the fused multiply-add: bring both numbers to one exponent.

use super::{Alignment, Comparison};
use crate::describe::{Body, Describe};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Fused multiply-add, step 2: brings the number with the lower exponent to the higher one,
/// combinational.
#[derive(Clone, Debug, Default, LogicBlock, Module)]
#[hw(manual, name = "fma_align")]
pub struct FmaAlign {
    /// The magnitude with the lower exponent.
    pub other_i: Signal<In, Bits<24>>,
    /// How far to shift it, and what goes with it.
    pub comparison_i: Signal<In, Comparison>,
    /// The magnitude, shifted right, a sticky bit below; if it is to be subtracted,
    /// its complement.
    pub addend_o: Signal<Out, Bits<35>>,
    /// Exponent, signs and specials.
    pub alignment_o: Signal<Out, Alignment>,
    distance: Signal<Local, Bits<6>>,
    field: Signal<Local, Bits<34>>,
    /// The shifter, and what it shifted out.
    by_32: Signal<Local, Bits<34>>,
    by_16: Signal<Local, Bits<34>>,
    by_8: Signal<Local, Bits<34>>,
    by_4: Signal<Local, Bits<34>>,
    by_2: Signal<Local, Bits<34>>,
    by_1: Signal<Local, Bits<34>>,
    lost_32: Signal<Local, Bit>,
    lost_16: Signal<Local, Bit>,
    lost_8: Signal<Local, Bit>,
    lost_4: Signal<Local, Bit>,
    lost_2: Signal<Local, Bit>,
    lost_1: Signal<Local, Bit>,
    aligned: Signal<Local, Bits<35>>,
}

impl Logic for FmaAlign {
    #[hdl_gen]
    fn update(&mut self) {
        self.distance.next = self.comparison_i.val().distance;
        self.field.next = bit_cast::<34, 24>(self.other_i.val()) << bits::<4>(10);
        self.by_32.next = self.field.val();
        self.lost_32.next = false;
        if self.distance.val().get_bit(5) {
            self.by_32.next = self.field.val() >> bits::<6>(32);
            self.lost_32.next = self.field.val().get_bits::<32>(0).any();
        }
        if self.comparison_i.val().far {
            self.by_32.next = bits::<34>(0);
            self.lost_32.next = self.field.val().any();
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
        self.aligned.next = bit_cast::<35, 34>(self.by_1.val()) << bits::<1>(1);
        if self.lost_1.val() {
            self.aligned.next =
                (bit_cast::<35, 34>(self.by_1.val()) << bits::<1>(1)) | bits::<35>(1);
        }
        self.addend_o.next = self.aligned.val();
        if self.comparison_i.val().subtract {
            self.addend_o.next = !self.aligned.val();
        }
        self.alignment_o.next.top = self.comparison_i.val().top;
        self.alignment_o.next.sign = self.comparison_i.val().sign;
        self.alignment_o.next.subtract = self.comparison_i.val().subtract;
        self.alignment_o.next.inf = self.comparison_i.val().inf;
        self.alignment_o.next.nan = self.comparison_i.val().nan;
    }
}

impl Describe for FmaAlign {
    fn describe(&self, m: &mut Body) {
        m.generated();
    }
}
