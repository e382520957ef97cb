//! The engine around the array: memory behind AXI, jobs as descriptors. `ENGINE.md` is what
//! software needs, `README.md` in this folder how the blocks meet.

pub mod codes;
mod config;
pub mod descriptor;
pub mod registers;
pub mod software;

pub use config::EngineConfig;
