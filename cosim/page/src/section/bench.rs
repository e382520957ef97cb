//! Speed of training: milliseconds of a step by part, and the spread over the rounds.

use super::policies::phase_title;
use super::{number, section as titled, Part};
use crate::chart::{bars, Bar, Bars, Group};
use crate::flat::{leaves, take};
use crate::grid::{slug, Entry, Grid};
use crate::label;
use crate::table::{facts, Cell};
use maud::{html, Markup};
use serde_json::Value;

/// Parts of a step besides its phases.
const PARTS: [&str; 5] = ["lstm", "out", "other", "masks", "step"];

const TOTALS: [&str; 9] = [
    "dense_tokens_per_s",
    "packed_tokens_per_s",
    "pytorch_tokens_per_s",
    "speedup",
    "speedup_without_masks",
    "dense_over_pytorch",
    "packed_over_pytorch",
    "pytorch_version",
    "pytorch_sites",
];

/// Speed, by part and over the rounds.
pub fn section(part: &mut Part<'_>) -> Markup {
    let totals = Value::Object(take(&mut part.rest, &TOTALS));
    let machine = take(
        &mut part.rest,
        &["kernel", "threads", "corpus_tokens", "peak_memory_bytes"],
    );
    let phases = part.take("phases").unwrap_or_default();
    let phases = phases.as_object().cloned().unwrap_or_default();
    let mut rows: Vec<(String, Value)> = phases
        .into_iter()
        .map(|(phase, of)| (phase_title(&phase), of))
        .collect();
    for name in PARTS {
        rows.extend(part.take(name).map(|of| (label::of(name).text, of)));
    }
    let spread = part.take("spread").unwrap_or_default();
    let settings = part.take("settings");
    let anchor = part.anchor;
    let id = |name: &str| format!("{anchor}-part-{}", slug(name));
    let entries = rows
        .iter()
        .map(|(name, of)| Entry::new(id(name), vec![Cell::text(name.clone())], of));
    let parts = Grid {
        keys: &["part"],
        entries: entries.collect(),
        elsewhere: &[],
    };
    let spread = spread.as_object().cloned().unwrap_or_default();
    let entries = spread.iter().map(|(name, of)| {
        Entry::new(
            format!("{anchor}-spread-{}", slug(name)),
            vec![Cell::text(label::of(name).text)],
            of,
        )
    });
    let rounds = Grid {
        keys: &["quantity"],
        entries: entries.collect(),
        elsewhere: &[],
    };
    let speed = html! {
        (facts(&leaves(&totals)))
        (plot(&rows, &id))
        (parts.render(&[("Milliseconds of a training step by part", &["dense_ms", "packed_ms", "speedup"])]))
        (rounds.render(&[("Spread over the rounds", &["min", "lower_quartile", "median", "upper_quartile", "max"])]))
    };
    html! {
        (titled("Speed", speed))
        (titled("Settings and machine", html! {
            (facts(&leaves(&Value::Object(machine))))
            @if let Some(settings) = settings { (facts(&leaves(&settings))) }
        }))
    }
}

fn plot(rows: &[(String, Value)], id: &dyn Fn(&str) -> String) -> Markup {
    let group = |(name, of): &(String, Value)| {
        let bar = |(side, colour): (&str, usize)| {
            let value = number(of, &format!("{side}_ms"))?;
            let speedup = number(of, "speedup").filter(|_| side == "packed");
            Some(Bar {
                name: side.to_owned(),
                parts: vec![(colour, value, format!("{name}, {side}: {value:.2} ms"))],
                limit: None,
                note: format!(
                    "{value:.1} ms{}",
                    speedup.map_or(String::new(), |of| format!(", {of:.2}\u{d7}"))
                ),
                to: Some(id(name)),
            })
        };
        Group {
            name: name.clone(),
            bars: [("dense", 0), ("packed", 2)]
                .into_iter()
                .filter_map(bar)
                .collect(),
        }
    };
    bars(&Bars {
        caption: "Time of a training step by part".into(),
        quantity: "ms".into(),
        legend: vec![("dense".into(), 0), ("packed".into(), 2)],
        limit: None,
        groups: rows.iter().map(group).collect(),
    })
}
