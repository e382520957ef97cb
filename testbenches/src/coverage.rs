//! Verilator's coverage counts, read back and merged.

use std::collections::BTreeMap;

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
    /// Line in the module's file.
    pub line: usize,
    /// Column, which tells the branches of a line apart.
    pub column: usize,
    /// The bit, or `if` and `else`.
    pub what: String,
}

/// Adds the counts of a file of Verilator's (`C '...' COUNT` lines, version 5) to `points`.
pub fn add(text: &str, points: &mut BTreeMap<Point, u64>) {
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
        let point = Point {
            module: module.into(),
            kind,
            line: number("l"),
            column: number("n"),
            what: key("o").unwrap_or_default().into(),
        };
        *points.entry(point).or_default() += count.trim().parse::<u64>().unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_all_instances_are_added() {
        let text = "# SystemC::Coverage-3\n\
            C '\u{1}f\u{2}a.v\u{1}l\u{2}7\u{1}n\u{2}3\u{1}page\u{2}v_toggle/pe\u{1}o\u{2}q[1]\u{1}h\u{2}a' 3\n\
            C '\u{1}f\u{2}a.v\u{1}l\u{2}7\u{1}n\u{2}3\u{1}page\u{2}v_toggle/pe\u{1}o\u{2}q[1]\u{1}h\u{2}b' 0\n\
            C '\u{1}f\u{2}a.v\u{1}l\u{2}9\u{1}n\u{2}3\u{1}page\u{2}v_branch/pe\u{1}o\u{2}else\u{1}h\u{2}b' 0\n";
        let mut points = BTreeMap::new();
        add(text, &mut points);
        let counts: Vec<_> = points.iter().map(|(p, n)| (p.kind, p.line, *n)).collect();
        assert_eq!(counts, [(Kind::Branch, 9, 0), (Kind::Toggle, 7, 3)]);
    }
}
