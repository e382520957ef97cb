//! The C driver, on the Verilated registers.

use crate::{common, config};
use heddle_hdl::describe::Site;
use heddle_hdl::emit::emit;
use heddle_hdl::engine::registers::Registers;
use heddle_hdl::engine::software::{c_driver, c_header, C_DRIVER, C_HEADER};
use std::path::Path;

/// What the bench says of a driver.
fn verdict(dir: &Path, driver: &str) -> String {
    std::fs::write(dir.join(C_DRIVER), driver).expect("written");
    let args = [
        "-std=c11",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-O2",
        "-fPIC",
        "-shared",
        "driver.c",
        "-o",
        "driver.so",
    ];
    let (output, said) = common::run(dir, "gcc", &args);
    assert!(output.status.success(), "{said}");
    common::run(dir, "./obj_dir/bench", &["./driver.so"]).1
}

#[test]
fn the_driver_drives_the_registers() {
    let Some(verilator) = common::verilators().into_iter().next() else {
        return;
    };
    let (_guard, dir) = common::folder();
    let config = config();
    let design = emit(
        &Registers::at(&Site::outline(&config)),
        "heddle_engine_registers",
    );
    let files = common::write(&design.expect("a design"), &dir);
    let write = |name: &str, text: &str| std::fs::write(dir.join(name), text).expect("written");
    write(C_HEADER, &c_header());
    write("driver.c", include_str!("driver.c"));
    write("bench.cpp", include_str!("bench.cpp"));
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    let args = [
        "--cc",
        "--exe",
        "--build",
        "-Wall",
        "--top-module",
        "heddle_engine_registers",
        "-o",
        "bench",
    ];
    let flags = [
        "-CFLAGS",
        "-O0 -I..",
        "-LDFLAGS",
        "-rdynamic -ldl",
        "bench.cpp",
    ];
    let (output, said) = common::run(&dir, &verilator, &[&args, &flags, &files[..]].concat());
    assert!(output.status.success(), "{said}");

    let said = verdict(&dir, c_driver());
    assert!(said.starts_with("PASS: 300 jobs"), "{said}");
    for (right, wrong) in [
        (
            "(uint16_t)(engine->tail + 1);",
            "(uint16_t)(engine->tail + 2);",
        ),
        ("if (pending >= size)", "if (pending > size)"),
        ("< 0x8000;", "< 0x80000;"),
        (
            "HEDDLE_ENGINE_IRQ_STATUS, happened)",
            "HEDDLE_ENGINE_IRQ_STATUS, 0)",
        ),
        (
            "enable | HEDDLE_ENGINE_CONTROL_CLEAR_COUNTERS_MASK",
            "HEDDLE_ENGINE_CONTROL_CLEAR_COUNTERS_MASK",
        ),
        (
            "ring_address >> addr_bits != 0",
            "ring_address >> addr_bits == 7",
        ),
        ("ERROR_ADDR_HI) << 32", "ERROR_ADDR_LO) << 32"),
        (
            "put(engine, HEDDLE_ENGINE_ACCESS,",
            "put(engine, HEDDLE_ENGINE_TAIL,",
        ),
    ] {
        assert!(c_driver().contains(right), "{right}");
        let said = verdict(&dir, &c_driver().replace(right, wrong));
        assert!(said.starts_with("FAIL: "), "{wrong}: {said}");
    }
}
