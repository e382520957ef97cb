//! The processing element: one weight at work, the next one waiting, one
//! multiply-accumulate per cycle.
//!
//! All that reaches a PE is skewed alike (`add_stages` cycles per row, one per
//! column), so each PE sees the events of the array's edge in the edge's order, only
//! later. A weight word is captured by the first PE on its way that waits for one;
//! the words of a tile come in the order of rows (from the top) or columns (from the
//! left), and a PE that has its word passes the others on. The words of an
//! output-stationary tile are shared: each PE of a column captures and passes on each of
//! them, and swaps with every beat. Their sums stay: see [`Accumulator`].

mod multiply;
mod verilog;
mod wiring;

use crate::accumulator::{Accumulator, Slot};
use crate::arith::{flag, optional, AddInput, Adder, Arithmetic, Multiplier};
use crate::lanes::lanes;
use crate::prim::{Pipe, PipeControl, PipeStyle};
use crate::{ArrayConfig, Gating, Reset};
use rust_hdl::prelude::*;

pub use wiring::PeInput;

/// A processing element of format `F`.
#[derive(Clone, LogicBlock)]
pub struct Pe<F: Arithmetic> {
    /// Clock.
    pub clk_i: Signal<In, Clock>,
    /// Reset, active low.
    pub rst_ni: Signal<In, Bit>,
    /// Low freezes every register.
    pub en_i: Signal<In, Bit>,
    /// Opens clock gates for scan test; clock gating only.
    pub test_en_i: Vec<Signal<In, Bit>>,

    /// Activation from the west.
    pub act_i: Signal<In, F::Operand>,
    /// It is of a kept beat and this row is kept.
    pub mac_i: Signal<In, Bit>,
    /// First beat of a tile, or any output-stationary one: the waiting weight goes to work.
    pub swap_i: Signal<In, Bit>,
    /// Activation to the east, one cycle later.
    pub act_o: Signal<Out, F::Operand>,
    /// Its `mac_i`.
    pub mac_o: Signal<Out, Bit>,
    /// Its `swap_i`.
    pub swap_o: Signal<Out, Bit>,

    /// Weight word from the north.
    pub north_i: Signal<In, F::Operand>,
    /// It is kept.
    pub north_keep_i: Signal<In, Bit>,
    /// There is one.
    pub north_valid_i: Signal<In, Bit>,
    /// It is for every row (both dataflows only).
    pub north_share_i: Vec<Signal<In, Bit>>,
    /// Weight word from the west.
    pub west_i: Signal<In, F::Operand>,
    /// It is kept.
    pub west_keep_i: Signal<In, Bit>,
    /// There is one.
    pub west_valid_i: Signal<In, Bit>,
    /// Weight word to the south, `add_stages` cycles later.
    pub south_o: Signal<Out, F::Operand>,
    /// It is kept.
    pub south_keep_o: Signal<Out, Bit>,
    /// There is one.
    pub south_valid_o: Signal<Out, Bit>,
    /// It is for every row (both dataflows only).
    pub south_share_o: Vec<Signal<Out, Bit>>,
    /// Weight word to the east, one cycle later.
    pub east_o: Signal<Out, F::Operand>,
    /// It is kept.
    pub east_keep_o: Signal<Out, Bit>,
    /// There is one.
    pub east_valid_o: Signal<Out, Bit>,

    /// Partial sum from the north, when the product is ready.
    pub sum_i: Signal<In, F::Sum>,
    /// It is of a beat and a kept column.
    pub live_i: Signal<In, Bit>,
    /// It overflowed further up (formats that overflow).
    pub ovf_i: Vec<Signal<In, Bit>>,
    /// Counts the phases (output-stationary, more than one phase).
    pub phase_i: Vec<Signal<In, Bit>>,
    /// What happens to sums, when the product is ready: [`Accumulator`]'s `spin`, `exch`
    /// and, if there are both dataflows, `seed` and `ring`. None if weight-stationary only.
    pub spin_i: Vec<Signal<In, Bit>>,
    /// See `spin_i`.
    pub exch_i: Vec<Signal<In, Bit>>,
    /// See `spin_i`.
    pub seed_i: Vec<Signal<In, Bit>>,
    /// See `spin_i`.
    pub ring_i: Vec<Signal<In, Bit>>,
    /// `spin_i` to the east, one cycle later.
    pub spin_o: Vec<Signal<Out, Bit>>,
    /// `exch_i` likewise.
    pub exch_o: Vec<Signal<Out, Bit>>,
    /// `seed_i` likewise.
    pub seed_o: Vec<Signal<Out, Bit>>,
    /// `ring_i` likewise.
    pub ring_o: Vec<Signal<Out, Bit>>,
    /// Partial sum to the south.
    pub sum_o: Signal<Out, F::Sum>,
    /// Its live bit.
    pub live_o: Signal<Out, Bit>,
    /// Its overflow flag.
    pub ovf_o: Vec<Signal<Out, Bit>>,

    /// The word that arrives, from whichever side.
    word: Signal<Local, F::Operand>,
    word_keep: Signal<Local, Bit>,
    /// The PE has its next weight, and it does not go to work now.
    taken: Signal<Local, Bit>,
    /// The next weight is complete and kept: the PE will multiply.
    next_on: Signal<Local, Bit>,
    /// Low resets the weight at work: it will not multiply.
    weight_clear_n: Vec<Signal<Local, Bit>>,
    /// The activation, or zero if its product does not count (DSP block only).
    operand: Vec<Signal<Local, F::Operand>>,
    /// Low resets the product: it does not count.
    product_clear_n: Vec<Signal<Local, Bit>>,

    act: Pipe<F::Operand>,
    mac: Pipe<Bit>,
    swap: Pipe<Bit>,
    pass: Pipe<F::Operand>,
    pass_keep: Pipe<Bit>,
    pass_east: Pipe<Bit>,
    pass_south: Pipe<Bit>,
    pass_share: Vec<Pipe<Bit>>,
    /// The way from row to row, as long as the skew, less the register above.
    down: Pipe<F::Operand>,
    down_keep: Pipe<Bit>,
    down_valid: Pipe<Bit>,
    down_share: Vec<Pipe<Bit>>,
    next_weight: Pipe<F::Operand>,
    next_keep: Pipe<Bit>,
    full: Pipe<Bit>,
    weight: Pipe<F::Operand>,
    on: Pipe<Bit>,
    mul: F::Mul,
    product: Vec<Pipe<F::Product>>,
    product_mac: Vec<Pipe<Bit>>,
    product_on: Vec<Pipe<Bit>>,
    add: F::Add,
    spin: Vec<Pipe<Bit>>,
    exch: Vec<Pipe<Bit>>,
    seed: Vec<Pipe<Bit>>,
    ring: Vec<Pipe<Bit>>,
    accumulator: Vec<Accumulator<F>>,
    _gates: bool,
    /// The multiplier has registers of the fabric inside.
    _inner: bool,
    /// Products of dropped beats stay: weight-stationary arrays.
    _holds: bool,
    /// Every word is shared.
    _shares: bool,
}

impl<F: Arithmetic> Pe<F> {
    /// A PE with the pipeline depths, reset and gating of `config`.
    pub fn new(config: &ArrayConfig) -> Self {
        let control = config.control_style();
        let gated = config.gated_style();
        let data = config.data_style();
        // What is used whether it counts or not has to be zero from the start.
        let cleared = PipeStyle {
            reset: control.reset,
            ..gated
        };
        // A synchronous reset makes such zeros without a multiplexer. It would open a
        // clock gate for as long as they are wanted, and an asynchronous one has no enable.
        let by_reset = control.reset == Reset::Sync && config.gating != Gating::ClockGate;
        let (products, in_dsp) = (config.product_stages(), config.dsp_stages() > 0);
        // A DSP block gets zeros by its other operand.
        let clears_weight = by_reset && !in_dsp;
        // Who clears the product need not remember that it counts.
        let clears = by_reset && F::ZERO_IS_NEUTRAL && products > 0 && !in_dsp;
        let counts = match F::ZERO_IS_NEUTRAL && in_dsp {
            true => 0,
            false => config.mul_stages() - usize::from(clears),
        };
        // Where products of dropped beats stay, the registers behind the first have to know.
        let holds = !config.has_os();
        let takes = match (holds, in_dsp || !config.gates()) {
            (false, _) => counts,
            (true, true) => 0,
            (true, false) => config.mul_stages().saturating_sub(1),
        };
        let hop = config.add_stages() - 1;
        let (os, both) = (config.has_os(), config.has_both());
        let when = |present: bool, depth, style| -> Vec<Pipe<Bit>> {
            (0..usize::from(present))
                .map(|_| Pipe::new(depth, style))
                .collect()
        };
        Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            en_i: Signal::default(),
            test_en_i: config.test_en_port(),
            act_i: Signal::default(),
            mac_i: Signal::default(),
            swap_i: Signal::default(),
            act_o: Signal::default(),
            mac_o: Signal::default(),
            swap_o: Signal::default(),
            north_i: Signal::default(),
            north_keep_i: Signal::default(),
            north_valid_i: Signal::default(),
            north_share_i: optional(both),
            west_i: Signal::default(),
            west_keep_i: Signal::default(),
            west_valid_i: Signal::default(),
            south_o: Signal::default(),
            south_keep_o: Signal::default(),
            south_valid_o: Signal::default(),
            south_share_o: optional(both),
            east_o: Signal::default(),
            east_keep_o: Signal::default(),
            east_valid_o: Signal::default(),
            sum_i: Signal::default(),
            live_i: Signal::default(),
            ovf_i: optional(F::OVERFLOWS),
            phase_i: lanes(config.phase_bits()),
            spin_i: optional(os),
            exch_i: optional(os),
            seed_i: optional(both),
            ring_i: optional(both),
            spin_o: optional(os),
            exch_o: optional(os),
            seed_o: optional(both),
            ring_o: optional(both),
            sum_o: Signal::default(),
            live_o: Signal::default(),
            ovf_o: optional(F::OVERFLOWS),
            word: Signal::default(),
            word_keep: Signal::default(),
            taken: Signal::default(),
            next_on: Signal::default(),
            weight_clear_n: optional(clears_weight),
            operand: optional(in_dsp),
            product_clear_n: optional(clears),
            act: Pipe::new(1, gated),
            mac: Pipe::new(1, control),
            swap: Pipe::new(1, control),
            pass: Pipe::new(1, gated),
            pass_keep: Pipe::new(1, gated),
            pass_east: Pipe::new(1, control),
            pass_south: Pipe::new(1, control),
            pass_share: when(both, 1, gated),
            down: Pipe::new(hop, data),
            down_keep: Pipe::new(hop, data),
            down_valid: Pipe::new(hop, control),
            down_share: when(both, hop, data),
            next_weight: Pipe::new(1, gated),
            next_keep: Pipe::new(1, gated),
            full: Pipe::new(1, control),
            weight: Pipe::new(1, if clears_weight { cleared } else { gated }),
            on: Pipe::new(1, control),
            mul: F::Mul::new(config),
            product: (1..=products)
                .map(|stage| match F::ZERO_IS_NEUTRAL && stage == products {
                    true if in_dsp => Pipe::new(1, data),
                    true => Pipe::new(1, cleared),
                    false => Pipe::new(1, gated),
                })
                .collect(),
            product_mac: (0..takes).map(|_| Pipe::new(1, control)).collect(),
            product_on: (0..if holds { counts } else { 0 })
                .map(|_| Pipe::new(1, control))
                .collect(),
            add: F::Add::new(config),
            spin: when(os, 1, control),
            exch: when(os, 1, control),
            seed: when(both, 1, control),
            ring: when(both, 1, control),
            accumulator: (0..usize::from(os))
                .map(|_| Accumulator::new(config))
                .collect(),
            _gates: config.gates(),
            _inner: config.inner_stages() > 0,
            _holds: holds,
            _shares: os && !both,
        }
    }
}

impl<F: Arithmetic> Logic for Pe<F> {
    fn update(&mut self) {
        let control = PipeControl::of(&self.clk_i, &self.rst_ni, &self.test_en_i);
        let en = self.en_i.val();
        let gate = |open: bool| en && (open || !self._gates);

        let mac_in = self.mac_i.val();
        self.act.drive(control, gate(mac_in), self.act_i.val());
        self.mac.drive(control, en, mac_in);
        self.swap.drive(control, en, self.swap_i.val());
        self.act_o.next = self.act.q.val();
        self.mac_o.next = self.mac.q.val();
        self.swap_o.next = self.swap.q.val();

        let from_west = self.west_valid_i.val();
        let valid = from_west || self.north_valid_i.val();
        let (word, word_keep) = if from_west {
            (self.west_i.val(), self.west_keep_i.val())
        } else {
            (self.north_i.val(), self.north_keep_i.val())
        };
        let taken = self.full.q.val() && !self.swap_i.val();
        let share = self._shares || flag(&self.north_share_i);
        let forward = taken || share;
        let next_on = self.full.q.val() && self.next_keep.q.val();
        self.word.next = word;
        self.word_keep.next = word_keep;
        self.taken.next = taken;
        self.next_on.next = next_on;

        self.next_weight.drive(control, en && valid && !taken, word);
        self.next_keep
            .drive(control, en && valid && !taken, word_keep);
        self.full.drive(control, en, taken || valid);
        self.pass.drive(control, en && valid && forward, word);
        self.pass_keep
            .drive(control, en && valid && forward, word_keep);
        self.pass_east.drive(control, en, from_west && taken);
        self.pass_south
            .drive(control, en, self.north_valid_i.val() && forward);
        for (pass, down) in self.pass_share.iter_mut().zip(&mut self.down_share) {
            pass.drive(control, en && valid && forward, share);
            down.drive(control, en, pass.q.val());
            self.south_share_o[0].next = down.q.val();
        }
        self.east_o.next = self.pass.q.val();
        self.east_keep_o.next = self.pass_keep.q.val();
        self.east_valid_o.next = self.pass_east.q.val();
        self.down.drive(control, en, self.pass.q.val());
        self.down_keep.drive(control, en, self.pass_keep.q.val());
        self.down_valid.drive(control, en, self.pass_south.q.val());
        self.south_o.next = self.down.q.val();
        self.south_keep_o.next = self.down_keep.q.val();
        self.south_valid_o.next = self.down_valid.q.val();

        let (mut rest, mut weight, mut on) = (control, self.next_weight.q.val(), next_on);
        if let Some(clear_n) = self.weight_clear_n.first_mut() {
            rest.rst_n &= !(en && self.swap_i.val() && !next_on);
            clear_n.next = rest.rst_n;
            // What goes to work is on.
            on = true;
        } else if self.operand.is_empty() && !next_on {
            weight = F::Operand::default();
        }
        let works = self.operand.is_empty() || next_on || !self._gates;
        self.weight
            .drive(rest, en && self.swap_i.val() && works, weight);
        self.on.drive(rest, en && self.swap_i.val(), on);

        let (product, mac) = self.multiply(control, en);
        let chain = (self.sum_i.val(), self.live_i.val(), flag(&self.ovf_i));
        let mut out = self.add.result();
        let mut into_adder = chain;
        if let Some(accumulator) = self.accumulator.first_mut() {
            let slot = Slot {
                spin: flag(&self.spin_i),
                exch: flag(&self.exch_i),
                seed: flag(&self.seed_i),
                ring: flag(&self.ring_i),
            };
            accumulator.drive(control, en, &self.phase_i, slot, chain, out);
            (into_adder, out) = accumulator.result();
            for (pipe, to, value) in [
                (&mut self.spin, &mut self.spin_o, slot.spin),
                (&mut self.exch, &mut self.exch_o, slot.exch),
                (&mut self.seed, &mut self.seed_o, slot.seed),
                (&mut self.ring, &mut self.ring_o, slot.ring),
            ] {
                for (pipe, to) in pipe.iter_mut().zip(to) {
                    pipe.drive(control, en, value);
                    to.next = pipe.q.val();
                }
            }
        }
        let (sum, live, overflow) = into_adder;
        self.add.drive(AddInput {
            control,
            en,
            product,
            mac,
            sum,
            live,
            overflow,
        });
        (self.sum_o.next, self.live_o.next) = (out.0, out.1);
        if let Some(port) = self.ovf_o.first_mut() {
            port.next = out.2;
        }
    }

    fn connect(&mut self) {
        self.connect_own();
    }

    fn hdl(&self) -> Verilog {
        self.verilog()
    }
}
