//! The optimiser against values worked out by hand.

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
fn the_rate_rises_over_the_warm_up() {
    let sgd = Optimiser {
        learning_rate: 2.0,
        full_epochs: 1,
        warmup: 4,
        ..Optimiser::default()
    };
    let rates: Vec<_> = (0..6).map(|step| sgd.rate_at(0, step)).collect();
    assert_eq!(rates, [0.5, 1.0, 1.5, 2.0, 2.0, 2.0]);
    assert_eq!(
        sgd.rate_at(1, 1),
        0.5,
        "the epoch's rate of 1 is what is warmed up to"
    );
    let none = Optimiser { warmup: 0, ..sgd };
    assert_eq!(none.rate_at(0, 0), 2.0);
    assert!(!serde_json::to_string(&none).unwrap().contains("warmup"));
    assert!(serde_json::to_string(&sgd).unwrap().contains("warmup"));
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
