//! The engine: all blocks behind AXI4-Lite and AXI4.

use super::codes::operand;
use super::faults::operand_of;
use super::ports::{MasterIn, MasterOut};
use super::registers::{Requests, Responses};
use super::{
    AxiRead, AxiWrite, Check, Core, Expand, Faults, Load, Masks, Registers, Ring, Store, Unpack,
};
use crate::arith::Arithmetic;
use crate::bundle::Running;
use crate::describe::{concat, e, lit, repeat, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Who asks for reads: the ring, the mask stage, the load stage.
const ASKS: usize = 3;

/// The tile engine: masked products of operands that lie in memory. Registers behind AXI4-Lite, descriptors,
/// operands, masks and results behind AXI4.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "engine")]
pub struct Engine<F: Arithmetic> {
    clocked: Running,
    /// all clock gates are transparent, for scan test
    #[hw(when = config.has_test_en())]
    pub test_en_i: Net<In, Bit>,
    /// interrupt, high until its causes are cleared
    pub irq_o: Net<Out, Bit>,
    #[hw(group = "AXI4-Lite: registers")]
    s_axil_i: Requests<In>,
    s_axil_o: Responses<Out>,
    #[hw(group = "AXI4: memory")]
    m_axi_o: MasterOut<Out>,
    m_axi_i: MasterIn<In>,

    registers: Registers,
    ring: Ring,
    check: Check,
    masks: Masks,
    load: Load,
    unpack: Unpack,
    core: Core<F>,
    store: Store,
    expand: Expand,
    faults: Faults,
    read: AxiRead,
    write: AxiWrite,
    /// number of the first descriptor that is not done
    #[hw(lanes = 16, style = config.control_style())]
    head_q: Reg<Bit>,
    /// read bursts under way
    #[hw(lanes = 8, style = config.control_style())]
    reads_q: Reg<Bit>,
    /// useful multiply-accumulates so far
    #[hw(lanes = 17, style = config.control_style())]
    macs_q: Reg<Bit>,
    /// PE-cycles that were not useful so far
    #[hw(lanes = 17, style = config.control_style())]
    gated_q: Reg<Bit>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// Connects ports where there are any.
macro_rules! connect {
    ($m:ident, $($to:expr => $from:expr),+ $(,)?) => {$(
        if $to.is_present() {
            $m.assign(&$to, &$from);
        }
    )+};
}

impl<F: Arithmetic> Engine<F> {
    /// The engine of `site`, whose format must be that of `F`.
    pub fn new(site: &Site) -> Self {
        Self::at(site)
    }

    /// Registers, ring and check: from the doorbell to a job.
    fn front(&self, m: &mut Body) {
        let Self { registers, ring, check, masks, store, .. } = self;
        m.join(registers.s_axil_i.nets(), self.s_axil_i.nets());
        m.join(self.s_axil_o.nets(), registers.s_axil_o.nets());
        connect!(m,
            self.irq_o => registers.irq_o,
            ring.enable_i => registers.enable_o,
            ring.base_i => registers.ring_base_o,
            ring.bits_i => registers.ring_bits_o,
            ring.tail_i => registers.tail_o,
            registers.head_i => self.head_q,
            check.desc_valid_i => ring.desc_valid_o,
            ring.desc_ready_i => check.desc_ready_o,
            check.desc_i => ring.desc_o,
            check.index_i => ring.index_o,
            check.error_i => ring.error_o,
            check.done_i => store.done_o,
            masks.job_valid_i => check.job_valid_o,
            check.job_ready_i => masks.job_ready_o,
        );
        m.join(masks.job_i.nets(), check.job_o.nets());
        let idle = e(&ring.idle_o) & &check.empty_o;
        m.assign(&registers.idle_i, idle);
        m.note("A job that is done moves the head.");
        m.reg(&self.head_q, &store.done_o, e(&self.head_q) + lit(1, 16));
    }

    /// Requests to the read master by priority, and its words to those who asked.
    fn reads(&self, m: &mut Body) {
        let Self { ring, masks, load, unpack, read, .. } = self;
        m.note("Descriptors go before masks, these before operands.");
        let asks: [Expr; ASKS] = [e(&ring.req_valid_o), e(&masks.req_valid_o), e(&load.req_valid_o)];
        let desc = asks[0].clone();
        let mask = m.wire("mask_asks", "a mask is asked for, and no descriptor", asks[1].clone() & !desc.clone());
        let rest = m.wire("load_asks", "an operand is asked for, and nothing else", asks[2].clone() & !(desc.clone() | &masks.req_valid_o));
        let of = |a: &Net<Out, Bit>, b: &Net<Out, Bit>, c: &Net<Out, Bit>| {
            select(desc.clone(), a, select(mask.clone(), b, c))
        };
        m.assign(&read.req_valid_i, desc.clone() | mask.clone() | rest.clone());
        m.assign(&read.req_addr_i, of(&ring.req_addr_o, &masks.req_addr_o, &load.req_addr_o));
        m.assign(&read.req_bytes_i, of(&ring.req_bytes_o, &masks.req_bytes_o, &load.req_bytes_o));
        let to = select(desc.clone(), lit(0, 2), select(mask.clone(), lit(1, 2), lit(2, 2)));
        m.assign(&read.req_to_i, to);
        m.assign(&ring.req_ready_i, &read.req_ready_o);
        m.assign(&masks.req_ready_i, e(&read.req_ready_o) & !desc.clone());
        m.assign(&load.req_ready_i, e(&read.req_ready_o) & rest);

        let is = |to: u128| e(&read.beat_to_o).is(lit(to, 2));
        let valid = |to: u128| e(&read.beat_valid_o) & is(to);
        m.note("Only operands may have to wait.");
        m.assign(&read.beat_ready_i, e(&unpack.beat_ready_o) | !is(2));
        m.assign(&ring.beat_valid_i, valid(0));
        m.assign(&masks.beat_valid_i, valid(1));
        m.assign(&unpack.beat_valid_i, valid(2));
        connect!(m,
            ring.beat_data_i => read.beat_data_o,
            ring.beat_last_i => read.beat_last_o,
            ring.beat_error_i => read.beat_error_o,
            masks.beat_data_i => read.beat_data_o,
            masks.beat_last_i => read.beat_last_o,
            masks.beat_error_i => read.beat_error_o,
            unpack.beat_data_i => read.beat_data_o,
            unpack.beat_skip_i => read.beat_skip_o,
            unpack.beat_error_i => read.beat_error_o,
            unpack.beat_resp_i => read.beat_resp_o,
            unpack.beat_addr_i => read.beat_addr_o,
        );
    }

    /// From masks by way of load to the array.
    fn middle(&self, m: &mut Body) {
        let Self { masks, load, unpack, core, store, check, ring, .. } = self;
        m.join(load.job_i.nets(), masks.job_o.nets());
        m.join(load.kept_i.nets(), masks.kept_o.nets());
        m.join(core.job_i.nets(), load.job_o.nets());
        m.join(core.kept_i.nets(), load.kept_o.nets());
        connect!(m,
            load.job_valid_i => masks.job_valid_o,
            masks.job_ready_i => load.job_ready_o,
            core.job_valid_i => load.job_valid_o,
            load.job_ready_i => core.job_ready_o,
            core.load_a_i => load.awaits_a_o,
            core.load_c0_i => load.awaits_c0_o,
            core.event_i => unpack.event_o,
            load.a_done_i => core.a_free_o,
            load.done_i => store.done_o,
            core.stored_i => store.done_o,
        );
        m.join(unpack.order_nets(), load.order_o.nets());
        m.assign(&unpack.order_valid_i, &load.order_valid_o);
        m.assign(&load.order_ready_i, &unpack.order_ready_o);
        let _ = (check, ring);
    }
}

impl<F: Arithmetic> Describe for Engine<F> {
    fn describe(&self, m: &mut Body) {
        self.front(m);
        self.reads(m);
        self.middle(m);
    }
}
