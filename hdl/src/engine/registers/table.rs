//! The registers, said once: the block, the C header, the SystemRDL text, the documentation and
//! drivers in Rust read this table.

use crate::ArrayConfig;
use heddle_format::{Format, Overflow};

/// Bits of an address of the AXI4-Lite port.
pub const ADDRESS_BITS: usize = 12;
/// What the register ID reads: `HDLE` in memory.
pub const ID: u32 = u32::from_le_bytes(*b"HDLE");
/// The version of this interface: what software written for another major version may not use.
pub const VERSION: (u16, u16) = (1, 0);
/// Bits of a number of a descriptor, which runs free.
pub const INDEX_BITS: usize = 16;

/// What software can do with a field.
#[derive(Clone, Copy)]
pub enum Access {
    /// Read: a number of the configuration.
    Constant(fn(&ArrayConfig) -> u64),
    /// Read: what the engine says.
    Read,
    /// Read and written; 0 after reset.
    Write,
    /// Read; cleared where 1 is written.
    Clear,
    /// Something happens when 1 is written; reads 0.
    Command,
}

impl Access {
    /// Whether a write does anything.
    pub fn is_written(self) -> bool {
        matches!(self, Access::Write | Access::Clear | Access::Command)
    }
}

/// A field of a register.
#[derive(Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its lowest bit.
    pub lsb: usize,
    /// How many bits it has.
    pub bits: usize,
    /// What software can do.
    pub access: Access,
    /// What it says.
    pub doc: &'static str,
}

impl Field {
    /// Its bits in the register.
    pub const fn mask(&self) -> u32 {
        u32::MAX >> (32 - self.bits) << self.lsb
    }

    /// Its value in `register`.
    pub const fn of(&self, register: u32) -> u32 {
        (register & self.mask()) >> self.lsb
    }

    /// `value` in its place.
    ///
    /// # Panics
    /// If the field is narrower.
    pub const fn with(&self, value: u32) -> u32 {
        assert!(
            value <= self.mask() >> self.lsb,
            "a value that is too large for its field"
        );
        value << self.lsb
    }
}

/// A register of 32 bits.
#[derive(Clone, Copy)]
pub struct Register {
    /// Its name.
    pub name: &'static str,
    /// Its address.
    pub offset: u32,
    /// What it is.
    pub doc: &'static str,
    /// Its fields, from the lowest up. Other bits read 0, and what is written to them is ignored.
    pub fields: &'static [Field],
}

impl Register {
    /// Whether a write does anything.
    pub fn is_written(&self) -> bool {
        self.fields.iter().any(|field| field.access.is_written())
    }

    /// The field `name`.
    ///
    /// # Panics
    /// If there is none.
    pub fn field(&self, name: &str) -> &'static Field {
        let mut fields = self.fields.iter();
        let found = fields.find(|field| field.name == name);
        found.unwrap_or_else(|| panic!("no field {name} in {}", self.name))
    }
}

/// A counter of 64 bits: two registers, to be read high, low and high again until both high words
/// are the same.
#[derive(Clone, Copy)]
pub struct Counter {
    /// Its name.
    pub name: &'static str,
    /// What it counts.
    pub doc: &'static str,
    /// Its low and its high word.
    pub words: [Register; 2],
}

/// All registers, in the order of their addresses.
pub fn registers() -> impl Iterator<Item = &'static Register> {
    let counters = COUNTERS.iter().flat_map(|counter| &counter.words);
    REGISTERS.iter().chain(counters)
}

/// The register `name`.
///
/// # Panics
/// If there is none.
pub fn register(name: &str) -> &'static Register {
    let found = registers().find(|register| register.name == name);
    found.unwrap_or_else(|| panic!("no register {name}"))
}

/// The address of the register `name`.
///
/// # Panics
/// If there is none.
pub const fn offset(name: &str) -> u32 {
    let mut at = 0;
    while at < REGISTERS.len() {
        if is_called(&REGISTERS[at], name) {
            return REGISTERS[at].offset;
        }
        at += 1;
    }
    let mut at = 0;
    while at < 2 * COUNTERS.len() {
        let word = &COUNTERS[at / 2].words[at % 2];
        if is_called(word, name) {
            return word.offset;
        }
        at += 1;
    }
    panic!("no such register")
}

/// Whether that is the name of `register`, for constants.
const fn is_called(register: &Register, name: &str) -> bool {
    let (own, name) = (register.name.as_bytes(), name.as_bytes());
    let mut at = 0;
    while at < own.len() && at < name.len() {
        if own[at] != name[at] {
            return false;
        }
        at += 1;
    }
    own.len() == name.len()
}

/// The field `field` of the register `register`.
///
/// # Panics
/// If there is none.
pub fn field(register: &str, field: &str) -> &'static Field {
    self::register(register).field(field)
}

/// The counter `name`.
///
/// # Panics
/// If there is none.
pub fn counter(name: &str) -> &'static Counter {
    let found = COUNTERS.iter().find(|counter| counter.name == name);
    found.unwrap_or_else(|| panic!("no counter {name}"))
}

/// What FORMAT calls a number format.
pub fn format_number(format: Format) -> u64 {
    match format {
        Format::Int8 => 0,
        Format::Int16 => 1,
        Format::Bf16 => 2,
    }
}

use Access::{Clear, Command, Constant, Read, Write};

/// `NAME offset "doc" { field [lowest bit; bits] access "doc"; }`
macro_rules! registers {
    ($($name:ident $offset:literal $doc:literal {
        $($field:ident [$lsb:literal; $bits:literal] $access:expr, $says:literal;)+
    })+) => {
        /// All registers but those of the counters.
        pub const REGISTERS: &[Register] = &[$(Register {
            name: stringify!($name),
            offset: $offset,
            doc: $doc,
            fields: &[$(Field {
                name: stringify!($field),
                lsb: $lsb,
                bits: $bits,
                access: $access,
                doc: $says,
            }),+],
        }),+];
    };
}

registers! {
    ID 0x000 "what this is" {
        id [0; 32] Constant(|_| ID.into()), "0x454c4448, HDLE in memory";
    }
    VERSION 0x004 "version of this interface" {
        minor [0; 16] Constant(|_| VERSION.1.into()), "grows with what software need not know";
        major [16; 16] Constant(|_| VERSION.0.into()), "grows with what software must know";
    }
    ARRAY 0x008 "the array" {
        rows [0; 16] Constant(|c| c.rows as u64), "rows of PEs, R";
        cols [16; 16] Constant(|c| c.cols as u64), "columns of PEs, C";
    }
    FORMAT 0x00c "numbers and layouts" {
        format [0; 4] Constant(|c| format_number(c.format)), "0: int8, 1: int16, 2: bf16";
        operand_bytes [4; 4] Constant(|c| c.operand_bytes() as u64), "bytes of an operand in memory, OB";
        sum_bytes [8; 4] Constant(|c| c.sum_bytes() as u64), "bytes of a sum in memory, SB";
        ws [12; 1] Constant(|c| c.dataflow.has_ws().into()), "weight-stationary: layouts NN and NT";
        os [13; 1] Constant(|c| c.dataflow.has_os().into()), "output-stationary: layout TN";
        saturate [14; 1] Constant(|c| (c.overflow == Overflow::Saturate).into()), "integer sums saturate, else they wrap";
        sum_bits [16; 8] Constant(|c| c.acc_bits() as u64), "bits of a sum in the array";
    }
    BUS 0x010 "the AXI4 port" {
        bytes [0; 8] Constant(|c| c.engine().bus_bytes() as u64), "bytes of a bus word";
        addr_bits [8; 8] Constant(|c| c.engine().addr_bits as u64), "bits of an address";
        reads [16; 8] Constant(|c| c.engine().reads as u64), "read bursts under way at most";
        writes [24; 8] Constant(|c| c.engine().writes as u64), "write bursts under way at most";
    }
    LIMITS 0x014 "limits of a job and of the ring" {
        max_dim [0; 16] Constant(|c| c.engine().max_dim as u64), "the largest M, K and N, MAX_DIM";
        ring_bits [16; 4] Constant(|c| c.engine().ring_bits as u64), "the largest ring has 2 to the power of this descriptors";
    }
    A_BUFFER 0x018 "the buffer of A" {
        words [0; 32] Constant(|c| c.engine().a_words as u64), "words of R operands, A_WORDS";
    }
    B_BUFFER 0x01c "the buffer of B" {
        slots [0; 16] Constant(|c| c.engine().b_slots as u64), "slots, B_SLOTS";
        slot_words [16; 16] Constant(|c| c.engine().slot_words as u64), "words of a slot, SLOT_WORDS";
    }
    SUM_BUFFER 0x020 "the accumulators" {
        words [0; 32] Constant(|c| c.engine().sum_words as u64), "words of C sums, ACC_WORDS";
    }
    TIMING 0x024 "the array's pipeline" {
        latency [0; 16] Constant(|c| c.latency() as u64), "L: cycles from a beat to its sums";
        phases [16; 8] Constant(|c| c.phases() as u64), "output-stationary tiles that take turns";
    }
    CONTROL 0x040 "what the engine is to do" {
        enable [0; 1] Write, "descriptors are fetched; cleared, those that were fetched are still done";
        clear_error [8; 1] Command, "the error record is cleared, and the next job taken";
        clear_counters [9; 1] Command, "all counters and MOST_READS are 0";
    }
    STATUS 0x044 "what the engine does" {
        idle [0; 1] Read, "no job is under way, no descriptor fetched";
        halted [1; 1] Read, "the error record holds an error: no job is begun";
        pending [16; 16] Read, "descriptors that are not done: TAIL - HEAD";
    }
    IRQ_STATUS 0x048 "what has happened; the interrupt is high where a bit is set here and in IRQ_ENABLE" {
        done [0; 1] Clear, "a job with irq is done";
        error [1; 1] Clear, "a job failed: see ERROR";
        access [2; 1] Clear, "an access was refused: see ACCESS";
        overflow [3; 1] Clear, "a step of a kept sum left the range of an integer sum";
    }
    IRQ_ENABLE 0x04c "what interrupts" {
        done [0; 1] Write, "a job with irq is done";
        error [1; 1] Write, "a job failed";
        access [2; 1] Write, "an access was refused";
        overflow [3; 1] Write, "an integer sum overflowed";
    }
    ACCESS 0x050 "the last access that was refused" {
        code [0; 8] Read, "why, 0: none was";
        write [8; 1] Read, "a write, else a read";
        address [16; 12] Read, "its address";
        refused [31; 1] Clear, "there was one; 1 clears ACCESS and ACCESS_COUNT";
    }
    ACCESS_COUNT 0x054 "how many accesses were refused" {
        count [0; 16] Read, "0xffff: so many or more";
    }
    RING_BASE_LO 0x060 "where the ring lies; written while disabled and idle" {
        base [7; 25] Write, "bits 31:7 of its address, a multiple of 128";
    }
    RING_BASE_HI 0x064 "the same" {
        base [0; 32] Write, "bits above, as many as an address has";
    }
    RING_BITS 0x068 "size of the ring; written while disabled and idle, which sets TAIL to HEAD" {
        bits [0; 4] Write, "the ring has 2 to the power of this descriptors; 0: none yet";
    }
    HEAD 0x06c "number of the first descriptor that is not done" {
        index [0; 16] Read, "runs free: its place in the ring is its low bits";
    }
    TAIL 0x070 "the doorbell: number of the first descriptor that is not there yet" {
        index [0; 16] Write, "runs free";
    }
    ERROR 0x080 "the error record; 0: none" {
        code [0; 8] Read, "what is wrong";
        operand [8; 3] Read, "of a bus error: what the burst was for";
        response [12; 2] Read, "of a bus error: 2: SLVERR, 3: DECERR";
        tag [16; 16] Read, "tag of the descriptor, 0 if that could not be read";
    }
    ERROR_INDEX 0x084 "the job that failed" {
        index [0; 16] Read, "number of its descriptor";
    }
    ERROR_ADDR_LO 0x088 "of a bus error: address of the burst" {
        address [0; 32] Read, "bits 31:0";
    }
    ERROR_ADDR_HI 0x08c "the same" {
        address [0; 32] Read, "bits above";
    }
    MOST_READS 0x0fc "read bursts" {
        most [0; 8] Read, "most that were under way at once";
    }
}

macro_rules! counters {
    ($($name:ident $offset:literal $doc:literal;)+) => {
        /// All counters, in the order of their addresses. Those from COMPUTE to WAIT_JOB add up to
        /// BUSY.
        pub const COUNTERS: &[Counter] = &[$(Counter {
            name: stringify!($name),
            doc: $doc,
            words: [
                Register {
                    name: concat!(stringify!($name), "_LO"),
                    offset: $offset,
                    doc: $doc,
                    fields: &[Field {
                        name: "count",
                        lsb: 0,
                        bits: 32,
                        access: Read,
                        doc: "bits 31:0",
                    }],
                },
                Register {
                    name: concat!(stringify!($name), "_HI"),
                    offset: $offset + 4,
                    doc: "the same",
                    fields: &[Field {
                        name: "count",
                        lsb: 0,
                        bits: 32,
                        access: Read,
                        doc: "bits 63:32",
                    }],
                },
            ],
        }),+];
    };
}

counters! {
    BUSY 0x100 "cycles with a job under way";
    COMPUTE 0x108 "busy cycles in which a beat enters the array";
    WAIT_A 0x110 "other busy cycles, by cause: A is not there";
    WAIT_B 0x118 "B is not there";
    WAIT_C0 0x120 "C0 is not there";
    WAIT_STORE 0x128 "sums are not stored yet";
    WAIT_SUM 0x130 "sums are on their round trip through the array";
    WAIT_JOB 0x138 "there is no next job";
    JOBS 0x140 "jobs that are done, those that failed too";
    MACS 0x148 "multiply-accumulates of kept m, k and n; policy dense: of all";
    GATED 0x150 "PE-cycles of beats that were not useful";
    ROWS_FETCHED 0x158 "rows of B that were fetched";
    ROWS_SKIPPED 0x160 "rows of B that a mask dropped, not fetched";
    BYTES_READ 0x168 "bytes that were read";
    BYTES_WRITTEN 0x170 "bytes that were written";
}
