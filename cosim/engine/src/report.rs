//! What many programs brought, by policy: the report of `heddle cosim --target engine`.

use crate::memory::Kind;
use crate::model::{difference, Modelled};
use crate::run_report::RunReport;
use heddle_gemm::Policy;
use serde::Serialize;
use std::collections::BTreeMap;

/// What the programs of one policy brought.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PolicyTotals {
    /// Descriptors, those that failed among them.
    pub jobs: u64,
    /// Multiply-accumulates of kept m, k and n of those that were done.
    pub macs: u64,
    /// Cycles from doorbell to last interrupt.
    pub cycles: u64,
    /// Sums that are not what they have to be.
    pub mismatches: u64,
    /// Bytes that are not, sums and others.
    pub wrong_bytes: u64,
    /// Programs whose cycles, counters or bytes are not those of the cycle model; nothing where it was not asked.
    pub cycle_model_differences: Option<u64>,
    /// Bytes read, as the memory counted them: bus words.
    pub bytes_read: u64,
    /// Bytes written, those with a strobe.
    pub bytes_written: u64,
    /// Bytes read by what they were for; `c` is C0 in the place of C.
    pub bytes_read_of: BTreeMap<Kind, u64>,
    /// Rows of B that were fetched, as the engine counted them.
    pub rows_fetched: u64,
    /// Rows of B that a mask dropped.
    pub rows_skipped: u64,
    /// Bytes written where nothing may be.
    pub guard_violations: u64,
    /// Beats read where nothing is to be.
    pub stray_reads: u64,
    /// What AXI forbids.
    pub protocol_violations: u64,
    /// Programs whose jobs did not all come to an end.
    pub hangs: u64,
    /// Interrupts that were due, for jobs and errors.
    pub interrupts_expected: u64,
    /// Interrupts that came.
    pub interrupts_seen: u64,
    /// Error records that were due.
    pub errors_expected: u64,
    /// Error records that came.
    pub errors_seen: u64,
    /// Records that say something else than what happened.
    pub errors_wrong: u64,
    /// Programs whose counted causes do not add up to the busy cycles, or whose counted bytes are not
    /// the memory's.
    pub counter_differences: u64,
    /// Programs in which the engine told of an integer overflow.
    pub overflows: u64,
    /// Programs in which it told of one that was none, or did not of one that was.
    pub overflow_differences: u64,
    /// All counters of the engine, added up.
    pub counters: BTreeMap<String, u64>,
}

impl PolicyTotals {
    /// Whether all was right.
    pub fn is_clean(&self) -> bool {
        let wrong = [
            self.mismatches,
            self.wrong_bytes,
            self.cycle_model_differences.unwrap_or(0),
            self.guard_violations,
            self.stray_reads,
            self.protocol_violations,
            self.hangs,
            self.errors_wrong,
            self.counter_differences,
            self.overflow_differences,
        ];
        wrong.iter().all(|count| *count == 0)
            && self.interrupts_expected == self.interrupts_seen
            && self.errors_expected == self.errors_seen
    }

    fn add(&mut self, run: &RunReport) {
        let expected = &run.expected;
        self.jobs += expected.outcomes.len() as u64;
        self.macs += expected
            .outcomes
            .iter()
            .filter(|outcome| outcome.code.is_none())
            .map(|outcome| outcome.macs)
            .sum::<u64>();
        self.cycles += run.cycles;
        self.mismatches += run.wrong.sums;
        self.wrong_bytes += run.wrong.bytes;
        self.bytes_read += run.traffic.all_read().bytes;
        self.bytes_written += run.traffic.all_written().bytes;
        for (kind, volume) in &run.traffic.read {
            *self.bytes_read_of.entry(*kind).or_default() += volume.bytes;
        }
        self.rows_fetched += run.counters.get("rows_fetched");
        self.rows_skipped += run.counters.get("rows_skipped");
        self.guard_violations += run.guard_violations;
        self.stray_reads += run.stray_reads;
        self.protocol_violations += run.protocol_violations;
        self.hangs += u64::from(run.hung.is_some());
        self.interrupts_expected += run.interrupts.expected;
        self.interrupts_seen += run.interrupts.seen;
        self.errors_expected += run.errors_expected;
        self.errors_seen += run.errors.len() as u64;
        self.errors_wrong += run.wrong_errors.len() as u64;
        self.counter_differences += u64::from(!counters_hold(run));
        self.overflows += u64::from(run.overflows > 0);
        self.overflow_differences += u64::from(run.wrong_overflow.is_some());
        for (name, value) in run.counters.iter() {
            *self.counters.entry(name).or_default() += value;
        }
    }
}

/// Whether what the engine counted is what was seen from outside.
fn counters_hold(run: &RunReport) -> bool {
    let counted = ["bytes_read", "bytes_written"].map(|name| run.counters.get(name));
    let seen = [
        run.traffic.all_read().bytes,
        run.traffic.all_written().bytes,
    ];
    run.hung.is_some() || run.counters.add_up() && counted == seen
}

/// The report.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct EngineReport {
    /// By policy.
    pub policies: BTreeMap<Policy, PolicyTotals>,
    /// The first thing that was wrong, and in which program.
    pub first_problem: Option<String>,
}

impl EngineReport {
    /// Adds a run of a program that is called `name`.
    pub fn add(&mut self, policy: Policy, name: &str, run: &RunReport) {
        self.policies.entry(policy).or_default().add(run);
        if self.first_problem.is_some() {
            return;
        }
        let problem = run.first_problem().or_else(|| {
            let counters = &run.counters;
            (!counters_hold(run)).then(|| format!("the counters do not hold: {counters:?}"))
        });
        self.first_problem = problem.map(|problem| format!("{name}, {policy}: {problem}"));
    }

    /// Compares a run that was added with what the cycle model says of its program.
    pub fn compare(
        &mut self,
        policy: Policy,
        name: &str,
        run: &RunReport,
        modelled: Option<&Modelled>,
    ) {
        let difference = difference(run, modelled);
        let totals = self.policies.entry(policy).or_default();
        let count = totals.cycle_model_differences.get_or_insert(0);
        *count += u64::from(difference.is_some());
        if self.first_problem.is_none() {
            self.first_problem = difference.map(|what| format!("{name}, {policy}: {what}"));
        }
    }

    /// Whether all was right.
    pub fn is_clean(&self) -> bool {
        self.policies.values().all(PolicyTotals::is_clean)
    }
}
