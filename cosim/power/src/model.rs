//! What a cell does, as Verilog: from the functions of its Liberty file alone.

use crate::liberty::{Cell, Direction, Function, State};
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
                &format!("its output {} has no function that can be simulated", pin.name),
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
    let forced = forced(of, &named);
    if of.latch {
        let mut chain: String = forced
            .iter()
            .map(|(when, what)| format!("if ({when}) {state} = 1'b{what}; else "))
            .collect();
        let _ = write!(chain, "if ({}) {state} = {data};", of.clock.verilog(&named));
        let _ = writeln!(text, "  always @(*) {chain}");
        return Ok(());
    }
    let (edge, clock) = edge(&of.clock)
        .ok_or_else(|| no_function(cell, "its clock is neither a pin nor a pin's inverse"))?;
    let mut events = format!("{edge} {}", value(clock));
    let mut chain = String::new();
    for function in [&of.clear, &of.preset].into_iter().flatten() {
        let (edge, pin) = self::edge(function).ok_or_else(|| {
            no_function(cell, "its clear or preset is neither a pin nor a pin's inverse")
        })?;
        let _ = write!(events, " or {edge} {}", value(pin));
    }
    for (when, what) in forced {
        let _ = write!(chain, "if ({when}) {state} <= 1'b{what}; else ");
    }
    let _ = writeln!(text, "  always @({events}) {chain}{state} <= {data};");
    Ok(())
}

/// Conditions under which the state is forced, the first that holds first, and to what.
fn forced(of: &State, named: &dyn Fn(&str) -> String) -> Vec<(String, u8)> {
    let text = |function: &Function| function.verilog(named);
    match (&of.clear, &of.preset) {
        (Some(clear), Some(preset)) => vec![
            (
                format!("{} & {}", text(clear), text(preset)),
                u8::from(of.both),
            ),
            (text(clear), 0),
            (text(preset), 1),
        ],
        (Some(clear), None) => vec![(text(clear), 0)],
        (None, Some(preset)) => vec![(text(preset), 1)],
        (None, None) => Vec::new(),
    }
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
