//! The order of a comparison: choose p, train, compare.

use super::choice::Choice;
use super::pool;
use super::protocol::Protocol;
use super::report::{ParityReport, Sample};
use super::runner::{Arithmetic, DivergedRun, Ended, Purpose, RunKey, Runner};
use super::select::{self, Chosen};
use super::store::Store;
use crate::StudyError;
use heddle_lstm::Case;
use std::sync::atomic::AtomicBool;
use std::sync::Mutex;

/// What is told while runs are trained.
#[derive(Clone, Copy, Debug)]
pub enum Told<'a> {
    /// How many runs there are in all, at most.
    Planned(usize),
    /// A run is done.
    Done {
        /// Which.
        run: &'a RunKey,
        /// How.
        ended: &'a Ended,
        /// Whether it was trained now, not found in the folder.
        trained: bool,
    },
}

/// Runs that were done, each once however often it is asked for.
struct Runs<'a> {
    runner: &'a dyn Runner,
    store: &'a Store,
    jobs: usize,
    cancel: &'a AtomicBool,
    tell: &'a (dyn Fn(Told<'_>) + Sync),
    /// What was told of.
    told: Mutex<Vec<RunKey>>,
}

impl Runs<'_> {
    /// How the runs of `keys` ended, equal ones trained once.
    fn ends(&self, keys: &[RunKey]) -> Result<Vec<Ended>, StudyError> {
        let unique = unique(keys);
        let done = |run: &RunKey, ended: &Ended, trained| {
            // Another stage may ask for a run again.
            if let Ok(mut told) = self.told.lock() {
                if told.contains(run) {
                    return;
                }
                told.push(*run);
            }
            (self.tell)(Told::Done {
                run,
                ended,
                trained,
            });
        };
        let found = pool::all(
            self.runner,
            self.store,
            &unique,
            self.jobs,
            self.cancel,
            &done,
        )?;
        let ended = |key: &RunKey| {
            let at = unique.iter().position(|one| one == key);
            found[at.expect("every key is among the unique ones")].clone()
        };
        Ok(keys.iter().map(ended).collect())
    }
}

fn unique(keys: &[RunKey]) -> Vec<RunKey> {
    let mut unique: Vec<RunKey> = Vec::new();
    for key in keys {
        if !unique.contains(key) {
            unique.push(*key);
        }
    }
    unique
}

/// Trains what is missing in `store` on `jobs` threads, and reports.
///
/// # Errors
/// Those of the runs and of the folder; [`StudyError::Diverged`] if a case diverges at every
/// p, or too few seeds are left to compare; [`StudyError::Cancelled`], after which the
/// finished runs remain for the next attempt.
pub fn conduct(
    runner: &dyn Runner,
    protocol: &Protocol,
    store: &Store,
    jobs: usize,
    cancel: &AtomicBool,
    tell: &(dyn Fn(Told<'_>) + Sync),
) -> Result<ParityReport, StudyError> {
    let runs = Runs {
        runner,
        store,
        jobs,
        cancel,
        tell,
        told: Mutex::new(Vec::new()),
    };
    let task = protocol.task;
    let reported = (protocol.cases.len() + 1) * protocol.seeds.len();
    tell(Told::Planned(
        most_of_selection(protocol) + reported + protocol.arithmetic_seeds.len(),
    ));
    let Chosen {
        choices: selection,
        keys: choosing,
        ends,
    } = select::choose(protocol, &|keys| runs.ends(keys))?;
    let planned = unique(&choosing).len();
    let mut diverged = diverged_among(&choosing, &ends);

    // One list, so that no thread idles between one sample and the next.
    let key = |choice: &Choice| RunKey {
        learning_rate: choice.learning_rate,
        ..protocol.run(Purpose::Reported, choice.case, choice.p, 0)
    };
    let none = Choice::at(None, 0.0, protocol.base_rate());
    let none = match &selection[..] {
        [first, ..] if first.case.is_none() => first,
        _ => &none,
    };
    let cases = selection.iter().filter(|choice| choice.case.is_some());
    let mut plans = vec![(None, key(none), &protocol.seeds)];
    plans.extend(cases.map(|choice| (choice.case, key(choice), &protocol.seeds)));
    let three = selection.iter().find(|it| it.case == Some(Case::III));
    if let Some(three) = three.filter(|_| !protocol.arithmetic_seeds.is_empty()) {
        let bf16 = RunKey {
            arithmetic: Arithmetic::Bf16,
            ..key(three)
        };
        plans.push((three.case, bf16, &protocol.arithmetic_seeds));
    }
    let keys: Vec<RunKey> = plans
        .iter()
        .flat_map(|&(_, key, seeds)| seeds.iter().map(move |&seed| RunKey { seed, ..key }))
        .collect();
    tell(Told::Planned(planned + unique(&keys).len()));
    let ends = runs.ends(&keys)?;
    diverged.extend(diverged_among(&keys, &ends));
    let mut ends = ends.into_iter();
    let mut samples = Vec::new();
    for (case, key, seeds) in plans {
        let ends: Vec<_> = ends.by_ref().take(seeds.len()).collect();
        samples.push(Sample::new(key, case, task, seeds, &ends)?);
    }
    ParityReport::new(protocol, selection, samples, diverged)
}

/// Those of `keys` that diverged, each once.
fn diverged_among(keys: &[RunKey], ends: &[Ended]) -> Vec<DivergedRun> {
    let mut diverged: Vec<DivergedRun> = Vec::new();
    for (key, ended) in keys.iter().zip(ends) {
        let Ended::Diverged(what) = ended else {
            continue;
        };
        let (run, what) = (key.to_string(), what.clone());
        if !diverged.iter().any(|other| other.run == run) {
            diverged.push(DivergedRun { run, what });
        }
    }
    diverged
}

/// How many runs the selection has at most.
fn most_of_selection(protocol: &Protocol) -> usize {
    let seeds = protocol.selection_seeds.len();
    let cases = protocol.cases.len();
    let choices = cases + usize::from(!protocol.rates.is_empty());
    let tried = cases * protocol.grid.len() + choices * protocol.rates.len();
    match protocol.finalists {
        None => tried * seeds,
        Some(most) => tried + choices * most * seeds,
    }
}
