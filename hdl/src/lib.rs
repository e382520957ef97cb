//! The masked systolic array of Heddle, described in rust-hdl, and its Verilog.
#![deny(missing_docs)]

mod config;
mod error;

pub mod prim;

pub use config::{ArrayConfig, Gating, Reset};
pub use error::HdlError;
