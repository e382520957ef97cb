//! A report as a table for people.

use super::columns::{fixed, Columns};
use super::{PolicyReport, Report};
use comfy_table::{presets, CellAlignment, Table};
use heddle_gemm::{Phase, Policy};

/// An integer with its digits in groups of three: `1,234,567`.
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// One row of the report: the phase or `all`, the policy, and what was found.
type Row<'a> = (&'a str, Policy, &'a PolicyReport);

/// The report as a table: one row per phase and policy, then one per policy for all.
pub fn table(report: &Report) -> String {
    let policies = || report.policies.iter().map(|(policy, all)| (*policy, all));
    let by_phase = Phase::ALL.into_iter().flat_map(|phase| {
        policies()
            .filter_map(move |(policy, all)| Some((phase.name(), policy, all.phases.get(&phase)?)))
    });
    let all = policies().map(|(policy, all)| ("all", policy, all));
    let rows: Vec<Row<'_>> = by_phase.chain(all).collect();
    Columns::of(&rows)
        .text("phase", |row| row.0.to_owned())
        .text("policy", |row| row.1)
        .number("jobs", |row| grouped(row.2.jobs))
        .number("MACs", |row| grouped(row.2.macs))
        .number("cycles", |row| grouped(row.2.cycles))
        .number("limit", |row| grouped(row.2.limit.round() as u64))
        .number("bound", |row| grouped(row.2.bound))
        .number("utilisation", |row| match row.2.cycles {
            0 => "-".to_owned(),
            _ => format!("{:.1} %", 100.0 * row.2.utilisation),
        })
        .number("speed-up", |row| match row.2.speedup {
            None => "-".to_owned(),
            Some(speedup) => fixed(2, speedup),
        })
        .number("in B/cycle", |row| {
            bandwidth(row.2, &["weights", "activations", "seeds"])
        })
        .number("out B/cycle", |row| bandwidth(row.2, &["sums"]))
        .number("mismatches", |row| grouped(row.2.mismatches))
        .number("off model", |row| grouped(row.2.cycle_model_differences))
        .text("cycles lost", |row| lost(row.2))
        .table()
}

/// Mean bytes per cycle over some ports together.
fn bandwidth(report: &PolicyReport, ports: &[&str]) -> String {
    let means = ports
        .iter()
        .map(|port| report.ports[port].mean_bytes_per_cycle);
    fixed(1, means.sum())
}

/// What the cycles that are no useful MACs went to, the worst first; what is less than half a
/// per cent of all cycles is left out.
fn lost(report: &PolicyReport) -> String {
    let (Some(parts), Some(ragged)) = (&report.breakdown, report.ragged) else {
        return "-".to_owned();
    };
    let mut causes = [
        ("ragged tiles", ragged),
        ("waits for weights", parts.weight_load as f64),
        ("waits for sums", parts.round_trip as f64),
        ("exchange of seeds and sums", parts.exchange as f64),
        ("drain", parts.drain as f64),
    ]
    .map(|(cause, cycles)| (cause, 100.0 * cycles / report.cycles.max(1) as f64));
    causes.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let named: Vec<_> = causes
        .iter()
        .filter(|(_, percent)| *percent >= 0.5)
        .map(|(cause, percent)| format!("{cause} {percent:.0} %"))
        .collect();
    named.join(", ")
}

/// An empty table with a header, without borders that a script or a diff would trip over.
pub fn plain(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_header(header.to_vec());
    // never fold lines: a terminal that is too narrow wraps them itself
    table.set_content_arrangement(comfy_table::ContentArrangement::Disabled);
    table
}

/// Aligns every column from the `first` on to the right.
pub fn align_right(table: &mut Table, first: usize) {
    for column in table.column_iter_mut().skip(first) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped() {
        for (value, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(value), text);
        }
    }
}
