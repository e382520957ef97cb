//! The edges of the array: handshake and masks, skew and deskew, counters.

mod control;
mod counters;
mod north;
mod south;
mod west;

pub use control::Control;
pub use counters::Counters;
pub use north::NorthEdge;
pub use south::SouthEdge;
pub use west::WestEdge;
