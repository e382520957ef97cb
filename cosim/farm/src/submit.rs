//! What is built before, what is submitted, again after a failure.

use crate::status::states;
use crate::task::{command, ended_by, last_line, spawn};
use crate::{commands, lines, status, FarmError, Header, Lines, Plan, Program, RunFolder};
use crate::{Slurm, Status, TaskState, Work};
use heddle_files::FileError;
use heddle_toolbox::{is_cancelled, Cancel};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// Who runs the tasks.
#[derive(Clone, Debug)]
pub enum Engine {
    /// This machine, so many side by side.
    Local(usize),
    /// Slurm.
    Slurm(Slurm),
    /// Somebody else: nothing is started.
    Nobody,
}

/// What was submitted.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// The run.
    pub run: RunFolder,
    /// The tasks.
    pub tasks: Vec<u64>,
    /// The job arrays that are new.
    pub jobs: Vec<String>,
}

/// Builds what all pieces need, and submits all tasks of a plan. On this machine they have ended
/// afterwards.
///
/// # Errors
/// [`FarmError::Failed`] if building fails; [`FarmError::Slurm`], [`FarmError::Input`],
/// [`FarmError::Plan`], [`FarmError::File`], [`FarmError::Cancelled`].
pub fn submit(
    plan: Plan,
    executable: PathBuf,
    program: Program,
    engine: &Engine,
    cancel: &Cancel,
    ended: impl FnMut(u64),
) -> Result<Submitted, FarmError> {
    let run = RunFolder::create(plan, executable)?;
    prepare(&run, program, cancel)?;
    run.save()?;
    let tasks = run.tasks().collect();
    start(run, tasks, engine, cancel, ended)
}

/// Submits the tasks again that have missing pieces or some that are not right, and neither wait
/// nor run. What is right stays.
///
/// # Errors
/// As [`submit`].
pub fn resume(
    run: RunFolder,
    engine: &Engine,
    cancel: &Cancel,
    ended: impl FnMut(u64),
) -> Result<Submitted, FarmError> {
    let mut tasks = Vec::new();
    for (task, (state, _)) in states(&run, cancel)? {
        let file = run.pieces(task);
        let again = match state {
            TaskState::Queued | TaskState::Running => false,
            TaskState::Whole => lines::reopen(&file)? > 0,
            _ => {
                lines::reopen_parts(&file)?;
                true
            }
        };
        if again {
            tasks.push(task);
        }
    }
    start(run, tasks, engine, cancel, ended)
}

fn start(
    mut run: RunFolder,
    tasks: Vec<u64>,
    engine: &Engine,
    cancel: &Cancel,
    ended: impl FnMut(u64),
) -> Result<Submitted, FarmError> {
    let mut jobs = Vec::new();
    match engine {
        Engine::Nobody => {}
        _ if tasks.is_empty() => {}
        Engine::Local(workers) => crate::run_here(&run, &tasks, *workers, cancel, ended)?,
        Engine::Slurm(slurm) => {
            let arrays = slurm.submit(&run, &tasks)?;
            jobs.extend(arrays.iter().map(|array| array.job.clone()));
            run.arrays.extend(arrays);
            run.save()?;
        }
    }
    Ok(Submitted { run, tasks, jobs })
}

/// Builds what all pieces need, once, and writes the header that all results have.
fn prepare(run: &RunFolder, program: Program, cancel: &Cancel) -> Result<(), FarmError> {
    let prepared = run.prepared();
    if prepared.exists() {
        fs::remove_file(&prepared).map_err(FileError::writing(&prepared))?;
    }
    match run.plan.work() {
        Work::Heddle(words) => {
            let mut words = words.to_vec();
            let file = prepared.display().to_string();
            words.extend(["--prepare", "--pieces", &file].map(str::to_owned));
            let log = run.path("logs/build.log");
            step(run, &run.program, &words, &log, &log, cancel)
        }
        Work::Commands { list, run: words } => {
            if let Some((program, arguments)) = run.plan.build.split_first() {
                let log = run.path("logs/build.log");
                step(run, Path::new(program), arguments, &log, &log, cancel)?;
            }
            let file = run.list();
            let (program_of, arguments) = match list.split_first() {
                Some((program, arguments)) => (program.as_str(), arguments),
                None => ("", &[][..]),
            };
            if file.exists() {
                fs::remove_file(&file).map_err(FileError::writing(&file))?;
            }
            let log = run.path("logs/list.log");
            step(run, Path::new(program_of), arguments, &file, &log, cancel)?;
            let text = fs::read_to_string(&file).map_err(FileError::reading(&file))?;
            let what = commands::what(run, &text);
            commands::pieces(&text, what.seed)?;
            let header = Header::new(program, what, words.to_vec(), None);
            Lines::open(&prepared, header)?.finish()
        }
    }
}

/// One command before the tasks.
fn step(
    run: &RunFolder,
    program: &Path,
    words: &[String],
    out: &Path,
    log: &Path,
    cancel: &Cancel,
) -> Result<(), FarmError> {
    let mut command = command(run, program, words);
    let mut child = spawn(&mut command, out, log)?;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(FileError::reading(log))? {
            break status;
        }
        if is_cancelled(Some(cancel)) {
            return Err(FarmError::Cancelled);
        }
        thread::sleep(Duration::from_millis(10));
    };
    if status.success() {
        return Ok(());
    }
    let said = last_line(log).map_or_else(String::new, |line| format!(": {line}"));
    Err(FarmError::Failed {
        what: format!(
            "nothing was submitted, since '{} {}' failed, {}{said}\nits log is {}",
            program.display(),
            words.join(" "),
            ended_by(status),
            heddle_files::shown_path(log)
        ),
    })
}

/// Waits until no task waits or runs; `look` is given each look at them.
///
/// # Errors
/// As [`status`]; [`FarmError::Cancelled`], and the tasks go on.
pub fn wait(
    run: &RunFolder,
    every: Duration,
    cancel: &Cancel,
    mut look: impl FnMut(&Status),
) -> Result<Status, FarmError> {
    loop {
        let now = status(run, cancel)?;
        look(&now);
        if now.going_on() == 0 {
            return Ok(now);
        }
        let mut waited = Duration::ZERO;
        while waited < every {
            if is_cancelled(Some(cancel)) {
                return Err(FarmError::Cancelled);
            }
            let pause = Duration::from_millis(50);
            thread::sleep(pause);
            waited += pause;
        }
    }
}

/// Cancels all job arrays of a run, and says which.
///
/// # Errors
/// [`FarmError::Slurm`], [`FarmError::Input`].
pub fn cancel(run: &RunFolder, cancel: &Cancel) -> Result<Vec<String>, FarmError> {
    if !run.arrays.is_empty() {
        Slurm::find(cancel)?.cancel(&run.arrays)?;
    }
    Ok(run.arrays.iter().map(|array| array.job.clone()).collect())
}
