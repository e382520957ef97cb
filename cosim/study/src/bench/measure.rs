//! The measurement: rounds in which every side trains a few steps.

use super::pytorch::PyTorch;
use super::report::{BenchReport, Rates, Times};
use super::text::synthetic_corpus;
use super::timed::Timed;
use crate::tasks::{ModelSpec, Runs, TaskData, TaskSpec};
use crate::StudyError;
use heddle_files::InputError;
use heddle_gemm::{CpuEngine, Kernel, Policy, Team};
use heddle_lstm::{
    Case, DropoutConfig, LmBatches, MaskKind, ModelConfig, Optimiser, Site, TrainConfig, Trainer,
    WindowMasks,
};
use heddle_toolbox::memory;
use serde::Serialize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What is measured, and for how long.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BenchSettings {
    /// The preset's name.
    pub preset: String,
    /// The network.
    pub model: ModelConfig,
    /// Words of the vocabulary.
    pub vocabulary: usize,
    /// Tokens of the synthetic training text.
    pub corpus_words: usize,
    /// Samples side by side.
    pub batch: usize,
    /// Time steps of a window.
    pub window: usize,
    /// Probability of dropping a unit.
    pub p: f64,
    /// How many units a mask keeps.
    pub kind: MaskKind,
    /// Sites with dropout.
    pub sites: Vec<Site>,
    /// Groups of the batch with masks of their own, on the packed side; they divide it.
    #[serde(skip_serializing_if = "is_one")]
    pub mask_groups: usize,
    /// The optimiser.
    pub optimiser: Optimiser,
    /// Seed of the text, the initial values and the masks.
    pub seed: u64,
    /// Threads of every side.
    pub threads: usize,
    /// Instruction set of our own sides.
    pub kernel: Kernel,
    /// Rounds, in each of which every side trains.
    pub rounds: usize,
    /// Steps that a side trains in a round.
    pub steps: usize,
    /// Steps that a side trains before the first round.
    pub warm_up: usize,
}

/// A batch that is not in groups is not told: reports stay as they were.
fn is_one(groups: &usize) -> bool {
    *groups == 1
}

impl BenchSettings {
    /// Checks what does not check itself.
    ///
    /// # Errors
    /// [`StudyError::Input`] and [`StudyError::Lstm`] that name the value out of range.
    pub fn check(&self) -> Result<(), StudyError> {
        for (name, value, largest) in [
            ("--threads", self.threads, 1024),
            ("--rounds", self.rounds, 10_000),
            ("--steps", self.steps, 1_000_000),
            ("--batch", self.batch, 65_536),
            ("--window", self.window, 65_536),
        ] {
            if !(1..=largest).contains(&value) {
                return Err(StudyError::Input(InputError {
                    name,
                    value: value.to_string(),
                    remedy: format!("give 1 to {largest}"),
                }));
            }
        }
        for case in [Case::I, Case::III] {
            self.dropout(case).check()?;
            self.dropout(case).check_batch(self.batch)?;
        }
        Ok(self.model.check()?)
    }

    fn dropout(&self, case: Case) -> DropoutConfig {
        DropoutConfig {
            kind: self.kind,
            mask_groups: match case.shared_by_batch() {
                true => self.mask_groups,
                false => 1,
            },
            ..DropoutConfig::at(&self.sites, self.p, case)
        }
    }

    /// A trainer before its first step.
    fn trainer(&self, case: Case, data: &TaskData) -> Result<Trainer<f32>, StudyError> {
        self.spec(case).trainer(data)
    }

    fn spec(&self, case: Case) -> TaskSpec {
        TaskSpec {
            model: ModelSpec::Lm {
                model: self.model,
                batches: LmBatches {
                    batch: self.batch,
                    steps: self.window,
                    ..LmBatches::default()
                },
            },
            train: TrainConfig {
                seed: self.seed,
                optimiser: self.optimiser,
                dropout: self.dropout(case),
                ..TrainConfig::default()
            },
        }
    }
}

/// One of our own two ways to train.
struct Side {
    trainer: Trainer<f32>,
    policy: Policy,
    masks: WindowMasks<f32>,
    times: Vec<Times>,
}

impl Side {
    /// Trains `steps` steps.
    fn run(
        &mut self,
        engine: &mut CpuEngine,
        settings: &BenchSettings,
        steps: usize,
        cancel: &AtomicBool,
    ) -> Result<Times, StudyError> {
        let mut timed = Timed::new(engine);
        let mut tokens = 0;
        let mut seconds = Duration::ZERO;
        for _ in 0..steps {
            if cancel.load(Ordering::Relaxed) {
                return Err(StudyError::Cancelled);
            }
            let start = Instant::now();
            tokens += self.trainer.step(&mut timed, self.policy)?.tokens;
            seconds += start.elapsed();
        }
        let spent = timed.spent();
        let masks = self.masks(settings, steps, engine.team());
        Ok(Times::new(steps, tokens, seconds, spent, masks))
    }

    /// How long it takes to draw the masks of `steps` steps, measured once more and alone:
    /// a step does it between its products.
    fn masks(&mut self, settings: &BenchSettings, steps: usize, team: &Team) -> Duration {
        let (dropout, seed) = (&self.trainer.config().dropout, settings.seed);
        let last = self.trainer.next_step();
        let start = Instant::now();
        for step in last.saturating_sub(steps as u64)..last {
            let window = (settings.window, settings.batch);
            let (inputs, hidden) = (settings.model.input_widths(), settings.model.hidden);
            self.masks
                .draw(dropout, (seed, step), window, &inputs, hidden, team);
        }
        start.elapsed()
    }
}

/// Measures dense Case I, packed Case III and, if it is given, PyTorch. `progress` is
/// told after every turn of a side.
///
/// # Errors
/// [`StudyError::Input`] and [`StudyError::Lstm`] for a setting out of range,
/// [`StudyError::Gemm`] for a kernel that this CPU lacks, [`StudyError::Cancelled`], and
/// what the child process of PyTorch reports.
pub fn measure(
    settings: &BenchSettings,
    mut pytorch: Option<PyTorch>,
    cancel: &AtomicBool,
    progress: &mut dyn FnMut(),
) -> Result<BenchReport, StudyError> {
    settings.check()?;
    // Words of some six bytes, and four of each token twice; the sides themselves are checked
    // where they are made.
    let text = settings.corpus_words as u128 * 20;
    memory::check("so long a text", text, "give fewer --corpus-words")?;
    let corpus = synthetic_corpus(settings.vocabulary, settings.corpus_words, settings.seed)?;
    let corpus_tokens = corpus.train.len();
    let data = TaskData::Lm(corpus);
    let runs = Runs {
        side_by_side: 2,
        ..Runs::default()
    };
    settings.spec(Case::I).check_memory(&data, runs)?;
    memory::check_threads(settings.threads)?;
    let mut engine = CpuEngine::with(settings.kernel, settings.threads)?;
    let mut side = |case, policy| -> Result<Side, StudyError> {
        let mut side = Side {
            trainer: settings.trainer(case, &data)?,
            policy,
            masks: WindowMasks::off(settings.model.layers),
            times: Vec::new(),
        };
        side.run(&mut engine, settings, settings.warm_up, cancel)?;
        progress();
        Ok(side)
    };
    let mut sides = [
        side(Case::I, Policy::Dense)?,
        side(Case::III, Policy::Packed)?,
    ];
    if let Some(child) = &mut pytorch {
        if settings.warm_up > 0 {
            child.train(settings.warm_up)?;
        }
        progress();
    }
    let mut theirs = Vec::new();
    let turns = if pytorch.is_some() { 3 } else { 2 };
    for round in 0..settings.rounds {
        for turn in 0..turns {
            // Every side is first in turn, and follows every other one.
            let turn = match (round / turns) % 2 {
                0 => turn,
                _ => turns - 1 - turn,
            };
            match ((turn + round) % turns, &mut pytorch) {
                (2, Some(child)) => {
                    theirs.push(child.train(settings.steps)?);
                    if cancel.load(Ordering::Relaxed) {
                        return Err(StudyError::Cancelled);
                    }
                }
                (index, _) => {
                    let side = &mut sides[index];
                    let times = side.run(&mut engine, settings, settings.steps, cancel)?;
                    side.times.push(times);
                }
            }
            progress();
        }
    }
    let [dense, packed] = sides.map(|side| side.times);
    let pytorch = pytorch.map(|child| (child.version().to_owned(), Rates::of_pytorch(&theirs)));
    Ok(BenchReport::new(
        settings.clone(),
        corpus_tokens,
        (&dense, &packed),
        pytorch,
    ))
}
