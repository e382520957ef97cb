//! Places of a training step: what is multiplied where, and how its masks are drawn.

use super::network::Network;
use heddle_gemm::{Mask, Phase, Shape, Team};
use heddle_lstm::{Case, Draw, DropoutConfig, MaskKind, Site, SiteMasks};
use serde::Serialize;

/// Where in a training step a product belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct ProductPlace {
    /// Layer, from 0, each direction of a layer by itself; the softmax counts to the last, products that a file names
    /// one by one follow.
    pub layer: usize,
    /// Dropout site; `None` where there never is a mask.
    pub site: Option<Site>,
    /// Phase of training.
    pub phase: Phase,
}

impl ProductPlace {
    /// Whether it is one of the network's own: all but the softmax.
    pub fn is_own(&self) -> bool {
        self.site != Some(Site::Out)
    }
}

/// Which masks are drawn, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Masking {
    /// Sites with dropout.
    pub sites: Vec<Site>,
    /// Probability of dropping a unit in place of the network's own.
    pub p: Option<f64>,
    /// How many units a mask keeps.
    pub kind: MaskKind,
    /// Who shares a mask, and for how long: within the batch, or within each group of it.
    pub case: Case,
}

/// How many units of an operand are dropped, where its site has dropout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// Each with this probability.
    Drop(f64),
    /// All but so many.
    Keep(usize),
}

/// What is multiplied at one place of a layer, in every phase that it has.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Operand {
    pub layer: usize,
    pub site: Option<Site>,
    /// Units of which dropout drops.
    pub units: usize,
    pub rate: Rate,
    /// Time steps, groups included.
    pub times: usize,
    /// How many of them have no backward pass: nothing flows back out of the window.
    pub no_backward: usize,
    /// Samples in the whole batch.
    pub batch: usize,
    pub shapes: Vec<(Phase, Shape)>,
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

/// The products of one place, without masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceShape {
    /// Where.
    pub place: ProductPlace,
    /// Of each product.
    pub shape: Shape,
    /// How many there are in a training step.
    pub products: usize,
}

impl Operand {
    /// The three phases of `batch` samples by `units` units by `width` columns.
    pub fn training(batch: usize, units: usize, width: usize) -> Vec<(Phase, Shape)> {
        vec![
            (Phase::Forward, Shape::new(batch, units, width)),
            (Phase::Backward, Shape::new(batch, width, units)),
            (Phase::WeightGradient, Shape::new(units, batch, width)),
        ]
    }

    /// How many units are dropped under `masking`, as a share.
    pub fn rate(&self, masking: &Masking) -> f64 {
        if !self.site.is_some_and(|site| masking.sites.contains(&site)) {
            return 0.0;
        }
        match (self.rate, masking.p) {
            (Rate::Keep(keep), _) => 1.0 - keep as f64 / self.units as f64,
            (Rate::Drop(_), Some(p)) | (Rate::Drop(p), None) => p,
        }
    }

    /// The masks of training step `step`; `groups` of them are of one time step.
    fn draw(&self, masking: &Masking, groups: usize, (seed, step): (u64, u64)) -> SiteMasks<f32> {
        let mut masks = SiteMasks::Off;
        let Some(site) = self.site else {
            return masks;
        };
        let config = DropoutConfig {
            kind: match self.rate {
                Rate::Keep(_) => MaskKind::Exact,
                Rate::Drop(_) => masking.kind,
            },
            mask_groups: match masking.case.shared_by_batch() {
                true => groups,
                false => 1,
            },
            ..DropoutConfig::at(&[site], self.rate(masking), masking.case)
        };
        let draw = Draw {
            seed,
            step,
            layer: self.layer,
            times: self.times / groups,
            batch: self.batch,
            units: self.units,
        };
        masks.draw(&config, site, &draw, &Team::default());
        masks
    }

    fn first(&self, phase: Phase) -> usize {
        match phase {
            Phase::Backward => self.no_backward,
            Phase::Forward | Phase::WeightGradient => 0,
        }
    }

    fn place(&self, phase: Phase) -> ProductPlace {
        ProductPlace {
            layer: self.layer,
            site: self.site,
            phase,
        }
    }

    /// Its products, place by place.
    pub fn places(&self) -> impl Iterator<Item = PlaceShape> + '_ {
        self.shapes.iter().map(|&(phase, shape)| PlaceShape {
            place: self.place(phase),
            shape,
            products: self.times - self.first(phase),
        })
    }

    /// Its products under `masks`; `groups` of them are of one time step.
    fn series<'a>(
        &'a self,
        masks: &'a SiteMasks<f32>,
        groups: usize,
    ) -> impl Iterator<Item = Series<'a>> + 'a {
        self.shapes.iter().map(move |&(phase, shape)| {
            let all = || self.first(phase)..self.times;
            let kept = |t| masks.units(t).map_or(self.units, |mask| mask.kept().len());
            Series {
                place: self.place(phase),
                shape,
                kept: all().map(|t| (t / groups, kept(t))).collect(),
                masks: all().map(|t| masks.units(t)).collect(),
                alike: masks.products_alike(),
            }
        })
    }
}

/// The masks of a training step, operand by operand.
pub(super) struct StepMasks {
    operands: Vec<(Operand, SiteMasks<f32>)>,
    groups: usize,
}

impl StepMasks {
    /// Those that training draws in step `step` from `seed`.
    pub fn draw(network: &Network, masking: &Masking, at: (u64, u64)) -> Self {
        let operands = network.operands().into_iter().map(|operand| {
            let masks = operand.draw(masking, operand.groups(network.groups), at);
            (operand, masks)
        });
        Self {
            operands: operands.collect(),
            groups: network.groups,
        }
    }

    /// The products of each place.
    pub fn series(&self) -> impl Iterator<Item = Series<'_>> + '_ {
        let all = self.operands.iter();
        all.flat_map(move |(operand, masks)| operand.series(masks, operand.groups(self.groups)))
    }
}

impl Operand {
    /// Products of one time step: those that a file names one by one are in no groups.
    fn groups(&self, groups: usize) -> usize {
        match self.shapes.len() {
            1 => 1,
            _ => groups,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_gemm::{Engine, GemmError, Job, MatMut, Policy, Scratch};
    use heddle_lstm::{
        Corpus, LanguageModel, LmBatches, LmTask, ModelConfig, TrainConfig, Trainer,
    };
    use std::collections::BTreeMap;

    /// Products of each (layer, site, phase): time step, shape, units kept.
    type Products = BTreeMap<(usize, &'static str, Phase), Vec<(usize, Shape, Vec<u32>)>>;

    /// Notes what training multiplies, and computes nothing.
    #[derive(Default)]
    struct Note(Products);

    impl Engine<f32> for Note {
        fn name(&self) -> &str {
            "note"
        }

        fn run(
            &mut self,
            _policy: Policy,
            jobs: &[Job<'_, f32>],
            _outputs: &mut [MatMut<'_, f32>],
            _scratch: &mut Scratch,
        ) -> Result<(), GemmError> {
            for job in jobs {
                let label = job.label.expect("every job has a label");
                let masks = [job.keep_m, job.keep_k, job.keep_n];
                let mask = masks.into_iter().flatten().next();
                let kept = mask.map_or(Vec::new(), |mask| mask.kept().to_vec());
                let place = (label.layer, label.site, label.phase);
                let product = (label.time, job.shape(), kept);
                self.0.entry(place).or_default().push(product);
            }
            Ok(())
        }
    }

    fn file(groups: usize) -> Network {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.toml");
        let layer = |input| format!("[[layer]]\ninput = {input}\nhidden = 5\n");
        let text = format!(
            "name = 'net'\nbatch = 4\nwindow = 3\np = 0.5\ngroups = {groups}\nsites = ['nr', 'rh', 'out']\n\
             [softmax]\nvocabulary = 7\n{}{}",
            layer(4),
            layer(5)
        );
        std::fs::write(&path, text).unwrap();
        Network::find(path.to_str().unwrap()).unwrap()
    }

    fn counted(groups: usize, case: Case, kind: MaskKind) -> Products {
        let network = file(groups);
        let masking = Masking {
            case,
            kind,
            ..network.masking()
        };
        let mut found = Products::new();
        for series in network.masks(&masking, (7, 0)).series() {
            let place = series.place;
            let site = place.site.expect("every product is at a site").name();
            let kept = |mask: &Option<&Mask>| mask.map_or(Vec::new(), |mask| mask.kept().to_vec());
            let products = series.kept.iter().zip(&series.masks);
            let products = products.map(|(&(time, count), mask)| {
                let kept = kept(mask);
                assert_eq!(kept.len(), count);
                (time, series.shape, kept)
            });
            found.insert((place.layer, site, place.phase), products.collect());
        }
        found
    }

    fn trained(mask_groups: usize, case: Case, kind: MaskKind) -> Products {
        let text = "a b c d e\n".repeat(8);
        let texts = ["train", "valid", "test"].map(|name| (name, &text[..]));
        let corpus = Corpus::from_texts(texts, None).unwrap();
        let size = ModelConfig {
            embedding: 4,
            hidden: 5,
            ..ModelConfig::default()
        };
        let model = LanguageModel::new(size, corpus.vocabulary.len(), 7).unwrap();
        let batches = LmBatches {
            batch: 4,
            steps: 3,
            ..LmBatches::default()
        };
        let dropout = DropoutConfig {
            mask_groups,
            kind,
            ..DropoutConfig::at(&Site::ALL, 0.5, case)
        };
        let config = TrainConfig {
            dropout,
            seed: 7,
            time_steps: heddle_lstm::TimeSteps::Separate,
            ..TrainConfig::default()
        };
        let task = LmTask::new(model, &corpus, batches).unwrap();
        let mut trainer = Trainer::new(Box::new(task), config).unwrap();
        let mut note = Note::default();
        trainer.step(&mut note, Policy::Packed).unwrap();
        for products in note.0.values_mut() {
            products.sort_by_key(|(time, ..)| *time);
        }
        note.0
    }

    /// What is counted is what training multiplies, mask by mask; the control: in other groups.
    #[test]
    fn groups_have_the_products_and_masks_of_training() {
        for case in [Case::III, Case::IV] {
            for kind in MaskKind::ALL {
                for groups in [1, 2, 4] {
                    let [ours, theirs] = [counted, trained].map(|of| of(groups, case, kind));
                    assert_eq!(ours, theirs, "case {case}, {kind}, {groups} groups");
                    let products = ours[&(0, "nr", Phase::Forward)].len();
                    assert_eq!(products, 3 * groups);
                }
                assert_ne!(counted(2, case, kind), trained(4, case, kind));
            }
        }
    }
}
