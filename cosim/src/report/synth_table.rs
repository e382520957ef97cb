//! A synthesis report as tables for people.

use super::table::{align_right, grouped, plain};
use heddle_synth::{CriticalPath, Endpoint, Report, Resources};

/// The report as text.
pub fn text(report: &Report) -> String {
    let mut lines = vec![format!(
        "{} of a {} x {} {} array ({} gating) on {}",
        report.top,
        report.array.rows,
        report.array.cols,
        report.array.format,
        report.array.gating,
        report.part
    )];
    match report.fmax_mhz {
        Some(fmax) => lines.push(format!("clock: {fmax:.1} MHz{}", runs(report))),
        None => lines.push("clock: none, it was not placed".into()),
    }
    if report.fits {
        lines.push("fits: yes".into());
    } else {
        let what = report.exceeds.iter().map(|demand| {
            format!(
                "needs {} {}, the part has {}",
                grouped(demand.needs),
                demand.resource,
                grouped(demand.has)
            )
        });
        let what: Vec<_> = what.collect();
        lines.push(format!("fits: no; {}", what.join("; ")));
    }
    if let Some(path) = &report.critical_path {
        lines.extend(critical(path));
    }
    let mut area = plain(&[
        "module",
        "instances",
        "LUT4",
        "FF",
        "MULT",
        "RAM",
        "um2",
        "cells",
    ]);
    area.add_row(row("flat design", 1, &report.area));
    if let Some(frame) = &report.frame {
        area.add_row(row("(frame, not counted)", 1, frame));
    }
    for module in &report.modules {
        area.add_row(row(&module.module, module.instances, &module.whole));
    }
    align_right(&mut area, 1);
    lines.push(String::new());
    lines.push(area.to_string());
    let mut kinds = plain(&["cell", "count"]);
    for (kind, count) in &report.cells_by_kind {
        kinds.add_row([kind.clone(), grouped(*count)]);
    }
    align_right(&mut kinds, 1);
    lines.push(String::new());
    lines.push(kinds.to_string());
    lines.push(String::new());
    lines.extend(report.notes.iter().map(|note| format!("note: {note}")));
    let placer = report.tools.placer.map(|placer| format!("placer {placer}"));
    let tools = [
        Some(&report.tools.yosys),
        report.tools.nextpnr.as_ref(),
        placer.as_ref(),
        report.tools.opensta.as_ref(),
    ];
    let tools: Vec<_> = tools.into_iter().flatten().map(String::as_str).collect();
    lines.push(format!("tools: {}", tools.join("; ")));
    lines.extend(
        report
            .logs
            .iter()
            .map(|folder| format!("logs: {}", folder.display())),
    );
    lines.join("\n") + "\n"
}

fn runs(report: &Report) -> String {
    let given_up: Vec<_> = report.unfinished_seeds.iter().map(u64::to_string).collect();
    let given_up = match given_up.as_slice() {
        [] => String::new(),
        seeds => format!(", not finished in time: seed {}", seeds.join(", ")),
    };
    if report.runs.len() < 2 {
        return given_up;
    }
    let each: Vec<_> = report
        .runs
        .iter()
        .map(|run| format!("{:.1}", run.fmax_mhz))
        .collect();
    format!(", the median of {}{given_up}", each.join(", "))
}

fn critical(path: &CriticalPath) -> [String; 2] {
    let end = |end: &Endpoint| {
        let instance = if end.instance.is_empty() {
            String::new()
        } else {
            format!(", {}", end.instance)
        };
        format!("{} ({}{instance})", end.signal, end.module)
    };
    let routing = path
        .routing_ns
        .map(|routing| format!(", {routing:.2} ns of it routing"));
    [
        format!("critical path: {} to {}", end(&path.from), end(&path.to)),
        format!(
            "  {:.2} ns, {} levels{}; through {}",
            path.delay_ns,
            path.levels,
            routing.unwrap_or_default(),
            path.modules.join(", ")
        ),
    ]
}

fn row(name: &str, instances: u64, area: &Resources) -> Vec<String> {
    let or_none = |value: Option<u64>| value.map_or("-".into(), grouped);
    vec![
        name.to_owned(),
        grouped(instances),
        or_none(area.lut4),
        grouped(area.ff),
        or_none(area.mult18),
        or_none(area.block_ram),
        area.area_um2
            .map_or("-".into(), |area| grouped(area.round() as u64)),
        grouped(area.cells),
    ]
}
