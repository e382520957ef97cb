//! Standard cells: what they compute, hold and take up.

use crate::function::Function;
use crate::tree::Group;
use crate::units::Units;

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
    /// Whether its changes cost energy within the cell.
    pub energy: bool,
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
    /// Its area in the file's unit, um2 by convention; none if the file does not say.
    pub area: Option<f64>,
    /// Whether it is a flip-flop or a latch.
    pub register: bool,
    /// Whether the file says that it is not to be used.
    pub dont_use: bool,
    /// Its pins, in the file's order.
    pub pins: Vec<Pin>,
    /// What it remembers, if anything.
    pub state: Option<State>,
    /// Why pins and state are not known, or not all: cells that no netlist of an array has are
    /// often beyond what can be understood.
    pub problem: Option<String>,
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

/// What a cell's pins hold that do not say it themselves, in the library's unit.
pub(crate) struct Defaults {
    pub input: f64,
    pub output: f64,
}

impl Defaults {
    pub fn of(library: &Group) -> Self {
        let value = |name: &str| library.value(name).and_then(|text| text.parse().ok());
        Self {
            input: value("default_input_pin_cap").unwrap_or(0.0),
            output: value("default_output_pin_cap").unwrap_or(0.0),
        }
    }
}

impl Cell {
    /// Reads a group of the library.
    pub(crate) fn read(group: &Group, units: &Units, defaults: &Defaults) -> Self {
        let mut cell = Self {
            name: group.name().to_owned(),
            area: None,
            register: ["ff", "latch", "ff_bank", "latch_bank"]
                .iter()
                .any(|kind| group.groups(kind).next().is_some()),
            dont_use: is_true(group, "dont_use"),
            pins: Vec::new(),
            state: None,
            problem: None,
        };
        cell.problem = cell.fill(group, units, defaults).err();
        cell
    }

    fn fill(&mut self, group: &Group, units: &Units, defaults: &Defaults) -> Result<(), String> {
        self.area = number(group, "area")?;
        for kind in ["bus", "bundle", "ff_bank", "latch_bank", "statetable"] {
            if group.groups(kind).next().is_some() {
                return Err(format!("cells with a '{kind}' are not known here"));
            }
        }
        for pin in group.groups("pin") {
            self.pins.extend(pins(pin, units, defaults)?);
        }
        for (kind, clock, data) in [
            ("ff", "clocked_on", "next_state"),
            ("latch", "enable", "data_in"),
        ] {
            for found in group.groups(kind) {
                let [variable, inverse] = found.arguments.as_slice() else {
                    return Err(format!("its {kind} does not name two variables"));
                };
                let needed = |name| {
                    function(found, name)?.ok_or_else(|| format!("its {kind} has no '{name}'"))
                };
                if self.state.is_some() {
                    return Err("it has more than one state".into());
                }
                self.state = Some(State {
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
        Ok(())
    }
}

/// The pins of a group, which may name several; none of supplies, internal nodes and pads.
fn pins(pin: &Group, units: &Units, defaults: &Defaults) -> Result<Vec<Pin>, String> {
    let (direction, default) = match pin.value("direction") {
        Some("input") => (Direction::Input, defaults.input),
        Some("output") => (Direction::Output, defaults.output),
        _ => return Ok(Vec::new()),
    };
    let mean = || -> Result<Option<f64>, String> {
        let edges = (
            number(pin, "rise_capacitance")?,
            number(pin, "fall_capacitance")?,
        );
        Ok(match edges {
            (Some(rise), Some(fall)) => Some((rise + fall) / 2.0),
            (one, other) => one.or(other),
        })
    };
    let capacitance = match number(pin, "capacitance")? {
        Some(value) => value,
        None => mean()?.unwrap_or(default),
    };
    // a tristate output is not always its function
    let function = match pin.value("three_state") {
        Some(_) => None,
        None => function(pin, "function")?,
    };
    let one = |name: &String| Pin {
        name: name.clone(),
        direction,
        capacitance: capacitance * units.capacitance,
        function: function.clone(),
        energy: pin.groups("internal_power").next().is_some(),
    };
    Ok(pin.arguments.iter().map(one).collect())
}

fn function(of: &Group, name: &str) -> Result<Option<Function>, String> {
    let text = of.value(name);
    text.map(|text| Function::parse(text).map_err(|problem| format!("{name}: {problem}")))
        .transpose()
}

/// The number that an attribute is.
pub(crate) fn number(of: &Group, name: &str) -> Result<Option<f64>, String> {
    let read = |text: &str| match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(format!(
            "the {name} of {} is '{text}', no number",
            of.name()
        )),
    };
    of.value(name).map(read).transpose()
}

fn is_true(of: &Group, name: &str) -> bool {
    of.value(name)
        .is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
}
