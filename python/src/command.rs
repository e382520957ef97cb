//! The program's command line in this process.

use heddle_cosim::cli::{self, Called};
use heddle_files::interrupt;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use std::panic::resume_unwind;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The commit that this is built from; empty where there is no repository.
const COMMIT: &str = git_version::git_version!(
    args = [
        "--always",
        "--dirty=-modified",
        "--abbrev=12",
        "--exclude=*"
    ],
    fallback = ""
);

/// As much as the main thread of a program has.
const STACK: usize = 8 << 20;
/// How long Python waits for a signal to be answered at most.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// Runs `heddle WORDS` and returns what it would have printed, its exit code, and why it failed.
/// Ctrl-C stops it: what it has begun is cleaned up, then `KeyboardInterrupt` is raised.
#[pyfunction]
pub fn run(py: Python<'_>, words: Vec<String>) -> PyResult<(String, u8, Option<String>)> {
    let commit = (!COMMIT.is_empty()).then_some(COMMIT);
    let worker = thread::Builder::new()
        .name("heddle".into())
        .stack_size(STACK)
        .spawn(move || cli::call(&words, commit))
        .map_err(|error| PyRuntimeError::new_err(format!("no thread for the command: {error}")))?;
    while !py.detach(|| ends_soon(&worker)) {
        if let Err(signal) = py.check_signals() {
            interrupt::flag().store(true, Ordering::Relaxed);
            drop(py.detach(|| worker.join()));
            interrupt::flag().store(false, Ordering::Relaxed);
            return Err(signal);
        }
    }
    let called = py.detach(|| worker.join());
    let Called {
        output,
        exit_code,
        error,
    } = called.unwrap_or_else(|panic| resume_unwind(panic));
    let output = String::from_utf8_lossy(&output).into_owned();
    Ok((output, exit_code, error))
}

/// Waits, but not long; whether it has ended.
fn ends_soon(worker: &JoinHandle<Called>) -> bool {
    let start = Instant::now();
    while !worker.is_finished() && start.elapsed() < ASK_EVERY {
        thread::sleep(Duration::from_millis(1));
    }
    worker.is_finished()
}
