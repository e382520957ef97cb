//! The engine around the array: memory behind AXI, jobs as descriptors. `ENGINE.md` is what
//! software needs, `README.md` in this folder how the blocks meet.

mod axi;
mod config;
mod cut;
mod fifo;
mod read;
mod write;

pub use axi::{ReadPort, WritePort};
pub use config::EngineConfig;
pub use cut::Cut;
pub use fifo::Fifo;
pub use read::AxiRead;
pub use write::AxiWrite;
