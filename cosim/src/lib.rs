//! Co-simulation of LSTM training on the masked systolic array: the Verilated array
//! and its driver, the cycle model, traces, reports and the program `heddle`.
#![deny(missing_docs)]

pub mod array;
pub mod bench;
pub mod cli;
pub mod cycles;
pub mod doctor;
mod error;
pub mod mapper;
pub mod memory;
pub mod parity;
pub mod power;
pub mod random_jobs;
pub mod replay;
pub mod report;
pub mod tasks;
pub mod trace;

pub use error::CosimError;
