//! The candidates of the mapper, as a table and as JSON.

use heddle_report::{grouped, Columns};
use heddle_schedule::mapper::bandwidth::PortNeed;
use heddle_schedule::mapper::Candidate;
use serde_json::{json, Value};

/// The candidates in their order; the first one is the choice.
pub fn table(candidates: &[Candidate]) -> String {
    let port = |need: &PortNeed| format!("{:.1} / {:.0}", need.mean, need.peak);
    let rows: Vec<_> = candidates.iter().enumerate().collect();
    let table = Columns::of(&rows)
        .text("", |(index, _)| if *index == 0 { "*" } else { "" })
        .text("mapping", |(_, one)| one.name())
        .text("layout", |(_, one)| one.layout())
        .number("cycles", |(_, one)| grouped(one.count.cycles))
        .number("of limit", |(_, one)| percent(one.count.utilisation()))
        .number("bound", |(_, one)| grouped(one.count.bound))
        .number("of bound", |(_, one)| percent(one.count.of_bound()))
        .number("beats", |(_, one)| grouped(one.count.breakdown.beats))
        .number("wait: weights", |(_, one)| {
            grouped(one.count.breakdown.weight_load)
        })
        .number("wait: sums", |(_, one)| {
            grouped(one.count.breakdown.round_trip)
        })
        .number("exchange", |(_, one)| grouped(one.count.breakdown.exchange))
        .number("drain", |(_, one)| grouped(one.count.breakdown.drain))
        .number("weights in", |(_, one)| port(&one.bandwidth.weights))
        .number("activations in", |(_, one)| {
            port(&one.bandwidth.activations)
        })
        .number("seeds in", |(_, one)| port(&one.bandwidth.seeds))
        .number("sums out", |(_, one)| port(&one.bandwidth.sums))
        .table();
    format!(
        "{table}\n* chosen. Waits for weights and for sums; exchange of seeds and sums. Ports in bytes per cycle: mean / peak."
    )
}

/// One candidate.
pub fn to_json(one: &Candidate) -> Value {
    json!({
        "mapping": one.name(),
        "jobs": one.jobs,
        "cycles": one.count.cycles,
        "limit": one.count.limit,
        "utilisation": one.count.utilisation(),
        "bound": one.count.bound,
        "of_bound": one.count.of_bound(),
        "tiles": one.tiles,
        "breakdown": one.count.breakdown,
        "ragged": one.count.ragged(),
        "ports": one.bandwidth,
        "transpositions": one.transpositions,
    })
}

/// A share as a percentage.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
