//! The language model as a task: windows of a running text, the state carried from one
//! to the next.

use super::{LanguageModel, ModelConfig, State, Workspace};
use crate::parameter::parameters;
use crate::task::{Loss, Part, Run, Score, Step, Task, TaskKind};
use crate::{Batcher, Corpus, DropoutConfig, Footprint, LstmError, Scalar, WindowMasks};
use serde::{Deserialize, Serialize};

/// How a text is cut into steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LmBatches {
    /// Samples read side by side.
    pub batch: usize,
    /// Time steps of a window, over which gradients flow.
    pub steps: usize,
    /// Samples read side by side in evaluation.
    pub eval_batch: usize,
}

impl Default for LmBatches {
    fn default() -> Self {
        Self {
            batch: 20,
            steps: 20,
            eval_batch: 20,
        }
    }
}

/// A language model with its text.
#[derive(Debug)]
pub struct LmTask<T> {
    model: LanguageModel<T>,
    batches: LmBatches,
    train: Batcher,
    evaluated: [Batcher; 3],
    state: State<T>,
    eval_state: State<T>,
    masks: WindowMasks<T>,
    no_masks: WindowMasks<T>,
    widths: Vec<usize>,
    work: Workspace<T>,
    eval_work: Option<Workspace<T>>,
    hash: String,
}

impl<T: Scalar> LmTask<T> {
    /// The memory that the task takes.
    pub fn footprint(model: &ModelConfig, corpus: &Corpus, batches: &LmBatches) -> Footprint {
        // No window is longer than its text.
        let sides = [batches.batch, batches.eval_batch];
        let tokens = [&corpus.train, &corpus.valid, &corpus.test].map(Vec::len);
        let most = tokens.into_iter().max().unwrap_or(0);
        let longest = sides.map(|batch| batches.steps.min(most / batch.max(1)));
        let times = longest[0].max(longest[1]);
        model.footprint(corpus.vocabulary.len(), times, sides)
    }

    /// The model on a corpus, before its first step.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names a setting out of range, a text too short for
    /// the batch among them; [`LstmError::Shape`] if the model's vocabulary is not
    /// the corpus's.
    pub fn new(
        model: LanguageModel<T>,
        corpus: &Corpus,
        batches: LmBatches,
    ) -> Result<Self, LstmError> {
        crate::error::fits(
            "words of the model",
            model.vocabulary(),
            corpus.vocabulary.len(),
        )?;
        let train = Batcher::new(&corpus.train, batches.batch, batches.steps)?;
        let part = |tokens: &[u32]| Batcher::new(tokens, batches.eval_batch, batches.steps);
        let evaluated = [
            part(&corpus.train)?,
            part(&corpus.valid)?,
            part(&corpus.test)?,
        ];
        let layers = model.config().layers;
        Ok(Self {
            state: model.state(batches.batch),
            eval_state: model.state(batches.eval_batch),
            masks: WindowMasks::off(layers),
            no_masks: WindowMasks::off(layers),
            widths: model.config().input_widths(),
            work: model.workspace(train.longest(), batches.batch),
            eval_work: None,
            hash: corpus.vocabulary.hash(),
            batches,
            model,
            train,
            evaluated,
        })
    }

    /// The model.
    pub fn model(&self) -> &LanguageModel<T> {
        &self.model
    }
}

parameters!(LmTask: model);

impl<T: Scalar> Task<T> for LmTask<T> {
    fn kind(&self) -> TaskKind {
        TaskKind::Lm
    }

    fn batch(&self) -> usize {
        self.batches.batch
    }

    fn steps_per_epoch(&self) -> usize {
        self.train.windows()
    }

    /// The first window of every epoch starts from a state of zeros.
    fn gradients(
        &mut self,
        run: &mut Run<'_, T>,
        step: Step,
        dropout: &DropoutConfig,
        seed: u64,
    ) -> Result<Loss, LstmError> {
        if step.index == 0 {
            self.state.reset();
        }
        let batch = self.batches.batch;
        let window = self.train.window(step.index);
        let items = window.targets.len();
        let hidden = self.model.config().hidden;
        let mut exec = run.executor(batch, step.number);
        // For the longest window always, so that a short one gives no memory back.
        let times = self.train.longest();
        self.masks.draw(
            dropout,
            step.masks(seed),
            (times, batch),
            &self.widths,
            hidden,
            &exec.host().team,
        );
        self.masks.keep_inputs(dropout, [0]);
        let sum = self.model.forward(
            &mut exec,
            &self.masks,
            window,
            &mut self.state,
            &mut self.work,
        )?;
        self.model
            .backward(&mut exec, &self.masks, window, &mut self.work)?;
        Ok(Loss { sum, items })
    }

    fn evaluate(
        &mut self,
        run: &mut Run<'_, T>,
        part: Part,
        _decode: bool,
    ) -> Result<Score, LstmError> {
        let batcher = &self.evaluated[part as usize];
        let batch = self.batches.eval_batch;
        let longest = self.evaluated.iter().map(Batcher::longest).max();
        // Most of a large vocabulary's memory is this: it is taken when it is needed.
        let work = self
            .eval_work
            .get_or_insert_with(|| self.model.workspace(longest.unwrap_or(0), batch));
        self.eval_state.reset();
        let mut exec = run.executor(batch, 0);
        let mut loss = Loss {
            sum: 0.0,
            items: batcher.tokens(),
        };
        for index in 0..batcher.windows() {
            let window = batcher.window(index);
            loss.sum += self.model.forward(
                &mut exec,
                &self.no_masks,
                window,
                &mut self.eval_state,
                work,
            )?;
        }
        Ok(Score {
            loss: loss.mean(),
            f1: None,
            bleu: None,
            bleu_detokenised: None,
        })
    }

    fn carried(&mut self) -> Vec<(String, &mut [T])> {
        let name = |what: &str, layer: usize| format!("{what}.{layer}");
        let h = self.state.h.iter_mut().enumerate();
        let c = self.state.c.iter_mut().enumerate();
        h.map(|(l, values)| (name("h", l), &mut values[..]))
            .chain(c.map(|(l, values)| (name("c", l), &mut values[..])))
            .collect()
    }

    fn config(&self) -> serde_json::Value {
        serde_json::json!({ "model": self.model.config(), "batches": self.batches })
    }

    fn vocabulary_hash(&self) -> String {
        self.hash.clone()
    }
}
