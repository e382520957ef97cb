//! A host on the engine's AXI4-Lite port: one access at a time, with gaps if it is disturbed.

use crate::pins::{LiteIn, LiteOut};
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// An access to a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A read.
    Read {
        /// Byte address.
        address: u32,
    },
    /// A write of the bytes that have a strobe.
    Write {
        /// Byte address.
        address: u32,
        /// What is written.
        value: u32,
        /// Which bytes of it.
        strobes: u8,
    },
}

/// How an access ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What was read; 0 of a write.
    pub value: u32,
    /// AXI response.
    pub response: u8,
}

/// An access on its way, in the cycles that it takes.
#[derive(Clone, Debug)]
pub struct LiteMaster {
    access: Option<Access>,
    /// Address and data have still to be taken.
    address: bool,
    data: bool,
    gaps: Option<ChaCha8Rng>,
    /// Offers may not be withdrawn.
    offered: (bool, bool),
}

impl LiteMaster {
    /// A host; with `seed` it waits at random before each of its offers.
    pub fn new(seed: Option<u64>) -> Self {
        Self {
            access: None,
            address: false,
            data: false,
            gaps: seed.map(ChaCha8Rng::seed_from_u64),
            offered: (false, false),
        }
    }

    /// Begins an access.
    pub fn begin(&mut self, access: Access) {
        self.access = Some(access);
        self.address = true;
        self.data = matches!(access, Access::Write { .. });
        self.offered = (false, false);
    }

    fn goes(&mut self) -> bool {
        self.gaps.as_mut().is_none_or(|rng| rng.next_u32() & 3 != 0)
    }

    /// What the host offers in this cycle.
    pub fn drive(&mut self) -> LiteIn {
        let mut input = LiteIn::default();
        let Some(access) = self.access else {
            return input;
        };
        let address = self.address && (self.offered.0 || self.goes());
        let data = self.data && (self.offered.1 || self.goes());
        self.offered = (address, data);
        let takes = self.goes();
        match access {
            Access::Read { address: at } => {
                input.arvalid = address;
                input.araddr = at;
                input.rready = takes;
            }
            Access::Write {
                address: at,
                value,
                strobes,
            } => {
                input.awvalid = address;
                input.awaddr = at;
                input.wvalid = data;
                input.wdata = value;
                input.wstrb = strobes;
                input.bready = takes;
            }
        }
        input
    }

    /// Takes what the engine did; the answer if the access is done.
    pub fn observe(&mut self, input: &LiteIn, output: &LiteOut) -> Option<Answer> {
        self.address &= !(input.awvalid && output.awready || input.arvalid && output.arready);
        self.data &= !(input.wvalid && output.wready);
        self.offered = (self.offered.0 && self.address, self.offered.1 && self.data);
        let answer = match self.access? {
            Access::Read { .. } if input.rready && output.rvalid => Answer {
                value: output.rdata,
                response: output.rresp,
            },
            Access::Write { .. } if input.bready && output.bvalid => Answer {
                value: 0,
                response: output.bresp,
            },
            _ => return None,
        };
        self.access = None;
        Some(answer)
    }
}
