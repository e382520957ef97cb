//! Output-stationary tiles at the array's edge: whose turn it is, which row exchanges,
//! and whether a group is seeded.
//!
//! A flush is a turn like a first beat: it too waits for seeds, takes away its phase's mark
//! of them, and, in the last phase, ends the run. So a run that is followed by another needs a
//! second flush, for the marks that the exchange of its last sums leaves.

use crate::arith::{flag, optional};
use crate::describe::{lit, net, Body, Expr};
use crate::lanes::{connect, lanes};
use crate::prim::{Pipe, PipeControl};
use crate::ArrayConfig;
use rust_hdl::prelude::*;

/// Bits of a count of phases: up to 5.
const PHASE: usize = 3;

/// Phases, exchanges and turns of groups; see `hdl/INTERFACE.md`.
#[derive(Clone, LogicBlock)]
pub struct Turns {
    /// Clock.
    pub clk_i: Signal<In, Clock>,
    /// Reset, active low.
    pub rst_ni: Signal<In, Bit>,
    /// Low freezes every register and accepts nothing.
    pub en_i: Signal<In, Bit>,
    /// The phase is 0 in the next cycle; the phases of the next exchange and beat stay.
    pub clear_i: Signal<In, Bit>,
    /// A weight-stationary beat is offered (both dataflows only).
    pub ws_i: Vec<Signal<In, Bit>>,
    /// The output-stationary beat, if there is one, is the first of its tile, or a flush.
    pub first_i: Signal<In, Bit>,
    /// It is a flush.
    pub flush_i: Signal<In, Bit>,
    /// It is accepted.
    pub fire_i: Signal<In, Bit>,
    /// An exchange is offered.
    pub x_valid_i: Signal<In, Bit>,
    /// It is the last of its phase.
    pub x_last_i: Signal<In, Bit>,
    /// The exchange is accepted, if valid.
    pub x_ready_o: Signal<Out, Bit>,
    /// An exchange is accepted.
    pub exchange_o: Signal<Out, Bit>,
    /// An output-stationary beat may be accepted, as to phase and seeds.
    pub ready_o: Signal<Out, Bit>,
    /// The phase, low bit first; none if there is only one.
    pub phase_o: Vec<Signal<Out, Bit>>,
    /// Held seeds and sums change places.
    pub turn_o: Signal<Out, Bit>,
    /// The rows that exchange.
    pub exch_o: Vec<Signal<Out, Bit>>,
    /// The slot is one of a run (both dataflows only).
    pub ring_o: Vec<Signal<Out, Bit>>,
    /// Before the slot, a run was under way (both dataflows only).
    pub busy_o: Vec<Signal<Out, Bit>>,

    x_ready: Signal<Local, Bit>,
    exchange: Signal<Local, Bit>,
    /// The exchange is the last of its phase.
    seeds: Signal<Local, Bit>,
    turn: Signal<Local, Bit>,
    /// The phase is the one that the next exchange (`x_`) or beat (`a_`) is for; that one is the
    /// last (`_wraps`).
    x_turn: Signal<Local, Bit>,
    x_wraps: Signal<Local, Bit>,
    a_turn: Signal<Local, Bit>,
    a_wraps: Signal<Local, Bit>,

    /// None of these three if there is only one phase.
    phase: Vec<Pipe<Bits<3>>>,
    x_phase: Vec<Pipe<Bits<3>>>,
    a_phase: Vec<Pipe<Bits<3>>>,
    /// Of each phase, in turn: the seeds of the next group are in.
    seeded: Pipe<Bit>,
    /// The row that exchanges next, one of them high. Row 0's is kept inverted, so that
    /// reset leaves the first row chosen.
    row: Vec<Pipe<Bit>>,
    busy: Vec<Pipe<Bit>>,
    _last: u64,
}

impl Turns {
    /// For an array of `config`.
    pub fn new(config: &ArrayConfig) -> Self {
        let control = config.control_style();
        let phases = config.phases();
        let both = config.has_both();
        let count = || -> Vec<Pipe<Bits<3>>> {
            (0..usize::from(phases > 1))
                .map(|_| Pipe::new(1, control))
                .collect()
        };
        Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            en_i: Signal::default(),
            clear_i: Signal::default(),
            ws_i: optional(both),
            first_i: Signal::default(),
            flush_i: Signal::default(),
            fire_i: Signal::default(),
            x_valid_i: Signal::default(),
            x_last_i: Signal::default(),
            x_ready_o: Signal::default(),
            exchange_o: Signal::default(),
            ready_o: Signal::default(),
            phase_o: lanes(config.phase_bits()),
            turn_o: Signal::default(),
            exch_o: lanes(config.rows),
            ring_o: optional(both),
            busy_o: optional(both),
            x_ready: Signal::default(),
            exchange: Signal::default(),
            seeds: Signal::default(),
            turn: Signal::default(),
            x_turn: Signal::default(),
            x_wraps: Signal::default(),
            a_turn: Signal::default(),
            a_wraps: Signal::default(),
            phase: count(),
            x_phase: count(),
            a_phase: count(),
            seeded: Pipe::new(phases, control),
            row: (0..config.rows).map(|_| Pipe::new(1, control)).collect(),
            busy: (0..usize::from(both))
                .map(|_| Pipe::new(1, control))
                .collect(),
            _last: phases as u64 - 1,
        }
    }
}

impl Logic for Turns {
    fn update(&mut self) {
        let control = PipeControl::of(&self.clk_i, &self.rst_ni, &[]);
        let en = self.en_i.val();
        let last = self._last;
        let count = |pipe: &[Pipe<Bits<3>>]| pipe.first().map_or(0, |pipe| pipe.q.val().to_u64());
        let phase = count(&self.phase);
        let (x_phase, a_phase) = (count(&self.x_phase), count(&self.a_phase));
        let after = |phase: u64| if phase == last { 0 } else { (phase + 1) & 7 };

        let other = flag(&self.ws_i);
        let (x_turn, a_turn) = (x_phase == phase, a_phase == phase);
        let seeded = self.seeded.q.val();
        let x_ready = en && x_turn && !seeded && !other;
        let exchange = self.x_valid_i.val() && x_ready;
        let seeds = exchange && self.x_last_i.val();
        let first = self.first_i.val() || self.flush_i.val();
        let ready = a_turn && (!first || seeded || seeds);
        let fire = self.fire_i.val();
        let turn = fire && first;
        let (x_wraps, a_wraps) = (x_phase == last, a_phase == last);
        self.x_turn.next = x_turn;
        self.a_turn.next = a_turn;
        self.x_wraps.next = x_wraps;
        self.a_wraps.next = a_wraps;
        (self.x_ready.next, self.x_ready_o.next) = (x_ready, x_ready);
        (self.exchange.next, self.exchange_o.next) = (exchange, exchange);
        self.seeds.next = seeds;
        self.ready_o.next = ready;
        (self.turn.next, self.turn_o.next) = (turn, turn);

        let clear = self.clear_i.val();
        for pipe in &mut self.phase {
            pipe.drive(control, en, if clear { 0 } else { after(phase) }.into());
        }
        for pipe in &mut self.x_phase {
            pipe.drive(control, exchange, after(x_phase).into());
        }
        for pipe in &mut self.a_phase {
            pipe.drive(control, fire, after(a_phase).into());
        }
        for (i, port) in self.phase_o.iter_mut().enumerate() {
            port.next = phase >> i & 1 == 1;
        }
        self.seeded.drive(control, en, (seeded || seeds) && !turn);

        let chosen: Vec<bool> = self
            .row
            .iter()
            .enumerate()
            .map(|(r, row)| row.q.val() != (r == 0))
            .collect();
        for (r, row) in self.row.iter_mut().enumerate() {
            let next = match r.checked_sub(1) {
                None => self.x_last_i.val(),
                Some(above) => chosen[above] && !self.x_last_i.val(),
            };
            row.drive(control, exchange && x_wraps, next != (r == 0));
            self.exch_o[r].next = exchange && chosen[r];
        }

        for busy in &mut self.busy {
            let was = busy.q.val();
            let ends = self.flush_i.val() && a_wraps;
            busy.drive(control, turn, !ends);
            self.busy_o[0].next = was;
            self.ring_o[0].next = was || turn;
        }
    }

    fn connect(&mut self) {
        for port in [
            &mut self.x_ready_o,
            &mut self.exchange_o,
            &mut self.ready_o,
            &mut self.turn_o,
        ] {
            port.connect();
        }
        connect(&mut self.phase_o);
        connect(&mut self.exch_o);
        connect(&mut self.ring_o);
        connect(&mut self.busy_o);
        for net in [
            &mut self.x_ready,
            &mut self.exchange,
            &mut self.seeds,
            &mut self.turn,
            &mut self.x_turn,
            &mut self.x_wraps,
            &mut self.a_turn,
            &mut self.a_wraps,
        ] {
            net.connect();
        }
        for count in [&mut self.phase, &mut self.x_phase, &mut self.a_phase] {
            count.iter_mut().for_each(Pipe::connect_inputs);
        }
        self.seeded.connect_inputs();
        self.row.iter_mut().for_each(Pipe::connect_inputs);
        self.busy.iter_mut().for_each(Pipe::connect_inputs);
    }

    fn hdl(&self) -> Verilog {
        let mut body = Body::new(
            "turns",
            "Output-stationary tiles at the edge: the phase, the row that exchanges, whether the next \
             group is seeded, whether a run is under way.",
            false,
        );
        let first = || net("first_i") | net("flush_i");
        self.phases(&mut body);
        let mut x_ready = net("en_i") & net("x_turn") & !net("seeded$q");
        if !self.ws_i.is_empty() {
            x_ready = x_ready & !net("ws_i$0");
        }
        body.assign("x_ready", x_ready);
        body.assign("x_ready_o", net("x_ready"));
        body.assign("exchange", net("x_valid_i") & net("x_ready"));
        body.assign("exchange_o", net("exchange"));
        body.assign("seeds", net("exchange") & net("x_last_i"));
        body.assign(
            "ready_o",
            net("a_turn") & (!first() | net("seeded$q") | net("seeds")),
        );
        body.assign("turn", net("fire_i") & first());
        body.assign("turn_o", net("turn"));
        body.pipe(
            "seeded",
            net("en_i"),
            (net("seeded$q") | net("seeds")) & !net("turn"),
        );
        let chosen = |r: usize| {
            let q = net(format!("row${r}$q"));
            if r == 0 {
                !q
            } else {
                q
            }
        };
        for r in 0..self.row.len() {
            let next = match r.checked_sub(1) {
                // Kept inverted.
                None => !net("x_last_i"),
                Some(above) => chosen(above) & !net("x_last_i"),
            };
            let moves = net("exchange") & net("x_wraps");
            body.pipe(&format!("row${r}"), moves, next);
            body.assign(format!("exch_o${r}"), net("exchange") & chosen(r));
        }
        if !self.busy.is_empty() {
            let ends = net("flush_i") & net("a_wraps");
            body.pipe("busy$0", net("turn"), !ends);
            body.assign("busy_o$0", net("busy$0$q"));
            body.assign("ring_o$0", net("busy$0$q") | net("turn"));
        }
        body.finish()
    }
}

impl Turns {
    /// The phase, and the phases of the next exchange and beat.
    fn phases(&self, body: &mut Body) {
        if self.phase.is_empty() {
            for line in ["x_turn", "x_wraps", "a_turn", "a_wraps"] {
                body.assign(line, lit(1, 1));
            }
            return;
        }
        let at = |counter: &str| net(format!("{counter}$0$q"));
        let is_last = |counter: &str| at(counter).is(lit(self._last, PHASE));
        let after = |body: &mut Body, counter: &str, moves: Expr| {
            let d = format!("{counter}$0$d");
            body.select(
                &d,
                is_last(counter),
                lit(0, PHASE),
                at(counter) + lit(1, PHASE),
            );
            body.pipe_control(&format!("{counter}$0"), moves);
        };
        after(body, "phase", net("en_i"));
        body.assign_if("phase$0$d", net("clear_i"), lit(0, PHASE));
        after(body, "x_phase", net("exchange"));
        after(body, "a_phase", net("fire_i"));
        for i in 0..self.phase_o.len() {
            body.assign(format!("phase_o${i}"), at("phase").bit(i));
        }
        body.assign("x_turn", at("x_phase").is(at("phase")));
        body.assign("a_turn", at("a_phase").is(at("phase")));
        body.assign("x_wraps", is_last("x_phase"));
        body.assign("a_wraps", is_last("a_phase"));
    }

    /// Claims every input, from the `connect` of the array.
    pub(crate) fn connect_inputs(&mut self) {
        self.clk_i.connect();
        for port in [
            &mut self.rst_ni,
            &mut self.en_i,
            &mut self.clear_i,
            &mut self.first_i,
            &mut self.flush_i,
            &mut self.fire_i,
            &mut self.x_valid_i,
            &mut self.x_last_i,
        ] {
            port.connect();
        }
        connect(&mut self.ws_i);
    }
}
