//! Running a tool: its output into a log, cancellation of it and its children.

use crate::files::{failed, put, text_of};
use crate::tool::Tool;
use crate::{Cancel, SynthError};
use heddle_toolbox::{run_logged, Ended, Log};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Runs `tool`, called `name` in errors, in `folder` with both outputs in the file `log`
/// there.
///
/// # Errors
/// [`SynthError::Failed`] with the tool's last words if it does not end well,
/// [`SynthError::BrokenTool`] if it does not start, [`SynthError::Cancelled`].
pub fn run_tool(
    tool: &Tool,
    name: &str,
    arguments: &[String],
    folder: &Path,
    log: &str,
    cancel: &Cancel,
) -> Result<(), SynthError> {
    run_limited(tool, name, arguments, folder, log, (u64::MAX, cancel))
}

/// yosys's log.
pub const YOSYS_LOG: &str = "yosys.log";

/// Runs a script of yosys's commands in `folder`, with its log in [`YOSYS_LOG`] there.
///
/// yosys writes that itself: what it prints, the wheel's cuts off where it fails.
///
/// # Errors
/// As [`run_tool`].
pub fn run_yosys(
    yosys: &Tool,
    script: &str,
    folder: &Path,
    cancel: &Cancel,
) -> Result<(), SynthError> {
    const PRINTED: &str = "yosys.out";
    let arguments = ["-q", "-l", YOSYS_LOG, "-p", script].map(String::from);
    let run = run_tool(yosys, "yosys", &arguments, folder, PRINTED, cancel);
    let Err(SynthError::Failed { tool, .. }) = run else {
        return run;
    };
    // One that was killed, or did not even start to log, may have told the system only.
    let log = folder.join(YOSYS_LOG);
    let mut said = text_of(&log).unwrap_or_default();
    if errors(&said).next().is_none() {
        said += &text_of(&folder.join(PRINTED))?;
        put(folder, YOSYS_LOG, said.as_bytes())?;
    }
    Err(failed(&tool, last_words(&said), &log))
}

/// [`run_tool`], for so many minutes at most.
///
/// # Errors
/// As there; [`SynthError::TimedOut`].
pub(crate) fn run_limited(
    tool: &Tool,
    name: &str,
    arguments: &[String],
    folder: &Path,
    log: &str,
    (minutes, cancel): (u64, &Cancel),
) -> Result<(), SynthError> {
    let path = folder.join(log);
    let limit = Duration::from_secs(minutes.saturating_mul(60));
    let mut command = Command::new(&tool.program);
    command.args(arguments).current_dir(folder);
    match run_logged(&mut command, (&path, Log::New), Some(limit), Some(cancel))? {
        Ended::With(status) if status.success() => Ok(()),
        Ended::With(_) => Err(failed(name, last_words(&text_of(&path)?), &path)),
        Ended::TimedOut => Err(SynthError::TimedOut {
            tool: name.to_owned(),
            minutes,
            log: path,
        }),
    }
}

/// The line of a log that says why a tool failed: its first error, else its last line.
fn last_words(log: &str) -> String {
    let last = || log.lines().rev().find(|line| !line.trim().is_empty());
    let line = errors(log).next().or_else(last);
    line.unwrap_or("it said nothing").trim().to_owned()
}

fn errors(log: &str) -> impl Iterator<Item = &str> {
    log.lines().map(str::trim).filter(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("error") || line.contains("error: ")
    })
}
