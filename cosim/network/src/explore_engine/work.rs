//! What is counted at each point of a sweep over engines.

use super::Combination;
use crate::network::{Masking, Network};
use crate::tile_engine::{count_asked, count_phases};
use crate::NetworkError;
use heddle_engine::model::EngineCount;
use heddle_engine::products::Asked;
use heddle_engine::Sizes;
use heddle_files::InputError;
use heddle_gemm::{Phase, Policy, Shape};
use heddle_lstm::{DropoutConfig, Site};

/// What is counted at each point.
#[derive(Clone, Debug)]
pub enum Work {
    /// The products of one layer's input.
    Layer {
        /// Its units, of which dropout drops.
        units: usize,
        /// Columns of its weights.
        width: usize,
        /// Time steps of the chain of WG.
        times: usize,
    },
    /// The network's own products of a training step.
    Step {
        /// The network, with a batch of its own at each point.
        network: Box<Network>,
        /// Where there is dropout.
        sites: Vec<Site>,
    },
}

/// Seed of masks and operands: that of `heddle cycles` where none is given.
const SEED: u64 = 1;

impl Work {
    /// The products of the input of the first layer of `network`.
    ///
    /// # Errors
    /// [`InputError`] if it has no layer, or masks for groups of the batch.
    pub fn first_layer(network: &Network) -> Result<Self, InputError> {
        let remedy = match network.layers.first() {
            Some(layer) if network.groups == 1 => {
                return Ok(Self::Layer {
                    units: layer.input,
                    width: layer.width(),
                    times: layer.times,
                })
            }
            Some(_) => "its batch has a mask for each group: add --whole-step",
            None => "it names products and has no layer: add --whole-step",
        };
        Err(InputError::new("--network", &network.name, remedy))
    }

    /// The product of a phase at a combination, if it is one.
    pub fn asked(&self, phase: Phase, at: &Combination) -> Option<Asked> {
        let Self::Layer {
            units,
            width,
            times,
        } = *self
        else {
            return None;
        };
        let keep = DropoutConfig::exact_count(at.p, units);
        Some(Asked {
            phase,
            shape: match phase {
                Phase::Forward => Shape::new(at.batch, units, width),
                Phase::Backward => Shape::new(at.batch, width, units),
                Phase::WeightGradient => Shape::new(units, at.batch, width),
            },
            keep: (at.p > 0.0).then_some(keep),
            times: match phase {
                Phase::Forward | Phase::Backward => 1,
                Phase::WeightGradient => times,
            },
            seed: SEED,
        })
    }

    /// Cycles that dense and packed take at least in `phases`: those in which every PE is busy.
    pub fn least_cycles(&self, phases: &[Phase], at: &Combination) -> f64 {
        let dense = match self {
            Self::Layer { .. } => {
                let asked = phases.iter().filter_map(|&phase| self.asked(phase, at));
                let macs = |of: Asked| {
                    [of.shape.m, of.shape.k, of.shape.n, of.times]
                        .map(|x| x as f64)
                        .iter()
                        .product::<f64>()
                };
                asked.map(macs).sum::<f64>()
            }
            Self::Step { network, .. } => {
                let places = network.places();
                let own = places.iter().filter(|place| place.place.is_own());
                let macs = own.map(|place| place.shape.macs() as f64 * place.products as f64);
                macs.sum::<f64>() * at.batch as f64 / network.batch as f64
            }
        };
        dense * (2.0 - at.p) / (at.config.rows * at.config.cols) as f64
    }

    /// Counts the products of `phases` at a combination under one policy. A whole step counts every phase, and leaves
    /// out what is not asked for.
    ///
    /// # Errors
    /// [`NetworkError::Engine`] if the engine cannot do one of them.
    pub fn count(
        &self,
        phases: &[Phase],
        at: &Combination,
        policy: Policy,
    ) -> Result<Vec<(Phase, EngineCount)>, NetworkError> {
        let sizes = Sizes::new(&at.config);
        let Self::Step { network, sites } = self else {
            let asked = phases.iter().filter_map(|&phase| self.asked(phase, at));
            let count = |of: Asked| {
                let count = count_asked(&sizes, at.latency, policy, &of)?;
                Ok::<_, NetworkError>((of.phase, count))
            };
            return asked.map(count).collect();
        };
        let network = network.with_batch(at.batch)?;
        let masking = Masking {
            p: Some(at.p),
            ..network.masking_at(sites)
        };
        let counts = count_phases(&sizes, at.latency, &network, &masking, (SEED, policy))?;
        let all = Phase::ALL.into_iter().zip(counts);
        Ok(all.filter(|(phase, _)| phases.contains(phase)).collect())
    }
}

/// What the products of a phase take at a combination.
#[derive(Clone, Debug, PartialEq)]
pub struct EnginePoint {
    /// Where.
    pub at: Combination,
    /// Of which phase.
    pub phase: Phase,
    /// Dense.
    pub dense: EngineCount,
    /// Packed.
    pub packed: EngineCount,
}

impl EnginePoint {
    /// The policies that are counted.
    pub const POLICIES: [Policy; 2] = [Policy::Dense, Policy::Packed];

    /// The engine's sizes.
    pub fn sizes(&self) -> Sizes {
        Sizes::new(&self.at.config)
    }

    /// What each policy takes.
    pub fn counts(&self) -> [(Policy, &EngineCount); 2] {
        let [dense, packed] = Self::POLICIES;
        [(dense, &self.dense), (packed, &self.packed)]
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{base, sweep};
    use super::*;
    use crate::file::NetworkFile;
    use crate::tile_engine::count_on_engine;

    const LAYER: Work = Work::Layer {
        units: 40,
        width: 48,
        times: 3,
    };

    #[test]
    fn a_layer_is_counted_as_its_products_are() {
        let at = sweep().combinations(&base()).unwrap()[0];
        let counts = LAYER.count(&Phase::ALL, &at, Policy::Packed).unwrap();
        assert_eq!(counts.len(), 3);
        let mut least = 0.0;
        for (phase, count) in counts {
            let of = LAYER.asked(phase, &at).unwrap();
            assert_eq!(of.keep, Some(20));
            let times = if phase == Phase::WeightGradient { 3 } else { 1 };
            assert_eq!((of.times, of.shape.macs()), (times, 4 * 40 * 48));
            let sizes = Sizes::new(&at.config);
            assert_eq!(count.sent, (times * 4 * 20 * 48) as u64);
            least += 3.0 * count.array_limit(&sizes);
            assert!(count.of_limit(&sizes) < 1.0);
        }
        assert_eq!(LAYER.least_cycles(&Phase::ALL, &at), least);
    }

    #[test]
    fn a_step_is_that_of_the_network_with_another_batch() {
        let at = sweep().combinations(&base()).unwrap()[0];
        let text = "
            batch = 6
            window = 3
            p = 0.3
            softmax = { vocabulary = 50 }
            layer = [{ input = 30, hidden = 20 }]";
        let network = NetworkFile::parse("tiny", text).unwrap();
        let network = network.check("tiny").unwrap();
        let sites = vec![Site::Nr, Site::Rh];
        let own = network.with_batch(4).unwrap();
        let masking = Masking {
            p: Some(0.5),
            ..own.masking()
        };
        let network = Box::new(network);
        let work = Work::Step { network, sites };
        let counted = work.count(&[Phase::Backward], &at, Policy::Packed).unwrap();
        let sizes = Sizes::new(&at.config);
        let rows = count_on_engine(&sizes, 20, &own, &masking, SEED).unwrap();
        let wanted = crate::tile_engine::sum(&rows, Policy::Packed, |place| {
            place.phase == Phase::Backward
        });
        assert_eq!(counted, [(Phase::Backward, wanted)]);
    }

    /// The negative control of what is skipped: the same product fits with a slot more.
    #[test]
    fn what_does_not_fit_is_an_error_of_its_own() {
        let mut sweep = sweep();
        sweep.arrays.cols = vec![crate::explore::Cols::Count(16)];
        sweep.b_slots = vec![15, 16];
        let all = sweep.combinations(&base()).unwrap();
        let of = |slots| {
            let at = all.iter().find(|at| at.config.engine().b_slots == slots);
            LAYER.count(&[Phase::Backward], at.unwrap(), Policy::Dense)
        };
        let error = of(15).unwrap_err();
        assert!(
            error.is_bad_input() && error.to_string().contains("b_slots"),
            "{error}"
        );
        of(16).unwrap();
    }
}
