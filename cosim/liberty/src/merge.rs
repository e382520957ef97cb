//! Several libraries as one.

use crate::error::bad;
use crate::library::{supply, Supply};
use crate::tree::{unquoted, Group, Item};
use crate::units::{shown, Units};
use crate::LibertyError;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Libraries that belong together, merged.
pub(crate) struct Merged {
    pub name: String,
    pub tree: Group,
    pub units: Units,
    pub supply: Option<Supply>,
}

/// One library that has been read.
struct One {
    what: String,
    group: Group,
    units: Units,
    supply: Option<Supply>,
}

/// Attributes that say what the numbers of a library mean: those that begin so.
const MEANING: [&str; 8] = [
    "delay_model",
    "input_threshold_pct",
    "output_threshold_pct",
    "slew_lower_threshold_pct",
    "slew_upper_threshold_pct",
    "slew_derate_from_library",
    "default_cell_leakage_power",
    "k_",
];

/// The libraries of `groups` as one; each comes with the file that it is from.
///
/// # Errors
/// [`LibertyError::Bad`] for one that does not go with the first.
pub(crate) fn merge(groups: Vec<(String, Group)>) -> Result<Merged, LibertyError> {
    let mut all = Vec::new();
    for (what, group) in groups {
        let error = |problem: String| bad(&what, problem);
        let units = Units::of(&group).map_err(error)?;
        let supply = supply(&group, &units).map_err(error)?;
        all.push(One {
            what,
            group,
            units,
            supply,
        });
    }
    let Some(first) = all.first() else {
        return Err(bad("no file", "it holds no library"));
    };
    for other in &all[1..] {
        fits(first, other)?;
    }
    let mut names: Vec<&str> = Vec::new();
    for one in &all {
        if !names.contains(&one.group.name()) {
            names.push(one.group.name());
        }
    }
    let name = names.join(" + ");
    let units = first.units;
    let supply = all.iter().find_map(|one| one.supply.clone());
    let mut sum = Sum {
        tree: Group::new("library", first.group.name()),
        cells: HashMap::new(),
    };
    for one in all {
        sum.add(one)?;
    }
    Ok(Merged {
        name,
        tree: sum.tree,
        units,
        supply,
    })
}

/// Whether the numbers of both mean the same.
fn fits(first: &One, other: &One) -> Result<(), LibertyError> {
    let differ = |what: &str, here: String, there: String| {
        Err(bad(
            &other.what,
            format!(
                "its {what} is {here}, that of {} is {there}: files that are given together must \
                 have the same units, thresholds and supply",
                first.what
            ),
        ))
    };
    let (here, there) = (&other.units, &first.units);
    for (what, base, here, there) in [
        ("unit of time", "s", here.time, there.time),
        (
            "unit of capacitance",
            "F",
            here.capacitance,
            there.capacitance,
        ),
        ("unit of voltage", "V", here.voltage, there.voltage),
        (
            "unit of leakage",
            "W",
            here.leakage.unwrap_or(1e-9),
            there.leakage.unwrap_or(1e-9),
        ),
    ] {
        if (here - there).abs() > 1e-9 * there {
            return differ(what, shown(here, base), shown(there, base));
        }
    }
    if let (Some(here), Some(there)) = (&other.supply, &first.supply) {
        let same = (here.voltage, here.temperature) == (there.voltage, there.temperature);
        if !same {
            return differ("supply", here.to_string(), there.to_string());
        }
    }
    let (here, there) = (meaning(&other.group), meaning(&first.group));
    let names: BTreeSet<_> = here.keys().chain(there.keys()).copied().collect();
    for name in names {
        let (here, there) = (here.get(name), there.get(name));
        let same = match (here, there) {
            (Some(here), Some(there)) => match (here.parse::<f64>(), there.parse::<f64>()) {
                (Ok(here), Ok(there)) => here == there,
                _ => here == there,
            },
            (one, other) => one == other,
        };
        if !same {
            let text = |of: Option<&&str>| of.map_or("not given".into(), |text| text.to_string());
            return differ(name, text(here), text(there));
        }
    }
    Ok(())
}

fn meaning(library: &Group) -> BTreeMap<&str, &str> {
    let of = |item: &'_ Item| match item {
        Item::Simple(name, _) => MEANING.iter().any(|begin| name.starts_with(begin)),
        _ => false,
    };
    let simple = library.items.iter().filter(|item| of(item));
    simple
        .filter_map(|item| match item {
            Item::Simple(name, value) => Some((name.as_str(), unquoted(value))),
            _ => None,
        })
        .collect()
}

/// The libraries so far.
struct Sum {
    tree: Group,
    /// Which file each cell is from, and where it is in the tree.
    cells: HashMap<String, (String, usize)>,
}

impl Sum {
    fn add(&mut self, one: One) -> Result<(), LibertyError> {
        let first = self.tree.items.is_empty();
        // of another file's templates those that have a name in use
        let mut renamed = HashMap::new();
        let mut cells = Vec::new();
        for item in one.group.items {
            match item {
                Item::Group(group) if group.kind == "cell" => cells.push(group),
                other if first => self.tree.items.push(other),
                Item::Simple(name, value) => {
                    if self.tree.value(&name).is_none() {
                        self.tree.items.push(Item::Simple(name, value));
                    }
                }
                Item::Complex(name, values) => {
                    let known = name == "capacitive_load_unit" && self.tree.values(&name).is_some();
                    let item = Item::Complex(name, values);
                    if !known && !self.tree.items.contains(&item) {
                        self.tree.items.push(item);
                    }
                }
                Item::Group(group) => self.add_group(group, &mut renamed),
            }
        }
        for mut cell in cells {
            if !renamed.is_empty() {
                rename(&mut cell, &renamed);
            }
            self.add_cell(cell, &one.what)?;
        }
        Ok(())
    }

    fn add_group(&mut self, mut group: Group, renamed: &mut HashMap<String, String>) {
        let kind = group.kind.clone();
        if self.tree.groups(&kind).any(|other| *other == group) {
            return;
        }
        let taken = |name: &str| self.tree.groups(&kind).any(|other| other.name() == name);
        if taken(group.name()) {
            if !kind.ends_with("template") && kind != "type" {
                return;
            }
            let old = group.name().to_owned();
            let new = (2..).map(|number| format!("{old}_{number}"));
            let new = new
                .into_iter()
                .find(|name| !taken(name))
                .unwrap_or_default();
            group.arguments = vec![new.clone()];
            renamed.insert(old, new);
        }
        self.tree.items.push(Item::Group(group));
    }

    fn add_cell(&mut self, cell: Group, what: &str) -> Result<(), LibertyError> {
        let name = cell.name().to_owned();
        if let Some((from, at)) = self.cells.get(&name) {
            if matches!(&self.tree.items[*at], Item::Group(known) if *known == cell) {
                return Ok(());
            }
            return Err(bad(
                what,
                format!(
                    "its cell {name} is not the one of {from}: give each cell once (are these two \
                     corners of the same cells?)"
                ),
            ));
        }
        self.cells
            .insert(name, (what.to_owned(), self.tree.items.len()));
        self.tree.items.push(Item::Group(cell));
        Ok(())
    }
}

/// Gives templates and types in a cell their new names.
fn rename(group: &mut Group, renamed: &HashMap<String, String>) {
    for item in &mut group.items {
        match item {
            Item::Group(inner) => {
                let table = !matches!(inner.kind.as_str(), "pin" | "pg_pin" | "bus" | "bundle")
                    && !inner.kind.starts_with("ff")
                    && !inner.kind.starts_with("latch");
                if let (true, Some(new)) = (table, renamed.get(inner.name())) {
                    inner.arguments = vec![new.clone()];
                }
                rename(inner, renamed);
            }
            Item::Simple(name, value) if name == "bus_type" => {
                if let Some(new) = renamed.get(unquoted(value)) {
                    value.clone_from(new);
                }
            }
            _ => {}
        }
    }
}
