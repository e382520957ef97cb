//! `heddle explore`

use super::choice::choice;
use super::explain::percent;
use super::explore_cost::{CostArgs, Costs};
use super::explore_engine::ExploreEngineArgs;
use super::files::Files;
use super::map_args::MapArgs;
use super::network_table::{capital, digest};
use super::numbers::{probability, whole};
use super::pieces::{without, PieceArgs};
use super::report_args::{Reporter, TableArgs};
use super::sites::Sites;
use super::tile_engine_args::{check_target, Given};
use super::{
    explore_engine, explore_pieces, explore_sweep, interrupt, network, output, progress, Outcome,
};
use crate::CosimError;
use clap_complete::ArgValueCompleter;
use heddle_files::{shown_path, Destination, InputError};
use heddle_format::Format;
use heddle_hdl::{ArrayConfig, Dataflow, Kind};
use heddle_lstm::Site;
use heddle_network::explore::{count_point, rank, Cols, Point, Sweep};
use heddle_network::network::Network;
use heddle_report::{fixed, grouped, Columns, Dot, Facet, ScatterChart, Series};
use serde_json::{json, Value};
use std::path::PathBuf;

/// Sweeps arrays and drop probabilities for a network, and shows what a larger or another
/// array buys.
///
/// Counts the products of a training step of a network (the softmax is left out), with exact
/// masks, on every combination of the lists, each product mapped at its best. Among the
/// arrays of one drop probability those on the Pareto front are marked: none with as few
/// PEs takes fewer cycles packed.
///
/// With --target engine the engine around the array is swept with its memory: the products of the input of the network's
/// first layer in each phase, or a training step (--whole-step), dense and packed, below the limits of array and
/// bus. What an engine cannot do is told and left out.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle explore --network zaremba-medium
  heddle explore --network zaremba-large --rows 16,32 --dataflow ws,both --p .65 --plot large.svg
  heddle explore --network ner-conll --rows 8,16 --cols 8,16,32 --add-stages 1,2,4 --csv ner.csv
  heddle explore --network my.toml --sweep sweep.toml --area synth-8x8.json synth-16x16.json
  heddle explore --target engine --network zaremba-medium --bus-bits 128,256 --batch 20,64 --plot roofline.svg
  heddle explore --target engine --units 650 --width 2600 --batch 20 --phase bp --b-slots 32,64,128 --latency 16,64,256")]
pub struct ExploreArgs {
    /// What is swept: the array at its edge, or the engine around it with its memory
    #[arg(long, value_name = "TARGET", default_value = "array", value_parser = choice::<Kind>())]
    target: Kind,
    /// A network that `heddle network list` names, or a file as `heddle network show` prints
    #[arg(long, value_name = "FILE|NAME", required_unless_present_any = ["units", "sweep"], add = ArgValueCompleter::new(network::complete))]
    pub(super) network: Option<String>,
    /// A TOML file with lists under the names of flags (rows = [8, 16]); flags win over it
    #[arg(long, value_name = "FILE.toml")]
    pub(super) sweep: Option<PathBuf>,
    /// PE rows, separated by commas [default: 8,16,32,64, engine: 16]
    #[arg(long, value_name = "R,...", value_delimiter = ',', value_parser = whole(1, 256))]
    pub(super) rows: Vec<usize>,
    /// PE columns, separated by commas; 'same' is as many as rows [default: same]
    #[arg(long, value_name = "C,...", value_delimiter = ',', value_parser = cols)]
    pub(super) cols: Vec<Cols>,
    /// What stays in the PEs: ws, os, both [default: ws,os,both, engine: both]
    #[arg(long, value_name = "FLOW,...", value_delimiter = ',', value_parser = choice::<Dataflow>())]
    pub(super) dataflow: Vec<Dataflow>,
    /// Operands: int8, int16 or bf16; several with --target engine [default: bf16]
    #[arg(long, value_name = "FORMAT,...", value_delimiter = ',', value_parser = choice::<Format>())]
    pub(super) format: Vec<Format>,
    /// Pipeline registers of the adder: 1 to 6 [default: the format's]
    #[arg(long, value_name = "STAGES,...", value_delimiter = ',', value_parser = whole(1, 6))]
    pub(super) add_stages: Vec<usize>,
    /// Probabilities of dropping a unit, each in [0, 1) [default: 0.3,0.5,0.65, engine: the network's, or 0.5]
    #[arg(long, value_name = "P,...", value_delimiter = ',', value_parser = probability)]
    pub(super) p: Vec<f64>,
    /// Sites with dropout, separated by commas: nr, rh [default: the network's, nr,rh for most]
    #[arg(long, value_name = "SITE,...", add = ArgValueCompleter::new(Sites::complete))]
    pub(super) sites: Option<Sites>,
    /// Draw cycles and utilisation against PEs, or the engines below the limits of array and bus; .svg or .png
    #[arg(long, value_name = "FILE")]
    pub(super) plot: Option<PathBuf>,
    #[command(flatten)]
    pub(super) report: TableArgs,
    #[command(flatten)]
    pub(super) piece: PieceArgs,
    #[command(flatten)]
    pub(super) map: MapArgs,
    #[command(flatten)]
    cost: CostArgs,
    #[command(flatten)]
    pub(super) engine: ExploreEngineArgs,
}

fn cols(text: &str) -> Result<Cols, String> {
    if text == "same" {
        return Ok(Cols::Same);
    }
    let count = text.parse().map(Cols::Count);
    count.map_err(|_| format!("'{text}' is neither a number nor 'same'"))
}

/// A list that was given, or the usual one.
pub(super) fn or<T: Clone>(given: &[T], usual: &[T]) -> Vec<T> {
    match given {
        [] => usual,
        given => given,
    }
    .to_vec()
}

impl ExploreArgs {
    /// Where there is dropout in the LSTM.
    ///
    /// # Errors
    /// [`CosimError::Input`] for the softmax.
    pub(super) fn own_sites(&self, network: &Network) -> Result<Vec<Site>, CosimError> {
        let Some(sites) = &self.sites else {
            let own = network.sites.iter().copied();
            return Ok(own.filter(|site| *site != Site::Out).collect());
        };
        let sites = sites.0.clone();
        if sites.contains(&Site::Out) {
            let remedy = "only the network's own products are counted here: use nr, rh or both";
            return Err(InputError::new("--sites", "out", remedy).into());
        }
        Ok(sites)
    }

    /// The one format of an array.
    fn array_format(&self) -> Result<Format, CosimError> {
        match self.format[..] {
            [] => Ok(Format::Bf16),
            [format] => Ok(format),
            [..] => {
                let names: Vec<_> = self.format.iter().map(|format| format.name()).collect();
                let remedy = "give one: several are swept with --target engine";
                Err(InputError::new("--format", names.join(","), remedy).into())
            }
        }
    }
}

/// What was swept of arrays.
pub(super) struct Swept<'a> {
    pub(super) network: &'a Network,
    pub(super) format: Format,
    dataflows: Vec<Dataflow>,
    pub(super) sites: Vec<Site>,
}

/// Pieces of the other kind of sweep, which has none.
fn refuse(given: Given) -> Result<(), CosimError> {
    match given {
        None => Ok(()),
        Some((name, value)) => {
            let remedy =
                "the engine's sweep has no pieces: run parts of it, as list and run of a plan";
            Err(InputError::new(name, value, remedy).into())
        }
    }
}

pub fn run(args: &ExploreArgs) -> Result<Outcome, CosimError> {
    let all;
    let args = match &args.sweep {
        Some(path) => {
            all = args.over(explore_sweep::read(path)?);
            &all
        }
        None => args,
    };
    if args.network.is_none() && args.engine.units().is_none() {
        let remedy =
            "a sweep is of a network: give --network, or write it into the file of --sweep";
        return Err(InputError::new("--network", "absent", remedy).into());
    }
    let array = args.map.given().or_else(|| args.cost.given());
    check_target(args.target, array, args.engine.given())?;
    if args.target == Kind::Engine {
        refuse(args.piece.given())?;
        return explore_engine::run(args);
    }
    // without one there are --units, which are the engine's
    let network = Network::find(args.network.as_deref().unwrap_or_default())?;
    let mut files = Files::new();
    files.reads("--sweep", args.sweep.as_ref());
    let costs = args.cost.read(&mut files)?;
    network::reads(&mut files, args.network.as_deref());
    let to = args.report.open(&mut files)?;
    let plot = files.plot(args.plot.as_ref())?;
    let swept = Swept {
        network: &network,
        format: args.array_format()?,
        dataflows: or(&args.dataflow, &Dataflow::ALL),
        sites: args.own_sites(&network)?,
    };
    let base = ArrayConfig {
        format: swept.format,
        ..ArrayConfig::default()
    };
    let sweep = Sweep {
        rows: or(&args.rows, &[8, 16, 32, 64]),
        cols: or(&args.cols, &[Cols::Same]),
        dataflows: swept.dataflows.clone(),
        add_stages: args.add_stages.clone(),
        p: or(&args.p, &[0.3, 0.5, 0.65]),
    };
    let combinations = sweep.points(&base)?;
    let rules = args.map.rules();
    let combinations = match args.piece.alone() {
        Some(name) => vec![explore_pieces::named(name, combinations)?],
        None => combinations,
    };
    if args.piece.in_file() {
        if args.piece.is_part() {
            let csv = args
                .report
                .csv
                .as_ref()
                .map(|path| ("--csv", shown_path(path)));
            let plot = args.plot.as_ref().map(|path| ("--plot", shown_path(path)));
            without(csv.or(plot))?;
        }
        let run = explore_pieces::run(&args.piece, &swept, rules, &combinations)?;
        let Some(points) = explore_pieces::points(&run, &combinations) else {
            let report = output::report(&run.to_json())?;
            to.emit(&report, || output::line(run.told()))?;
            return Ok(Outcome::of(run.failed() == 0));
        };
        return finish(points, &swept, &costs, (&to, plot));
    }
    let bar = progress::bar("counting", combinations.len() as u64);
    let mut points = Vec::with_capacity(combinations.len());
    for combination in combinations {
        interrupt::check()?;
        points.push(count_point(&network, &swept.sites, rules, combination)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    finish(points, &swept, &costs, (&to, plot))
}

/// Ranks all points of a sweep and reports them.
fn finish(
    mut points: Vec<Point>,
    swept: &Swept,
    costs: &Costs,
    (to, plot): (&Reporter, Option<Destination>),
) -> Result<Outcome, CosimError> {
    rank(&mut points);
    if let Some(plot) = &plot {
        heddle_report::write_plot(plot, &chart(swept, &points))?;
    }
    let report = output::report(&json!({
        "network": swept.network.name,
        "network_sha256": digest(swept.network),
        "sites": swept.sites,
        "points": points.iter().map(|point| to_json(point, costs)).collect::<Vec<_>>(),
    }))?;
    to.emit_table(
        &report,
        || csv(&points, costs),
        || print(swept, &points, costs),
    )?;
    Ok(Outcome::Right)
}

/// Sites as one word.
pub(super) fn joined(sites: &[Site]) -> String {
    let names: Vec<_> = sites.iter().map(|site| site.name()).collect();
    names.join("+")
}

fn print(swept: &Swept, points: &[Point], costs: &Costs) -> Result<(), CosimError> {
    output::line(format!(
        "{}: {}\n{} of a training step, {}, units dropped at {} with probability p",
        swept.network.name,
        swept.network.about,
        capital(swept.network.own_products()),
        swept.format,
        joined(&swept.sites)
    ))?;
    let mut table = Columns::of(points)
        .text("front", |it| if it.front { "*" } else { "" })
        .text("dataflow", |it| it.array.dataflow)
        .number("p", |it| it.p)
        .number("PEs", |it| grouped(it.pes))
        .number("array", |it| {
            format!("{} x {}", it.array.rows, it.array.cols)
        })
        .number("add stages", |it| it.array.add_stages())
        .number("dense", |it| grouped(it.dense_cycles))
        .number("packed", |it| grouped(it.packed_cycles))
        .number("util. dense", |it| percent(it.dense_utilisation))
        .number("util. packed", |it| percent(it.packed_utilisation))
        .number("speed-up", |it| fixed(2, it.speedup));
    // three significant digits; what no report has is none
    let shown =
        |value: Option<f64>| value.map_or("none".to_owned(), |value| format!("{value:.2e}"));
    if costs.has_area() {
        table = table
            .number("steps/s", move |it| shown(costs.of(it).steps_per_s))
            .number("per kLUT", move |it| shown(costs.of(it).per_klut()))
            .number("per mm2", move |it| shown(costs.of(it).per_mm2()));
    }
    if costs.has_power() {
        table = table
            .number("J dense", move |it| shown(costs.of(it).dense_joule))
            .number("J packed", move |it| shown(costs.of(it).packed_joule));
    }
    output::line(table.table())?;
    output::line("* no array of this p with as few PEs takes fewer cycles packed")?;
    if costs.is_empty() {
        return Ok(());
    }
    output::line("steps/s: training steps packed at the highest clock of the report; J: a step at the mean energy of a cycle in the report's jobs")
}

fn to_json(point: &Point, costs: &Costs) -> Value {
    let mut object = json!({
        "array": point.array,
        "pes": point.pes,
        "p": point.p,
        "front": point.front,
        "policies": {
            "dense": { "cycles": point.dense_cycles, "utilisation": point.dense_utilisation, "speedup": 1.0 },
            "packed": {
                "cycles": point.packed_cycles,
                "utilisation": point.packed_utilisation,
                "speedup": point.speedup,
            },
        },
    });
    if !costs.is_empty() {
        object["cost"] = costs.of(point).json();
    }
    object
}

fn csv(points: &[Point], costs: &Costs) -> String {
    let mut table = Columns::of(points)
        .number("rows", |it| it.array.rows)
        .number("cols", |it| it.array.cols)
        .number("pes", |it| it.pes)
        .text("dataflow", |it| it.array.dataflow)
        .number("add_stages", |it| it.array.add_stages())
        .number("p", |it| it.p)
        .number("dense_cycles", |it| it.dense_cycles)
        .number("packed_cycles", |it| it.packed_cycles)
        .number("dense_utilisation", |it| it.dense_utilisation)
        .number("packed_utilisation", |it| it.packed_utilisation)
        .number("speedup", |it| it.speedup)
        .number("front", |it| u8::from(it.front));
    let plain = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    if costs.has_area() {
        table = table
            .number("lut4", move |it| plain(costs.of(it).lut4))
            .number("area_um2", move |it| plain(costs.of(it).area_um2))
            .number("fmax_mhz", move |it| plain(costs.of(it).fmax_mhz))
            .number("steps_per_s", move |it| plain(costs.of(it).steps_per_s))
            .number("steps_per_s_per_klut", move |it| {
                plain(costs.of(it).per_klut())
            })
            .number("steps_per_s_per_mm2", move |it| {
                plain(costs.of(it).per_mm2())
            });
    }
    if costs.has_power() {
        table = table
            .number("dense_joule", move |it| plain(costs.of(it).dense_joule))
            .number("packed_joule", move |it| plain(costs.of(it).packed_joule));
    }
    table.csv()
}

fn chart(swept: &Swept, points: &[Point]) -> ScatterChart {
    let mut flows: Vec<Dataflow> = Vec::new();
    for &flow in &swept.dataflows {
        if !flows.contains(&flow) {
            flows.push(flow);
        }
    }
    let by_p = points.chunk_by(|one, other| one.p == other.p);
    let facets = by_p.map(|points| Facet {
        name: format!("p {}", points[0].p),
        series: flows
            .iter()
            .enumerate()
            .map(|(hue, &flow)| Series {
                name: format!("dataflow {flow}"),
                hue,
                dots: points
                    .iter()
                    .filter(|point| point.array.dataflow == flow)
                    .map(|point| Dot {
                        pes: point.pes,
                        cycles: point.packed_cycles,
                        utilisation: point.packed_utilisation,
                        front: point.front,
                        name: format!("{} x {}", point.array.rows, point.array.cols),
                    })
                    .collect(),
            })
            .collect(),
    });
    let mut sizes: Vec<_> = points
        .iter()
        .map(|p| (p.pes, p.array.rows, p.array.cols))
        .collect();
    sizes.sort_unstable();
    sizes.dedup();
    let name = |&(_, rows, cols): &(u64, usize, usize)| format!("{rows} x {cols}");
    let (first, last) = (sizes.first().map(name), sizes.last().map(name));
    let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
    let dataflows: Vec<_> = flows.iter().map(Dataflow::to_string).collect();
    let arrays = match sizes.len() {
        1 => format!("a {first} {} array", swept.format),
        _ => format!("{} arrays from {first} to {last}", swept.format),
    };
    ScatterChart {
        title: format!(
            "{} on {arrays}: packed cycles of a training step against PEs",
            swept.network.name
        ),
        subtitle: format!(
            "{}, dataflow {}; units dropped at {} with probability p (exact masks), by the cycle model",
            capital(swept.network.own_products()),
            dataflows.join(", "),
            joined(&swept.sites)
        ),
        facets: facets.collect(),
    }
}
