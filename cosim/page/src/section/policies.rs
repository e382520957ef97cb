//! Products under policies: run, cosim, cycles of a network, on an array or an engine.

use super::{cycles, roofline, section as titled, text, train, Part};
use crate::grid::{slug, Entry, Grid, View};
use crate::report::Report;
use crate::table::Cell;
use maud::{html, Markup};
use serde_json::Value;

/// What one policy brought, in a phase or in all.
#[derive(Clone, Debug)]
pub struct Found {
    /// The phase, or `all`.
    pub phase: String,
    /// The policy.
    pub policy: String,
    /// Its fields, phases aside.
    pub fields: Value,
}

impl Found {
    /// The anchor of its row.
    pub fn id(&self, anchor: &str) -> String {
        row_id(anchor, &self.policy, &self.phase)
    }
}

/// The anchor of a policy's row.
pub fn row_id(anchor: &str, policy: &str, phase: &str) -> String {
    format!("{anchor}-{}-{}", slug(policy), slug(phase))
}

/// What each policy brought: by phase, then in all. Arrays have the phases below the policy, engines beside it.
pub fn found(policies: &Value, phases: Option<&Value>) -> Vec<Found> {
    let fields = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut by_phase: Vec<Found> = Vec::new();
    let mut add = |phase: &str, policy: &str, value: &Value| {
        by_phase.push(Found {
            phase: phase.to_owned(),
            policy: policy.to_owned(),
            fields: value.clone(),
        });
    };
    for (policy, of) in fields(policies) {
        for (phase, value) in of.get("phases").map(fields).unwrap_or_default() {
            add(&phase, &policy, &value);
        }
    }
    for (phase, of) in phases.map(fields).unwrap_or_default() {
        for (policy, value) in fields(&of) {
            add(&phase, &policy, &value);
        }
    }
    // as the phases of a step follow each other, whatever their names' order
    let order = |found: &Found| {
        ["fp", "bp", "wg"]
            .iter()
            .position(|phase| *phase == found.phase)
    };
    by_phase.sort_by_key(|found| order(found).unwrap_or(3));
    let all = fields(policies).into_iter().map(|(policy, mut of)| {
        if let Some(of) = of.as_object_mut() {
            of.shift_remove("phases");
        }
        Found {
            phase: "all".into(),
            policy,
            fields: of,
        }
    });
    by_phase.into_iter().chain(all).collect()
}

const CYCLES: View<'_> = (
    "Cycles by phase and policy",
    &[
        "jobs",
        "macs",
        "cycles",
        "limit",
        "bound",
        "array_limit",
        "bus_limit",
        "utilisation",
        "of_bound",
        "limited_by",
        "of_limit",
        "speedup",
        "scalesim.best",
        "mismatches",
        "cycle_model_differences",
    ],
);

const CHECKS: View<'_> = (
    "Checks: counts that are 0 where all is right, and what came of what was due",
    &[
        "wrong_bytes",
        "guard_violations",
        "stray_reads",
        "protocol_violations",
        "hangs",
        "errors_wrong",
        "counter_differences",
        "overflow_differences",
        "interrupts_expected",
        "interrupts_seen",
        "errors_expected",
        "errors_seen",
    ],
);

const TRAFFIC: View<'_> = (
    "Bytes over the bus",
    &[
        "bytes_read",
        "bytes_written",
        "bytes_read_of.descriptors",
        "bytes_read_of.mask",
        "bytes_read_of.a",
        "bytes_read_of.b",
        "bytes_read_of.c0",
        "bytes_read_of.c",
        "rows_fetched",
        "rows_skipped",
    ],
);

const PORTS: View<'_> = (
    "Bytes per cycle over each port",
    &[
        "ports.weights.mean_bytes_per_cycle",
        "ports.weights.peak_bytes_per_cycle",
        "ports.activations.mean_bytes_per_cycle",
        "ports.activations.peak_bytes_per_cycle",
        "ports.seeds.mean_bytes_per_cycle",
        "ports.seeds.peak_bytes_per_cycle",
        "ports.sums.mean_bytes_per_cycle",
        "ports.sums.peak_bytes_per_cycle",
    ],
);

/// All sections of products under policies.
pub fn section(part: &mut Part<'_>) -> Markup {
    let policies = part.take("policies").unwrap_or_default();
    // an engine's phases are a table; others' would be no such
    let phases = part.take("phases");
    let found = found(&policies, phases.as_ref());
    let entries = found.iter().map(|of| {
        let keys = vec![Cell::text(of.phase.clone()), Cell::text(of.policy.clone())];
        Entry::new(of.id(part.anchor), keys, &of.fields)
    });
    let grid = Grid {
        keys: &["phase", "policy"],
        entries: entries.collect(),
        elsewhere: &[],
    };
    let all_cycles = html! {
        (cycles::by_phase(part.report, part.anchor, &found))
        (grid.render(&[CYCLES, CHECKS, TRAFFIC, PORTS]))
    };
    let causes = cycles::causes(part.anchor, &found);
    let roofline = roofline::of_policies(part.report, part.anchor, &found);
    let bounds = part
        .take("bounds")
        .map(|bounds| bounds_table(part.anchor, &bounds));
    let speedup = part
        .take("speedup")
        .map(|of| crate::grid::generic("speedup", &of, part.anchor));
    let lstm = part.take("lstm").map(|of| lstm(part.anchor, &of));
    let places = places(part);
    let training = part.take("train").map(|of| {
        let mut fields = of.as_object().cloned().unwrap_or_default();
        let own = train::section(&mut fields, &format!("{}-train", part.anchor));
        let settings = Value::Object(fields);
        html! {
            (own)
            details { summary { "Settings of the training" } (crate::table::facts(&crate::flat::leaves(&settings))) }
        }
    });
    html! {
        (titled("Cycles", all_cycles))
        (titled("Where the cycles went", causes))
        (titled("Roofline", roofline))
        (titled("Packed against the bounds", html! { @if let Some(bounds) = bounds { (bounds) } @if let Some(speedup) = speedup { (speedup) } }))
        (titled("The LSTM's products alone", lstm.unwrap_or_default()))
        (titled("By place in the network", places))
        (titled("The training", training.unwrap_or_default()))
    }
}

/// The colour of a policy: that which others are compared with is faint.
pub fn colour(policy: &str) -> usize {
    match policy {
        "dense" => 0,
        "gated" => 1,
        "packed" => 2,
        _ => 3,
    }
}

/// A phase in words.
pub fn phase_title(phase: &str) -> String {
    match phase {
        "fp" => "forward (FP)".into(),
        "bp" => "backward (BP)".into(),
        "wg" => "weight gradient (WG)".into(),
        other => other.to_owned(),
    }
}

fn bounds_table(anchor: &str, bounds: &Value) -> Markup {
    let entries = bounds.as_object().into_iter().flatten().map(|(phase, of)| {
        Entry::new(
            format!("{anchor}-bounds-{}", slug(phase)),
            vec![Cell::text(phase.clone())],
            of,
        )
    });
    let grid = Grid {
        keys: &["phase"],
        entries: entries.collect(),
        elsewhere: &[],
    };
    grid.render(&[(
        "What packing gained, and what it could gain at most",
        &[
            "speedup",
            "speedup_bound",
            "speedup_limit",
            "bound.dense",
            "bound.packed",
            "limit.dense",
            "limit.packed",
        ],
    )])
}

fn lstm(anchor: &str, of: &Value) -> Markup {
    let found = found(&of["policies"], None);
    let entries = found.iter().map(|of| {
        let keys = vec![Cell::text(of.phase.clone()), Cell::text(of.policy.clone())];
        Entry::new(of.id(&format!("{anchor}-lstm")), keys, &of.fields)
    });
    let grid = Grid {
        keys: &["phase", "policy"],
        entries: entries.collect(),
        elsewhere: &[],
    };
    let mut others = of.clone();
    if let Some(fields) = others.as_object_mut() {
        fields.shift_remove("policies");
    }
    html! {
        (crate::table::facts(&crate::flat::leaves(&others)))
        (grid.render(&[("Cycles without the softmax", CYCLES.1)]))
    }
}

/// Rows by layer, site, phase and policy, each place of the network by itself.
fn places(part: &mut Part<'_>) -> Markup {
    let places = part.take_list("places");
    let rows = places.iter().enumerate().flat_map(|(at, place)| {
        let mut about = place.as_object().cloned().unwrap_or_default();
        let policies = about.shift_remove("policies").unwrap_or_default();
        let policies = policies.as_object().cloned().unwrap_or_default();
        let about = Value::Object(about);
        policies.into_iter().map(move |(policy, of)| {
            let mut fields = about.clone();
            for (name, value) in of.as_object().into_iter().flatten() {
                fields[name] = value.clone();
            }
            let id = format!("place-{at}-{}", slug(&policy));
            (id, policy, fields)
        })
    });
    let entries = rows.map(|(id, policy, fields)| {
        let key = |name: &str| match &fields[name] {
            Value::Null => Cell::None,
            value => Cell::Value(value.clone()),
        };
        let keys = vec![key("layer"), key("site"), key("phase"), Cell::text(policy)];
        Entry::new(format!("{}-{id}", part.anchor), keys, &fields)
    });
    let grid = Grid {
        keys: &["layer", "site", "phase", "policy"],
        entries: entries.collect(),
        elsewhere: &["layer", "site", "phase"],
    };
    grid.render(&[("Cycles by place", CYCLES.1)])
}

/// The phase of the row that has a job's numbers: that which its name tells, such as `step50.fp.layer0.rh.t0`, if there is
/// one, else all. None where its policy has no row.
pub fn phase_of_job(report: &Report, policy: &str, job: &str) -> Option<String> {
    let policies = report.get("policies")?;
    let found = found(policies, report.get("phases"));
    let has = |phase: &str| {
        found
            .iter()
            .any(|of| of.policy == policy && of.phase == phase)
    };
    let told = job.split(['.', ' ']).find(|word| has(word));
    told.or(has("all").then_some("all")).map(str::to_owned)
}

/// What limits a row of an engine, for tips.
pub fn limited(fields: &Value) -> String {
    text(fields, "limited_by").map_or(String::new(), |by| format!(", limited by the {by}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn phases_are_found_below_policies_and_beside_them() {
        let below = json!({ "packed": { "cycles": 3, "phases": { "wg": { "cycles": 2 }, "fp": { "cycles": 1 } } } });
        let beside =
            json!({ "wg": { "packed": { "cycles": 2 } }, "fp": { "packed": { "cycles": 1 } } });
        let plain = json!({ "packed": { "cycles": 3 } });
        for (policies, phases) in [(below, None), (plain, Some(&beside))] {
            let found = found(&policies, phases);
            let told: Vec<_> = found
                .iter()
                .map(|of| (&*of.phase, of.fields["cycles"].as_u64()))
                .collect();
            assert_eq!(told, [("fp", Some(1)), ("wg", Some(2)), ("all", Some(3))]);
            assert!(found[2].fields.get("phases").is_none());
        }
    }
}
