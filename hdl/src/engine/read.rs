//! Reads: requests of bytes in, bursts on AXI4, bus words out in order.

use super::axi::ReadPort;
use super::cut::Cut;
use super::{EngineConfig, Fifo};
use crate::bundle::Running;
use crate::describe::{concat, e, lit, repeat, Body, Compiled, Describe, Expr, Net, Reg};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Bits of who asks.
const TO: usize = 2;

/// What is known of a burst: who asked, first and last of its request, bytes before the request's first, word.
const fn burst_bits(config: &EngineConfig) -> usize {
    TO + 2 + config.byte_bits() + config.word_bits()
}

/// Reads over AXI4: requests of bytes become INCR bursts of whole bus words, which cross no 4 KiB; the words come
/// out in the order of the requests, with what is known of them. At most as many bursts are under way as there
/// is room for in `bursts`.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct AxiRead {
    clocked: Running,
    /// a request comes
    #[hw(group = "Requests")]
    pub req_valid_i: Net<In, Bit>,
    /// the request is taken if there is one
    pub req_ready_o: Net<Out, Bit>,
    /// address of the request's first byte
    #[hw(lanes = config.engine().addr_bits)]
    pub req_addr_i: Net<In, Bit>,
    /// bytes of the request, 1 or more
    #[hw(lanes = 16)]
    pub req_bytes_i: Net<In, Bit>,
    /// who asks
    #[hw(lanes = TO)]
    pub req_to_i: Net<In, Bit>,
    /// there is a bus word
    #[hw(group = "Bus words")]
    pub beat_valid_o: Net<Out, Bit>,
    /// the word is taken if there is one
    pub beat_ready_i: Net<In, Bit>,
    /// the word
    #[hw(lanes = config.engine().bus_bits)]
    pub beat_data_o: Net<Out, Bit>,
    /// who asked for the word
    #[hw(lanes = TO)]
    pub beat_to_o: Net<Out, Bit>,
    /// first word of its request
    pub beat_first_o: Net<Out, Bit>,
    /// last word of its request
    pub beat_last_o: Net<Out, Bit>,
    /// bytes before the request's first one in its first word; 0 in other words
    #[hw(lanes = config.engine().byte_bits())]
    pub beat_skip_o: Net<Out, Bit>,
    /// the response was SLVERR or DECERR
    pub beat_error_o: Net<Out, Bit>,
    /// the response
    #[hw(lanes = 2)]
    pub beat_resp_o: Net<Out, Bit>,
    /// address of the word's burst
    #[hw(lanes = config.engine().addr_bits)]
    pub beat_addr_o: Net<Out, Bit>,
    /// nothing is under way
    pub idle_o: Net<Out, Bit>,
    /// AXI4
    #[hw(group = "AXI4")]
    port: ReadPort,

    /// who asks for the run that is cut
    #[hw(lanes = TO, style = config.data_style())]
    to_q: Reg<Bit>,
    /// bytes before the request's first one in its first word
    #[hw(lanes = config.engine().byte_bits(), style = config.data_style())]
    skip_q: Reg<Bit>,
    /// the next word is not the first one of its burst
    #[hw(style = config.control_style())]
    inside_q: Reg<Bit>,
    /// requests that wait
    #[hw(build = Fifo::new(config, 2, TO + config.engine().addr_bits + 16))]
    requests: Fifo,
    cut: Cut<false>,
    /// addresses on their way to AR
    #[hw(build = Fifo::new(config, 2, config.engine().word_bits() + config.engine().burst_bits(false)))]
    addresses: Fifo,
    /// bursts under way
    #[hw(build = Fifo::new(config, config.engine().reads, burst_bits(config.engine())))]
    bursts: Fifo,
    /// words that came
    #[hw(build = Fifo::new(config, 2, config.engine().bus_bits + 3))]
    beats: Fifo,
    _body: Compiled,
}

impl AxiRead {
    /// The AXI4 port.
    pub fn port(&self) -> &ReadPort {
        &self.port
    }

    /// From requests to runs of bus words.
    fn requests(&self, m: &mut Body) {
        let (bytes, bits) = (
            self.skip_q.len(),
            self.cut.run_left_i.len() + self.skip_q.len(),
        );
        let (addr_bits, asked) = (self.req_addr_i.len(), self.req_bytes_i.len());
        m.note("Requests wait here, so that who asks does not wait for bursts.");
        let request = [e(&self.req_to_i), e(&self.req_addr_i), e(&self.req_bytes_i)];
        self.requests.push(m, e(&self.req_valid_i), request);
        m.assign(&self.req_ready_o, &self.requests.push_ready_o);
        let valid = e(&self.requests.pop_valid_o);
        let addr = self.requests.oldest(asked, addr_bits);
        let skip = addr.clone().slice(0, bytes);
        m.note("The bus words that a request touches.");
        let doc = "the request's last byte, counted from the beginning of its first word";
        let asked_bytes = self.requests.oldest(0, asked);
        let last = skip.clone().wide(bits) + asked_bytes.wide(bits) - lit(1, bits);
        let last = m.wire("last_byte", doc, last);
        m.assign(&self.cut.run_valid_i, valid.clone());
        m.assign(
            &self.cut.run_word_i,
            addr.slice(bytes, self.cut.run_word_i.len()),
        );
        m.assign(
            &self.cut.run_left_i,
            last.slice(bytes, self.cut.run_left_i.len()),
        );
        m.assign(&self.requests.pop_ready_i, &self.cut.run_ready_o);
        m.note("What else is known of the request stays beside its run.");
        let takes = m.wire(
            "takes",
            "the request is taken",
            valid & &self.cut.run_ready_o,
        );
        let to = self.requests.oldest(asked + addr_bits, TO);
        m.reg(&self.to_q, takes.clone(), to);
        m.reg(&self.skip_q, takes, skip);
    }

    /// From bursts to AR.
    fn addresses(&self, m: &mut Body) {
        let cut = &self.cut;
        let (bytes, word) = (self.skip_q.len(), cut.burst_word_o.len());
        let len = cut.burst_left_o.len();
        let valid = || e(&cut.burst_valid_o);
        m.note("A burst goes on when there is room for its address and for what is known of it.");
        let ready = e(&self.addresses.push_ready_o) & &self.bursts.push_ready_o;
        m.assign(&cut.burst_ready_i, ready);
        let skip = e(&self.skip_q) & repeat(bytes, e(&cut.burst_first_o));
        let known = [
            e(&self.to_q),
            e(&cut.burst_first_o),
            e(&cut.burst_last_o),
            skip,
            e(&cut.burst_word_o),
        ];
        self.bursts
            .push(m, valid() & &self.addresses.push_ready_o, known);
        let address = [e(&cut.burst_word_o), e(&cut.burst_left_o)];
        self.addresses
            .push(m, valid() & &self.bursts.push_ready_o, address);
        let port = &self.port;
        m.assign(&self.addresses.pop_ready_i, &port.arready_i);
        m.assign(&port.arvalid_o, &self.addresses.pop_valid_o);
        let address = self.addresses.oldest(len, word);
        m.assign(&port.araddr_o, concat([address, lit(0, bytes)]));
        m.assign(&port.arlen_o, self.addresses.oldest(0, len).wide(8));
        port.constants(m);
        let waits = e(&self.requests.pop_valid_o) | valid() | &self.bursts.pop_valid_o;
        m.assign(&self.idle_o, !waits);
    }

    /// From R to words with what is known of them.
    fn beats(&self, m: &mut Body) {
        let port = &self.port;
        let (data, bytes, word) = (
            self.beat_data_o.len(),
            self.skip_q.len(),
            self.cut.burst_word_o.len(),
        );
        m.note("Words are taken whether there are any or not, as long as there is room.");
        let beat = [e(&port.rlast_i), e(&port.rresp_i), e(&port.rdata_i)];
        self.beats.push(m, e(&port.rvalid_i), beat);
        m.assign(&port.rready_o, &self.beats.push_ready_o);
        m.assign(&self.beats.pop_ready_i, &self.beat_ready_i);
        m.assign(&self.beat_valid_o, &self.beats.pop_valid_o);
        m.assign(&self.beat_data_o, self.beats.oldest(0, data));
        m.assign(&self.beat_resp_o, self.beats.oldest(data, 2));
        m.assign(&self.beat_error_o, self.beats.oldest(data + 1, 1));
        let last = self.beats.oldest(data + 2, 1);
        let goes = e(&self.beats.pop_valid_o) & &self.beat_ready_i;
        let goes = m.wire("goes", "a word is taken", goes);
        m.note("A burst is known until its last word is taken.");
        let ends = goes.clone() & last.clone();
        m.assign(&self.bursts.pop_ready_i, ends);
        let begins = || !e(&self.inside_q);
        let known = |lo, bits| self.bursts.oldest(lo, bits);
        m.assign(&self.beat_addr_o, concat([known(0, word), lit(0, bytes)]));
        m.assign(
            &self.beat_skip_o,
            known(word, bytes) & repeat(bytes, begins()),
        );
        let flag = |at: usize, with: Expr| known(word + bytes + at, 1) & with;
        m.assign(&self.beat_last_o, flag(0, last.clone()));
        m.assign(&self.beat_first_o, flag(1, begins()));
        m.assign(&self.beat_to_o, known(word + bytes + 2, TO));
        m.note("Behind a last word a burst begins.");
        m.reg(&self.inside_q, goes, !last);
    }
}

impl Describe for AxiRead {
    fn describe(&self, m: &mut Body) {
        self.requests(m);
        self.addresses(m);
        self.beats(m);
    }
}
