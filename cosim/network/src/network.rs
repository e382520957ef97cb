//! The matrix products of a training step of well-known networks.
//!
//! A step is one window of T time steps of a batch of B. Each LSTM layer has, at each
//! time step, a product with W at site `nr` and one with U at site `rh`, in each of the
//! three phases; nothing flows back out of the window, so BP at `rh` has one less. A
//! softmax, where there is one, is a product of the same kind at site `out`.
//! [`super::training`] counts their cycles.

pub use super::training::{count_epoch, count_steps, NetworkCount, TimeRow};
use crate::NetworkError;
use heddle_files::InputError;
use heddle_gemm::{Mask, Phase, Shape};
use heddle_lstm::{Case, DropoutConfig, Site, SiteMasks, WindowMasks};
use heddle_schedule::bounds;
pub use heddle_schedule::tally::{PolicyCount, Tally};
use serde::Serialize;

/// Gates of an LSTM cell.
pub(super) const GATES: usize = 4;

/// A network and the way it is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// What it is called.
    pub name: &'static str,
    /// Where its sizes come from.
    pub about: &'static str,
    /// Input widths of its LSTM layers.
    pub inputs: &'static [usize],
    /// Width of every layer's output.
    pub hidden: usize,
    /// Samples in a batch (B).
    pub batch: usize,
    /// Time steps in a window (T).
    pub times: usize,
    /// Probability of dropping a unit.
    pub p: f64,
    /// Words of the softmax, if it is counted.
    pub vocabulary: Option<usize>,
    /// Tokens of its training set, if an epoch of it can be counted.
    pub tokens: Option<usize>,
}

/// Words of the Penn Treebank's training set, end-of-sentence marks included.
const PTB_TOKENS: usize = 929_589;

/// The networks that have names.
pub const NETWORKS: [Network; 5] = [
    Network {
        name: "zaremba-small",
        about: "Zaremba et al. 2014 (arXiv 1409.2329), PTB; its authors used no dropout",
        inputs: &[200, 200],
        hidden: 200,
        batch: 20,
        times: 20,
        p: 0.0,
        vocabulary: Some(10_000),
        tokens: Some(PTB_TOKENS),
    },
    Network {
        name: "zaremba-medium",
        about: "Zaremba et al. 2014 (arXiv 1409.2329), PTB",
        inputs: &[650, 650],
        hidden: 650,
        batch: 20,
        times: 35,
        p: 0.5,
        vocabulary: Some(10_000),
        tokens: Some(PTB_TOKENS),
    },
    Network {
        name: "zaremba-large",
        about: "Zaremba et al. 2014 (arXiv 1409.2329), PTB",
        inputs: &[1500, 1500],
        hidden: 1500,
        batch: 20,
        times: 35,
        p: 0.65,
        vocabulary: Some(10_000),
        tokens: Some(PTB_TOKENS),
    },
    Network {
        name: "opennmt-iwslt",
        about: "OpenNMT-py defaults: encoder 2 x 500, decoder 2 x 500 with input feeding; 25 words assumed on either side",
        inputs: &[500, 500, 1000, 500],
        hidden: 500,
        batch: 64,
        times: 25,
        p: 0.3,
        vocabulary: None,
        tokens: None,
    },
    Network {
        name: "ner-conll",
        about: "BiLSTM of Ma and Hovy 2016 (arXiv 1603.01354), input 130, H 256, one layer per direction; 15 words assumed",
        inputs: &[130, 130],
        hidden: 256,
        batch: 16,
        times: 15,
        p: 0.5,
        vocabulary: None,
        tokens: None,
    },
];

impl Network {
    /// What the networks are called.
    pub const NAMES: [&'static str; NETWORKS.len()] = {
        let mut names = [""; NETWORKS.len()];
        let mut at = 0;
        while at < names.len() {
            names[at] = NETWORKS[at].name;
            at += 1;
        }
        names
    };

    /// The network called `name`.
    ///
    /// # Errors
    /// [`NetworkError::Input`], which lists the names.
    pub fn named(name: &str) -> Result<Self, NetworkError> {
        let found = NETWORKS.into_iter().find(|network| network.name == name);
        found.ok_or_else(|| {
            NetworkError::Input(InputError {
                name: "network",
                value: name.to_owned(),
                remedy: format!("use one of {}", Self::NAMES.join(", ")),
            })
        })
    }

    /// Structured dropout (Case III) with exact counts at `sites`, with this network's p.
    pub fn dropout(&self, sites: &[Site]) -> DropoutConfig {
        DropoutConfig::at(sites, self.p, Case::III)
    }

    /// Windows in an epoch, if its number of tokens is known: whole windows only, of
    /// which each row of the batch has its own stretch of text.
    pub fn steps_per_epoch(&self) -> Option<u64> {
        let tokens = self.tokens?;
        Some(((tokens / self.batch).saturating_sub(1) / self.times) as u64)
    }

    /// Upper bound of the speed-up of the LSTM's own products (without the softmax)
    /// under `dropout`.
    pub fn speedup_bound(&self, dropout: &DropoutConfig) -> f64 {
        bounds::speedup(self.inputs.iter().flat_map(|&inputs| {
            let macs = |units: usize| (units * GATES * self.hidden) as f64;
            [(macs(inputs), dropout.nr), (macs(self.hidden), dropout.rh)]
        }))
    }

    /// Calls `visit` with the products of each place in a step under `masks`.
    pub(super) fn products<'a>(
        &self,
        masks: &'a WindowMasks<f32>,
        mut visit: impl FnMut(Series<'a>),
    ) {
        let gates = GATES * self.hidden;
        let mut site = |layer, site, units, width, masks: &'a SiteMasks<f32>| {
            for phase in Phase::ALL {
                let shape = match phase {
                    Phase::Forward => Shape::new(self.batch, units, width),
                    Phase::Backward => Shape::new(self.batch, width, units),
                    Phase::WeightGradient => Shape::new(units, self.batch, width),
                };
                let first = usize::from((phase, site) == (Phase::Backward, Site::Rh));
                visit(Series {
                    place: ProductPlace { layer, site, phase },
                    shape,
                    kept: (first..self.times)
                        .map(|t| (t, masks.units(t).map_or(units, |mask| mask.kept().len())))
                        .collect(),
                    masks: (first..self.times).map(|t| masks.units(t)).collect(),
                    alike: masks.products_alike(),
                });
            }
        };
        for (layer, &inputs) in self.inputs.iter().enumerate() {
            site(layer, Site::Nr, inputs, gates, &masks.nr[layer]);
            site(layer, Site::Rh, self.hidden, gates, &masks.rh[layer]);
        }
        if let Some(words) = self.vocabulary {
            site(
                self.inputs.len() - 1,
                Site::Out,
                self.hidden,
                words,
                &masks.out,
            );
        }
    }
}

/// The products of one place over the time steps of a window.
#[derive(Clone, Debug)]
pub(super) struct Series<'a> {
    pub place: ProductPlace,
    /// Of each product.
    pub shape: Shape,
    /// Time steps, and how many units are kept in each.
    pub kept: Vec<(usize, usize)>,
    /// The mask of each, where there is one.
    pub masks: Vec<Option<&'a Mask>>,
    /// Whether all time steps keep the same units.
    pub alike: bool,
}

/// Where in a training step a product belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct ProductPlace {
    /// LSTM layer, from 0; the softmax counts to the last.
    pub layer: usize,
    /// Dropout site.
    pub site: Site,
    /// Phase of training.
    pub phase: Phase,
}

#[cfg(test)]
mod tests {
    use super::*;

    const LSTM: [Site; 2] = [Site::Nr, Site::Rh];

    /// Upper bounds of the published table, to its two digits.
    #[test]
    fn speed_up_bounds_of_the_networks() {
        for (name, nr, both) in [
            ("zaremba-medium", 1.33, 2.00),
            ("zaremba-large", 1.48, 2.86),
            ("opennmt-iwslt", 1.20, 1.43),
            ("ner-conll", 1.20, 2.00),
        ] {
            let network = Network::named(name).unwrap();
            let bound = |sites: &[Site]| network.speedup_bound(&network.dropout(sites));
            assert!(
                (bound(&[Site::Nr]) - nr).abs() < 0.006,
                "{name} {}",
                bound(&[Site::Nr])
            );
            assert!(
                (bound(&LSTM) - both).abs() < 0.006,
                "{name} {}",
                bound(&LSTM)
            );
        }
    }

    #[test]
    fn an_unknown_name_is_bad_input_and_the_message_lists_the_names() {
        let error = Network::named("zaremba").unwrap_err();
        assert!(error.is_bad_input());
        assert!(error.to_string().contains("zaremba-medium"), "{error}");
    }
}
