//! How large the gradients of an epoch were, and how often they were clipped.

use crate::EpochReport;
use serde::{Deserialize, Serialize};

/// The share of clipped steps above which an epoch is unusual.
///
/// Clipping is for the rare step that is far too large. Where nearly every step is clipped,
/// the direction is all that is left of a gradient, and the rate that was asked for is not
/// the rate at which the model learns: the noise of a mask shared by the batch then costs
/// metric. Provisional: it lies between the 30 % and the 96 % of an epoch's steps that one
/// translator clipped with masks for each sample and with shared masks.
pub const UNUSUAL_CLIPPED: f64 = 0.8;

/// The gradients' norms of an epoch's steps, before clipping.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GradientNorms {
    /// The median.
    pub median: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The share of steps whose norm was larger than the clipping norm, 0 to 1.
    pub clipped: f64,
}

impl GradientNorms {
    /// Those of `norms`, clipped at `clip`; none of no steps.
    pub fn of(norms: &[f64], clip: f64) -> Option<Self> {
        let mut sorted = norms.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let clipped = norms.iter().filter(|&&norm| norm > clip).count();
        Some(Self {
            median: quantile(&sorted, 0.5)?,
            p95: quantile(&sorted, 0.95)?,
            clipped: clipped as f64 / norms.len() as f64,
        })
    }
}

/// The quantile `q` of sorted values, between two of them in proportion.
fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let at = q * (sorted.len().checked_sub(1)?) as f64;
    let (low, part) = (at.floor() as usize, at.fract());
    let high = (low + 1).min(sorted.len() - 1);
    Some(sorted[low] + part * (sorted[high] - sorted[low]))
}

/// What to say of the first epoch, from 0, in which more than [`UNUSUAL_CLIPPED`] of the
/// steps were clipped.
pub fn clipping_warning(epochs: &[EpochReport], clip: f64) -> Option<String> {
    let unusual = |epoch: &&EpochReport| {
        let norms = epoch.norms.as_ref();
        norms.is_some_and(|norms| norms.clipped > UNUSUAL_CLIPPED)
    };
    let epoch = epochs.iter().find(unusual)?;
    let norms = epoch.norms?;
    Some(format!(
        "{:.0} % of the steps of epoch {} were clipped to a norm of {clip} (median before \
         clipping {:.2}), more than the {:.0} % of usual runs: a lower --learning-rate, \
         --warmup or a larger --clip may train better",
        100.0 * norms.clipped,
        epoch.epoch + 1,
        norms.median,
        100.0 * UNUSUAL_CLIPPED,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Score;

    #[test]
    fn quantiles_lie_between_the_sorted_values() {
        // sorted 1 2 3 4 9: the median is the third, 95 % lies at place 3.8
        let norms = GradientNorms::of(&[4.0, 1.0, 9.0, 3.0, 2.0], 3.0).unwrap();
        assert_eq!(norms.median, 3.0);
        assert!((norms.p95 - 8.0).abs() < 1e-12, "{}", norms.p95);
        // a norm of exactly the clipping norm is not scaled: 4 and 9 are
        assert_eq!(norms.clipped, 0.4);
        let even = GradientNorms::of(&[2.0, 1.0], 5.0).unwrap();
        assert_eq!((even.median, even.clipped), (1.5, 0.0));
        assert_eq!(GradientNorms::of(&[7.0], 5.0).unwrap().p95, 7.0);
        assert_eq!(GradientNorms::of(&[], 5.0), None);
    }

    fn epoch(epoch: usize, clipped: Option<f64>) -> EpochReport {
        EpochReport {
            epoch,
            learning_rate: 1.0,
            train_loss: 1.0,
            valid: Score {
                loss: 1.0,
                f1: None,
                bleu: None,
                bleu_detokenised: None,
            },
            tokens_per_s: 1.0,
            seconds: 1.0,
            norms: clipped.map(|clipped| GradientNorms {
                median: 7.25,
                p95: 9.0,
                clipped,
            }),
            mask_noise: None,
        }
    }

    #[test]
    fn only_an_unusual_share_is_warned_of() {
        let usual = [
            epoch(0, None),
            epoch(1, Some(UNUSUAL_CLIPPED)),
            epoch(2, Some(0.0)),
        ];
        assert_eq!(clipping_warning(&usual, 5.0), None);
        let unusual = [epoch(0, Some(0.3)), epoch(1, Some(0.96))];
        let warning = clipping_warning(&unusual, 5.0).unwrap();
        let begin = "96 % of the steps of epoch 2 were clipped to a norm of 5 (median before \
                     clipping 7.25)";
        assert!(warning.starts_with(begin), "{warning}");
    }
}
