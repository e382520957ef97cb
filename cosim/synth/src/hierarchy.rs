//! Which instance is of which module, so that paths and areas can name modules.

use crate::error::unreadable;
use crate::SynthError;
use std::collections::BTreeMap;

/// The instances of each module of a design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hierarchy {
    /// The top module.
    pub top: String,
    /// Module to instance to module.
    pub modules: BTreeMap<String, BTreeMap<String, String>>,
}

/// JSON of yosys, in which a module with parameters has its own name: `$paramod\\NAME\\VALUES` is
/// NAME, and `$paramod$HASH\\NAME`, of which there may be several, NAME:HASH, the hash cut short.
pub(crate) fn without_parameters(json: &str) -> String {
    // What JSON makes of a backslash.
    const BACKSLASH: &str = "\\\\";
    let mut parts = json.split("$paramod");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_at(part.find('"').unwrap_or(part.len()));
        let mut words = name.split(BACKSLASH);
        match (words.next(), words.next()) {
            (Some(""), Some(module)) => text.push_str(module),
            (Some(hash), Some(module)) if hash.starts_with('$') && hash.len() > 8 => {
                text.push_str(&format!("{module}:{}", &hash[1..7]));
            }
            _ => text.push_str(&format!("$paramod{name}")),
        }
        text.push_str(rest);
    }
    text
}

impl Hierarchy {
    /// Reads the text that yosys's `write_json` wrote before synthesis.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if it is cut off or lacks the top module.
    pub fn parse(what: &str, text: &str, top: &str) -> Result<Self, SynthError> {
        let value: serde_json::Value = serde_json::from_str(&without_parameters(text))
            .map_err(|error| unreadable(what, error))?;
        let found = value["modules"]
            .as_object()
            .filter(|modules| modules.contains_key(top))
            .ok_or_else(|| unreadable(what, format!("module {top} is missing")))?;
        let mut modules = BTreeMap::new();
        for (name, module) in found {
            let cells = module["cells"].as_object().into_iter().flatten();
            let instances = cells.filter_map(|(instance, cell)| {
                let kind = cell["type"].as_str()?;
                let is_module = found.contains_key(kind);
                is_module.then(|| (instance.clone(), kind.to_owned()))
            });
            modules.insert(name.clone(), instances.collect());
        }
        Ok(Self {
            top: top.to_owned(),
            modules,
        })
    }

    /// Splits the flat name of a cell or net into instance path, module and the name within
    /// that: `mesh.row_0.pe_1.sum_q[3]` is `sum_q[3]` in `mesh.row_0.pe_1`, a `heddle_pe`.
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
mod parameter_tests {
    use super::without_parameters;

    #[test]
    fn a_module_with_parameters_has_its_own_name() {
        let json = r#"{"$paramod\\heddle_counters\\PRELOAD=48'000": {"type": "a"}, "$paramod": 1}"#;
        assert_eq!(
            without_parameters(json),
            r#"{"heddle_counters": {"type": "a"}, "$paramod": 1}"#
        );
        let json = r#"{"$paramod$db451dbd95d1a64821245d5d237535d6870045e5\\heddle_ram_line": 1}"#;
        assert_eq!(without_parameters(json), r#"{"heddle_ram_line:db451d": 1}"#);
    }
}
