//! `heddle cosim --random --pieces`: each batch of random jobs is a piece.
//!
//! Job i of seed S is drawn from S and i, so that a batch is the same in every run. Each batch runs
//! on a model of its own, which no other has touched; what `--disturb` draws comes from the piece's
//! own seed.

use super::cosim::CosimArgs;
use super::cosim_engine::{random_program, Plan};
use super::engine_waveform::Runs;
use super::files::Files;
use super::pieces::{hash_of, without, Judged, PieceRun};
use super::report_args::Reporter;
use super::simulator::ToReplay;
use super::verilog_folder::verilog_files;
use super::{interrupt, output, progress, Outcome};
use crate::CosimError;
use heddle_engine::{Driver, EngineReport, Sizes};
use heddle_farm::{piece_seed, Piece, Verdict, What};
use heddle_files::InputError;
use heddle_hdl::ArrayConfig;
use heddle_report::Report;
use heddle_trace::random_flow::RandomLaying;
use heddle_trace::{TraceError, TraceJob};
use heddle_verilator::{Trace, Version};
use serde_json::{json, Value};
use std::collections::BTreeMap;
use std::ops::Range;

/// The jobs of a batch, or its programs on the engine.
#[derive(Clone, Copy)]
pub struct Batches {
    seed: u64,
    count: u64,
    batch: u64,
    prefix: &'static str,
}

impl Batches {
    pub fn of_jobs(args: &CosimArgs) -> Self {
        Self {
            seed: args.seed(),
            count: args.source.random.unwrap_or_default(),
            batch: args.batch as u64,
            prefix: "random",
        }
    }

    pub fn of_programs(args: &CosimArgs, programs: u64) -> Self {
        Self {
            seed: args.seed(),
            count: programs,
            batch: 1,
            prefix: "program",
        }
    }

    fn len(&self) -> u64 {
        self.count.div_ceil(self.batch)
    }

    fn range(&self, at: u64) -> Range<u64> {
        at * self.batch..((at + 1) * self.batch).min(self.count)
    }

    fn piece(&self, at: u64) -> Piece {
        let Self { seed, prefix, .. } = self;
        let Range { start, end } = self.range(at);
        let name = match end - start {
            0..=1 => format!("{prefix}.{seed}.{start}"),
            _ => format!("{prefix}.{seed}.{start}-{}", end - 1),
        };
        Piece {
            at,
            seed: piece_seed(*seed, &name),
            name,
        }
    }

    /// The piece with a name, and its jobs.
    ///
    /// # Errors
    /// [`CosimError::Input`] if there is none.
    pub fn named(&self, name: &str) -> Result<(Piece, Range<u64>), CosimError> {
        let first = name.strip_prefix(&format!("{}.{}.", self.prefix, self.seed));
        let first = first.and_then(|rest| rest.split('-').next()?.parse::<u64>().ok());
        let at = first.map(|first| first / self.batch);
        let found = at.filter(|&at| at < self.len() && self.piece(at).name == name);
        match found {
            Some(at) => Ok((self.piece(at), self.range(at))),
            None => {
                let last = self.piece(self.len().saturating_sub(1)).name;
                let remedy = format!("name one of {} to {last}", self.piece(0).name);
                Err(InputError::new("--piece", name, remedy).into())
            }
        }
    }
}

/// Refuses what does not go with pieces.
pub fn check(args: &CosimArgs) -> Result<(), CosimError> {
    if let (Some((name, value)), None) = (args.piece.given(), args.source.random) {
        let remedy = "only random jobs have pieces: it goes with --random";
        return Err(InputError::new(name, value, remedy).into());
    }
    match args.piece.in_file() {
        true => without(args.of_one_run()),
        false => Ok(()),
    }
}

/// All that decides what the pieces give, but the seed.
fn configuration(args: &CosimArgs, config: &ArrayConfig) -> Result<Value, CosimError> {
    let verilog = args.simulator.verilog.as_deref();
    let verilog = verilog.map(|folder| hash_of(&verilog_files(folder)?));
    let policies: Vec<_> = args.policies().iter().map(|policy| policy.name()).collect();
    Ok(json!({
        "array": config.resolved(),
        "engine": config.engine,
        "policies": policies,
        "random": args.source.random,
        "max_dim": args.max_dim,
        "batch": args.batch,
        "errors": args.errors,
        "disturb": args.disturb,
        "random_registers": args.simulator.random_registers,
        "verilog": verilog.transpose()?,
    }))
}

fn tools(version: Version) -> BTreeMap<String, String> {
    BTreeMap::from([("verilator".to_owned(), version.to_string())])
}

/// Batches on the array.
pub fn run(
    args: &CosimArgs,
    mut to_replay: ToReplay<'_, ()>,
    flow: &str,
    job: impl Fn(u64) -> TraceJob,
    laying: impl Fn(u64) -> Result<Option<RandomLaying>, TraceError>,
) -> Result<Outcome, CosimError> {
    let config = to_replay.config;
    let reporter = args.report.open(&mut Files::new())?;
    let spinner = progress::spinner(&format!("building the model of {}", config.slug()));
    let (library, simulated) = args.simulator.plain_library(&config)?;
    spinner.finish_and_clear();
    let batches = Batches::of_jobs(args);
    let mut what = configuration(args, &config)?;
    what["flow"] = flow.into();
    what["simulated"] = match &args.simulator.verilog {
        Some(_) => "verilog".into(),
        None => serde_json::to_value(&simulated).unwrap_or_default(),
    };
    let what = What {
        kind: "cosim-random",
        configuration: what,
        seed: args.seed(),
        pieces: batches.len(),
        tools: tools(library.verilator_version()),
    };
    let policies = to_replay.policies;
    let found = args.piece.run(
        what,
        |at| batches.piece(at),
        |piece| {
            interrupt::check()?;
            if let Some(disturbance) = &mut to_replay.disturbance {
                disturbance.seed = piece.seed;
            }
            let mut replayer =
                args.simulator
                    .fresh_replayer(&config, &library, to_replay.disturbance)?;
            let range = batches.range(piece.at);
            let jobs: Vec<TraceJob> = range.clone().map(&job).collect();
            let mut layings = Vec::with_capacity(jobs.len());
            for (job, index) in jobs.iter().zip(range) {
                let own = laying(index)?;
                layings.extend(own.map(|own| own.of_phase(job.header.phase)));
            }
            let layings = Some(&layings[..]).filter(|layings| !layings.is_empty());
            let replayed = replayer.run_policies(&jobs, policies, layings)?;
            let mut report = Report::new(config);
            for (at, job) in jobs.iter().enumerate() {
                let results: Vec<_> = policies
                    .iter()
                    .zip(&replayed)
                    .map(|(policy, replayed)| (*policy, replayed[at].clone()))
                    .collect();
                report.add(job, &results);
            }
            Ok(judged(&report))
        },
    )?;
    finish(args, &reporter, &config, &found)
}

/// What a batch gave.
fn judged(report: &Report) -> Judged {
    let policies = report.policies.iter().map(|(policy, of)| {
        let sums = json!({
            "macs": of.macs,
            "cycles": of.cycles,
            "model_cycles": of.model_cycles,
            "mismatches": of.mismatches,
            "cycle_model_differences": of.cycle_model_differences,
        });
        (policy.name().to_owned(), sums)
    });
    let wrong = report.first_mismatch.as_ref().map(ToString::to_string);
    let off = report.first_cycle_model_difference.as_ref();
    Judged {
        verdict: match report.is_clean() {
            true => Verdict::Right,
            false => Verdict::Wrong,
        },
        result: json!({
            "jobs": report.jobs,
            "mismatches": report.mismatches,
            "cycle_model_differences": report.cycle_model_differences,
            "policies": Value::Object(policies.collect()),
        }),
        why: wrong.or_else(|| off.map(ToString::to_string)),
    }
}

/// Programs of random descriptors on the engine.
pub fn run_engine(
    args: &CosimArgs,
    config: &ArrayConfig,
    plan: &Plan,
    programs: u64,
) -> Result<Outcome, CosimError> {
    let reporter = args.report.open(&mut Files::new())?;
    let sizes = Sizes::new(config);
    let spinner = progress::spinner(&format!("building the model of {}", config.slug()));
    let library = args.simulator.engine_library(&sizes, Trace::None)?;
    spinner.finish_and_clear();
    let mut what = configuration(args, config)?;
    what["latency"] = plan.options.timing.latency.into();
    let batches = Batches::of_programs(args, programs);
    let what = What {
        kind: "cosim-engine-random",
        configuration: what,
        seed: args.seed(),
        pieces: batches.len(),
        tools: tools(library.verilator_version()),
    };
    let found = args.piece.run(
        what,
        |at| batches.piece(at),
        |piece| {
            interrupt::check()?;
            let engine = args.simulator.engine_on(&sizes, &library)?;
            let mut driver = Driver::new(sizes, engine);
            let options = args.driver_options(piece.seed);
            let mut runs = Runs::default();
            random_program((plan, &options), &mut driver, piece.at, &mut runs)?;
            Ok(judged_engine(&runs.report))
        },
    )?;
    finish(args, &reporter, config, &found)
}

fn judged_engine(report: &EngineReport) -> Judged {
    let clean = report.is_clean();
    let policies = report.policies.iter();
    let mismatches: u64 = policies.clone().map(|(_, of)| of.mismatches).sum();
    let policies = policies.map(|(policy, of)| {
        let sums = json!({
            "jobs": of.jobs,
            "macs": of.macs,
            "cycles": of.cycles,
            "mismatches": of.mismatches,
            "wrong_bytes": of.wrong_bytes,
            "cycle_model_differences": of.cycle_model_differences,
            "bytes_read": of.bytes_read,
            "bytes_written": of.bytes_written,
            "hangs": of.hangs,
            "errors_expected": of.errors_expected,
            "errors_seen": of.errors_seen,
        });
        (policy.name().to_owned(), sums)
    });
    Judged {
        verdict: match clean {
            true => Verdict::Right,
            false => Verdict::Wrong,
        },
        result: json!({ "mismatches": mismatches, "policies": Value::Object(policies.collect()) }),
        why: report.first_problem.as_ref().map(ToString::to_string),
    }
}

fn finish(
    args: &CosimArgs,
    reporter: &Reporter,
    config: &ArrayConfig,
    found: &PieceRun,
) -> Result<Outcome, CosimError> {
    let mut own = found.to_json();
    own["array"] = json!(config.resolved());
    own["source"] =
        json!({ "random": args.source.random, "seed": args.seed(), "max_dim": args.max_dim });
    own["policies"] = found.sums("policies");
    let object = output::report(&own)?;
    reporter.emit(&object, || output::line(found.told()))?;
    Ok(Outcome::of(found.failed() == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_in_one_batch_and_batches_are_found_by_their_names() {
        for (count, batch) in [(10, 1), (10, 4), (8, 4), (1, 5)] {
            let batches = Batches {
                seed: 7,
                count,
                batch,
                prefix: "random",
            };
            let mut next = 0;
            for at in 0..batches.len() {
                let piece = batches.piece(at);
                let (found, range) = batches.named(&piece.name).unwrap();
                assert_eq!((found, range.start), (piece, next));
                next = range.end;
            }
            assert_eq!(next, count);
        }
        let batches = Batches {
            seed: 7,
            count: 10,
            batch: 4,
            prefix: "random",
        };
        assert_eq!(batches.piece(2).name, "random.7.8-9");
        for wrong in [
            "random.7.1-4",
            "random.7.0",
            "random.8.0-3",
            "random.7.12-15",
            "x",
            "",
        ] {
            assert!(batches.named(wrong).is_err(), "{wrong}");
        }
    }
}
