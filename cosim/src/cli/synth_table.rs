//! A synthesis report as tables for people.

use heddle_report::{grouped, Columns};
use heddle_synth::{CriticalPath, Endpoint, EngineArea, Report, Resources, Target};

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
    let cells = report.target == Target::Liberty;
    // small cells make small areas: all rows with as many digits
    let digits = match report.area.area_um2 {
        Some(area) if area < 10_000.0 => 1,
        _ => 0,
    };
    let mut rows = vec![("flat design", 1, &report.area)];
    if let Some(engine) = &report.engine {
        rows.push(("flat array alone", 1, &engine.array_alone));
    }
    rows.extend(
        report
            .frame
            .iter()
            .map(|frame| ("(frame, not counted)", 1, frame)),
    );
    let modules = report.modules.iter();
    rows.extend(modules.map(|module| (&*module.module, module.instances, &module.whole)));
    let area = Columns::of(&rows)
        .text("module", |row| row.0.to_owned())
        .number("instances", |row| grouped(row.1));
    lines.push(String::new());
    lines.push(areas(area, |row| row.2, cells, digits).table().to_string());
    if let Some(engine) = &report.engine {
        lines.extend(parts(engine, cells, digits));
    }
    let kinds: Vec<_> = report.cells_by_kind.iter().collect();
    let kinds = Columns::of(&kinds)
        .text("cell", |(kind, _)| kind.to_string())
        .number("count", |(_, count)| grouped(**count))
        .table();
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

/// Columns of what each of `rows` takes.
fn areas<'a, T>(
    rows: Columns<'a, T>,
    area: impl Fn(&T) -> &Resources + Copy + 'a,
    cells: bool,
    digits: usize,
) -> Columns<'a, T> {
    let or_none = |value: Option<u64>| value.map_or("-".into(), grouped);
    match cells {
        true => rows
            .number("um2", move |row| {
                let um2 = area(row).area_um2;
                um2.map_or("-".into(), |um2| decimal(um2, digits))
            })
            .number("FF", move |row| grouped(area(row).ff))
            .number("cells", move |row| grouped(area(row).cells)),
        false => rows
            .number("LUT4", move |row| or_none(area(row).lut4))
            .number("FF", move |row| grouped(area(row).ff))
            .number("MULT", move |row| or_none(area(row).mult18))
            .number("RAM", move |row| or_none(area(row).block_ram)),
    }
}

/// An engine's blocks and its memories.
fn parts(engine: &EngineArea, cells: bool, digits: usize) -> [String; 4] {
    let blocks = Columns::of(&engine.blocks).text("block", |block| match &*block.instance {
        "" => "(between them)".into(),
        instance => instance.to_owned(),
    });
    let blocks = areas(blocks, |block| &block.area, cells, digits);
    let memories = Columns::of(&engine.memories)
        .text("memory", |memory| memory.instance.clone())
        .text("module", |memory| memory.module.clone());
    let memories = match cells {
        true => memories.number("bits", |memory| {
            memory.memory_bits.map_or("-".into(), grouped)
        }),
        false => memories.number("RAM", |memory| memory.block_ram.map_or("-".into(), grouped)),
    };
    [
        String::new(),
        blocks.table().to_string(),
        String::new(),
        memories.table().to_string(),
    ]
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

/// A number in groups of three digits, with so many behind the point.
fn decimal(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    grouped(whole.parse().unwrap_or(0)) + rest
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn areas_have_as_many_digits_as_are_asked_for() {
        assert_eq!(decimal(58_317.0, 0), "58,317");
        assert_eq!(decimal(1_234.56, 1), "1,234.6");
        assert_eq!(decimal(0.96, 1), "1.0");
    }
}
