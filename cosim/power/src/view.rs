//! The library as OpenSTA 2.0.17 needs it to tell power right.
//!
//! That version propagates activity through functions and registers over what it was told;
//! charges a transition with the energies of both edges where it infers from the function
//! which input caused it, and with each related input's where it cannot; and takes every net
//! behind a clock gate to toggle at the clock's full rate. The view of the library that it is
//! given instead says nothing that could make it do so:
//!
//! - no functions, no registers, no timing: the activity of every net is the measured one;
//! - the energies at an output, one group for each input that may have caused the
//!   transition, are divided by the number of groups, so that a transition costs the mean
//!   over inputs and edges; likewise energies that depend on other pins (`when`);
//! - a register is two cells, one with its clock pin and one with the rest, so that the
//!   energy of the clock is told apart;
//! - every cell has one pin more, without capacitance, from which OpenSTA learns the period;
//! - a cell without energy of its own drives each net that comes from a port.

use heddle_liberty::{Cell, Group, Item, LibertyError, Library};

/// The pin from which OpenSTA learns the period.
pub const PERIOD_PIN: &str = "heddle_period";
/// The cell that drives a net from a port, and its output.
pub const SOURCE: [&str; 2] = ["heddle_source", "y"];
/// What the clock pins' cell of a register is called behind the register's name.
pub const CLOCK_PART: &str = "__clock";

/// The view of `library`, with the cells `used`, as Liberty.
///
/// # Errors
/// [`LibertyError::Bad`] if an energy is no number.
pub fn liberty<'a>(
    library: &Library,
    used: impl Iterator<Item = &'a Cell>,
) -> Result<String, LibertyError> {
    let tree = &library.tree;
    let mut view = Group {
        kind: tree.kind.clone(),
        arguments: tree.arguments.clone(),
        items: Vec::new(),
    };
    for item in &tree.items {
        match item {
            Item::Group(group) if group.kind == "cell" || group.kind.starts_with("wire_load") => {}
            Item::Simple(name, _) if name.starts_with("default_wire_load") => {}
            other => view.items.push(other.clone()),
        }
    }
    let mut source = Group::new("cell", SOURCE[0]);
    source.set("cell_leakage_power", "0");
    source.items.push(pin(SOURCE[1], "output"));
    source.items.push(pin(PERIOD_PIN, "input"));
    view.items.push(Item::Group(source));
    for cell in used {
        let Some(group) = tree.groups("cell").find(|group| group.name() == cell.name) else {
            continue;
        };
        let bad = |problem: String| LibertyError::Bad {
            what: library.files.join(", "),
            problem: format!("cell {}: {problem}", cell.name),
        };
        let part = |clock| part(library, group, cell, clock).map_err(bad);
        view.items.push(Item::Group(part(false)?));
        if cell.state.is_some() {
            view.items.push(Item::Group(part(true)?));
        }
    }
    let mut text = String::new();
    view.write(&mut text);
    Ok(text)
}

fn pin(name: &str, direction: &str) -> Item {
    let mut pin = Group::new("pin", name);
    pin.items
        .push(Item::Simple("direction".into(), direction.into()));
    pin.items
        .push(Item::Simple("capacitance".into(), "0".into()));
    Item::Group(pin)
}

/// A cell, or of a register either its clock pins or what remains without their energy and
/// capacitance.
fn part(library: &Library, group: &Group, cell: &Cell, clock: bool) -> Result<Group, String> {
    let suffix = if clock { CLOCK_PART } else { "" };
    let mut out = Group::new("cell", &format!("{}{suffix}", cell.name));
    if clock {
        // the library's default, if any, is in the other part
        out.set("cell_leakage_power", "0");
    }
    let ground: Vec<&str> = group
        .groups("pg_pin")
        .filter(|pin| {
            pin.value("pg_type")
                .is_some_and(|kind| kind.ends_with("ground"))
        })
        .map(Group::name)
        .collect();
    for item in &group.items {
        match item {
            Item::Simple(name, _) if name == "cell_leakage_power" && !clock => {
                out.items.push(item.clone());
            }
            Item::Group(inner) if inner.kind == "leakage_power" && !clock => {
                out.items.push(item.clone());
            }
            Item::Group(inner) if inner.kind == "pin" => {
                for name in &inner.arguments {
                    let Some(known) = cell.pin(name) else {
                        continue;
                    };
                    let clocks = cell.is_clock(name);
                    if clock && !clocks {
                        continue;
                    }
                    if clocks && !clock {
                        out.items.push(pin(name, "input"));
                        continue;
                    }
                    let mut kept = Group::new("pin", name);
                    let direction = if known.is_output() { "output" } else { "input" };
                    let holds = match inner.value("capacitance") {
                        Some(text) => text.to_owned(),
                        None => (known.capacitance / library.units.capacitance).to_string(),
                    };
                    kept.set("direction", direction);
                    kept.set("capacitance", &holds);
                    kept.items.extend(energies(inner, &ground)?);
                    out.items.push(Item::Group(kept));
                }
            }
            _ => {}
        }
    }
    out.items.push(pin(PERIOD_PIN, "input"));
    Ok(out)
}

/// The groups of internal power of a pin, shared out.
fn energies(pin: &Group, ground: &[&str]) -> Result<Vec<Item>, String> {
    let groups: Vec<&Group> = pin
        .groups("internal_power")
        .filter(|group| {
            let supply = group.value("related_pg_pin");
            supply.is_none_or(|supply| !ground.contains(&supply))
        })
        .collect();
    // one for each related pin, of which a group may name several
    let causes = |group: &Group| {
        let related = group.value("related_pin");
        related.map_or(1, |pins| pins.split_whitespace().count().max(1))
    };
    let all: usize = groups.iter().map(|group| causes(group)).sum();
    let share = 1.0 / all.max(1) as f64;
    let scaled = |group: &&Group| {
        let mut out = Group {
            kind: group.kind.clone(),
            arguments: group.arguments.clone(),
            items: Vec::new(),
        };
        for item in &group.items {
            match item {
                Item::Simple(name, _) if name == "related_pin" => out.items.push(item.clone()),
                Item::Group(table) => out.items.push(Item::Group(scale(table, share)?)),
                _ => {}
            }
        }
        Ok(Item::Group(out))
    };
    groups.iter().map(scaled).collect()
}

/// A table with every value times `factor`.
fn scale(table: &Group, factor: f64) -> Result<Group, String> {
    let mut table = table.clone();
    for item in &mut table.items {
        if let Item::Complex(name, rows) = item {
            if name == "values" {
                for row in rows {
                    // with commas between them, or blanks
                    let values = row.trim_matches('"').split([',', ' ', '\t']);
                    let values = values.filter(|value| !value.is_empty()).map(|value| {
                        let number = value.parse::<f64>();
                        let number =
                            number.map_err(|_| format!("its energy '{value}' is no number"));
                        number.map(|number| (number * factor).to_string())
                    });
                    let values: Vec<_> = values.collect::<Result<_, String>>()?;
                    *row = format!("\"{}\"", values.join(", "));
                }
            }
        }
    }
    Ok(table)
}
