//! Both ends of streams with valid and ready: what offers, and what takes.

use crate::rig::{Noise, Rig};
use std::collections::VecDeque;

/// Numbers side by side, the first in the low bits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    bytes: Vec<u8>,
    bits: usize,
}

impl Word {
    /// With `bits` bits of `value` above.
    pub fn with(mut self, value: u64, bits: usize) -> Self {
        for bit in 0..bits {
            if self.bits.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.len() - 1;
            self.bytes[last] |= (((value >> bit) & 1) as u8) << (self.bits % 8);
            self.bits += 1;
        }
        self
    }

    /// Of numbers that are alike wide.
    pub fn of(values: &[u64], bits: usize) -> Self {
        let add = |word: Self, value: &u64| word.with(*value, bits);
        values.iter().fold(Self::default(), add)
    }

    /// Of bits.
    pub fn bits(bits: &[bool]) -> Self {
        bits.iter()
            .fold(Self::default(), |word, bit| word.with((*bit).into(), 1))
    }
}

/// A transfer: what each of a stream's ports has.
pub type Transfer = Vec<Word>;

/// Offers transfers; what it offers stays until it is taken.
pub struct Source {
    valid: String,
    ready: String,
    ports: Vec<String>,
    /// What is to be offered.
    pub waiting: VecDeque<Transfer>,
    /// How often a transfer is offered, of a hundred cycles in which none is.
    pub busy: usize,
    offers: bool,
}

impl Source {
    pub fn new(valid: &str, ready: &str, ports: &[&str]) -> Self {
        Self {
            valid: valid.into(),
            ready: ready.into(),
            ports: ports.iter().map(|port| (*port).to_owned()).collect(),
            waiting: VecDeque::new(),
            busy: 100,
            offers: false,
        }
    }

    /// Before a cycle: noise where nothing is offered.
    pub fn drive(&mut self, rig: &mut Rig, noise: &mut Noise) {
        self.offers |= noise.chance(self.busy);
        self.offers &= !self.waiting.is_empty();
        rig.set(&self.valid, self.offers.into());
        for (at, port) in self.ports.iter().enumerate() {
            match self.waiting.front().filter(|_| self.offers) {
                Some(transfer) => rig.set_bytes(port, &transfer[at].bytes),
                None => {
                    let count = rig.bytes(port).len();
                    let bytes: Vec<u8> = (0..count).map(|_| noise.next() as u8).collect();
                    rig.set_bytes(port, &bytes);
                }
            }
        }
    }

    /// Behind it: whether the transfer was taken.
    pub fn taken(&mut self, rig: &mut Rig) -> bool {
        let taken = self.offers && rig.get(&self.ready) == 1;
        if taken {
            self.waiting.pop_front();
            self.offers = false;
        }
        taken
    }
}

/// Takes transfers, and looks that what is offered stays until it is taken.
pub struct Sink {
    valid: String,
    ready: String,
    ports: Vec<String>,
    /// How often it is ready, of a hundred cycles.
    pub busy: usize,
    takes: bool,
    held: Option<Vec<Vec<u8>>>,
}

impl Sink {
    pub fn new(valid: &str, ready: &str, ports: &[&str]) -> Self {
        Self {
            valid: valid.into(),
            ready: ready.into(),
            ports: ports.iter().map(|port| (*port).to_owned()).collect(),
            busy: 100,
            takes: false,
            held: None,
        }
    }

    /// Before a cycle.
    pub fn drive(&mut self, rig: &mut Rig, noise: &mut Noise) {
        self.takes = noise.chance(self.busy);
        rig.set(&self.ready, self.takes.into());
    }

    /// Behind it: what was taken.
    pub fn taken(&mut self, rig: &mut Rig) -> Result<Option<Vec<Vec<u8>>>, String> {
        let offered = rig.get(&self.valid) == 1;
        let words: Vec<_> = self.ports.iter().map(|port| rig.bytes(port)).collect();
        if let Some(held) = self.held.take() {
            if !offered || held != words {
                return Err(format!("{} fell, or its payload changed", self.valid));
            }
        }
        if offered && !self.takes {
            self.held = Some(words);
            return Ok(None);
        }
        Ok(offered.then_some(words))
    }
}
