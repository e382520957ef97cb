//! How p, and perhaps the learning rate, were chosen, as numbers.

use heddle_lstm::Case;
use serde::Serialize;

/// The validation runs of a case at one p.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GridPoint {
    /// Drop probability.
    pub p: f64,
    /// The metric by selection seed, of the runs that finished.
    pub valid: Vec<f64>,
    /// Their mean; none if a run diverged, and then this p is not chosen.
    pub mean: Option<f64>,
    /// Mean paired difference from Case I at the same p: percent of perplexity or points
    /// of F1. A description, not a test.
    pub from_case_i: Option<f64>,
}

/// The validation runs of a case at one learning rate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RatePoint {
    /// The learning rate.
    pub learning_rate: f64,
    /// The metric by selection seed, of the runs that finished.
    pub valid: Vec<f64>,
    /// Their mean; none if a run diverged, and then this rate is not chosen.
    pub mean: Option<f64>,
}

/// The validation runs of one of the best candidates of a case, with every selection seed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finalist {
    /// Drop probability.
    pub p: f64,
    /// The learning rate, where it is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// The metric by selection seed, of the runs that finished.
    pub valid: Vec<f64>,
    /// Their mean; none if a run diverged.
    pub mean: Option<f64>,
}

/// How p, and perhaps the learning rate, were chosen for a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// The case; none for no dropout, whose learning rate alone is chosen.
    pub case: Option<Case>,
    /// The p that is best on the validation data.
    pub p: f64,
    /// Whether that is the smallest or the largest p of the grid, so that one beyond may be better.
    pub at_edge: bool,
    /// The learning rate, where it is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// Every p of the grid, ascending.
    pub grid: Vec<GridPoint>,
    /// Every learning rate, ascending, at the best p of the grid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<RatePoint>,
    /// The best candidates, the best by the first seed first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub finalists: Vec<Finalist>,
}

impl Choice {
    pub(super) fn at(case: Option<Case>, p: f64, learning_rate: Option<f64>) -> Self {
        Self {
            case,
            p,
            at_edge: false,
            learning_rate,
            grid: Vec::new(),
            rates: Vec::new(),
            finalists: Vec::new(),
        }
    }
}
