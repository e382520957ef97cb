//! Verilog-2001 from hardware that is described in rust-hdl.
//!
//! rust-hdl's own generator writes one module per instance. This one writes one module per distinct
//! description, named after what it is, its sizes as parameters, rows of instances as loops.
//!
//! How it works, one file per step:
//! 1. [`describe`] has the body of a module: nets, assignments, registers,
//!    instances, loops, their sizes as symbols. `cells` has the text of those that are templates.
//! 2. `check` refuses what cannot be right.
//! 3. `print`, `print_items`, `print_registers`, `print_expr`, `text`, `wrap` write a body down.

mod cells;
mod check;
mod error;
mod functions;
mod names;
mod print;
mod print_expr;
mod print_items;
mod print_registers;
mod text;
mod unread;
mod wrap;

use crate::describe::{self, Body, Form, Found, Item, NetKind, Parameter, Size};
pub use cells::text as cell;
pub use error::EmitError;
pub use names::{is_plain, is_reserved};
pub use print::{banner, header};
use print::{Known, Source};
pub use print_expr::{expression, number, range};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
pub use text::Text;

/// The direction of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Driven from outside.
    Input,
    /// Driven by the module.
    Output,
}

/// A port of a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Its direction.
    pub direction: Direction,
    /// Its width; of all elements together if it is packed.
    pub bits: usize,
    /// Elements packed into it, element 0 in the low bits; 1 if it is not packed.
    pub elements: usize,
    /// What it is for; empty if its author did not say.
    pub purpose: String,
}

/// A module and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its name, which is its file's.
    pub name: String,
    /// Its ports, in order.
    pub ports: Vec<Port>,
    /// How many elements each of them has, in terms of the module's parameters; `None` if it is no
    /// vector of any.
    pub lanes: Vec<Option<Size>>,
    /// Its Verilog, a whole file.
    pub text: String,
}

/// The modules of a design, each after those that it instantiates; the top is last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Design {
    /// What the modules' names begin with.
    pub prefix: String,
    /// The modules.
    pub modules: Vec<Module>,
}

impl Design {
    /// The top module.
    pub fn top(&self) -> Option<&Module> {
        self.modules.last()
    }

    /// Writes every module to a file of its name in `folder`, which is there; their paths, in order.
    ///
    /// # Errors
    /// Of the first file that cannot be written, whose path is in what it says.
    pub fn write(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let write = |module: &Module| {
            let path = folder.join(format!("{}.v", module.name));
            match std::fs::write(&path, &module.text) {
                Ok(()) => Ok(path),
                Err(error) => {
                    let said = format!("{}: {error}", path.display());
                    Err(io::Error::new(error.kind(), said))
                }
            }
        };
        self.modules.iter().map(write).collect()
    }

    /// All modules in one text.
    pub fn text(&self) -> String {
        let texts: Vec<_> = self
            .modules
            .iter()
            .map(|module| module.text.as_str())
            .collect();
        texts.join("\n")
    }
}

/// What the names of modules begin with if nothing else is said.
pub const PREFIX: &str = "heddle";

/// [`emit_as`] with the default prefix.
///
/// # Errors
/// Likewise.
pub fn emit(top: &dyn describe::Module, top_name: &str) -> Result<Design, EmitError> {
    emit_as(top, top_name, PREFIX)
}

/// The Verilog of `top`, whose module will be named `top_name`; the names of the others begin
/// with `prefix`, an identifier. The same design gives the same bytes every time.
///
/// # Errors
/// What is wrong with the design: latches, widths that do not agree, names that collide.
pub fn emit_as(
    top: &dyn describe::Module,
    top_name: &str,
    prefix: &str,
) -> Result<Design, EmitError> {
    let mut emitter = Emitter {
        prefix,
        clock_gate: format!("{prefix}_clock_gate"),
        gates: false,
        modules: Vec::new(),
    };
    emitter.module(top, Some(top_name))?;
    let mut modules: Vec<_> = emitter.modules.into_iter().map(|(_, m)| m).collect();
    if emitter.gates {
        modules.insert(0, cells::clock_gate(&emitter.clock_gate));
    }
    Ok(Design {
        prefix: prefix.to_owned(),
        modules,
    })
}

struct Emitter<'a> {
    prefix: &'a str,
    clock_gate: String,
    /// Whether any register's clock is gated.
    gates: bool,
    /// What is written, and what its parents have to know of it.
    modules: Vec<(Known, Module)>,
}

impl Emitter<'_> {
    /// Writes `module` after its children, unless it is written.
    fn module(
        &mut self,
        module: &dyn describe::Module,
        name: Option<&str>,
    ) -> Result<Known, EmitError> {
        let mut inside: Vec<&dyn describe::Module> = Vec::new();
        module.visit_parts(&mut |found| {
            if let Found::Child(_, child, _) = found {
                inside.push(child);
            }
        });
        let mut children = Vec::new();
        for child in inside {
            children.push(self.module(child, None)?);
        }
        let body = Body::of(module);
        check::check(&body).map_err(|problem| EmitError {
            module: name.map_or_else(|| module.module_name(), str::to_owned),
            problem,
        })?;
        describe::for_each_register(&body.items, &mut |r| self.gates |= r.style.gated);
        let parameters = parameters(&body, &children);
        let stem = match name {
            Some(name) => name.to_owned(),
            None => format!("{}_{}", self.prefix, module.module_name()),
        };
        let value = |of: &Parameter| body.sizes.get(of.name).unwrap_or(of.default);
        let values: Vec<usize> = parameters.iter().map(value).collect();
        let about = module.about();
        for version in 1.. {
            let name = match version {
                1 => stem.clone(),
                version => format!("{stem}_v{version}"),
            };
            let written = self.modules.iter().find(|(known, _)| known.name == name);
            // Where only the values of parameters differ it is the same module.
            let parameters = match written {
                Some((known, _)) => defaults_of(&known.parameters, &parameters),
                None => parameters.clone(),
            };
            let text = match &body.form {
                Form::Cell(cell) => cells::text(&name, &about, &cell.text),
                _ => print::module(&Source {
                    name: &name,
                    about: &about,
                    body: &body,
                    parameters: &parameters,
                    children: &children,
                    clock_gate: &self.clock_gate,
                }),
            };
            let known = Known {
                name: name.clone(),
                parameters,
                values: values.clone(),
            };
            match written {
                Some((_, written)) if written.text == text => return Ok(known),
                Some(_) => continue,
                None => {}
            }
            self.modules.push((
                known.clone(),
                Module {
                    name,
                    ports: ports(&body),
                    lanes: lanes(&body),
                    text,
                },
            ));
            return Ok(known);
        }
        unreachable!("some name is free")
    }
}

/// `parameters` with the defaults of `known`, if these are the same.
fn defaults_of(known: &[Parameter], parameters: &[Parameter]) -> Vec<Parameter> {
    let names = |of: &[Parameter]| of.iter().map(|p| p.name).collect::<Vec<_>>();
    match names(known) == names(parameters) {
        true => known.to_vec(),
        false => parameters.to_vec(),
    }
}

/// The parameters of a module, their defaults the values here: the sizes that are named in it, what
/// its template has, and numbers that children need from outside.
fn parameters(body: &Body, children: &[Known]) -> Vec<Parameter> {
    if let Form::Cell(cell) = &body.form {
        let own = cell.parameters.iter();
        return own
            .map(|(name, default)| Parameter::size(name, *default, ""))
            .collect();
    }
    let mut found: Vec<Parameter> = Vec::new();
    let mut see = |of: &Size| {
        of.for_each_parameter(&mut |parameter| {
            if found.iter().all(|known| known.name != parameter.name) {
                found.push(Parameter {
                    default: body.sizes.value(parameter),
                    ..*parameter
                });
            }
        });
    };
    body.nets.iter().for_each(|net| see(&net.bits()));
    body.constants
        .iter()
        .for_each(|constant| see(&constant.value));
    sizes(&body.items, &mut see);
    // Those that the configuration lists first, in its order.
    found.sort_by_key(|of| body.sizes.position(of.name));
    let mut take = |number: &Parameter| {
        if found.iter().all(|known| known.name != number.name) {
            found.push(*number);
        }
    };
    describe::for_each_register(&body.items, &mut |register| {
        if let Some((number, _)) = register.preload {
            take(number);
        }
    });
    let inherited = children.iter().flat_map(|child| &child.parameters);
    inherited.filter(|p| p.bits.is_some()).for_each(take);
    found
}

/// Calls `visit` with the sizes that items name themselves: ends of loops, children's parameters.
fn sizes(items: &[Item], visit: &mut dyn FnMut(&Size)) {
    describe::for_each_expr(items, &mut |e| e.for_each_size(visit));
    for item in items {
        match item {
            Item::Loop(_, from, to, items) => {
                visit(from);
                visit(to);
                sizes(items, visit);
            }
            Item::Instance(_, _, _, parameters) => {
                parameters.iter().for_each(|(_, value)| visit(value));
            }
            _ => {}
        }
    }
}

fn lanes(body: &Body) -> Vec<Option<Size>> {
    let ports = body.nets.iter().filter(|net| net.is_port());
    ports.map(|net| net.lanes.clone()).collect()
}

fn ports(body: &Body) -> Vec<Port> {
    let ports = body.nets.iter().filter(|net| net.is_port());
    ports
        .map(|net| Port {
            name: net.name.clone(),
            direction: match net.kind {
                NetKind::Input => Direction::Input,
                _ => Direction::Output,
            },
            bits: net.count * net.width,
            elements: net.count,
            purpose: net.doc.clone(),
        })
        .collect()
}
