//! Student's t over paired differences.

use crate::StudyError;
use heddle_files::InputError;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Confidence of each one-sided bound.
pub const CONFIDENCE: f64 = 0.95;

/// What paired differences tell about their mean.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Paired {
    /// Pairs.
    pub n: usize,
    /// Degrees of freedom, n-1.
    pub df: usize,
    /// Mean difference.
    pub mean: f64,
    /// Standard deviation of the differences, with n-1.
    pub sd: f64,
    /// Standard error of the mean.
    pub standard_error: f64,
    /// One-sided lower bound of the mean at [`CONFIDENCE`].
    pub lower: f64,
    /// One-sided upper bound of the mean at [`CONFIDENCE`]. From `lower` to `upper` is
    /// the two-sided interval at 90 %.
    pub upper: f64,
}

impl Paired {
    /// The statistics of `differences`. Equal ones have an interval of width zero.
    ///
    /// # Errors
    /// [`StudyError::Input`] for fewer than two, or one that is not finite.
    pub fn of(differences: &[f64]) -> Result<Self, StudyError> {
        let n = differences.len();
        if n < 2 {
            return Err(StudyError::Input(InputError {
                name: "--seeds",
                value: n.to_string(),
                remedy: "a bound needs at least two pairs of runs".into(),
            }));
        }
        if let Some(value) = differences.iter().find(|value| !value.is_finite()) {
            return Err(StudyError::Input(InputError {
                name: "a paired difference",
                value: value.to_string(),
                remedy: "every run must end with a finite metric: lower the learning rate".into(),
            }));
        }
        let df = n - 1;
        let mean = mean(differences);
        let squares: f64 = differences.iter().map(|value| (value - mean).powi(2)).sum();
        let sd = (squares / df as f64).sqrt();
        let standard_error = sd / (n as f64).sqrt();
        let half = quantile(CONFIDENCE, df) * standard_error;
        Ok(Self {
            n,
            df,
            mean,
            sd,
            standard_error,
            lower: mean - half,
            upper: mean + half,
        })
    }

    /// The same of the negated differences.
    pub fn negated(&self) -> Self {
        Self {
            mean: -self.mean,
            lower: -self.upper,
            upper: -self.lower,
            ..self.clone()
        }
    }
}

/// The mean; not a number for none.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The `probability` quantile of Student's t.
fn quantile(probability: f64, df: usize) -> f64 {
    StudentsT::new(0.0, 1.0, df as f64)
        .expect("at least one degree of freedom")
        .inverse_cdf(probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() <= 1e-9 * expected.abs().max(1e-3),
            "{found} is not {expected}"
        );
    }

    /// `[scipy.stats.t.ppf(.95, df) for df in (1, 4, 7, 9, 29)]`, scipy 1.17.1.
    #[test]
    fn quantiles_are_scipys() {
        for (df, expected) in QUANTILES {
            close(quantile(0.95, df), expected);
        }
    }

    const QUANTILES: [(usize, f64); 5] = [
        (1, 6.313751514675037),
        (4, 2.1318467863266495),
        (7, 1.8945786050900062),
        (9, 1.833112932656237),
        (29, 1.6991270265334972),
    ];

    /// `r = scipy.stats.ttest_1samp(d, 0.0)`; `d.mean()`, `d.std(ddof=1)`,
    /// `scipy.stats.sem(d)`, `r.confidence_interval(.9)`, scipy 1.17.1.
    #[test]
    fn the_interval_is_scipys() {
        let d = [
            0.012, -0.004, 0.021, 0.008, 0.003, -0.011, 0.017, 0.006, 0.009, 0.014,
        ];
        let paired = Paired::of(&d).unwrap();
        assert_eq!((paired.n, paired.df), (10, 9));
        close(paired.mean, 0.0075);
        close(paired.sd, 0.009629237883769527);
        close(paired.standard_error, 0.0030450323844291413);
        close(paired.lower, 0.0019181117557458818);
        close(paired.upper, 0.01308188824425412);
    }

    /// `scipy.stats.ttest_rel(b, a).confidence_interval(.9)` for four F1 values each.
    #[test]
    fn pairs_are_scipys() {
        let (a, b) = ([61.2, 60.9, 62.4, 59.8], [61.0, 61.9, 62.1, 60.7]);
        let d: Vec<f64> = b.iter().zip(a).map(|(b, a)| b - a).collect();
        let paired = Paired::of(&d).unwrap();
        close(paired.lower, -0.4680547664826733);
        close(paired.upper, 1.1680547664826757);
        // unpaired, the spread of the seeds would be counted as well
        assert!(paired.sd < 1.0);
    }

    #[test]
    fn too_few_pairs_are_bad_input() {
        for differences in [&[][..], &[1.0]] {
            let error = Paired::of(differences).unwrap_err();
            assert!(error.is_bad_input());
            assert!(error.to_string().contains("at least two"), "{error}");
        }
        assert!(Paired::of(&[0.1, f64::NAN]).is_err());
        assert!(Paired::of(&[0.1, f64::INFINITY]).is_err());
    }

    #[test]
    fn equal_differences_have_no_width() {
        let paired = Paired::of(&[0.25; 4]).unwrap();
        assert_eq!((paired.lower, paired.upper, paired.df), (0.25, 0.25, 3));
    }
}
