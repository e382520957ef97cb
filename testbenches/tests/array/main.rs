//! The tiler, the driver and the cycle model against the behavioural array.

mod faults;
mod fetches;
mod jobs;
mod limits;
mod mapped;
mod os_faults;
mod streams;
mod verilated;
