//! What is fixed before the first run.

use super::runner::{Purpose, RunKey};
use crate::StudyError;
use heddle_files::InputError;
use heddle_lstm::{Case, TaskKind};
use serde::Serialize;
use serde_json::Value;

/// From the first reported seed to the first selection seed: more seeds than this cannot
/// be reported.
const APART: u64 = 1000;

/// Version of the files that a folder keeps, `protocol.json` and the runs. It has nothing to do
/// with that of the reports: a folder goes on where it was, whatever reports look like.
pub const STORED_VERSION: u32 = 1;

/// The rules in words, as `protocol.json` holds them.
const RULES: [&str; 8] = [
    "fixed before the first run; a folder with another protocol is refused",
    "selection: every case at every p of the grid with the selection seeds; the p with the best mean validation value is the case's, the smaller of equals",
    "then, where rates are given: every case at its p, and p = 0, at every learning rate; the best mean validation value again. Where finalists are asked for, p and rate are chosen with the first selection seed, then the best so many of all that was tried for a case are trained with every selection seed, and the best mean is the case's",
    "reported: every case at its p, and p = 0, with the reported seeds, paired in initial values and order of the data; best epoch by validation, test data looked at once after it",
    "values: loss per token = ln(perplexity) for lm and nmt, F1 in percent for ner; differences are case minus Case I; mean perplexity is exp of the mean loss",
    "bounds: one-sided 95 % each, Student's t over the paired differences with n-1 degrees of freedom; lower to upper is the two-sided 90 % interval",
    "verdict, the first that holds: inferior (worse by more than the margin with 95 %), dropout does not help here (Case I not shown better than p = 0 with 95 %), non-inferior (worse by less than the margin with 95 %), inconclusive",
    "equal p: the validation values of the selection are also compared at equal p, without a verdict",
];

/// What a user sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The task.
    pub task: TaskKind,
    /// The cases, Case I among them.
    pub cases: Vec<Case>,
    /// Drop probabilities to choose from, each in [0, 1).
    pub grid: Vec<f64>,
    /// Number of reported seeds.
    pub seeds: usize,
    /// Groups of the batch with masks of their own, wherever masks are shared; none for a batch that is one.
    pub mask_groups: Option<usize>,
    /// Number of seeds by which p is chosen.
    pub selection_seeds: usize,
    /// Learning rates to choose from for each case, after p; none for the one of training.
    pub rates: Vec<f64>,
    /// The learning rate of training, with which p is chosen.
    pub learning_rate: f64,
    /// Epochs of the selection's runs, if not those of the reported ones.
    pub selection_epochs: Option<usize>,
    /// How many candidates of each case are tried with every selection seed, where p and rate are
    /// chosen by the first.
    pub finalists: Option<usize>,
    /// The first reported seed; the others follow.
    pub first_seed: u64,
    /// Number of reported seeds that are trained in the array's arithmetic as well.
    pub arithmetic_seeds: usize,
    /// The margin: percent of perplexity for lm and nmt, points of F1 for ner.
    pub margin: f64,
}

/// How much worse is still good enough.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Margin {
    /// As given.
    pub given: f64,
    /// Its unit.
    pub unit: &'static str,
    /// In the unit of the differences, positive.
    pub in_difference: f64,
}

/// The settings worked out: all that decides what is run and how it is judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Protocol {
    /// Version of this object.
    pub schema_version: u32,
    /// Version of the program.
    pub program: &'static str,
    /// The task.
    pub task: TaskKind,
    /// What is judged.
    pub metric: &'static str,
    /// The margin.
    pub margin: Margin,
    /// Confidence of each one-sided bound.
    pub confidence: f64,
    /// The cases, in the order of the report.
    pub cases: Vec<Case>,
    /// Groups of the batch with masks of their own, in every case that shares masks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask_groups: Option<usize>,
    /// The grid, ascending.
    pub grid: Vec<f64>,
    /// Learning rates to choose from, ascending.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<f64>,
    /// The learning rate with which p is chosen: `trained` has it.
    #[serde(skip)]
    pub learning_rate: f64,
    /// Epochs of the selection's runs, if other than of the reported ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_epochs: Option<usize>,
    /// Candidates of each case that are tried with every selection seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finalists: Option<usize>,
    /// Reported seeds.
    pub seeds: Vec<u64>,
    /// Selection seeds.
    pub selection_seeds: Vec<u64>,
    /// Reported seeds that are trained in the array's arithmetic as well.
    pub arithmetic_seeds: Vec<u64>,
    /// The model, its training and its data, as the runner describes them.
    pub trained: Value,
    /// The rules in words.
    pub rules: [&'static str; 8],
}

impl Protocol {
    /// The learning rate with which p is chosen, where rates are chosen at all.
    pub(super) fn base_rate(&self) -> Option<f64> {
        (!self.rates.is_empty()).then_some(self.learning_rate)
    }

    /// The groups that a batch is in where dropout is that of `case`.
    pub(super) fn groups_of(&self, case: Option<Case>) -> Option<usize> {
        self.mask_groups
            .filter(|_| case.is_some_and(Case::shared_by_batch))
    }

    /// A run of `case`, or of no dropout.
    pub(super) fn run(&self, purpose: Purpose, case: Option<Case>, p: f64, seed: u64) -> RunKey {
        RunKey {
            mask_groups: self.groups_of(case).filter(|_| p > 0.0),
            ..RunKey::new(purpose, case.unwrap_or(Case::I), p, seed)
        }
    }
}

fn bad(name: &'static str, value: impl ToString, remedy: impl Into<String>) -> StudyError {
    StudyError::Input(InputError {
        name,
        value: value.to_string(),
        remedy: remedy.into(),
    })
}

/// The margin that the project asks for: +2 % perplexity, -1.0 F1.
pub const fn default_margin(task: TaskKind) -> f64 {
    match task {
        TaskKind::Lm | TaskKind::Nmt => 2.0,
        TaskKind::Ner => 1.0,
    }
}

impl Settings {
    /// The protocol for what `trained` describes.
    ///
    /// # Errors
    /// [`StudyError::Input`] that names the setting and says what would be right.
    pub fn protocol(&self, trained: Value) -> Result<Protocol, StudyError> {
        let names: Vec<_> = self.cases.iter().map(|case| case.name()).collect();
        let names = names.join(",");
        if let Some(twice) = first_repeated(&self.cases) {
            return Err(bad(
                "--cases",
                names,
                format!("case {twice} is there twice"),
            ));
        }
        if !self.cases.contains(&Case::I) {
            return Err(bad(
                "--cases",
                names,
                "Case I is what the others are compared with: add I",
            ));
        }
        if self.cases.len() < 2 {
            return Err(bad(
                "--cases",
                names,
                "give a case to compare with Case I, such as I,III",
            ));
        }
        if let Some(groups) = self.mask_groups.filter(|_| !shared(&self.cases)) {
            return Err(bad(
                "--mask-groups",
                groups,
                "no case among --cases shares its masks: add III",
            ));
        }
        if self.arithmetic_seeds > 0 && !self.cases.contains(&Case::III) {
            return Err(bad(
                "--cases",
                names,
                "--arithmetic trains Case III again: add III",
            ));
        }
        let mut grid = self.grid.clone();
        if let Some(p) = grid.iter().find(|p| !(0.0..1.0).contains(*p)) {
            return Err(bad(
                "--grid",
                p,
                "a drop probability is at least 0 and less than 1",
            ));
        }
        grid.sort_by(f64::total_cmp);
        grid.dedup();
        if grid.len() < self.grid.len() {
            return Err(bad("--grid", list(&self.grid), "give every p once"));
        }
        if grid.is_empty() {
            return Err(bad("--grid", "''", "give at least one drop probability"));
        }
        let rates = self.rates()?;
        if !(2..=APART as usize).contains(&self.seeds) {
            return Err(bad(
                "--seeds",
                self.seeds,
                format!("a bound needs at least 2 pairs of runs, and at most {APART} are possible"),
            ));
        }
        if !(1..=APART as usize).contains(&self.selection_seeds) {
            return Err(bad(
                "--selection-seeds",
                self.selection_seeds,
                format!("give 1 to {APART}"),
            ));
        }
        if self.arithmetic_seeds == 1 || self.arithmetic_seeds > self.seeds {
            return Err(bad(
                "--arithmetic",
                self.arithmetic_seeds,
                format!(
                    "give at least 2 and at most as many as --seeds, {}",
                    self.seeds
                ),
            ));
        }
        if self.first_seed > u64::MAX - 2 * APART {
            return Err(bad("--seed", self.first_seed, "give a smaller number"));
        }
        let count = |first: u64, n: usize| (first..first + n as u64).collect::<Vec<_>>();
        Ok(Protocol {
            schema_version: STORED_VERSION,
            program: env!("CARGO_PKG_VERSION"),
            task: self.task,
            metric: self.task.metric(),
            margin: self.margin()?,
            confidence: super::CONFIDENCE,
            cases: self.cases.clone(),
            mask_groups: self.mask_groups,
            grid,
            rates,
            learning_rate: self.learning_rate,
            selection_epochs: self.selection_epochs,
            finalists: self.finalists,
            seeds: count(self.first_seed, self.seeds),
            selection_seeds: count(self.first_seed + APART, self.selection_seeds),
            arithmetic_seeds: count(self.first_seed, self.arithmetic_seeds),
            trained,
            rules: RULES,
        })
    }

    /// The rates, ascending; refuses them and the finalists where they make no sense.
    fn rates(&self) -> Result<Vec<f64>, StudyError> {
        let mut rates = self.rates.clone();
        if let Some(rate) = rates
            .iter()
            .find(|rate| !(**rate > 0.0 && rate.is_finite()))
        {
            return Err(bad("--rates", rate, "a learning rate is a positive number"));
        }
        rates.sort_by(f64::total_cmp);
        rates.dedup();
        if rates.len() < self.rates.len() {
            return Err(bad("--rates", list(&self.rates), "give every rate once"));
        }
        match (self.finalists, self.selection_epochs) {
            (Some(0), _) => Err(bad("--finalists", 0, "give 1 or more")),
            (Some(finalists), _) if self.selection_seeds < 2 => Err(bad(
                "--finalists",
                finalists,
                "they are told apart by further seeds: give --selection-seeds 2 or more",
            )),
            (_, Some(0)) => Err(bad("--selection-epochs", 0, "give 1 or more")),
            _ => Ok(rates),
        }
    }

    fn margin(&self) -> Result<Margin, StudyError> {
        let given = self.margin;
        if !(given > 0.0 && given.is_finite()) {
            return Err(bad(
                "--margin",
                given,
                "give a positive number: percent of perplexity for lm and nmt, points of F1 for ner",
            ));
        }
        Ok(match self.task {
            TaskKind::Lm | TaskKind::Nmt => Margin {
                given,
                unit: "percent of perplexity",
                in_difference: (given / 100.0).ln_1p(),
            },
            TaskKind::Ner => Margin {
                given,
                unit: "points of F1",
                in_difference: given,
            },
        })
    }
}

fn shared(cases: &[Case]) -> bool {
    cases.iter().any(|case| case.shared_by_batch())
}

fn first_repeated(cases: &[Case]) -> Option<Case> {
    let mut rest = cases;
    while let [first, others @ ..] = rest {
        if others.contains(first) {
            return Some(*first);
        }
        rest = others;
    }
    None
}

fn list(values: &[f64]) -> String {
    let names: Vec<_> = values.iter().map(f64::to_string).collect();
    names.join(",")
}

#[cfg(test)]
mod tests;
