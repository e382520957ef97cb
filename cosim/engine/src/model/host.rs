//! The host: what the driver does on an engine, access by access.

use super::engine::{Engine, Written};
use crate::descriptor::Descriptor;
use crate::driver::{POLL_CYCLES, SETTLE_CYCLES};
use crate::limit::limit;
use crate::memory::Timing;
use crate::program::Program;
use crate::registers::{self, ERROR, NUMBERS};
use crate::Sizes;

/// Cycles of a quiet access to a register, and that in which it is done.
const ACCESS: usize = 4;
const EFFECT: usize = 2;
/// Accesses by which the driver tells the engine its ring, beside the high word of an address.
const SET_UP: usize = 4;

/// A host with its engine.
pub(super) struct Host<'a> {
    pub(super) engine: Engine<'a>,
    cycle: u64,
    rung: Option<u64>,
    risen: Option<u64>,
}

impl<'a> Host<'a> {
    pub(super) fn new(engine: Engine<'a>) -> Self {
        Self {
            engine,
            cycle: 0,
            rung: None,
            risen: None,
        }
    }

    fn step(&mut self, written: Option<Written>) {
        self.risen = match self.engine.irq {
            true => self.risen.or(Some(self.cycle)),
            false => None,
        };
        self.engine.step(written);
        self.cycle += 1;
    }

    fn write(&mut self, written: Option<Written>) {
        for cycle in 0..ACCESS {
            self.step(written.filter(|_| cycle == EFFECT));
        }
    }

    fn read<T>(&mut self, of: impl Fn(&Engine) -> T) -> T {
        for _ in 0..EFFECT {
            self.step(None);
        }
        let value = of(&self.engine);
        for _ in EFFECT..ACCESS {
            self.step(None);
        }
        value
    }

    fn head(&mut self) -> u64 {
        self.read(|engine| engine.head)
    }

    /// Runs a program: cycles from the doorbell to the last interrupt; nothing if it does not end.
    pub(super) fn run(&mut self, sizes: &Sizes, program: &Program, timing: &Timing) -> Option<u64> {
        let set_up = registers::identity(sizes).len() + SET_UP;
        let high = usize::from(sizes.engine.addr_bits > 32);
        for _ in 0..set_up + high {
            self.write(None);
        }
        let jobs = (0..).zip(&program.descriptors);
        let limits: Vec<u64> = jobs
            .map(|(number, words)| {
                let job = Descriptor::unpack(words).ok();
                let job = job.filter(|_| !self.engine.refuses(number));
                limit(sizes, job.as_ref(), timing)
            })
            .collect();
        let total = limits.len() as u64;
        let (mut head, mut tail) = (0, 0);
        let mut finished = self.cycle;
        while head < total {
            let end = total.min(head + (1 << program.ring_bits));
            if end > tail {
                self.rung = self.rung.or(Some(self.cycle));
                self.write(Some(Written::Tail(end)));
                tail = end;
            }
            let patience: u64 = limits[head as usize..tail as usize].iter().sum();
            let (mut waited, mut room) = (0, false);
            while self.risen.is_none() && waited < patience && !room {
                self.step(None);
                waited += 1;
                if tail < total && waited % POLL_CYCLES == 0 {
                    room = self.head() % NUMBERS != head % NUMBERS;
                }
            }
            if room && self.risen.is_none() {
                head = self.head();
                continue;
            }
            let (risen, before) = (self.risen, head);
            head = self.serve();
            finished = risen.unwrap_or(finished);
            if risen.is_none() && head == before {
                return None;
            }
        }
        let cycles = finished.saturating_sub(self.rung.unwrap_or(finished));
        for _ in 0..SETTLE_CYCLES {
            self.step(None);
            if self.risen.is_some() {
                self.serve();
            }
        }
        self.engine.is_idle().then_some(cycles)
    }

    /// Reads and clears what has happened; the first job that is not done.
    fn serve(&mut self) -> u64 {
        self.head();
        let status = self.read(|engine| engine.irq_status);
        let error = status & ERROR != 0;
        if error {
            for _ in 0..4 {
                self.head();
            }
        }
        if status != 0 {
            self.write(Some(Written::IrqStatus(status)));
        }
        if error {
            self.write(Some(Written::ClearError));
        }
        self.head()
    }
}
