//! `PREFIX.sdc`: the clock, and what the world around takes of a cycle.

use super::title;
use crate::emit::{banner, Design, Direction};
use crate::{ArrayConfig, Gating, Kind, Prefix, Reset};

/// Of a period, what lies before an input and behind an output.
const OUTSIDE: f64 = 0.3;

/// The constraints of `design`, which was generated from `config`: commands that every reader of SDC has,
/// and no others.
pub fn text(config: &ArrayConfig, design: &Design, clock_mhz: f64) -> String {
    let (prefix, kind) = (&Prefix::of(design), Kind::of(design));
    let all = design.top().map_or(&[][..], |top| &top.ports);
    let period = 1000.0 / clock_mhz;
    let ports = |direction: Direction| {
        let of = all
            .iter()
            .filter(move |port| port.direction == direction && port.name != "clk_i");
        of.map(|port| match port.bits {
            1 => port.name.clone(),
            _ => format!("{}[*]", port.name),
        })
        .collect::<Vec<_>>()
        .join(" \\\n  ")
    };
    let reset = match config.reset() {
        Reset::Async => {
            "# rst_ni may fall at any time, but must rise in step with the clock: recovery and\n\
             # removal are checked against its input delay.\n"
        }
        Reset::None | Reset::Sync => {
            "# rst_ni is sampled by the clock: it is an input like the others.\n"
        }
    };
    let through = match kind {
        Kind::Array => {
            "The ready outputs\n# depend on inputs of the same cycle; no other output does.\n"
        }
        Kind::Engine => "No output depends\n# on an input of the same cycle.\n",
    };
    let gates = if config.gating == Gating::ClockGate {
        format!(
            "\n# {cell} takes its enable with the falling edge, half a period after the\n\
         # registers that make it, and passes the clock through an AND. A foundry's cell in its\n\
         # place brings its own checks. Gated clocks are clk_i: no clock is generated.\n\
         set_clock_gating_check -setup 0.0 -hold 0.0 [get_clocks clk_i]\n\n\
         # Scan test is another mode.\n\
         set_case_analysis 0 [get_ports test_en_i]\n",
            cell = prefix.clock_gate()
        )
    } else {
        String::new()
    };
    format!(
        "{banner}\n#\n# Timing of {top}, {title}: {clock_mhz} MHz.\n\n\
         create_clock -name clk_i -period {period:.3} [get_ports clk_i]\n\n\
         # {percent} % of a cycle before each input and behind each output. {through}\
         {reset}\
         set_input_delay {outside:.3} -clock clk_i [get_ports {{ \\\n  {inputs} \\\n}}]\n\
         set_output_delay {outside:.3} -clock clk_i [get_ports {{ \\\n  {outputs} \\\n}}]\n\
         {gates}",
        banner = banner().replace("//", "#"),
        top = kind.top(prefix),
        title = title(config, kind),
        percent = 100.0 * OUTSIDE,
        outside = period * OUTSIDE,
        inputs = ports(Direction::Input),
        outputs = ports(Direction::Output),
    )
}
