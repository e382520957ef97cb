//! What a network and its data must offer to be trained.

use crate::{DropoutConfig, Executor, LstmError, MaskKey, Parameters, Scalar, Site, TimeSteps};
use heddle_format::named;
use heddle_gemm::{Engine, Policy, Scratch};
use serde::{Deserialize, Serialize};

/// The three tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskKind {
    /// Language modelling.
    Lm,
    /// Translation.
    Nmt,
    /// Named-entity recognition.
    Ner,
}

named!(TaskKind, "task", Lm = "lm", Nmt = "nmt", Ner = "ner");

impl TaskKind {
    /// What its models are judged by.
    pub const fn metric(self) -> &'static str {
        match self {
            TaskKind::Lm | TaskKind::Nmt => "perplexity",
            TaskKind::Ner => "F1",
        }
    }

    /// Whether more of the metric is better.
    pub const fn more_is_better(self) -> bool {
        matches!(self, TaskKind::Ner)
    }
}

/// Which part of the data a model is evaluated on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The training data (without dropout).
    Train,
    /// The validation data.
    Valid,
    /// The test data.
    Test,
}

/// What evaluates the products of a step, and how.
pub struct Run<'a, T: Scalar> {
    /// The engine.
    pub engine: &'a mut dyn Engine<T>,
    /// Its working memory.
    pub scratch: &'a mut Scratch,
    /// What becomes of dropped units.
    pub policy: Policy,
    /// How the products of the time steps are put to the engine.
    pub time_steps: TimeSteps,
}

impl<T: Scalar> Run<'_, T> {
    /// An executor for `batch` samples in training step `step`.
    pub fn executor(&mut self, batch: usize, step: u64) -> Executor<'_, T> {
        Executor::new(
            self.engine,
            self.scratch,
            self.policy,
            self.time_steps,
            batch,
        )
        .at_step(step)
    }
}

/// One training step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number in the run, from 0.
    pub number: u64,
    /// The epoch that it belongs to, from 0.
    pub epoch: usize,
    /// Its place in the epoch, from 0.
    pub index: usize,
    /// The site whose masks are drawn as if for another step, and that step: what changes is
    /// theirs alone. None in training.
    pub redraw: Option<(Site, u64)>,
}

impl Step {
    /// What its masks are drawn from.
    pub fn masks(&self, seed: u64) -> MaskKey {
        MaskKey {
            seed,
            step: self.number,
            redraw: self.redraw,
        }
    }
}

/// The loss of one step or of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Loss {
    /// Summed negative log-likelihood, nats.
    pub sum: f64,
    /// Tokens that it is of.
    pub items: usize,
}

impl Loss {
    /// The loss per token, nats.
    pub fn mean(&self) -> f64 {
        self.sum / self.items as f64
    }
}

impl std::ops::AddAssign for Loss {
    fn add_assign(&mut self, other: Self) {
        self.sum += other.sum;
        self.items += other.items;
    }
}

/// Precision, recall and F1 over whole entities, each in percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct F1 {
    /// Of the entities found, how many are right.
    pub precision: f64,
    /// Of the right entities, how many are found.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

/// Corpus BLEU, 0 to 100, with the 95 % interval of a bootstrap over sentences.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bleu {
    /// BLEU of the whole corpus.
    pub score: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// How good a model is on a part of the data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Loss per token, nats.
    pub loss: f64,
    /// Of named entities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f1: Option<F1>,
    /// Of translations, where they were decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bleu: Option<Bleu>,
    /// Of the text that pieces of words are decoded to, where the text was cut into such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bleu_detokenised: Option<Bleu>,
}

impl Score {
    /// exp of the loss.
    pub fn perplexity(&self) -> f64 {
        self.loss.exp()
    }

    /// The task's metric: perplexity or F1.
    pub fn metric(&self, kind: TaskKind) -> f64 {
        match (kind, self.f1) {
            (TaskKind::Ner, Some(f1)) => f1.f1,
            _ => self.perplexity(),
        }
    }
}

/// A network with its data.
pub trait Task<T: Scalar>: Parameters<T> {
    /// Which task it is.
    fn kind(&self) -> TaskKind;

    /// Samples of a training step; the last one of an epoch may have fewer.
    fn batch(&self) -> usize;

    /// Steps of an epoch.
    fn steps_per_epoch(&self) -> usize;

    /// Forward and backward of one step, with the masks of `step.number`: adds to the
    /// gradients of the parameters those of the summed loss divided by the batch. The
    /// order of the data depends on (seed, epoch) only, so that a run can be resumed
    /// at any step.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails. A loss that is not finite is returned as
    /// it is; the trainer then forgets the gradients.
    fn gradients(
        &mut self,
        run: &mut Run<'_, T>,
        step: Step,
        dropout: &DropoutConfig,
        seed: u64,
    ) -> Result<Loss, LstmError>;

    /// The score on a part of the data, without dropout. `decode` asks for BLEU as
    /// well, which takes a beam search.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    fn evaluate(
        &mut self,
        run: &mut Run<'_, T>,
        part: Part,
        decode: bool,
    ) -> Result<Score, LstmError>;

    /// The state carried from step to step, with names for a checkpoint; none unless a task
    /// has some.
    fn carried(&mut self) -> Vec<(String, &mut [T])> {
        Vec::new()
    }

    /// The model's and the batches' configuration, for reports and checkpoints.
    fn config(&self) -> serde_json::Value;

    /// SHA-256 of the words (and tags) in their order, hexadecimal.
    fn vocabulary_hash(&self) -> String;
}
