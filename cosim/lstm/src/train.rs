//! The training loop, the same for every task.

use crate::optimiser::{Moments, NotFinite};
use crate::progress::{EpochReport, Progress, Standing, StepReport, TrainReport};
use crate::task::{Part, Run, Score, Step, Task, TaskKind};
use crate::{DropoutConfig, GradientNorms, LstmError, Optimiser, Parameter, Scalar, TimeSteps};
use heddle_gemm::{Engine, Policy, Scratch};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// The settings of a training run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainConfig {
    /// Times that the data is read.
    pub epochs: usize,
    /// Seed of the masks and of the order of the data.
    pub seed: u64,
    /// The optimiser.
    pub optimiser: Optimiser,
    /// What is dropped in training.
    pub dropout: DropoutConfig,
    /// How the products of the time steps are put to the engine.
    pub time_steps: TimeSteps,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 6,
            seed: 1,
            optimiser: Optimiser::default(),
            dropout: DropoutConfig::off(),
            time_steps: TimeSteps::Merged,
        }
    }
}

/// Trains a task step by step.
///
/// The engine and the policy are given to every call, so that any step can run on
/// any engine: most of a run on the CPU, say, and one step through a recorder.
pub struct Trainer<T: Scalar> {
    pub(crate) task: Box<dyn Task<T>>,
    pub(crate) config: TrainConfig,
    pub(crate) moments: Moments<T>,
    pub(crate) standing: Standing,
    /// Parameters after the best epoch.
    pub(crate) best: Vec<Vec<T>>,
    pub(crate) scratch: Scratch,
    /// Draws for the noise of the masks after an epoch; 0 for none.
    pub(crate) noise_draws: usize,
}

impl<T: Scalar> Trainer<T> {
    /// A trainer before its first step.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names a setting out of range.
    pub fn new(task: Box<dyn Task<T>>, config: TrainConfig) -> Result<Self, LstmError> {
        config.dropout.check()?;
        config.dropout.check_batch(task.batch())?;
        config.optimiser.check()?;
        Ok(Self {
            task,
            config,
            moments: Moments::default(),
            standing: Standing::default(),
            best: Vec::new(),
            scratch: Scratch::default(),
            noise_draws: 0,
        })
    }

    /// The task.
    pub fn task(&self) -> &dyn Task<T> {
        self.task.as_ref()
    }

    /// Which task it is.
    pub fn kind(&self) -> TaskKind {
        self.task.kind()
    }

    /// The settings.
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// Number of the next step, from 0: the `step` of its jobs' labels.
    pub fn next_step(&self) -> u64 {
        self.standing.step
    }

    /// Steps of an epoch.
    pub fn steps_per_epoch(&self) -> usize {
        self.task.steps_per_epoch()
    }

    /// Trains on the next batch: forward, backward, update.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails, [`LstmError::Diverged`] if the loss, its
    /// perplexity, the norm of the gradients or an updated parameter is not finite. Of a loss or a norm the
    /// parameters are then as before the step; the step is not counted in any case.
    pub fn step(
        &mut self,
        engine: &mut dyn Engine<T>,
        policy: Policy,
    ) -> Result<StepReport, LstmError> {
        let number = self.standing.step;
        let steps = self.task.steps_per_epoch() as u64;
        let step = Step {
            number,
            epoch: (number / steps) as usize,
            index: (number % steps) as usize,
            redraw: None,
        };
        let TrainConfig {
            dropout,
            seed,
            optimiser,
            ..
        } = self.config;
        let team = engine.host().team;
        let mut run = Run {
            engine,
            scratch: &mut self.scratch,
            policy,
            time_steps: self.config.time_steps,
        };
        let loss = self.task.gradients(&mut run, step, &dropout, seed)?;
        let rate = optimiser.rate_at(step.epoch, number);
        let mean = loss.mean();
        let found = match mean.exp().is_finite() {
            true => optimiser
                .update(rate, &mut self.moments, self.task.as_mut(), &team)
                .map_err(|cause| match cause {
                    NotFinite::Norm(norm) => format!("the norm of the gradients became {norm}"),
                    NotFinite::Value(name) => format!("a value of {name} became infinite or NaN"),
                }),
            false if mean.is_finite() => Err(format!(
                "the perplexity became inf (loss {mean:.1} per token)"
            )),
            false => Err(format!("the loss became {mean}")),
        };
        let norm = found.map_err(|what| {
            self.task.visit_mut(&mut Parameter::clear_grad);
            self.diverged(number, what)
        })?;
        self.standing.step += 1;
        Ok(StepReport {
            step: number,
            epoch: step.epoch,
            loss: loss.mean(),
            norm,
            tokens: loss.items,
        })
    }

    /// That training diverged in step `step`.
    pub(crate) fn diverged(&self, step: u64, what: String) -> LstmError {
        let epoch = (step / self.steps_per_epoch().max(1) as u64) as usize;
        LstmError::Diverged {
            step,
            epoch: epoch + 1,
            what,
            learning_rate: self.config.optimiser.rate_at(epoch, step),
            clip: self.config.optimiser.clip,
        }
    }

    /// Refuses a loss per token of which the perplexity is no finite number.
    fn check_perplexity(&self, part: &str, loss: f64) -> Result<(), LstmError> {
        let perplexity = loss.exp();
        if perplexity.is_finite() {
            return Ok(());
        }
        let what = format!("the {part} perplexity became {perplexity} (loss {loss:.1} per token)");
        Err(self.diverged(self.standing.step.saturating_sub(1), what))
    }

    /// The model's score on a part of the data, without dropout; `decode` asks for BLEU.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn evaluate(
        &mut self,
        engine: &mut dyn Engine<T>,
        policy: Policy,
        part: Part,
        decode: bool,
    ) -> Result<Score, LstmError> {
        let mut run = Run {
            engine,
            scratch: &mut self.scratch,
            policy,
            time_steps: self.config.time_steps,
        };
        self.task.evaluate(&mut run, part, decode)
    }

    /// [`Trainer::train`], and then the parameters of the best epoch on the test data.
    ///
    /// # Errors
    /// As [`Trainer::train`].
    pub fn run(
        &mut self,
        engine: &mut dyn Engine<T>,
        policy: Policy,
        cancel: &AtomicBool,
        progress: &mut dyn FnMut(&mut Self, Progress),
    ) -> Result<TrainReport, LstmError> {
        self.train(engine, policy, cancel, progress)?;
        self.report(engine, policy)
    }

    /// Trains from where the trainer stands to the end of the configured epochs, with an
    /// evaluation on the validation data after each. `progress` is told after every step
    /// and may save the trainer; `cancel` is looked at before every step.
    ///
    /// # Errors
    /// As [`Trainer::step`], [`LstmError::Diverged`] also for a perplexity of an epoch that is
    /// not finite, on training or validation data; [`LstmError::Cancelled`]. `progress` is not
    /// told of a step that ends so.
    pub fn train(
        &mut self,
        engine: &mut dyn Engine<T>,
        policy: Policy,
        cancel: &AtomicBool,
        progress: &mut dyn FnMut(&mut Self, Progress),
    ) -> Result<(), LstmError> {
        let steps = self.steps_per_epoch() as u64;
        let last = steps
            .checked_mul(self.config.epochs as u64)
            .ok_or_else(|| {
                let given = format!("{} of {steps} steps", self.config.epochs);
                LstmError::config(
                    "the number of epochs",
                    given,
                    "less than 2^64 steps together",
                )
            })?;
        while self.standing.step < last {
            if cancel.load(Ordering::Relaxed) {
                return Err(LstmError::Cancelled {
                    step: self.standing.step,
                });
            }
            let start = Instant::now();
            let step = self.step(engine, policy)?;
            let standing = &mut self.standing;
            standing.seconds += start.elapsed().as_secs_f64();
            standing.loss += step.loss * step.tokens as f64;
            standing.tokens += step.tokens;
            standing.losses.push(step.loss);
            standing.norms.push(step.norm);
            let now = Progress {
                step,
                done: (step.step % steps) as usize + 1,
                steps: steps as usize,
                epochs: self.config.epochs,
                loss: standing.loss / standing.tokens as f64,
                tokens_per_s: standing.tokens as f64 / standing.seconds,
            };
            if now.done == now.steps {
                self.end_epoch(engine, policy, step.epoch)?;
            }
            progress(self, now);
        }
        Ok(())
    }

    /// The finished epochs.
    pub fn epochs(&self) -> &[EpochReport] {
        &self.standing.epochs
    }

    /// The epoch that is best on the validation data so far, from 0.
    pub fn best_epoch(&self) -> Option<usize> {
        self.standing.best_epoch
    }

    /// Evaluates after an epoch, and keeps the parameters if they are the best so far.
    fn end_epoch(
        &mut self,
        engine: &mut dyn Engine<T>,
        policy: Policy,
        epoch: usize,
    ) -> Result<(), LstmError> {
        let train_loss = self.standing.loss / self.standing.tokens as f64;
        self.check_perplexity("training", train_loss)?;
        let valid = self.evaluate(engine, policy, Part::Valid, false)?;
        self.check_perplexity("validation", valid.loss)?;
        let mask_noise = match self.noise_draws {
            0 => None,
            draws => Some(self.mask_noise(engine, policy, draws)?),
        };
        let (kind, steps) = (self.kind(), self.steps_per_epoch());
        let standing = &mut self.standing;
        // Fewer norms than steps come from a checkpoint that did not keep them.
        let norms = Some(std::mem::take(&mut standing.norms)).filter(|it| it.len() == steps);
        let better = |best: usize| {
            let (new, old) = (valid.metric(kind), standing.epochs[best].valid.metric(kind));
            if kind.more_is_better() {
                new > old
            } else {
                new < old
            }
        };
        if standing.best_epoch.is_none_or(better) {
            standing.best_epoch = Some(epoch);
            let parameters = self.task.parameters();
            self.best = parameters.iter().map(|p| p.data().to_vec()).collect();
        }
        standing.epochs.push(EpochReport {
            epoch,
            learning_rate: self.config.optimiser.rate(epoch),
            train_loss,
            valid,
            tokens_per_s: standing.tokens as f64 / standing.seconds,
            seconds: standing.seconds,
            norms: norms.and_then(|it| GradientNorms::of(&it, self.config.optimiser.clip)),
            mask_noise,
        });
        (standing.loss, standing.tokens, standing.seconds) = (0.0, 0, 0.0);
        Ok(())
    }

    /// The report of a finished run. The trainer's parameters stay those of the last
    /// step.
    fn report(
        &mut self,
        engine: &mut dyn Engine<T>,
        policy: Policy,
    ) -> Result<TrainReport, LstmError> {
        self.swap_best();
        let test = self.evaluate(engine, policy, Part::Test, true);
        self.swap_best();
        let test = test?;
        self.check_perplexity("test", test.loss)?;
        Ok(TrainReport {
            epochs: self.standing.epochs.clone(),
            losses: self.standing.losses.clone(),
            best_epoch: self.standing.best_epoch.unwrap_or(0),
            test,
        })
    }

    /// Exchanges the parameters for those of the best epoch, if there is one.
    fn swap_best(&mut self) {
        let mut best = self.best.iter_mut();
        self.task.visit_mut(&mut |parameter| {
            if let Some(best) = best.next() {
                parameter.data_mut().swap_with_slice(best);
            }
        });
    }
}
