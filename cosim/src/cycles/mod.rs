//! Cycles without simulation: the model of the array, its bounds, and baselines.
//!
//! [`model`] is the event model, equal to the simulated array's own count on every
//! stream of tiles without gaps or stalls; [`laid`] applies it to a job as a mapping lays it
//! onto the array, [`job`] counts single jobs, and [`training`] whole training runs of the networks of [`network`]. [`explore`]
//! sweeps arrays. [`bounds`] holds what
//! no schedule can beat, and [`scalesim`] what another simulator says.

pub mod bounds;
pub mod explore;
pub mod job;
pub mod laid;
pub mod model;
pub mod network;
pub mod scalesim;
pub mod tally;
pub mod training;

pub use job::{count, Count, Counter};
