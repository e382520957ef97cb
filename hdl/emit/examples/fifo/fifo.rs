use crate::counter::Counter;
use heddle_derive::Module;
use heddle_emit::describe::{
    concat, e, repeat, select, Body, Clocked, Compiled, Describe, Net, Parameter, Reg, Size,
};
use rust_hdl::prelude::*;

/// Words of a FIFO.
pub const DEPTH: Size = Size::parameter(&Parameter::size("DEPTH", 4, "words, 2 or more"));
/// Bits of a word.
pub const BITS: Size = Size::parameter(&Parameter::size("BITS", 8, "width of a word"));

/// A FIFO of registers: words move up by one place when one comes.
#[derive(Clone, LogicBlock, Module)]
pub struct Fifo {
    clocked: Clocked,
    /// a word is offered
    #[hw(group = "What comes")]
    pub valid_i: Net<In, Bit>,
    /// the word is taken, if there is one
    pub ready_o: Net<Out, Bit>,
    /// the word
    #[hw(lanes = BITS)]
    pub data_i: Net<In, Bit>,
    /// there is a word
    #[hw(group = "What goes")]
    pub valid_o: Net<Out, Bit>,
    /// the word is taken, if there is one
    pub ready_i: Net<In, Bit>,
    /// the word
    #[hw(lanes = BITS)]
    pub data_o: Net<Out, Bit>,
    /// words taken so far
    pub taken_o: Net<Out, Bits<8>>,
    /// the place of the oldest word, one bit for each place
    #[hw(lanes = DEPTH)]
    oldest_q: Reg<Bit>,
    /// words, the newest in the low bits
    #[hw(lanes = DEPTH * BITS)]
    words_q: Reg<Bit>,
    taken: Counter,
    _body: Compiled,
}

impl Describe for Fifo {
    fn describe(&self, m: &mut Body) {
        let (en, oldest, words) = (e(&self.clocked.en_i), &self.oldest_q, &self.words_q);
        let holds = m.wire("holds", "there is a word", e(oldest).any());
        let full = e(oldest.at(DEPTH - 1));
        let comes = m.wire("comes", "a word comes", e(&self.valid_i) & !full.clone());
        let goes = m.wire("goes", "a word goes", holds.clone() & &self.ready_i);
        m.assign(&self.ready_o, !full);
        m.assign(&self.valid_o, holds.clone());

        m.note(
            "The oldest word's place is one up for a word that comes, one down for one that goes.",
        );
        let up = e(oldest).shifted_left(1) | (!holds).wide(DEPTH);
        let moved = select(goes.clone(), e(oldest).shifted_right(1), up);
        m.reg(oldest, en.clone() & (comes.clone() ^ goes), moved);
        m.note("A word that comes is the newest.");
        let others = words.place().lanes(0, (DEPTH - 1) * BITS);
        let moved = concat([others.into(), e(&self.data_i)]);
        m.reg(words, en.clone() & comes.clone(), moved);

        let shown = m.vector(
            "shown",
            "the oldest word in its place, else zeros",
            DEPTH,
            BITS,
        );
        m.each("place", 0, DEPTH, |m, place| {
            let word = words.place().lanes(place.clone() * BITS, BITS);
            let is_oldest = repeat(BITS, e(oldest.at(&place)));
            m.assign(shown.clone().at(&place), e(word) & is_oldest);
        });
        m.assign(&self.data_o, e(shown).total(BITS, BITS));
        m.assign(&self.taken.clocked.en_i, en & comes);
        m.assign(&self.taken_o, &self.taken.count_o);
    }
}
