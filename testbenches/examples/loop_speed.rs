//! The speed of the Rust co-simulation loop against a plain C++ main that drives the
//! same Verilated array with the same stimuli, in alternating rounds after a warm-up.
//! Exits with 1 if the Rust loop runs at less than 0.9 of the C++ loop's speed.
//!
//! `cargo run --release -p heddle-testbenches --example loop_speed`

use heddle_cosim::array::verilated::{builder, BuildOptions};
use heddle_verilator::loop_bench::compare_loops;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Rust over C++ that is asked for.
const TARGET: f64 = 0.9;

fn main() -> ExitCode {
    let generated = Path::new(env!("CARGO_MANIFEST_DIR")).join("../generated");
    let running = [("rst_ni", 1), ("en_i", 1), ("clear_i", 0)];
    let mut met = true;
    for (folder, cycles) in [("int8_16x16", 20_000), ("bf16_16x16", 4_000)] {
        let files: Vec<PathBuf> = match std::fs::read_dir(generated.join(folder)) {
            Ok(entries) => entries
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.extension().is_some_and(|end| end == "v"))
                .collect(),
            Err(error) => {
                eprintln!("generated/{folder}: {error}");
                return ExitCode::FAILURE;
            }
        };
        match compare_loops(
            &builder(&files, &BuildOptions::default()),
            cycles,
            11,
            &running,
        ) {
            Ok(comparison) => {
                println!("{folder}: {comparison}");
                met &= comparison.ratio() >= TARGET;
            }
            Err(error) => {
                eprintln!("{folder}: {error}");
                met = false;
            }
        }
    }
    if met {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
