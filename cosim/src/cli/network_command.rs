//! `heddle network`: lists, shows and imports networks.

use super::choice::choice;
use super::files::Files;
use super::numbers::{probability, whole, MAX_BATCH, MAX_WINDOW};
use super::report_args::TableArgs;
use super::sites::Sites;
use super::{output, Outcome};
use crate::CosimError;
use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter, CompletionCandidate};
use heddle_gemm::Phase;
use heddle_network::file::NetworkFile;
use heddle_network::import::{read, Given};
use heddle_network::network::Network;
use heddle_report::{grouped, Columns};
use serde_json::json;
use std::path::PathBuf;

/// Lists, shows and imports networks
#[derive(Debug, clap::Subcommand)]
pub enum NetworkCommand {
    /// Lists the networks that have names
    List(ListArgs),
    /// Prints the file of a network that has a name, to be copied and changed
    Show(ShowArgs),
    /// Prints the JSON schema of network files
    Schema,
    /// Writes a network file from a SCALE-Sim topology or a PyTorch state dict
    Import(Box<ImportArgs>),
}

/// Lists names, sizes and products.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    #[command(flatten)]
    report: TableArgs,
}

/// Prints a file as it is built in.
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The network's name
    #[arg(value_name = "NAME", add = ArgValueCandidates::new(candidates))]
    name: String,
}

/// Reads a GEMM topology of SCALE-Sim (.csv: Layer, M, N, K) or the recurrent layers of a PyTorch state dict
/// (.safetensors: weight_ih_l0, weight_hh_l0, _reverse, weight_hr_l0 after any prefix) and writes a network file.
/// Neither says how the network is trained: flags do, and the file can be changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle network import mlp.csv --p 0.5 --out mlp.toml
  heddle network import model.safetensors --batch 20 --times 35 --p 0.5 --out model.toml
  heddle cycles --network model.toml")]
pub struct ImportArgs {
    /// The file to read: .csv or .safetensors
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The network file to write; - is standard output
    #[arg(long, value_name = "NET.toml")]
    out: PathBuf,
    /// What the network is called [default: the name of the file that is written, without its ending]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Samples in a batch (state dict)
    #[arg(long, value_name = "B", value_parser = whole(1, MAX_BATCH))]
    batch: Option<usize>,
    /// Time steps of a window; of a topology, how many there are of each product
    #[arg(long, value_name = "T", value_parser = whole(1, MAX_WINDOW))]
    times: Option<usize>,
    /// Groups of the batch that have a mask each (state dict) [default: 1]
    #[arg(long, value_name = "G", value_parser = whole(1, MAX_BATCH))]
    groups: Option<usize>,
    /// Probability of dropping a unit, in [0, 1) [default: 0]
    #[arg(long, value_name = "P", value_parser = probability)]
    p: Option<f64>,
    /// Sites with dropout, separated by commas: nr, rh, out [default: nr,rh]
    #[arg(long, value_name = "SITE,...", add = ArgValueCompleter::new(Sites::complete))]
    sites: Option<Sites>,
    /// Phase of the products of a topology: fp, bp or wg [default: fp]
    #[arg(long, value_name = "PHASE", value_parser = choice::<Phase>())]
    phase: Option<Phase>,
}

/// The networks that have names, for shells.
pub(super) fn candidates() -> Vec<CompletionCandidate> {
    Network::names().map(CompletionCandidate::new).collect()
}

pub fn run(command: &NetworkCommand) -> Result<Outcome, CosimError> {
    match command {
        NetworkCommand::List(args) => list(args)?,
        NetworkCommand::Show(args) => output::bytes(Network::built_in(&args.name)?.as_bytes())?,
        NetworkCommand::Schema => output::bytes(NetworkFile::schema().as_bytes())?,
        NetworkCommand::Import(args) => import(args)?,
    }
    Ok(Outcome::Right)
}

fn list(args: &ListArgs) -> Result<(), CosimError> {
    let to = args.report.open(&mut Files::new())?;
    let networks = Network::names().map(Network::named);
    let networks = networks.collect::<Result<Vec<_>, _>>()?;
    let products = |it: &Network| -> usize { it.places().iter().map(|place| place.products).sum() };
    let row = |it: &Network| {
        json!({
            "network": it.name, "about": it.about, "batch": it.batch, "window": it.times, "p": it.p,
            "layers": it.layers.len(), "jobs": products(it),
        })
    };
    let rows: Vec<_> = networks.iter().map(row).collect();
    let object = output::report(&json!({ "networks": rows }))?;
    to.emit_rows(&object, &["networks[]"], || {
        let table = Columns::of(&networks)
            .text("network", |it| it.name.clone())
            .number("layers", |it| it.layers.len())
            .number("batch", |it| it.batch)
            .number("window", |it| it.times)
            .number("p", |it| it.p)
            .number("products", |it| grouped(products(it) as u64))
            .text("about", |it| it.about.clone())
            .table();
        output::line(table)
    })
}

fn import(args: &ImportArgs) -> Result<(), CosimError> {
    let mut files = Files::new();
    files.reads("FILE", Some(&args.file));
    let to = files.open("--out", &args.out)?;
    let given = Given {
        batch: args.batch,
        times: args.times,
        groups: args.groups,
        p: args.p,
        sites: args.sites.as_ref().map(|sites| sites.0.clone()),
        phase: args.phase,
        name: args.name.clone(),
    };
    let file = read(&args.file, &given)?;
    Ok(to.write(file.to_toml()?.as_bytes())?)
}
