//! The registers that the driver uses.

use crate::{Code, Sizes};
use heddle_format::Format;
use heddle_hdl::engine::codes::operand;

/// Byte offsets.
pub mod at {
    /// What this is.
    pub const ID: u32 = 0x000;
    /// Version of the interface.
    pub const VERSION: u32 = 0x004;
    /// Rows and columns of the array.
    pub const ARRAY: u32 = 0x008;
    /// Numbers and layouts.
    pub const FORMAT: u32 = 0x00c;
    /// The AXI4 port.
    pub const BUS: u32 = 0x010;
    /// Limits of a job and of the ring.
    pub const LIMITS: u32 = 0x014;
    /// What the engine is to do.
    pub const CONTROL: u32 = 0x040;
    /// What the engine does.
    pub const STATUS: u32 = 0x044;
    /// What has happened.
    pub const IRQ_STATUS: u32 = 0x048;
    /// What interrupts.
    pub const IRQ_ENABLE: u32 = 0x04c;
    /// Where the ring lies.
    pub const RING_BASE_LO: u32 = 0x060;
    /// The same, high bits.
    pub const RING_BASE_HI: u32 = 0x064;
    /// Binary logarithm of its descriptors.
    pub const RING_BITS: u32 = 0x068;
    /// Number of the first descriptor that is not done.
    pub const HEAD: u32 = 0x06c;
    /// The doorbell.
    pub const TAIL: u32 = 0x070;
    /// The error record.
    pub const ERROR: u32 = 0x080;
    /// The job that failed.
    pub const ERROR_INDEX: u32 = 0x084;
    /// Address of the burst that failed.
    pub const ERROR_ADDR_LO: u32 = 0x088;
    /// The same, high bits.
    pub const ERROR_ADDR_HI: u32 = 0x08c;
    /// Most read bursts that were under way at once.
    pub const MOST_READS: u32 = 0x0fc;
    /// The first counter; each has a low and a high word.
    pub const COUNTERS: u32 = 0x100;
}

/// What ID reads.
pub const ID: u32 = u32::from_le_bytes(*b"HDLE");
/// The major version that this driver is written for.
pub const MAJOR: u32 = 1;
/// CONTROL: descriptors are fetched.
pub const ENABLE: u32 = 1 << 0;
/// CONTROL: clears the error record.
pub const CLEAR_ERROR: u32 = 1 << 8;
/// CONTROL: clears the counters.
pub const CLEAR_COUNTERS: u32 = 1 << 9;
/// IRQ_STATUS: a job with irq is done.
pub const DONE: u32 = 1 << 0;
/// IRQ_STATUS: a job failed.
pub const ERROR: u32 = 1 << 1;
/// IRQ_STATUS: an access was refused.
pub const ACCESS: u32 = 1 << 2;
/// STATUS: nothing is under way.
pub const IDLE: u32 = 1 << 0;

/// Descriptors are numbered modulo this.
pub const NUMBERS: u64 = 1 << 16;

/// Names of the counters in the order of their addresses.
pub const COUNTERS: [&str; 15] = [
    "busy",
    "compute",
    "wait_a",
    "wait_b",
    "wait_c0",
    "wait_store",
    "wait_sum",
    "wait_job",
    "jobs",
    "macs",
    "gated",
    "rows_fetched",
    "rows_skipped",
    "bytes_read",
    "bytes_written",
];

/// What the engine counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters([u64; COUNTERS.len()]);

impl Counters {
    /// From what the registers say, in their order.
    pub fn new(values: [u64; COUNTERS.len()]) -> Self {
        Self(values)
    }

    /// The counter `name`.
    ///
    /// # Panics
    /// If there is none.
    pub fn get(&self, name: &str) -> u64 {
        let found = COUNTERS.iter().position(|counter| *counter == name);
        self.0[found.unwrap_or_else(|| panic!("no counter {name}"))]
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        COUNTERS.into_iter().zip(self.0)
    }

    /// Adds another one.
    pub fn add(&mut self, other: &Counters) {
        for (to, from) in self.0.iter_mut().zip(other.0) {
            *to += from;
        }
    }

    /// Whether the causes add up to the busy cycles.
    pub fn add_up(&self) -> bool {
        self.0[1..8].iter().sum::<u64>() == self.0[0]
    }
}

/// What the error record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorRecord {
    /// What is wrong, as the register says it.
    pub code: u8,
    /// Of a bus error: what the burst was for.
    pub operand: u8,
    /// Of a bus error: the response.
    pub response: u8,
    /// Tag of the descriptor.
    pub tag: u16,
    /// Number of the descriptor.
    pub index: u16,
    /// Of a bus error: address of the burst.
    pub address: u64,
}

impl ErrorRecord {
    /// From the registers ERROR, ERROR_INDEX, ERROR_ADDR_LO and ERROR_ADDR_HI.
    pub fn new([error, index, low, high]: [u32; 4]) -> Self {
        Self {
            code: error as u8,
            operand: (error >> 8 & 7) as u8,
            response: (error >> 12 & 3) as u8,
            tag: (error >> 16) as u16,
            index: index as u16,
            address: u64::from(low) | u64::from(high) << 32,
        }
    }

    /// The code, if it is one.
    pub fn code(&self) -> Option<Code> {
        Code::of(self.code)
    }

    /// Whether the burst was a write.
    pub fn is_write(&self) -> bool {
        self.operand == operand::C
    }
}

/// Registers that say which engine it is, and what they read.
pub fn identity(sizes: &Sizes) -> [(u32, u32); 5] {
    let word = |fields: &[(u32, usize)]| {
        fields
            .iter()
            .fold(0, |word, (lsb, value)| word | (*value as u32) << lsb)
    };
    let engine = &sizes.engine;
    let format = match sizes.format {
        Format::Int8 => 0,
        Format::Int16 => 1,
        Format::Bf16 => 2,
    };
    [
        (at::ID, ID),
        (at::ARRAY, word(&[(0, sizes.rows), (16, sizes.cols)])),
        (
            at::FORMAT,
            word(&[
                (0, format),
                (4, sizes.operand_bytes),
                (8, sizes.sum_bytes),
                (12, sizes.dataflow.has_ws().into()),
                (13, sizes.dataflow.has_os().into()),
                (
                    14,
                    (sizes.accumulator.overflow == heddle_format::Overflow::Saturate).into(),
                ),
                (16, sizes.accumulator.bits),
            ]),
        ),
        (
            at::BUS,
            word(&[
                (0, engine.bus_bytes()),
                (8, engine.addr_bits),
                (16, engine.reads),
                (24, engine.writes),
            ]),
        ),
        (
            at::LIMITS,
            word(&[(0, engine.max_dim), (16, engine.ring_bits)]),
        ),
    ]
}
