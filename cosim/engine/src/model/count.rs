//! What products take, beside the least that array and bus let them take.

use super::{model, Modelled};
use crate::memory::Kind;
use crate::program::Program;
use crate::registers::Counters;
use crate::{EngineError, Sizes};
use heddle_format::named;
use heddle_gemm::Shape;
use std::collections::BTreeMap;

/// What no engine is faster than.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Every PE busy in every cycle.
    Array,
    /// The bus busy in every cycle.
    Bus,
}

named!(Limit, "limit", Array = "array", Bus = "bus");

/// Cycles of one program or of several, one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EngineCount {
    /// Cycles, each program's from its doorbell to its last interrupt.
    pub cycles: u64,
    /// What the engine counts.
    pub counters: Counters,
    /// Bytes read by what they are for.
    pub bytes_read_of: BTreeMap<Kind, u64>,
    /// Multiply-accumulates that are sent: those of kept rows and columns if packed, else all.
    pub sent: u64,
}

impl EngineCount {
    /// That of `program`, of each of whose products so much is sent: what is kept if packed, else all.
    ///
    /// # Errors
    /// [`EngineError::Endless`] if the model does not come to an end.
    pub fn of(
        sizes: &Sizes,
        program: &Program,
        latency: u64,
        products: impl IntoIterator<Item = Shape>,
    ) -> Result<Self, EngineError> {
        let macs = |Shape { m, k, n }: Shape| m as u64 * k as u64 * n as u64;
        let Modelled {
            cycles,
            counters,
            bytes_read_of,
        } = model(sizes, program, latency).ok_or(EngineError::Endless)?;
        Ok(Self {
            cycles,
            counters,
            bytes_read_of,
            sent: products.into_iter().map(macs).sum(),
        })
    }

    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        self.cycles += other.cycles;
        self.counters.add(&other.counters);
        for (kind, bytes) in &other.bytes_read_of {
            *self.bytes_read_of.entry(*kind).or_default() += bytes;
        }
        self.sent += other.sent;
    }

    /// Cycles in which every PE would be busy with what is sent.
    pub fn array_limit(&self, sizes: &Sizes) -> f64 {
        self.sent as f64 / (sizes.rows * sizes.cols) as f64
    }

    /// Cycles that the bus needs: the larger of all bytes read and all bytes written, over its width.
    pub fn bus_limit(&self, sizes: &Sizes) -> f64 {
        self.most_bytes() as f64 / sizes.engine.bus_bytes() as f64
    }

    /// The array's limit over the cycles; 0 where there are none.
    pub fn utilisation(&self, sizes: &Sizes) -> f64 {
        self.by_cycles(self.array_limit(sizes))
    }

    /// Which of the two is the limit.
    pub fn limited_by(&self, sizes: &Sizes) -> Limit {
        match self.bus_limit(sizes) > self.array_limit(sizes) {
            true => Limit::Bus,
            false => Limit::Array,
        }
    }

    /// The limit of array and bus together, the larger of both, over the cycles; 0 where there are none.
    pub fn of_limit(&self, sizes: &Sizes) -> f64 {
        self.by_cycles(self.array_limit(sizes).max(self.bus_limit(sizes)))
    }

    /// Multiply-accumulates that are sent for each byte of what the bus's limit counts, the larger of all read and all
    /// written: the operational intensity of a roofline. 0 where there are no bytes.
    pub fn macs_per_byte(&self) -> f64 {
        match self.most_bytes() {
            0 => 0.0,
            bytes => self.sent as f64 / bytes as f64,
        }
    }

    /// Multiply-accumulates that are sent in a cycle, on average; 0 where there are no cycles.
    pub fn macs_per_cycle(&self) -> f64 {
        self.by_cycles(self.sent as f64)
    }

    fn by_cycles(&self, what: f64) -> f64 {
        match self.cycles {
            0 => 0.0,
            cycles => what / cycles as f64,
        }
    }

    /// The larger of all bytes read and all bytes written.
    fn most_bytes(&self) -> u64 {
        let bytes = ["bytes_read", "bytes_written"].map(|name| self.counters.get(name));
        bytes.into_iter().max().unwrap_or(0)
    }
}
