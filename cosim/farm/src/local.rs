//! All tasks of a run on this machine.

use crate::task::{again, spawn};
use crate::{FarmError, RunFolder};
use heddle_files::FileError;
use heddle_toolbox::{is_cancelled, Cancel, Child};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// Between two looks at the workers.
const POLL: Duration = Duration::from_millis(10);

/// Runs tasks of a run, each in a process of its own, so many side by side. `ended` is called
/// after each. How they ended is in their records.
///
/// # Errors
/// [`FarmError::Cancelled`]: then no task runs on; [`FarmError::Toolbox`] if the program cannot be
/// started.
pub fn run_here(
    run: &RunFolder,
    tasks: &[u64],
    workers: usize,
    cancel: &Cancel,
    mut ended: impl FnMut(u64),
) -> Result<(), FarmError> {
    let mut waiting = tasks.iter();
    let mut running: Vec<(u64, Child)> = Vec::new();
    loop {
        while running.len() < workers.max(1) {
            let Some(&task) = waiting.next() else { break };
            // What was known of an earlier end is no longer true.
            let _ = std::fs::remove_file(run.record(task));
            let words = again(run, task);
            let log = run.path(&format!("logs/local-{task}.log"));
            let mut command = Command::new(Path::new(&words[0]));
            command.args(&words[1..]);
            running.push((task, spawn(&mut command, &log, &log)?));
        }
        if running.is_empty() {
            return Ok(());
        }
        if is_cancelled(Some(cancel)) {
            return Err(FarmError::Cancelled);
        }
        let mut at = 0;
        while at < running.len() {
            let (task, child) = &mut running[at];
            let folder = &run.plan.folder;
            match child.try_wait().map_err(FileError::reading(folder))? {
                Some(_) => {
                    ended(*task);
                    running.swap_remove(at);
                }
                None => at += 1,
            }
        }
        thread::sleep(POLL);
    }
}
