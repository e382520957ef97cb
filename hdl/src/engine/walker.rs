//! The walk over a mask.

use super::units::{unread, BARE};
use crate::bundle::Running;
use crate::describe::{
    bits_to, concat, e, lit, repeat, select, Body, Compiled, Describe, Expr, Net, Reg,
};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Bits of a mask word.
pub(super) const WORD: usize = 32;

/// Bits of the number of a mask word.
pub(super) fn word_bits(config: &ArrayConfig) -> usize {
    bits_to((config.engine().max_dim.div_ceil(WORD) - 1).max(1))
}

/// Walks over the bits of a dimension, in words of 32: in each cycle it tells the next kept index, or passes
/// a word without one. It may be told to pass over none: then it tells every index, and whether the index
/// is kept. The first word is at work three cycles after the start, and what is told comes another cycle
/// later.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "mask_walker")]
pub struct Walker {
    clocked: Running,
    /// a walk begins, and what follows holds until its end
    #[hw(group = "Walk")]
    pub start_i: Net<In, Bit>,
    /// indices of the dimension, 1 or more
    #[hw(lanes = config.engine().dim_bits())]
    pub dim_i: Net<In, Bit>,
    /// there is a mask; else all are kept
    pub masked_i: Net<In, Bit>,
    /// every index is told
    pub all_i: Net<In, Bit>,
    /// every index counts as kept where rows become live
    pub dense_i: Net<In, Bit>,
    /// rows were live before
    pub resume_i: Net<In, Bit>,
    /// kept rows become live
    pub rises_i: Net<In, Bit>,
    /// a word is read: of the mask, and of what was live
    #[hw(group = "RAM")]
    pub read_o: Net<Out, Bit>,
    /// which word
    #[hw(lanes = word_bits(config))]
    pub word_o: Net<Out, Bit>,
    /// the bus word of mask bits with the word that was read last
    #[hw(lanes = config.engine().bus_bits)]
    pub mask_i: Net<In, Bit>,
    /// what was live of the word that was read last
    #[hw(lanes = WORD)]
    pub live_i: Net<In, Bit>,
    /// an index is told
    #[hw(group = "What is found")]
    pub index_valid_o: Net<Out, Bit>,
    /// the index
    #[hw(lanes = config.index_bits())]
    pub index_o: Net<Out, Bit>,
    /// the index is kept
    pub keep_o: Net<Out, Bit>,
    /// the index becomes live
    pub fresh_o: Net<Out, Bit>,
    /// a word is done: what is live now
    pub live_valid_o: Net<Out, Bit>,
    /// which word
    #[hw(lanes = word_bits(config))]
    pub live_word_o: Net<Out, Bit>,
    /// what is live
    #[hw(lanes = WORD)]
    pub live_o: Net<Out, Bit>,
    /// the walk is over, with what else is told
    pub done_o: Net<Out, Bit>,

    /// words are to be read
    #[hw(style = config.control_style())]
    reads_q: Reg<Bit>,
    /// the next one
    #[hw(lanes = word_bits(config), style = BARE)]
    at_q: Reg<Bit>,
    /// a word was read
    #[hw(style = config.control_style())]
    comes_q: Reg<Bit>,
    /// which one
    #[hw(lanes = word_bits(config), style = BARE)]
    coming_q: Reg<Bit>,
    /// the last one
    #[hw(style = BARE)]
    coming_last_q: Reg<Bit>,
    /// a word is at work
    #[hw(style = config.control_style())]
    works_q: Reg<Bit>,
    /// which one
    #[hw(lanes = word_bits(config), style = BARE)]
    working_q: Reg<Bit>,
    /// the last one
    #[hw(style = BARE)]
    working_last_q: Reg<Bit>,
    /// indices that are to be told
    #[hw(lanes = WORD, style = BARE)]
    left_q: Reg<Bit>,
    /// indices that are kept
    #[hw(lanes = WORD, style = BARE)]
    kept_q: Reg<Bit>,
    /// indices that become live
    #[hw(lanes = WORD, style = BARE)]
    fresh_q: Reg<Bit>,
    /// indices that are live
    #[hw(lanes = WORD, style = BARE)]
    live_q: Reg<Bit>,

    /// the dimension's last index
    #[hw(lanes = config.engine().dim_bits(), style = BARE)]
    last_index_q: Reg<Bit>,

    /// an index is told
    #[hw(style = config.control_style())]
    told_q: Reg<Bit>,
    /// the index
    #[hw(lanes = config.index_bits(), style = BARE)]
    index_q: Reg<Bit>,
    /// the index is kept
    #[hw(style = BARE)]
    keep_q: Reg<Bit>,
    /// the index becomes live
    #[hw(style = BARE)]
    rises_q: Reg<Bit>,
    /// a word is done
    #[hw(style = config.control_style())]
    passed_q: Reg<Bit>,
    /// which one
    #[hw(lanes = word_bits(config), style = BARE)]
    passed_word_q: Reg<Bit>,
    /// what of it is live
    #[hw(lanes = WORD, style = BARE)]
    passed_live_q: Reg<Bit>,
    /// the walk is over
    #[hw(style = config.control_style())]
    done_q: Reg<Bit>,
    _body: Compiled,
}

impl Describe for Walker {
    fn describe(&self, m: &mut Body) {
        let (words, dim) = (self.at_q.len(), self.dim_i.len());
        m.note("It stays as it was when the walk began, and is needed from the next cycle on.");
        m.reg(&self.last_index_q, e(true), e(&self.dim_i) - lit(1, dim));
        let last = e(&self.last_index_q);
        m.note("A word is done with its last index, or if it has none.");
        let next = e(&self.left_q) & (e(&self.left_q) - lit(1, WORD));
        let next = m.wire("next_left", "indices without the first one", next);
        let ends = !self.several(m);
        let ends = m.wire("ends", "no index is left", ends);
        let moves = !e(&self.works_q) | ends;
        let moves = m.wire("moves", "the next word may come", moves);
        m.assign(&self.read_o, moves.clone());
        m.assign(&self.word_o, &self.at_q);

        let high = dim.min(words + 5) - 5;
        unread(m, &last, 5 + high);
        let last_word = last.clone().slice(5, high).wide(words);
        let is_last = e(&self.at_q).is(last_word);
        let is_last = m.wire("is_last", "the last word of the dimension", is_last);
        m.note("Words are read one after the other.");
        let start = e(&self.start_i);
        let reads = start.clone() | (e(&self.reads_q) & !(moves.clone() & is_last.clone()));
        m.reg(&self.reads_q, e(true), reads);
        let goes = m.wire(
            "goes",
            "the next word is read",
            start.clone() | moves.clone(),
        );
        let at = e(&self.at_q) + lit(1, words);
        m.reg(&self.at_q, goes, select(start, lit(0, words), at));
        m.reg(&self.comes_q, moves.clone(), &self.reads_q);
        m.reg(&self.coming_q, moves.clone(), &self.at_q);
        m.reg(&self.coming_last_q, moves.clone(), is_last);
        self.word(m, &moves, last, next.clone());
        self.tell(m, &moves, next);
    }
}

impl Walker {
    /// Whether two or more indices are left: in pairs, since all waits for this, and a carry would be longer.
    fn several(&self, m: &mut Body) -> Expr {
        let one = |at: usize| e(&self.left_q).bit(at);
        let mut pairs: Vec<(Expr, Expr)> = (0..WORD).map(|at| (one(at), e(false))).collect();
        while pairs.len() > 1 {
            let halves = pairs.chunks(2).map(|pair| {
                let [(some, several), (more, others)] = pair else {
                    unreachable!("a power of two")
                };
                let both = some.clone() & more.clone();
                let some = m.wire("some", "an index is left", some.clone() | more.clone());
                let several = several.clone() | others.clone() | both;
                (some, m.wire("several", "two or more are", several))
            });
            pairs = halves.collect();
        }
        pairs.swap_remove(0).1
    }

    /// The word that comes.
    fn word(&self, m: &mut Body, moves: &Expr, last: Expr, next: Expr) {
        let wide = |bit: Expr| repeat(WORD, bit);
        let log = bits_to(self.mask_i.len() / WORD - 1);
        let mask = match self.mask_i.len() == WORD {
            true => e(&self.mask_i),
            false => {
                let by = concat([
                    e(&self.coming_q).slice(0, log.min(self.coming_q.len())),
                    lit(0, 5),
                ]);
                let words = e(&self.mask_i).shifted_right_by(by);
                let words = m.wire("words", "mask words from the one that comes on", words);
                unread(m, &words, WORD);
                words.slice(0, WORD)
            }
        };
        m.note("Bits beyond the dimension are none of it.");
        let past = select(e(&self.coming_last_q), !last.slice(0, 5), lit(0, 5));
        let past = m.wire("past", "bits beyond the dimension", past);
        let within = wide(e(true)).shifted_right_by(past);
        let within = m.wire("in_dim", "bits of the dimension", within);
        let kept = (wide(!e(&self.masked_i)) | mask) & within.clone();
        let kept = m.wire("kept", "kept indices", kept);
        let counted = m.wire(
            "counted",
            "indices that count as kept",
            kept.clone() | (wide(e(&self.dense_i)) & within.clone()),
        );
        let rising = counted & wide(e(&self.rises_i));
        let old = m.wire(
            "old",
            "what was live",
            wide(e(&self.resume_i)) & &self.live_i,
        );
        m.reg(&self.works_q, moves.clone(), &self.comes_q);
        m.reg(&self.working_q, moves.clone(), &self.coming_q);
        m.reg(&self.working_last_q, moves.clone(), &self.coming_last_q);
        m.reg(&self.kept_q, moves.clone(), kept.clone());
        m.reg(&self.fresh_q, moves.clone(), rising.clone() & !old.clone());
        m.reg(&self.live_q, moves.clone(), rising | (old & within.clone()));
        m.note("Of the word at work indices go, the lowest first.");
        let left = kept | (wide(e(&self.all_i)) & within);
        m.reg(&self.left_q, e(true), select(moves.clone(), left, next));
    }

    /// What is told.
    fn tell(&self, m: &mut Body, moves: &Expr, next: Expr) {
        let first = e(&self.left_q) & !next;
        let first = m.wire("first", "the lowest index of the word", first);
        let bit = |bit: usize| {
            let those = (0..WORD).filter(|at| at >> bit & 1 == 1);
            let those = those.fold(0, |all, at| all | 1u128 << at);
            (first.clone() & lit(those, WORD)).any()
        };
        let low = concat((0..5).rev().map(bit));
        let index = concat([e(&self.working_q), low]);
        let works = e(&self.works_q);
        m.note("What is told comes a cycle later.");
        m.reg(&self.told_q, e(true), works.clone() & e(&self.left_q).any());
        m.reg(&self.index_q, e(true), index);
        m.reg(&self.keep_q, e(true), (first.clone() & &self.kept_q).any());
        m.reg(&self.rises_q, e(true), (first & &self.fresh_q).any());
        let passes = m.wire("passes", "the word at work is done", works & moves.clone());
        m.reg(&self.passed_q, e(true), passes.clone());
        m.reg(&self.passed_word_q, e(true), &self.working_q);
        m.reg(&self.passed_live_q, e(true), &self.live_q);
        m.reg(&self.done_q, e(true), passes & &self.working_last_q);
        m.assign(&self.index_valid_o, &self.told_q);
        m.assign(&self.index_o, &self.index_q);
        m.assign(&self.keep_o, &self.keep_q);
        m.assign(&self.fresh_o, &self.rises_q);
        m.assign(&self.live_valid_o, &self.passed_q);
        m.assign(&self.live_word_o, &self.passed_word_q);
        m.assign(&self.live_o, &self.passed_live_q);
        m.assign(&self.done_o, &self.done_q);
    }
}
