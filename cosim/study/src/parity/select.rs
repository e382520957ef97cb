//! The choice of p, and then of the learning rate, by the validation data.

use super::choice::{Choice, Finalist, GridPoint, RatePoint};
use super::protocol::Protocol;
use super::report::shown;
use super::runner::{as_metric, value, Ended, Purpose, RunKey};
use super::statistics::mean;
use crate::StudyError;
use heddle_lstm::{Case, TaskKind};
use std::cmp::Ordering;

/// What selection runs ended in, in the order of their keys.
pub(super) type Ends<'a> = dyn Fn(&[RunKey]) -> Result<Vec<Ended>, StudyError> + 'a;

/// What was chosen, and what was run for it.
pub(super) struct Chosen {
    /// No dropout, where rates are chosen, then the cases of the protocol.
    pub(super) choices: Vec<Choice>,
    /// The runs, some of them more than once.
    pub(super) keys: Vec<RunKey>,
    /// Their ends.
    pub(super) ends: Vec<Ended>,
}

/// Something that may be chosen.
#[derive(Clone, Copy, PartialEq)]
struct Candidate {
    case: Option<Case>,
    p: f64,
    rate: Option<f64>,
}

/// The metrics of a candidate's runs that finished, and their mean if all of them did.
#[derive(Clone)]
struct Point {
    finished: Vec<f64>,
    mean: Option<f64>,
}

impl Point {
    fn valid(&self, task: TaskKind) -> Vec<f64> {
        let values = self.finished.iter();
        values.map(|&value| as_metric(value, task)).collect()
    }

    fn metric(&self, task: TaskKind) -> Option<f64> {
        self.mean.map(|mean| as_metric(mean, task))
    }
}

/// The runs of the selection so far.
struct Selection<'a> {
    protocol: &'a Protocol,
    ends_of: &'a Ends<'a>,
    keys: Vec<RunKey>,
    ends: Vec<Ended>,
}

impl Selection<'_> {
    /// Trains each candidate with `seeds`, all in one list, so that no thread idles between
    /// one and the next.
    fn points(
        &mut self,
        candidates: &[Candidate],
        seeds: &[u64],
    ) -> Result<Vec<Point>, StudyError> {
        let key = |it: &Candidate, seed| RunKey {
            learning_rate: it.rate,
            epochs: self.protocol.selection_epochs,
            ..self.protocol.run(Purpose::Selection, it.case, it.p, seed)
        };
        let keys: Vec<RunKey> = candidates
            .iter()
            .flat_map(|it| seeds.iter().map(move |&seed| key(it, seed)))
            .collect();
        let ends = (self.ends_of)(&keys)?;
        let task = self.protocol.task;
        let points = ends.chunks(seeds.len()).map(|ends| {
            let records = ends.iter().filter_map(Ended::record);
            let finished: Vec<f64> = records.map(|record| value(&record.valid, task)).collect();
            let all = finished.len() == ends.len();
            Point {
                mean: all.then(|| mean(&finished)),
                finished,
            }
        });
        let points = points.collect();
        self.keys.extend(keys);
        self.ends.extend(ends);
        Ok(points)
    }

    /// The best of `points`, the first of equals; none at which a run diverged.
    fn best(&self, points: &[Point]) -> Option<usize> {
        let mut places: Vec<usize> = (0..points.len()).collect();
        places.sort_by(|&a, &b| self.order(&points[a], &points[b]));
        let best = places.first().copied()?;
        points[best].mean.map(|_| best)
    }

    /// The better first, then the others, then those at which a run diverged.
    fn order(&self, a: &Point, b: &Point) -> Ordering {
        match (a.mean, b.mean) {
            (Some(a), Some(b)) if self.protocol.task.more_is_better() => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }
    }
}

fn nowhere(case: Option<Case>, places: &str) -> StudyError {
    let what = case.map_or("no dropout".into(), |case| format!("Case {case}"));
    StudyError::Diverged {
        what: format!("{what} at every {places}"),
        remedy: "lower --learning-rate or --clip".into(),
    }
}

/// Chooses p for every case, then, where the protocol has rates, the learning rate at that p, then,
/// where it has finalists, among the best of what was tried so far with all selection seeds.
///
/// # Errors
/// [`StudyError::Diverged`] if a case diverges everywhere, and those of `ends_of`.
pub(super) fn choose(protocol: &Protocol, ends_of: &Ends<'_>) -> Result<Chosen, StudyError> {
    let mut selection = Selection {
        protocol,
        ends_of,
        keys: Vec::new(),
        ends: Vec::new(),
    };
    let seeds = match protocol.finalists {
        None => &protocol.selection_seeds[..],
        Some(_) => &protocol.selection_seeds[..1],
    };
    // Of each choice what was tried, and how it did.
    let mut tried: Vec<Vec<(Candidate, Point)>> = Vec::new();
    let mut choices = of_p(&mut selection, seeds, &mut tried)?;
    if !protocol.rates.is_empty() {
        choices.insert(0, Choice::at(None, 0.0, protocol.base_rate()));
        tried.insert(0, Vec::new());
        of_rate(&mut selection, seeds, &mut choices, &mut tried)?;
    }
    if let Some(most) = protocol.finalists {
        of_finalists(&mut selection, most, &mut choices, tried)?;
    }
    for choice in &mut choices {
        let ends = [protocol.grid.first(), protocol.grid.last()];
        let edge = protocol.grid.len() > 1 && ends.contains(&Some(&choice.p));
        choice.at_edge = choice.case.is_some() && edge;
    }
    Ok(Chosen {
        choices,
        keys: selection.keys,
        ends: selection.ends,
    })
}

fn of_p(
    selection: &mut Selection<'_>,
    seeds: &[u64],
    tried: &mut Vec<Vec<(Candidate, Point)>>,
) -> Result<Vec<Choice>, StudyError> {
    let protocol = selection.protocol;
    let task = protocol.task;
    let rate = protocol.base_rate();
    let at = |case, p| Candidate {
        case: Some(case),
        p,
        rate,
    };
    let cases = protocol.cases.iter();
    let candidates: Vec<Candidate> = cases
        .flat_map(|&case| protocol.grid.iter().map(move |&p| at(case, p)))
        .collect();
    let points = selection.points(&candidates, seeds)?;
    let width = protocol.grid.len();
    let one = protocol.cases.iter().position(|&case| case == Case::I);
    let one = one.map(|one| &points[one * width..][..width]);
    let mut choices = Vec::new();
    for (candidates, points) in candidates.chunks(width).zip(points.chunks(width)) {
        let case = candidates[0].case;
        let best = selection.best(points);
        let best = best.ok_or_else(|| nowhere(case, "p of --grid"))?;
        let grid = points.iter().enumerate().map(|(i, point)| {
            let at_i = one.and_then(|one| one[i].mean);
            GridPoint {
                p: protocol.grid[i],
                valid: point.valid(task),
                mean: point.metric(task),
                from_case_i: point
                    .mean
                    .zip(at_i)
                    .map(|(mean, one)| shown(mean - one, task)),
            }
        });
        choices.push(Choice {
            grid: grid.collect(),
            ..Choice::at(case, protocol.grid[best], rate)
        });
        let points = points.iter().cloned();
        tried.push(candidates.iter().copied().zip(points).collect());
    }
    Ok(choices)
}

fn of_rate(
    selection: &mut Selection<'_>,
    seeds: &[u64],
    choices: &mut [Choice],
    tried: &mut [Vec<(Candidate, Point)>],
) -> Result<(), StudyError> {
    let protocol = selection.protocol;
    let task = protocol.task;
    let candidates: Vec<Candidate> = choices
        .iter()
        .flat_map(|choice| {
            protocol.rates.iter().map(|&rate| Candidate {
                case: choice.case,
                p: choice.p,
                rate: Some(rate),
            })
        })
        .collect();
    let points = selection.points(&candidates, seeds)?;
    let width = protocol.rates.len();
    let found = candidates.chunks(width).zip(points.chunks(width));
    for ((choice, tried), (candidates, points)) in choices.iter_mut().zip(tried).zip(found) {
        let best = selection.best(points);
        let best = best.ok_or_else(|| nowhere(choice.case, "rate of --rates"))?;
        choice.learning_rate = Some(protocol.rates[best]);
        let rates = protocol.rates.iter().zip(points);
        choice.rates = rates
            .map(|(&learning_rate, point)| RatePoint {
                learning_rate,
                valid: point.valid(task),
                mean: point.metric(task),
            })
            .collect();
        tried.extend(candidates.iter().copied().zip(points.iter().cloned()));
    }
    Ok(())
}

fn of_finalists(
    selection: &mut Selection<'_>,
    most: usize,
    choices: &mut [Choice],
    tried: Vec<Vec<(Candidate, Point)>>,
) -> Result<(), StudyError> {
    let protocol = selection.protocol;
    let task = protocol.task;
    let mut finalists: Vec<Vec<Candidate>> = Vec::new();
    for mut tried in tried {
        tried.sort_by(|(_, a), (_, b)| selection.order(a, b));
        let mut best: Vec<Candidate> = Vec::new();
        for (candidate, point) in tried {
            if point.mean.is_some() && best.len() < most && !best.contains(&candidate) {
                best.push(candidate);
            }
        }
        finalists.push(best);
    }
    let mut points = selection
        .points(&finalists.concat(), &protocol.selection_seeds)?
        .into_iter();
    for (choice, candidates) in choices.iter_mut().zip(finalists) {
        let points: Vec<Point> = points.by_ref().take(candidates.len()).collect();
        let best = selection.best(&points);
        let best = best.ok_or_else(|| nowhere(choice.case, "finalist"))?;
        (choice.p, choice.learning_rate) = (candidates[best].p, candidates[best].rate);
        let both = candidates.iter().zip(&points);
        choice.finalists = both
            .map(|(candidate, point)| Finalist {
                p: candidate.p,
                learning_rate: candidate.rate,
                valid: point.valid(task),
                mean: point.metric(task),
            })
            .collect();
    }
    Ok(())
}
