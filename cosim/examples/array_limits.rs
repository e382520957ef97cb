//! Streams the products of one time step of a 650-unit LSTM layer (batch 20) through a
//! Verilated 16 x 16 array and prints the cycles that Verilator counted, against the
//! limit, against the cycle model, and packed against dense.
//!
//!     cargo run --release -p heddle-cosim --example array_limits -- [FORMAT...]

use heddle_cosim::array::driver::DriverOptions;
use heddle_cosim::array::element::ArrayElement;
use heddle_cosim::array::engine::ArrayEngine;
use heddle_cosim::array::verilated::BuildOptions;
use heddle_cosim::CosimError;
use heddle_format::Format;
use heddle_gemm::{Job, Mask, MatMut, MatRef, Phase, Policy};
use heddle_hdl::ArrayConfig;
use heddle_verilator::Optimize;
use std::time::Instant;

const BATCH: usize = 20;
const UNITS: usize = 650;
const GATES: usize = 2600;

/// A job of `phase` whose operands are all zero: cycles do not depend on values.
fn measure<E: ArrayElement>(
    engine: &mut ArrayEngine,
    phase: Phase,
    keep: &Mask,
) -> Result<(), CosimError> {
    let (x, w, dz) = (
        vec![E::default(); BATCH * UNITS],
        vec![E::default(); UNITS * GATES],
        vec![E::default(); BATCH * GATES],
    );
    let x = MatRef::row_major(&x, BATCH, UNITS);
    let w = MatRef::row_major(&w, UNITS, GATES);
    let dz = MatRef::row_major(&dz, BATCH, GATES);
    let job = match phase {
        Phase::Forward => Job {
            keep_k: Some(keep),
            ..Job::new(x, w, 0)
        },
        Phase::Backward => Job {
            keep_n: Some(keep),
            ..Job::new(dz, w.t(), 0)
        },
        Phase::WeightGradient => Job {
            keep_m: Some(keep),
            ..Job::new(x.t(), dz, 0)
        },
    };
    let (m, k, n) = job.shape();
    let mut c = vec![E::Acc::default(); m * n];
    let mut dense = None;
    for policy in Policy::ALL {
        engine.take_stats();
        let start = Instant::now();
        let report = engine.stream(policy, &[job], &mut [MatMut::row_major(&mut c, m, n)], None)?;
        let seconds = start.elapsed().as_secs_f64();
        let stats = engine.stats().policy(policy);
        let dense = *dense.get_or_insert(report.cycles);
        println!(
            "{:5} {phase} {m:>3} x {k:>4} x {n:>4}  {policy:6} {:>8} cycles  {:6.2} % of limit  {:5.3} x dense  model {:+}  {:.2} Mcycle/s",
            E::FORMAT.name(),
            report.cycles,
            stats.utilisation() * 100.0,
            dense as f64 / report.cycles as f64,
            stats.model_cycles as i64 - report.cycles as i64,
            report.cycles as f64 / seconds / 1e6,
        );
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut formats = std::env::args()
        .skip(1)
        .map(|name| name.parse())
        .collect::<Result<Vec<Format>, _>>()?;
    if formats.is_empty() {
        formats = vec![Format::Int8, Format::Bf16];
    }
    // Every other unit: 325 of 650, and a different mask in every tile of 16.
    let keep: Mask = (0..UNITS).map(|unit| unit % 4 < 2).collect();
    for format in formats {
        let config = ArrayConfig::new(16, 16, format);
        let options = BuildOptions {
            optimize: Optimize::Balanced,
            ..BuildOptions::default()
        };
        let mut engine = ArrayEngine::new(config, &options, DriverOptions::default())?;
        for phase in Phase::ALL {
            match format {
                Format::Int8 => measure::<i8>(&mut engine, phase, &keep)?,
                Format::Int16 => measure::<i16>(&mut engine, phase, &keep)?,
                Format::Bf16 => measure::<half::bf16>(&mut engine, phase, &keep)?,
            }
        }
    }
    Ok(())
}
