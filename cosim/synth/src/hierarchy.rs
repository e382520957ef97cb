//! Which instance is of which module, so that paths and areas can name modules.

use crate::error::unreadable;
use crate::SynthError;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The instances of each module of a design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hierarchy {
    /// The top module.
    pub top: String,
    /// Module to instance to module.
    pub modules: BTreeMap<String, BTreeMap<String, String>>,
    /// What yosys calls modules that have parameters, and what they are called here: `NAME`,
    /// or, where there are several, `NAME (WIDTH=8)` with what tells them apart.
    names: BTreeMap<String, String>,
    /// The words and the bits of each of those modules that have parameters of these names.
    memories: BTreeMap<String, (u64, u64)>,
}

/// The name of a module without yosys's word for its parameters: `$paramod\NAME\VALUES` and
/// `$paramod$HASH\NAME` are NAME.
fn base(raw: &str) -> &str {
    let Some(rest) = raw.strip_prefix("$paramod") else {
        return raw.trim_start_matches('\\');
    };
    rest.split('\\').nth(1).unwrap_or(raw)
}

/// A parameter's value, of which yosys writes the bits, as a number.
fn value(of: &Value) -> String {
    let text = of.as_str().map_or_else(|| of.to_string(), str::to_owned);
    let number = u64::from_str_radix(&text, 2).ok();
    number.map_or_else(|| text.trim_end().to_owned(), |number| number.to_string())
}

/// A parameter of a module as a number.
fn number(module: &Value, parameter: &str) -> Option<u64> {
    let of = &module["parameter_default_values"][parameter];
    of.is_string().then(|| value(of).parse().ok()).flatten()
}

/// What modules with parameters are called.
fn names(modules: &Map<String, Value>) -> BTreeMap<String, String> {
    let mut kinds: BTreeMap<&str, Vec<(&str, &Value)>> = BTreeMap::new();
    for (raw, module) in modules {
        let parameters = &module["parameter_default_values"];
        kinds.entry(base(raw)).or_default().push((raw, parameters));
    }
    let mut names = BTreeMap::new();
    for (base, kinds) in kinds {
        let first = kinds[0].1;
        let all = first.as_object().into_iter().flat_map(Map::keys);
        let telling: Vec<_> = all
            .filter(|name| kinds.iter().any(|(_, of)| of[*name] != first[*name]))
            .collect();
        for (number, (raw, of)) in kinds.iter().enumerate() {
            let told = telling
                .iter()
                .map(|name| format!("{name}={}", value(&of[*name])));
            let name = match (kinds.len(), telling.is_empty()) {
                (1, _) => base.to_owned(),
                (_, true) => format!("{base} ({})", number + 1),
                _ => format!("{base} ({})", told.collect::<Vec<_>>().join(", ")),
            };
            names.insert((*raw).to_owned(), name);
        }
    }
    names
}

impl Hierarchy {
    /// Reads the text that yosys's `write_json` wrote before synthesis.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if it is cut off or lacks the top module.
    pub fn parse(what: &str, text: &str, top: &str) -> Result<Self, SynthError> {
        let value: Value = serde_json::from_str(text).map_err(|error| unreadable(what, error))?;
        let found = value["modules"]
            .as_object()
            .filter(|modules| modules.contains_key(top))
            .ok_or_else(|| unreadable(what, format!("module {top} is missing")))?;
        let names = names(found);
        let (mut modules, mut memories) = (BTreeMap::new(), BTreeMap::new());
        for (raw, module) in found {
            if let (Some(words), Some(bits)) = (number(module, "WORDS"), number(module, "BITS")) {
                memories.insert(names[raw].clone(), (words, bits));
            }
            let cells = module["cells"].as_object().into_iter().flatten();
            let instances = cells.filter_map(|(instance, cell)| {
                let kind = cell["type"].as_str()?;
                let is_module = found.contains_key(kind);
                is_module.then(|| (instance.clone(), names[kind].clone()))
            });
            modules.insert(names[raw].clone(), instances.collect());
        }
        Ok(Self {
            top: top.to_owned(),
            modules,
            names,
            memories,
        })
    }

    /// The bits of the memory `module`, by its parameters WORDS and BITS.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if this yosys does not tell them.
    pub(crate) fn memory_bits(&self, module: &str) -> Result<u64, SynthError> {
        let found = self.memories.get(module).ok_or_else(|| {
            unreadable(
                "yosys's hierarchy",
                format!("it does not tell the parameters of {module}: use a newer yosys"),
            )
        })?;
        Ok(found.0 * found.1)
    }

    /// The name of a module without what tells it from others with other parameters.
    pub(crate) fn kind(name: &str) -> &str {
        name.split(" (").next().unwrap_or(name)
    }

    /// What the module is called that yosys calls `raw`; any other name is itself.
    pub fn name<'a>(&'a self, raw: &'a str) -> &'a str {
        self.names.get(raw).map_or(raw, String::as_str)
    }

    /// Splits the flat name of a cell or net into instance path, module and the name within
    /// that: `u_mesh.g_row[0].u_row.sum_q[3]` is `sum_q[3]` in `u_mesh.g_row[0].u_row`, a
    /// `heddle_row`.
    pub fn locate<'a>(&'a self, flat: &'a str) -> (&'a str, &'a str, &'a str) {
        let (mut module, mut at) = (self.top.as_str(), 0);
        while let Some(instances) = self.modules.get(module) {
            let rest = &flat[at..];
            // an instance's name may itself hold a point
            let inner = instances.iter().find(|(instance, _)| {
                rest.strip_prefix(instance.as_str())
                    .is_some_and(|rest| rest.starts_with('.'))
            });
            let Some((instance, kind)) = inner else { break };
            module = kind;
            at += instance.len() + 1;
        }
        (&flat[..at.saturating_sub(1)], module, &flat[at..])
    }

    /// How often each module occurs below the top, the top itself included.
    pub fn counts(&self) -> BTreeMap<&str, u64> {
        let mut counts = BTreeMap::new();
        self.count(&self.top, &mut counts);
        counts
    }

    fn count<'a>(&'a self, module: &'a str, counts: &mut BTreeMap<&'a str, u64>) {
        *counts.entry(module).or_insert(0) += 1;
        for inner in self.modules.get(module).into_iter().flatten() {
            self.count(inner.1, counts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"modules": {"top": {"cells": {
        "a": {"type": "$paramod$2cb3b725044cddbfc864ca25c0e97cc8044a50b3\\line"},
        "b": {"type": "$paramod$765c1974c63d32163faf49e65294845b15d37476\\line"},
        "c": {"type": "$paramod\\count\\PRELOAD=48'011"}, "d": {"type": "line"}}},
      "$paramod$2cb3b725044cddbfc864ca25c0e97cc8044a50b3\\line":
        {"parameter_default_values": {"DEPTH": "0111", "WIDTH": "0101000"}, "cells": {}},
      "$paramod$765c1974c63d32163faf49e65294845b15d37476\\line":
        {"parameter_default_values": {"DEPTH": "0111", "WIDTH": "0000100"}, "cells": {}},
      "line": {"parameter_default_values": {"DEPTH": "0111", "WIDTH": "0001000"}, "cells": {}},
      "$paramod\\count\\PRELOAD=48'011":
        {"parameter_default_values": {"PRELOAD": "011"}, "cells": {}}}}"#;

    #[test]
    fn instances_in_loops_are_found() {
        let json = r#"{"modules": {"top": {"cells": {"u_mesh": {"type": "mesh"}}},
            "mesh": {"cells": {"g_row[1].u_row": {"type": "row"}, "g_row[10].u_row": {"type": "row"}}},
            "row": {"cells": {"g_pe[0].u_pe": {"type": "pe"}}}, "pe": {"cells": {}}}}"#;
        let found = Hierarchy::parse("text", json, "top").unwrap();
        assert_eq!(
            found.locate("u_mesh.g_row[10].u_row.g_pe[0].u_pe.act_q[3]"),
            ("u_mesh.g_row[10].u_row.g_pe[0].u_pe", "pe", "act_q[3]")
        );
        // A register in a block of a module is none in an instance.
        assert_eq!(
            found.locate("u_mesh.g_row[1].u_row.g_line.line_q"),
            ("u_mesh.g_row[1].u_row", "row", "g_line.line_q")
        );
        assert_eq!(found.counts()["pe"], 2);
    }

    #[test]
    fn modules_with_parameters_are_told_apart_by_them() {
        let found = Hierarchy::parse("text", JSON, "top").unwrap();
        let instances: Vec<_> = found.modules["top"].values().map(String::as_str).collect();
        assert_eq!(
            instances,
            [
                "line (WIDTH=40)",
                "line (WIDTH=4)",
                "count",
                "line (WIDTH=8)"
            ]
        );
        assert_eq!(found.locate("b.q"), ("b", "line (WIDTH=4)", "q"));
        assert_eq!(
            found.name("$paramod$765c1974c63d32163faf49e65294845b15d37476\\line"),
            "line (WIDTH=4)"
        );
        // versions that do not say the parameters
        let json = JSON.replace("parameter_default_values", "unknown");
        let found = Hierarchy::parse("text", &json, "top").unwrap();
        assert_eq!(found.modules["top"]["b"], "line (2)");
        assert_eq!(found.modules["top"]["c"], "count");
    }
}
