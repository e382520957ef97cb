//! `heddle trace`

use super::array_args::ArrayArgs;
use super::choice::choice;
use super::files::Files;
use super::numbers::{long, whole, MAX_STEPS, MAX_WINDOW};
use super::report_args::{ReportArgs, TableArgs};
use super::task_args::TaskArgs;
use super::{interrupt, output, progress, Outcome};
use crate::CosimError;
use heddle_files::{shown, shown_path, InputError};
use heddle_gemm::{CpuEngine, Phase, Policy, Shape};
use heddle_lstm::Trainer;
use heddle_report::{grouped, Columns};
use heddle_toolbox::memory;
use heddle_trace::replay::accumulator;
use heddle_trace::{
    Expecting, JobHeader, RecordOptions, Recorder, Selection, Sink, TraceFile, TraceJob,
};
use serde_json::{json, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Records, inspects and checks traces
#[derive(Debug, clap::Subcommand)]
pub enum TraceCommand {
    /// Records the GEMM jobs of chosen training steps
    Record(Box<RecordArgs>),
    /// Says what a trace holds
    Inspect(InspectArgs),
    /// Says whether a trace is valid, and what is wrong with every job that is not
    Check(CheckArgs),
}

/// Trains a task's model on the CPU up to the chosen step, then records the jobs of the
/// following steps with their masks, operands rounded to the array's format (--format,
/// --acc-bits, --overflow) and the results of the golden model.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle trace record --out jobs.safetensors --record-times 0,10,19
  heddle trace record --out wg.safetensors --format int8 --record-phases wg --sites nr --max-jobs 8")]
pub struct RecordArgs {
    /// The trace to write
    #[arg(long, alias = "output", value_name = "FILE")]
    out: PathBuf,
    /// Training steps before the first one that is recorded
    #[arg(long, value_name = "STEPS", default_value_t = 50, value_parser = long(0, MAX_STEPS))]
    after: u64,
    /// Training steps to record
    #[arg(long, alias = "record", value_name = "STEPS", default_value_t = 1, value_parser = long(1, MAX_STEPS))]
    steps: u64,
    /// Time steps to record, from 0, separated by commas [default: first, middle, last]
    #[arg(long, alias = "times", value_name = "T,...", value_delimiter = ',', value_parser = whole(0, MAX_WINDOW))]
    record_times: Option<Vec<usize>>,
    /// Layers to record, from 0 [default: all]
    #[arg(long, value_name = "L,...", value_delimiter = ',', value_parser = whole(0, 255))]
    record_layers: Option<Vec<usize>>,
    /// Sites to record: nr, rh, out [default: all]
    #[arg(long, value_name = "SITE,...", value_delimiter = ',', value_parser = choice::<heddle_lstm::Site>())]
    record_sites: Option<Vec<heddle_lstm::Site>>,
    /// Phases to record: fp, bp, wg [default: all]
    #[arg(long, alias = "phases", value_name = "PHASE,...", value_delimiter = ',', value_parser = choice::<Phase>())]
    record_phases: Option<Vec<Phase>>,
    /// Record no more jobs than this
    #[arg(long, value_name = "JOBS", value_parser = whole(1, 100_000_000))]
    max_jobs: Option<usize>,
    /// Leave out the expected results
    #[arg(long)]
    no_expected: bool,
    #[command(flatten)]
    training: TaskArgs,
    #[command(flatten)]
    array: ArrayArgs,
}

/// Prints number format, shapes and masks of the jobs.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
    /// The trace
    file: PathBuf,
    /// One line per job instead of one per phase and shape
    #[arg(long, alias = "jobs")]
    list: bool,
    #[command(flatten)]
    report: TableArgs,
}

/// Checks header, tensors, masks and seeds of every job. The exit code is 2 if the trace is
/// not valid. A tensor that no job uses is a warning.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// The trace
    file: PathBuf,
    #[command(flatten)]
    report: ReportArgs,
}

pub fn run(command: &TraceCommand) -> Result<Outcome, CosimError> {
    match command {
        TraceCommand::Record(args) => record(args),
        TraceCommand::Inspect(args) => inspect(args),
        TraceCommand::Check(args) => check(args),
    }
}

fn record(args: &RecordArgs) -> Result<Outcome, CosimError> {
    args.training.check()?;
    args.array.numbers_only()?;
    let config = args.array.config()?;
    let mut files = Files::new();
    files.reads("--config", args.array.file());
    args.training.reads(&mut files);
    let out = files.open("--out", &args.out)?;
    let data = args.training.data()?;
    if let Some(note) = data.note() {
        output::tell(note);
    }
    let mut trainer = args.training.spec(None).trainer(&data)?;
    let names =
        |sites: &Vec<heddle_lstm::Site>| sites.iter().map(|site| site.name().to_owned()).collect();
    let selection = Selection {
        steps: None,
        times: Some(
            args.record_times
                .clone()
                .unwrap_or_else(|| args.training.spread()),
        ),
        layers: args.record_layers.clone(),
        sites: args.record_sites.as_ref().map(names),
        phases: args.record_phases.clone(),
        max_jobs: args.max_jobs,
    };
    let options = RecordOptions {
        format: config.format,
        accumulator: accumulator(&config),
        selection,
    };
    let jobs = record_steps(
        args.training.train_policy,
        &mut trainer,
        (args.after, args.steps),
        options,
        !args.no_expected,
    )?;
    if jobs.is_empty() {
        let flags = "--record-times, --record-layers, --record-sites, --record-phases";
        let value = "a selection that no job meets";
        return Err(InputError::new(flags, value, args.training.places()).into());
    }
    heddle_trace::write(&out, &jobs)?;
    output::line(format!(
        "{}: {} {} jobs",
        args.out.display(),
        jobs.len(),
        config.format
    ))?;
    Ok(Outcome::Right)
}

/// Trains `after` steps on the CPU and records the next `count`; with the golden model's results
/// if they are expected ones of a file.
pub(super) fn record_steps(
    policy: Policy,
    trainer: &mut Trainer<f32>,
    steps: (u64, u64),
    options: RecordOptions,
    expected: bool,
) -> Result<Vec<TraceJob>, CosimError> {
    if expected {
        let sink = Expecting::new(options.accumulator);
        Ok(record_into(policy, trainer, steps, options, sink)?.into_jobs())
    } else {
        record_into(policy, trainer, steps, options, Vec::new())
    }
}

fn record_into<S: Sink>(
    policy: Policy,
    trainer: &mut Trainer<f32>,
    (after, count): (u64, u64),
    options: RecordOptions,
    sink: S,
) -> Result<S, CosimError> {
    let bar = progress::bar("training", after);
    let mut engine = CpuEngine::new();
    for _ in 0..after {
        if interrupt::is_set() {
            return Err(CosimError::Cancelled);
        }
        trainer.step(&mut engine, policy)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let bar = progress::bar("recording", count);
    let mut recorder = Recorder::new(engine, options, sink);
    for _ in 0..count {
        if interrupt::is_set() {
            return Err(CosimError::Cancelled);
        }
        let before = recorder.bytes();
        trainer.step(&mut recorder, policy)?;
        bar.inc(1);
        // The next step is as large as this one.
        let bytes = recorder.bytes() - before;
        memory::check(
            "recording the next step",
            bytes,
            "record fewer --steps or --record-times, or give --max-jobs",
        )?;
        if recorder.is_full() {
            break;
        }
    }
    bar.finish_and_clear();
    Ok(recorder.into_sink())
}

/// Kept elements of the masks on m, k and n, where there is one.
type Kept = [(&'static str, Option<usize>); 3];

fn masks(job: &TraceJob) -> Kept {
    [("m", &job.keep_m), ("k", &job.keep_k), ("n", &job.keep_n)]
        .map(|(dim, mask)| (dim, mask.as_ref().map(|mask| mask.kept().len())))
}

fn inspect(args: &InspectArgs) -> Result<Outcome, CosimError> {
    let mut files = Files::new();
    files.reads("the trace", Some(&args.file));
    let to = args.report.open(&mut files)?;
    let file = TraceFile::open(&args.file)?;
    warn(&file);
    let jobs: Vec<(JobHeader, Kept)> = file
        .jobs()
        .map(|job| job.map(|job| (job.header.clone(), masks(&job))))
        .collect::<Result<_, _>>()?;
    let list: Vec<Value> = jobs
        .iter()
        .map(|(header, masks)| job_json(&file, header, masks))
        .collect();
    let report = output::report(&json!({
        "source": { "trace": args.file },
        "jobs": list.len(),
        "tensor_bytes": file.tensor_bytes(),
        "job_list": list,
    }))?;
    to.emit_rows(&report, &["job_list[]"], || print(&file, &jobs, args.list))?;
    Ok(Outcome::Right)
}

fn print(file: &TraceFile, jobs: &[(JobHeader, Kept)], each: bool) -> Result<(), CosimError> {
    let with_result = jobs
        .iter()
        .filter(|(header, _)| file.has(header, "c"))
        .count();
    output::line(format!(
        "{}: {} jobs, {} bytes of tensors, {} jobs with expected results",
        file.path().display(),
        grouped(jobs.len() as u64),
        grouped(file.tensor_bytes()),
        grouped(with_result as u64)
    ))?;
    let kept = |masks: &Kept| {
        let given = masks
            .iter()
            .filter_map(|(dim, kept)| kept.map(|kept| format!("{dim}: {kept}")));
        given.collect::<Vec<_>>().join(", ")
    };
    let shape = |header: &JobHeader| header.shape.to_string();
    let table = if each {
        let number = |value: Option<u64>| value.map_or(String::new(), |value| value.to_string());
        Columns::of(jobs)
            .text("job", |(header, _)| shown(&header.name).into_owned())
            .text("phase", |(header, _)| header.phase)
            .text("format", |(header, _)| header.format)
            .text("M x K x N", |(header, _)| shape(header))
            .text("kept", |(_, masks)| kept(masks))
            .text("site", |(header, _)| {
                shown(header.site.as_deref().unwrap_or_default()).into_owned()
            })
            .text("layer", |(header, _)| number(header.layer))
            .text("time", |(header, _)| number(header.time))
            .text("step", |(header, _)| number(header.step))
            .table()
    } else {
        let mut groups: BTreeMap<(Phase, String, &str, String), u64> = BTreeMap::new();
        for (header, masks) in jobs {
            let format = header.format.name();
            *groups
                .entry((header.phase, shape(header), format, kept(masks)))
                .or_default() += 1;
        }
        let groups: Vec<_> = groups.into_iter().collect();
        Columns::of(&groups)
            .text("phase", |((phase, ..), _)| *phase)
            .text("format", |((_, _, format, _), _)| *format)
            .text("M x K x N", |((_, shape, ..), _)| shape.clone())
            .text("kept", |((.., kept), _)| kept.clone())
            .number("jobs", |(_, count)| grouped(*count))
            .table()
    };
    output::line(table)
}

fn job_json(file: &TraceFile, header: &JobHeader, masks: &Kept) -> Value {
    let Shape { m, k, n } = header.shape;
    let kept = |dim: usize, size: usize| masks[dim].1.unwrap_or(size);
    json!({
        "name": header.name,
        "phase": header.phase,
        "format": header.format,
        "m": m,
        "k": k,
        "n": n,
        "kept": { "m": kept(0, m), "k": kept(1, k), "n": kept(2, n) },
        "masked": masks.iter().filter_map(|(dim, kept)| kept.map(|_| *dim)).collect::<Vec<_>>(),
        "site": header.site,
        "layer": header.layer,
        "time": header.time,
        "step": header.step,
        "has_c0": file.has(header, "c0"),
        "has_c": file.has(header, "c"),
    })
}

/// Tensors that no job uses are told one by one up to this many.
const MOST_WARNINGS: usize = 10;

/// Tells of tensors that no job uses.
pub(super) fn warn(file: &TraceFile) {
    let strays = file.strays();
    for stray in strays.iter().take(MOST_WARNINGS) {
        output::warn(format!("warning: {}: {stray}", shown_path(file.path())));
    }
    if let Some(more) = strays
        .len()
        .checked_sub(MOST_WARNINGS)
        .filter(|more| *more > 0)
    {
        output::warn(format!("warning: {more} more tensors that no job uses"));
    }
}

fn check(args: &CheckArgs) -> Result<Outcome, CosimError> {
    let mut files = Files::new();
    files.reads("the trace", Some(&args.file));
    let to = args.report.open(&mut files)?;
    let file = TraceFile::open(&args.file)?;
    warn(&file);
    let errors = file.jobs().filter_map(Result::err);
    let mut errors: Vec<CosimError> = errors.map(CosimError::from).collect();
    let strays = file.strays();
    let report = output::report(&json!({
        "source": { "trace": args.file },
        "jobs": file.headers().len(),
        "is_valid": errors.is_empty(),
        "errors": errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "warnings": strays.iter().map(ToString::to_string).collect::<Vec<_>>(),
    }))?;
    // An invalid trace is told by the error alone, unless a report is asked for.
    let last = errors.pop();
    to.emit(&report, || match last {
        Some(_) => Ok(()),
        None => output::line(format!(
            "{}: valid, {} jobs",
            shown_path(&args.file),
            grouped(file.headers().len() as u64)
        )),
    })?;
    for error in &errors {
        // all but the last are told here, the last by whoever gets the error
        output::warn(error);
    }
    last.map_or(Ok(Outcome::Right), Err)
}
