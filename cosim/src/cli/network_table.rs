//! `heddle cycles --network` as a table and as JSON.

use super::explain::percent;
use super::output;
use crate::cycles::network::{Network, NetworkCount, PolicyCount, Tally};
use crate::mapper::Mapper;
use crate::report::{align_right, grouped, plain};
use crate::CosimError;
use comfy_table::Table;
use heddle_gemm::{Phase, Policy};
use heddle_lstm::{DropoutConfig, Site};
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

fn policy_json(counted: &PolicyCount) -> Value {
    json!({
        "cycles": counted.cycles,
        "macs": counted.macs,
        "limit": counted.limit,
        "utilisation": counted.utilisation(),
        "bound": counted.bound,
        "of_bound": counted.of_bound(),
        "breakdown": counted.breakdown,
        "ragged": counted.ragged(),
        "mappings": counted.mappings,
    })
}

fn tally_json(tally: &Tally) -> Value {
    json!({
        "jobs": tally.jobs,
        "dense": policy_json(&tally.dense),
        "gated": policy_json(&tally.gated),
        "packed": policy_json(&tally.packed),
        "speedup": tally.speedup(),
        "scalesim": {
            "weight_stationary": { "dense": tally.scalesim_ws[0], "packed": tally.scalesim_ws[1] },
            "output_stationary": { "dense": tally.scalesim_os[0], "packed": tally.scalesim_os[1] },
            "best": { "dense": tally.scalesim_best[0], "packed": tally.scalesim_best[1] },
        },
    })
}

/// `first` with the fields of `second` after its own.
fn joined(mut first: Value, second: Value) -> Value {
    if let (Value::Object(first), Value::Object(second)) = (&mut first, second) {
        first.extend(second);
    }
    first
}

impl Counted<'_> {
    pub fn json(&self) -> Value {
        let count = self.count;
        let rows: Vec<Value> = (count.rows.iter())
            .map(|(place, tally)| joined(json!(place), tally_json(tally)))
            .collect();
        let named = |(phase, tally): (Phase, Tally)| (phase.name().to_owned(), tally_json(&tally));
        let phases: serde_json::Map<String, Value> = by_phase(count).map(named).collect();
        let lstm_phases: serde_json::Map<String, Value> = lstm_by_phase(count).map(named).collect();
        let mut object = json!({
            "array": self.mapper.config(),
            "network": self.network.name,
            "steps": count.steps,
            "dropout": self.dropout,
            "total": tally_json(&count.total),
            "lstm": tally_json(&lstm(count)),
            "lstm_speedup_bound": self.network.speedup_bound(self.dropout),
            "phases": phases,
            "lstm_phases": lstm_phases,
            "rows": rows,
        });
        if self.by_time {
            let row = |row: &crate::cycles::network::TimeRow| {
                let head = json!({ "time": row.time, "policy": row.policy });
                joined(joined(json!(row.place), head), policy_json(&row.count))
            };
            object["by_time"] = count.by_time.iter().map(row).collect();
        }
        output::versioned(object)
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
                let speedup = tally.dense.cycles as f64 / counted.cycles as f64;
                cells.push(if counted.cycles == 0 {
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
    let parts = counted.breakdown;
    vec![
        policy.name().to_owned(),
        mappings(counted),
        grouped(counted.cycles),
        grouped(counted.limit.round() as u64),
        percent(counted.utilisation()),
        grouped(counted.bound),
        percent(counted.of_bound()),
        grouped(counted.ragged().round() as u64),
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
