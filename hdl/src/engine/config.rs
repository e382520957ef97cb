//! What parameterizes the engine around the array.

use crate::describe::bits_to;
use crate::{ArrayConfig, Dataflow, HdlError};
use serde::{Deserialize, Serialize};

/// The engine's buses and buffers: the table `[engine]` of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineConfig {
    /// Bits of the AXI4 data bus: 32, 64, 128, 256 or 512.
    pub bus_bits: usize,
    /// Bits of an address: 32 to 64.
    pub addr_bits: usize,
    /// Read bursts under way at most: 1 to 64.
    pub reads: usize,
    /// Write bursts under way at most: 1 to 64.
    pub writes: usize,
    /// The largest M, K and N of a job: 64 to 16384, a multiple of 64.
    pub max_dim: usize,
    /// Words of the buffer of A, each of one operand per array row: 16 to 65536.
    pub a_words: usize,
    /// Slots of the buffer of B, each a piece of one memory row: 2 to 4096.
    pub b_slots: usize,
    /// Words of a slot, each of one operand per array column or row: 1 to 64.
    pub slot_words: usize,
    /// Words of the accumulators, each of one sum per array column: an even number, 2 to 65536.
    pub sum_words: usize,
    /// The largest ring has 2 to the power of this descriptors: 1 to 15.
    pub ring_bits: usize,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            bus_bits: 128,
            addr_bits: 40,
            reads: 16,
            writes: 8,
            max_dim: 4096,
            a_words: 2048,
            b_slots: 64,
            slot_words: 16,
            sum_words: 2048,
            ring_bits: 8,
        }
    }
}

/// Rows and columns from which on an array is a large one.
const LARGE: usize = 16;

impl EngineConfig {
    /// Bytes of a bus word.
    pub const fn bus_bytes(&self) -> usize {
        self.bus_bits / 8
    }

    /// Bits of M, K and N.
    pub const fn dim_bits(&self) -> usize {
        bits_to(self.max_dim)
    }

    /// What is usual around an array of `rows` x `cols`, with slots for a tile of any layout.
    ///
    /// Around 16 x 16 and larger ones buffers have room for the layers of Zaremba's medium network at a batch of 20: A of
    /// BP, and a panel of 64 columns of a weight gradient, twice; 509 KiB for 16 x 16 bf16. Smaller arrays, as FPGAs have
    /// them, have the buffers of [`EngineConfig::default`].
    pub fn around(rows: usize, cols: usize) -> Self {
        let usual = Self::default();
        if rows < LARGE || cols < LARGE {
            return Self {
                b_slots: usual.b_slots.max(rows).max(cols),
                ..usual
            };
        }
        // As many operands and sums in words that are as wide as the array.
        let words =
            |of_16: usize, lanes: usize| (of_16 * LARGE).div_ceil(lanes).next_multiple_of(2);
        Self {
            reads: 32,
            writes: 16,
            a_words: words(3328, rows),
            b_slots: 320.max(rows).max(cols),
            slot_words: 8,
            sum_words: words(5200, cols),
            ..usual
        }
    }

    /// Checks every value, and that a tile of B fits its buffer. That one of layout NT does is not asked for: the
    /// engine refuses such jobs by a code.
    ///
    /// # Errors
    /// [`HdlError::Config`] for the first one that is out of range.
    pub fn check_around(&self, array: &ArrayConfig) -> Result<(), HdlError> {
        self.check()?;
        if array.dataflow != Dataflow::Os && self.b_slots < array.rows {
            // Nothing refuses such a job, and the array would wait for the rest of a tile forever.
            return Err(HdlError::Config {
                name: "engine.b_slots",
                value: self.b_slots.to_string(),
                remedy: format!(
                    "a tile of {} rows takes a slot each: use that at least",
                    array.rows
                ),
            });
        }
        Ok(())
    }

    fn check(&self) -> Result<(), HdlError> {
        let range = |name, value: usize, least: usize, most: usize| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(HdlError::Config {
                name,
                value: value.to_string(),
                remedy: format!("use a value from {least} to {most}"),
            })
        };
        let multiple = |name, value: usize, of: usize| match value.is_multiple_of(of) {
            true => Ok(()),
            false => Err(HdlError::Config {
                name,
                value: value.to_string(),
                remedy: format!("use a multiple of {of}"),
            }),
        };
        if !self.bus_bits.is_power_of_two() {
            return Err(HdlError::Config {
                name: "engine.bus_bits",
                value: self.bus_bits.to_string(),
                remedy: "use 32, 64, 128, 256 or 512".into(),
            });
        }
        range("engine.bus_bits", self.bus_bits, 32, 512)?;
        range("engine.addr_bits", self.addr_bits, 32, 64)?;
        range("engine.reads", self.reads, 1, 64)?;
        range("engine.writes", self.writes, 1, 64)?;
        range("engine.max_dim", self.max_dim, 64, 16384)?;
        multiple("engine.max_dim", self.max_dim, 64)?;
        range("engine.a_words", self.a_words, 16, 65536)?;
        range("engine.b_slots", self.b_slots, 2, 4096)?;
        range("engine.slot_words", self.slot_words, 1, 64)?;
        range("engine.sum_words", self.sum_words, 2, 65536)?;
        multiple("engine.sum_words", self.sum_words, 2)?;
        range("engine.ring_bits", self.ring_bits, 1, 15)
    }
}

impl ArrayConfig {
    /// The engine around the array.
    ///
    /// # Panics
    /// If the configuration has none: blocks of the engine are built in one that has.
    pub fn engine(&self) -> &EngineConfig {
        self.engine
            .as_ref()
            .expect("a configuration with an engine")
    }

    /// Bytes of an operand in memory.
    pub fn operand_bytes(&self) -> usize {
        self.operand_bits().div_ceil(8)
    }

    /// Bytes of a sum in memory: 4 or 8.
    pub fn sum_bytes(&self) -> usize {
        match self.acc_bits() {
            ..=32 => 4,
            _ => 8,
        }
    }
}
