//! The C driver, on the Verilated registers.

use crate::{common, config};
use heddle_hdl::describe::Site;
use heddle_hdl::emit::{emit, Design};
use heddle_hdl::engine::registers::Registers;
use heddle_hdl::engine::software::{c_driver, c_header, C_DRIVER, C_HEADER};
use std::path::Path;

/// What the bench says of a driver, and of a program on top of it.
pub fn verdict(dir: &Path, driver: &str, program: Option<&str>) -> String {
    std::fs::write(dir.join(C_DRIVER), driver).expect("written");
    let mut args = vec!["-std=c99", "-Wall", "-Wextra", "-Werror", "-ffreestanding"];
    args.extend(["-O2", "-fPIC", "-shared", "-o", "driver.so", "driver.c"]);
    if let Some(program) = program {
        std::fs::write(dir.join("application.c"), program).expect("written");
        args.push("application.c");
    }
    let (output, said) = common::run(dir, "gcc", &args);
    assert!(output.status.success(), "{said}");
    common::run(dir, "./obj_dir/bench", &["./driver.so"]).1
}

/// Builds `bench`, of the C++ file of that text, around the Verilated `design`.
pub fn build(dir: &Path, verilator: &str, design: &Design, bench: &str) {
    let files = common::write(design, dir);
    let write = |name: &str, text: &str| std::fs::write(dir.join(name), text).expect("written");
    write(C_HEADER, &c_header());
    write("driver.c", include_str!("driver.c"));
    write("lite.h", include_str!("lite.h"));
    write("bench.cpp", bench);
    let top = &design.top().expect("a top module").name;
    // g++ must be told to include what it has compiled before.
    let mut args = vec!["-MAKEFLAGS", "CFG_CXXFLAGS_PCH_I=-include"];
    args.extend(["--cc", "--exe", "--build", "-Wall", "-o", "bench"]);
    args.extend(["--top-module", top, "-CFLAGS", "-O0 -I.."]);
    args.extend(["-LDFLAGS", "-rdynamic -ldl", "bench.cpp"]);
    args.extend(files.iter().map(String::as_str));
    let (output, said) = common::run(dir, verilator, &args);
    assert!(output.status.success(), "{said}");
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
    let design = design.expect("a design");
    build(&dir, &verilator, &design, include_str!("bench.cpp"));

    let said = verdict(&dir, c_driver(), None);
    assert!(said.starts_with("PASS: 300 jobs"), "{said}");
    for (right, wrong) in [
        (
            "(uint16_t)(engine->tail + 1);",
            "(uint16_t)(engine->tail + 2);",
        ),
        ("if (pending >= size)", "if (pending > size)"),
        (
            "(uint16_t)(head(engine) - index - 1) < 0x8000;",
            "head(engine) > index;",
        ),
        (
            "HEDDLE_ENGINE_IRQ_STATUS, happened)",
            "HEDDLE_ENGINE_IRQ_STATUS, 0)",
        ),
        (
            "enable | HEDDLE_ENGINE_CONTROL_CLEAR_COUNTERS_MASK",
            "(enable & 0) | HEDDLE_ENGINE_CONTROL_CLEAR_COUNTERS_MASK",
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
        let said = verdict(&dir, &c_driver().replace(right, wrong), None);
        assert!(said.starts_with("FAIL: "), "{wrong}: {said}");
    }
}
