//! Running a tool: its output into a log, cancellation of it and its children.

use crate::child::Child;
use crate::error::at;
use crate::{Cancel, ToolboxError};
use std::fs::OpenOptions;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

/// How often a running tool is looked at.
const POLL: Duration = Duration::from_millis(5);
/// Of what a tool says when it is asked something, so much is kept.
const ANSWER: u64 = 1 << 20;
/// Variables that would make a tool do something else: an outer make must not share its
/// jobs, flags or files with ours.
const MAKE: [&str; 5] = [
    "MAKEFLAGS",
    "MFLAGS",
    "GNUMAKEFLAGS",
    "MAKELEVEL",
    "MAKEFILES",
];

/// Whether the caller wants to stop.
pub fn is_cancelled(cancel: Option<&Cancel>) -> bool {
    cancel.is_some_and(|flag| flag.load(Ordering::Relaxed))
}

/// How a tool ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself.
    With(ExitStatus),
    /// It was ended when its time was over.
    TimedOut,
}

/// What happens to a log that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    /// It is written anew.
    New,
    /// It grows.
    Append,
}

/// Runs `command` with both outputs in the file `log`, for `limit` at most. Its temporary
/// files are in its current folder.
///
/// # Errors
/// [`ToolboxError::Cache`] if the log cannot be written, [`ToolboxError::Cancelled`], and if
/// the program cannot be started [`ToolboxError::MissingTool`] or
/// [`ToolboxError::BrokenTool`].
pub fn run_logged(
    command: &mut Command,
    (log, how): (&Path, Log),
    limit: Option<Duration>,
    cancel: Option<&Cancel>,
) -> Result<Ended, ToolboxError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    if how == Log::New {
        let _ = std::fs::remove_file(log);
    }
    let out = options.open(log).map_err(at(log))?;
    let err = out.try_clone().map_err(at(log))?;
    if let Some(folder) = command.get_current_dir().map(Path::to_owned) {
        // yosys hands the path to a shell; and what a killed tool leaves goes away.
        command.env("TMPDIR", folder);
    }
    command.stdout(out).stderr(err);
    let program = command.get_program().to_owned();
    let broken = |error| ToolboxError::start(program.as_ref(), &error, "install it again");
    let start = Instant::now();
    let mut child = spawn(command).map_err(broken)?;
    loop {
        if let Some(status) = child.try_wait().map_err(broken)? {
            return Ok(Ended::With(status));
        }
        if is_cancelled(cancel) {
            return Err(ToolboxError::Cancelled);
        }
        if limit.is_some_and(|limit| start.elapsed() > limit) {
            return Ok(Ended::TimedOut);
        }
        thread::sleep(POLL);
    }
}

/// Runs a quick query such as `--version` and returns its output.
///
/// # Errors
/// Those of starting it; of kind [`io::ErrorKind::Interrupted`] if it was cancelled.
pub fn query(command: &mut Command, cancel: Option<&Cancel>) -> io::Result<Output> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = spawn(command)?;
    let process = child.process();
    let (out, err) = (process.stdout.take(), process.stderr.take());
    thread::scope(|scope| {
        let out = scope.spawn(|| answer(out));
        let err = scope.spawn(|| answer(err));
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if is_cancelled(cancel) {
                // Its pipes close, so that their readers end.
                child.end();
                return Err(io::ErrorKind::Interrupted.into());
            }
            thread::sleep(POLL / 5);
        };
        Ok(Output {
            status,
            stdout: out.join().unwrap_or_default(),
            stderr: err.join().unwrap_or_default(),
        })
    })
}

/// All that comes from a pipe, of which the beginning is kept.
fn answer(pipe: Option<impl Read>) -> Vec<u8> {
    let mut kept = Vec::new();
    if let Some(mut pipe) = pipe {
        // What cannot be read was not said.
        let _ = pipe.by_ref().take(ANSWER).read_to_end(&mut kept);
        let _ = io::copy(&mut pipe, &mut io::sink());
    }
    kept
}

fn spawn(command: &mut Command) -> io::Result<Child> {
    for variable in MAKE {
        command.env_remove(variable);
    }
    Child::spawn(command.stdin(Stdio::null()))
}
