//! How a product is laid onto the array, and what it costs.
//!
//! * [`tiler`]: how a product is cut, and the order of the tiles; [`mapping`]: what stays in the PEs and
//!   from which edge it comes; [`choice`]: who says so; [`lay`]: what the planner asks; [`plan`]: a
//!   whole batch as one sequence of tiles and what each waits for.
//! * [`model`] is the event model of cycles, equal to the simulated array's own count on every stream
//!   of tiles without gaps or stalls; [`laid`] applies it to a job as a mapping lays it onto the
//!   array, [`job`] counts single jobs, [`count`](mod@count) is the account of them, [`tally`] that by
//!   policy.
//! * [`bounds`] holds what no schedule can beat.
//! * [`mapper`] chooses a mapping by the cycles of each.
#![deny(missing_docs)]

pub mod bounds;
pub mod choice;
pub mod count;
mod edge;
mod error;
pub mod job;
pub mod laid;
pub mod lay;
pub mod mapper;
pub mod mapping;
pub mod model;
pub mod plan;
mod planner;
pub mod tally;
pub mod tiler;
pub mod units;

pub use choice::Choice;
pub use count::Count;
pub use edge::Edge;
pub use error::ScheduleError;
pub use job::{count, Counter};
pub use lay::{Lay, Piece};
pub use mapping::{Flow, Mapping};
