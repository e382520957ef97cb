//! The buffers: A, the ring of B, and the accumulators in two halves.

use super::numbers::fit;
use crate::bundle::Running;
use crate::describe::{concat, e, lit, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::prim::Ram;
use crate::ArrayConfig;
use crate::Site;
use heddle_derive::Module;
use rust_hdl::prelude::*;

impl ArrayConfig {
    /// Bits of a word that is written to the buffers.
    pub(super) fn write_bits(&self) -> usize {
        let operands = self.rows.max(self.cols) * self.operand_bits();
        operands.max(self.sum_word_bits())
    }

    /// Words of half the accumulators.
    pub(super) fn half_words(&self) -> usize {
        self.engine().sum_words / 2
    }
}

/// The buffers of A, of B, and of sums. Words come from memory by one port; the halves of the accumulators have
/// ports of their own, which serve the array first, then what comes from memory, then what goes there.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Buffers {
    clocked: Running,
    /// a word comes from memory
    #[hw(group = "From memory")]
    pub write_valid_i: Net<In, Bit>,
    /// the word is written if there is one
    pub write_ready_o: Net<Out, Bit>,
    /// 1: to A, 2: to B, 3: to the sums
    #[hw(lanes = 2)]
    pub write_to_i: Net<In, Bit>,
    /// which word
    #[hw(lanes = 16)]
    pub write_addr_i: Net<In, Bit>,
    /// the word, in the low bits
    #[hw(lanes = config.write_bits())]
    pub write_data_i: Net<In, Bit>,
    /// its row is kept
    pub write_keep_i: Net<In, Bit>,
    /// reads a word of A
    #[hw(group = "A")]
    pub a_read_i: Net<In, Bit>,
    /// which
    #[hw(lanes = config.a_bits())]
    pub a_addr_i: Net<In, Bit>,
    /// the word, a cycle later
    #[hw(lanes = config.a_word_bits())]
    pub a_data_o: Net<Out, Bit>,
    /// its row is kept
    pub a_keep_o: Net<Out, Bit>,
    /// reads a word of B
    #[hw(group = "B")]
    pub b_read_i: Net<In, Bit>,
    /// which
    #[hw(lanes = config.b_bits())]
    pub b_addr_i: Net<In, Bit>,
    /// the word, a cycle later
    #[hw(lanes = config.b_word_bits())]
    pub b_data_o: Net<Out, Bit>,
    /// its row is kept
    pub b_keep_o: Net<Out, Bit>,
    /// the array reads a word of sums
    #[hw(group = "Sums")]
    pub sum_read_i: Net<In, Bit>,
    /// which
    #[hw(lanes = config.sum_addr_bits())]
    pub sum_read_addr_i: Net<In, Bit>,
    /// the word, a cycle later
    #[hw(lanes = config.sum_word_bits())]
    pub sum_read_data_o: Net<Out, Bit>,
    /// the array writes a word of sums
    pub sum_write_i: Net<In, Bit>,
    /// which
    #[hw(lanes = config.sum_addr_bits())]
    pub sum_write_addr_i: Net<In, Bit>,
    /// the word
    #[hw(lanes = config.sum_word_bits())]
    pub sum_write_data_i: Net<In, Bit>,
    /// a word of sums is to be read for memory
    #[hw(group = "To memory")]
    pub store_valid_i: Net<In, Bit>,
    /// the word is read if one is to be
    pub store_ready_o: Net<Out, Bit>,
    /// which
    #[hw(lanes = config.sum_addr_bits())]
    pub store_addr_i: Net<In, Bit>,
    /// the word, in the cycle after it was read only
    #[hw(lanes = config.sum_word_bits())]
    pub store_data_o: Net<Out, Bit>,

    /// the array's last word came from the upper half
    #[hw(style = config.control_style())]
    sum_high_q: Reg<Bit>,
    /// memory's last word came from the upper half
    #[hw(style = config.control_style())]
    store_high_q: Reg<Bit>,
    #[hw(build = Ram::new(config, config.engine().a_words, config.a_word_bits() + 1))]
    a: Ram,
    #[hw(build = Ram::new(config, config.b_words(), config.b_word_bits() + 1))]
    b: Ram,
    #[hw(build = Ram::new(config, config.half_words().max(2), config.sum_word_bits()))]
    low: Ram,
    #[hw(build = Ram::new(config, config.half_words().max(2), config.sum_word_bits()))]
    high: Ram,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// An address of the accumulators: whether it is in the upper half, and where in its half.
#[derive(Clone)]
struct Halved {
    high: Expr,
    at: Expr,
}

impl Buffers {
    /// Those of the engine at `site`.
    pub fn new(site: &Site) -> Self {
        Self::at(site)
    }

    fn halved(&self, m: &mut Body, name: &str, addr: &Net<In, Bit>) -> Halved {
        let half = self._config.half_words();
        let (bits, own) = (addr.len(), self.low.address_bits());
        let high = !e(addr).less_than(lit(half as u128, bits));
        let high = m.wire(&format!("{name}_high"), "it is in the upper half", high);
        let less = e(addr) - lit(half as u128, bits);
        let at = select(high.clone(), less, e(addr));
        let at = m.wire(&format!("{name}_at"), "where it is in its half", at);
        Halved {
            high,
            at: fit(at, own),
        }
    }
}

impl Describe for Buffers {
    fn describe(&self, m: &mut Body) {
        let config = &self._config;
        let to = |m: &mut Body, name: &str, doc: &str, which: u128| {
            let to = e(&self.write_valid_i) & e(&self.write_to_i).is(lit(which, 2));
            m.wire(name, doc, to)
        };
        let (to_a, to_b) = (
            to(m, "to_a", "a word goes to A", 1),
            to(m, "to_b", "a word goes to B", 2),
        );
        let to_sums = to(m, "to_sums", "a word goes to the sums", 3);
        m.note("Operands are kept with a bit that says whether their row is.");
        for (ram, write, (read, addr), (data, keep), bits) in [
            (
                &self.a,
                to_a,
                (&self.a_read_i, &self.a_addr_i),
                (&self.a_data_o, &self.a_keep_o),
                config.a_word_bits(),
            ),
            (
                &self.b,
                to_b,
                (&self.b_read_i, &self.b_addr_i),
                (&self.b_data_o, &self.b_keep_o),
                config.b_word_bits(),
            ),
        ] {
            ram.sized(m);
            m.assign(&ram.write_i, write);
            m.assign(&ram.waddr_i, fit(&self.write_addr_i, ram.address_bits()));
            let word = fit(&self.write_data_i, bits);
            m.assign(&ram.wdata_i, concat([e(&self.write_keep_i), word]));
            m.assign(&ram.read_i, read);
            m.assign(&ram.raddr_i, addr);
            m.unpack([keep.place(), data.place()], &ram.rdata_o);
        }
        m.note("Each half serves one that writes and one that reads, the array first.");
        let own_write = self.halved(m, "sum_write", &self.sum_write_addr_i);
        let own_read = self.halved(m, "sum_read", &self.sum_read_addr_i);
        let store = self.halved(m, "store", &self.store_addr_i);
        let load = fit(&self.write_addr_i, self.sum_write_addr_i.len());
        let load = m.wire("load_addr", "word of the sums that comes from memory", load);
        let half = config.half_words();
        let bits = self.sum_write_addr_i.len();
        let load_high = !load.clone().less_than(lit(half as u128, bits));
        let load_high = m.wire("load_high", "it is in the upper half", load_high);
        let less = load.clone() - lit(half as u128, bits);
        let load_at = select(load_high.clone(), less, load);
        let load_at = m.wire("load_at", "where it is in its half", load_at);
        let load_at = fit(load_at, self.low.address_bits());
        let busy =
            |m: &mut Body, name: &str, doc: &str, active: Expr, own: &Halved, other: &Expr| {
                let same = !(own.high.clone() ^ other.clone());
                m.wire(name, doc, active & same)
            };
        let writes = e(&self.sum_write_i);
        let doc = "the array writes to the same half";
        let no_write = busy(m, "write_busy", doc, writes, &own_write, &load_high);
        m.assign(&self.write_ready_o, !(to_sums.clone() & no_write));
        let reads = e(&self.sum_read_i);
        let doc = "the array reads from the same half";
        let no_read = busy(m, "read_busy", doc, reads, &own_read, &store.high);
        m.assign(&self.store_ready_o, !no_read);
        for (ram, high) in [(&self.low, false), (&self.high, true)] {
            let of = |bit: &Expr| if high { bit.clone() } else { !bit.clone() };
            let name = if high { "high" } else { "low" };
            ram.sized(m);
            let own = e(&self.sum_write_i) & of(&own_write.high);
            let doc = "the array writes to this half";
            let own = m.wire(&format!("{name}_written"), doc, own);
            m.assign(
                &ram.write_i,
                own.clone() | (to_sums.clone() & of(&load_high)),
            );
            let at = select(own.clone(), own_write.at.clone(), load_at.clone());
            m.assign(&ram.waddr_i, at);
            let word = fit(&self.write_data_i, config.sum_word_bits());
            m.assign(&ram.wdata_i, select(own, &self.sum_write_data_i, word));
            let own = e(&self.sum_read_i) & of(&own_read.high);
            let doc = "the array reads from this half";
            let own = m.wire(&format!("{name}_read"), doc, own);
            let other = e(&self.store_valid_i) & of(&store.high);
            m.assign(&ram.read_i, own.clone() | other);
            m.assign(
                &ram.raddr_i,
                select(own, own_read.at.clone(), store.at.clone()),
            );
        }
        m.note("Whence the last words came.");
        m.reg(&self.sum_high_q, &self.sum_read_i, own_read.high);
        m.reg(&self.store_high_q, &self.store_valid_i, store.high);
        for (data, high) in [
            (&self.sum_read_data_o, &self.sum_high_q),
            (&self.store_data_o, &self.store_high_q),
        ] {
            let word = select(e(high), &self.high.rdata_o, &self.low.rdata_o);
            m.assign(data, word);
        }
    }
}
