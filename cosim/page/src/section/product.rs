//! One product, counted by the cycle model on an array or an engine.

use super::policies::section as of_policies;
use super::Part;
use crate::chart::{bars, Bar, Bars, Group};
use crate::flat::take;
use crate::grid::{Entry, Grid};
use crate::number::{of as counted, short};
use crate::table::{facts, Cell};
use maud::{html, Markup};
use serde_json::{json, Value};

/// Fields of the product that stand by policy where there are several.
const OWN: [&str; 27] = [
    "macs",
    "cycles",
    "limit",
    "bound",
    "utilisation",
    "of_bound",
    "tiles",
    "breakdown",
    "ragged",
    "ports",
    "dense_cycles",
    "speedup",
    "scalesim",
    "array_limit",
    "bus_limit",
    "limited_by",
    "of_limit",
    "macs_per_byte",
    "macs_per_cycle",
    "bytes_read",
    "bytes_written",
    "bytes_read_of",
    "rows_fetched",
    "rows_skipped",
    "causes",
    "busy",
    "gated",
];

/// The product as the one row of a table by policy, then the mappings that there were to choose from.
pub fn section(part: &mut Part<'_>) -> Markup {
    let own = Value::Object(take(&mut part.rest, &OWN));
    let policy = part.report.text("policy").unwrap_or("dense").to_owned();
    part.rest.insert("policies".into(), json!({ policy: own }));
    let candidates = part.take_list("candidates");
    let chosen = take(&mut part.rest, &["mapping", "transpositions"]);
    let rows = of_policies(part);
    let chosen = facts(&crate::flat::leaves(&Value::Object(chosen)));
    html! {
        (rows)
        (super::section("Mapping", html! { (chosen) (mappings(part.anchor, &candidates)) }))
    }
}

fn mappings(anchor: &str, candidates: &[Value]) -> Markup {
    let id = |at: usize| format!("{anchor}-mapping-{at}");
    let name = |of: &Value| of["mapping"].as_str().unwrap_or("?").to_owned();
    let entries = candidates
        .iter()
        .enumerate()
        .map(|(at, of)| Entry::new(id(at), vec![Cell::text(name(of))], of));
    let grid = Grid {
        keys: &["mapping"],
        entries: entries.collect(),
        elsewhere: &["mapping"],
    };
    let bar = |(at, of): (usize, &Value)| {
        let cycles = of["cycles"].as_f64()?;
        Some(Bar {
            name: name(of),
            parts: vec![(
                usize::from(at == 0) * 2,
                cycles,
                format!("{}: {} cycles", name(of), counted(cycles)),
            )],
            limit: of["limit"].as_f64(),
            note: short(cycles),
            to: Some(id(at)),
        })
    };
    let plot = bars(&Bars {
        caption: "Cycles by mapping, the chosen one first".into(),
        quantity: "cycles".into(),
        limit: Some("limit: every PE busy in every cycle".into()),
        groups: vec![Group {
            name: String::new(),
            bars: candidates.iter().enumerate().filter_map(bar).collect(),
        }],
        ..Bars::default()
    });
    html! {
        (plot)
        (grid.render(&[("Mappings to choose from", &["jobs", "tiles", "cycles", "bound", "utilisation", "of_bound", "transpositions"])]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::policies::found;
    use super::*;

    #[test]
    fn a_product_is_found_under_its_policy() {
        let policies = json!({ "packed": { "cycles": 7 } });
        assert_eq!(found(&policies, None)[0].policy, "packed");
        let text = mappings(
            "r1",
            &[
                json!({ "mapping": "os", "cycles": 5 }),
                json!({ "mapping": "ws", "cycles": 9 }),
            ],
        );
        let text = text.into_string();
        assert!(
            text.contains("ws: 9 cycles") && text.contains(r#"id="r1-mapping-1""#),
            "{text}"
        );
    }
}
