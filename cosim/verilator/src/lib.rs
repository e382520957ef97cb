//! Builds, loads and drives Verilated models at run time.
//!
//! A [`Builder`] names Verilog files and a top module. [`Builder::build`] runs
//! Verilator and the C++ compiler, keeps the resulting shared library in a cache,
//! and loads it as a [`Library`], from which any number of independent [`Model`]s
//! are made. A model hands out checked [`Port`]s, whose storage is read and
//! written in place: a clock cycle costs one foreign call.
//!
//! ```no_run
//! use heddle_verilator::{Builder, Trace};
//! # fn main() -> Result<(), heddle_verilator::VerilatorError> {
//! let library = Builder::new("counter")
//!     .file("counter.v")
//!     .clock("clk_i")
//!     .trace(Trace::Vcd)
//!     .build()?;
//! let mut model = library.model()?;
//! let (enable, count) = (model.port("en_i")?, model.port("count_o")?);
//! model.open_trace("counter.vcd".as_ref())?;
//! model.set(enable, 1);
//! model.cycle()?;
//! assert_eq!(model.get(count), 1);
//! # Ok(())
//! # }
//! ```
//!
//! The builder and the model follow the crates `verilator` and `verilated`
//! (verilated-rs), which know Verilator 4 only; `scripts/verilated-rs-check.sh`
//! shows where they fail with Verilator 5.
//!
//! | file | what is in it |
//! |------|---------------|
//! | `builder.rs` | what to build, and the order of the steps |
//! | `tool.rs` | finding Verilator and its version, the compiler, make |
//! | `compile.rs` | from Verilog to a shared library |
//! | `generated.rs`, `header.rs` | what Verilator wrote: C++ files, ports |
//! | `makefile.rs` | the compiler's flags and rules |
//! | `failure.rs` | what a failed tool's log says |
//! | `fst_checks.h` | errors of Verilator's FST writer that do not end the program |
//! | `shim.cpp` | the C interface that is compiled into every library |
//! | `fst.rs` | whether a waveform is complete |
//! | `library.rs`, `model.rs`, `ports.rs` | loading and driving; all `unsafe` code is here |
//!
//! Running tools, and the cache of what they built, are those of `heddle-toolbox`.
#![deny(missing_docs)]

#[cfg(target_endian = "big")]
compile_error!("ports are accessed as little-endian bytes and words");

mod builder;
mod compile;
mod error;
mod failure;
mod fst;
mod generated;
mod header;
mod library;
mod makefile;
mod model;
mod ports;
mod tool;

pub use builder::{Builder, Coverage, Optimize, Trace};
pub use error::VerilatorError;
pub use header::{Direction, PortInfo};
pub use library::Library;
pub use model::Model;
pub use ports::{BytesMut, Port, WordsMut};
pub use tool::{tools, Version, OLDEST_VERILATOR};

pub use heddle_toolbox::Cancel;

/// Where built models are kept unless the builder names another folder:
/// `$HEDDLE_CACHE`, else `heddle/models` in `$XDG_CACHE_HOME`, else in `~/.cache`.
///
/// # Errors
/// [`VerilatorError::Toolbox`] if none of the variables names a folder.
pub fn default_cache_dir() -> Result<std::path::PathBuf, VerilatorError> {
    Ok(heddle_toolbox::default_cache_dir("models")?)
}
