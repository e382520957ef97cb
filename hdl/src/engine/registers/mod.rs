//! The engine's registers: what software sees behind the AXI4-Lite port.

mod axi_lite;
mod block;
mod counters;
mod refuse;
mod table;

pub use axi_lite::{AxiLite, Requests, Responses};
pub use block::{Fault, Registers};
pub use counters::{Count, Counters, Events};
pub use table::{
    counter, field, format_number, offset, register, registers, Access, Counter, Field, Register,
    ADDRESS_BITS, COUNTERS, ID, INDEX_BITS, REGISTERS, VERSION,
};
