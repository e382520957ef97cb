//! Synthesis: area by module and block, the runs of place and route, the critical path.

use super::{number, section as titled, text, Part};
use crate::chart::{bars, Bar, Bars, Group};
use crate::flat::{leaves, take};
use crate::grid::{Entry, Grid, View};
use crate::number::{of as counted, short};
use crate::table::{facts, Cell};
use heddle_files::shown;
use maud::{html, Markup};
use serde_json::{json, Value};

const RESOURCES: [&str; 7] = [
    "area_um2",
    "lut4",
    "ff",
    "mult18",
    "block_ram",
    "memory_bits",
    "cells",
];

/// Most bars of one plot.
const MOST: usize = 24;

/// Area, clock and critical path.
pub fn section(part: &mut Part<'_>) -> Markup {
    let totals = Value::Object(take(
        &mut part.rest,
        &[
            "fits",
            "fmax_mhz",
            "area_um2",
            "lut4",
            "ff",
            "mult18",
            "block_ram",
            "memory_bits",
            "cells",
            "nets",
            "unfinished_seeds",
        ],
    ));
    let exceeds = part.take_list("exceeds");
    let modules = part.take_list("modules");
    let engine = part.take("engine");
    let frame = part.take("frame");
    let kinds = part.take("cells_by_kind");
    let runs = part.take_list("runs");
    let path = part.take("critical_path");
    let anchor = part.anchor;
    let list = |of: &Value, name: &str| {
        of.get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let area = html! {
        (facts(&leaves(&totals)))
        (rows(anchor, "exceeds", &["resource"], &exceeds, &[("What does not fit", &["needs", "has"])]))
        (area_plot("Area by module, all instances of it whole", anchor, "modules", &modules, "module", "whole."))
        (rows(anchor, "modules", &["module"], &modules, &[("Area by module", &[
            "instances", "whole.area_um2", "whole.lut4", "whole.ff", "whole.mult18", "whole.block_ram", "whole.cells",
            "own.area_um2", "own.lut4", "own.ff", "own.mult18", "own.block_ram", "own.cells",
        ])]))
        @if let Some(frame) = &frame { h4 { "The frame around it, not counted" } (facts(&leaves(frame))) }
    };
    let blocks = engine.as_ref().map(|engine| {
        let blocks = list(engine, "blocks");
        let memories = list(engine, "memories");
        html! {
            (area_plot("Area by block", anchor, "blocks", &blocks, "instance", ""))
            (rows(anchor, "blocks", &["instance", "module"], &blocks, &[("Blocks", &RESOURCES)]))
            (rows(anchor, "memories", &["instance", "module"], &memories, &[("Memories", &["block_ram", "memory_bits"])]))
            @if let Some(alone) = engine.get("array_alone") { h4 { "The array alone" } (facts(&leaves(alone))) }
        }
    });
    let clock = html! {
        @if let Some(path) = &path { h4 { "The critical path" } (critical(path)) }
        (rows(anchor, "runs", &["seed"], &runs, &[("Runs of place and route", &[
            "fmax_mhz", "critical_path.delay_ns", "critical_path.logic_ns", "critical_path.routing_ns", "critical_path.levels",
        ])]))
    };
    let kinds = kinds.as_ref().and_then(Value::as_object).map(|kinds| {
        let all: Vec<_> = kinds
            .iter()
            .map(|(kind, count)| json!({ "kind": kind, "count": count }))
            .collect();
        rows(
            anchor,
            "kinds",
            &["kind"],
            &all,
            &[("Cells by kind", &["count"])],
        )
    });
    html! {
        (titled("Area", area))
        (titled("The engine's blocks", blocks.unwrap_or_default()))
        (titled("Clock", clock))
        (titled("Cells", kinds.unwrap_or_default()))
    }
}

/// A table of objects whose first fields are its keys.
fn rows(anchor: &str, name: &str, keys: &[&str], values: &[Value], views: &[View<'_>]) -> Markup {
    let entries = values.iter().enumerate().map(|(at, of)| {
        let cells = keys.iter().map(|key| match of.get(*key) {
            Some(Value::String(text)) if text.is_empty() => Cell::text("(what connects them)"),
            Some(value) if !value.is_null() => Cell::Value(value.clone()),
            _ => Cell::None,
        });
        Entry::new(format!("{anchor}-{name}-{at}"), cells.collect(), of)
    });
    let grid = Grid {
        keys,
        entries: entries.collect(),
        elsewhere: keys,
    };
    grid.render(views)
}

/// The largest areas, each with a link to its row.
fn area_plot(
    caption: &str,
    anchor: &str,
    name: &str,
    values: &[Value],
    key: &str,
    prefix: &str,
) -> Markup {
    let of = |unit: &str| {
        values
            .iter()
            .any(|value| number(value, &format!("{prefix}{unit}")).is_some())
    };
    let Some((field, quantity)) = [
        ("area_um2", "\u{b5}m\u{b2}"),
        ("lut4", "LUT4"),
        ("cells", "cells"),
    ]
    .into_iter()
    .find(|(field, _)| of(field)) else {
        return html! {};
    };
    let area = |value: &Value| number(value, &format!("{prefix}{field}")).unwrap_or(0.0);
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, other| area(&values[*other]).total_cmp(&area(&values[*one])));
    let bars_of = order.into_iter().take(MOST).map(|at| {
        let value = &values[at];
        let label = match text(value, key) {
            Some("") | None => "(what connects them)",
            Some(text) => text,
        };
        Bar {
            name: label.to_owned(),
            parts: vec![(
                1,
                area(value),
                format!("{label}: {} {quantity}", counted(area(value))),
            )],
            limit: None,
            note: short(area(value)),
            to: Some(format!("{anchor}-{name}-{at}")),
        }
    });
    bars(&Bars {
        caption: caption.to_owned(),
        quantity: quantity.to_owned(),
        groups: vec![Group {
            name: String::new(),
            bars: bars_of.collect(),
        }],
        ..Bars::default()
    })
}

fn critical(path: &Value) -> Markup {
    let end = |name: &str| {
        let of = |field: &str| text(path, &format!("{name}.{field}")).unwrap_or_default();
        format!("{} {} ({})", of("instance"), of("signal"), of("module"))
    };
    html! {
        p { "From " code { (shown(&end("from"))) } " to " code { (shown(&end("to"))) } }
        (facts(&leaves(path)))
    }
}
