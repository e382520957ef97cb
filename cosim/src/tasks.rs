//! Everything that makes a training run: the model's settings, its data, a trainer.

use crate::CosimError;
use heddle_lstm::{
    Corpus, LanguageModel, LmBatches, LmTask, ModelConfig, TaskKind, TrainConfig, Trainer,
};
use serde::Serialize;

/// A model and how its data is cut into steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase", tag = "task")]
pub enum ModelSpec {
    /// Language modelling.
    Lm {
        /// The network.
        model: ModelConfig,
        /// The windows.
        batches: LmBatches,
    },
}

/// A training run but for its data: equal specifications on equal data give equal bits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskSpec {
    /// The model.
    pub model: ModelSpec,
    /// The training; its seed is that of the initial values, of the order of the data and
    /// of the masks.
    pub train: TrainConfig,
}

/// The data of a task.
#[derive(Clone, Debug)]
pub enum TaskData {
    /// Running text.
    Lm(Corpus),
}

impl TaskSpec {
    /// Which task it is.
    pub fn kind(&self) -> TaskKind {
        match self.model {
            ModelSpec::Lm { .. } => TaskKind::Lm,
        }
    }

    /// A trainer at its first step.
    ///
    /// # Errors
    /// [`CosimError::Lstm`] for a value out of range.
    pub fn trainer(&self, data: &TaskData) -> Result<Trainer<f32>, CosimError> {
        let seed = self.train.seed;
        let task = match (&self.model, data) {
            (ModelSpec::Lm { model, batches }, TaskData::Lm(corpus)) => {
                let model = LanguageModel::new(*model, corpus.vocabulary.len(), seed)?;
                Box::new(LmTask::new(model, corpus, *batches)?)
            }
        };
        Ok(Trainer::new(task, self.train)?)
    }
}
