//! The model's side of AXI4.

use super::Seen;
use crate::memory::Bytes;
use crate::pins::{Address, AxiIn, AxiOut};
use crate::{Ranges, Sizes};
use heddle_hdl::engine::codes::operand;
use std::collections::VecDeque;
use std::ops::Range;

/// A response that was an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BusError {
    pub(super) operand: u8,
    pub(super) response: u8,
    pub(super) address: u64,
}

#[derive(Clone, Debug)]
struct Burst {
    operand: u8,
    address: u64,
    beats: u64,
}

#[derive(Clone, Debug)]
struct Beat {
    data: Vec<u8>,
    strobes: u64,
    last: bool,
}

/// Bursts that are to go, and those under way.
#[derive(Clone, Debug)]
pub(super) struct Master {
    bus: u64,
    most: (usize, usize),
    reads: VecDeque<Burst>,
    reading: VecDeque<(Burst, u64)>,
    writes: VecDeque<Burst>,
    data: VecDeque<Beat>,
    writing: VecDeque<Burst>,
    blocked: bool,
    withdraws: bool,
    cycle: u64,
    /// The first error since it was taken.
    pub(super) error: Option<BusError>,
    /// Bytes read and written.
    pub(super) bytes: (u64, u64),
}

impl Master {
    pub(super) fn new(sizes: &Sizes, withdraws: bool) -> Self {
        Self {
            bus: sizes.engine.bus_bytes() as u64,
            most: (sizes.engine.reads, sizes.engine.writes),
            reads: VecDeque::new(),
            reading: VecDeque::new(),
            writes: VecDeque::new(),
            data: VecDeque::new(),
            writing: VecDeque::new(),
            blocked: false,
            withdraws,
            cycle: 0,
            error: None,
            bytes: (0, 0),
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        !self.blocked
            && self.reads.is_empty()
            && self.reading.is_empty()
            && self.writes.is_empty()
            && self.data.is_empty()
            && self.writing.is_empty()
    }

    /// Nothing comes to an end from now on.
    pub(super) fn block(&mut self) {
        self.blocked = true;
    }

    /// Forgets reads that have not begun.
    pub(super) fn drop_reads(&mut self) {
        self.reads.clear();
    }

    /// Bursts of at most `most` beats that cover `range`.
    fn cut(&self, range: &Range<u64>, most: u64) -> Vec<(u64, u64)> {
        let mut at = range.start / self.bus * self.bus;
        let mut bursts = Vec::new();
        while at < range.end {
            let page = at / 4096 * 4096 + 4096;
            let end = range.end.min(page).min(at + most * self.bus);
            bursts.push((at, (end - at).div_ceil(self.bus)));
            at = end;
        }
        bursts
    }

    /// Reads the words that cover ranges.
    pub(super) fn read(&mut self, operand: u8, ranges: impl IntoIterator<Item = Range<u64>>) {
        for range in ranges {
            for (address, beats) in self.cut(&range, 256) {
                self.reads.push_back(Burst {
                    operand,
                    address,
                    beats,
                });
            }
        }
    }

    /// Writes the bytes of `ranges` as `memory` has them.
    pub(super) fn write(&mut self, memory: &Seen, ranges: &Ranges) {
        for range in ranges.words(self.bus).iter() {
            for (address, beats) in self.cut(&range, 16) {
                for beat in 0..beats {
                    let start = address + beat * self.bus;
                    let strobe = |i: u64| u64::from(ranges.holds(start + i..start + i + 1)) << i;
                    self.data.push_back(Beat {
                        data: (start..start + self.bus)
                            .map(|at| memory.byte(at))
                            .collect(),
                        strobes: (0..self.bus).map(strobe).sum(),
                        last: beat + 1 == beats,
                    });
                }
                self.writes.push_back(Burst {
                    operand: operand::C,
                    address,
                    beats,
                });
            }
        }
    }

    fn address(&self, burst: Option<&Burst>) -> Address {
        burst.map_or_else(Address::default, |burst| Address {
            valid: true,
            addr: burst.address,
            len: (burst.beats - 1) as u8,
            size: self.bus.ilog2() as u8,
            burst: 1,
            id: 0,
        })
    }

    pub(super) fn drive(&mut self, output: &mut AxiOut) {
        self.cycle += 1;
        let more = self.reading.len() < self.most.0 && !(self.withdraws && self.cycle & 1 == 0);
        output.ar = self.address(self.reads.front().filter(|_| more));
        let more = self.writing.len() < self.most.1;
        output.aw = self.address(self.writes.front().filter(|_| more));
        output.rready = true;
        output.bready = true;
        // data may go before their address, not before that of an earlier burst
        output.wvalid = !self.data.is_empty();
        if let Some(beat) = self.data.front() {
            output.wdata.clone_from(&beat.data);
            output.wstrb = beat.strobes;
            output.wlast = beat.last;
        }
    }

    pub(super) fn observe(&mut self, input: &AxiIn, output: &AxiOut, memory: &mut Seen) {
        if input.rvalid && output.rready {
            self.take(input, memory);
        }
        if output.ar.valid && input.arready {
            let burst = self.reads.pop_front();
            self.reading.extend(burst.map(|burst| (burst, 0)));
        }
        if output.aw.valid && input.awready {
            self.writing.extend(self.writes.pop_front());
        }
        if output.wvalid && input.wready {
            if let Some(beat) = self.data.pop_front() {
                self.bytes.1 += u64::from(beat.strobes.count_ones());
            }
        }
        if input.bvalid && output.bready {
            if let Some(burst) = self.writing.pop_front() {
                self.response(input.bresp, &burst);
            }
        }
    }

    fn take(&mut self, input: &AxiIn, memory: &mut Seen) {
        let Some((burst, beat)) = self.reading.front_mut() else {
            return;
        };
        let start = burst.address + *beat * self.bus;
        for (at, byte) in (start..).zip(&input.rdata) {
            memory.set(at, *byte);
        }
        self.bytes.0 += self.bus;
        *beat += 1;
        let burst = burst.clone();
        if *beat == burst.beats {
            self.reading.pop_front();
        }
        self.response(input.rresp, &burst);
    }

    fn response(&mut self, response: u8, burst: &Burst) {
        if response >= 2 {
            self.error.get_or_insert(BusError {
                operand: burst.operand,
                response,
                address: burst.address,
            });
        }
    }
}
