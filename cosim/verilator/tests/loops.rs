//! The driving loops in Rust and in C++ do the same work and are both timed.

mod common;

use heddle_verilator::loop_bench::compare_loops;
use heddle_verilator::{Builder, VerilatorError};
use std::path::Path;

#[test]
fn both_loops_see_the_same_outputs() {
    let builder = Builder::new("systolic")
        .file(Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/systolic.v"))
        .flag("-GR=3")
        .flag("-GC=2")
        .cache_dir(common::shared_cache());
    // Checksums of all outputs of all cycles are compared in every round.
    let comparison =
        compare_loops(&builder.clone().clock("clk_i"), 500, 3, &[("load_i", 1)]).unwrap();
    assert_eq!((comparison.rust.len(), comparison.cpp.len()), (3, 3));
    assert!(comparison.ratio().is_finite() && comparison.ratio() > 0.0);

    let error = compare_loops(&builder, 500, 3, &[]).unwrap_err();
    assert!(matches!(error, VerilatorError::Request { .. }), "{error}");
    let error = compare_loops(&builder.clock("clk_i"), 500, 3, &[("nothing_i", 1)]).unwrap_err();
    assert!(matches!(error, VerilatorError::NoPort { .. }), "{error}");
}
