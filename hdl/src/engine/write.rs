//! Writes: runs of bus words in, bursts on AXI4.

use super::axi::WritePort;
use super::cut::Cut;
use super::Fifo;
use crate::bundle::Running;
use crate::describe::{concat, e, lit, repeat, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Words that wait: those of two bursts.
const WORDS: usize = 32;
/// Bits of their number.
const COUNT: usize = 6;

/// Writes over AXI4: runs of bus words become INCR bursts of at most 16 beats. A burst stays off the bus until all
/// of its words are there; its address and its first word are offered in one cycle, the words without a gap.
/// At most as many bursts are under way as there is room for in `answers`.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct AxiWrite {
    clocked: Running,
    /// a run comes
    #[hw(group = "Runs")]
    pub req_valid_i: Net<In, Bit>,
    /// the run is taken if there is one
    pub req_ready_o: Net<Out, Bit>,
    /// address of the run's first word, a multiple of the bus's bytes
    #[hw(lanes = config.engine().addr_bits)]
    pub req_addr_i: Net<In, Bit>,
    /// words of the run, 1 or more
    #[hw(lanes = 12)]
    pub req_words_i: Net<In, Bit>,
    /// a word comes
    #[hw(group = "Their words")]
    pub word_valid_i: Net<In, Bit>,
    /// the word is taken if there is one
    pub word_ready_o: Net<Out, Bit>,
    /// the word
    #[hw(lanes = config.engine().bus_bits)]
    pub word_data_i: Net<In, Bit>,
    /// which bytes of the word are written
    #[hw(lanes = config.engine().bus_bytes())]
    pub word_strb_i: Net<In, Bit>,
    /// bursts that are not yet on the bus are dropped with their words
    #[hw(group = "Stops and errors")]
    pub stop_i: Net<In, Bit>,
    /// a response is SLVERR or DECERR
    pub error_o: Net<Out, Bit>,
    /// the response
    #[hw(lanes = 2)]
    pub error_resp_o: Net<Out, Bit>,
    /// address of the response's burst
    #[hw(lanes = config.engine().addr_bits)]
    pub error_addr_o: Net<Out, Bit>,
    /// all is written and acknowledged
    pub idle_o: Net<Out, Bit>,
    /// AXI4
    #[hw(group = "AXI4")]
    port: WritePort,

    /// an address is on the bus
    #[hw(style = config.control_style())]
    aw_valid_q: Reg<Bit>,
    /// the address, in bus words
    #[hw(lanes = config.engine().word_bits(), style = config.data_style())]
    aw_word_q: Reg<Bit>,
    /// beats of the address's burst less one
    #[hw(lanes = config.engine().burst_bits(true), style = config.data_style())]
    aw_left_q: Reg<Bit>,
    /// words of a burst leave
    #[hw(style = config.control_style())]
    leaves_q: Reg<Bit>,
    /// the words are on the bus, not dropped
    #[hw(style = config.control_style())]
    w_valid_q: Reg<Bit>,
    /// words of the burst still to leave, less one
    #[hw(lanes = config.engine().burst_bits(true), style = config.data_style())]
    left_q: Reg<Bit>,
    /// words that belong to no burst that has begun
    #[hw(lanes = COUNT, style = config.control_style())]
    there_q: Reg<Bit>,
    cut: Cut<true>,
    /// bursts that wait for their words
    #[hw(build = Fifo::new(config, 2, config.engine().word_bits() + config.engine().burst_bits(true)))]
    bursts: Fifo,
    /// words
    #[hw(build = Fifo::new(config, WORDS, config.engine().bus_bits + config.engine().bus_bytes()))]
    words: Fifo,
    /// bursts under way: their addresses
    #[hw(build = Fifo::new(config, config.engine().writes, config.engine().word_bits()))]
    answers: Fifo,
    _body: Compiled,
}

/// What begins in a cycle.
struct Begins {
    /// A burst, on the bus or dropped.
    any: Expr,
    /// A burst on the bus.
    on_bus: Expr,
    /// Words of the burst less one.
    left: Expr,
}

impl AxiWrite {
    /// The AXI4 port.
    pub fn port(&self) -> &WritePort {
        &self.port
    }

    /// From runs to bursts.
    fn bursts(&self, m: &mut Body) {
        let cut = &self.cut;
        let bytes = self.req_addr_i.len() - cut.run_word_i.len();
        let word = e(&self.req_addr_i).slice(bytes, cut.run_word_i.len());
        m.assign(&cut.run_valid_i, &self.req_valid_i);
        m.assign(&cut.run_word_i, word);
        m.assign(&cut.run_left_i, e(&self.req_words_i) - lit(1, 12));
        m.assign(&self.req_ready_o, &cut.run_ready_o);
        m.assign(&cut.burst_ready_i, &self.bursts.push_ready_o);
        let burst = [e(&cut.burst_word_o), e(&cut.burst_left_o)];
        self.bursts.push(m, e(&cut.burst_valid_o), burst);
        let word = [e(&self.word_strb_i), e(&self.word_data_i)];
        self.words.push(m, e(&self.word_valid_i), word);
        m.assign(&self.word_ready_o, &self.words.push_ready_o);
    }

    /// Whether a burst begins, given that the word that leaves now is the last of its burst.
    fn begins(&self, m: &mut Body, done: Expr) -> Begins {
        let left = self.bursts.oldest(0, self.aw_left_q.len());
        m.note("A burst begins when its words are there and those before it have left.");
        let complete = left.clone().wide(COUNT).less_than(e(&self.there_q));
        let complete = complete & &self.bursts.pop_valid_o & (!e(&self.leaves_q) | done);
        let complete = m.wire(
            "complete",
            "a burst may begin, on the bus or dropped",
            complete,
        );
        let free = !e(&self.aw_valid_q) | &self.port.awready_i;
        let on_bus = complete.clone() & free & &self.answers.push_ready_o & !e(&self.stop_i);
        let on_bus = m.wire("on_bus", "a burst begins on the bus", on_bus);
        let any = on_bus.clone() | (complete & &self.stop_i);
        let any = m.wire("begins", "a burst begins", any);
        m.assign(&self.bursts.pop_ready_i, any.clone());
        self.answers.push(m, on_bus.clone(), [self.next_word()]);
        Begins { any, on_bus, left }
    }

    /// The first word of the burst that begins next.
    fn next_word(&self) -> Expr {
        self.bursts
            .oldest(self.aw_left_q.len(), self.aw_word_q.len())
    }

    /// AW, and W from the same cycle on.
    fn channels(&self, m: &mut Body) {
        let port = &self.port;
        let (data, strobes) = (self.word_data_i.len(), self.word_strb_i.len());
        let last = e(&self.left_q).is(lit(0, self.left_q.len()));
        let last = m.wire("last", "the word is the last of its burst", last);
        let leaves = e(&self.leaves_q) & (!e(&self.w_valid_q) | &port.wready_i);
        let leaves = m.wire("leaves", "a word leaves", leaves);
        let done = leaves.clone() & last.clone();
        let done = m.wire("done", "the last word of a burst leaves", done);
        let begins = self.begins(m, done.clone());
        m.assign(&self.words.pop_ready_i, leaves.clone());
        let bytes = self.req_addr_i.len() - self.aw_word_q.len();
        m.assign(&port.awvalid_o, &self.aw_valid_q);
        m.assign(&port.awaddr_o, concat([e(&self.aw_word_q), lit(0, bytes)]));
        m.assign(&port.awlen_o, e(&self.aw_left_q).wide(8));
        m.assign(&port.wvalid_o, &self.w_valid_q);
        m.assign(&port.wdata_o, self.words.oldest(0, data));
        m.assign(&port.wstrb_o, self.words.oldest(data, strobes));
        m.assign(&port.wlast_o, last);
        port.constants(m);
        m.note("The address stays until it is taken.");
        let held = e(&self.aw_valid_q) & !e(&port.awready_i);
        m.reg(&self.aw_valid_q, e(true), begins.on_bus.clone() | held);
        m.reg(&self.aw_word_q, begins.on_bus.clone(), self.next_word());
        m.reg(&self.aw_left_q, begins.on_bus.clone(), begins.left.clone());
        m.note("The words leave one by one.");
        let moves = begins.any.clone() | leaves;
        let moves = m.wire("moves", "another word is the next to leave", moves);
        let goes_on = e(&self.leaves_q) & !done.clone();
        m.reg(&self.leaves_q, e(true), begins.any.clone() | goes_on);
        let on_bus = begins.on_bus | (e(&self.w_valid_q) & !done);
        m.reg(&self.w_valid_q, e(true), on_bus);
        let next = e(&self.left_q) - lit(1, self.left_q.len());
        let left = select(begins.any.clone(), begins.left.clone(), next);
        m.reg(&self.left_q, moves, left);
        m.note("A burst that begins takes its words from those that are there.");
        let comes = e(&self.word_valid_i) & &self.words.push_ready_o;
        let taken = repeat(COUNT, begins.any) & !begins.left.wide(COUNT);
        let there = e(&self.there_q) + comes.wide(COUNT) + taken;
        m.reg(&self.there_q, e(true), there);
    }

    /// B.
    fn answers(&self, m: &mut Body) {
        let port = &self.port;
        let bytes = self.req_addr_i.len() - self.aw_word_q.len();
        m.assign(&self.answers.pop_ready_i, &port.bvalid_i);
        m.assign(&self.error_o, e(&port.bvalid_i) & port.bresp_i.at(1));
        m.assign(&self.error_resp_o, &port.bresp_i);
        let address = concat([e(&self.answers.pop_data_o), lit(0, bytes)]);
        m.assign(&self.error_addr_o, address);
        let busy = e(&self.cut.burst_valid_o)
            | &self.bursts.pop_valid_o
            | &self.words.pop_valid_o
            | &self.answers.pop_valid_o;
        m.assign(&self.idle_o, !busy);
    }
}

impl Describe for AxiWrite {
    fn describe(&self, m: &mut Body) {
        self.bursts(m);
        self.channels(m);
        self.answers(m);
    }
}
