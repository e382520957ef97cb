//! The engine's host side: reference, planner, memory, driver, each against something independent of it.

mod common;
mod driver;
mod memory;
mod planner;
mod random;
mod reference;
