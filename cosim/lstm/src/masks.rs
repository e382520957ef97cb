//! The masks of one training window.

use crate::draw::{Draw, MaskKey, Picker};
use crate::dropout::{DropoutConfig, Groups, Site};
use crate::error::fits;
use crate::random::Stream;
use crate::{LstmError, Scalar};
use heddle_gemm::{Mask, Team};

/// The masks of one site over a window of T time steps, B samples and K units.
///
/// The number of masks is T, or 1 where the same mask serves all steps; G times as many where
/// the batch is in G groups with masks of their own.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SiteMasks<T> {
    /// Nothing is dropped.
    #[default]
    Off,
    /// Whole units are dropped for the whole batch, or for each group of it (cases III and
    /// IV): the matrix products skip them.
    Units {
        /// One mask of K units per time step, or one for all; of each step those of its
        /// groups one after another.
        masks: Vec<Mask>,
        /// What the kept units are multiplied by.
        scale: T,
        /// Samples of a group; of all of the batch if they are as many or more.
        samples: usize,
    },
    /// Every sample has its own mask (cases I and II): it is multiplied into the
    /// activations, the products are dense.
    Elements {
        /// 0 where dropped, the inverted scale where kept: `[T or 1][B][K]`.
        factors: Vec<T>,
        /// Length of one step's factors, B x K.
        per_step: usize,
    },
}

impl<T: Scalar> SiteMasks<T> {
    /// The mask on the units of product `index`, where the products have one to skip by. A
    /// time step has a product for each group: `index` is the time step where there is one.
    pub fn units(&self, index: usize) -> Option<&Mask> {
        match self {
            Self::Units { masks, .. } => masks.get(index % masks.len().max(1)),
            _ => None,
        }
    }

    /// The groups of a batch of so many samples.
    pub fn groups(&self, batch: usize) -> Groups {
        match self {
            Self::Units { samples, .. } => Groups::sized(batch, *samples),
            _ => Groups::of(batch, 1),
        }
    }

    /// Whether all time steps and samples share one mask on the units (or have none), so that
    /// their products can be one.
    pub fn products_alike(&self) -> bool {
        match self {
            Self::Units { masks, .. } => masks.len() == 1,
            _ => true,
        }
    }

    /// `to = from * mask` for the time steps from `first` on, each B x K.
    ///
    /// Under [`SiteMasks::Units`] the dropped units are scaled like the others, not
    /// zeroed: to leave them out is the business of the masked product.
    pub(crate) fn apply(&self, first: usize, from: &[T], to: &mut [T]) {
        match self {
            Self::Off => to.copy_from_slice(from),
            Self::Units { scale, .. } => {
                for (to, &from) in to.iter_mut().zip(from) {
                    *to = from * *scale;
                }
            }
            Self::Elements { per_step, .. } => {
                for (i, (to, from)) in to
                    .chunks_mut(*per_step)
                    .zip(from.chunks(*per_step))
                    .enumerate()
                {
                    for ((to, &from), &factor) in to.iter_mut().zip(from).zip(self.step(first + i))
                    {
                        *to = from * factor;
                    }
                }
            }
        }
    }

    /// `x *= mask` for the time steps from `first` on, each B x K: the way back
    /// through [`SiteMasks::apply`]. Dropped units must be zero already.
    pub(crate) fn apply_in_place(&self, first: usize, x: &mut [T]) {
        match self {
            Self::Off => {}
            Self::Units { scale, .. } => x.iter_mut().for_each(|x| *x *= *scale),
            Self::Elements { per_step, .. } => {
                for (i, x) in x.chunks_mut(*per_step).enumerate() {
                    for (x, &factor) in x.iter_mut().zip(self.step(first + i)) {
                        *x *= factor;
                    }
                }
            }
        }
    }

    /// The factors of time step `t`.
    fn step(&self, t: usize) -> &[T] {
        match self {
            Self::Elements { factors, per_step } if factors.len() == *per_step => factors,
            Self::Elements { factors, per_step } => &factors[t * per_step..][..*per_step],
            _ => &[],
        }
    }

    /// Checks lengths against the window, which may be shorter than the masks are for,
    /// and the site.
    pub(crate) fn check(
        &self,
        name: &str,
        times: usize,
        batch: usize,
        units: usize,
    ) -> Result<(), LstmError> {
        match self {
            Self::Off => Ok(()),
            Self::Units { masks, .. } => {
                let groups = self.groups(batch).count;
                if masks.len() != groups {
                    fits(
                        format_args!("number of masks at {name}"),
                        masks.len().min(times * groups),
                        times * groups,
                    )?;
                }
                masks.iter().try_for_each(|mask| {
                    fits(
                        format_args!("length of the mask at {name}"),
                        mask.len(),
                        units,
                    )
                })
            }
            Self::Elements { factors, per_step } => {
                fits(
                    format_args!("factors of one step at {name}"),
                    *per_step,
                    batch * units,
                )?;
                if factors.len() != *per_step {
                    fits(
                        format_args!("factors at {name}"),
                        factors.len().min(times * per_step),
                        times * per_step,
                    )?;
                }
                Ok(())
            }
        }
    }

    /// Draws the masks of one site in one training step, reusing memory where possible.
    ///
    /// A mask depends on (seed, step, layer, site, time) and nothing else: its
    /// ChaCha8 stream is keyed by the first four and numbered by the fifth, time
    /// being 0 where it is constant over the window. Where the batch is in G groups, group g
    /// has the stream of time G t + g. Samples draw one after another
    /// from the stream of their time step. Under [`DropoutConfig::share_sites`] the
    /// site is not part of the key.
    pub fn draw(&mut self, config: &DropoutConfig, site: Site, draw: &Draw, team: &Team) {
        let p = config.rate(site);
        if p == 0.0 {
            *self = Self::Off;
            return;
        }
        let Draw {
            seed,
            step,
            layer,
            batch,
            units,
            ..
        } = *draw;
        let times = if config.case.constant_over_time() {
            1
        } else {
            draw.times
        };
        let scale = T::of(config.scale(site, units));
        let mut picker = Picker::new(config.kind, p, units);
        let key = if config.share_sites { Site::Nr } else { site };
        let stream = |t: usize| Stream::mask(seed, step, layer as u32, key as u32, t as u64);
        if config.case.shared_by_batch() {
            let mut masks = match std::mem::take(self) {
                Self::Units { masks, .. } => masks,
                _ => Vec::new(),
            };
            let groups = Groups::of(batch, config.mask_groups);
            masks.resize_with(times * groups.count, Mask::default);
            for (index, mask) in masks.iter_mut().enumerate() {
                let (t, group) = (index / groups.count, index % groups.count);
                let mut stream = stream(t * config.mask_groups + group);
                picker.start();
                mask.refill(units, || picker.keeps(&mut stream));
            }
            *self = Self::Units {
                masks,
                scale,
                samples: groups.samples,
            };
            return;
        }
        let mut factors = match std::mem::take(self) {
            Self::Elements { factors, .. } => factors,
            _ => Vec::new(),
        };
        factors.resize(times * batch * units, T::zero());
        let steps = factors.chunks_mut((batch * units).max(1)).enumerate();
        team.for_each(steps, |(t, factors)| {
            let (mut stream, mut picker) = (stream(t), picker.clone());
            for sample in factors.chunks_mut(units) {
                picker.start();
                for factor in sample {
                    let keeps = picker.keeps(&mut stream);
                    *factor = if keeps { scale } else { T::zero() };
                }
            }
        });
        *self = Self::Elements {
            factors,
            per_step: batch * units,
        };
    }
}

/// The masks of every site of a network over one window.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowMasks<T> {
    /// Masks on the input of each layer.
    pub nr: Vec<SiteMasks<T>>,
    /// Masks on h of the step before, for each layer.
    pub rh: Vec<SiteMasks<T>>,
    /// Masks on the last layer's output.
    pub out: SiteMasks<T>,
    /// Whether a translator's decoder reads back what `out` has left of h~; its first
    /// layer's `nr` is then the same mask behind a whole word vector.
    pub feed_dropped: bool,
}

impl<T: Scalar> WindowMasks<T> {
    /// No masks for a network of `layers` layers: evaluation.
    pub fn off(layers: usize) -> Self {
        Self {
            nr: vec![SiteMasks::Off; layers],
            rh: vec![SiteMasks::Off; layers],
            out: SiteMasks::Off,
            feed_dropped: false,
        }
    }

    /// Draws the masks of a training step for a window of `times` steps and
    /// `batch` samples. `inputs` are the input widths of the layers, `hidden` the
    /// width of their outputs. [`SiteMasks::draw`] says what a mask depends on.
    pub fn draw(
        &mut self,
        config: &DropoutConfig,
        key: impl Into<MaskKey>,
        (times, batch): (usize, usize),
        inputs: &[usize],
        hidden: usize,
        team: &Team,
    ) {
        let layers = inputs.iter().map(|&inputs| (times, inputs, hidden));
        self.draw_layers(config, key.into(), batch, layers, hidden, team);
    }

    /// The same for layers of (time steps, width of the input, width of h) each; the output
    /// that is masked is `outputs` wide, and the last layer's.
    pub(crate) fn draw_layers(
        &mut self,
        config: &DropoutConfig,
        key: MaskKey,
        batch: usize,
        layers: impl ExactSizeIterator<Item = LayerShape>,
        outputs: usize,
        team: &Team,
    ) {
        let draw = |site, layer, times, units| Draw {
            seed: key.seed,
            step: key.step_of(site),
            layer,
            times,
            batch,
            units,
        };
        self.nr.resize(layers.len(), SiteMasks::Off);
        self.rh.resize(layers.len(), SiteMasks::Off);
        let mut last = draw(Site::Out, 0, 0, outputs);
        for (layer, (times, inputs, hidden)) in layers.enumerate() {
            let nr = draw(Site::Nr, layer, times, inputs);
            self.nr[layer].draw(config, Site::Nr, &nr, team);
            let rh = draw(Site::Rh, layer, times, hidden);
            self.rh[layer].draw(config, Site::Rh, &rh, team);
            last = draw(Site::Out, layer, times, outputs);
        }
        self.out.draw(config, Site::Out, &last, team);
    }

    /// Drops nothing of the inputs of these layers, the first ones of their stacks, if `config` has them kept.
    pub(crate) fn keep_inputs(
        &mut self,
        config: &DropoutConfig,
        first: impl IntoIterator<Item = usize>,
    ) {
        if config.inputs_kept {
            for layer in first {
                self.nr[layer] = SiteMasks::Off;
            }
        }
    }

    /// Checks the masks against such layers and that output.
    pub(crate) fn check(
        &self,
        batch: usize,
        layers: impl ExactSizeIterator<Item = LayerShape>,
        outputs: usize,
    ) -> Result<(), LstmError> {
        let masked = self.nr.len().min(self.rh.len());
        fits("layers of the masks", masked, layers.len())?;
        let mut last = 0;
        for (layer, (times, inputs, hidden)) in layers.enumerate() {
            self.nr[layer].check("site nr", times, batch, inputs)?;
            self.rh[layer].check("site rh", times, batch, hidden)?;
            last = times;
        }
        self.out.check("site out", last, batch, outputs)
    }
}

/// (T, K, H) of a layer: time steps, width of the input, width of h.
pub(crate) type LayerShape = (usize, usize, usize);
