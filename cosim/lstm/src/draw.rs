//! What masks are drawn from, and how it is decided what one keeps.

use crate::dropout::{DropoutConfig, MaskKind, Site};
use crate::random::Stream;

/// What the masks of a training step are drawn from: (seed, step) in training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaskKey {
    /// Seed of the run.
    pub seed: u64,
    /// Training step, from 0.
    pub step: u64,
    /// A site whose masks are those of another step, and that step.
    pub redraw: Option<(Site, u64)>,
}

impl From<(u64, u64)> for MaskKey {
    fn from((seed, step): (u64, u64)) -> Self {
        Self {
            seed,
            step,
            redraw: None,
        }
    }
}

impl MaskKey {
    /// The step that the masks of a site are those of.
    pub(crate) fn step_of(&self, site: Site) -> u64 {
        match self.redraw {
            Some((redrawn, step)) if redrawn == site => step,
            _ => self.step,
        }
    }
}

/// What a site's masks are drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Seed of the run.
    pub seed: u64,
    /// Training step, from 0.
    pub step: u64,
    /// The layer's number.
    pub layer: usize,
    /// Time steps of the window.
    pub times: usize,
    /// Samples.
    pub batch: usize,
    /// Units that a mask is for.
    pub units: usize,
}

/// Decides unit by unit what a mask keeps.
#[derive(Clone)]
pub(crate) struct Picker {
    kind: MaskKind,
    keep: f64,
    units: usize,
    count: usize,
    left: usize,
    wanted: usize,
}

impl Picker {
    pub(crate) fn new(kind: MaskKind, p: f64, units: usize) -> Self {
        Self {
            kind,
            keep: 1.0 - p,
            units,
            count: DropoutConfig::exact_count(p, units),
            left: 0,
            wanted: 0,
        }
    }

    /// Begins a mask.
    pub(crate) fn start(&mut self) {
        self.left = self.units;
        self.wanted = self.count;
    }

    /// Whether the next unit is kept. For an exact count this is selection sampling
    /// (Knuth, The Art of Computer Programming, volume 2, algorithm 3.4.2 S): every
    /// choice of k units is equally likely.
    pub(crate) fn keeps(&mut self, stream: &mut Stream) -> bool {
        match self.kind {
            MaskKind::Bernoulli => stream.chance(self.keep),
            MaskKind::Exact => {
                let keeps = stream.below(self.left) < self.wanted;
                self.left -= 1;
                self.wanted -= usize::from(keeps);
                keeps
            }
        }
    }
}
