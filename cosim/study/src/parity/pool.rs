//! Runs side by side.

use super::runner::{Ended, RunKey, Runner};
use super::store::Store;
use crate::StudyError;
use heddle_gemm::GemmError;
use heddle_lstm::LstmError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Mutex;

/// How `runs` ended, in their order: those in the store as they are, the others trained
/// on `jobs` threads and stored as they finish. `done` is told of each, with whether it
/// was trained now.
///
/// Nobody waits for the others, so that the number of threads changes the order of
/// training, and nothing else. A run that diverges ends like the others; after a failure no run is begun; those under way are
/// finished and kept.
///
/// # Errors
/// That of the first run in the list that failed, or [`StudyError::Cancelled`].
pub fn all(
    runner: &dyn Runner,
    store: &Store,
    runs: &[RunKey],
    jobs: usize,
    cancel: &AtomicBool,
    done: &(dyn Fn(&RunKey, &Ended, bool) + Sync),
) -> Result<Vec<Ended>, StudyError> {
    type Found = Option<Result<Ended, StudyError>>;
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
        for started in 1..jobs.min(runs.len()) {
            if let Err(source) = std::thread::Builder::new().spawn_scoped(scope, work) {
                failed.store(true, Ordering::Relaxed);
                return Err(GemmError::Threads {
                    asked: jobs,
                    started,
                    source,
                });
            }
        }
        work();
        Ok(())
    })?;
    let mut records = Vec::with_capacity(runs.len());
    let mut missing = false;
    for slot in found {
        match slot.into_inner().ok().flatten() {
            Some(record) => records.push(record?),
            None => missing = true,
        }
    }
    if missing {
        return Err(StudyError::Cancelled);
    }
    Ok(records)
}

fn one(
    runner: &dyn Runner,
    store: &Store,
    run: &RunKey,
    cancel: &AtomicBool,
    done: &(dyn Fn(&RunKey, &Ended, bool) + Sync),
) -> Result<Ended, StudyError> {
    if let Some(ended) = store.load(runner, run)? {
        done(run, &ended, false);
        return Ok(ended);
    }
    let ended = match runner.train(run, cancel) {
        Ok(record) => Ended::Finished(Box::new(record)),
        Err(StudyError::Lstm(error @ LstmError::Diverged { .. })) => {
            Ended::Diverged(error.to_string())
        }
        Err(error) => return Err(error.in_run(&run.to_string(), runner.policy())),
    };
    store.save(runner, run, &ended)?;
    done(run, &ended, true);
    Ok(ended)
}
