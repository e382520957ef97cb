//! What went wrong on the bus, job by job.

use super::codes::operand;
use crate::bundle::Running;
use crate::describe::{concat, e, lit, select, Body, Compiled, Describe, Expr, Net, Reg, Stored};
use crate::ArrayConfig;
use heddle_derive::{Bundle, Module};
use rust_hdl::prelude::*;

/// An error response.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Failure<D: Direction + 'static> {
    /// the response was an error
    pub valid: Net<D, Bit>,
    /// slot of the job
    #[hw(lanes = 2)]
    pub slot: Net<D, Bit>,
    /// what the burst was for
    #[hw(lanes = 3)]
    pub operand: Net<D, Bit>,
    /// response
    #[hw(lanes = 2)]
    pub resp: Net<D, Bit>,
    /// address of the burst
    #[hw(lanes = config.engine().addr_bits)]
    pub addr: Net<D, Bit>,
}

/// An error response to a write.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Write<D: Direction + 'static> {
    /// the response was an error
    pub valid: Net<D, Bit>,
    /// response
    #[hw(lanes = 2)]
    pub resp: Net<D, Bit>,
    /// address of the burst
    #[hw(lanes = config.engine().addr_bits)]
    pub addr: Net<D, Bit>,
}

/// Keeps the first error response of each job that is under way until the job is done.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "engine_faults")]
pub struct Faults {
    clocked: Running,
    /// of a descriptor or a mask
    pub early_i: Failure<In>,
    /// of an operand
    pub read_i: Failure<In>,
    /// of a write
    pub write_i: Write<In>,
    /// the slot's job has failed
    #[hw(lanes = 4)]
    pub bad_o: Net<Out, Bit>,
    /// a job is done
    #[hw(group = "Job that is told")]
    pub done_i: Net<In, Bit>,
    /// the job failed before it was to be stored, and has its slot still
    pub bad_i: Net<In, Bit>,
    /// its slot
    #[hw(lanes = 2)]
    pub slot_i: Net<In, Bit>,
    /// what its burst was for
    #[hw(lanes = 3)]
    pub operand_o: Net<Out, Bit>,
    /// response
    #[hw(lanes = 2)]
    pub resp_o: Net<Out, Bit>,
    /// address of the burst
    #[hw(lanes = config.engine().addr_bits)]
    pub addr_o: Net<Out, Bit>,

    /// of a descriptor or a mask, in the cycle before
    #[hw(style = config.control_style())]
    early_q: Failure<Stored>,
    /// of an operand, in the cycle before
    #[hw(style = config.control_style())]
    read_q: Failure<Stored>,
    /// the slot's job has failed
    #[hw(lanes = 4, style = config.control_style())]
    bad_q: Reg<Bit>,
    /// what each slot's burst was for
    #[hw(lanes = 4, bits = 3, style = config.data_style())]
    operand_q: Reg<Bits<3>>,
    /// responses
    #[hw(lanes = 4, bits = 2, style = config.data_style())]
    resp_q: Reg<Bits<2>>,
    /// addresses
    #[hw(lanes = 4, bits = config.engine().addr_bits, style = config.data_style())]
    addr_q: Reg<Bits<64>>,
    /// a write of the job that is stored was an error
    #[hw(style = config.control_style())]
    write_q: Reg<Bit>,
    /// its response
    #[hw(lanes = 2, style = config.data_style())]
    write_resp_q: Reg<Bit>,
    /// its address
    #[hw(lanes = config.engine().addr_bits, style = config.data_style())]
    write_addr_q: Reg<Bit>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl Describe for Faults {
    fn describe(&self, m: &mut Body) {
        m.note(
            "A job is under way for long behind its last error, which may be kept a cycle later.",
        );
        m.regs(self.early_q.nets(), &e(true), self.early_i.nets());
        m.regs(self.read_q.nets(), &e(true), self.read_i.nets());
        let of = [&self.early_q, &self.read_q];
        let is = |net: Expr, slot: usize| net.is(lit(slot as u128, 2));
        m.note("A job's first one counts, which is the earlier stage's if two come in a cycle.");
        let mut bad = Vec::new();
        for slot in 0..4 {
            let hits = of.map(|of| e(&of.valid) & is(e(&of.slot), slot));
            let hit = hits.iter().fold(e(false), |any, hit| any | hit.clone());
            let hit = m.wire("hit", "an error of the slot's job", hit);
            let done = e(&self.done_i) & &self.bad_i & is(e(&self.slot_i), slot);
            bad.push((hit.clone() | self.bad_q.at(slot)) & !done);
            let first = m.wire("first", "its first one", hit & !e(self.bad_q.at(slot)));
            let chosen = |field: &dyn Fn(&Failure<Stored>) -> Expr| {
                let [early, read] = of.map(field);
                select(hits[0].clone(), early, read)
            };
            let operand = chosen(&|of| e(&of.operand));
            m.reg(self.operand_q.at(slot), first.clone(), operand);
            m.reg(
                self.resp_q.at(slot),
                first.clone(),
                chosen(&|of| e(&of.resp)),
            );
            m.reg(self.addr_q.at(slot), first, chosen(&|of| e(&of.addr)));
        }
        bad.reverse();
        m.reg(&self.bad_q, true, concat(bad));
        m.assign(&self.bad_o, &self.bad_q);
        let shown = |of: &dyn Fn(usize) -> Expr| {
            (1..4).fold(of(0), |other, slot| {
                select(is(e(&self.slot_i), slot), of(slot), other)
            })
        };
        m.note(
            "The job that is stored may have left its slot: errors of its writes are kept apart.",
        );
        let write = &self.write_i;
        let done = e(&self.done_i);
        let first = e(&write.valid) & !e(&self.write_q);
        let first = m.wire("write_first", "the first error of a write", first);
        m.reg(&self.write_q, true, (first.clone() | &self.write_q) & !done);
        m.reg(&self.write_resp_q, first.clone(), &write.resp);
        m.reg(&self.write_addr_q, first, &write.addr);
        let told = |slots: Expr, write: Expr| select(e(&self.bad_i), slots, write);
        let operand = shown(&|slot| e(self.operand_q.at(slot)));
        let c = lit(u128::from(operand::C), 3);
        m.assign(&self.operand_o, told(operand, c));
        let resp = shown(&|slot| e(self.resp_q.at(slot)));
        m.assign(&self.resp_o, told(resp, e(&self.write_resp_q)));
        let addr = shown(&|slot| e(self.addr_q.at(slot)));
        m.assign(&self.addr_o, told(addr, e(&self.write_addr_q)));
    }
}
