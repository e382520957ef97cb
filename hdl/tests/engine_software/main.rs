//! What software gets, as its tools see it: the header's numbers by a C compiler, the driver on the
//! Verilated registers and on the Verilated engine, the register description by PeakRDL's compiler.

#[path = "../common/mod.rs"]
mod common;
mod driver;
mod engine;
mod header;
mod system_rdl;

use heddle_format::Format;
use heddle_hdl::engine::EngineConfig;
use heddle_hdl::ArrayConfig;

/// An engine around an array of 5 x 3.
fn config() -> ArrayConfig {
    ArrayConfig {
        engine: Some(EngineConfig::default()),
        ..ArrayConfig::new(5, 3, Format::Int8)
    }
}
