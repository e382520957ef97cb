//! `heddle cycles --network`: the products of a training step, or of an epoch.

use super::choice::choice;
use super::cosim::{phase_title, LIMIT};
use super::files::Files;
use super::network_table::{lstm_by_phase, Counted};
use super::numbers::{long, probability};
use super::report_args::TableArgs;
use super::sites::Sites;
use crate::CosimError;
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use heddle_files::InputError;
use heddle_gemm::Policy;
use heddle_hdl::ArrayConfig;
use heddle_lstm::MaskKind;
use heddle_network::network::{
    count_epoch, count_steps, Dropout, Masking, Network, NetworkCount, PolicyCount,
};
use heddle_report::{grouped, short, Bar, BarChart, BarGroup, BarPart, Panel};
use heddle_schedule::mapper::Mapper;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The names of networks, and files, that may stand where `given` was typed so far.
pub(super) fn complete(given: &OsStr) -> Vec<CompletionCandidate> {
    let text = given.to_string_lossy();
    let names = Network::names().filter(|name| name.starts_with(&*text));
    let mut found: Vec<_> = names.map(CompletionCandidate::new).collect();
    if found.is_empty() || text.is_empty() {
        found.extend(PathCompleter::file().complete(given));
    }
    found
}

/// The file that `name` means, which must stay.
pub(super) fn reads(files: &mut Files, name: Option<&str>) {
    let path = name.and_then(Network::path);
    files.reads("--network", path.map(Path::to_owned).as_ref());
}

/// A network, by name or as a file.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Network")]
pub struct NetworkArgs {
    /// Count the training of a network, with masks as training draws them: one that `heddle network list` names, or a
    /// file as `heddle network show` prints
    #[arg(long, value_name = "FILE|NAME", conflicts_with_all = ["phase", "m", "k", "n", "keep"], add = ArgValueCompleter::new(complete))]
    pub network: Option<String>,
    /// Sites with dropout, separated by commas: nr, rh, out [default: the network's, nr,rh for most]
    #[arg(
        long,
        value_name = "SITE,...",
        requires = "network", conflicts_with = "phase",
        add = ArgValueCompleter::new(Sites::complete)
    )]
    sites: Option<Sites>,
    /// Probability of dropping a unit, in [0, 1) [default: the network's]
    #[arg(long, value_name = "P", requires = "network", conflicts_with = "phase", value_parser = probability)]
    p: Option<f64>,
    /// How many units a mask keeps: exact (always the same number) or bernoulli
    #[arg(
        long,
        value_name = "KIND",
        default_value = "exact",
        value_parser = choice::<MaskKind>(),
        requires = "network", conflicts_with = "phase"
    )]
    kind: MaskKind,
    /// Seed of the masks of --kind bernoulli; exact ones count alike with every seed. With --target engine of all
    /// masks [default: 1]
    #[arg(long, value_name = "S", value_parser = long(0, u64::MAX))]
    pub seed: Option<u64>,
    /// Count this many training steps
    #[arg(
        long,
        value_name = "STEPS",
        default_value_t = 1,
        requires = "network",
        conflicts_with_all = ["epoch", "phase"], value_parser = long(1, u64::MAX))]
    steps: u64,
    /// Count a whole epoch, where the network's file says how many tokens its data set has
    #[arg(long, requires = "network", conflicts_with = "phase")]
    epoch: bool,
    /// Show every time step of the window as well
    #[arg(long, requires = "network", conflicts_with = "phase")]
    by_time: bool,
    /// Draw where the cycles of the network's LSTM products go, by phase and policy; with --target engine, of a network
    /// or a product, where they stand below the limits of array and bus (a roofline); .svg or .png
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
}

impl NetworkArgs {
    /// The first flag that the engine does not have, and its value.
    pub fn only_of_the_array(&self) -> Option<(&'static str, String)> {
        let steps = (self.steps != 1).then(|| ("--steps", self.steps.to_string()));
        let epoch = self.epoch.then(|| ("--epoch", "given".to_owned()));
        let by_time = self.by_time.then(|| ("--by-time", "given".to_owned()));
        steps.or(epoch).or(by_time)
    }

    /// The network `name`, and the masks of its training.
    ///
    /// # Errors
    /// [`CosimError::Input`] for an unknown name, or those of reading a file.
    pub fn masking(&self, name: &str) -> Result<(Network, Masking), CosimError> {
        let network = Network::find(name)?;
        let sites = self.sites.as_ref().map(|sites| sites.0.clone());
        let masking = Masking {
            sites: sites.unwrap_or_else(|| network.sites.clone()),
            p: self.p,
            kind: self.kind,
            ..network.masking()
        };
        Ok((network, masking))
    }

    /// Counts the network `name` with `mapper` and prints it.
    ///
    /// # Errors
    /// [`CosimError::Input`] for an unknown name or a value out of range.
    pub fn run(
        &self,
        name: &str,
        mut mapper: Mapper,
        report: &TableArgs,
        mut files: Files,
    ) -> Result<(), CosimError> {
        reads(&mut files, Some(name));
        let (network, masking) = self.masking(name)?;
        let to = report.open(&mut files)?;
        let plot = files.plot(self.plot.as_ref())?;
        let config = *mapper.config();
        if let (Some(seed), MaskKind::Exact) = (self.seed, self.kind) {
            let remedy = "exact masks count alike with every seed: it goes with --kind bernoulli";
            return Err(InputError::new("--seed", seed, remedy).into());
        }
        let seed = self.seed.unwrap_or(1);
        let count = if self.epoch {
            count_epoch(&mut mapper, &network, &masking, seed)?
        } else {
            count_steps(&mut mapper, &network, &masking, seed, 0..self.steps)?
        };
        if let Some(plot) = &plot {
            heddle_report::write_plot(plot, &chart(&count, &config, &network, &masking))?;
        }
        let counted = Counted {
            count: &count,
            network: &network,
            masking: &masking,
            mapper: &mapper,
            by_time: self.by_time,
        };
        let rows = match self.by_time {
            true => "by_time[]",
            false => "places[].policies{policy}",
        };
        to.emit_rows(&counted.json()?, &[rows], || counted.print())
    }
}

/// What is lost, in the order of the chart.
const LOST: [&str; 5] = [
    "ragged tiles",
    "waiting for weights",
    "waiting for sums",
    "exchange of seeds and sums",
    "drain",
];

fn chart(
    count: &NetworkCount,
    config: &ArrayConfig,
    network: &Network,
    masking: &Masking,
) -> BarChart {
    let dropout: Dropout = network.dropout(masking);
    let sites = [
        ("nr", &dropout.nr),
        ("rh", &dropout.rh),
        ("out", &dropout.out),
    ];
    let dropped = sites.map(|(site, p)| format!("{p} at {site}"));
    let groups = |parts: fn(&PolicyCount, f64) -> Bar| {
        lstm_by_phase(count)
            .map(|(phase, tally)| BarGroup {
                name: phase_title(phase).to_owned(),
                bars: Policy::ALL
                    .map(|policy| {
                        let counted = tally.policy(policy);
                        let speedup =
                            tally.dense.count.cycles as f64 / counted.count.cycles.max(1) as f64;
                        Bar {
                            name: policy.name().to_owned(),
                            ..parts(counted, speedup)
                        }
                    })
                    .into(),
            })
            .collect()
    };
    let lost = std::iter::once(BarPart::faint("useful")).chain(LOST.map(BarPart::new));
    BarChart {
        title: format!(
            "{} on a {} x {} {} array, dataflow {}: where the cycles of its {} go",
            count.network,
            config.rows,
            config.cols,
            config.format,
            config.dataflow,
            network.own_products(),
        ),
        subtitle: format!(
            "training steps: {}; units dropped with p {}, {} masks, Case {}; by the cycle model",
            grouped(count.steps),
            dropped.join(", "),
            dropout.kind,
            dropout.case,
        ),
        parts: lost.collect(),
        limit: Some(LIMIT.into()),
        panels: vec![
            Panel {
                quantity: "cycles".into(),
                number: short,
                groups: groups(|counted, speedup| {
                    let lost = lost_cycles(counted);
                    let cycles = counted.count.limit + lost.iter().sum::<f64>();
                    let parts = std::iter::once(counted.count.limit).chain(lost).collect();
                    Bar {
                        name: String::new(),
                        parts,
                        limit: Some(counted.count.limit),
                        notes: vec![short(cycles), format!("{speedup:.2}x")],
                    }
                }),
            },
            // What is lost is a few percent of what is spent: it has a panel of its own, enlarged.
            Panel {
                quantity: "lost, in % of the limit".into(),
                number: |percent| format!("{}", (percent * 1e6).round() / 1e6),
                groups: groups(|counted, _| {
                    let percent = |cycles| 100.0 * cycles / counted.count.limit.max(1.0);
                    let lost = lost_cycles(counted).map(percent);
                    let all = lost.iter().sum::<f64>();
                    let parts = std::iter::once(0.0).chain(lost).collect();
                    Bar {
                        name: String::new(),
                        parts,
                        limit: None,
                        notes: vec![format!("{all:.1} %")],
                    }
                }),
            },
        ],
        notes: Vec::new(),
    }
}

/// Cycles on top of the limit, in the order of [`LOST`].
fn lost_cycles(counted: &PolicyCount) -> [f64; 5] {
    let parts = counted.count.breakdown;
    [
        counted.count.ragged(),
        parts.weight_load as f64,
        parts.round_trip as f64,
        parts.exchange as f64,
        parts.drain as f64,
    ]
}
