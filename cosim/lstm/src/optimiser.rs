//! SGD and Adam with norm clipping and a decaying learning rate.

use crate::error::positive;
use crate::parameter::Update;
use crate::{LstmError, Parameter, Parameters, Scalar};
use heddle_format::named;
use heddle_gemm::Team;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

/// Sums of squares are taken over this many interleaved partial sums, so that they
/// vectorise and are the same on every machine.
const LANES: usize = 16;

/// Values of a parameter that one thread updates at a time.
const PIECE: usize = 1 << 14;

/// How a gradient becomes an update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Stochastic gradient descent.
    #[default]
    Sgd,
    /// Adam (Kingma and Ba 2015).
    Adam,
}

named!(Method, "optimiser", Sgd = "sgd", Adam = "adam");

/// The settings of the optimiser.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Optimiser {
    /// How a gradient becomes an update.
    pub method: Method,
    /// Learning rate of the first epochs.
    pub learning_rate: f64,
    /// What the learning rate is multiplied by after every later epoch.
    pub decay: f64,
    /// Epochs at the full learning rate.
    pub full_epochs: usize,
    /// First steps of the run, over which the learning rate rises to its full value in a
    /// straight line; 0 for none.
    #[serde(skip_serializing_if = "is_zero")]
    pub warmup: u64,
    /// Largest norm of all gradients together; larger ones are scaled down to it.
    pub clip: f64,
}

impl Default for Optimiser {
    fn default() -> Self {
        Self {
            method: Method::Sgd,
            learning_rate: 1.0,
            decay: 0.5,
            full_epochs: 4,
            warmup: 0,
            clip: 5.0,
        }
    }
}

/// A run without warm-up is written as it was before there was one.
fn is_zero(steps: &u64) -> bool {
    *steps == 0
}

impl Optimiser {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names the setting out of range.
    pub fn check(&self) -> Result<(), LstmError> {
        positive(&[
            ("the learning rate", self.learning_rate),
            ("the decay of the learning rate", self.decay),
            ("the clipping norm", self.clip),
        ])
    }

    /// The learning rate of step `step` of the run, in epoch `epoch`, both from 0: the
    /// epoch's, and in the warm-up as much of it as the steps done are of the warm-up.
    pub fn rate_at(&self, epoch: usize, step: u64) -> f64 {
        let rate = self.rate(epoch);
        match step.saturating_add(1) {
            done if done < self.warmup => rate * (done as f64 / self.warmup as f64),
            _ => rate,
        }
    }

    /// The learning rate of epoch `epoch`, from 0, once warmed up.
    pub fn rate(&self, epoch: usize) -> f64 {
        let decays = (epoch + 1).saturating_sub(self.full_epochs.max(1));
        self.learning_rate * self.decay.powi(decays as i32)
    }

    /// One update of `parameters` at `rate`: clips their gradients to a common norm,
    /// descends, and zeroes the gradients. Returns the norm before clipping. What is frozen has
    /// no part in it.
    ///
    /// # Errors
    /// What is not finite: the norm, and then nothing is updated; or a value that was
    /// updated, and then it and others have been.
    pub fn update<T: Scalar>(
        &self,
        rate: f64,
        moments: &mut Moments<T>,
        parameters: &mut dyn Parameters<T>,
        team: &Team,
    ) -> Result<f64, NotFinite> {
        let mut squares = 0.0;
        parameters.visit(&mut |parameter| {
            if !parameter.is_frozen() {
                squares += squares_of(team, parameter);
            }
        });
        let norm = squares.sqrt();
        if !norm.is_finite() {
            return Err(NotFinite::Norm(norm));
        }
        let scale = if norm > self.clip {
            self.clip / norm
        } else {
            1.0
        };
        moments.steps += 1;
        let (mut index, mut bad) = (0, None);
        parameters.visit_mut(&mut |parameter| {
            if parameter.is_frozen() {
                // The moments of those behind it keep their places.
                if self.method == Method::Adam {
                    moments.of(index, parameter.data().len());
                }
                parameter.clear_grad();
                index += 1;
                return;
            }
            let update = parameter.update();
            let finite = match self.method {
                Method::Sgd => descend(team, T::of(rate * scale), update),
                Method::Adam => {
                    // The moments of a row change whether or not it was touched.
                    let factors = AdamFactors::new(rate, scale, moments.steps);
                    let (first, second) = moments.of(index, update.data.len());
                    factors.descend(team, update, (first, second))
                }
            };
            parameter.forget_touched();
            if !finite && bad.is_none() {
                bad = Some(NotFinite::Value(parameter.name().to_owned()));
            }
            index += 1;
        });
        bad.map_or(Ok(norm), Err)
    }
}

/// What an update found not to be finite.
#[derive(Clone, Debug, PartialEq)]
pub enum NotFinite {
    /// The norm of the gradients.
    Norm(f64),
    /// A value of the parameter of this name, or what Adam remembers of it.
    Value(String),
}

/// `value -= factor * grad; grad = 0`. Whether all values are finite.
fn descend<T: Scalar>(team: &Team, factor: T, update: Update<'_, T>) -> bool {
    let all_finite = AtomicBool::new(true);
    let descend = |(values, grads): (&mut [T], &mut [T])| {
        let mut finite = true;
        for (value, grad) in values.iter_mut().zip(&*grads) {
            *value = *value - factor * *grad;
            finite &= value.is_finite();
        }
        grads.fill(T::zero());
        all_finite.fetch_and(finite, Ordering::Relaxed);
    };
    let Update {
        data, grad, cols, ..
    } = update;
    match update.touched {
        Some(rows) => rows.iter().for_each(|&row| {
            let row = row as usize * cols..(row as usize + 1) * cols;
            descend((&mut data[row.clone()], &mut grad[row]));
        }),
        None => team.for_each(data.chunks_mut(PIECE).zip(grad.chunks_mut(PIECE)), descend),
    }
    all_finite.into_inner()
}

/// What Adam remembers: running means of every gradient and of its square. SGD leaves it
/// empty but for the number of updates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments<T> {
    /// Updates done.
    pub steps: u64,
    /// First moments, one vector per parameter.
    pub first: Vec<Vec<T>>,
    /// Second moments, one vector per parameter.
    pub second: Vec<Vec<T>>,
}

impl<T: Scalar> Moments<T> {
    /// Those of parameter number `index` of `len` values, zero at first.
    fn of(&mut self, index: usize, len: usize) -> (&mut [T], &mut [T]) {
        while self.first.len() <= index {
            self.first.push(vec![T::zero(); len]);
            self.second.push(vec![T::zero(); len]);
        }
        (&mut self.first[index], &mut self.second[index])
    }
}

/// One update of Adam (Kingma and Ba 2015, algorithm 1, in the order of its last
/// remark): beta 0.9 and 0.999, epsilon 1e-8.
struct AdamFactors<T> {
    scale: T,
    rate: T,
    epsilon: T,
}

impl<T: Scalar> AdamFactors<T> {
    const FIRST: f64 = 0.9;
    const SECOND: f64 = 0.999;
    const EPSILON: f64 = 1e-8;

    fn new(rate: f64, scale: f64, steps: u64) -> Self {
        let steps = steps.min(i32::MAX as u64) as i32;
        let root = (1.0 - Self::SECOND.powi(steps)).sqrt();
        Self {
            scale: T::of(scale),
            rate: T::of(rate * root / (1.0 - Self::FIRST.powi(steps))),
            epsilon: T::of(Self::EPSILON * root),
        }
    }

    /// Whether all values and moments are finite.
    fn descend(&self, team: &Team, update: Update<'_, T>, moments: (&mut [T], &mut [T])) -> bool {
        let all_finite = AtomicBool::new(true);
        let pieces = (update
            .data
            .chunks_mut(PIECE)
            .zip(update.grad.chunks_mut(PIECE)))
        .zip(moments.0.chunks_mut(PIECE).zip(moments.1.chunks_mut(PIECE)));
        let (keep_first, keep_second) = (T::of(Self::FIRST), T::of(Self::SECOND));
        let (new_first, new_second) = (T::of(1.0 - Self::FIRST), T::of(1.0 - Self::SECOND));
        team.for_each(pieces, |((values, grads), (first, second))| {
            let moments = first.iter_mut().zip(second);
            let mut finite = true;
            for ((value, grad), (m, v)) in values.iter_mut().zip(&*grads).zip(moments) {
                let grad = *grad * self.scale;
                *m = keep_first * *m + new_first * grad;
                *v = keep_second * *v + new_second * grad * grad;
                *value = *value - self.rate * *m / (v.sqrt() + self.epsilon);
                finite &= value.is_finite() & v.is_finite();
            }
            grads.fill(T::zero());
            all_finite.fetch_and(finite, Ordering::Relaxed);
        });
        all_finite.into_inner()
    }
}

/// The sum of the squares of a gradient.
fn squares_of<T: Scalar>(team: &Team, parameter: &Parameter<T>) -> f64 {
    let grad = parameter.grad();
    if let Some(rows) = parameter.touched() {
        let (_, cols) = parameter.shape();
        let row = |&row: &u32| sum_of_squares(&grad[row as usize * cols..][..cols]);
        return rows.iter().map(row).sum();
    }
    // As many partial sums whatever the number of threads.
    let mut sums = [0.0; 64];
    let piece = grad.len().div_ceil(sums.len()).max(PIECE);
    team.for_each(grad.chunks(piece).zip(&mut sums), |(grad, sum)| {
        *sum = sum_of_squares(grad);
    });
    sums.into_iter().sum()
}

/// The sum of squares in [`LANES`] partial sums of `f64`.
fn sum_of_squares<T: Scalar>(values: &[T]) -> f64 {
    let mut lanes = [0.0; LANES];
    for chunk in values.chunks(LANES) {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += value.f64() * value.f64();
        }
    }
    lanes.into_iter().sum()
}

#[cfg(test)]
mod tests;
