//! Walks a design once and finds its distinct definitions.
//!
//! A definition is what the instances of one kind of block share. Two instances at
//! the same place in the source (the same fields, whatever their index) have the
//! same Rust type; if they also have the same signals, constants and children, they
//! are taken to have the same logic, and rust-hdl's `hdl()`, which is slow for
//! thousands of instances, is asked for once. So **what a block's `hdl()` depends on
//! must show in its fields**: a run-time parameter belongs in a `Constant`.
//! [`verify_sharing`](super::verify_sharing) checks that.

use super::names::literal_value;
use crate::HdlError;
use rust_hdl::prelude::*;
use std::collections::HashMap;

/// Index of a definition.
pub type DefId = usize;

/// A signal or constant of a definition.
#[derive(Clone, Debug, PartialEq)]
pub struct AtomInfo {
    /// rust-hdl's name: the field, `$` and an index for an element of a vector.
    pub name: String,
    pub kind: AtomKind,
    pub bits: usize,
    pub signed: bool,
    /// The value of a constant.
    pub value: Option<u128>,
}

/// What the instances of one kind share.
#[derive(Debug)]
pub struct Definition {
    /// The field that holds the first instance, without its index.
    pub field: String,
    pub atoms: Vec<AtomInfo>,
    /// Field name with index, definition.
    pub children: Vec<(String, DefId)>,
    /// States of the enumerations among the signals, with their numbers.
    pub states: Vec<(String, u128)>,
    pub hdl: Verilog,
}

/// The definitions of a design, children before parents.
pub struct Catalog {
    pub definitions: Vec<Definition>,
    pub top: DefId,
}

impl Catalog {
    /// Walks `top`.
    pub fn new(top: &dyn Block, name: &str) -> Result<Self, HdlError> {
        let mut walk = Walk::default();
        top.accept(name, &mut walk);
        if let Some(error) = walk.error {
            return Err(error);
        }
        // The walk ends with the scope of the top, which is therefore the last found.
        let top = walk.top.ok_or_else(|| HdlError::Design {
            module: name.into(),
            problem: "is a single signal, not a block".into(),
        })?;
        Ok(Self {
            definitions: walk.definitions,
            top,
        })
    }
}

type Name = u32;

/// One field of a definition, small, so that instances compare fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Field {
    Signal(Name, u8, u32),
    /// The value is kept as an interned text.
    Constant(Name, u32, Name),
    Child(Name, u32),
}

#[derive(Clone, Default)]
struct TypeInfo {
    signed: bool,
    states: Vec<String>,
}

#[derive(Default)]
struct Scope {
    place: u32,
    fields: Vec<Field>,
    namespaces: Vec<String>,
}

#[derive(Default)]
struct Walk {
    names: HashMap<String, Name>,
    texts: Vec<String>,
    /// Parent place and field without index: all instances there have one Rust type.
    places: HashMap<(u32, Name), u32>,
    types: HashMap<(u32, Name), TypeInfo>,
    known: HashMap<(u32, Vec<Field>), DefId>,
    distinct: HashMap<(Vec<Field>, String), DefId>,
    scopes: Vec<Scope>,
    definitions: Vec<Definition>,
    top: Option<DefId>,
    error: Option<HdlError>,
}

impl Walk {
    fn intern(&mut self, text: &str) -> Name {
        if let Some(name) = self.names.get(text) {
            return *name;
        }
        let name = self.texts.len() as Name;
        self.names.insert(text.to_owned(), name);
        self.texts.push(text.to_owned());
        name
    }

    fn text(&self, name: Name) -> &str {
        &self.texts[name as usize]
    }

    fn define(&mut self, field: &str, scope: &Scope, node: &dyn Block) -> DefId {
        let hdl = node.hdl();
        let types: Vec<_> = scope
            .fields
            .iter()
            .map(|field| match *field {
                Field::Signal(name, ..) | Field::Constant(name, ..) => self
                    .types
                    .get(&(scope.place, name))
                    .cloned()
                    .unwrap_or_default(),
                Field::Child(..) => TypeInfo::default(),
            })
            .collect();
        let mut states = Vec::new();
        for (number, state) in types.iter().flat_map(|t| t.states.iter().enumerate()) {
            states.push((state.replace("::", "$"), number as u128));
        }
        // Logic also names the states of its children's ports.
        for field in &scope.fields {
            if let Field::Child(_, child) = field {
                let inherited = self.definitions[*child as usize].states.clone();
                states.extend(inherited);
            }
        }
        states.sort();
        states.dedup();
        let signs: Vec<_> = types.iter().map(|t| t.signed).collect();
        let key = (
            scope.fields.clone(),
            format!("{hdl:?} {states:?} {signs:?}"),
        );
        if let Some(known) = self.distinct.get(&key) {
            return *known;
        }
        let mut atoms = Vec::new();
        let mut children = Vec::new();
        for (field, signed) in scope.fields.iter().zip(signs) {
            match *field {
                Field::Signal(name, kind, bits) => atoms.push(AtomInfo {
                    name: self.text(name).to_owned(),
                    kind: KINDS[kind as usize],
                    bits: bits as usize,
                    signed,
                    value: None,
                }),
                Field::Constant(name, bits, value) => atoms.push(AtomInfo {
                    name: self.text(name).to_owned(),
                    kind: AtomKind::Constant,
                    bits: bits as usize,
                    signed,
                    value: literal_value(self.text(value), bits as usize),
                }),
                Field::Child(name, child) => {
                    children.push((self.text(name).to_owned(), child as DefId))
                }
            }
        }
        let id = self.definitions.len();
        self.definitions.push(Definition {
            field: without_index(field).to_owned(),
            atoms,
            children,
            states,
            hdl,
        });
        self.distinct.insert(key, id);
        id
    }
}

const KINDS: [AtomKind; 8] = [
    AtomKind::InputParameter,
    AtomKind::OutputParameter,
    AtomKind::StubInputSignal,
    AtomKind::StubOutputSignal,
    AtomKind::Constant,
    AtomKind::LocalSignal,
    AtomKind::InOutParameter,
    AtomKind::OutputPassthrough,
];

/// `pe` of `pe$3$1`.
pub fn without_index(name: &str) -> &str {
    name.split('$').next().unwrap_or(name)
}

impl Probe for Walk {
    fn visit_start_scope(&mut self, name: &str, _node: &dyn Block) {
        let parent = self.scopes.last().map_or(0, |scope| scope.place);
        let field = self.intern(without_index(name));
        let next = self.places.len() as u32 + 1;
        let place = *self.places.entry((parent, field)).or_insert(next);
        self.scopes.push(Scope {
            place,
            ..Scope::default()
        });
    }

    fn visit_start_namespace(&mut self, name: &str, _node: &dyn Block) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.namespaces.push(name.to_owned());
        }
    }

    fn visit_end_namespace(&mut self, _name: &str, _node: &dyn Block) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.namespaces.pop();
        }
    }

    fn visit_atom(&mut self, name: &str, signal: &dyn Atom) {
        let Some(scope) = self.scopes.last() else {
            return;
        };
        let place = scope.place;
        let name = if scope.namespaces.is_empty() {
            self.intern(name)
        } else {
            let full = format!("{}${name}", scope.namespaces.join("$"));
            self.intern(&full)
        };
        self.types.entry((place, name)).or_insert_with(|| {
            let mut info = TypeInfo::default();
            match signal.descriptor().kind {
                TypeKind::Signed(_) => info.signed = true,
                TypeKind::Enum(states) => info.states = states,
                TypeKind::Bits(_) | TypeKind::Composite(_) => {}
            }
            info
        });
        let bits = signal.bits() as u32;
        let kind = signal.kind();
        let field = if kind == AtomKind::Constant {
            let value = self.intern(&format!("{:x}", signal.verilog()));
            Field::Constant(name, bits, value)
        } else {
            let kind = KINDS.iter().position(|k| *k == kind).unwrap_or(0) as u8;
            Field::Signal(name, kind, bits)
        };
        if let Some(scope) = self.scopes.last_mut() {
            scope.fields.push(field);
        }
    }

    fn visit_end_scope(&mut self, name: &str, node: &dyn Block) {
        let Some(scope) = self.scopes.pop() else {
            return;
        };
        let key = (scope.place, scope.fields);
        let id = match self.known.get(&key) {
            Some(id) => *id,
            None => {
                let scope = Scope {
                    place: key.0,
                    fields: key.1.clone(),
                    ..Scope::default()
                };
                let id = self.define(name, &scope, node);
                self.known.insert(key, id);
                id
            }
        };
        let field = self.intern(name);
        match self.scopes.last_mut() {
            Some(parent) => parent.fields.push(Field::Child(field, id as u32)),
            None => self.top = Some(id),
        }
    }
}

/// Finds two instances that the catalog takes for one definition but whose `hdl()`
/// differs.
#[derive(Default)]
pub struct Sharing {
    walk: Walk,
    hdl: HashMap<DefId, String>,
    pub differing: Option<String>,
}

impl Probe for Sharing {
    fn visit_start_scope(&mut self, name: &str, node: &dyn Block) {
        self.walk.visit_start_scope(name, node);
    }
    fn visit_start_namespace(&mut self, name: &str, node: &dyn Block) {
        self.walk.visit_start_namespace(name, node);
    }
    fn visit_end_namespace(&mut self, name: &str, node: &dyn Block) {
        self.walk.visit_end_namespace(name, node);
    }
    fn visit_atom(&mut self, name: &str, signal: &dyn Atom) {
        self.walk.visit_atom(name, signal);
    }
    fn visit_end_scope(&mut self, name: &str, node: &dyn Block) {
        self.walk.visit_end_scope(name, node);
        let id = match self
            .walk
            .scopes
            .last()
            .and_then(|parent| parent.fields.last())
        {
            Some(Field::Child(_, id)) => Some(*id as DefId),
            _ => self.walk.top,
        };
        if let Some(id) = id {
            let text = format!("{:?}", node.hdl());
            if *self.hdl.entry(id).or_insert_with(|| text.clone()) != text {
                self.differing = Some(name.to_owned());
            }
        }
    }
}
