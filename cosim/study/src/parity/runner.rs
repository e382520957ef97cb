//! One training run of many.

use crate::StudyError;
use heddle_gemm::Policy;
use heddle_lstm::{Case, EpochReport, Score, TaskKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::sync::atomic::AtomicBool;

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// To choose p by the validation data: the test data are not looked at.
    Selection,
    /// To be reported.
    Reported,
}

/// What the matrix products are evaluated in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arithmetic {
    /// The CPU's f32.
    F32,
    /// The array's: bf16 operands, f32 sums, bit for bit.
    Bf16,
}

/// What distinguishes a run from the others of its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunKey {
    /// What it is for.
    pub purpose: Purpose,
    /// Who shares a mask; Case I where p is 0 and there is none.
    pub case: Case,
    /// Probability of dropping a unit.
    pub p: f64,
    /// Seed of the initial values, the order of the data and the masks.
    pub seed: u64,
    /// What the matrix products are evaluated in.
    pub arithmetic: Arithmetic,
    /// The learning rate, where it is chosen by case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// Epochs, where the selection's runs are shorter than the reported ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// Groups of the batch with masks of their own, where masks are shared and it is in groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask_groups: Option<usize>,
}

/// What an arm of a comparison is called: a batch in groups is never called by the case alone.
pub(super) fn arm(case: Case, mask_groups: Option<usize>) -> String {
    match mask_groups {
        None => format!("case {case}"),
        Some(groups) => format!("{groups} groups (as {case})"),
    }
}

impl RunKey {
    /// A run in f32. Without dropout every case is the same run.
    pub fn new(purpose: Purpose, case: Case, p: f64, seed: u64) -> Self {
        Self {
            purpose,
            case: if p == 0.0 { Case::I } else { case },
            p,
            seed,
            arithmetic: Arithmetic::F32,
            learning_rate: None,
            epochs: None,
            mask_groups: None,
        }
    }
}

impl fmt::Display for RunKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.p {
            0.0 => write!(f, "no dropout")?,
            p => write!(f, "{}, p {p}", arm(self.case, self.mask_groups))?,
        }
        if let Some(rate) = self.learning_rate {
            write!(f, ", learning rate {rate}")?;
        }
        if self.arithmetic == Arithmetic::Bf16 {
            write!(f, ", bf16")?;
        }
        write!(f, ", seed {}", self.seed)
    }
}

/// What a finished run found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Every epoch; their times are those of this machine.
    pub epochs: Vec<EpochReport>,
    /// The epoch that is best on the validation data, from 0.
    pub best_epoch: usize,
    /// Its score on the validation data.
    pub valid: Score,
    /// Its score on the test data, for a reported run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<Score>,
    /// Duration of the run in seconds, evaluation included.
    pub seconds: f64,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// It went through all epochs.
    Finished(Box<RunRecord>),
    /// It diverged, as this says; it would every time.
    Diverged(String),
}

impl Ended {
    /// What a finished run found.
    pub fn record(&self) -> Option<&RunRecord> {
        match self {
            Ended::Finished(record) => Some(record),
            Ended::Diverged(_) => None,
        }
    }
}

/// A run that diverged: reported, and left out of every mean.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DivergedRun {
    /// Which, in words.
    pub run: String,
    /// When and how.
    pub what: String,
}

/// Something that trains: the three tasks, or in tests something quicker.
pub trait Runner: Sync {
    /// The model, its training and its data, without what a [`RunKey`] says: part of the
    /// protocol.
    fn describe(&self) -> Value;

    /// Everything that decides the outcome of a run: its identity in the folder.
    ///
    /// # Errors
    /// Those of a setting out of range.
    fn identity(&self, run: &RunKey) -> Result<Value, StudyError>;

    /// What becomes of dropped units.
    fn policy(&self) -> Policy;

    /// Trains; the same identity gives the same bits.
    ///
    /// # Errors
    /// Those of training, a divergence among them, and [`StudyError::Cancelled`] soon after `cancel` is set.
    fn train(&self, run: &RunKey, cancel: &AtomicBool) -> Result<RunRecord, StudyError>;
}

/// The value that is averaged and compared: the loss or the F1.
pub fn value(score: &Score, task: TaskKind) -> f64 {
    match task {
        TaskKind::Lm | TaskKind::Nmt => score.loss,
        TaskKind::Ner => score.metric(task),
    }
}

/// A value, or the mean of some, as the task's metric.
pub fn as_metric(value: f64, task: TaskKind) -> f64 {
    match task {
        TaskKind::Lm | TaskKind::Nmt => value.exp(),
        TaskKind::Ner => value,
    }
}
