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
            clip: 5.0,
        }
    }
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

    /// The learning rate of epoch `epoch`, from 0.
    pub fn rate(&self, epoch: usize) -> f64 {
        let decays = (epoch + 1).saturating_sub(self.full_epochs.max(1));
        self.learning_rate * self.decay.powi(decays as i32)
    }

    /// One update of `parameters` at `rate`: clips their gradients to a common norm,
    /// descends, and zeroes the gradients. Returns the norm before clipping.
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
        parameters.visit(&mut |parameter| squares += squares_of(team, parameter));
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
mod tests {
    use super::*;
    use crate::Parameter;

    struct Pair(Vec<Parameter<f64>>);

    impl Parameters<f64> for Pair {
        fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a Parameter<f64>)) {
            self.0.iter().for_each(f);
        }

        fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Parameter<f64>)) {
            self.0.iter_mut().for_each(f);
        }
    }

    fn parameter(values: &[f64], grads: &[f64]) -> Parameter<f64> {
        let mut parameter = Parameter::zeros("p", 1, values.len());
        parameter.data_mut().copy_from_slice(values);
        parameter.grad_mut().copy_from_slice(grads);
        parameter
    }

    #[test]
    fn the_norm_is_taken_over_all_parameters_together() {
        let sgd = Optimiser {
            clip: 1.0,
            ..Optimiser::default()
        };
        let mut pair = Pair(vec![parameter(&[1.0], &[3.0]), parameter(&[2.0], &[4.0])]);
        let version = pair.0[0].key().version();
        let norm = sgd.update(0.5, &mut Moments::default(), &mut pair, &Team::default());
        assert_eq!(norm, Ok(5.0));
        assert!((pair.0[0].data()[0] - (1.0 - 0.5 * 3.0 / 5.0)).abs() < 1e-15);
        assert!((pair.0[1].data()[0] - (2.0 - 0.5 * 4.0 / 5.0)).abs() < 1e-15);
        assert_eq!(pair.0[0].grad(), [0.0]);
        assert_ne!(pair.0[0].key().version(), version);
    }

    #[test]
    fn small_gradients_are_not_clipped() {
        let mut one = Pair(vec![parameter(&[1.0, 1.0], &[0.3, 0.4])]);
        let norm =
            Optimiser::default().update(1.0, &mut Moments::default(), &mut one, &Team::default());
        assert_eq!(norm, Ok(0.5));
        assert_eq!(one.0[0].data(), [0.7, 0.6]);
    }

    #[test]
    fn what_is_not_finite_is_told() {
        let update = |method, values: &[f64], grads: &[f64], rate| {
            let optimiser = Optimiser {
                method,
                ..Optimiser::default()
            };
            let mut one = Pair(vec![parameter(values, grads)]);
            let found = optimiser.update(rate, &mut Moments::default(), &mut one, &Team::default());
            (found, one.0[0].data().to_vec())
        };
        for method in [Method::Sgd, Method::Adam] {
            for grad in [f64::NAN, f64::INFINITY] {
                let (found, values) = update(method, &[1.0, 1.0], &[0.5, grad], 1.0);
                assert!(matches!(found, Err(NotFinite::Norm(_))), "{found:?}");
                assert_eq!(values, [1.0, 1.0], "nothing is updated");
            }
            let (found, _) = update(method, &[-f64::MAX, 1.0], &[1.0, 0.0], f64::MAX);
            assert_eq!(found, Err(NotFinite::Value("p".into())));
        }
    }

    /// The unscaled form of algorithm 1, written as the paper has it.
    #[test]
    fn adam_is_the_papers() {
        let adam = Optimiser {
            method: Method::Adam,
            clip: 1e9,
            ..Optimiser::default()
        };
        let mut one = Pair(vec![parameter(&[0.5], &[0.0])]);
        let mut moments = Moments::default();
        let (mut theta, mut m, mut v) = (0.5, 0.0, 0.0);
        for t in 1..=5 {
            let g = 0.3 * t as f64 - 0.8;
            one.0[0].grad_mut()[0] = g;
            adam.update(0.01, &mut moments, &mut one, &Team::default())
                .unwrap();
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            let (m_hat, v_hat) = (m / (1.0 - 0.9f64.powi(t)), v / (1.0 - 0.999f64.powi(t)));
            theta -= 0.01 * m_hat / (v_hat.sqrt() + 1e-8);
            assert!((one.0[0].data()[0] - theta).abs() < 1e-14, "step {t}");
        }
        assert_eq!(moments.steps, 5);
    }

    #[test]
    fn the_rate_decays_after_the_full_epochs() {
        let sgd = Optimiser {
            learning_rate: 2.0,
            decay: 0.5,
            full_epochs: 2,
            ..Optimiser::default()
        };
        let rates: Vec<_> = (0..4).map(|epoch| sgd.rate(epoch)).collect();
        assert_eq!(rates, [2.0, 2.0, 1.0, 0.5]);
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let sgd = Optimiser {
            clip: 0.0,
            ..Optimiser::default()
        };
        let message = sgd.check().unwrap_err().to_string();
        assert_eq!(
            message,
            "the clipping norm is 0, but must be a positive number"
        );
        assert!(Optimiser {
            learning_rate: f64::NAN,
            ..Optimiser::default()
        }
        .check()
        .is_err());
    }
}
