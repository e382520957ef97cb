//! The cycles of an LSTM's products on 16 x 16, counted by Verilator from the first
//! weight word or seed accepted to the last sum valid: FP 20 x 650 x 2600, BP
//! 20 x 2600 x 650, WG 650 x 20 x 2600, dense and packed with 325 of 650 kept, int8 and
//! bf16. FP and BP are weight-stationary, WG is output-stationary, on one array that has
//! both dataflows. Every bit is compared with the golden model, every count with the cycle
//! model. Exits with 1 if a target is missed. `ws` adds the array that is
//! weight-stationary only, which takes another build.
//!
//! `cargo run --release -p heddle-testbenches --example numbers [FORMAT...] [ws]`

use half::bf16;
use heddle_array::{ArrayEngine, BuildOptions, DriverOptions};
use heddle_format::Format;
use heddle_gemm::{GoldenEngine, Job, Mask, MatMut, MatRef, Phase, Policy, Shape};
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_schedule::{Flow, Mapping};
use heddle_testbenches::batch::Tested;
use heddle_trace::replay::accumulator;
use std::process::ExitCode;

const BATCH: usize = 20;
const HIDDEN: usize = 650;
const GATES: usize = 2600;
const KEPT: usize = 325;

/// What is asked of the cycles.
struct Target {
    /// Most cycles, dense.
    dense: u64,
    /// Most cycles, packed.
    packed: Option<u64>,
    /// Least dense / packed.
    speedup: f64,
}

impl Target {
    /// FP and BP are not slower on an array with both dataflows than what an array without
    /// the second one took.
    fn weight_phases(format: Format) -> Self {
        let (dense, packed) = match format {
            Format::Int8 | Format::Int16 => (133_709, 68_509),
            // A longer pipeline drains once.
            Format::Bf16 => (133_757, 68_557),
        };
        Self {
            dense,
            packed: Some(packed),
            speedup: 1.93,
        }
    }

    /// WG, whose reduction is only as long as the batch.
    fn gradient(flow: Flow) -> Self {
        match flow {
            // 95 % of the limit.
            Flow::OutputStationary => Self {
                dense: 138_981,
                packed: None,
                speedup: 1.90,
            },
            _ => Self {
                dense: 213_500,
                packed: None,
                speedup: 1.97,
            },
        }
    }
}

/// MACs / PEs, the same for all three phases.
const LIMIT: f64 = (BATCH * HIDDEN * GATES) as f64 / 256.0;

/// Cycles of one job; an error if a bit is wrong or the cycle model says otherwise.
fn count<E: Tested>(
    array: &mut ArrayEngine,
    policy: Policy,
    (flow, phase): (Flow, Phase),
    job: Job<'_, E>,
) -> Result<u64, String> {
    let Shape { m, n, .. } = job.shape();
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
    let mapping = Mapping {
        flow,
        ..Mapping::plain(array.config()).of_phase(phase)
    };
    let report = array
        .stream_mapped(
            policy,
            &[job],
            &[mapping],
            &mut [MatMut::row_major(&mut found, m, n)],
            None,
        )
        .map_err(|error| run(&error))?;
    if found != expected {
        return Err("a sum is not that of the golden model".into());
    }
    if report.accounts[0].model_differences > 0 {
        return Err("the cycle model counts other cycles".into());
    }
    Ok(report.cycles)
}

fn table<E: Tested>(config: ArrayConfig, number: fn(usize) -> E) -> Result<bool, String> {
    let (format, dataflow) = (config.format, config.dataflow);
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
    let jobs = [
        (
            Phase::Forward,
            Job {
                keep_k: Some(&keep),
                ..Job::new(x, w, 0)
            },
        ),
        (
            Phase::Backward,
            Job {
                keep_n: Some(&keep),
                ..Job::new(dz, w.t(), 0)
            },
        ),
        (
            Phase::WeightGradient,
            Job {
                keep_m: Some(&keep),
                ..Job::new(x.t(), dz, 0)
            },
        ),
    ];
    let mut met = true;
    for (phase, job) in jobs {
        let (flow, target) = if phase != Phase::WeightGradient {
            (Flow::WeightStationary, Target::weight_phases(format))
        } else {
            let flow = match dataflow {
                Dataflow::Ws => Flow::WeightStationary,
                Dataflow::Os | Dataflow::Both => Flow::OutputStationary,
            };
            (flow, Target::gradient(flow))
        };
        let dense = count(&mut array, Policy::Dense, (flow, phase), job)?;
        let packed = count(&mut array, Policy::Packed, (flow, phase), job)?;
        let speedup = dense as f64 / packed as f64;
        let verdict = |holds: bool| if holds { "met" } else { "MISSED" };
        let holds = (
            dense <= target.dense,
            target.packed.is_none_or(|most| packed <= most),
            speedup >= target.speedup,
        );
        let (name, most) = (
            if flow == Flow::OutputStationary {
                "os"
            } else {
                "ws"
            },
            target.packed.map_or_else(String::new, |most| {
                format!("<= {most} {}", verdict(holds.1))
            }),
        );
        println!(
            "{format:6} {dataflow:5} {phase:5} {name:7} {dense:7} {:8.2} %  <= {} {:6}  {packed:6}  {most:15}  {speedup:8.3}  >= {:.2} {}",
            100.0 * LIMIT / dense as f64,
            target.dense,
            verdict(holds.0),
            target.speedup,
            verdict(holds.2),
        );
        met &= holds.0 && holds.1 && holds.2;
    }
    Ok(met)
}

/// The table of one format on one kind of array.
fn run(format: Format, dataflow: Dataflow) -> Result<bool, String> {
    let config = ArrayConfig {
        dataflow,
        ..ArrayConfig::new(16, 16, format)
    };
    match format {
        Format::Int8 => table::<i8>(config, |i| (i % 251) as u8 as i8),
        Format::Int16 => table::<i16>(config, |i| (i % 65_521) as u16 as i16),
        Format::Bf16 => table::<bf16>(config, |i| bf16::from_f32((i % 251) as f32 / 64.0 - 2.0)),
    }
}

fn main() -> ExitCode {
    let mut formats: Vec<Format> = Vec::new();
    let mut dataflows = vec![Dataflow::Both];
    for name in std::env::args().skip(1) {
        if name == "ws" {
            dataflows.push(Dataflow::Ws);
            continue;
        }
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
    println!("format array phase mapping   dense  of limit  target            packed  target           speed-up  target");
    let mut met = true;
    for dataflow in dataflows {
        for &format in &formats {
            match run(format, dataflow) {
                Ok(result) => met &= result,
                Err(error) => {
                    eprintln!("{format} {dataflow}: {error}");
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    ExitCode::from(u8::from(!met))
}
