//! A counter of 48 bits whose carry takes three cycles to its top.

use crate::describe::{lit, net, Body};
use crate::prim::{Pipe, PipeControl};
use crate::{ArrayConfig, Reset};
use rust_hdl::prelude::*;

/// Bits of the parts, the low one first. The low part takes a whole addend.
pub(super) const PARTS: [usize; 3] = [17, 16, 15];
/// The lowest bit of each part.
pub(super) const LOWS: [usize; 3] = [0, 17, 33];
/// Bits of an addend: the multiply-accumulates of one beat, up to 256 x 256.
pub(super) const ADDEND: usize = 17;

/// Adds up what comes in, in three parts with a register for the carry between them, so that
/// no clock waits for a carry of 48 bits: bit 17 and up show an addend a cycle later than the
/// bits below, bit 33 and up two cycles later.
#[derive(Clone, Debug, LogicBlock)]
pub struct Count {
    /// Clock.
    pub clk_i: Signal<In, Clock>,
    /// Reset to the Verilog parameter `PRELOAD`, active low.
    pub rst_ni: Signal<In, Bit>,
    /// Low freezes every register.
    pub en_i: Signal<In, Bit>,
    /// Zeroes the count, where the reset is asynchronous.
    pub clear_i: Vec<Signal<In, Bit>>,
    /// What is added.
    pub add_i: Signal<In, Bits<17>>,
    /// The count.
    pub count_o: Signal<Out, Bits<48>>,
    /// The low part's sum with its carry, and that of the middle part.
    low_sum: Signal<Local, Bits<18>>,
    mid_sum: Signal<Local, Bits<17>>,
    low: Pipe<Bits<17>>,
    low_carry: Pipe<Bit>,
    mid: Pipe<Bits<16>>,
    mid_carry: Pipe<Bit>,
    high: Pipe<Bits<15>>,
}

impl Count {
    /// A counter of an array of `config`.
    pub fn new(config: &ArrayConfig) -> Self {
        let style = config.control_style();
        Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            en_i: Signal::default(),
            clear_i: crate::arith::optional(style.reset == Reset::Async),
            add_i: Signal::default(),
            count_o: Signal::default(),
            low_sum: Signal::default(),
            mid_sum: Signal::default(),
            low: Pipe::new(1, style).preloaded(LOWS[0] as u8),
            low_carry: Pipe::new(1, style),
            mid: Pipe::new(1, style).preloaded(LOWS[1] as u8),
            mid_carry: Pipe::new(1, style),
            high: Pipe::new(1, style).preloaded(LOWS[2] as u8),
        }
    }

    /// Drives every input, from the `update` of the block that holds it.
    pub(super) fn drive(&mut self, control: PipeControl, en: bool, clear: bool, add: Bits<17>) {
        self.clk_i.next = control.clk;
        self.rst_ni.next = control.rst_n;
        self.en_i.next = en;
        crate::arith::drive_optional(&mut self.clear_i, clear);
        self.add_i.next = add;
    }

    /// Claims every input, from the `connect` of the block that holds it.
    pub(super) fn connect_inputs(&mut self) {
        self.clk_i.connect();
        self.rst_ni.connect();
        self.en_i.connect();
        crate::lanes::connect(&mut self.clear_i);
        self.add_i.connect();
    }
}

impl Logic for Count {
    fn update(&mut self) {
        let control = PipeControl::of(&self.clk_i, &self.rst_ni, &[]);
        let en = self.en_i.val();
        let clear = crate::arith::flag(&self.clear_i);
        let part = |sum: u64, bits: usize| if clear { 0 } else { sum & ((1 << bits) - 1) };
        let low = self.low.q.val().to_u64() + self.add_i.val().to_u64();
        let mid = self.mid.q.val().to_u64() + u64::from(self.low_carry.q.val());
        let high = self.high.q.val().to_u64() + u64::from(self.mid_carry.q.val());
        self.low_sum.next = low.into();
        self.mid_sum.next = mid.into();
        self.low.drive(control, en, part(low, PARTS[0]).into());
        self.low_carry
            .drive(control, en, low >> PARTS[0] != 0 && !clear);
        self.mid.drive(control, en, part(mid, PARTS[1]).into());
        self.mid_carry
            .drive(control, en, mid >> PARTS[1] != 0 && !clear);
        self.high.drive(control, en, part(high, PARTS[2]).into());
        let parts = [
            self.low.q.val().to_u64(),
            self.mid.q.val().to_u64(),
            self.high.q.val().to_u64(),
        ];
        let count: u64 = parts.iter().zip(LOWS).map(|(part, low)| part << low).sum();
        self.count_o.next = count.into();
    }

    fn connect(&mut self) {
        self.count_o.connect();
        self.low_sum.connect();
        self.mid_sum.connect();
        self.low.connect_inputs();
        self.low_carry.connect_inputs();
        self.mid.connect_inputs();
        self.mid_carry.connect_inputs();
        self.high.connect_inputs();
    }

    fn hdl(&self) -> Verilog {
        let mut body = Body::new(
            "count",
            "A counter of 48 bits in parts of 17, 16 and 15: a carry reaches the next part a cycle \
             later.",
            false,
        );
        body.port("rst_ni", "active low, resets to PRELOAD");
        body.port("add_i", "what is added");
        body.port("count_o", "the count");
        let sum = |part: &str, add: crate::describe::Expr, bits: usize| {
            net(format!("{part}$q")).zext(bits + 1) + add.zext(bits + 1)
        };
        let [low, mid, high] = PARTS;
        body.assign("low_sum", sum("low", net("add_i"), low));
        body.assign("mid_sum", sum("mid", net("low_carry$q"), mid));
        for (pipe, d) in [
            ("low", net("low_sum").slice(0, low)),
            ("low_carry", net("low_sum").bit(low)),
            ("mid", net("mid_sum").slice(0, mid)),
            ("mid_carry", net("mid_sum").bit(mid)),
            ("high", net("high$q") + net("mid_carry$q").zext(high)),
        ] {
            body.pipe(pipe, net("en_i"), d);
            if !self.clear_i.is_empty() {
                let bits = match pipe {
                    "low" => low,
                    "mid" => mid,
                    "high" => high,
                    _ => 1,
                };
                body.assign_if(&format!("{pipe}$d"), net("clear_i$0"), lit(0, bits));
            }
        }
        for (part, (low, bits)) in ["low", "mid", "high"].iter().zip(LOWS.iter().zip(PARTS)) {
            body.assign_bits("count_o", *low, bits, net(format!("{part}$q")));
        }
        body.finish()
    }
}
