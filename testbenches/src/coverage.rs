//! Verilator's coverage counts, read back and merged.

use crate::mutation;
use heddle_format::{Format, Overflow};
use heddle_hdl::{ArrayConfig, Dataflow, Gating, Reset};
use std::collections::BTreeMap;

/// The arrays whose coverage is merged: those that are mutated, and what these lack: saturation,
/// a multiplier without registers, clock gates, no reset of the datapath.
pub fn designs() -> Vec<(&'static str, ArrayConfig)> {
    let mut designs = mutation::designs();
    designs.push((
        "int8-gate",
        ArrayConfig {
            overflow: Overflow::Saturate,
            mul_stages: Some(0),
            add_stages: Some(2),
            gating: Gating::ClockGate,
            reset: Some(Reset::None),
            ..ArrayConfig::new(3, 2, Format::Int8)
        },
    ));
    designs
}

/// The largest array, whose counters are run by themselves ([`crate::counters`]).
pub fn counters() -> (&'static str, ArrayConfig) {
    let config = ArrayConfig {
        dataflow: Dataflow::Both,
        ..ArrayConfig::new(256, 256, Format::Int8)
    };
    ("counters", config)
}

/// A kind of point: line, branch or toggle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A line, or a block of them.
    Line,
    /// One way of a branch.
    Branch,
    /// One direction of one bit.
    Toggle,
}

/// One point of a module's Verilog, whatever the instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The module.
    pub module: String,
    /// What is counted.
    pub kind: Kind,
    /// A toggle: nothing. Else the text of its line, and of those before it with the same.
    pub text: String,
    /// Column, which tells the branches of a line apart.
    pub column: usize,
    /// The bit, or `if` and `else`.
    pub what: String,
}

/// Adds the counts of a file of Verilator's (`C '...' COUNT` lines, version 5) to `points`;
/// `source` has the text of a line (from 1) of a module.
///
/// Points that stand for the same in two designs are one: the same bit of the same net, the
/// same line of text, in a module of the same name. So counts of designs may be added up,
/// whose modules have other widths, more rows or more stages.
pub fn add(text: &str, source: impl Fn(&str, usize) -> String, points: &mut BTreeMap<Point, u64>) {
    for line in text.lines() {
        let Some((keys, count)) = line
            .strip_prefix("C '")
            .and_then(|rest| rest.rsplit_once("' "))
        else {
            continue;
        };
        let key = |wanted: &str| {
            let mut fields = keys
                .split('\u{1}')
                .filter_map(|field| field.split_once('\u{2}'));
            fields
                .find(|(key, _)| *key == wanted)
                .map(|(_, value)| value)
        };
        let Some((kind, module)) = key("page").and_then(|page| page.split_once('/')) else {
            continue;
        };
        // Verilator names a module anew for each set of parameters.
        let module = module.split("__Pz").next().unwrap_or(module);
        let kind = match kind {
            "v_line" => Kind::Line,
            "v_branch" => Kind::Branch,
            "v_toggle" => Kind::Toggle,
            _ => continue,
        };
        let number = |wanted| key(wanted).and_then(|text| text.parse().ok()).unwrap_or(0);
        let is_toggle = kind == Kind::Toggle;
        let point = Point {
            module: module.into(),
            kind,
            text: match is_toggle {
                true => String::new(),
                false => source(module, number("l")),
            },
            column: if is_toggle { 0 } else { number("n") },
            what: key("o").unwrap_or_default().into(),
        };
        *points.entry(point).or_default() += count.trim().parse::<u64>().unwrap_or(0);
    }
}

/// The text of line `number` (from 1) of a module, with the lines after it up to the first
/// that is written: `always` blocks begin alike, and differ in what they write.
pub fn line_with_what_it_writes(module: &str, number: usize) -> String {
    let lines: Vec<&str> = module.lines().map(str::trim).collect();
    let from = number.saturating_sub(1).min(lines.len());
    let mut text = lines[from..].iter().copied();
    let first = text.next().unwrap_or_default().to_owned();
    match first.contains("<=") || first.contains('=') {
        true => first,
        false => {
            let written = text.find(|line| line.contains("<=") && !line.starts_with("if"));
            first + " " + written.unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_all_instances_are_added() {
        let text = "# SystemC::Coverage-3\n\
            C '\u{1}f\u{2}a.v\u{1}l\u{2}7\u{1}n\u{2}3\u{1}page\u{2}v_toggle/pe\u{1}o\u{2}q[1]\u{1}h\u{2}a' 3\n\
            C '\u{1}f\u{2}a.v\u{1}l\u{2}8\u{1}n\u{2}3\u{1}page\u{2}v_toggle/pe__Pz1\u{1}o\u{2}q[1]\u{1}h\u{2}b' 0\n\
            C '\u{1}f\u{2}a.v\u{1}l\u{2}9\u{1}n\u{2}3\u{1}page\u{2}v_branch/pe\u{1}o\u{2}else\u{1}h\u{2}b' 0\n";
        let mut points = BTreeMap::new();
        add(text, |_, line| line.to_string(), &mut points);
        let counts: Vec<_> = points
            .iter()
            .map(|(p, n)| (p.kind, &p.text[..], *n))
            .collect();
        assert_eq!(counts, [(Kind::Branch, "9", 0), (Kind::Toggle, "", 3)]);
    }

    #[test]
    fn blocks_are_told_apart_by_what_they_write() {
        let module = "  always @(posedge clk_i) begin\n    if (!rst_ni) begin\n      a_q <= 1'b0;\n    end\n  end\n  assign y = a_q;\n";
        let text = |line| line_with_what_it_writes(module, line);
        assert_eq!(text(2), "if (!rst_ni) begin a_q <= 1'b0;");
        assert_eq!(text(6), "assign y = a_q;");
    }
}
