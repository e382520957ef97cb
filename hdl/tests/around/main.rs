//! Modules around the array in Verilator, with stalls at every end, against the golden arithmetic.

#[path = "../common/mod.rs"]
mod common;
mod ends;
mod golden;
mod os_run;
#[allow(dead_code)] // the engine's blocks use all of it
#[path = "../engine_blocks/rig.rs"]
mod rig;
mod runs;
mod stream;

use heddle_format::{Format, Overflow};
use heddle_hdl::{ArrayConfig, Dataflow, Gating, Reset};

/// Arrays of all formats and dataflows, from one PE on.
fn configs() -> Vec<ArrayConfig> {
    let new = |rows, cols, format, dataflow, add_stages| ArrayConfig {
        dataflow,
        add_stages: Some(add_stages),
        ..ArrayConfig::new(rows, cols, format)
    };
    vec![
        new(4, 3, Format::Int8, Dataflow::Os, 2),
        new(2, 3, Format::Bf16, Dataflow::Both, 4),
        ArrayConfig {
            acc_bits: Some(20),
            overflow: Overflow::Saturate,
            gating: Gating::ClockGate,
            ..new(3, 5, Format::Int8, Dataflow::Both, 3)
        },
        ArrayConfig {
            reset: Some(Reset::Async),
            ..new(1, 1, Format::Int8, Dataflow::Both, 1)
        },
        new(5, 2, Format::Int16, Dataflow::Os, 1),
        new(3, 2, Format::Bf16, Dataflow::Ws, 4),
        ArrayConfig {
            reset: Some(Reset::None),
            ..new(4, 4, Format::Int8, Dataflow::Ws, 1)
        },
    ]
}
