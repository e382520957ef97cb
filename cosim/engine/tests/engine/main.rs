//! The engine's host side: reference, planner, memory, driver, each against something independent of it.

mod common;
mod driver;
mod memory;
mod planner;
mod products;
mod random;
mod reference;
mod verilated;
