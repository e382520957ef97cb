//! The table of ports in INTERFACE.md is what the fields of the array say: `HEDDLE_UPDATE=1 cargo
//! test -p heddle-hdl --test interface_table` writes it anew.

use heddle_format::Format;
use heddle_hdl::emit::{Direction, Port};
use heddle_hdl::{generate, ArrayConfig, Dataflow, Gating};

const BEGIN: &str = "<!-- ports: written by hdl/tests/interface_table.rs -->\n";
const END: &str = "<!-- end of ports -->\n";

/// The ports of an integer array of 3 x 5, so that rows and columns can be told apart.
fn ports(dataflow: Dataflow, gating: Gating) -> Vec<Port> {
    let config = ArrayConfig {
        dataflow,
        gating,
        ..ArrayConfig::new(3, 5, Format::Int8)
    };
    let design = generate(&config).expect("a plain configuration");
    design.top().expect("a design has a top").ports.clone()
}

fn bits(port: &Port) -> String {
    let each = port.bits / port.elements;
    let each = match each {
        8 => "W".to_owned(),
        32 => "A".to_owned(),
        bits => bits.to_string(),
    };
    match (port.elements, each.as_str()) {
        (1, each) => each.to_owned(),
        (3, "1") => "ROWS".to_owned(),
        (5, "1") => "COLS".to_owned(),
        (3, each) => format!("ROWS x {each}"),
        (5, each) => format!("COLS x {each}"),
        other => panic!("{} has {other:?} elements", port.name),
    }
}

fn table() -> String {
    let all = ports(Dataflow::Both, Gating::ClockGate);
    let has = |ports: &[Port], name: &str| ports.iter().any(|port| port.name == name);
    let (ws, os) = (
        ports(Dataflow::Ws, Gating::Enable),
        ports(Dataflow::Os, Gating::Enable),
    );
    let mut table =
        String::from("| port | dir | bits | only if | |\n| --- | --- | --- | --- | --- |\n");
    for port in &all {
        let only = match (has(&ws, &port.name), has(&os, &port.name)) {
            (true, true) => "",
            (true, false) => "ws, both",
            (false, true) => "os, both",
            (false, false) if port.name == "test_en_i" => "clock-gate",
            (false, false) => "both",
        };
        let direction = match port.direction {
            Direction::Input => "in",
            Direction::Output => "out",
        };
        table += &format!(
            "| `{}` | {direction} | {} | {only} | {} |\n",
            port.name,
            bits(port),
            port.purpose
        );
    }
    table
}

#[test]
fn the_table_is_what_the_fields_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/INTERFACE.md");
    let text = std::fs::read_to_string(path).expect("INTERFACE.md");
    let (before, rest) = text.split_once(BEGIN).expect("the table begins");
    let (old, after) = rest.split_once(END).expect("the table ends");
    let new = format!("\n{}\n", table());
    if std::env::var_os("HEDDLE_UPDATE").is_some() {
        std::fs::write(path, format!("{before}{BEGIN}{new}{END}{after}")).expect("written");
    } else {
        assert_eq!(old, new, "HEDDLE_UPDATE=1 writes it anew");
    }
}

#[test]
fn ports_are_described_by_phrases_that_stand_alone() {
    for port in ports(Dataflow::Both, Gating::ClockGate) {
        let text = &port.purpose;
        assert!(!text.is_empty(), "{} has no comment", port.name);
        for vague in ["it ", "its ", "they ", "their "] {
            assert!(!text.starts_with(vague), "{}: {text}", port.name);
        }
    }
}

/// The table says what each dataflow has, and a port is the same wherever it is.
#[test]
fn dataflows_differ_only_in_which_ports_they_have() {
    let all = ports(Dataflow::Both, Gating::ClockGate);
    for dataflow in [Dataflow::Ws, Dataflow::Os, Dataflow::Both] {
        for gating in [Gating::Enable, Gating::ClockGate] {
            let some = ports(dataflow, gating);
            let has = |name| some.iter().any(|port| port.name == name);
            assert_eq!(has("test_en_i"), gating == Gating::ClockGate);
            assert_eq!(has("w_edge_i"), dataflow.has_ws());
            assert_eq!(has("x_valid_i"), dataflow.has_os());
            assert_eq!(has("a_os_i"), dataflow == Dataflow::Both);
            let mut rest = all.iter();
            for port in &some {
                let same = rest.find(|other| other.name == port.name);
                let same = same.unwrap_or_else(|| panic!("{} in its place", port.name));
                assert_eq!(
                    (port.direction, port.bits, port.elements),
                    (same.direction, same.bits, same.elements),
                    "{}",
                    port.name
                );
            }
        }
    }
}
