//! Drives the array in `bench/systolic.v` from Rust and from a plain C++ main with
//! the same stimuli and prints both speeds:
//!
//!     cargo bench -p heddle-verilator --bench loop_speed
//!
//! Fails if the Rust loop is slower than 0.9 of the C++ loop.

use heddle_verilator::loop_bench::compare_loops;
use heddle_verilator::{Builder, Optimize};
use std::path::Path;

fn main() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/systolic.v");
    let mut slow = false;
    for optimize in [Optimize::Balanced, Optimize::Speed] {
        let builder = Builder::new("systolic")
            .file(&file)
            .clock("clk_i")
            .optimize(optimize);
        match compare_loops(&builder, 10_000, 41, &[]) {
            Ok(comparison) => {
                println!("systolic int8 16x16, {optimize:?}: {comparison}");
                slow |= comparison.ratio() < 0.9;
            }
            Err(error) => {
                eprintln!("{error}");
                slow = true;
            }
        }
    }
    if slow {
        std::process::exit(1);
    }
}
