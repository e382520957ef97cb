//! The one register primitive that everything sequential is built from.
//!
//! rust-hdl's own flip-flop has neither enable nor reset, hence this.

mod pipe;

pub use pipe::{Pipe, PipeControl, PipeStyle};
