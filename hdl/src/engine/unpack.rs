//! From bus words to RAM words: what load asked for, compressed by a mask.

use super::gearbox::{write_bits, Gearbox, Goal};
use super::numbers::Packed;
use super::order::Order;
use super::routes::{Ranks, Routes};
use super::units::{parts, unread, unread_part, Units, BARE};
use super::windows::Windows;
use super::Fifo;
use crate::bundle::Running;
use crate::describe::{
    concat, e, lit, repeat, select, Body, Compiled, Describe, Expr, Net, Reg, Stored,
};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Orders that wait at most: as many as there are requests under way, and some.
const fn orders(config: &ArrayConfig) -> usize {
    match &config.engine {
        Some(engine) => engine.reads + 4,
        None => 4,
    }
}

/// Bits of an order's fields, as they lie in the queue: units less one, whether these are fewer than a bus word's,
/// mode, zero, bad, goal, slot.
fn order_bits(config: &ArrayConfig) -> [usize; 12] {
    [
        Units::of(config).count_bits(),
        1,
        2,
        1,
        1,
        2,
        16,
        1,
        2,
        1,
        1,
        2,
    ]
}

/// Bits of what the windows of a mask are asked: sums, mask, first element, units less one.
fn ask_bits(config: &ArrayConfig) -> [usize; 4] {
    let units = Units::of(config);
    [1, 4, units.dim_bits, units.count_bits()]
}

/// Makes RAM words of bus words, as orders say, one for each request in their sequence. Units at the wrong
/// place, behind the end or dropped are taken out alike, so rows may begin at any operand. A word that is
/// full is written six cycles after the beat with its last unit was taken. Nothing moves while a word that
/// is written has to wait; a beat behind one that fills several words waits a cycle for each of them but
/// the first; the first beat of an order with a mask may be taken five cycles after the order, or six if
/// its first units' mask bits lie in two words of the mask RAM.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Unpack {
    clocked: Running,
    /// an order comes
    #[hw(group = "Orders")]
    pub order_valid_i: Net<In, Bit>,
    /// the order is taken if there is one
    pub order_ready_o: Net<Out, Bit>,
    /// order
    pub order_i: Order<In>,
    /// there is a bus word
    #[hw(group = "Bus words")]
    pub beat_valid_i: Net<In, Bit>,
    /// the word is taken if there is one
    pub beat_ready_o: Net<Out, Bit>,
    /// the word
    #[hw(lanes = config.engine().bus_bits)]
    pub beat_data_i: Net<In, Bit>,
    /// bytes before the request's first one in its first word
    #[hw(lanes = config.engine().byte_bits())]
    pub beat_skip_i: Net<In, Bit>,
    /// the response was an error
    pub beat_error_i: Net<In, Bit>,
    /// the response
    #[hw(lanes = 2)]
    pub beat_resp_i: Net<In, Bit>,
    /// address of the word's burst
    #[hw(lanes = config.engine().addr_bits)]
    pub beat_addr_i: Net<In, Bit>,
    /// slot, dimension and word of the mask RAM
    #[hw(group = "Mask RAM", lanes = config.mask_address_bits())]
    pub bits_addr_o: Net<Out, Bit>,
    /// the word of the cycle before
    #[hw(lanes = config.engine().bus_bits)]
    pub bits_data_i: Net<In, Bit>,
    /// a word is written
    #[hw(group = "RAM words")]
    pub write_valid_o: Net<Out, Bit>,
    /// the word is taken if there is one
    pub write_ready_i: Net<In, Bit>,
    /// 1: to A, 2: to B, 3: to the accumulators
    #[hw(lanes = 2)]
    pub write_to_o: Net<Out, Bit>,
    /// where
    #[hw(lanes = 16)]
    pub write_addr_o: Net<Out, Bit>,
    /// operands or sums, the first in the low bits; what lies beyond the word is unspecified
    #[hw(lanes = write_bits(config))]
    pub write_data_o: Net<Out, Bit>,
    /// its row is kept
    pub write_keep_o: Net<Out, Bit>,
    /// in the cycle in which the last word of a request is written, if any: what is told
    #[hw(lanes = 2)]
    pub event_o: Net<Out, Bit>,
    /// a beat was an error
    #[hw(group = "Errors")]
    pub error_o: Net<Out, Bit>,
    /// its response
    #[hw(lanes = 2)]
    pub error_resp_o: Net<Out, Bit>,
    /// address of its burst
    #[hw(lanes = config.engine().addr_bits)]
    pub error_addr_o: Net<Out, Bit>,
    /// where its request was to go
    #[hw(lanes = 2)]
    pub error_to_o: Net<Out, Bit>,
    /// slot of its job
    #[hw(lanes = 2)]
    pub error_slot_o: Net<Out, Bit>,

    /// a beat of the order was taken
    #[hw(style = config.control_style())]
    begun_q: Reg<Bit>,
    /// units before the order's first one
    #[hw(lanes = Units::of(config).bus_log(), style = BARE)]
    skip_q: Reg<Bit>,
    /// units up to the order's last one, of its next beat on
    #[hw(lanes = Units::of(config).count_bits() + 1, style = BARE)]
    until_q: Reg<Bit>,
    /// the last beat has none but units for which the window before has bits
    #[hw(style = BARE)]
    extra_q: Reg<Bit>,
    /// the next beat is the order's last
    #[hw(style = BARE)]
    ends_q: Reg<Bit>,

    /// the window of the last beat
    #[hw(lanes = Units::of(config).bus, style = BARE)]
    window_q: Reg<Bit>,
    /// the beat was an error
    #[hw(style = config.control_style())]
    error_q: Reg<Bit>,
    /// the response
    #[hw(lanes = 2, style = BARE)]
    error_resp_q: Reg<Bit>,
    /// slot of the job
    #[hw(lanes = 2, style = BARE)]
    error_slot_q: Reg<Bit>,
    /// address of the burst
    #[hw(lanes = config.engine().addr_bits, style = BARE)]
    error_addr_q: Reg<Bit>,
    /// where its request was to go
    #[hw(lanes = 2, style = BARE)]
    error_to_q: Reg<Bit>,

    /// there are units
    #[hw(style = config.control_style())]
    units_q: Reg<Bit>,
    /// which ones are taken
    #[hw(lanes = Units::of(config).bus, style = BARE)]
    kept_q: Reg<Bit>,
    /// units
    #[hw(lanes = config.engine().bus_bits, style = BARE)]
    units_data_q: Reg<Bit>,
    /// first of their order
    #[hw(style = BARE)]
    units_first_q: Reg<Bit>,
    /// last of their order
    #[hw(style = BARE)]
    units_last_q: Reg<Bit>,
    /// where they go
    #[hw(style = BARE)]
    units_goal_q: Goal<Stored>,

    /// there are units
    #[hw(style = config.control_style())]
    ranked_q: Reg<Bit>,
    /// of each kept one how many below are dropped
    #[hw(lanes = Units::of(config).bus * Units::of(config).bus_log(), style = BARE)]
    fall_q: Reg<Bit>,
    /// how many are kept
    #[hw(lanes = Units::of(config).bus_log() + 1, style = BARE)]
    count_q: Reg<Bit>,
    /// units
    #[hw(lanes = config.engine().bus_bits, style = BARE)]
    ranked_data_q: Reg<Bit>,
    /// first of their order
    #[hw(style = BARE)]
    ranked_first_q: Reg<Bit>,
    /// last of their order
    #[hw(style = BARE)]
    ranked_last_q: Reg<Bit>,
    /// where they go
    #[hw(style = BARE)]
    ranked_goal_q: Goal<Stored>,

    /// orders that wait
    #[hw(build = Fifo::new(config, orders(config), order_bits(config).iter().sum()))]
    orders: Fifo,
    /// masks that orders need
    #[hw(build = Fifo::new(config, orders(config), ask_bits(config).iter().sum()))]
    asks: Fifo,
    /// mask bits
    windows: Windows,
    /// beats that were taken: whether another one is does not wait for what is behind them
    #[hw(build = Fifo::new(config, 2, beat(config).bits()))]
    beats: Fifo,
    /// where units go
    #[hw(build = Ranks::new(config, Units::of(config).bus))]
    ranks: Ranks,
    /// takes out what is dropped
    #[hw(build = Routes::join(config, Units::of(config).bus, Units::of(config).bits))]
    join: Routes,
    /// fills words
    gearbox: Gearbox,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// Where units go, as a beat knows it.
const GOAL: [&str; 6] = ["to", "addr", "keep", "event", "sum", "along"];

/// What is known of a beat that was taken, the data in the low bits.
fn beat(config: &ArrayConfig) -> Packed {
    let units = Units::of(config);
    let goal = GOAL.into_iter().zip([2, 16, 1, 2, 1, 1]);
    let known = [
        // Mask bits: the beat's window, and the one before.
        ("before", units.bus),
        ("window", units.bus),
        // Units before the order's first one, and its last unit, in the last beat.
        ("skip", units.bus_log()),
        ("until", units.bus_log()),
        // First and last of its order.
        ("first", 1),
        ("last", 1),
        // Dropped units are taken out, dropped units are zero, all units are zero.
        ("joins", 1),
        ("wipes", 1),
        ("blank", 1),
    ];
    let data = ("data", config.engine().bus_bits);
    Packed::new(known.into_iter().chain(goal).chain([data]))
}

impl Describe for Unpack {
    fn describe(&self, m: &mut Body) {
        self.order(m);
        self.take(m);
        let step = e(&self.gearbox.ready_o);
        self.keep(m, &step);
        self.rank(m, &step);
        self.fill(m);
    }
}

impl Unpack {
    /// Orders wait for their beats, and what they need of masks is read ahead.
    fn order(&self, m: &mut Body) {
        let units = Units::of(&self._config);
        let (dim, bits) = (units.dim_bits, units.count_bits());
        let last = e(&self.order_i.count) - lit(1, dim);
        let last = m.wire("last_element", "elements less one", last);
        let each = lit((1 << units.sum_log()) - 1, units.sum_log());
        let last = match units.sum_log() {
            0 => last,
            log => {
                let sums = concat([last.clone(), each]);
                select(e(&self.order_i.sum), sums, last.wide(dim + log))
            }
        };
        let last = m.wire("last_unit", "units of the order, less one", last);
        debug_assert_eq!(last.bits().known(), Some(bits));
        let short = !last
            .clone()
            .slice(units.bus_log(), bits - units.bus_log())
            .any();
        let masked = m.wire(
            "masked",
            "the order needs a mask",
            e(&self.order_i.mode).any(),
        );
        m.note("An order is taken where there is room for it, and for what it needs of a mask.");
        let (orders, asks) = (&self.orders, &self.asks);
        m.assign(
            &self.order_ready_o,
            e(&orders.push_ready_o) & &asks.push_ready_o,
        );
        let valid = e(&self.order_valid_i) & &asks.push_ready_o;
        let goal = [
            &self.order_i.to,
            &self.order_i.addr,
            &self.order_i.keep,
            &self.order_i.event,
            &self.order_i.sum,
            &self.order_i.along,
        ];
        let fields = [
            last.clone(),
            short,
            e(&self.order_i.mode),
            e(&self.order_i.zero),
        ];
        let fields = fields.into_iter().chain([e(&self.order_i.bad)]);
        let slot = e(&self.order_i.mask).slice(2, 2);
        orders.push(m, valid, fields.chain(goal.map(e)).chain([slot]));
        let valid = e(&self.order_valid_i) & &orders.push_ready_o & masked;
        let ask = [
            e(&self.order_i.sum),
            e(&self.order_i.mask),
            e(&self.order_i.first),
            last,
        ];
        asks.push(m, valid, ask);

        let ask = parts(&asks.pop_data_o.place(), &ask_bits(&self._config));
        let windows = &self.windows;
        m.assign(&windows.ask_valid_i, &asks.pop_valid_o);
        m.assign(&asks.pop_ready_i, &windows.ask_ready_o);
        let to = [
            &windows.ask_sum_i,
            &windows.ask_mask_i,
            &windows.ask_first_i,
            &windows.ask_last_i,
        ];
        for (to, ask) in to.into_iter().zip(ask) {
            m.assign(to, ask);
        }
        m.assign(&self.bits_addr_o, &windows.bits_addr_o);
        m.assign(&windows.bits_data_i, &self.bits_data_i);
    }

    /// A beat is taken, and the window of its mask bits.
    fn take(&self, m: &mut Body) {
        let units = Units::of(&self._config);
        let (log, bits) = (units.bus_log(), units.count_bits());
        let order = parts(&self.orders.pop_data_o.place(), &order_bits(&self._config));
        let [last_unit, short, mode, zero, bad] = [0, 1, 2, 3, 4].map(|field| order[field].clone());
        let begun = e(&self.begun_q);
        m.note("Where the order's units are in the beat.");
        let skip_low = self.beat_skip_i.len() - log;
        let skip = e(&self.beat_skip_i).slice(skip_low, log);
        if skip_low > 0 {
            m.unused(self.beat_skip_i.place().at(0));
        }
        let skip = select(bad.clone(), lit(0, log), skip);
        let skip = select(begun.clone(), &self.skip_q, skip);
        let skip = m.wire("skip", "units before the order's first one", skip);
        let until = last_unit.clone().wide(bits + 1) + skip.clone().wide(bits + 1);
        let until = select(begun.clone(), &self.until_q, until);
        let until = m.wire("end_unit", "units up to the order's last one", until);
        let low = last_unit.slice(0, log).wide(log + 1) + skip.clone().wide(log + 1);
        let low = m.wire(
            "in_chunks",
            "where the last unit is, and whether a beat further",
            low,
        );
        unread_part(m, &low, 0, log);
        m.note("Whether it is the last is known before the sum of all that is in it.");
        let is_last = short & !low.clone().bit(log);
        let is_last = select(begun.clone(), &self.ends_q, is_last);
        let is_last = m.wire("is_last", "the order's last beat", is_last);
        let further = low.bit(log);
        m.note("A beat is taken if its window is there, except one whose units are all of the window before.");
        let extra = begun.clone() & &self.extra_q & is_last.clone();
        let needs = mode.clone().any() & !extra;
        let needs = m.wire("needs", "the beat needs a window", needs);
        let there = e(&self.orders.pop_valid_o) & (!needs.clone() | &self.windows.window_valid_o);
        let there = m.wire("there", "an order, and its window", there);
        let take = there.clone() & (bad.clone() | &self.beat_valid_i);
        let take = m.wire("take", "a beat may be taken", take);
        let room = e(&self.beats.push_ready_o);
        let moves = m.wire("moves", "a beat is taken", take.clone() & room.clone());
        m.assign(&self.beat_ready_o, there & room & !bad.clone());
        m.assign(&self.orders.pop_ready_i, moves.clone() & is_last.clone());
        m.assign(&self.windows.window_ready_i, moves.clone() & needs);
        m.reg(&self.begun_q, moves.clone(), !is_last.clone());
        let left = until.clone().slice(log, bits + 1 - log);
        m.reg(&self.ends_q, moves.clone(), left.is(lit(1, bits + 1 - log)));
        m.reg(&self.skip_q, moves.clone(), skip.clone());
        let high = until.clone().slice(log, bits + 1 - log) - lit(1, bits + 1 - log);
        let next = concat([high, until.clone().slice(0, log)]);
        m.reg(&self.until_q, moves.clone(), next);
        m.reg(&self.extra_q, moves.clone() & !begun.clone(), further);

        m.note("What is known of the beat.");
        m.reg(&self.window_q, moves.clone(), &self.windows.window_o);
        let known = [
            ("before", e(&self.window_q)),
            ("window", e(&self.windows.window_o)),
            ("skip", skip),
            ("until", until.slice(0, log)),
            ("first", !begun),
            ("last", is_last),
            ("joins", mode.clone().bit(0)),
            ("wipes", mode.bit(1)),
            ("blank", zero | bad.clone()),
            ("data", e(&self.beat_data_i)),
        ];
        let goal = GOAL.into_iter().zip(order[5..].iter().cloned());
        let known: Vec<_> = known.into_iter().chain(goal).collect();
        self.beats.push(m, take, [beat(&self._config).join(&known)]);
        m.note("An error is told once.");
        let error = moves.clone() & !bad & &self.beat_error_i;
        m.reg(&self.error_q, e(true), error);
        m.reg(&self.error_resp_q, moves.clone(), &self.beat_resp_i);
        m.reg(&self.error_slot_q, moves.clone(), order[11].clone());
        m.reg(&self.error_to_q, moves.clone(), order[5].clone());
        m.reg(&self.error_addr_q, moves, &self.beat_addr_i);
        m.assign(&self.error_slot_o, &self.error_slot_q);
        m.assign(&self.error_o, &self.error_q);
        m.assign(&self.error_resp_o, &self.error_resp_q);
        m.assign(&self.error_addr_o, &self.error_addr_q);
        m.assign(&self.error_to_o, &self.error_to_q);
    }

    /// Which units are taken, and which are zero.
    fn keep(&self, m: &mut Body, step: &Expr) {
        let Units { bus, bits, .. } = Units::of(&self._config);
        let (fields, beats) = (beat(&self._config), &self.beats);
        m.assign(&beats.pop_ready_i, step.clone());
        let of = |name: &str| fields.get(&beats.pop_data_o, name);
        let log = self.skip_q.len();
        m.note("Mask bits come to the places of their units.");
        let pair = concat([of("window"), of("before")]);
        let by = lit(bus as u128, log + 1) - of("skip").wide(log + 1);
        let by = m.wire("window_by", "where the beat's mask bits begin", by);
        let mask = m.wire("mask", "mask bits of the beat", pair.shifted_right_by(by));
        unread(m, &mask, bus);
        let mask = mask.slice(0, bus);
        let ones = || repeat(bus, e(true));
        let from = select(of("first"), of("skip"), lit(0, log));
        let from = m.wire("from", "the first unit of the order", from);
        let real = ones().shifted_left_by(from);
        let real = m.wire(
            "not_before",
            "units that are not before the order's first",
            real,
        );
        let past = !of("until");
        let past = select(of("last"), past, lit(0, log));
        let past = m.wire("past", "units past the order's last", past);
        let upto = m.wire(
            "not_past",
            "units that are not past the order's last",
            ones().shifted_right_by(past),
        );
        let joins = repeat(bus, !of("joins"));
        let kept = real & upto & (joins | mask.clone());
        let wipes = repeat(bus, !of("wipes")) | mask;
        let shown = repeat(bus, !of("blank")) & wipes;
        let shown = m.wire("shown", "units that are not zero", shown);
        let data = m.vector("data", "units, or zero", bus, bits);
        m.each("unit", 0, bus, |m, unit| {
            let own = beats.pop_data_o.place().lanes(unit.clone() * bits, bits);
            let shown = repeat(bits, shown.clone().bit(&unit));
            m.assign(data.clone().at(&unit), e(own) & shown);
        });
        m.reg(&self.units_q, step.clone(), &beats.pop_valid_o);
        m.reg(&self.kept_q, step.clone(), kept);
        m.reg(&self.units_data_q, step.clone(), data);
        m.reg(&self.units_first_q, step.clone(), of("first"));
        m.reg(&self.units_last_q, step.clone(), of("last"));
        let goal = self.units_goal_q.nets().0.into_iter().flatten();
        for (q, name) in goal.zip(GOAL) {
            m.reg(q, step.clone(), of(name));
        }
    }

    /// Where units go.
    fn rank(&self, m: &mut Body, step: &Expr) {
        self.ranks.of(m, &self.kept_q);
        m.reg(&self.ranked_q, step.clone(), &self.units_q);
        m.reg(&self.fall_q, step.clone(), &self.ranks.fall_o);
        m.reg(&self.count_q, step.clone(), &self.ranks.count_o);
        m.reg(&self.ranked_data_q, step.clone(), &self.units_data_q);
        m.reg(&self.ranked_first_q, step.clone(), &self.units_first_q);
        m.reg(&self.ranked_last_q, step.clone(), &self.units_last_q);
        m.regs(self.ranked_goal_q.nets(), step, self.units_goal_q.nets());
    }

    /// Units into words.
    fn fill(&self, m: &mut Body) {
        let Units { bus, bits, .. } = Units::of(&self._config);
        self.join.of(m, bits, &self.fall_q, &self.ranked_data_q);
        m.note("No unit above the kept ones.");
        let joined = m.vector("joined", "kept units", bus, bits);
        let above = repeat(bus, e(true)).shifted_left_by(e(&self.count_q));
        let above = m.wire("above", "units above the kept ones", above);
        m.each("kept", 0, bus, |m, unit| {
            let own = self.join.data_o.place().lanes(unit.clone() * bits, bits);
            let below = repeat(bits, !above.clone().bit(&unit));
            m.assign(joined.clone().at(&unit), e(own) & below);
        });
        let gearbox = &self.gearbox;
        m.assign(&gearbox.valid_i, &self.ranked_q);
        m.assign(&gearbox.data_i, joined);
        m.assign(&gearbox.count_i, &self.count_q);
        m.assign(&gearbox.first_i, &self.ranked_first_q);
        m.assign(&gearbox.last_i, &self.ranked_last_q);
        m.join(gearbox.goal_i.nets(), self.ranked_goal_q.nets());
        m.assign(&gearbox.write_ready_i, &self.write_ready_i);
        m.assign(&self.write_valid_o, &gearbox.write_valid_o);
        m.assign(&self.write_to_o, &gearbox.write_to_o);
        m.assign(&self.write_addr_o, &gearbox.write_addr_o);
        m.assign(&self.write_data_o, &gearbox.write_data_o);
        m.assign(&self.write_keep_o, &gearbox.write_keep_o);
        m.assign(&self.event_o, &gearbox.event_o);
    }
}
