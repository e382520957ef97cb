//! From units that come as they are kept to RAM words that are full.

use super::units::{Units, BARE};
use crate::bundle::Running;
use crate::describe::{bits_to, concat, e, lit, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::ArrayConfig;
use crate::Site;
use heddle_derive::{Bundle, Module};
use rust_hdl::prelude::*;

/// Where the words of a request go.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Goal<D: Direction + 'static> {
    /// 1: A, 2: B, 3: sums
    #[hw(lanes = 2)]
    pub to: Net<D, Bit>,
    /// address of its first word
    #[hw(lanes = 16)]
    pub addr: Net<D, Bit>,
    /// the row is kept
    pub keep: Net<D, Bit>,
    /// told when its last word is written
    #[hw(lanes = 2)]
    pub event: Net<D, Bit>,
    /// words are of sums
    pub sum: Net<D, Bit>,
    /// words are of an operand for each row of the array, else for each column
    pub along: Net<D, Bit>,
}

/// Units of the words that there are: of an operand per column, an operand per row, a sum per column.
pub(super) fn word_units(config: &ArrayConfig) -> [usize; 3] {
    [
        config.cols,
        config.rows,
        config.cols * Units::of(config).sum,
    ]
}

/// Of the largest word.
fn most_units(config: &ArrayConfig) -> usize {
    word_units(config).into_iter().max().unwrap_or(1)
}

/// Units beside each other when a word is about to be full.
fn lane_units(config: &ArrayConfig) -> usize {
    most_units(config) - 1 + Units::of(config).bus
}

/// Units that may stay behind.
fn held_units(config: &ArrayConfig) -> usize {
    most_units(config).max(Units::of(config).bus) - 1
}

/// Bits of how many units there are: of twice a word too.
fn fill_bits(config: &ArrayConfig) -> usize {
    bits_to((2 * most_units(config)).max(lane_units(config)))
}

/// Bits of what is written: operands or sums.
pub(super) fn write_bits(config: &ArrayConfig) -> usize {
    let operands = config.rows.max(config.cols) * Units::of(config).bits;
    operands.max(config.cols * config.acc_bits())
}

/// Fills RAM words with the kept units of bus words, which lie below the others. A word is written when it is
/// full, the last one of a request with zeros where units are missing. In each cycle one word is written at
/// most: what fills several words takes a cycle for each.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Gearbox {
    clocked: Running,
    /// units of a bus word come
    #[hw(group = "Kept units")]
    pub valid_i: Net<In, Bit>,
    /// they are taken if they are there
    pub ready_o: Net<Out, Bit>,
    /// how many
    #[hw(lanes = Units::of(config).bus_log() + 1)]
    pub count_i: Net<In, Bit>,
    /// the first of a request
    pub first_i: Net<In, Bit>,
    /// the last of a request
    pub last_i: Net<In, Bit>,
    /// the units, the first in the low bits
    #[hw(lanes = Units::of(config).bus * Units::of(config).bits)]
    pub data_i: Net<In, Bit>,
    /// where they go
    pub goal_i: Goal<In>,
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

    /// units that no word has taken
    #[hw(lanes = fill_bits(config), style = config.control_style())]
    fill_q: Reg<Bit>,
    /// they fill another word
    #[hw(style = config.control_style())]
    more_q: Reg<Bit>,
    /// something is done
    #[hw(style = config.control_style())]
    does_q: Reg<Bit>,
    /// units are added
    #[hw(style = BARE)]
    adds_q: Reg<Bit>,
    /// at this place
    #[hw(lanes = bits_to(most_units(config).max(2) - 1), style = BARE)]
    at_q: Reg<Bit>,
    /// a word is full
    #[hw(style = BARE)]
    full_q: Reg<Bit>,
    /// the first of a request
    #[hw(style = BARE)]
    first_q: Reg<Bit>,
    /// the last of a request
    #[hw(style = BARE)]
    last_q: Reg<Bit>,
    /// the end of a request
    #[hw(style = BARE)]
    ends_q: Reg<Bit>,
    /// units, none above them
    #[hw(lanes = Units::of(config).bus * Units::of(config).bits, style = BARE)]
    data_q: Reg<Bit>,
    /// where they go
    #[hw(style = BARE)]
    goal_q: Goal<crate::describe::Stored>,

    /// something is done
    #[hw(style = config.control_style())]
    placed_does_q: Reg<Bit>,
    /// a word is full
    #[hw(style = BARE)]
    placed_full_q: Reg<Bit>,
    /// the first of a request
    #[hw(style = BARE)]
    placed_first_q: Reg<Bit>,
    /// the end of a request
    #[hw(style = BARE)]
    placed_ends_q: Reg<Bit>,
    /// units at their place in the word
    #[hw(lanes = lane_units(config) * Units::of(config).bits, style = BARE)]
    placed_q: Reg<Bit>,
    /// where they go
    #[hw(style = BARE)]
    placed_goal_q: Goal<crate::describe::Stored>,

    /// units that are no full word
    #[hw(lanes = held_units(config) * Units::of(config).bits, style = BARE)]
    held_q: Reg<Bit>,
    /// where the next word goes
    #[hw(lanes = 16, style = BARE)]
    next_q: Reg<Bit>,
    /// a word is written
    #[hw(style = config.control_style())]
    write_q: Reg<Bit>,
    /// where to
    #[hw(lanes = 2, style = BARE)]
    write_to_q: Reg<Bit>,
    /// where
    #[hw(lanes = 16, style = BARE)]
    write_addr_q: Reg<Bit>,
    /// operands or sums
    #[hw(lanes = write_bits(config), style = BARE)]
    write_data_q: Reg<Bit>,
    /// its row is kept
    #[hw(style = BARE)]
    write_keep_q: Reg<Bit>,
    /// told with it
    #[hw(lanes = 2, style = config.control_style())]
    event_q: Reg<Bit>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl Describe for Gearbox {
    fn describe(&self, m: &mut Body) {
        let go = !e(&self.write_q) | &self.write_ready_i;
        let go = m.wire("go", "nothing that is to be written waits", go);
        self.count(m, &go);
        self.place(m, &go);
        self.write(m, &go);
    }
}

impl Gearbox {
    /// The one at `site`.
    pub fn new(site: &Site) -> Self {
        Self::at(site)
    }

    /// `per_column`, `per_row` or `sums`, as the words of `goal` are.
    fn by_kind<D: Direction + 'static>(
        goal: &Goal<D>,
        [per_column, per_row, sums]: [Expr; 3],
    ) -> Expr {
        let operands = select(e(&goal.along), per_row, per_column);
        select(e(&goal.sum), sums, operands)
    }

    /// How many units there are, and when a word is full.
    fn count(&self, m: &mut Body, go: &Expr) {
        let bits = self.fill_q.len();
        let units = word_units(&self._config);
        let more = e(&self.more_q);
        let ready = go.clone() & !(more.clone() & &self.valid_i);
        m.assign(&self.ready_o, ready);
        m.note(
            "What fills several words is counted once, and then until the last of them is full.",
        );
        let size = |times: usize| units.map(|units| lit((times * units) as u128, bits));
        let kind = |m: &mut Body, name: &str, doc: &str, times: usize| {
            let old = Self::by_kind(&self.goal_q, size(times));
            let new = Self::by_kind(&self.goal_i, size(times));
            m.wire(name, doc, select(more.clone(), old, new))
        };
        let word = kind(m, "word", "units of a word", 1);
        let two = kind(m, "two_words", "units of two words", 2);
        let last = select(more.clone(), &self.last_q, &self.last_i);
        let last = m.wire("last", "no more units of the request come", last);
        let comes = e(&self.count_i).wide(bits);
        let fill = e(&self.fill_q) + select(more.clone(), lit(0, bits), comes);
        let fill = m.wire("fill", "units that there are", fill);
        let over = m.wire("over", "units beyond a word", fill.clone() - word.clone());
        let whole = !fill.clone().less_than(word);
        let whole = m.wire("whole", "there is a word", whole);
        let full = whole.clone() | (last.clone() & fill.clone().any());
        let full = m.wire("full", "a word is full, or ends the request", full);
        let beyond = whole.clone() & over.clone().any();
        let goes_on = select(last.clone(), beyond, !fill.clone().less_than(two));
        let goes_on = m.wire("goes_on", "another word follows", goes_on);
        let does = m.wire("does", "something is done", more.clone() | &self.valid_i);
        let moves = m.wire("moves", "and nothing waits", does.clone() & go.clone());
        m.note("Units that no word has taken.");
        let rest = select(whole, over, select(last.clone(), lit(0, bits), fill));
        m.reg(&self.fill_q, moves.clone(), rest);
        m.reg(&self.more_q, moves, goes_on.clone());
        m.note("What is to be done with them.");
        m.reg(&self.does_q, go.clone(), does);
        m.reg(&self.adds_q, go.clone(), !more.clone());
        m.reg(
            &self.at_q,
            go.clone(),
            e(&self.fill_q).slice(0, self.at_q.len()),
        );
        m.reg(&self.full_q, go.clone(), full);
        m.reg(&self.ends_q, go.clone(), last & !goes_on);
        let first = e(&self.first_i) & !more.clone();
        m.reg(&self.first_q, go.clone(), first);
        let takes = m.wire("takes", "units are taken", go.clone() & !more);
        m.reg(&self.last_q, takes.clone(), &self.last_i);
        m.reg(&self.data_q, takes.clone(), &self.data_i);
        m.regs(self.goal_q.nets(), &takes, self.goal_i.nets());
    }

    /// Units at their place.
    fn place(&self, m: &mut Body, go: &Expr) {
        let bits = Units::of(&self._config).bits;
        let lanes = self.placed_q.len();
        let by = concat([e(&self.at_q), lit(0, bits.trailing_zeros() as usize)]);
        m.note("Units come behind those that are there already.");
        let placed = e(&self.data_q).wide(lanes).shifted_left_by(by);
        let placed = select(e(&self.adds_q), placed, lit(0, lanes));
        m.reg(&self.placed_does_q, go.clone(), &self.does_q);
        m.reg(&self.placed_full_q, go.clone(), &self.full_q);
        m.reg(&self.placed_first_q, go.clone(), &self.first_q);
        m.reg(&self.placed_ends_q, go.clone(), &self.ends_q);
        m.reg(&self.placed_q, go.clone(), placed);
        m.regs(self.placed_goal_q.nets(), go, self.goal_q.nets());
    }

    /// Words that are full.
    fn write(&self, m: &mut Body, go: &Expr) {
        let bits = Units::of(&self._config).bits;
        let (lanes, held) = (self.placed_q.len(), self.held_q.len());
        let first = e(&self.placed_first_q);
        let old = select(first.clone(), lit(0, held), &self.held_q).wide(lanes);
        let all = m.wire("all", "units that there are", old | &self.placed_q);
        let behind = word_units(&self._config).map(|units| {
            let from = units * bits;
            let kept = (lanes - from).min(held);
            all.clone().slice(from, kept).wide(held)
        });
        let goal = &self.placed_goal_q;
        let behind = Self::by_kind(goal, behind);
        if self._config.rows == self._config.cols {
            m.unused(&goal.along);
        }
        let full = m.wire(
            "writes",
            "a word is full",
            e(&self.placed_does_q) & &self.placed_full_q,
        );
        m.note("What is behind a full word stays.");
        let moves = go.clone() & &self.placed_does_q;
        let moves = m.wire("stays", "units come, or leave", moves);
        let rest = select(full.clone(), behind, all.clone().slice(0, held));
        m.reg(&self.held_q, moves.clone(), rest);
        let addr = select(first, &goal.addr, &self.next_q);
        let addr = m.wire("addr", "where the word goes", addr);
        let next = addr.clone() + full.clone().wide(16);
        m.reg(&self.next_q, moves, next);
        m.note("What is written.");
        m.reg(&self.write_q, go.clone(), full);
        m.reg(&self.write_to_q, go.clone(), &goal.to);
        m.reg(&self.write_addr_q, go.clone(), addr);
        m.reg(&self.write_data_q, go.clone(), self.data(all));
        m.reg(&self.write_keep_q, go.clone(), &goal.keep);
        let ends = e(&self.placed_does_q) & &self.placed_ends_q;
        let told = select(ends, &goal.event, lit(0, 2));
        m.reg(&self.event_q, go.clone(), told);
        m.assign(&self.write_valid_o, &self.write_q);
        m.assign(&self.write_to_o, &self.write_to_q);
        m.assign(&self.write_addr_o, &self.write_addr_q);
        m.assign(&self.write_data_o, &self.write_data_q);
        m.assign(&self.write_keep_o, &self.write_keep_q);
        let none = lit(0, 2);
        m.assign(&self.event_o, select(go.clone(), &self.event_q, none));
    }

    /// The word at the bottom of `all`.
    fn data(&self, all: Expr) -> Expr {
        let (units, out) = (Units::of(&self._config), self.write_data_q.len());
        let in_memory = units.sum * units.bits;
        let sum = self._config.acc_bits();
        if sum == in_memory {
            return all.slice(0, out);
        }
        let operands = self._config.rows.max(self._config.cols) * units.bits;
        let sums = (0..self._config.cols).rev();
        let sums = concat(sums.map(|at| all.clone().slice(at * in_memory, sum)));
        let operands = all.slice(0, operands).wide(out);
        select(e(&self.placed_goal_q.sum), sums.wide(out), operands)
    }
}
