//! A report as a table for people.

use super::{PolicyReport, Report};
use comfy_table::{presets, Cell, CellAlignment, Table};
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

/// The report as a table: one row per phase and policy, then one per policy for all.
pub fn table(report: &Report) -> String {
    let mut table = plain(&[
        "phase",
        "policy",
        "jobs",
        "MACs",
        "cycles",
        "limit",
        "bound",
        "utilisation",
        "speed-up",
        "in B/cycle",
        "out B/cycle",
        "mismatches",
        "off model",
        "cycles lost",
    ]);
    let mut rows = |name: &str, phase: Option<Phase>| {
        for (policy, all) in &report.policies {
            let found = match phase {
                None => Some(all),
                Some(phase) => all.phases.get(&phase),
            };
            if let Some(found) = found {
                table.add_row(row(name, *policy, found));
            }
        }
    };
    for phase in Phase::ALL {
        rows(phase.name(), Some(phase));
    }
    rows("all", None);
    align_right(&mut table, 2);
    if let Some(causes) = table.column_mut(13) {
        causes.set_cell_alignment(CellAlignment::Left);
    }
    table.to_string()
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

fn row(name: &str, policy: Policy, report: &PolicyReport) -> Vec<Cell> {
    let bandwidth = |ports: &[&str]| {
        let sum: f64 = ports
            .iter()
            .map(|port| report.ports[port].mean_bytes_per_cycle)
            .sum();
        format!("{sum:.1}")
    };
    [
        name.to_owned(),
        policy.name().to_owned(),
        grouped(report.jobs),
        grouped(report.macs),
        grouped(report.cycles),
        grouped(report.limit.round() as u64),
        grouped(report.bound),
        match report.cycles {
            0 => "-".to_owned(),
            _ => format!("{:.1} %", 100.0 * report.utilisation),
        },
        report
            .speedup
            .map_or("-".to_owned(), |speedup| format!("{speedup:.2}")),
        bandwidth(&["weights", "activations", "seeds"]),
        bandwidth(&["sums"]),
        grouped(report.mismatches),
        grouped(report.cycle_model_differences),
        lost(report),
    ]
    .into_iter()
    .map(Cell::new)
    .collect()
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
