//! A power report as tables and as a picture for people.

use heddle_gemm::Phase;
use heddle_power::Group;
use heddle_report::{fixed, grouped, Bar, BarChart, BarGroup, BarPart, Columns, Panel};
use heddle_study::power::{Column, PowerReport, Treatment};

/// The report as text.
pub fn text(report: &PowerReport) -> String {
    let config = &report.array;
    let mut jobs: Vec<&str> = Vec::new();
    for job in report.runs.iter().flat_map(|run| &run.jobs) {
        if !jobs.contains(&job.as_str()) {
            jobs.push(job);
        }
    }
    let mut lines = vec![
        format!(
            "{} x {} {} array ({} gating, dataflow {}) on {} ({}), {} MHz: {} cells",
            config.rows,
            config.cols,
            config.format,
            config.gating,
            config.dataflow,
            report.library,
            report.conditions,
            report.clock_mhz,
            grouped(report.cells as u64)
        ),
        format!("jobs: {}", heddle_files::shown(&jobs.join(", "))),
        String::new(),
        "Mean power by group in mW; 'logic' is all but the clock; ratios of energy, 1 = the same \
         shape with all masks kept:"
            .into(),
        groups(report),
        String::new(),
        "Energy of all jobs, a training step's, from the samples by kept MACs:".into(),
        steps(report),
        String::new(),
    ];
    if let Some(column) = &report.column {
        lines.push(column_line(column));
        lines.push(String::new());
    }
    let policies = report.step.iter().map(|step| step.policy);
    lines.extend(policies.map(|policy| format!("{policy}: {}", policy.meaning())));
    lines.push(String::new());
    lines.extend(report.notes.iter().map(|note| format!("note: {note}")));
    let tools: Vec<_> = report.tools.values().map(String::as_str).collect();
    lines.push(format!("tools: {}", tools.join("; ")));
    let logs = report.logs.iter();
    lines.extend(logs.map(|folder| format!("logs: {}", folder.display())));
    lines.join("\n") + "\n"
}

/// The groups that anything was counted of.
fn used(report: &PowerReport) -> impl Iterator<Item = Group> + '_ {
    let counted = |group: &Group| {
        report
            .runs
            .iter()
            .any(|run| run.watt.groups.contains_key(group))
    };
    Group::ALL.into_iter().filter(counted)
}

fn groups(report: &PowerReport) -> String {
    let milli = |watt: f64| fixed(3, watt * 1e3);
    let mut columns = Columns::of(&report.runs)
        .text("phase", |run| run.phase)
        .text("policy", |run| run.policy)
        .number("MACs", |run| grouped(run.macs))
        .number("cycles", |run| grouped(run.cycles));
    for group in used(report) {
        columns = columns.number(group.name(), move |run| {
            milli(run.watt.group(group).dynamic())
        });
    }
    columns
        .number("leakage uW", |run| {
            fixed(3, run.watt.of(|_| true).leakage * 1e6)
        })
        .number("logic", |run| {
            milli(run.watt.of(|group| !group.is_clock()).dynamic())
        })
        .number("ratio", |run| fixed(3, run.ratio))
        .number("with clock", |run| fixed(3, run.ratio_with_clock))
        .number("of dense", |run| {
            run.against_dense
                .map_or("-".into(), |ratio| fixed(3, ratio))
        })
        .table()
}

fn steps(report: &PowerReport) -> String {
    let micro = |joule: f64| fixed(3, joule * 1e6);
    let pico = |joule: f64| fixed(2, joule * 1e12);
    Columns::of(&report.step)
        .text("policy", |it| it.policy)
        .number("useful MACs", |it| grouped(it.macs))
        .number("logic uJ", |it| micro(it.energy.dynamic))
        .number("clock uJ", |it| micro(it.energy.clock))
        .number("leakage uJ", |it| micro(it.energy.leakage))
        .number("logic pJ/MAC", |it| pico(it.joule_per_mac))
        .number("all pJ/MAC", |it| pico(it.joule_per_mac_with_clock))
        .number("ratio", |it| fixed(3, it.ratio))
        .number("with clock", |it| fixed(3, it.ratio_with_clock))
        .table()
}

fn column_line(column: &Column) -> String {
    format!(
        "column {} switched off: multipliers, adders and weights at work take {:.4} mW, at work \
         {:.4} mW: {:.4}; with the clock pins of their registers {:.4}",
        column.column,
        column.gated * 1e3,
        column.active * 1e3,
        column.ratio,
        column.ratio_with_clock
    )
}

/// The report as a picture: energy by group, the clock aside, 1 = the same jobs with all
/// masks kept.
pub fn chart(report: &PowerReport) -> BarChart {
    let used: Vec<Group> = used(report).filter(|group| !group.is_clock()).collect();
    let of = |phase: Phase| report.runs.iter().filter(move |run| run.phase == phase);
    let groups = Phase::ALL.into_iter().filter_map(|phase| {
        let kept = of(phase).find(|run| run.policy == Treatment::Kept)?;
        let joule = kept.energy.dynamic;
        let bars = of(phase).map(|run| {
            let logic = run.watt.of(|group| !group.is_clock()).dynamic();
            let scale = run.energy.dynamic / logic / joule;
            Bar {
                name: run.policy.name().to_owned(),
                parts: used
                    .iter()
                    .map(|&group| run.watt.group(group).dynamic() * scale)
                    .collect(),
                limit: None,
                notes: vec![format!("{:.2}", run.ratio)],
            }
        });
        Some(BarGroup {
            name: phase.name().to_owned(),
            bars: bars.collect(),
        })
    });
    let config = &report.array;
    BarChart {
        title: "Energy of the same jobs, 1 = all masks kept; the clock is not in it".into(),
        subtitle: format!(
            "{} x {} {}, {} gating, dataflow {}, {}; netlist before layout, jobs of LSTM training",
            config.rows, config.cols, config.format, config.gating, config.dataflow, report.library
        ),
        parts: used
            .iter()
            .map(|group| BarPart::new(group.name()))
            .collect(),
        limit: None,
        panels: vec![Panel {
            quantity: "energy".into(),
            number: |share| format!("{share:.1}"),
            groups: groups.collect(),
        }],
        notes: Treatment::ALL
            .into_iter()
            .filter(|treatment| report.runs.iter().any(|run| run.policy == *treatment))
            .map(|treatment| format!("{treatment}: {}", treatment.meaning()))
            .collect(),
    }
}
