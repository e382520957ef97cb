//! Power and energy: by run, by group of the array, of a training step, of a column.

use super::policies::{colour, phase_title, row_id};
use super::{number, section as titled, text, Part};
use crate::chart::{bars, Bar, Bars, Group};
use crate::flat::{leaves, take};
use crate::grid::{slug, Entry, Grid};
use crate::label;
use crate::number::short;
use crate::table::{facts, Cell};
use maud::{html, Markup};
use serde_json::Value;

/// What power is made of.
const PARTS: [&str; 3] = ["internal", "switching", "leakage"];

/// Power by run and group, energies, and the column.
pub fn section(part: &mut Part<'_>) -> Markup {
    let runs = part.take_list("runs");
    let step = part.take_list("step");
    let column = part.take("column");
    let about = Value::Object(take(
        &mut part.rest,
        &["cells", "nets", "area_um2", "fmax_mhz"],
    ));
    let anchor = part.anchor;
    let key = |of: &Value, name: &str| Cell::text(text(of, name).unwrap_or("?"));
    let run_id = |of: &Value| {
        row_id(
            anchor,
            text(of, "policy").unwrap_or("?"),
            text(of, "phase").unwrap_or("?"),
        )
    };
    let entries = runs
        .iter()
        .map(|of| Entry::new(run_id(of), vec![key(of, "phase"), key(of, "policy")], of));
    let grid = Grid {
        keys: &["phase", "policy"],
        entries: entries.collect(),
        elsewhere: &["phase", "policy", "job_names"],
    };
    let energy = html! {
        (totals_plot(&runs, &run_id))
        (grid.render(&[(
            "Energy by phase and policy",
            &["macs", "cycles", "joule.dynamic", "joule.clock", "joule.leakage", "ratio", "ratio_with_clock", "against_dense"],
        )]))
        (jobs(&runs, &run_id))
    };
    let steps = step.iter().map(|of| {
        let policy = text(of, "policy").unwrap_or("?");
        Entry::new(
            format!("{anchor}-step-{}", slug(policy)),
            vec![key(of, "policy")],
            of,
        )
    });
    let steps = Grid {
        keys: &["policy"],
        entries: steps.collect(),
        elsewhere: &["policy"],
    };
    let step = steps.render(&[(
        "A training step",
        &[
            "macs",
            "joule.dynamic",
            "joule.clock",
            "joule.leakage",
            "joule_per_mac",
            "joule_per_mac_with_clock",
            "ratio",
            "ratio_with_clock",
        ],
    )]);
    html! {
        (titled("The netlist", facts(&leaves(&about))))
        (titled("Energy", energy))
        (titled("A training step", step))
        (titled("Power by group", groups(&runs, &run_id)))
        (titled("A column at work and switched off", column.map(|of| column_of(anchor, &of)).unwrap_or_default()))
    }
}

/// A group's power, all parts of it.
fn watt(group: &Value) -> f64 {
    PARTS.iter().filter_map(|part| number(group, part)).sum()
}

/// The power of each run, by what it is made of.
fn totals_plot(runs: &[Value], id: &dyn Fn(&Value) -> String) -> Markup {
    let bar = |of: &Value| {
        let groups = of["watt"]["groups"].as_object()?;
        let name = text(of, "policy").unwrap_or("?").to_owned();
        let total = |part: &str| {
            groups
                .values()
                .filter_map(|group| number(group, part))
                .sum::<f64>()
        };
        let phase = text(of, "phase").unwrap_or("?");
        let parts = PARTS.iter().enumerate().map(|(at, part)| {
            let value = total(part);
            (
                at + 1,
                value,
                format!("{phase}, {name}: {part} {}W", short(value)),
            )
        });
        let parts: Vec<_> = parts.collect();
        let sum: f64 = parts.iter().map(|part| part.1).sum();
        Some(Bar {
            name,
            parts,
            limit: None,
            note: format!("{}W", short(sum)),
            to: Some(id(of)),
        })
    };
    bars(&Bars {
        caption: "Mean power by phase and policy".into(),
        quantity: "W".into(),
        legend: PARTS
            .iter()
            .enumerate()
            .map(|(at, part)| ((*part).to_owned(), at + 1))
            .collect(),
        limit: None,
        groups: by_phase(runs, bar),
    })
}

fn by_phase(runs: &[Value], bar: impl Fn(&Value) -> Option<Bar>) -> Vec<Group> {
    let mut groups: Vec<(&str, Group)> = Vec::new();
    for of in runs {
        let phase = text(of, "phase").unwrap_or("?");
        let place = groups
            .iter()
            .position(|(known, _)| *known == phase)
            .unwrap_or_else(|| {
                groups.push((
                    phase,
                    Group {
                        name: phase_title(phase),
                        bars: Vec::new(),
                    },
                ));
                groups.len() - 1
            });
        groups[place].1.bars.extend(bar(of));
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// For each phase a plot of the groups, one bar for each policy.
fn groups(runs: &[Value], id: &dyn Fn(&Value) -> String) -> Markup {
    let mut phases: Vec<&str> = Vec::new();
    for phase in runs.iter().filter_map(|of| text(of, "phase")) {
        if !phases.contains(&phase) {
            phases.push(phase);
        }
    }
    html! {
        @for (at, phase) in phases.iter().enumerate() {
            details open[at == 0] { summary { (phase_title(phase)) } (groups_of(phase, runs, id)) }
        }
    }
}

fn groups_of(phase: &str, runs: &[Value], id: &dyn Fn(&Value) -> String) -> Markup {
    let of_phase: Vec<&Value> = runs
        .iter()
        .filter(|of| text(of, "phase") == Some(phase))
        .collect();
    let mut names: Vec<&String> = Vec::new();
    for of in &of_phase {
        for name in of["watt"]["groups"]
            .as_object()
            .into_iter()
            .flat_map(|of| of.keys())
        {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let mut legend = Vec::new();
    for policy in of_phase.iter().filter_map(|of| text(of, "policy")) {
        legend.push((policy.to_owned(), colour(policy)));
    }
    let group = |name: &&String| Group {
        name: label::of(name).text,
        bars: of_phase
            .iter()
            .filter_map(|of| {
                let policy = text(of, "policy").unwrap_or("?");
                let value = of["watt"]["groups"].get(name.as_str()).map(watt)?;
                let tip = format!("{phase}, {policy}: {name} {}W", short(value));
                Some(Bar {
                    name: policy.to_owned(),
                    parts: vec![(colour(policy), value, tip)],
                    limit: None,
                    note: format!("{}W", short(value)),
                    to: Some(id(of)),
                })
            })
            .collect(),
    };
    bars(&Bars {
        caption: format!("Mean power by group, {}", phase_title(phase)),
        quantity: "W".into(),
        legend,
        limit: None,
        groups: names.iter().map(group).collect(),
    })
}

/// The jobs of each run, which lead to its numbers.
fn jobs(runs: &[Value], id: &dyn Fn(&Value) -> String) -> Markup {
    let rows = runs.iter().flat_map(|of| {
        let names = of["job_names"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        names.map(move |name| crate::table::Row {
            id: None,
            cells: vec![
                Cell::text(name),
                Cell::Link(
                    format!(
                        "{}, {}",
                        text(of, "phase").unwrap_or("?"),
                        text(of, "policy").unwrap_or("?")
                    ),
                    id(of),
                ),
            ],
        })
    });
    let rows: Vec<_> = rows.collect();
    let columns = [
        crate::table::Column::named("job_names", "job"),
        crate::table::Column::named("runs", "its numbers"),
    ];
    let table = crate::table::table("Jobs that ran on the netlist", &columns, &rows);
    match rows.is_empty() {
        true => html! {},
        false => html! { details { summary { "Jobs that ran (" (rows.len()) ")" } (table) } },
    }
}

fn column_of(anchor: &str, of: &Value) -> Markup {
    let mut about = of.as_object().cloned().unwrap_or_default();
    let sides: Vec<_> = ["active_watt", "gated_watt"]
        .into_iter()
        .filter_map(|name| Some((name, about.shift_remove(name)?)))
        .collect();
    let entries = sides.iter().flat_map(|(side, watt)| {
        let groups = watt["groups"].as_object().into_iter().flatten();
        groups.map(move |(group, of)| {
            let keys = vec![
                Cell::text(label::of(group).text),
                Cell::text(side.trim_end_matches("_watt")),
            ];
            let watt = serde_json::json!({ "watt": of });
            Entry::new(
                format!("{anchor}-column-{side}-{}", slug(group)),
                keys,
                &watt,
            )
        })
    });
    let grid = Grid {
        keys: &["group", "column"],
        entries: entries.collect(),
        elsewhere: &[],
    };
    html! {
        (facts(&leaves(&Value::Object(about))))
        (grid.render(&[("Power of the column by group", &["watt.internal", "watt.switching", "watt.leakage"])]))
    }
}
