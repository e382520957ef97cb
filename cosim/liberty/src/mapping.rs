//! The part of a library that may be mapped onto, as yosys and ABC know it.

use crate::cell::Cell;
use crate::function::Function;
use crate::library::Library;
use crate::tree::{Group, Item};
use crate::LibertyError;
use std::collections::BTreeMap;

/// The cells that are left out: by their own word or by a pattern.
///
/// # Errors
/// [`LibertyError::Pattern`] for one that is none, or that no cell meets.
pub(crate) fn left_out(
    cells: &BTreeMap<String, Cell>,
    patterns: &[String],
) -> Result<Vec<String>, LibertyError> {
    let mut out: Vec<String> = Vec::new();
    for text in patterns {
        let error = |problem: String| LibertyError::Pattern {
            pattern: text.clone(),
            problem,
        };
        let pattern = glob::Pattern::new(text.trim()).map_err(|cause| error(cause.to_string()))?;
        let before = out.len();
        out.extend(cells.keys().filter(|name| pattern.matches(name)).cloned());
        if out.len() == before {
            let some: Vec<_> = cells.keys().take(3).map(String::as_str).collect();
            return Err(error(format!(
                "it meets none of the library's {} cells, which are called {} and so on",
                cells.len(),
                some.join(", ")
            )));
        }
    }
    let own = cells.values().filter(|cell| cell.dont_use);
    out.extend(own.map(|cell| cell.name.clone()));
    out.sort();
    out.dedup();
    Ok(out)
}

/// The output by which a register is known.
pub(crate) struct Output<'a> {
    pub pin: &'a str,
    /// Whether it is the inverse of what the register took.
    pub inverted: bool,
    /// The variable of the state that it is.
    variable: &'a str,
}

/// The output of a register that yosys is to connect: one that is what the register took if
/// there is one, else the inverse. None of cells that are no register.
pub(crate) fn output(cell: &Cell) -> Option<Output<'_>> {
    let state = cell.state.as_ref()?;
    // some take the inverse of their data, and have nothing but that state at an output
    let takes_inverse = state.data.literal().is_some_and(|(_, inverse)| inverse);
    let outputs: Vec<_> = cell
        .pins
        .iter()
        .filter(|pin| pin.is_output())
        .filter_map(|pin| {
            let (name, inverse) = pin.function.as_ref()?.literal()?;
            let of_inverse = name == state.variables[1];
            let inverse = inverse != of_inverse;
            (of_inverse || name == state.variables[0]).then_some(Output {
                pin: &pin.name,
                inverted: inverse != takes_inverse,
                variable: &state.variables[usize::from(inverse)],
            })
        })
        .collect();
    let plain = outputs.iter().position(|output| !output.inverted);
    outputs.into_iter().nth(plain.unwrap_or(0))
}

/// The library for yosys and ABC. A register has one output: its second one is of no use to
/// them, and yosys cannot name a cell after the net that it drives where it drives two. What a
/// register's attributes say is written in the one form that all versions read.
pub(crate) fn tree(library: &Library) -> Group {
    let mut tree = library.tree.clone();
    tree.items.retain(|item| match item {
        Item::Group(group) if group.kind == "cell" => library
            .left_out
            .binary_search_by(|name| name.as_str().cmp(group.name()))
            .is_err(),
        _ => true,
    });
    for item in &mut tree.items {
        if let Item::Group(group) = item {
            if let Some(cell) = library.cells.get(group.name()) {
                if group.kind == "cell" {
                    plain_register(group, cell);
                }
            }
        }
    }
    tree
}

fn plain_register(group: &mut Group, cell: &Cell) {
    let (Some(state), Some(kept)) = (&cell.state, output(cell)) else {
        return;
    };
    group.items.retain(|item| match item {
        Item::Group(pin) if pin.kind == "pin" => {
            let of_state = |name: &String| {
                cell.pin(name).is_some_and(|pin| {
                    let function = pin.function.as_ref().and_then(Function::literal);
                    pin.is_output()
                        && function
                            .is_some_and(|(name, _)| state.variables.iter().any(|v| v == name))
                })
            };
            pin.name() == kept.pin || !pin.arguments.iter().any(of_state)
        }
        _ => true,
    });
    for item in &mut group.items {
        let Item::Group(inner) = item else { continue };
        let names: &[&str] = match inner.kind.as_str() {
            "ff" => &["clocked_on", "next_state", "clear", "preset"],
            "latch" => &["enable", "data_in", "clear", "preset"],
            "pin" if inner.name() == kept.pin => {
                inner.set("function", &format!("\"{}\"", kept.variable));
                continue;
            }
            _ => continue,
        };
        for name in names {
            let function = inner.value(name).map(Function::parse);
            if let Some(Ok(function)) = function {
                if let Some((pin, inverse)) = function.literal() {
                    let sign = if inverse { "!" } else { "" };
                    let text = format!("\"{sign}{pin}\"");
                    inner.set(name, &text);
                }
            }
        }
    }
}
