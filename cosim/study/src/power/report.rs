//! What was found about power.

use super::scenario::Treatment;
use super::simulate::Measured;
use heddle_gemm::Phase;
use heddle_hdl::ArrayConfig;
use heddle_power::{Group, Sums};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Energy in joule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Energy {
    /// Of changes of nets, the clock's aside.
    pub dynamic: f64,
    /// Of the clock: pins of registers, nets, gates.
    pub clock: f64,
    /// At rest.
    pub leakage: f64,
}

impl Energy {
    /// All of it.
    pub fn total(&self) -> f64 {
        self.dynamic + self.clock + self.leakage
    }

    fn times(self, factor: f64) -> Self {
        Self {
            dynamic: self.dynamic * factor,
            clock: self.clock * factor,
            leakage: self.leakage * factor,
        }
    }
}

/// A sample of the jobs of a phase under one policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobsRun {
    /// The phase.
    pub phase: Phase,
    /// How masks are treated.
    pub policy: Treatment,
    /// Names of the jobs.
    #[serde(rename = "job_names")]
    pub jobs: Vec<String>,
    /// Multiply-accumulates of what is kept; for `kept` all of them.
    pub macs: u64,
    /// Clock cycles.
    pub cycles: u64,
    /// Mean power in watt, by group.
    pub watt: Sums,
    /// Energy of all of it.
    #[serde(rename = "joule")]
    pub energy: Energy,
    /// Dynamic energy against the same jobs with all masks kept, the clock aside.
    pub ratio: f64,
    /// The same with clock and leakage.
    pub ratio_with_clock: f64,
    /// Dynamic energy against the same jobs dense with zeros, if they were run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against_dense: Option<f64>,
}

impl JobsRun {
    /// A run, not yet related to others.
    pub fn new(
        phase: Phase,
        policy: Treatment,
        jobs: Vec<String>,
        measured: &Measured,
        watt: Sums,
        period_ns: f64,
    ) -> Self {
        let cycles = measured.activity.cycles;
        let seconds = cycles as f64 * period_ns * 1e-9;
        let (logic, clock) = (watt.of(|group| !group.is_clock()), watt.of(Group::is_clock));
        Self {
            phase,
            policy,
            jobs,
            macs: measured.macs,
            cycles,
            energy: Energy {
                dynamic: logic.dynamic() * seconds,
                clock: clock.dynamic() * seconds,
                leakage: (logic.leakage + clock.leakage) * seconds,
            },
            watt,
            ratio: f64::NAN,
            ratio_with_clock: f64::NAN,
            against_dense: None,
        }
    }
}

/// Relates the runs of each phase to the one with all masks kept.
pub fn relate(runs: &mut [JobsRun]) {
    let energies: BTreeMap<(Phase, Treatment), Energy> = runs
        .iter()
        .map(|run| ((run.phase, run.policy), run.energy))
        .collect();
    for run in runs {
        if let Some(kept) = energies.get(&(run.phase, Treatment::Kept)) {
            run.ratio = run.energy.dynamic / kept.dynamic;
            run.ratio_with_clock = run.energy.total() / kept.total();
        }
        let dense = energies.get(&(run.phase, Treatment::Dense));
        run.against_dense = dense.map(|dense| run.energy.dynamic / dense.dynamic);
    }
}

/// The energy of all jobs together, a training step's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepEnergy {
    /// How masks are treated.
    pub policy: Treatment,
    /// Energy.
    #[serde(rename = "joule")]
    pub energy: Energy,
    /// Kept multiply-accumulates of all jobs: what is useful.
    pub macs: u64,
    /// Dynamic energy for each of them, the clock aside.
    pub joule_per_mac: f64,
    /// The same with clock and leakage.
    pub joule_per_mac_with_clock: f64,
    /// Dynamic energy against all masks kept, the clock aside.
    pub ratio: f64,
    /// The same with clock and leakage.
    pub ratio_with_clock: f64,
}

/// The energy of a step under each policy: that of each phase's sample, by the share of the
/// phase's kept multiply-accumulates that are in the sample.
pub fn steps(
    runs: &[JobsRun],
    macs: &BTreeMap<Phase, u64>,
    treatments: &[Treatment],
) -> Vec<StepEnergy> {
    // The sample's kept MACs are what a run that knows masks counts; without one, all.
    let sampled = |phase: Phase| {
        let of = runs.iter().filter(|run| run.phase == phase);
        of.map(|run| run.macs).min()
    };
    let energy = |treatment: Treatment| {
        let mut sum = Energy::default();
        for run in runs.iter().filter(|run| run.policy == treatment) {
            let all = macs.get(&run.phase).copied().unwrap_or(0);
            if let Some(part) = sampled(run.phase).filter(|part| *part > 0) {
                let scaled = run.energy.times(all as f64 / part as f64);
                sum.dynamic += scaled.dynamic;
                sum.clock += scaled.clock;
                sum.leakage += scaled.leakage;
            }
        }
        sum
    };
    let kept = energy(Treatment::Kept);
    let useful: u64 = macs
        .iter()
        .filter(|(phase, _)| sampled(**phase).is_some())
        .map(|(_, macs)| macs)
        .sum();
    treatments
        .iter()
        .map(|&policy| {
            let energy = energy(policy);
            StepEnergy {
                policy,
                energy,
                macs: useful,
                joule_per_mac: energy.dynamic / useful as f64,
                joule_per_mac_with_clock: energy.total() / useful as f64,
                ratio: energy.dynamic / kept.dynamic,
                ratio_with_clock: energy.total() / kept.total(),
            }
        })
        .collect()
}

/// Powers of the PEs of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// Of what computes in them, the clock aside.
    pub datapath: f64,
    /// Of the clock pins of that.
    pub clock: f64,
    /// Of all of their groups.
    pub sums: Sums,
}

/// A column of PEs that is switched off, against the same one at work.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    /// Which one.
    pub column: usize,
    /// Dynamic power of multipliers, adders and weights at work in it, in watt, at work.
    #[serde(rename = "active_datapath_watt")]
    pub active: f64,
    /// The same, switched off.
    #[serde(rename = "gated_datapath_watt")]
    pub gated: f64,
    /// One by the other.
    pub ratio: f64,
    /// The same with the clock pins of these registers.
    pub ratio_with_clock: f64,
    /// By group, at work.
    pub active_watt: Sums,
    /// By group, switched off.
    pub gated_watt: Sums,
}

impl Column {
    /// From the powers of both.
    pub fn new(column: usize, active: &Parts, gated: &Parts) -> Self {
        Self {
            column,
            active: active.datapath,
            gated: gated.datapath,
            ratio: gated.datapath / active.datapath,
            ratio_with_clock: (gated.datapath + gated.clock) / (active.datapath + active.clock),
            active_watt: active.sums.clone(),
            gated_watt: gated.sums.clone(),
        }
    }
}

/// Everything about the power of one array.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PowerReport {
    /// The array, with every default filled in.
    pub array: ArrayConfig,
    /// The Liberty file's library.
    pub library: String,
    /// The Liberty files.
    pub liberty: Vec<String>,
    /// Its operating conditions.
    pub conditions: String,
    /// The clock.
    pub clock_mhz: f64,
    /// Cells of the netlist.
    pub cells: usize,
    /// Its nets.
    pub nets: usize,
    /// Each phase under each policy.
    pub runs: Vec<JobsRun>,
    /// All jobs under each policy.
    pub step: Vec<StepEnergy>,
    /// A column that is switched off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<Column>,
    /// The tools.
    pub tools: BTreeMap<&'static str, String>,
    /// How the figures are to be read.
    pub notes: Vec<String>,
    /// Folders with what the tools wrote.
    pub logs: Vec<PathBuf>,
    /// Whether everything came from the cache.
    pub cached: bool,
}
