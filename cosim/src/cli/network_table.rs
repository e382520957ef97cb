//! `heddle cycles --network` as a table and as JSON.

use super::explain::percent;
use super::output;
use crate::CosimError;
use comfy_table::Table;
use heddle_gemm::{Phase, Policy};
use heddle_lstm::{DropoutConfig, Site};
use heddle_network::network::{Network, NetworkCount, PolicyCount, ProductPlace, Tally};
use heddle_report::{align_right, grouped, plain};
use heddle_schedule::mapper::Mapper;
use serde_json::{json, Value};

/// What was counted, and how.
pub struct Counted<'a> {
    pub count: &'a NetworkCount,
    pub network: &'a Network,
    pub dropout: &'a DropoutConfig,
    pub mapper: &'a Mapper,
    /// Whether rows of single time steps are wanted.
    pub by_time: bool,
}

/// All products of each phase.
fn by_phase(count: &NetworkCount) -> impl Iterator<Item = (Phase, Tally)> + '_ {
    Phase::ALL
        .into_iter()
        .map(|phase| (phase, count.sum(|place| place.phase == phase)))
}

/// The products of the LSTM itself, of each phase.
pub fn lstm_by_phase(count: &NetworkCount) -> impl Iterator<Item = (Phase, Tally)> + '_ {
    Phase::ALL.into_iter().map(|phase| {
        let sum = count.sum(|place| place.phase == phase && place.site != Site::Out);
        (phase, sum)
    })
}

/// The products of the LSTM itself, without the softmax.
pub fn lstm(count: &NetworkCount) -> Tally {
    count.sum(|place| place.site != Site::Out)
}

fn count_json(counted: &PolicyCount) -> Value {
    json!({
        "cycles": counted.count.cycles,
        "macs": counted.count.macs,
        "limit": counted.count.limit,
        "utilisation": counted.count.utilisation(),
        "bound": counted.count.bound,
        "of_bound": counted.count.of_bound(),
        "breakdown": counted.count.breakdown,
        "ragged": counted.count.ragged(),
        "mappings": counted.mappings,
    })
}

fn policy_json(tally: &Tally, policy: Policy) -> Value {
    let counted = tally.policy(policy);
    let sent = usize::from(policy == Policy::Packed);
    let mut object = json!({ "jobs": tally.jobs });
    object = joined(object, count_json(counted));
    object["speedup"] = json!((counted.count.cycles > 0)
        .then(|| tally.dense.count.cycles as f64 / counted.count.cycles as f64));
    object["scalesim"] = json!({
        "ws": tally.scalesim_ws[sent],
        "os": tally.scalesim_os[sent],
        "best": tally.scalesim_best[sent],
    });
    object
}

/// Every policy, with the phases of which it is the sum.
fn policies_json(tally: &Tally, phases: &[(Phase, Tally)]) -> Value {
    let policies = Policy::ALL.map(|policy| {
        let mut object = policy_json(tally, policy);
        if !phases.is_empty() {
            let of = |(phase, tally): &(Phase, Tally)| {
                (phase.name().to_owned(), policy_json(tally, policy))
            };
            object["phases"] = Value::Object(phases.iter().map(of).collect());
        }
        (policy.name().to_owned(), object)
    });
    Value::Object(policies.into_iter().collect())
}

/// `first` with the fields of `second` after its own.
fn joined(mut first: Value, second: Value) -> Value {
    if let (Value::Object(first), Value::Object(second)) = (&mut first, second) {
        first.extend(second);
    }
    first
}

impl Counted<'_> {
    pub fn json(&self) -> Result<Value, CosimError> {
        let count = self.count;
        let row = |(place, tally): &(ProductPlace, Tally)| {
            let policies = json!({ "jobs": tally.jobs, "policies": policies_json(tally, &[]) });
            joined(json!(place), policies)
        };
        let phases: Vec<_> = by_phase(count).collect();
        let lstm_phases: Vec<_> = lstm_by_phase(count).collect();
        let mut object = json!({
            "array": self.mapper.config().resolved(),
            "network": self.network.name,
            "steps": count.steps,
            "dropout": self.dropout,
            "jobs": count.total.jobs,
            "policies": policies_json(&count.total, &phases),
            "lstm": {
                "jobs": lstm(count).jobs,
                "policies": policies_json(&lstm(count), &lstm_phases),
                "speedup_limit": self.network.speedup_bound(self.dropout),
            },
            "places": count.rows.iter().map(row).collect::<Vec<_>>(),
        });
        if self.by_time {
            let row = |row: &heddle_network::network::TimeRow| {
                let head = json!({ "time": row.time, "policy": row.policy });
                joined(joined(json!(row.place), head), count_json(&row.count))
            };
            object["by_time"] = count.by_time.iter().map(row).collect();
        }
        output::report(&object)
    }

    pub fn print(&self) -> Result<(), CosimError> {
        let (count, config) = (self.count, self.mapper.config());
        output::line(format!(
            "{}: {}\ntraining steps: {}, on {} x {} {}, dataflow {}; dropout nr {}, rh {}, out {} ({} masks)",
            self.network.name,
            self.network.about,
            grouped(count.steps),
            config.rows,
            config.cols,
            config.format,
            config.dataflow,
            self.dropout.nr,
            self.dropout.rh,
            self.dropout.out,
            self.dropout.kind,
        ))?;
        if self.network.p == 0.0 && [self.dropout.nr, self.dropout.rh, self.dropout.out] == [0.0; 3]
        {
            output::line("Nothing is dropped, as by its authors: --p P drops units.")?;
        }
        if self.by_time {
            let mut table = plain(&[&["layer", "site", "phase", "time"], &COLUMNS[..]].concat());
            for row in &count.by_time {
                let time = row.time.map_or("all".to_owned(), |time| time.to_string());
                let mut cells = vec![
                    row.place.layer.to_string(),
                    row.place.site.name().to_owned(),
                    row.place.phase.name().to_owned(),
                    time,
                ];
                cells.extend(columns(row.policy, &row.count));
                table.add_row(cells);
            }
            align_right(&mut table, 5);
            output::line(table)?;
        }
        output::line(self.table())?;
        output::line(
            "cycles = useful (the limit) + ragged tiles + waits for weights and for sums + exchange of seeds and sums + drain",
        )?;
        output::line(format!(
            "LSTM products {:.2} times faster packed than dense; the bound is {:.2}.",
            lstm(count).speedup(),
            self.network.speedup_bound(self.dropout)
        ))
    }

    fn table(&self) -> Table {
        let count = self.count;
        let names = [
            &["layer", "site", "phase", "jobs"],
            &COLUMNS[..],
            &["speed-up", "SCALE-Sim"],
        ];
        let mut table = plain(&names.concat());
        let mut add = |layer: &str, site: &str, phase: &str, tally: &Tally| {
            for policy in Policy::ALL {
                let counted = tally.policy(policy);
                let mut cells = vec![
                    layer.to_owned(),
                    site.to_owned(),
                    phase.to_owned(),
                    grouped(tally.jobs),
                ];
                cells.extend(columns(policy, counted));
                let speedup = tally.dense.count.cycles as f64 / counted.count.cycles as f64;
                cells.push(if counted.count.cycles == 0 {
                    String::new()
                } else {
                    format!("{speedup:.2}")
                });
                let (flow, cycles) = tally.scalesim(policy);
                cells.push(format!("{} {flow}", grouped(cycles)));
                table.add_row(cells);
            }
        };
        for (place, tally) in &count.rows {
            add(
                &place.layer.to_string(),
                place.site.name(),
                place.phase.name(),
                tally,
            );
        }
        for (phase, tally) in lstm_by_phase(count) {
            add("all", "nr+rh", phase.name(), &tally);
        }
        add("all", "nr+rh", "all", &lstm(count));
        add("all", "all", "all", &count.total);
        align_right(&mut table, 6);
        table
    }
}

/// Columns of one policy.
const COLUMNS: [&str; 12] = [
    "policy",
    "mapping",
    "cycles",
    "limit",
    "of limit",
    "bound",
    "of bound",
    "ragged",
    "wait: weights",
    "wait: sums",
    "exchange",
    "drain",
];

fn columns(policy: Policy, counted: &PolicyCount) -> Vec<String> {
    let parts = counted.count.breakdown;
    vec![
        policy.name().to_owned(),
        mappings(counted),
        grouped(counted.count.cycles),
        grouped(counted.count.limit.round() as u64),
        percent(counted.count.utilisation()),
        grouped(counted.count.bound),
        percent(counted.count.of_bound()),
        grouped(counted.count.ragged().round() as u64),
        grouped(parts.weight_load),
        grouped(parts.round_trip),
        grouped(parts.exchange),
        grouped(parts.drain),
    ]
}

/// The mappings of the products, the most frequent first.
fn mappings(counted: &PolicyCount) -> String {
    let mut names: Vec<_> = counted.mappings.iter().collect();
    names.sort_by_key(|(_, jobs)| std::cmp::Reverse(**jobs));
    let names: Vec<_> = names.into_iter().map(|(name, _)| *name).collect();
    names.join(", ")
}
