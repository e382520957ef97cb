//! Running a tool: its output into a log, cancellation of it and its children.

use crate::error::write_failed;
use crate::files::{failed, text_of};
use crate::tool::Tool;
use crate::{Cancel, SynthError};
use rustix::process::{kill_process_group, Pid, Signal};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

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
    match run(&tool.program, arguments, folder, log, (limit, cancel))? {
        Some(true) => return Ok(()),
        Some(false) => {}
        None => {
            return Err(SynthError::TimedOut {
                tool: name.to_owned(),
                minutes,
                log: path,
            })
        }
    }
    let detail = last_words(&text_of(&path)?);
    Err(failed(name, detail, &path))
}

/// Runs `program` in `folder` with both outputs in the file `log` there. Says whether it
/// ended well, if it ended within the limit.
fn run(
    program: &Path,
    arguments: &[String],
    folder: &Path,
    log: &str,
    (limit, cancel): (Duration, &Cancel),
) -> Result<Option<bool>, SynthError> {
    let path = folder.join(log);
    let out = File::create(&path).map_err(write_failed(&path))?;
    let err = out.try_clone().map_err(write_failed(&path))?;
    let broken = |error: std::io::Error| SynthError::BrokenTool {
        program: program.display().to_string(),
        detail: error.to_string(),
        remedy: "install it again".into(),
    };
    // A group of its own, so that what a tool starts ends with it.
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .process_group(0)
        .spawn()
        .map_err(broken)?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(broken)? {
            return Ok(Some(status.success()));
        }
        let cancelled = cancel.load(Ordering::Relaxed);
        if cancelled || start.elapsed() > limit {
            if let Some(group) = Pid::from_raw(child.id() as i32) {
                // It may just have ended; then there is nothing to stop.
                let _ = kill_process_group(group, Signal::KILL);
            }
            let _ = child.wait();
            return match cancelled {
                true => Err(SynthError::Cancelled),
                false => Ok(None),
            };
        }
        std::thread::sleep(Duration::from_millis(20));
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
