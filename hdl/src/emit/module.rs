//! One definition as a module: nets, logic, registers, instances.

use super::catalog::Definition;
use super::interface::PortShape;
use super::ir::{concat, Expr, NetId, Part, Role, Stmt};
use super::logic::{self, Item};
use super::lower_stmt::{self, Header};
use super::names::{identifier, is_reserved};
use super::registers::{Gate, Line, Process};
use super::scope::Scope;
use super::wiring::Wiring;
use crate::ports::purpose;
use crate::HdlError;
use rust_hdl::core::ast::Verilog;
use rust_hdl::prelude::AtomKind;

/// A port of the module.
#[derive(Clone, Debug)]
pub struct ModulePort {
    pub shape: PortShape,
    pub purpose: String,
    /// The net of the same name.
    pub net: usize,
}

/// What a port of an instance is connected to.
#[derive(Clone, Debug)]
pub struct Connection {
    pub port: String,
    pub is_input: bool,
    pub expr: Expr,
}

/// An instance of another module.
#[derive(Clone, Debug)]
pub struct Instance {
    pub module: String,
    pub name: String,
    pub connections: Vec<Connection>,
    /// Names and values of its parameters.
    pub parameters: Vec<(&'static str, String)>,
}

/// A module, ready to be printed.
pub struct ModuleIr {
    pub name: String,
    /// Paragraphs about it.
    pub about: Vec<String>,
    pub ports: Vec<ModulePort>,
    pub scope: Scope,
    pub logic: Vec<Item>,
    pub gates: Vec<Gate>,
    pub processes: Vec<Process>,
    pub instances: Vec<Instance>,
    /// Bits that nothing reads.
    pub unread: Vec<Part>,
    /// Registers that reset to bits of the parameter `PRELOAD`, and the lowest of these.
    pub preloaded: Vec<(NetId, usize)>,
    /// Bits of that parameter, of this module or of one within; none without.
    pub preload: Option<usize>,
}

/// A child as its parent sees it.
pub enum Child<'a> {
    /// A register line, written into the parent: depth, reset, gating.
    Line(super::registers::LineShape),
    /// An instance of a module with these ports.
    Module {
        name: &'a str,
        ports: &'a [PortShape],
        /// Its parameters, besides `PRELOAD`.
        parameters: &'a [(&'static str, String)],
        /// Bits of its parameter `PRELOAD`.
        preload: Option<usize>,
    },
}

/// An instance whose wiring is not resolved yet.
struct Stub {
    module: String,
    name: String,
    parameters: Vec<(&'static str, String)>,
    /// Port, nets of its elements (inputs) or its one net (outputs), bits of it.
    pins: Vec<(PortShape, Vec<Part>)>,
}

/// Builds the module of `definition`, whose children are `children` in order.
pub fn build(
    name: &str,
    definition: &Definition,
    shapes: &[PortShape],
    header: Header,
    children: &[(&str, Child)],
) -> Result<ModuleIr, HdlError> {
    let mut scope = Scope::new(name, &definition.states);
    let ports = declare_ports(&mut scope, shapes, &header)?;
    declare_fields(&mut scope, definition)?;
    let mut stubs = Vec::new();
    let mut lines = Vec::new();
    let mut preload = None;
    for (field, child) in children {
        match child {
            Child::Line(shape) => {
                if let Some(low) = shape.preload {
                    preload = preload.max(Some(low + shape.bits * shape.depth));
                }
                lines.push(Line::declare(&mut scope, field, *shape)?);
            }
            Child::Module {
                name,
                ports,
                parameters,
                preload: inner,
            } => {
                let mut stub = declare_instance(&mut scope, field, name, ports)?;
                stub.parameters = parameters.to_vec();
                if inner.is_some() {
                    stub.parameters.push(("PRELOAD", "PRELOAD".into()));
                }
                preload = preload.max(*inner);
                stubs.push(stub);
            }
        }
    }
    let statements: Vec<Stmt> = match &definition.hdl {
        Verilog::Combinatorial(block) => lower_stmt::statements(&mut scope, block)?,
        Verilog::Empty => Vec::new(),
        _ => return Err(scope.construct("hand-written Verilog")),
    };
    let logic = logic::sort(&scope, statements)?;

    let preloaded = |line: &Line| Some((line.q, line.shape.preload?));
    let preloaded = lines.iter().filter_map(preloaded).collect();
    let mut wiring = Wiring::new(&scope, logic, &lines);
    wiring.join_inputs();
    wiring.join_enables();
    wiring.resolve_all()?;
    wiring.join_outputs();
    wiring.resolve_all()?;
    let (mut gates, processes) = super::registers::group(&wiring)?;
    let mut instances = Vec::new();
    for stub in stubs {
        let mut connections = Vec::new();
        for (port, parts) in stub.pins {
            // Element 0 is in the low bits, which a concatenation names last.
            let items = parts
                .into_iter()
                .rev()
                .map(|part| wiring.resolve(Expr::Part(part)))
                .collect::<Result<_, _>>()?;
            connections.push(Connection {
                port: port.name,
                is_input: port.is_input,
                expr: concat(items),
            });
        }
        instances.push(Instance {
            module: stub.module,
            name: stub.name,
            connections,
            parameters: stub.parameters,
        });
    }
    let mut logic = wiring.finish();
    for gate in &mut gates {
        gate.name = scope.take_free(&gate.name);
        gate.clock_out = scope.take_free(&gate.clock_out);
    }
    super::usage::drop_unread_inputs(&scope, &mut logic, &processes, &gates, &instances);
    let unread = super::usage::check(&mut scope, &logic, &processes, &gates, &instances)?;
    Ok(ModuleIr {
        name: name.into(),
        about: header.about,
        ports,
        scope,
        logic,
        gates,
        processes,
        instances,
        unread,
        preloaded,
        preload,
    })
}

fn declare_ports(
    scope: &mut Scope,
    shapes: &[PortShape],
    header: &Header,
) -> Result<Vec<ModulePort>, HdlError> {
    let mut ports = Vec::new();
    for shape in shapes {
        let role = if shape.is_input {
            Role::Input
        } else {
            Role::Output
        };
        let net = scope.add(shape.name.clone(), shape.bits(), role)?;
        for (index, atom) in shape.elements.iter().enumerate() {
            let part = Part {
                net,
                lo: index * shape.width,
                bits: shape.width,
            };
            scope.bind(atom.clone(), part, shape.signed);
        }
        ports.push(ModulePort {
            shape: shape.clone(),
            purpose: match header.purposes.get(&shape.name) {
                Some(purpose) => purpose.clone(),
                None => purpose(&shape.name).unwrap_or_default().to_owned(),
            },
            net,
        });
    }
    Ok(ports)
}

fn declare_fields(scope: &mut Scope, definition: &Definition) -> Result<(), HdlError> {
    for atom in &definition.atoms {
        let role = match (atom.kind, atom.value) {
            (AtomKind::LocalSignal, _) => Role::Local,
            (AtomKind::Constant, Some(value)) => Role::Constant(value),
            (AtomKind::Constant, None) => {
                let problem = format!("the constant {} has more than 128 bits", atom.name);
                return Err(scope.problem(problem));
            }
            _ => continue,
        };
        // Nothing outside knows this name, so a word of Verilog's may be bent.
        let mut name = identifier(&atom.name);
        if is_reserved(&name) {
            name.push('_');
        }
        let net = scope.add(name, atom.bits, role)?;
        let part = scope.whole(net);
        scope.bind(atom.name.clone(), part, atom.signed);
    }
    Ok(())
}

fn declare_instance(
    scope: &mut Scope,
    field: &str,
    module: &str,
    ports: &[PortShape],
) -> Result<Stub, HdlError> {
    let name = identifier(field);
    scope.take(&name)?;
    let mut pins = Vec::new();
    for port in ports {
        let base = format!("{name}_{}", port.name);
        let mut parts = Vec::new();
        if port.is_input {
            for (index, atom) in port.elements.iter().enumerate() {
                let single = port.elements.len() == 1;
                let net_name = if single {
                    base.clone()
                } else {
                    format!("{base}_{index}")
                };
                let net = scope.add_tentative(net_name, port.width, Role::ChildInput);
                parts.push(scope.whole(net));
                scope.bind(format!("{field}${atom}"), scope.whole(net), port.signed);
            }
        } else {
            let net = scope.add_tentative(base, port.bits(), Role::ChildOutput);
            for (index, atom) in port.elements.iter().enumerate() {
                let part = Part {
                    net,
                    lo: index * port.width,
                    bits: port.width,
                };
                parts.push(part);
                scope.bind(format!("{field}${atom}"), part, port.signed);
            }
        }
        if !port.name.is_empty() {
            pins.push((port.clone(), parts));
        }
    }
    Ok(Stub {
        module: module.into(),
        name,
        parameters: Vec::new(),
        pins,
    })
}
