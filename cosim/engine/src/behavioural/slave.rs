//! The model's registers.

use super::bus::Master;
use crate::descriptor::BYTES;
use crate::pins::{LiteIn, LiteOut};
use crate::reference::Outcome;
use crate::registers::{self, at, ErrorRecord};
use crate::Sizes;
use std::collections::HashMap;

/// Registers, and an access that is answered a cycle after it is complete.
#[derive(Clone, Debug, Default)]
pub(super) struct Slave {
    identity: HashMap<u32, u32>,
    enable: bool,
    irq_status: u32,
    irq_enable: u32,
    ring_base: u64,
    ring_bits: u32,
    head: u16,
    tail: u16,
    record: Option<ErrorRecord>,
    counters: [u64; registers::COUNTERS],
    before: (u64, u64),
    address: Option<u32>,
    data: Option<u32>,
    written: bool,
    read: Option<u32>,
}

impl Slave {
    pub(super) fn new(sizes: &Sizes) -> Self {
        Self {
            identity: registers::identity(sizes).into_iter().collect(),
            ..Self::default()
        }
    }

    pub(super) fn has_job(&self) -> bool {
        self.enable && self.record.is_none() && self.head != self.tail
    }

    /// Whether the job at the head is the last that was given.
    pub(super) fn is_last(&self) -> bool {
        self.head.wrapping_add(1) == self.tail
    }

    /// Where the descriptor at the head lies.
    pub(super) fn descriptor(&self) -> u64 {
        let place = u64::from(self.head) & ((1 << self.ring_bits) - 1);
        self.ring_base + place * BYTES as u64
    }

    pub(super) fn irq(&self) -> bool {
        self.irq_status & self.irq_enable != 0
    }

    /// Sets a bit of IRQ_STATUS.
    pub(super) fn tell(&mut self, cause: u32) {
        self.irq_status |= cause;
    }

    pub(super) fn job_done(&mut self, tells: bool, outcome: &Outcome, master: &Master) {
        if tells {
            self.tell(registers::DONE);
        }
        self.add("macs", outcome.macs);
        self.add("rows_fetched", outcome.rows.0);
        self.add("rows_skipped", outcome.rows.1);
        self.end(master);
    }

    pub(super) fn job_failed(&mut self, record: ErrorRecord, master: &Master) {
        self.record = Some(ErrorRecord {
            index: self.head,
            ..record
        });
        self.tell(registers::ERROR);
        self.end(master);
    }

    fn end(&mut self, master: &Master) {
        self.head = self.head.wrapping_add(1);
        self.add("jobs", 1);
        self.add("bytes_read", master.bytes.0 - self.before.0);
        self.add("bytes_written", master.bytes.1 - self.before.1);
        self.before = master.bytes;
    }

    fn add(&mut self, name: &str, value: u64) {
        self.counters[registers::index(name)] += value;
    }

    /// Counts a cycle: all busy ones wait for A.
    pub(super) fn count(&mut self, busy: bool) {
        self.add("busy", busy.into());
        self.add("wait_a", busy.into());
    }

    pub(super) fn drive(&self) -> LiteOut {
        LiteOut {
            awready: self.address.is_none() && !self.written,
            wready: self.data.is_none() && !self.written,
            bvalid: self.written,
            bresp: 0,
            arready: self.read.is_none(),
            rvalid: self.read.is_some(),
            rdata: self.read.unwrap_or(0),
            rresp: 0,
        }
    }

    /// Whether the causes of an interrupt were cleared.
    pub(super) fn observe(&mut self, input: &LiteIn, output: &LiteOut) -> bool {
        if input.bready && output.bvalid {
            self.written = false;
        }
        if input.rready && output.rvalid {
            self.read = None;
        }
        if input.awvalid && output.awready {
            self.address = Some(input.awaddr);
        }
        if input.wvalid && output.wready {
            self.data = Some(input.wdata);
        }
        if input.arvalid && output.arready {
            self.read = Some(self.value(input.araddr));
        }
        let Some((address, data)) = self.address.zip(self.data) else {
            return false;
        };
        (self.address, self.data, self.written) = (None, None, true);
        self.set(address, data);
        address == at::IRQ_STATUS
    }

    fn set(&mut self, address: u32, value: u32) {
        match address {
            at::CONTROL => {
                self.enable = value & registers::ENABLE != 0;
                if value & registers::CLEAR_ERROR != 0 {
                    self.record = None;
                }
                if value & registers::CLEAR_COUNTERS != 0 {
                    self.counters = Default::default();
                }
            }
            at::IRQ_STATUS => self.irq_status &= !value,
            at::IRQ_ENABLE => self.irq_enable = value,
            at::RING_BASE_LO => self.ring_base = self.ring_base >> 32 << 32 | u64::from(value),
            at::RING_BASE_HI => {
                self.ring_base = self.ring_base & 0xffff_ffff | u64::from(value) << 32;
            }
            at::RING_BITS => {
                self.ring_bits = value;
                self.tail = self.head;
            }
            at::TAIL => self.tail = value as u16,
            _ => {}
        }
    }

    fn value(&self, address: u32) -> u32 {
        let record = |of: fn(&ErrorRecord) -> u32| self.record.as_ref().map_or(0, of);
        match address {
            at::CONTROL => self.enable.into(),
            at::STATUS => u32::from(self.head == self.tail) * registers::IDLE,
            at::IRQ_STATUS => self.irq_status,
            at::IRQ_ENABLE => self.irq_enable,
            at::RING_BASE_LO => self.ring_base as u32,
            at::RING_BASE_HI => (self.ring_base >> 32) as u32,
            at::RING_BITS => self.ring_bits,
            at::HEAD => self.head.into(),
            at::TAIL => self.tail.into(),
            at::ERROR => record(|of| {
                u32::from(of.code)
                    | u32::from(of.operand) << 8
                    | u32::from(of.response) << 12
                    | u32::from(of.tag) << 16
            }),
            at::ERROR_INDEX => record(|of| of.index.into()),
            at::ERROR_ADDR_LO => record(|of| of.address as u32),
            at::ERROR_ADDR_HI => record(|of| (of.address >> 32) as u32),
            at::COUNTERS.. => {
                let index = (address - at::COUNTERS) as usize / 4;
                let counter = self.counters.get(index / 2).copied().unwrap_or(0);
                (counter >> (32 * (index % 2))) as u32
            }
            other => self.identity.get(&other).copied().unwrap_or(0),
        }
    }
}
