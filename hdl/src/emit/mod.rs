//! Verilog-2001 from a design described in rust-hdl.
//!
//! rust-hdl's own generator writes one module per instance. This one writes one
//! module per distinct definition, named after what it is, with packed ports, the
//! registers in their module and instances connected without stub signals.
//!
//! How it works, one file per step:
//! 1. `catalog` walks the design and finds the distinct definitions.
//! 2. `interface` packs vectors of ports; `scope` declares a module's nets.
//! 3. `lower_expr`, `width`, `lower_stmt` turn rust-hdl's syntax tree into `ir`, whose
//!    expressions have known widths.
//! 4. `logic` decides what is an `assign` and what shares a process.
//! 5. `wiring` joins nets that only pass a value on; `registers` groups register
//!    lines by clock, reset and enable; `usage` finds open inputs and unread bits.
//! 6. `print`, `print_expr`, `text` write it down.
//!
//! Conventions for authors of blocks:
//! - `comment!("heddle:module NAME | TEXT")` first in `update` names the module
//!   `heddle_NAME` ([`Prefix`](crate::Prefix)) and opens its header, `heddle:note TEXT` adds a paragraph,
//!   `heddle:port NAME | TEXT` says what a port is for. Other comments stay with the
//!   statement after them. Without a name the field's is taken.
//! - A `Vec` of ports is one packed port, element 0 in the low bits.
//! - What `hdl()` depends on must show in the fields: see `catalog`.
//! - `Cast(Signed(e), n)` extends the sign. So does the assignment of `Signed(e)` to a
//!   wider signal, on which rust-hdl's generator agrees.

mod catalog;
mod cells;
mod dsp;
mod interface;
mod ir;
mod logic;
mod lower_expr;
mod lower_stmt;
mod module;
mod names;
pub(crate) use names::is_plain;
mod print;
mod print_expr;
mod ram_line;
mod registers;
mod scope;
mod text;
mod usage;
mod width;
mod wiring;

use crate::{HdlError, Prefix};
use catalog::{Catalog, Definition, Sharing};
use dsp::DspShape;
use interface::PortShape;
use lower_stmt::Header;
use module::Child;
pub(crate) use names::is_reserved;
pub(crate) use print::banner;
use registers::LineShape;
use rust_hdl::prelude::{Block, Verilog};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

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
    /// Its Verilog, a whole file.
    pub text: String,
}

/// The modules of a design, each after those that it instantiates; the top is last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Design {
    /// What the modules' names begin with.
    pub prefix: Prefix,
    /// The modules.
    pub modules: Vec<Module>,
}

impl Design {
    /// The top module.
    pub fn top(&self) -> Option<&Module> {
        self.modules.last()
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

/// [`emit_as`] with the default prefix.
///
/// # Errors
/// Likewise.
pub fn emit<B: Block>(top: &B, top_name: &str) -> Result<Design, HdlError> {
    emit_as(top, top_name, &Prefix::default())
}

/// The Verilog of `top`, whose module will be named `top_name`; the names of the others begin
/// with `prefix`. The same design gives the same bytes every time.
///
/// `connect_all` need not have been called.
///
/// # Errors
/// [`HdlError::Emit`] for what rust-hdl can say and this emitter cannot translate,
/// [`HdlError::Design`] for what is wrong with the design: open inputs, latches,
/// widths that do not agree, names that collide.
pub fn emit_as<B: Block>(top: &B, top_name: &str, prefix: &Prefix) -> Result<Design, HdlError> {
    let catalog = Catalog::new(top, top_name)?;
    let clock_gate = prefix.clock_gate();
    let mut names = Names::new(prefix, [top_name, &clock_gate]);
    let mut done: Vec<Done> = Vec::with_capacity(catalog.definitions.len());
    let mut modules: Vec<Module> = Vec::new();
    let mut has_gate = false;
    for (id, definition) in catalog.definitions.iter().enumerate() {
        if let Some(line) = line_shape(definition) {
            if !ram_line::fits(&line) {
                done.push(Done::Line(line));
                continue;
            }
            // One module for all lines, whose reset is the same throughout a design.
            let shapes = ram_line::ports(definition)?;
            let name = prefix.module(ram_line::NAME);
            if !modules.iter().any(|known| known.name == name) {
                let named = shapes.iter().filter(|shape| !shape.name.is_empty());
                modules.push(Module {
                    name: names.free(ram_line::NAME),
                    ports: named
                        .map(|shape| cell_port(shape, ram_line::purpose(&shape.name)))
                        .collect(),
                    text: ram_line::text(&name, line.reset),
                });
            }
            done.push(Done::Module {
                name,
                shapes,
                parameters: ram_line::parameters(&line),
                preload: None,
            });
            continue;
        }
        if let Some((depth, bits)) = bank_shape(definition) {
            let name = names.free(&format!("bank{depth}x{bits}"));
            let shapes = interface::ports(&name, definition)?;
            modules.push(Module {
                name: name.clone(),
                ports: shapes.iter().map(bank_port).collect(),
                text: cells::bank(&name, depth, bits),
            });
            done.push(Done::Module {
                name,
                shapes,
                parameters: Vec::new(),
                preload: None,
            });
            continue;
        }
        if let Some(shape) = DspShape::read(definition) {
            let name = names.free(&shape.name());
            let shapes = interface::ports(&name, definition)?;
            modules.push(Module {
                name: name.clone(),
                ports: shapes.iter().map(dsp_port).collect(),
                text: dsp::text(&name, shape),
            });
            done.push(Done::Module {
                name,
                shapes,
                parameters: Vec::new(),
                preload: None,
            });
            continue;
        }
        let header = match &definition.hdl {
            Verilog::Combinatorial(block) => Header::read(block),
            _ => Header::default(),
        };
        let name = if id == catalog.top {
            top_name.to_owned()
        } else {
            names.free(header.name.as_deref().unwrap_or(&definition.field))
        };
        let shapes = interface::ports(&name, definition)?;
        let children: Vec<_> = definition
            .children
            .iter()
            .map(|(field, child)| (field.as_str(), done[*child].as_child()))
            .collect();
        let module = module::build(&name, definition, &shapes, header, &children)?;
        has_gate |= !module.gates.is_empty();
        let preload = module.preload;
        modules.push(Module {
            name: name.clone(),
            ports: module.ports.iter().map(public_port).collect(),
            text: print::module(&module, &clock_gate),
        });
        done.push(Done::Module {
            name,
            shapes,
            parameters: Vec::new(),
            preload,
        });
    }
    if has_gate {
        modules.insert(0, clock_gate_cell(clock_gate));
    }
    Ok(Design {
        prefix: prefix.clone(),
        modules,
    })
}

/// Checks that instances that are taken for the same definition really have the same
/// logic, by asking every one of them; slow, for tests.
///
/// # Errors
/// [`HdlError::Design`] naming an instance that differs.
pub fn verify_sharing<B: Block>(top: &B) -> Result<(), HdlError> {
    let mut sharing = Sharing::default();
    top.accept("top", &mut sharing);
    match sharing.differing {
        Some(module) => Err(HdlError::Design {
            module,
            problem: "its logic depends on something that its fields do not show: add a Constant"
                .into(),
        }),
        None => Ok(()),
    }
}

/// A definition that its parents can use.
enum Done {
    Line(LineShape),
    Module {
        name: String,
        shapes: Vec<PortShape>,
        /// Parameters of an instance, besides `PRELOAD`.
        parameters: Vec<(&'static str, String)>,
        preload: Option<usize>,
    },
}

impl Done {
    fn as_child(&self) -> Child<'_> {
        match self {
            Done::Line(shape) => Child::Line(*shape),
            Done::Module {
                name,
                shapes,
                parameters,
                preload,
            } => Child::Module {
                name,
                ports: shapes,
                parameters,
                preload: *preload,
            },
        }
    }
}

fn line_shape(definition: &Definition) -> Option<LineShape> {
    let Verilog::Custom(text) = &definition.hdl else {
        return None;
    };
    let q = definition.atoms.iter().find(|atom| atom.name == "q")?;
    LineShape::read(text, q.bits, q.signed)
}

/// Words and bits of a word, if the definition is a [`Bank`](crate::prim::Bank).
fn bank_shape(definition: &Definition) -> Option<(usize, usize)> {
    let Verilog::Custom(text) = &definition.hdl else {
        return None;
    };
    let marker = text.lines().next()?.strip_prefix("// heddle:bank ")?;
    let (depth, bits) = marker.split_once(' ')?;
    let number = |text: &str, key: &str| text.strip_prefix(key)?.parse().ok();
    Some((number(depth, "depth=")?, number(bits, "bits=")?))
}

fn bank_port(shape: &PortShape) -> Port {
    let purpose = match shape.name.as_str() {
        "clk_i" => "clock",
        "en_i" => "writes d_i",
        "addr_i" => "which word",
        "d_i" => "what is written",
        _ => "the word before that",
    };
    cell_port(shape, purpose)
}

fn dsp_port(shape: &PortShape) -> Port {
    let purpose = match shape.name.as_str() {
        "clk_i" => "clock",
        "rst_ni" => "reset, active low, synchronous",
        "en_i" => "low freezes every register",
        "product_o" => "their product",
        _ => "operand",
    };
    cell_port(shape, purpose)
}

fn cell_port(shape: &PortShape, purpose: &str) -> Port {
    Port {
        name: shape.name.clone(),
        direction: if shape.is_input {
            Direction::Input
        } else {
            Direction::Output
        },
        bits: shape.bits(),
        elements: shape.elements.len(),
        purpose: purpose.into(),
    }
}

fn public_port(port: &module::ModulePort) -> Port {
    Port {
        name: port.shape.name.clone(),
        direction: if port.shape.is_input {
            Direction::Input
        } else {
            Direction::Output
        },
        bits: port.shape.bits(),
        elements: port.shape.elements.len(),
        purpose: port.purpose.clone(),
    }
}

fn clock_gate_cell(name: String) -> Module {
    let port = |name: &str, direction, purpose: &str| Port {
        name: name.into(),
        direction,
        bits: 1,
        elements: 1,
        purpose: purpose.into(),
    };
    Module {
        text: cells::clock_gate(&name),
        name,
        ports: vec![
            port("clk_i", Direction::Input, "clock"),
            port("en_i", Direction::Input, "lets the next pulse through"),
            port(
                "test_en_i",
                Direction::Input,
                "lets every pulse through, for scan test",
            ),
            port("clk_o", Direction::Output, "gated clock"),
        ],
    }
}

/// Module names given so far.
struct Names<'a> {
    prefix: &'a Prefix,
    given: HashMap<String, usize>,
}

impl<'a> Names<'a> {
    /// None given, but that `reserved` are not free.
    fn new(prefix: &'a Prefix, reserved: [&str; 2]) -> Self {
        let given = reserved.map(|name| (name.to_owned(), 1));
        Self {
            prefix,
            given: given.into(),
        }
    }

    /// `heddle_NAME`, and from the second definition of that name on `heddle_NAME_v2`.
    fn free(&mut self, name: &str) -> String {
        let name = self.prefix.module(&names::identifier(name));
        let count = self.given.entry(name.clone()).or_insert(0);
        *count += 1;
        match *count {
            1 => name,
            count => format!("{name}_v{count}"),
        }
    }
}
