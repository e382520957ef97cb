//! The mask bits of a request, as many at a time as a bus word has units.

use super::units::{unread, Units, BARE};
use super::Fifo;
use crate::bundle::Running;
use crate::describe::{
    bits_to, concat, e, lit, repeat, select, Body, Compiled, Describe, Expr, Net, Reg,
};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Windows that wait, or are on their way, at most.
const AHEAD: usize = 8;

/// Mask bits of the elements of one request after the other, read ahead: a window has a bit for each unit of
/// a bus word, the first window from the request's first unit on. A window is made in each cycle, and one
/// cycle more is taken by a request whose first window lies in two words of the mask RAM. It is there
/// three cycles after it was begun, and a request is begun in the cycle after it was taken, which is when the
/// windows of the one before are begun.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "mask_windows")]
pub struct Windows {
    clocked: Running,
    /// a request comes
    #[hw(group = "Requests")]
    pub ask_valid_i: Net<In, Bit>,
    /// the request is taken if there is one
    pub ask_ready_o: Net<Out, Bit>,
    /// elements are sums
    pub ask_sum_i: Net<In, Bit>,
    /// slot and dimension of the mask
    #[hw(lanes = 4)]
    pub ask_mask_i: Net<In, Bit>,
    /// index of the first element
    #[hw(lanes = config.engine().dim_bits())]
    pub ask_first_i: Net<In, Bit>,
    /// units of the request, less one
    #[hw(lanes = Units::of(config).count_bits())]
    pub ask_last_i: Net<In, Bit>,
    /// slot, dimension and word of the mask RAM
    #[hw(group = "Mask RAM", lanes = config.mask_address_bits())]
    pub bits_addr_o: Net<Out, Bit>,
    /// the word of the cycle before
    #[hw(lanes = config.engine().bus_bits)]
    pub bits_data_i: Net<In, Bit>,
    /// there is a window
    #[hw(group = "Windows")]
    pub window_valid_o: Net<Out, Bit>,
    /// the window is taken if there is one
    pub window_ready_i: Net<In, Bit>,
    /// which units are kept
    #[hw(lanes = Units::of(config).bus)]
    pub window_o: Net<Out, Bit>,

    /// windows of a request are still to be begun
    #[hw(style = config.control_style())]
    busy_q: Reg<Bit>,
    /// the word in which the next window begins is read, or the window needs none but the next one
    #[hw(style = BARE)]
    primed_q: Reg<Bit>,
    /// index of the first element of the next window
    #[hw(lanes = at_bits(config), style = BARE)]
    at_q: Reg<Bit>,
    /// windows behind the next one
    #[hw(lanes = left_bits(&Units::of(config)), style = BARE)]
    left_q: Reg<Bit>,
    /// slot and dimension of the mask
    #[hw(lanes = 4, style = BARE)]
    mask_q: Reg<Bit>,
    /// elements are sums
    #[hw(style = BARE)]
    sum_q: Reg<Bit>,
    /// which window of its sum the next one is
    #[hw(lanes = part_bits(&Units::of(config)), when = part_bits(&Units::of(config)) > 0, style = BARE)]
    part_q: Reg<Bit>,
    /// windows that are begun and not taken
    #[hw(lanes = bits_to(AHEAD), style = config.control_style())]
    owed_q: Reg<Bit>,

    /// a window's last word comes
    #[hw(style = config.control_style())]
    comes_q: Reg<Bit>,
    /// a word comes that is the next window's first one
    #[hw(style = config.control_style())]
    holds_q: Reg<Bit>,
    /// the window begins in the word before
    #[hw(style = BARE)]
    crosses_q: Reg<Bit>,
    /// where in its word the window begins
    #[hw(lanes = bits_to(config.engine().bus_bits - 1), style = BARE)]
    from_q: Reg<Bit>,
    /// the window is of sums
    #[hw(style = BARE)]
    coming_sum_q: Reg<Bit>,
    /// the last bits of the word that came last and no window began before
    #[hw(lanes = Units::of(config).bus, style = BARE)]
    before_q: Reg<Bit>,

    /// a window is to be shifted
    #[hw(style = config.control_style())]
    there_q: Reg<Bit>,
    /// the bits among which the window is
    #[hw(lanes = 2 * Units::of(config).bus, style = BARE)]
    pair_q: Reg<Bit>,
    /// where among them it begins
    #[hw(lanes = Units::of(config).bus_log(), style = BARE)]
    shift_q: Reg<Bit>,
    /// the window is of sums
    #[hw(style = BARE)]
    there_sum_q: Reg<Bit>,

    /// windows that wait
    #[hw(build = Fifo::new(config, AHEAD, Units::of(config).bus))]
    ready: Fifo,
    #[hw(build = Units::of(config))]
    _units: Units,
    _body: Compiled,
}

/// Bits of an index, and of the place of a bit in a word.
fn at_bits(config: &ArrayConfig) -> usize {
    let engine = config.engine();
    engine.dim_bits().max(bits_to(engine.bus_bits - 1))
}

/// Bits of the number of windows of a request, less one.
fn left_bits(units: &Units) -> usize {
    (units.count_bits() - units.bus_log().min(units.count_bits() - 1)).max(1)
}

/// Bits of the number of a window of a sum that has several.
fn part_bits(units: &Units) -> usize {
    units.sum_log().saturating_sub(units.bus_log())
}

impl Describe for Windows {
    fn describe(&self, m: &mut Body) {
        let crosses = self.begin(m);
        self.read(m, crosses);
        self.shift(m);
    }
}

impl Windows {
    /// Which window is begun, and where; whether it lies in two words.
    fn begin(&self, m: &mut Body) -> Expr {
        let (units, dim) = (&self._units, self.at_q.len());
        let (log, word_log) = (units.bus_log(), self.from_q.len());
        m.note("A window that lies in two words needs the first one read before.");
        let chunk = e(&self.at_q).slice(log, word_log - log).all();
        let crosses = chunk & e(&self.at_q).slice(0, log).any();
        let crosses = m.wire("crosses", "the window lies in two words", crosses);
        let room = !e(&self.owed_q).is(lit(AHEAD as u128, self.owed_q.len()));
        let reads = e(&self.busy_q) & room;
        let reads = m.wire("reads", "a word is read", reads);
        let first = crosses.clone() & !e(&self.primed_q);
        let begins = reads.clone() & !first.clone();
        let begins = m.wire("begins", "a window is begun", begins);
        let ends = begins.clone() & !e(&self.left_q).any();
        let ends = m.wire("ends", "the last window of the request is begun", ends);
        let loads = ends | !e(&self.busy_q);
        let loads = m.wire("loads", "a request may be taken", loads);
        m.assign(&self.ask_ready_o, loads.clone());

        m.note("Where the next window begins.");
        let step = match (part_bits(units), units.bus / units.sum.min(units.bus)) {
            (0, step) => lit(step as u128, dim),
            _ => e(&self.part_q).all().wide(dim),
        };
        let step = select(e(&self.sum_q), step, lit(units.bus as u128, dim));
        let next = m.wire(
            "next",
            "where the window after this one begins",
            e(&self.at_q) + step,
        );
        let moves = loads.clone() | begins.clone();
        let moves = m.wire("moves", "there is another next window", moves);
        m.reg(&self.busy_q, loads.clone(), &self.ask_valid_i);
        let at = select(loads.clone(), e(&self.ask_first_i).wide(dim), next);
        m.reg(&self.at_q, moves.clone(), at);
        let windows = match units.count_bits() > log {
            true => e(&self.ask_last_i).slice(log, units.count_bits() - log),
            false => lit(0, 1),
        };
        let left = e(&self.left_q) - lit(1, self.left_q.len());
        m.reg(
            &self.left_q,
            moves.clone(),
            select(loads.clone(), windows, left),
        );
        m.reg(&self.mask_q, loads.clone(), &self.ask_mask_i);
        m.reg(&self.sum_q, loads.clone(), &self.ask_sum_i);
        if self.part_q.is_present() {
            let bits = self.part_q.len();
            let part = e(&self.part_q) + lit(1, bits);
            m.reg(
                &self.part_q,
                moves,
                select(loads.clone(), lit(0, bits), part),
            );
        }
        m.note("After a request's first read its windows follow each other.");
        let primed = !loads.clone();
        m.reg(&self.primed_q, loads | reads.clone(), primed);
        m.note("As many windows are begun as there is room for.");
        let bits = self.owed_q.len();
        let taken = e(&self.window_ready_i) & &self.ready.pop_valid_o;
        let taken = m.wire("taken", "a window is taken", taken);
        let owed = e(&self.owed_q) + begins.clone().wide(bits) - taken.wide(bits);
        m.reg(&self.owed_q, e(true), owed);

        let words = self.bits_addr_o.len() - 4;
        let here = match dim > word_log {
            true => {
                let bits = (dim - word_log).min(words);
                e(&self.at_q).slice(word_log, bits).wide(words)
            }
            false => lit(0, words),
        };
        let word = here + (crosses.clone() & &self.primed_q).wide(words);
        m.assign(&self.bits_addr_o, concat([e(&self.mask_q), word]));
        m.note("What is read comes a cycle later.");
        m.reg(&self.comes_q, e(true), begins);
        m.reg(&self.holds_q, e(true), reads & (first | !crosses.clone()));
        crosses
    }

    /// What is read.
    fn read(&self, m: &mut Body, crosses: Expr) {
        let (bus, log) = (self._units.bus, self._units.bus_log());
        let (bits, word_log) = (self.bits_data_i.len(), self.from_q.len());
        m.reg(&self.crosses_q, e(true), crosses);
        m.reg(&self.from_q, e(true), e(&self.at_q).slice(0, word_log));
        m.reg(&self.coming_sum_q, e(true), &self.sum_q);
        m.note("A word's end is kept for a window that begins there.");
        let end = e(&self.bits_data_i).slice(bits - bus, bus);
        m.reg(&self.before_q, &self.holds_q, end);
        let by = concat([e(&self.from_q).slice(log, word_log - log), lit(0, log)]);
        let here = m.wire(
            "here",
            "the word from the window's chunk on",
            e(&self.bits_data_i).shifted_right_by(by),
        );
        unread(m, &here, 2 * bus);
        let across = concat([e(&self.bits_data_i).slice(0, bus), e(&self.before_q)]);
        m.reg(&self.there_q, e(true), &self.comes_q);
        let pair = select(e(&self.crosses_q), across, here.slice(0, 2 * bus));
        m.reg(&self.pair_q, e(true), pair);
        m.reg(&self.shift_q, e(true), e(&self.from_q).slice(0, log));
        m.reg(&self.there_sum_q, e(true), &self.coming_sum_q);
    }

    /// The window from among what was read.
    fn shift(&self, m: &mut Body) {
        let (bus, sum) = (self._units.bus, self._units.sum);
        let elements = e(&self.pair_q).shifted_right_by(e(&self.shift_q));
        let elements = m.wire("elements", "the bits from the first element on", elements);
        unread(m, &elements, bus);
        m.note("A sum is several units, alike kept.");
        let bit = |at: usize| elements.clone().bit(at);
        let sums = (0..bus.div_ceil(sum)).rev();
        let sums = concat(sums.map(|at| repeat(sum.min(bus), bit(at))));
        let window = select(e(&self.there_sum_q), sums, elements.clone().slice(0, bus));
        let room = m.wire(
            "room",
            "always high: windows are begun where there is room",
            &self.ready.push_ready_o,
        );
        let there = e(&self.there_q) & room;
        self.ready.push(m, there, [window]);
        m.assign(&self.ready.pop_ready_i, &self.window_ready_i);
        m.assign(&self.window_valid_o, &self.ready.pop_valid_o);
        m.assign(&self.window_o, &self.ready.pop_data_o);
    }
}
