//! How fast a 16 x 16 array is simulated: the text of Heddle 0.1, the emitted text, and the one for
//! simulation, each by the Rust co-simulation loop and by a plain C++ main that drives the same model
//! with the same stimuli, in alternating rounds after a warm-up; and how long each model takes to
//! build, anew. All outputs of all texts must be equal in all cycles. Exits with 1 if they are not, if
//! the Rust loop runs at less than 0.9 of the C++ loop's speed on the text for simulation, or if that
//! gains less than is asked.
//!
//! `cargo run --release -p heddle-testbenches --example loop_speed`

use flate2::read::GzDecoder;
use heddle_array::build::{builder, fast_builder, BuildOptions};
use heddle_format::Format;
use heddle_hdl::{generate, generate_fast, ArrayConfig, Dataflow, Prefix};
use heddle_testbenches::loop_bench::{compare_loops, Comparison};
use heddle_verilator::Builder;
use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Rust over C++ that is asked for.
const LOOP: f64 = 0.9;
/// Of a text and of another one: how often the loops alternate.
const ROUNDS: usize = 11;

/// Cycles per second that others publish or that were measured of theirs: int8 16 x 16,
/// output-stationary, no masks, with the check of its results.
const OTHERS: &str =
    "axis-systolic-array, int8 16x16, on such a machine: 600,000 to 826,000 cycles/s";

/// An array, and what its text for simulation is to gain.
struct Case {
    config: ArrayConfig,
    cycles: usize,
    gain: f64,
}

/// A text measured: seconds to build its model, and its loops.
struct Measured {
    build: f64,
    loops: Comparison,
}

fn cases() -> [Case; 3] {
    let int8 = ArrayConfig::new(16, 16, Format::Int8);
    let both = ArrayConfig {
        dataflow: Dataflow::Both,
        ..int8
    };
    [
        (int8, 40_000, 3.0),
        (both, 20_000, 3.0),
        (ArrayConfig::default(), 8_000, 2.5),
    ]
    .map(|(config, cycles, gain)| Case {
        config,
        cycles,
        gain,
    })
}

/// The text of 0.1, unpacked into `folder`.
fn frozen(config: &ArrayConfig, folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let name = match (config.format, config.dataflow) {
        (Format::Bf16, _) => "bf16_16x16",
        (_, Dataflow::Both) => "int8_16x16_both",
        _ => "int8_16x16",
    };
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/verilog-0.1/16x16");
    let packed = File::open(format!("{fixture}/{name}.v.gz"))?;
    let path = folder.join("heddle_0_1.v");
    std::io::copy(&mut GzDecoder::new(packed), &mut File::create(&path)?)?;
    Ok(vec![path])
}

fn measure(
    files: Vec<PathBuf>,
    cycles: usize,
    of: fn(&[PathBuf], &BuildOptions) -> Builder,
) -> Result<Measured, Box<dyn Error>> {
    let cache = tempfile::tempdir()?;
    let options = BuildOptions {
        cache_dir: Some(cache.path().to_owned()),
        ..BuildOptions::default()
    };
    let builder = of(&files, &options);
    let start = Instant::now();
    builder.build()?;
    let build = start.elapsed().as_secs_f64();
    let running = [("rst_ni", 1), ("en_i", 1), ("clear_i", 0)];
    let loops = compare_loops(&builder, "clk_i", cycles, ROUNDS, &running)?;
    Ok(Measured { build, loops })
}

/// Whether all that is asked of a case is met.
fn try_case(case: &Case) -> Result<bool, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let name = case.config.slug();
    let mut old: Option<Measured> = None;
    let mut met = true;
    for text in ["0.1", "emitted", "simulation"] {
        let folder = folder.path().join(text);
        std::fs::create_dir(&folder)?;
        let (files, build): (_, fn(&[PathBuf], &BuildOptions) -> Builder) = match text {
            "0.1" => (frozen(&case.config, &folder)?, builder),
            "emitted" => (generate(&case.config)?.write(&folder)?, builder),
            _ => {
                let design = generate_fast(&case.config, &Prefix::default())?;
                let design = design.ok_or("it has no text for simulation")?;
                (design.write(&folder)?, fast_builder)
            }
        };
        let new = measure(files, case.cycles, build)?;
        let first = old.as_ref().unwrap_or(&new);
        let gain = new.loops.rust_rate() / first.loops.rust_rate();
        let share = new.build / first.build;
        println!(
            "{name:<16} {text:<11} {:>9.0} {:>9.0} {:>7.3} {gain:>6.2} {:>8.1} {share:>6.2}",
            new.loops.rust_rate(),
            new.loops.cpp_rate(),
            new.loops.ratio(),
            new.build,
        );
        if new.loops.checksum != first.loops.checksum {
            println!("{name}: the outputs of the text '{text}' differ from those of 0.1");
            met = false;
        }
        if text == "simulation" {
            met &= gain >= case.gain && new.loops.ratio() >= LOOP;
        }
        old = old.or(Some(new));
    }
    Ok(met)
}

fn main() -> ExitCode {
    println!("cycles/s of CPU time, medians of {ROUNDS} rounds; seconds to build on the wall");
    println!("array            text             Rust       C++   ratio   gain    build  share");
    let mut met = true;
    for case in cases() {
        match try_case(&case) {
            Ok(each) => met &= each,
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{OTHERS}");
    println!("asked: gain 3 (bf16 2.5) and ratio {LOOP}, of the text for simulation");
    if met {
        println!("met");
        return ExitCode::SUCCESS;
    }
    println!("missed");
    ExitCode::FAILURE
}
