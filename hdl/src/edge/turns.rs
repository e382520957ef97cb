//! Output-stationary tiles at the array's edge: whose turn it is, which row exchanges,
//! and whether a group is seeded.
//!
//! A flush is a turn like a first beat: it too waits for seeds, takes away its phase's mark
//! of them, and, in the last phase, ends the run. So a run that is followed by another needs a
//! second flush, for the marks that the exchange of its last sums leaves.

use crate::bundle::Ungated;
use crate::describe::{e, lit, repeat, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::site::ROW;
use crate::{ArrayConfig, ROWS};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Output-stationary tiles at the edge: whose turn it is, the row that exchanges, whether the next
/// group is seeded, whether a run is under way. Packed ports: row 0 in the low bits.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Turns {
    clocked: Ungated,
    /// the phase is 0 in the next cycle
    #[hw(when = config.phases() > 1)]
    pub clear_i: Net<In, Bit>,
    /// a weight-stationary beat is offered
    #[hw(when = config.has_both(), group = "Beat that is offered")]
    pub ws_i: Net<In, Bit>,
    /// the beat is the first of its tile
    #[hw(group = "Beat that is offered")]
    pub first_i: Net<In, Bit>,
    /// the beat is none, but the end of a tile
    pub flush_i: Net<In, Bit>,
    /// an output-stationary beat or flush is accepted
    pub fire_i: Net<In, Bit>,
    /// it is the turn of an output-stationary beat, and its seeds are there
    pub ready_o: Net<Out, Bit>,
    /// an exchange is offered: seeds for a row enter, and its sums leave
    #[hw(group = "Exchange")]
    pub x_valid_i: Net<In, Bit>,
    /// last row of the group
    pub x_last_i: Net<In, Bit>,
    /// an exchange is accepted if it is valid
    pub x_ready_o: Net<Out, Bit>,
    /// an exchange is accepted
    pub exchange_o: Net<Out, Bit>,
    /// counts the phases
    #[hw(group = "What the slot does", lanes = config.phase_bits(), when = config.phases() > 1)]
    pub phase_o: Net<Out, Bit>,
    /// held seeds and sums of the ring change places
    #[hw(group = "What the slot does")]
    pub turn_o: Net<Out, Bit>,
    /// the row's held words and those on their way change places
    #[hw(lanes = ROWS)]
    pub exch_o: Net<Out, Bit>,
    /// output-stationary tiles are at work: sums go round
    #[hw(when = config.has_both())]
    pub ring_o: Net<Out, Bit>,
    /// output-stationary tiles were at work before this slot
    #[hw(when = config.has_both())]
    pub busy_o: Net<Out, Bit>,

    /// phase of the slot
    #[hw(lanes = config.phase_bits(), when = config.phases() > 1, style = config.control_style())]
    phase_q: Reg<Bit>,
    /// phase of the next exchange
    #[hw(lanes = config.phase_bits(), when = config.phases() > 1, style = config.control_style())]
    x_phase_q: Reg<Bit>,
    /// phase of the next output-stationary beat
    #[hw(lanes = config.phase_bits(), when = config.phases() > 1, style = config.control_style())]
    a_phase_q: Reg<Bit>,
    /// the next group has its seeds, a bit for each of its tiles
    #[hw(lanes = config.phases(), style = config.control_style())]
    seeded_q: Reg<Bit>,
    /// the row that exchanges next; bit 0 is inverted, so that reset chooses row 0
    #[hw(lanes = ROWS, style = config.control_style())]
    row_q: Reg<Bit>,
    /// a run is under way
    #[hw(when = config.has_both(), style = config.control_style())]
    busy_q: Reg<Bit>,
    #[hw(build = config.phases() - 1)]
    _last: usize,
    _body: Compiled,
}

/// Where the next exchange or beat stands.
struct Turn {
    /// It is of the slot's phase.
    now: Expr,
    /// It is of the last phase.
    wraps: Expr,
}

impl Turns {
    /// Those of the array at `site`.
    pub fn new(site: &crate::Site) -> Self {
        Self::at(site)
    }

    fn en(&self) -> Expr {
        e(&self.clocked.en_i)
    }

    /// Whether the phase in `count` is the last one.
    fn is_last(&self, count: &Reg<Bit>) -> Expr {
        e(count).is(lit(self._last as u128, count.len()))
    }

    /// The phase after that in `count`.
    fn after(&self, count: &Reg<Bit>) -> Expr {
        let bits = count.len();
        let next = e(count) + lit(1, bits);
        match (self._last + 1).is_power_of_two() {
            true => next,
            false => select(self.is_last(count), lit(0, bits), next),
        }
    }

    /// Where the next one stands whose phase is in `count`.
    fn turn_of(&self, count: &Reg<Bit>) -> Turn {
        match self._last {
            0 => Turn {
                now: e(true),
                wraps: e(true),
            },
            _ => Turn {
                now: e(count).is(&self.phase_q),
                wraps: self.is_last(count),
            },
        }
    }

    /// The row that exchanges next: row 0 after reset, none after the last.
    fn rows(&self, m: &mut Body, exchange: &Expr, wraps: &Expr) {
        let moves = || exchange.clone() & wraps.clone();
        let last = || e(&self.x_last_i);
        let row = m.vector("row", "the row that exchanges next", ROWS, 1);
        m.assign(row.clone().at(0), !e(self.row_q.at(0)));
        m.note("The last row of a group leads back to the first one.");
        m.reg(self.row_q.at(0), moves(), !last());
        m.each(ROW, 1, ROWS, |m, r| {
            let above = e(row.clone().at(r.clone() - 1));
            m.assign(row.clone().at(&r), self.row_q.at(&r));
            m.reg(self.row_q.at(&r), moves(), above & !last());
        });
        m.assign(&self.exch_o, repeat(ROWS, exchange.clone()) & row);
    }
}

impl Describe for Turns {
    fn describe(&self, m: &mut Body) {
        let seeded = e(self.seeded_q.at(self._last));
        let (x, a) = (self.turn_of(&self.x_phase_q), self.turn_of(&self.a_phase_q));
        m.note("Seeds may be exchanged in their phase once those before them have gone to work.");
        let x_ready = self.en() & x.now & !seeded.clone() & !self.ws_i.or(false);
        let x_ready = m.wire("x_ready", "an exchange is accepted if it is valid", x_ready);
        let exchange = e(&self.x_valid_i) & x_ready.clone();
        let exchange = m.wire("exchange", "an exchange is accepted", exchange);
        let seeds = exchange.clone() & &self.x_last_i;
        let seeds = m.wire("seeds", "the last seeds of a group are exchanged", seeds);
        m.note("At a tile's beginning or end its group's seeds go to work.");
        let begins = e(&self.first_i) | &self.flush_i;
        let begins = m.wire(
            "begins",
            "the beat is the first of its tile, or a flush",
            begins,
        );
        let turn = e(&self.fire_i) & begins.clone();
        let turn = m.wire("turn", "seeds go to work", turn);
        m.assign(&self.x_ready_o, x_ready);
        m.assign(&self.exchange_o, exchange.clone());
        m.assign(
            &self.ready_o,
            a.now & (!begins | seeded.clone() | seeds.clone()),
        );
        m.assign(&self.turn_o, turn.clone());

        if self.phase_q.is_present() {
            m.assign(&self.phase_o, &self.phase_q);
            let zero = lit(0, self.phase_q.len());
            m.note("The phases of slots pass one by one.");
            let next = select(e(&self.clear_i), zero, self.after(&self.phase_q));
            m.reg(&self.phase_q, self.en(), next);
            m.note("Exchanges come in the order of phases.");
            let next = self.after(&self.x_phase_q);
            m.reg(&self.x_phase_q, exchange.clone(), next);
            m.note("So do beats.");
            m.reg(&self.a_phase_q, &self.fire_i, self.after(&self.a_phase_q));
        }
        m.note("A group is seeded from its last exchange until its turn.");
        m.shift(&self.seeded_q, &self.en(), (seeded | seeds) & !turn.clone());
        self.rows(m, &exchange, &x.wraps);
        if self.busy_q.is_present() {
            m.note("A run ends with the flush of the last phase.");
            m.reg(&self.busy_q, turn.clone(), !(e(&self.flush_i) & a.wraps));
            m.assign(&self.busy_o, &self.busy_q);
            m.assign(&self.ring_o, e(&self.busy_q) | turn);
        }
    }
}
