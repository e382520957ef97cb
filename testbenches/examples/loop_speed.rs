//! How fast an array is simulated: the emitted text and the one for simulation, each by the Rust
//! co-simulation loop and by a plain C++ main that drives the same model with the same stimuli, in
//! alternating rounds after a warm-up. Exits with 1 if the Rust loop runs at less than 0.9 of the C++
//! loop's speed.
//!
//! `cargo run --release -p heddle-testbenches --example loop_speed`

use heddle_cosim::array::verilated::{builder, fast_builder, BuildOptions};
use heddle_format::Format;
use heddle_hdl::emit::Design;
use heddle_hdl::{generate, generate_fast, ArrayConfig, Dataflow, Prefix};
use heddle_verilator::loop_bench::{compare_loops, Comparison};
use std::error::Error;
use std::process::ExitCode;

/// Rust over C++ that is asked for.
const TARGET: f64 = 0.9;

/// Cycles per second that others publish or that were measured of theirs: int8 16 x 16,
/// output-stationary, no masks, with the check of its results.
const OTHERS: &str = "axis-systolic-array, int8 16x16, on such a machine: 600,000 to 826,000 cycles/s";

fn measure(design: &Design, fast: bool, cycles: usize) -> Result<Comparison, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut files = Vec::new();
    for module in &design.modules {
        let path = folder.path().join(format!("{}.v", module.name));
        std::fs::write(&path, &module.text)?;
        files.push(path);
    }
    let options = BuildOptions::default();
    let builder = match fast {
        true => fast_builder(&files, &options),
        false => builder(&files, &options),
    };
    let running = [("rst_ni", 1), ("en_i", 1), ("clear_i", 0)];
    Ok(compare_loops(&builder, cycles, 11, &running)?)
}

fn run() -> Result<bool, Box<dyn Error>> {
    let int8 = ArrayConfig::new(16, 16, Format::Int8);
    let both = ArrayConfig {
        dataflow: Dataflow::Both,
        ..int8
    };
    let mut met = true;
    for (config, cycles) in [(int8, 20_000), (both, 10_000), (ArrayConfig::default(), 4_000)] {
        let emitted = measure(&generate(&config)?, false, cycles)?;
        println!("{} emitted: {emitted}", config.slug());
        met &= emitted.ratio() >= TARGET;
        let Some(design) = generate_fast(&config, &Prefix::default())? else {
            continue;
        };
        let fast = measure(&design, true, 4 * cycles)?;
        println!("{} for simulation: {fast}", config.slug());
        met &= fast.ratio() >= TARGET;
    }
    println!("{OTHERS}");
    Ok(met)
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
