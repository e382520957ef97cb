//! `heddle cosim --target engine`

use super::cosim::CosimArgs;
use super::engine_program::program;
use super::engine_report::{engine_json, joined, print};
use super::engine_waveform::{self, Runs};
use super::files::Files;
use super::{cosim_pieces, interrupt, output, progress, Outcome};
use crate::CosimError;
use heddle_engine::model::model;
use heddle_engine::products::{asked, Asked};
use heddle_engine::random::RandomPrograms;
use heddle_engine::{Driver, DriverOptions, EnginePort, Program, Sizes};
use heddle_files::InputError;
use heddle_gemm::{Phase, Policy, Shape};
use heddle_hdl::ArrayConfig;
use heddle_trace::{TraceFile, TraceJob};
use serde_json::{json, Value};

/// Where the jobs come from.
pub(super) enum Jobs {
    /// A trace.
    Trace(TraceFile),
    /// So many random descriptors, of which so many fail.
    Random {
        count: u64,
        errors: u64,
        max_dim: usize,
    },
    /// One product, or one for each time step.
    Asked(Asked),
}

/// What is to be run.
pub(super) struct Plan {
    pub(super) jobs: Jobs,
    pub(super) policies: Vec<Policy>,
    /// Jobs of a trace that go into one ring.
    pub(super) batch: usize,
    pub(super) seed: u64,
    pub(super) options: DriverOptions,
    /// Each run is compared with the cycle model.
    pub(super) compares: bool,
}

pub fn run(args: &CosimArgs) -> Result<Outcome, CosimError> {
    let config = args.simulator.engine_config(&args.array, &args.engine)?;
    let mut files = Files::new();
    files.reads("--config", args.array.file());
    files.reads("--trace", args.source.trace.as_ref());
    let plan = args.engine_plan(&config)?;
    if let (Jobs::Random { .. }, true) = (&plan.jobs, args.piece.in_file()) {
        return cosim_pieces::run_engine(args, &config, &plan, plan.programs(&config));
    }
    let waveform = args.simulator.waveform(&mut files, None)?;
    let reporter = args.report.open(&mut files)?;
    let sizes = Sizes::new(&config);
    let spinner = progress::spinner(&format!("building the model of {}", config.slug()));
    let engine = args.simulator.engine(&sizes)?;
    spinner.finish_and_clear();
    let mut driver = Driver::new(sizes, engine);
    let runs = match args.piece.alone() {
        Some(name) => {
            let programs = plan.programs(&config);
            let (piece, _) = cosim_pieces::Batches::of_programs(args, programs).named(name)?;
            let mut runs = Runs::default();
            let options = args.driver_options(piece.seed);
            random_program((&plan, &options), &mut driver, piece.at, &mut runs)?;
            runs
        }
        None => simulate(&plan, driver)?,
    };
    let kept = args.simulator.keep_first_wrong(&sizes, &runs, &waveform);
    let report = &runs.report;
    let timing = &plan.options.timing;
    let own = json!({
        "disturbed": timing.disturbance.is_some(),
        "source": source(args, &plan),
        "first_problem": report.first_problem,
        "policies": report.policies,
    });
    let own = joined(own, engine_waveform::json(kept.as_ref()));
    let object = output::report(&joined(engine_json(&config, timing.latency), own))?;
    reporter.emit_rows(&object, &["policies{policy}"], || print(&config, report))?;
    Ok(Outcome::of(report.is_clean()))
}

fn source(args: &CosimArgs, plan: &Plan) -> Value {
    match &plan.jobs {
        Jobs::Trace(_) => json!({ "trace": args.source.trace }),
        Jobs::Random {
            count,
            errors,
            max_dim,
        } => json!({ "random": count, "errors": errors, "seed": plan.seed, "max_dim": max_dim }),
        Jobs::Asked(of) => {
            let Shape { m, k, n } = of.shape;
            json!({
                "phase": of.phase, "m": m, "k": k, "n": n, "keep": of.keep, "times": of.times,
                "seed": plan.seed,
            })
        }
    }
}

/// Runs a program under a policy and adds what it brought.
fn step<P: EnginePort>(
    (plan, options): (&Plan, &DriverOptions),
    driver: &mut Driver<P>,
    runs: &mut Runs,
    of: (Policy, &str),
    program: &Program,
) -> Result<(), CosimError> {
    let sizes = *driver.sizes();
    let run = driver.run(program, options)?;
    let modelled = plan
        .compares
        .then(|| model(&sizes, program, options.timing.latency));
    let modelled = modelled.as_ref().map(Option::as_ref);
    runs.add(of, (program, options), &run, modelled);
    Ok(())
}

/// Runs the `index`-th program of random descriptors under each policy and adds what it brought.
pub(super) fn random_program<P: EnginePort>(
    (plan, options): (&Plan, &DriverOptions),
    driver: &mut Driver<P>,
    index: u64,
    runs: &mut Runs,
) -> Result<(), CosimError> {
    for &policy in &plan.policies {
        let Some(programs) = plan.random(*driver.sizes(), policy) else {
            continue;
        };
        let program = programs.program(index)?;
        let name = format!("program {index}");
        step((plan, options), driver, runs, (policy, &name), &program)?;
    }
    Ok(())
}

impl Plan {
    /// The random programs under a policy, if that is what is to be run.
    fn random(&self, sizes: Sizes, policy: Policy) -> Option<RandomPrograms> {
        match self.jobs {
            Jobs::Random {
                count,
                errors,
                max_dim,
            } => Some(RandomPrograms {
                sizes,
                seed: self.seed,
                max_dim,
                policy,
                errors,
                count,
            }),
            _ => None,
        }
    }

    /// How many random programs there are.
    pub(super) fn programs(&self, config: &ArrayConfig) -> u64 {
        let random = self.random(Sizes::new(config), Policy::Dense);
        random.map_or(0, |programs| programs.programs())
    }
}

/// Runs everything on an engine and adds up what it brought.
pub(super) fn simulate<P: EnginePort>(
    plan: &Plan,
    mut driver: Driver<P>,
) -> Result<Runs, CosimError> {
    let sizes = *driver.sizes();
    let mut runs = Runs::default();
    let mut step = |policy: Policy, name: &str, program: &Program| {
        let with = (plan, &plan.options);
        step(with, &mut driver, &mut runs, (policy, name), program)
    };
    match &plan.jobs {
        Jobs::Random { .. } => {
            let all = plan.programs(&sizes.config);
            let bar = progress::bar("co-simulating", all);
            for index in 0..all {
                random_program((plan, &plan.options), &mut driver, index, &mut runs)?;
                bar.inc(1);
            }
            bar.finish_and_clear();
        }
        Jobs::Asked(of) => {
            for &policy in &plan.policies {
                step(policy, of.phase.name(), &asked(&sizes, policy, of)?)?;
            }
        }
        Jobs::Trace(trace) => {
            let bar = progress::bar("co-simulating", trace.headers().len() as u64);
            let mut jobs = trace.jobs();
            loop {
                let together: Vec<TraceJob> = jobs
                    .by_ref()
                    .filter(|job| match job {
                        Ok(job) => job.header.format == sizes.format,
                        Err(_) => true,
                    })
                    .take(plan.batch)
                    .collect::<Result<_, _>>()?;
                let Some(first) = together.first() else { break };
                for &policy in &plan.policies {
                    let program = program(&sizes, policy, &together)?;
                    step(policy, &first.header.name, &program)?;
                }
                bar.inc(together.len() as u64);
            }
            bar.finish_and_clear();
        }
    }
    Ok(runs)
}

impl CosimArgs {
    /// How the engine is driven, disturbed after `seed` if it is to be.
    pub(super) fn driver_options(&self, seed: u64) -> DriverOptions {
        DriverOptions {
            timing: self.engine.timing(self.disturb.then_some(seed)),
            cancel: Some(interrupt::flag()),
        }
    }

    fn engine_plan(&self, config: &ArrayConfig) -> Result<Plan, CosimError> {
        if self.source.trace.is_none() && self.batch != 1 {
            let remedy =
                "on the engine it says how many jobs of a --trace go into one ring: leave it out";
            return Err(InputError::new("--batch", self.batch, remedy).into());
        }
        let jobs = match (&self.source.trace, self.source.random, self.source.phase) {
            (Some(path), ..) => {
                let trace = TraceFile::open(path)?;
                super::cosim::check_formats(&trace, config)?;
                super::trace::warn(&trace);
                Jobs::Trace(trace)
            }
            (None, Some(count), _) => Jobs::Random {
                count,
                errors: self.errors.unwrap_or(0),
                max_dim: self.max_dim,
            },
            (None, None, phase) => {
                let phase = phase.unwrap_or(Phase::Forward);
                Jobs::Asked(self.product.asked(phase, self.seed())?)
            }
        };
        Ok(Plan {
            jobs,
            policies: self.policies(),
            batch: self.batch,
            seed: self.seed(),
            options: self.driver_options(self.seed()),
            compares: !self.disturb && self.errors.unwrap_or(0) == 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_engine::behavioural::{Behavioural, Sabotage};
    use heddle_engine::memory::Timing;
    use heddle_engine::EngineReport;
    use heddle_hdl::engine::EngineConfig;
    use heddle_hdl::Dataflow;

    fn sizes() -> Sizes {
        Sizes::new(&ArrayConfig {
            dataflow: Dataflow::Both,
            engine: Some(EngineConfig::default()),
            ..ArrayConfig::new(4, 4, heddle_format::Format::Int8)
        })
    }

    fn plan(jobs: Jobs) -> Plan {
        Plan {
            jobs,
            policies: vec![Policy::Dense, Policy::Packed],
            batch: 3,
            seed: 1,
            options: DriverOptions::new(Timing::undisturbed(20)),
            compares: false,
        }
    }

    fn on(plan: &Plan, sabotage: Sabotage) -> EngineReport {
        let engine = Behavioural::sabotaged(sizes(), sabotage);
        simulate(plan, Driver::new(sizes(), engine)).unwrap().report
    }

    /// The engine itself is not needed to see that everything around it works.
    #[test]
    fn random_jobs_and_asked_ones_run_clean_and_faults_are_reported() {
        let asked = |phase, shape, times| {
            Jobs::Asked(Asked {
                phase,
                shape,
                keep: Some(5),
                times,
                seed: 3,
            })
        };
        for jobs in [
            Jobs::Random {
                count: 60,
                errors: 6,
                max_dim: 12,
            },
            asked(Phase::Forward, Shape::new(3, 10, 9), 2),
            asked(Phase::Backward, Shape::new(3, 9, 10), 1),
            asked(Phase::WeightGradient, Shape::new(10, 3, 9), 4),
        ] {
            let plan = plan(jobs);
            let report = on(&plan, Sabotage::None);
            assert_eq!(report.first_problem, None);
            assert!(report.is_clean());
            let packed = &report.policies[&Policy::Packed];
            assert!(packed.jobs > 0 && packed.macs > 0 && packed.interrupts_seen > 0);
            let wrong = on(&plan, Sabotage::WrongBit);
            assert!(!wrong.is_clean() && wrong.first_problem.is_some());
        }
    }

    /// What the report promises to scripts.
    #[test]
    fn the_report_has_its_fields() {
        let jobs = Jobs::Random {
            count: 4,
            errors: 0,
            max_dim: 4,
        };
        let report = on(&plan(jobs), Sabotage::None);
        let value = serde_json::to_value(&report).unwrap();
        let packed = &value["policies"]["packed"];
        for field in [
            "jobs",
            "macs",
            "cycles",
            "mismatches",
            "bytes_read",
            "bytes_written",
            "rows_fetched",
            "rows_skipped",
            "guard_violations",
            "hangs",
            "interrupts_expected",
            "interrupts_seen",
            "errors_expected",
            "errors_seen",
        ] {
            assert!(packed[field].is_u64(), "{field}");
        }
        assert!(
            packed["cycle_model_differences"].is_null(),
            "no model of cycles was asked"
        );
    }
}
