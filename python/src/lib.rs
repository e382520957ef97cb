//! The native part of the Python package `heddle`, its module `heddle._native`.
//!
//! * `command`: the program's command line, in this process;
//! * `product`: the golden product;
//! * `recorder`: traces of what a training run multiplies;
//! * `reference`: an LSTM layer of `heddle-lstm`, for comparison.
//!
//! Arrays come in as NumPy's, which the package makes of tensors without a copy where it can. Work
//! is done with Python's lock released.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod command;
mod error;
mod operand;
mod product;
mod recorder;
mod reference;

use pyo3::prelude::*;

/// What `heddle` does in Rust.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(command::run, module)?)?;
    module.add_function(wrap_pyfunction!(product::matmul, module)?)?;
    module.add_function(wrap_pyfunction!(reference::lstm_layer, module)?)?;
    module.add_class::<recorder::Recorder>()
}
