//! What the array did: cycles, useful MACs, gated PE-cycles, dropped beats.
//!
//! A tile's MACs per beat are its kept rows times its kept columns. They are added up
//! while its weights load, one beat of words at a time, so no multiplier is needed. An
//! output-stationary tile loads but one beat of words for all its rows: there, and only there, kept
//! columns are added as often as rows are kept, by a pipeline with a stage for each bit of that.

mod count;
mod verilog;
mod words;

pub use count::Count;

use crate::arith::{flag, optional};
use crate::lanes::{connect, lanes};
use crate::prim::{Pipe, PipeControl};
use crate::{ArrayConfig, Reset};
use rust_hdl::prelude::*;

use count::{ADDEND as TILE, LOWS, PARTS};

/// Enabled cycles after the last beat, word or sum in which the counters follow: 9 for the bits of
/// 256 rows, two for the words, two for what the beat's PEs did, three for the parts of a counter.
pub const SETTLE: usize = 16;
/// Mask bits that are added in one expression.
const GROUP: usize = 8;

/// The counters. They settle within [`SETTLE`] cycles.
#[derive(Clone, LogicBlock)]
pub struct Counters {
    /// Clock.
    pub clk_i: Signal<In, Clock>,
    /// Reset, active low.
    pub rst_ni: Signal<In, Bit>,
    /// Low freezes every register.
    pub en_i: Signal<In, Bit>,
    /// Zeroes every counter (see `PRELOAD` in the Verilog).
    pub clear_i: Signal<In, Bit>,
    /// A beat of weights is accepted.
    pub load_i: Signal<In, Bit>,
    /// It comes from the left edge.
    pub w_edge_i: Signal<In, Bit>,
    /// Its row or column is kept.
    pub w_keep_i: Signal<In, Bit>,
    /// It is for all rows (both dataflows only).
    pub w_os_i: Vec<Signal<In, Bit>>,
    /// Row mask of the tile that loads.
    pub row_keep_i: Vec<Signal<In, Bit>>,
    /// Column mask of the tile that loads.
    pub col_keep_i: Vec<Signal<In, Bit>>,
    /// A beat of activations is accepted.
    pub beat_i: Signal<In, Bit>,
    /// It is the first of its tile.
    pub swap_i: Signal<In, Bit>,
    /// Its m is kept.
    pub a_keep_i: Signal<In, Bit>,
    /// The sums of a beat leave.
    pub sum_valid_i: Signal<In, Bit>,
    /// From the first weights accepted to the last sums so far, both counted.
    pub cycles_o: Signal<Out, Bits<48>>,
    /// Useful multiply-accumulates.
    pub macs_o: Signal<Out, Bits<48>>,
    /// PE-cycles of accepted beats that were not useful MACs.
    pub gated_o: Signal<Out, Bits<48>>,
    /// Accepted beats whose m was dropped.
    pub dropped_o: Signal<Out, Bits<48>>,

    /// An exchange is accepted (output-stationary).
    pub exchange_i: Vec<Signal<In, Bit>>,
    /// The mask along the edge that loads.
    lane: Vec<Signal<Local, Bit>>,
    /// Low resets the counters. With an asynchronous reset they are cleared without it.
    clear_n: Vec<Signal<Local, Bit>>,
    added: Signal<Local, Bits<17>>,
    working: Signal<Local, Bits<17>>,

    /// Kept words of the beat, in groups of lanes, and in all.
    loads: Pipe<Bit>,
    group: Vec<Pipe<Bits<9>>>,
    words: Pipe<Bits<9>>,
    /// Kept rows, likewise, for output-stationary tiles.
    row_group: Vec<Pipe<Bits<9>>>,
    rows: Vec<Pipe<Bits<9>>>,
    /// Kept columns as often as rows are kept: a stage for each bit of that number, and on the
    /// way beside it both factors.
    partial: Vec<Pipe<Bits<17>>>,
    words_at: Vec<Pipe<Bits<9>>>,
    rows_at: Vec<Pipe<Bits<9>>>,
    shared: Vec<Pipe<Bit>>,
    beat: Pipe<Bit>,
    swap: Pipe<Bit>,
    keep: Pipe<Bit>,
    /// MACs per beat of the tile that loads, and of the tile that works.
    next_tile: Pipe<Bits<17>>,
    now_tile: Pipe<Bits<17>>,
    beat_macs: Pipe<Bits<17>>,
    /// There was a beat: the rest of its PEs were gated.
    counted: Pipe<Bit>,
    beat_gated: Pipe<Bits<17>>,
    beat_dropped: Pipe<Bit>,
    begins: Pipe<Bit>,
    started: Pipe<Bit>,
    /// Cycles so far, and what they were when the last sums left: part by part, as the carry comes.
    count: Count,
    leaves: Vec<Pipe<Bit>>,
    cycles_low: Pipe<Bits<17>>,
    cycles_mid: Pipe<Bits<16>>,
    cycles_high: Pipe<Bits<15>>,
    macs: Count,
    gated: Count,
    dropped: Count,
    _pes: u64,
    _words_mask: u64,
    _tile_mask: u64,
}

impl Counters {
    /// The counters of an array of `config`.
    pub fn new(config: &ArrayConfig) -> Self {
        let style = config.control_style();
        let lanes_of_edge = config.rows.max(config.cols);
        let (os, both) = (usize::from(config.has_os()), config.has_both());
        let pipes = |n: usize| {
            (0..n)
                .map(|_| Pipe::new(1, style))
                .collect::<Vec<Pipe<Bits<9>>>>()
        };
        let factors = os * bits_to(config.rows);
        // Words take as long from the edge to their tile's sum.
        let delay = 2 + factors;
        Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            en_i: Signal::default(),
            clear_i: Signal::default(),
            load_i: Signal::default(),
            w_edge_i: Signal::default(),
            w_keep_i: Signal::default(),
            w_os_i: optional(both),
            row_keep_i: lanes(config.rows),
            col_keep_i: lanes(config.cols),
            beat_i: Signal::default(),
            swap_i: Signal::default(),
            a_keep_i: Signal::default(),
            sum_valid_i: Signal::default(),
            cycles_o: Signal::default(),
            macs_o: Signal::default(),
            gated_o: Signal::default(),
            dropped_o: Signal::default(),
            exchange_i: optional(config.has_os()),
            lane: lanes(lanes_of_edge),
            clear_n: optional(style.reset == Reset::Sync),
            added: Signal::default(),
            working: Signal::default(),
            loads: Pipe::new(1, style),
            group: pipes(lanes_of_edge.div_ceil(GROUP)),
            words: Pipe::new(1, style),
            row_group: pipes(os * config.rows.div_ceil(GROUP)),
            rows: pipes(os),
            partial: (0..factors).map(|_| Pipe::new(1, style)).collect(),
            words_at: pipes(factors),
            rows_at: pipes(factors.saturating_sub(1)),
            shared: (0..usize::from(both))
                .map(|_| Pipe::new(delay, style))
                .collect(),
            beat: Pipe::new(delay, style),
            swap: Pipe::new(delay, style),
            keep: Pipe::new(delay, style),
            next_tile: Pipe::new(1, style),
            now_tile: Pipe::new(1, style),
            beat_macs: Pipe::new(1, style),
            counted: Pipe::new(1, style),
            beat_gated: Pipe::new(1, style),
            beat_dropped: Pipe::new(1, style),
            begins: Pipe::new(1, style),
            started: Pipe::new(1, style),
            count: Count::new(config),
            leaves: vec![
                Pipe::new(3, style),
                Pipe::new(1, style),
                Pipe::new(1, style),
            ],
            cycles_low: Pipe::new(1, style).preloaded(LOWS[0] as u8),
            cycles_mid: Pipe::new(1, style).preloaded(LOWS[1] as u8),
            cycles_high: Pipe::new(1, style).preloaded(LOWS[2] as u8),
            macs: Count::new(config),
            gated: Count::new(config),
            dropped: Count::new(config),
            _pes: (config.rows * config.cols) as u64,
            _words_mask: (1 << bits_to(lanes_of_edge)) - 1,
            _tile_mask: (1 << bits_to(config.rows * config.cols)) - 1,
        }
    }
}

/// Bits that count to `most`. Numbers are cut to as many, which changes none of them but tells
/// synthesis which registers a small array can do without.
fn bits_to(most: usize) -> usize {
    (usize::BITS - most.leading_zeros()) as usize
}

impl Logic for Counters {
    fn update(&mut self) {
        let control = PipeControl::of(&self.clk_i, &self.rst_ni, &[]);
        let en = self.en_i.val();
        self.count_words(control, en);
        self.beat.drive(control, en, self.beat_i.val());
        self.swap.drive(control, en, self.swap_i.val());
        self.keep.drive(control, en, self.a_keep_i.val());

        let swap = self.swap.q.val();
        let (next, now) = (
            self.next_tile.q.val().to_u64(),
            self.now_tile.q.val().to_u64(),
        );
        let added = self.added_words(control, en);
        self.added.next = added.into();
        let next_sum = if swap { added } else { next + added };
        self.next_tile
            .drive(control, en, (next_sum & self._tile_mask).into());
        self.now_tile.drive(control, en && swap, next.into());
        let working = if swap { next } else { now };
        self.working.next = working.into();
        let (beat, keep) = (self.beat.q.val(), self.keep.q.val());
        let macs = if beat && keep { working } else { 0 };
        self.beat_macs.drive(control, en, macs.into());
        self.counted.drive(control, en, beat);
        let gated = self._pes.wrapping_sub(self.beat_macs.q.val().to_u64());
        let idle = match self.counted.q.val() {
            true => gated & self._tile_mask,
            false => 0,
        };
        self.beat_gated.drive(control, en, idle.into());
        self.beat_dropped.drive(control, en, beat && !keep);

        let clear = self.clear_i.val();
        let begins = self.load_i.val() || flag(&self.exchange_i);
        self.begins.drive(control, en, begins && !clear);
        let started = self.started.q.val() || self.begins.q.val();
        self.started.drive(control, en, started && !clear);
        let mut rest = control;
        let by_reset = self.clear_n.first_mut().map(|clear_n| {
            rest.rst_n &= !(en && clear);
            clear_n.next = rest.rst_n;
        });
        let clears = clear && by_reset.is_none();
        let one = |bit: bool| Bits::<17>::from(u64::from(bit));
        self.count
            .drive(rest, en, clears, one(self.started.q.val()));
        self.macs.drive(rest, en, clears, self.beat_macs.q.val());
        self.gated.drive(rest, en, clears, self.beat_gated.q.val());
        self.dropped
            .drive(rest, en, clears, one(self.beat_dropped.q.val()));

        let mut leaves = self.sum_valid_i.val();
        let mut taken = [false; 3];
        for (pipe, taken) in self.leaves.iter_mut().zip(&mut taken) {
            pipe.drive(control, en, leaves);
            leaves = pipe.q.val();
            *taken = leaves;
        }
        let count = self.count.count_o.val().to_u64();
        let old = [
            self.cycles_low.q.val().to_u64(),
            self.cycles_mid.q.val().to_u64(),
            self.cycles_high.q.val().to_u64(),
        ];
        let part = |i: usize| match (clears, taken[i]) {
            (true, _) => 0,
            (false, true) => count >> LOWS[i] & ((1 << PARTS[i]) - 1),
            (false, false) => old[i],
        };
        self.cycles_low.drive(rest, en, part(0).into());
        self.cycles_mid.drive(rest, en, part(1).into());
        self.cycles_high.drive(rest, en, part(2).into());
        let cycles: u64 = old.iter().zip(LOWS).map(|(part, low)| part << low).sum();
        self.cycles_o.next = cycles.into();
        self.macs_o.next = self.macs.count_o.val();
        self.gated_o.next = self.gated.count_o.val();
        self.dropped_o.next = self.dropped.count_o.val();
    }

    fn connect(&mut self) {
        for port in [
            &mut self.cycles_o,
            &mut self.macs_o,
            &mut self.gated_o,
            &mut self.dropped_o,
        ] {
            port.connect();
        }
        connect(&mut self.lane);
        connect(&mut self.clear_n);
        self.added.connect();
        self.working.connect();
        for pipe in [
            &mut self.loads,
            &mut self.beat,
            &mut self.swap,
            &mut self.keep,
            &mut self.counted,
            &mut self.beat_dropped,
            &mut self.begins,
            &mut self.started,
        ] {
            pipe.connect_inputs();
        }
        for line in [&mut self.shared, &mut self.leaves] {
            line.iter_mut().for_each(Pipe::connect_inputs);
        }
        for line in [
            &mut self.group,
            &mut self.row_group,
            &mut self.rows,
            &mut self.words_at,
            &mut self.rows_at,
        ] {
            line.iter_mut().for_each(Pipe::connect_inputs);
        }
        self.words.connect_inputs();
        self.partial.iter_mut().for_each(Pipe::connect_inputs);
        for pipe in [
            &mut self.next_tile,
            &mut self.now_tile,
            &mut self.beat_macs,
            &mut self.beat_gated,
        ] {
            pipe.connect_inputs();
        }
        self.cycles_low.connect_inputs();
        self.cycles_mid.connect_inputs();
        self.cycles_high.connect_inputs();
        for count in [
            &mut self.count,
            &mut self.macs,
            &mut self.gated,
            &mut self.dropped,
        ] {
            count.connect_inputs();
        }
    }

    fn hdl(&self) -> Verilog {
        self.verilog()
    }
}

impl Counters {
    /// Claims every input, from the `connect` of the array.
    pub(crate) fn connect_inputs(&mut self) {
        self.clk_i.connect();
        for port in [
            &mut self.rst_ni,
            &mut self.en_i,
            &mut self.clear_i,
            &mut self.load_i,
            &mut self.w_edge_i,
            &mut self.w_keep_i,
            &mut self.beat_i,
            &mut self.swap_i,
            &mut self.a_keep_i,
            &mut self.sum_valid_i,
        ] {
            port.connect();
        }
        connect(&mut self.row_keep_i);
        connect(&mut self.col_keep_i);
        connect(&mut self.w_os_i);
        connect(&mut self.exchange_i);
    }
}
