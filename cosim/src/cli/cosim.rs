//! `heddle cosim`

use super::array_args::ArrayArgs;
use super::choice::choice;
use super::files::Files;
use super::numbers::{long, whole};
use super::pieces::PieceArgs;
use super::report_args::{Reporter, TableArgs};
use super::simulator::{SimulatorArgs, ToReplay};
use super::tile_engine_args::{check_target, Given, ProductArgs, TileEngineArgs};
use super::waveform::Asked;
use super::{cosim_pieces, output, Outcome};
use crate::CosimError;
use heddle_array::Disturbance;
use heddle_files::Destination;
use heddle_files::{shown_path, InputError};
use heddle_gemm::{Phase, Policy};
use heddle_hdl::{ArrayConfig, Kind};
use heddle_report::{short, Bar, BarChart, BarGroup, BarPart, Panel, Report};
use heddle_toolbox::memory;
use heddle_trace::random_flow::{RandomFlow, RandomLaying};
use heddle_trace::random_jobs::RandomJobs;
use heddle_trace::replay::accumulator;
use heddle_trace::{JobHeader, TraceError, TraceFile};
use serde_json::json;
use std::path::PathBuf;

/// Largest dimension of a random job.
const MAX_DIM: usize = 4096;

/// Replays jobs on the Verilated array under every policy. Each output bit is compared
/// with the golden model and with the trace's own expected results, each cycle count with
/// the cycle model. A wrong bit is named with job, row, column and both values, and a
/// waveform of that job is kept; the exit code is then 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle cosim --trace jobs.safetensors --rows 16 --cols 16 --format bf16
  heddle cosim --trace jobs.safetensors --policy dense,packed --plot cycles.svg
  heddle cosim --trace jobs.safetensors --waveform-of fp.nr.t0 --waveform fp.fst
  heddle cosim --random 1000 --seed 7 --max-dim 80 --rows 5 --cols 3 --format int8 --json
  heddle cosim --random 1000 --dataflow both --flow mixed --batch 4 --rows 4 --cols 4
  heddle cosim --target engine --random 500 --errors 50 --disturb --bus-bits 256 --json
  heddle cosim --target engine --phase wg --m 650 --k 20 --n 2600 --keep 325 --times 35")]
pub struct CosimArgs {
    #[command(flatten)]
    pub(super) source: Source,
    /// What is simulated: the array at its edge, or the engine around it with memory behind AXI
    #[arg(long, value_name = "TARGET", default_value = "array", value_parser = choice::<Kind>())]
    target: Kind,
    /// Seed of the random jobs, of what --flow mixed draws and of --disturb [default: 1]
    #[arg(long, value_name = "S", value_parser = long(0, u64::MAX))]
    seed: Option<u64>,
    /// M, K and N of random jobs are drawn from 1 to this, at most 4096
    #[arg(long, value_name = "D", default_value_t = 80, conflicts_with_all = ["trace", "phase"], value_parser = whole(1, MAX_DIM))]
    pub(super) max_dim: usize,
    /// So many of the random descriptors fail: by a bad field, or by a bus error (engine)
    #[arg(long, value_name = "N", requires = "random", value_parser = long(0, 100_000_000))]
    pub(super) errors: Option<u64>,
    #[command(flatten)]
    pub(super) product: ProductArgs,
    /// What stays in the PEs: weights, sums, or either at random, with random orientation
    /// and order [default: traces as the mapper chooses if the array has both; random jobs
    /// whatever the array can]
    #[arg(long, value_name = "FLOW", value_parser = choice::<RandomFlow>())]
    flow: Option<RandomFlow>,
    /// So many jobs are streamed back to back, 1 to 1000; a job's cycles are then those
    /// from the last sum of the one before it
    #[arg(long, value_name = "B", default_value_t = 1, value_parser = whole(1, 1000))]
    pub(super) batch: usize,
    /// Hold weights, beats and exchanges back and stall the array at random, drawn from
    /// the seed; cycles are then not compared with the cycle model
    #[arg(long)]
    pub(super) disturb: bool,
    /// Policies to run, separated by commas: dense, gated, packed
    #[arg(
        long,
        value_name = "P,...",
        value_delimiter = ',',
        default_value = "dense,gated,packed",
        value_parser = choice::<Policy>()
    )]
    policy: Vec<Policy>,
    #[command(flatten)]
    pub(super) report: TableArgs,
    #[command(flatten)]
    pub(super) piece: PieceArgs,
    /// Draw cycles by phase and policy; .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    pub(super) array: ArrayArgs,
    #[command(flatten)]
    pub(super) engine: TileEngineArgs,
    #[command(flatten)]
    pub(super) simulator: SimulatorArgs,
    /// Write a waveform of this job, right or wrong: to the file of --waveform, or heddle.vcd.
    /// It runs once more, with its batch, under the first policy
    #[arg(long, value_name = "JOB", help_heading = "Simulation")]
    waveform_of: Option<String>,
    /// Cycles of that waveform at most
    #[arg(long, value_name = "N", help_heading = "Simulation", default_value_t = 100_000,
        requires = "waveform_of", value_parser = clap::value_parser!(u64).range(1..))]
    waveform_cycles: u64,
}

/// Where the jobs come from.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Source {
    /// Replay the jobs of this trace
    #[arg(long, value_name = "FILE")]
    pub(super) trace: Option<PathBuf>,
    /// Replay this many random jobs: shapes, masks from none kept to all kept, operands
    /// with every special of their format, seeds over the whole accumulator
    #[arg(long, value_name = "COUNT", value_parser = long(1, 100_000_000))]
    pub(super) random: Option<u64>,
    /// Run a product of this phase, fp, bp or wg, with random operands; --m, --k and --n are its
    /// shape (engine)
    #[arg(long, value_name = "PHASE", value_parser = choice::<Phase>(), requires_all = ["m", "k", "n"])]
    pub(super) phase: Option<Phase>,
}

impl CosimArgs {
    pub(super) fn seed(&self) -> u64 {
        self.seed.unwrap_or(1)
    }

    /// The policies in their usual order, each once.
    pub(super) fn policies(&self) -> Vec<Policy> {
        without_repeats(&self.policy)
    }

    /// The first flag that the engine does not have, and its value.
    fn only_of_the_array(&self) -> Given {
        let flow = self.flow.map(|flow| ("--flow", flow.to_string()));
        let plot = self.plot.as_ref().map(|path| ("--plot", shown_path(path)));
        let waveform = self.waveform_of.as_ref();
        let waveform = waveform.map(|job| ("--waveform-of", job.clone()));
        let simulator = self.simulator.only_of_the_array();
        flow.or(plot).or(waveform).or(simulator)
    }

    /// The first flag that only the engine has, and its value.
    fn only_of_the_engine(&self) -> Given {
        let phase = self.source.phase;
        let phase = phase.map(|phase| ("--phase", phase.name().to_owned()));
        let errors = self.errors.map(|errors| ("--errors", errors.to_string()));
        phase.or(errors).or_else(|| self.engine.given())
    }

    /// The first flag whose meaning is that of one run over all jobs, and its value.
    pub(super) fn of_one_run(&self) -> Given {
        let plot = self.plot.as_ref().map(|path| ("--plot", shown_path(path)));
        let waveform = self.waveform_of.as_ref();
        let waveform = waveform.map(|job| ("--waveform-of", job.clone()));
        plot.or(waveform).or(self.simulator.names_waveform())
    }

    /// Refuses a seed of which nothing is drawn, and random jobs too large for the memory.
    fn check(&self) -> Result<(), CosimError> {
        let drawn = self.disturb || self.flow == Some(RandomFlow::Mixed);
        match (self.source.random, self.seed) {
            (None, Some(seed)) if !drawn && self.source.phase.is_none() => {
                Err(CosimError::Input(InputError {
                    name: "--seed",
                    value: seed.to_string(),
                    remedy:
                        "with --trace nothing is drawn, but for --disturb and --flow mixed: leave \
                         it out"
                            .into(),
                }))
            }
            (Some(_), _) => {
                // A, B and five times C, of words of eight bytes at most; dimensions are half
                // as large on average, but two jobs of a batch may be as large as can be.
                let largest = 7 * 8 * (self.max_dim as u128).pow(2);
                let batch = self.batch as u128;
                let bytes = batch.min(2) * largest + batch.saturating_sub(2) * largest / 4;
                Ok(memory::check(
                    "so large random jobs",
                    bytes,
                    "give a smaller --max-dim or --batch",
                )?)
            }
            _ => Ok(()),
        }
    }
}

pub fn run(args: &CosimArgs) -> Result<Outcome, CosimError> {
    args.check()?;
    cosim_pieces::check(args)?;
    check_target(
        args.target,
        args.only_of_the_array(),
        args.only_of_the_engine(),
    )?;
    if args.target == Kind::Engine {
        return super::cosim_engine::run(args);
    }
    let config = args.simulator.config(&args.array)?;
    let alone = args.piece.alone();
    let alone = alone.map(|name| cosim_pieces::Batches::of_jobs(args).named(name));
    let alone = alone.transpose()?;
    let mut files = Files::new();
    files.reads("--config", args.array.file());
    files.reads("--trace", args.source.trace.as_ref());
    let asked = args.waveform_of.as_ref().map(|job| Asked {
        job: job.clone(),
        cycles: args.waveform_cycles,
    });
    let waveform = args.simulator.waveform(&mut files, asked)?;
    let mut to = || -> Result<Outputs, CosimError> {
        Ok(Outputs {
            report: args.report.open(&mut files)?,
            plot: files.plot(args.plot.as_ref())?,
        })
    };
    let policies = args.policies();
    let random = args.source.trace.is_none();
    let flow = match args.flow {
        None if random => Some(RandomFlow::of(&config)),
        flow => flow,
    };
    // What the array lacks is better said before its model is built.
    let laying = |index| -> Result<Option<RandomLaying>, TraceError> {
        flow.map(|flow| flow.laying(&config, args.seed(), index))
            .transpose()
    };
    laying(0)?;
    let to_replay = |count| ToReplay {
        config,
        policies: &policies,
        count,
        batch: args.batch,
        disturbance: args.disturb.then_some(Disturbance {
            // A piece has a seed of its own.
            seed: alone.as_ref().map_or(args.seed(), |(piece, _)| piece.seed),
            weight_gap: 0.2,
            beat_gap: 0.2,
            exchange_gap: 0.2,
            stall: 0.2,
        }),
        waveform: &waveform,
        has_golden: false,
        jobs: (),
    };
    if args.piece.in_file() {
        let flow = flow.map(|flow| flow.to_string()).unwrap_or_default();
        let random = random_jobs(args, &config);
        return cosim_pieces::run(args, to_replay(0), &flow, |index| random.job(index), laying);
    }
    let to = to()?;
    let report = match (&args.source.trace, args.source.random) {
        (Some(path), _) => {
            let trace = TraceFile::open(path)?;
            check_formats(&trace, &config)?;
            super::trace::warn(&trace);
            if let Some(job) = &args.waveform_of {
                check_job(job, &trace, &config)?;
            }
            let fitting = |header: &&JobHeader| header.format == config.format;
            for header in trace.headers().iter().filter(fitting) {
                let bytes = header.run_bytes(config.rows, config.cols);
                let what = format!("a run of job '{}'", header.name);
                memory::check(
                    &what,
                    bytes,
                    "cut it into smaller jobs, or give a larger array",
                )?;
            }
            let count = trace.headers().len() as u64;
            let jobs = trace
                .jobs()
                .zip(0..)
                .map(|(job, index)| Ok((job?, laying(index)?)));
            args.simulator.replay(to_replay(count).with(jobs))?
        }
        (None, count) => {
            let count = count.unwrap_or_default();
            if let Some(job) = &args.waveform_of {
                check_random_job(job, args.seed(), count)?;
            }
            let random = random_jobs(args, &config);
            let indices = alone.as_ref().map_or(0..count, |(_, jobs)| jobs.clone());
            let count = indices.end - indices.start;
            let jobs = indices.map(|index| Ok((random.job(index), laying(index)?)));
            args.simulator.replay(to_replay(count).with(jobs))?
        }
    };
    finish(args, &to, &report)
}

/// Where it all goes.
struct Outputs {
    report: Reporter,
    plot: Option<Destination>,
}

fn finish(args: &CosimArgs, to: &Outputs, report: &Report) -> Result<Outcome, CosimError> {
    let mut object = output::report(report)?;
    object["source"] = match &args.source.trace {
        Some(path) => json!({ "trace": path }),
        None => {
            json!({ "random": args.source.random, "seed": args.seed(), "max_dim": args.max_dim })
        }
    };
    to.report
        .emit_rows(&object, &["policies{policy}.phases{phase}"], || {
            output::line(heddle_report::table(report))?;
            output::line(verdict(report, !args.disturb))
        })?;
    if let Some(plot) = &to.plot {
        heddle_report::write_plot(plot, &chart(report))?;
    }
    Ok(Outcome::of(report.is_clean()))
}

/// One line that says whether all was right; `counted` is whether cycles were compared.
pub(super) fn verdict(report: &Report, counted: bool) -> String {
    let jobs = heddle_report::grouped(report.jobs);
    let skipped = match report.skipped {
        0 => String::new(),
        count => format!(
            " {} jobs of another number format were skipped.",
            heddle_report::grouped(count)
        ),
    };
    if report.is_clean() && !counted {
        format!("{jobs} jobs, disturbed: every bit equals the golden model.{skipped}")
    } else if report.is_clean() {
        format!(
            "{jobs} jobs: every bit equals the golden model, every cycle the cycle model.{skipped}"
        )
    } else {
        format!(
            "{jobs} jobs: {} WRONG SUMS, {} jobs off the cycle model.{}{skipped}",
            heddle_report::grouped(report.mismatches),
            heddle_report::grouped(report.cycle_model_differences),
            blame(report),
        )
    }
}

/// What is at fault where sums are wrong and the golden model has the same.
fn blame(report: &Report) -> String {
    let of_trace = report.trace_mismatches;
    if of_trace == 0 {
        return String::new();
    }
    let which = if of_trace == report.mismatches {
        "Golden model and array agree on every sum: only the trace's own results (c) differ.".into()
    } else {
        format!(
            "On {} of them golden model and array agree: only the trace's own results (c) differ.",
            heddle_report::grouped(of_trace)
        )
    };
    format!(
        " {which} What wrote the trace may store a transposed view in the order of memory \
         (np.ascontiguousarray before save_file), or add in another order or width."
    )
}

/// What the line across a bar of cycles is.
pub(super) const LIMIT: &str = "limit: every PE\nbusy in every cycle";

/// Cycles by phase and policy.
pub(super) fn chart(report: &Report) -> BarChart {
    let array = &report.array;
    let groups = heddle_gemm::Phase::ALL
        .into_iter()
        .filter_map(|phase| {
            let bars: Vec<Bar> = report
                .policies
                .iter()
                .filter_map(|(policy, all)| {
                    let part = all.phases.get(&phase)?;
                    let speedup = part.speedup.map(|speedup| format!("{speedup:.2}x"));
                    let own = |of| {
                        if of == *policy {
                            part.cycles as f64
                        } else {
                            0.0
                        }
                    };
                    Some(Bar {
                        name: policy.name().to_owned(),
                        parts: Policy::ALL.map(own).into(),
                        limit: Some(part.limit),
                        notes: std::iter::once(short(part.cycles as f64))
                            .chain(speedup)
                            .collect(),
                    })
                })
                .collect();
            (!bars.is_empty()).then(|| BarGroup {
                name: phase_title(phase).to_owned(),
                bars,
            })
        })
        .collect();
    BarChart {
        title: "Cycles by phase and policy".into(),
        subtitle: format!(
            "{} jobs on a {} x {} {} array, dataflow {}, Verilated",
            heddle_report::grouped(report.jobs),
            array.rows,
            array.cols,
            array.format,
            array.dataflow
        ),
        parts: Policy::ALL
            .map(|policy| match policy {
                Policy::Dense => BarPart::faint(policy.name()),
                Policy::Gated | Policy::Packed => BarPart::new(policy.name()),
            })
            .into(),
        limit: Some(LIMIT.into()),
        panels: vec![Panel {
            quantity: "cycles".into(),
            number: short,
            groups,
        }],
        notes: Vec::new(),
    }
}

pub(super) fn phase_title(phase: heddle_gemm::Phase) -> &'static str {
    match phase {
        heddle_gemm::Phase::Forward => "forward (FP)",
        heddle_gemm::Phase::Backward => "backward (BP)",
        heddle_gemm::Phase::WeightGradient => "weight gradient (WG)",
    }
}

/// The policies in their usual order, each once.
fn without_repeats(policies: &[Policy]) -> Vec<Policy> {
    Policy::ALL
        .into_iter()
        .filter(|policy| policies.contains(policy))
        .collect()
}

fn random_jobs(args: &CosimArgs, config: &ArrayConfig) -> RandomJobs {
    RandomJobs {
        format: config.format,
        accumulator: accumulator(config),
        seed: args.seed(),
        max_dim: args.max_dim,
    }
}

/// Says before a model is built that the job of which a waveform is wanted is not among a trace's.
fn check_job(job: &str, trace: &TraceFile, config: &ArrayConfig) -> Result<(), CosimError> {
    let mut fitting = trace
        .headers()
        .iter()
        .filter(|of| of.format == config.format);
    let first = fitting.clone().next().map_or("", |header| &header.name);
    match fitting.any(|header| header.name == job) {
        true => Ok(()),
        false => Err(CosimError::Input(InputError {
            name: "--waveform-of",
            value: job.into(),
            remedy: format!(
                "name one of the trace's {} jobs, such as {first}",
                config.format
            ),
        })),
    }
}

/// The same of random jobs.
fn check_random_job(job: &str, seed: u64, count: u64) -> Result<(), CosimError> {
    let index = job.strip_prefix(&format!("random.{seed}."));
    let number = index.and_then(|index| index.parse::<u64>().ok());
    match number.is_some_and(|number| number < count && index == Some(&number.to_string())) {
        true => Ok(()),
        false => Err(CosimError::Input(InputError {
            name: "--waveform-of",
            value: job.into(),
            remedy: format!(
                "name one of random.{seed}.0 to random.{seed}.{}",
                count.saturating_sub(1)
            ),
        })),
    }
}

/// Says before a model is built that none of a trace's jobs can run on it.
pub(super) fn check_formats(trace: &TraceFile, config: &ArrayConfig) -> Result<(), CosimError> {
    let fits = |header: &heddle_trace::JobHeader| header.format == config.format;
    match trace.headers().first() {
        Some(first) if !trace.headers().iter().any(fits) => Err(TraceError::Format {
            given: first.format,
            expected: config.format,
        }
        .into()),
        Some(_) => Ok(()),
        None => Err(TraceError::Invalid {
            place: trace.path().display().to_string(),
            problem: "it holds no job".into(),
            remedy: "record one with 'heddle trace record'".into(),
        }
        .into()),
    }
}
