//! Sums over jobs: by policy, and by phase within a policy.

use heddle_array::build::Text;
use heddle_array::traffic::PortTraffic;
use heddle_array::Account;
use heddle_gemm::{Phase, Policy};
use heddle_hdl::ArrayConfig;
use heddle_schedule::model::Breakdown;
use heddle_trace::replay::{Reference, Replayed, WrongCycles, WrongSum};
use heddle_trace::TraceJob;
use serde::Serialize;
use std::collections::BTreeMap;

/// Sums over some jobs under one policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    /// What they took, one after another.
    pub account: Account,
    /// Sums that differ from the golden model or the trace.
    pub mismatches: u64,
    /// Those of them that equal the golden model.
    pub trace_mismatches: u64,
}

impl Totals {
    fn add(&mut self, other: &Self) {
        self.account.add(&other.account);
        self.mismatches += other.mismatches;
        self.trace_mismatches += other.trace_mismatches;
    }
}

impl From<&Replayed> for Totals {
    fn from(job: &Replayed) -> Self {
        Self {
            account: job.account,
            mismatches: job.mismatches,
            trace_mismatches: job.trace_mismatches,
        }
    }
}

/// One port's traffic as it is reported.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PortReport {
    /// Bits of a word.
    pub word_bits: usize,
    /// Words in all.
    pub words: u64,
    /// Bytes per cycle on average.
    pub mean_bytes_per_cycle: f64,
    /// Most bytes in one cycle.
    pub peak_bytes_per_cycle: f64,
}

impl PortReport {
    fn new(port: &PortTraffic, cycles: u64) -> Self {
        Self {
            word_bits: port.word_bits,
            words: port.words,
            mean_bytes_per_cycle: port.mean_bytes(cycles),
            peak_bytes_per_cycle: port.peak_bytes(),
        }
    }
}

/// Totals as they are reported.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyReport {
    /// Jobs.
    pub jobs: u64,
    /// Multiply-accumulates on kept m, k and n.
    pub macs: u64,
    /// Cycles that the array took.
    pub cycles: u64,
    /// Cycles that the cycle model says.
    pub model_cycles: u64,
    /// Cycles if every PE did a useful MAC in every cycle; under dense and gated, which
    /// take the time of all MACs, of all.
    pub limit: f64,
    /// Cycles if tiles followed each other without a bubble; see `heddle_schedule::Laid::bound`.
    pub bound: u64,
    /// `limit / cycles`.
    pub utilisation: f64,
    /// `bound / cycles`.
    pub of_bound: f64,
    /// Where the cycles went; none where jobs ran back to back or disturbed.
    pub breakdown: Option<Breakdown>,
    /// The beats that ragged tiles waste, in cycles: `breakdown.beats - limit`.
    pub ragged: Option<f64>,
    /// Dense cycles by these cycles, where dense was run.
    pub speedup: Option<f64>,
    /// Sums that differ from the golden model or the trace.
    pub mismatches: u64,
    /// Those of them that equal the golden model: only the trace says otherwise.
    pub trace_mismatches: u64,
    /// Jobs whose cycles differ from the cycle model's.
    pub cycle_model_differences: u64,
    /// Traffic of the ports `weights`, `activations`, `seeds` and `sums`.
    pub ports: BTreeMap<&'static str, PortReport>,
    /// The same by phase; empty within a phase.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub phases: BTreeMap<Phase, PolicyReport>,
}

impl PolicyReport {
    fn new(totals: &Totals, dense: Option<&Totals>) -> Self {
        let Account {
            count,
            traffic,
            jobs,
            ..
        } = totals.account;
        let port = |port: &PortTraffic| PortReport::new(port, count.cycles);
        let divided = totals.account.undivided == 0;
        Self {
            jobs,
            macs: count.macs,
            cycles: count.cycles,
            model_cycles: totals.account.model_cycles,
            limit: count.limit,
            bound: count.bound,
            utilisation: count.utilisation(),
            of_bound: count.of_bound(),
            breakdown: divided.then_some(count.breakdown),
            ragged: divided.then(|| count.ragged()),
            speedup: dense
                .filter(|_| count.cycles > 0)
                .map(|dense| dense.account.count.cycles as f64 / count.cycles as f64),
            mismatches: totals.mismatches,
            trace_mismatches: totals.trace_mismatches,
            cycle_model_differences: totals.account.model_differences,
            ports: BTreeMap::from([
                ("weights", port(&traffic.weights)),
                ("activations", port(&traffic.activations)),
                ("seeds", port(&traffic.seeds)),
                ("sums", port(&traffic.sums)),
            ]),
            phases: BTreeMap::new(),
        }
    }
}

/// What was simulated.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Simulated {
    /// A text that the program generated.
    Text(Text),
    /// The Verilog in this folder.
    Folder(std::path::PathBuf),
}

impl std::fmt::Display for Simulated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(Text::Fast) => f.write_str("the text for simulation"),
            Self::Text(Text::Emitted) => f.write_str("the text that is synthesized"),
            Self::Folder(folder) => write!(f, "the Verilog in {}", folder.display()),
        }
    }
}

/// What a co-simulation found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The array, with every default filled in.
    pub array: ArrayConfig,
    /// What was simulated of it.
    pub simulated: Option<Simulated>,
    /// Jobs that were replayed, each under every policy.
    pub jobs: u64,
    /// Jobs of another number format, which this array cannot compute.
    pub skipped: u64,
    /// By policy.
    pub policies: BTreeMap<Policy, PolicyReport>,
    /// Wrong sums under all policies.
    pub mismatches: u64,
    /// Those of them that equal the golden model: only the trace says otherwise.
    pub trace_mismatches: u64,
    /// Jobs off the cycle model under all policies.
    pub cycle_model_differences: u64,
    /// The first wrong sum.
    pub first_mismatch: Option<WrongSum>,
    /// The first job off the cycle model.
    pub first_cycle_model_difference: Option<WrongCycles>,
    /// Waveform of the job with the first wrong sum; if there is none, of that which was asked for.
    pub waveform: Option<std::path::PathBuf>,
    #[serde(skip)]
    totals: BTreeMap<(Policy, Phase), Totals>,
}

impl Report {
    /// Nothing found yet.
    pub fn new(array: ArrayConfig) -> Self {
        Self {
            array: array.resolved(),
            simulated: None,
            jobs: 0,
            skipped: 0,
            policies: BTreeMap::new(),
            mismatches: 0,
            trace_mismatches: 0,
            cycle_model_differences: 0,
            first_mismatch: None,
            first_cycle_model_difference: None,
            waveform: None,
            totals: BTreeMap::new(),
        }
    }

    /// Adds a job that was replayed under one or more policies.
    pub fn add(&mut self, job: &TraceJob, replayed: &[(Policy, Replayed)]) {
        self.jobs += 1;
        for (policy, result) in replayed {
            self.totals
                .entry((*policy, job.header.phase))
                .or_default()
                .add(&result.into());
            self.mismatches += result.mismatches;
            self.trace_mismatches += result.trace_mismatches;
            let account = &result.account;
            if account.model_differences > 0 {
                self.cycle_model_differences += 1;
                self.first_cycle_model_difference
                    .get_or_insert_with(|| WrongCycles {
                        job: job.header.name.clone(),
                        policy: *policy,
                        expected: account.model_cycles,
                        found: account.count.cycles,
                    });
            }
            // One that the golden model has otherwise tells more than one of the trace alone.
            let tells_more = |wrong: &&WrongSum| {
                self.first_mismatch.as_ref().is_none_or(|first| {
                    first.reference == Reference::Trace && wrong.reference == Reference::Golden
                })
            };
            if let Some(wrong) = result.first_mismatch.as_ref().filter(tells_more) {
                self.first_mismatch = Some(wrong.clone());
            }
        }
        self.summarise();
    }

    /// Whether every bit and every cycle was right.
    pub fn is_clean(&self) -> bool {
        self.mismatches == 0 && self.cycle_model_differences == 0
    }

    fn summarise(&mut self) {
        let sum = |policy, phase: Option<Phase>| {
            let mut parts = self
                .totals
                .iter()
                .filter(|((its, of), _)| *its == policy && phase.is_none_or(|phase| phase == *of))
                .map(|(_, totals)| totals)
                .peekable();
            parts.peek()?;
            let mut sum = Totals::default();
            parts.for_each(|part| sum.add(part));
            Some(sum)
        };
        let report = |policy, phase| {
            let totals = sum(policy, phase)?;
            Some(PolicyReport::new(
                &totals,
                sum(Policy::Dense, phase).as_ref(),
            ))
        };
        self.policies = Policy::ALL
            .into_iter()
            .filter_map(|policy| {
                let mut all = report(policy, None)?;
                all.phases = Phase::ALL
                    .into_iter()
                    .filter_map(|phase| Some((phase, report(policy, Some(phase))?)))
                    .collect();
                Some((policy, all))
            })
            .collect();
    }
}
