//! Third step of the fused multiply-add: the addition, and where the sum's leading one
//! may be.

use super::{Alignment, Total};
use crate::describe::{Body, Describe};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Fused multiply-add, step 3: adds or subtracts the aligned magnitudes, combinational.
#[derive(Clone, Debug, Default, LogicBlock, Module)]
#[hw(manual, name = "fma_total")]
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
    magnitude: Signal<Local, Bits<36>>,
    /// Which groups of four bits are not zero; the topmost group is bit 0.
    ones: Signal<Local, Bits<8>>,
    top: Signal<Local, Bits<9>>,
    /// The exponent of subnormal numbers is reached within 64 bits, and in this group.
    near: Signal<Local, Bit>,
    room: Signal<Local, Bits<4>>,
    limit: Signal<Local, Bits<8>>,
}

impl Logic for FmaTotal {
    #[hdl_gen]
    fn update(&mut self) {
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
        self.magnitude.next = self.plain.val();
        if self.alignment_i.val().subtract {
            self.magnitude.next = bit_cast::<36, 35>(self.size.val());
        }
        self.total_o.next.magnitude = self.magnitude.val();
        self.total_o.next.top = self.alignment_i.val().top;
        self.ones.next = bits::<8>(0);
        if self.magnitude.val().get_bits::<4>(32).any() {
            self.ones.next = self.ones.val() | bits::<8>(1);
        }
        if self.magnitude.val().get_bits::<4>(28).any() {
            self.ones.next = self.ones.val() | bits::<8>(2);
        }
        if self.magnitude.val().get_bits::<4>(24).any() {
            self.ones.next = self.ones.val() | bits::<8>(4);
        }
        if self.magnitude.val().get_bits::<4>(20).any() {
            self.ones.next = self.ones.val() | bits::<8>(8);
        }
        if self.magnitude.val().get_bits::<4>(16).any() {
            self.ones.next = self.ones.val() | bits::<8>(16);
        }
        if self.magnitude.val().get_bits::<4>(12).any() {
            self.ones.next = self.ones.val() | bits::<8>(32);
        }
        if self.magnitude.val().get_bits::<4>(8).any() {
            self.ones.next = self.ones.val() | bits::<8>(64);
        }
        if self.magnitude.val().get_bits::<4>(4).any() {
            self.ones.next = self.ones.val() | bits::<8>(128);
        }
        // The exponent is biased by 128, so 128 to 191 is near.
        self.top.next = self.alignment_i.val().top;
        self.near.next = self.top.val().get_bits::<3>(6) == bits::<3>(2);
        self.room.next = self.top.val().get_bits::<4>(2);
        self.limit.next = bits::<8>(0);
        if self.near.val() {
            self.limit.next = bits::<8>(1) << self.room.val();
        }
        self.total_o.next.stops = self.ones.val() | self.limit.val();
        // A carry of `a + ~b + 1`, but none of `a + ~b`: a difference of nothing, +0. The
        // sign of an infinity stays.
        self.total_o.next.sign = self.alignment_i.val().sign;
        if self.alignment_i.val().subtract & !self.alignment_i.val().inf {
            self.total_o.next.sign = self.negative.val() ^ self.alignment_i.val().sign;
            if !self.negative.val() & !self.plain.val().get_bit(35) {
                self.total_o.next.sign = false;
            }
        }
        self.total_o.next.inf = self.alignment_i.val().inf;
        self.total_o.next.nan = self.alignment_i.val().nan;
    }
}

impl Describe for FmaTotal {
    fn describe(&self, m: &mut Body) {
        m.generated();
    }
}
