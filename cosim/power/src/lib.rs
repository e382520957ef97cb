//! x
pub mod liberty;
pub mod model;
pub mod netlist;
