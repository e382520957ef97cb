//! Running a tool: its output into a log, cancellation of it and its children.

use crate::{Cancel, VerilatorError};
use rustix::process::{kill_process_group, Pid, Signal};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often a running tool is looked at.
const POLL: Duration = Duration::from_millis(5);

/// Whether the caller wants to stop.
pub(crate) fn is_cancelled(cancel: Option<&Cancel>) -> bool {
    cancel.is_some_and(|flag| flag.load(Ordering::Relaxed))
}

/// Runs `command` with both outputs appended to the file `log`.
///
/// The tool gets a process group of its own, so that cancelling it also ends the
/// compilers that `make` started.
pub(crate) fn run_logged(
    command: &mut Command,
    log: &Path,
    cancel: Option<&Cancel>,
) -> Result<ExitStatus, RunError> {
    let open = || -> io::Result<(File, File)> {
        let file = OpenOptions::new().create(true).append(true).open(log)?;
        let twin = file.try_clone()?;
        Ok((file, twin))
    };
    let (out, err) = open().map_err(RunError::Log)?;
    let child = isolated(command)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .process_group(0)
        .spawn()
        .map_err(RunError::Start)?;
    wait(child, cancel)
}

/// Takes variables away that would make a tool do something else: a Verilator finds
/// its own files, and an outer make must not share its jobs or flags with ours.
fn isolated(command: &mut Command) -> &mut Command {
    ["VERILATOR_ROOT", "MAKEFLAGS", "MFLAGS", "MAKELEVEL"]
        .iter()
        .fold(command, |command, variable| command.env_remove(variable))
}

/// Why a tool gave no exit status.
pub(crate) enum RunError {
    /// The log cannot be written.
    Log(io::Error),
    /// The program cannot be started.
    Start(io::Error),
    /// The caller's flag was set; the tool and its children are dead.
    Cancelled,
}

fn wait(mut child: Child, cancel: Option<&Cancel>) -> Result<ExitStatus, RunError> {
    loop {
        if let Some(status) = child.try_wait().map_err(RunError::Start)? {
            return Ok(status);
        }
        if is_cancelled(cancel) {
            if let Some(group) = Pid::from_raw(child.id() as i32) {
                // The group may be gone already; then there is nothing to end.
                let _ = kill_process_group(group, Signal::KILL);
            }
            let _ = child.wait();
            return Err(RunError::Cancelled);
        }
        std::thread::sleep(POLL);
    }
}

/// Runs a quick query such as `--version` and returns its output.
///
/// # Errors
/// [`VerilatorError::MissingTool`] if there is no such program,
/// [`VerilatorError::BrokenTool`] if it cannot be run or fails.
pub(crate) fn query(
    program: &Path,
    arguments: &[&str],
    remedy: &str,
) -> Result<Output, VerilatorError> {
    let output = isolated(&mut Command::new(program))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| start_error(program, &error, remedy))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().find(|line| !line.trim().is_empty());
    Err(VerilatorError::BrokenTool {
        program: program.display().to_string(),
        detail: match said {
            Some(line) => format!("{} says: {line}", arguments.join(" ")),
            None => format!("{} ended with {}", arguments.join(" "), output.status),
        },
        remedy: remedy.to_owned(),
    })
}

/// The error for a program that could not be started.
pub(crate) fn start_error(program: &Path, error: &io::Error, remedy: &str) -> VerilatorError {
    let program = program.display().to_string();
    let remedy = remedy.to_owned();
    if error.kind() == io::ErrorKind::NotFound {
        VerilatorError::MissingTool { program, remedy }
    } else {
        VerilatorError::BrokenTool {
            program,
            detail: error.to_string(),
            remedy,
        }
    }
}
