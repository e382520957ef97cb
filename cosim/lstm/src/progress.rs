//! How far a training run has come, and what it did.

use crate::{GradientNorms, MaskNoise, Score};
use serde::{Deserialize, Serialize};

/// What one training step (one window) did.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// The step, from 0.
    pub step: u64,
    /// The epoch that it belongs to, from 0.
    pub epoch: usize,
    /// The loss per token, nats, with dropout.
    pub loss: f64,
    /// The gradients' norm before clipping.
    pub norm: f64,
    /// Tokens that the loss is of.
    pub tokens: usize,
}

/// How far a run has come, told after every step.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// The step just done.
    pub step: StepReport,
    /// Steps done in this epoch.
    pub done: usize,
    /// Steps of an epoch.
    pub steps: usize,
    /// Epochs of the run.
    pub epochs: usize,
    /// Loss per token in this epoch so far, nats, with dropout.
    pub loss: f64,
    /// Tokens trained per second in this epoch so far.
    pub tokens_per_s: f64,
}

/// What one epoch did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// The epoch, from 0.
    pub epoch: usize,
    /// Its learning rate.
    pub learning_rate: f64,
    /// Loss per token over the epoch, nats, with dropout.
    pub train_loss: f64,
    /// The score on the validation data after the epoch.
    pub valid: Score,
    /// Tokens trained on per second, evaluation not counted.
    pub tokens_per_s: f64,
    /// Duration of the training steps in seconds.
    pub seconds: f64,
    /// How large the gradients were; none of an epoch that was begun by a program that did
    /// not count them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub norms: Option<GradientNorms>,
    /// How much of the gradient is noise of the masks after the epoch, where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask_noise: Option<MaskNoise>,
}

impl EpochReport {
    /// exp of the training loss.
    pub fn train_perplexity(&self) -> f64 {
        self.train_loss.exp()
    }
}

/// What a run did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainReport {
    /// One entry per epoch.
    pub epochs: Vec<EpochReport>,
    /// Loss per token of every step, nats, with dropout.
    pub losses: Vec<f64>,
    /// The epoch that is best on the validation data, from 0: what `test` is of.
    pub best_epoch: usize,
    /// The score on the test data after that epoch.
    pub test: Score,
}

/// Where a run stands apart from its parameters: what a checkpoint keeps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// Number of the next step.
    pub(crate) step: u64,
    /// Summed loss of the unfinished epoch.
    pub(crate) loss: f64,
    /// Tokens of the unfinished epoch.
    pub(crate) tokens: usize,
    /// Seconds spent on the steps of the unfinished epoch.
    pub(crate) seconds: f64,
    /// The gradients' norms of its steps, before clipping.
    #[serde(default)]
    pub(crate) norms: Vec<f64>,
    /// The finished epochs.
    pub(crate) epochs: Vec<EpochReport>,
    /// Loss per token of every step.
    pub(crate) losses: Vec<f64>,
    /// The best epoch so far.
    pub(crate) best_epoch: Option<usize>,
}
