//! The registers that the driver uses.

use crate::{Code, Sizes};
use heddle_hdl::engine::codes::operand;
use heddle_hdl::engine::registers::{self as table, Access, Register};

/// Byte offsets, from the table of registers.
pub mod at {
    use super::table::{offset, COUNTERS as ALL};

    macro_rules! offsets {
        ($($name:ident $doc:literal;)+) => {
            $(
                #[doc = $doc]
                pub const $name: u32 = offset(stringify!($name));
            )+
        };
    }

    offsets! {
        ID "What this is.";
        VERSION "Version of the interface.";
        CONTROL "What the engine is to do.";
        STATUS "What the engine does.";
        IRQ_STATUS "What has happened.";
        IRQ_ENABLE "What interrupts.";
        RING_BASE_LO "Where the ring lies.";
        RING_BASE_HI "The same, high bits.";
        RING_BITS "Binary logarithm of its descriptors.";
        HEAD "Number of the first descriptor that is not done.";
        TAIL "The doorbell.";
        ERROR "The error record.";
        ERROR_INDEX "The job that failed.";
        ERROR_ADDR_LO "Address of the burst that failed.";
        ERROR_ADDR_HI "The same, high bits.";
    }

    /// The first counter; each has a low and a high word.
    pub const COUNTERS: u32 = ALL[0].words[0].offset;
}

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
/// IRQ_STATUS: a step of a kept sum left the range.
pub const OVERFLOW: u32 = 1 << 3;
/// STATUS: nothing is under way.
pub const IDLE: u32 = 1 << 0;

/// Descriptors are numbered modulo this.
pub const NUMBERS: u64 = 1 << 16;

/// How many counters there are.
pub const COUNTERS: usize = table::COUNTERS.len();

/// What the engine counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters([u64; COUNTERS]);

impl Counters {
    /// From what the registers say, in their order.
    pub fn new(values: [u64; COUNTERS]) -> Self {
        Self(values)
    }

    /// The counter `name`, in letters of either kind.
    ///
    /// # Panics
    /// If there is none.
    pub fn get(&self, name: &str) -> u64 {
        self.0[index(name)]
    }

    /// Names, in small letters, and values.
    pub fn iter(&self) -> impl Iterator<Item = (String, u64)> + '_ {
        let names = table::COUNTERS.iter().map(|of| of.name.to_lowercase());
        names.zip(self.0)
    }

    /// Adds another one.
    pub fn add(&mut self, other: &Counters) {
        for (to, from) in self.0.iter_mut().zip(other.0) {
            *to += from;
        }
    }

    /// The counters that say why no beat entered the array, or that one did.
    pub fn causes(&self) -> impl Iterator<Item = (String, u64)> + '_ {
        let first = index("COMPUTE");
        let count = index("WAIT_JOB") + 1 - first;
        self.iter().skip(first).take(count)
    }

    /// Whether the causes add up to the busy cycles.
    pub fn add_up(&self) -> bool {
        self.causes().map(|(_, cycles)| cycles).sum::<u64>() == self.get("BUSY")
    }
}

/// Number of the counter `name`.
///
/// # Panics
/// If there is none.
pub fn index(name: &str) -> usize {
    let found = table::COUNTERS
        .iter()
        .position(|of| of.name.eq_ignore_ascii_case(name));
    found.unwrap_or_else(|| panic!("no counter {name}"))
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

/// Registers that say which engine it is, all of whose fields are constants, and what they read.
pub fn identity(sizes: &Sizes) -> Vec<(u32, u32)> {
    let value = |register: &Register| {
        let parts = register.fields.iter().map(|field| match field.access {
            Access::Constant(number) => Some((number(&sizes.config) as u32) << field.lsb),
            _ => None,
        });
        parts.sum::<Option<u32>>()
    };
    table::registers()
        .filter_map(|register| Some((register.offset, value(register)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_hdl::engine::registers::field;

    #[test]
    fn bits_are_those_of_the_table() {
        for (register, name, mask) in [
            ("CONTROL", "enable", ENABLE),
            ("CONTROL", "clear_error", CLEAR_ERROR),
            ("CONTROL", "clear_counters", CLEAR_COUNTERS),
            ("IRQ_STATUS", "done", DONE),
            ("IRQ_STATUS", "error", ERROR),
            ("IRQ_STATUS", "access", ACCESS),
            ("IRQ_STATUS", "overflow", OVERFLOW),
            ("STATUS", "idle", IDLE),
        ] {
            assert_eq!(field(register, name).mask(), mask, "{register}.{name}");
        }
        assert_eq!(u32::from(table::VERSION.0), MAJOR);
        for (i, counter) in table::COUNTERS.iter().enumerate() {
            assert_eq!(counter.words[0].offset, at::COUNTERS + 8 * i as u32);
            assert_eq!(index(counter.name), i);
        }
    }

    #[test]
    fn the_error_record_is_that_of_the_table() {
        let word = |name, value| field("ERROR", name).with(value);
        let error = word("code", 0x20) | word("operand", 4) | word("response", 3) | word("tag", 7);
        let record = ErrorRecord::new([error, 9, 0x1234_5678, 0x9a]);
        assert_eq!((record.code(), record.is_write()), (Some(Code::Bus), true));
        assert_eq!((record.response, record.tag, record.index), (3, 7, 9));
        assert_eq!(record.address, 0x9a_1234_5678);
    }
}
