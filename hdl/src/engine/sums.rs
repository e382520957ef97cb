//! Sums on their way: seeds are read when the sums that they are have been written, sums go back.

use super::count::Count;
use super::fifo::Fifo;
use super::numbers::{is, minus, plus, unread, Packed};
use super::seed::Seed;
use crate::bundle::Running;
use crate::describe::{
    bits_to, e, lit, repeat, select, Body, Compiled, Describe, Expr, Maybe, Net, Reg,
};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Seeds that may be under way to the array.
const AHEAD: usize = 4;

/// Reads seeds and writes sums. A seed waits for the sum that it is: weight-stationary for that of the tile of
/// rows before, and in a chain for that of the job before. What leaves an array of output-stationary tiles are
/// sums of two groups before.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Sums {
    clocked: Running,
    /// a seed is there
    #[hw(group = "Seeds")]
    pub seed_valid_i: Net<In, Bit>,
    /// the seed is taken
    pub seed_ready_o: Net<Out, Bit>,
    pub(crate) seed_i: Seed<In>,
    /// the last sum of a job is written
    pub finished_o: Net<Out, Bit>,
    /// reads a word
    #[hw(group = "Accumulators")]
    pub read_o: Net<Out, Bit>,
    /// which
    #[hw(lanes = config.sum_addr_bits())]
    pub read_addr_o: Net<Out, Bit>,
    /// the word, a cycle later
    #[hw(lanes = config.sum_word_bits())]
    pub read_data_i: Net<In, Bit>,
    /// writes a word
    pub write_o: Net<Out, Bit>,
    /// which
    #[hw(lanes = config.sum_addr_bits())]
    pub write_addr_o: Net<Out, Bit>,
    /// the word
    #[hw(lanes = config.sum_word_bits())]
    pub write_data_o: Net<Out, Bit>,
    /// a seed is there
    #[hw(group = "To the array")]
    pub c_valid_o: Net<Out, Bit>,
    /// the seed is taken
    pub c_ready_i: Net<In, Bit>,
    /// the seed is of an exchange
    #[hw(when = config.has_both())]
    pub c_os_o: Net<Out, Bit>,
    /// last row of the group
    #[hw(when = config.has_os())]
    pub x_last_o: Net<Out, Bit>,
    /// kept seeds of the exchange
    #[hw(lanes = config.cols, when = config.has_os())]
    pub x_keep_o: Net<Out, Bit>,
    /// seeds
    #[hw(lanes = config.sum_word_bits())]
    pub c_o: Net<Out, Bit>,
    /// sums leave the array
    #[hw(group = "From the array")]
    pub s_valid_i: Net<In, Bit>,
    /// sums
    #[hw(lanes = config.sum_word_bits())]
    pub s_i: Net<In, Bit>,

    /// sums under way, and what passes in their place
    #[hw(lanes = bits_to(config.under_way() + 1), style = config.control_style())]
    under_way_q: Reg<Bit>,
    /// there is one
    #[hw(style = config.control_style())]
    under_way_any_q: Reg<Bit>,
    /// of these, and those in the array, which are of an earlier job
    #[hw(lanes = bits_to(config.under_way() + 2 * config.exchanges()), style = config.control_style())]
    older_q: Reg<Bit>,
    /// number of the job before the next one
    #[hw(lanes = 2, style = config.control_style())]
    before_q: Reg<Bit>,
    /// sums of a tile of rows of the panel, counted as far as matters
    #[hw(lanes = bits_to(config.under_way() + 1), when = config.dataflow.has_ws(), style = config.control_style())]
    round_q: Reg<Bit>,
    /// exchanges whose sums are in the array
    #[hw(lanes = bits_to(2 * config.exchanges()), when = config.has_os(), style = config.control_style())]
    held_q: Reg<Bit>,
    /// the lowest row of the group
    #[hw(lanes = config.order_bits(), when = config.has_os(), style = config.control_style())]
    row_q: Reg<Bit>,
    /// seeds under way to the array
    #[hw(lanes = 3, style = config.control_style())]
    ahead_q: Reg<Bit>,
    /// a seed's place is to be sorted
    #[hw(style = config.control_style())]
    sorts_q: Reg<Bit>,
    /// it is output-stationary, or ends a run
    #[hw(when = config.has_both(), style = config.control_style())]
    sorted_os_q: Reg<Bit>,
    /// the place
    #[hw(lanes = places(config).bits(), style = config.control_style())]
    sorted_q: Reg<Bit>,
    /// there is no room for another one
    #[hw(style = config.control_style())]
    ahead_full_q: Reg<Bit>,
    /// a seed is being read
    #[hw(style = config.control_style())]
    read_q: Reg<Bit>,
    /// the seed is of an exchange
    #[hw(when = config.has_both(), style = config.control_style())]
    read_os_q: Reg<Bit>,
    /// last row of the group
    #[hw(when = config.has_os(), style = config.control_style())]
    read_last_q: Reg<Bit>,
    /// the seed is kept
    #[hw(when = config.has_os(), style = config.control_style())]
    read_keep_q: Reg<Bit>,
    /// the seed is zero
    #[hw(style = config.control_style())]
    read_zero_q: Reg<Bit>,
    /// sums have left the array
    #[hw(style = config.control_style())]
    valid_q: Reg<Bit>,
    /// sums
    #[hw(lanes = config.sum_word_bits(), style = config.data_style())]
    sum_q: Reg<Bit>,
    /// their place
    #[hw(lanes = places(config).bits(), style = config.data_style())]
    place_q: Reg<Bit>,

    #[hw(build = Fifo::new(config, AHEAD, seeds(config).bits()))]
    seeds: Fifo,
    #[hw(build = Maybe::new(config.has_os().then(|| Fifo::new(config, 2 * config.exchanges() + 1, places(config).bits()))))]
    held: Maybe<Fifo>,
    #[hw(build = Fifo::new(config, config.under_way(), places(config).bits()))]
    going: Fifo,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// A seed in the queue.
fn seeds(config: &ArrayConfig) -> Packed {
    let os = usize::from(config.has_os());
    Packed::new([
        ("os", usize::from(config.has_both())),
        ("last", os),
        ("keep", os),
        ("word", config.sum_word_bits()),
    ])
}

/// Where a sum goes.
fn places(config: &ArrayConfig) -> Packed {
    Packed::new([
        ("keep", 1),
        ("last", 1),
        ("job", 2),
        ("below", config.order_bits()),
        ("to", config.sum_addr_bits()),
    ])
}

impl Describe for Sums {
    fn describe(&self, m: &mut Body) {
        let config = &self._config;
        let (has_ws, has_os) = (config.dataflow.has_ws(), config.has_os());
        let (seed, fields) = (&self.seed_i, places(config));
        let os = seed.os.or(has_os);
        m.note("Sums that have left are written in the next cycle, in the order of seeds.");
        m.reg(&self.valid_q, e(true), &self.s_valid_i);
        m.reg(&self.sum_q, &self.s_valid_i, &self.s_i);
        m.reg(&self.place_q, &self.s_valid_i, &self.going.pop_data_o);
        m.assign(&self.going.pop_ready_i, &self.s_valid_i);
        let left = |name: &str| fields.get(&self.place_q, name);
        m.assign(&self.write_o, e(&self.valid_q) & left("keep"));
        m.assign(&self.write_addr_o, left("to"));
        m.assign(&self.write_data_o, &self.sum_q);
        m.assign(&self.finished_o, e(&self.valid_q) & left("last"));
        m.note("Sums of earlier jobs: seeds of a chain that are not below the oldest one's place wait.");
        let bits = self.older_q.len();
        let now = e(&self.under_way_q).wide(bits);
        let now = match has_os {
            true => {
                let held = lit(2 * config.exchanges() as u128, bits);
                now.clone() + (repeat(bits, e(&seed.open)) & held)
            }
            false => now,
        };
        let at_first = select(e(&seed.resume), now, lit(0, bits));
        let older = select(e(&seed.first), at_first, &self.older_q);
        let older = m.wire("older", "sums of earlier jobs that are not written", older);
        let before = select(e(&seed.first), &self.before_q, minus(&self.before_q, 1));
        let before = m.wire("job_before", "the job before that of the seed", before);
        m.note("The oldest sum not written: one that has left, else the next one that will.");
        let above = |place: Expr| {
            let below = e(&seed.order).less_than(fields.get(place.clone(), "below"));
            below & before.clone().is(fields.get(place, "job"))
        };
        let left = m.wire(
            "below_left",
            "below one that has left",
            above(e(&self.place_q)),
        );
        let next = m.wire(
            "below_next",
            "below the next one",
            above(e(&self.going.pop_data_o)) & &self.going.pop_valid_o,
        );
        let below = select(e(&self.valid_q), left, next);
        let below = m.wire(
            "below",
            "that job's sums under way are above the seed",
            below,
        );
        let meets = older.clone().any() & e(&self.under_way_any_q) & !below;
        let first = match (has_ws, has_os) {
            (true, true) => os.clone() | &seed.start,
            (true, false) => e(&seed.start),
            (false, _) => e(true),
        };
        let meets = meets & first & &seed.keep & !e(&seed.zero);
        let meets = m.wire("meets", "the sum may be one of an earlier job", meets);
        let waits = match has_ws {
            true => {
                m.note("The tile of rows before: as many sums back as it has.");
                let early = !e(&self.under_way_q).less_than(&self.round_q);
                let early = early & !e(&seed.start) & !os.clone();
                let early = m.wire("early", "the sum of the tile before is not written", early);
                meets | early
            }
            false => meets,
        };
        let waits = e(&self.seed_valid_i) & waits;
        let waits = m.wire("waits", "the seed waits for a sum", waits);
        let room = m.wire("room", "there is room for a seed", !e(&self.ahead_full_q));
        let fire = e(&self.seed_valid_i) & room.clone() & !waits.clone();
        let fire = m.wire("fire", "a seed is read", fire);
        m.assign(&self.seed_ready_o, room & !waits);
        m.assign(&self.read_o, fire.clone() & &seed.keep & !e(&seed.zero));
        m.assign(&self.read_addr_o, &seed.from);
        let written = e(&self.valid_q);
        let value = older.clone() - (older.clone().any() & written.clone()).wide(bits);
        let changes = fire.clone() | written.clone();
        let loaded = fire.clone() & &seed.first;
        let kept = e(&self.older_q);
        let drained = kept.clone() - kept.clone().any().wide(bits);
        let value = select(loaded, value, select(written.clone(), drained, kept));
        m.reg(&self.older_q, changes, value);
        if has_ws {
            let bits = self.round_q.len();
            let most = config.under_way() + 1;
            let up = select(
                is(&self.round_q, most),
                &self.round_q,
                plus(&self.round_q, 1),
            );
            let value = select(e(&seed.panel), lit(1, bits), up);
            let counts = fire.clone() & &seed.start & !os.clone();
            m.reg(&self.round_q, counts, value);
        }
        let next = plus(&self.before_q, 1);
        m.reg(&self.before_q, fire.clone() & &seed.first, next);
        let job = m.wire("number", "the number of the seed's job", plus(before, 1));
        self.sort(m, &fire, &os, job);
        m.note("Sums are under way from their seed on.");
        Count::new(m, &self.under_way_q, fire.clone(), written).any(m, &self.under_way_any_q);
        self.queue(m, fire, os);
        unread(m, &[&self.going.push_ready_o, &self.seeds.push_ready_o]);
        if let Some(held) = self.held.get() {
            unread(m, &[&held.push_ready_o, &held.pop_valid_o]);
        }
    }
}

impl Sums {
    /// Which place belongs to what will leave the array for this seed.
    fn sort(&self, m: &mut Body, fire: &Expr, os: &Expr, job: Expr) {
        let config = &self._config;
        let (has_ws, has_os) = (config.dataflow.has_ws(), config.has_os());
        let (seed, fields) = (&self.seed_i, places(config));
        let bits = config.order_bits();
        let ws_below = has_ws.then(|| repeat(bits, e(&seed.end)) & &seed.order);
        let os_below = has_os.then(|| {
            m.note("Groups are ordered by their lowest row.");
            let row = select(e(&seed.group), &seed.order, &self.row_q);
            let row = m.wire("lowest", "the lowest row of the group", row);
            m.note("What ends a run is below nothing.");
            let next = select(e(&seed.last), lit(0, bits), row.clone());
            m.reg(&self.row_q, fire.clone() & os.clone(), next);
            row
        });
        let below = super::weights::either(os, os_below, ws_below);
        let place = fields.join(&[
            ("keep", e(&seed.keep)),
            ("last", e(&seed.last)),
            ("job", job),
            ("below", below),
            ("to", e(&seed.to)),
        ]);
        m.note("It is sorted a cycle later, long before the sum leaves.");
        m.reg(&self.sorts_q, e(true), fire.clone());
        m.reg(&self.sorted_q, fire.clone(), place);
        let (fire, place) = (e(&self.sorts_q), e(&self.sorted_q));
        let Some(held) = self.held.get() else {
            self.going.push(m, fire, [place]);
            return;
        };
        let os = match self.sorted_os_q.is_present() {
            true => {
                m.reg(&self.sorted_os_q, e(true), os.clone());
                e(&self.sorted_os_q)
            }
            false => e(has_os),
        };
        m.note("An exchange takes out sums of two groups before, if there were any.");
        let full = is(&self.held_q, 2 * config.exchanges());
        let full = m.wire("full", "there are such sums", full);
        let exchange = m.wire(
            "exchange",
            "an exchange's seed is read",
            fire.clone() & os.clone(),
        );
        held.push(m, exchange.clone(), [place.clone()]);
        m.assign(&held.pop_ready_i, exchange.clone() & full.clone());
        m.reg(
            &self.held_q,
            exchange & !full.clone(),
            plus(&self.held_q, 1),
        );
        let out = select(full, &held.pop_data_o, lit(0, fields.bits()));
        let out = match has_ws {
            true => select(os.clone(), out, place),
            false => out,
        };
        self.going.push(m, fire.clone(), [out]);
    }

    /// What was read goes into the queue.
    fn queue(&self, m: &mut Body, fire: Expr, os: Expr) {
        let config = &self._config;
        let (seed, fields) = (&self.seed_i, seeds(config));
        m.note("A word comes a cycle after it was asked for.");
        m.reg(&self.read_q, e(true), fire.clone());
        if self.read_os_q.is_present() {
            m.reg(&self.read_os_q, fire.clone(), os);
        }
        if self.read_last_q.is_present() {
            m.reg(&self.read_last_q, fire.clone(), &seed.x_last);
            m.reg(&self.read_keep_q, fire.clone(), &seed.keep);
        }
        m.reg(&self.read_zero_q, fire.clone(), !e(&seed.keep) | &seed.zero);
        let zero = lit(0, config.sum_word_bits());
        let word = fields.join(&[
            ("os", self.read_os_q.or(false)),
            ("last", self.read_last_q.or(false)),
            ("keep", self.read_keep_q.or(false)),
            (
                "word",
                select(e(&self.read_zero_q), zero, &self.read_data_i),
            ),
        ]);
        self.seeds.push(m, e(&self.read_q), [word]);
        let word = m.wire("word", "the oldest seed", &self.seeds.pop_data_o);
        let word = |name: &str| fields.get(word.clone(), name);
        m.assign(&self.c_valid_o, &self.seeds.pop_valid_o);
        m.assign(&self.seeds.pop_ready_i, &self.c_ready_i);
        m.assign(&self.c_o, word("word"));
        if self.c_os_o.is_present() {
            m.assign(&self.c_os_o, word("os"));
        }
        if config.has_os() {
            m.assign(&self.x_last_o, word("last"));
            m.assign(&self.x_keep_o, repeat(config.cols, word("keep")));
        }
        let taken = e(&self.seeds.pop_valid_o) & &self.c_ready_i;
        let taken = m.wire("taken", "the array takes a seed", taken);
        Count::new(m, &self.ahead_q, fire, taken).full(m, &self.ahead_full_q, AHEAD);
    }
}
