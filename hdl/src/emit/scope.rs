//! The nets of one module, and what rust-hdl's names stand for in it.

use super::ir::{Net, NetId, Part, Role};
use super::names::is_reserved;
use crate::HdlError;
use std::collections::{HashMap, HashSet};

/// What a name of rust-hdl's stands for.
#[derive(Clone, Copy, Debug)]
pub struct Symbol {
    pub part: Part,
    pub signed: bool,
}

/// The nets and names of one module.
pub struct Scope {
    /// The module, for messages.
    pub module: String,
    pub nets: Vec<Net>,
    symbols: HashMap<String, Symbol>,
    taken: HashSet<String>,
}

impl Scope {
    /// Without nets.
    pub fn new(module: &str) -> Self {
        Self {
            module: module.into(),
            nets: Vec::new(),
            symbols: HashMap::new(),
            taken: HashSet::new(),
        }
    }

    /// What the user did wrong, as an error.
    pub fn problem(&self, problem: impl Into<String>) -> HdlError {
        HdlError::Design {
            module: self.module.clone(),
            problem: problem.into(),
        }
    }

    /// What the emitter cannot translate, as an error.
    pub fn construct(&self, construct: impl Into<String>) -> HdlError {
        HdlError::Emit {
            module: self.module.clone(),
            construct: construct.into(),
        }
    }

    /// Adds a net whose name must be free.
    pub fn add(&mut self, name: String, bits: usize, role: Role) -> Result<NetId, HdlError> {
        self.take(&name)?;
        self.nets.push(Net { name, bits, role });
        Ok(self.nets.len() - 1)
    }

    /// Adds a wire of the emitter's own, with a number if `name` is taken.
    pub fn add_helper(&mut self, name: &str, bits: usize) -> NetId {
        let name = self.take_free(name);
        self.nets.push(Net {
            name,
            bits,
            role: Role::Local,
        });
        self.nets.len() - 1
    }

    /// Claims `name`, with a number if it is taken.
    pub fn take_free(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        for number in 2.. {
            if !self.taken.contains(&free) && !is_reserved(&free) {
                break;
            }
            free = format!("{name}_{number}");
        }
        self.taken.insert(free.clone());
        free
    }

    /// Claims an identifier for something that is not a net.
    pub fn take(&mut self, name: &str) -> Result<(), HdlError> {
        if is_reserved(name) {
            return Err(self.problem(format!("`{name}` is a word of Verilog's: rename the field")));
        }
        if !self.taken.insert(name.to_owned()) {
            return Err(self.problem(format!("two things would be named {name}: rename a field")));
        }
        Ok(())
    }

    /// Lets `name` stand for `part`.
    pub fn bind(&mut self, name: String, part: Part, signed: bool) {
        self.symbols.insert(name, Symbol { part, signed });
    }

    /// What `name` stands for.
    pub fn symbol(&self, name: &str) -> Option<Symbol> {
        self.symbols.get(name).copied()
    }

    /// All bits of `net`.
    pub fn whole(&self, net: NetId) -> Part {
        Part {
            net,
            lo: 0,
            bits: self.nets[net].bits,
        }
    }

    /// Whether `part` is all of its net.
    pub fn is_whole(&self, part: Part) -> bool {
        part == self.whole(part.net)
    }

    /// `part` for messages and Verilog.
    pub fn show(&self, part: Part) -> String {
        let net = &self.nets[part.net];
        if self.is_whole(part) {
            net.name.clone()
        } else if part.bits == 1 {
            format!("{}[{}]", net.name, part.lo)
        } else {
            format!("{}[{}:{}]", net.name, part.lo + part.bits - 1, part.lo)
        }
    }
}
