//! The program `heddle`: its command line on top of the crates in the folders beside this one.
#![deny(missing_docs)]

pub mod cli;
mod doctor;
mod error;
pub mod forms;

pub use error::CosimError;
