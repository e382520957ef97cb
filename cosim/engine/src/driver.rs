//! Runs a program on an engine: registers, ring, doorbell, interrupts; then compares what memory holds,
//! what was told and what went over the bus with what has to be.

use crate::descriptor::{to_bytes, Descriptor};
use crate::expect::{Expected, Numbers};
use crate::interrupts::Service;
use crate::limit::limit;
use crate::lite::{Access, LiteMaster};
use crate::memory::{AxiMemory, Bytes, Limits, Timing};
use crate::pins::{EnginePort, PinsIn, PinsOut};
use crate::program::Program;
use crate::registers::{self, at, Counters, ErrorRecord};
use crate::run_report::{report, Log, RunReport};
use crate::{EngineError, Sizes};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

/// How a program is run.
#[derive(Clone, Debug)]
pub struct DriverOptions {
    /// How fast memory is, and what holds it back.
    pub timing: Timing,
    /// Set to true by somebody else to stop.
    pub cancel: Option<Arc<AtomicBool>>,
}

impl DriverOptions {
    /// With such a memory, and nobody to stop it.
    pub const fn new(timing: Timing) -> Self {
        Self {
            timing,
            cancel: None,
        }
    }
}

/// An access to a register takes no longer than this, disturbed.
const ACCESS_CYCLES: u64 = 1000;
/// Cycles after which the driver looks whether the ring has room again.
pub(crate) const POLL_CYCLES: u64 = 256;
/// Counters settle within so many cycles after the last job.
pub(crate) const SETTLE_CYCLES: u64 = 32;
/// Interrupts in a row without progress.
const IDLE_SERVICES: u32 = 100;
/// How often a stop that was asked for is looked at.
const CANCEL_CYCLES: u64 = 1 << 12;

/// An engine and what is around it.
pub struct Driver<P> {
    sizes: Sizes,
    port: P,
}

/// A run under way.
struct Bench<'a, P> {
    port: &'a mut P,
    memory: AxiMemory,
    lite: LiteMaster,
    input: PinsIn,
    output: PinsOut,
    cycle: u64,
    /// The doorbell is being written, and when it was first.
    ringing: bool,
    rung: Option<u64>,
    /// When the interrupt rose, while it is high.
    risen: Option<u64>,
    /// How often IRQ_STATUS told of an overflow, and was cleared.
    overflows: u64,
    cancel: Option<Arc<AtomicBool>>,
}

impl<P: EnginePort> Driver<P> {
    /// A driver of an engine of these sizes.
    pub fn new(sizes: Sizes, port: P) -> Self {
        Self { sizes, port }
    }

    /// The engine's sizes.
    pub fn sizes(&self) -> &Sizes {
        &self.sizes
    }

    /// The engine.
    pub fn port(&mut self) -> &mut P {
        &mut self.port
    }

    /// The engine, when it is done.
    pub fn into_port(self) -> P {
        self.port
    }

    /// Resets the engine, runs a program and compares everything.
    ///
    /// # Errors
    /// Those of the simulator; [`EngineError::Identity`] if it is another engine,
    /// [`EngineError::Register`] if it does not answer, [`EngineError::Cancelled`].
    pub fn run(
        &mut self,
        program: &Program,
        options: &DriverOptions,
    ) -> Result<RunReport, EngineError> {
        let bus = Limits {
            bus_bytes: self.sizes.engine.bus_bytes(),
            reads: self.sizes.engine.reads,
            writes: self.sizes.engine.writes,
        };
        let timing = options.timing;
        let faults = program.faults.clone();
        let mut memory = AxiMemory::new(program.memory.clone(), bus, timing, faults);
        let dry = Expected::dry(&self.sizes, program);
        let (reads, writes) = dry.accesses(program);
        memory.allow(&reads, &writes);
        let jobs = program.descriptors.iter().zip(&dry.outcomes);
        let limits: Vec<u64> = jobs
            .map(|(words, outcome)| {
                let job = Descriptor::unpack(words).ok();
                let job = job.filter(|_| outcome.code.is_none());
                limit(&self.sizes, job.as_ref(), &timing)
            })
            .collect();
        self.port.reset()?;
        let mut bench = Bench {
            port: &mut self.port,
            memory,
            lite: LiteMaster::new(timing.disturbance.map(|of| of.seed)),
            input: PinsIn::default(),
            output: PinsOut::default(),
            cycle: 0,
            ringing: false,
            rung: None,
            risen: None,
            overflows: 0,
            cancel: options.cancel.clone(),
        };
        bench.set_up(&self.sizes, program)?;
        let log = bench.work(program, &limits)?;
        let counters = match log.hung {
            None => bench.counters()?,
            Some(_) => Counters::default(),
        };
        Ok(report(&self.sizes, program, &bench.memory, log, counters))
    }
}

impl<P: EnginePort> Bench<'_, P> {
    fn step(&mut self) -> Result<Option<crate::lite::Answer>, EngineError> {
        if self.cycle.is_multiple_of(CANCEL_CYCLES) {
            let cancel = self.cancel.as_ref();
            if cancel.is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
                return Err(EngineError::Cancelled);
            }
        }
        self.memory.drive(&mut self.input.axi);
        self.input.lite = self.lite.drive();
        self.port.cycle(&self.input, &mut self.output)?;
        self.memory.observe(&self.input.axi, &self.output.axi);
        let answer = self.lite.observe(&self.input.lite, &self.output.lite);
        let lite = &self.input.lite;
        if lite.wvalid && self.output.lite.wready && self.ringing {
            self.rung = self.rung.or(Some(self.cycle));
        }
        self.risen = match self.output.irq {
            true => self.risen.or(Some(self.cycle)),
            false => None,
        };
        self.cycle += 1;
        Ok(answer)
    }

    fn access(&mut self, access: Access) -> Result<u32, EngineError> {
        let (Access::Read { address: offset }
        | Access::Write {
            address: offset, ..
        }) = access;
        self.ringing = matches!(
            access,
            Access::Write {
                address: at::TAIL,
                ..
            }
        );
        self.lite.begin(access);
        for _ in 0..ACCESS_CYCLES {
            match self.step()? {
                Some(answer) if answer.response == 0 => return Ok(answer.value),
                Some(answer) => {
                    return Err(EngineError::Refused {
                        offset,
                        response: answer.response,
                    })
                }
                None => {}
            }
        }
        Err(EngineError::Register {
            offset,
            cycles: ACCESS_CYCLES,
        })
    }

    fn read(&mut self, address: u32) -> Result<u32, EngineError> {
        self.access(Access::Read { address })
    }

    fn write(&mut self, address: u32, value: u32) -> Result<(), EngineError> {
        let strobes = 0xf;
        self.access(Access::Write {
            address,
            value,
            strobes,
        })?;
        Ok(())
    }

    /// Looks whether it is the engine, and tells it its ring.
    fn set_up(&mut self, sizes: &Sizes, program: &Program) -> Result<(), EngineError> {
        for (offset, expected) in registers::identity(sizes) {
            let found = self.read(offset)?;
            if found != expected {
                return Err(EngineError::Identity {
                    offset,
                    expected: format!("0x{expected:08x}"),
                    found: format!("0x{found:08x}"),
                });
            }
        }
        self.write(at::RING_BASE_LO, program.ring as u32)?;
        if sizes.engine.addr_bits > 32 {
            self.write(at::RING_BASE_HI, (program.ring >> 32) as u32)?;
        }
        self.write(at::RING_BITS, program.ring_bits)?;
        self.write(
            at::IRQ_ENABLE,
            registers::DONE | registers::ERROR | registers::ACCESS,
        )?;
        self.write(at::CONTROL, registers::ENABLE | registers::CLEAR_COUNTERS)
    }

    /// Gives the engine all jobs, as many at once as the ring takes, and serves its interrupts.
    fn work(&mut self, program: &Program, limits: &[u64]) -> Result<Log, EngineError> {
        let total = program.descriptors.len() as u64;
        let mut log = Log::default();
        let mut numbers = Numbers::default();
        let (mut head, mut tail) = (0, 0);
        let mut finished = self.cycle;
        let mut idle_services = 0;
        while head < total {
            tail = self.submit(program, head, tail)?;
            let patience: u64 = limits[head as usize..tail as usize].iter().sum();
            let mut waited = 0;
            let mut room = false;
            while self.risen.is_none() && waited < patience && !room {
                self.step()?;
                waited += 1;
                // More jobs than the ring takes, and maybe none of those in it tells its end.
                if tail < total && waited % POLL_CYCLES == 0 {
                    room = self.read(at::HEAD)? as u16 != (head % registers::NUMBERS) as u16;
                }
            }
            if room && self.risen.is_none() {
                head = numbers.next(self.read(at::HEAD)? as u16);
                idle_services = 0;
                continue;
            }
            let risen = self.risen;
            let service = self.serve(&mut numbers, &mut log.records)?;
            let moved = service.after > head || service.error;
            head = service.after;
            idle_services = if moved { 0 } else { idle_services + 1 };
            match risen {
                Some(cycle) => {
                    finished = cycle;
                    log.services.push(service);
                }
                // Nobody told anything for that long.
                None if !moved => log.hung = Some(total - head),
                None => {}
            }
            // An interrupt that stays, and nothing gets done.
            if idle_services > IDLE_SERVICES {
                log.hung = Some(total - head);
            }
            if log.hung.is_some() {
                break;
            }
        }
        log.cycles = finished.saturating_sub(self.rung.unwrap_or(finished));
        if log.hung.is_none() {
            self.rest(&mut log)?;
        }
        Ok(log)
    }

    /// Writes descriptors into the ring as far as it has room, and rings the doorbell.
    fn submit(&mut self, program: &Program, head: u64, tail: u64) -> Result<u64, EngineError> {
        let total = program.descriptors.len() as u64;
        let end = total.min(head + (1 << program.ring_bits));
        for index in tail..end {
            let bytes = to_bytes(&program.descriptors[index as usize]);
            self.memory.memory.write(program.slot(index), &bytes);
        }
        if end > tail {
            self.write(at::TAIL, (end % registers::NUMBERS) as u32)?;
        }
        Ok(end)
    }

    /// Reads and clears what has happened.
    fn serve(
        &mut self,
        numbers: &mut Numbers,
        records: &mut Vec<ErrorRecord>,
    ) -> Result<Service, EngineError> {
        let before = self.read(at::HEAD)? as u16;
        let before = numbers.next(before);
        let status = self.read(at::IRQ_STATUS)?;
        if status & registers::ERROR != 0 {
            let offsets = [
                at::ERROR,
                at::ERROR_INDEX,
                at::ERROR_ADDR_LO,
                at::ERROR_ADDR_HI,
            ];
            let mut words = [0; 4];
            for (word, offset) in words.iter_mut().zip(offsets) {
                *word = self.read(offset)?;
            }
            records.push(ErrorRecord::new(words));
        }
        if status != 0 {
            self.write(at::IRQ_STATUS, status)?;
        }
        self.overflows += u64::from(status & registers::OVERFLOW != 0);
        if status & registers::ERROR != 0 {
            self.write(at::CONTROL, registers::ENABLE | registers::CLEAR_ERROR)?;
        }
        let after = self.read(at::HEAD)? as u16;
        Ok(Service {
            before,
            after: numbers.next(after),
            done: status & registers::DONE != 0,
            error: status & registers::ERROR != 0,
        })
    }

    /// Waits until the engine rests and everything has been told.
    fn rest(&mut self, log: &mut Log) -> Result<(), EngineError> {
        let mut numbers = Numbers::default();
        for service in &log.services {
            numbers.next(service.after as u16);
        }
        for _ in 0..SETTLE_CYCLES {
            self.step()?;
            if self.risen.is_some() {
                let service = self.serve(&mut numbers, &mut log.records)?;
                log.services.push(service);
            }
        }
        let status = self.read(at::IRQ_STATUS)?;
        self.overflows += u64::from(status & registers::OVERFLOW != 0);
        log.overflows = self.overflows;
        if self.read(at::STATUS)? & registers::IDLE == 0 || !self.memory.is_idle() {
            log.hung = Some(0);
        }
        Ok(())
    }

    fn counters(&mut self) -> Result<Counters, EngineError> {
        let mut values = [0; registers::COUNTERS];
        for (value, offset) in values.iter_mut().zip((at::COUNTERS..).step_by(8)) {
            let low = self.read(offset)?;
            *value = u64::from(self.read(offset + 4)?) << 32 | u64::from(low);
        }
        Ok(Counters::new(values))
    }
}
