//! Runs side by side.

use super::runner::{RunKey, RunRecord, Runner};
use super::store::Store;
use crate::CosimError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Mutex;

/// Records of `runs`, in their order: those in the store as they are, the others trained
/// on `jobs` threads and stored as they finish. `done` is told of each, with whether it
/// was trained now.
///
/// Nobody waits for the others, so that the number of threads changes the order of
/// training, and nothing else. After a failure no run is begun; those under way are
/// finished and kept.
///
/// # Errors
/// That of the first run in the list that failed, or [`CosimError::Cancelled`].
pub fn all(
    runner: &dyn Runner,
    store: &Store,
    runs: &[RunKey],
    jobs: usize,
    cancel: &AtomicBool,
    done: &(dyn Fn(&RunKey, &RunRecord, bool) + Sync),
) -> Result<Vec<RunRecord>, CosimError> {
    type Found = Option<Result<RunRecord, CosimError>>;
    let found: Vec<Mutex<Found>> = runs.iter().map(|_| Mutex::new(None)).collect();
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || loop {
        if failed.load(Ordering::Relaxed) || cancel.load(Ordering::Relaxed) {
            break;
        }
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(run) = runs.get(index) else { break };
        let record = one(runner, store, run, cancel, done);
        if record.is_err() {
            failed.store(true, Ordering::Relaxed);
        }
        if let Ok(mut slot) = found[index].lock() {
            *slot = Some(record);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs.min(runs.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut records = Vec::with_capacity(runs.len());
    let mut missing = false;
    for slot in found {
        match slot.into_inner().ok().flatten() {
            Some(record) => records.push(record?),
            None => missing = true,
        }
    }
    if missing {
        return Err(CosimError::Cancelled);
    }
    Ok(records)
}

fn one(
    runner: &dyn Runner,
    store: &Store,
    run: &RunKey,
    cancel: &AtomicBool,
    done: &(dyn Fn(&RunKey, &RunRecord, bool) + Sync),
) -> Result<RunRecord, CosimError> {
    if let Some(record) = store.load(runner, run)? {
        done(run, &record, false);
        return Ok(record);
    }
    let record = runner
        .train(run, cancel)
        .map_err(|error| error.in_job(&run.to_string(), runner.policy()))?;
    store.save(runner, run, &record)?;
    done(run, &record, true);
    Ok(record)
}
