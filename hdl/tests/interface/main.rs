//! What `INTERFACE.md` says, tried on the emitted Verilog: statements that a driver that keeps
//! to the rules never tries, and the picture of an output-stationary run.

#[path = "../common/mod.rs"]
mod common;
mod cycles;

mod arithmetic;
mod counters;
mod groups;
mod handshakes;
mod waveform;
