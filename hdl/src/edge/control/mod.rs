//! Handshake and masks: what is accepted, and which rows and columns take part.
//!
//! The array inside is skewed alike for weights and beats, so it is enough that this
//! one place keeps them in order: a tile's first beat enters after the last of its
//! weights, and the next tile's weights enter with that beat or after it.

mod verilog;

use crate::arith::{flag, optional};
use crate::lanes::{connect, lanes};
use crate::prim::{Pipe, PipeControl};
use crate::ArrayConfig;
use rust_hdl::prelude::*;

/// Accepts weights and beats, holds the masks of the waiting and the working tile.
///
/// What goes on into the array says what is accepted if `en_i` is high: all that takes it moves
/// with `en_i` only, and so that net is in no path to there.
#[derive(Clone, LogicBlock)]
pub struct Control {
    /// Clock.
    pub clk_i: Signal<In, Clock>,
    /// Reset, active low.
    pub rst_ni: Signal<In, Bit>,
    /// Low freezes every register and accepts nothing.
    pub en_i: Signal<In, Bit>,
    /// Clears the sticky flag.
    pub clear_i: Signal<In, Bit>,
    /// A beat of weights is offered.
    pub w_valid_i: Signal<In, Bit>,
    /// It comes from the left edge rather than from the top.
    pub w_edge_i: Signal<In, Bit>,
    /// It is the last of its tile.
    pub w_last_i: Signal<In, Bit>,
    /// Row mask of the tile that loads.
    pub row_keep_i: Vec<Signal<In, Bit>>,
    /// Column mask of the tile that loads.
    pub col_keep_i: Vec<Signal<In, Bit>>,
    /// A beat of activations and seeds is offered.
    pub a_valid_i: Signal<In, Bit>,
    /// It is the first of its tile.
    pub a_first_i: Signal<In, Bit>,
    /// Its m is kept.
    pub a_keep_i: Signal<In, Bit>,
    /// The beat of weights is of an output-stationary tile (both dataflows only).
    pub w_os_i: Vec<Signal<In, Bit>>,
    /// The beat of activations is of an output-stationary tile (both dataflows only).
    pub a_os_i: Vec<Signal<In, Bit>>,
    /// It is no beat, but the end of such a tile (output-stationary).
    pub a_flush_i: Vec<Signal<In, Bit>>,
    /// Phase and seeds admit an output-stationary beat (output-stationary).
    pub turn_ready_i: Vec<Signal<In, Bit>>,
    /// A run of output-stationary tiles is under way (both dataflows only).
    pub busy_i: Vec<Signal<In, Bit>>,
    /// An exchange is accepted (output-stationary).
    pub exchange_i: Vec<Signal<In, Bit>>,
    /// Kept seeds of the exchange (output-stationary).
    pub x_keep_i: Vec<Signal<In, Bit>>,
    /// The beat of weights is accepted, if valid.
    pub w_ready_o: Signal<Out, Bit>,
    /// The beat of activations is accepted, if valid.
    pub a_ready_o: Signal<Out, Bit>,
    /// A beat of weights is accepted.
    pub load_o: Signal<Out, Bit>,
    /// A beat of activations is accepted.
    pub beat_o: Signal<Out, Bit>,
    /// It is the first of its tile.
    pub swap_o: Signal<Out, Bit>,
    /// An output-stationary beat or flush is accepted (output-stationary).
    pub fire_o: Vec<Signal<Out, Bit>>,
    /// Seeds enter, with a beat or an exchange (output-stationary; else with each beat).
    pub slot_o: Vec<Signal<Out, Bit>>,
    /// The m of their beat is kept (likewise).
    pub slot_keep_o: Vec<Signal<Out, Bit>>,
    /// Weight words from the left edge enter, by row.
    pub west_valid_o: Vec<Signal<Out, Bit>>,
    /// Weight words from the top edge enter, by column.
    pub north_valid_o: Vec<Signal<Out, Bit>>,
    /// A kept beat enters, in kept rows.
    pub mac_o: Vec<Signal<Out, Bit>>,
    /// A beat enters, in kept columns.
    pub live_o: Vec<Signal<Out, Bit>>,
    /// Sticky: a first beat had to wait for its weights (output-stationary too: any beat was
    /// offered and not accepted).
    pub wait_o: Signal<Out, Bit>,
    /// The beat offered is of an output-stationary tile, and no flush.
    os: Vec<Signal<Local, Bit>>,
    flush: Vec<Signal<Local, Bit>>,
    fire: Vec<Signal<Local, Bit>>,
    ws_beat: Vec<Signal<Local, Bit>>,
    load: Signal<Local, Bit>,
    beat: Signal<Local, Bit>,
    /// A beat begins a tile, if there is one: chooses masks before it is known whether there is.
    begins: Signal<Local, Bit>,
    swap: Signal<Local, Bit>,
    /// The last of a tile's weights is accepted.
    complete: Signal<Local, Bit>,
    /// A complete tile waits for its first beat.
    loaded: Pipe<Bit>,
    waited: Pipe<Bit>,
    row_next: Vec<Pipe<Bit>>,
    row_now: Vec<Pipe<Bit>>,
    col_next: Vec<Pipe<Bit>>,
    col_now: Vec<Pipe<Bit>>,
}

impl Control {
    /// The control of an array of `config`.
    pub fn new(config: &ArrayConfig) -> Self {
        let (rows, cols) = (config.rows, config.cols);
        let (os, both) = (config.has_os(), config.has_both());
        let flag = || Pipe::new(1, config.control_style());
        let mask = |n| (0..n).map(|_| Pipe::new(1, config.data_style())).collect();
        Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            en_i: Signal::default(),
            clear_i: Signal::default(),
            w_valid_i: Signal::default(),
            w_edge_i: Signal::default(),
            w_last_i: Signal::default(),
            row_keep_i: lanes(rows),
            col_keep_i: lanes(cols),
            a_valid_i: Signal::default(),
            a_first_i: Signal::default(),
            a_keep_i: Signal::default(),
            w_os_i: optional(both),
            a_os_i: optional(both),
            a_flush_i: optional(os),
            turn_ready_i: optional(os),
            busy_i: optional(both),
            exchange_i: optional(os),
            x_keep_i: lanes(if os { cols } else { 0 }),
            w_ready_o: Signal::default(),
            a_ready_o: Signal::default(),
            load_o: Signal::default(),
            beat_o: Signal::default(),
            swap_o: Signal::default(),
            fire_o: optional(os),
            slot_o: optional(os),
            slot_keep_o: optional(os),
            west_valid_o: lanes(rows),
            north_valid_o: lanes(cols),
            mac_o: lanes(rows),
            live_o: lanes(cols),
            wait_o: Signal::default(),
            os: optional(os),
            flush: optional(os),
            fire: optional(os),
            ws_beat: optional(os),
            load: Signal::default(),
            beat: Signal::default(),
            begins: Signal::default(),
            swap: Signal::default(),
            complete: Signal::default(),
            loaded: flag(),
            waited: flag(),
            row_next: mask(rows),
            row_now: mask(rows),
            col_next: mask(cols),
            col_now: mask(cols),
        }
    }
}

impl Logic for Control {
    fn update(&mut self) {
        let control = PipeControl::of(&self.clk_i, &self.rst_ni, &[]);
        let en = self.en_i.val();
        let loaded = self.loaded.q.val();
        let first = self.a_first_i.val();
        let has_os = !self.os.is_empty();
        let os = has_os && self.a_os_i.first().is_none_or(|port| port.val());
        let flush = os && flag(&self.a_flush_i);
        let a_ready = if os {
            flag(&self.turn_ready_i) && (loaded || flush)
        } else {
            (loaded || !first) && !flag(&self.busy_i)
        };
        // The phases and turns of output-stationary tiles move with it.
        let fire = self.a_valid_i.val() && a_ready && (en || !has_os);
        let beat = fire && !flush;
        let ws_beat = beat && !os;
        let exchange = flag(&self.exchange_i);
        drive_local(&mut self.os, os);
        drive_local(&mut self.flush, flush);
        drive_local(&mut self.fire, fire);
        drive_local(&mut self.ws_beat, ws_beat);
        for (ports, value) in [
            (&mut self.fire_o, fire && os),
            (&mut self.slot_o, ws_beat || exchange),
            (&mut self.slot_keep_o, self.a_keep_i.val() || exchange),
        ] {
            ports.iter_mut().for_each(|port| port.next = value);
        }
        let begins = first || os;
        let swap = beat && begins;
        let w_ready = swap || !loaded;
        let load = self.w_valid_i.val() && w_ready;
        let shared = has_os && self.w_os_i.first().is_none_or(|port| port.val());
        let complete = load && (self.w_last_i.val() || shared);
        self.a_ready_o.next = en && a_ready;
        self.w_ready_o.next = en && w_ready;
        (self.load.next, self.load_o.next) = (load, load);
        (self.beat.next, self.beat_o.next) = (beat, beat);
        self.begins.next = begins;
        (self.swap.next, self.swap_o.next) = (swap, swap);
        self.complete.next = complete;

        self.loaded
            .drive(control, en, complete || (loaded && !swap));
        let waits = self.a_valid_i.val() && !(en && a_ready);
        let waited = (self.waited.q.val() || waits) && !self.clear_i.val();
        self.waited.drive(control, en, waited);
        self.wait_o.next = self.waited.q.val();

        let edge = self.w_edge_i.val();
        for r in 0..self.row_keep_i.len() {
            let keep = self.row_keep_i[r].val();
            let (next, now) = (&mut self.row_next[r], &mut self.row_now[r]);
            next.drive(control, en && complete, keep);
            now.drive(control, en && swap, next.q.val());
            let row = if begins { next.q.val() } else { now.q.val() };
            self.mac_o[r].next = beat && self.a_keep_i.val() && row;
            self.west_valid_o[r].next = load && edge && keep;
        }
        for c in 0..self.col_keep_i.len() {
            let keep = self.col_keep_i[c].val();
            let (next, now) = (&mut self.col_next[c], &mut self.col_now[c]);
            next.drive(control, en && complete, keep);
            now.drive(control, en && swap, next.q.val());
            let col = if begins { next.q.val() } else { now.q.val() };
            let seeded = exchange && self.x_keep_i[c].val();
            self.live_o[c].next = ws_beat && col || seeded;
            self.north_valid_o[c].next = load && !edge && keep;
        }
    }

    fn connect(&mut self) {
        for port in [
            &mut self.w_ready_o,
            &mut self.a_ready_o,
            &mut self.load_o,
            &mut self.beat_o,
            &mut self.swap_o,
            &mut self.wait_o,
        ] {
            port.connect();
        }
        connect(&mut self.fire_o);
        connect(&mut self.slot_o);
        connect(&mut self.slot_keep_o);
        connect(&mut self.os);
        connect(&mut self.flush);
        connect(&mut self.fire);
        connect(&mut self.ws_beat);
        connect(&mut self.west_valid_o);
        connect(&mut self.north_valid_o);
        connect(&mut self.mac_o);
        connect(&mut self.live_o);
        for net in [
            &mut self.load,
            &mut self.beat,
            &mut self.begins,
            &mut self.swap,
            &mut self.complete,
        ] {
            net.connect();
        }
        self.loaded.connect_inputs();
        self.waited.connect_inputs();
        for mask in [
            &mut self.row_next,
            &mut self.row_now,
            &mut self.col_next,
            &mut self.col_now,
        ] {
            mask.iter_mut().for_each(Pipe::connect_inputs);
        }
    }

    fn hdl(&self) -> Verilog {
        self.verilog()
    }
}

impl Control {
    /// Claims every input, from the `connect` of the array.
    pub(crate) fn connect_inputs(&mut self) {
        self.clk_i.connect();
        for port in [
            &mut self.rst_ni,
            &mut self.en_i,
            &mut self.clear_i,
            &mut self.w_valid_i,
            &mut self.w_edge_i,
            &mut self.w_last_i,
            &mut self.a_valid_i,
            &mut self.a_first_i,
            &mut self.a_keep_i,
        ] {
            port.connect();
        }
        connect(&mut self.row_keep_i);
        connect(&mut self.col_keep_i);
        for ports in [
            &mut self.w_os_i,
            &mut self.a_os_i,
            &mut self.a_flush_i,
            &mut self.turn_ready_i,
            &mut self.busy_i,
            &mut self.exchange_i,
            &mut self.x_keep_i,
        ] {
            connect(ports);
        }
    }
}

fn drive_local(net: &mut [Signal<Local, Bit>], value: bool) {
    net.iter_mut().for_each(|net| net.next = value);
}
