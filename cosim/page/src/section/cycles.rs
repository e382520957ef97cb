//! Plots of cycles: by phase and policy against their limit, and what they went to.

use super::number;
use super::policies::{colour, phase_title, Found};
use crate::chart::{bars, Bar, Bars, Group};
use crate::number::{of as counted, short};
use crate::report::Report;
use maud::{html, Markup};
use serde_json::Value;

/// The limit of a row: an engine's is the larger of array and bus.
fn limit(fields: &Value) -> Option<f64> {
    let engine = [number(fields, "array_limit"), number(fields, "bus_limit")];
    let engine = engine.into_iter().flatten().reduce(f64::max);
    number(fields, "limit").or(engine)
}

/// Cycles by phase and policy, each with its limit.
pub fn by_phase(report: &Report, anchor: &str, found: &[Found]) -> Markup {
    let bar = |of: &Found| {
        let cycles = number(&of.fields, "cycles")?;
        let limit = limit(&of.fields);
        let speedup = number(&of.fields, "speedup");
        let mut tip = format!("{}, {}: {} cycles", of.phase, of.policy, counted(cycles));
        if let Some(limit) = limit {
            tip += &format!(
                "\nlimit {} ({:.1} % of the cycles)",
                counted(limit.round()),
                100.0 * limit / cycles
            );
        }
        if let Some(speedup) = speedup {
            tip += &format!("\n{speedup:.2} times faster than dense");
        }
        let note = speedup.map(|speedup| format!(", {speedup:.2}\u{d7}"));
        Some(Bar {
            name: of.policy.clone(),
            parts: vec![(colour(&of.policy), cycles, tip)],
            limit,
            note: format!("{}{}", short(cycles), note.unwrap_or_default()),
            to: Some(of.id(anchor)),
        })
    };
    let engine = report.is_of_engine();
    bars(&Bars {
        caption: "Cycles by phase and policy".into(),
        quantity: "cycles".into(),
        legend: policies_of(found)
            .map(|policy| (policy.to_owned(), colour(policy)))
            .collect(),
        limit: found
            .iter()
            .any(|of| limit(&of.fields).is_some())
            .then(|| match engine {
                true => "limit: the array or the bus busy in every cycle".to_owned(),
                false => "limit: every PE busy in every cycle".to_owned(),
            }),
        groups: grouped(found, bar),
    })
}

/// Policies in their order, each once.
fn policies_of(found: &[Found]) -> impl Iterator<Item = &str> {
    let all = found.iter().filter(|of| of.phase == "all");
    all.map(|of| of.policy.as_str())
}

/// Bars by phase.
fn grouped(found: &[Found], bar: impl Fn(&Found) -> Option<Bar>) -> Vec<Group> {
    let mut groups: Vec<(&str, Group)> = Vec::new();
    for of in found {
        if groups.last().is_none_or(|(phase, _)| *phase != of.phase) {
            let name = phase_title(&of.phase);
            let bars = Vec::new();
            groups.push((&of.phase, Group { name, bars }));
        }
        if let Some((_, group)) = groups.last_mut() {
            group.bars.extend(bar(of));
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// What cycles go to, where a report says it: the field, its parts.
const CAUSES: [(&str, &[(&str, &str)]); 3] = [
    (
        "breakdown",
        &[
            ("beats", "beats"),
            ("weight_load", "waits for weights"),
            ("round_trip", "waits for sums"),
            ("exchange", "exchange of seeds and sums"),
            ("drain", "drain"),
        ],
    ),
    ("causes", ENGINE_CAUSES),
    ("counters", ENGINE_CAUSES),
];

const ENGINE_CAUSES: &[(&str, &str)] = &[
    ("compute", "compute"),
    ("wait_a", "waits for A"),
    ("wait_b", "waits for B"),
    ("wait_c0", "waits for C0"),
    ("wait_store", "waits for the store"),
    ("wait_sum", "waits for sums"),
    ("wait_job", "waits for a job"),
];

/// What the cycles of each phase and policy went to, in percent of them.
pub fn causes(anchor: &str, found: &[Found]) -> Markup {
    let (field, causes) = match CAUSES
        .iter()
        .find(|(field, _)| found.iter().any(|of| of.fields[*field].is_object()))
    {
        Some(of) => *of,
        None => return html! {},
    };
    let bar = |of: &Found| {
        let parts = of.fields.get(field).filter(|parts| parts.is_object())?;
        let cycles = number(&of.fields, "cycles").filter(|cycles| *cycles > 0.0)?;
        let parts = causes.iter().enumerate().filter_map(|(at, (name, words))| {
            let value = number(parts, name)?;
            let share = 100.0 * value / cycles;
            let tip = format!(
                "{}, {}: {words} {} cycles ({share:.1} %)",
                of.phase,
                of.policy,
                counted(value)
            );
            Some((at, share, tip))
        });
        Some(Bar {
            name: of.policy.clone(),
            parts: parts.collect(),
            limit: None,
            note: format!("{} cycles", short(cycles)),
            to: Some(of.id(anchor)),
        })
    };
    let legend = causes
        .iter()
        .enumerate()
        .map(|(at, (_, words))| ((*words).to_owned(), at));
    bars(&Bars {
        caption: "What the cycles went to".into(),
        quantity: "% of the cycles".into(),
        legend: legend.collect(),
        limit: None,
        groups: grouped(found, bar),
    })
}
