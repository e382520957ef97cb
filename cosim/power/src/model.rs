//! What a cell does, as Verilog: from the functions of its Liberty file alone.

use heddle_liberty::{Cell, Direction, Function, State};
use heddle_synth::SynthError;
use std::fmt::Write;

/// The statements of one instance of `cell`. `net` tells what a pin is connected to; an
/// output that is connected to nothing is left out. `state` is the name of the register of
/// a flip-flop or latch, which must be declared. Registers start at zero, as the
/// simulation of the generated Verilog does.
///
/// # Errors
/// [`SynthError::Unreadable`] if the Liberty file does not say what an output does.
pub fn statements(
    cell: &Cell,
    net: &dyn Fn(&str) -> Option<String>,
    state: &str,
) -> Result<String, SynthError> {
    let value = |pin: &str| net(pin).unwrap_or_else(|| "1'b0".into());
    let mut text = String::new();
    for pin in &cell.pins {
        if pin.direction == Direction::Input {
            continue;
        }
        let Some(out) = net(&pin.name) else { continue };
        let function = pin.function.as_ref().ok_or_else(|| {
            no_function(
                cell,
                &format!(
                    "its output {} has no function that can be simulated",
                    pin.name
                ),
            )
        })?;
        let named = |name: &str| match &cell.state {
            Some(of) if of.variables[0] == name => state.to_owned(),
            Some(of) if of.variables[1] == name => format!("~{state}"),
            _ => value(name),
        };
        let _ = writeln!(text, "  assign {out} = {};", function.verilog(&named));
    }
    if let Some(of) = &cell.state {
        register(&mut text, cell, of, &value, state)?;
    }
    Ok(text)
}

fn register(
    text: &mut String,
    cell: &Cell,
    of: &State,
    value: &dyn Fn(&str) -> String,
    state: &str,
) -> Result<(), SynthError> {
    let named = |name: &str| {
        if name == of.variables[0] {
            state.to_owned()
        } else if name == of.variables[1] {
            format!("~{state}")
        } else {
            value(name)
        }
    };
    let data = of.data.verilog(&named);
    if of.data.literal().is_some_and(|(_, inverse)| inverse) {
        // zero is what the register would give, not what it keeps
        let _ = writeln!(text, "  initial {state} = 1'b1;");
    }
    // What forces the state, one at a time: where one ends while the other holds, that is
    // seen as an edge.
    let mut events = String::new();
    let mut forced = String::new();
    for (when, other, stronger, value) in [
        (&of.clear, &of.preset, !of.both, "0"),
        (&of.preset, &of.clear, of.both, "1"),
    ] {
        let Some(when) = when else { continue };
        let mut level = when.verilog(&named);
        if let (Some(other), false) = (other, stronger) {
            level = format!("{level} & ~({})", other.verilog(&named));
        }
        let wire = format!("{state}_to_{value}");
        let _ = writeln!(text, "  wire {wire} = {level};");
        let assign = if of.latch { "=" } else { "<=" };
        let _ = write!(forced, "if ({wire}) {state} {assign} 1'b{value}; else ");
        let _ = write!(events, " or posedge {wire}");
    }
    if of.latch {
        let clock = of.clock.verilog(&named);
        let _ = writeln!(text, "  always @(*) {forced}if ({clock}) {state} = {data};");
        return Ok(());
    }
    let (edge, clock) = edge(&of.clock)
        .ok_or_else(|| no_function(cell, "its clock is neither a pin nor a pin's inverse"))?;
    let clock = value(clock);
    let _ = writeln!(
        text,
        "  always @({edge} {clock}{events}) {forced}{state} <= {data};"
    );
    Ok(())
}

/// The edge at which a function becomes true, and of which pin.
fn edge(function: &Function) -> Option<(&'static str, &str)> {
    match function {
        Function::Pin(pin) => Some(("posedge", pin)),
        Function::Not(inner) => match &**inner {
            Function::Pin(pin) => Some(("negedge", pin)),
            _ => None,
        },
        _ => None,
    }
}

fn no_function(cell: &Cell, problem: &str) -> SynthError {
    SynthError::Unreadable {
        what: format!("cell {} of the Liberty file", cell.name),
        problem: problem.to_owned(),
    }
}

/// A module `name` that behaves as `cell`, with its pins.
///
/// # Errors
/// As [`statements`].
pub fn module(cell: &Cell, name: &str) -> Result<String, SynthError> {
    let pins: Vec<_> = cell.pins.iter().map(|pin| pin.name.as_str()).collect();
    let mut text = format!("module {name} ({});\n", pins.join(", "));
    for pin in &cell.pins {
        let way = match pin.direction {
            Direction::Input => "input",
            Direction::Output => "output",
        };
        let _ = writeln!(text, "  {way} {};", pin.name);
    }
    if cell.state.is_some() {
        text.push_str("  reg state_q;\n");
    }
    text.push_str(&statements(cell, &|pin| Some(pin.to_owned()), "state_q")?);
    text.push_str("endmodule\n");
    Ok(text)
}
