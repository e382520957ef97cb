//! The bottom edge: brings the sums of a beat together again.

use crate::arith::{optional, Arithmetic};
use crate::describe::{lit, net, Body};
use crate::lanes::{connect, lanes};
use crate::prim::{Pipe, PipeControl};
use crate::ArrayConfig;
use rust_hdl::prelude::*;

/// Delays the sums of column c by `cols - 1 - c` cycles, so that a beat leaves whole.
#[derive(Clone, LogicBlock)]
pub struct SouthEdge<F: Arithmetic> {
    /// Clock.
    pub clk_i: Signal<In, Clock>,
    /// Reset, active low.
    pub rst_ni: Signal<In, Bit>,
    /// Low freezes every register.
    pub en_i: Signal<In, Bit>,
    /// Clears the sticky flag.
    pub clear_i: Signal<In, Bit>,
    /// A beat is accepted at the other edge.
    pub beat_i: Signal<In, Bit>,
    /// Its m is kept.
    pub keep_i: Signal<In, Bit>,
    /// Sums, skewed.
    pub sum_i: Vec<Signal<In, F::Sum>>,
    /// They are of a kept column.
    pub live_i: Vec<Signal<In, Bit>>,
    /// They overflowed (formats that overflow).
    pub ovf_i: Vec<Signal<In, Bit>>,
    /// The sums of a beat leave.
    pub valid_o: Signal<Out, Bit>,
    /// The sums, whole.
    pub sum_o: Vec<Signal<Out, F::Sum>>,
    /// Column and m are kept.
    pub keep_o: Vec<Signal<Out, Bit>>,
    /// Sticky: a kept sum overflowed (formats that overflow).
    pub ovf_o: Vec<Signal<Out, Bit>>,
    kept: Vec<Signal<Local, Bit>>,
    ovf_now: Vec<Signal<Local, Bit>>,
    valid: Pipe<Bit>,
    keep: Pipe<Bit>,
    sum: Vec<Pipe<F::Sum>>,
    live: Vec<Pipe<Bit>>,
    ovf: Vec<Pipe<Bit>>,
    overflowed: Vec<Pipe<Bit>>,
}

impl<F: Arithmetic> SouthEdge<F> {
    /// The bottom edge of an array of `config`.
    pub fn new(config: &ArrayConfig) -> Self {
        let cols = config.cols;
        let flags = if F::OVERFLOWS { cols } else { 0 };
        let (data, control) = (config.data_style(), config.control_style());
        Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            en_i: Signal::default(),
            clear_i: Signal::default(),
            beat_i: Signal::default(),
            keep_i: Signal::default(),
            sum_i: lanes(cols),
            live_i: lanes(cols),
            ovf_i: lanes(flags),
            valid_o: Signal::default(),
            sum_o: lanes(cols),
            keep_o: lanes(cols),
            ovf_o: optional(F::OVERFLOWS),
            kept: lanes(cols),
            ovf_now: lanes(flags),
            valid: Pipe::new(config.latency(), control),
            keep: Pipe::new(config.latency(), data),
            sum: (0..cols)
                .map(|c| Pipe::new(cols - 1 - c, data).skewing(config.skew()))
                .collect(),
            live: (0..cols)
                .map(|c| Pipe::new(cols - 1 - c, control))
                .collect(),
            ovf: (0..flags).map(|c| Pipe::new(cols - 1 - c, data)).collect(),
            overflowed: (0..usize::from(F::OVERFLOWS))
                .map(|_| Pipe::new(1, control))
                .collect(),
        }
    }
}

impl<F: Arithmetic> Logic for SouthEdge<F> {
    fn update(&mut self) {
        let control = PipeControl::of(&self.clk_i, &self.rst_ni, &[]);
        let en = self.en_i.val();
        self.valid.drive(control, en, self.beat_i.val());
        self.keep.drive(control, en, self.keep_i.val());
        self.valid_o.next = self.valid.q.val();
        let mut overflow = false;
        for c in 0..self.sum.len() {
            self.sum[c].drive(control, en, self.sum_i[c].val());
            self.live[c].drive(control, en, self.live_i[c].val());
            let kept = self.live[c].q.val() && self.keep.q.val();
            self.kept[c].next = kept;
            self.sum_o[c].next = self.sum[c].q.val();
            self.keep_o[c].next = kept;
            if let Some(ovf) = self.ovf.get_mut(c) {
                ovf.drive(control, en, self.ovf_i[c].val());
                overflow |= kept && ovf.q.val();
                self.ovf_now[c].next = overflow;
            }
        }
        if let Some(flag) = self.overflowed.first_mut() {
            let sticky = (flag.q.val() || overflow) && !self.clear_i.val();
            flag.drive(control, en, sticky);
            self.ovf_o[0].next = flag.q.val();
        }
    }

    fn connect(&mut self) {
        self.valid_o.connect();
        connect(&mut self.sum_o);
        connect(&mut self.keep_o);
        connect(&mut self.ovf_o);
        connect(&mut self.kept);
        connect(&mut self.ovf_now);
        self.valid.connect_inputs();
        self.keep.connect_inputs();
        self.sum.iter_mut().for_each(Pipe::connect_inputs);
        for line in [&mut self.live, &mut self.ovf, &mut self.overflowed] {
            line.iter_mut().for_each(Pipe::connect_inputs);
        }
    }

    fn hdl(&self) -> Verilog {
        let about =
            "Bottom edge: delays the sums of the first columns, so that a beat leaves whole.";
        let mut body = Body::new("south_edge", about, false);
        body.pipe("valid", net("en_i"), net("beat_i"));
        body.pipe("keep", net("en_i"), net("keep_i"));
        body.assign("valid_o", net("valid$q"));
        for c in 0..self.sum.len() {
            body.pipe(&format!("sum${c}"), net("en_i"), net(format!("sum_i${c}")));
            body.pipe(
                &format!("live${c}"),
                net("en_i"),
                net(format!("live_i${c}")),
            );
            let kept = format!("kept${c}");
            body.assign(kept.clone(), net(format!("live${c}$q")) & net("keep$q"));
            body.assign(format!("sum_o${c}"), net(format!("sum${c}$q")));
            body.assign(format!("keep_o${c}"), net(kept.clone()));
            if F::OVERFLOWS {
                body.pipe(&format!("ovf${c}"), net("en_i"), net(format!("ovf_i${c}")));
                let before = match c.checked_sub(1) {
                    None => lit(0, 1),
                    Some(c) => net(format!("ovf_now${c}")),
                };
                let here = net(kept) & net(format!("ovf${c}$q"));
                body.assign(format!("ovf_now${c}"), before | here);
            }
        }
        if F::OVERFLOWS {
            let any = net(format!("ovf_now${}", self.sum.len() - 1));
            body.pipe(
                "overflowed$0",
                net("en_i"),
                (net("overflowed$0$q") | any) & !net("clear_i"),
            );
            body.assign("ovf_o$0", net("overflowed$0$q"));
        }
        body.finish()
    }
}

impl<F: Arithmetic> SouthEdge<F> {
    /// Claims every input, from the `connect` of the array.
    pub(crate) fn connect_inputs(&mut self) {
        self.clk_i.connect();
        self.rst_ni.connect();
        self.en_i.connect();
        self.clear_i.connect();
        self.beat_i.connect();
        self.keep_i.connect();
        connect(&mut self.sum_i);
        connect(&mut self.live_i);
        connect(&mut self.ovf_i);
    }
}
