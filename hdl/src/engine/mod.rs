//! The engine around the array: memory behind AXI, jobs as descriptors. `ENGINE.md` is what
//! software needs, `README.md` in this folder how the blocks meet.

mod config;
mod expand;
mod fifo;
mod gearbox;
mod job;
mod masks;
mod routes;
mod sums;
mod tables;
mod units;
mod unpack;
mod walker;
mod windows;

pub use config::EngineConfig;
pub use expand::{Expand, RowWord};
pub use fifo::Fifo;
pub use gearbox::{Gearbox, Goal};
pub use job::{Job, Kept};
pub use masks::Masks;
pub use routes::{Ranks, Routes};
pub use sums::Pull;
pub use tables::Tables;
pub use unpack::Unpack;
pub use walker::Walker;
pub use windows::Windows;
