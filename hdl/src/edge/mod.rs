//! The edges of the array: handshake and masks, turns of output-stationary tiles, skew
//! and deskew, counters.

mod control;
mod counters;
mod lines;
mod north;
mod south;
mod turns;
mod west;

pub use control::Control;
pub use counters::{Counters, SETTLE as COUNTERS_SETTLE};
pub use north::NorthEdge;
pub use south::SouthEdge;
pub use turns::Turns;
pub use west::WestEdge;
