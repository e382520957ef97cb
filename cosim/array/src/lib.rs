//! The array as an engine: jobs are cut into tiles, streamed through the edge of a
//! array, and their sums collected.
//!
//! * [`driver`]: the stream of a plan ([`heddle_schedule::plan`]) itself, cycle by cycle, and the
//!   checks on the interface.
//! * [`port`]: the ports in one cycle, as a trait; [`verilated`] implements it,
//!   [`build`](mod@build) makes its model.
//! * [`engine`]: [`heddle_gemm::Engine`] on top, which keeps [`account`].
#![deny(missing_docs)]

pub mod account;
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
mod stream_report;
mod streams;
mod tile_lanes;
pub mod traffic;
pub mod verilated;

pub use account::{Account, Accounts};
pub use build::{BuildOptions, Text};
pub use disturbance::Disturbance;
pub use driver::{Driver, DriverOptions};
pub use engine::{waveform, ArrayEngine};
pub use error::ArrayError;
pub use stream_report::StreamReport;
pub use verilated::VerilatedArray;
