//! The engine: all blocks behind AXI4-Lite and AXI4.

mod tells;

use crate::arith::Arithmetic;
use crate::bundle::Running;
use crate::connect::connect;
use crate::describe::{e, lit, repeat, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::engine::codes::operand;
use crate::engine::numbers::{fit, unread};
use crate::engine::ports::{LiteIn, LiteOut, MasterIn, MasterOut};
use crate::engine::registers::Registers;
use crate::engine::{
    AxiRead, AxiWrite, Check, Core, Ended, Expand, Faults, Fifo, Load, Masks, Ring, Store, Unpack,
};
use crate::{ArrayConfig, Site};
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
    s_axil_i: LiteIn<In>,
    s_axil_o: LiteOut<Out>,
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
    ended: Ended,
    store: Store,
    expand: Expand,
    faults: Faults,
    /// words of sums that are asked for
    #[hw(build = Fifo::new(config, 2, config.sum_addr_bits()))]
    asked: Fifo,
    read: AxiRead,
    write: AxiWrite,
    /// number of the first descriptor that is not done
    #[hw(lanes = 16, style = config.control_style())]
    head_q: Reg<Bit>,
    /// read bursts under way
    #[hw(lanes = 8, style = config.control_style())]
    reads_q: Reg<Bit>,
    /// response to a descriptor that could not be read
    #[hw(lanes = 2, style = config.data_style())]
    desc_resp_q: Reg<Bit>,
    /// address of its burst
    #[hw(lanes = config.engine().addr_bits, style = config.data_style())]
    desc_addr_q: Reg<Bit>,
    /// a word of sums is read
    #[hw(style = config.control_style())]
    sum_read_q: Reg<Bit>,
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

impl<F: Arithmetic> Engine<F> {
    /// The engine of `site`, whose format must be that of `F`.
    pub fn new(site: &Site) -> Self {
        Self::at(site)
    }

    /// Registers, ring and check: from the doorbell to a job.
    fn front(&self, m: &mut Body) {
        let Self {
            registers,
            ring,
            check,
            masks,
            ended,
            store,
            ..
        } = self;
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
            check.left_i => ended.left_o,
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
        let Self {
            ring,
            masks,
            load,
            unpack,
            read,
            ..
        } = self;
        m.note("Descriptors go before masks, these before operands.");
        let asks: [Expr; ASKS] = [
            e(&ring.req_valid_o),
            e(&masks.req_valid_o),
            e(&load.req_valid_o),
        ];
        let desc = asks[0].clone();
        let mask = m.wire(
            "mask_asks",
            "a mask is asked for, and no descriptor",
            asks[1].clone() & !desc.clone(),
        );
        let rest = m.wire(
            "load_asks",
            "an operand is asked for, and nothing else",
            asks[2].clone() & !(desc.clone() | &masks.req_valid_o),
        );
        let of = |a: &Net<Out, Bit>, b: &Net<Out, Bit>, c: &Net<Out, Bit>| {
            select(desc.clone(), a, select(mask.clone(), b, c))
        };
        m.assign(
            &read.req_valid_i,
            desc.clone() | mask.clone() | rest.clone(),
        );
        m.assign(
            &read.req_addr_i,
            of(&ring.req_addr_o, &masks.req_addr_o, &load.req_addr_o),
        );
        m.assign(
            &read.req_bytes_i,
            of(&ring.req_bytes_o, &masks.req_bytes_o, &load.req_bytes_o),
        );
        let to = select(
            desc.clone(),
            lit(0, 2),
            select(mask.clone(), lit(1, 2), lit(2, 2)),
        );
        m.assign(&read.req_to_i, to);
        m.assign(&ring.req_ready_i, &read.req_ready_o);
        m.assign(&masks.req_ready_i, e(&read.req_ready_o) & !desc.clone());
        let others = desc.clone() | &masks.req_valid_o;
        m.assign(&load.req_ready_i, e(&read.req_ready_o) & !others);

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
            masks.beat_resp_i => read.beat_resp_o,
            masks.beat_addr_i => read.beat_addr_o,
            unpack.beat_data_i => read.beat_data_o,
            unpack.beat_skip_i => read.beat_skip_o,
            unpack.beat_error_i => read.beat_error_o,
            unpack.beat_resp_i => read.beat_resp_o,
            unpack.beat_addr_i => read.beat_addr_o,
        );
    }

    /// From masks by way of load to the array.
    fn middle(&self, m: &mut Body) {
        let Self {
            masks,
            load,
            unpack,
            core,
            store,
            check,
            ring,
            ..
        } = self;
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
        m.assign(&core.a_base_i, fit(e(&load.a_word_o), core.a_base_i.len()));
        let free = e(&core.b_free_count_o) & repeat(core.b_free_count_o.len(), e(&core.b_free_o));
        m.assign(&load.b_free_i, fit(free, load.b_free_i.len()));
        if core.more_i.is_present() {
            m.note("A run stays open while a job may come that goes on with it.");
            let earlier = e(&masks.job_valid_o) | e(&ring.more_o) | !e(&masks.job_ready_o);
            let earlier = earlier & !e(&check.waits_o);
            let more = e(&load.more_o) | (earlier & !e(&load.stuck_o));
            m.assign(&core.more_i, more);
        }
        m.join(unpack.order_i.nets(), load.order_o.nets());
        connect!(m,
            unpack.order_valid_i => load.order_valid_o,
            load.order_ready_i => unpack.order_ready_o,
            masks.bits_load_addr_i => unpack.bits_addr_o,
            unpack.bits_data_i => masks.bits_load_data_o,
            masks.reads_i.list_m_addr => load.list_m_addr_o,
            load.list_m_data_i => masks.words_o.list_m_data,
            masks.reads_i.list_row_addr => load.list_row_addr_o,
            load.list_row_data_i => masks.words_o.list_row_data,
            masks.reads_i.bound_addr => load.bound_addr_o,
            load.bound_data_i => masks.words_o.bound_data,
            masks.reads_i.seed_m_addr => core.list_m_addr_o,
            core.list_m_data_i => masks.words_o.seed_m_data,
            core.write_valid_i => unpack.write_valid_o,
            unpack.write_ready_i => core.write_ready_o,
            core.write_to_i => unpack.write_to_o,
            core.write_addr_i => unpack.write_addr_o,
            core.write_keep_i => unpack.write_keep_o,
        );
        m.assign(
            &core.write_data_i,
            fit(e(&unpack.write_data_o), core.write_data_i.len()),
        );
        m.assign(&masks.reads_i.tile_r_addr, &core.tile_r_addr_o);
        m.assign(&core.tile_r_data_i, &masks.words_o.tile_r_data);
        m.assign(&masks.reads_i.tile_c_addr, &core.tile_c_addr_o);
        m.assign(&core.tile_c_data_i, &masks.words_o.tile_c_data);
    }

    /// From the sums back to memory.
    fn back(&self, m: &mut Body) {
        let Self {
            masks,
            core,
            ended,
            store,
            expand,
            write,
            registers,
            ..
        } = self;
        m.join(ended.job_i.nets(), core.done_o.nets());
        m.join(ended.kept_i.nets(), core.done_kept_o.nets());
        m.join(store.last_i.nets(), ended.last_o.nets());
        m.join(store.once_i.nets(), ended.once_o.nets());
        connect!(m,
            ended.job_valid_i => core.done_valid_o,
            core.done_ready_i => ended.job_ready_o,
            store.last_valid_i => ended.last_valid_o,
            ended.last_ready_i => store.last_ready_o,
            ended.done_i => store.done_o,
            store.halted_i => registers.halted_o,
            store.write_error_i => write.error_o,
            store.write_idle_i => write.idle_o,
            store.expand_idle_i => expand.idle_o,
            masks.reads_i.live_addr => store.live_addr_o,
            store.live_data_i => masks.words_o.live_data,
            expand.order_valid_i => store.order_valid_o,
            store.order_ready_i => expand.order_ready_o,
            expand.order_addr_i => store.order_addr_o,
            expand.order_count_i => store.order_count_o,
            expand.order_sums_i => store.order_sums_o,
            expand.order_packed_i => store.order_packed_o,
            expand.order_masked_i => store.order_masked_o,
            expand.order_zeros_i => store.order_zeros_o,
            expand.order_mask_i => store.order_mask_o,
            masks.bits_store_addr_i => expand.bits_addr_o,
            expand.bits_data_i => masks.bits_store_data_o,
            expand.sum_data_i => core.store_data_o,
            write.req_valid_i => expand.req_valid_o,
            expand.req_ready_i => write.req_ready_o,
            write.req_addr_i => expand.req_addr_o,
            write.req_words_i => expand.req_words_o,
            write.word_valid_i => expand.word_valid_o,
            expand.word_ready_i => write.word_ready_o,
            write.word_data_i => expand.word_data_o,
            write.word_strb_i => expand.word_strb_o,
            write.stop_i => store.stop_o,
        );
        m.note("Words of sums that are asked for wait here, and the array goes before them.");
        let addr = fit(e(&store.sum_req_addr_o), core.store_addr_i.len());
        self.asked.push(m, e(&store.sum_req_valid_o), [addr]);
        m.assign(&store.sum_req_ready_i, &self.asked.push_ready_o);
        m.assign(&core.store_addr_i, &self.asked.pop_data_o);
        m.note("A word of sums is read where there is room for it, and comes in the next cycle.");
        let asks = e(&self.asked.pop_valid_o) & &expand.sum_ready_o;
        m.assign(&core.store_valid_i, asks.clone());
        m.assign(
            &self.asked.pop_ready_i,
            e(&core.store_ready_o) & &expand.sum_ready_o,
        );
        let read = m.wire(
            "sum_read",
            "a word of sums is read",
            asks & &core.store_ready_o,
        );
        m.reg(&self.sum_read_q, true, read);
        m.assign(&expand.sum_valid_i, &self.sum_read_q);
    }

    /// What the blocks tell beyond what is needed here.
    fn unread(&self, m: &mut Body) {
        unread(
            m,
            &[
                &self.registers.clear_error_o,
                &self.registers.clear_counters_o,
                &self.masks.beat_ready_o,
                &self.load.works_o,
                &self.read.beat_first_o,
                &self.read.idle_o,
            ],
        );
        if !self.core.more_i.is_present() {
            unread(
                m,
                &[&self.check.waits_o, &self.load.more_o, &self.load.stuck_o],
            );
        }
    }

    /// AXI4.
    fn buses(&self, m: &mut Body) {
        let (out, into) = (&self.m_axi_o, &self.m_axi_i);
        let (read, write) = (self.read.port(), self.write.port());
        connect!(m,
            out.arid => read.arid_o, out.araddr => read.araddr_o, out.arlen => read.arlen_o,
            out.arsize => read.arsize_o, out.arburst => read.arburst_o, out.arlock => read.arlock_o,
            out.arcache => read.arcache_o, out.arprot => read.arprot_o, out.arqos => read.arqos_o,
            out.arvalid => read.arvalid_o, out.rready => read.rready_o,
            read.arready_i => into.arready, read.rid_i => into.rid, read.rdata_i => into.rdata,
            read.rresp_i => into.rresp, read.rlast_i => into.rlast, read.rvalid_i => into.rvalid,
            out.awid => write.awid_o, out.awaddr => write.awaddr_o, out.awlen => write.awlen_o,
            out.awsize => write.awsize_o, out.awburst => write.awburst_o, out.awlock => write.awlock_o,
            out.awcache => write.awcache_o, out.awprot => write.awprot_o, out.awqos => write.awqos_o,
            out.awvalid => write.awvalid_o, out.wdata => write.wdata_o, out.wstrb => write.wstrb_o,
            out.wlast => write.wlast_o, out.wvalid => write.wvalid_o, out.bready => write.bready_o,
            write.awready_i => into.awready, write.wready_i => into.wready, write.bid_i => into.bid,
            write.bresp_i => into.bresp, write.bvalid_i => into.bvalid,
        );
    }
}

/// The operand whose words go there.
fn load_operand(to: Expr) -> Expr {
    let code = |code: u8| lit(u128::from(code), 3);
    let b = select(
        to.clone().is(lit(2, 2)),
        code(operand::B),
        code(operand::C0),
    );
    select(to.is(lit(1, 2)), code(operand::A), b)
}

impl<F: Arithmetic> Describe for Engine<F> {
    fn describe(&self, m: &mut Body) {
        self.unread(m);
        self.front(m);
        self.reads(m);
        self.middle(m);
        self.back(m);
        self.tells(m);
        self.counts(m);
        self.buses(m);
    }
}
