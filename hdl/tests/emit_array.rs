//! The Verilog of arrays: what tools say about it, its size, its sameness.

mod common;

use heddle_format::{Format, Overflow};
use heddle_hdl::arith::bf16::Bf16;
use heddle_hdl::arith::int::Int;
use heddle_hdl::array::Array;
use heddle_hdl::emit::emit;
use heddle_hdl::{generate, ArrayConfig, Dataflow, Gating, MultiplierCell, Reset, Skew, TOP};
use rust_hdl::prelude::{Atom, Block, Probe, Verilog};
use std::collections::HashMap;

/// Every style of registers and every format, and the corners of size and depth.
fn configurations() -> Vec<ArrayConfig> {
    let mut all = Vec::new();
    let styles = [
        (Gating::None, Reset::None),
        (Gating::Enable, Reset::Sync),
        (Gating::Enable, Reset::Async),
        (Gating::ClockGate, Reset::Sync),
        (Gating::ClockGate, Reset::Async),
        (Gating::ClockGate, Reset::None),
    ];
    for (index, (gating, reset)) in styles.into_iter().enumerate() {
        all.push(ArrayConfig {
            gating,
            reset: Some(reset),
            ..ArrayConfig::new(3, 2, Format::ALL[index % 3])
        });
    }
    all.push(ArrayConfig::new(1, 1, Format::Int8));
    all.push(ArrayConfig {
        mul_stages: Some(0),
        overflow: Overflow::Saturate,
        ..ArrayConfig::new(5, 1, Format::Int8)
    });
    all.push(ArrayConfig {
        mul_stages: Some(3),
        add_stages: Some(5),
        acc_bits: Some(64),
        ..ArrayConfig::new(2, 2, Format::Int16)
    });
    all.push(ArrayConfig {
        mul_stages: Some(0),
        add_stages: Some(1),
        ..ArrayConfig::new(1, 3, Format::Bf16)
    });
    all.push(ArrayConfig {
        acc_bits: Some(16),
        ..ArrayConfig::new(20, 17, Format::Int8)
    });
    for (gating, format, overflow) in [
        (Gating::Enable, Format::Int8, Overflow::Wrap),
        (Gating::ClockGate, Format::Int16, Overflow::Saturate),
    ] {
        all.push(ArrayConfig {
            multiplier: Some(MultiplierCell::Staged),
            add_stages: Some(3),
            gating,
            overflow,
            ..ArrayConfig::new(2, 3, format)
        });
    }
    all
}

/// The same for output-stationary tiles: one phase and several, also of numbers that are
/// no power of two, in every gating.
fn output_stationary() -> Vec<ArrayConfig> {
    let mut all = Vec::new();
    let styles = [
        (Gating::None, Reset::None),
        (Gating::Enable, Reset::Sync),
        (Gating::ClockGate, Reset::Async),
    ];
    for dataflow in [Dataflow::Both, Dataflow::Os] {
        for (gating, reset) in styles {
            for (format, add_stages) in [
                (Format::Int8, 1),
                (Format::Int16, 3),
                (Format::Bf16, 4),
                (Format::Bf16, 1),
            ] {
                all.push(ArrayConfig {
                    gating,
                    reset: Some(reset),
                    dataflow,
                    add_stages: Some(add_stages),
                    ..ArrayConfig::new(3, 2, format)
                });
            }
        }
        all.push(ArrayConfig {
            dataflow,
            ..ArrayConfig::new(1, 1, Format::Int8)
        });
        all.push(ArrayConfig {
            dataflow,
            mul_stages: Some(0),
            add_stages: Some(5),
            overflow: Overflow::Saturate,
            ..ArrayConfig::new(1, 4, Format::Int8)
        });
        for skew in [Skew::Registers, Skew::Ram] {
            all.push(ArrayConfig {
                dataflow,
                mul_stages: Some(3),
                add_stages: Some(2),
                skew: Some(skew),
                ..ArrayConfig::new(20, 17, Format::Int8)
            });
        }
    }
    all
}

#[test]
fn no_tool_complains_of_output_stationary_arrays() {
    for config in output_stationary() {
        let design = generate(&config).unwrap();
        let said = common::complaints(&design);
        assert!(said.is_empty(), "{config:?}\n{said}");
    }
}

/// A fault in each module that only output-stationary tiles need.
#[test]
fn planted_faults_of_output_stationary_modules_are_complained_of() {
    let config = ArrayConfig {
        dataflow: Dataflow::Both,
        ..ArrayConfig::new(2, 2, Format::Bf16)
    };
    for (module, from, to) in [
        (
            "heddle_bank",
            "[ADDRESS_BITS-1:0] addr_i",
            "[ADDRESS_BITS:0] addr_i",
        ),
        (
            "heddle_accumulator",
            "input  wire [31:0] acc_i",
            "input  wire [30:0] acc_i",
        ),
        ("heddle_turns", "wire turn = ", "wire [1:0] turn = "),
    ] {
        let mut design = generate(&config).unwrap();
        let found = design.modules.iter_mut().find(|m| m.name == module);
        let text = &mut found.unwrap_or_else(|| panic!("no {module}")).text;
        assert!(text.contains(from), "{text}");
        *text = text.replacen(from, to, 1);
        if !common::verilators().is_empty() {
            assert!(common::complaints(&design).contains("WIDTH"), "{module}");
        }
    }
}

/// Names of what only output-stationary tiles need.
fn is_of_os(name: &str) -> bool {
    let parts = [
        "os",
        "flush",
        "x",
        "turn",
        "turns",
        "exch",
        "exchange",
        "spin",
        "ring",
        "seed",
        "held",
        "chain",
        "share",
        "phase",
        "accumulator",
        "slot",
        "fire",
        "busy",
    ];
    name.split('_').any(|part| parts.contains(&part)) || name.starts_with("heddle_bank")
}

#[test]
fn a_weight_stationary_array_has_no_trace_of_the_other_dataflow() {
    let traces = |dataflow| -> Vec<String> {
        let config = ArrayConfig {
            dataflow,
            ..ArrayConfig::new(3, 2, Format::Bf16)
        };
        let modules = generate(&config).unwrap().modules;
        let names = modules.iter().flat_map(|module| {
            let ports = module.ports.iter().map(|port| port.name.clone());
            std::iter::once(module.name.clone()).chain(ports)
        });
        // Nets and instances too: every word of the text that is not of a comment.
        let words = modules.iter().flat_map(|module| {
            let lines = module.text.lines();
            let lines = lines.map(|line| line.split("//").next().unwrap_or_default());
            let words =
                lines.flat_map(|line| line.split(|c: char| c != '_' && !c.is_alphanumeric()));
            words.map(str::to_owned).collect::<Vec<_>>()
        });
        names.chain(words).filter(|name| is_of_os(name)).collect()
    };
    assert_eq!(traces(Dataflow::Ws), Vec::<String>::new());
    for dataflow in [Dataflow::Both, Dataflow::Os] {
        let found = traces(dataflow);
        for name in ["heddle_turns", "heddle_bank", "x_valid_i", "held_live_q"] {
            assert!(
                found.iter().any(|known| known == name),
                "{dataflow}: {name}"
            );
        }
    }
}

/// And the other way round, as far as the ports go.
#[test]
fn an_output_stationary_array_has_no_ports_of_the_other_dataflow() {
    let config = ArrayConfig {
        dataflow: Dataflow::Os,
        ..ArrayConfig::new(3, 2, Format::Bf16)
    };
    let modules = generate(&config).unwrap().modules;
    let top = modules.last().unwrap();
    for port in &top.ports {
        assert!(
            !["w_edge_i", "w_left_i", "w_os_i", "a_os_i"].contains(&port.name.as_str()),
            "{}",
            port.name
        );
    }
    for module in &modules {
        for port in &module.ports {
            let both_only = ["ring_i", "ring_o", "seed_i", "seed_o", "busy_i", "ws_i"];
            let name = port.name.as_str();
            assert!(
                !both_only.contains(&name) && !name.contains("share"),
                "{name} of {}",
                module.name
            );
        }
    }
}

#[test]
fn no_tool_complains() {
    for config in configurations() {
        let design = generate(&config).unwrap();
        let said = common::complaints(&design);
        assert!(said.is_empty(), "{config:?}\n{said}");
    }
}

#[test]
fn a_planted_fault_is_complained_of() {
    let mut design = generate(&ArrayConfig::new(2, 2, Format::Int8)).unwrap();
    let pe = design
        .modules
        .iter_mut()
        .find(|module| module.name == "heddle_pe")
        .unwrap();
    pe.text = pe
        .text
        .replacen("input  wire [7:0] act_i", "input  wire [6:0] act_i", 1);
    if !common::verilators().is_empty() {
        assert!(common::complaints(&design).contains("WIDTH"));
    }
}

#[test]
fn the_same_bytes_every_time() {
    for dataflow in [Dataflow::Ws, Dataflow::Both, Dataflow::Os] {
        let config = ArrayConfig {
            dataflow,
            ..ArrayConfig::new(4, 3, Format::Bf16)
        };
        assert_eq!(generate(&config).unwrap(), generate(&config).unwrap());
    }
}

#[test]
fn one_module_per_definition_whatever_the_size() {
    for dataflow in [Dataflow::Ws, Dataflow::Both, Dataflow::Os] {
        size_does_not_matter(dataflow);
    }
}

fn size_does_not_matter(dataflow: Dataflow) {
    let bytes = |size: usize| -> (usize, usize) {
        let config = ArrayConfig {
            dataflow,
            ..ArrayConfig::new(size, size, Format::Int8)
        };
        let design = generate(&config).unwrap();
        let text: usize = design.modules.iter().map(|module| module.text.len()).sum();
        (design.modules.len(), text)
    };
    let (modules, small) = bytes(8);
    let (same, large) = bytes(32);
    assert_eq!(modules, same);
    // Sizes are parameters: nothing grows but the digits of their defaults.
    assert!(
        large < small + 200,
        "{dataflow}: {small} bytes at 8 x 8, {large} at 32 x 32"
    );
    let config = ArrayConfig {
        dataflow,
        ..ArrayConfig::new(8, 8, Format::Bf16)
    };
    let design = generate(&config).unwrap();
    for module in &design.modules {
        assert!(module.name.starts_with("heddle_"));
        assert!(
            !module.text.contains('$')
                || module.text.matches('$').count() == module.text.matches("$signed").count()
        );
        assert!(
            module.text.lines().all(|line| line.len() < 110),
            "{}",
            module.name
        );
    }
}

#[test]
fn every_port_says_what_it_is_for() {
    for format in Format::ALL {
        for dataflow in [Dataflow::Ws, Dataflow::Both, Dataflow::Os] {
            let config = ArrayConfig {
                gating: Gating::ClockGate,
                dataflow,
                ..ArrayConfig::new(2, 2, format)
            };
            for module in generate(&config).unwrap().modules {
                for port in module.ports {
                    assert!(!port.purpose.is_empty(), "{} of {}", port.name, module.name);
                }
            }
        }
    }
}

/// A module's text without the defaults of its sizes.
fn without_sizes(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let size = ["ROWS", "COLS"].iter().find_map(|name| {
            let head = format!("  parameter {name} = ");
            let rest = line.strip_prefix(&head)?;
            Some(head + rest.trim_start_matches(|c: char| c.is_ascii_digit()))
        });
        size.unwrap_or_else(|| line.to_owned())
    });
    // Comments behind parameters are in a column.
    let lines: Vec<_> = lines
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    lines.join("\n")
}

#[test]
fn the_size_of_an_array_is_in_its_parameters_only() {
    for (format, dataflow) in [
        (Format::Int8, Dataflow::Ws),
        (Format::Bf16, Dataflow::Both),
        (Format::Int8, Dataflow::Os),
    ] {
        let texts = |rows, cols| -> Vec<(String, String)> {
            let config = ArrayConfig {
                dataflow,
                ..ArrayConfig::new(rows, cols, format)
            };
            let modules = generate(&config).unwrap().modules;
            let texts = modules.into_iter();
            texts.map(|module| (module.name, module.text)).collect()
        };
        let (small, large, flat) = (texts(4, 4), texts(16, 16), texts(16, 3));
        assert!(
            small != large,
            "{format} {dataflow}: the defaults are those of the size"
        );
        for other in [large, flat] {
            assert_eq!(small.len(), other.len());
            for ((name, small), (other_name, other)) in small.iter().zip(&other) {
                assert_eq!(name, other_name);
                assert_eq!(without_sizes(small), without_sizes(other), "{name}");
            }
        }
    }
}

/// Each of many is what the first of them is: the text for rust-hdl, in which every size is a
/// number, differs in nothing. Lines of registers differ in their depth, a parameter.
#[derive(Default)]
struct Alike {
    firsts: HashMap<String, String>,
    path: Vec<String>,
    compared: usize,
}

impl Probe for Alike {
    fn visit_start_scope(&mut self, name: &str, node: &dyn Block) {
        self.path.push(name.to_owned());
        let Verilog::Custom(text) = node.hdl() else {
            return;
        };
        // `mesh.row$3.pe$1` is like `mesh.row$.pe$`.
        let kinds = self.path.iter().map(|name| match name.split_once('$') {
            Some((kind, _)) => format!("{kind}$"),
            None => name.clone(),
        });
        let kind = kinds.collect::<Vec<_>>().join(".");
        let is_line = text.contains("data_o$0");
        match self.firsts.get(&kind) {
            Some(first) => {
                assert!(is_line || *first == text, "{}", self.path.join("."));
                self.compared += 1;
            }
            None => {
                self.firsts.insert(kind, text);
            }
        }
    }

    fn visit_atom(&mut self, _name: &str, _signal: &dyn Atom) {}

    fn visit_end_scope(&mut self, _name: &str, _node: &dyn Block) {
        self.path.pop();
    }
}

#[test]
fn all_of_a_kind_are_described_alike() {
    for dataflow in [Dataflow::Ws, Dataflow::Both, Dataflow::Os] {
        let config = |format| ArrayConfig {
            dataflow,
            ..ArrayConfig::new(3, 4, format)
        };
        let mut alike = Alike::default();
        Array::<Int<8, 16, 32>>::new(&config(Format::Int8)).accept("top", &mut alike);
        assert!(alike.compared > 30, "{} compared", alike.compared);
        let mut alike = Alike::default();
        Array::<Bf16>::new(&config(Format::Bf16)).accept("top", &mut alike);
        assert!(alike.compared > 30, "{} compared", alike.compared);
    }
}

/// What is built to describe an array is one of each kind only, and gives the same text.
#[test]
fn an_outline_is_enough_for_the_text() {
    for dataflow in [Dataflow::Ws, Dataflow::Both, Dataflow::Os] {
        let config = ArrayConfig {
            dataflow,
            ..ArrayConfig::new(3, 4, Format::Bf16)
        };
        let whole = emit(&Array::<Bf16>::new(&config), TOP).unwrap();
        assert_eq!(whole, generate(&config).unwrap(), "{dataflow}");
    }
}
