//! The training loop.

use crate::{
    Batcher, Corpus, DropoutConfig, Executor, LanguageModel, LstmError, Scalar, Sgd, State,
    TimeSteps, WindowMasks, Workspace,
};
use heddle_gemm::{Engine, Policy, Scratch};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// The settings of a training run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainConfig {
    /// Samples read side by side.
    pub batch: usize,
    /// Time steps of a window, over which gradients flow.
    pub steps: usize,
    /// Times that the text is read.
    pub epochs: usize,
    /// Samples read side by side in evaluation.
    pub eval_batch: usize,
    /// Seed of the masks.
    pub seed: u64,
    /// The optimiser.
    pub sgd: Sgd,
    /// What is dropped in training.
    pub dropout: DropoutConfig,
    /// How the products of the time steps are put to the engine.
    pub time_steps: TimeSteps,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            batch: 20,
            steps: 20,
            epochs: 6,
            eval_batch: 20,
            seed: 1,
            sgd: Sgd::default(),
            dropout: DropoutConfig::off(),
            time_steps: TimeSteps::Merged,
        }
    }
}

/// Which part of the text a model is evaluated on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The training text (without dropout).
    Train,
    /// The validation text.
    Valid,
    /// The test text.
    Test,
}

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
    /// Tokens predicted.
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
    /// Perplexity of the training text in this epoch so far, with dropout.
    pub perplexity: f64,
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
    /// exp of it.
    pub train_perplexity: f64,
    /// Perplexity of the validation text after the epoch.
    pub valid_perplexity: f64,
    /// Tokens trained on per second, evaluation not counted.
    pub tokens_per_s: f64,
    /// Duration of the training steps in seconds.
    pub seconds: f64,
}

/// What a run did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainReport {
    /// One entry per epoch.
    pub epochs: Vec<EpochReport>,
    /// Loss per token of every step, nats, with dropout.
    pub losses: Vec<f64>,
    /// Perplexity of the test text after the last epoch.
    pub test_perplexity: f64,
}

/// Trains a language model on a corpus, window by window.
///
/// The engine and the policy are given to every call, so that any step can run on
/// any engine: most of a run on the CPU, say, and one step through a recorder.
pub struct Trainer<T: Scalar> {
    model: LanguageModel<T>,
    config: TrainConfig,
    train: Batcher,
    evaluated: [Batcher; 3],
    state: State<T>,
    masks: WindowMasks<T>,
    work: Workspace<T>,
    eval_work: Workspace<T>,
    scratch: Scratch,
    step: u64,
}

impl<T: Scalar> Trainer<T> {
    /// A trainer before its first step.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names a setting out of range, a text too short for
    /// the batch among them; [`LstmError::Shape`] if the model's vocabulary is not
    /// the corpus's.
    pub fn new(
        model: LanguageModel<T>,
        corpus: &Corpus,
        config: TrainConfig,
    ) -> Result<Self, LstmError> {
        config.dropout.check()?;
        config.sgd.check()?;
        crate::error::fits(
            "words of the model",
            model.vocabulary(),
            corpus.vocabulary.len(),
        )?;
        let train = Batcher::new(&corpus.train, config.batch, config.steps)?;
        let part = |tokens: &[u32]| Batcher::new(tokens, config.eval_batch, config.steps);
        let evaluated = [
            part(&corpus.train)?,
            part(&corpus.valid)?,
            part(&corpus.test)?,
        ];
        let longest = evaluated.iter().map(Batcher::longest).max().unwrap_or(0);
        Ok(Self {
            state: model.state(config.batch),
            masks: WindowMasks::off(model.config().layers),
            work: model.workspace(train.longest(), config.batch),
            eval_work: model.workspace(longest, config.eval_batch),
            scratch: Scratch::default(),
            step: 0,
            model,
            config,
            train,
            evaluated,
        })
    }

    /// The model.
    pub fn model(&self) -> &LanguageModel<T> {
        &self.model
    }

    /// The settings.
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// Number of the next step, from 0: the `step` of its jobs' labels.
    pub fn next_step(&self) -> u64 {
        self.step
    }

    /// Steps of an epoch.
    pub fn steps_per_epoch(&self) -> usize {
        self.train.windows()
    }

    /// Trains on the next window: forward, backward, update. The first window of
    /// every epoch starts from a state of zeros.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails, [`LstmError::Diverged`] if the loss is
    /// not finite; the parameters are then as before the step.
    pub fn step(
        &mut self,
        engine: &mut dyn Engine<T>,
        policy: Policy,
    ) -> Result<StepReport, LstmError> {
        let Self {
            model,
            config,
            work,
            ..
        } = self;
        let step = self.step;
        let windows = self.train.windows() as u64;
        let epoch = (step / windows) as usize;
        let index = (step % windows) as usize;
        if index == 0 {
            self.state.reset();
        }
        let window = self.train.window(index);
        let tokens = window.targets.len();
        self.masks.draw(
            &config.dropout,
            config.seed,
            step,
            (tokens / config.batch, config.batch),
            &model.config().input_widths(),
            model.config().hidden,
        );
        let scratch = &mut self.scratch;
        let mut exec =
            Executor::new(engine, scratch, policy, config.time_steps, config.batch).at_step(step);
        let loss =
            model.forward(&mut exec, &self.masks, window, &mut self.state, work)? / tokens as f64;
        let rate = config.sgd.rate(epoch);
        if !loss.is_finite() {
            return Err(LstmError::Diverged {
                step,
                loss,
                learning_rate: rate,
                clip: config.sgd.clip,
            });
        }
        model.backward(&mut exec, &self.masks, window, work)?;
        let norm = config.sgd.update(rate, &mut model.parameters_mut());
        self.step += 1;
        Ok(StepReport {
            step,
            epoch,
            loss,
            norm,
            tokens,
        })
    }

    /// The model's perplexity on a part of the text, without dropout.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn evaluate(
        &mut self,
        engine: &mut dyn Engine<T>,
        policy: Policy,
        part: Part,
    ) -> Result<f64, LstmError> {
        let batcher = &self.evaluated[part as usize];
        let batch = self.config.eval_batch;
        let masks = WindowMasks::off(self.model.config().layers);
        let mut state = self.model.state(batch);
        let scratch = &mut self.scratch;
        let mut exec = Executor::new(engine, scratch, policy, self.config.time_steps, batch)
            .at_step(self.step);
        let mut loss = 0.0;
        for index in 0..batcher.windows() {
            let window = batcher.window(index);
            loss +=
                self.model
                    .forward(&mut exec, &masks, window, &mut state, &mut self.eval_work)?;
        }
        Ok((loss / batcher.tokens() as f64).exp())
    }

    /// Trains for the configured number of epochs from where the trainer stands, with
    /// an evaluation after each. `progress` is told after every step; `cancel` is
    /// looked at before every step.
    ///
    /// # Errors
    /// As [`Trainer::step`], and [`LstmError::Cancelled`].
    pub fn run(
        &mut self,
        engine: &mut dyn Engine<T>,
        policy: Policy,
        cancel: &AtomicBool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<TrainReport, LstmError> {
        let steps = self.steps_per_epoch();
        let mut report = TrainReport {
            epochs: Vec::new(),
            losses: Vec::new(),
            test_perplexity: f64::NAN,
        };
        for _ in 0..self.config.epochs {
            let (mut loss, mut tokens) = (0.0, 0);
            let start = Instant::now();
            let mut epoch = 0;
            let first = (self.step % steps as u64) as usize;
            for done in first + 1..=steps {
                if cancel.load(Ordering::Relaxed) {
                    return Err(LstmError::Cancelled { step: self.step });
                }
                let step = self.step(engine, policy)?;
                epoch = step.epoch;
                loss += step.loss * step.tokens as f64;
                tokens += step.tokens;
                report.losses.push(step.loss);
                progress(Progress {
                    step,
                    done,
                    steps,
                    epochs: self.config.epochs,
                    perplexity: (loss / tokens as f64).exp(),
                    tokens_per_s: tokens as f64 / start.elapsed().as_secs_f64(),
                });
            }
            let seconds = start.elapsed().as_secs_f64();
            let train_loss = loss / tokens as f64;
            report.epochs.push(EpochReport {
                epoch,
                learning_rate: self.config.sgd.rate(epoch),
                train_loss,
                train_perplexity: train_loss.exp(),
                valid_perplexity: self.evaluate(engine, policy, Part::Valid)?,
                tokens_per_s: tokens as f64 / seconds,
                seconds,
            });
        }
        report.test_perplexity = self.evaluate(engine, policy, Part::Test)?;
        Ok(report)
    }
}
