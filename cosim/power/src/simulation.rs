//! The netlist as Verilog that can be simulated: the ports of the generated array, and
//! beside them every net, so that its changes can be counted.

use crate::clocks::Clocks;
use crate::model::statements;
use crate::netlist::{Netlist, Signal};
use heddle_liberty::Library;
use heddle_synth::SynthError;
use std::fmt::Write;

/// Bits of a port that shows nets; the last one may have fewer.
pub const CHUNK: usize = 2048;

/// The port that shows nets from `number * CHUNK` on.
pub fn nets_port(number: usize) -> String {
    format!("heddle_nets_{number}_o")
}

/// The port that shows the nets of the clock.
pub const CLOCKS_PORT: &str = "heddle_clocks_o";

/// The netlist in Verilog-2001.
///
/// # Errors
/// [`SynthError::Unreadable`] for a cell that the library does not have, or does not say
/// how it works.
pub fn verilog(
    netlist: &Netlist,
    library: &Library,
    clocks: &Clocks,
) -> Result<String, SynthError> {
    let mut text = String::from("// A netlist, with every net at a port.\nmodule ");
    let names = netlist.ports.iter().map(|port| port.name.clone());
    let chunks = netlist.nets.div_ceil(CHUNK);
    let names: Vec<_> = names
        .chain((0..chunks).map(nets_port))
        .chain([CLOCKS_PORT.to_owned()])
        .collect();
    let _ = writeln!(text, "{} (\n  {}\n);", netlist.top, names.join(",\n  "));
    for port in &netlist.ports {
        let way = if port.input { "input" } else { "output" };
        let _ = writeln!(text, "  {way} [{}:0] {};", port.bits.len() - 1, port.name);
    }
    for chunk in 0..chunks {
        let bits = CHUNK.min(netlist.nets - chunk * CHUNK);
        let _ = writeln!(text, "  output [{}:0] {};", bits - 1, nets_port(chunk));
    }
    let _ = writeln!(
        text,
        "  output [{}:0] {CLOCKS_PORT};",
        clocks.nets.len().max(1) - 1
    );
    for net in 0..netlist.nets {
        let _ = writeln!(text, "  wire n{net};");
    }
    for port in &netlist.ports {
        for (bit, signal) in port.bits.iter().enumerate() {
            match (port.input, signal) {
                (true, Signal::Net(net)) => {
                    let _ = writeln!(text, "  assign n{net} = {}[{bit}];", port.name);
                }
                (true, Signal::Constant(_)) => {}
                (false, signal) => {
                    let _ = writeln!(text, "  assign {}[{bit}] = {};", port.name, name(*signal));
                }
            }
        }
    }
    for (number, instance) in netlist.instances.iter().enumerate() {
        let cell = library.cell(&instance.cell, &instance.name)?;
        let state = format!("q{number}");
        if cell.state.is_some() {
            let _ = writeln!(text, "  reg {state};");
        }
        let net = |pin: &str| instance.pin(pin).map(name);
        text.push_str(&statements(cell, &net, &state)?);
    }
    for chunk in 0..chunks {
        let from = chunk * CHUNK;
        let nets = from..(from + CHUNK).min(netlist.nets);
        show(&mut text, &nets_port(chunk), nets);
    }
    match clocks.nets.is_empty() {
        true => {
            let _ = writeln!(text, "  assign {CLOCKS_PORT} = 1'b0;");
        }
        false => show(&mut text, CLOCKS_PORT, clocks.nets.iter().copied()),
    }
    text.push_str("endmodule\n");
    Ok(text)
}

fn name(signal: Signal) -> String {
    match signal {
        Signal::Constant(one) => format!("1'b{}", u8::from(one)),
        Signal::Net(net) => format!("n{net}"),
    }
}

/// The nets at a port, the first in the lowest bit.
fn show(text: &mut String, port: &str, nets: impl DoubleEndedIterator<Item = usize>) {
    let nets: Vec<_> = nets.rev().map(|net| format!("n{net}")).collect();
    let lines: Vec<_> = nets.chunks(12).map(|line| line.join(", ")).collect();
    let _ = writeln!(
        text,
        "  assign {port} = {{\n    {}\n  }};",
        lines.join(",\n    ")
    );
}
