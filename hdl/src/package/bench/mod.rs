//! `tb_PREFIX_array.v`: a self-checking test bench in Verilog-2001.
//!
//! Its text stands in the `.v` files of this folder, a file for each of its parts. A line
//! `//: if NAME` begins lines that are there only for such arrays, `//: else` their
//! alternative, `//: end` ends both; `@NAME@` stands for a value.

use crate::emit::{Design, Direction, Port};
use crate::{ArrayConfig, Dataflow, Reset};
use heddle_format::Overflow;

/// Enabled cycles that the bench gives the counters to settle: more than they take.
const SETTLE: usize = 16;
/// Tests of each kind with random traffic: fewer for an array that takes long to simulate and
/// has more lanes to meet a fault in. Each four are at full rate, with stalls, and twice with
/// pauses; every other of them has X for noise.
const ROUNDS: [(usize, usize); 4] = [(1, 64), (4, 16), (8, 8), (usize::MAX, 4)];
/// Tiles of a weight-stationary test, and the most beats of one.
const TILES: usize = 7;
const BEATS: usize = 6;
/// Such tiles beside an output-stationary run.
const BESIDE: usize = 4;
/// The most groups of an output-stationary run, and beats of each of its tiles.
const GROUPS: usize = 4;
const GROUP_BEATS: usize = 5;

const PARTS: [&str; 6] = [
    include_str!("declarations.v"),
    include_str!("waveform.v"),
    include_str!("arithmetic.v"),
    include_str!("model.v"),
    include_str!("run.v"),
    include_str!("tests.v"),
];

/// The text of the bench of `design`, the array of `config`; `waveform` is whether it writes one.
pub fn text(config: &ArrayConfig, design: &Design, waveform: bool) -> String {
    let flow = config.dataflow;
    let (ws, os) = (flow.has_ws(), flow.has_os());
    let int = config.format.is_integer();
    let holds = |condition: &str| match condition {
        "ws" => ws,
        "os" => os,
        "both" => ws && os,
        "only_ws" => ws && !os,
        "only_os" => os && !ws,
        "int" => int,
        "float" => !int,
        "waveform" => waveform,
        "saturate" => config.overflow == Overflow::Saturate,
        other => unreachable!("the bench asks for '{other}'"),
    };
    let chosen = choose(&PARTS.concat(), holds);
    replace(&chosen, &values(config, design))
}

/// What stands for each name.
fn values(config: &ArrayConfig, design: &Design) -> Vec<(&'static str, String)> {
    let ports = design.top().map_or(&[][..], |top| &top.ports);
    let (rows, cols) = (config.rows, config.cols);
    let lanes = rows.max(cols);
    let flow = config.dataflow;
    let phases = if flow.has_os() { config.phases() } else { 1 };
    let int = config.format.is_integer();
    let rounds = ROUNDS.iter().find(|(most, _)| lanes <= *most);
    let rounds = rounds.map_or(0, |(_, rounds)| *rounds);
    let kinds = if flow == Dataflow::Both { 3 } else { 1 };
    // Every sum takes this long at least, and counts while it does.
    let gap = config.latency() + 8;
    let kept = gap.div_ceil(rows * cols) + 1;
    let exchanges = (GROUPS + 2) * rows * phases;
    let entries = [
        TILES.max(BESIDE) * lanes + GROUPS * GROUP_BEATS * phases,
        TILES * BEATS,
        exchanges + BESIDE * BEATS,
        (GROUPS * GROUP_BEATS + 2) * phases + BESIDE * BEATS,
        // The long test.
        gap + kept + 4 * phases,
    ];
    let depth = entries.into_iter().max().unwrap_or(0) + 1;
    let os_only = !flow.has_ws();
    let number = |value: usize| value.to_string();
    vec![
        ("BANNER", crate::emit::banner()),
        ("BENCH", design.prefix.bench()),
        ("TOP", design.prefix.top()),
        ("FORMAT", config.format.to_string()),
        ("ROWS", number(rows)),
        ("COLS", number(cols)),
        ("LANES", number(lanes)),
        ("WORD", number(config.operand_bits())),
        // Sums of 256 products of eight bits are exact in f32.
        ("VALUE", number(if int { config.operand_bits() } else { 8 })),
        ("ACC", number(config.acc_bits())),
        ("SEED", number(if int { config.acc_bits() - 2 } else { 20 })),
        ("LATENCY", number(config.latency())),
        ("SETTLE", number(SETTLE)),
        ("DEPTH", number(depth)),
        // More than the pipeline takes, and than the slowest handshake in its phase.
        ("LIMIT", number(100 + config.latency() + 64 * phases)),
        ("GAP", number(gap)),
        ("KEPT", number(kept)),
        ("TESTS", number(rounds * kinds)),
        ("KINDS", number(kinds)),
        ("TILES", number(TILES)),
        ("BEATS", number(BEATS)),
        ("GROUPS", number(GROUPS)),
        ("GROUP_BEATS", number(GROUP_BEATS)),
        ("PHASES", number(phases)),
        // An asynchronous reset is not used for clearing.
        (
            "CLEARED",
            match config.control_style().reset {
                Reset::Async => "48'd0",
                Reset::None | Reset::Sync => "PRELOAD",
            }
            .into(),
        ),
        ("OS_BEAT", if os_only { "1'b1" } else { "a_os_i" }.into()),
        (
            "FROM_TOP",
            if os_only { "1'b1" } else { "!w_edge_i" }.into(),
        ),
        ("PORTS", declarations(ports)),
        ("CONNECTIONS", connections(ports)),
    ]
}

/// Everything that drives a port starts at 0, and stays there if the bench does not know it.
fn declarations(ports: &[Port]) -> String {
    let lines = ports.iter().map(|port| match port.direction {
        Direction::Input => format!("  reg [{}:0] {} = 0;", port.bits - 1, port.name),
        Direction::Output => format!("  wire [{}:0] {};", port.bits - 1, port.name),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn connections(ports: &[Port]) -> String {
    let lines = ports.iter().map(|port| format!("    .{0}({0})", port.name));
    lines.collect::<Vec<_>>().join(",\n")
}

/// The lines whose conditions hold.
fn choose(text: &str, holds: impl Fn(&str) -> bool) -> String {
    let mut chosen = String::new();
    let mut open: Vec<bool> = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("//: ") {
            Some("end") => {
                open.pop();
            }
            Some("else") => {
                if let Some(last) = open.last_mut() {
                    *last = !*last;
                }
            }
            Some(condition) => open.push(holds(condition.trim_start_matches("if "))),
            None if open.iter().all(|holds| *holds) => {
                chosen += line;
                chosen.push('\n');
            }
            None => {}
        }
    }
    chosen
}

fn replace(text: &str, values: &[(&str, String)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("@{name}@"), value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_chosen_by_their_conditions() {
        let text =
            "a\n//: if yes\nb\n//: if no\nc\n//: else\nd\n//: end\n//: else\ne\n//: end\nf\n";
        assert_eq!(choose(text, |name| name == "yes"), "a\nb\nd\nf\n");
        assert_eq!(choose(text, |_| false), "a\ne\nf\n");
    }

    #[test]
    fn every_name_is_replaced_and_every_condition_closed() {
        let text = PARTS.concat();
        let count = |what: &str| text.lines().filter(|line| line.starts_with(what)).count();
        assert_eq!(count("//: if "), count("//: end"));
        let design = crate::generate(&ArrayConfig::default()).unwrap();
        let bench = super::text(&ArrayConfig::default(), &design, true);
        // `always @(...)` and the like do not stand in it.
        assert!(!bench.contains('@'), "{bench}");
    }
}
