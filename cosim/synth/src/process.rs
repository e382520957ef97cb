//! Running a tool: its output into a log, cancellation of it and its children.

use crate::files::{failed, text_of};
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

/// The lines of a log that say why a tool failed: its errors, else its last line.
fn last_words(log: &str) -> String {
    let lines = || log.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines().find(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("error") || line.contains("error: ")
    });
    error
        .or_else(|| lines().next_back())
        .unwrap_or("it said nothing")
        .to_owned()
}
