//! The order of a comparison: choose p, train, compare.

use super::pool;
use super::protocol::Protocol;
use super::report::{shown, Choice, GridPoint, ParityReport, Sample};
use super::runner::{as_metric, value, Arithmetic, DivergedRun, Ended, Purpose, RunKey, Runner};
use super::statistics::mean;
use super::store::Store;
use crate::StudyError;
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
}

impl Runs<'_> {
    /// How the runs of `keys` ended, equal ones trained once.
    fn ends(&self, keys: &[RunKey]) -> Result<Vec<Ended>, StudyError> {
        let unique = unique(keys);
        let done = |run: &RunKey, ended: &Ended, trained| {
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
    };
    let task = protocol.task;
    let choosing = selection_keys(protocol);
    let reported = (protocol.cases.len() + 1) * protocol.seeds.len();
    let planned = unique(&choosing).len();
    tell(Told::Planned(
        planned + reported + protocol.arithmetic_seeds.len(),
    ));
    let ends = runs.ends(&choosing)?;
    let mut diverged = diverged_among(&choosing, &ends);
    let selection = choose(protocol, &ends)?;

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
    let ends = runs.ends(&keys)?;
    diverged.extend(diverged_among(&keys, &ends));
    let mut ends = ends.into_iter();
    let mut samples = Vec::new();
    for (case, p, arithmetic, seeds) in plans {
        let ends: Vec<_> = ends.by_ref().take(seeds.len()).collect();
        samples.push(Sample::new((case, p, arithmetic), task, seeds, &ends)?);
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

/// The metrics of the runs at one p that finished, and their mean if all of them did.
type Point = (Vec<f64>, Option<f64>);

/// Chooses p for every case from the ends of [`selection_keys`]; none at which a run
/// diverged.
///
/// # Errors
/// [`StudyError::Diverged`] if there is no other.
fn choose(protocol: &Protocol, ends: &[Ended]) -> Result<Vec<Choice>, StudyError> {
    let task = protocol.task;
    let values: Vec<Option<f64>> = ends
        .iter()
        .map(|ended| ended.record().map(|record| value(&record.valid, task)))
        .collect();
    let points: Vec<Point> = values
        .chunks(protocol.selection_seeds.len())
        .map(|point| {
            let finished: Vec<f64> = point.iter().copied().flatten().collect();
            let all = (finished.len() == point.len()).then(|| mean(&finished));
            (finished, all)
        })
        .collect();
    let by_case: Vec<_> = points.chunks(protocol.grid.len()).collect();
    let one = protocol.cases.iter().position(|&case| case == Case::I);
    let one = one.map(|one| by_case[one]);
    let choice = |(&case, points): (&Case, &&[Point])| {
        let mut best: Option<(usize, f64)> = None;
        for (i, (_, mean)) in points.iter().enumerate() {
            let Some(new) = *mean else { continue };
            let better = |(_, old): (usize, f64)| {
                if task.more_is_better() {
                    new > old
                } else {
                    new < old
                }
            };
            if best.is_none_or(better) {
                best = Some((i, new));
            }
        }
        let Some((best, _)) = best else {
            return Err(StudyError::Diverged {
                what: format!("Case {case} at every p of --grid"),
                remedy: "lower --learning-rate or --clip".into(),
            });
        };
        let grid = points.iter().enumerate().map(|(i, (finished, mean))| {
            let at_i = one.and_then(|one| one[i].1);
            GridPoint {
                p: protocol.grid[i],
                valid: finished
                    .iter()
                    .map(|&value| as_metric(value, task))
                    .collect(),
                mean: mean.map(|mean| as_metric(mean, task)),
                from_case_i: mean.zip(at_i).map(|(mean, one)| shown(mean - one, task)),
            }
        });
        Ok(Choice {
            case,
            p: protocol.grid[best],
            grid: grid.collect(),
        })
    };
    protocol.cases.iter().zip(&by_case).map(choice).collect()
}
