//! `heddle cycles --trace`: the jobs of a trace, counted without an array.

use super::cosim::check_formats;
use super::files::Files;
use super::map_args::MapArgs;
use super::network_table::{counted, policies_json};
use super::output;
use super::report_args::TableArgs;
use crate::CosimError;
use heddle_files::{shown_path, InputError};
use heddle_gemm::{Phase, Policy};
use heddle_hdl::ArrayConfig;
use heddle_network::network::Tally;
use heddle_network::scalesim::{scalesim, ScaleSimDataflow};
use heddle_report::{fixed, grouped, Columns};
use heddle_schedule::mapper::Product;
use heddle_schedule::tiler::extent;
use heddle_schedule::{Choice, Counter, Flow};
use heddle_trace::{TraceFile, TraceJob};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Counts the jobs of the trace at `path`, each on its own, laid onto the array of `config` as
/// `heddle cosim` lays them, or as the mapper chooses where `map` says what it may choose.
pub fn run(
    path: &PathBuf,
    map: &MapArgs,
    config: ArrayConfig,
    report: &TableArgs,
    mut files: Files,
) -> Result<(), CosimError> {
    files.reads("--trace", Some(path));
    let to = report.open(&mut files)?;
    let trace = TraceFile::open(path)?;
    check_formats(&trace, &config)?;
    super::trace::warn(&trace);
    let mut counting = Counting {
        choice: match map.given() {
            Some(_) => Choice::Mapper(Box::new(map.mapper(config)?)),
            None => Choice::usual(&config)?,
        },
        counter: Counter::new(config),
    };
    let mut phases = Phase::ALL.map(|phase| (phase, Tally::default()));
    let mut skipped = 0;
    for job in trace.jobs() {
        let job = job?;
        if job.header.format != config.format {
            skipped += 1;
            continue;
        }
        let one = counting.count(&job)?;
        let of_phase = phases.iter_mut().find(|(of, _)| *of == job.header.phase);
        if let Some((_, tally)) = of_phase {
            tally.add(&one, 1).ok_or_else(|| too_much(path))?;
        }
    }
    let mut total = Tally::default();
    for (_, tally) in &phases {
        total.add(tally, 1).ok_or_else(|| too_much(path))?;
    }
    let phases: Vec<_> = phases
        .into_iter()
        .filter(|(_, tally)| tally.jobs > 0)
        .collect();
    let report = output::report(&json!({
        "array": config.resolved(),
        "source": { "trace": path },
        "jobs": total.jobs,
        "skipped": skipped,
        "policies": policies_json(&total, &phases),
    }))?;
    let rows = ["policies{policy}.phases{phase}"];
    to.emit_rows(&report, &rows, || {
        print(path, &config, &total, &phases, skipped)
    })
}

fn too_much(path: &Path) -> CosimError {
    let remedy = "cut it: its cycles exceed 64 bits";
    InputError::new("--trace", shown_path(path), remedy).into()
}

/// Counts one job after another.
struct Counting {
    choice: Choice,
    counter: Counter,
}

impl Counting {
    /// One job under every policy.
    fn count(&mut self, job: &TraceJob) -> Result<Tally, CosimError> {
        let (phase, shape, kept) = (job.header.phase, job.header.shape, job.kept_shape());
        let mut tally = Tally {
            jobs: 1,
            ..Tally::default()
        };
        for policy in Policy::ALL {
            let (mapping, name) = match &mut self.choice {
                Choice::Fixed(mapping) => {
                    let name = match mapping.flow {
                        Flow::WeightStationary => "ws",
                        Flow::OutputStationary => "os",
                    };
                    (mapping.of_phase(phase), name)
                }
                Choice::Mapper(mapper) => {
                    let chosen = mapper.choose(&Product {
                        phase,
                        shape,
                        kept,
                        policy,
                    })?;
                    (chosen.mapping, chosen.name())
                }
            };
            let to = tally.policy_mut(policy);
            to.count = self.counter.count_mapped(shape, kept, policy, &mapping)?;
            to.mappings.insert(name, 1);
        }
        for (i, policy) in [Policy::Dense, Policy::Packed].into_iter().enumerate() {
            let sent = extent(policy, shape, kept);
            let cycles = |dataflow| scalesim(dataflow, self.counter.config(), sent);
            let ws = cycles(ScaleSimDataflow::WeightStationary);
            let os = cycles(ScaleSimDataflow::OutputStationary);
            tally.scalesim_ws[i] = ws;
            tally.scalesim_os[i] = os;
            tally.scalesim_best[i] = ws.min(os);
        }
        Ok(tally)
    }
}

fn print(
    path: &Path,
    config: &ArrayConfig,
    total: &Tally,
    phases: &[(Phase, Tally)],
    skipped: u64,
) -> Result<(), CosimError> {
    output::line(format!(
        "{}: {} jobs on {} x {} {}, dataflow {}",
        shown_path(path),
        grouped(total.jobs),
        config.rows,
        config.cols,
        config.format,
        config.dataflow,
    ))?;
    if skipped > 0 {
        output::line(format!(
            "{} jobs of another number format were skipped.",
            grouped(skipped)
        ))?;
    }
    let named = phases.iter().map(|(phase, tally)| (phase.name(), tally));
    let rows: Vec<_> = named
        .chain([("all", total)])
        .flat_map(|row| Policy::ALL.map(|policy| (row, policy)))
        .collect();
    let columns = Columns::of(&rows)
        .text("phase", |((phase, _), _)| *phase)
        .text("jobs", |((_, tally), _)| grouped(tally.jobs));
    let table = counted(columns, |((_, tally), policy)| {
        (*policy, tally.policy(*policy))
    })
    .number("speed-up", |((_, tally), policy)| {
        match tally.policy(*policy).count.cycles {
            0 => String::new(),
            cycles => fixed(2, tally.dense.count.cycles as f64 / cycles as f64),
        }
    })
    .table();
    output::line(table)
}
