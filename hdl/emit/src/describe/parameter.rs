//! Parameters: what whoever instantiates a module may choose.

use std::sync::Arc;

/// A parameter of modules. Two of one name are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Parameter {
    /// Its name in Verilog.
    pub name: &'static str,
    /// Its value if nobody chooses one.
    pub default: usize,
    /// Its bits, if it is a number of that width and not a size.
    pub bits: Option<usize>,
    /// What it is for.
    pub doc: &'static str,
}

impl Parameter {
    /// A size.
    pub const fn size(name: &'static str, default: usize, doc: &'static str) -> Self {
        Self {
            name,
            default,
            bits: None,
            doc,
        }
    }

    /// A number of `bits` bits, zero by default.
    pub const fn number(name: &'static str, bits: usize, doc: &'static str) -> Self {
        Self {
            name,
            default: 0,
            bits: Some(bits),
            doc,
        }
    }
}

/// Values of parameters where hardware is built; what is not among them has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    values: Arc<[(&'static str, usize)]>,
    /// How many of them, the first, are of all of the design.
    listed: usize,
}

impl Sizes {
    /// Those of a design, in the order in which its modules list them.
    pub fn new(values: Vec<(&'static str, usize)>) -> Self {
        Self {
            listed: values.len(),
            values: values.into(),
        }
    }

    /// The value of `name`, if it is among them.
    pub fn get(&self, name: &str) -> Option<usize> {
        let found = self.values.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value)
    }

    /// The value of `parameter`.
    pub fn value(&self, parameter: &Parameter) -> usize {
        self.get(parameter.name).unwrap_or(parameter.default)
    }

    /// Where modules list `name`: behind those that are of all of the design if it is not.
    pub fn position(&self, name: &str) -> usize {
        let mut listed = self.values.iter().take(self.listed);
        listed
            .position(|(known, _)| *known == name)
            .unwrap_or(self.listed)
    }

    /// The same, but for the value of `name`.
    #[must_use]
    pub fn with(&self, name: &'static str, value: usize) -> Self {
        let mut values = self.values.to_vec();
        match values.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => values.push((name, value)),
        }
        Self {
            values: values.into(),
            listed: self.listed,
        }
    }
}
