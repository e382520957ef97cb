//! Standard cells of a Liberty file: what they compute, and the capacitance of their pins.

mod function;
mod tree;

pub use function::Function;
pub use tree::{Group, Item};

use heddle_synth::SynthError;
use std::collections::BTreeMap;

/// Which way a pin's signal goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into the cell.
    Input,
    /// Out of the cell.
    Output,
}

/// A pin of a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Pin {
    /// Its name.
    pub name: String,
    /// Which way its signal goes.
    pub direction: Direction,
    /// Its capacitance in farad.
    pub capacitance: f64,
    /// What an output is, in terms of inputs and of the state's variables.
    pub function: Option<Function>,
}

impl Pin {
    /// Whether it is an output.
    pub fn is_output(&self) -> bool {
        self.direction == Direction::Output
    }
}

/// What a cell remembers.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// A latch: `data` passes while `clock` is high. Otherwise a flip-flop, at its rise.
    pub latch: bool,
    /// The variable of the state, and that of its inverse.
    pub variables: [String; 2],
    /// Clock of a flip-flop, enable of a latch.
    pub clock: Function,
    /// What it takes.
    pub data: Function,
    /// Zeroes it at once.
    pub clear: Option<Function>,
    /// Sets it at once.
    pub preset: Option<Function>,
    /// What it is if both do.
    pub both: bool,
}

/// A standard cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Its name.
    pub name: String,
    /// Its pins, in the file's order.
    pub pins: Vec<Pin>,
    /// What it remembers, if anything.
    pub state: Option<State>,
}

impl Cell {
    /// The pin `name`.
    pub fn pin(&self, name: &str) -> Option<&Pin> {
        self.pins.iter().find(|pin| pin.name == name)
    }

    /// Whether `pin` clocks its flip-flop or enables its latch.
    pub fn is_clock(&self, pin: &str) -> bool {
        let state = self.state.as_ref();
        state.is_some_and(|state| state.clock.pins().contains(&pin))
    }
}

/// A Liberty file: its cells, and the file itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Library {
    /// The library's name.
    pub name: String,
    /// The supply in volt.
    pub voltage: f64,
    /// Operating conditions, as the file says them; empty without.
    pub conditions: String,
    /// The cells.
    pub cells: BTreeMap<String, Cell>,
    /// Everything.
    pub tree: Group,
}

impl Library {
    /// The cell of an instance.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if the library does not have it.
    pub fn cell(&self, name: &str, instance: &str) -> Result<&Cell, SynthError> {
        self.cells.get(name).ok_or_else(|| SynthError::Unreadable {
            what: "the netlist".into(),
            problem: format!(
                "{instance} is a {name}, which the Liberty file does not have; a latch in it \
                 means that the library has none: use another gating style or another Liberty file"
            ),
        })
    }

    /// Reads a Liberty file. `what` names it in errors. Cells without a function that a
    /// netlist could use (tristate buffers, pads, fillers) have pins without functions.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if it is no library, if a function cannot be read, or if
    /// supply or unit of capacitance are missing.
    pub fn parse(what: &str, text: &str) -> Result<Self, SynthError> {
        let tree = Group::parse(what, text)?;
        let bad = |problem: String| SynthError::Unreadable {
            what: what.to_owned(),
            problem,
        };
        if tree.kind != "library" {
            return Err(bad(format!("it holds a '{}', not a library", tree.kind)));
        }
        let farad = farad(&tree).ok_or_else(|| {
            bad("it has no unit of capacitance 'capacitive_load_unit (1,pf)'".into())
        })?;
        let (voltage, conditions) = supply(&tree).ok_or_else(|| {
            bad(
                "it names no supply: give it 'operating_conditions' with a voltage and name \
                 them as 'default_operating_conditions'; power cannot be told without"
                    .into(),
            )
        })?;
        let mut cells = BTreeMap::new();
        for group in tree.groups("cell") {
            let cell = cell(group, farad)
                .map_err(|problem| bad(format!("cell {}: {problem}", group.name())))?;
            cells.insert(cell.name.clone(), cell);
        }
        if cells.is_empty() {
            return Err(bad("it holds no cells".into()));
        }
        Ok(Self {
            name: tree.name().to_owned(),
            voltage,
            conditions,
            cells,
            tree,
        })
    }
}

/// Farad in the library's unit of capacitance.
fn farad(library: &Group) -> Option<f64> {
    let values = library.values("capacitive_load_unit")?;
    let [number, unit] = values.as_slice() else {
        return None;
    };
    let unit = match unit.to_ascii_lowercase().as_str() {
        "ff" => 1e-15,
        "pf" => 1e-12,
        "nf" => 1e-9,
        _ => return None,
    };
    Some(number.trim().parse::<f64>().ok()? * unit)
}

/// The supply under the default operating conditions, which OpenSTA needs to know, and
/// what they are.
fn supply(library: &Group) -> Option<(f64, String)> {
    let name = library.value("default_operating_conditions")?;
    let found = library
        .groups("operating_conditions")
        .find(|group| group.name() == name)?;
    let voltage: f64 = found.value("voltage")?.parse().ok()?;
    let temperature = found.value("temperature").unwrap_or("?");
    let conditions = format!("{name}, {voltage} V, {temperature} C");
    (voltage > 0.0).then_some((voltage, conditions))
}

fn cell(group: &Group, farad: f64) -> Result<Cell, String> {
    let function = |of: &Group, name: &str| -> Result<Option<Function>, String> {
        of.value(name)
            .map(|text| Function::parse(text).map_err(|problem| format!("{name}: {problem}")))
            .transpose()
    };
    let mut pins = Vec::new();
    for pin in group.groups("pin") {
        let direction = match pin.value("direction") {
            Some("input") => Direction::Input,
            Some("output") => Direction::Output,
            // supplies, internal nodes, and pads, which no array has
            _ => continue,
        };
        let capacitance = pin.value("capacitance").unwrap_or("0");
        let capacitance: f64 = capacitance.parse().map_err(|_| {
            format!(
                "the capacitance of {} is '{capacitance}', no number",
                pin.name()
            )
        })?;
        // a tristate output is not always its function
        let function = match pin.value("three_state") {
            Some(_) => None,
            None => function(pin, "function")?,
        };
        for name in &pin.arguments {
            pins.push(Pin {
                name: name.clone(),
                direction,
                capacitance: capacitance * farad,
                function: function.clone(),
            });
        }
    }
    let mut state = None;
    for (kind, clock, data) in [
        ("ff", "clocked_on", "next_state"),
        ("latch", "enable", "data_in"),
    ] {
        for found in group.groups(kind) {
            let [variable, inverse] = found.arguments.as_slice() else {
                return Err(format!("its {kind} does not name two variables"));
            };
            let needed =
                |name| function(found, name)?.ok_or_else(|| format!("its {kind} has no '{name}'"));
            state = Some(State {
                latch: kind == "latch",
                variables: [variable.clone(), inverse.clone()],
                clock: needed(clock)?,
                data: needed(data)?,
                clear: function(found, "clear")?,
                preset: function(found, "preset")?,
                both: found.value("clear_preset_var1") == Some("H"),
            });
        }
    }
    Ok(Cell {
        name: group.name().to_owned(),
        pins,
        state,
    })
}
