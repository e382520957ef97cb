//! What several test files share: a reference engine, engines that watch or spoil
//! jobs, and a tiny problem.
#![allow(dead_code)] // each test file uses its own part

use heddle_gemm::{Engine, GemmError, Host, Job, Label, MatMut, Phase, Policy, Scratch, Shape};
use heddle_lstm::*;

/// The masked product by its definition: three loops, increasing k, nothing skipped
/// but what a mask drops.
pub struct NaiveEngine;

impl<T: Scalar> Engine<T> for NaiveEngine {
    fn name(&self) -> &str {
        "naive"
    }

    fn run(
        &mut self,
        _policy: Policy,
        jobs: &[Job<'_, T>],
        outputs: &mut [MatMut<'_, T>],
        _scratch: &mut Scratch,
    ) -> Result<(), GemmError> {
        for (index, job) in jobs.iter().enumerate() {
            job.check(index, outputs)?;
            let Shape {
                m: rows,
                k: depth,
                n: cols,
            } = job.shape();
            let keeps = |mask: Option<&heddle_gemm::Mask>, i| mask.is_none_or(|m| m.keeps(i));
            let c = &mut outputs[job.c];
            for m in (0..rows).filter(|&m| keeps(job.keep_m, m)) {
                for n in (0..cols).filter(|&n| keeps(job.keep_n, n)) {
                    let mut sum = c.at(m, n);
                    for k in (0..depth).filter(|&k| keeps(job.keep_k, k)) {
                        sum += job.a.at(m, k) * job.b.at(k, n);
                    }
                    c.set(m, n, sum);
                }
            }
        }
        Ok(())
    }
}

/// What a watched job was.
#[derive(Clone, Debug)]
pub struct Seen {
    pub label: Label,
    pub shape: Shape,
    pub kept: Shape,
    pub masked: [bool; 3],
    pub keyed: bool,
    pub batch: usize,
}

/// Notes every job and passes it on.
pub struct Watch<E> {
    pub inner: E,
    pub seen: Vec<Seen>,
    pub batches: usize,
}

impl<E> Watch<E> {
    pub fn new(inner: E) -> Self {
        Self {
            inner,
            seen: Vec::new(),
            batches: 0,
        }
    }
}

impl<T: Scalar, E: Engine<T>> Engine<T> for Watch<E> {
    fn name(&self) -> &str {
        "watch"
    }

    fn host(&self) -> Host {
        self.inner.host()
    }

    fn run(
        &mut self,
        policy: Policy,
        jobs: &[Job<'_, T>],
        outputs: &mut [MatMut<'_, T>],
        scratch: &mut Scratch,
    ) -> Result<(), GemmError> {
        self.seen.extend(jobs.iter().map(|job| Seen {
            label: job.label.expect("every job has a label").clone(),
            shape: job.shape(),
            kept: job.kept_shape(),
            masked: [job.keep_m, job.keep_k, job.keep_n].map(|mask| mask.is_some()),
            keyed: job.b_key.is_some(),
            batch: self.batches,
        }));
        self.batches += 1;
        self.inner.run(policy, jobs, outputs, scratch)
    }
}

/// A planted fault: forgets the masks of one phase.
pub struct Forgetful {
    pub phase: Phase,
}

impl<T: Scalar> Engine<T> for Forgetful {
    fn name(&self) -> &str {
        "forgetful"
    }

    fn run(
        &mut self,
        policy: Policy,
        jobs: &[Job<'_, T>],
        outputs: &mut [MatMut<'_, T>],
        scratch: &mut Scratch,
    ) -> Result<(), GemmError> {
        let jobs: Vec<_> = jobs
            .iter()
            .map(|job| match job.label {
                Some(label) if label.phase == self.phase => Job {
                    keep_m: None,
                    keep_k: None,
                    keep_n: None,
                    ..*job
                },
                _ => *job,
            })
            .collect();
        NaiveEngine.run(policy, &jobs, outputs, scratch)
    }
}

pub const VOCABULARY: usize = 7;
pub const TIMES: usize = 3;
pub const BATCH: usize = 3;

/// Two layers, small enough for finite differences.
pub fn tiny_model() -> LanguageModel<f64> {
    let config = ModelConfig {
        embedding: 4,
        hidden: 5,
        layers: 2,
        init: 0.6,
    };
    LanguageModel::new(config, VOCABULARY, 11).unwrap()
}

/// Tokens of a window: inputs and targets, T x B.
pub fn tiny_tokens() -> (Vec<u32>, Vec<u32>) {
    let tokens: Vec<u32> = (0..(TIMES + 1) * BATCH)
        .map(|i| ((i * i + 3 * i) % VOCABULARY) as u32)
        .collect();
    (tokens[..TIMES * BATCH].to_vec(), tokens[BATCH..].to_vec())
}

/// A state that is not zero.
pub fn tiny_state(model: &LanguageModel<f64>) -> State<f64> {
    let mut state = model.state(BATCH);
    for (i, x) in state.h.iter_mut().chain(&mut state.c).flatten().enumerate() {
        *x = ((i * 7 % 11) as f64 - 5.0) / 10.0;
    }
    state
}

/// Masks on every site of the tiny model at p = 0.4.
pub fn tiny_masks(model: &LanguageModel<f64>, case: Case, kind: MaskKind) -> WindowMasks<f64> {
    let config = DropoutConfig {
        kind,
        ..DropoutConfig::at(&Site::ALL, 0.4, case)
    };
    let mut masks = WindowMasks::off(model.config().layers);
    let widths = model.config().input_widths();
    masks.draw(
        &config,
        (5, 9),
        (TIMES, BATCH),
        &widths,
        model.config().hidden,
        &heddle_gemm::Team::default(),
    );
    masks
}

/// The objective (summed loss / B) of the tiny window, and the gradients if asked for.
pub fn tiny_objective(
    engine: &mut dyn Engine<f64>,
    policy: Policy,
    time_steps: TimeSteps,
    model: &mut LanguageModel<f64>,
    masks: &WindowMasks<f64>,
    gradients: bool,
) -> f64 {
    let (inputs, targets) = tiny_tokens();
    let window = Window {
        inputs: &inputs,
        targets: &targets,
    };
    let mut state = tiny_state(model);
    let mut work = model.workspace(TIMES, BATCH);
    let mut scratch = Scratch::default();
    let mut exec = Executor::new(engine, &mut scratch, policy, time_steps, BATCH).at_step(9);
    let loss = model
        .forward(&mut exec, masks, window, &mut state, &mut work)
        .unwrap();
    if gradients {
        for parameter in model.parameters_mut() {
            parameter.grad_mut().fill(0.0);
        }
        model.backward(&mut exec, masks, window, &mut work).unwrap();
    }
    loss / BATCH as f64
}

/// The largest relative error of an analytic gradient, and where it is. `objective` also
/// writes the gradients if asked for.
///
/// The differences are central, of fourth order: with steps of 1e-3 both the
/// truncation and the rounding error stay near 1e-12, which is what is forgiven
/// beside the relative error.
pub fn worst_error<M: Parameters<f64>>(
    mut model: M,
    mut objective: impl FnMut(&mut M, bool) -> f64,
) -> (f64, String) {
    const STEP: f64 = 1e-3;
    const ROUNDING: f64 = 1e-11;
    objective(&mut model, true);
    let analytic: Vec<(String, Vec<f64>)> = model
        .parameters()
        .iter()
        .map(|p| (p.name().to_owned(), p.grad().to_vec()))
        .collect();
    let mut worst = (0.0, String::from("nowhere"));
    for (index, (name, analytic)) in analytic.iter().enumerate() {
        for (i, &analytic) in analytic.iter().enumerate() {
            let mut at = |offset: f64| {
                let before = model.parameters()[index].data()[i];
                model.parameters_mut()[index].data_mut()[i] = before + offset * STEP;
                let value = objective(&mut model, false);
                model.parameters_mut()[index].data_mut()[i] = before;
                value
            };
            let numeric = (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / (12.0 * STEP);
            let size = analytic.abs().max(numeric.abs());
            let error = ((analytic - numeric).abs() - ROUNDING).max(0.0) / size.max(ROUNDING);
            if error > worst.0 {
                worst = (error, format!("{name}[{i}]: {analytic} against {numeric}"));
            }
        }
    }
    worst
}
