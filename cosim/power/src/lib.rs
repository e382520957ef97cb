//! Power of a generated array in standard cells, from what its netlist does.
//!
//! 1. yosys maps every module onto the cells of a Liberty file and flattens the result
//!    ([`Mapped::synthesize`]).
//! 2. The netlist, with models of the cells made from their functions in the Liberty file, has
//!    the ports of the generated array ([`Mapped::verilog`]); whoever simulates it shows all
//!    nets to a [`Probe`] in every cycle.
//! 3. OpenSTA computes the power of every instance from the measured activity of every net
//!    ([`Mapped::powers`]), on a [`view`] of the library that keeps it from replacing what was
//!    measured by what it would guess.
//! 4. Instances are summed by what they are for ([`Group`]).
//!
//! What it is: dynamic and leakage power before layout. No glitches, since the netlist is
//! simulated without delays. No wires: a net's capacitance is that of the pins on it. The
//! clock is ideal: no buffers, the same transition at every register. Inputs come from
//! registers. Supply and temperature are those of the Liberty file.

#![deny(missing_docs)]

mod activity;
mod clocks;
mod flow;
mod groups;
pub mod model;
pub mod netlist;
mod probe;
mod simulation;
pub mod sta;
mod summary;
pub mod view;

pub use activity::{Activity, Sampler};
pub use clocks::Clocks;
pub use flow::{Mapped, Options, NOTES};
pub use groups::{Group, Place, Places};
pub use probe::Probe;
pub use simulation::{nets_port, CHUNK, CLOCKS_PORT};
pub use sta::{Element, Power};
pub use summary::{Elements, Sums};
