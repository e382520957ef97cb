//! `PREFIX_engine_inst.vh` and its like: instances, to be copied.

use crate::around::Around;
use crate::emit::{banner, range, Direction, Module, Port, Text};

/// The nets and the instance of `top`, in a file called `file`: every port by its name, connected to
/// a net of that name.
pub fn text(top: &Module, file: &str) -> String {
    let streams = "AXI4 (m_axi_*, to memory) and AXI4-Lite (s_axil_*, to the processor)";
    alone(top, file, "u_engine", streams)
}

/// The same of a module around `array`: the sequencer of runs has the array beside it.
pub fn around(which: Around, module: &Module, array: &Module, file: &str) -> String {
    match which {
        Around::Stream => {
            let streams = "AXI4-Stream (s_axis_w_*, s_axis_a_*, s_axis_c_*, m_axis_s_*)";
            alone(module, file, "u_stream", streams)
        }
        Around::OsRun => beside(module, array, file),
    }
}

fn alone(top: &Module, file: &str, instance: &str, buses: &str) -> String {
    let about = format!(
        "{top}, instantiated: copy this into the module that connects it, or include {file} there. \
         Each port has a net of its name: drive those of inputs, and connect {buses}. All are of the clock \
         clk_i.",
        top = top.name
    );
    let mut text = head(&about);
    let nets = top.ports.iter().map(outer);
    text.table(0, &nets.collect::<Vec<_>>());
    text.line(0, "");
    let pins = top.ports.iter();
    let pins: Vec<_> = pins.map(|port| (&port.name, port.name.clone())).collect();
    connected(&mut text, &top.name, instance, &pins);
    text.finish()
}

/// `run` and `array`, connected where a port of one is that of the other.
fn beside(run: &Module, array: &Module, file: &str) -> String {
    let about = format!(
        "{} beside {}, instantiated: copy this into the module that connects them, or include {file} there. \
         Drive the nets of inputs; those without an ending lie between the two. All are of the clock \
         clk_i.",
        run.name, array.name
    );
    let mut text = head(&about);
    let opposite = |port: &Port, of: &Module| {
        let is_other =
            |other: &Port| stem(other) == stem(port) && other.direction != port.direction;
        of.ports.iter().any(is_other)
    };
    let mut nets = Vec::new();
    for port in &run.ports {
        nets.push(match opposite(port, array) {
            false => outer(port),
            true => {
                let bits = range(&port.bits.into());
                let net = format!("wire {bits}{};", stem(port));
                (net, format!("between: {}", port.purpose))
            }
        });
    }
    let mut pins_of_array = Vec::new();
    for port in &array.ports {
        let known = run.ports.iter().any(|other| other.name == port.name);
        let pin = match (port.name.as_str(), opposite(port, run)) {
            (_, true) => stem(port).to_owned(),
            ("en_i" | "w_last_i", _) => "1'b1".to_owned(),
            // Words from the left are of weight-stationary tiles.
            ("w_edge_i", _) => "1'b0".to_owned(),
            ("w_left_i", _) => format!("{{{}{{1'b0}}}}", port.bits),
            (name, _) => {
                if !known {
                    nets.push(outer(port));
                }
                name.to_owned()
            }
        };
        pins_of_array.push((&port.name, pin));
    }
    text.table(0, &nets);
    text.line(0, "");
    let pins = run.ports.iter().map(|port| {
        let pin = match opposite(port, array) {
            true => stem(port).to_owned(),
            false => port.name.clone(),
        };
        (&port.name, pin)
    });
    connected(&mut text, &run.name, "u_os_run", &pins.collect::<Vec<_>>());
    text.line(0, "");
    connected(&mut text, &array.name, "u_array", &pins_of_array);
    text.finish()
}

/// A port's name without its direction.
fn stem(port: &Port) -> &str {
    let name = port.name.as_str();
    let stem = name.strip_suffix("_i").or(name.strip_suffix("_o"));
    stem.unwrap_or(name)
}

fn head(about: &str) -> Text {
    let mut text = Text::default();
    text.line(0, banner());
    text.line(0, "//");
    text.line(0, format!("// {about}"));
    text.line(0, "");
    text
}

/// The net of a port that has its name, and what it is for.
fn outer(port: &Port) -> (String, String) {
    let bits = range(&port.bits.into());
    let direction = match port.direction {
        Direction::Input => "in",
        Direction::Output => "out",
    };
    let comment = format!("{direction}: {}", port.purpose);
    (format!("wire {bits}{};", port.name), comment)
}

/// An instance: each port and what it is connected to.
fn connected(text: &mut Text, module: &str, instance: &str, pins: &[(&String, String)]) {
    text.line(0, format!("{module} {instance} ("));
    let width = pins.iter().map(|(port, _)| port.len()).max().unwrap_or(0);
    for (index, (port, net)) in pins.iter().enumerate() {
        let comma = if index + 1 == pins.len() { "" } else { "," };
        text.line(1, format!(".{port:width$}({net}){comma}"));
    }
    text.line(0, ");");
}
