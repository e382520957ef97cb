//! The cells that every block is built of: register lines and the clock gate.
//!
//! rust-hdl's own flip-flop has neither enable nor reset, hence these.

mod clock_gate;
mod pipe;

pub use clock_gate::ClockGate;
pub use pipe::{Pipe, PipeStyle};
