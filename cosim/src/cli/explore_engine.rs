//! `heddle explore --target engine`: sweeps engines with their memory.

use super::choice::choice;
use super::cycles_engine::{check_network, check_room};
use super::explore::{joined, or, ExploreArgs};
use super::explore_engine_table::{place, Found};
use super::files::Files;
use super::network_table::digest;
use super::numbers::{long, whole, MAX_BATCH, MAX_THREADS};
use super::tile_engine_args::Given;
use super::{interrupt, network, output, progress, Outcome};
use crate::CosimError;
use heddle_engine::model::EngineCount;
use heddle_engine::{EngineError, Sizes};
use heddle_files::{shown_path, InputError};
use heddle_gemm::{Phase, Policy, Team};
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_network::explore::{Cols, Sweep};
use heddle_network::explore_engine::{Combination, EnginePoint, EngineSweep, Work};
use heddle_network::network::Network;
use heddle_network::NetworkError;
use heddle_toolbox::memory;
use std::path::PathBuf;
use std::sync::Mutex;

/// Most cycles that a sweep counts, at least: about an hour of one CPU.
const MAX_CYCLES: f64 = 1e10;

/// What of engines is swept.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Engine")]
pub struct ExploreEngineArgs {
    /// Configuration of the engine that is varied
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Phases of the products: fp, bp, wg [default: all]
    #[arg(long, value_name = "PHASE,...", value_delimiter = ',', value_parser = choice::<Phase>())]
    phase: Vec<Phase>,
    /// Count the network's own products of a whole training step, not only those of the first layer's input in one time
    /// step (fp, bp) or over the window (wg)
    #[arg(long, requires = "network")]
    whole_step: bool,
    /// Instead of a network: units of a layer, of which dropout drops
    #[arg(long, value_name = "K", conflicts_with_all = ["network", "whole_step"], requires_all = ["width", "batch"], value_parser = whole(1, 1 << 16))]
    units: Option<usize>,
    /// Its gates: columns of its weights
    #[arg(long, value_name = "N", requires = "units", value_parser = whole(1, 1 << 16))]
    width: Option<usize>,
    /// Time steps over which the gradients of its weights add up on chip
    #[arg(long, value_name = "T", default_value_t = 1, requires = "units", value_parser = whole(1, 4096))]
    times: usize,
    /// Samples side by side, separated by commas [default: the network's]
    #[arg(long, value_name = "B,...", value_delimiter = ',', value_parser = whole(1, MAX_BATCH))]
    batch: Vec<usize>,
    /// Bits of the data bus, separated by commas [default: 64,128,256,512]
    #[arg(long, value_name = "W,...", value_delimiter = ',', value_parser = whole(32, 512))]
    bus_bits: Vec<usize>,
    /// Cycles of the memory, separated by commas [default: 64]
    #[arg(long, value_name = "L,...", value_delimiter = ',', value_parser = long(1, 10_000))]
    latency: Vec<u64>,
    /// Words of the buffer of A, separated by commas [default: the configuration's, and so below]
    #[arg(long, value_name = "WORDS,...", value_delimiter = ',', value_parser = whole(16, 65_536))]
    a_words: Vec<usize>,
    /// Slots of the buffer of B, separated by commas
    #[arg(long, value_name = "SLOTS,...", value_delimiter = ',', value_parser = whole(2, 4096))]
    b_slots: Vec<usize>,
    /// Words of a slot, separated by commas
    #[arg(long, value_name = "WORDS,...", value_delimiter = ',', value_parser = whole(1, 64))]
    slot_words: Vec<usize>,
    /// Words of the accumulators, separated by commas
    #[arg(long, value_name = "WORDS,...", value_delimiter = ',', value_parser = whole(2, 65_536))]
    sum_words: Vec<usize>,
    /// Threads that count; they do not change results [default: as many as the CPU runs]
    #[arg(long, value_name = "N", value_parser = whole(1, MAX_THREADS))]
    threads: Option<usize>,
}

/// A list as it was given.
fn list<T: ToString>(name: &'static str, given: &[T]) -> Given {
    let names: Vec<_> = given.iter().map(T::to_string).collect();
    (!names.is_empty()).then(|| (name, names.join(",")))
}

impl ExploreEngineArgs {
    /// Units of a layer that is counted instead of a network.
    pub fn units(&self) -> Option<usize> {
        self.units
    }

    /// Takes the lists of a sweep's file that are not among these flags.
    pub(super) fn merge(&mut self, file: Self) {
        fn list<T>(own: &mut Vec<T>, file: Vec<T>) {
            if own.is_empty() {
                *own = file;
            }
        }
        list(&mut self.phase, file.phase);
        list(&mut self.batch, file.batch);
        list(&mut self.bus_bits, file.bus_bits);
        list(&mut self.latency, file.latency);
        list(&mut self.a_words, file.a_words);
        list(&mut self.b_slots, file.b_slots);
        list(&mut self.slot_words, file.slot_words);
        list(&mut self.sum_words, file.sum_words);
    }

    /// The first flag that was given, and its value.
    pub fn given(&self) -> Given {
        let config = self.config.as_ref();
        let one = |name, given: Option<usize>| given.map(|value| (name, value.to_string()));
        let all = [
            config.map(|path| ("--config", shown_path(path))),
            list("--phase", &self.phase),
            self.whole_step.then(|| ("--whole-step", "given".into())),
            one("--units", self.units),
            one("--width", self.width),
            list("--batch", &self.batch),
            list("--bus-bits", &self.bus_bits),
            list("--latency", &self.latency),
            list("--a-words", &self.a_words),
            list("--b-slots", &self.b_slots),
            list("--slot-words", &self.slot_words),
            list("--sum-words", &self.sum_words),
            one("--threads", self.threads),
        ];
        all.into_iter().flatten().next()
    }

    /// The phases in their usual order, each once.
    fn phases(&self) -> Vec<Phase> {
        let wanted = |phase: &Phase| self.phase.is_empty() || self.phase.contains(phase);
        Phase::ALL.into_iter().filter(wanted).collect()
    }

    /// The configuration that is varied; without an engine it is the usual one around each array.
    fn base(&self) -> Result<ArrayConfig, CosimError> {
        match &self.config {
            Some(path) => Ok(ArrayConfig::from_toml_file(path)?),
            None => Ok(ArrayConfig {
                dataflow: Dataflow::Both,
                ..ArrayConfig::default()
            }),
        }
    }
}

/// What is counted: in words, how, and the network's batch and p.
struct Subject {
    work: Work,
    /// Name of the network and digest of its file, if it is one.
    network: Option<(String, String)>,
    about: String,
    batch: Vec<usize>,
    p: f64,
}

impl ExploreArgs {
    fn subject(&self) -> Result<Subject, CosimError> {
        let own = &self.engine;
        if let (Some(sites), false) = (&self.sites, own.whole_step) {
            let remedy = "a layer's input is masked: it goes with --whole-step";
            return Err(InputError::new("--sites", joined(&sites.0), remedy).into());
        }
        if let (Some(units), Some(width)) = (own.units, own.width) {
            return Ok(Subject {
                work: Work::Layer {
                    units,
                    width,
                    times: own.times,
                },
                network: None,
                about: format!(
                    "{units} x {width} units and gates, {} time steps",
                    own.times
                ),
                batch: Vec::new(),
                p: 0.5,
            });
        }
        let network = Network::find(self.network.as_deref().unwrap_or_default())?;
        let sites = self.own_sites(&network)?;
        let of_layer = || network.layers.first().map(|layer| layer.nr);
        let p = match own.whole_step {
            true => network.one_p(&sites),
            false => of_layer(),
        };
        if p.is_none() && self.p.is_empty() {
            let remedy = format!(
                "the places of {} differ in theirs, and a sweep has one for all: give --p",
                network.name
            );
            return Err(InputError::new("--p", "absent", remedy).into());
        }
        Ok(Subject {
            network: Some((network.name.clone(), digest(&network))),
            about: match own.whole_step {
                true => format!(
                    "{}, {} of a training step, units dropped at {}",
                    network.name,
                    network.own_products(),
                    joined(&sites)
                ),
                false => format!("{}, the input of the first layer", network.name),
            },
            batch: vec![network.batch],
            p: p.unwrap_or(network.p),
            work: match own.whole_step {
                true => Work::Step {
                    network: Box::new(network),
                    sites,
                },
                false => Work::first_layer(&network)?,
            },
        })
    }

    fn engine_sweep(&self, base: &ArrayConfig, subject: &Subject) -> EngineSweep {
        let own = &self.engine;
        EngineSweep {
            arrays: Sweep {
                rows: or(&self.rows, &[base.rows]),
                cols: match (self.cols.is_empty(), self.rows.is_empty()) {
                    (true, true) => vec![Cols::Count(base.cols)],
                    _ => or(&self.cols, &[Cols::Same]),
                },
                dataflows: or(&self.dataflow, &[base.dataflow]),
                add_stages: self.add_stages.clone(),
                p: or(&self.p, &[subject.p]),
            },
            formats: or(&self.format, &[base.format]),
            bus_bits: or(&own.bus_bits, &[64, 128, 256, 512]),
            latencies: or(&own.latency, &[64]),
            batches: or(&own.batch, &subject.batch),
            a_words: own.a_words.clone(),
            b_slots: own.b_slots.clone(),
            slot_words: own.slot_words.clone(),
            sum_words: own.sum_words.clone(),
        }
    }
}

pub(super) fn run(args: &ExploreArgs) -> Result<Outcome, CosimError> {
    let mut files = Files::new();
    files.reads("--config", args.engine.config.as_ref());
    files.reads("--sweep", args.sweep.as_ref());
    network::reads(&mut files, args.network.as_deref());
    let to = args.report.open(&mut files)?;
    let plot = files.plot(args.plot.as_ref())?;
    let subject = args.subject()?;
    let phases = args.engine.phases();
    let base = args.engine.base()?;
    let combinations = args.engine_sweep(&base, &subject).combinations(&base)?;
    check_work(&subject.work, &phases, &combinations)?;
    let mut found = Found {
        about: subject.about,
        network: subject.network,
        whole_step: args.engine.whole_step,
        points: Vec::new(),
        impossible: Vec::new(),
    };
    let counted = count(&subject.work, &phases, combinations, args.engine.threads)?;
    for ((at, phases), [dense, packed]) in counted {
        match (dense, packed) {
            (Ok(dense), Ok(packed)) => {
                let both = dense.into_iter().zip(packed);
                let points = both.map(|((phase, dense), (_, packed))| EnginePoint {
                    at,
                    phase,
                    dense,
                    packed,
                });
                found.points.extend(points);
            }
            (Err(NetworkError::Engine(error @ EngineError::Fit { .. })), _)
            | (_, Err(NetworkError::Engine(error @ EngineError::Fit { .. }))) => {
                found.impossible.push((at, phases, error));
            }
            (Err(error), _) | (_, Err(error)) => return Err(error.into()),
        }
    }
    if found.points.is_empty() {
        // There is one, since no list is empty.
        if let Some((_, _, error)) = found.impossible.pop() {
            return Err(error.into());
        }
    }
    for (at, phases, error) in &found.impossible {
        output::warn(format!("left out: {}: {error}", place(at, phases)));
    }
    if let Some(plot) = &plot {
        heddle_report::write_plot(plot, &found.chart())?;
    }
    to.emit_table(&found.json()?, || found.csv(), || found.print())?;
    Ok(Outcome::Right)
}

/// Refuses what takes too long or more memory than there is.
fn check_work(work: &Work, phases: &[Phase], all: &[Combination]) -> Result<(), CosimError> {
    let least = all.iter().map(|at| work.least_cycles(phases, at));
    let least = least.sum::<f64>();
    if least > MAX_CYCLES {
        let value = format!("{least:.1e} cycles to be counted at least");
        let remedy = format!(
            "shorten the lists or leave --whole-step out, to at most {MAX_CYCLES:e} cycles"
        );
        return Err(InputError::new("sweep", value, remedy).into());
    }
    for at in all {
        let sizes = Sizes::new(&at.config);
        for asked in phases.iter().filter_map(|&phase| work.asked(phase, at)) {
            check_room(&sizes, &asked)?;
        }
        if let Work::Step { network, .. } = work {
            check_network(&sizes, &network.with_batch(at.batch)?)?;
        }
    }
    Ok(())
}

type Counted = Result<Vec<(Phase, EngineCount)>, NetworkError>;
/// What was counted together, and of each policy what came out.
type Group = ((Combination, Vec<Phase>), [Counted; 2]);

/// Counts everything, side by side.
fn count(
    work: &Work,
    phases: &[Phase],
    combinations: Vec<Combination>,
    threads: Option<usize>,
) -> Result<Vec<Group>, CosimError> {
    // A step is counted with all its phases.
    let together = match work {
        Work::Layer { .. } => 1,
        Work::Step { .. } => phases.len(),
    };
    let groups: Vec<(Combination, Vec<Phase>)> = combinations
        .into_iter()
        .flat_map(|at| {
            phases
                .chunks(together)
                .map(move |phases| (at, phases.to_vec()))
        })
        .collect();
    let threads = threads.unwrap_or(0);
    memory::check_threads(threads)?;
    let team = Team::new(threads)?;
    let tasks = 2 * groups.len();
    let results: Vec<Mutex<Option<Counted>>> = (0..tasks).map(|_| Mutex::new(None)).collect();
    let bar = progress::bar("counting", tasks as u64);
    team.run(tasks, &|task| {
        if interrupt::check().is_err() {
            return;
        }
        let (at, phases) = &groups[task / 2];
        let policy: Policy = EnginePoint::POLICIES[task % 2];
        let counted = work.count(phases, at, policy);
        if let Ok(mut slot) = results[task].lock() {
            *slot = Some(counted);
        }
        bar.inc(1);
    });
    bar.finish_and_clear();
    interrupt::check()?;
    let mut results = results.into_iter().map(|slot| {
        let counted = slot.into_inner().ok().flatten();
        counted.ok_or(CosimError::Cancelled)
    });
    let mut next = || results.next().unwrap_or(Err(CosimError::Cancelled));
    let all = groups.into_iter();
    all.map(|group| Ok::<_, CosimError>((group, [next()?, next()?])))
        .collect()
}
