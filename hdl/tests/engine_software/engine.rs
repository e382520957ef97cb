//! The C driver, and a program on top of it, on the Verilated engine.

use crate::common;
use crate::driver::{build, verdict};
use heddle_format::Format;
use heddle_hdl::engine::software::c_driver;
use heddle_hdl::engine::{engine_design, EngineConfig};
use heddle_hdl::{ArrayConfig, Dataflow, Prefix};

const PROGRAM: &str = include_str!("application.c");

/// A small engine with a bus of 64 bits, which the bench is for.
fn config() -> ArrayConfig {
    let engine = EngineConfig {
        bus_bits: 64,
        max_dim: 64,
        ..EngineConfig::default()
    };
    ArrayConfig {
        dataflow: Dataflow::Both,
        engine: Some(engine),
        ..ArrayConfig::new(3, 2, Format::Int8)
    }
}

#[test]
fn a_program_multiplies_and_recovers_from_errors() {
    let Some(verilator) = common::verilators().into_iter().next_back() else {
        return;
    };
    let (_guard, dir) = common::folder();
    let design = engine_design(&config(), &Prefix::default()).expect("a design");
    build(&dir, &verilator, &design, include_str!("engine.cpp"));

    let said = verdict(&dir, c_driver(), Some(PROGRAM));
    assert!(said.starts_with("PASS: "), "{said}");
    // Faults of the driver, and of the program.
    for (right, wrong) in [
        ("enable | HEDDLE_ENGINE_CONTROL_CLEAR_ERROR_MASK", "enable"),
        ("(uint32_t)(ring_address >> 32)", "0"),
        ("word < HEDDLE_ENGINE_DESC_BYTES / 4", "word < 12"),
        (
            "error->tag = (uint16_t)FIELD(record, ERROR_TAG)",
            "error->tag = 0",
        ),
    ] {
        assert!(c_driver().contains(right), "{right}");
        let said = verdict(&dir, &c_driver().replace(right, wrong), Some(PROGRAM));
        assert!(said.starts_with("FAIL: "), "{wrong}: {said}");
    }
    for (right, wrong) in [
        (".c_stride = N * 4,", ".c_stride = N * 4 + 4,"),
        ("memory[MASK] = 0x5b;", "memory[MASK] = 0x5a;"),
        ("first.flags |= HEDDLE_ENGINE_DESC_STAY_MASK;", ""),
        (".b = address + b,", ".b = address + b + 1,"),
    ] {
        assert!(PROGRAM.contains(right), "{right}");
        let said = verdict(&dir, c_driver(), Some(&PROGRAM.replace(right, wrong)));
        assert!(said.starts_with("FAIL: "), "{wrong}: {said}");
    }
}
