//! The frame in which a design is placed and routed: its ports exceed the pins.

use crate::emit::{banner, Direction, Port};
use std::fmt::Write as _;

/// The frame's module with the default prefix.
pub const FRAME: &str = "heddle_synth_frame";
/// The design's instance in that of a folder.
const INSTANCE: &str = "u_array";

/// Ports that are no data: the clock, and the reset, which has a register of its own, since an
/// asynchronous one is not to be taken for data.
const OWN: [&str; 2] = ["clk_i", "rst_ni"];

/// The frame as a file of a folder.
pub(crate) fn file(frame: &str, top: &str, ports: &[Port]) -> String {
    format!(
        "{}\n//\n// {frame}\n//\n\
         // {top} between registers, with three pins, to be placed and routed: its ports exceed\n\
         // the pins of the parts. A shift register drives every input; a register takes every\n\
         // output bit; a tree of XORs of four, each with a register, leads those to the pin.\n\n\
         `default_nettype none\n{}`default_nettype wire\n",
        banner(),
        frame_verilog(frame, top, ports, INSTANCE)
    )
}

/// Verilog of the module `frame` with three pins around the module `top`, whose instance has a name. A shift register drives
/// every input but the clock; a register takes every output bit; a tree of XORs of four,
/// each with a register, leads those to the pin. Nothing in the frame is deeper than a LUT.
pub fn frame_verilog(frame: &str, top: &str, ports: &[Port], instance: &str) -> String {
    let bits = |direction| -> usize {
        let of = ports
            .iter()
            .filter(|port| port.direction == direction && !OWN.contains(&port.name.as_str()));
        of.map(|port| port.bits).sum()
    };
    // A design without inputs or outputs still makes valid Verilog.
    let (inputs, outputs) = (
        bits(Direction::Input).max(1),
        bits(Direction::Output).max(1),
    );
    let mut offsets = (0, 0);
    let mut connections = Vec::new();
    let mut declarations = String::new();
    let mut moves = String::new();
    for port in ports {
        let net = if port.name == OWN[0] {
            "clk_i".into()
        } else if port.name == OWN[1] {
            put(&mut declarations, format_args!("  reg rst_nq;"));
            put(&mut moves, format_args!("    rst_nq <= scan_i;"));
            "rst_nq".into()
        } else {
            let (vector, offset) = match port.direction {
                Direction::Input => ("in_q", &mut offsets.0),
                Direction::Output => ("out", &mut offsets.1),
            };
            *offset += port.bits;
            format!("{vector}[{}:{}]", *offset - 1, *offset - port.bits)
        };
        connections.push(format!("    .{}({net})", port.name));
    }
    let (mut from, mut width, mut level) = ("out_q".to_owned(), outputs, 0);
    while width > 1 {
        let next = width.div_ceil(4);
        let to = format!("fold{level}_q");
        put(
            &mut declarations,
            format_args!("  reg [{}:0] {to};", next - 1),
        );
        for i in 0..next {
            let high = (4 * i + 3).min(width - 1);
            put(
                &mut moves,
                format_args!("    {to}[{i}] <= ^{from}[{high}:{}];", 4 * i),
            );
        }
        (from, width, level) = (to, next, level + 1);
    }
    let shift = if inputs > 1 {
        format!("{{in_q[{}:0], scan_i}}", inputs - 2)
    } else {
        "scan_i".into()
    };
    format!(
        "module {frame} (input wire clk_i, input wire scan_i, output wire scan_o);\n  \
         reg [{}:0] in_q;\n  wire [{}:0] out;\n  reg [{}:0] out_q;\n{declarations}  \
         {top} {instance} (\n{}\n  );\n  always @(posedge clk_i) begin\n    \
         in_q <= {shift};\n    out_q <= out;\n{moves}  end\n  \
         assign scan_o = {from}[0];\nendmodule\n",
        inputs - 1,
        outputs - 1,
        outputs - 1,
        connections.join(",\n"),
    )
}

fn put(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("writing to a String");
}
