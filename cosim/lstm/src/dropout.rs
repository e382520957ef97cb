//! Which units are dropped: where, how often, shared by whom and for how long.

use crate::LstmError;
use heddle_format::named;
use serde::{Deserialize, Serialize};

/// Who shares a dropout mask, and for how long.
///
/// | case | within a batch | across time steps | known as |
/// |------|----------------|-------------------|----------|
/// | I    | random per sample | random per step | `nn.Dropout`, Zaremba et al. 2014 |
/// | II   | random per sample | constant over the window | variational, locked dropout |
/// | III  | shared by the batch | random per step | structured dropout |
/// | IV   | shared by the batch | constant over the window | the cheapest ablation |
///
/// Only cases III and IV drop whole rows and columns of the matrix products. In
/// cases I and II the mask is multiplied into the activations and the products are
/// dense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Case {
    /// Random per sample and per step.
    I,
    /// Random per sample, constant over the window.
    II,
    /// Shared by the batch, random per step: structured dropout.
    #[default]
    III,
    /// Shared by the batch, constant over the window.
    IV,
}

named!(
    Case,
    "dropout case",
    I = "I",
    II = "II",
    III = "III",
    IV = "IV"
);

impl Case {
    /// Whether all samples of the batch share one mask.
    pub const fn shared_by_batch(self) -> bool {
        matches!(self, Case::III | Case::IV)
    }

    /// Whether all steps of a window share one mask.
    pub const fn constant_over_time(self) -> bool {
        matches!(self, Case::II | Case::IV)
    }
}

/// How many units a mask keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MaskKind {
    /// Exactly `round((1-p) K)` of K, at least one; the kept ones are scaled by K/k,
    /// the inverse of the share that is really kept.
    #[default]
    Exact,
    /// Each unit independently with probability 1-p; the kept ones are scaled by
    /// 1/(1-p).
    Bernoulli,
}

named!(
    MaskKind,
    "mask kind",
    Exact = "exact",
    Bernoulli = "bernoulli"
);

/// Where in the network a mask acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Site {
    /// Non-recurrent: the input of a layer.
    Nr,
    /// Recurrent hidden: h of the step before.
    Rh,
    /// The last layer's output, ahead of the softmax.
    Out,
}

named!(Site, "dropout site", Nr = "nr", Rh = "rh", Out = "out");

/// The dropout of a network. A site whose probability is 0 has no mask.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DropoutConfig {
    /// Who shares a mask, and for how long.
    pub case: Case,
    /// How many units a mask keeps.
    pub kind: MaskKind,
    /// Probability of dropping a unit of a layer's input, in [0, 1).
    pub nr: f64,
    /// Probability of dropping a unit of h of the step before, in [0, 1).
    pub rh: f64,
    /// Probability of dropping a unit of the last layer's output, in [0, 1).
    pub out: f64,
    /// Whether the sites of a layer draw from one stream: masks over equally many
    /// units with the same probability are then the same at every site of the layer.
    pub share_sites: bool,
    /// Whether the inputs of first layers stay whole: nr acts between layers only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub inputs_kept: bool,
    /// Whether a translator's decoder reads h~ back as out has dropped it, its input being
    /// kept otherwise: only with [`DropoutConfig::inputs_kept`]. Other networks have nothing
    /// that it could act on.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub feed_dropped: bool,
    /// Groups of the batch, each with masks of its own, 1 or more; more than 1 only where
    /// masks are shared by the batch, which they divide. [`Groups`] says how.
    #[serde(skip_serializing_if = "is_one")]
    pub mask_groups: usize,
}

/// A batch that is not in groups is not told: checkpoints and reports stay as they were.
fn is_one(groups: &usize) -> bool {
    *groups == 1
}

impl Default for DropoutConfig {
    fn default() -> Self {
        Self::at(&[], 0.0, Case::default())
    }
}

/// How a batch is in groups with a mask each.
///
/// A batch of B samples in G groups has groups of `B.div_ceil(G)` samples, one after another;
/// the last has what is left. Where G divides B all are alike. A last batch of an epoch, which
/// may be shorter, has groups that are smaller, and fewer of them if it has fewer samples
/// than groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups {
    /// How many there are.
    pub count: usize,
    /// Samples of each, but for the last.
    pub samples: usize,
}

impl Groups {
    /// `batch` samples in `groups` groups.
    pub fn of(batch: usize, groups: usize) -> Self {
        Self::sized(batch, batch.div_ceil(groups.max(1)))
    }

    /// `batch` samples in groups of `samples`.
    pub fn sized(batch: usize, samples: usize) -> Self {
        let samples = samples.clamp(1, batch.max(1));
        Self {
            count: batch.div_ceil(samples).max(1),
            samples,
        }
    }
}

impl DropoutConfig {
    /// No dropout.
    pub fn off() -> Self {
        Self::default()
    }

    /// Exact-count masks of probability `p` at the given sites.
    pub fn at(sites: &[Site], p: f64, case: Case) -> Self {
        let rate = |site| if sites.contains(&site) { p } else { 0.0 };
        Self {
            case,
            kind: MaskKind::Exact,
            nr: rate(Site::Nr),
            rh: rate(Site::Rh),
            out: rate(Site::Out),
            share_sites: false,
            inputs_kept: false,
            feed_dropped: false,
            mask_groups: 1,
        }
    }

    /// The sites of OpenNMT's translators at probability `p`: between layers, and the
    /// output, which the decoder reads back as it was dropped.
    pub fn opennmt(p: f64, case: Case) -> Self {
        Self {
            inputs_kept: true,
            feed_dropped: true,
            ..Self::at(&[Site::Nr, Site::Out], p, case)
        }
    }

    /// The probability at a site.
    pub fn rate(&self, site: Site) -> f64 {
        match site {
            Site::Nr => self.nr,
            Site::Rh => self.rh,
            Site::Out => self.out,
        }
    }

    /// How many of `units` an exact-count mask keeps at drop probability `p`.
    pub fn exact_count(p: f64, units: usize) -> usize {
        (((1.0 - p) * units as f64).round() as usize).clamp(1.min(units), units)
    }

    /// What the kept of `units` are multiplied by at a site.
    pub fn scale(&self, site: Site, units: usize) -> f64 {
        let p = self.rate(site);
        match self.kind {
            MaskKind::Exact => units as f64 / Self::exact_count(p, units) as f64,
            MaskKind::Bernoulli => 1.0 / (1.0 - p),
        }
    }

    /// Checks the probabilities, that the input feed is not dropped twice, and that there are
    /// groups only where they have a meaning.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names a probability outside [0, 1), the feed or the groups.
    pub fn check(&self) -> Result<(), LstmError> {
        for (what, p) in [
            ("the dropout probability at nr", self.nr),
            ("the dropout probability at rh", self.rh),
            ("the dropout probability at out", self.out),
        ] {
            if !(0.0..1.0).contains(&p) {
                return Err(LstmError::config(what, p, "at least 0 and less than 1"));
            }
        }
        let groups = self.mask_groups;
        if groups != 1 && (groups == 0 || !self.case.shared_by_batch()) {
            let expected = "1, or more in cases III and IV, in which a batch shares masks";
            return Err(LstmError::config(MASK_GROUPS, groups, expected));
        }
        if self.feed_dropped && !self.inputs_kept {
            return Err(LstmError::config(
                "the input feed",
                "dropped as the output is",
                "so only where inputs are kept, or it would be dropped at nr as well",
            ));
        }
        Ok(())
    }

    /// Checks that the groups divide a batch.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names what would.
    pub fn check_batch(&self, batch: usize) -> Result<(), LstmError> {
        let groups = self.mask_groups;
        if groups > 0 && batch.is_multiple_of(groups) {
            return Ok(());
        }
        let fitting = (1..=batch).filter(|groups| batch.is_multiple_of(*groups));
        let fitting: Vec<String> = fitting.map(|groups| groups.to_string()).collect();
        let expected = format!("a divisor of the batch of {batch}: {}", fitting.join(", "));
        Err(LstmError::config(MASK_GROUPS, groups, expected))
    }
}

/// What messages call them.
const MASK_GROUPS: &str = "the number of mask groups";
