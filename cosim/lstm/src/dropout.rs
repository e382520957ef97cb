//! Which units are dropped: where, how often, shared by whom and for how long.

use crate::LstmError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

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

impl Case {
    /// Every case.
    pub const ALL: [Case; 4] = [Case::I, Case::II, Case::III, Case::IV];

    /// The name used on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Case::I => "I",
            Case::II => "II",
            Case::III => "III",
            Case::IV => "IV",
        }
    }

    /// Whether all samples of the batch share one mask.
    pub const fn shared_by_batch(self) -> bool {
        matches!(self, Case::III | Case::IV)
    }

    /// Whether all steps of a window share one mask.
    pub const fn constant_over_time(self) -> bool {
        matches!(self, Case::II | Case::IV)
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Case {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        Case::ALL
            .into_iter()
            .find(|case| case.name().eq_ignore_ascii_case(s))
            .ok_or_else(|| format!("unknown dropout case '{s}': use one of I, II, III, IV"))
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

impl MaskKind {
    /// Both kinds.
    pub const ALL: [MaskKind; 2] = [MaskKind::Exact, MaskKind::Bernoulli];

    /// The name used on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            MaskKind::Exact => "exact",
            MaskKind::Bernoulli => "bernoulli",
        }
    }
}

impl fmt::Display for MaskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for MaskKind {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        MaskKind::ALL
            .into_iter()
            .find(|kind| kind.name() == s)
            .ok_or_else(|| format!("unknown mask kind '{s}': use exact or bernoulli"))
    }
}

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

impl Site {
    /// Every site.
    pub const ALL: [Site; 3] = [Site::Nr, Site::Rh, Site::Out];

    /// The name used in traces, on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Site::Nr => "nr",
            Site::Rh => "rh",
            Site::Out => "out",
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Site {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        Site::ALL
            .into_iter()
            .find(|site| site.name() == s)
            .ok_or_else(|| format!("unknown dropout site '{s}': use one of nr, rh, out"))
    }
}

/// The dropout of a network. A site whose probability is 0 has no mask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
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

    /// Checks the probabilities.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names a probability outside [0, 1).
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
        Ok(())
    }
}
