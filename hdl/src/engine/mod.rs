//! The engine around the array: memory behind AXI, jobs as descriptors. `ENGINE.md` is what
//! software needs, `README.md` in this folder how the blocks meet.

mod check;
pub mod codes;
mod config;
pub mod descriptor;
mod job;
mod load;
mod math;
mod order;
mod ring;
mod space;
mod store;

pub use check::Check;
pub use config::EngineConfig;
pub use job::{Job, Kept};
pub use load::Load;
pub use order::Order;
pub use ring::Ring;
pub use space::Space;
pub use store::Store;
