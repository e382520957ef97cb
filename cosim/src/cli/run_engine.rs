//! `heddle run --target engine`: the products of a training step through memory and the engine.

use super::engine_program::program;
use super::engine_report::{engine_json, joined, print};
use super::engine_waveform::{self, Kept, Runs};
use super::simulator::SimulatorArgs;
use super::waveform::Waveform;
use super::{interrupt, output, progress};
use crate::CosimError;
use heddle_engine::memory::Timing;
use heddle_engine::model::model;
use heddle_engine::{Driver, DriverOptions, EnginePort, EngineReport, Sizes};
use heddle_gemm::{Phase, Policy};
use heddle_hdl::ArrayConfig;
use heddle_report::{fixed, grouped, Columns};
use heddle_toolbox::memory;
use heddle_trace::TraceJob;
use serde_json::{json, Value};
use std::collections::BTreeMap;

/// Copies of the operands that a run keeps: as they were recorded and as bytes, as memory was, is, and has to be.
const COPIES: u128 = 6;

/// What the products of a training step brought.
#[derive(Debug, Default)]
pub(super) struct StepReport {
    all: Runs,
    kept: Option<Kept>,
    phases: BTreeMap<Phase, EngineReport>,
}

/// The products of a training step on the engine of `config`: those of each phase are one program, in which what adds up
/// stays on chip.
pub(super) fn run(
    simulator: &SimulatorArgs,
    config: &ArrayConfig,
    timing: Timing,
    jobs: Vec<TraceJob>,
    waveform: &Waveform,
) -> Result<StepReport, CosimError> {
    let bytes = jobs.iter().map(TraceJob::bytes).sum::<u128>();
    let remedy = "record fewer --record-times, or give a smaller network";
    memory::check("the engine's memory", COPIES * bytes, remedy)?;
    let sizes = Sizes::new(config);
    let spinner = progress::spinner(&format!("building the model of {}", config.slug()));
    let engine = simulator.engine(&sizes)?;
    spinner.finish_and_clear();
    let options = DriverOptions {
        timing,
        cancel: Some(interrupt::flag()),
    };
    let mut report = on(Driver::new(sizes, engine), &options, jobs)?;
    report.kept = simulator.keep_first_wrong(&sizes, &report.all, waveform);
    Ok(report)
}

/// The same on any engine.
fn on<P: EnginePort>(
    mut driver: Driver<P>,
    options: &DriverOptions,
    jobs: Vec<TraceJob>,
) -> Result<StepReport, CosimError> {
    let sizes = *driver.sizes();
    let mut phases: BTreeMap<Phase, Vec<TraceJob>> = BTreeMap::new();
    for job in jobs {
        phases.entry(job.header.phase).or_default().push(job);
    }
    let mut report = StepReport::default();
    let bar = progress::bar("co-simulating", (phases.len() * Policy::ALL.len()) as u64);
    for (phase, jobs) in &phases {
        let own = report.phases.entry(*phase).or_default();
        for policy in Policy::ALL {
            let program = program(&sizes, policy, jobs)?;
            let run = driver.run(&program, options)?;
            let modelled = model(&sizes, &program, options.timing.latency);
            own.add(policy, phase.name(), &run);
            own.compare(policy, phase.name(), &run, modelled.as_ref());
            let (of, with) = ((policy, phase.name()), (&program, options));
            report.all.add(of, with, &run, Some(modelled.as_ref()));
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(report)
}

impl StepReport {
    pub(super) fn is_clean(&self) -> bool {
        self.all.report.is_clean()
    }

    pub(super) fn to_json(
        &self,
        config: &ArrayConfig,
        timing: Timing,
        train: Value,
    ) -> Result<Value, CosimError> {
        let phases = self.phases.iter();
        let phases: BTreeMap<_, _> = phases.map(|(of, own)| (of, &own.policies)).collect();
        let speedup: BTreeMap<_, _> = self.speedups().collect();
        let own = json!({
            "first_problem": self.all.report.first_problem,
            "policies": self.all.report.policies,
            "phases": phases,
            "speedup": speedup,
            "train": train,
        });
        let own = joined(own, engine_waveform::json(self.kept.as_ref()));
        output::report(&joined(engine_json(config, timing.latency), own))
    }

    /// Cycles dense over those packed, by phase and in all.
    fn speedups(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        self.each().map(|(name, of)| {
            let cycles = |policy| of.policies[&policy].cycles as f64;
            (name, cycles(Policy::Dense) / cycles(Policy::Packed))
        })
    }

    /// What each phase brought, then all.
    fn each(&self) -> impl Iterator<Item = (&'static str, &EngineReport)> {
        let phases = self.phases.iter().map(|(phase, own)| (phase.name(), own));
        phases.chain([("all", &self.all.report)])
    }

    pub(super) fn print(&self, config: &ArrayConfig) -> Result<(), CosimError> {
        let rows: Vec<_> = self.each().zip(self.speedups()).collect();
        let cycles = |of: &EngineReport, policy| grouped(of.policies[&policy].cycles);
        let table = Columns::of(&rows)
            .text("phase", |((name, _), _)| name.to_string())
            .number("dense cycles", |((_, of), _)| cycles(of, Policy::Dense))
            .number("gated cycles", |((_, of), _)| cycles(of, Policy::Gated))
            .number("packed cycles", |((_, of), _)| cycles(of, Policy::Packed))
            .number("speed-up", |(_, (_, speedup))| fixed(2, *speedup))
            .table();
        output::line(table)?;
        print(config, &self.all.report)
    }
}
