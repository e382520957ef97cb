//! The masked systolic array of Heddle, described in rust-hdl, and its Verilog.
#![deny(missing_docs)]

pub mod accumulator;
pub mod arith;
pub mod around;
pub mod array;
pub mod bundle;
mod choices;
mod config;
mod connect;
pub mod edge;
pub mod engine;
mod error;
mod fast;
mod generate;
mod kind;
pub mod mesh;
pub mod pe;
mod prefix;
pub mod row;
mod site;
mod tune;

pub mod manifest;
pub mod package;
pub mod prim;

pub use choices::{Dataflow, Gating, MultiplierCell, Skew, Tune};
pub use config::ArrayConfig;
pub use describe::Reset;
pub use edge::COUNTERS_SETTLE;
pub use error::HdlError;
pub use generate::{generate, generate_as, generate_fast, TOP};
/// What writes the Verilog.
pub use heddle_emit as emit;
/// The language in which the array is described.
pub use heddle_emit::describe;
pub use kind::Kind;
pub use prefix::Prefix;
pub use site::{Site, COLS, ROWS};
