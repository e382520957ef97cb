//! The registers themselves: what is written, what is read, what is refused.

use super::axi_lite::{AxiLite, Requests, Responses};
use super::counters::{Counters, Events};
use super::refuse::Accesses;
use super::table::{self, Access, Register, ADDRESS_BITS, COUNTERS, INDEX_BITS, REGISTERS};
use crate::bundle::Running;
use crate::describe::{concat, e, lit, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::engine::descriptor;
use crate::ArrayConfig;
use heddle_derive::{Bundle, Module};
use rust_hdl::prelude::*;

/// Bits of a word of the ring's address that are always zero.
pub(super) const RING_ALIGN: usize = descriptor::BYTES.ilog2() as usize;

/// What can interrupt.
const CAUSES: usize = 4;

/// What went wrong with a job.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Fault<D: Direction + 'static> {
    /// what is wrong
    #[hw(lanes = 8, style = config.control_style())]
    pub code: Net<D, Bit>,
    /// what the burst was for
    #[hw(lanes = 3, style = config.control_style())]
    pub operand: Net<D, Bit>,
    /// response to the burst
    #[hw(lanes = 2, style = config.control_style())]
    pub resp: Net<D, Bit>,
    /// tag of the descriptor
    #[hw(lanes = 16, style = config.control_style())]
    pub tag: Net<D, Bit>,
    /// number of the descriptor
    #[hw(lanes = INDEX_BITS, style = config.control_style())]
    pub index: Net<D, Bit>,
    /// address of the burst
    #[hw(lanes = config.engine().addr_bits, style = config.control_style())]
    pub addr: Net<D, Bit>,
}

/// The engine's registers behind an AXI4-Lite port. An access that is refused has no effect but its
/// response, SLVERR, and the record of it. No register has a side effect on read.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "engine_registers")]
pub struct Registers {
    pub(super) clocked: Running,
    #[hw(group = "AXI4-Lite")]
    pub(in crate::engine) s_axil_i: Requests<In>,
    pub(in crate::engine) s_axil_o: Responses<Out>,
    /// interrupt, high until its causes are cleared
    pub irq_o: Net<Out, Bit>,
    /// descriptors are fetched
    #[hw(group = "To the engine")]
    pub enable_o: Net<Out, Bit>,
    /// where the ring lies
    #[hw(lanes = config.engine().addr_bits)]
    pub ring_base_o: Net<Out, Bit>,
    /// the ring has 2 to the power of this descriptors
    #[hw(lanes = 4)]
    pub ring_bits_o: Net<Out, Bit>,
    /// number of the first descriptor that is not there yet
    #[hw(lanes = INDEX_BITS)]
    pub tail_o: Net<Out, Bit>,
    /// an error is held, until it is cleared: no job is begun
    pub halted_o: Net<Out, Bit>,
    /// the error is cleared in this cycle
    pub clear_error_o: Net<Out, Bit>,
    /// counters are zeroed in this cycle
    pub clear_counters_o: Net<Out, Bit>,
    /// number of the first descriptor that is not done
    #[hw(group = "From the engine", lanes = INDEX_BITS)]
    pub head_i: Net<In, Bit>,
    /// no job is under way, no descriptor fetched
    pub idle_i: Net<In, Bit>,
    /// a job with an interrupt is done
    pub done_irq_i: Net<In, Bit>,
    /// a job failed; taken where halted_o is low
    #[hw(group = "Error")]
    pub error_valid_i: Net<In, Bit>,
    pub(in crate::engine) error_i: Fault<In>,
    /// a kept sum overflowed
    #[hw(group = "Arithmetic", when = config.format.is_integer())]
    pub overflow_i: Net<In, Bit>,
    #[hw(group = "What happens in this cycle, to be counted")]
    pub(in crate::engine) event_i: Events<In>,

    /// why the read that waits is refused
    #[hw(lanes = 8, style = config.data_style())]
    pub(super) read_code_q: Reg<Bit>,
    /// the read is refused
    #[hw(style = config.data_style())]
    pub(super) read_error_q: Reg<Bit>,
    /// why the write that waits is refused
    #[hw(lanes = 8, style = config.data_style())]
    pub(super) write_code_q: Reg<Bit>,
    /// the write is refused
    #[hw(style = config.data_style())]
    pub(super) write_error_q: Reg<Bit>,
    /// descriptors are fetched
    #[hw(style = config.control_style())]
    pub(super) enable_q: Reg<Bit>,
    /// where the ring lies, in descriptors
    #[hw(lanes = config.engine().addr_bits - RING_ALIGN, style = config.control_style())]
    ring_base_q: Reg<Bit>,
    /// size of the ring
    #[hw(lanes = 4, style = config.control_style())]
    pub(super) ring_bits_q: Reg<Bit>,
    /// number of the first descriptor that is not there yet
    #[hw(lanes = INDEX_BITS, style = config.control_style())]
    pub(super) tail_q: Reg<Bit>,
    /// the error is cleared
    #[hw(style = config.control_style())]
    clear_error_q: Reg<Bit>,
    /// counters are zeroed
    #[hw(style = config.control_style())]
    clear_counters_q: Reg<Bit>,
    /// an error is held
    #[hw(style = config.control_style())]
    halted_q: Reg<Bit>,
    error_q: Fault<crate::describe::Stored>,
    /// an access was refused
    #[hw(style = config.control_style())]
    refused_q: Reg<Bit>,
    /// why
    #[hw(lanes = 8, style = config.control_style())]
    refused_code_q: Reg<Bit>,
    /// a write
    #[hw(style = config.control_style())]
    refused_write_q: Reg<Bit>,
    /// its address
    #[hw(lanes = ADDRESS_BITS, style = config.control_style())]
    refused_addr_q: Reg<Bit>,
    /// how many were
    #[hw(lanes = 16, style = config.control_style())]
    refused_count_q: Reg<Bit>,
    /// what has happened: done, error, access refused, overflow
    #[hw(lanes = CAUSES, style = config.control_style())]
    irq_status_q: Reg<Bit>,
    /// what interrupts
    #[hw(lanes = CAUSES, style = config.control_style())]
    irq_enable_q: Reg<Bit>,
    /// interrupt
    #[hw(style = config.control_style())]
    irq_q: Reg<Bit>,

    pub(super) axi_lite: AxiLite,
    counters: Counters,
    #[hw(build = **config)]
    pub(super) _config: ArrayConfig,
    _body: Compiled,
}

impl Registers {
    /// What `register` reads, zeros where it has no field.
    fn value(&self, register: &Register, pending: &Expr) -> Expr {
        let (mut parts, mut constant, mut free) = (Vec::new(), Some(0), 32);
        for field in register.fields.iter().rev() {
            parts.push(lit(0, free - field.lsb - field.bits));
            free = field.lsb;
            let part = match field.access {
                Access::Constant(number) => lit(number(&self._config).into(), field.bits),
                Access::Command => lit(0, field.bits),
                _ => self.state(register.name, field, pending).wide(field.bits),
            };
            let bits = part.constant().map(|bits| bits << field.lsb);
            constant = constant.zip(bits).map(|(all, bits)| all | bits);
            parts.push(part);
        }
        parts.push(lit(0, free));
        constant.map_or_else(|| joined(parts), |number| lit(number, 32))
    }

    /// What holds a field, as wide as the field or narrower.
    fn state(&self, register: &str, field: &table::Field, pending: &Expr) -> Expr {
        let addr_bits = self._config.engine().addr_bits;
        let high = |all: Expr, from: usize, bits: usize| match bits - from {
            0 => lit(0, 1),
            more => all.slice(from, more),
        };
        match (register, field.name) {
            ("CONTROL", "enable") => e(&self.enable_q),
            ("STATUS", "idle") => e(&self.idle_i),
            ("STATUS", "halted") => e(&self.halted_q),
            ("STATUS", "pending") => pending.clone(),
            ("IRQ_STATUS", _) => e(self.irq_status_q.at(field.lsb)),
            ("IRQ_ENABLE", _) => e(self.irq_enable_q.at(field.lsb)),
            ("ACCESS", "code") => e(&self.refused_code_q),
            ("ACCESS", "write") => e(&self.refused_write_q),
            ("ACCESS", "address") => e(&self.refused_addr_q),
            ("ACCESS", "refused") => e(&self.refused_q),
            ("ACCESS_COUNT", "count") => e(&self.refused_count_q),
            ("RING_BASE_LO", "base") => e(&self.ring_base_q).slice(0, field.bits),
            ("RING_BASE_HI", "base") => high(
                e(&self.ring_base_q),
                32 - RING_ALIGN,
                addr_bits - RING_ALIGN,
            ),
            ("RING_BITS", "bits") => e(&self.ring_bits_q),
            ("HEAD", "index") => e(&self.head_i),
            ("TAIL", "index") => e(&self.tail_q),
            ("ERROR", "code") => e(&self.error_q.code),
            ("ERROR", "operand") => e(&self.error_q.operand),
            ("ERROR", "response") => e(&self.error_q.resp),
            ("ERROR", "tag") => e(&self.error_q.tag),
            ("ERROR_INDEX", "index") => e(&self.error_q.index),
            ("ERROR_ADDR_LO", "address") => e(&self.error_q.addr).slice(0, 32),
            ("ERROR_ADDR_HI", "address") => high(e(&self.error_q.addr), 32, addr_bits),
            ("MOST_READS", "most") => e(&self.counters.most_reads_o),
            (register, field) => panic!("nothing holds {field} of {register}"),
        }
    }

    /// What a read of an address gives, zero where there is no register.
    fn read(&self, m: &mut Body, pending: &Expr) {
        let word = e(&self.axi_lite.read_addr_o).slice(2, ADDRESS_BITS - 2);
        let mut any = lit(0, 32);
        let of = |register: &Register, value: Expr| {
            let here = word
                .clone()
                .is(lit(u128::from(register.offset / 4), ADDRESS_BITS - 2));
            select(here, value, lit(0, 32))
        };
        let groups: [(&str, &str, std::ops::Range<u32>); 4] = [
            ("read_constants", "configuration", 0..0x40),
            ("read_control", "control and status", 0x40..0x60),
            ("read_ring", "ring", 0x60..0x80),
            ("read_record", "error record", 0x80..0x100),
        ];
        m.note("What is read, by groups of registers.");
        for (name, doc, addresses) in groups {
            let registers = REGISTERS.iter().filter(|r| addresses.contains(&r.offset));
            let values = registers.map(|register| of(register, self.value(register, pending)));
            any = any | m.wire(name, doc, values.fold(lit(0, 32), |all, value| all | value));
        }
        let counts = COUNTERS.iter().enumerate().flat_map(|(at, counter)| {
            let words = self.counters.words(at);
            let words = counter.words.iter().zip(words);
            words
                .map(|(register, value)| of(register, value))
                .collect::<Vec<_>>()
        });
        let counts = counts.fold(lit(0, 32), |all, value| all | value);
        any = any | m.wire("read_counters", "counters", counts);
        m.assign(&self.axi_lite.read_data_i, any);
    }

    /// What software writes.
    fn written(&self, m: &mut Body, write: &Accesses) {
        m.note("What software writes.");
        let control = |name| write.field("CONTROL", name);
        let to = write.to("CONTROL");
        m.reg(&self.enable_q, to.clone(), control("enable"));
        m.reg(
            &self.clear_error_q,
            true,
            to.clone() & control("clear_error"),
        );
        m.reg(&self.clear_counters_q, true, to & control("clear_counters"));

        let low = 32 - RING_ALIGN;
        let to = write.to("RING_BASE_LO");
        m.reg(
            self.ring_base_q.place().lanes(0, low),
            to,
            write.field("RING_BASE_LO", "base"),
        );
        let more = self.ring_base_q.len() - low;
        if more > 0 {
            let to = write.to("RING_BASE_HI");
            m.reg(
                self.ring_base_q.place().lanes(low, more),
                to,
                write.data().slice(0, more),
            );
        }
        let sized = write.to("RING_BITS");
        m.reg(
            &self.ring_bits_q,
            sized.clone(),
            write.field("RING_BITS", "bits"),
        );
        m.note("A new ring is empty.");
        let rung = write.to("TAIL");
        let tail = select(rung.clone(), write.field("TAIL", "index"), &self.head_i);
        m.reg(&self.tail_q, rung | sized, tail);
    }

    /// Errors of jobs, and accesses that were refused; what interrupts.
    fn records(&self, m: &mut Body, access: &Accesses) {
        m.note("The error record: the first error, until it is cleared.");
        let takes = e(&self.error_valid_i) & !e(&self.halted_q);
        let takes = m.wire("takes", "an error is taken", takes);
        let held = e(&self.halted_q) & !e(&self.clear_error_q);
        m.reg(&self.halted_q, true, takes.clone() | held);
        let parts = self.error_q.nets().0.into_iter().zip(self.error_i.nets().0);
        for (held, new) in parts {
            if let (Some(held), Some(new)) = (held, new) {
                let zero = lit(0, held.bits.clone());
                let record = select(takes.clone(), e(new), zero);
                m.reg(held, takes.clone() | &self.clear_error_q, record);
            }
        }

        m.note("The last access that was refused, and how many were.");
        let clears = access.to("ACCESS") & access.field("ACCESS", "refused");
        let refused = &access.refused;
        let changes = refused.clone() | clears;
        let changes = m.wire(
            "record_changes",
            "the record of refused accesses changes",
            changes,
        );
        let unless_cleared = |value: Expr| {
            let zero = lit(0, value.bits());
            select(refused.clone(), value, zero)
        };
        m.reg(&self.refused_q, changes.clone(), refused.clone());
        m.reg(
            &self.refused_code_q,
            changes.clone(),
            unless_cleared(access.code.clone()),
        );
        m.reg(
            &self.refused_write_q,
            changes.clone(),
            unless_cleared(e(&self.axi_lite.write_o)),
        );
        let addr = select(
            e(&self.axi_lite.write_o),
            &self.axi_lite.write_addr_o,
            &self.axi_lite.read_addr_o,
        );
        m.reg(&self.refused_addr_q, changes.clone(), unless_cleared(addr));
        let more = !e(&self.refused_count_q).all();
        let count = e(&self.refused_count_q) + more.wide(16);
        m.reg(&self.refused_count_q, changes, unless_cleared(count));

        m.note("Interrupts: what happens is stronger than what is cleared.");
        let overflows = self.overflow_i.or(false);
        let happens = concat([overflows, refused.clone(), takes, e(&self.done_irq_i)]);
        let cleared = select(
            access.to("IRQ_STATUS"),
            access.data().slice(0, CAUSES),
            lit(0, CAUSES),
        );
        let status = happens | (e(&self.irq_status_q) & !cleared);
        let status = m.wire("irq_status", "what has happened", status);
        let enabled = select(
            access.to("IRQ_ENABLE"),
            access.data().slice(0, CAUSES),
            &self.irq_enable_q,
        );
        let enabled = m.wire("irq_enable", "what interrupts", enabled);
        m.reg(&self.irq_status_q, true, status.clone());
        m.reg(&self.irq_enable_q, true, enabled.clone());
        m.reg(&self.irq_q, true, (status & enabled).any());
    }
}

/// Side by side, zeros that are neighbours joined.
fn joined(parts: Vec<Expr>) -> Expr {
    let mut joined: Vec<Expr> = Vec::new();
    for part in parts.into_iter().filter(|part| part.bits() != 0.into()) {
        match joined.last_mut() {
            Some(last) if last.constant() == Some(0) && part.constant() == Some(0) => {
                *last = lit(0, last.bits() + part.bits());
            }
            _ => joined.push(part),
        }
    }
    concat(joined)
}

impl Describe for Registers {
    fn describe(&self, m: &mut Body) {
        m.join(self.axi_lite.s_axil_i.nets(), self.s_axil_i.nets());
        m.join(self.s_axil_o.nets(), self.axi_lite.s_axil_o.nets());
        m.join(self.counters.event_i.nets(), self.event_i.nets());
        m.assign(&self.counters.clear_i, &self.clear_counters_q);

        let access = self.accesses(m);
        self.written(m, &access);
        self.records(m, &access);
        self.read(m, &access.pending);

        m.assign(&self.irq_o, &self.irq_q);
        m.assign(&self.enable_o, &self.enable_q);
        m.assign(
            &self.ring_base_o,
            concat([e(&self.ring_base_q), lit(0, RING_ALIGN)]),
        );
        m.assign(&self.ring_bits_o, &self.ring_bits_q);
        m.assign(&self.tail_o, &self.tail_q);
        m.assign(&self.halted_o, &self.halted_q);
        m.assign(&self.clear_error_o, &self.clear_error_q);
        m.assign(&self.clear_counters_o, &self.clear_counters_q);
    }
}
