//! Cycles of several products by policy.

use super::count::{add, utilisation, Count};
use crate::mapper::Candidate;
use heddle_gemm::Policy;
use std::collections::BTreeMap;

/// Cycles of several products under one policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyCount {
    /// The products one after another.
    pub count: Count,
    /// How many products were mapped in which way.
    pub mappings: BTreeMap<&'static str, u64>,
}

impl From<&Candidate> for PolicyCount {
    fn from(one: &Candidate) -> Self {
        Self {
            count: one.count,
            mappings: BTreeMap::from([(one.name(), one.jobs as u64)]),
        }
    }
}

impl PolicyCount {
    /// Adds `times` times the products of `other`; `None` if a count exceeds 64 bits.
    pub fn add(&mut self, other: &Self, times: u64) -> Option<()> {
        self.count.add(&other.count, times)?;
        for (name, jobs) in &other.mappings {
            add(self.mappings.entry(name).or_default(), *jobs, times)?;
        }
        Some(())
    }
}

/// Cycles of several products under every policy, and by SCALE-Sim's closed forms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Number of products.
    pub jobs: u64,
    /// The baseline.
    pub dense: PolicyCount,
    /// Dropped units switched off.
    pub gated: PolicyCount,
    /// Dropped units never sent.
    pub packed: PolicyCount,
    /// SCALE-Sim, weight stationary, of all units and of the kept ones.
    pub scalesim_ws: [u64; 2],
    /// SCALE-Sim, output stationary, of all units and of the kept ones.
    pub scalesim_os: [u64; 2],
    /// SCALE-Sim with the better of the two for each product.
    pub scalesim_best: [u64; 2],
}

impl Tally {
    /// The count under `policy`.
    pub fn policy(&self, policy: Policy) -> &PolicyCount {
        match policy {
            Policy::Dense => &self.dense,
            Policy::Gated => &self.gated,
            Policy::Packed => &self.packed,
        }
    }

    /// Dense cycles by packed cycles; 1 where nothing is left to do.
    pub fn speedup(&self) -> f64 {
        utilisation(self.dense.count.cycles as f64, self.packed.count.cycles)
    }

    /// SCALE-Sim's cycles for what `policy` sends, each product in its better dataflow, and
    /// which that is: `ws` or `os`, or `ws, os` if not the same for all.
    pub fn scalesim(&self, policy: Policy) -> (&'static str, u64) {
        let sent = usize::from(policy == Policy::Packed);
        let best = self.scalesim_best[sent];
        let name = if best == self.scalesim_os[sent] {
            "os"
        } else if best == self.scalesim_ws[sent] {
            "ws"
        } else {
            "ws, os"
        };
        (name, best)
    }

    /// What it counts for `policy`, to be added to.
    pub fn policy_mut(&mut self, policy: Policy) -> &mut PolicyCount {
        match policy {
            Policy::Dense => &mut self.dense,
            Policy::Gated => &mut self.gated,
            Policy::Packed => &mut self.packed,
        }
    }

    /// Adds `times` times the products of `other`; `None` if a count exceeds 64 bits.
    pub fn add(&mut self, other: &Self, times: u64) -> Option<()> {
        add(&mut self.jobs, other.jobs, times)?;
        self.dense.add(&other.dense, times)?;
        self.gated.add(&other.gated, times)?;
        self.packed.add(&other.packed, times)?;
        for i in 0..2 {
            add(&mut self.scalesim_ws[i], other.scalesim_ws[i], times)?;
            add(&mut self.scalesim_os[i], other.scalesim_os[i], times)?;
            add(&mut self.scalesim_best[i], other.scalesim_best[i], times)?;
        }
        Some(())
    }
}
