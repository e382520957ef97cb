//! Everything that makes a training run: the model's settings, its data, a trainer.

use crate::CosimError;
use heddle_lstm::{
    Corpus, LanguageModel, LmBatches, LmTask, ModelConfig, NerBatches, NerConfig, NerCorpus,
    NerModel, NerTask, NmtConfig, NmtCorpus, NmtModel, NmtSettings, NmtTask, Task, TaskKind,
    TrainConfig, Trainer,
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
    /// Translation.
    Nmt {
        /// The network.
        model: NmtConfig,
        /// Batches and decoding.
        settings: NmtSettings,
    },
    /// Named-entity recognition.
    Ner {
        /// The network.
        model: NerConfig,
        /// The batches.
        batches: NerBatches,
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
    /// Parallel text.
    Nmt(NmtCorpus),
    /// Tagged sentences.
    Ner(NerCorpus),
}

impl TaskSpec {
    /// Which task it is.
    pub fn kind(&self) -> TaskKind {
        match self.model {
            ModelSpec::Lm { .. } => TaskKind::Lm,
            ModelSpec::Nmt { .. } => TaskKind::Nmt,
            ModelSpec::Ner { .. } => TaskKind::Ner,
        }
    }

    /// A trainer at its first step.
    ///
    /// # Errors
    /// [`CosimError::Lstm`] for a value out of range, [`CosimError::Input`] for the data of
    /// another task.
    pub fn trainer(&self, data: &TaskData) -> Result<Trainer<f32>, CosimError> {
        let seed = self.train.seed;
        let task: Box<dyn Task<f32>> = match (&self.model, data) {
            (ModelSpec::Lm { model, batches }, TaskData::Lm(corpus)) => {
                let model = LanguageModel::new(*model, corpus.vocabulary.len(), seed)?;
                Box::new(LmTask::new(model, corpus, *batches)?)
            }
            (ModelSpec::Nmt { model, settings }, TaskData::Nmt(corpus)) => {
                let (source, target) = (corpus.source.len(), corpus.target.len());
                let model = NmtModel::new(*model, source, target, seed)?;
                Box::new(NmtTask::new(model, corpus, *settings)?)
            }
            (ModelSpec::Ner { model, batches }, TaskData::Ner(corpus)) => {
                let model = NerModel::new(*model, corpus, seed)?;
                Box::new(NerTask::new(model, corpus, *batches)?)
            }
            _ => {
                return Err(CosimError::Input {
                    name: "--task",
                    value: self.kind().to_string(),
                    remedy: "give the data of the same task".into(),
                })
            }
        };
        Ok(Trainer::new(task, self.train)?)
    }
}
