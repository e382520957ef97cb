//! The left edge: skews activations and weight words by `add_stages` per row.

use crate::arith::Arithmetic;
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
    act: Vec<Pipe<F::Operand>>,
    mac: Vec<Pipe<Bit>>,
    word: Vec<Pipe<F::Operand>>,
    valid: Vec<Pipe<Bit>>,
    /// From row to row, since all rows have the same bit.
    swap: Vec<Pipe<Bit>>,
    keep: Vec<Pipe<Bit>>,
}

impl<F: Arithmetic> WestEdge<F> {
    /// The left edge of an array of `config`.
    pub fn new(config: &ArrayConfig) -> Self {
        let rows = config.rows;
        let (data, control) = (config.data_style(), config.control_style());
        let hop = config.add_stages();
        let depth = |row: usize| if row == 0 { 0 } else { hop };
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
            act_o: lanes(rows),
            mac_o: lanes(rows),
            swap_o: lanes(rows),
            word_o: lanes(rows),
            valid_o: lanes(rows),
            keep_o: lanes(rows),
            act: (0..rows).map(|r| Pipe::new(r * hop, data)).collect(),
            mac: (0..rows).map(|r| Pipe::new(r * hop, control)).collect(),
            word: (0..rows).map(|r| Pipe::new(r * hop, data)).collect(),
            valid: (0..rows).map(|r| Pipe::new(r * hop, control)).collect(),
            swap: (0..rows).map(|r| Pipe::new(depth(r), control)).collect(),
            keep: (0..rows).map(|r| Pipe::new(depth(r), data)).collect(),
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
    }

    fn connect(&mut self) {
        connect(&mut self.act_o);
        connect(&mut self.mac_o);
        connect(&mut self.swap_o);
        connect(&mut self.word_o);
        connect(&mut self.valid_o);
        connect(&mut self.keep_o);
        for line in self.act.iter_mut().chain(&mut self.word) {
            line.connect_inputs();
        }
        for line in [
            &mut self.mac,
            &mut self.valid,
            &mut self.swap,
            &mut self.keep,
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
    }
}
