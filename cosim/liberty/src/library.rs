//! A library: what its files say together.

use crate::cell::{number, Cell, Defaults};
use crate::error::bad;
use crate::tree::{Group, Item};
use crate::units::Units;
use crate::{file, mapping, merge, LibertyError};
use heddle_files::shown_path;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The supply that a library is characterised for.
#[derive(Clone, Debug, PartialEq)]
pub struct Supply {
    /// Its voltage in volt.
    pub voltage: f64,
    /// Degrees Celsius.
    pub temperature: Option<f64>,
    /// What the library calls these conditions.
    pub name: String,
}

impl std::fmt::Display for Supply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let temperature = self
            .temperature
            .map_or("?".into(), |value| value.to_string());
        write!(f, "{}, {} V, {temperature} C", self.name, self.voltage)
    }
}

/// One Liberty file, or several that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Library {
    /// The files that it is from.
    pub files: Vec<String>,
    /// The library's name; of several files all of them, with plus signs.
    pub name: String,
    /// Its units.
    pub units: Units,
    supply: Option<Supply>,
    /// The cells.
    pub cells: BTreeMap<String, Cell>,
    /// Cells that nothing may be mapped onto: the file says so, or whoever reads it.
    pub left_out: Vec<String>,
    /// What was assumed.
    pub notes: Vec<String>,
    /// Everything, attributes ahead of groups and cells by name.
    pub tree: Group,
}

impl Library {
    /// Reads the files at `paths`, plain or compressed, as one library. Cells whose name one
    /// of the patterns `dont_use` meets (`*`, `?`, `[...]`) are left out of what may be mapped
    /// onto, as are those that the files say.
    ///
    /// # Errors
    /// [`LibertyError::File`]; [`LibertyError::Bad`] for a file that is no library, or that
    /// does not go with the others: units, thresholds and supply must be the same, and a cell
    /// must not be two things; [`LibertyError::Pattern`].
    pub fn read(paths: &[PathBuf], dont_use: &[String]) -> Result<Self, LibertyError> {
        let mut groups = Vec::new();
        for path in paths {
            let what = shown_path(path);
            let text = file::text(path)?;
            let folder = path.parent().unwrap_or(Path::new("."));
            let include = |name: &str| {
                let path = folder.join(name);
                // the name is a file's, not the user's: no device, no pipe
                heddle_files::open_regular(&path)?;
                Ok((shown_path(&path), file::text(&path)?))
            };
            let found = Group::parse(&what, &text, &include)?;
            groups.extend(libraries(&what, found)?);
        }
        Self::of(groups, dont_use)
    }

    /// Reads texts, each with what it is called in errors.
    ///
    /// # Errors
    /// As [`Library::read`]; files that are included are not there.
    pub fn parse(texts: &[(&str, &str)], dont_use: &[String]) -> Result<Self, LibertyError> {
        let include = |name: &str| Err(bad(name, "a text cannot include files"));
        let mut groups = Vec::new();
        for (what, text) in texts {
            groups.extend(libraries(what, Group::parse(what, text, &include)?)?);
        }
        Self::of(groups, dont_use)
    }

    fn of(groups: Vec<(String, Group)>, dont_use: &[String]) -> Result<Self, LibertyError> {
        let mut files: Vec<_> = groups.iter().map(|(what, _)| what.clone()).collect();
        files.dedup();
        let what = files.first().cloned().unwrap_or_default();
        let merged = merge::merge(groups)?;
        let (mut tree, units) = (merged.tree, merged.units);
        let defaults = Defaults::of(&tree);
        let cells: BTreeMap<_, _> = tree
            .groups("cell")
            .map(|group| Cell::read(group, &units, &defaults))
            .map(|cell| (cell.name.clone(), cell))
            .collect();
        if cells.is_empty() {
            return Err(bad(&what, "it holds no cells"));
        }
        let mut notes = Vec::new();
        if tree.values("capacitive_load_unit").is_none() {
            notes.push("the library names no unit of capacitance: 1 pF is taken".to_owned());
        }
        let rests = |group: &Group| {
            group.value("cell_leakage_power").is_some()
                || group.groups("leakage_power").next().is_some()
        };
        if units.leakage.is_none() && tree.groups("cell").any(rests) {
            notes.push(
                "the library does not say in which unit leakage is (leakage_power_unit): 1 nW is \
                 taken"
                    .to_owned(),
            );
        }
        arrange(&mut tree, &units, merged.supply.as_ref())
            .map_err(|problem| bad(&what, problem))?;
        let left_out = mapping::left_out(&cells, dont_use)?;
        if left_out.len() == cells.len() {
            return Err(bad(&what, "all of its cells are said not to be used"));
        }
        Ok(Self {
            files,
            name: merged.name,
            units,
            supply: merged.supply,
            cells,
            left_out,
            notes,
            tree,
        })
    }

    /// The cell of an instance.
    ///
    /// # Errors
    /// [`LibertyError::Cell`] if the library does not have it, or does not say what it does.
    pub fn cell(&self, name: &str, instance: &str) -> Result<&Cell, LibertyError> {
        let error = |problem: String| LibertyError::Cell {
            cell: name.to_owned(),
            instance: instance.to_owned(),
            problem,
        };
        let cell = self.cells.get(name).ok_or_else(|| {
            error(
                "the Liberty file does not have it; a latch in it means that the library has \
                 none: use another gating style or another Liberty file"
                    .into(),
            )
        })?;
        match &cell.problem {
            None => Ok(cell),
            Some(problem) => Err(error(format!("{problem}; leave it out with --dont-use"))),
        }
    }

    /// The supply that it is characterised for.
    ///
    /// # Errors
    /// [`LibertyError::Bad`] if it does not say.
    pub fn supply(&self) -> Result<&Supply, LibertyError> {
        self.supply.as_ref().ok_or_else(|| {
            bad(
                &self.files.join(", "),
                "it names no supply: give it 'nom_voltage', or 'operating_conditions' with a \
                 voltage and name them as 'default_operating_conditions'; power cannot be told \
                 without",
            )
        })
    }

    /// The whole library as one file that every tool reads.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.tree.write(&mut text);
        text
    }

    /// The library as one file with nothing but what may be mapped onto: without the cells
    /// that are left out, and with registers as yosys knows them.
    pub fn mapping_text(&self) -> String {
        let mut text = String::new();
        mapping::tree(self).write(&mut text);
        text
    }

    /// Whether any register that may be mapped onto has nothing but an inverted output: an
    /// inverter behind it then drives the net that the register is known by.
    pub fn inverts_registers(&self) -> bool {
        let usable = self
            .cells
            .values()
            .filter(|cell| !self.left_out.contains(&cell.name));
        usable
            .filter_map(mapping::output)
            .any(|output| output.inverted)
    }
}

/// The groups of one file, each of which must be a library.
fn libraries(what: &str, groups: Vec<Group>) -> Result<Vec<(String, Group)>, LibertyError> {
    if groups.is_empty() {
        return Err(bad(what, "it holds no library"));
    }
    let named = |group: Group| match group.kind.as_str() {
        "library" => Ok((what.to_owned(), group)),
        kind => Err(bad(what, format!("it holds a '{kind}', not a library"))),
    };
    groups.into_iter().map(named).collect()
}

/// The supply of one library: that of the default operating conditions, which may be named
/// ahead of their group; without them the nominal one; without that the only one.
///
/// # Errors
/// A value that is no number, or no voltage.
pub(crate) fn supply(library: &Group, units: &Units) -> Result<Option<Supply>, String> {
    let all = || library.groups("operating_conditions");
    let default = library.value("default_operating_conditions");
    let nominal = library.value("nom_voltage").is_some();
    let group = match (default, nominal) {
        (Some(name), _) if all().any(|group| group.name() == name) => {
            all().find(|group| group.name() == name)
        }
        (_, true) => None,
        _ => all().next().filter(|_| all().count() == 1),
    };
    let named = group.filter(|group| group.value("voltage").is_some());
    let (of, prefix) = named.map_or((library, "nom_"), |group| (group, ""));
    let voltage = match number(of, &format!("{prefix}voltage"))? {
        // the nominal voltage is in volt whatever the unit; conditions are in the unit
        Some(value) if named.is_none() => value,
        Some(value) => value * units.voltage,
        None => return Ok(None),
    };
    if voltage <= 0.0 {
        return Err(format!("its supply is {voltage} V"));
    }
    Ok(Some(Supply {
        voltage,
        temperature: number(of, &format!("{prefix}temperature"))?,
        name: named.map_or("nominal", |group| group.name()).to_owned(),
    }))
}

/// Puts everything where all tools find it: attributes ahead of groups, units ahead of all
/// else, cells by name, and attributes that name groups behind these.
fn arrange(tree: &mut Group, units: &Units, supply: Option<&Supply>) -> Result<(), String> {
    for (name, value) in units.written()? {
        tree.set(name, &value);
    }
    if units.leakage.is_none() {
        tree.set("leakage_power_unit", "\"1nW\"");
    }
    tree.items
        .retain(|item| !matches!(item, Item::Complex(name, _) if name == "capacitive_load_unit"));
    tree.items.push(Item::Complex(
        "capacitive_load_unit".into(),
        units.written_capacitance(),
    ));
    tree.attributes_first();
    conditions(tree, units, supply);
    tree.items.sort_by_key(|item| match item {
        Item::Complex(name, _) if name == "technology" => 0,
        Item::Complex(name, _) if name.starts_with("define") => 1,
        Item::Simple(name, _) if name == "delay_model" => 2,
        Item::Simple(name, _) | Item::Complex(name, _) if name.ends_with("_unit") => 3,
        Item::Simple(name, _)
            if name == "default_operating_conditions"
                || (name.starts_with("default_wire_load")
                    && !matches!(
                        name.as_str(),
                        "default_wire_load_area"
                            | "default_wire_load_capacitance"
                            | "default_wire_load_resistance"
                    )) =>
        {
            6
        }
        Item::Simple(..) | Item::Complex(..) => 4,
        Item::Group(group) if group.kind == "cell" => 7,
        Item::Group(_) => 5,
    });
    let cells = tree
        .items
        .iter()
        .position(|item| matches!(item, Item::Group(group) if group.kind == "cell"));
    if let Some(first) = cells {
        tree.items[first..].sort_by(|one, other| match (one, other) {
            (Item::Group(one), Item::Group(other)) => one.name().cmp(other.name()),
            _ => std::cmp::Ordering::Equal,
        });
    }
    Ok(())
}

/// Makes the supply that of the default operating conditions: OpenSTA takes it from nothing else.
fn conditions(tree: &mut Group, units: &Units, supply: Option<&Supply>) {
    const DEFAULT: &str = "default_operating_conditions";
    let Some(supply) = supply else {
        tree.items
            .retain(|item| !matches!(item, Item::Simple(name, _) if name == DEFAULT));
        return;
    };
    let voltage = (supply.voltage / units.voltage).to_string();
    let is_it = |group: &Group| {
        let same = |text: &str| text.parse() == voltage.parse::<f64>();
        group.name() == supply.name && group.value("voltage").is_some_and(same)
    };
    let mut name = supply.name.clone();
    if !tree.groups("operating_conditions").any(is_it) {
        name = format!("heddle_{name}");
        let mut group = Group::new("operating_conditions", &name);
        let process = tree.value("nom_process").unwrap_or("1").to_owned();
        group.set("process", &process);
        group.set("voltage", &voltage);
        let temperature = supply.temperature.unwrap_or(25.0);
        group.set("temperature", &temperature.to_string());
        tree.items.push(Item::Group(group));
    }
    tree.set(DEFAULT, &format!("\"{name}\""));
}
