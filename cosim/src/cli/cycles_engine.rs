//! `heddle cycles --target engine`: products and networks on the engine around the array, by its cycle model.

use super::engine_report::{engine_json, joined};
use super::explain::percent;
use super::network_table::{digest, layer, site};
use super::report_args::Reporter;
use super::tile_engine_args::TileEngineArgs;
use super::{output, roofline};
use crate::CosimError;
use heddle_engine::model::EngineCount;
use heddle_engine::products::Asked;
use heddle_engine::Sizes;
use heddle_files::{Destination, InputError};
use heddle_gemm::{Phase, Policy, Shape};
use heddle_hdl::ArrayConfig;
use heddle_network::network::{Masking, Network};
use heddle_network::tile_engine::{count_asked, count_on_engine, kept_of, sum, EngineRow};
use heddle_report::{fixed, grouped, Columns, RooflineChart};
use heddle_toolbox::memory;
use serde_json::{json, Map, Value};

/// The engine that is counted on.
pub(super) struct On {
    pub config: ArrayConfig,
    pub sizes: Sizes,
    pub latency: u64,
}

/// Where it goes.
pub(super) struct To {
    pub report: Reporter,
    pub plot: Option<Destination>,
}

impl To {
    /// Draws, where a plot is wanted.
    fn draw(&self, chart: impl FnOnce() -> RooflineChart) -> Result<(), CosimError> {
        match &self.plot {
            Some(plot) => Ok(heddle_report::write_plot(plot, &chart())?),
            None => Ok(()),
        }
    }
}

impl On {
    /// That of the flags.
    pub fn new(config: ArrayConfig, args: &TileEngineArgs) -> Self {
        Self {
            config,
            sizes: Sizes::new(&config),
            latency: args.timing(None).latency,
        }
    }

    /// What every report begins with.
    fn json(&self) -> Value {
        engine_json(&self.config, self.latency)
    }

    pub fn title(&self) -> String {
        format!(
            "{} x {} {}, a bus of {} bits, memory {} cycles away",
            self.config.rows,
            self.config.cols,
            self.config.format,
            self.sizes.engine.bus_bits,
            self.latency,
        )
    }
}

/// Of how many cycles of dense a policy takes one.
pub(super) fn speedup(dense: &EngineCount, count: &EngineCount) -> Option<f64> {
    (count.cycles > 0).then(|| dense.cycles as f64 / count.cycles as f64)
}

pub(super) fn count_json(sizes: &Sizes, count: &EngineCount, dense: &EngineCount) -> Value {
    let of = |name: &str| count.counters.get(name);
    let causes: Map<String, Value> = count
        .counters
        .causes()
        .map(|(name, cycles)| (name, cycles.into()))
        .collect();
    json!({
        "cycles": count.cycles,
        "macs": of("macs"),
        "array_limit": count.array_limit(sizes),
        "bus_limit": count.bus_limit(sizes),
        "utilisation": count.utilisation(sizes),
        "limited_by": count.limited_by(sizes).name(),
        "of_limit": count.of_limit(sizes),
        "macs_per_byte": count.macs_per_byte(),
        "macs_per_cycle": count.macs_per_cycle(),
        "bytes_read": of("bytes_read"),
        "bytes_written": of("bytes_written"),
        "bytes_read_of": count.bytes_read_of,
        "rows_fetched": of("rows_fetched"),
        "rows_skipped": of("rows_skipped"),
        "causes": causes,
        "busy": of("busy"),
        "gated": of("gated"),
        "dense_cycles": dense.cycles,
        "speedup": speedup(dense, count),
    })
}

/// Counts one product, or one for each time step.
///
/// # Errors
/// [`CosimError::Engine`] if the engine cannot do it, [`CosimError::Memory`] if its operands are too many.
pub(super) fn product(on: &On, policy: Policy, of: &Asked, to: &To) -> Result<(), CosimError> {
    check_room(&on.sizes, of)?;
    let all = kept_of(of)?;
    let count = |policy| count_asked(&on.sizes, on.latency, policy, of);
    let dense = count(Policy::Dense)?;
    let counted = match policy {
        Policy::Dense => dense.clone(),
        policy => count(policy)?,
    };
    let Shape { m, k, n } = of.shape;
    let asked = json!({
        "phase": of.phase, "policy": policy, "m": m, "k": k, "n": n,
        "kept": { "m": all.m, "k": all.k, "n": all.n },
        "times": of.times, "seed": of.seed,
    });
    let counts = count_json(&on.sizes, &counted, &dense);
    let object = output::report(&joined(joined(on.json(), asked), counts))?;
    let points = [(Policy::Dense, &dense), (policy, &counted)];
    let phases = [(
        of.phase,
        points[usize::from(policy == Policy::Dense)..].to_vec(),
    )];
    to.draw(|| roofline::chart(on, &words(of), &phases))?;
    to.report
        .emit_rows(&object, &[""], || print(on, policy, of, &counted, &dense))
}

/// Operands lie in memory once, with their guards, and sums beside them.
pub(super) fn check_room(sizes: &Sizes, of: &Asked) -> Result<(), CosimError> {
    let Shape { m, k, n } = of.shape;
    let [m, k, n, times] = [m, k, n, of.times].map(|x| x as u128);
    let (operand, sum) = (sizes.operand_bytes as u128, sizes.sum_bytes as u128);
    let (b_times, c_times) = match of.phase {
        Phase::Forward | Phase::Backward => (1, times),
        Phase::WeightGradient => (times, 1),
    };
    let bytes = operand * (m * k * times + k * n * b_times) + sum * m * n * c_times;
    memory::check(
        "operands of such a product",
        2 * bytes,
        "choose smaller --m, --k, --n or --times",
    )?;
    // Distances of rows have 32 bits.
    let longest = [k, n, m].into_iter().max().unwrap_or(0) * sum;
    if longest > u128::from(u32::MAX) {
        let remedy = "choose dimensions whose rows have at most 4 GiB";
        return Err(InputError::new("--m, --k, --n", format!("{m} x {k} x {n}"), remedy).into());
    }
    Ok(())
}

/// The same for every product of a network's step.
pub(super) fn check_network(sizes: &Sizes, network: &Network) -> Result<(), CosimError> {
    for place in network.places().iter().filter(|place| place.place.is_own()) {
        check_room(
            sizes,
            &Asked {
                phase: place.place.phase,
                shape: place.shape,
                keep: None,
                times: place.products,
                seed: 0,
            },
        )?;
    }
    Ok(())
}

/// The product in words.
fn words(of: &Asked) -> String {
    let times = match of.times {
        1 => String::new(),
        times => format!("{times} times "),
    };
    let kept = of
        .keep
        .map_or(String::new(), |keep| format!(", {keep} kept"));
    format!("{times}{} {}{kept}", of.phase, of.shape)
}

fn print(
    on: &On,
    policy: Policy,
    of: &Asked,
    count: &EngineCount,
    dense: &EngineCount,
) -> Result<(), CosimError> {
    let sizes = &on.sizes;
    let title = on.title();
    output::line(format!("{}, {policy} on the engine: {title}", words(of)))?;
    let limit = |limit: f64| limit.round() as u64;
    let mut rows = vec![("total".to_owned(), count.cycles)];
    rows.extend(
        count
            .counters
            .causes()
            .map(|(name, cycles)| (cause_title(&name), cycles)),
    );
    rows.push(("limit of the array".into(), limit(count.array_limit(sizes))));
    rows.push(("limit of the bus".into(), limit(count.bus_limit(sizes))));
    let table = Columns::of(&rows)
        .text("cycles", |(what, _)| what.clone())
        .number("of which", |(_, cycles)| grouped(*cycles))
        .table();
    output::line(table)?;
    let rows: Vec<(String, u64)> = bytes(count);
    let table = Columns::of(&rows)
        .text("bytes", |(what, _)| what.clone())
        .number("", |(_, bytes)| grouped(*bytes))
        .table();
    output::line(table)?;
    output::line(format!(
        "utilisation {:.1} % of the array, {} times faster than dense ({} cycles), {} MACs",
        100.0 * count.utilisation(sizes),
        speedup(dense, count).map_or("infinitely many".to_owned(), |times| format!("{times:.2}")),
        grouped(dense.cycles),
        grouped(count.counters.get("macs")),
    ))
}

/// A cause for people.
fn cause_title(name: &str) -> String {
    match name {
        "compute" => "a beat enters the array",
        "wait_a" => "waiting for A",
        "wait_b" => "waiting for B",
        "wait_c0" => "waiting for C0",
        "wait_store" => "waiting for stores",
        "wait_sum" => "waiting for sums in the array",
        "wait_job" => "waiting for a job",
        other => other,
    }
    .to_owned()
}

fn bytes(count: &EngineCount) -> Vec<(String, u64)> {
    let of = |name: &str| count.counters.get(name);
    let kinds = count.bytes_read_of.iter();
    let kinds = kinds.map(|(kind, bytes)| (format!("read of {}", kind.name()), *bytes));
    let all = [("read", of("bytes_read")), ("written", of("bytes_written"))];
    let all = all.map(|(name, bytes)| (name.to_owned(), bytes));
    kinds.chain(all).collect()
}

/// Counts a network's own products of a training step.
///
/// # Errors
/// [`CosimError::Engine`] if the engine cannot do one of them.
pub(super) fn network(
    on: &On,
    network: &Network,
    masking: &Masking,
    seed: u64,
    to: &To,
) -> Result<(), CosimError> {
    check_network(&on.sizes, network)?;
    let rows = count_on_engine(&on.sizes, on.latency, network, masking, seed)?;
    let object = network_json(on, network, masking, seed, &rows)?;
    let sums = Phase::ALL
        .map(|phase| Policy::ALL.map(|policy| sum(&rows, policy, |place| place.phase == phase)));
    let phases = Phase::ALL.into_iter().zip(&sums);
    let phases =
        phases.map(|(phase, sums)| (phase, Policy::ALL.into_iter().zip(sums).collect::<Vec<_>>()));
    let phases: Vec<_> = phases.collect();
    let title = format!(
        "a training step of {}, its {}",
        network.name,
        network.own_products()
    );
    to.draw(|| roofline::chart(on, &title, &phases))?;
    to.report
        .emit_rows(&object, &["places[].policies{policy}"], || {
            print_network(on, network, masking, &rows)
        })
}

fn network_json(
    on: &On,
    network: &Network,
    masking: &Masking,
    seed: u64,
    rows: &[EngineRow],
) -> Result<Value, CosimError> {
    let sizes = &on.sizes;
    let policies = |of: &dyn Fn(Policy) -> EngineCount| {
        let dense = of(Policy::Dense);
        let all = Policy::ALL.map(|policy| {
            let count = count_json(sizes, &of(policy), &dense);
            (policy.name().to_owned(), count)
        });
        Value::Object(all.into_iter().collect())
    };
    let place = |row: &EngineRow| {
        let counts = policies(&|policy| row.counts[policy as usize].clone());
        joined(
            json!(row.place),
            json!({ "jobs": row.products, "policies": counts }),
        )
    };
    let phases: Map<String, Value> = Phase::ALL
        .map(|phase| {
            let of = |policy| sum(rows, policy, |place| place.phase == phase);
            (phase.name().to_owned(), policies(&of))
        })
        .into_iter()
        .collect();
    let own = json!({
        "network": network.name,
        "network_sha256": digest(network),
        "steps": 1,
        "seed": seed,
        "dropout": network.dropout(masking),
        "jobs": rows.iter().map(|row| row.products).sum::<u64>(),
        "policies": policies(&|policy| sum(rows, policy, |_| true)),
        "phases": phases,
        "places": rows.iter().map(place).collect::<Vec<_>>(),
    });
    output::report(&joined(on.json(), own))
}

/// A line of the table.
struct Line {
    place: [String; 3],
    jobs: u64,
    policy: Policy,
    count: EngineCount,
    speedup: Option<f64>,
}

fn lines(network: &Network, rows: &[EngineRow]) -> Vec<Line> {
    let of = |place: [String; 3], jobs: u64, counts: [EngineCount; 3]| {
        let dense = counts[0].clone();
        let counts = Policy::ALL.into_iter().zip(counts);
        counts
            .map(|(policy, count)| Line {
                place: place.clone(),
                jobs,
                policy,
                speedup: speedup(&dense, &count),
                count,
            })
            .collect::<Vec<_>>()
    };
    let places = rows.iter().flat_map(|row| {
        let place = row.place;
        let names = [
            layer(network, place.layer),
            site(&place).to_owned(),
            place.phase.name().to_owned(),
        ];
        of(names, row.products, row.counts.clone())
    });
    let all = Policy::ALL.map(|policy| sum(rows, policy, |_| true));
    let jobs = rows.iter().map(|row| row.products).sum();
    let all = of(["all".into(), String::new(), String::new()], jobs, all);
    places.chain(all).collect()
}

fn print_network(
    on: &On,
    network: &Network,
    masking: &Masking,
    rows: &[EngineRow],
) -> Result<(), CosimError> {
    let dropout = network.dropout(masking);
    output::line(format!("{}: {}", network.name, network.about))?;
    output::line(format!(
        "the {} products of a training step on the engine: {}; dropout nr {}, rh {} ({} masks)",
        match network.own_products() {
            "LSTM products" => "LSTM's",
            _ => "network's own",
        },
        on.title(),
        dropout.nr,
        dropout.rh,
        dropout.kind,
    ))?;
    let sizes = &on.sizes;
    let lines = lines(network, rows);
    let waits = |name: &'static str| move |line: &Line| grouped(line.count.counters.get(name));
    let limit = |limit: f64| grouped(limit.round() as u64);
    let table = Columns::of(&lines)
        .text("layer", |line| line.place[0].clone())
        .text("site", |line| line.place[1].clone())
        .text("phase", |line| line.place[2].clone())
        .text("jobs", |line| line.jobs)
        .text("policy", |line| line.policy.name())
        .number("cycles", |line| grouped(line.count.cycles))
        .number("array", |line| limit(line.count.array_limit(sizes)))
        .number("of array", |line| percent(line.count.utilisation(sizes)))
        .number("bus", |line| limit(line.count.bus_limit(sizes)))
        .number("wait: A", waits("wait_a"))
        .number("wait: B", waits("wait_b"))
        .number("wait: C0", waits("wait_c0"))
        .number("wait: stores", waits("wait_store"))
        .number("wait: sums", waits("wait_sum"))
        .number("bytes read", waits("bytes_read"))
        .number("bytes written", waits("bytes_written"))
        .number("speed-up", |line| {
            line.speedup.map_or("-".into(), |times| fixed(2, times))
        })
        .table();
    output::line(table)
}
