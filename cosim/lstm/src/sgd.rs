//! Stochastic gradient descent with norm clipping and a decaying learning rate.

use crate::{LstmError, Parameter, Scalar};
use serde::{Deserialize, Serialize};

/// Sums of squares are taken over this many interleaved partial sums, so that they
/// vectorise and are the same on every machine.
const LANES: usize = 16;

/// The settings of the optimiser.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sgd {
    /// Learning rate of the first epochs.
    pub learning_rate: f64,
    /// What the learning rate is multiplied by after every later epoch.
    pub decay: f64,
    /// Epochs at the full learning rate.
    pub full_epochs: usize,
    /// Largest norm of all gradients together; larger ones are scaled down to it.
    pub clip: f64,
}

impl Default for Sgd {
    fn default() -> Self {
        Self {
            learning_rate: 1.0,
            decay: 0.5,
            full_epochs: 4,
            clip: 5.0,
        }
    }
}

impl Sgd {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names the setting out of range.
    pub fn check(&self) -> Result<(), LstmError> {
        for (what, value) in [
            ("the learning rate", self.learning_rate),
            ("the decay of the learning rate", self.decay),
            ("the clipping norm", self.clip),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(LstmError::config(what, value, "a positive number"));
            }
        }
        Ok(())
    }

    /// The learning rate of epoch `epoch`, from 0.
    pub fn rate(&self, epoch: usize) -> f64 {
        let decays = (epoch + 1).saturating_sub(self.full_epochs.max(1));
        self.learning_rate * self.decay.powi(decays as i32)
    }

    /// One update of `parameters` at `rate`: clips their gradients to a common norm,
    /// descends, and zeroes the gradients. Returns the norm before clipping.
    pub fn update<T: Scalar>(&self, rate: f64, parameters: &mut [&mut Parameter<T>]) -> f64 {
        let squares: f64 = parameters.iter().map(|p| sum_of_squares(p.grad())).sum();
        let norm = squares.sqrt();
        let scale = if norm > self.clip {
            self.clip / norm
        } else {
            1.0
        };
        let factor = T::of(rate * scale);
        for parameter in parameters {
            let (data, grad) = parameter.update();
            for (value, grad) in data.iter_mut().zip(grad) {
                *value = *value - factor * *grad;
                *grad = T::zero();
            }
        }
        norm
    }
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

    fn parameter(values: &[f64], grads: &[f64]) -> Parameter<f64> {
        let mut parameter = Parameter::zeros("p", 1, values.len());
        parameter.data_mut().copy_from_slice(values);
        parameter.grad_mut().copy_from_slice(grads);
        parameter
    }

    #[test]
    fn the_norm_is_taken_over_all_parameters_together() {
        let sgd = Sgd {
            clip: 1.0,
            ..Sgd::default()
        };
        let (mut a, mut b) = (parameter(&[1.0], &[3.0]), parameter(&[2.0], &[4.0]));
        let version = a.key().version();
        let norm = sgd.update(0.5, &mut [&mut a, &mut b]);
        assert_eq!(norm, 5.0);
        assert!((a.data()[0] - (1.0 - 0.5 * 3.0 / 5.0)).abs() < 1e-15);
        assert!((b.data()[0] - (2.0 - 0.5 * 4.0 / 5.0)).abs() < 1e-15);
        assert_eq!(a.grad(), [0.0]);
        assert_ne!(a.key().version(), version);
    }

    #[test]
    fn small_gradients_are_not_clipped() {
        let mut a = parameter(&[1.0, 1.0], &[0.3, 0.4]);
        let norm = Sgd::default().update(1.0, &mut [&mut a]);
        assert_eq!(norm, 0.5);
        assert_eq!(a.data(), [0.7, 0.6]);
    }

    #[test]
    fn the_rate_decays_after_the_full_epochs() {
        let sgd = Sgd {
            learning_rate: 2.0,
            decay: 0.5,
            full_epochs: 2,
            clip: 5.0,
        };
        let rates: Vec<_> = (0..4).map(|epoch| sgd.rate(epoch)).collect();
        assert_eq!(rates, [2.0, 2.0, 1.0, 0.5]);
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let sgd = Sgd {
            clip: 0.0,
            ..Sgd::default()
        };
        let message = sgd.check().unwrap_err().to_string();
        assert_eq!(
            message,
            "the clipping norm is 0, but must be a positive number"
        );
        assert!(Sgd {
            learning_rate: f64::NAN,
            ..Sgd::default()
        }
        .check()
        .is_err());
    }
}
