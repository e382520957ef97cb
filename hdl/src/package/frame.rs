//! The frame in which a design is placed and routed: its ports exceed the pins. Its text stands in
//! `frame.v`, see `template.rs`.

use super::template;
use crate::describe::Size;
use crate::emit::{header, range, Direction, Module, Port, Text};
use crate::{COLS, ROWS};

/// The frame's module with the default prefix.
pub const FRAME: &str = "heddle_synth_frame";
/// The design's instance in that of a folder.
const INSTANCE: &str = "u_array";

/// Ports that are no data: the clock, and the reset, which has a register of its own, since an
/// asynchronous one is not to be taken for data. In each case what drives it.
const OWN: [(&str, &str); 2] = [("clk_i", "clk_i"), ("rst_ni", "rst_nq")];

/// A port, and how many elements it has if a parameter says so.
struct Wired<'a> {
    port: &'a Port,
    lanes: Option<&'a Size>,
}

impl Wired<'_> {
    fn bits(&self) -> Size {
        match self.lanes {
            Some(lanes) => lanes.clone() * (self.port.bits / self.port.elements),
            None => self.port.bits.into(),
        }
    }

    /// What drives it if it is no data.
    fn own(&self) -> Option<&'static str> {
        let own = OWN.iter().find(|(name, _)| *name == self.port.name);
        own.map(|(_, net)| *net)
    }
}

/// The frame of the array `top`, a file of a folder: of the array's parameters.
pub(crate) fn file(frame: &str, top: &Module) -> String {
    let ports = top.ports.iter().zip(&top.lanes);
    let ports = ports.map(|(port, lanes)| Wired {
        port,
        lanes: lanes.as_ref(),
    });
    text(frame, &top.name, &ports.collect::<Vec<_>>(), INSTANCE)
}

/// Verilog of the module `frame` with three pins around the module `top`, whose instance has a
/// name, in the size that `ports` have. Among them are inputs and outputs that are data, two or more
/// bits of each.
pub fn frame_verilog(frame: &str, top: &str, ports: &[Port], instance: &str) -> String {
    let ports = ports.iter().map(|port| Wired { port, lanes: None });
    text(frame, top, &ports.collect::<Vec<_>>(), instance)
}

fn text(frame: &str, top: &str, ports: &[Wired<'_>], instance: &str) -> String {
    let about = format!(
        "{top} between registers, with three pins, to be placed and routed: its ports exceed the \
         pins of the parts. A shift register drives every input; a register takes every output \
         bit; a tree of XORs of four, each with a register, leads those to the pin."
    );
    let data = |direction| -> Vec<&Wired<'_>> {
        let data = ports.iter().filter(|wired| wired.own().is_none());
        data.filter(|wired| wired.port.direction == direction)
            .collect()
    };
    let (inputs, outputs) = (data(Direction::Input), data(Direction::Output));
    let elements = |of: Size| {
        let port = ports.iter().find(|wired| wired.lanes == Some(&of));
        port.map_or(1, |wired| wired.port.elements)
    };
    let (rows, cols) = (elements(ROWS), elements(COLS));
    let values = [
        ("FRAME", frame.to_owned()),
        ("TOP", top.to_owned()),
        ("INSTANCE", instance.to_owned()),
        (
            "SIZES",
            table(&[
                (format!("parameter ROWS = {rows},"), "rows of PEs"),
                (format!("parameter COLS = {cols}"), "columns of PEs"),
            ]),
        ),
        (
            "BITS",
            table(&[
                (
                    format!("localparam INPUTS = {};", total(&inputs)),
                    "bits, clock and reset left out",
                ),
                (format!("localparam OUTPUTS = {};", total(&outputs)), "bits"),
            ]),
        ),
        ("WIRES", wires(&inputs) + "\n" + &wires(&outputs)),
        ("INS", braced(&inputs)),
        ("OUTS", braced(&outputs)),
        ("CONNECTIONS", connections(ports)),
    ];
    let sized = ports.iter().any(|wired| wired.lanes.is_some());
    let holds = |condition: &str| match condition {
        "sized" => sized,
        other => unreachable!("the frame asks for '{other}'"),
    };
    let mut text = header(frame, &about);
    for line in template::fill(include_str!("frame.v"), holds, &values).lines() {
        let code = line.trim_start();
        text.line((line.len() - code.len()) / 2, code);
    }
    text.finish()
}

/// Lines of code with comments behind them.
fn table(lines: &[(String, &str)]) -> String {
    let lines = lines
        .iter()
        .map(|(code, what)| (code.clone(), (*what).into()));
    let mut text = Text::default();
    text.table(1, &lines.collect::<Vec<_>>());
    text.finish().trim_end().to_owned()
}

/// The bits of all ports, as a sum with each parameter once.
fn total(ports: &[&Wired<'_>]) -> Size {
    let of = |lanes: Option<&Size>| -> usize {
        let of = ports.iter().filter(|wired| wired.lanes == lanes);
        of.map(|wired| match lanes {
            Some(_) => wired.port.bits / wired.port.elements,
            None => wired.port.bits,
        })
        .sum()
    };
    ROWS * of(Some(&ROWS)) + COLS * of(Some(&COLS)) + of(None)
}

fn wires(ports: &[&Wired<'_>]) -> String {
    let lines = ports
        .iter()
        .map(|wired| format!("  wire {}{};", range(&wired.bits()), wired.port.name));
    lines.collect::<Vec<_>>().join("\n")
}

/// All ports side by side, the first one in the low bits.
fn braced(ports: &[&Wired<'_>]) -> String {
    let names = ports.iter().rev().map(|wired| wired.port.name.as_str());
    format!("{{{}}}", names.collect::<Vec<_>>().join(", "))
}

fn connections(ports: &[Wired<'_>]) -> String {
    let names = ports.iter().map(|wired| wired.port.name.len());
    let width = names.max().unwrap_or(0);
    let lines = ports.iter().map(|wired| {
        let name = &wired.port.name;
        format!("    .{name:width$}({})", wired.own().unwrap_or(name))
    });
    lines.collect::<Vec<_>>().join(",\n")
}
