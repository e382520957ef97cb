//! The description of a module: what it is made of, and how it is found out. `say` has what a module
//! says to it, `item` what it then consists of.

use super::item::{ChildDecl, Constant, Form, Item, NetDecl};
use super::net::NetKind;
use super::{Describe, Expr, Found, Key, Label, Module, Parameter, Place, Size, Sizes, Style};
use std::collections::HashMap;

/// The description of a module.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Its nets: ports, registers, wires.
    pub nets: Vec<NetDecl>,
    /// The modules in it.
    pub children: Vec<ChildDecl>,
    /// What drives its nets, and what is in it.
    pub items: Vec<Item>,
    /// Its named constants.
    pub constants: Vec<Constant>,
    /// Whether it is a description at all.
    pub form: Form,
    /// Nets or bits of which nothing reads.
    pub unused: Vec<Place>,
    /// Values of its parameters.
    pub sizes: Sizes,
    /// Values of the parameters that its own nets have.
    own: HashMap<&'static str, usize>,
    addresses: HashMap<usize, Key>,
    /// What is around the loop that is being described.
    pub(super) outer: Vec<Vec<Item>>,
}

impl Body {
    /// The description of `module`.
    pub fn of<M: Module + ?Sized>(module: &M) -> Self {
        let (mut body, mut sizes, mut children) = (Self::default(), None, Vec::new());
        module.visit_parts(&mut |found| match found {
            Found::Net(label, info) => {
                sizes = sizes.take().or(info.sizes.clone());
                if info.present {
                    let key = Key::Net(body.nets.len());
                    body.addresses.insert(info.address, key);
                    body.nets.push(NetDecl::new(label, info));
                }
            }
            Found::Child(label, child, count) => children.push((label, child, count)),
        });
        body.sizes = sizes.unwrap_or_default();
        for net in &body.nets {
            let mut see = |parameter: &'static Parameter| {
                let value = body.sizes.value(parameter);
                body.own.insert(parameter.name, value);
            };
            net.bits().for_each_parameter(&mut see);
        }
        for (label, child, count) in children {
            let child = body.child(label, child, count);
            body.children.push(child);
        }
        Describe::describe(module, &mut body);
        super::instances::make(&mut body);
        body
    }

    fn child(&mut self, label: Label, child: &dyn Module, count: Option<Size>) -> ChildDecl {
        let (index, mut sizes, mut ports) = (self.children.len(), None, Vec::new());
        child.visit_parts(&mut |found| {
            if let Found::Net(label, info) = found {
                sizes = sizes.take().or(info.sizes.clone());
                if info.present && info.is_port() {
                    let key = Key::Port(index, ports.len());
                    self.addresses.insert(info.address, key);
                    ports.push(NetDecl::new(label, info));
                }
            }
        });
        let sizes = sizes.unwrap_or_default();
        for port in &mut ports {
            port.element = self.of_child(&sizes, &port.element);
            port.lanes = port
                .lanes
                .as_ref()
                .map(|lanes| self.of_child(&sizes, lanes));
        }
        ChildDecl {
            name: label.name,
            doc: label.doc,
            count,
            ports,
            sizes,
        }
    }

    /// Whether the parameter `name` is the module's own, too, and has the value `value` here.
    pub fn shares(&self, name: &str, value: usize) -> bool {
        let own = self.sizes.get(name).or(self.own.get(name).copied());
        own == Some(value)
    }

    /// A size of a child, whose parameters are `sizes`, as one of the module: what they do not share
    /// is a number.
    fn of_child(&self, sizes: &Sizes, size: &Size) -> Size {
        size.with(&|leaf| match leaf {
            Size::Parameter(parameter) => {
                let value = sizes.value(parameter);
                (!self.shares(parameter.name, value)).then_some(Size::Number(value))
            }
            _ => None,
        })
    }

    /// The net of which `place` is a part.
    pub fn net(&self, place: &Place) -> &NetDecl {
        match place.net {
            Key::Net(net) => &self.nets[net],
            Key::Port(child, port) => &self.children[child].ports[port],
            Key::Address(_) => panic!("a net that is not of this module"),
        }
    }

    /// The net called `name`.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.nets.iter().position(|net| net.name == name)
    }

    /// All of net `net`.
    pub fn whole(&self, net: usize) -> Place {
        let decl = &self.nets[net];
        Place {
            net: Key::Net(net),
            of: None,
            lo: None,
            bits: decl.bits(),
            element: decl.element.clone(),
        }
    }

    /// The value of the parameter `name`.
    ///
    /// # Panics
    /// If it has none where the module was built.
    pub fn value_of(&self, name: &str) -> usize {
        let value = self.sizes.get(name);
        value.unwrap_or_else(|| panic!("{name} is no size of the module"))
    }

    /// What `size` is where the variables of the loops around have the values `loops`.
    ///
    /// # Panics
    /// If a name in it has no value, which is a mistake in the description.
    pub fn size_in(&self, size: &Size, loops: &[(&'static str, usize)]) -> usize {
        size.eval(
            &|name| match loops.iter().rev().find(|(known, _)| *known == name) {
                Some((_, round)) => Some(*round),
                None => self.sizes.get(name),
            },
        )
    }

    /// A new wire; where `name` is taken, with a number behind it.
    pub fn declare(&mut self, name: &str, doc: &str, lanes: Option<Size>, element: Size) -> Place {
        let mut free = name.to_owned();
        for number in 2.. {
            if self.named(&free).is_none() {
                break;
            }
            free = format!("{name}{number}");
        }
        self.nets.push(NetDecl {
            name: free,
            doc: doc.to_owned(),
            group: None,
            kind: NetKind::Wire,
            lanes,
            count: 0,
            element,
            width: 0,
            style: Style::default(),
            signed: false,
        });
        self.whole(self.nets.len() - 1)
    }

    pub(super) fn resolve_place(&self, place: &Place) -> Place {
        let net = match place.net {
            Key::Address(address) => *self
                .addresses
                .get(&address)
                .expect("a net of this module or of a child's ports"),
            known => known,
        };
        let Key::Port(child, _) = net else {
            return Place {
                net,
                ..place.clone()
            };
        };
        let sizes = &self.children[child].sizes;
        let of = |size: &Size| self.of_child(sizes, size);
        Place {
            net,
            of: place.of.clone(),
            lo: place.lo.as_ref().map(of),
            bits: of(&place.bits),
            element: of(&place.element),
        }
    }

    pub(super) fn resolve(&self, expr: &Expr) -> Expr {
        expr.map(&|place| self.resolve_place(place).into(), &Size::clone)
    }
}

/// Whether `expr` is one bit that is always high.
pub fn is_always(expr: &Expr) -> bool {
    expr.constant() == Some(1)
}
