//! Sums, unit by unit.

use super::units::{unread, Units, BARE};
use super::Fifo;
use crate::bundle::Running;
use crate::describe::{bits_to, concat, e, lit, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Words that wait at most.
const WAITING: usize = 4;

/// Units of a word.
fn word_units(config: &ArrayConfig) -> usize {
    config.cols * Units::of(config).sum
}

/// Words in which the units of a bus word may lie.
fn words(config: &ArrayConfig) -> usize {
    (word_units(config) - 1 + Units::of(config).bus).div_ceil(word_units(config))
}

/// Bits of a number of units.
fn count_bits(config: &ArrayConfig) -> usize {
    bits_to(
        (words(config) * word_units(config)).max(word_units(config) - 1 + Units::of(config).bus),
    )
}

/// Hands out the units of words of sums in their order, as many in a cycle as are asked for. What is left of a
/// word behind the last units of a row is dropped. A word that came may be taken of two cycles later.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "sum_units")]
pub struct Pull {
    clocked: Running,
    /// a word of sums comes, and is taken
    #[hw(group = "Words")]
    pub sum_valid_i: Net<In, Bit>,
    /// a word that is asked for finds room if it comes in this cycle or in the next one
    pub sum_ready_o: Net<Out, Bit>,
    /// sums of as many columns
    #[hw(lanes = config.cols * config.acc_bits())]
    pub sum_data_i: Net<In, Bit>,
    /// units are asked for
    #[hw(group = "Units")]
    pub take_valid_i: Net<In, Bit>,
    /// how many
    #[hw(lanes = Units::of(config).bus_log() + 1)]
    pub take_count_i: Net<In, Bit>,
    /// the last ones of a row
    pub take_last_i: Net<In, Bit>,
    /// they may be taken
    pub go_i: Net<In, Bit>,
    /// as many are there
    pub enough_o: Net<Out, Bit>,
    /// the units, and others above them
    #[hw(lanes = Units::of(config).bus * Units::of(config).bits)]
    pub take_data_o: Net<Out, Bit>,

    /// words
    #[hw(lanes = words(config) * config.cols * config.acc_bits(), style = BARE)]
    words_q: Reg<Bit>,
    /// how many words there are
    #[hw(lanes = bits_to(words(config)), style = config.control_style())]
    count_q: Reg<Bit>,
    /// units of the first one that are taken
    #[hw(lanes = bits_to((word_units(config) - 1).max(1)), style = config.control_style())]
    at_q: Reg<Bit>,
    /// the same for the words, which many bits wait for
    #[hw(lanes = bits_to((word_units(config) - 1).max(1)), style = BARE)]
    from_q: Reg<Bit>,
    /// words that wait
    #[hw(lanes = bits_to(WAITING), style = config.control_style())]
    waiting_q: Reg<Bit>,
    /// words that wait
    #[hw(build = Fifo::new(config, WAITING, config.cols * config.acc_bits()))]
    waiting: Fifo,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// What becomes of the words if units are taken, or if none are.
struct Then {
    /// How many stay.
    stay: Expr,
    /// One comes.
    loads: Expr,
}

impl Then {
    /// How many there are then.
    fn count(&self) -> Expr {
        let bits = super::numbers::width(&self.stay);
        self.stay.clone() + self.loads.clone().wide(bits)
    }
}

impl Describe for Pull {
    fn describe(&self, m: &mut Body) {
        let (units, most) = (word_units(&self._config), words(&self._config));
        let (bits, counts) = (count_bits(&self._config), self.count_q.len());
        let many = |words: usize| lit((words * units) as u128, bits);
        let up_to = e(&self.at_q).wide(bits) + e(&self.take_count_i).wide(bits);
        let up_to = m.wire("up_to", "units up to the last one that is asked for", up_to);
        let there = (1..most).fold(many(most), |other, words| {
            select(
                e(&self.count_q).is(lit(words as u128, counts)),
                many(words),
                other,
            )
        });
        let there = select(e(&self.count_q).any(), there, many(0));
        let there = m.wire("there", "units of the words that are there", there);
        let enough = !there.less_than(up_to.clone());
        let enough = m.wire("enough", "as many as are asked for are there", enough);
        m.assign(&self.enough_o, enough.clone());
        let able = e(&self.take_valid_i) & enough;
        let takes = m.wire("takes", "units are taken", able & &self.go_i);
        m.note("Words of which no unit is left, or that a row leaves, if units are taken: that is known last.");
        let last = e(&self.take_last_i);
        let leaves: Vec<Expr> = (1..=most)
            .map(|words| {
                let whole = !up_to.clone().less_than(many(words));
                let begun = many(words - 1).less_than(up_to.clone());
                let leaves = select(last.clone(), begun, whole);
                let (name, doc) = (format!("leave{words}"), format!("{words} or more leave"));
                m.wire(&name, &doc, leaves)
            })
            .collect();
        let gone = leaves
            .iter()
            .enumerate()
            .fold(lit(0, counts), |fewer, (at, leaves)| {
                select(leaves.clone(), lit(at as u128 + 1, counts), fewer)
            });
        let stay = m.wire("stay", "words that stay", e(&self.count_q) - gone);
        let mut then = |name: &str, stay: Expr| {
            let room = stay.clone().less_than(lit(most as u128, counts));
            let loads = room & &self.waiting.pop_valid_o;
            let loads = m.wire(name, "a word comes", loads);
            Then { stay, loads }
        };
        let taken = then("loads_behind", stay);
        let kept = then("loads_beside", e(&self.count_q));
        let loads = select(takes.clone(), taken.loads.clone(), kept.loads.clone());
        m.assign(&self.waiting.pop_ready_i, loads.clone());
        let count = select(takes.clone(), taken.count(), kept.count());
        m.reg(&self.count_q, e(true), count);
        let rest = leaves
            .iter()
            .enumerate()
            .fold(up_to.clone(), |rest, (at, leaves)| {
                select(leaves.clone(), up_to.clone() - many(at + 1), rest)
            });
        let rest = m.wire("rest", "units of the next word that are taken", rest);
        let at = self.at_q.len().min(bits);
        unread(m, &rest, at);
        let rest = select(last, lit(0, at), rest.slice(0, at)).wide(self.at_q.len());
        m.reg(&self.at_q, takes.clone(), rest.clone());
        m.reg(
            &self.from_q,
            e(true),
            select(takes.clone(), rest, &self.at_q),
        );
        self.words(m, &leaves, &takes, (taken, kept));
        self.wait(m, &loads);
        self.show(m);
    }
}

impl Pull {
    fn word(&self, at: usize) -> Expr {
        let bits = self.sum_data_i.len();
        e(&self.words_q).slice(at * bits, bits)
    }

    /// Words move down as others leave.
    fn words(&self, m: &mut Body, leaves: &[Expr], takes: &Expr, (taken, kept): (Then, Then)) {
        let most = leaves.len();
        m.note("Words move down where others leave. Behind them is whichever waits next, be there one or not.");
        let behind = |stay: &Expr, at: usize, word: Expr| {
            let bits = super::numbers::width(stay);
            let within = lit(at as u128, bits).less_than(stay.clone());
            select(within, word, &self.waiting.pop_data_o)
        };
        let next = (0..most).rev().map(|at| {
            let leaves = leaves.iter().enumerate();
            let moved = leaves.fold(self.word(at), |word, (gone, leaves)| {
                match at + gone + 1 < most {
                    true => select(leaves.clone(), self.word(at + gone + 1), word),
                    false => word,
                }
            });
            let moved = behind(&taken.stay, at, moved);
            select(takes.clone(), moved, behind(&kept.stay, at, self.word(at)))
        });
        let next: Vec<Expr> = next.collect();
        m.reg(&self.words_q, e(true), concat(next));
    }

    /// Words that wait.
    fn wait(&self, m: &mut Body, loads: &Expr) {
        let bits = self.waiting_q.len();
        let room = m.wire(
            "waiting_room",
            "always high: words are asked for where there is room",
            &self.waiting.push_ready_o,
        );
        let valid = e(&self.sum_valid_i) & room;
        self.waiting.push(m, valid, [e(&self.sum_data_i)]);
        let waiting = e(&self.waiting_q) + e(&self.sum_valid_i).wide(bits);
        m.reg(&self.waiting_q, e(true), waiting - loads.clone().wide(bits));
        m.note("There is room for two.");
        let room = e(&self.waiting_q).less_than(lit(WAITING as u128 - 1, bits));
        m.assign(&self.sum_ready_o, room);
    }

    /// The units from the first one that is not taken on.
    fn show(&self, m: &mut Body) {
        let (units, sum) = (Units::of(&self._config), self._config.acc_bits());
        let in_memory = units.sum * units.bits;
        let sums = (0..self.words_q.len() / sum).rev();
        let sums = sums.map(|at| e(&self.words_q).slice(at * sum, sum).sign_wide(in_memory));
        let all = match sum == in_memory {
            true => e(&self.words_q),
            false => m.wire("all", "sums as they are in memory", concat(sums)),
        };
        let by = concat([
            e(&self.from_q),
            lit(0, units.bits.trailing_zeros() as usize),
        ]);
        let from = m.wire("from", "units that are not taken", all.shifted_right_by(by));
        let taken = units.bus * units.bits;
        unread(m, &from, taken);
        m.assign(&self.take_data_o, from.slice(0, taken));
    }
}
