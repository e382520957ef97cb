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
//! | `process.rs` | running a tool: its log, cancellation |
//! | `key.rs` | the hash that names a cached model |
//! | `cache.rs` | the cache: locks, checksums, atomic installation |
//! | `compile.rs` | from Verilog to a shared library |
//! | `generated.rs`, `header.rs` | what Verilator wrote: C++ files, ports |
//! | `makefile.rs` | the compiler's flags and rules |
//! | `failure.rs` | what a failed tool's log says |
//! | `shim.cpp` | the C interface that is compiled into every library |
//! | `library.rs`, `model.rs`, `ports.rs` | loading and driving; all `unsafe` code is here |
//! | `loop_bench.rs` | the driving loop against a plain C++ main |
#![deny(missing_docs)]

#[cfg(target_endian = "big")]
compile_error!("ports are accessed as little-endian bytes and words");

mod builder;
mod cache;
mod compile;
mod error;
mod failure;
mod generated;
mod header;
mod key;
mod library;
pub mod loop_bench;
mod makefile;
mod model;
mod ports;
mod process;
mod tool;

pub use builder::{Builder, Coverage, Optimize, Trace};
pub use cache::default_cache_dir;
pub use error::VerilatorError;
pub use header::{Direction, PortInfo};
pub use library::Library;
pub use model::Model;
pub use ports::{BytesMut, Port, WordsMut};
pub use tool::{Version, OLDEST_VERILATOR};

/// A flag that, once set, makes a build stop, kill its tools and clean up.
pub type Cancel = std::sync::Arc<std::sync::atomic::AtomicBool>;
