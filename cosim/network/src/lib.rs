//! Networks, their training steps, and what these cost on an array.
//!
//! [`training`] counts whole training runs of the networks of [`network`](mod@network), [`explore`] sweeps
//! arrays, and [`scalesim`] says what another simulator says.
#![deny(missing_docs)]

mod error;
pub mod explore;
pub mod network;
pub mod scalesim;
pub mod training;

pub use error::NetworkError;
