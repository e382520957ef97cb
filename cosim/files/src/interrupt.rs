//! The signals that ask the program to stop.
//!
//! SIGINT (Ctrl-C), SIGTERM and SIGHUP set a flag that everything long looks at, so that
//! temporary files are removed and checkpoints written on the way out; a second one ends
//! the program at once. A signal that was ignored when the program began stays ignored
//! (`nohup`, background jobs of a script).

use crate::FileError;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag::{register, register_conditional_shutdown, register_usize};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Once};

struct Stop {
    asked: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
}

static STOP: LazyLock<Stop> = LazyLock::new(|| Stop {
    asked: Arc::default(),
    signal: Arc::default(),
});

/// Takes the signals over, before anything that must be cleaned up begins. Without this
/// call they end the process, as is usual.
///
/// # Errors
/// If the system does not let it.
pub fn watch() -> io::Result<()> {
    static ONCE: Once = Once::new();
    let mut result = Ok(());
    ONCE.call_once(|| result = install());
    result
}

fn install() -> io::Result<()> {
    let ignored = ignored();
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        if ignored & 1 << (signal - 1) != 0 {
            continue;
        }
        // who insists does not want to wait for the cleaning
        register_conditional_shutdown(signal, 128 + signal, Arc::clone(&STOP.asked))?;
        register_usize(signal, Arc::clone(&STOP.signal), signal as usize)?;
        register(signal, Arc::clone(&STOP.asked))?;
    }
    // A limit on the size of files is an error of the write, not the program's end.
    register(SIGXFSZ, Arc::default())?;
    Ok(())
}

/// The signals that this process ignores, by bit from signal 1. None where there is no
/// /proc to say so.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// The flag. Who has another reason to stop everything may set it.
pub fn flag() -> Arc<AtomicBool> {
    Arc::clone(&STOP.asked)
}

/// Whether the flag is set.
pub fn is_set() -> bool {
    STOP.asked.load(Ordering::Relaxed)
}

/// Fails if the flag is set; for loops.
///
/// # Errors
/// [`FileError::Cancelled`].
pub fn check() -> Result<(), FileError> {
    match is_set() {
        true => Err(FileError::Cancelled),
        false => Ok(()),
    }
}

/// The exit code of a program that was stopped: 128 and the signal's number, 130 where no
/// signal came.
pub fn exit_code() -> u8 {
    match STOP.signal.load(Ordering::Relaxed) {
        0 => 128 + SIGINT as u8,
        signal => 128 + signal as u8,
    }
}
