//! Who uses which words of the buffer of A and of the accumulators.

use super::count::Count;
use super::load::WORD_BITS;
use crate::bundle::Running;
use crate::describe::{e, lit, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Bits of a word's address that may stand behind the last word.
pub const END_BITS: usize = WORD_BITS + 1;

/// Bits of a number of jobs that are not done.
const COUNT_BITS: usize = 5;

/// Finds words for A, one job's behind those of the other, never across the end of the buffer; and tells whether the sums
/// of a job are still those of an earlier one. Jobs end in their order; those of a chain have the same sums, and are
/// counted together.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "engine_space")]
pub struct Space {
    clocked: Running,
    /// words that its A needs
    #[hw(group = "A", lanes = END_BITS)]
    pub a_need_i: Net<In, Bit>,
    /// its A is that of the job before
    pub a_keep_i: Net<In, Bit>,
    /// there is room for what was needed in the cycle before: what ends makes room only
    pub a_fits_o: Net<Out, Bit>,
    /// its first word
    #[hw(lanes = WORD_BITS)]
    pub a_word_o: Net<Out, Bit>,
    /// the room is taken, the same being needed as in the cycle before
    pub a_take_i: Net<In, Bit>,
    /// the oldest job's A has gone to work
    pub a_done_i: Net<In, Bit>,

    /// first word of its sums
    #[hw(group = "Sums", lanes = WORD_BITS)]
    pub sums_from_i: Net<In, Bit>,
    /// first word behind its sums
    #[hw(lanes = END_BITS)]
    pub sums_to_i: Net<In, Bit>,
    /// its sums are those of the job before, or it has none
    pub sums_join_i: Net<In, Bit>,
    /// its sums are its own, or those of its chain
    pub sums_free_o: Net<Out, Bit>,
    /// they are taken
    pub sums_take_i: Net<In, Bit>,
    /// the oldest job is done
    pub done_i: Net<In, Bit>,

    /// there was room for what is needed
    #[hw(style = config.control_style())]
    fits_q: Reg<Bit>,
    /// its first word
    #[hw(lanes = WORD_BITS, style = config.data_style())]
    word_q: Reg<Bit>,
    /// where A of each of the last jobs begins
    #[hw(lanes = 4, bits = WORD_BITS, style = config.data_style())]
    starts_q: Reg<Bits<16>>,
    /// jobs whose A has not gone to work
    #[hw(lanes = 3, style = config.control_style())]
    waiting_q: Reg<Bit>,
    /// the place of the oldest of them
    #[hw(lanes = 2, style = config.control_style())]
    oldest_a_q: Reg<Bit>,
    /// the place of the next one
    #[hw(lanes = 2, style = config.control_style())]
    next_a_q: Reg<Bit>,
    /// first word of the last A
    #[hw(lanes = WORD_BITS, style = config.control_style())]
    last_q: Reg<Bit>,
    /// first word behind it
    #[hw(lanes = END_BITS, style = config.control_style())]
    end_q: Reg<Bit>,
    /// jobs under way that have each of the sums
    #[hw(lanes = 4, bits = COUNT_BITS, style = config.control_style())]
    count_q: Reg<Bits<5>>,
    /// which are those of the oldest job
    #[hw(lanes = 2, style = config.control_style())]
    oldest_q: Reg<Bit>,
    /// which ones are next
    #[hw(lanes = 2, style = config.control_style())]
    next_q: Reg<Bit>,
    /// the first words of the sums
    #[hw(lanes = 4, bits = WORD_BITS, style = config.data_style())]
    from_q: Reg<Bits<16>>,
    /// the words behind their last
    #[hw(lanes = 4, bits = END_BITS, style = config.data_style())]
    to_q: Reg<Bits<17>>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl Describe for Space {
    fn describe(&self, m: &mut Body) {
        self.a(m);
        self.sums(m);
    }
}

impl Space {
    fn a(&self, m: &mut Body) {
        let most = lit(self._config.engine().a_words as u128, END_BITS);
        let wide = |x: Expr| x.wide(END_BITS + 1);
        let (end, need) = (e(&self.end_q), e(&self.a_need_i));
        let none = e(&self.waiting_q).is(lit(0, 3));
        let oldest = (1..4).fold(e(self.starts_q.at(0)), |other, slot| {
            let is = e(&self.oldest_a_q).is(lit(slot as u128, 2));
            select(is, self.starts_q.at(slot), other)
        });
        let oldest = m.wire("oldest", "first word of the oldest A at work", oldest);
        let oldest = oldest.wide(END_BITS);
        let behind = m.wire(
            "behind",
            "first word behind it, placed behind the last",
            wide(end.clone()) + wide(need.clone()),
        );
        let around = end.clone().less_than(oldest.clone()) | end.clone().is(oldest.clone());
        let around = m.wire("around", "the last A lies before the oldest", around);
        m.note("Behind the last one up to the end of the buffer, or to the oldest; else at the beginning, up to the oldest.");
        let to_end = !around.clone() & !wide(most).less_than(behind.clone());
        let to_oldest = around.clone() & !wide(oldest.clone()).less_than(behind.clone());
        let fits_behind = m.wire(
            "fits_behind",
            "there is room behind the last A",
            to_end | to_oldest,
        );
        let fits_before = !around & !oldest.less_than(need.clone());
        let fits = none.clone() | fits_behind.clone() | fits_before;
        let word = select(
            none | !fits_behind,
            lit(0, WORD_BITS),
            end.slice(0, WORD_BITS),
        );
        let word = select(e(&self.a_keep_i), &self.last_q, word);
        let word = m.wire("word", "first word of the job's A", word);
        m.reg(&self.fits_q, true, fits | &self.a_keep_i);
        m.reg(&self.word_q, true, word);
        m.assign(&self.a_fits_o, &self.fits_q);
        m.assign(&self.a_word_o, &self.word_q);

        m.note("The place is kept in mind.");
        let word = e(&self.word_q);
        let take = e(&self.a_take_i);
        for slot in 0..4 {
            let is = e(&self.next_a_q).is(lit(slot as u128, 2));
            m.reg(self.starts_q.at(slot), take.clone() & is, word.clone());
        }
        m.reg(&self.last_q, take.clone(), word.clone());
        let new = take.clone() & !e(&self.a_keep_i);
        m.reg(&self.end_q, new, word.wide(END_BITS) + need);
        let done = e(&self.a_done_i);
        Count::new(m, &self.waiting_q, take.clone(), done.clone());
        m.reg(&self.next_a_q, take, e(&self.next_a_q) + lit(1, 2));
        m.reg(&self.oldest_a_q, done, e(&self.oldest_a_q) + lit(1, 2));
    }

    fn sums(&self, m: &mut Body) {
        let from = e(&self.sums_from_i).wide(END_BITS);
        let is = |at: &Expr, slot: usize| at.clone().is(lit(slot as u128, 2));
        let used: Vec<_> = (0..4).map(|slot| e(self.count_q.at(slot)).any()).collect();
        let of = |at: &Expr| {
            let used = used.iter().enumerate();
            used.fold(e(false), |any, (slot, used)| {
                any | (is(at, slot) & used.clone())
            })
        };
        let next = e(&self.next_q);
        let last = m.wire(
            "last",
            "the sums of the job before",
            next.clone() - lit(1, 2),
        );
        let joins = e(&self.sums_join_i) & of(&last);
        let joins = m.wire("joins", "the job has the sums of the one before", joins);
        let mut free = e(true);
        for (slot, used) in used.iter().enumerate() {
            let begins = from.clone().less_than(self.to_q.at(slot));
            let ends = e(self.from_q.at(slot))
                .wide(END_BITS)
                .less_than(&self.sums_to_i);
            free = free & !(used.clone() & begins & ends);
        }
        let free = free | &self.sums_join_i;
        m.assign(&self.sums_free_o, free & (joins.clone() | !of(&next)));
        let (take, done) = (e(&self.sums_take_i), e(&self.done_i));
        m.note("Sums are those of a chain's jobs until all of them are done.");
        let joined = m.wire(
            "joined",
            "the job is one more of them",
            take.clone() & joins,
        );
        let begun = m.wire("begun", "a job has others", take & !joined.clone());
        m.reg(&self.next_q, begun.clone(), next.clone() + lit(1, 2));
        let mut over = e(false);
        for slot in 0..4 {
            let count = || e(self.count_q.at(slot));
            let begins = begun.clone() & is(&next, slot);
            let begins = m.wire("begins", "these are a job's", begins);
            let more = begins.clone() | (joined.clone() & is(&last, slot));
            let more = m.wire("more", "a job more has them", more);
            let less = done.clone() & is(&e(&self.oldest_q), slot);
            let less = m.wire("less", "a job of them is done", less);
            let one = || lit(1, COUNT_BITS);
            let value = select(more.clone(), count() + one(), count() - one());
            m.reg(self.count_q.at(slot), more.clone() ^ less.clone(), value);
            m.reg(self.from_q.at(slot), begins.clone(), &self.sums_from_i);
            m.reg(self.to_q.at(slot), begins, &self.sums_to_i);
            over = over | (less & !more & count().is(one()));
        }
        m.reg(&self.oldest_q, over, e(&self.oldest_q) + lit(1, 2));
    }
}
