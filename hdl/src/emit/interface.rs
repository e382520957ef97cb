//! The ports of a definition: elements of a vector packed into one port.

use super::catalog::{without_index, Definition};
use super::names::identifier;
use crate::HdlError;
use rust_hdl::prelude::AtomKind;
use std::collections::HashMap;

/// A port of a definition.
#[derive(Clone, Debug, PartialEq)]
pub struct PortShape {
    /// Its Verilog name; empty if what is connected to it goes nowhere.
    pub name: String,
    pub is_input: bool,
    /// Bits of one element.
    pub width: usize,
    pub signed: bool,
    /// rust-hdl's names of the elements, element 0 first.
    pub elements: Vec<String>,
}

impl PortShape {
    /// Bits of the whole port.
    pub fn bits(&self) -> usize {
        self.width * self.elements.len()
    }
}

/// The ports of `definition`, in the order of its fields.
pub fn ports(module: &str, definition: &Definition) -> Result<Vec<PortShape>, HdlError> {
    let mut ports: Vec<PortShape> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    for atom in &definition.atoms {
        let is_input = match atom.kind {
            AtomKind::InputParameter => true,
            AtomKind::OutputParameter | AtomKind::OutputPassthrough => false,
            AtomKind::InOutParameter => {
                return Err(HdlError::Emit {
                    module: module.into(),
                    construct: format!("the bidirectional port {}", atom.name),
                })
            }
            _ => continue,
        };
        let (base, index) = split_index(&atom.name);
        let shape = PortShape {
            name: identifier(base),
            is_input,
            width: atom.bits,
            signed: atom.signed,
            elements: vec![atom.name.clone()],
        };
        match by_name.get(&shape.name).map(|&at| &mut ports[at]) {
            Some(port)
                if index == Some(port.elements.len())
                    && (port.is_input, port.width) == (is_input, atom.bits)
                    && split_index(&port.elements[0]) == (base, Some(0)) =>
            {
                port.elements.push(atom.name.clone());
            }
            Some(_) => {
                return Err(HdlError::Design {
                    module: module.into(),
                    problem: format!("two ports would be named {}", shape.name),
                })
            }
            None => {
                by_name.insert(shape.name.clone(), ports.len());
                ports.push(shape);
            }
        }
    }
    Ok(ports)
}

/// `a`, 3 of `a$3`.
fn split_index(name: &str) -> (&str, Option<usize>) {
    debug_assert!(!without_index(name).is_empty());
    match name.rsplit_once('$') {
        Some((base, index)) => match index.parse() {
            Ok(index) => (base, Some(index)),
            Err(_) => (name, None),
        },
        None => (name, None),
    }
}
