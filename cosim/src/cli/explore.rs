//! `heddle explore`

use super::choice::choice;
use super::explain::percent;
use super::files::Files;
use super::map_args::MapArgs;
use super::numbers::{probability, whole};
use super::report_args::ReportArgs;
use super::sites::Sites;
use super::{interrupt, network, output, progress, Outcome};
use crate::CosimError;
use clap_complete::ArgValueCompleter;
use heddle_files::InputError;
use heddle_format::Format;
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_network::explore::{count_point, rank, Cols, Point, Sweep};
use heddle_network::network::Network;
use heddle_report::{fixed, grouped, Columns, Dot, Facet, ScatterChart, Series};
use serde_json::{json, Value};
use std::path::PathBuf;

/// Sweeps arrays and drop probabilities for a network, and shows what a larger or another
/// array buys.
///
/// Counts the LSTM's products of a training step (the softmax is left out), with exact
/// masks, on every combination of the lists, each product mapped at its best. Among the
/// arrays of one drop probability those on the Pareto front are marked: none with as few
/// PEs takes fewer cycles packed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle explore --network zaremba-medium
  heddle explore --network zaremba-large --rows 16,32 --dataflow ws,both --p .65 --plot large.svg
  heddle explore --network ner-conll --rows 8,16 --cols 8,16,32 --add-stages 1,2,4 --csv ner.csv")]
pub struct ExploreArgs {
    /// zaremba-small, zaremba-medium, zaremba-large, opennmt-iwslt or ner-conll
    #[arg(long, value_name = "NAME", value_parser = network::names())]
    network: String,
    /// PE rows, separated by commas
    #[arg(
        long,
        value_name = "R,...",
        value_delimiter = ',',
        default_value = "8,16,32,64", value_parser = whole(1, 256))]
    rows: Vec<usize>,
    /// PE columns, separated by commas; 'same' is as many as rows
    #[arg(long, value_name = "C,...", value_delimiter = ',', default_value = "same", value_parser = cols)]
    cols: Vec<Cols>,
    /// What stays in the PEs: ws, os, both
    #[arg(
        long,
        value_name = "FLOW,...",
        value_delimiter = ',',
        default_value = "ws,os,both",
        value_parser = choice::<Dataflow>()
    )]
    dataflow: Vec<Dataflow>,
    /// Operands: int8, int16 or bf16
    #[arg(long, value_name = "FORMAT", default_value = "bf16", value_parser = choice::<Format>())]
    format: Format,
    /// Pipeline registers of the adder: 1 to 6 [default: the format's]
    #[arg(long, value_name = "STAGES,...", value_delimiter = ',', value_parser = whole(1, 6))]
    add_stages: Vec<usize>,
    /// Probabilities of dropping a unit, each in [0, 1)
    #[arg(
        long,
        value_name = "P,...",
        value_delimiter = ',',
        default_value = "0.3,0.5,0.65", value_parser = probability)]
    p: Vec<f64>,
    /// Sites with dropout, separated by commas: nr, rh
    #[arg(
        long,
        value_name = "SITE,...",
        default_value = "nr,rh",
        add = ArgValueCompleter::new(Sites::complete)
    )]
    sites: Sites,
    /// Write the points as comma-separated values
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Draw cycles and utilisation against PEs; .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    map: MapArgs,
}

fn cols(text: &str) -> Result<Cols, String> {
    if text == "same" {
        return Ok(Cols::Same);
    }
    let count = text.parse().map(Cols::Count);
    count.map_err(|_| format!("'{text}' is neither a number nor 'same'"))
}

pub fn run(args: &ExploreArgs) -> Result<Outcome, CosimError> {
    let network = Network::named(&args.network)?;
    let mut files = Files::new();
    let to = args.report.open(&mut files)?;
    let table = files.open_any("--csv", args.csv.as_ref())?;
    let plot = files.plot(args.plot.as_ref())?;
    if args.sites.0.contains(&heddle_lstm::Site::Out) {
        let remedy = "only the LSTM's own products are counted here: use nr, rh or both";
        return Err(InputError::new("--sites", "out", remedy).into());
    }
    let base = ArrayConfig {
        format: args.format,
        ..ArrayConfig::default()
    };
    let sweep = Sweep {
        rows: args.rows.clone(),
        cols: args.cols.clone(),
        dataflows: args.dataflow.clone(),
        add_stages: args.add_stages.clone(),
        p: args.p.clone(),
    };
    let combinations = sweep.points(&base)?;
    let bar = progress::bar("counting", combinations.len() as u64);
    let mut points = Vec::with_capacity(combinations.len());
    for combination in combinations {
        interrupt::check()?;
        let rules = args.map.rules();
        points.push(count_point(&network, &args.sites.0, rules, combination)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    rank(&mut points);
    if let Some(table) = &table {
        table.write(csv(&points).as_bytes())?;
    }
    if let Some(plot) = &plot {
        heddle_report::write_plot(plot, &chart(args, &points))?;
    }
    let report = output::report(&json!({
        "network": network.name,
        "sites": args.sites.0,
        "points": points.iter().map(to_json).collect::<Vec<_>>(),
    }))?;
    to.emit(&report, || print(args, &network, &points))?;
    Ok(Outcome::Right)
}

fn sites(args: &ExploreArgs) -> String {
    let names: Vec<_> = args.sites.0.iter().map(|site| site.name()).collect();
    names.join("+")
}

fn print(args: &ExploreArgs, network: &Network, points: &[Point]) -> Result<(), CosimError> {
    output::line(format!(
        "{}: {}\nLSTM products of a training step, {}, units dropped at {} with probability p",
        network.name,
        network.about,
        args.format,
        sites(args)
    ))?;
    let table = Columns::of(points)
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
        .number("speed-up", |it| fixed(2, it.speedup))
        .table();
    output::line(table)?;
    output::line("* no array of this p with as few PEs takes fewer cycles packed")
}

fn to_json(point: &Point) -> Value {
    json!({
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
    })
}

fn csv(points: &[Point]) -> String {
    Columns::of(points)
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
        .number("front", |it| u8::from(it.front))
        .csv()
}

fn chart(args: &ExploreArgs, points: &[Point]) -> ScatterChart {
    let mut flows: Vec<Dataflow> = Vec::new();
    for &flow in &args.dataflow {
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
        1 => format!("a {first} {} array", args.format),
        _ => format!("{} arrays from {first} to {last}", args.format),
    };
    ScatterChart {
        title: format!(
            "{} on {arrays}: packed cycles of a training step against PEs",
            args.network
        ),
        subtitle: format!(
            "LSTM products, dataflow {}; units dropped at {} with probability p (exact masks), by the cycle model",
            dataflows.join(", "),
            sites(args)
        ),
        facets: facets.collect(),
    }
}
