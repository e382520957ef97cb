//! The top edge: skews weight words and seeds by one cycle per column.

use crate::arith::{flag, optional, Arithmetic};
use crate::describe::{net, Body};
use crate::lanes::{connect, lanes};
use crate::prim::{Pipe, PipeControl};
use crate::ArrayConfig;
use rust_hdl::prelude::*;

/// Delays the words that enter column c by c cycles, and the seeds by as much and
/// the way of a product: operand register and `mul_stages`.
#[derive(Clone, LogicBlock)]
pub struct NorthEdge<F: Arithmetic> {
    /// Clock.
    pub clk_i: Signal<In, Clock>,
    /// Reset, active low.
    pub rst_ni: Signal<In, Bit>,
    /// Low freezes every register.
    pub en_i: Signal<In, Bit>,
    /// Weight words of one row.
    pub word_i: Vec<Signal<In, F::Operand>>,
    /// There are any.
    pub valid_i: Vec<Signal<In, Bit>>,
    /// The row is kept.
    pub keep_i: Signal<In, Bit>,
    /// The row is for every row of PEs (both dataflows only).
    pub share_i: Vec<Signal<In, Bit>>,
    /// Seeds of a beat.
    pub sum_i: Vec<Signal<In, F::Sum>>,
    /// There is a beat, and the column is kept.
    pub live_i: Vec<Signal<In, Bit>>,
    /// Skewed words.
    pub word_o: Vec<Signal<Out, F::Operand>>,
    /// Skewed `valid_i`.
    pub valid_o: Vec<Signal<Out, Bit>>,
    /// Skewed `keep_i`.
    pub keep_o: Vec<Signal<Out, Bit>>,
    /// Skewed `share_i`.
    pub share_o: Vec<Signal<Out, Bit>>,
    /// Skewed seeds.
    pub sum_o: Vec<Signal<Out, F::Sum>>,
    /// Skewed `live_i`.
    pub live_o: Vec<Signal<Out, Bit>>,
    word: Vec<Pipe<F::Operand>>,
    valid: Vec<Pipe<Bit>>,
    /// From column to column, since all columns have the same bit.
    keep: Vec<Pipe<Bit>>,
    share: Vec<Pipe<Bit>>,
    sum: Vec<Pipe<F::Sum>>,
    live: Vec<Pipe<Bit>>,
}

impl<F: Arithmetic> NorthEdge<F> {
    /// The top edge of an array of `config`.
    pub fn new(config: &ArrayConfig) -> Self {
        let cols = config.cols;
        let (data, control) = (config.data_style(), config.control_style());
        let skew = config.skew();
        let product = 1 + config.mul_stages();
        let shared = if config.has_both() { cols } else { 0 };
        Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            en_i: Signal::default(),
            word_i: lanes(cols),
            valid_i: lanes(cols),
            keep_i: Signal::default(),
            share_i: optional(config.has_both()),
            sum_i: lanes(cols),
            live_i: lanes(cols),
            word_o: lanes(cols),
            valid_o: lanes(cols),
            keep_o: lanes(cols),
            share_o: lanes(shared),
            sum_o: lanes(cols),
            live_o: lanes(cols),
            word: (0..cols)
                .map(|c| Pipe::new(c, data).skewing(skew))
                .collect(),
            valid: (0..cols).map(|c| Pipe::new(c, control)).collect(),
            keep: (0..cols).map(|c| Pipe::new(c.min(1), data)).collect(),
            share: (0..shared).map(|c| Pipe::new(c.min(1), data)).collect(),
            sum: (0..cols)
                .map(|c| Pipe::new(c + product, data).skewing(skew))
                .collect(),
            live: (0..cols).map(|c| Pipe::new(c + product, control)).collect(),
        }
    }
}

impl<F: Arithmetic> Logic for NorthEdge<F> {
    fn update(&mut self) {
        let control = PipeControl::of(&self.clk_i, &self.rst_ni, &[]);
        let en = self.en_i.val();
        let mut keep = self.keep_i.val();
        for c in 0..self.word.len() {
            self.word[c].drive(control, en, self.word_i[c].val());
            self.valid[c].drive(control, en, self.valid_i[c].val());
            self.keep[c].drive(control, en, keep);
            self.sum[c].drive(control, en, self.sum_i[c].val());
            self.live[c].drive(control, en, self.live_i[c].val());
            keep = self.keep[c].q.val();
            self.word_o[c].next = self.word[c].q.val();
            self.valid_o[c].next = self.valid[c].q.val();
            self.keep_o[c].next = keep;
            self.sum_o[c].next = self.sum[c].q.val();
            self.live_o[c].next = self.live[c].q.val();
        }
        let mut share = flag(&self.share_i);
        for (pipe, to) in self.share.iter_mut().zip(&mut self.share_o) {
            pipe.drive(control, en, share);
            share = pipe.q.val();
            to.next = share;
        }
    }

    fn connect(&mut self) {
        connect(&mut self.word_o);
        connect(&mut self.valid_o);
        connect(&mut self.keep_o);
        connect(&mut self.share_o);
        connect(&mut self.sum_o);
        connect(&mut self.live_o);
        self.word.iter_mut().for_each(Pipe::connect_inputs);
        self.sum.iter_mut().for_each(Pipe::connect_inputs);
        for line in [
            &mut self.valid,
            &mut self.keep,
            &mut self.share,
            &mut self.live,
        ] {
            line.iter_mut().for_each(Pipe::connect_inputs);
        }
    }

    fn hdl(&self) -> Verilog {
        let about =
            "Top edge: delays the words that enter column c by c cycles, and the seeds by as \
                     much and the way of a product.";
        let mut body = Body::new("north_edge", about, false);
        for c in 0..self.word.len() {
            for line in ["word", "valid", "sum", "live"] {
                let source = net(format!("{line}_i${c}"));
                body.pipe(&format!("{line}${c}"), net("en_i"), source);
            }
            let keep = match c.checked_sub(1) {
                None => net("keep_i"),
                Some(west) => net(format!("keep${west}$q")),
            };
            body.pipe(&format!("keep${c}"), net("en_i"), keep);
            if !self.share.is_empty() {
                let share = match c.checked_sub(1) {
                    None => net("share_i$0"),
                    Some(west) => net(format!("share${west}$q")),
                };
                body.pipe(&format!("share${c}"), net("en_i"), share);
                body.assign(format!("share_o${c}"), net(format!("share${c}$q")));
            }
            for line in ["word", "valid", "keep", "sum", "live"] {
                body.assign(format!("{line}_o${c}"), net(format!("{line}${c}$q")));
            }
        }
        body.finish()
    }
}

impl<F: Arithmetic> NorthEdge<F> {
    /// Claims every input, from the `connect` of the array.
    pub(crate) fn connect_inputs(&mut self) {
        self.clk_i.connect();
        self.rst_ni.connect();
        self.en_i.connect();
        connect(&mut self.word_i);
        connect(&mut self.valid_i);
        self.keep_i.connect();
        connect(&mut self.share_i);
        connect(&mut self.sum_i);
        connect(&mut self.live_i);
    }
}
