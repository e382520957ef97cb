//! The engine of `heddle_engine` from the host's side: what is written into memory for it, what it has
//! to make of it, and whether it did.
//!
//! * [`descriptor`], [`Code`], [`check`](mod@check), [`Sizes`]: jobs as `hdl/ENGINE.md` has them, and which of them are
//!   refused; [`mod@reference`]: what they do to memory.
//! * [`memory`]: bytes with guards around them, behind AXI, with latency, back-pressure and bus errors.
//! * [`pins`]: the engine's pins as a trait; [`driver`]: runs a [`Program`] on them and compares everything.
//! * [`planner`]: products of any shape as descriptors that fit; [`products`]: whole programs of them; [`random`]: descriptors drawn at random.
//! * [`spot`]: in which cycle a program went wrong, and a waveform of those around it.
//! * [`registers`]: the registers that the driver uses; [`mod@probe`]: accesses that have to be refused; [`mod@first_error`]: bus errors one behind the other.
#![deny(missing_docs)]

pub mod behavioural;
pub mod check;
mod code;
pub mod descriptor;
pub mod driver;
mod error;
pub mod expect;
pub mod first_error;
pub mod interrupts;
pub mod limit;
pub mod lite;
pub mod memory;
pub mod model;
pub mod operands;
pub mod pins;
pub mod planner;
pub mod probe;
pub mod products;
mod program;
pub mod random;
mod ranges;
pub mod reference;
pub mod registers;
mod report;
mod run_report;
mod sizes;
pub mod spot;

pub mod verilated;

pub use code::Code;
pub use descriptor::{Descriptor, Layout, Place, Words};
pub use driver::{Driver, DriverOptions};
pub use error::EngineError;
pub use pins::EnginePort;
pub use program::Program;
pub use ranges::Ranges;
pub use reference::Reference;
pub use report::{EngineReport, PolicyTotals};
pub use run_report::RunReport;
pub use sizes::Sizes;
