//! The cycles of an LSTM's products on 16 x 16, counted by Verilator from the first
//! weight word accepted to the last sum valid: FP 20 x 650 x 2600, BP 20 x 2600 x 650,
//! WG 650 x 20 x 2600, dense and packed with 325 of 650 kept, int8 and bf16. Every bit
//! is compared with the golden model. Exits with 1 if a target is missed.
//!
//! `cargo run --release -p heddle-testbenches --example numbers [FORMAT...]`

use half::bf16;
use heddle_cosim::array::{ArrayEngine, BuildOptions, DriverOptions};
use heddle_cosim::replay::accumulator;
use heddle_format::Format;
use heddle_gemm::{GoldenEngine, Job, Mask, MatMut, MatRef, Phase, Policy};
use heddle_hdl::ArrayConfig;
use heddle_testbenches::batch::Tested;
use std::process::ExitCode;

const BATCH: usize = 20;
const HIDDEN: usize = 650;
const GATES: usize = 2600;
const KEPT: usize = 325;

/// What is asked of the cycles, dense and packed.
struct Target {
    dense: fn(f64) -> bool,
    dense_text: &'static str,
    speedup: f64,
}

const WEIGHT_PHASES: Target = Target {
    dense: |cycles| LIMIT / cycles >= 0.97,
    dense_text: ">= 97 % of the limit",
    speedup: 1.93,
};
const GRADIENT: Target = Target {
    dense: |cycles| cycles <= 213_500.0,
    dense_text: "<= 213,500 cycles",
    speedup: 1.97,
};

/// MACs / PEs, the same for all three phases.
const LIMIT: f64 = (BATCH * HIDDEN * GATES) as f64 / 256.0;

/// Cycles of one job; an error if a bit is wrong or the cycle model says otherwise.
fn count<E: Tested>(
    array: &mut ArrayEngine,
    policy: Policy,
    job: Job<'_, E>,
) -> Result<u64, String> {
    let (m, _, n) = job.shape();
    let run = |text: &dyn std::fmt::Display| text.to_string();
    let (mut expected, mut found) = (
        vec![E::Acc::default(); m * n],
        vec![E::Acc::default(); m * n],
    );
    let mut golden = GoldenEngine::new(accumulator(array.config()));
    E::golden(
        &mut golden,
        policy,
        &[job],
        &mut [MatMut::row_major(&mut expected, m, n)],
    )
    .map_err(|error| run(&error))?;
    array.take_stats();
    let report = array
        .stream(
            policy,
            &[job],
            &mut [MatMut::row_major(&mut found, m, n)],
            None,
        )
        .map_err(|error| run(&error))?;
    if found != expected {
        return Err("a sum is not that of the golden model".into());
    }
    if array.stats().policy(policy).model_differences > 0 {
        return Err("the cycle model counts other cycles".into());
    }
    Ok(report.cycles)
}

fn format<E: Tested>(format: Format, number: fn(usize) -> E) -> Result<bool, String> {
    let config = ArrayConfig::new(16, 16, format);
    let mut array = ArrayEngine::new(config, &BuildOptions::default(), DriverOptions::default())
        .map_err(|error| error.to_string())?;
    let fill = |rows: usize, cols: usize, step: usize| -> Vec<E> {
        (0..rows * cols).map(|i| number(i * step)).collect()
    };
    let (x, dz, w) = (
        fill(BATCH, HIDDEN, 7),
        fill(BATCH, GATES, 11),
        fill(HIDDEN, GATES, 13),
    );
    let x = MatRef::row_major(&x, BATCH, HIDDEN);
    let dz = MatRef::row_major(&dz, BATCH, GATES);
    let w = MatRef::row_major(&w, HIDDEN, GATES);
    let keep: Mask = (0..HIDDEN).map(|i| i * 7 % HIDDEN < KEPT).collect();
    assert_eq!(keep.kept().len(), KEPT);
    let mut met = true;
    for (phase, job, target) in [
        (
            Phase::Forward,
            Job {
                keep_k: Some(&keep),
                ..Job::new(x, w, 0)
            },
            WEIGHT_PHASES,
        ),
        (
            Phase::Backward,
            Job {
                keep_n: Some(&keep),
                ..Job::new(dz, w.t(), 0)
            },
            WEIGHT_PHASES,
        ),
        (
            Phase::WeightGradient,
            Job {
                keep_m: Some(&keep),
                ..Job::new(x.t(), dz, 0)
            },
            GRADIENT,
        ),
    ] {
        let dense = count(&mut array, Policy::Dense, job)? as f64;
        let packed = count(&mut array, Policy::Packed, job)? as f64;
        let speedup = dense / packed;
        let verdict = |holds: bool| if holds { "met" } else { "MISSED" };
        let holds = ((target.dense)(dense), speedup >= target.speedup);
        println!(
            "{format:6} {phase:6} {dense:8} {:7.2} %  {:22} {:7} {packed:8} {speedup:8.3}  >= {:.2} {}",
            100.0 * LIMIT / dense,
            target.dense_text,
            verdict(holds.0),
            target.speedup,
            verdict(holds.1),
        );
        met &= holds.0 && holds.1;
    }
    Ok(met)
}

fn main() -> ExitCode {
    let mut formats: Vec<Format> = Vec::new();
    for name in std::env::args().skip(1) {
        match name.parse() {
            Ok(format) => formats.push(format),
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::from(2);
            }
        }
    }
    if formats.is_empty() {
        formats = vec![Format::Int8, Format::Bf16];
    }
    println!("16 x 16, limit {LIMIT} cycles, {KEPT} of {HIDDEN} kept");
    println!("format phase     dense  of limit  target                           packed  speed-up  target");
    let mut met = true;
    for each in formats {
        let result = match each {
            Format::Int8 => format::<i8>(each, |i| (i % 251) as u8 as i8),
            Format::Int16 => format::<i16>(each, |i| (i % 65_521) as u16 as i16),
            Format::Bf16 => format::<bf16>(each, |i| bf16::from_f32((i % 251) as f32 / 64.0 - 2.0)),
        };
        match result {
            Ok(result) => met &= result,
            Err(error) => {
                eprintln!("{each}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::from(u8::from(!met))
}
