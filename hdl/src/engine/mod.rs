//! The engine around the array: memory behind AXI, jobs as descriptors. `ENGINE.md` is what
//! software needs, `README.md` in this folder how the blocks meet.

mod beats;
mod buffers;
mod config;
mod core;
mod fifo;
mod intake;
mod job;
mod numbers;
mod seed;
mod seeds;
mod sequence;
mod sizes;
mod sums;
mod tiles;
mod weights;
mod work;

pub use buffers::Buffers;
pub use config::EngineConfig;
pub use core::{core_design, Core};
pub use fifo::Fifo;
pub use job::{Job, Kept};
pub use sequence::Sequence;
