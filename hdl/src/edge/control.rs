//! Handshake and masks: what is accepted, and which rows and columns take part.
//!
//! The array inside is skewed alike for weights and beats, so it is enough that this
//! one place keeps them in order: a tile's first beat enters after the last of its
//! weights, and the next tile's weights enter with that beat or after it.
//!
//! What goes on into the array says what is accepted if `en_i` is high: all that takes it moves
//! with `en_i` only, and so that net is in no path to there.

use crate::array::WAITED;
use crate::bundle::Ungated;
use crate::describe::{e, repeat, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::{ArrayConfig, COLS, ROWS};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Handshake and masks. A tile's first beat enters after the last of its weights; the next tile's
/// weights enter with that beat or after it.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Control {
    clocked: Ungated,
    /// zeroes the sticky flag
    pub clear_i: Net<In, Bit>,
    /// a beat of weights is offered
    #[hw(group = "Weights")]
    pub w_valid_i: Net<In, Bit>,
    /// the beat of weights is accepted if valid
    pub w_ready_o: Net<Out, Bit>,
    /// 0: words from the top, one row k; 1: from the left, one column n
    #[hw(when = config.dataflow.has_ws())]
    pub w_edge_i: Net<In, Bit>,
    /// the words are for every row: row k of B of an output-stationary tile
    #[hw(when = config.has_both())]
    pub w_os_i: Net<In, Bit>,
    /// last beat of the tile's weights
    #[hw(when = config.dataflow.has_ws(), doc = config.in_both("last beat of the tile's weights, unless w_os_i"))]
    pub w_last_i: Net<In, Bit>,
    /// kept rows of the tile that loads
    #[hw(lanes = ROWS)]
    pub row_keep_i: Net<In, Bit>,
    /// kept columns of the tile that loads
    #[hw(lanes = COLS)]
    pub col_keep_i: Net<In, Bit>,
    /// a beat of activations is offered
    #[hw(
        group = "Activations",
        doc = config.with_os("a beat of activations or a flush is offered")
    )]
    pub a_valid_i: Net<In, Bit>,
    /// the beat of activations is accepted if valid
    #[hw(doc = config.with_os("the beat or flush is accepted if valid"))]
    pub a_ready_o: Net<Out, Bit>,
    /// the beat is the first of its tile
    #[hw(when = config.dataflow.has_ws())]
    pub a_first_i: Net<In, Bit>,
    /// the beat is column k of A of an output-stationary tile
    #[hw(when = config.has_both())]
    pub a_os_i: Net<In, Bit>,
    /// no beat, but the end of an output-stationary tile
    #[hw(when = config.has_os())]
    pub a_flush_i: Net<In, Bit>,
    /// the m of the beat is kept
    #[hw(
        doc = config.os_or_both("the k of the beat is kept", "the m, or k, of the beat is kept")
    )]
    pub a_keep_i: Net<In, Bit>,
    /// it is the turn of an output-stationary beat, and its seeds are there
    #[hw(group = "Output-stationary tiles", when = config.has_os())]
    pub turn_ready_i: Net<In, Bit>,
    /// a run of output-stationary tiles is under way
    #[hw(when = config.has_both())]
    pub busy_i: Net<In, Bit>,
    /// an exchange is accepted
    #[hw(when = config.has_os())]
    pub exchange_i: Net<In, Bit>,
    /// kept seeds of the exchange
    #[hw(lanes = COLS, when = config.has_os())]
    pub x_keep_i: Net<In, Bit>,
    /// an output-stationary beat or flush is accepted
    #[hw(when = config.has_os())]
    pub fire_o: Net<Out, Bit>,
    /// a beat of weights is accepted, if en_i
    #[hw(group = "What enters the array")]
    pub load_o: Net<Out, Bit>,
    /// a beat of activations is accepted, if en_i
    #[hw(doc = config.with_os("a beat of activations is accepted"))]
    pub beat_o: Net<Out, Bit>,
    /// a beat is accepted that is the first of its tile: weights and masks swap
    #[hw(
        doc = config.os_or_both(
            "a beat is accepted: weights and masks swap",
            "a beat is accepted with which weights and masks swap",
        )
    )]
    pub swap_o: Net<Out, Bit>,
    /// an exchange's seeds enter
    #[hw(when = config.has_os(), doc = config.in_both("seeds enter, with a beat or an exchange"))]
    pub slot_o: Net<Out, Bit>,
    /// the seeds that enter may be kept
    #[hw(when = config.has_os(), doc = config.in_both("the m of the seeds is kept"))]
    pub slot_keep_o: Net<Out, Bit>,
    /// weight words enter from the left, by row
    #[hw(lanes = ROWS, when = config.dataflow.has_ws())]
    pub west_valid_o: Net<Out, Bit>,
    /// weight words enter from the top, by column
    #[hw(lanes = COLS)]
    pub north_valid_o: Net<Out, Bit>,
    /// a kept beat enters, in kept rows
    #[hw(lanes = ROWS)]
    pub mac_o: Net<Out, Bit>,
    /// a beat enters, in kept columns
    #[hw(
        lanes = COLS,
        doc = config.os_or_both(
            "seeds enter that are kept",
            "a beat enters, in kept columns, or kept seeds",
        )
    )]
    pub live_o: Net<Out, Bit>,
    /// sticky: a first beat had to wait for its weights
    #[hw(group = "Flag", doc = config.os_or_both("sticky: a beat or a flush had to wait", WAITED))]
    pub wait_o: Net<Out, Bit>,

    /// complete weights wait for their first beat
    #[hw(style = config.control_style())]
    loaded_q: Reg<Bit>,
    /// sticky: a first beat had to wait for its weights
    #[hw(
        style = config.control_style(),
        doc = config.os_or_both(
            "sticky: a beat or a flush had to wait",
            WAITED,
        )
    )]
    waited_q: Reg<Bit>,
    /// kept rows of the tile that waits
    #[hw(lanes = ROWS, style = config.data_style())]
    row_next_q: Reg<Bit>,
    /// kept rows of the tile at work
    #[hw(lanes = ROWS, when = config.dataflow.has_ws(), style = config.data_style())]
    row_now_q: Reg<Bit>,
    /// kept columns of the tile that waits
    #[hw(lanes = COLS, when = config.dataflow.has_ws(), style = config.data_style())]
    col_next_q: Reg<Bit>,
    /// kept columns of the tile at work
    #[hw(lanes = COLS, when = config.dataflow.has_ws(), style = config.data_style())]
    col_now_q: Reg<Bit>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// What is accepted.
struct Accepted {
    load: Expr,
    beat: Expr,
    /// The beat, unless it is an output-stationary one.
    ws_beat: Expr,
    /// A beat begins a tile, if there is one: chooses masks before it is known whether there is.
    begins: Expr,
    swap: Expr,
    complete: Expr,
}

impl Describe for Control {
    fn describe(&self, m: &mut Body) {
        let accepted = self.handshake(m);
        self.masks(m, accepted);
    }
}

impl Control {
    fn handshake(&self, m: &mut Body) -> Accepted {
        let (en, loaded) = (e(&self.clocked.en_i), e(&self.loaded_q));
        let (has_ws, has_os) = (self._config.dataflow.has_ws(), self._config.has_os());
        let os = self.a_os_i.or(has_os);
        let first = self.a_first_i.or(false);
        let flush = match has_os {
            true => {
                let doc = "what is offered is no beat, but the end of a tile";
                m.wire("flush", doc, os.clone() & &self.a_flush_i)
            }
            false => e(false),
        };
        m.note(match (has_ws, has_os) {
            (true, false) => "A tile's first beat needs its weights complete, the others nothing.",
            (false, _) => "A beat needs its weights complete, a flush only its turn.",
            (true, true) => {
                "A tile's first beat needs its weights complete, and so does every \
                 output-stationary beat; the others need nothing, a flush only its turn."
            }
        });
        let ws_ready = (loaded.clone() | !first.clone()) & !self.busy_i.or(false);
        let os_ready = self.turn_ready_i.or(false) & (loaded.clone() | flush.clone());
        let ready = match (has_ws, has_os) {
            (true, false) => ws_ready,
            (false, _) => os_ready,
            (true, true) => select(os.clone(), os_ready, ws_ready),
        };
        let ready = m.wire("a_ready", "the beat that is offered may enter", ready);
        m.assign(&self.a_ready_o, en.clone() & ready.clone());
        // The phases and turns of output-stationary tiles move with it.
        let offered = match has_os {
            true => en.clone() & &self.a_valid_i,
            false => e(&self.a_valid_i),
        };
        let fire = offered & ready.clone();
        let (beat, ws_beat) = match has_os {
            true => {
                let fire = m.wire("fire", "a beat or a flush is accepted", fire);
                m.assign(&self.fire_o, fire.clone() & os.clone());
                let beat = m.wire("beat", "a beat is accepted", fire & !flush);
                let exchange = e(&self.exchange_i);
                let ws = match has_ws {
                    true => {
                        let ws = beat.clone() & !os.clone();
                        m.wire("ws_beat", "a weight-stationary beat is accepted", ws)
                    }
                    false => e(false),
                };
                m.assign(&self.slot_o, ws.clone() | exchange.clone());
                m.assign(&self.slot_keep_o, exchange | &self.a_keep_i);
                (beat, ws)
            }
            false => {
                let beat = m.wire("beat", "a beat is accepted", fire);
                (beat.clone(), beat)
            }
        };
        let begins = match has_os && has_ws {
            true => m.wire(
                "begins",
                "the beat that is offered begins a tile",
                first | os,
            ),
            false => first | os,
        };
        let swap = m.wire("swap", "a tile goes to work", beat.clone() & begins.clone());
        m.note("The next tile's weights may enter as soon as none wait.");
        let may_load = swap.clone() | !loaded.clone();
        let may_load = m.wire("w_ready", "weights may enter", may_load);
        m.assign(&self.w_ready_o, en.clone() & may_load.clone());
        let load = m.wire(
            "load",
            "weights are accepted",
            e(&self.w_valid_i) & may_load,
        );
        let last = self.w_last_i.or(true) | self.w_os_i.or(false);
        let complete = m.wire(
            "complete",
            "a tile's last weights are accepted",
            load.clone() & last,
        );
        m.assign(&self.load_o, load.clone());
        m.assign(&self.beat_o, beat.clone());
        m.assign(&self.swap_o, swap.clone());

        m.note(match has_ws {
            true => "Weights are complete from their last beat until the first beat of their tile.",
            false => "Weights are complete from their beat until the beat that takes them.",
        });
        m.reg(
            &self.loaded_q,
            en.clone(),
            complete.clone() | (loaded & !swap.clone()),
        );
        m.note("What is offered too early leaves its mark.");
        let waits = e(&self.a_valid_i) & !ready;
        let noted = (e(&self.waited_q) | waits) & !e(&self.clear_i);
        m.reg(&self.waited_q, en, noted);
        m.assign(&self.wait_o, &self.waited_q);
        Accepted {
            load,
            beat,
            ws_beat,
            begins,
            swap,
            complete,
        }
    }

    fn masks(&self, m: &mut Body, accepted: Accepted) {
        let en = e(&self.clocked.en_i);
        let (load, begins) = (accepted.load, accepted.begins);
        let has_ws = self._config.dataflow.has_ws();
        m.note(match has_ws {
            true => "Masks are taken with the last beat of weights.",
            false => "Masks are taken with the weights.",
        });
        let takes = en.clone() & accepted.complete;
        m.reg(&self.row_next_q, takes.clone(), &self.row_keep_i);
        let mut row_keep = e(&self.row_next_q);
        let mut live = None;
        if has_ws {
            m.reg(&self.col_next_q, takes, &self.col_keep_i);
            m.note("Masks go to work with the weights.");
            let works = en & accepted.swap;
            m.reg(&self.row_now_q, works.clone(), &self.row_next_q);
            m.reg(&self.col_now_q, works, &self.col_next_q);
            m.note(
                "Masks of the beat's tile, chosen before it is known whether the beat is accepted.",
            );
            let rows = select(begins.clone(), row_keep, &self.row_now_q);
            row_keep = m.wire("row_keep", "kept rows of the tile", rows);
            let cols = select(begins, &self.col_next_q, &self.col_now_q);
            let cols = m.wire("col_keep", "kept columns of the tile", cols);
            live = Some(repeat(COLS, accepted.ws_beat) & cols);
        }
        let counts = accepted.beat & &self.a_keep_i;
        m.assign(&self.mac_o, repeat(ROWS, counts) & row_keep);
        let edge = self.w_edge_i.or(false);
        if self.west_valid_o.is_present() {
            let from_left = load.clone() & edge.clone();
            m.assign(
                &self.west_valid_o,
                repeat(ROWS, from_left) & &self.row_keep_i,
            );
        }
        m.assign(
            &self.north_valid_o,
            repeat(COLS, load & !edge) & &self.col_keep_i,
        );
        if self._config.has_os() {
            let seeds = repeat(COLS, e(&self.exchange_i)) & &self.x_keep_i;
            live = Some(match live {
                Some(live) => live | seeds,
                None => seeds,
            });
        }
        m.assign(&self.live_o, live.unwrap_or_else(|| e(false)));
    }
}
