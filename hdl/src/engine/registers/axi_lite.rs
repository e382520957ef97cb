//! The AXI4-Lite port: from five channels to one access at a time.

use super::table::ADDRESS_BITS;
use crate::bundle::Running;
use crate::describe::{concat, e, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::ArrayConfig;
use heddle_derive::{Bundle, Module};
use rust_hdl::prelude::*;

/// What an AXI4-Lite master drives. Protection bits are left out: all may access all.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Requests<D: Direction + 'static> {
    /// an address to write to is offered
    pub awvalid: Net<D, Bit>,
    /// the address
    #[hw(lanes = ADDRESS_BITS)]
    pub awaddr: Net<D, Bit>,
    /// data to write are offered
    pub wvalid: Net<D, Bit>,
    /// the data
    #[hw(lanes = 32)]
    pub wdata: Net<D, Bit>,
    /// which of the four bytes are written
    #[hw(lanes = 4)]
    pub wstrb: Net<D, Bit>,
    /// the response to a write is taken
    pub bready: Net<D, Bit>,
    /// an address to read from is offered
    pub arvalid: Net<D, Bit>,
    /// the address
    #[hw(lanes = ADDRESS_BITS)]
    pub araddr: Net<D, Bit>,
    /// what was read is taken
    pub rready: Net<D, Bit>,
}

/// What an AXI4-Lite slave drives.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Responses<D: Direction + 'static> {
    /// the address is taken
    pub awready: Net<D, Bit>,
    /// the data are taken
    pub wready: Net<D, Bit>,
    /// a response to a write
    pub bvalid: Net<D, Bit>,
    /// 0: OKAY, 2: SLVERR, the write was refused
    #[hw(lanes = 2)]
    pub bresp: Net<D, Bit>,
    /// the address is taken
    pub arready: Net<D, Bit>,
    /// a response to a read
    pub rvalid: Net<D, Bit>,
    /// what was read
    #[hw(lanes = 32)]
    pub rdata: Net<D, Bit>,
    /// 0: OKAY, 2: SLVERR, the read was refused
    #[hw(lanes = 2)]
    pub rresp: Net<D, Bit>,
}

/// AXI4-Lite slave: one access in a cycle, a read or a write, whose answer is known at once. Address
/// and data of a write come in any order. An access is done in the second cycle after it was taken, since
/// what is wrong with it is found out in the first, unless the response before it waits, or, of a read, a write
/// is done; its response is there in the next one.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "engine_axi_lite")]
pub struct AxiLite {
    clocked: Running,
    #[hw(group = "AXI4-Lite")]
    pub(super) s_axil_i: Requests<In>,
    pub(super) s_axil_o: Responses<Out>,
    /// a write is done
    #[hw(group = "Writes")]
    pub write_o: Net<Out, Bit>,
    /// its address
    #[hw(lanes = ADDRESS_BITS)]
    pub write_addr_o: Net<Out, Bit>,
    /// its data
    #[hw(lanes = 32)]
    pub write_data_o: Net<Out, Bit>,
    /// which of the four bytes are written
    #[hw(lanes = 4)]
    pub write_strb_o: Net<Out, Bit>,
    /// the write is refused: known the cycle after its address and data are there
    pub write_error_i: Net<In, Bit>,
    /// a read is done
    #[hw(group = "Reads")]
    pub read_o: Net<Out, Bit>,
    /// its address
    #[hw(lanes = ADDRESS_BITS)]
    pub read_addr_o: Net<Out, Bit>,
    /// what is read
    #[hw(lanes = 32)]
    pub read_data_i: Net<In, Bit>,
    /// the read is refused: known the cycle after its address is there
    pub read_error_i: Net<In, Bit>,

    /// an address to write to waits
    #[hw(style = config.control_style())]
    aw_full_q: Reg<Bit>,
    /// the address
    #[hw(lanes = ADDRESS_BITS, style = config.data_style())]
    aw_q: Reg<Bit>,
    /// data to write wait
    #[hw(style = config.control_style())]
    w_full_q: Reg<Bit>,
    /// the data
    #[hw(lanes = 32, style = config.data_style())]
    w_data_q: Reg<Bit>,
    /// their strobes
    #[hw(lanes = 4, style = config.data_style())]
    w_strb_q: Reg<Bit>,
    /// address and data waited in the cycle before
    #[hw(style = config.control_style())]
    known_q: Reg<Bit>,
    /// an address to read from waited in the cycle before
    #[hw(style = config.control_style())]
    read_known_q: Reg<Bit>,
    /// a response to a write waits
    #[hw(style = config.control_style())]
    b_full_q: Reg<Bit>,
    /// the write was refused
    #[hw(style = config.control_style())]
    b_error_q: Reg<Bit>,
    /// an address to read from waits
    #[hw(style = config.control_style())]
    ar_full_q: Reg<Bit>,
    /// the address
    #[hw(lanes = ADDRESS_BITS, style = config.data_style())]
    ar_q: Reg<Bit>,
    /// a response to a read waits
    #[hw(style = config.control_style())]
    r_full_q: Reg<Bit>,
    /// the read was refused
    #[hw(style = config.control_style())]
    r_error_q: Reg<Bit>,
    /// what was read
    #[hw(lanes = 32, style = config.data_style())]
    r_data_q: Reg<Bit>,
    _body: Compiled,
}

impl Describe for AxiLite {
    fn describe(&self, m: &mut Body) {
        let (requests, responses) = (&self.s_axil_i, &self.s_axil_o);
        m.note("What is taken waits here until its access is done.");
        m.assign(&responses.awready, !e(&self.aw_full_q));
        m.assign(&responses.wready, !e(&self.w_full_q));
        m.assign(&responses.arready, !e(&self.ar_full_q));
        let taken = |valid: &Net<In, Bit>, full: &Reg<Bit>| e(valid) & !e(full);
        let aw = m.wire(
            "aw",
            "an address to write to is taken",
            taken(&requests.awvalid, &self.aw_full_q),
        );
        let w = m.wire(
            "w",
            "data to write are taken",
            taken(&requests.wvalid, &self.w_full_q),
        );
        let ar = m.wire(
            "ar",
            "an address to read from is taken",
            taken(&requests.arvalid, &self.ar_full_q),
        );

        m.note("An access is done where its response has a place.");
        let room = |full: &Reg<Bit>, ready: &Net<In, Bit>| !e(full) | ready;
        let write = e(&self.known_q) & room(&self.b_full_q, &requests.bready);
        let write = m.wire("write", "a write is done", write);
        let known = e(&self.aw_full_q) & &self.w_full_q & !write.clone();
        m.reg(&self.known_q, true, known);
        let room = room(&self.r_full_q, &requests.rready);
        let read = e(&self.read_known_q) & room & !write.clone();
        let read = m.wire("read", "a read is done", read);
        m.reg(&self.read_known_q, true, e(&self.ar_full_q) & !read.clone());

        m.note("Requests.");
        let held = |full: &Reg<Bit>, done: &Expr| e(full) & !done.clone();
        m.reg(
            &self.aw_full_q,
            true,
            aw.clone() | held(&self.aw_full_q, &write),
        );
        m.reg(
            &self.w_full_q,
            true,
            w.clone() | held(&self.w_full_q, &write),
        );
        m.reg(
            &self.ar_full_q,
            true,
            ar.clone() | held(&self.ar_full_q, &read),
        );
        m.reg(&self.aw_q, aw, &requests.awaddr);
        m.reg(&self.w_data_q, w.clone(), &requests.wdata);
        m.reg(&self.w_strb_q, w, &requests.wstrb);
        m.reg(&self.ar_q, ar, &requests.araddr);

        m.note("Responses.");
        let waits = |full: &Reg<Bit>, ready: &Net<In, Bit>| e(full) & !e(ready);
        m.reg(
            &self.b_full_q,
            true,
            write.clone() | waits(&self.b_full_q, &requests.bready),
        );
        m.reg(
            &self.r_full_q,
            true,
            read.clone() | waits(&self.r_full_q, &requests.rready),
        );
        m.reg(&self.b_error_q, write.clone(), &self.write_error_i);
        m.reg(&self.r_error_q, read.clone(), &self.read_error_i);
        let zero = crate::describe::lit(0, 32);
        m.reg(
            &self.r_data_q,
            read.clone(),
            select(e(&self.read_error_i), zero, &self.read_data_i),
        );
        m.assign(&responses.bvalid, &self.b_full_q);
        m.assign(&responses.bresp, concat([e(&self.b_error_q), false.into()]));
        m.assign(&responses.rvalid, &self.r_full_q);
        m.assign(&responses.rdata, &self.r_data_q);
        m.assign(&responses.rresp, concat([e(&self.r_error_q), false.into()]));

        m.assign(&self.write_o, write);
        m.assign(&self.write_addr_o, &self.aw_q);
        m.assign(&self.write_data_o, &self.w_data_q);
        m.assign(&self.write_strb_o, &self.w_strb_q);
        m.assign(&self.read_o, read);
        m.assign(&self.read_addr_o, &self.ar_q);
    }
}
