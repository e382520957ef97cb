//! The memory as an AXI4 slave, cycle by cycle.

use super::disturb::Draw;
use super::fault::{Direction, Fault, Faults, Fired, Response};
use super::protocol::{Limits, Protocol};
use super::{Bytes, Disturbance, Kind, Memory, Traffic};
use crate::pins::{Address, AxiIn, AxiOut};
use crate::ranges::Ranges;
use std::collections::VecDeque;
use std::ops::Range;

/// How fast the memory is: one read beat and one write beat per cycle, in the order of their
/// addresses, and not before their latency has passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// Cycles from the address to its first read beat, and from the last write beat to its
    /// response: 1 or more.
    pub latency: u64,
    /// What holds the channels back.
    pub disturbance: Option<Disturbance>,
}

impl Timing {
    /// A memory that is so many cycles away, and that nothing holds back.
    pub const fn undisturbed(latency: u64) -> Self {
        Self {
            latency,
            disturbance: None,
        }
    }
}

/// A read under way.
#[derive(Clone, Debug)]
struct Read {
    address: Address,
    next: u64,
    ready_at: u64,
    response: Option<Response>,
    /// The bytes as they were when the address came, if they were looked at then.
    early: Option<Vec<u8>>,
}

/// A write whose address came.
#[derive(Clone, Debug)]
struct Write {
    address: Address,
    next: u64,
    /// When the latest part of it came.
    came: u64,
    response: Option<Response>,
    /// Bytes that become visible with the response.
    late: Option<Vec<(u64, u8)>>,
}

/// Write data, perhaps before their address.
#[derive(Clone, Debug)]
struct Data {
    bytes: Vec<u8>,
    strobes: u64,
    last: bool,
}

/// The memory behind AXI. In every cycle [`drive`](Self::drive) says what it offers, which depends on
/// nothing of the same cycle, then [`observe`](Self::observe) takes what the engine did.
#[derive(Clone, Debug)]
pub struct AxiMemory {
    /// What it holds.
    pub memory: Memory,
    bus: u64,
    timing: Timing,
    draw: Draw,
    faults: Faults,
    protocol: Protocol,
    traffic: Traffic,
    /// Where reads and writes may go, if that is known better than by regions.
    allowed: Option<(Ranges, Ranges)>,
    guard_violations: u64,
    stray_reads: u64,
    cycle: u64,
    reads: VecDeque<Read>,
    writes: VecDeque<Write>,
    data: VecDeque<Data>,
    responses: VecDeque<Write>,
    counts: (u64, u64),
    offered_r: Option<(Vec<u8>, u8, bool)>,
    offered_b: Option<u8>,
}

impl AxiMemory {
    /// A memory that serves `memory` through a bus with `limits`.
    pub fn new(memory: Memory, limits: Limits, timing: Timing, faults: Vec<Fault>) -> Self {
        Self {
            memory,
            bus: limits.bus_bytes as u64,
            draw: Draw::new(timing.disturbance),
            timing,
            faults: Faults::new(faults),
            protocol: Protocol::new(limits),
            traffic: Traffic::default(),
            allowed: None,
            guard_violations: 0,
            stray_reads: 0,
            cycle: 0,
            reads: VecDeque::new(),
            writes: VecDeque::new(),
            data: VecDeque::new(),
            responses: VecDeque::new(),
            counts: (0, 0),
            offered_r: None,
            offered_b: None,
        }
    }

    /// From now on reads beyond the bus words of `reads` are strays, and writes beyond `writes`
    /// violate a guard.
    pub fn allow(&mut self, reads: &Ranges, writes: &Ranges) {
        self.allowed = Some((reads.words(self.bus), writes.clone()));
    }

    /// What went over the bus.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Bytes written where nothing may be written.
    pub fn guard_violations(&self) -> u64 {
        self.guard_violations
    }

    /// Beats read where nothing is to be read.
    pub fn stray_reads(&self) -> u64 {
        self.stray_reads
    }

    /// What AXI asks of the engine, and whether it did.
    pub fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    /// The bus errors that happened.
    pub fn fired(&self) -> &[Fired] {
        &self.faults.fired
    }

    /// Whether nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.reads.is_empty()
            && self.writes.is_empty()
            && self.data.is_empty()
            && self.responses.is_empty()
    }

    /// What the memory offers and takes in this cycle.
    pub fn drive(&mut self, input: &mut AxiIn) {
        input.arready = !self.draw.holds(|of| of.addresses);
        input.awready = !self.draw.holds(|of| of.addresses);
        input.wready = !self.draw.holds(|of| of.write_data);
        if self.offered_r.is_none() && !self.draw.holds(|of| of.read_data) {
            self.offered_r = self.next_beat();
        }
        if self.offered_b.is_none() && !self.draw.holds(|of| of.responses) {
            self.offered_b = self.next_response();
        }
        input.rvalid = self.offered_r.is_some();
        if let Some((data, response, last)) = &self.offered_r {
            input.rdata.clone_from(data);
            input.rresp = *response;
            input.rlast = *last;
        }
        input.bvalid = self.offered_b.is_some();
        input.bresp = self.offered_b.unwrap_or(0);
    }

    /// Takes what the engine did in this cycle, in answer to `input`.
    pub fn observe(&mut self, input: &AxiIn, output: &AxiOut) {
        let under_way = (self.reads.len(), self.writes.len() + self.responses.len());
        self.protocol.observe(self.cycle, input, output, under_way);
        if output.ar.valid && input.arready {
            self.take_read(output.ar);
        }
        if input.rvalid && output.rready {
            self.offered_r = None;
            self.end_beat();
        }
        if input.bvalid && output.bready {
            self.offered_b = None;
            self.responses.pop_front();
        }
        if output.aw.valid && input.awready {
            self.take_write(output.aw);
        }
        if output.wvalid && input.wready {
            self.data.push_back(Data {
                bytes: output.wdata.clone(),
                strobes: output.wstrb,
                last: output.wlast,
            });
            self.traffic.cycles_writing += 1;
        }
        self.pair();
        self.cycle += 1;
    }

    fn beat(&self, address: &Address, beat: u64) -> Range<u64> {
        let start = (address.addr / self.bus + beat) * self.bus;
        start..start + self.bus
    }

    fn bytes_of(&self, address: &Address) -> Range<u64> {
        self.beat(address, 0).start..self.beat(address, address.beats() - 1).end
    }

    fn kind(&self, range: Range<u64>) -> Option<Kind> {
        let region = self.memory.region_of(range)?;
        Some(self.memory.regions()[region].kind)
    }

    fn inside(&self, range: &Range<u64>) -> bool {
        let all = self.memory.range();
        all.start <= range.start && range.end <= all.end
    }

    fn take_read(&mut self, address: Address) {
        let burst = self.bytes_of(&address);
        let inside = self.inside(&burst);
        let response = self
            .faults
            .response(Direction::Read, self.counts.0, burst.clone(), inside);
        self.counts.0 += 1;
        for beat in 0..address.beats() {
            let range = self.beat(&address, beat);
            let kind = self.kind(range.clone());
            let strays = match &self.allowed {
                Some((reads, _)) => !reads.holds(range),
                None => kind.is_none(),
            };
            self.stray_reads += u64::from(strays);
            let Some(kind) = kind else { continue };
            let volume = self.traffic.read.entry(kind).or_default();
            volume.bursts += u64::from(beat == 0);
            volume.beats += 1;
            volume.bytes += self.bus;
        }
        let early = self
            .draw
            .reorders()
            .then(|| burst.map(|at| self.memory.byte(at)).collect());
        self.reads.push_back(Read {
            address,
            next: 0,
            ready_at: self.cycle + self.timing.latency,
            response,
            early,
        });
        self.traffic.most_reads = self.traffic.most_reads.max(self.reads.len());
    }

    fn next_beat(&mut self) -> Option<(Vec<u8>, u8, bool)> {
        let read = self.reads.front()?;
        if read.ready_at > self.cycle {
            return None;
        }
        let last = read.next + 1 == read.address.beats();
        let range = self.beat(&read.address, read.next);
        let data = match (&read.response, &read.early) {
            // What comes with an error means nothing.
            (Some(_), _) => range.map(|at| 0xee ^ at as u8).collect(),
            (None, Some(early)) => {
                let from = (read.next * self.bus) as usize;
                early[from..from + self.bus as usize].to_vec()
            }
            (None, None) => range.map(|at| self.memory.byte(at)).collect(),
        };
        Some((data, read.response.map_or(0, |of| of as u8), last))
    }

    fn end_beat(&mut self) {
        self.traffic.cycles_reading += 1;
        if let Some(read) = self.reads.front_mut() {
            read.next += 1;
            if read.next == read.address.beats() {
                self.reads.pop_front();
            }
        }
    }

    fn take_write(&mut self, address: Address) {
        let burst = self.bytes_of(&address);
        let inside = self.inside(&burst);
        let response = self
            .faults
            .response(Direction::Write, self.counts.1, burst.clone(), inside);
        self.counts.1 += 1;
        if let Some(kind) = self.kind(burst) {
            self.traffic.written.entry(kind).or_default().bursts += 1;
        }
        let late = self.draw.reorders().then(Vec::new);
        self.writes.push_back(Write {
            address,
            next: 0,
            came: self.cycle,
            response,
            late,
        });
        let under_way = self.writes.len() + self.responses.len();
        self.traffic.most_writes = self.traffic.most_writes.max(under_way);
    }

    /// Gives the write data that have come to the addresses that have.
    fn pair(&mut self) {
        while let (Some(write), false) = (self.writes.front(), self.data.is_empty()) {
            let beat = self.beat(&write.address, write.next);
            let last = write.next + 1 == write.address.beats();
            let Some(data) = self.data.pop_front() else {
                return;
            };
            if data.last != last {
                let (next, beats) = (write.next + 1, write.address.beats());
                self.protocol.tell(self.cycle, || {
                    format!("WLAST is {} in beat {next} of {beats}", u8::from(data.last))
                });
            }
            self.put(beat, &data);
            if let Some(write) = self.writes.front_mut() {
                write.next += 1;
                write.came = self.cycle;
            }
            if last {
                self.responses.extend(self.writes.pop_front());
            }
        }
    }

    /// Writes a beat of the first write.
    fn put(&mut self, beat: Range<u64>, data: &Data) {
        let kind = self.kind(beat.clone());
        let mut written = Vec::new();
        for (i, at) in beat.enumerate() {
            if data.strobes >> i & 1 == 0 {
                continue;
            }
            let allowed = match &self.allowed {
                Some((_, writes)) => writes.holds(at..at + 1),
                None => self.kind(at..at + 1) == Some(Kind::C),
            };
            self.guard_violations += u64::from(!allowed);
            written.push((at, data.bytes[i]));
        }
        self.traffic.empty_beats += u64::from(written.is_empty());
        if let Some(kind) = kind {
            let volume = self.traffic.written.entry(kind).or_default();
            volume.beats += 1;
            volume.bytes += written.len() as u64;
        }
        let Some(write) = self.writes.front_mut() else {
            return;
        };
        if write.response.is_some() {
            return;
        }
        match &mut write.late {
            Some(late) => late.extend(written),
            None => written
                .into_iter()
                .for_each(|(at, byte)| self.memory.set(at, byte)),
        }
    }

    fn next_response(&mut self) -> Option<u8> {
        let write = self.responses.front_mut()?;
        if write.came + self.timing.latency > self.cycle {
            return None;
        }
        for (at, byte) in write.late.take().into_iter().flatten() {
            self.memory.set(at, byte);
        }
        Some(write.response.map_or(0, |of| of as u8))
    }
}
