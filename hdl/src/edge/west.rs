//! The left edge: skews activations and weight words by `add_stages` per row.

use crate::arith::{flag, optional, Arithmetic};
use crate::describe::{net, Body};
use crate::lanes::{connect, lanes};
use crate::prim::{Pipe, PipeControl};
use crate::ArrayConfig;
use rust_hdl::prelude::*;

/// Delays what enters row r by r * `add_stages` cycles.
#[derive(Clone, LogicBlock)]
pub struct WestEdge<F: Arithmetic> {
    /// Clock.
    pub clk_i: Signal<In, Clock>,
    /// Reset, active low.
    pub rst_ni: Signal<In, Bit>,
    /// Low freezes every register.
    pub en_i: Signal<In, Bit>,
    /// Activations of a beat.
    pub act_i: Vec<Signal<In, F::Operand>>,
    /// The beat is kept, and the row.
    pub mac_i: Vec<Signal<In, Bit>>,
    /// First beat of a tile.
    pub swap_i: Signal<In, Bit>,
    /// Weight words of one column.
    pub word_i: Vec<Signal<In, F::Operand>>,
    /// There are any.
    pub valid_i: Vec<Signal<In, Bit>>,
    /// The column is kept.
    pub keep_i: Signal<In, Bit>,
    /// Held seeds and sums change places (output-stationary).
    pub turn_i: Vec<Signal<In, Bit>>,
    /// Output-stationary tiles are at work (both dataflows only).
    pub ring_i: Vec<Signal<In, Bit>>,
    /// The row exchanges (output-stationary).
    pub exch_i: Vec<Signal<In, Bit>>,
    /// Skewed activations.
    pub act_o: Vec<Signal<Out, F::Operand>>,
    /// Skewed `mac_i`.
    pub mac_o: Vec<Signal<Out, Bit>>,
    /// Skewed `swap_i`.
    pub swap_o: Vec<Signal<Out, Bit>>,
    /// Skewed words.
    pub word_o: Vec<Signal<Out, F::Operand>>,
    /// Skewed `valid_i`.
    pub valid_o: Vec<Signal<Out, Bit>>,
    /// Skewed `keep_i`.
    pub keep_o: Vec<Signal<Out, Bit>>,
    /// Skewed `exch_i`, and delayed by the way of a product, as seeds are.
    pub exch_o: Vec<Signal<Out, Bit>>,
    /// `ring_i` likewise.
    pub ring_o: Vec<Signal<Out, Bit>>,
    /// At the same time: the adders take their own output.
    pub spin_o: Vec<Signal<Out, Bit>>,
    /// The adders take the held words.
    pub seed_o: Vec<Signal<Out, Bit>>,
    act: Vec<Pipe<F::Operand>>,
    mac: Vec<Pipe<Bit>>,
    word: Vec<Pipe<F::Operand>>,
    valid: Vec<Pipe<Bit>>,
    /// From row to row, since all rows have the same bit.
    swap: Vec<Pipe<Bit>>,
    keep: Vec<Pipe<Bit>>,
    turn: Vec<Pipe<Bit>>,
    ring: Vec<Pipe<Bit>>,
    exch: Vec<Pipe<Bit>>,
}

impl<F: Arithmetic> WestEdge<F> {
    /// The left edge of an array of `config`.
    pub fn new(config: &ArrayConfig) -> Self {
        let rows = config.rows;
        let (data, control) = (config.data_style(), config.control_style());
        let hop = config.add_stages();
        let depth = |row: usize| if row == 0 { 0 } else { hop };
        let skewed = |row: usize| Pipe::new(row * hop, data).skewing(config.skew());
        let product = 1 + config.mul_stages();
        let (os, both) = (config.has_os(), config.has_both());
        let when = |present: bool| if present { rows } else { 0 };
        let shared = |present: bool| -> Vec<Pipe<Bit>> {
            (0..when(present))
                .map(|r| Pipe::new(if r == 0 { product } else { hop }, control))
                .collect()
        };
        Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            en_i: Signal::default(),
            act_i: lanes(rows),
            mac_i: lanes(rows),
            swap_i: Signal::default(),
            word_i: lanes(rows),
            valid_i: lanes(rows),
            keep_i: Signal::default(),
            turn_i: optional(os),
            ring_i: optional(both),
            exch_i: lanes(when(os)),
            act_o: lanes(rows),
            mac_o: lanes(rows),
            swap_o: lanes(rows),
            word_o: lanes(rows),
            valid_o: lanes(rows),
            keep_o: lanes(rows),
            exch_o: lanes(when(os)),
            ring_o: lanes(when(both)),
            spin_o: lanes(when(os)),
            seed_o: lanes(when(both)),
            act: (0..rows).map(skewed).collect(),
            mac: (0..rows).map(|r| Pipe::new(r * hop, control)).collect(),
            word: (0..rows).map(skewed).collect(),
            valid: (0..rows).map(|r| Pipe::new(r * hop, control)).collect(),
            swap: (0..rows).map(|r| Pipe::new(depth(r), control)).collect(),
            keep: (0..rows).map(|r| Pipe::new(depth(r), data)).collect(),
            turn: shared(os),
            ring: shared(both),
            exch: (0..when(os))
                .map(|r| Pipe::new(product + r * hop, control))
                .collect(),
        }
    }
}

impl<F: Arithmetic> Logic for WestEdge<F> {
    fn update(&mut self) {
        let control = PipeControl::of(&self.clk_i, &self.rst_ni, &[]);
        let en = self.en_i.val();
        let (mut swap, mut keep) = (self.swap_i.val(), self.keep_i.val());
        for r in 0..self.act.len() {
            self.act[r].drive(control, en, self.act_i[r].val());
            self.mac[r].drive(control, en, self.mac_i[r].val());
            self.word[r].drive(control, en, self.word_i[r].val());
            self.valid[r].drive(control, en, self.valid_i[r].val());
            self.swap[r].drive(control, en, swap);
            self.keep[r].drive(control, en, keep);
            (swap, keep) = (self.swap[r].q.val(), self.keep[r].q.val());
            self.act_o[r].next = self.act[r].q.val();
            self.mac_o[r].next = self.mac[r].q.val();
            self.word_o[r].next = self.word[r].q.val();
            self.valid_o[r].next = self.valid[r].q.val();
            self.swap_o[r].next = swap;
            self.keep_o[r].next = keep;
        }
        let (mut turn, mut ring) = (flag(&self.turn_i), flag(&self.ring_i));
        for r in 0..self.exch.len() {
            self.exch[r].drive(control, en, self.exch_i[r].val());
            self.turn[r].drive(control, en, turn);
            let exch = self.exch[r].q.val();
            turn = self.turn[r].q.val();
            self.exch_o[r].next = exch;
            let Some(line) = self.ring.get_mut(r) else {
                self.spin_o[r].next = !turn;
                continue;
            };
            line.drive(control, en, ring);
            ring = line.q.val();
            self.ring_o[r].next = ring;
            self.spin_o[r].next = ring && !turn;
            self.seed_o[r].next = turn && !exch || !ring && exch;
        }
    }

    fn connect(&mut self) {
        connect(&mut self.act_o);
        connect(&mut self.mac_o);
        connect(&mut self.swap_o);
        connect(&mut self.word_o);
        connect(&mut self.valid_o);
        connect(&mut self.keep_o);
        connect(&mut self.exch_o);
        connect(&mut self.ring_o);
        connect(&mut self.spin_o);
        connect(&mut self.seed_o);
        for line in self.act.iter_mut().chain(&mut self.word) {
            line.connect_inputs();
        }
        for line in [
            &mut self.mac,
            &mut self.valid,
            &mut self.swap,
            &mut self.keep,
            &mut self.turn,
            &mut self.ring,
            &mut self.exch,
        ] {
            line.iter_mut().for_each(Pipe::connect_inputs);
        }
    }

    fn hdl(&self) -> Verilog {
        let about = "Left edge: delays what enters row r by r times the adder's stages.";
        let mut body = Body::new("west_edge", about, false);
        for r in 0..self.act.len() {
            for line in ["act", "mac", "word", "valid"] {
                let source = net(format!("{line}_i${r}"));
                body.pipe(&format!("{line}${r}"), net("en_i"), source);
            }
            for line in ["swap", "keep"] {
                let source = match r.checked_sub(1) {
                    None => net(format!("{line}_i")),
                    Some(above) => net(format!("{line}${above}$q")),
                };
                body.pipe(&format!("{line}${r}"), net("en_i"), source);
            }
            for line in ["act", "mac", "word", "valid", "swap", "keep"] {
                body.assign(format!("{line}_o${r}"), net(format!("{line}${r}$q")));
            }
            for (line, lanes) in [
                ("turn", self.turn.len()),
                ("ring", self.ring.len()),
                ("exch", self.exch.len()),
            ] {
                if lanes == 0 {
                    continue;
                }
                let source = match (line, r.checked_sub(1)) {
                    ("exch", _) => net(format!("exch_i${r}")),
                    (_, None) => net(format!("{line}_i$0")),
                    (_, Some(above)) => net(format!("{line}${above}$q")),
                };
                body.pipe(&format!("{line}${r}"), net("en_i"), source);
            }
            let [turn, ring, exch] =
                ["turn", "ring", "exch"].map(|line| move || net(format!("{line}${r}$q")));
            if !self.turn.is_empty() {
                body.assign(format!("exch_o${r}"), exch());
            }
            match (self.turn.is_empty(), self.ring.is_empty()) {
                (true, _) => {}
                (false, true) => body.assign(format!("spin_o${r}"), !turn()),
                (false, false) => {
                    body.assign(format!("ring_o${r}"), ring());
                    body.assign(format!("spin_o${r}"), ring() & !turn());
                    let seed = (turn() & !exch()) | (!ring() & exch());
                    body.assign(format!("seed_o${r}"), seed);
                }
            }
        }
        body.finish()
    }
}

impl<F: Arithmetic> WestEdge<F> {
    /// Claims every input, from the `connect` of the array.
    pub(crate) fn connect_inputs(&mut self) {
        self.clk_i.connect();
        self.rst_ni.connect();
        self.en_i.connect();
        connect(&mut self.act_i);
        connect(&mut self.mac_i);
        self.swap_i.connect();
        connect(&mut self.word_i);
        connect(&mut self.valid_i);
        self.keep_i.connect();
        connect(&mut self.turn_i);
        connect(&mut self.ring_i);
        connect(&mut self.exch_i);
    }
}
