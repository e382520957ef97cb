//! The ports of an AXI4 master (AMBA IHI 0022, AXI4): what it reads with, and what it writes with.
//!
//! Bursts are INCR, of the whole bus width, with one ID. Optional signals are driven with constants:
//! AxCACHE 0011 (normal memory, modifiable, bufferable, not cached), AxPROT 000 (unprivileged, secure, data),
//! no exclusive access, no quality of service. There is no AxREGION and no AxUSER.

use crate::describe::{bits_to, lit, Body, Net, Place};
use crate::ArrayConfig;
use heddle_derive::Bundle;
use rust_hdl::prelude::*;

/// AXI4 read address and read data channels.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct ReadPort {
    /// ID of the burst: always 0
    pub arid_o: Net<Out, Bit>,
    /// address of the burst's first beat, a multiple of the bus's bytes
    #[hw(lanes = config.engine().addr_bits)]
    pub araddr_o: Net<Out, Bit>,
    /// beats of the burst less one
    #[hw(lanes = 8)]
    pub arlen_o: Net<Out, Bit>,
    /// bytes of a beat: those of the bus
    #[hw(lanes = 3)]
    pub arsize_o: Net<Out, Bit>,
    /// kind of burst: INCR
    #[hw(lanes = 2)]
    pub arburst_o: Net<Out, Bit>,
    /// exclusive access: never
    pub arlock_o: Net<Out, Bit>,
    /// normal memory, bufferable, not cached
    #[hw(lanes = 4)]
    pub arcache_o: Net<Out, Bit>,
    /// unprivileged, secure, data
    #[hw(lanes = 3)]
    pub arprot_o: Net<Out, Bit>,
    /// quality of service: none
    #[hw(lanes = 4)]
    pub arqos_o: Net<Out, Bit>,
    /// there is an address
    pub arvalid_o: Net<Out, Bit>,
    /// the address is taken if there is one
    pub arready_i: Net<In, Bit>,
    /// ID of the burst: not looked at
    pub rid_i: Net<In, Bit>,
    /// read data
    #[hw(lanes = config.engine().bus_bits)]
    pub rdata_i: Net<In, Bit>,
    /// response: 0 OKAY, 2 SLVERR, 3 DECERR
    #[hw(lanes = 2)]
    pub rresp_i: Net<In, Bit>,
    /// last beat of the burst
    pub rlast_i: Net<In, Bit>,
    /// there is a beat
    pub rvalid_i: Net<In, Bit>,
    /// a beat is taken if there is one
    pub rready_o: Net<Out, Bit>,
}

/// AXI4 write address, write data and write response channels.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct WritePort {
    /// ID of the burst: always 0
    pub awid_o: Net<Out, Bit>,
    /// address of the burst's first beat, a multiple of the bus's bytes
    #[hw(lanes = config.engine().addr_bits)]
    pub awaddr_o: Net<Out, Bit>,
    /// beats of the burst less one
    #[hw(lanes = 8)]
    pub awlen_o: Net<Out, Bit>,
    /// bytes of a beat: those of the bus
    #[hw(lanes = 3)]
    pub awsize_o: Net<Out, Bit>,
    /// kind of burst: INCR
    #[hw(lanes = 2)]
    pub awburst_o: Net<Out, Bit>,
    /// exclusive access: never
    pub awlock_o: Net<Out, Bit>,
    /// normal memory, bufferable, not cached
    #[hw(lanes = 4)]
    pub awcache_o: Net<Out, Bit>,
    /// unprivileged, secure, data
    #[hw(lanes = 3)]
    pub awprot_o: Net<Out, Bit>,
    /// quality of service: none
    #[hw(lanes = 4)]
    pub awqos_o: Net<Out, Bit>,
    /// there is an address
    pub awvalid_o: Net<Out, Bit>,
    /// the address is taken if there is one
    pub awready_i: Net<In, Bit>,
    /// write data
    #[hw(lanes = config.engine().bus_bits)]
    pub wdata_o: Net<Out, Bit>,
    /// which bytes are written
    #[hw(lanes = config.engine().bus_bytes())]
    pub wstrb_o: Net<Out, Bit>,
    /// last beat of the burst
    pub wlast_o: Net<Out, Bit>,
    /// there is a beat
    pub wvalid_o: Net<Out, Bit>,
    /// the beat is taken if there is one
    pub wready_i: Net<In, Bit>,
    /// ID of the burst: not looked at
    pub bid_i: Net<In, Bit>,
    /// response: 0 OKAY, 2 SLVERR, 3 DECERR
    #[hw(lanes = 2)]
    pub bresp_i: Net<In, Bit>,
    /// there is a response
    pub bvalid_i: Net<In, Bit>,
    /// a response is taken if there is one: always
    pub bready_o: Net<Out, Bit>,
}

/// AxCACHE: normal memory, not cached, bufferable.
const CACHE: u128 = 0b0011;

/// AxBURST: INCR.
const INCR: u128 = 0b01;

/// Drives `places` with constants.
fn constants(m: &mut Body, places: impl IntoIterator<Item = (Place, u128)>) {
    for (place, value) in places {
        let bits = place.bits.clone();
        m.assign(place, lit(value, bits));
    }
}

/// AxSIZE of a bus of so many bits.
fn size(bus_bits: usize) -> u128 {
    bits_to(bus_bits / 8 - 1) as u128
}

impl ReadPort {
    /// Drives what is the same for every burst.
    pub(crate) fn constants(&self, m: &mut Body) {
        let same = [
            (self.arid_o.place(), 0),
            (self.arsize_o.place(), size(self.rdata_i.len())),
            (self.arburst_o.place(), INCR),
            (self.arlock_o.place(), 0),
            (self.arcache_o.place(), CACHE),
            (self.arprot_o.place(), 0),
            (self.arqos_o.place(), 0),
        ];
        constants(m, same);
        m.unused(&self.rid_i);
    }

    /// This port of a module is `inner`, that of a module in it.
    pub fn pass(&self, m: &mut Body, inner: &ReadPort) {
        m.assign(&self.arid_o, &inner.arid_o);
        m.assign(&self.araddr_o, &inner.araddr_o);
        m.assign(&self.arlen_o, &inner.arlen_o);
        m.assign(&self.arsize_o, &inner.arsize_o);
        m.assign(&self.arburst_o, &inner.arburst_o);
        m.assign(&self.arlock_o, &inner.arlock_o);
        m.assign(&self.arcache_o, &inner.arcache_o);
        m.assign(&self.arprot_o, &inner.arprot_o);
        m.assign(&self.arqos_o, &inner.arqos_o);
        m.assign(&self.arvalid_o, &inner.arvalid_o);
        m.assign(&inner.arready_i, &self.arready_i);
        m.assign(&inner.rid_i, &self.rid_i);
        m.assign(&inner.rdata_i, &self.rdata_i);
        m.assign(&inner.rresp_i, &self.rresp_i);
        m.assign(&inner.rlast_i, &self.rlast_i);
        m.assign(&inner.rvalid_i, &self.rvalid_i);
        m.assign(&self.rready_o, &inner.rready_o);
    }
}

impl WritePort {
    /// Drives what is the same for every burst.
    pub(crate) fn constants(&self, m: &mut Body) {
        let same = [
            (self.awid_o.place(), 0),
            (self.awsize_o.place(), size(self.wdata_o.len())),
            (self.awburst_o.place(), INCR),
            (self.awlock_o.place(), 0),
            (self.awcache_o.place(), CACHE),
            (self.awprot_o.place(), 0),
            (self.awqos_o.place(), 0),
            (self.bready_o.place(), 1),
        ];
        constants(m, same);
        m.unused(&self.bid_i);
    }

    /// This port of a module is `inner`, that of a module in it.
    pub fn pass(&self, m: &mut Body, inner: &WritePort) {
        m.assign(&self.awid_o, &inner.awid_o);
        m.assign(&self.awaddr_o, &inner.awaddr_o);
        m.assign(&self.awlen_o, &inner.awlen_o);
        m.assign(&self.awsize_o, &inner.awsize_o);
        m.assign(&self.awburst_o, &inner.awburst_o);
        m.assign(&self.awlock_o, &inner.awlock_o);
        m.assign(&self.awcache_o, &inner.awcache_o);
        m.assign(&self.awprot_o, &inner.awprot_o);
        m.assign(&self.awqos_o, &inner.awqos_o);
        m.assign(&self.awvalid_o, &inner.awvalid_o);
        m.assign(&inner.awready_i, &self.awready_i);
        m.assign(&self.wdata_o, &inner.wdata_o);
        m.assign(&self.wstrb_o, &inner.wstrb_o);
        m.assign(&self.wlast_o, &inner.wlast_o);
        m.assign(&self.wvalid_o, &inner.wvalid_o);
        m.assign(&inner.wready_i, &self.wready_i);
        m.assign(&inner.bid_i, &self.bid_i);
        m.assign(&inner.bresp_i, &self.bresp_i);
        m.assign(&inner.bvalid_i, &self.bvalid_i);
        m.assign(&self.bready_o, &inner.bready_o);
    }
}
