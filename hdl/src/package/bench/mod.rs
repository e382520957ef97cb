//! `tb_PREFIX_array.v`: a self-checking test bench in Verilog-2001.
//!
//! Its text stands in the `.v` files of this folder, a file for each of its parts, see
//! `template.rs`. Nothing of it depends on the array's size but for the defaults of its parameters.

use super::template;
use crate::describe::Size;
use crate::emit::{Design, Direction, Module, Port};
use crate::{ArrayConfig, Kind, Prefix, Reset};
use heddle_format::Overflow;

/// Enabled cycles that the bench gives the counters to settle: more than they take.
const SETTLE: usize = 16;
/// Tiles of a weight-stationary test, and the most beats of one.
const TILES: usize = 7;
const BEATS: usize = 6;
/// The most groups of an output-stationary run, and beats of each of its tiles.
const GROUPS: usize = 4;
const GROUP_BEATS: usize = 5;

/// A waveform of the bench.
pub(super) const WAVEFORM: &str = include_str!("waveform.v");
/// Noise, and integers as operands and sums.
pub(super) const ARITHMETIC: &str = include_str!("arithmetic.v");

const PARTS: [&str; 6] = [
    include_str!("declarations.v"),
    WAVEFORM,
    ARITHMETIC,
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
    template::fill(&PARTS.concat(), holds, &values(config, design))
}

/// What stands for each name.
fn values(config: &ArrayConfig, design: &Design) -> Vec<(&'static str, String)> {
    let int = config.format.is_integer();
    let number = |value: usize| value.to_string();
    let of_int = |text: &str, other: usize| if int { text.into() } else { number(other) };
    let (top, prefix) = (design.top(), Prefix::of(design));
    vec![
        ("BANNER", crate::emit::banner()),
        ("BENCH", Kind::Array.bench(&prefix)),
        ("TOP", prefix.top()),
        ("FORMAT", config.format.to_string()),
        ("ROWS", number(config.rows)),
        ("COLS", number(config.cols)),
        ("WORD", number(config.operand_bits())),
        // Sums of 256 products of eight bits are exact in f32.
        ("VALUE", of_int("WORD", 8)),
        ("ACC", number(config.acc_bits())),
        ("SEED", of_int("ACC - 2", 20)),
        ("MUL_STAGES", number(config.mul_stages())),
        ("ADD_STAGES", number(config.add_stages())),
        ("SETTLE", number(SETTLE)),
        ("TILES", number(TILES)),
        ("BEATS", number(BEATS)),
        ("GROUPS", number(GROUPS)),
        ("GROUP_BEATS", number(GROUP_BEATS)),
        // An asynchronous reset is not used for clearing.
        (
            "CLEARED",
            match config.control_style().reset {
                Reset::Async => "48'd0",
                Reset::None | Reset::Sync => "PRELOAD",
            }
            .into(),
        ),
        (
            "PORTS",
            top.map_or(String::new(), |top| declarations(config, top)),
        ),
        (
            "CONNECTIONS",
            top.map_or(String::new(), |top| connections(&top.ports)),
        ),
    ]
}

/// Everything that drives a port starts at 0, and stays there if the bench does not know it.
fn declarations(config: &ArrayConfig, top: &Module) -> String {
    let ports = top.ports.iter().zip(&top.lanes);
    let lines = ports.map(|(port, lanes)| {
        let (range, zero) = match (port.bits, lanes) {
            (1, None) => (String::new(), "1'b0".to_owned()),
            (bits, None) => (format!("[{}:0] ", bits - 1), format!("{bits}'d0")),
            (bits, Some(lanes)) => {
                let bits = product(config, lanes, bits / port.elements);
                (format!("[{bits}-1:0] "), format!("{{{bits}{{1'b0}}}}"))
            }
        };
        match port.direction {
            Direction::Input => format!("  reg {range}{} = {zero};", port.name),
            Direction::Output => format!("  wire {range}{};", port.name),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// So many elements of `bits` each, by the names that the bench has.
fn product(config: &ArrayConfig, lanes: &Size, bits: usize) -> String {
    // No format's sums have as many bits as its operands.
    match bits {
        1 => lanes.to_string(),
        bits if bits == config.operand_bits() => format!("{lanes}*WORD"),
        bits if bits == config.acc_bits() => format!("{lanes}*ACC"),
        bits => format!("{lanes}*{bits}"),
    }
}

/// Every port, connected to a net of its name.
pub(super) fn connections(ports: &[Port]) -> String {
    let width = ports.iter().map(|port| port.name.len()).max().unwrap_or(0);
    let lines = ports
        .iter()
        .map(|port| format!("    .{0:width$}({0})", port.name));
    lines.collect::<Vec<_>>().join(",\n")
}

#[cfg(test)]
mod tests {
    use super::*;

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
