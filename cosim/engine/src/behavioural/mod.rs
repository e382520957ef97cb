//! A model of the engine at its pins: descriptors, operands and results go over the bus as the engine's
//! do, what happens in between is the reference's. It knows no buffers and no array, takes one job after
//! the other, and its cycles mean nothing. It is there to test what stands around the engine: each
//! [`Sabotage`] is something that the driver has to notice.

mod bus;
mod slave;

use crate::descriptor::{from_bytes, Descriptor, Words, BYTES};
use crate::memory::Bytes;
use crate::pins::{EnginePort, PinsIn, PinsOut};
use crate::reference::{Failure, Outcome, Reference};
use crate::registers::{self, ErrorRecord};
use crate::{Code, EngineError, Ranges, Sizes};
use bus::{BusError, Master};
use heddle_gemm::Shape;
use heddle_hdl::engine::codes::operand;
use slave::Slave;
use std::collections::HashMap;

/// What the model does wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sabotage {
    /// Nothing.
    #[default]
    None,
    /// One bit of a result is wrong.
    WrongBit,
    /// A byte behind a row of C is written.
    WritesBehind,
    /// All of a guard is written, with what it holds.
    WritesGuard,
    /// The end of a job is not told.
    LosesInterrupt,
    /// The end of a job is told twice.
    TellsTwice,
    /// The last job is begun and never ended.
    Hangs,
    /// A dropped row is fetched.
    FetchesMore,
    /// A bus error is passed over.
    IgnoresErrors,
    /// An address is withdrawn before it was taken.
    Withdraws,
    /// A record has another code.
    WrongCode,
    /// An overflow is not told.
    HidesOverflow,
    /// One is told that was none.
    InventsOverflow,
}

/// Bytes that the model has seen.
#[derive(Clone, Debug, Default)]
struct Seen(HashMap<u64, u8>);

impl Bytes for Seen {
    fn byte(&self, address: u64) -> u8 {
        self.0.get(&address).copied().unwrap_or(0)
    }

    fn set(&mut self, address: u64, byte: u8) {
        self.0.insert(address, byte);
    }
}

/// Where the model is in a job.
#[derive(Clone, Debug)]
enum Phase {
    Idle,
    Fetch,
    Masks(Words, Descriptor),
    Operands(Words, Descriptor),
    Store(Outcome),
}

/// The model.
#[derive(Clone, Debug)]
pub struct Behavioural {
    sizes: Sizes,
    sabotage: Sabotage,
    reference: Reference,
    slave: Slave,
    master: Master,
    memory: Seen,
    phase: Phase,
    irq: bool,
    tag: u16,
    twice: bool,
}

impl Behavioural {
    /// A model that does nothing wrong.
    pub fn new(sizes: Sizes) -> Self {
        Self::sabotaged(sizes, Sabotage::None)
    }

    /// A model that does.
    pub fn sabotaged(sizes: Sizes, sabotage: Sabotage) -> Self {
        Self {
            sizes,
            sabotage,
            reference: Reference::new(sizes),
            slave: Slave::new(&sizes),
            master: Master::new(&sizes, sabotage == Sabotage::Withdraws),
            memory: Seen::default(),
            phase: Phase::Idle,
            irq: false,
            tag: 0,
            twice: false,
        }
    }

    fn is(&self, sabotage: Sabotage) -> bool {
        self.sabotage == sabotage
    }

    /// Goes on as far as the bus lets it.
    fn advance(&mut self) {
        if !self.master.is_idle() {
            return;
        }
        let error = self.master.error.take();
        let error = error.filter(|_| !self.is(Sabotage::IgnoresErrors));
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle if self.slave.has_job() => {
                let at = self.slave.descriptor();
                self.master
                    .read(operand::DESCRIPTOR, Some(at..at + BYTES as u64));
                self.phase = Phase::Fetch;
            }
            Phase::Idle => self.memory.0.clear(),
            Phase::Fetch => self.fetched(error),
            Phase::Masks(words, job) => {
                let reads = self.reference.reads(&self.memory, &job);
                let of = [operand::MASK, operand::A, operand::B, operand::C0];
                for (operand, ranges) in of.into_iter().zip(&reads).skip(1) {
                    self.master.read(operand, ranges.iter());
                }
                if self.is(Sabotage::FetchesMore) {
                    let rows = job.layout.b(job.shape).0;
                    let past = job.b.row(rows) + 256;
                    self.master.read(operand::B, Some(past..past + 4));
                }
                match error {
                    Some(error) => self.failed(&words, error),
                    None => self.phase = Phase::Operands(words, job),
                }
            }
            Phase::Operands(words, job) => match error {
                Some(error) => self.failed(&words, error),
                None => self.compute(&words, &job),
            },
            Phase::Store(outcome) => match error {
                Some(error) => self.end_badly(Code::Bus, Some(error)),
                None => self.end_well(&outcome),
            },
        }
    }

    fn fetched(&mut self, error: Option<BusError>) {
        let at = self.slave.descriptor();
        let mut bytes = [0; BYTES];
        for (byte, at) in bytes.iter_mut().zip(at..) {
            *byte = self.memory.byte(at);
        }
        let words = from_bytes(&bytes);
        self.tag = (words[0] >> 16) as u16;
        if let Some(error) = error {
            self.tag = 0;
            self.reference
                .step(&mut self.memory, &words, Some(Failure::Descriptor));
            return self.end_badly(Code::Bus, Some(error));
        }
        let job = match self.reference.check(&words) {
            Ok(job) => job,
            Err(code) => {
                self.reference.step(&mut self.memory, &words, None);
                return self.end_badly(code, None);
            }
        };
        self.irq = job.irq;
        let Shape { m, k, n } = job.shape;
        for (base, len) in job.masks.into_iter().zip([m, k, n]) {
            let range = base.map(|base| base..base + len.div_ceil(8) as u64);
            self.master.read(operand::MASK, range);
        }
        self.phase = Phase::Masks(words, job);
    }

    fn failed(&mut self, words: &Words, error: BusError) {
        self.master.drop_reads();
        self.reference
            .step(&mut self.memory, words, Some(Failure::Read));
        self.end_badly(Code::Bus, Some(error));
    }

    fn compute(&mut self, words: &Words, job: &Descriptor) {
        let outcome = self.reference.step(&mut self.memory, words, None);
        if outcome.overflows && !self.is(Sabotage::HidesOverflow)
            || self.is(Sabotage::InventsOverflow)
        {
            self.slave.tell(registers::OVERFLOW);
        }
        if self.is(Sabotage::Hangs) && self.slave.is_last() {
            // waits for something that nobody brings
            self.phase = Phase::Operands(*words, job.clone());
            self.master.block();
            return;
        }
        let bytes = self.sizes.sum_bytes as u64;
        let mut stored: Vec<_> = outcome
            .stores
            .iter()
            .map(|run| run.at..run.at + run.sums as u64 * bytes)
            .collect();
        if let Some(last) = stored.last_mut() {
            match self.sabotage {
                Sabotage::WrongBit => {
                    let wrong = self.memory.byte(last.start) ^ 1;
                    self.memory.set(last.start, wrong);
                }
                Sabotage::WritesBehind => last.end += 1,
                Sabotage::WritesGuard => last.end += 8,
                _ => {}
            }
        }
        let data = Ranges::new(stored);
        self.master.write(&self.memory, &data);
        self.phase = Phase::Store(outcome);
    }

    fn end_well(&mut self, outcome: &Outcome) {
        let tells = self.irq && !(self.is(Sabotage::LosesInterrupt) && self.slave.is_last());
        self.slave.job_done(tells, outcome, &self.master);
        self.twice |= self.irq && self.is(Sabotage::TellsTwice);
    }

    fn end_badly(&mut self, code: Code, error: Option<BusError>) {
        let code = match self.sabotage {
            Sabotage::WrongCode => 0x03,
            _ => code as u8,
        };
        let record = ErrorRecord {
            code,
            operand: error.map_or(0, |of| of.operand),
            response: error.map_or(0, |of| of.response),
            tag: self.tag,
            index: 0,
            address: error.map_or(0, |of| of.address),
        };
        self.reference.forget();
        self.slave.job_failed(record, &self.master);
    }
}

impl EnginePort for Behavioural {
    fn reset(&mut self) -> Result<(), EngineError> {
        *self = Self::sabotaged(self.sizes, self.sabotage);
        Ok(())
    }

    fn cycle(&mut self, input: &PinsIn, output: &mut PinsOut) -> Result<(), EngineError> {
        output.lite = self.slave.drive();
        output.irq = self.slave.irq();
        self.master.drive(&mut output.axi);
        let told = self.slave.observe(&input.lite, &output.lite);
        // a second interrupt for the same job, once the first one is cleared
        if told && std::mem::take(&mut self.twice) {
            self.slave.tell(registers::DONE);
        }
        self.master
            .observe(&input.axi, &output.axi, &mut self.memory);
        self.advance();
        self.slave.count(!matches!(self.phase, Phase::Idle));
        Ok(())
    }
}
