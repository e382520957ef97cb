//! An engine with a stopwatch.

use heddle_gemm::{Engine, GemmError, Host, Job, MatMut, Phase, Policy, Scratch};
use heddle_lstm::Site;
use std::time::{Duration, Instant};

/// Time spent in the products of some training steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Products of the LSTM layers (sites nr and rh) by phase: fp, bp, wg.
    pub phases: [Duration; 3],
    /// Products of the softmax (site out), and any that is not an LSTM layer's.
    pub out: Duration,
}

impl Spent {
    /// All products.
    pub fn total(&self) -> Duration {
        self.phases.iter().sum::<Duration>() + self.out
    }
}

/// An engine that measures how long its products take, by the label of each batch's first
/// job (a batch is of one phase and site).
pub struct Timed<'e> {
    inner: &'e mut dyn Engine<f32>,
    spent: Spent,
}

impl<'e> Timed<'e> {
    /// The stopwatch at zero.
    pub fn new(inner: &'e mut dyn Engine<f32>) -> Self {
        Self {
            inner,
            spent: Spent::default(),
        }
    }

    /// What was spent so far.
    pub fn spent(&self) -> Spent {
        self.spent
    }
}

impl Engine<f32> for Timed<'_> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn host(&self) -> Host {
        self.inner.host()
    }

    fn run(
        &mut self,
        policy: Policy,
        jobs: &[Job<'_, f32>],
        outputs: &mut [MatMut<'_, f32>],
        scratch: &mut Scratch,
    ) -> Result<(), GemmError> {
        let start = Instant::now();
        self.inner.run(policy, jobs, outputs, scratch)?;
        let time = start.elapsed();
        let lstm = [Site::Nr.name(), Site::Rh.name()];
        match jobs.first().and_then(|job| job.label) {
            Some(label) if lstm.contains(&label.site) => {
                self.spent.phases[match label.phase {
                    Phase::Forward => 0,
                    Phase::Backward => 1,
                    Phase::WeightGradient => 2,
                }] += time;
            }
            _ => self.spent.out += time,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_gemm::{CpuEngine, Label, MatRef};

    #[test]
    fn time_goes_to_the_phase_and_site_of_the_label() {
        let data = vec![1.0; 64 * 64];
        let mut sums = data.clone();
        let mut cpu = CpuEngine::new();
        for (phase, site, place) in [
            (Phase::Forward, "nr", Some(0)),
            (Phase::Backward, "rh", Some(1)),
            (Phase::WeightGradient, "nr", Some(2)),
            (Phase::Forward, "out", None),
        ] {
            let label = Label {
                phase,
                layer: 0,
                time: 0,
                step: 0,
                site,
            };
            let view = MatRef::row_major(&data, 64, 64);
            let job = Job {
                label: Some(&label),
                ..Job::new(view, view, 0)
            };
            let mut timed = Timed::new(&mut cpu);
            let mut outputs = [MatMut::row_major(&mut sums, 64, 64)];
            let mut scratch = Scratch::default();
            timed
                .run(Policy::Dense, &[job], &mut outputs, &mut scratch)
                .unwrap();
            let Spent { phases, out } = timed.spent();
            for (index, time) in phases.into_iter().enumerate() {
                assert_eq!(time > Duration::ZERO, place == Some(index), "{label:?}");
            }
            assert_eq!(out > Duration::ZERO, place.is_none(), "{label:?}");
        }
    }
}
