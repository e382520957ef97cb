//! `heddle farm`: work in pieces on many machines, or on this one.

use super::farm_table::{merged_table, scaling_table, status_table};
use super::files::Files;
use super::numbers::{long, whole, MAX_THREADS};
use super::pieces::running;
use super::report_args::ReportArgs;
use super::{interrupt, output, progress, Outcome};
use crate::CosimError;
use heddle_farm::{
    cancel, measured, merge, merge_files, predicted, resume, run_task, status, submit, wait,
    Engine, FarmError, Merged, Plan, RunFolder, Shard, Slurm, Status, Submitted, EXAMPLE,
};
use heddle_files::{shown_path, InputError};
use heddle_toolbox::Cancel;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between two looks at an array that is waited for.
const LOOK: Duration = Duration::from_secs(10);

/// Runs the independent pieces of long work as tasks: a job array of Slurm, or processes of this
/// machine. A plan says which work, in how many tasks, in which folder.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "Examples:
  heddle farm example > plan.toml
  heddle farm submit --local plan.toml && heddle farm merge plan.toml
  heddle farm submit plan.toml --wait; heddle farm resume plan.toml; heddle farm merge plan.toml --json
  heddle cosim --random 10000 --rows 4 --cols 4 --shard auto --pieces part-$SLURM_ARRAY_TASK_ID.jsonl")]
pub enum FarmCommand {
    /// Prints a plan that runs as it is
    Example,
    /// Builds what all pieces need, once, and submits the tasks of a plan
    Submit(StartArgs),
    /// Says how far a run is
    Status(LookArgs),
    /// Submits again what is missing or not right, and neither waits nor runs
    Resume(StartArgs),
    /// Puts results together: the same bytes as of one run over all pieces
    Merge(MergeArgs),
    /// Cancels the job arrays of a run
    Cancel(LookArgs),
    /// Says what other numbers of tasks would take, from what the pieces took
    Scaling(ScalingArgs),
    /// Runs one task of a run; batch systems call it
    Task(TaskArgs),
}

/// What is started.
#[derive(Debug, clap::Args)]
pub struct StartArgs {
    /// The plan, see 'heddle farm example'
    #[arg(value_name = "PLAN.toml")]
    plan: PathBuf,
    /// Run the tasks on this machine, without Slurm
    #[arg(long)]
    local: bool,
    /// So many tasks side by side [default: as many as the CPU runs]
    #[arg(long, value_name = "N", requires = "local", value_parser = whole(1, MAX_THREADS))]
    workers: Option<usize>,
    /// Build and write the run's folder, and start nothing: for batch systems other than Slurm, which
    /// run 'heddle farm task FOLDER --task auto'
    #[arg(long, conflicts_with_all = ["local", "wait"])]
    only_build: bool,
    /// Wait for the end of the job array; Ctrl-C leaves it running
    #[arg(long, conflicts_with = "local")]
    wait: bool,
    #[command(flatten)]
    report: ReportArgs,
}

/// What is looked at.
#[derive(Debug, clap::Args)]
pub struct LookArgs {
    /// The plan, or the folder of its run
    #[arg(value_name = "PLAN.toml")]
    plan: PathBuf,
    #[command(flatten)]
    report: ReportArgs,
}

/// What is put together.
#[derive(Debug, clap::Args)]
pub struct MergeArgs {
    /// The plan, or the folder of its run; or files of --pieces
    #[arg(value_name = "PLAN.toml", required = true)]
    plan: Vec<PathBuf>,
    /// Where files of --pieces go together
    #[arg(long, value_name = "FILE.jsonl")]
    out: Option<PathBuf>,
    #[command(flatten)]
    report: ReportArgs,
}

/// For which numbers of tasks.
#[derive(Debug, clap::Args)]
pub struct ScalingArgs {
    /// The plan, or the folder of its run
    #[arg(value_name = "PLAN.toml")]
    plan: PathBuf,
    /// Numbers of tasks, separated by commas
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "1,2,100,10000", value_parser = long(1, 1_000_000))]
    tasks: Vec<u64>,
    #[command(flatten)]
    report: ReportArgs,
}

/// Which task.
#[derive(Debug, clap::Args)]
pub struct TaskArgs {
    /// The folder of the run
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Its number, from 1, or auto in a job array of as many elements
    #[arg(long, value_name = "I")]
    task: String,
}

pub fn run(command: &FarmCommand) -> Result<Outcome, CosimError> {
    let cancelled = interrupt::flag();
    match command {
        FarmCommand::Example => {
            output::bytes(EXAMPLE.as_bytes())?;
            Ok(Outcome::Right)
        }
        FarmCommand::Submit(args) => start(args, true),
        FarmCommand::Resume(args) => start(args, false),
        FarmCommand::Status(args) => {
            let to = args.report.open(&mut Files::new())?;
            let run = opened(&args.plan)?;
            let now = status(&run, &cancelled)?;
            let report = output::report(&now)?;
            to.emit(&report, || output::line(status_table(&now)))?;
            Ok(Outcome::of(ended_well(&now) || now.going_on() > 0))
        }
        FarmCommand::Merge(args) => merge_all(args, &cancelled),
        FarmCommand::Cancel(args) => {
            let to = args.report.open(&mut Files::new())?;
            let run = opened(&args.plan)?;
            let arrays = cancel(&run, &cancelled)?;
            let report = output::report(&json!({ "arrays": arrays }))?;
            to.emit(&report, || {
                output::line(match arrays.is_empty() {
                    true => "there is nothing to cancel: no job array was submitted".to_owned(),
                    false => format!("cancelled: {}", arrays.join(", ")),
                })
            })?;
            Ok(Outcome::Right)
        }
        FarmCommand::Scaling(args) => scaling(args),
        FarmCommand::Task(args) => {
            let run = RunFolder::open(&args.folder)?;
            let task = task_number(&args.task, run.plan.tasks)?;
            let record = run_task(&run, task, running()?, &cancelled)?;
            match &record.why {
                None => Ok(Outcome::Right),
                Some(_) if interrupt::is_set() => Err(CosimError::Cancelled),
                Some(why) => {
                    let log = shown_path(&record.log);
                    output::warn(format!("task {task} is not whole: {why}; its log is {log}"));
                    Ok(Outcome::Wrong)
                }
            }
        }
    }
}

/// The number of a task: given, or of the element of a job array.
fn task_number(text: &str, tasks: u64) -> Result<u64, CosimError> {
    let variable = |name: &str| std::env::var(name).ok();
    let number = match text {
        "auto" => Shard::parse(&format!("auto/{tasks}"), variable).map(|shard| shard.index()),
        text => text
            .parse::<u64>()
            .map_err(|_| format!("give 1 to {tasks}, or auto")),
    };
    number.map_err(|remedy| InputError::new("--task", text, remedy).into())
}

/// The run of a plan, or in a folder.
fn opened(path: &Path) -> Result<RunFolder, CosimError> {
    if path.is_dir() {
        return Ok(RunFolder::open(path)?);
    }
    let plan = Plan::read(path)?;
    let run = RunFolder::open(&plan.folder)?;
    if plan != run.plan {
        output::warn(format!(
            "{} has changed since it was submitted: what was submitted counts",
            shown_path(path)
        ));
    }
    Ok(run)
}

fn start(args: &StartArgs, anew: bool) -> Result<Outcome, CosimError> {
    let cancelled = interrupt::flag();
    let to = args.report.open(&mut Files::new())?;
    let engine = match (args.local, args.only_build) {
        (true, _) => {
            let usual = || std::thread::available_parallelism().map_or(1, usize::from);
            Engine::Local(args.workers.unwrap_or_else(usual))
        }
        (_, true) => Engine::Nobody,
        _ => Engine::Slurm(Slurm::find(&cancelled)?),
    };
    let shown = shown_path(&args.plan);
    let started = if anew {
        let plan = Plan::read(&args.plan)?;
        let bar = progress::bar("running tasks", plan.tasks);
        let program = std::env::current_exe().map_err(heddle_files::FileError::reading(
            Path::new("/proc/self/exe"),
        ))?;
        submit(plan, program, running()?, &engine, &cancelled, |_| {
            bar.inc(1)
        })
    } else {
        let run = opened(&args.plan)?;
        let bar = progress::bar("running tasks", run.plan.tasks);
        resume(run, &engine, &cancelled, |_| bar.inc(1))
    };
    let Submitted { run, tasks, jobs } = match started {
        Err(FarmError::Cancelled) if args.local => {
            output::tell(format!(
                "no task runs on; 'heddle farm resume --local {shown}' goes on where it was"
            ));
            return Err(CosimError::Cancelled);
        }
        started => started?,
    };
    if !jobs.is_empty() {
        output::tell(format!(
            "{} tasks in job array {}; 'heddle farm status {shown}' says how far they are, 'heddle farm \
             cancel {shown}' ends them",
            tasks.len(),
            jobs.join(", ")
        ));
    }
    let now = match (args.wait, wait_for(&run, args.wait, &cancelled)) {
        (true, Err(FarmError::Cancelled)) => {
            output::tell(format!(
                "the job array goes on: 'heddle farm cancel {shown}' ends it, 'heddle farm submit' is not \
                 needed again"
            ));
            return Err(CosimError::Cancelled);
        }
        (_, now) => now?,
    };
    let mut own = serde_json::to_value(&now).unwrap_or_default();
    own["arrays"] = json!(jobs);
    own["submitted"] = json!(tasks.len());
    let report = output::report(&own)?;
    to.emit(&report, || output::line(status_table(&now)))?;
    let ended = args.local || args.wait;
    Ok(Outcome::of(!ended || ended_well(&now)))
}

/// How far a run is, at its end if that is to be waited for.
fn wait_for(run: &RunFolder, waits: bool, cancelled: &Cancel) -> Result<Status, FarmError> {
    if !waits {
        return status(run, cancelled);
    }
    let bar = progress::bar("pieces", 0);
    let now = wait(run, LOOK, cancelled, |now| {
        bar.set_length(now.pieces);
        bar.set_position(now.computed);
    });
    bar.finish_and_clear();
    now
}

fn ended_well(now: &Status) -> bool {
    now.unfinished.is_empty() && now.failed == 0 && now.computed == now.pieces
}

fn merge_all(args: &MergeArgs, cancelled: &Cancel) -> Result<Outcome, CosimError> {
    let mut files = Files::new();
    let to = args.report.open(&mut files)?;
    let is_results = |path: &PathBuf| path.extension().is_some_and(|end| end == "jsonl");
    let merged: Merged = match (&args.plan[..], &args.out) {
        ([one], None) if !is_results(one) => merge(&opened(one)?, cancelled)?,
        (all, Some(out)) if all.iter().all(is_results) => {
            for path in all {
                files.reads("PLAN.toml", Some(path));
            }
            files.open("--out", out)?;
            merge_files(all, out)?
        }
        (all, out) => {
            let names: Vec<_> = all.iter().map(|path| shown_path(path)).collect();
            let remedy = match out {
                Some(_) => "with --out give files of --pieces, which end in .jsonl",
                None => "give one plan, or files of --pieces (.jsonl) and --out",
            };
            return Err(InputError::new("PLAN.toml", names.join(" "), remedy).into());
        }
    };
    let report = output::report(&merged)?;
    to.emit(&report, || output::line(merged_table(&merged)))?;
    Ok(Outcome::of(merged.is_right()))
}

fn scaling(args: &ScalingArgs) -> Result<Outcome, CosimError> {
    let to = args.report.open(&mut Files::new())?;
    let run = opened(&args.plan)?;
    let measured = measured(&run)?;
    if measured.pieces.is_empty() {
        let remedy = "no task is whole yet: 'heddle farm status' says how far it is";
        return Err(InputError::new("PLAN.toml", shown_path(&args.plan), remedy).into());
    }
    let all: Vec<_> = args
        .tasks
        .iter()
        .map(|&tasks| predicted(&measured, tasks))
        .collect();
    let report = output::report(&json!({
        "pieces": measured.pieces.len(),
        "piece_seconds": measured.pieces.iter().map(|(_, seconds)| seconds).sum::<f64>(),
        "start_seconds": measured.start_seconds,
        "scaling": all,
    }))?;
    to.emit(&report, || output::line(scaling_table(&measured, &all)))?;
    Ok(Outcome::Right)
}
