//! Networks, their training steps, and what these cost on an array.
//!
//! A network is a file ([`mod@file`]), and those that have names are files, too; [`import`] makes files of what other
//! programs write. [`training`] counts whole training runs of a [`network`](mod@network), [`explore`] sweeps
//! arrays, [`tile_engine`] counts a training step on the engine around the array, [`explore_engine`] sweeps
//! engines, and [`scalesim`] says what another simulator says.
#![deny(missing_docs)]

mod builtin;
mod check;
mod error;
pub mod explore;
pub mod explore_engine;
pub mod file;
pub mod import;
pub mod network;
mod place;
pub mod scalesim;
pub mod tile_engine;
pub mod training;

pub use check::MAX_DIM;
pub use error::NetworkError;
