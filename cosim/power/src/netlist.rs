//! The mapped netlist, as yosys writes it as JSON.

use heddle_liberty::Library;
use heddle_synth::SynthError;
use heddle_toolbox::names::is_identifier;
use serde_json::Value;
use std::collections::HashMap;

/// What a pin or a bit of a port is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Always this.
    Constant(bool),
    /// The net of this number.
    Net(usize),
}

/// A port of the top module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetlistPort {
    /// Its name.
    pub name: String,
    /// Whether it is an input.
    pub input: bool,
    /// Its bits, the lowest first.
    pub bits: Vec<Signal>,
}

/// A cell of the netlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its flat name, instances separated by points.
    pub name: String,
    /// Its cell.
    pub cell: String,
    /// What its pins are connected to; a pin that is connected to nothing is not there.
    pub pins: Vec<(String, Signal)>,
}

impl Instance {
    /// What the pin `name` is connected to.
    pub fn pin(&self, name: &str) -> Option<Signal> {
        let found = self.pins.iter().find(|(pin, _)| pin == name);
        found.map(|(_, signal)| *signal)
    }
}

/// A flat netlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Netlist {
    /// The top module.
    pub top: String,
    /// Its ports.
    pub ports: Vec<NetlistPort>,
    /// Its cells.
    pub instances: Vec<Instance>,
    /// How many nets there are.
    pub nets: usize,
}

impl Netlist {
    /// Reads the text that yosys's `write_json` wrote of a flat design. `what` names it in
    /// errors. Bits that yosys left undefined are taken as 0.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if it is cut off, lacks the module or has another form;
    /// [`SynthError::Input`] for a cell or pin of the library whose name cannot stand in
    /// Verilog and in OpenSTA's script.
    pub fn parse(what: &str, text: &str, top: &str) -> Result<Self, SynthError> {
        let bad = |problem: String| SynthError::Unreadable {
            what: what.to_owned(),
            problem,
        };
        let value: Value = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
        let module = &value["modules"][top];
        let (Some(ports), Some(cells)) = (module["ports"].as_object(), module["cells"].as_object())
        else {
            return Err(bad(format!("module {top} is missing")));
        };
        let mut numbers = Numbers::default();
        let mut netlist = Self {
            top: top.to_owned(),
            ports: Vec::new(),
            instances: Vec::new(),
            nets: 0,
        };
        for (name, port) in ports {
            if !is_identifier(name) {
                let problem = "ports' names are letters, digits and '_'";
                return Err(bad(format!("port {name:?}: {problem}")));
            }
            netlist.ports.push(NetlistPort {
                name: name.clone(),
                input: port["direction"] == "input",
                bits: numbers
                    .signals(&port["bits"])
                    .ok_or_else(|| bad(format!("port {name} has no bits")))?,
            });
        }
        for (name, cell) in cells {
            let kind = cell["type"].as_str().unwrap_or_default();
            // where things were; no hardware
            if kind == "$scopeinfo" {
                continue;
            }
            if !is_cell(kind) {
                return Err(odd(name, "kind", kind));
            }
            let pins = cell["connections"].as_object();
            let pins = pins.ok_or_else(|| bad(format!("cell {name} has no connections")))?;
            let mut connected = Vec::new();
            for (pin, bits) in pins {
                if !is_identifier(pin) {
                    return Err(odd(name, "pin", pin));
                }
                let signals = numbers.signals(bits);
                match signals.as_deref() {
                    Some([signal]) => connected.push((pin.clone(), *signal)),
                    Some([]) => {}
                    _ => {
                        return Err(bad(format!(
                            "pin {pin} of {name}, a {kind}, is not one bit: it is no standard cell"
                        )))
                    }
                }
            }
            netlist.instances.push(Instance {
                name: plain(name),
                cell: kind.to_owned(),
                pins: connected,
            });
        }
        netlist.nets = numbers.of.len();
        Ok(netlist)
    }

    /// Gives outputs of registers that are connected to nothing nets of their own where their
    /// changes cost energy: they change whether or not somebody looks.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if the library lacks a cell; [`SynthError::Input`] for a pin
    /// as in [`Netlist::parse`].
    pub fn connect_outputs(&mut self, library: &Library) -> Result<(), SynthError> {
        for instance in &mut self.instances {
            let cell = library.cell(&instance.cell, &instance.name)?;
            if cell.state.is_none() {
                continue;
            }
            for pin in cell.pins.iter().filter(|pin| pin.is_output() && pin.energy) {
                if instance.pin(&pin.name).is_none() {
                    if !is_identifier(&pin.name) {
                        return Err(odd(&instance.name, "pin", &pin.name));
                    }
                    let net = Signal::Net(self.nets);
                    instance.pins.push((pin.name.clone(), net));
                    self.nets += 1;
                }
            }
        }
        Ok(())
    }
}

/// Whether a kind of cell can stand in Verilog: a library's cell, or one of yosys's own, which
/// begins with `$`.
fn is_cell(kind: &str) -> bool {
    is_identifier(kind.trim_start_matches('$'))
}

/// The error for a name from the library that tools' scripts would take for something else.
fn odd(cell: &str, what: &str, name: &str) -> SynthError {
    SynthError::Input {
        name: "--liberty",
        value: format!("with the {what} {name:?} (of {cell:?})"),
        remedy: "cells and pins have names of letters, digits and '_'".into(),
    }
}

/// yosys's numbers of bits, renumbered without gaps.
#[derive(Default)]
struct Numbers {
    of: HashMap<u64, usize>,
}

impl Numbers {
    fn signals(&mut self, bits: &Value) -> Option<Vec<Signal>> {
        let signal = |bit: &Value| match bit.as_u64() {
            Some(number) => {
                let next = self.of.len();
                Some(Signal::Net(*self.of.entry(number).or_insert(next)))
            }
            None => Some(Signal::Constant(bit.as_str()? == "1")),
        };
        bits.as_array()?.iter().map(signal).collect()
    }
}

/// A flat name without what yosys adds: `$flatten\u_mesh.\g_row[0].u_row.$abc$1` is
/// `u_mesh.g_row[0].u_row.$abc$1`.
/// Where a cell was named after its wire, the cell's type behind a backslash, or behind a dollar
/// sign if it was named before it was mapped, goes too.
fn plain(name: &str) -> String {
    match name.strip_prefix("$flatten") {
        Some(rest) => rest.replace('\\', ""),
        None => {
            let wire = name.split_once('\\').map_or(name, |(wire, _)| wire);
            let wire = wire.split_once("$_").map_or(wire, |(wire, _)| wire);
            wire.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_yosys_adds() {
        let flat = "$flatten\\u_mesh.\\g_row[1].u_row.\\g_pe[0].u_pe.\\u_mul.$abc$91$blif$91$162";
        assert_eq!(
            plain(flat),
            "u_mesh.g_row[1].u_row.g_pe[0].u_pe.u_mul.$abc$91$blif$91$162"
        );
        assert_eq!(
            plain("u_mesh.g_row[1].act_q[7]\\DFFPOSX1"),
            "u_mesh.g_row[1].act_q[7]"
        );
        assert_eq!(
            plain("u_mesh.g_row[1].act_q[7]$_DFF_P_"),
            "u_mesh.g_row[1].act_q[7]"
        );
    }

    #[test]
    fn nets_are_renumbered_and_constants_are_none() {
        let text = r#"{"modules":{"t":{"ports":{"a":{"direction":"input","bits":[7]},
            "y":{"direction":"output","bits":[9,"x"]}},
            "cells":{"c":{"type":"NAND2X1","connections":{"A":[7],"B":["1"],"Y":[9]}}}}}}"#;
        let netlist = Netlist::parse("text", text, "t").unwrap();
        assert_eq!(netlist.nets, 2);
        let instance = &netlist.instances[0];
        assert_eq!(instance.pin("B"), Some(Signal::Constant(true)));
        assert_eq!(instance.pin("Y"), Some(Signal::Net(1)));
        assert_eq!(
            netlist.ports[1].bits,
            [Signal::Net(1), Signal::Constant(false)]
        );
        assert!(Netlist::parse("text", text, "u").is_err());
        // names end up in Verilog, which can call C, and in Tcl
        for (from, to) in [
            ("\"a\"", "\"a);initial $c(0);//\""),
            ("NAND2X1", "NAND2X1 x(); //"),
            ("\"A\"", "\"A[exec touch x]\""),
        ] {
            let hostile = text.replace(from, to);
            assert_ne!(hostile, text);
            assert!(Netlist::parse("text", &hostile, "t").is_err(), "{to}");
        }
        assert!(Netlist::parse("text", &text[..50], "t").is_err());
    }
}
