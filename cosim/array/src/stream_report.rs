//! The account of a stream.

use super::account::Account;
use super::port::Counters;
use super::traffic::Traffic;
use heddle_schedule::model::Prediction;

/// What a stream cost, and what it moved.
#[derive(Clone, Debug, Default)]
pub struct StreamReport {
    /// Enabled cycles from the first weight or exchange accepted to the last sum valid, both
    /// counted; 0 if there was nothing to do.
    pub cycles: u64,
    /// Cycles in which the array was stalled, on top of `cycles`.
    pub stalled: u64,
    /// For each job the part of `cycles` after the last sum of the job before it.
    pub job_cycles: Vec<u64>,
    /// What the cycle model says of the same plan; none if there were gaps and stalls.
    pub predicted: Option<Prediction>,
    /// For each job the words over the ports.
    pub traffic: Vec<Traffic>,
    /// What each job took.
    pub accounts: Vec<Account>,
    /// The array's counters, checked against the driver's own.
    pub counters: Counters,
}

impl StreamReport {
    /// For each job the cycles of the cycle model, or its own where that says nothing.
    pub fn model_cycles(&self) -> &[u64] {
        let predicted = self.predicted.as_ref();
        predicted.map_or(&self.job_cycles, |predicted| &predicted.job_cycles)
    }
}
