//! The fused multiply-add's steps, with registers between them.

use super::{
    Alignment, Bf16, Bf16Product, FmaAlign, FmaCount, FmaRound, FmaShift, FmaTotal, Normal, Total,
};
use crate::arith::{drive_optional, AddInput, Adder};
use crate::describe::{net, Body};
use crate::prim::{Pipe, PipeControl};
use crate::ArrayConfig;
use rust_hdl::prelude::*;

/// After which steps (align, total, count, shift) a register stands, by
/// `add_stages`; the last stands behind the rounding.
const CUTS: [[bool; 4]; 5] = [
    [false, false, false, false],
    [false, true, false, false],
    [true, true, false, false],
    [true, true, false, true],
    [true, true, true, true],
];

/// Adds an exact product to a binary32 partial sum, one rounding.
#[derive(Clone, Debug, LogicBlock)]
pub struct Bf16Add {
    /// Clock.
    pub clk_i: Signal<In, Clock>,
    /// Reset, active low.
    pub rst_ni: Signal<In, Bit>,
    /// Low freezes every register.
    pub en_i: Signal<In, Bit>,
    /// Opens clock gates for scan test; clock gating only.
    pub test_en_i: Vec<Signal<In, Bit>>,
    /// The product.
    pub product_i: Signal<In, Bf16Product>,
    /// Whether the product counts.
    pub mac_i: Signal<In, Bit>,
    /// Partial sum from above.
    pub sum_i: Signal<In, Bits<32>>,
    /// Whether it is of a beat and a kept column.
    pub live_i: Signal<In, Bit>,
    /// New partial sum.
    pub sum_o: Signal<Out, Bits<32>>,
    /// Its live bit.
    pub live_o: Signal<Out, Bit>,
    align: FmaAlign,
    anchor: Pipe<Bits<35>>,
    other: Pipe<Bits<36>>,
    alignment: Pipe<Alignment>,
    add: FmaTotal,
    total: Pipe<Total>,
    count: FmaCount,
    counted: Pipe<Total>,
    shift: Pipe<Bits<6>>,
    normalize: FmaShift,
    normal: Pipe<Normal>,
    round: FmaRound,
    sum: Pipe<Bits<32>>,
    /// The live bit behind each of the registers above.
    live: Vec<Pipe<Bit>>,
    _gates: bool,
}

impl Bf16Add {
    fn control(&self) -> PipeControl {
        PipeControl::of(&self.clk_i, &self.rst_ni, &self.test_en_i)
    }
}

impl Logic for Bf16Add {
    fn update(&mut self) {
        let (control, en) = (self.control(), self.en_i.val());
        let mut live = self.live_i.val();
        // Each step's live bit, and whether its register moves.
        let mut moves = [false; 5];
        for (pipe, moves) in self.live.iter_mut().zip(&mut moves) {
            *moves = en && (live || !self._gates);
            pipe.drive(control, en, live);
            live = pipe.q.val();
        }
        self.align.product_i.next = self.product_i.val();
        self.align.mac_i.next = self.mac_i.val();
        self.align.sum_i.next = self.sum_i.val();
        self.anchor
            .drive(control, moves[0], self.align.anchor_o.val());
        self.other
            .drive(control, moves[0], self.align.other_o.val());
        self.alignment
            .drive(control, moves[0], self.align.alignment_o.val());
        self.add.anchor_i.next = self.anchor.q.val();
        self.add.other_i.next = self.other.q.val();
        self.add.alignment_i.next = self.alignment.q.val();
        self.total.drive(control, moves[1], self.add.total_o.val());
        self.count.total_i.next = self.total.q.val();
        self.counted.drive(control, moves[2], self.total.q.val());
        self.shift
            .drive(control, moves[2], self.count.shift_o.val());
        self.normalize.total_i.next = self.counted.q.val();
        self.normalize.shift_i.next = self.shift.q.val();
        self.normal
            .drive(control, moves[3], self.normalize.normal_o.val());
        self.round.normal_i.next = self.normal.q.val();
        self.sum.drive(control, moves[4], self.round.sum_o.val());
        self.sum_o.next = self.sum.q.val();
        self.live_o.next = live;
    }

    fn connect(&mut self) {
        self.align.product_i.connect();
        self.align.mac_i.connect();
        self.align.sum_i.connect();
        self.anchor.connect_inputs();
        self.other.connect_inputs();
        self.alignment.connect_inputs();
        self.add.anchor_i.connect();
        self.add.other_i.connect();
        self.add.alignment_i.connect();
        self.total.connect_inputs();
        self.count.total_i.connect();
        self.counted.connect_inputs();
        self.shift.connect_inputs();
        self.normalize.total_i.connect();
        self.normalize.shift_i.connect();
        self.normal.connect_inputs();
        self.round.normal_i.connect();
        self.sum.connect_inputs();
        self.live.iter_mut().for_each(Pipe::connect_inputs);
        self.sum_o.connect();
        self.live_o.connect();
    }

    fn hdl(&self) -> Verilog {
        let mut body = Body::new(
            "add_bf16",
            "Adds an exact bf16 product to a binary32 partial sum with one rounding to nearest even.",
            !self.test_en_i.is_empty(),
        );
        let live = |step: usize| match step.checked_sub(1) {
            None => net("live_i"),
            Some(before) => net(format!("live${before}$q")),
        };
        let moves = |step: usize| {
            if self._gates {
                net("en_i") & live(step)
            } else {
                net("en_i")
            }
        };
        for step in 0..self.live.len() {
            body.pipe(&format!("live${step}"), net("en_i"), live(step));
        }
        body.assign("align$product_i", net("product_i"));
        body.assign("align$mac_i", net("mac_i"));
        body.assign("align$sum_i", net("sum_i"));
        for line in ["anchor", "other", "alignment"] {
            body.pipe(line, moves(0), net(format!("align${line}_o")));
            body.assign(format!("add${line}_i"), net(format!("{line}$q")));
        }
        body.pipe("total", moves(1), net("add$total_o"));
        body.assign("count$total_i", net("total$q"));
        body.pipe("counted", moves(2), net("total$q"));
        body.pipe("shift", moves(2), net("count$shift_o"));
        body.assign("normalize$total_i", net("counted$q"));
        body.assign("normalize$shift_i", net("shift$q"));
        body.pipe("normal", moves(3), net("normalize$normal_o"));
        body.assign("round$normal_i", net("normal$q"));
        body.pipe("sum", moves(4), net("round$sum_o"));
        body.assign("sum_o", net("sum$q"));
        body.assign("live_o", live(self.live.len()));
        body.finish()
    }
}

impl Adder<Bf16> for Bf16Add {
    fn new(config: &ArrayConfig) -> Self {
        let cuts = CUTS[config.add_stages() - 1];
        let style = config.gated_style();
        let depth = |step: usize| usize::from(step == 4 || cuts[step]);
        Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            en_i: Signal::default(),
            test_en_i: config.test_en_port(),
            product_i: Signal::default(),
            mac_i: Signal::default(),
            sum_i: Signal::default(),
            live_i: Signal::default(),
            sum_o: Signal::default(),
            live_o: Signal::default(),
            align: FmaAlign::default(),
            anchor: Pipe::new(depth(0), style),
            other: Pipe::new(depth(0), style),
            alignment: Pipe::new(depth(0), style),
            add: FmaTotal::default(),
            total: Pipe::new(depth(1), style),
            count: FmaCount::default(),
            counted: Pipe::new(depth(2), style),
            shift: Pipe::new(depth(2), style),
            normalize: FmaShift::default(),
            normal: Pipe::new(depth(3), style),
            round: FmaRound::default(),
            sum: Pipe::new(depth(4), style),
            live: (0..5)
                .map(|step| Pipe::new(depth(step), config.control_style()))
                .collect(),
            _gates: config.gates(),
        }
    }

    fn drive(&mut self, input: AddInput<Bf16>) {
        self.clk_i.next = input.control.clk;
        self.rst_ni.next = input.control.rst_n;
        self.en_i.next = input.en;
        drive_optional(&mut self.test_en_i, input.control.test_en);
        self.product_i.next = input.product;
        self.mac_i.next = input.mac;
        self.sum_i.next = input.sum;
        self.live_i.next = input.live;
    }

    fn result(&self) -> (Bits<32>, bool, bool) {
        (self.sum_o.val(), self.live_o.val(), false)
    }

    fn connect_inputs(&mut self) {
        self.clk_i.connect();
        self.rst_ni.connect();
        self.en_i.connect();
        self.test_en_i.iter_mut().for_each(Logic::connect);
        self.product_i.connect();
        self.mac_i.connect();
        self.sum_i.connect();
        self.live_i.connect();
    }
}
