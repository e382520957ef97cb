//! The Verilog of arrays: what tools say about it, its size, its sameness.

mod common;

use heddle_format::{Format, Overflow};
use heddle_hdl::arith::bf16::Bf16;
use heddle_hdl::arith::int::Int;
use heddle_hdl::array::Array;
use heddle_hdl::emit::{verify_sharing, Direction};
use heddle_hdl::{generate, ArrayConfig, Gating, Reset};

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
            reset,
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
    all
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
    let config = ArrayConfig::new(4, 3, Format::Bf16);
    assert_eq!(generate(&config).unwrap(), generate(&config).unwrap());
}

#[test]
fn shared_definitions_share_their_logic() {
    let integers = Array::<Int<8, 16, 32>>::new(&ArrayConfig::new(3, 4, Format::Int8));
    verify_sharing(&integers).unwrap();
    let floats = Array::<Bf16>::new(&ArrayConfig::new(3, 4, Format::Bf16));
    verify_sharing(&floats).unwrap();
}

#[test]
fn one_module_per_definition_and_size_linear() {
    let bytes = |size: usize| -> (usize, usize) {
        let design = generate(&ArrayConfig::new(size, size, Format::Int8)).unwrap();
        let text: usize = design.modules.iter().map(|module| module.text.len()).sum();
        (design.modules.len(), text)
    };
    let (modules, small) = bytes(8);
    let (same, large) = bytes(32);
    assert_eq!(modules, same);
    // Rows are one module, so the text grows with rows plus columns, not with PEs.
    assert!(
        large < 5 * small,
        "{small} bytes at 8 x 8, {large} at 32 x 32"
    );
    let design = generate(&ArrayConfig::new(8, 8, Format::Bf16)).unwrap();
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
        let config = ArrayConfig {
            gating: Gating::ClockGate,
            ..ArrayConfig::new(2, 2, format)
        };
        for module in generate(&config).unwrap().modules {
            for port in module.ports {
                assert!(!port.purpose.is_empty(), "{} of {}", port.name, module.name);
            }
        }
    }
}

/// The interface that INTERFACE.md promises.
#[test]
fn ports_are_those_of_the_interface() {
    let config = ArrayConfig {
        gating: Gating::ClockGate,
        ..ArrayConfig::new(5, 3, Format::Int8)
    };
    let design = generate(&config).unwrap();
    let top = design.top().unwrap();
    assert_eq!(top.name, "heddle_array");
    let document = include_str!("../INTERFACE.md");
    let mut promised = 0;
    for row in document.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let names = cells[1]
            .split(',')
            .map(|name| name.trim().trim_matches('`'));
        let directions: Vec<_> = cells[2].split(',').map(str::trim).collect();
        let widths: Vec<_> = cells[3].split(',').map(str::trim).collect();
        for (index, name) in names.enumerate() {
            let port = top
                .ports
                .iter()
                .find(|port| port.name == name)
                .unwrap_or_else(|| panic!("{name} is missing"));
            let direction = directions[index.min(directions.len() - 1)];
            assert_eq!(
                port.direction == Direction::Input,
                direction == "in",
                "{name}"
            );
            let bits = match widths[index.min(widths.len() - 1)] {
                "R" => 5,
                "C" => 3,
                "C*W" => 24,
                "R*W" => 40,
                "C*A" => 96,
                number => number
                    .parse()
                    .unwrap_or_else(|_| panic!("{number} bits of {name}")),
            };
            assert_eq!(port.bits, bits, "{name}");
            promised += 1;
        }
    }
    assert_eq!(
        promised,
        top.ports.len(),
        "a port that INTERFACE.md does not name"
    );
}
