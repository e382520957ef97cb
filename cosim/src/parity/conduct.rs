//! The order of a comparison: choose p, train, compare.

use super::pool;
use super::protocol::Protocol;
use super::report::{shown, Choice, GridPoint, ParityReport, Sample};
use super::runner::{as_metric, value, Arithmetic, Purpose, RunKey, RunRecord, Runner};
use super::statistics::mean;
use super::store::Store;
use crate::CosimError;
use heddle_lstm::Case;
use std::sync::atomic::AtomicBool;

/// What is told while runs are trained.
#[derive(Clone, Copy, Debug)]
pub enum Told<'a> {
    /// How many runs there are in all, at most.
    Planned(usize),
    /// A run is done.
    Done {
        /// Which.
        run: &'a RunKey,
        /// What it found.
        record: &'a RunRecord,
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
}

impl Runs<'_> {
    /// The records of `keys`, equal ones trained once.
    fn records(&self, keys: &[RunKey]) -> Result<Vec<RunRecord>, CosimError> {
        let unique = unique(keys);
        let done = |run: &RunKey, record: &RunRecord, trained| {
            (self.tell)(Told::Done {
                run,
                record,
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
        let record = |key: &RunKey| {
            let at = unique.iter().position(|one| one == key);
            found[at.expect("every key is among the unique ones")].clone()
        };
        Ok(keys.iter().map(record).collect())
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
/// Those of the runs and of the folder; [`CosimError::Cancelled`], after which the
/// finished runs remain for the next attempt.
pub fn conduct(
    runner: &dyn Runner,
    protocol: &Protocol,
    store: &Store,
    jobs: usize,
    cancel: &AtomicBool,
    tell: &(dyn Fn(Told<'_>) + Sync),
) -> Result<ParityReport, CosimError> {
    let runs = Runs {
        runner,
        store,
        jobs,
        cancel,
        tell,
    };
    let task = protocol.task;
    let choosing = selection_keys(protocol);
    let reported = (protocol.cases.len() + 1) * protocol.seeds.len();
    let planned = unique(&choosing).len();
    tell(Told::Planned(
        planned + reported + protocol.arithmetic_seeds.len(),
    ));
    let selection = choose(protocol, &runs.records(&choosing)?);

    // One list, so that no thread idles between one sample and the next.
    let key = |case, p, seed| RunKey::new(Purpose::Reported, case, p, seed);
    let mut plans = vec![(None, 0.0, Arithmetic::F32, &protocol.seeds)];
    for choice in &selection {
        plans.push((
            Some(choice.case),
            choice.p,
            Arithmetic::F32,
            &protocol.seeds,
        ));
    }
    if let Some(three) = selection.iter().find(|choice| choice.case == Case::III) {
        if !protocol.arithmetic_seeds.is_empty() {
            let seeds = &protocol.arithmetic_seeds;
            plans.push((Some(Case::III), three.p, Arithmetic::Bf16, seeds));
        }
    }
    let keys: Vec<RunKey> = plans
        .iter()
        .flat_map(|&(case, p, arithmetic, seeds)| {
            seeds.iter().map(move |&seed| RunKey {
                arithmetic,
                ..key(case.unwrap_or(Case::I), p, seed)
            })
        })
        .collect();
    tell(Told::Planned(planned + unique(&keys).len()));
    let mut records = runs.records(&keys)?.into_iter();
    let mut samples = Vec::new();
    for (case, p, arithmetic, seeds) in plans {
        let records: Vec<_> = records.by_ref().take(seeds.len()).collect();
        samples.push(Sample::new((case, p, arithmetic), task, seeds, &records)?);
    }
    ParityReport::new(protocol, selection, samples)
}

/// By case, p and seed.
fn selection_keys(protocol: &Protocol) -> Vec<RunKey> {
    let mut keys = Vec::new();
    for &case in &protocol.cases {
        for &p in &protocol.grid {
            for &seed in &protocol.selection_seeds {
                keys.push(RunKey::new(Purpose::Selection, case, p, seed));
            }
        }
    }
    keys
}

/// Chooses p for every case from the records of [`selection_keys`].
fn choose(protocol: &Protocol, records: &[RunRecord]) -> Vec<Choice> {
    let task = protocol.task;
    let values: Vec<f64> = records.iter().map(|r| value(&r.valid, task)).collect();
    let by_p: Vec<&[f64]> = values.chunks(protocol.selection_seeds.len()).collect();
    let by_case: Vec<&[&[f64]]> = by_p.chunks(protocol.grid.len()).collect();
    let one = protocol.cases.iter().position(|&case| case == Case::I);
    let one = one.map(|one| by_case[one]);
    let choice = |(&case, points): (&Case, &&[&[f64]])| {
        let mut best = 0;
        for (i, point) in points.iter().enumerate() {
            let (new, old) = (mean(point), mean(points[best]));
            let better = if task.more_is_better() {
                new > old
            } else {
                new < old
            };
            if better {
                best = i;
            }
        }
        let grid = points.iter().enumerate().map(|(i, point)| GridPoint {
            p: protocol.grid[i],
            valid: point.iter().map(|&value| as_metric(value, task)).collect(),
            mean: as_metric(mean(point), task),
            from_case_i: one.map_or(0.0, |one| shown(mean(point) - mean(one[i]), task)),
        });
        Choice {
            case,
            p: protocol.grid[best],
            grid: grid.collect(),
        }
    };
    protocol.cases.iter().zip(&by_case).map(choice).collect()
}
