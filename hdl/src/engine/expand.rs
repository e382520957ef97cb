//! From words of sums to bus words: rows of C.

use super::numbers::Packed;
use super::pull::Pull;
use super::routes::{Ranks, Routes};
use super::units::{parts, unread, unread_part, Units, BARE};
use super::windows::Windows;
use super::Fifo;
use crate::bundle::Running;
use crate::describe::{
    concat, e, lit, repeat, select, Body, Compiled, Describe, Expr, Net, Reg, Stored,
};
use crate::ArrayConfig;
use heddle_derive::{Bundle, Module};
use rust_hdl::prelude::*;

/// Rows that wait at most.
const ROWS: usize = 4;

/// A run ends where addresses in bus words are a multiple of 2 to the power of this.
const RUN_LOG: usize = 4;

/// What is known of a bus word on its way.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct RowWord<D: Direction + 'static> {
    /// last of its row
    pub last: Net<D, Bit>,
    /// its address, in bus words
    #[hw(lanes = config.engine().word_bits())]
    pub addr: Net<D, Bit>,
    /// units with a sum
    #[hw(lanes = Units::of(config).bus)]
    pub shown: Net<D, Bit>,
    /// units that are written
    #[hw(lanes = Units::of(config).bus)]
    pub written: Net<D, Bit>,
}

/// Bits of a row's fields, as they lie in the queue: address, units less one, whether these are fewer than a bus
/// word's, sums, packed, masked, zeros.
fn order_bits(config: &ArrayConfig) -> [usize; 7] {
    let (addr, count) = (config.engine().addr_bits, Units::of(config).count_bits());
    [addr, count, 1, 1, 1, 1, 1]
}

/// Makes bus words of rows of sums, in their sequence. A row may begin at any operand. A word is there
/// five cycles after its row's turn has come to it and its sums are there; each further one a cycle later.
/// Words without a byte to be written are passed over. Words are told to write in runs, which end behind a row's
/// last word, before a word that is passed over, and where 16 words of addresses end.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Expand {
    clocked: Running,
    /// a row is to be written
    #[hw(group = "Rows")]
    pub order_valid_i: Net<In, Bit>,
    /// the row is heard of
    pub order_ready_o: Net<Out, Bit>,
    /// first byte of the row
    #[hw(lanes = config.engine().addr_bits)]
    pub order_addr_i: Net<In, Bit>,
    /// elements of the row, 1 or more
    #[hw(lanes = config.engine().dim_bits())]
    pub order_count_i: Net<In, Bit>,
    /// sums come; else all elements are zero
    pub order_sums_i: Net<In, Bit>,
    /// only kept columns have sums
    pub order_packed_i: Net<In, Bit>,
    /// dropped columns are not written
    pub order_masked_i: Net<In, Bit>,
    /// dropped columns are zero
    pub order_zeros_i: Net<In, Bit>,
    /// slot and dimension of the mask
    #[hw(lanes = 4)]
    pub order_mask_i: Net<In, Bit>,
    /// a word of sums comes, and is taken
    #[hw(group = "Sums")]
    pub sum_valid_i: Net<In, Bit>,
    /// a word that is asked for finds room if it comes in this cycle or in the next one
    pub sum_ready_o: Net<Out, Bit>,
    /// sums of as many columns, those of a row from its first word's first on
    #[hw(lanes = config.cols * config.acc_bits())]
    pub sum_data_i: Net<In, Bit>,
    /// slot, dimension and word of the mask RAM
    #[hw(group = "Mask RAM", lanes = config.mask_address_bits())]
    pub bits_addr_o: Net<Out, Bit>,
    /// the word of the cycle before
    #[hw(lanes = config.engine().bus_bits)]
    pub bits_data_i: Net<In, Bit>,
    /// a run of words
    #[hw(group = "To write")]
    pub req_valid_o: Net<Out, Bit>,
    /// that was heard
    pub req_ready_i: Net<In, Bit>,
    /// address of its first word
    #[hw(lanes = config.engine().addr_bits)]
    pub req_addr_o: Net<Out, Bit>,
    /// how many words
    #[hw(lanes = 12)]
    pub req_words_o: Net<Out, Bit>,
    /// a word, before its run or with it
    pub word_valid_o: Net<Out, Bit>,
    /// the word is taken if there is one
    pub word_ready_i: Net<In, Bit>,
    /// data
    #[hw(lanes = config.engine().bus_bits)]
    pub word_data_o: Net<Out, Bit>,
    /// bytes that are written
    #[hw(lanes = config.engine().bus_bytes())]
    pub word_strb_o: Net<Out, Bit>,
    /// no row is on its way
    pub idle_o: Net<Out, Bit>,

    /// a word of the row was begun
    #[hw(style = config.control_style())]
    begun_q: Reg<Bit>,
    /// address of the row's next word
    #[hw(lanes = config.engine().word_bits(), style = BARE)]
    addr_q: Reg<Bit>,
    /// units up to the row's last one, from its next word on
    #[hw(lanes = Units::of(config).count_bits() + 1, style = BARE)]
    end_q: Reg<Bit>,
    /// the last word has none but units for which the window before has bits
    #[hw(style = BARE)]
    extra_q: Reg<Bit>,
    /// the next word is the row's last
    #[hw(style = BARE)]
    ends_q: Reg<Bit>,

    /// the window of the last word
    #[hw(lanes = Units::of(config).bus, style = BARE)]
    window_q: Reg<Bit>,

    /// a word is begun
    #[hw(style = config.control_style())]
    units_q: Reg<Bit>,
    /// units that take one of a sum
    #[hw(lanes = Units::of(config).bus, style = BARE)]
    takes_q: Reg<Bit>,
    /// word
    #[hw(style = BARE)]
    units_word_q: RowWord<Stored>,

    /// a word is begun
    #[hw(style = config.control_style())]
    ranked_q: Reg<Bit>,
    /// of each unit how many below take none
    #[hw(lanes = Units::of(config).bus * Units::of(config).bus_log(), style = BARE)]
    fall_q: Reg<Bit>,
    /// how many units of sums are taken
    #[hw(lanes = Units::of(config).bus_log() + 1, style = BARE)]
    count_q: Reg<Bit>,
    /// word
    #[hw(style = BARE)]
    ranked_word_q: RowWord<Stored>,

    /// a word is written
    #[hw(style = config.control_style())]
    out_q: Reg<Bit>,
    /// data
    #[hw(lanes = config.engine().bus_bits, style = BARE)]
    out_data_q: Reg<Bit>,
    /// units that are written
    #[hw(lanes = Units::of(config).bus, style = BARE)]
    out_units_q: Reg<Bit>,
    /// words of the run so far
    #[hw(lanes = RUN_LOG, style = config.control_style())]
    run_q: Reg<Bit>,
    /// address of its first word
    #[hw(lanes = config.engine().word_bits(), style = BARE)]
    run_addr_q: Reg<Bit>,
    /// a run is told
    #[hw(style = config.control_style())]
    req_q: Reg<Bit>,
    /// address of its first word
    #[hw(lanes = config.engine().word_bits(), style = BARE)]
    req_addr_q: Reg<Bit>,
    /// its words
    #[hw(lanes = RUN_LOG + 1, style = BARE)]
    req_words_q: Reg<Bit>,

    /// rows that wait
    #[hw(build = Fifo::new(config, ROWS, order_bits(config).iter().sum()))]
    orders: Fifo,
    /// masks that rows need
    #[hw(build = Fifo::new(config, ROWS, 4 + Units::of(config).count_bits()))]
    asks: Fifo,
    /// mask bits
    windows: Windows,
    /// words that are begun: whether another one is does not wait for what is behind them
    #[hw(build = Fifo::new(config, 2, word(config).bits()))]
    words: Fifo,
    /// where units go
    #[hw(build = Ranks::new(config, Units::of(config).bus))]
    ranks: Ranks,
    /// sums, unit by unit
    pull: Pull,
    /// words whose units are there, joined
    #[hw(build = Fifo::new(config, 2, joined(config).bits()))]
    joined: Fifo,
    /// brings units to their places
    #[hw(build = Routes::part(config, Units::of(config).bus, Units::of(config).bits))]
    part: Routes,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// What is known of a word that is begun.
fn word(config: &ArrayConfig) -> Packed {
    let units = Units::of(config);
    Packed::new([
        // Mask bits: the word's window, and the one before.
        ("window", units.bus),
        ("before", units.bus),
        // Units before the row's first one, and its last unit, in its last word.
        ("skip", units.bus_log()),
        ("until", units.bus_log()),
        // First and last of its row.
        ("first", 1),
        ("last", 1),
        ("addr", config.engine().word_bits()),
        // Sums come, of kept columns only; dropped columns are not written, or are zero.
        ("sums", 1),
        ("packed", 1),
        ("masked", 1),
        ("zeros", 1),
    ])
}

/// What is known of a word whose units of sums are there, these in the low bits.
fn joined(config: &ArrayConfig) -> Packed {
    let units = Units::of(config);
    Packed::new([
        ("last", 1),
        ("addr", config.engine().word_bits()),
        ("shown", units.bus),
        ("written", units.bus),
        // Of each unit how many below take none.
        ("fall", units.bus * units.bus_log()),
        ("units", config.engine().bus_bits),
    ])
}

impl Describe for Expand {
    fn describe(&self, m: &mut Body) {
        self.order(m);
        let free = !e(&self.out_q) | &self.word_ready_i;
        let free = free & (!e(&self.req_q) | &self.req_ready_i);
        let go = m.wire("go", "nothing that is to be written waits", free);
        let room = e(&self.joined.push_ready_o);
        m.assign(&self.pull.go_i, room.clone());
        let step = !e(&self.ranked_q) | (room & &self.pull.enough_o);
        let step = m.wire("step", "no word waits for its sums", step);
        self.begin(m);
        self.keep(m, &step);
        self.rank(m, &step);
        self.part(m);
        self.write(m, &go);
    }
}

impl Expand {
    fn word_bits(&self) -> usize {
        self.addr_q.len()
    }

    /// Rows wait for their turn, and what they need of masks is read ahead.
    fn order(&self, m: &mut Body) {
        let units = Units::of(&self._config);
        let (dim, log) = (units.dim_bits, units.sum_log());
        let last = e(&self.order_count_i) - lit(1, dim);
        let last = m.wire("last_element", "elements less one", last);
        let last = match log {
            0 => last,
            log => concat([last, lit((1 << log) - 1, log)]),
        };
        let last = m.wire("last_of_row", "units of the row, less one", last);
        let high = units.count_bits() - units.bus_log();
        let short = !last.clone().slice(units.bus_log(), high).any();
        let masked = e(&self.order_packed_i) | &self.order_masked_i | &self.order_zeros_i;
        let masked = m.wire("needs_mask", "the row needs a mask", masked);
        m.note("A row is taken where there is room for it, and for what it needs of a mask.");
        let (orders, asks) = (&self.orders, &self.asks);
        let ready = e(&orders.push_ready_o) & &asks.push_ready_o;
        m.assign(&self.order_ready_o, ready);
        let fields = [
            e(&self.order_addr_i),
            last.clone(),
            short,
            e(&self.order_sums_i),
            e(&self.order_packed_i),
            e(&self.order_masked_i),
            e(&self.order_zeros_i),
        ];
        let valid = e(&self.order_valid_i) & &asks.push_ready_o;
        orders.push(m, valid, fields);
        let valid = e(&self.order_valid_i) & &orders.push_ready_o & masked;
        asks.push(m, valid, [e(&self.order_mask_i), last]);
        let ask = parts(&asks.pop_data_o.place(), &[4, units.count_bits()]);
        let windows = &self.windows;
        m.assign(&windows.ask_valid_i, &asks.pop_valid_o);
        m.assign(&asks.pop_ready_i, &windows.ask_ready_o);
        m.assign(&windows.ask_sum_i, e(true));
        m.assign(&windows.ask_mask_i, ask[0].clone());
        m.assign(&windows.ask_first_i, lit(0, dim));
        m.assign(&windows.ask_last_i, ask[1].clone());
        m.assign(&self.bits_addr_o, &windows.bits_addr_o);
        m.assign(&windows.bits_data_i, &self.bits_data_i);
    }

    /// A word of the row is begun.
    fn begin(&self, m: &mut Body) {
        let units = Units::of(&self._config);
        let (log, bits) = (units.bus_log(), units.count_bits());
        let byte = self._config.engine().byte_bits();
        let order = parts(&self.orders.pop_data_o.place(), &order_bits(&self._config));
        let [addr, last_unit, short, sums, packed, masked, zeros] =
            [0, 1, 2, 3, 4, 5, 6].map(|field| order[field].clone());
        let begun = e(&self.begun_q);
        m.note("Where the row's units are in the word.");
        let addr = m.wire("row_addr", "first byte of the row", addr);
        unread_part(m, &addr, 0, byte - log);
        let skip = addr.clone().slice(byte - log, log);
        let skip = m.wire("skip", "units before the row's first one", skip);
        let end = last_unit.clone().wide(bits + 1) + skip.clone().wide(bits + 1);
        let end = select(begun.clone(), &self.end_q, end);
        let end = m.wire("end_unit", "units up to the row's last one", end);
        let low = last_unit.slice(0, log).wide(log + 1) + skip.clone().wide(log + 1);
        let low = m.wire(
            "in_chunks",
            "where the last unit is, and whether a word further",
            low,
        );
        unread_part(m, &low, 0, log);
        m.note("Whether it is the last is known before the sum of all that is in it.");
        let is_last = short & !low.clone().bit(log);
        let is_last = select(begun.clone(), &self.ends_q, is_last);
        let is_last = m.wire("is_last", "the row's last word", is_last);
        let masks = packed.clone() | masked.clone() | zeros.clone();
        let extra = begun.clone() & &self.extra_q & is_last.clone();
        let needs = m.wire("needs", "the word needs a window", masks & !extra);
        let begins = e(&self.orders.pop_valid_o) & (!needs.clone() | &self.windows.window_valid_o);
        let begins = m.wire("begins", "a word may be begun", begins);
        let moves = m.wire(
            "moves",
            "a word is begun",
            begins.clone() & &self.words.push_ready_o,
        );
        m.assign(&self.orders.pop_ready_i, moves.clone() & is_last.clone());
        m.assign(&self.windows.window_ready_i, moves.clone() & needs);
        m.reg(&self.begun_q, moves.clone(), !is_last.clone());
        let left = end.clone().slice(log, bits + 1 - log);
        m.reg(&self.ends_q, moves.clone(), left.is(lit(1, bits + 1 - log)));
        let first = addr.slice(byte, self.word_bits());
        let at = select(begun.clone(), &self.addr_q, first);
        let at = m.wire("word_addr", "address of the word", at);
        m.reg(
            &self.addr_q,
            moves.clone(),
            at.clone() + lit(1, self.word_bits()),
        );
        let high = end.clone().slice(log, bits + 1 - log) - lit(1, bits + 1 - log);
        m.reg(
            &self.end_q,
            moves.clone(),
            concat([high, end.clone().slice(0, log)]),
        );
        m.reg(&self.extra_q, moves.clone() & !begun.clone(), low.bit(log));
        m.note("What is known of the word.");
        m.reg(&self.window_q, moves, &self.windows.window_o);
        let known = [
            ("window", e(&self.windows.window_o)),
            ("before", e(&self.window_q)),
            ("skip", skip),
            ("until", end.slice(0, log)),
            ("first", !begun),
            ("last", is_last),
            ("addr", at),
            ("sums", sums),
            ("packed", packed),
            ("masked", masked),
            ("zeros", zeros),
        ];
        self.words
            .push(m, begins, [word(&self._config).join(&known)]);
    }

    /// Which units take of a sum, and which are written.
    fn keep(&self, m: &mut Body, step: &Expr) {
        let units = Units::of(&self._config);
        let (bus, log) = (units.bus, units.bus_log());
        let (fields, words) = (word(&self._config), &self.words);
        m.assign(&words.pop_ready_i, step.clone());
        let of = |name: &str| fields.get(&words.pop_data_o, name);
        m.note("Mask bits come to the places of their units.");
        let pair = concat([of("window"), of("before")]);
        let by = lit(bus as u128, log + 1) - of("skip").wide(log + 1);
        let by = m.wire("window_by", "where the word's mask bits begin", by);
        let mask = m.wire("mask", "mask bits of the word", pair.shifted_right_by(by));
        unread(m, &mask, bus);
        let mask = mask.slice(0, bus);
        let all = |bit: Expr| repeat(bus, bit);
        let from = select(of("first"), of("skip"), lit(0, log));
        let from = m.wire("from", "the first unit of the row", from);
        let past = select(of("last"), !of("until"), lit(0, log));
        let past = m.wire("past", "units past the row's last", past);
        let real = all(e(true)).shifted_left_by(from) & all(e(true)).shifted_right_by(past);
        let real = m.wire("of_row", "units of the row", real);
        let kept = |unless: Expr| all(!unless) | mask.clone();
        let takes = all(of("sums")) & real.clone() & kept(of("packed"));
        let takes = m.wire("takes", "units that take of a sum", takes);
        let shown = takes.clone() & kept(of("zeros") | of("masked"));
        m.reg(&self.units_q, step.clone(), &words.pop_valid_o);
        m.reg(&self.takes_q, step.clone(), takes);
        let to = &self.units_word_q;
        m.reg(&to.last, step.clone(), of("last"));
        m.reg(&to.addr, step.clone(), of("addr"));
        m.reg(&to.shown, step.clone(), shown);
        m.reg(&to.written, step.clone(), real & kept(of("masked")));
    }

    /// Where units go.
    fn rank(&self, m: &mut Body, step: &Expr) {
        self.ranks.of(m, &self.takes_q);
        m.reg(&self.ranked_q, step.clone(), &self.units_q);
        m.reg(&self.fall_q, step.clone(), &self.ranks.fall_o);
        m.reg(&self.count_q, step.clone(), &self.ranks.count_o);
        m.regs(self.ranked_word_q.nets(), step, self.units_word_q.nets());
    }

    /// Units of sums come to their places.
    fn part(&self, m: &mut Body) {
        let Units { bits, .. } = Units::of(&self._config);
        let (pull, there) = (&self.pull, e(&self.ranked_q));
        m.assign(&pull.take_valid_i, there.clone());
        m.assign(&pull.take_count_i, &self.count_q);
        m.assign(&pull.take_last_i, &self.ranked_word_q.last);
        m.assign(&pull.sum_valid_i, &self.sum_valid_i);
        m.assign(&pull.sum_data_i, &self.sum_data_i);
        m.assign(&self.sum_ready_o, &pull.sum_ready_o);
        let word = &self.ranked_word_q;
        let known = [
            ("last", e(&word.last)),
            ("addr", e(&word.addr)),
            ("shown", e(&word.shown)),
            ("written", e(&word.written)),
            ("fall", e(&self.fall_q)),
            ("units", e(&pull.take_data_o)),
        ];
        let valid = there & &pull.enough_o;
        let fields = joined(&self._config);
        self.joined.push(m, valid, [fields.join(&known)]);
        let of = |name: &str| fields.get(&self.joined.pop_data_o, name);
        self.part.of(m, bits, of("fall"), of("units"));
    }

    /// Words, and their runs.
    fn write(&self, m: &mut Body, go: &Expr) {
        let Units { bus, bits, .. } = Units::of(&self._config);
        let (fields, joined) = (joined(&self._config), &self.joined);
        m.assign(&joined.pop_ready_i, go.clone());
        let of = |name: &str| fields.get(&joined.pop_data_o, name);
        let there = e(&joined.pop_valid_o);
        let shown = m.wire("shown", "units that are not zero", of("shown"));
        let data = m.vector("data", "units of the word", bus, bits);
        m.each("unit", 0, bus, |m, unit| {
            let own = self.part.data_o.place().lanes(unit.clone() * bits, bits);
            let shown = repeat(bits, shown.clone().bit(&unit));
            m.assign(data.clone().at(&unit), e(own) & shown);
        });
        let some = there.clone() & of("written").any();
        let some = m.wire("some", "a byte is written", some);
        m.note("What of the two was taken waits no more.");
        let waits = e(&self.out_q) & !e(&self.word_ready_i);
        m.reg(
            &self.out_q,
            e(true),
            select(go.clone(), some.clone(), waits),
        );
        m.reg(&self.out_data_q, go.clone(), data);
        m.reg(&self.out_units_q, go.clone(), of("written"));

        m.note("A run ends with its row, and where 16 words of addresses do, and before a word that is passed over.");
        let empty = !e(&self.run_q).any();
        let empty = m.wire("empty", "no word of a run so far", empty);
        let last = of("last") | of("addr").slice(0, RUN_LOG).all();
        let ends = select(some.clone(), last, !empty.clone() & there);
        let ends = m.wire("ends", "a run ends", ends);
        let moves = m.wire(
            "runs",
            "a run grows or ends",
            go.clone() & (some.clone() | ends.clone()),
        );
        let words = e(&self.run_q).wide(RUN_LOG + 1) + some.clone().wide(RUN_LOG + 1);
        let words = m.wire("run_words", "words of the run", words);
        let first = select(empty, of("addr"), &self.run_addr_q);
        let first = m.wire("run_addr", "the run's first word", first);
        let none = lit(0, RUN_LOG);
        let next = select(ends.clone(), none, words.clone().slice(0, RUN_LOG));
        m.reg(&self.run_q, moves.clone(), next);
        m.reg(&self.run_addr_q, moves, first.clone());
        let waits = e(&self.req_q) & !e(&self.req_ready_i);
        m.reg(&self.req_q, e(true), select(go.clone(), ends, waits));
        m.reg(&self.req_addr_q, go.clone(), first);
        m.reg(&self.req_words_q, go.clone(), words);

        let byte = self._config.engine().bus_bytes() / bus;
        let strobes = (0..bus)
            .rev()
            .map(|unit| repeat(byte, self.out_units_q.at(unit).into()));
        m.assign(&self.word_valid_o, &self.out_q);
        m.assign(&self.word_data_o, &self.out_data_q);
        m.assign(&self.word_strb_o, concat(strobes));
        m.assign(&self.req_valid_o, &self.req_q);
        let low = lit(0, self._config.engine().byte_bits());
        m.assign(&self.req_addr_o, concat([e(&self.req_addr_q), low]));
        m.assign(&self.req_words_o, e(&self.req_words_q).wide(12));
        let stages = [&self.units_q, &self.ranked_q, &self.out_q, &self.req_q];
        let begun = e(&self.orders.pop_valid_o) | &self.words.pop_valid_o | &joined.pop_valid_o;
        let busy = stages.into_iter().fold(begun, |any, stage| any | stage);
        m.assign(&self.idle_o, !busy);
    }
}
