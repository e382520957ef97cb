//! Co-simulation of LSTM training on the masked systolic array: the Verilated array
//! and its driver, the cycle model, traces, reports and the program `heddle`.
#![deny(missing_docs)]

mod atomic_file;
mod error;
pub mod trace;

pub use error::CosimError;
