//! What the array did: cycles, useful MACs, gated PE-cycles, dropped beats.
//!
//! A tile's MACs per beat are its kept rows times its kept columns. They are added up
//! while its weights load, one beat of words at a time, so no multiplier is needed. An
//! output-stationary tile loads but one beat of words for all its rows: there, and only there, kept
//! columns are added as often as rows are kept, by a pipeline with a stage for each bit of that.

mod count;
mod words;

pub use count::Count;

use crate::array::SPAN;
use crate::bundle::Ungated;
use crate::describe::{e, lit, select, Body, Compiled, Describe, Expr, Net, Reg, Size};
use crate::site::PRELOAD;
use crate::{ArrayConfig, COLS, ROWS};
use count::{cleared, clears, ADDEND, LOWS, PARTS};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Enabled cycles after the last beat, word or sum in which the counters follow: 9 for the bits of
/// 256 rows, two for the words, two for what the beat's PEs did, three for the parts of a counter.
pub const SETTLE: usize = 16;
/// Mask bits that are added in one expression.
const GROUP: usize = 8;

/// Words of a beat of weights at most: those of the longer edge.
fn lanes() -> Size {
    ROWS.max(COLS).named("LANES")
}

/// Groups of lanes.
fn groups() -> Size {
    lanes().groups(GROUP).named("GROUPS")
}

/// Lanes of all groups, of which the last may not be full.
fn group_bits() -> Size {
    groups() * GROUP
}

/// Bits of a number of words.
fn word_bits() -> Size {
    lanes().bits().named("WORD_BITS")
}

/// PEs of the array.
fn pes() -> Size {
    (ROWS * COLS).named("PES")
}

/// Bits of a number of PEs. Numbers have no more than they need: so synthesis knows which registers
/// a small array can do without.
fn mac_bits() -> Size {
    pes().bits().named("MAC_BITS")
}

/// Bits of a number of rows.
fn row_bits() -> Size {
    ROWS.bits().named("ROW_BITS")
}

/// Cycles from a beat of words to what it adds to its tile.
fn way(config: &ArrayConfig) -> Size {
    match config.has_os() {
        true => (row_bits() + 2).named("LOAD_LATENCY"),
        false => 2.into(),
    }
}

/// Registers of words: one, or one for each stage, and one for words that are not of all rows.
fn hops(config: &ArrayConfig) -> Size {
    match config.has_os() {
        true => row_bits() + usize::from(config.has_both()),
        false => 1.into(),
    }
}

/// Counters: cycles, useful multiply-accumulates, gated PE-cycles, dropped beats. Pipelined; the
/// MACs of a beat are added up while the tile's weights load, so that none is multiplied.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig, about = self.purpose())]
pub struct Counters {
    clocked: Ungated,
    /// zeroes every counter
    pub clear_i: Net<In, Bit>,
    /// a beat of weights is accepted
    #[hw(group = "Weights that enter the array")]
    pub load_i: Net<In, Bit>,
    /// 0: from the top, one row k; 1: from the left, one column n
    #[hw(when = config.dataflow.has_ws())]
    pub w_edge_i: Net<In, Bit>,
    /// this row k (top) or column n (left) is kept
    pub w_keep_i: Net<In, Bit>,
    /// the words are row k of B of an output-stationary tile
    #[hw(when = config.has_both())]
    pub w_os_i: Net<In, Bit>,
    /// kept rows of the tile
    #[hw(lanes = ROWS)]
    pub row_keep_i: Net<In, Bit>,
    /// kept columns of the tile
    #[hw(lanes = COLS)]
    pub col_keep_i: Net<In, Bit>,
    /// a beat of activations is accepted
    #[hw(group = "Beats that enter and leave")]
    pub beat_i: Net<In, Bit>,
    /// weights and masks swap with the beat
    pub swap_i: Net<In, Bit>,
    /// the m of the beat is kept
    #[hw(
        doc = config.os_or_both("the k of the beat is kept", "the m, or k, of the beat is kept")
    )]
    pub a_keep_i: Net<In, Bit>,
    /// sums leave
    pub sum_valid_i: Net<In, Bit>,
    /// an exchange is accepted
    #[hw(when = config.has_os())]
    pub exchange_i: Net<In, Bit>,
    /// cycles from the first weights accepted to the last sums
    #[hw(group = "Counts", doc = config.with_os(SPAN))]
    pub cycles_o: Net<Out, Bits<48>>,
    /// useful multiply-accumulates: kept m, k and n
    pub macs_o: Net<Out, Bits<48>>,
    /// PE-cycles of accepted beats that were not useful
    pub gated_o: Net<Out, Bits<48>>,
    /// accepted beats whose m was dropped
    #[hw(
        doc = config.os_or_both(
            "accepted beats whose k was dropped",
            "accepted beats whose m, or k, was dropped",
        )
    )]
    pub dropped_o: Net<Out, Bits<48>>,

    /// a kept beat of weights was accepted
    #[hw(style = config.control_style())]
    loads_q: Reg<Bit>,
    /// kept words of the beat, by groups of lanes
    #[hw(lanes = groups(), bits = word_bits(), style = config.control_style())]
    group_q: Reg<Bits<9>>,
    /// kept words of the beat
    #[hw(lanes = hops(config), bits = word_bits(), style = config.control_style())]
    words_q: Reg<Bits<9>>,
    /// kept rows, by groups
    #[hw(lanes = groups(), bits = word_bits(), when = config.has_os(), style = config.control_style())]
    row_group_q: Reg<Bits<9>>,
    /// kept rows, on their way beside the words
    #[hw(lanes = row_bits(), bits = word_bits(), when = config.has_os(), style = config.control_style())]
    rows_q: Reg<Bits<9>>,
    /// words times rows, for the bits of rows up to that of the stage
    #[hw(lanes = row_bits(), bits = mac_bits(), when = config.has_os(), style = config.control_style())]
    partial_q: Reg<Bits<17>>,
    /// the words are for all rows, on their way beside them
    #[hw(lanes = way(config), when = config.has_both(), style = config.control_style())]
    share_q: Reg<Bit>,
    /// beats, on their way beside the words
    #[hw(lanes = way(config), style = config.control_style())]
    beat_q: Reg<Bit>,
    /// first beats of tiles, likewise
    #[hw(lanes = way(config), style = config.control_style())]
    swap_q: Reg<Bit>,
    /// kept beats, likewise
    #[hw(lanes = way(config), style = config.control_style())]
    keep_q: Reg<Bit>,
    /// MACs per beat of the tile that loads
    #[hw(bits = mac_bits(), style = config.control_style())]
    next_tile_q: Reg<Bits<17>>,
    /// MACs per beat of the tile at work
    #[hw(bits = mac_bits(), style = config.control_style())]
    now_tile_q: Reg<Bits<17>>,
    /// MACs of the beat
    #[hw(bits = mac_bits(), style = config.control_style())]
    beat_macs_q: Reg<Bits<17>>,
    /// there was a beat: the rest of its PEs were gated
    #[hw(style = config.control_style())]
    counted_q: Reg<Bit>,
    /// gated PEs of the beat
    #[hw(bits = mac_bits(), style = config.control_style())]
    beat_gated_q: Reg<Bits<17>>,
    /// the beat was dropped
    #[hw(style = config.control_style())]
    beat_dropped_q: Reg<Bit>,
    /// weights were accepted
    #[hw(style = config.control_style(), doc = config.with_os("weights or seeds were accepted"))]
    begins_q: Reg<Bit>,
    /// cycles count
    #[hw(style = config.control_style())]
    started_q: Reg<Bit>,
    /// sums left one to five cycles ago
    #[hw(lanes = 5, style = config.control_style())]
    leaves_q: Reg<Bit>,
    /// cycles when the last sums left
    #[hw(lanes = 48, style = config.control_style())]
    cycles_q: Reg<Bit>,
    cycles: Count,
    macs: Count,
    gated: Count,
    dropped: Count,
    #[hw(build = clears(config))]
    _clears: bool,
    _body: Compiled,
}

impl Counters {
    /// Those of the array at `site`.
    pub fn new(site: &crate::Site) -> Self {
        Self::at(site)
    }

    fn purpose(&self) -> String {
        let os = match self.rows_q.is_present() {
            true => {
                " An output-stationary tile loads one beat of words for all rows: kept columns are \
                 added as often as rows are kept, by a pipeline with a stage for each bit of that \
                 number."
            }
            false => "",
        };
        format!(
            "Counters: cycles, useful multiply-accumulates, gated PE-cycles, dropped beats. \
             Pipelined; the MACs of a beat are added up while the tile's weights load, so that none \
             is multiplied.{os}"
        )
    }

    fn en(&self) -> Expr {
        e(&self.clocked.en_i)
    }

    /// What a beat's PEs did, from what the words `added` to its tile.
    fn beats(&self, m: &mut Body, added: &Expr) {
        let en = self.en();
        m.note("Beats wait until the words before them are counted.");
        let beat = m.shift(&self.beat_q, &en, &self.beat_i);
        let swap = m.shift(&self.swap_q, &en, &self.swap_i);
        let keep = m.shift(&self.keep_q, &en, &self.a_keep_i);
        let more = e(&self.next_tile_q) + added.clone();
        m.note("MACs of the tile so far; with its first beat the next one begins.");
        m.reg(
            &self.next_tile_q,
            self.en(),
            select(swap.clone(), added.clone(), more),
        );
        m.note("A tile's first beat takes its MACs to work.");
        let takes = self.en() & swap.clone();
        m.reg(&self.now_tile_q, takes, &self.next_tile_q);
        let working = select(swap, &self.next_tile_q, &self.now_tile_q);
        let doc = "MACs of a beat: of the tile that waited, if the beat is its first";
        let working = m.wire("working", doc, working);
        let zero = lit(0, mac_bits());
        m.note("What a beat's PEs did.");
        let kept = beat.clone() & keep.clone();
        m.reg(
            &self.beat_macs_q,
            self.en(),
            select(kept, working, zero.clone()),
        );
        m.reg(&self.counted_q, self.en(), beat.clone());
        let idle = Expr::Size(pes(), mac_bits()) - &self.beat_macs_q;
        m.reg(
            &self.beat_gated_q,
            self.en(),
            select(e(&self.counted_q), idle, zero),
        );
        m.reg(&self.beat_dropped_q, self.en(), beat & !keep);
    }

    /// Cycles from the first weights on, and the counts.
    fn counts(&self, m: &mut Body) {
        let en = self.en();
        let clear = e(&self.clear_i);
        let begins = e(&self.load_i) | self.exchange_i.or(false);
        m.note(match self.exchange_i.is_present() {
            true => "Cycles count from the first weights or seeds on.",
            false => "Cycles count from the first weights on.",
        });
        m.reg(&self.begins_q, self.en(), begins & !clear.clone());
        let started = e(&self.started_q) | &self.begins_q;
        m.reg(&self.started_q, self.en(), started & !clear.clone());
        m.note("When sums left, for each part of the count.");
        m.shift(&self.leaves_q, &en, &self.sum_valid_i);
        let clear_n = (!self._clears).then(|| {
            let clear_n = e(&self.clocked.rst_ni) & !(en.clone() & clear);
            m.wire("clear_n", "low resets the counts", clear_n)
        });
        for (count, add, out) in [
            (&self.macs, e(&self.beat_macs_q), Some(&self.macs_o)),
            (&self.gated, e(&self.beat_gated_q), Some(&self.gated_o)),
            (
                &self.dropped,
                e(&self.beat_dropped_q),
                Some(&self.dropped_o),
            ),
            (&self.cycles, e(&self.started_q), None),
        ] {
            m.assign(&count.add_i, add.wide(ADDEND));
            match &clear_n {
                Some(clear_n) => m.assign(&count.rst_ni, clear_n.clone()),
                None => m.assign(&count.clear_i, &self.clear_i),
            }
            if let Some(out) = out {
                m.assign(out, &count.count_o);
            }
        }

        m.note("Sums that leave take the count with them, part by part as its carry comes.");
        for (part, (low, bits)) in LOWS.into_iter().zip(PARTS).enumerate() {
            let cycles = self.cycles_q.place().lanes(low, bits);
            let count = e(&self.cycles.count_o).slice(low, bits);
            let taken = select(e(self.leaves_q.at(2 + part)), count, cycles.clone());
            match &clear_n {
                Some(clear_n) => m.reg_reset(cycles, clear_n, self.en(), taken),
                None => m.reg(cycles, self.en(), cleared(Some(&self.clear_i), taken)),
            }
            m.preload(PRELOAD, low);
        }
        m.assign(&self.cycles_o, &self.cycles_q);
    }
}

impl Describe for Counters {
    fn describe(&self, m: &mut Body) {
        m.define(&lanes(), "words of a beat of weights at most");
        m.define(&groups(), "groups of eight lanes");
        m.define(&word_bits(), "width of a number of words");
        m.define(&pes(), "PEs of the array");
        m.define(&mac_bits(), "width of a number of PEs");
        if self.rows_q.is_present() {
            m.define(&row_bits(), "width of a number of rows");
            let way = self.beat_q.lanes();
            m.define(
                &way,
                "cycles from a beat of words to what it adds to its tile",
            );
        }
        let added = self.added(m);
        self.beats(m, &added);
        self.counts(m);
    }
}
