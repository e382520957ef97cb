//! What the array did, by phase and policy.

use super::stream_report::StreamReport;
use super::traffic::Traffic;
use heddle_gemm::{Element, Job, Phase, Policy};
use heddle_hdl::ArrayConfig;
use heddle_schedule::bounds;
use heddle_schedule::tiler::Extent;
use serde::Serialize;
use std::collections::BTreeMap;

/// Sums over jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct JobStats {
    /// Number of jobs.
    pub jobs: u64,
    /// Multiply-accumulates on kept m, k and n.
    pub macs: u64,
    /// Cycles the array took.
    pub cycles: u64,
    /// Cycles the cycle model says; equal unless there were gaps or stalls.
    pub model_cycles: u64,
    /// Jobs of which model and array say something else, gaps and stalls aside.
    pub model_differences: u64,
    /// MACs / (rows * cols): of kept ones under `packed`, of all otherwise.
    pub limit: f64,
    /// Words over the ports.
    pub traffic: Traffic,
}

impl JobStats {
    /// `limit / cycles`; 1 for jobs that took no cycle.
    pub fn utilisation(&self) -> f64 {
        if self.cycles == 0 {
            1.0
        } else {
            self.limit / self.cycles as f64
        }
    }

    /// Adds other jobs.
    pub fn add(&mut self, other: &Self) {
        self.jobs += other.jobs;
        self.macs += other.macs;
        self.cycles += other.cycles;
        self.model_cycles += other.model_cycles;
        self.model_differences += other.model_differences;
        self.limit += other.limit;
        self.traffic.add(&other.traffic);
    }
}

/// Sums over jobs by policy and phase; jobs without a label have no phase.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    by: BTreeMap<(Policy, Option<Phase>), JobStats>,
}

impl Stats {
    /// The stats of every policy and phase met, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Policy, Option<Phase>, &JobStats)> {
        self.by
            .iter()
            .map(|(&(policy, phase), stats)| (policy, phase, stats))
    }

    /// The sum over the phases under `policy`.
    pub fn policy(&self, policy: Policy) -> JobStats {
        let mut sum = JobStats::default();
        for (_, _, stats) in self.iter().filter(|(of, _, _)| *of == policy) {
            sum.add(stats);
        }
        sum
    }

    /// Adds a stream.
    pub(super) fn record<E: Element>(
        &mut self,
        config: &ArrayConfig,
        policy: Policy,
        jobs: &[Job<'_, E>],
        report: &StreamReport,
    ) {
        for (i, job) in jobs.iter().enumerate() {
            let cycles = report.job_cycles[i];
            let model_cycles = report.model_cycles()[i];
            let phase = job.label.map(|label| label.phase);
            self.by.entry((policy, phase)).or_default().add(&JobStats {
                jobs: 1,
                macs: Extent::of(Policy::Packed, job).macs(),
                cycles,
                model_cycles,
                model_differences: u64::from(cycles != model_cycles),
                limit: bounds::limit(config, Extent::of(policy, job).macs()),
                traffic: report.traffic[i],
            });
        }
    }
}
