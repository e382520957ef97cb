//! Modules whose Verilog is a template.

use super::print::header;
use super::{Direction, Module, Port};

/// The text of a module of which `template` is what follows the header, with `{name}` for its name.
pub fn text(name: &str, about: &str, template: &str) -> String {
    let mut text = header(name, about).finish();
    text += &template.replace("{name}", name);
    text + "`default_nettype wire\n"
}

/// The clock gate, the module that every gated register's clock passes.
pub fn clock_gate(name: &str) -> Module {
    let about = "A clock gate: clk_o passes the pulses of clk_i for which en_i or test_en_i was high \
                 at the falling edge before. Replace it by the clock gate cell of your library. A \
                 flip-flop on the falling edge holds the enable, not a latch: the enable has half a \
                 cycle to arrive.";
    let port = |name: &str, direction, purpose: &str| Port {
        name: name.into(),
        direction,
        bits: 1,
        elements: 1,
        purpose: purpose.into(),
    };
    let enable = "lets the next pulse through";
    let test = "lets every pulse through, for scan test";
    Module {
        name: name.to_owned(),
        ports: vec![
            port("clk_i", Direction::Input, "clock"),
            port("en_i", Direction::Input, enable),
            port("test_en_i", Direction::Input, test),
            port("clk_o", Direction::Output, "gated clock"),
        ],
        lanes: vec![None; 4],
        text: text(name, about, include_str!("clock_gate.v")),
    }
}
