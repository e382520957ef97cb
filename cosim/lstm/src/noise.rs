//! How much of a gradient is noise of the masks.

use crate::task::{Run, Step};
use crate::{LstmError, Parameter, Scalar, Site, Trainer};
use heddle_gemm::{Engine, Policy};
use serde::{Deserialize, Serialize};

/// The variance of the gradient over draws of the masks of one site, at fixed weights and on
/// one batch that is the same after every epoch, over the squared norm of the mean gradient.
///
/// The mean of K draws has a Kth of the variance itself: where there is little else, the ratio
/// is about K, and says no more than that the gradient is lost in the noise of so few draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MaskNoise {
    /// Draws of the masks of each site.
    pub draws: usize,
    /// At nr; none where nothing is dropped, or where a gradient was not finite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nr: Option<f64>,
    /// At rh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rh: Option<f64>,
    /// At out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out: Option<f64>,
}

impl MaskNoise {
    /// The ratio at a site.
    pub fn at(&self, site: Site) -> Option<f64> {
        match site {
            Site::Nr => self.nr,
            Site::Rh => self.rh,
            Site::Out => self.out,
        }
    }
}

/// Gradients added up, and their squared norms.
struct Sums {
    gradients: Vec<Vec<f64>>,
    squares: f64,
    count: usize,
}

impl Sums {
    /// None yet, of parameters of these lengths.
    fn new<'a, T: Scalar>(parameters: impl Iterator<Item = &'a Parameter<T>>) -> Self {
        Self {
            gradients: parameters.map(|p| vec![0.0; p.data().len()]).collect(),
            squares: 0.0,
            count: 0,
        }
    }

    fn add<'a, T: Scalar>(&mut self, parameters: impl Iterator<Item = &'a Parameter<T>>) {
        for (sums, parameter) in self.gradients.iter_mut().zip(parameters) {
            for (sum, value) in sums.iter_mut().zip(parameter.grad()) {
                let value = value.f64();
                *sum += value;
                self.squares += value * value;
            }
        }
        self.count += 1;
    }

    /// The variance over the squared norm of the mean; none if that is not finite.
    fn ratio(&self) -> Option<f64> {
        let count = self.count as f64;
        let sums = self.gradients.iter().flatten();
        let of_sum = sums.map(|sum| sum * sum).sum::<f64>();
        let variance = (self.squares - of_sum / count).max(0.0) / (count - 1.0);
        Some(variance / (of_sum / (count * count))).filter(|ratio| ratio.is_finite())
    }
}

/// Number of the step that the batch is read in and all masks but the redrawn are drawn for;
/// those have the numbers below it. Training ends before.
const STEP: u64 = u64::MAX;

impl<T: Scalar> Trainer<T> {
    /// Has [`Trainer::mask_noise`] of `draws` draws, 2 or more, told with every epoch; 0 for
    /// none. It changes nothing in training.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names what is wrong.
    pub fn tell_mask_noise(&mut self, draws: usize) -> Result<(), LstmError> {
        if draws == 1 {
            let what = "the number of draws of masks";
            return Err(LstmError::config(
                what,
                draws,
                "2 or more: one has no variance",
            ));
        }
        if draws > 0 && self.config.dropout.share_sites {
            let what = "the noise of masks by site";
            let expected = "asked for where sites have masks of their own, not shared ones";
            return Err(LstmError::config(what, "asked for", expected));
        }
        self.noise_draws = draws;
        Ok(())
    }

    /// The noise of the masks as the parameters are now: gradients of the first batch of the
    /// first epoch, `draws` for each site with dropout, of which only the masks of that site
    /// differ.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails. The trainer is as before in any case.
    pub fn mask_noise(
        &mut self,
        engine: &mut dyn Engine<T>,
        policy: Policy,
        draws: usize,
    ) -> Result<MaskNoise, LstmError> {
        let carried = self.task.carried().into_iter();
        let before: Vec<Vec<T>> = carried.map(|(_, values)| values.to_vec()).collect();
        let mut by_site = [None; Site::ALL.len()];
        let mut done = Ok(());
        for (ratio, site) in by_site.iter_mut().zip(Site::ALL) {
            if done.is_ok() && self.config.dropout.rate(site) > 0.0 {
                let mut sums = Sums::new(self.task.parameters().into_iter());
                let draws = draws as u64;
                done = (1..=draws).try_for_each(|draw| {
                    self.redrawn(engine, policy, (site, STEP - draw), &mut sums)
                });
                *ratio = sums.ratio();
            }
        }
        for ((_, values), before) in self.task.carried().into_iter().zip(&before) {
            values.copy_from_slice(before);
        }
        let [nr, rh, out] = by_site;
        done.map(|()| MaskNoise { draws, nr, rh, out })
    }

    /// Adds the gradient of one draw, and forgets it.
    fn redrawn(
        &mut self,
        engine: &mut dyn Engine<T>,
        policy: Policy,
        redraw: (Site, u64),
        sums: &mut Sums,
    ) -> Result<(), LstmError> {
        let step = Step {
            number: STEP,
            epoch: 0,
            index: 0,
            redraw: Some(redraw),
        };
        let mut run = Run {
            engine,
            scratch: &mut self.scratch,
            policy,
            time_steps: self.config.time_steps,
        };
        let (dropout, seed) = (self.config.dropout, self.config.seed);
        let done = self.task.gradients(&mut run, step, &dropout, seed);
        if done.is_ok() {
            sums.add(self.task.parameters().into_iter());
        }
        self.task.visit_mut(&mut Parameter::clear_grad);
        done.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gradients 1 and 3 of one parameter, 0 and 4 of another: means 2 and 2, variances 2
    /// and 8.
    #[test]
    fn the_variance_is_over_the_squared_mean() {
        let mut parameters = ["a", "b"].map(|name| Parameter::<f64>::zeros(name, 1, 1));
        let mut sums = Sums::new(parameters.iter());
        for gradients in [[1.0, 0.0], [3.0, 4.0]] {
            for (parameter, gradient) in parameters.iter_mut().zip(gradients) {
                parameter.grad_mut()[0] = gradient;
            }
            sums.add(parameters.iter());
        }
        assert_eq!(sums.ratio(), Some(10.0 / 8.0));
        let mut equal = Sums::new(parameters.iter());
        equal.add(parameters.iter());
        equal.add(parameters.iter());
        assert_eq!(equal.ratio(), Some(0.0));
        parameters[0].grad_mut()[0] = f64::NAN;
        sums.add(parameters.iter());
        assert_eq!(sums.ratio(), None);
    }
}
