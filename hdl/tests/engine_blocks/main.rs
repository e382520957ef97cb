//! Blocks of the engine in Verilator, against models in Rust that share nothing with them.

#[path = "../common/mod.rs"]
mod common;
mod expand;
mod masks;
mod rig;
mod unpack;
