//! The engine around the array: memory behind AXI, jobs as descriptors. `ENGINE.md` is what
//! software needs, `README.md` in this folder how the blocks meet.

mod config;
mod job;

pub use config::EngineConfig;
pub use job::{Job, Kept};
