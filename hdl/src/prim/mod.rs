//! The primitives that everything sequential is built from: registers, and small banks
//! of words.
//!
//! rust-hdl's own flip-flop has neither enable nor reset, hence this.

mod bank;
mod pipe;

pub use bank::{address_bits, Bank};
pub use pipe::{Pipe, PipeControl, PipeStyle};
