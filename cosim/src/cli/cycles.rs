//! `heddle cycles`

use super::array_args::ArrayArgs;
use super::choice::choice;
use super::cycles_engine::{self, On, To};
use super::cycles_trace;
use super::explain;
use super::files::Files;
use super::map_args::MapArgs;
use super::network::NetworkArgs;
use super::numbers::whole;
use super::report_args::TableArgs;
use super::tile_engine_args::{check_target, ProductArgs, TileEngineArgs};
use super::{network, output, Outcome};
use crate::CosimError;
use heddle_files::{shown_path, InputError};
use heddle_gemm::{Phase, Policy, Shape};
use heddle_hdl::{ArrayConfig, Kind};
use heddle_network::scalesim::{scalesim, ScaleSimDataflow};
use heddle_report::{grouped, Columns};
use heddle_schedule::job::kept_shape;
use heddle_schedule::mapper::{Candidate, Mapper, Product};
use heddle_schedule::tiler::extent;
use serde_json::{json, Value};
use std::path::PathBuf;

/// Largest dimension that is counted.
const MAX_DIM: usize = 1 << 24;
/// Most multiply-accumulates that are counted: sums over the jobs stay far from overflow.
const MAX_MACS: u128 = 1 << 60;
/// Most time steps of one product.
const MAX_TIMES: usize = 4096;

/// Counts cycles with the cycle model, which equals the Verilated array's own count on
/// every job. Either one product (--phase, --m, --k, --n), a network, by name or as a file, or a trace.
///
/// A product is M x K x N: A is M x K, B is K x N. A phase masks one dimension: fp k, bp n,
/// wg m; --keep says how many of it are kept. The mapper lays it onto the array with the
/// fewest cycles; --explain shows what it had to choose from. The limit is MACs / (rows * cols), of the
/// kept MACs under packed; utilisation is limit / cycles.
///
/// With --target engine the product, or the network's own products of one training step (all but the softmax), are counted on
/// the engine around the array, from doorbell to interrupt, with its memory: exactly the cycles that `heddle cosim
/// --target engine` counts for the same product. --dataflow is then both unless it says otherwise.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle cycles --phase fp --m 20 --k 650 --n 2600 --format int8
  heddle cycles --phase wg --m 650 --k 20 --n 2600 --keep 325 --policy packed --json
  heddle cycles --phase wg --m 650 --k 20 --n 2600 --dataflow both --times 35 --explain
  heddle cycles --network zaremba-medium --dataflow both
  heddle cycles --network my.toml --json
  heddle cycles --trace jobs.safetensors --rows 32 --cols 32
  heddle cycles --network zaremba-large --epoch --kind bernoulli --plot large.svg
  heddle cycles --target engine --phase bp --m 20 --k 2600 --n 650 --keep 325 --policy packed
  heddle cycles --target engine --phase fp --m 20 --k 650 --n 2600 --keep 325 --policy packed --plot roofline.svg
  heddle cycles --target engine --bus-bits 256 --latency 64 --network zaremba-medium --json")]
pub struct CyclesArgs {
    /// What is counted: the array at its edge, or the engine around it with its memory
    #[arg(long, value_name = "TARGET", default_value = "array", value_parser = choice::<Kind>())]
    target: Kind,
    /// Phase of the product: fp, bp or wg
    #[arg(long, value_name = "PHASE", value_parser = choice::<Phase>(), required_unless_present_any = ["network", "trace"])]
    phase: Option<Phase>,
    /// Rows of A and C
    #[arg(long, value_name = "M", required_unless_present_any = ["network", "trace"], value_parser = whole(1, MAX_DIM))]
    m: Option<usize>,
    /// The reduction: columns of A, rows of B
    #[arg(long, value_name = "K", required_unless_present_any = ["network", "trace"], value_parser = whole(1, MAX_DIM))]
    k: Option<usize>,
    /// Columns of B and C
    #[arg(long, value_name = "N", required_unless_present_any = ["network", "trace"], value_parser = whole(1, MAX_DIM))]
    n: Option<usize>,
    /// How many of the masked dimension are kept [default: all]
    #[arg(long, value_name = "COUNT", value_parser = whole(0, MAX_DIM))]
    keep: Option<usize>,
    /// What becomes of dropped rows and columns: dense, gated or packed
    #[arg(long, value_name = "POLICY", default_value = "dense", value_parser = choice::<Policy>(), conflicts_with_all = ["network", "trace"])]
    policy: Policy,
    /// Count this many such products, the time steps of a window; weight gradients may
    /// then be chained into one reduction
    #[arg(
        long,
        value_name = "T",
        default_value_t = 1,
        conflicts_with_all = ["network", "trace"], value_parser = whole(1, MAX_TIMES))]
    times: usize,
    /// Print every mapping that there is to choose from, with its cycles, the bytes per
    /// cycle over each port (mean / peak), and what must be transposed in memory for it
    #[arg(long, conflicts_with_all = ["network", "trace"])]
    explain: bool,
    /// Count the jobs of this trace by policy, as `heddle cosim` runs them one by one on an array
    #[arg(long, value_name = "FILE", conflicts_with_all = ["network", "phase", "m", "k", "n", "keep"])]
    trace: Option<PathBuf>,
    #[command(flatten)]
    report: TableArgs,
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    map: MapArgs,
    #[command(flatten)]
    array: ArrayArgs,
    #[command(flatten)]
    engine: TileEngineArgs,
}

pub fn run(args: &CyclesArgs) -> Result<Outcome, CosimError> {
    args.check()?;
    if args.target == Kind::Engine {
        on_engine(args)?;
        return Ok(Outcome::Right);
    }
    let config = args.array.config()?;
    let mut files = Files::new();
    files.reads("--config", args.array.file());
    if let Some(path) = &args.trace {
        cycles_trace::run(path, &args.map, config, &args.report, files)?;
        return Ok(Outcome::Right);
    }
    match (
        args.network.network.as_deref(),
        args.phase,
        args.m,
        args.k,
        args.n,
    ) {
        (Some(name), ..) => {
            args.network
                .run(name, args.map.mapper(config)?, &args.report, files)?
        }
        (None, Some(phase), Some(m), Some(k), Some(n)) => {
            product(args, config, phase, Shape { m, k, n }, files)?
        }
        // the command line requires them; this is for whoever changes it
        _ => {
            let (flags, remedy) = ("--phase, --m, --k, --n", "give all four, or --network");
            return Err(InputError::new(flags, "incomplete", remedy).into());
        }
    }
    Ok(Outcome::Right)
}

impl CyclesArgs {
    /// Refuses what only the other target has.
    fn check(&self) -> Result<(), CosimError> {
        let explain = self.explain.then(|| ("--explain", "given".to_owned()));
        let trace = self
            .trace
            .as_ref()
            .map(|path| ("--trace", shown_path(path)));
        let array = explain
            .or(trace)
            .or_else(|| self.map.given())
            .or_else(|| self.network.only_of_the_array());
        let seed = self.network.seed.filter(|_| self.network.network.is_none());
        let seed = seed.map(|seed| ("--seed", seed.to_string()));
        check_target(self.target, array, self.engine.given().or(seed))?;
        let (Kind::Array, None, Some(plot)) =
            (self.target, &self.network.network, &self.network.plot)
        else {
            return Ok(());
        };
        let remedy = "on the array a --network is drawn, on the engine a product, too: add --target engine, or leave it out";
        Err(InputError::new("--plot", shown_path(plot), remedy).into())
    }
}

/// Counts on the engine.
fn on_engine(args: &CyclesArgs) -> Result<(), CosimError> {
    let on = On::new(args.engine.config(&args.array, None)?, &args.engine);
    let mut files = Files::new();
    files.reads("--config", args.array.file());
    network::reads(&mut files, args.network.network.as_deref());
    let to = To {
        report: args.report.open(&mut files)?,
        plot: files.plot(args.network.plot.as_ref())?,
    };
    if let Some(name) = &args.network.network {
        let (network, masking) = args.network.masking(name)?;
        let seed = args.network.seed.unwrap_or(1);
        return cycles_engine::network(&on, &network, &masking, seed, &to);
    }
    let product = ProductArgs {
        m: args.m,
        k: args.k,
        n: args.n,
        keep: args.keep,
        times: args.times,
    };
    let phase = args.phase.unwrap_or(Phase::Forward);
    let asked = product.asked(phase, args.network.seed.unwrap_or(1))?;
    cycles_engine::product(&on, args.policy, &asked, &to)
}

fn product(
    args: &CyclesArgs,
    config: ArrayConfig,
    phase: Phase,
    shape: Shape,
    mut files: Files,
) -> Result<(), CosimError> {
    let report = args.report.open(&mut files)?;
    let Shape { m, k, n } = shape;
    for (name, value, most) in [
        ("--m", m, MAX_DIM),
        ("--k", k, MAX_DIM),
        ("--n", n, MAX_DIM),
        ("--times", args.times, MAX_TIMES),
    ] {
        if !(1..=most).contains(&value) {
            let remedy = format!("use a value from 1 to {most}");
            return Err(InputError::new(name, value, remedy).into());
        }
    }
    let macs = [m, k, n, args.times].map(|x| x as u128);
    if macs.iter().product::<u128>() > MAX_MACS {
        let value = format!("{m} x {k} x {n} x {}", args.times);
        let remedy = format!("choose sizes that make at most {MAX_MACS} multiply-accumulates");
        return Err(InputError::new("--m x --k x --n x --times", value, remedy).into());
    }
    let keep = args.keep.unwrap_or(match phase {
        Phase::Forward => k,
        Phase::Backward => n,
        Phase::WeightGradient => m,
    });
    let product = |policy| {
        Ok::<_, CosimError>(Product {
            phase,
            shape,
            kept: kept_shape(phase, shape, keep)?,
            policy,
        })
    };
    let mut mapper = args.map.mapper(config)?;
    let dense = best(&mut mapper, &product(Policy::Dense)?, args.times)?.remove(0);
    let candidates = best(&mut mapper, &product(args.policy)?, args.times)?;
    let answer = Answer {
        args,
        config,
        product: product(args.policy)?,
        keep,
        dense: dense.count.cycles,
        candidates,
    };
    let rows = match args.explain {
        true => "candidates[]",
        false => "",
    };
    report.emit_rows(&answer.json()?, &[rows], || answer.print())
}

/// The candidates, of which there is at least one.
fn best(
    mapper: &mut Mapper,
    product: &Product,
    times: usize,
) -> Result<Vec<Candidate>, CosimError> {
    // An error where nothing is allowed.
    mapper.choose(product)?;
    Ok(mapper.candidates_over(product, times))
}

/// What there is to print.
struct Answer<'a> {
    args: &'a CyclesArgs,
    config: ArrayConfig,
    product: Product,
    keep: usize,
    /// Cycles of the baseline, mapped at its best.
    dense: u64,
    /// The chosen one first.
    candidates: Vec<Candidate>,
}

impl Answer<'_> {
    /// SCALE-Sim's cycles of what is sent.
    fn baseline(&self, dataflow: ScaleSimDataflow) -> u64 {
        let Product {
            policy,
            shape,
            kept,
            ..
        } = self.product;
        let one = scalesim(dataflow, &self.config, extent(policy, shape, kept));
        one * self.args.times as u64
    }

    fn speedup(&self) -> Option<f64> {
        let cycles = self.candidates[0].count.cycles;
        (cycles > 0).then(|| self.dense as f64 / cycles as f64)
    }

    fn json(&self) -> Result<Value, CosimError> {
        let Shape { m, k, n } = self.product.shape;
        let kept = self.product.kept;
        let (chosen, counted) = (&self.candidates[0], &self.candidates[0].count);
        let mut object = json!({
            "array": self.config.resolved(),
            "phase": self.product.phase,
            "policy": self.product.policy,
            "m": m,
            "k": k,
            "n": n,
            "kept": { "m": kept.m, "k": kept.k, "n": kept.n },
            "times": self.args.times,
            "mapping": chosen.name(),
            "macs": counted.macs,
            "cycles": counted.cycles,
            "limit": counted.limit,
            "utilisation": counted.utilisation(),
            "bound": counted.bound,
            "tiles": chosen.tiles,
            "breakdown": counted.breakdown,
            "ragged": counted.ragged(),
            "ports": chosen.bandwidth,
            "transpositions": chosen.transpositions,
            "dense_cycles": self.dense,
            "speedup": self.speedup(),
            "scalesim": {
                "ws": self.baseline(ScaleSimDataflow::WeightStationary),
                "os": self.baseline(ScaleSimDataflow::OutputStationary),
            },
        });
        if self.args.explain {
            object["candidates"] = self.candidates.iter().map(explain::to_json).collect();
        }
        output::report(&object)
    }

    fn print(&self) -> Result<(), CosimError> {
        let (chosen, counted) = (&self.candidates[0], &self.candidates[0].count);
        let times = match self.args.times {
            1 => String::new(),
            times => format!("{times} times "),
        };
        output::line(format!(
            "{times}{} {}, {} kept, {} on {} x {} {}; mapping: {} ({})",
            self.product.phase,
            self.product.shape,
            self.keep,
            self.product.policy,
            self.config.rows,
            self.config.cols,
            self.config.format,
            chosen.name(),
            chosen.layout(),
        ))?;
        if self.args.explain {
            output::line(explain::table(&self.candidates))?;
        }
        let parts = counted.breakdown;
        let rows = [
            ("total", counted.cycles),
            ("beats", parts.beats),
            ("waiting for weights", parts.weight_load),
            ("waiting for sums", parts.round_trip),
            ("exchanging seeds and sums", parts.exchange),
            ("draining", parts.drain),
            ("limit (every PE busy)", counted.limit.round() as u64),
            ("bound (whole tiles)", counted.bound),
            (
                "SCALE-Sim, weight stationary",
                self.baseline(ScaleSimDataflow::WeightStationary),
            ),
            (
                "SCALE-Sim, output stationary",
                self.baseline(ScaleSimDataflow::OutputStationary),
            ),
        ];
        let table = Columns::of(&rows)
            .text("cycles", |(what, _)| *what)
            .number("of which", |(_, cycles)| grouped(*cycles))
            .table();
        output::line(table)?;
        output::line(format!(
            "utilisation {:.1} %, {} times faster than dense ({} cycles), {} MACs in {} tiles",
            100.0 * counted.utilisation(),
            self.speedup()
                .map_or("infinitely many".to_owned(), |speedup| format!(
                    "{speedup:.2}"
                )),
            grouped(self.dense),
            grouped(counted.macs),
            grouped(chosen.tiles),
        ))
    }
}
