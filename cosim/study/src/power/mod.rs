//! Power of an array, from the activity of its netlist while real jobs run on it.
//!
//! [`estimate`] maps the array onto standard cells, builds a model of the netlist, runs a
//! sample of the jobs of each phase under each [`Treatment`] on it, checks every sum, and
//! has OpenSTA tell the power. The netlist, the activities and the powers are kept by the
//! hash of everything that they depend on.

mod report;
mod scenario;
mod simulate;

pub use report::{Column, Energy, JobsRun, PowerReport, StepEnergy};
pub use scenario::{all_kept, column_dropped, cut, sample, Treatment};
pub use simulate::{Measured, Running, Simulation};

use crate::StudyError;
use heddle_files::InputError;
use heddle_gemm::Phase;
use heddle_power::{Activity, Elements, Mapped, Sums, NOTES};
use heddle_synth::{put, text_of, Cache, Cancel, Source};
use heddle_trace::TraceJob;
use heddle_verilator::Library;
use report::Parts;
use serde_json::json;
use simulate::bytes_of;
use std::collections::BTreeMap;

/// How power is estimated.
#[derive(Clone, Debug)]
pub struct PowerOptions {
    /// The clock.
    pub clock_mhz: f64,
    /// Policies to compare; that of kept masks is always among them.
    pub treatments: Vec<Treatment>,
    /// Jobs of each phase.
    pub sample: usize,
    /// Multiply-accumulates of each of them at most; longer ones are [`cut`].
    pub macs: usize,
    /// Synthesis and OpenSTA.
    pub tools: heddle_power::Options,
    /// Simulation of the netlist.
    pub simulation: Simulation,
    /// Set to true by somebody else to stop.
    pub cancel: Cancel,
}

/// What is told about progress: what is being done, steps done, steps in all.
pub type Progress<'a> = &'a dyn Fn(&str, usize, usize);

/// One stretch of work for the netlist.
struct Work {
    what: String,
    phase: Option<Phase>,
    treatment: Treatment,
    jobs: Vec<TraceJob>,
}

/// The power of the array of `source` at work on `jobs`, the products of a training step or
/// of what else energy is wanted for.
///
/// # Errors
/// [`StudyError::Input`] if there is no job to run; [`StudyError::Synth`] and
/// [`StudyError::Synth`] if a tool is missing or fails; [`StudyError::Netlist`] if a
/// sum is wrong.
pub fn estimate(
    source: &Source,
    jobs: &[TraceJob],
    options: &PowerOptions,
    progress: Progress<'_>,
) -> Result<PowerReport, StudyError> {
    let config = source.config;
    let mut treatments = options.treatments.clone();
    treatments.push(Treatment::Kept);
    treatments.sort_unstable();
    treatments.dedup();
    let column = config.cols / 2;
    let work = work(jobs, &treatments, options, column, config.cols);
    if work.is_empty() {
        return Err(StudyError::Input(InputError {
            name: "--trace",
            value: "without a job that keeps anything".into(),
            remedy: format!("give jobs of format {} with something kept", config.format),
        }));
    }
    let steps = work.len() + 3;
    progress("synthesis", 0, steps);
    let mapped = Mapped::synthesize(source, &options.tools, &options.cancel, &|what, _, _| {
        progress(what, 0, steps);
    })?;
    let bench = Bench {
        options,
        mapped: &mapped,
        cache: Cache::open(&options.tools.cache, &options.cancel)?,
        verilog: mapped.verilog()?,
    };
    let mut library = None;
    let mut measured = Vec::new();
    let mut cached = mapped.cached;
    for (at, work) in work.iter().enumerate() {
        let (found, was) = bench.measure(work, source, &mut library, &|what| {
            progress(what, 2 + at, steps);
        })?;
        measured.push(found);
        cached &= was;
    }
    progress("OpenSTA", steps - 1, steps);
    let period_ns = 1e3 / options.clock_mhz;
    let activities: Vec<Activity> = measured.iter().map(|of| of.activity.clone()).collect();
    let (powers, last) = mapped.powers(period_ns, &activities)?;
    progress("done", steps, steps);

    let mut runs = Vec::new();
    let mut columns = Vec::new();
    for ((work, measured), elements) in work.iter().zip(&measured).zip(&powers) {
        match work.phase {
            Some(phase) => runs.push(JobsRun::new(
                phase,
                work.treatment,
                work.jobs.iter().map(described).collect(),
                measured,
                elements.by_group(&mapped.places),
                period_ns,
            )),
            None => columns.push(part_of(elements, &mapped, column)),
        }
    }
    report::relate(&mut runs);
    let mut logs = mapped.logs.clone();
    logs.push(last.folder);
    Ok(PowerReport {
        array: config.resolved(),
        library: mapped.library.name.clone(),
        liberty: mapped.library.files.clone(),
        conditions: mapped
            .library
            .supply()
            .map_err(heddle_synth::SynthError::from)?
            .to_string(),
        clock_mhz: options.clock_mhz,
        cells: mapped.netlist.instances.len(),
        nets: mapped.netlist.nets,
        step: report::steps(&runs, &kept_macs(jobs), &treatments),
        column: match columns.as_slice() {
            [active, gated] => Some(Column::new(column, active, gated)),
            _ => None,
        },
        runs,
        tools: BTreeMap::from([
            ("yosys", mapped.yosys.clone()),
            ("opensta", mapped.opensta.clone()),
        ]),
        notes: NOTES
            .map(String::from)
            .into_iter()
            .chain(heddle_synth::library_notes(&mapped.library))
            .collect(),
        logs,
        cached: cached && last.cached,
    })
}

/// Everything the netlist is to do: each phase under each treatment, and a forward product
/// with and without one column of the array dropped.
fn work(
    jobs: &[TraceJob],
    treatments: &[Treatment],
    options: &PowerOptions,
    column: usize,
    cols: usize,
) -> Vec<Work> {
    let mut all = Vec::new();
    for phase in Phase::ALL {
        let taken = sample(jobs, phase, options.sample);
        let taken: Vec<_> = taken.iter().map(|job| cut(job, options.macs)).collect();
        if taken.is_empty() {
            continue;
        }
        for &treatment in treatments {
            let jobs = taken.iter().map(|job| match treatment {
                Treatment::Kept => all_kept(job),
                _ => job.clone(),
            });
            all.push(Work {
                what: format!("{phase}, {treatment}"),
                phase: Some(phase),
                treatment,
                jobs: jobs.collect(),
            });
        }
    }
    let first = Phase::ALL
        .iter()
        .find_map(|&phase| sample(jobs, phase, 1).first().copied());
    if let (Some(job), true) = (first, cols > 1 && treatments.contains(&Treatment::Gated)) {
        let job = cut(job, options.macs);
        for job in [all_kept(&job), column_dropped(&job, column, cols)] {
            all.push(Work {
                what: "a column".into(),
                phase: None,
                treatment: Treatment::Gated,
                jobs: vec![job],
            });
        }
    }
    all
}

/// A job's name and its shape on the netlist.
fn described(job: &TraceJob) -> String {
    let header = &job.header;
    format!("{} {}", header.name, header.shape)
}

/// Kept multiply-accumulates of all jobs by phase.
fn kept_macs(jobs: &[TraceJob]) -> BTreeMap<Phase, u64> {
    let mut macs = BTreeMap::new();
    for job in jobs {
        *macs.entry(job.header.phase).or_insert(0) += job.kept_shape().macs();
    }
    macs
}

/// What the PEs of a column take: everything, and what computes in them.
fn part_of(elements: &Elements, mapped: &Mapped, column: usize) -> Parts {
    let here = |_: usize, col: usize| col == column;
    let sums: Sums = elements.of_pes(&mapped.places, here);
    Parts {
        datapath: sums.of(heddle_power::Group::is_datapath).dynamic(),
        clock: elements.datapath_clock(&mapped.places, here).dynamic(),
        sums,
    }
}

/// Changes whenever the same work would do something else on the same netlist.
const GENERATION: &[u8] = b"heddle-power 2";

struct Bench<'a> {
    options: &'a PowerOptions,
    mapped: &'a Mapped,
    cache: Cache,
    verilog: String,
}

impl Bench<'_> {
    /// What the netlist does with some work, and whether that was known already. The model
    /// is built when it is first needed.
    fn measure(
        &self,
        work: &Work,
        source: &Source,
        library: &mut Option<Library>,
        progress: &dyn Fn(&str),
    ) -> Result<(Measured, bool), StudyError> {
        const FILE: &str = "activity.json";
        progress(&work.what);
        let config = format!("{:?} {}", source.config, work.treatment);
        let plain = work.phase.is_none();
        let jobs = bytes_of(&work.jobs);
        let parts = [
            GENERATION,
            self.mapped.key().as_bytes(),
            self.verilog.as_bytes(),
            config.as_bytes(),
            &[u8::from(plain)],
            &jobs,
        ];
        // The cache's errors are those of synthesis; others come out by the side.
        let mut failed = None;
        let step = self
            .cache
            .step("power-activity", &parts, &[FILE], |folder| {
                match self.run(work, source, plain, library, progress) {
                    Ok(found) => put(folder, FILE, to_text(&found).as_bytes()),
                    Err(error) => {
                        failed = Some(error);
                        Err(heddle_synth::SynthError::Cancelled)
                    }
                }
            });
        if let Some(error) = failed {
            return Err(error);
        }
        let step = step?;
        let path = step.folder.join(FILE);
        let nets = self.mapped.netlist.nets;
        let found = from_text(&text_of(&path)?, nets).ok_or_else(|| {
            heddle_synth::SynthError::Unreadable {
                what: path.display().to_string(),
                problem: "it holds no activity of this netlist; remove its folder".into(),
            }
        })?;
        Ok((found, step.cached))
    }

    fn run(
        &self,
        work: &Work,
        source: &Source,
        plain: bool,
        library: &mut Option<Library>,
        progress: &dyn Fn(&str),
    ) -> Result<Measured, StudyError> {
        let simulation = &self.options.simulation;
        if library.is_none() {
            progress("building the model of the netlist");
            *library = Some(simulation.build_verilog(&source.top, &self.verilog)?);
            progress(&work.what);
        }
        let Some(library) = library else {
            return Err(StudyError::Cancelled);
        };
        // A fresh array each time: results must not depend on what ran before.
        let mut running = simulation.start(source.config, self.mapped, library)?;
        running.run(&work.jobs, work.treatment, plain)
    }
}

fn to_text(found: &Measured) -> String {
    json!({
        "cycles": found.activity.cycles,
        "macs": found.macs,
        "toggles": found.activity.toggles,
        "high": found.activity.high,
    })
    .to_string()
}

fn from_text(text: &str, nets: usize) -> Option<Measured> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let list = |name: &str| -> Option<Vec<u64>> {
        let list: Option<Vec<u64>> = value[name]
            .as_array()?
            .iter()
            .map(|of| of.as_u64())
            .collect();
        list.filter(|list| list.len() == nets)
    };
    Some(Measured {
        activity: Activity {
            cycles: value["cycles"].as_u64()?,
            toggles: list("toggles")?,
            high: list("high")?,
        },
        macs: value["macs"].as_u64()?,
    })
}
