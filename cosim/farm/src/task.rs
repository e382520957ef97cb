//! One task: a shard of the pieces, watched over.
//!
//! What computes the pieces is another process. Where a piece takes too long, or its process ends
//! in its midst, that is the piece's verdict, and a new process goes on with the rest. So no piece
//! takes others along.

use crate::header::host;
use crate::run_folder::write_whole;
use crate::{commands, lines, FarmError, Program, RunFolder, Shard, Verdict, Work};
use heddle_files::{FileError, InputError};
use heddle_toolbox::{is_cancelled, Cancel, Child, ToolboxError};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at a process.
const POLL: Duration = Duration::from_millis(10);
/// Between two looks at the file of its results.
const LOOK: Duration = Duration::from_secs(1);

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskVerdict {
    /// All of its pieces have results.
    Whole,
    /// What computes them failed.
    Failed,
    /// Its time was over.
    TimedOut,
    /// It was asked to stop.
    Stopped,
}

/// How a task ended the last time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskRecord {
    /// Which, from 1.
    pub task: u64,
    /// How.
    pub verdict: TaskVerdict,
    /// Why it is not whole.
    pub why: Option<String>,
    /// Wall time.
    pub seconds: f64,
    /// That of the pieces that were computed.
    pub piece_seconds: f64,
    /// Pieces that were computed.
    pub computed: u64,
    /// The machine.
    pub host: String,
    /// What was printed.
    pub log: PathBuf,
    /// What runs it again.
    pub command: Vec<String>,
}

/// How the work of a task ended.
pub(crate) enum Ended {
    Whole,
    Failed(String),
    TimedOut,
    Stopped,
}

/// What a task needs to know.
pub(crate) struct Task<'a> {
    pub run: &'a RunFolder,
    pub shard: Shard,
    pub file: PathBuf,
    pub log: PathBuf,
    pub started: Instant,
    pub cancel: &'a Cancel,
}

impl Task<'_> {
    /// Whether its time is over.
    pub fn is_over(&self) -> bool {
        let limit = self.run.plan.limits.task();
        limit.is_some_and(|limit| self.started.elapsed() > limit)
    }

    /// A command of the plan, which runs in its folder with its cache.
    pub fn command(&self, program: &Path, words: &[String]) -> Command {
        command(self.run, program, words)
    }
}

/// A command of a plan, which runs in its folder with its cache.
pub(crate) fn command(run: &RunFolder, program: &Path, words: &[String]) -> Command {
    let mut command = Command::new(program);
    command
        .args(words)
        .current_dir(&run.plan.cd)
        .env("HEDDLE_CACHE", run.plan.models());
    command
}

/// Runs a task of a run, and writes down how it ended.
///
/// # Errors
/// [`FarmError::Input`] if there is no such task; [`FarmError::Mixed`] if it has results of
/// another run; [`FarmError::File`].
pub fn run_task(
    run: &RunFolder,
    task: u64,
    program: Program,
    cancel: &Cancel,
) -> Result<TaskRecord, FarmError> {
    let tasks = run.plan.tasks;
    let shard = Shard::new(task, tasks)
        .map_err(|_| InputError::new("--task", task, format!("give 1 to {tasks}")))?;
    let of = Task {
        run,
        shard,
        file: run.pieces(task),
        log: run.path(&format!("logs/task-{task}.log")),
        started: Instant::now(),
        cancel,
    };
    let before = lines::computed(&of.file);
    let ended = match run.plan.work() {
        _ if of.file.exists() => Ok(Ended::Whole),
        Work::Heddle(words) => heddle(&of, words),
        Work::Commands { run: words, .. } => commands::run(&of, words, program),
    };
    let after = lines::computed(&of.file);
    let (verdict, why, error) = match ended {
        Ok(Ended::Whole) => (TaskVerdict::Whole, None, None),
        Ok(Ended::Failed(why)) => (TaskVerdict::Failed, Some(why), None),
        Ok(Ended::TimedOut) => {
            let seconds = run.plan.limits.task_seconds.unwrap_or_default();
            let why = format!("not all of its pieces were done within {seconds} s");
            (TaskVerdict::TimedOut, Some(why), None)
        }
        Ok(Ended::Stopped) => (TaskVerdict::Stopped, Some("it was stopped".into()), None),
        Err(error) => (TaskVerdict::Failed, Some(error.to_string()), Some(error)),
    };
    let record = TaskRecord {
        task,
        verdict,
        why,
        seconds: of.started.elapsed().as_secs_f64(),
        piece_seconds: after.seconds - before.seconds,
        computed: after.count.saturating_sub(before.count),
        host: host(),
        log: of.log.clone(),
        command: again(run, task),
    };
    write_whole(&run.record(task), &record)?;
    match error {
        Some(error) => Err(error),
        None => Ok(record),
    }
}

/// The command that runs a task.
pub(crate) fn again(run: &RunFolder, task: u64) -> Vec<String> {
    let words = [
        run.program.display().to_string(),
        "farm".into(),
        "task".into(),
        run.plan.folder.display().to_string(),
        "--task".into(),
        task.to_string(),
    ];
    words.into()
}

/// A shard of a command of heddle, which is started again after a piece that ends it.
fn heddle(task: &Task, words: &[String]) -> Result<Ended, FarmError> {
    let mut words = words.to_vec();
    let file = task.file.display().to_string();
    words.extend(["--shard", &task.shard.to_string(), "--pieces", &file].map(str::to_owned));
    let limit = task.run.plan.limits.piece();
    let look = limit.map_or(LOOK, |limit| LOOK.min(limit / 10));
    loop {
        let mut command = task.command(&task.run.program, &words);
        let mut child = spawn(&mut command, &task.log, &task.log)?;
        let mut looked = Instant::now();
        let mut begun = None;
        let status = loop {
            if let Some(status) = child.try_wait().map_err(FileError::reading(&task.file))? {
                break Some(status);
            }
            if is_cancelled(Some(task.cancel)) {
                return Ok(Ended::Stopped);
            }
            if task.is_over() {
                return Ok(Ended::TimedOut);
            }
            if let Some(limit) = limit.filter(|_| looked.elapsed() >= look) {
                looked = Instant::now();
                let now = lines::begun(&task.file);
                match &begun {
                    Some((piece, since)) if now.as_ref() == Some(piece) => {
                        let since: &Instant = since;
                        if since.elapsed() > limit {
                            break None;
                        }
                    }
                    _ => begun = now.map(|piece| (piece, Instant::now())),
                }
            }
            thread::sleep(POLL);
        };
        drop(child);
        if task.file.exists() {
            return Ok(Ended::Whole);
        }
        let seconds = begun.map_or(0.0, |(_, since)| since.elapsed().as_secs_f64());
        let judged = match status {
            None => {
                let limit = limit.map_or(0, |limit| limit.as_secs());
                let why = format!("it did not end within {limit} s");
                lines::judge(&task.file, Verdict::TimedOut, why, seconds)?
            }
            // These are an end of its own choice: what it says is in the log.
            Some(status) if matches!(status.code(), Some(0..=2)) => None,
            Some(status) => lines::judge(&task.file, Verdict::Crashed, ended_by(status), seconds)?,
        };
        if judged.is_none() {
            let how = status.map_or_else(String::new, ended_by);
            let said = last_line(&task.log).unwrap_or_default();
            return Ok(Ended::Failed(format!("{how}: {said}")));
        }
    }
}

/// How a process ended, in words.
pub(crate) fn ended_by(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("it ended with exit code {code}"),
        (None, Some(signal)) => format!("it was ended by signal {signal}"),
        (None, None) => "it ended".into(),
    }
}

/// Starts a process whose outputs go to the ends of these files.
pub(crate) fn spawn(command: &mut Command, out: &Path, err: &Path) -> Result<Child, FarmError> {
    let open = |path: &Path| {
        let file = File::options().append(true).create(true).open(path);
        file.map_err(FileError::writing(path))
    };
    command
        .stdin(Stdio::null())
        .stdout(open(out)?)
        .stderr(open(err)?);
    let program = PathBuf::from(command.get_program());
    let missing = |error| ToolboxError::start(&program, &error, "look at the plan's command");
    Ok(Child::spawn(command).map_err(missing)?)
}

/// The last line of a text file that says something.
pub(crate) fn last_line(path: &Path) -> Option<String> {
    let bytes = fs::read(path).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    Some(line.trim().to_owned())
}
