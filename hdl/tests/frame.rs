//! The emitted frame for place and route, proved equal to one that is written out bit by bit.

mod common;

use heddle_format::Format;
use heddle_hdl::emit::{Design, Direction, Module, Port};
use heddle_hdl::manifest::write_design;
use heddle_hdl::package::frame::frame_verilog;
use heddle_hdl::{generate, ArrayConfig, Dataflow, Reset};
use std::fmt::Write as _;
use std::path::Path;

/// The frame in full, its registers by the names that the emitted one has.
fn written_out(design: &Design) -> String {
    let top = design.top().unwrap();
    let data = |port: &Port| !["clk_i", "rst_ni"].contains(&port.name.as_str());
    let bits = |direction| -> usize {
        let ports = top.ports.iter().filter(|port| data(port));
        let of = ports.filter(|port| port.direction == direction);
        of.map(|port| port.bits).sum()
    };
    let (inputs, outputs) = (bits(Direction::Input), bits(Direction::Output));
    let (mut pins, mut input, mut output) = (String::new(), 0, 0);
    for port in top.ports.iter().filter(|port| data(port)) {
        let (vector, at) = match port.direction {
            Direction::Input => ("in_q", &mut input),
            Direction::Output => ("out", &mut output),
        };
        write!(pins, ", .{}({vector}[{at} +: {}])", port.name, port.bits).unwrap();
        *at += port.bits;
    }
    // A level takes fours of the one below it; `begin` is where it starts among all of them.
    let (mut folds, mut from, mut begin, mut width) = (String::new(), "out_q", 0, outputs);
    let mut made = 0;
    while width > 1 {
        let next = width.div_ceil(4);
        for i in 0..next {
            let taken = (width - 4 * i).min(4);
            let at = begin + 4 * i;
            let to = made + i;
            writeln!(folds, "fold_q[{to}] <= ^{from}[{at} +: {taken}];").unwrap();
        }
        (from, begin, width, made) = ("fold_q", made, next, made + next);
    }
    format!(
        "module heddle_synth_frame (input clk_i, input scan_i, output scan_o);
reg rst_nq; reg [{inputs}-1:0] in_q; wire [{outputs}-1:0] out; reg [{outputs}-1:0] out_q;
reg [{made}-1:0] fold_q;
{} u_array (.clk_i(clk_i), .rst_ni(rst_nq){pins});
always @(posedge clk_i) begin
rst_nq <= scan_i; in_q <= {{in_q, scan_i}}; out_q <= out;
{folds}end
assign scan_o = fold_q[{made}-1];
endmodule
",
        top.name
    )
}

/// In place of the array a module with its ports, each of whose outputs is another function of the
/// inputs: what is in the frame is not to be told from what is in the array.
fn stand_in(top: &Module) -> String {
    let of = |direction| -> (Vec<String>, usize) {
        let ports = top.ports.iter().filter(|port| port.direction == direction);
        let bits = ports.clone().map(|port| port.bits).sum();
        (ports.map(|port| port.name.clone()).collect(), bits)
    };
    let ((ins, inputs), (outs, outputs)) = (of(Direction::Input), of(Direction::Output));
    let ports = top.ports.iter().map(|port| {
        let direction = match port.direction {
            Direction::Input => "input",
            Direction::Output => "output",
        };
        format!("{direction} [{}-1:0] {}", port.bits, port.name)
    });
    let mut text = format!(
        "module {} #(parameter ROWS = 0, parameter COLS = 0) ({});
wire [{inputs}-1:0] in = {{{}}}; wire [{outputs}-1:0] out; assign {{{}}} = out;\n",
        top.name,
        ports.collect::<Vec<_>>().join(", "),
        ins.join(", "),
        outs.join(", "),
    );
    for bit in 0..outputs {
        let (a, b) = (bit % inputs, (bit * bit + 1) % inputs);
        writeln!(text, "assign out[{bit}] = in[{a}] & in[{b}];").unwrap();
    }
    text + "endmodule\n"
}

/// Whether yosys proves the frame `gate`, with parameters set, to be the one in full around the top
/// of `design`: with the same register contents both have the same next ones, and outputs.
fn is_proved(dir: &Path, design: &Design, gate: &str, parameters: &str) -> bool {
    let write = |name: &str, text: &str| std::fs::write(dir.join(name), text).unwrap();
    write("gold.v", &written_out(design));
    write("gate.v", gate);
    write("array.v", &stand_in(design.top().unwrap()));
    let read = |name: &str, parameters: &str| {
        format!(
            "read_verilog array.v {name}.v; hierarchy -top heddle_synth_frame {parameters}; proc; \
             flatten; opt_clean; rename -top {name}; design -stash {name}; "
        )
    };
    let script = read("gold", "")
        + &read("gate", parameters)
        + "design -copy-from gold -as gold gold; design -copy-from gate -as gate gate; \
           expose -shared -evert-dff gold gate; miter -equiv -flatten gold gate both; \
           hierarchy -top both; sat -prove trigger 0 both";
    let (_, text) = common::run(dir, "yosys", &["-p", &script]);
    for register in ["rst_nq", "in_q", "out_q", "fold_q"] {
        for side in ["gold", "gate"] {
            let compared = format!("New module port: {side}/{register}.d\n");
            assert!(text.contains(&compared), "{register} of {side}: {text}");
        }
    }
    let answered = |what: &str| text.contains(&format!("SAT proof finished - {what}"));
    let (proved, refuted) = (
        answered("no model found: SUCCESS"),
        answered("model found: FAIL"),
    );
    assert!(proved != refuted, "{text}");
    proved
}

/// The frame of a folder that is made for the array of `config`.
fn emitted(config: &ArrayConfig) -> String {
    let (_guard, dir) = common::folder();
    write_design(&generate(config).unwrap(), config, &dir).unwrap();
    std::fs::read_to_string(dir.join("heddle_synth_frame.v")).unwrap()
}

#[test]
fn it_is_the_one_in_full_in_every_size() {
    if !common::has("yosys") {
        return;
    }
    let int8 = ArrayConfig::new(2, 3, Format::Int8);
    let os = ArrayConfig {
        dataflow: Dataflow::Os,
        reset: Some(Reset::Async),
        ..ArrayConfig::new(2, 1, Format::Int16)
    };
    for config in [int8, os] {
        let design = generate(&config).unwrap();
        let large = ArrayConfig {
            rows: 16,
            cols: 16,
            ..config
        };
        let sizes = format!(
            "-chparam ROWS {} -chparam COLS {}",
            config.rows, config.cols
        );
        let top = design.top().unwrap();
        let fixed = frame_verilog("heddle_synth_frame", &top.name, &top.ports, "u_array");
        let frames = [
            (emitted(&config), ""),
            (emitted(&large), &*sizes),
            (fixed, ""),
        ];
        let (_guard, dir) = common::folder();
        for (frame, parameters) in frames {
            assert!(is_proved(&dir, &design, &frame, parameters), "{frame}");
        }
    }
}

#[test]
fn a_frame_that_is_not_is_told_from_it() {
    if !common::has("yosys") {
        return;
    }
    let config = ArrayConfig::new(1, 1, Format::Int8);
    let design = generate(&config).unwrap();
    let right = emitted(&config);
    let (_guard, dir) = common::folder();
    for (from, to) in [
        ("FROM + 4*n", "FROM + 4*(END - TO - 1 - n)"),
        ("^tree", "~^tree"),
        ("^tree", "|tree"),
        ("{in_q[INPUTS-2:0], scan_i}", "{scan_i, in_q[INPUTS-1:1]}"),
        ("{dropped_o, gated_o,", "{gated_o, dropped_o,"),
        ("rst_nq <= scan_i", "rst_nq <= in_q[0]"),
    ] {
        let wrong = right.replace(from, to);
        assert_ne!(wrong, right, "{from}");
        assert!(!is_proved(&dir, &design, &wrong, ""), "unnoticed: {to}");
    }
}

#[test]
fn only_defaults_depend_on_the_size() {
    let small = emitted(&ArrayConfig::new(1, 2, Format::Int8));
    let large = emitted(&ArrayConfig::new(7, 9, Format::Int8));
    let sized = small
        .replace("ROWS = 1,", "ROWS = 7,")
        .replace("COLS = 2 ", "COLS = 9 ");
    assert_eq!(sized, large);
}
