//! The matrix products of a training step of a network.
//!
//! A step is one window of T time steps of a batch of B. Each recurrent layer has, at each
//! time step, a product with W at site `nr` and one with U at site `rh`, in each of the
//! three phases; nothing flows back out of the window, so BP at `rh` has one less. A
//! projection of h is a product without a mask. A softmax, where there is one, is a product of the same kind at site
//! `out`. Other products follow as the file has them. Where a batch is in groups with a mask each, a product is that of
//! a group. [`super::training`] counts their cycles, [`super::file`] is how networks are written.

use super::file::Cell;
pub use super::place::{Masking, PlaceShape, ProductPlace, Rate};
use super::place::{Operand, StepMasks};
pub use super::training::{count_epoch, count_steps, NetworkCount, TimeRow};
use heddle_files::InputError;
use heddle_gemm::{Phase, Shape};
use heddle_lstm::{Case, MaskKind, Site};
use heddle_schedule::bounds;
pub use heddle_schedule::tally::{PolicyCount, Tally};
use serde::Serialize;
use std::sync::Arc;

/// A network and the way it is trained, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// What it is called.
    pub name: String,
    /// What it is, in a line.
    pub about: String,
    /// The text of its file; empty if it was made otherwise.
    pub text: Arc<str>,
    /// Samples in a batch (B); 1 where only products are named.
    pub batch: usize,
    /// Time steps in a window (T).
    pub times: usize,
    /// Groups of the batch that have a mask each.
    pub groups: usize,
    /// Probability of dropping a unit, where a layer says nothing else.
    pub p: f64,
    /// Sites with dropout unless others are asked for.
    pub sites: Vec<Site>,
    /// Its recurrent layers, each direction by itself.
    pub layers: Vec<Layer>,
    /// Its softmax, if it is counted.
    pub softmax: Option<Softmax>,
    /// Other products.
    pub products: Vec<PlainProduct>,
    /// Tokens of its training set, if an epoch of it can be counted.
    pub tokens: Option<usize>,
}

/// One direction of a recurrent layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// What it is called, if anything.
    pub name: Option<String>,
    /// Kind of its cell.
    pub cell: Cell,
    /// Width of its input.
    pub input: usize,
    /// Width of its state.
    pub hidden: usize,
    /// Width of h, if it is projected.
    pub projection: Option<usize>,
    /// Time steps.
    pub times: usize,
    /// Probability of dropping a unit of its input.
    pub nr: f64,
    /// Probability of dropping a unit of h of the step before.
    pub rh: f64,
}

impl Layer {
    /// Columns of W and U: one for each gate of each unit.
    pub fn width(&self) -> usize {
        self.cell.gates() * self.hidden
    }

    /// Width of h.
    pub fn output(&self) -> usize {
        self.projection.unwrap_or(self.hidden)
    }
}

/// The softmax over a vocabulary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Softmax {
    /// Width of its input.
    pub input: usize,
    /// Words.
    pub vocabulary: usize,
    /// Probability of dropping a unit of its input.
    pub p: f64,
}

/// A product that is named by its shape.
#[derive(Clone, Debug, PartialEq)]
pub struct PlainProduct {
    /// What it is called, if anything.
    pub name: Option<String>,
    /// Dropout site; `None` for no mask.
    pub site: Option<Site>,
    /// Its phase, which says what a mask acts on.
    pub phase: Phase,
    /// Its shape.
    pub shape: Shape,
    /// How many there are, one a time step.
    pub times: usize,
    /// What is dropped of it.
    pub rate: Rate,
}

/// Dropout as reports tell it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dropout {
    /// Who shares a mask.
    pub case: Case,
    /// How many units a mask keeps.
    pub kind: MaskKind,
    /// Probability at `nr`.
    pub nr: Rates,
    /// At `rh`.
    pub rh: Rates,
    /// At `out`.
    pub out: Rates,
    /// Never here: each site has masks of its own.
    pub share_sites: bool,
}

/// One probability for a site, or one for each of its places where they differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Rates {
    /// The same everywhere.
    One(f64),
    /// In the order of the places.
    Each(Vec<f64>),
}

impl std::fmt::Display for Rates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::One(p) => write!(f, "{p}"),
            Self::Each(all) => {
                let all: Vec<_> = all.iter().map(f64::to_string).collect();
                f.write_str(&all.join("/"))
            }
        }
    }
}

impl Network {
    /// The network's own dropout.
    pub fn masking(&self) -> Masking {
        Masking {
            sites: self.sites.clone(),
            p: None,
            kind: MaskKind::Exact,
            case: Case::III,
        }
    }

    /// Structured dropout with exact counts at `sites`, with the network's own probabilities.
    pub fn masking_at(&self, sites: &[Site]) -> Masking {
        Masking {
            sites: sites.to_vec(),
            ..self.masking()
        }
    }

    /// Dropout under `masking` as reports tell it.
    pub fn dropout(&self, masking: &Masking) -> Dropout {
        Dropout {
            case: masking.case,
            kind: masking.kind,
            nr: self.rates(masking, Site::Nr),
            rh: self.rates(masking, Site::Rh),
            out: self.rates(masking, Site::Out),
            share_sites: false,
        }
    }

    fn rates(&self, masking: &Masking, site: Site) -> Rates {
        let operands = self.operands();
        let own = operands.iter().filter(|operand| operand.site == Some(site));
        let all: Vec<f64> = own.map(|operand| operand.rate(masking)).collect();
        match all[..] {
            [] if masking.sites.contains(&site) => Rates::One(masking.p.unwrap_or(self.p)),
            [] => Rates::One(0.0),
            [first, ..] if all.iter().all(|p| *p == first) => Rates::One(first),
            [..] => Rates::Each(all),
        }
    }

    /// The one probability of dropping a unit at `sites`; `None` if they have several.
    pub fn one_p(&self, sites: &[Site]) -> Option<f64> {
        let masking = self.masking_at(sites);
        let mut all = sites.iter().map(|&site| self.rates(&masking, site));
        let first = all.next().unwrap_or(Rates::One(self.p));
        match (first, all.next()) {
            (Rates::One(p), None) => Some(p),
            (Rates::One(p), Some(Rates::One(other))) if p == other => Some(p),
            _ => None,
        }
    }

    /// The same with another batch.
    ///
    /// # Errors
    /// [`InputError`] if the groups do not divide it, or if products are named by their shapes, which a batch does not
    /// change.
    pub fn with_batch(&self, batch: usize) -> Result<Self, InputError> {
        if batch != self.batch && !self.products.is_empty() {
            let remedy = format!(
                "{} has products with shapes of their own, for a batch of {}: write a file for another one",
                self.name, self.batch
            );
            return Err(InputError::new("--batch", batch, remedy));
        }
        if batch == 0 || !batch.is_multiple_of(self.groups) {
            let remedy = format!(
                "the batch is in {} groups: give a multiple of that",
                self.groups
            );
            return Err(InputError::new("--batch", batch, remedy));
        }
        Ok(Self {
            batch,
            ..self.clone()
        })
    }

    /// The same without its softmax.
    pub fn without_softmax(&self) -> Self {
        let products = self.products.iter();
        let own = products.filter(|product| product.site != Some(Site::Out));
        Self {
            softmax: None,
            products: own.cloned().collect(),
            ..self.clone()
        }
    }

    /// What the layer or product of this number is called, if anything.
    pub fn layer_name(&self, layer: usize) -> Option<&str> {
        let name = match self.layers.get(layer) {
            Some(layer) => &layer.name,
            None => &self.products.get(layer - self.layers.len())?.name,
        };
        name.as_deref()
    }

    /// What its own products are called in a sentence: the LSTM's, unless it has others.
    pub fn own_products(&self) -> &'static str {
        let lstm = |layer: &Layer| layer.cell == Cell::Lstm;
        match self.products.is_empty() && self.layers.iter().all(lstm) {
            true => "LSTM products",
            false => "products",
        }
    }

    /// Windows in an epoch, if its number of tokens is known: whole windows only, of
    /// which each row of the batch has its own stretch of text.
    pub fn steps_per_epoch(&self) -> Option<u64> {
        let tokens = self.tokens?;
        Some(((tokens / self.batch).saturating_sub(1) / self.times) as u64)
    }

    /// Upper bound of the speed-up of the network's own products (without the softmax)
    /// under `masking`.
    pub fn speedup_bound(&self, masking: &Masking) -> f64 {
        let window = (self.times * self.groups) as f64;
        let sample = Phase::ALL.len() as f64 * (self.batch / self.groups) as f64;
        bounds::speedup(
            self.operands()
                .into_iter()
                .filter(|operand| operand.site != Some(Site::Out))
                .map(|operand| {
                    let steps = operand.times as f64 / window;
                    let macs = match operand.shapes[..] {
                        [(_, shape)] => shape.macs() as f64 / sample,
                        // of one sample in one phase: the columns times the units
                        _ => (operand.shapes[0].1.k * operand.shapes[0].1.n) as f64,
                    };
                    (macs * steps, operand.rate(masking))
                }),
        )
    }

    /// Every place of a training step with its products.
    pub fn places(&self) -> Vec<PlaceShape> {
        let operands = self.operands();
        let places = operands.iter().flat_map(Operand::places);
        places.collect()
    }

    /// What is multiplied, in the order in which it is counted.
    pub(super) fn operands(&self) -> Vec<Operand> {
        let mut all = Vec::new();
        let samples = self.batch / self.groups;
        let mut place = |layer, site, (units, width), rate: f64, times: usize| {
            let recurrent = site == Some(Site::Rh);
            all.push(Operand {
                layer,
                site,
                units,
                rate: Rate::Drop(rate),
                times: times * self.groups,
                no_backward: usize::from(recurrent) * self.groups,
                batch: self.batch,
                shapes: Operand::training(samples, units, width),
            });
        };
        for (index, layer) in self.layers.iter().enumerate() {
            let (input, output) = (
                (layer.input, layer.width()),
                (layer.output(), layer.width()),
            );
            place(index, Some(Site::Nr), input, layer.nr, layer.times);
            place(index, Some(Site::Rh), output, layer.rh, layer.times);
            if let Some(projection) = layer.projection {
                place(index, None, (layer.hidden, projection), 0.0, layer.times);
            }
        }
        if let Some(softmax) = &self.softmax {
            let last = self.layers.len().saturating_sub(1);
            let times = self.layers.last().map_or(self.times, |layer| layer.times);
            let sizes = (softmax.input, softmax.vocabulary);
            place(last, Some(Site::Out), sizes, softmax.p, times);
        }
        for (index, product) in self.products.iter().enumerate() {
            all.push(Operand {
                layer: self.layers.len() + index,
                site: product.site,
                units: product.masked(),
                rate: product.rate,
                times: product.times,
                no_backward: 0,
                batch: self.batch,
                shapes: vec![(product.phase, product.shape)],
            });
        }
        all
    }

    /// Masks of a training step.
    pub(super) fn masks(&self, masking: &Masking, at: (u64, u64)) -> StepMasks {
        StepMasks::draw(self, masking, at)
    }
}

impl PlainProduct {
    /// Length of the dimension that a mask acts on.
    pub fn masked(&self) -> usize {
        match self.phase {
            Phase::Forward => self.shape.k,
            Phase::Backward => self.shape.n,
            Phase::WeightGradient => self.shape.m,
        }
    }
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
            let bound = |sites: &[Site]| network.speedup_bound(&network.masking_at(sites));
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
        let text = error.to_string();
        assert!(
            text.contains("zaremba-medium") && text.contains("a file"),
            "{text}"
        );
    }
}
