//! The array as an engine: jobs are cut into tiles, streamed through the edge of a
//! (Verilated or behavioural) array, and their sums collected.
//!
//! * [`tiler`]: how a product is cut, and the order of the tiles; [`plan`]: a whole
//!   batch as one sequence of tiles and what each waits for. The cycle model
//!   ([`crate::cycles`]) reads the same.
//! * [`driver`]: the stream itself, cycle by cycle, and the checks on the interface.
//! * [`port`]: the edge, as a trait; [`behavioural`] and [`verilated`] implement it.
//! * [`engine`]: [`heddle_gemm::Engine`] on top.

pub mod behavioural;
pub mod disturbance;
pub mod driver;
pub mod element;
pub mod engine;
pub mod estimate;
mod groups;
pub mod lanes;
pub mod mapping;
pub mod observer;
pub mod plan;
mod planner;
pub mod port;
mod run;
pub mod stats;
mod stream_report;
mod streams;
mod tile_lanes;
pub mod tiler;
pub mod traffic;
pub mod units;
pub mod verilated;

pub use behavioural::Behavioural;
pub use disturbance::Disturbance;
pub use driver::{Driver, DriverOptions};
pub use engine::{waveform, ArrayEngine};
pub use mapping::{Flow, Mapping};
pub use stream_report::StreamReport;
pub use verilated::{BuildOptions, Text, VerilatedArray};
