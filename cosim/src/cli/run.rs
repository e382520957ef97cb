//! `heddle run`: the whole proof.

use super::array_args::ArrayArgs;
use super::choice::choice;
use super::cosim::{chart, verdict};
use super::files::Files;
use super::numbers::{whole, MAX_EPOCHS, MAX_WINDOW};
use super::report_args::TableArgs;
use super::run_engine;
use super::simulator::{SimulatorArgs, ToReplay};
use super::task_args::TaskArgs;
use super::tile_engine_args::{check_target, TileEngineArgs};
use super::trace::record_steps;
use super::train;
use super::train_table;
use super::{output, Outcome};
use crate::CosimError;
use heddle_files::{shown_path, InputError};
use heddle_gemm::{CpuEngine, Phase, Policy};
use heddle_hdl::Kind;
use heddle_report::{fixed, grouped, Columns, Report};
use heddle_trace::replay::accumulator;
use heddle_trace::{RecordOptions, Selection};
use serde_json::{json, Map, Value};
use std::path::PathBuf;

/// Trains a model with structured dropout, generates the array, records the
/// GEMM jobs of a training step across several time steps with their real masks,
/// co-simulates them dense, gated and packed, checks every bit against the golden model and
/// every cycle against the cycle model, and compares with the bounds. With --target engine they go
/// through memory and the engine around the array, what adds up in one chain.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle run
  heddle run --quick --rows 8 --cols 8 --format int8
  heddle run --quick --target engine --bus-bits 256 --rows 8 --cols 8 --format bf16
  heddle run --hidden 200 --record-times 0,5,10,15,19 --plot cycles.svg --json > run.json")]
pub struct RunArgs {
    /// What is simulated: the array at its edge, or the engine around it with memory behind AXI
    #[arg(long, value_name = "TARGET", default_value = "array", value_parser = choice::<Kind>())]
    target: Kind,
    /// A smaller network (64 units, one epoch) and fewer jobs
    #[arg(long)]
    quick: bool,
    /// Times that the text is read before recording [default: 3, quick: 1]
    #[arg(long, value_name = "EPOCHS", value_parser = whole(1, MAX_EPOCHS))]
    epochs: Option<usize>,
    /// Time steps to record, from 0, separated by commas [default: first, middle, last]
    #[arg(long, alias = "times", value_name = "T,...", value_delimiter = ',', value_parser = whole(0, MAX_WINDOW))]
    record_times: Option<Vec<usize>>,
    /// Keep the recorded jobs in this trace
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Draw cycles by phase and policy against the limit; .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    report: TableArgs,
    #[command(flatten)]
    array: ArrayArgs,
    #[command(flatten)]
    engine: TileEngineArgs,
    #[command(flatten)]
    training: TaskArgs,
    #[command(flatten)]
    simulator: SimulatorArgs,
}

/// Units of the network under `--quick`.
const QUICK_HIDDEN: usize = 64;

pub fn run(args: &RunArgs) -> Result<Outcome, CosimError> {
    args.training.check()?;
    let plot = args.plot.as_ref().map(|path| ("--plot", shown_path(path)));
    let array = plot.or_else(|| args.simulator.only_of_the_array());
    check_target(args.target, array, args.engine.given())?;
    let config = match args.target {
        Kind::Array => args.simulator.config(&args.array)?,
        Kind::Engine => args.simulator.engine_config(&args.array, &args.engine)?,
    };
    let mut files = Files::new();
    files.reads("--config", args.array.file());
    args.training.reads(&mut files);
    let to = args.report.open(&mut files)?;
    let trace = files.open_any("--trace", args.trace.as_ref())?;
    let plot = files.plot(args.plot.as_ref())?;
    let waveform = args.simulator.waveform(&mut files, None)?;
    let mut training = args.training.clone();
    if args.quick && training.hidden.is_none() {
        training.hidden = Some(training.settings().hidden.min(QUICK_HIDDEN));
    }
    let epochs = args.epochs.unwrap_or(if args.quick { 1 } else { 3 });
    let spec = training.spec(Some(epochs));
    let data = training.data()?;
    let mut trainer = spec.trainer(&data)?;
    let policy = training.train_policy;
    let trained = train::train(&mut trainer, &mut CpuEngine::new(), policy, &mut |_| Ok(()))?;

    let selection = Selection {
        times: Some(
            args.record_times
                .clone()
                .unwrap_or_else(|| match args.quick {
                    true => vec![training.spread()[1]],
                    false => training.spread(),
                }),
        ),
        ..Selection::default()
    };
    let options = RecordOptions {
        format: config.format,
        accumulator: accumulator(&config),
        selection,
    };
    let jobs = record_steps(policy, &mut trainer, (0, 1), options, trace.is_some())?;
    if jobs.is_empty() {
        let times = format!("{:?}", args.record_times.as_deref().unwrap_or_default());
        return Err(InputError::new("--record-times", times, training.places()).into());
    }
    if let Some(trace) = &trace {
        heddle_trace::write(trace, &jobs)?;
    }
    let trained_json = || {
        let mut json = train::to_json(&trainer, &trained, policy);
        json["data"] = data.json();
        json
    };
    let tell = || {
        if let Some(note) = data.note() {
            output::line(note)?;
        }
        output::line(train_table::table(trainer.kind(), &trained))?;
        let dropout = &trainer.config().dropout;
        output::line(format!(
            "{}; {} units a layer, dropout Case {} nr {}, rh {}, out {}\n",
            train::test_line(trainer.kind(), &trained),
            training.settings().hidden,
            dropout.case,
            dropout.nr,
            dropout.rh,
            dropout.out
        ))?;
        output::line(format!(
            "Jobs of training step {} on the {} {} x {} {}, Verilated:",
            trained.losses.len(),
            config.format,
            config.rows,
            config.cols,
            args.target
        ))
    };
    if args.target == Kind::Engine {
        let timing = args.engine.timing(None);
        let report = run_engine::run(&args.simulator, &config, timing, jobs, &waveform)?;
        let object = report.to_json(&config, timing, trained_json())?;
        to.emit_rows(&object, &["phases{phase}.{policy}"], || {
            tell()?;
            report.print(&config)
        })?;
        return Ok(Outcome::of(report.is_clean()));
    }
    let count = jobs.len() as u64;
    let report = args.simulator.replay(ToReplay {
        config,
        policies: &Policy::ALL,
        count,
        batch: 1,
        disturbance: None,
        waveform: &waveform,
        has_golden: trace.is_some(),
        jobs: jobs.into_iter().map(|job| Ok((job, None))),
    })?;
    if let Some(plot) = &plot {
        let mut chart = chart(&report);
        chart.subtitle = format!(
            "{}; jobs of {} {}",
            chart.subtitle,
            training.task,
            training.about()
        );
        heddle_report::write_plot(plot, &chart)?;
    }
    let object = to_json(&report, trained_json())?;
    to.emit_rows(&object, &["policies{policy}.phases{phase}"], || {
        tell()?;
        output::line(heddle_report::table(&report))?;
        output::line("\nPacked against the bounds:")?;
        output::line(bounds_table(&report))?;
        output::line(verdict(&report, true))
    })?;
    Ok(Outcome::of(report.is_clean()))
}

/// What packing gained in one phase, or in all, and what it could gain at most.
struct Bounds {
    dense_cycles: u64,
    packed_cycles: u64,
    dense_limit: f64,
    packed_limit: f64,
    dense_bound: u64,
    packed_bound: u64,
}

impl Bounds {
    fn of(report: &Report, phase: Option<Phase>) -> Option<Self> {
        let find = |policy| {
            let all = report.policies.get(&policy)?;
            phase.map_or(Some(all), |phase| all.phases.get(&phase))
        };
        let (dense, packed) = (find(Policy::Dense)?, find(Policy::Packed)?);
        Some(Self {
            dense_cycles: dense.cycles,
            packed_cycles: packed.cycles,
            dense_limit: dense.limit,
            packed_limit: packed.limit,
            dense_bound: dense.bound,
            packed_bound: packed.bound,
        })
    }

    fn speedup(&self) -> f64 {
        self.dense_cycles as f64 / self.packed_cycles as f64
    }

    /// Dense MACs by kept MACs.
    fn ideal(&self) -> f64 {
        self.dense_limit / self.packed_limit
    }

    /// The same in whole tiles of this array.
    fn quantised(&self) -> f64 {
        self.dense_bound as f64 / self.packed_bound as f64
    }
}

fn phases() -> impl Iterator<Item = (&'static str, Option<Phase>)> {
    Phase::ALL
        .into_iter()
        .map(|phase| (phase.name(), Some(phase)))
        .chain([("all", None)])
}

fn bounds_json(report: &Report) -> Value {
    let part = |bounds: Bounds| {
        json!({
            "limit": { "dense": bounds.dense_limit, "packed": bounds.packed_limit },
            "bound": { "dense": bounds.dense_bound, "packed": bounds.packed_bound },
            "speedup": bounds.speedup(),
            "speedup_limit": bounds.ideal(),
            "speedup_bound": bounds.quantised(),
        })
    };
    let all = phases()
        .filter_map(|(name, phase)| Some((name.to_owned(), part(Bounds::of(report, phase)?))));
    Value::Object(all.collect::<Map<_, _>>())
}

fn bounds_table(report: &Report) -> String {
    let rows: Vec<_> = phases()
        .filter_map(|(name, phase)| Some((name, Bounds::of(report, phase)?)))
        .collect();
    Columns::of(&rows)
        .text("phase", |(name, _)| name.to_string())
        .number("dense cycles", |(_, of)| grouped(of.dense_cycles))
        .number("packed cycles", |(_, of)| grouped(of.packed_cycles))
        .number("speed-up", |(_, of)| fixed(2, of.speedup()))
        .number("bound in whole tiles", |(_, of)| fixed(2, of.quantised()))
        .number("bound in MACs", |(_, of)| fixed(2, of.ideal()))
        .table()
}

fn to_json(report: &Report, trained: Value) -> Result<Value, CosimError> {
    let mut object = output::report(report)?;
    object["train"] = trained;
    object["bounds"] = bounds_json(report);
    Ok(object)
}
