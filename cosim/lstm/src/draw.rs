//! What masks are drawn for, and how it is decided what one keeps.

use crate::dropout::{DropoutConfig, MaskKind};
use crate::random::Stream;

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
