//! The candidates of the mapper, as a table and as JSON.

use heddle_report::{align_right, grouped, plain};
use heddle_schedule::mapper::bandwidth::PortNeed;
use heddle_schedule::mapper::Candidate;
use serde_json::{json, Value};

/// The candidates in their order; the first one is the choice.
pub fn table(candidates: &[Candidate]) -> String {
    let mut table = plain(&[
        "",
        "mapping",
        "layout",
        "cycles",
        "of limit",
        "bound",
        "of bound",
        "beats",
        "wait: weights",
        "wait: sums",
        "exchange",
        "drain",
        "weights in",
        "activations in",
        "seeds in",
        "sums out",
    ]);
    for (i, one) in candidates.iter().enumerate() {
        let parts = one.count.breakdown;
        let ports = &one.bandwidth;
        let port = |need: &PortNeed| format!("{:.1} / {:.0}", need.mean, need.peak);
        table.add_row(vec![
            if i == 0 { "*" } else { "" }.to_owned(),
            one.name().to_owned(),
            one.layout(),
            grouped(one.count.cycles),
            percent(one.count.utilisation()),
            grouped(one.count.bound),
            percent(one.count.of_bound()),
            grouped(parts.beats),
            grouped(parts.weight_load),
            grouped(parts.round_trip),
            grouped(parts.exchange),
            grouped(parts.drain),
            port(&ports.weights),
            port(&ports.activations),
            port(&ports.seeds),
            port(&ports.sums),
        ]);
    }
    align_right(&mut table, 3);
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
