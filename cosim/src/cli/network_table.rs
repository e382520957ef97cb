//! `heddle cycles --network` as a table and as JSON.

use super::explain::percent;
use super::output;
use crate::CosimError;
use heddle_gemm::{Phase, Policy};
use heddle_network::network::{
    Masking, Network, NetworkCount, PolicyCount, ProductPlace, Rates, Tally,
};
use heddle_report::{fixed, grouped, Columns};
use heddle_schedule::mapper::Mapper;
use heddle_toolbox::sha256;
use serde_json::{json, Value};

/// What was counted, and how.
pub struct Counted<'a> {
    pub count: &'a NetworkCount,
    pub network: &'a Network,
    pub masking: &'a Masking,
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

/// The network's own products, without the softmax, of each phase.
pub fn lstm_by_phase(count: &NetworkCount) -> impl Iterator<Item = (Phase, Tally)> + '_ {
    Phase::ALL.into_iter().map(|phase| {
        let sum = count.sum(|place| place.phase == phase && place.is_own());
        (phase, sum)
    })
}

/// The network's own products, without the softmax.
pub fn lstm(count: &NetworkCount) -> Tally {
    count.sum(ProductPlace::is_own)
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
pub fn policies_json(tally: &Tally, phases: &[(Phase, Tally)]) -> Value {
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
            joined(self.place_json(place), policies)
        };
        let phases: Vec<_> = by_phase(count).collect();
        let lstm_phases: Vec<_> = lstm_by_phase(count).collect();
        let mut object = json!({
            "array": self.mapper.config().resolved(),
            "network": self.network.name,
            "network_sha256": digest(self.network),
            "steps": count.steps,
            "dropout": self.network.dropout(self.masking),
            "jobs": count.total.jobs,
            "policies": policies_json(&count.total, &phases),
            "lstm": {
                "jobs": lstm(count).jobs,
                "policies": policies_json(&lstm(count), &lstm_phases),
                "speedup_limit": self.network.speedup_bound(self.masking),
            },
            "places": count.rows.iter().map(row).collect::<Vec<_>>(),
        });
        if self.by_time {
            let row = |row: &heddle_network::network::TimeRow| {
                let head = json!({ "time": row.time, "policy": row.policy });
                joined(
                    joined(self.place_json(&row.place), head),
                    count_json(&row.count),
                )
            };
            object["by_time"] = count.by_time.iter().map(row).collect();
        }
        output::report(&object)
    }

    /// A place, and what it is called if anything.
    fn place_json(&self, place: &ProductPlace) -> Value {
        let mut object = json!(place);
        if let Some(name) = self.network.layer_name(place.layer) {
            object["name"] = name.into();
        }
        object
    }

    pub fn print(&self) -> Result<(), CosimError> {
        let dropout = self.network.dropout(self.masking);
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
            dropout.nr,
            dropout.rh,
            dropout.out,
            dropout.kind,
        ))?;
        if [dropout.nr, dropout.rh, dropout.out] == [const { Rates::One(0.0) }; 3] {
            output::line("Nothing is dropped, as its file has it: --p P drops units.")?;
        }
        if self.by_time {
            let columns = Columns::of(&count.by_time)
                .text("layer", |row| layer(self.network, row.place.layer))
                .text("site", |row| site(&row.place))
                .text("phase", |row| row.place.phase)
                .text("time", |row| {
                    row.time.map_or("all".to_owned(), |time| time.to_string())
                });
            let table = counted(columns, |row| (row.policy, &row.count)).table();
            output::line(table)?;
        }
        output::line(self.table())?;
        output::line(
            "cycles = useful (the limit) + ragged tiles + waits for weights and for sums + exchange of seeds and sums + drain",
        )?;
        output::line(format!(
            "{} {:.2} times faster packed than dense; the bound is {:.2}.",
            capital(self.network.own_products()),
            lstm(count).speedup(),
            self.network.speedup_bound(self.masking)
        ))
    }

    fn table(&self) -> String {
        let count = self.count;
        let place = |(place, tally): &(ProductPlace, Tally)| {
            let layer = layer(self.network, place.layer);
            (layer, site(place), place.phase.name(), tally.clone())
        };
        let mut rows: Vec<_> = count.rows.iter().map(place).collect();
        let all = || "all".to_owned();
        // the sites of the network's own products
        let own = match self.network.products.is_empty() {
            true => "nr+rh",
            false => "own",
        };
        rows.extend(lstm_by_phase(count).map(|(phase, tally)| (all(), own, phase.name(), tally)));
        rows.push((all(), own, "all", lstm(count)));
        rows.push((all(), "all", "all", count.total.clone()));
        let rows = rows
            .iter()
            .flat_map(|row| Policy::ALL.map(|policy| (row, policy)));
        let rows: Vec<_> = rows.collect();
        let columns = Columns::of(&rows)
            .text("layer", |(row, _)| row.0.clone())
            .text("site", |(row, _)| row.1)
            .text("phase", |(row, _)| row.2)
            .text("jobs", |(row, _)| grouped(row.3.jobs));
        counted(columns, |(row, policy)| (*policy, row.3.policy(*policy)))
            .number("speed-up", |(row, policy)| {
                match row.3.policy(*policy).count.cycles {
                    0 => String::new(),
                    cycles => fixed(2, row.3.dense.count.cycles as f64 / cycles as f64),
                }
            })
            .number("SCALE-Sim", |(row, policy)| {
                let (flow, cycles) = row.3.scalesim(*policy);
                format!("{} {flow}", grouped(cycles))
            })
            .table()
    }
}

/// What tells a network's file from others of its name.
pub(super) fn digest(network: &Network) -> String {
    sha256(network.text.as_bytes())
}

/// The number of a layer, and what it is called if anything.
pub(super) fn layer(network: &Network, layer: usize) -> String {
    match network.layer_name(layer) {
        Some(name) => format!("{layer} {name}"),
        None => layer.to_string(),
    }
}

/// The site of a place; `-` where there never is a mask.
pub(super) fn site(place: &ProductPlace) -> &'static str {
    place.site.map_or("-", |site| site.name())
}

/// A sentence's first word.
pub(super) fn capital(words: &str) -> String {
    let (first, rest) = words.split_at(1);
    first.to_uppercase() + rest
}

/// Adds the columns of what was counted under one policy.
pub fn counted<'a, R>(
    columns: Columns<'a, R>,
    of: impl Fn(&R) -> (Policy, &PolicyCount) + Copy + 'a,
) -> Columns<'a, R> {
    let count = move |cycles: fn(&PolicyCount) -> u64| move |row: &R| grouped(cycles(of(row).1));
    columns
        .text("policy", move |row| of(row).0)
        .text("mapping", move |row| mappings(of(row).1))
        .number("cycles", count(|it| it.count.cycles))
        .number("limit", count(|it| it.count.limit.round() as u64))
        .number("of limit", move |row| {
            percent(of(row).1.count.utilisation())
        })
        .number("bound", count(|it| it.count.bound))
        .number("of bound", move |row| percent(of(row).1.count.of_bound()))
        .number("ragged", count(|it| it.count.ragged().round() as u64))
        .number("wait: weights", count(|it| it.count.breakdown.weight_load))
        .number("wait: sums", count(|it| it.count.breakdown.round_trip))
        .number("exchange", count(|it| it.count.breakdown.exchange))
        .number("drain", count(|it| it.count.breakdown.drain))
}

/// The mappings of the products, the most frequent first.
fn mappings(counted: &PolicyCount) -> String {
    let mut names: Vec<_> = counted.mappings.iter().collect();
    names.sort_by_key(|(_, jobs)| std::cmp::Reverse(**jobs));
    let names: Vec<_> = names.into_iter().map(|(name, _)| *name).collect();
    names.join(", ")
}
