//! Cycles of several products: by policy, and where they went.

use super::model::Breakdown;
use crate::mapper::Candidate;
use heddle_gemm::Policy;
use serde::Serialize;
use std::collections::BTreeMap;

/// `to += value * times`; `None` if that exceeds 64 bits.
fn add(to: &mut u64, value: u64, times: u64) -> Option<()> {
    *to = value.checked_mul(times)?.checked_add(*to)?;
    Some(())
}

/// Cycles of several products under one policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PolicyCount {
    /// Cycles, the products one after another.
    pub cycles: u64,
    /// Useful multiply-accumulates.
    pub macs: u64,
    /// Cycles if every PE always worked: of kept MACs under `packed`, of all else.
    pub limit: f64,
    /// Cycles if the tiles of the chosen mappings followed each other without a bubble.
    pub bound: u64,
    /// Where the cycles went.
    pub breakdown: Breakdown,
    /// How many products were mapped in which way.
    pub mappings: BTreeMap<&'static str, u64>,
}

impl From<&Candidate> for PolicyCount {
    fn from(one: &Candidate) -> Self {
        Self {
            cycles: one.count.cycles,
            macs: one.count.macs,
            limit: one.count.limit,
            bound: one.bound,
            breakdown: one.count.breakdown,
            mappings: BTreeMap::from([(one.name(), one.jobs as u64)]),
        }
    }
}

impl PolicyCount {
    /// Adds `times` times the products of `other`; `None` if a count exceeds 64 bits.
    pub fn add(&mut self, other: &Self, times: u64) -> Option<()> {
        let (here, there) = (&mut self.breakdown, &other.breakdown);
        for (to, value) in [
            (&mut self.cycles, other.cycles),
            (&mut self.macs, other.macs),
            (&mut self.bound, other.bound),
            (&mut here.beats, there.beats),
            (&mut here.weight_load, there.weight_load),
            (&mut here.round_trip, there.round_trip),
            (&mut here.exchange, there.exchange),
            (&mut here.drain, there.drain),
        ] {
            add(to, value, times)?;
        }
        self.limit += other.limit * times as f64;
        for (name, jobs) in &other.mappings {
            add(self.mappings.entry(name).or_default(), *jobs, times)?;
        }
        Some(())
    }

    /// `limit / cycles`; 1 where there are no cycles.
    pub fn utilisation(&self) -> f64 {
        if self.cycles == 0 {
            1.0
        } else {
            self.limit / self.cycles as f64
        }
    }

    /// `bound / cycles`; 1 where there are no cycles.
    pub fn of_bound(&self) -> f64 {
        if self.cycles == 0 {
            1.0
        } else {
            self.bound as f64 / self.cycles as f64
        }
    }

    /// Beats that ragged tiles leave unused, in cycles.
    pub fn ragged(&self) -> f64 {
        self.breakdown.beats as f64 - self.limit
    }
}

/// Cycles of several products under every policy, and by SCALE-Sim's closed forms.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
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
        if self.packed.cycles == 0 {
            1.0
        } else {
            self.dense.cycles as f64 / self.packed.cycles as f64
        }
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
