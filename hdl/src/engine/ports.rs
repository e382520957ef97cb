//! The engine's buses as an integrator knows them: names of AMBA AXI4 and AXI4-Lite (IHI 0022), without an ending.

use crate::describe::Net;
use crate::ArrayConfig;
use heddle_derive::Bundle;
use rust_hdl::prelude::*;

/// What an AXI4 master drives.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct MasterOut<D: Direction + 'static> {
    /// read address: ID, always 0
    #[hw(name = "arid_")]
    pub arid: Net<D, Bit>,
    /// read address: first byte of the burst
    #[hw(name = "araddr_", lanes = config.engine().addr_bits)]
    pub araddr: Net<D, Bit>,
    /// read address: beats less one
    #[hw(name = "arlen_", lanes = 8)]
    pub arlen: Net<D, Bit>,
    /// read address: bytes of a beat
    #[hw(name = "arsize_", lanes = 3)]
    pub arsize: Net<D, Bit>,
    /// read address: INCR
    #[hw(name = "arburst_", lanes = 2)]
    pub arburst: Net<D, Bit>,
    /// read address: no exclusive access
    #[hw(name = "arlock_")]
    pub arlock: Net<D, Bit>,
    /// read address: modifiable, bufferable
    #[hw(name = "arcache_", lanes = 4)]
    pub arcache: Net<D, Bit>,
    /// read address: unprivileged, secure, data
    #[hw(name = "arprot_", lanes = 3)]
    pub arprot: Net<D, Bit>,
    /// read address: no quality of service
    #[hw(name = "arqos_", lanes = 4)]
    pub arqos: Net<D, Bit>,
    /// read address is offered
    #[hw(name = "arvalid_")]
    pub arvalid: Net<D, Bit>,
    /// read data is taken
    #[hw(name = "rready_")]
    pub rready: Net<D, Bit>,
    /// write address: ID, always 0
    #[hw(name = "awid_")]
    pub awid: Net<D, Bit>,
    /// write address: first byte of the burst
    #[hw(name = "awaddr_", lanes = config.engine().addr_bits)]
    pub awaddr: Net<D, Bit>,
    /// write address: beats less one
    #[hw(name = "awlen_", lanes = 8)]
    pub awlen: Net<D, Bit>,
    /// write address: bytes of a beat
    #[hw(name = "awsize_", lanes = 3)]
    pub awsize: Net<D, Bit>,
    /// write address: INCR
    #[hw(name = "awburst_", lanes = 2)]
    pub awburst: Net<D, Bit>,
    /// write address: no exclusive access
    #[hw(name = "awlock_")]
    pub awlock: Net<D, Bit>,
    /// write address: modifiable, bufferable
    #[hw(name = "awcache_", lanes = 4)]
    pub awcache: Net<D, Bit>,
    /// write address: unprivileged, secure, data
    #[hw(name = "awprot_", lanes = 3)]
    pub awprot: Net<D, Bit>,
    /// write address: no quality of service
    #[hw(name = "awqos_", lanes = 4)]
    pub awqos: Net<D, Bit>,
    /// write address is offered
    #[hw(name = "awvalid_")]
    pub awvalid: Net<D, Bit>,
    /// write data
    #[hw(name = "wdata_", lanes = config.engine().bus_bits)]
    pub wdata: Net<D, Bit>,
    /// write data: bytes that are written
    #[hw(name = "wstrb_", lanes = config.engine().bus_bytes())]
    pub wstrb: Net<D, Bit>,
    /// write data: last beat of the burst
    #[hw(name = "wlast_")]
    pub wlast: Net<D, Bit>,
    /// write data is offered
    #[hw(name = "wvalid_")]
    pub wvalid: Net<D, Bit>,
    /// write response is taken
    #[hw(name = "bready_")]
    pub bready: Net<D, Bit>,
}

/// What an AXI4 master is given.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct MasterIn<D: Direction + 'static> {
    /// read address is taken
    #[hw(name = "arready_")]
    pub arready: Net<D, Bit>,
    /// read data: ID
    #[hw(name = "rid_")]
    pub rid: Net<D, Bit>,
    /// read data
    #[hw(name = "rdata_", lanes = config.engine().bus_bits)]
    pub rdata: Net<D, Bit>,
    /// read data: response
    #[hw(name = "rresp_", lanes = 2)]
    pub rresp: Net<D, Bit>,
    /// read data: last beat of the burst
    #[hw(name = "rlast_")]
    pub rlast: Net<D, Bit>,
    /// read data is offered
    #[hw(name = "rvalid_")]
    pub rvalid: Net<D, Bit>,
    /// write address is taken
    #[hw(name = "awready_")]
    pub awready: Net<D, Bit>,
    /// write data is taken
    #[hw(name = "wready_")]
    pub wready: Net<D, Bit>,
    /// write response: ID
    #[hw(name = "bid_")]
    pub bid: Net<D, Bit>,
    /// write response
    #[hw(name = "bresp_", lanes = 2)]
    pub bresp: Net<D, Bit>,
    /// write response is offered
    #[hw(name = "bvalid_")]
    pub bvalid: Net<D, Bit>,
}

/// What an AXI4-Lite slave is given.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct LiteIn<D: Direction + 'static> {
    /// an address to write to is offered
    #[hw(name = "awvalid_")]
    pub awvalid: Net<D, Bit>,
    /// the address
    #[hw(name = "awaddr_", lanes = super::registers::ADDRESS_BITS)]
    pub awaddr: Net<D, Bit>,
    /// data to write are offered
    #[hw(name = "wvalid_")]
    pub wvalid: Net<D, Bit>,
    /// the data
    #[hw(name = "wdata_", lanes = 32)]
    pub wdata: Net<D, Bit>,
    /// which of the four bytes are written
    #[hw(name = "wstrb_", lanes = 4)]
    pub wstrb: Net<D, Bit>,
    /// the response to a write is taken
    #[hw(name = "bready_")]
    pub bready: Net<D, Bit>,
    /// an address to read from is offered
    #[hw(name = "arvalid_")]
    pub arvalid: Net<D, Bit>,
    /// the address
    #[hw(name = "araddr_", lanes = super::registers::ADDRESS_BITS)]
    pub araddr: Net<D, Bit>,
    /// what was read is taken
    #[hw(name = "rready_")]
    pub rready: Net<D, Bit>,
}

/// What an AXI4-Lite slave drives.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct LiteOut<D: Direction + 'static> {
    /// the address is taken
    #[hw(name = "awready_")]
    pub awready: Net<D, Bit>,
    /// the data are taken
    #[hw(name = "wready_")]
    pub wready: Net<D, Bit>,
    /// a response to a write
    #[hw(name = "bvalid_")]
    pub bvalid: Net<D, Bit>,
    /// 0: OKAY, 2: SLVERR, the write was refused
    #[hw(name = "bresp_", lanes = 2)]
    pub bresp: Net<D, Bit>,
    /// the address is taken
    #[hw(name = "arready_")]
    pub arready: Net<D, Bit>,
    /// a response to a read
    #[hw(name = "rvalid_")]
    pub rvalid: Net<D, Bit>,
    /// what was read
    #[hw(name = "rdata_", lanes = 32)]
    pub rdata: Net<D, Bit>,
    /// 0: OKAY, 2: SLVERR, the read was refused
    #[hw(name = "rresp_", lanes = 2)]
    pub rresp: Net<D, Bit>,
}
