//! Standard cells of Liberty files: read as they are written in practice, and written as every
//! tool understands them.
//!
//! [`Library::read`] takes one file or several that belong together, compressed or not, and
//! says what their cells compute, hold and take up, in SI units. yosys, ABC and OpenSTA differ
//! in what they accept, in the order of attributes and in units; they are given what the library
//! writes: [`Library::text`], and [`Library::mapping_text`] for what may be mapped onto.

#![deny(missing_docs)]

mod cell;
mod error;
mod file;
mod function;
mod library;
mod mapping;
mod merge;
mod token;
mod tree;
mod units;

pub use cell::{Cell, Direction, Pin, State};
pub use error::LibertyError;
pub use function::Function;
pub use library::{Library, Supply};
pub use tree::{Group, Item};
pub use units::Units;
