//! Clock gates do what clock enables do: arrays of both styles, fed the same random
//! inputs in Icarus, show the same outputs in every cycle.

mod common;

use heddle_format::Format;
use heddle_hdl::emit::{Design, Direction};
use heddle_hdl::{generate, ArrayConfig, Dataflow, Gating, Reset};
use std::fmt::Write;

const CYCLES: usize = 600;

/// A bench that prints the outputs of each cycle. Inputs change after the rising edge,
/// as from registers.
fn bench(design: &Design) -> String {
    let top = design.top().unwrap();
    let mut signals = String::new();
    let mut pins = vec![];
    let mut noise = String::new();
    let mut shown = vec![];
    for port in &top.ports {
        let kind = if port.direction == Direction::Input {
            "reg"
        } else {
            "wire"
        };
        writeln!(signals, "  {kind} [{}:0] {};", port.bits - 1, port.name).unwrap();
        pins.push(format!(".{0}({0})", port.name));
        match (port.direction, port.name.as_str()) {
            (Direction::Output, name) => shown.push(name.to_owned()),
            (_, "clk_i" | "rst_ni" | "test_en_i") => {}
            // Mostly enabled, rarely cleared.
            (_, "en_i") => writeln!(noise, "    en_i = draw(0) % 8 != 0;").unwrap(),
            (_, "clear_i") => writeln!(noise, "    clear_i = draw(0) % 64 == 0;").unwrap(),
            (_, name) => {
                let words = vec!["draw(0)"; port.bits.div_ceil(16)].join(", ");
                writeln!(noise, "    {name} = {{{words}}};").unwrap();
            }
        }
    }
    let has_test_en = top.ports.iter().any(|port| port.name == "test_en_i");
    let test_en = if has_test_en { "test_en_i = 0;" } else { "" };
    format!(
        "module bench;\n{signals}  integer cycle;\n  reg [31:0] state;\n\
         function [15:0] draw(input ignored);\n  begin\n\
         state = state * 32'd1664525 + 32'd1013904223;\n    draw = state[31:16];\n  end\nendfunction\n\
         heddle_array dut ({});\n\
         initial begin\n  state = 1; clk_i = 0; rst_ni = 0; {test_en}\n{noise}\
         for (cycle = 0; cycle < {CYCLES}; cycle = cycle + 1) begin\n\
         #5 clk_i = 1;\n  #1 rst_ni = cycle > 2 && cycle != 300;\n{noise}\
         #4 clk_i = 0;\n  #4 $display(\"{}\", {});\n  end\nend\nendmodule\n",
        pins.join(", "),
        vec!["%h"; shown.len()].join(" "),
        shown.join(", "),
    )
}

/// The words of a bank, which have no reset, all zero at first: else most outputs would be
/// unknown, and equal for that reason only.
fn with_words_at_zero(design: &Design) -> Design {
    let mut design = design.clone();
    for module in &mut design.modules {
        if module.name.starts_with("heddle_bank") {
            let zero =
                "integer i;\n  initial for (i = 0; i < WORDS; i = i + 1) words_q[i] = 0;\n\nendmodule";
            module.text = module.text.replacen("endmodule", zero, 1);
        }
    }
    design
}

fn outputs(design: &Design) -> Vec<String> {
    let (_guard, dir) = common::folder();
    let mut files = common::write(&with_words_at_zero(design), &dir);
    std::fs::write(dir.join("bench.v"), bench(design)).unwrap();
    files.push("bench.v".into());
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let args = [&["-g2001", "-o", "bench", "-s", "bench"], &files[..]].concat();
    let (_, said) = common::run(&dir, "iverilog", &args);
    let (_, rows) = common::run(&dir, "vvp", &["bench"]);
    let rows: Vec<_> = rows.lines().map(str::to_owned).collect();
    assert_eq!(rows.len(), CYCLES, "{said}{rows:?}");
    rows
}

#[test]
fn gated_clocks_do_what_enables_do() {
    if !common::has("iverilog") {
        return;
    }
    for dataflow in [Dataflow::Ws, Dataflow::Both, Dataflow::Os] {
        for format in [Format::Int8, Format::Bf16] {
            for reset in [Reset::Sync, Reset::Async] {
                gates_do_what_enables_do(ArrayConfig {
                    reset: Some(reset),
                    dataflow,
                    ..ArrayConfig::new(3, 2, format)
                });
            }
        }
    }
}

fn gates_do_what_enables_do(array: ArrayConfig) {
    let config = |gating| ArrayConfig { gating, ..array };
    let enabled = outputs(&generate(&config(Gating::Enable)).unwrap());
    let mut design = generate(&config(Gating::ClockGate)).unwrap();
    let gated = outputs(&design);
    assert_eq!(enabled, gated, "{array:?}");
    let known = enabled.iter().filter(|row| !row.contains('x')).count();
    // A held word of one phase has no reset either, and is unknown until it is written.
    assert!(known > CYCLES - 60, "{known} known outputs of {array:?}");
    let distinct: std::collections::HashSet<_> = enabled.iter().collect();
    let distinct = distinct.len();
    // Random beats and exchanges seldom meet their phase, so less happens with those.
    let least = match array.dataflow {
        Dataflow::Ws => CYCLES / 2,
        Dataflow::Os | Dataflow::Both => CYCLES / 8,
    };
    assert!(distinct > least, "{distinct} outputs of {array:?}");

    // A gate that never closes must be noticed.
    let gate = design
        .modules
        .iter_mut()
        .find(|m| m.name == "heddle_clock_gate");
    let gate = gate.expect("a clock gate");
    gate.text = gate.text.replace("clk_i & en_q", "clk_i");
    assert_ne!(
        enabled,
        outputs(&design),
        "{array:?}: an open gate went unnoticed"
    );
}
