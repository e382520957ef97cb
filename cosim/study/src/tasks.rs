//! Everything that makes a training run: the model's settings, its data, a trainer.

use crate::StudyError;
use heddle_files::InputError;
use heddle_lstm::{
    Corpus, Dropped, LanguageModel, LmBatches, LmTask, Method, ModelConfig, NerBatches, NerConfig,
    NerCorpus, NerModel, NerTask, NmtConfig, NmtCorpus, NmtModel, NmtSettings, NmtTask, Task,
    TaskKind, TrainConfig, Trainer,
};
use heddle_toolbox::memory;
use serde::Serialize;
use serde_json::{json, Value};

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

impl TaskData {
    /// What is worth knowing of the data before it is trained on, if there is something.
    pub fn note(&self) -> Option<String> {
        match self {
            TaskData::Nmt(corpus) if corpus.dropped != Dropped::default() => {
                let Dropped { long, empty } = corpus.dropped;
                let all = corpus.train.len() + long + empty;
                Some(format!(
                    "{long} of {all} training pairs left out as longer than {} words, {empty} as \
                     empty on a side; validation and test data keep theirs",
                    corpus.longest
                ))
            }
            TaskData::Ner(corpus) => {
                let found = &corpus.vectors.as_ref()?.found;
                let percent = 100.0 * found.tokens_found as f64 / found.tokens as f64;
                Some(format!(
                    "word vectors: {} of {} words of the training data have one, which are \
                     {percent:.1} % of its text; {} more words of the other data have",
                    found.types_found, found.types, found.added
                ))
            }
            _ => None,
        }
    }

    /// Sizes of the three parts, for a report.
    pub fn json(&self) -> Value {
        match self {
            TaskData::Lm(corpus) => json!({
                "train_tokens": corpus.train.len(),
                "valid_tokens": corpus.valid.len(),
                "test_tokens": corpus.test.len(),
                "vocabulary": corpus.vocabulary.len(),
            }),
            TaskData::Nmt(corpus) => json!({
                "train_pairs": corpus.train.len(),
                "train_pairs_left_out": corpus.dropped,
                "max_length": corpus.longest,
                "valid_pairs": corpus.valid.len(),
                "test_pairs": corpus.test.len(),
                "source_vocabulary": corpus.source.len(),
                "target_vocabulary": corpus.target.len(),
            }),
            TaskData::Ner(corpus) => {
                let mut data = json!({
                    "train_sentences": corpus.train.len(),
                    "valid_sentences": corpus.valid.len(),
                    "test_sentences": corpus.test.len(),
                    "vocabulary": corpus.vocabulary.len(),
                    "tags": corpus.tags.len(),
                });
                if let Some(vectors) = &corpus.vectors {
                    data["word_vectors"] = json!(vectors.found);
                }
                data
            }
        }
    }
}

/// What takes memory besides the model and its data.
#[derive(Clone, Copy, Debug)]
pub struct Runs {
    /// Runs side by side.
    pub side_by_side: usize,
    /// Whether they write checkpoints.
    pub saved: bool,
    /// Whether they tell the noise of their masks.
    pub noise: bool,
}

impl Default for Runs {
    /// One run.
    fn default() -> Self {
        Self {
            side_by_side: 1,
            saved: false,
            noise: false,
        }
    }
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

    /// Checks that there is memory for such runs.
    ///
    /// # Errors
    /// [`StudyError::Memory`].
    pub fn check_memory(&self, data: &TaskData, runs: Runs) -> Result<(), StudyError> {
        let Runs {
            side_by_side,
            saved,
            noise,
        } = runs;
        let (footprint, smaller) = match (&self.model, data) {
            (ModelSpec::Lm { model, batches }, TaskData::Lm(corpus)) => (
                LmTask::<f32>::footprint(model, corpus, batches),
                "--hidden, --embedding, --layers, --batch, --window or --vocabulary",
            ),
            (ModelSpec::Nmt { model, settings }, TaskData::Nmt(corpus)) => (
                NmtTask::<f32>::footprint(model, corpus, settings),
                "--hidden, --embedding, --layers, --batch, --max-length or --vocabulary",
            ),
            (ModelSpec::Ner { model, batches }, TaskData::Ner(corpus)) => (
                NerTask::<f32>::footprint(model, corpus, batches),
                "--hidden, --embedding, --layers, --batch or --vocabulary",
            ),
            _ => return Ok(()),
        };
        let adam = self.train.optimiser.method == Method::Adam;
        let noise = if noise { footprint.noise_bytes() } else { 0 };
        let bytes = (footprint.bytes(adam, saved) + noise) * side_by_side as u128;
        let (what, fewer) = match side_by_side {
            1 => ("training this model".to_owned(), ""),
            runs => (
                format!("training {runs} such models side by side"),
                "fewer of them, or ",
            ),
        };
        Ok(memory::check(
            &what,
            bytes,
            &format!("choose {fewer}a smaller {smaller}"),
        )?)
    }

    /// A trainer at its first step.
    ///
    /// # Errors
    /// [`StudyError::Memory`] if there is not enough for it;
    /// [`StudyError::Lstm`] for a value out of range, [`StudyError::Input`] for the data of
    /// another task.
    pub fn trainer(&self, data: &TaskData) -> Result<Trainer<f32>, StudyError> {
        self.check_memory(data, Runs::default())?;
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
                return Err(StudyError::Input(InputError {
                    name: "--task",
                    value: self.kind().to_string(),
                    remedy: "give the data of the same task".into(),
                }))
            }
        };
        Ok(Trainer::new(task, self.train)?)
    }
}
