//! The primitives that everything sequential is built from: registers, small banks of
//! words, and the multiplier of a DSP block.
//!
//! rust-hdl's own flip-flop has neither enable nor reset, hence this.

mod bank;
mod dsp;
mod pipe;

pub use bank::{address_bits, Bank};
pub use dsp::Dsp;
pub use pipe::{Pipe, PipeControl, PipeStyle};
