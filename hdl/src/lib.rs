//! The masked systolic array of Heddle, described in rust-hdl, and its Verilog.
#![deny(missing_docs)]

// The derives name this crate as their users do.
extern crate self as heddle_hdl;

pub mod accumulator;
pub mod arith;
pub mod array;
pub mod bundle;
mod config;
pub mod describe;
pub mod edge;
pub mod engine;
mod error;
mod generate;
pub mod mesh;
pub mod pe;
mod prefix;
pub mod row;
mod tune;

pub mod emit;
pub mod manifest;
pub mod package;
pub mod prim;

pub use config::{ArrayConfig, Dataflow, Gating, MultiplierCell, Reset, Skew, Tune};
pub use edge::COUNTERS_SETTLE;
pub use error::HdlError;
pub use generate::{generate, generate_as, generate_fast, TOP};
pub use prefix::Prefix;
