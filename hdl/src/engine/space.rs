//! Who uses which words of the buffer of A and of the accumulators.

use super::load::WORD_BITS;
use crate::bundle::Running;
use crate::describe::{concat, e, lit, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Bits of a word's address that may stand behind the last word.
pub const END_BITS: usize = WORD_BITS + 1;

/// Finds words for A, one job's behind those of the other, never across the end of the buffer; and tells whether the sums
/// of a job are still those of an earlier one. Jobs have slots 0 to 3 in turn, and end in that order.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "engine_space")]
pub struct Space {
    clocked: Running,
    /// the job's slot
    #[hw(lanes = 2)]
    pub slot_i: Net<In, Bit>,

    /// words that its A needs
    #[hw(group = "A", lanes = END_BITS)]
    pub a_need_i: Net<In, Bit>,
    /// its A is that of the job before
    pub a_keep_i: Net<In, Bit>,
    /// there is room for it
    pub a_fits_o: Net<Out, Bit>,
    /// its first word
    #[hw(lanes = WORD_BITS)]
    pub a_word_o: Net<Out, Bit>,
    /// the room is taken
    pub a_take_i: Net<In, Bit>,
    /// the oldest job's A has gone to work
    pub a_done_i: Net<In, Bit>,

    /// first word of its sums
    #[hw(group = "Sums", lanes = WORD_BITS)]
    pub sums_from_i: Net<In, Bit>,
    /// first word behind its sums
    #[hw(lanes = END_BITS)]
    pub sums_to_i: Net<In, Bit>,
    /// its sums are those of no job under way
    pub sums_free_o: Net<Out, Bit>,
    /// they are taken
    pub sums_take_i: Net<In, Bit>,
    /// the oldest job is done
    pub done_i: Net<In, Bit>,

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
    /// each slot's job is under way
    #[hw(lanes = 4, style = config.control_style())]
    owns_q: Reg<Bit>,
    /// the slot of the oldest of them
    #[hw(lanes = 2, style = config.control_style())]
    oldest_q: Reg<Bit>,
    /// the first words of their sums
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
    fn is_slot(&self, slot: usize) -> Expr {
        e(&self.slot_i).is(lit(slot as u128, 2))
    }

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
        m.assign(&self.a_fits_o, fits | &self.a_keep_i);
        m.assign(&self.a_word_o, word.clone());

        m.note("The place is kept in mind.");
        let take = e(&self.a_take_i);
        for slot in 0..4 {
            let is = e(&self.next_a_q).is(lit(slot as u128, 2));
            m.reg(self.starts_q.at(slot), take.clone() & is, word.clone());
        }
        m.reg(&self.last_q, take.clone(), word.clone());
        let new = take.clone() & !e(&self.a_keep_i);
        m.reg(&self.end_q, new, word.wide(END_BITS) + need);
        let done = e(&self.a_done_i);
        let one = lit(1, 3);
        let count = e(&self.waiting_q);
        let count = select(take.clone(), count.clone() + one.clone(), count - one);
        m.reg(&self.waiting_q, take.clone() ^ done.clone(), count);
        m.reg(&self.next_a_q, take, e(&self.next_a_q) + lit(1, 2));
        m.reg(&self.oldest_a_q, done, e(&self.oldest_a_q) + lit(1, 2));
    }

    fn sums(&self, m: &mut Body) {
        let from = e(&self.sums_from_i).wide(END_BITS);
        let mut free = e(true);
        for slot in 0..4 {
            let begins = from.clone().less_than(self.to_q.at(slot));
            let ends = e(self.from_q.at(slot))
                .wide(END_BITS)
                .less_than(&self.sums_to_i);
            free = free & !(e(self.owns_q.at(slot)) & begins & ends);
        }
        m.assign(&self.sums_free_o, free);
        let (take, done) = (e(&self.sums_take_i), e(&self.done_i));
        m.note("Sums are a job's own until it is done.");
        let bits = (0..4).rev().map(|slot| {
            let taken = take.clone() & self.is_slot(slot);
            let ended = done.clone() & e(&self.oldest_q).is(lit(slot as u128, 2));
            taken | (e(self.owns_q.at(slot)) & !ended)
        });
        m.reg(&self.owns_q, true, concat(bits));
        m.reg(&self.oldest_q, done.clone(), e(&self.oldest_q) + lit(1, 2));
        for slot in 0..4 {
            let takes = take.clone() & self.is_slot(slot);
            m.reg(self.from_q.at(slot), takes.clone(), &self.sums_from_i);
            m.reg(self.to_q.at(slot), takes, &self.sums_to_i);
        }
    }
}
