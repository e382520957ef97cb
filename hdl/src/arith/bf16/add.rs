//! The fused multiply-add's steps, with registers between them.

use super::{
    Alignment, Bf16, Bf16Product, Comparison, Counted, FmaAlign, FmaCompare, FmaCount, FmaRound,
    FmaShift, FmaTotal, Normal, Total,
};
use crate::arith::{drive_optional, AddInput, Adder};
use crate::describe::{net, Body};
use crate::prim::{Pipe, PipeControl};
use crate::ArrayConfig;
use rust_hdl::prelude::*;

/// After which steps (compare, align, total, count, shift) a register stands, by
/// `add_stages`; the last stands behind the rounding.
const CUTS: [[bool; 5]; 6] = [
    [false, false, false, false, false],
    [false, false, true, false, false],
    [false, true, false, false, true],
    [false, true, true, false, true],
    [true, true, true, false, true],
    [true, true, true, true, true],
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
    compare: FmaCompare,
    /// The anchor behind the comparison, and behind the alignment.
    anchor: Pipe<Bits<24>>,
    other: Pipe<Bits<24>>,
    comparison: Pipe<Comparison>,
    align: FmaAlign,
    aligned: Pipe<Bits<24>>,
    addend: Pipe<Bits<35>>,
    alignment: Pipe<Alignment>,
    add: FmaTotal,
    total: Pipe<Total>,
    count: FmaCount,
    counted: Pipe<Counted>,
    shift: FmaShift,
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
        let mut moves = [false; 6];
        for (pipe, moves) in self.live.iter_mut().zip(&mut moves) {
            *moves = en && (live || !self._gates);
            pipe.drive(control, en, live);
            live = pipe.q.val();
        }
        self.compare.product_i.next = self.product_i.val();
        self.compare.mac_i.next = self.mac_i.val();
        self.compare.sum_i.next = self.sum_i.val();
        self.anchor
            .drive(control, moves[0], self.compare.anchor_o.val());
        self.other
            .drive(control, moves[0], self.compare.other_o.val());
        self.comparison
            .drive(control, moves[0], self.compare.comparison_o.val());
        self.align.other_i.next = self.other.q.val();
        self.align.comparison_i.next = self.comparison.q.val();
        self.aligned.drive(control, moves[1], self.anchor.q.val());
        self.addend
            .drive(control, moves[1], self.align.addend_o.val());
        self.alignment
            .drive(control, moves[1], self.align.alignment_o.val());
        self.add.anchor_i.next = self.aligned.q.val();
        self.add.addend_i.next = self.addend.q.val();
        self.add.alignment_i.next = self.alignment.q.val();
        self.total.drive(control, moves[2], self.add.total_o.val());
        self.count.total_i.next = self.total.q.val();
        self.counted
            .drive(control, moves[3], self.count.counted_o.val());
        self.shift.counted_i.next = self.counted.q.val();
        self.normal
            .drive(control, moves[4], self.shift.normal_o.val());
        self.round.normal_i.next = self.normal.q.val();
        self.sum.drive(control, moves[5], self.round.sum_o.val());
        self.sum_o.next = self.sum.q.val();
        self.live_o.next = live;
    }

    fn connect(&mut self) {
        self.compare.product_i.connect();
        self.compare.mac_i.connect();
        self.compare.sum_i.connect();
        self.anchor.connect_inputs();
        self.other.connect_inputs();
        self.comparison.connect_inputs();
        self.align.other_i.connect();
        self.align.comparison_i.connect();
        self.aligned.connect_inputs();
        self.addend.connect_inputs();
        self.alignment.connect_inputs();
        self.add.anchor_i.connect();
        self.add.addend_i.connect();
        self.add.alignment_i.connect();
        self.total.connect_inputs();
        self.count.total_i.connect();
        self.counted.connect_inputs();
        self.shift.counted_i.connect();
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
        for port in ["product_i", "mac_i", "sum_i"] {
            body.assign(format!("compare${port}"), net(port));
        }
        for line in ["anchor", "other", "comparison"] {
            body.pipe(line, moves(0), net(format!("compare${line}_o")));
        }
        body.assign("align$other_i", net("other$q"));
        body.assign("align$comparison_i", net("comparison$q"));
        body.pipe("aligned", moves(1), net("anchor$q"));
        for line in ["addend", "alignment"] {
            body.pipe(line, moves(1), net(format!("align${line}_o")));
            body.assign(format!("add${line}_i"), net(format!("{line}$q")));
        }
        body.assign("add$anchor_i", net("aligned$q"));
        body.pipe("total", moves(2), net("add$total_o"));
        body.assign("count$total_i", net("total$q"));
        body.pipe("counted", moves(3), net("count$counted_o"));
        body.assign("shift$counted_i", net("counted$q"));
        body.pipe("normal", moves(4), net("shift$normal_o"));
        body.assign("round$normal_i", net("normal$q"));
        body.pipe("sum", moves(5), net("round$sum_o"));
        body.assign("sum_o", net("sum$q"));
        body.assign("live_o", live(self.live.len()));
        body.finish()
    }
}

impl Adder<Bf16> for Bf16Add {
    fn new(config: &ArrayConfig) -> Self {
        let cuts = CUTS[config.add_stages() - 1];
        let style = config.gated_style();
        let depth = |step: usize| usize::from(step == 5 || cuts[step]);
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
            compare: FmaCompare::default(),
            anchor: Pipe::new(depth(0), style),
            other: Pipe::new(depth(0), style),
            comparison: Pipe::new(depth(0), style),
            align: FmaAlign::default(),
            aligned: Pipe::new(depth(1), style),
            addend: Pipe::new(depth(1), style),
            alignment: Pipe::new(depth(1), style),
            add: FmaTotal::default(),
            total: Pipe::new(depth(2), style),
            count: FmaCount::default(),
            counted: Pipe::new(depth(3), style),
            shift: FmaShift::default(),
            normal: Pipe::new(depth(4), style),
            round: FmaRound::default(),
            sum: Pipe::new(depth(5), style),
            live: (0..6)
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
