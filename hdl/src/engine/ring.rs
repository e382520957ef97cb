//! Descriptors, fetched from the ring in memory one ahead of the job.

use super::descriptor::{BITS, BYTES};
use crate::bundle::Running;
use crate::describe::{concat, e, lit, Body, Compiled, Describe, Net, Reg};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Bits of a number of a descriptor: it runs free, modulo 2 to the power of this.
pub const INDEX_BITS: usize = 16;

/// Fetches the descriptors of the ring in their order, one ahead: the next one is asked for when
/// the one before is taken.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "engine_ring")]
pub struct Ring {
    clocked: Running,
    /// descriptors are fetched
    pub enable_i: Net<In, Bit>,
    /// the ring, at a multiple of a descriptor's bytes
    #[hw(lanes = config.engine().addr_bits)]
    pub base_i: Net<In, Bit>,
    /// the ring has 2 to the power of this descriptors
    #[hw(lanes = 4)]
    pub bits_i: Net<In, Bit>,
    /// number of the descriptor that is not there yet
    #[hw(lanes = INDEX_BITS)]
    pub tail_i: Net<In, Bit>,

    /// a descriptor is asked for
    #[hw(group = "To the read master")]
    pub req_valid_o: Net<Out, Bit>,
    /// the request is taken
    pub req_ready_i: Net<In, Bit>,
    /// where the descriptor is
    #[hw(lanes = config.engine().addr_bits)]
    pub req_addr_o: Net<Out, Bit>,
    /// bytes of a descriptor
    #[hw(lanes = 16)]
    pub req_bytes_o: Net<Out, Bit>,
    /// a bus word of a descriptor
    #[hw(group = "From the read master")]
    pub beat_valid_i: Net<In, Bit>,
    /// the word
    #[hw(lanes = config.engine().bus_bits)]
    pub beat_data_i: Net<In, Bit>,
    /// the word is the descriptor's last
    pub beat_last_i: Net<In, Bit>,
    /// the response was an error
    pub beat_error_i: Net<In, Bit>,

    /// a descriptor is there
    #[hw(group = "Descriptor")]
    pub desc_valid_o: Net<Out, Bit>,
    /// the descriptor is taken
    pub desc_ready_i: Net<In, Bit>,
    /// the descriptor, word 0 in the low bits
    #[hw(lanes = BITS)]
    pub desc_o: Net<Out, Bit>,
    /// its number
    #[hw(lanes = INDEX_BITS)]
    pub index_o: Net<Out, Bit>,
    /// it could not be read
    pub error_o: Net<Out, Bit>,
    /// there is a descriptor that is not taken yet
    pub more_o: Net<Out, Bit>,

    /// no descriptor is asked for, or there
    pub idle_o: Net<Out, Bit>,

    /// number of the descriptor that is fetched or there
    #[hw(lanes = INDEX_BITS, style = config.control_style())]
    index_q: Reg<Bit>,
    /// the descriptor is asked for
    #[hw(style = config.control_style())]
    ask_q: Reg<Bit>,
    /// its words are on their way
    #[hw(style = config.control_style())]
    fill_q: Reg<Bit>,
    /// it is there
    #[hw(style = config.control_style())]
    full_q: Reg<Bit>,
    /// a word of it could not be read
    #[hw(style = config.control_style())]
    bad_q: Reg<Bit>,
    /// its words
    #[hw(lanes = BITS, style = config.data_style())]
    words_q: Reg<Bit>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl Describe for Ring {
    fn describe(&self, m: &mut Body) {
        let engine = self._config.engine();
        let (addr, bus) = (engine.addr_bits, engine.bus_bits);
        let index = e(&self.index_q);
        let more = !index.clone().is(&self.tail_i);
        let more = m.wire("more", "the ring has one more", more);
        let taken = m.wire(
            "taken",
            "the descriptor is taken",
            e(&self.full_q) & &self.desc_ready_i,
        );
        let asked = m.wire(
            "asked",
            "the request is taken",
            e(&self.ask_q) & &self.req_ready_i,
        );
        let beat = e(&self.beat_valid_i);
        let done = m.wire(
            "done",
            "the last word is there",
            beat.clone() & &self.beat_last_i,
        );
        let free = !(e(&self.ask_q) | &self.fill_q | &self.full_q);
        let free = m.wire("free", "no descriptor is asked for, or there", free);
        m.assign(&self.idle_o, free.clone());

        m.note("One descriptor at a time: asked for, on its way, there.");
        let starts = e(&self.enable_i) & more.clone() & free.clone();
        m.reg(
            &self.ask_q,
            true,
            starts | (e(&self.ask_q) & !asked.clone()),
        );
        m.reg(
            &self.fill_q,
            true,
            asked.clone() | (e(&self.fill_q) & !done.clone()),
        );
        m.reg(
            &self.full_q,
            true,
            done | (e(&self.full_q) & !taken.clone()),
        );
        m.note("Words enter at the top, so that the first one ends in the low bits.");
        let shifted = concat([
            e(&self.beat_data_i),
            e(&self.words_q).slice(bus, BITS - bus),
        ]);
        m.reg(&self.words_q, beat.clone(), shifted);
        m.reg(
            &self.bad_q,
            true,
            !asked & ((beat & &self.beat_error_i) | &self.bad_q),
        );
        m.note("Numbers run free.");
        m.reg(&self.index_q, taken, index.clone() + lit(1, INDEX_BITS));

        m.note("The number's low bits are the place in the ring.");
        let ones = lit(1, INDEX_BITS).shifted_left_by(e(&self.bits_i)) - lit(1, INDEX_BITS);
        let place = m.wire("place", "place in the ring", index & ones);
        let offset = concat([place, lit(0, BYTES.ilog2() as usize)]);
        let offset = m
            .wire("offset", "place in the ring in bytes", offset)
            .wide(addr);
        m.assign(&self.req_valid_o, &self.ask_q);
        m.assign(&self.req_addr_o, e(&self.base_i) + offset);
        m.assign(&self.req_bytes_o, lit(BYTES as u128, 16));
        m.assign(&self.desc_valid_o, &self.full_q);
        m.assign(&self.desc_o, &self.words_q);
        m.assign(&self.index_o, &self.index_q);
        m.assign(&self.error_o, &self.bad_q);
        m.assign(&self.more_o, (e(&self.enable_i) & more) | !free);
    }
}
