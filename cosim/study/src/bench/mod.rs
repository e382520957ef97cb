//! How long a whole training step takes: dense, packed and, on request, in PyTorch, side
//! by side in one run.
//!
//! A machine is faster at one minute than at another. The sides therefore take turns in
//! rounds, in another order each round, and are compared within a round; what is reported
//! is the median over the rounds, with its spread.

mod measure;
mod pytorch;
mod report;
mod spread;
mod text;
mod timed;

pub use measure::{measure, BenchSettings};
pub use pytorch::PyTorch;
pub use report::{BenchReport, Rates, Times};
pub use spread::Spread;
pub use text::synthetic_corpus;
pub use timed::{Spent, Timed};
