//! What the array did: of one job, and of all by policy and phase.

use super::element::ArrayElement;
use super::stream_report::StreamReport;
use super::traffic::Traffic;
use heddle_gemm::{Job, Phase, Policy};
use heddle_hdl::ArrayConfig;
use heddle_schedule::tiler::extent_of;
use heddle_schedule::{bounds, Count, Lay};
use std::collections::BTreeMap;

/// What jobs took on the array.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Account {
    /// Number of jobs.
    pub jobs: u64,
    /// The array's cycles. Where they went is known of jobs that were streamed alone and
    /// undisturbed.
    pub count: Count,
    /// Jobs of which that is not known.
    pub undivided: u64,
    /// Cycles the cycle model says; the array's own if there were gaps or stalls.
    pub model_cycles: u64,
    /// Jobs of which model and array say something else, gaps and stalls aside.
    pub model_differences: u64,
    /// Words over the ports.
    pub traffic: Traffic,
}

impl Account {
    /// That of `jobs[index]`, which were streamed together, laid out as `layings` says.
    pub(super) fn of<E: ArrayElement, L: Lay>(
        config: &ArrayConfig,
        policy: Policy,
        jobs: &[Job<'_, E>],
        layings: &[L],
        report: &StreamReport,
        index: usize,
    ) -> Self {
        let (cycles, model_cycles) = (report.job_cycles[index], report.model_cycles()[index]);
        let sent = extent_of(policy, &jobs[index]);
        let alone = report.predicted.as_ref().filter(|_| jobs.len() == 1);
        Self {
            jobs: 1,
            count: Count {
                cycles,
                macs: jobs[index].kept_shape().macs(),
                limit: bounds::limit(config, sent.macs()),
                bound: layings[index].bound(config, sent),
                breakdown: alone.map_or_else(Default::default, |model| model.breakdown),
            },
            undivided: u64::from(alone.is_none()),
            model_cycles,
            model_differences: u64::from(cycles != model_cycles),
            traffic: report.traffic[index],
        }
    }

    /// Adds other jobs.
    ///
    /// # Panics
    /// If a count exceeds 64 bits.
    pub fn add(&mut self, other: &Self) {
        self.jobs += other.jobs;
        self.count.add(&other.count, 1).expect("a count of 64 bits");
        self.undivided += other.undivided;
        self.model_cycles += other.model_cycles;
        self.model_differences += other.model_differences;
        self.traffic.add(&other.traffic);
    }
}

/// Accounts by policy and phase; jobs without a label have no phase.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accounts {
    by: BTreeMap<(Policy, Option<Phase>), Account>,
}

impl Accounts {
    /// That of the jobs of `phase` under `policy`.
    pub fn of(&self, policy: Policy, phase: Option<Phase>) -> Account {
        self.by.get(&(policy, phase)).copied().unwrap_or_default()
    }

    /// The sum over the phases under `policy`.
    pub fn policy(&self, policy: Policy) -> Account {
        let mut sum = Account::default();
        let of_policy = self.by.iter().filter(|((of, _), _)| *of == policy);
        of_policy.for_each(|(_, account)| sum.add(account));
        sum
    }

    /// Adds a job.
    pub fn add(&mut self, policy: Policy, phase: Option<Phase>, account: &Account) {
        self.by.entry((policy, phase)).or_default().add(account);
    }
}
