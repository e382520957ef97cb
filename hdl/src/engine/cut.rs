//! From runs of bus words to bursts.

use super::EngineConfig;
use crate::bundle::Running;
use crate::describe::{concat, e, lit, select, Body, Compiled, Describe, Net, Reg};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

impl EngineConfig {
    /// Bits of the number of a byte in a bus word.
    pub const fn byte_bits(&self) -> usize {
        self.bus_bytes().trailing_zeros() as usize
    }

    /// Bits of an address in bus words.
    pub const fn word_bits(&self) -> usize {
        self.addr_bits - self.byte_bits()
    }

    /// The beats of a burst are at most 2 to the power of this, and so it ends where addresses in bus words are
    /// a multiple of that: 16 beats of writes; 256 of reads, or as many as 4 KiB have.
    pub const fn burst_bits(&self, writes: bool) -> usize {
        match (writes, 12 - self.byte_bits()) {
            (true, _) => 4,
            (false, page @ ..=8) => page,
            (false, _) => 8,
        }
    }

    /// Bits of the bus words of a run less one: writes 12; reads what 65535 bytes from any byte of a word on
    /// touch.
    const fn run_bits(&self, writes: bool) -> usize {
        match writes {
            true => 12,
            false => 17 - self.byte_bits(),
        }
    }
}

/// Cuts a run of bus words into bursts, one per cycle: each ends with the run, or where the address is a
/// multiple of the longest burst, which divides 4 KiB.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = Self::kind())]
pub struct Cut<const WRITES: bool> {
    clocked: Running,
    /// a run comes
    pub run_valid_i: Net<In, Bit>,
    /// the run is taken if there is one
    pub run_ready_o: Net<Out, Bit>,
    /// the run's first word: address in bus words
    #[hw(lanes = config.engine().word_bits())]
    pub run_word_i: Net<In, Bit>,
    /// the run's words less one
    #[hw(lanes = config.engine().run_bits(WRITES))]
    pub run_left_i: Net<In, Bit>,
    /// there is a burst
    pub burst_valid_o: Net<Out, Bit>,
    /// the burst is taken if there is one
    pub burst_ready_i: Net<In, Bit>,
    /// the burst's first word: address in bus words
    #[hw(lanes = config.engine().word_bits())]
    pub burst_word_o: Net<Out, Bit>,
    /// the burst's words less one
    #[hw(lanes = config.engine().burst_bits(WRITES))]
    pub burst_left_o: Net<Out, Bit>,
    /// the burst is the first of its run
    #[hw(when = !WRITES)]
    pub burst_first_o: Net<Out, Bit>,
    /// the burst is the last of its run
    #[hw(when = !WRITES)]
    pub burst_last_o: Net<Out, Bit>,

    /// there is a run
    #[hw(style = config.control_style())]
    busy_q: Reg<Bit>,
    /// no burst of the run has gone
    #[hw(when = !WRITES, style = config.data_style())]
    first_q: Reg<Bit>,
    /// the next burst's first word
    #[hw(lanes = config.engine().word_bits(), style = config.data_style())]
    word_q: Reg<Bit>,
    /// words of the run from there on, less one
    #[hw(lanes = config.engine().run_bits(WRITES), style = config.data_style())]
    left_q: Reg<Bit>,
    /// the run goes on behind the burst
    #[hw(style = config.data_style())]
    crosses_q: Reg<Bit>,
    _body: Compiled,
}

impl<const WRITES: bool> Cut<WRITES> {
    fn kind() -> &'static str {
        match WRITES {
            true => "axi_write_cut",
            false => "axi_read_cut",
        }
    }
}

impl<const WRITES: bool> Describe for Cut<WRITES> {
    fn describe(&self, m: &mut Body) {
        let (bits, word_bits, run_bits) = (
            self.burst_left_o.len(),
            self.word_q.len(),
            self.left_q.len(),
        );
        let (word, left) = (e(&self.word_q), e(&self.left_q));
        let low = word.clone().slice(0, bits);
        let page = word.slice(bits, word_bits - bits);
        let doc = "words up to the next multiple of the longest burst, less one";
        let room = m.wire("room", doc, !low.clone());
        let crosses = e(&self.crosses_q);
        let goes = e(&self.busy_q) & &self.burst_ready_i;
        let goes = m.wire("goes", "the burst goes", goes);
        let ends = goes.clone() & !crosses.clone();
        let ends = m.wire("ends", "the last burst of the run goes", ends);
        let ready = !e(&self.busy_q) | ends.clone();
        let ready = m.wire("run_ready", "a run is taken if there is one", ready);
        let takes = ready.clone() & &self.run_valid_i;
        let takes = m.wire("takes", "a run is taken", takes);
        m.assign(&self.run_ready_o, ready);
        m.assign(&self.burst_valid_o, &self.busy_q);
        m.assign(&self.burst_word_o, &self.word_q);
        let len = select(crosses.clone(), room, left.clone().slice(0, bits));
        m.assign(&self.burst_left_o, len);
        if self.first_q.is_present() {
            m.assign(&self.burst_first_o, &self.first_q);
            m.assign(&self.burst_last_o, !crosses);
        }
        m.note("A run comes, or goes on at the next multiple.");
        let busy = takes.clone() | (e(&self.busy_q) & !ends);
        m.reg(&self.busy_q, e(true), busy);
        let moves = m.wire(
            "moves",
            "the next burst is another one",
            takes.clone() | goes,
        );
        if self.first_q.is_present() {
            m.reg(&self.first_q, moves.clone(), takes.clone());
        }
        let next = concat([page + lit(1, word_bits - bits), lit(0, bits)]);
        let word = select(takes.clone(), &self.run_word_i, next);
        m.reg(&self.word_q, moves.clone(), word);
        let rest = left + low.wide(run_bits) - lit(1 << bits, run_bits);
        let rest = m.wire("rest", "words behind the burst, less one", rest);
        let left = select(takes.clone(), &self.run_left_i, rest.clone());
        m.reg(&self.left_q, moves.clone(), left);
        m.note("A burst that does not begin a run has all words up to the next multiple.");
        let first = !e(&self.run_word_i).slice(0, bits);
        let first = first.wide(run_bits).less_than(&self.run_left_i);
        let on = rest.slice(bits, run_bits - bits).any();
        m.reg(&self.crosses_q, moves, select(takes, first, on));
    }
}
