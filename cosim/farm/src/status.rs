//! How far a run is.

use crate::slurm::goes_on;
use crate::task::{again, TaskRecord, TaskVerdict};
use crate::{lines, FarmError, RunFolder, Slurm};
use heddle_toolbox::Cancel;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// What is known of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskState {
    /// All of its pieces have results.
    Whole,
    /// Slurm has it waiting.
    Queued,
    /// Slurm has it running.
    Running,
    /// What computes its pieces failed.
    Failed,
    /// Its time was over.
    TimedOut,
    /// It was asked to stop.
    Stopped,
    /// It ended without a word, or never began: its machine failed, or it was killed.
    Lost,
}

impl TaskState {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Failed => "failed",
            Self::TimedOut => "timed-out",
            Self::Stopped => "stopped",
            Self::Lost => "lost",
        }
    }
}

impl From<TaskVerdict> for TaskState {
    fn from(verdict: TaskVerdict) -> Self {
        match verdict {
            TaskVerdict::Whole => Self::Whole,
            TaskVerdict::Failed => Self::Failed,
            TaskVerdict::TimedOut => Self::TimedOut,
            TaskVerdict::Stopped => Self::Stopped,
        }
    }
}

/// A task that is not whole.
#[derive(Clone, Debug, Serialize)]
pub struct Unfinished {
    /// Which, from 1.
    pub task: u64,
    /// What is known of it.
    pub state: TaskState,
    /// Why.
    pub why: Option<String>,
    /// What it printed.
    pub log: PathBuf,
    /// What runs it again.
    pub command: Vec<String>,
}

/// How far a run is.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// How many pieces there are.
    pub pieces: u64,
    /// How many of them have results.
    pub computed: u64,
    /// How many of these are not right.
    pub failed: u64,
    /// How many tasks there are.
    pub tasks: u64,
    /// How many of them are in each state.
    pub states: BTreeMap<TaskState, u64>,
    /// Those that neither wait nor run, and are not whole.
    pub unfinished: Vec<Unfinished>,
}

impl Status {
    /// How many tasks wait or run.
    pub fn going_on(&self) -> u64 {
        let count = |state| self.states.get(&state).copied().unwrap_or(0);
        count(TaskState::Queued) + count(TaskState::Running)
    }
}

/// The state of each task, and why it is not whole.
pub(crate) fn states(
    run: &RunFolder,
    cancel: &Cancel,
) -> Result<BTreeMap<u64, (TaskState, Option<String>)>, FarmError> {
    let known = match run.arrays.is_empty() {
        true => BTreeMap::new(),
        false => Slurm::find(cancel)?.states(&run.arrays)?,
    };
    let of = |task: u64| {
        let slurm = known.get(&task).map(String::as_str);
        if run.pieces(task).exists() {
            return (TaskState::Whole, None);
        }
        if let Some(state) = slurm.filter(|state| goes_on(state)) {
            let waits = state.starts_with("PENDING");
            let state = match waits {
                true => TaskState::Queued,
                false => TaskState::Running,
            };
            return (state, None);
        }
        let record: Option<TaskRecord> = fs::read(run.record(task))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        match (record, slurm) {
            (Some(record), _) => (record.verdict.into(), record.why),
            (None, Some(state)) if state.starts_with("TIMEOUT") => {
                (TaskState::TimedOut, Some("Slurm says TIMEOUT".into()))
            }
            (None, Some(state)) => (TaskState::Lost, Some(format!("Slurm says {state}"))),
            (None, None) => (
                TaskState::Lost,
                Some(
                    "it left no record: its machine failed, it was killed, or it never began"
                        .into(),
                ),
            ),
        }
    };
    Ok(run.tasks().map(|task| (task, of(task))).collect())
}

/// How far a run is.
///
/// # Errors
/// [`FarmError::Input`] if it has job arrays and Slurm is not here; [`FarmError::File`],
/// [`FarmError::Cancelled`].
pub fn status(run: &RunFolder, cancel: &Cancel) -> Result<Status, FarmError> {
    let mut status = Status {
        pieces: lines::read(&run.prepared())?.header.pieces,
        computed: 0,
        failed: 0,
        tasks: run.plan.tasks,
        states: BTreeMap::new(),
        unfinished: Vec::new(),
    };
    for (task, (state, why)) in states(run, cancel)? {
        let computed = lines::computed(&run.pieces(task));
        status.computed += computed.count;
        status.failed += computed.failed;
        *status.states.entry(state).or_default() += 1;
        if !matches!(
            state,
            TaskState::Whole | TaskState::Queued | TaskState::Running
        ) {
            status.unfinished.push(Unfinished {
                task,
                state,
                why,
                log: log_of(run, task),
                command: again(run, task),
            });
        }
    }
    Ok(status)
}

/// What a task printed the last time: its own log, or that of whoever started it.
pub(crate) fn log_of(run: &RunFolder, task: u64) -> PathBuf {
    let own = run.path(&format!("logs/task-{task}.log"));
    if own.exists() {
        return own;
    }
    let array = run.arrays.iter().rev().find(|it| it.tasks.contains(&task));
    match array {
        Some(array) => {
            let number = task - array.offset;
            run.path(&format!("logs/slurm-{}_{number}.log", array.job))
        }
        None => run.path(&format!("logs/local-{task}.log")),
    }
}
