//! Studies on top of everything else: whether a mask that the batch shares costs quality
//! ([`parity`]), how long a training step takes on CPUs ([`bench`](mod@bench)), what power the array takes
//! ([`power`]), and the three tasks that they train ([`tasks`]).
#![deny(missing_docs)]

pub mod bench;
mod error;
pub mod parity;
pub mod power;
pub mod tasks;

pub use error::StudyError;
