//! What the array did: cycles, useful MACs, gated PE-cycles, dropped beats.
//!
//! A tile's MACs per beat are its kept rows times its kept columns. They are added up
//! while its weights load, one beat of words at a time, so no multiplier is needed. An
//! output-stationary tile loads but one beat of words for all its rows: there, and only there, kept
//! columns are added as often as rows are kept, all at once.

mod verilog;

use crate::arith::{flag, optional};
use crate::lanes::{connect, lanes};
use crate::prim::{Pipe, PipeControl};
use crate::{ArrayConfig, Reset};
use rust_hdl::prelude::*;

/// Bits of a counter.
const COUNT: usize = 48;
/// Bits of the MACs of one beat: up to 256 x 256.
const TILE: usize = 17;
/// Bits of the words of one beat: up to 256.
const WORDS: usize = 9;
/// Mask bits that are added in one expression.
const GROUP: usize = 16;

/// The counters. They settle within four cycles.
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
    group: Vec<Signal<Local, Bits<9>>>,
    kept: Signal<Local, Bits<9>>,
    /// Kept rows, for output-stationary tiles: in groups, in all, as a factor of 0 or 1
    /// for each bit, and what that makes of the kept columns, added up bit by bit.
    row_group: Vec<Signal<Local, Bits<9>>>,
    row_kept: Vec<Signal<Local, Bits<9>>>,
    partial: Vec<Signal<Local, Bits<17>>>,
    added: Vec<Signal<Local, Bits<17>>>,
    /// Low resets the counters. With an asynchronous reset they are cleared without it.
    clear_n: Vec<Signal<Local, Bit>>,
    loading: Signal<Local, Bit>,
    counting: Signal<Local, Bit>,
    elapsed: Signal<Local, Bits<48>>,
    working: Signal<Local, Bits<17>>,

    words: Pipe<Bits<9>>,
    rows: Vec<Pipe<Bits<9>>>,
    shared: Vec<Pipe<Bit>>,
    beat: Pipe<Bit>,
    swap: Pipe<Bit>,
    keep: Pipe<Bit>,
    /// MACs per beat of the tile that loads, and of the tile that works.
    next_tile: Pipe<Bits<17>>,
    now_tile: Pipe<Bits<17>>,
    beat_macs: Pipe<Bits<17>>,
    beat_gated: Pipe<Bits<17>>,
    beat_dropped: Pipe<Bit>,
    started: Pipe<Bit>,
    count: Pipe<Bits<48>>,
    cycles: Pipe<Bits<48>>,
    macs: Pipe<Bits<48>>,
    gated: Pipe<Bits<48>>,
    dropped: Pipe<Bits<48>>,
    _pes: u64,
}

impl Counters {
    /// The counters of an array of `config`.
    pub fn new(config: &ArrayConfig) -> Self {
        let style = config.control_style();
        let lanes_of_edge = config.rows.max(config.cols);
        let (os, both) = (usize::from(config.has_os()), config.has_both());
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
            group: lanes(lanes_of_edge.div_ceil(GROUP)),
            kept: Signal::default(),
            row_group: lanes(os * config.rows.div_ceil(GROUP)),
            row_kept: lanes(os),
            partial: lanes(os * row_bits(config.rows)),
            added: optional(both),
            clear_n: optional(style.reset == Reset::Sync),
            loading: Signal::default(),
            counting: Signal::default(),
            elapsed: Signal::default(),
            working: Signal::default(),
            words: Pipe::new(1, style),
            rows: (0..os).map(|_| Pipe::new(1, style)).collect(),
            shared: (0..usize::from(both))
                .map(|_| Pipe::new(1, style))
                .collect(),
            beat: Pipe::new(1, style),
            swap: Pipe::new(1, style),
            keep: Pipe::new(1, style),
            next_tile: Pipe::new(1, style),
            now_tile: Pipe::new(1, style),
            beat_macs: Pipe::new(1, style),
            beat_gated: Pipe::new(1, style),
            beat_dropped: Pipe::new(1, style),
            started: Pipe::new(1, style),
            count: Pipe::new(1, style).preloaded(),
            cycles: Pipe::new(1, style).preloaded(),
            macs: Pipe::new(1, style).preloaded(),
            gated: Pipe::new(1, style).preloaded(),
            dropped: Pipe::new(1, style).preloaded(),
            _pes: (config.rows * config.cols) as u64,
        }
    }
}

/// Bits that count to `rows`.
fn row_bits(rows: usize) -> usize {
    (usize::BITS - rows.leading_zeros()) as usize
}

impl Logic for Counters {
    fn update(&mut self) {
        let control = PipeControl::of(&self.clk_i, &self.rst_ni, &[]);
        let en = self.en_i.val();

        let edge = self.w_edge_i.val();
        let mask = if edge {
            &self.row_keep_i
        } else {
            &self.col_keep_i
        };
        let mut kept = 0u64;
        for (i, lane) in self.lane.iter_mut().enumerate() {
            lane.next = mask.get(i).is_some_and(|port| port.val());
            kept += u64::from(lane.next);
        }
        for (i, group) in self.group.iter_mut().enumerate() {
            let end = self.lane.len().min((i + 1) * GROUP);
            let ones = self.lane[i * GROUP..end].iter().filter(|lane| lane.val());
            group.next = (ones.count() as u64).into();
        }
        self.kept.next = kept.into();
        let loading = self.load_i.val() && self.w_keep_i.val();
        self.loading.next = loading;
        let words: Bits<9> = if loading { kept } else { 0 }.into();
        self.words.drive(control, en, words);
        self.beat.drive(control, en, self.beat_i.val());
        self.swap.drive(control, en, self.swap_i.val());
        self.keep.drive(control, en, self.a_keep_i.val());

        let swap = self.swap.q.val();
        let (next, now) = (
            self.next_tile.q.val().to_u64(),
            self.now_tile.q.val().to_u64(),
        );
        let words = self.words.q.val().to_u64();
        let added = self.beat_words(control, en, words);
        let next_sum = if swap { added } else { next + added };
        self.next_tile
            .drive(control, en, (next_sum & ((1 << TILE) - 1)).into());
        self.now_tile.drive(control, en && swap, next.into());
        let working = if swap { next } else { now };
        self.working.next = working.into();
        let (beat, keep) = (self.beat.q.val(), self.keep.q.val());
        let macs = if beat && keep { working } else { 0 };
        let idle = if beat {
            (self._pes.wrapping_sub(macs)) & ((1 << TILE) - 1)
        } else {
            0
        };
        self.beat_macs.drive(control, en, macs.into());
        self.beat_gated.drive(control, en, idle.into());
        self.beat_dropped.drive(control, en, beat && !keep);

        let exchange = flag(&self.exchange_i);
        let counting = self.started.q.val() || self.load_i.val() || exchange;
        let elapsed: Bits<48> = self.count.q.val() + 1;
        self.counting.next = counting;
        self.elapsed.next = elapsed;
        let clear = self.clear_i.val();
        self.started.drive(control, en, counting && !clear);
        let mut rest = control;
        let by_reset = self.clear_n.first_mut().map(|clear_n| {
            rest.rst_n &= !(en && clear);
            clear_n.next = rest.rst_n;
        });
        let clears = clear && by_reset.is_none();
        let unless_clear = |x: Bits<48>| if clears { Bits::default() } else { x };
        let count = if counting {
            elapsed
        } else {
            self.count.q.val()
        };
        self.count.drive(rest, en, unless_clear(count));
        let cycles = if self.sum_valid_i.val() {
            elapsed
        } else {
            self.cycles.q.val()
        };
        self.cycles.drive(rest, en, unless_clear(cycles));
        let macs = self.macs.q.val() + bit_cast::<48, 17>(self.beat_macs.q.val());
        self.macs.drive(rest, en, unless_clear(macs));
        let gated = self.gated.q.val() + bit_cast::<48, 17>(self.beat_gated.q.val());
        self.gated.drive(rest, en, unless_clear(gated));
        let dropped = self.dropped.q.val() + u64::from(self.beat_dropped.q.val());
        self.dropped.drive(rest, en, unless_clear(dropped));
        self.cycles_o.next = self.cycles.q.val();
        self.macs_o.next = self.macs.q.val();
        self.gated_o.next = self.gated.q.val();
        self.dropped_o.next = self.dropped.q.val();
    }

    fn connect(&mut self) {
        self.cycles_o.connect();
        self.macs_o.connect();
        self.gated_o.connect();
        self.dropped_o.connect();
        connect(&mut self.lane);
        connect(&mut self.group);
        self.kept.connect();
        connect(&mut self.clear_n);
        connect(&mut self.row_group);
        connect(&mut self.row_kept);
        connect(&mut self.partial);
        connect(&mut self.added);
        self.rows.iter_mut().for_each(Pipe::connect_inputs);
        self.shared.iter_mut().for_each(Pipe::connect_inputs);
        self.loading.connect();
        self.counting.connect();
        self.elapsed.connect();
        self.working.connect();
        self.words.connect_inputs();
        for pipe in [
            &mut self.beat,
            &mut self.swap,
            &mut self.keep,
            &mut self.beat_dropped,
            &mut self.started,
        ] {
            pipe.connect_inputs();
        }
        for pipe in [
            &mut self.next_tile,
            &mut self.now_tile,
            &mut self.beat_macs,
            &mut self.beat_gated,
        ] {
            pipe.connect_inputs();
        }
        for pipe in [
            &mut self.count,
            &mut self.cycles,
            &mut self.macs,
            &mut self.gated,
            &mut self.dropped,
        ] {
            pipe.connect_inputs();
        }
    }

    fn hdl(&self) -> Verilog {
        self.verilog()
    }
}

impl Counters {
    /// MACs that a beat of `words` kept words adds to those of its tile.
    fn beat_words(&mut self, control: PipeControl, en: bool, words: u64) -> u64 {
        let (Some(pipe), Some(kept)) = (self.rows.first_mut(), self.row_kept.first_mut()) else {
            return words;
        };
        for (i, group) in self.row_group.iter_mut().enumerate() {
            let end = self.row_keep_i.len().min((i + 1) * GROUP);
            let lanes = &self.row_keep_i[i * GROUP..end];
            group.next = (lanes.iter().filter(|lane| lane.val()).count() as u64).into();
        }
        let ones = self.row_keep_i.iter().filter(|lane| lane.val()).count() as u64;
        kept.next = ones.into();
        pipe.drive(control, en, ones.into());
        let rows = pipe.q.val().to_u64();
        let mut sum = 0;
        for (i, partial) in self.partial.iter_mut().enumerate() {
            sum += (rows >> i & 1) * (words << i);
            sum &= (1 << TILE) - 1;
            partial.next = sum.into();
        }
        let Some(shared) = self.shared.first_mut() else {
            return sum;
        };
        shared.drive(control, en, self.w_os_i[0].val());
        let added = if shared.q.val() { sum } else { words };
        self.added[0].next = added.into();
        added
    }

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
