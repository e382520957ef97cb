//! Sweeps: arrays by their PEs, engines below their roofs.

use super::roofline::{roofline, Dot, Roof};
use super::{number, section as titled, text, Part};
use crate::chart::{xy, Axis, Line, Point, Series, Xy};
use crate::grid::{generic, slug, Entry, Grid};
use crate::number::{of as counted, short};
use crate::table::Cell;
use maud::{html, Markup};
use serde_json::Value;

/// Most plots of one sweep.
const PLOTS: usize = 12;

/// The points of a sweep.
pub fn section(part: &mut Part<'_>) -> Markup {
    let points = part.take_list("points");
    let impossible = part.take_list("impossible");
    let left_out = html! {
        @if !impossible.is_empty() { (generic("impossible", &Value::Array(impossible), &format!("{}-impossible", part.anchor))) }
    };
    let body = match part.report.is_of_engine() {
        true => engines(part.anchor, &points),
        false => arrays(part.anchor, &points),
    };
    html! {
        (titled("The sweep", body))
        (titled("Left out", left_out))
    }
}

fn id(anchor: &str, at: usize) -> String {
    format!("{anchor}-point-{at}")
}

/// A scalar of a point as the key of its row.
fn key(point: &Value, path: &str) -> Cell {
    match crate::flat::at(point, path) {
        Some(value) if !value.is_null() && crate::flat::is_scalar(value) => {
            Cell::Value(value.clone())
        }
        _ => Cell::None,
    }
}

/// What an array of a point is called.
fn array(point: &Value) -> String {
    let field = |name: &str| match crate::flat::at(point, &format!("array.{name}")) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => "?".into(),
    };
    format!(
        "{} \u{d7} {} {}",
        field("rows"),
        field("cols"),
        field("dataflow")
    )
}

fn arrays(anchor: &str, points: &[Value]) -> Markup {
    let entries = points.iter().enumerate().map(|(at, point)| {
        let keys = ["array.rows", "array.cols", "array.dataflow"].map(|path| key(point, path));
        Entry::new(id(anchor, at), keys.into(), point)
    });
    let grid = Grid {
        keys: &["rows", "cols", "dataflow"],
        entries: entries.collect(),
        elsewhere: &["array.rows", "array.cols", "array.dataflow"],
    };
    let mut facets: Vec<(String, Vec<usize>)> = Vec::new();
    for (at, point) in points.iter().enumerate() {
        let p = format!("p = {}", point["p"]);
        match facets.iter_mut().find(|(name, _)| *name == p) {
            Some((_, of)) => of.push(at),
            None => facets.push((p, vec![at])),
        }
    }
    html! {
        div.plots {
            @for (name, of) in facets.iter().take(PLOTS) { (trade_off(anchor, name, points, of)) }
        }
        (grid.render(&[(
            "Points",
            &["pes", "array.add_stages", "p", "front", "policies.dense.cycles", "policies.packed.cycles",
              "policies.packed.speedup", "policies.dense.utilisation", "policies.packed.utilisation"],
        )]))
    }
}

/// Cycles of packed against PEs; full where a point is on the front.
fn trade_off(anchor: &str, name: &str, points: &[Value], facet: &[usize]) -> Markup {
    let mut series: Vec<Series> = Vec::new();
    let mut front = Vec::new();
    for &at in facet {
        let point = &points[at];
        let place = number(point, "pes").zip(number(point, "policies.packed.cycles"));
        let Some((pes, cycles)) = place else { continue };
        let is_front = point["front"] == Value::Bool(true);
        if is_front {
            front.push((pes, cycles));
        }
        let share = number(point, "policies.packed.utilisation").unwrap_or(f64::NAN);
        let speedup = number(point, "policies.packed.speedup").unwrap_or(f64::NAN);
        let tip = format!(
            "{}, {name}{}\n{} PEs, {} cycles packed\nutilisation {:.1} %, {speedup:.2} times faster than dense",
            array(point),
            if is_front { ", on the front" } else { "" },
            counted(pes),
            counted(cycles),
            100.0 * share,
        );
        let flow = text(point, "array.dataflow").unwrap_or("array").to_owned();
        let place = series
            .iter()
            .position(|of| of.name == flow)
            .unwrap_or_else(|| {
                let colour = 1 + series.len();
                series.push(Series {
                    name: flow,
                    colour,
                    ..Series::default()
                });
                series.len() - 1
            });
        series[place].points.push(Point {
            at: (pes, cycles),
            tip,
            to: Some(id(anchor, at)),
            strong: is_front,
        });
    }
    front.sort_by(|one, other| one.0.total_cmp(&other.0));
    let has_front = front.len() > 1;
    xy(&Xy {
        caption: format!("Cycles packed against PEs, {name}"),
        x: Axis {
            name: "PEs".into(),
            log: true,
        },
        y: Axis {
            name: "cycles, packed".into(),
            log: true,
        },
        series,
        lines: vec![Line { points: front }],
        line: has_front.then(|| "Pareto front (full dots)".to_owned()),
    })
}

fn engines(anchor: &str, points: &[Value]) -> Markup {
    let rows: Vec<(String, usize, String, &Value)> = points
        .iter()
        .enumerate()
        .flat_map(|(at, point)| {
            let policies = point["policies"].as_object().into_iter().flatten();
            policies.map(move |(policy, of)| {
                (
                    format!("{}-{}", id(anchor, at), slug(policy)),
                    at,
                    policy.clone(),
                    of,
                )
            })
        })
        .collect();
    let entries = rows.iter().map(|(id, at, policy, of)| {
        let point = &points[*at];
        let mut about = point.clone();
        if let Some(fields) = about.as_object_mut() {
            for name in ["policies", "engine", "target"] {
                fields.shift_remove(name);
            }
            // keys of the row
            for name in ["latency", "batch", "p", "phase"] {
                fields.shift_remove(name);
            }
            let of = of.as_object().into_iter().flatten();
            fields.extend(of.map(|(name, value)| (name.clone(), value.clone())));
        }
        let mut keys: Vec<_> = [
            "phase",
            "p",
            "batch",
            "array.rows",
            "array.cols",
            "array.engine.bus_bits",
            "latency",
        ]
        .iter()
        .map(|path| key(point, path))
        .collect();
        keys.push(Cell::text(policy.clone()));
        Entry::new(id.clone(), keys, &about)
    });
    let grid = Grid {
        keys: &[
            "phase", "p", "batch", "rows", "cols", "bus bits", "latency", "policy",
        ],
        entries: entries.collect(),
        elsewhere: &["array.rows", "array.cols", "array.engine.bus_bits"],
    };
    let mut facets: Vec<(String, Roof, Vec<Dot<'_>>)> = Vec::new();
    for (id, at, policy, of) in &rows {
        let point = &points[*at];
        let Some(roof) = point.get("array").and_then(Roof::of) else {
            continue;
        };
        let array = array(point);
        let bus = number(point, "array.engine.bus_bits").unwrap_or(0.0);
        let format = text(point, "array.format").unwrap_or_default();
        let name = format!("{array} {format}, bus of {bus} bits");
        let field = |name: &str| {
            point.get(name).map_or(String::new(), |of| {
                format!(", {name} {}", of.to_string().trim_matches('"'))
            })
        };
        let dot = Dot {
            policy,
            fields: of,
            name: format!(
                "{policy}{}{}{}{}",
                field("phase"),
                field("p"),
                field("batch"),
                field("latency")
            ),
            to: id.clone(),
        };
        match facets.iter_mut().find(|(known, ..)| *known == name) {
            Some((_, _, dots)) => dots.push(dot),
            None => facets.push((name, roof, vec![dot])),
        }
    }
    html! {
        div.plots {
            @for (name, roof, dots) in facets.iter().take(PLOTS) { (roofline(name, *roof, dots)) }
        }
        @if facets.len() > PLOTS { p.note { "The first " (PLOTS) " of " (short(facets.len() as f64)) " engines are drawn; the table has all." } }
        (grid.render(&[
            (
                "Points",
                &["cycles", "speedup", "array_limit", "bus_limit", "limited_by", "of_limit", "utilisation", "macs_per_byte",
                  "macs_per_cycle", "bytes_read", "bytes_written"],
            ),
            (
                "What the cycles went to",
                &["causes.compute", "causes.wait_a", "causes.wait_b", "causes.wait_c0", "causes.wait_store",
                  "causes.wait_sum", "causes.wait_job"],
            ),
        ]))
    }
}
