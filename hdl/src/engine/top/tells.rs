//! What the engine tells: errors, what became of jobs, what is counted.

use super::{load_operand, Engine};
use crate::arith::Arithmetic;
use crate::connect::connect;
use crate::describe::{e, lit, repeat, select, Body, Expr, Net};
use crate::engine::codes::{self, operand};
use crate::engine::numbers::fit;
use rust_hdl::prelude::*;

impl<F: Arithmetic> Engine<F> {
    /// Errors, and what is told of jobs.
    pub(super) fn tells(&self, m: &mut Body) {
        let Self {
            ring,
            registers,
            check,
            masks,
            load,
            unpack,
            core,
            ended,
            store,
            faults,
            read,
            write,
            ..
        } = self;
        let code = |code: u8| lit(u128::from(code), 3);
        m.note("An error of a descriptor is its job's, which has a slot when it is taken.");
        let desc = e(&read.beat_valid_o) & e(&read.beat_to_o).is(lit(0, 2)) & &read.beat_error_o;
        let desc = m.wire("desc_error", "a descriptor's word is an error", desc);
        m.reg(&self.desc_resp_q, desc.clone(), &read.beat_resp_o);
        m.reg(&self.desc_addr_q, desc, &read.beat_addr_o);
        let taken = e(&check.desc_ready_o) & &ring.error_o;
        let taken = m.wire(
            "desc_fails",
            "a job is taken whose descriptor could not be read",
            taken,
        );
        let mask = e(&masks.error_o) & &masks.job_valid_o;
        let fault = &faults.early_i;
        let of = |desc: Expr, mask: Expr| select(taken.clone(), desc, mask);
        m.assign(&fault.valid, taken.clone() | mask);
        m.assign(&fault.slot, of(e(&check.job_o.slot), e(&masks.job_o.slot)));
        m.assign(
            &fault.operand,
            of(code(operand::DESCRIPTOR), code(operand::MASK)),
        );
        m.assign(
            &fault.resp,
            of(e(&self.desc_resp_q), e(&masks.error_resp_o)),
        );
        m.assign(
            &fault.addr,
            of(e(&self.desc_addr_q), e(&masks.error_addr_o)),
        );
        let fault = &faults.read_i;
        m.assign(&fault.valid, &unpack.error_o);
        m.assign(&fault.slot, &unpack.error_slot_o);
        m.assign(&fault.operand, load_operand(e(&unpack.error_to_o)));
        m.assign(&fault.resp, &unpack.error_resp_o);
        m.assign(&fault.addr, &unpack.error_addr_o);
        let fault = &faults.write_i;
        m.assign(&fault.valid, &write.error_o);
        m.assign(&fault.resp, &write.error_resp_o);
        m.assign(&fault.addr, &write.error_addr_o);
        let slots = (0..4).fold(e(false), |any, slot| {
            any | (e(&load.job_o.slot).is(lit(slot as u128, 2)) & faults.bad_o.at(slot))
        });
        m.assign(&load.bad_i, slots);
        let bus = e(&store.code_o).is(lit(u128::from(codes::job::BUS), 8));
        let error = &registers.error_i;
        let only = |value: &Net<Out, Bit>| e(value) & repeat(value.len(), bus.clone());
        connect!(m,
            ended.bad_i => faults.bad_o,
            faults.done_i => store.done_o,
            faults.slot_i => store.slot_o,
            faults.bad_i => store.bad_o,
            registers.done_irq_i => store.irq_o,
            registers.error_valid_i => store.failed_o,
            registers.overflow_i => core.ovf_o,
            error.code => store.code_o,
            error.tag => store.tag_o,
            error.index => store.index_o,
        );
        m.assign(&error.operand, only(&faults.operand_o));
        m.assign(&error.resp, only(&faults.resp_o));
        m.assign(&error.addr, only(&faults.addr_o));
    }

    /// What is counted.
    pub(super) fn counts(&self, m: &mut Body) {
        let Self {
            registers,
            ring,
            check,
            load,
            core,
            store,
            ..
        } = self;
        let event = &registers.event_i;
        let busy = m.wire(
            "busy",
            "there is something to do",
            e(&ring.more_o) | !e(&check.empty_o),
        );
        let stores = e(&core.wait_job_o) & &store.busy_o;
        m.assign(&event.busy, busy.clone());
        for (event, cause) in [
            (&event.compute, e(&core.compute_o)),
            (&event.wait_a, e(&core.wait_a_o)),
            (&event.wait_b, e(&core.wait_b_o)),
            (&event.wait_c0, e(&core.wait_c0_o)),
            (&event.wait_store, e(&core.wait_stores_o) | stores.clone()),
            (&event.wait_sum, e(&core.wait_trip_o)),
            (&event.wait_job, e(&core.wait_job_o) & !stores),
        ] {
            m.assign(event, busy.clone() & cause);
        }
        m.assign(&event.job, &store.done_o);
        m.note("The array counts on its own: what it counted in a cycle.");
        for (name, event, count, last) in [
            ("new_macs", &event.macs, &core.macs_o, &self.macs_q),
            ("new_gated", &event.gated, &core.gated_o, &self.gated_q),
        ] {
            let low = e(count).slice(0, 17);
            m.reg(last, true, low.clone());
            let new = m.wire(name, "counted in the last cycle", low - last);
            m.assign(event, fit(new, event.len()));
        }
        m.assign(
            &event.rows_fetched,
            e(&load.fetched_o).wide(event.rows_fetched.len()),
        );
        let skipped = e(&load.skipped_o) & repeat(load.skipped_o.len(), e(&load.skips_o));
        m.assign(&event.rows_skipped, fit(skipped, event.rows_skipped.len()));
        let bytes = self._config.engine().bus_bytes();
        let port = (&self.m_axi_o, &self.m_axi_i);
        let comes = e(&port.1.rvalid) & &port.0.rready;
        let comes = m.wire("comes", "a word is read", comes);
        let size = event.bytes_read.len();
        m.assign(
            &event.bytes_read,
            select(comes.clone(), lit(bytes as u128, size), lit(0, size)),
        );
        let goes = e(&port.0.wvalid) & &port.1.wready;
        let count = e(&port.0.wstrb).total(1, size);
        let count = m.wire("strobes", "bytes of the word", count);
        m.assign(&event.bytes_written, select(goes, count, lit(0, size)));
        let begins = e(&port.0.arvalid) & &port.1.arready;
        let begins = m.wire("begins", "a burst of reads begins", begins);
        let ends = m.wire("ends", "a burst of reads ends", comes & &port.1.rlast);
        let one = lit(1, 8);
        let reads = e(&self.reads_q);
        let reads = select(begins.clone(), reads.clone() + one.clone(), reads - one);
        m.reg(&self.reads_q, begins ^ ends, reads);
        m.assign(&event.reads, fit(e(&self.reads_q), event.reads.len()));
    }
}
