//! Networks, their training steps, and what these cost on an array.
//!
//! [`training`] counts whole training runs of the networks of [`network`](mod@network), [`explore`] sweeps
//! arrays, [`tile_engine`] counts a training step on the engine around the array, [`explore_engine`] sweeps
//! engines, and [`scalesim`] says what another simulator says.
#![deny(missing_docs)]

mod error;
pub mod explore;
pub mod explore_engine;
pub mod network;
pub mod scalesim;
pub mod tile_engine;
pub mod training;

pub use error::NetworkError;
