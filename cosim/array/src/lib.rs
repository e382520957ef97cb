//! The array as an engine: jobs are cut into tiles, streamed through the edge of a
//! (Verilated or behavioural) array, and their sums collected.
//!
//! * [`driver`]: the stream of a plan ([`heddle_schedule::plan`]) itself, cycle by cycle, and the
//!   checks on the interface.
//! * [`port`]: the ports in one cycle, as a trait; [`behavioural`] and [`verilated`]
//!   implement it; [`build`](mod@build) makes the latter's model.
//! * [`engine`]: [`heddle_gemm::Engine`] on top.
#![deny(missing_docs)]

pub mod behavioural;
pub mod build;
pub mod disturbance;
pub mod driver;
pub mod element;
pub mod engine;
mod error;
pub mod estimate;
pub mod lanes;
pub mod observer;
pub mod port;
mod run;
pub mod stats;
mod stream_report;
mod streams;
mod tile_lanes;
pub mod traffic;
pub mod verilated;

pub use behavioural::Behavioural;
pub use build::{BuildOptions, Text};
pub use disturbance::Disturbance;
pub use driver::{Driver, DriverOptions};
pub use engine::{waveform, ArrayEngine};
pub use error::ArrayError;
pub use stream_report::StreamReport;
pub use verilated::VerilatedArray;
