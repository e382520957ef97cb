//! `heddle cycles --network`: the products of a training step, or of an epoch.

use super::cosim::phase_title;
use super::output;
use crate::cycles::network::{count_epoch, count_steps, Network, NetworkCount, PolicyCount, Tally};
use crate::mapper::Mapper;
use crate::report::{self, align_right, grouped, plain, Bar, Chart, Group, ImageKind};
use crate::CosimError;
use heddle_gemm::{Phase, Policy};
use heddle_hdl::ArrayConfig;
use heddle_lstm::{DropoutConfig, MaskKind, Site};
use serde_json::{json, Value};
use std::path::PathBuf;

/// A named network.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Network")]
pub struct NetworkArgs {
    /// Count the training of zaremba-small, zaremba-medium, zaremba-large, opennmt-iwslt
    /// or ner-conll, with masks as training draws them
    #[arg(long, value_name = "NAME", conflicts_with_all = ["phase", "m", "k", "n", "keep"])]
    pub network: Option<String>,
    /// Masked sites, separated by commas: nr, rh, out
    #[arg(
        long,
        value_name = "SITE,...",
        value_delimiter = ',',
        default_value = "nr,rh",
        requires = "network"
    )]
    sites: Vec<Site>,
    /// Probability of dropping a unit, in [0, 1) [default: the network's]
    #[arg(long, value_name = "P", requires = "network")]
    p: Option<f64>,
    /// How many units a mask keeps: exact (always the same number) or bernoulli
    #[arg(
        long,
        value_name = "KIND",
        default_value = "exact",
        requires = "network"
    )]
    kind: MaskKind,
    /// Seed of the masks
    #[arg(long, value_name = "S", default_value_t = 1, requires = "network")]
    seed: u64,
    /// Count this many training steps
    #[arg(
        long,
        value_name = "STEPS",
        default_value_t = 1,
        requires = "network",
        conflicts_with = "epoch"
    )]
    steps: u64,
    /// Count a whole epoch of the Penn Treebank (zaremba networks)
    #[arg(long, requires = "network")]
    epoch: bool,
    /// Draw cycles by phase and policy; .svg or .png
    #[arg(long, value_name = "FILE", requires = "network")]
    plot: Option<PathBuf>,
}

impl NetworkArgs {
    /// Counts the network called `name` on the array of `config` and prints it.
    ///
    /// # Errors
    /// [`CosimError::Input`] for an unknown name or a value out of range.
    pub fn run(&self, name: &str, mut mapper: Mapper, json: bool) -> Result<(), CosimError> {
        let network = Network::named(name)?;
        if let Some(path) = &self.plot {
            ImageKind::of(path)?;
        }
        let mut dropout = network.dropout(&self.sites);
        dropout.kind = self.kind;
        if let Some(p) = self.p {
            let rate = |site| if self.sites.contains(&site) { p } else { 0.0 };
            (dropout.nr, dropout.rh, dropout.out) =
                (rate(Site::Nr), rate(Site::Rh), rate(Site::Out));
        }
        let config = *mapper.config();
        let count = if self.epoch {
            count_epoch(&mut mapper, &network, &dropout, self.seed)?
        } else {
            count_steps(&mut mapper, &network, &dropout, self.seed, 0..self.steps)?
        };
        if let Some(path) = &self.plot {
            report::write_plot(path, &chart(&count, &config))?;
        }
        if json {
            output::json(&to_json(&count, &network, &dropout, &config))
        } else {
            print(&count, &network, &dropout, &config)
        }
    }
}

fn by_phase(count: &NetworkCount) -> impl Iterator<Item = (Phase, Tally)> + '_ {
    Phase::ALL
        .into_iter()
        .map(|phase| (phase, count.sum(|place| place.phase == phase)))
}

fn lstm(count: &NetworkCount) -> Tally {
    count.sum(|place| place.site != Site::Out)
}

fn tally_json(tally: &Tally) -> Value {
    let policy = |policy: Policy| {
        let counted: &PolicyCount = tally.policy(policy);
        json!({
            "cycles": counted.cycles,
            "macs": counted.macs,
            "limit": counted.limit,
            "utilisation": counted.utilisation(),
            "breakdown": counted.breakdown,
            "ragged": counted.ragged(),
        })
    };
    json!({
        "jobs": tally.jobs,
        "dense": policy(Policy::Dense),
        "gated": policy(Policy::Gated),
        "packed": policy(Policy::Packed),
        "speedup": tally.speedup(),
        "scalesim": {
            "weight_stationary": { "dense": tally.scalesim_ws[0], "packed": tally.scalesim_ws[1] },
            "output_stationary": { "dense": tally.scalesim_os[0], "packed": tally.scalesim_os[1] },
        },
    })
}

fn to_json(
    count: &NetworkCount,
    network: &Network,
    dropout: &DropoutConfig,
    config: &ArrayConfig,
) -> Value {
    let rows: Vec<Value> = count
        .rows
        .iter()
        .map(|(place, tally)| {
            let mut row = json!({ "layer": place.layer, "site": place.site, "phase": place.phase });
            if let (Value::Object(row), Value::Object(fields)) = (&mut row, tally_json(tally)) {
                row.extend(fields);
            }
            row
        })
        .collect();
    let phases: serde_json::Map<String, Value> = by_phase(count)
        .map(|(phase, tally)| (phase.name().to_owned(), tally_json(&tally)))
        .collect();
    output::versioned(json!({
        "array": config,
        "network": network.name,
        "steps": count.steps,
        "dropout": dropout,
        "total": tally_json(&count.total),
        "lstm": tally_json(&lstm(count)),
        "lstm_speedup_bound": network.speedup_bound(dropout),
        "phases": phases,
        "rows": rows,
    }))
}

fn print(
    count: &NetworkCount,
    network: &Network,
    dropout: &DropoutConfig,
    config: &ArrayConfig,
) -> Result<(), CosimError> {
    output::line(format!(
        "{}: {}\ntraining steps: {}, on {} x {} {}; dropout nr {}, rh {}, out {} ({} masks)",
        network.name,
        network.about,
        grouped(count.steps),
        config.rows,
        config.cols,
        config.format,
        dropout.nr,
        dropout.rh,
        dropout.out,
        dropout.kind,
    ))?;
    let mut table = plain(&[
        "layer",
        "site",
        "phase",
        "jobs",
        "dense",
        "gated",
        "packed",
        "limit dense",
        "limit packed",
        "util. dense",
        "util. packed",
        "speed-up",
        "SCALE-Sim OS",
    ]);
    let mut add = |layer: &str, site: &str, phase: &str, tally: &Tally| {
        table.add_row(vec![
            layer.to_owned(),
            site.to_owned(),
            phase.to_owned(),
            grouped(tally.jobs),
            grouped(tally.dense.cycles),
            grouped(tally.gated.cycles),
            grouped(tally.packed.cycles),
            grouped(tally.dense.limit.round() as u64),
            grouped(tally.packed.limit.round() as u64),
            format!("{:.1} %", 100.0 * tally.dense.utilisation()),
            format!("{:.1} %", 100.0 * tally.packed.utilisation()),
            format!("{:.2}", tally.speedup()),
            grouped(tally.scalesim_os[0]),
        ]);
    };
    for (place, tally) in &count.rows {
        add(
            &place.layer.to_string(),
            place.site.name(),
            place.phase.name(),
            tally,
        );
    }
    for (phase, tally) in by_phase(count) {
        add("all", "all", phase.name(), &tally);
    }
    add("all", "nr+rh", "all", &lstm(count));
    add("all", "all", "all", &count.total);
    align_right(&mut table, 3);
    output::line(table)?;
    output::line(format!(
        "LSTM products {:.2} times faster packed than dense; the bound is {:.2}.",
        lstm(count).speedup(),
        network.speedup_bound(dropout)
    ))
}

fn chart(count: &NetworkCount, config: &ArrayConfig) -> Chart {
    let groups = by_phase(count)
        .map(|(phase, tally)| Group {
            name: phase_title(phase).to_owned(),
            bars: Policy::ALL
                .into_iter()
                .map(|policy| {
                    let counted = tally.policy(policy);
                    let speedup = tally.dense.cycles as f64 / counted.cycles.max(1) as f64;
                    Bar {
                        name: policy.name().to_owned(),
                        cycles: counted.cycles,
                        limit: counted.limit,
                        note: format!("{speedup:.2}x"),
                    }
                })
                .collect(),
        })
        .collect();
    Chart {
        title: format!("{}: cycles by phase and policy", count.network),
        subtitle: format!(
            "training steps: {}; a {} x {} {} array, by the cycle model",
            grouped(count.steps),
            config.rows,
            config.cols,
            config.format
        ),
        groups,
    }
}
