//! The integer adder: a carry chain in one piece, or cut into one for each stage.

use super::{low_bits, to_i64, Int};
use crate::arith::{drive_optional, optional, AddInput, Adder};
use crate::describe::{lit, net, Body, Expr};
use crate::prim::{Pipe, PipeControl};
use crate::ArrayConfig;
use heddle_format::Overflow;
use rust_hdl::prelude::*;

/// Adds a product to a partial sum in `add_stages` cycles.
///
/// The carry chain is cut: each stage adds a segment of the bits, the lowest first, and hands
/// its carry on. A sum that saturates takes the last stage for that, if it is not the only one.
///
/// Whether a sum that wraps left its range is made of registers, behind the last stage: so the
/// end of the carry chain is in no path but that of the sum itself.
#[derive(Clone, Debug, LogicBlock)]
pub struct IntAdd<const P: usize, const A: usize> {
    /// Clock.
    pub clk_i: Signal<In, Clock>,
    /// Reset, active low.
    pub rst_ni: Signal<In, Bit>,
    /// Low freezes every register.
    pub en_i: Signal<In, Bit>,
    /// Opens clock gates for scan test; clock gating only.
    pub test_en_i: Vec<Signal<In, Bit>>,
    /// The product.
    pub product_i: Signal<In, Bits<P>>,
    /// Whether the product counts.
    pub mac_i: Signal<In, Bit>,
    /// Partial sum from above.
    pub sum_i: Signal<In, Bits<A>>,
    /// Whether it is of a beat and a kept column.
    pub live_i: Signal<In, Bit>,
    /// Whether it overflowed further up.
    pub ovf_i: Vec<Signal<In, Bit>>,
    /// New partial sum.
    pub sum_o: Signal<Out, Bits<A>>,
    /// Its live bit.
    pub live_o: Signal<Out, Bit>,
    /// Whether it overflowed here or further up.
    pub ovf_o: Vec<Signal<Out, Bit>>,
    /// By segment: the product if it counts, else zero, so that nothing is added.
    addend: Vec<Signal<Local, Bits<A>>>,
    /// By segment: its sum, and above it the carry.
    part: Vec<Signal<Local, Bits<A>>>,
    /// Both are negative: without overflow, the sum is.
    both_neg: Signal<Local, Bit>,
    /// Neither is negative: without overflow, the sum is not.
    both_pos: Signal<Local, Bit>,
    /// Whether a sum that saturates left the accumulator's range.
    overflow: Vec<Signal<Local, Bit>>,
    sum: Vec<Pipe<Bits<A>>>,
    live: Vec<Pipe<Bit>>,
    /// Behind each segment but the last: the addend, and the carry into the next one.
    product: Vec<Pipe<Bits<P>>>,
    carry: Vec<Pipe<Bit>>,
    /// `both_neg` and `both_pos` beside the sum. Where it wraps, both are set if it overflowed
    /// further up.
    neg: Vec<Pipe<Bit>>,
    pos: Vec<Pipe<Bit>>,
    /// Whether it overflowed, where it saturates.
    ovf: Vec<Pipe<Bit>>,
    _saturates: bool,
    _gates: bool,
}

/// Bits `low..high` of `x`, at the bottom.
fn bits(x: u64, low: usize, high: usize) -> u64 {
    (x >> low) & (u64::MAX >> (64 - (high - low)))
}

impl<const P: usize, const A: usize> IntAdd<P, A> {
    fn control(&self) -> PipeControl {
        PipeControl::of(&self.clk_i, &self.rst_ni, &self.test_en_i)
    }

    /// Bits of the segment that stage `stage` adds: as many in each, but that the first has a
    /// sixteenth more and the last so many less, since it has a carry and the sign's fan-out too.
    fn segment(&self, stage: usize) -> (usize, usize) {
        let segments = self.part.len();
        let cut = |stage: usize| match stage {
            0 => 0,
            stage if stage == segments => A,
            stage => A * stage / segments + A / 16,
        };
        (cut(stage), cut(stage + 1))
    }

    /// Wraps at once, without a stage of its own for what is too large.
    fn saturates_at_once(&self) -> bool {
        self._saturates && self.sum.len() == 1
    }
}

impl<const P: usize, const A: usize> Logic for IntAdd<P, A> {
    fn update(&mut self) {
        let (control, en) = (self.control(), self.en_i.val());
        let (mut sum, mut live) = (self.sum_i.val(), self.live_i.val());
        let step = match self.mac_i.val() {
            true => self.product_i.val(),
            false => Bits::default(),
        };
        let negative = |x: u64| bits(x, A - 1, A) == 1;
        let signs = (negative(sum.to_u64()), to_i64(step) < 0);
        let (mut neg, mut pos) = (signs.0 && signs.1, !(signs.0 || signs.1));
        self.both_neg.next = neg;
        self.both_pos.next = pos;
        let mut ovf = self.ovf_i[0].val();
        if !self._saturates {
            (neg, pos) = (neg || ovf, pos || ovf);
        }
        let (mut step, mut carry) = (low_bits::<P>(step.to_u64()), false);
        for stage in 0..self.sum.len() {
            let moves = en && (live || !self._gates);
            let mut next = sum.to_u64();
            if stage < self.part.len() {
                let (low, high) = self.segment(stage);
                let addend = to_i64(step) as u64;
                let part = bits(next, low, high)
                    .wrapping_add(bits(addend, low, high))
                    .wrapping_add(u64::from(carry));
                self.addend[stage].next = low_bits(addend);
                self.part[stage].next = low_bits(part);
                let mask = bits(u64::MAX, low, high) << low;
                next = (next & !mask) | ((part << low) & mask);
                if let Some(line) = self.product.get_mut(stage) {
                    line.drive(control, moves, step);
                    step = line.q.val();
                    let carries = bits(part, high - low, high - low + 1) == 1;
                    self.carry[stage].drive(control, moves, carries);
                    carry = self.carry[stage].q.val();
                }
            }
            if self._saturates && stage + 1 == self.sum.len() {
                let overflow = (pos && negative(next)) || (neg && !negative(next));
                self.overflow[0].next = overflow;
                if overflow {
                    next = (1 << (A - 1)) - u64::from(!neg);
                }
                ovf |= overflow;
            }
            if let Some(line) = self.neg.get_mut(stage) {
                line.drive(control, moves, neg);
                self.pos[stage].drive(control, moves, pos);
                (neg, pos) = (line.q.val(), self.pos[stage].q.val());
            }
            if let Some(line) = self.ovf.get_mut(stage) {
                line.drive(control, moves, ovf);
                ovf = line.q.val();
            }
            self.sum[stage].drive(control, moves, low_bits(next));
            self.live[stage].drive(control, en, live);
            sum = self.sum[stage].q.val();
            live = self.live[stage].q.val();
        }
        self.sum_o.next = sum;
        self.live_o.next = live;
        self.ovf_o[0].next = match self._saturates {
            true => ovf,
            false => (pos && negative(sum.to_u64())) || (neg && !negative(sum.to_u64())),
        };
    }

    fn connect(&mut self) {
        for nets in [&mut self.addend, &mut self.part] {
            nets.iter_mut().for_each(Logic::connect);
        }
        self.both_neg.connect();
        self.both_pos.connect();
        self.overflow.iter_mut().for_each(Logic::connect);
        self.sum.iter_mut().for_each(Pipe::connect_inputs);
        self.product.iter_mut().for_each(Pipe::connect_inputs);
        for lines in [
            &mut self.live,
            &mut self.carry,
            &mut self.neg,
            &mut self.pos,
            &mut self.ovf,
        ] {
            lines.iter_mut().for_each(Pipe::connect_inputs);
        }
        self.sum_o.connect();
        self.live_o.connect();
        self.ovf_o[0].connect();
    }

    fn hdl(&self) -> Verilog {
        let (stages, segments) = (self.sum.len(), self.part.len());
        let on_overflow = match self._saturates {
            true => "saturates",
            false => "wraps",
        };
        let how = match (segments, segments < stages) {
            (1, false) => "In one cycle".to_owned(),
            (1, true) => "In two cycles, the second one for what is too large".to_owned(),
            (_, false) => format!("In {stages} cycles, a segment of the bits in each"),
            (_, true) => format!(
                "In {stages} cycles, a segment of the bits in each but the last, which is for \
                 what is too large"
            ),
        };
        let mut body = Body::new(
            &format!("add_int{A}"),
            &format!(
                "Adds a {P}-bit product to a {A}-bit partial sum, which {on_overflow}. {how}."
            ),
            !self.test_en_i.is_empty(),
        );
        let before = |line: &str, stage: usize| match stage {
            0 => net(format!("{line}_i")),
            _ => net(format!("{line}${}$q", stage - 1)),
        };
        // The assignment extends the sign.
        let product = net("product_i").signed();
        body.select("addend$0", net("mac_i"), product, lit(0, A));
        let signs = || (net("sum_i").bit(A - 1), net("addend$0").bit(A - 1));
        body.assign("both_neg", signs().0 & signs().1);
        body.assign("both_pos", !(signs().0 | signs().1));
        for stage in 0..stages {
            let moves = match self._gates {
                true => net("en_i") & before("live", stage),
                false => net("en_i"),
            };
            let sum = format!("sum${stage}$d");
            if stage < segments {
                self.add_segment(&mut body, stage, before("sum", stage), &moves);
                if !self.saturates_at_once() {
                    body.assign(&sum, self.spliced(stage, before("sum", stage)));
                }
            }
            if self._saturates && stage + 1 == stages {
                let once = self.saturates_at_once();
                let (wrapped, neg, pos) = match once {
                    true => (net("part$0"), net("both_neg"), net("both_pos")),
                    false => (
                        before("sum", stage),
                        before("neg", stage),
                        before("pos", stage),
                    ),
                };
                let negative = || wrapped.clone().bit(A - 1);
                let overflow = (pos & negative()) | (neg.clone() & !negative());
                body.assign("overflow$0", overflow);
                body.assign(&sum, wrapped.clone());
                let largest = (1 << (A - 1)) - 1;
                body.assign_if(&sum, net("overflow$0"), lit(largest, A));
                body.assign_if(&sum, net("overflow$0") & neg, lit(largest + 1, A));
            }
            body.pipe_control(&format!("sum${stage}"), moves.clone());
            for (line, made) in [("neg", "both_neg"), ("pos", "both_pos")] {
                if stage < self.neg.len() {
                    let value = match (stage, self._saturates) {
                        (0, false) => net("ovf_i$0") | net(made),
                        (0, true) => net(made),
                        _ => before(line, stage),
                    };
                    body.pipe(&format!("{line}${stage}"), moves.clone(), value);
                }
            }
            if stage < self.ovf.len() {
                let earlier = match stage {
                    0 => net("ovf_i$0"),
                    _ => before("ovf", stage),
                };
                let value = match stage + 1 == stages {
                    true => earlier | net("overflow$0"),
                    false => earlier,
                };
                body.pipe(&format!("ovf${stage}"), moves, value);
            }
            body.pipe(&format!("live${stage}"), net("en_i"), before("live", stage));
        }
        let last = |line: &str| net(format!("{line}${}$q", stages - 1));
        body.assign("sum_o", last("sum"));
        body.assign("live_o", last("live"));
        let negative = || last("sum").bit(A - 1);
        let overflowed = match self._saturates {
            true => last("ovf"),
            false => (last("pos") & negative()) | (last("neg") & !negative()),
        };
        body.assign("ovf_o$0", overflowed);
        body.finish()
    }
}

impl<const P: usize, const A: usize> IntAdd<P, A> {
    /// `part` of a stage, and what the next segment needs.
    fn add_segment(&self, body: &mut Body, stage: usize, sum: Expr, moves: &Expr) {
        let part = format!("part${stage}");
        if stage > 0 {
            let product = net(format!("product${}$q", stage - 1)).signed();
            body.assign(format!("addend${stage}"), product);
        }
        let addend = net(format!("addend${stage}"));
        if self.part.len() == 1 {
            body.assign(part, sum + addend);
            return;
        }
        let (low, high) = self.segment(stage);
        let segment = |x: Expr| x.slice(low, high - low).zext(A);
        let mut total = segment(sum) + segment(addend.clone());
        if stage > 0 {
            total = total + net(format!("carry${}$q", stage - 1)).zext(A);
        }
        body.assign(&part, total);
        if stage < self.product.len() {
            let step = addend.slice(0, P);
            body.pipe(&format!("product${stage}"), moves.clone(), step);
            let carry = net(part).bit(high - low);
            body.pipe(&format!("carry${stage}"), moves.clone(), carry);
        }
    }

    /// `sum` with the segment that `stage` has added.
    fn spliced(&self, stage: usize, sum: Expr) -> Expr {
        let part = net(format!("part${stage}"));
        if self.part.len() == 1 {
            return part;
        }
        let (low, high) = self.segment(stage);
        let mask = bits(u64::MAX, low, high);
        let others = sum & lit(bits(!(mask << low), 0, A), A);
        let own = part & lit(mask, A);
        others | if low > 0 { own.shl(low) } else { own }
    }
}

impl<const W: usize, const P: usize, const A: usize> Adder<Int<W, P, A>> for IntAdd<P, A> {
    fn new(config: &ArrayConfig) -> Self {
        let stages = config.add_stages();
        let saturates = config.overflow == Overflow::Saturate;
        let segments = match saturates {
            true => (stages - 1).max(1),
            false => stages,
        };
        let lines = |count: usize| -> Vec<Pipe<Bit>> {
            (0..count)
                .map(|_| Pipe::new(1, config.gated_style()))
                .collect()
        };
        let signs = if saturates { stages - 1 } else { stages };
        Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            en_i: Signal::default(),
            test_en_i: config.test_en_port(),
            product_i: Signal::default(),
            mac_i: Signal::default(),
            sum_i: Signal::default(),
            live_i: Signal::default(),
            ovf_i: optional(true),
            sum_o: Signal::default(),
            live_o: Signal::default(),
            ovf_o: optional(true),
            addend: (0..segments).map(|_| Signal::default()).collect(),
            part: (0..segments).map(|_| Signal::default()).collect(),
            both_neg: Signal::default(),
            both_pos: Signal::default(),
            overflow: (0..usize::from(saturates))
                .map(|_| Signal::default())
                .collect(),
            sum: (0..stages)
                .map(|_| Pipe::new(1, config.gated_style()))
                .collect(),
            live: (0..stages)
                .map(|_| Pipe::new(1, config.control_style()))
                .collect(),
            product: (1..segments)
                .map(|_| Pipe::new(1, config.gated_style()))
                .collect(),
            carry: lines(segments - 1),
            neg: lines(signs),
            pos: lines(signs),
            ovf: lines(if saturates { stages } else { 0 }),
            _saturates: saturates,
            _gates: config.gates(),
        }
    }

    fn drive(&mut self, input: AddInput<Int<W, P, A>>) {
        self.clk_i.next = input.control.clk;
        self.rst_ni.next = input.control.rst_n;
        self.en_i.next = input.en;
        drive_optional(&mut self.test_en_i, input.control.test_en);
        self.product_i.next = input.product;
        self.mac_i.next = input.mac;
        self.sum_i.next = input.sum;
        self.live_i.next = input.live;
        drive_optional(&mut self.ovf_i, input.overflow);
    }

    fn result(&self) -> (Bits<A>, bool, bool) {
        (self.sum_o.val(), self.live_o.val(), self.ovf_o[0].val())
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
        self.ovf_i.iter_mut().for_each(Logic::connect);
    }
}
