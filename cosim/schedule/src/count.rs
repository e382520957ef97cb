//! Cycles and multiply-accumulates of jobs: the one account of both.

use super::bounds;
use super::model::Breakdown;
use heddle_hdl::ArrayConfig;

/// What jobs cost on an array.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    /// Cycles from the first weight word accepted to the last sum valid, both counted.
    pub cycles: u64,
    /// Multiply-accumulates on kept m, k and n.
    pub macs: u64,
    /// MACs / (rows * cols): of kept ones under `packed`, of all under the others,
    /// which take the time of all.
    pub limit: f64,
    /// Cycles if tiles followed each other without a bubble; see `Laid::bound`.
    pub bound: u64,
    /// Where the cycles went, of the jobs of which that is known.
    pub breakdown: Breakdown,
}

impl Count {
    /// A job of which `sent` multiply-accumulates take time and `useful` are on kept m, k and n.
    /// `sent` is less than what its tiles hold where packed jobs of several masks are chained.
    pub fn new(
        config: &ArrayConfig,
        breakdown: Breakdown,
        bound: u64,
        sent: u64,
        useful: u64,
    ) -> Self {
        Self {
            cycles: breakdown.total(),
            macs: useful,
            limit: bounds::limit(config, sent),
            bound,
            breakdown,
        }
    }

    /// Adds `times` times `other`; `None` if a count exceeds 64 bits.
    pub fn add(&mut self, other: &Self, times: u64) -> Option<()> {
        for (to, value) in [
            (&mut self.cycles, other.cycles),
            (&mut self.macs, other.macs),
            (&mut self.bound, other.bound),
        ] {
            add(to, value, times)?;
        }
        self.limit += other.limit * times as f64;
        // Its parts are no more than the cycles.
        self.breakdown.add(&other.breakdown, times);
        Some(())
    }

    /// That of `times` such jobs, one after another.
    ///
    /// # Panics
    /// If a count exceeds 64 bits.
    pub fn times(&self, times: u64) -> Self {
        let mut all = Self::default();
        all.add(self, times).expect("a count of 64 bits");
        all
    }

    /// `limit / cycles`; 1 where there are no cycles.
    pub fn utilisation(&self) -> f64 {
        utilisation(self.limit, self.cycles)
    }

    /// `bound / cycles`; 1 where there are no cycles.
    pub fn of_bound(&self) -> f64 {
        utilisation(self.bound as f64, self.cycles)
    }

    /// The part of `breakdown.beats` that ragged tiles leave unused: beats minus limit.
    pub fn ragged(&self) -> f64 {
        self.breakdown.beats as f64 - self.limit
    }
}

/// The part of `cycles` that `needed` ones are; 1 where there are none.
pub fn utilisation(needed: f64, cycles: u64) -> f64 {
    if cycles == 0 {
        1.0
    } else {
        needed / cycles as f64
    }
}

/// `to += value * times`; `None` if that exceeds 64 bits.
pub(crate) fn add(to: &mut u64, value: u64, times: u64) -> Option<()> {
    *to = value.checked_mul(times)?.checked_add(*to)?;
    Some(())
}
