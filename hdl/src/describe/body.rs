//! The description of a module under construction, and finished.

use super::net::{NetInfo, NetKind, Reg, Style, Word};
use super::{concat, Describe, Expr, Found, Key, Label, Module, Place, Places, Size};
use std::collections::HashMap;

/// A net of a module.
#[derive(Clone, Debug)]
pub struct NetDecl {
    /// Its name in Verilog; empty if the configuration has no use for it.
    pub name: String,
    /// What it is for.
    pub doc: String,
    /// A heading over it and the ports behind it.
    pub group: Option<&'static str>,
    /// What it is.
    pub kind: NetKind,
    /// Elements; `None` if it is no vector of any.
    pub lanes: Option<Size>,
    /// Elements as built.
    pub count: usize,
    /// Bits of an element.
    pub element: Size,
    /// Bits of an element as built.
    pub width: usize,
    /// How a register is reset and held.
    pub style: Style,
    /// Of two's complement: a product.
    pub signed: bool,
}

impl NetDecl {
    fn new(label: Label, info: NetInfo) -> Self {
        Self {
            name: label.name,
            doc: label.doc,
            group: label.group,
            kind: info.kind,
            lanes: info.lanes,
            count: info.count,
            element: info.element,
            width: info.width,
            style: info.style,
            signed: false,
        }
    }

    /// All of its bits.
    pub fn bits(&self) -> Size {
        self.lanes.clone().unwrap_or(Size::Number(1)) * self.element.clone()
    }

    /// Whether it is a port.
    pub fn is_port(&self) -> bool {
        self.kind.is_port()
    }
}

/// A module in a module: one, or many alike.
#[derive(Clone, Debug)]
pub struct ChildDecl {
    /// The field.
    pub name: String,
    /// What it is for.
    pub doc: String,
    /// How many; `None` if it is no vector of any.
    pub count: Option<Size>,
    /// Its ports.
    pub ports: Vec<NetDecl>,
}

/// What an instance's port is connected to.
#[derive(Clone, Debug)]
pub enum Pin {
    /// What drives an input.
    Input(Expr),
    /// What an output drives: places side by side, the first in the high bits.
    Output(Vec<Place>),
    /// Nothing: an output that nobody reads.
    Open,
}

/// A register: at a rising edge of `clk_i`.
#[derive(Clone, Debug)]
pub struct Register {
    /// The register, or a part of it.
    pub q: Place,
    /// What it takes.
    pub value: Expr,
    /// Where low, it holds.
    pub enable: Expr,
    /// Its reset, active low, if that is not `rst_ni`.
    pub reset_n: Option<Expr>,
    /// The lowest bit of the parameter `PRELOAD` that reset puts into it.
    pub preload: Option<usize>,
    /// How it is reset and held.
    pub style: Style,
}

/// A piece of a module, in the order in which it is written.
#[derive(Clone, Debug)]
pub enum Item {
    /// A comment on what follows.
    Note(String),
    /// A wire is declared here, and driven if so.
    Wire(usize, Option<Expr>),
    /// A place is driven.
    Assign(Place, Expr),
    /// Places side by side, the first in the high bits, are driven at once.
    Unpack(Vec<Place>, Expr),
    /// A register and what it takes.
    Register(Box<Register>),
    /// The items once for each value of the variable from the first up to the second.
    Loop(&'static str, Size, Size, Vec<Item>),
    /// Child, index, ports' connections in their order, parameters.
    Instance(usize, Option<Size>, Vec<Pin>, Vec<(&'static str, Size)>),
    /// A parameter of a child, until its instance is made.
    Parameter(usize, Option<Size>, &'static str, Size),
}

/// A named constant of the module, a `localparam`.
#[derive(Clone, Debug)]
pub struct Constant {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its value.
    pub value: Size,
}

/// A module whose text is a template.
#[derive(Clone, Debug)]
pub struct Cell {
    /// From the module's name to its text, between `default_nettype`s.
    pub text: String,
    /// Parameters and their defaults.
    pub parameters: Vec<(&'static str, usize)>,
}

/// What a module is described as.
#[derive(Clone, Debug, Default)]
pub enum Form {
    /// Items.
    #[default]
    Items,
    /// A template.
    Cell(Cell),
}

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
    /// Rows and columns of the array that the module is part of.
    size: Option<(usize, usize)>,
    addresses: HashMap<usize, Key>,
    /// What is around the loop that is being described.
    outer: Vec<Vec<Item>>,
}

impl Body {
    /// The description of `module`.
    pub fn of<M: Module + ?Sized>(module: &M) -> Self {
        let mut body = Self::default();
        module.visit_parts(&mut |found| match found {
            Found::Net(label, info) => {
                body.size = body.size.or(info.size);
                if info.present {
                    let key = Key::Net(body.nets.len());
                    body.addresses.insert(info.address, key);
                    body.nets.push(NetDecl::new(label, info));
                }
            }
            Found::Child(label, child, count) => {
                let (index, mut ports) = (body.children.len(), Vec::new());
                child.visit_parts(&mut |found| {
                    if let Found::Net(label, info) = found {
                        if info.present && info.is_port() {
                            let key = Key::Port(index, ports.len());
                            body.addresses.insert(info.address, key);
                            ports.push(NetDecl::new(label, info));
                        }
                    }
                });
                body.children.push(ChildDecl {
                    name: label.name,
                    doc: label.doc,
                    count,
                    ports,
                });
            }
        });
        Describe::describe(module, &mut body);
        super::instances::make(&mut body);
        body
    }

    /// A comment on what follows.
    pub fn note(&mut self, text: &str) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.items.push(Item::Note(text));
    }

    /// A wire with a name: what drives it, and what it is for.
    pub fn wire(&mut self, name: &str, doc: &str, value: impl Into<Expr>) -> Expr {
        let value = self.resolve(&value.into());
        let place = self.declare(name, doc, None, value.bits());
        if let Key::Net(net) = place.net {
            self.items.push(Item::Wire(net, Some(value)));
        }
        place.into()
    }

    /// The product of two numbers of two's complement that are alike wide, of `bits` bits, with a name.
    pub fn product(
        &mut self,
        name: &str,
        doc: &str,
        (a, b): (Expr, Expr),
        bits: impl Into<Size>,
    ) -> Expr {
        let value = self.resolve(&a.times_signed(b, bits));
        let place = self.declare(name, doc, None, value.bits());
        if let Key::Net(net) = place.net {
            self.nets[net].signed = true;
            self.items.push(Item::Wire(net, Some(value)));
        }
        Expr::Unsigned(Box::new(place.into()))
    }

    /// A vector of `lanes` wires, to be driven one by one.
    pub fn vector(
        &mut self,
        name: &str,
        doc: &str,
        lanes: impl Into<Size>,
        element: impl Into<Size>,
    ) -> Place {
        let place = self.declare(name, doc, Some(lanes.into()), element.into());
        if let Key::Net(net) = place.net {
            self.items.push(Item::Wire(net, None));
        }
        place
    }

    /// For each of `like` a vector of `lanes`, named after it; that of `first` in its place drives
    /// the first element, or zero where there is none.
    pub fn chain(&mut self, like: Places, first: Places, lanes: impl Into<Size>) -> Places {
        let lanes = lanes.into();
        let mut chain = Vec::new();
        for (like, first) in like.0.into_iter().zip(first.0) {
            let Some(like) = like.map(|like| self.resolve_place(&like)) else {
                chain.push(None);
                continue;
            };
            let net = self.net(&like);
            let stem = net.name.strip_suffix("_i").unwrap_or(&net.name).to_owned();
            let doc = net.doc.clone();
            let vector = self.vector(&stem, &doc, lanes.clone(), like.bits.clone());
            let zero = || Expr::Number(0, like.bits.clone());
            let first = first.map_or_else(zero, Expr::from);
            self.assign(vector.clone().at(0), first);
            chain.push(Some(vector));
        }
        Places(chain)
    }

    /// `to = value`.
    pub fn assign(&mut self, to: impl Into<Place>, value: impl Into<Expr>) {
        let (to, value) = (self.resolve_place(&to.into()), self.resolve(&value.into()));
        self.items.push(Item::Assign(to, value));
    }

    /// `{to} = value`, the first of `to` in the high bits.
    pub fn unpack(&mut self, to: impl IntoIterator<Item = Place>, value: impl Into<Expr>) {
        let to = to
            .into_iter()
            .map(|place| self.resolve_place(&place))
            .collect();
        let value = self.resolve(&value.into());
        self.items.push(Item::Unpack(to, value));
    }

    /// Each of `to` is driven by that of `from` in its place, where there is one to drive.
    pub fn join(&mut self, to: Places, from: Places) {
        for (to, from) in to.0.into_iter().zip(from.0) {
            if let (Some(to), Some(from)) = (to, from) {
                self.assign(to, from);
            }
        }
    }

    /// A register that takes `value` where `enable` is high.
    pub fn reg(&mut self, q: impl Into<Place>, enable: impl Into<Expr>, value: impl Into<Expr>) {
        self.register(q.into(), None, enable.into(), value.into());
    }

    /// Each of `q` takes that of `from` in its place where `enable` is high.
    pub fn regs(&mut self, q: Places, enable: &Expr, from: Places) {
        for (q, from) in q.0.into_iter().zip(from.0) {
            if let (Some(q), Some(from)) = (q, from) {
                self.reg(q, enable.clone(), from);
            }
        }
    }

    /// A line of registers for each of `lines`, into which that of `from` in its place goes; what
    /// comes out of them.
    pub fn shifts(&mut self, lines: Places, enable: &Expr, from: Places) -> Places {
        let mut out = Vec::new();
        for (line, from) in lines.0.into_iter().zip(from.0) {
            out.push(match (line, from) {
                (Some(line), Some(from)) => self.shift_line(line, enable, from.into()),
                (None, from) => from,
                (_, None) => None,
            });
        }
        Places(out)
    }

    fn shift_line(&mut self, line: Place, enable: &Expr, value: Expr) -> Option<Place> {
        let last = self.net(&self.resolve_place(&line)).lanes.clone()? - 1;
        let shifted = match last {
            Size::Number(0) => value,
            _ => concat([line.clone().lanes(0, &last).into(), value]),
        };
        self.reg(line.clone(), enable.clone(), shifted);
        Some(line.at(last))
    }

    /// A register that `reset_n` resets, active low, instead of `rst_ni`.
    pub fn reg_reset(
        &mut self,
        q: impl Into<Place>,
        reset_n: &Expr,
        enable: impl Into<Expr>,
        value: impl Into<Expr>,
    ) {
        let reset_n = Some(reset_n.clone());
        self.register(q.into(), reset_n, enable.into(), value.into());
    }

    /// A line of registers, one for each lane of `line` (two or more if that is a symbol), which
    /// shifts where `enable` is high; what comes out of it. What goes in, if the configuration has no
    /// such line.
    pub fn shift<T: Word>(&mut self, line: &Reg<T>, enable: &Expr, value: impl Into<Expr>) -> Expr {
        let value = value.into();
        match line.is_present() {
            true => self
                .shift_line(line.place(), enable, value.clone())
                .map_or(value, Expr::from),
            false => value,
        }
    }

    /// The register last described is reset to the bits of `PRELOAD` from `low` up.
    pub fn preload(&mut self, low: usize) {
        if let Some(Item::Register(register)) = self.items.last_mut() {
            register.preload = Some(low);
        }
    }

    fn register(&mut self, q: Place, reset_n: Option<Expr>, enable: Expr, value: Expr) {
        let q = self.resolve_place(&q);
        let style = self.net(&q).style;
        let register = Register {
            value: self.resolve(&value),
            enable: self.resolve(&enable),
            reset_n: reset_n.map(|reset_n| self.resolve(&reset_n)),
            preload: None,
            style,
            q,
        };
        self.items.push(Item::Register(Box::new(register)));
    }

    /// What `items` says once for each value of the variable `index` from `from` up to `to`.
    pub fn each(
        &mut self,
        index: &'static str,
        from: impl Into<Size>,
        to: impl Into<Size>,
        items: impl FnOnce(&mut Self, Size),
    ) {
        self.outer.push(std::mem::take(&mut self.items));
        items(self, Size::Name(index));
        let outer = self.outer.pop().unwrap_or_default();
        let inner = std::mem::replace(&mut self.items, outer);
        self.items
            .push(Item::Loop(index, from.into(), to.into(), inner));
    }

    /// Parameter `name` of the child that has the port `port`.
    pub fn parameter(
        &mut self,
        port: impl Into<Place>,
        name: &'static str,
        value: impl Into<Size>,
    ) {
        let place = self.resolve_place(&port.into());
        if let Key::Port(child, _) = place.net {
            let parameter = Item::Parameter(child, place.of, name, value.into());
            self.items.push(parameter);
        }
    }

    /// A named constant.
    pub fn constant(
        &mut self,
        name: &'static str,
        doc: &'static str,
        value: impl Into<Size>,
    ) -> Size {
        let value = value.into();
        let size = value.named(name);
        self.define(&size, doc);
        size
    }

    /// A named size, which fields of the module may have too, as a named constant.
    ///
    /// # Panics
    /// If it has no name.
    pub fn define(&mut self, size: &Size, doc: &'static str) {
        let Size::Named(name, value) = size else {
            panic!("{size} has no name");
        };
        let value = (**value).clone();
        self.constants.push(Constant { name, doc, value });
    }

    /// Nothing reads this, and it is meant.
    pub fn unused(&mut self, what: impl Into<Place>) {
        let place = self.resolve_place(&what.into());
        self.unused.push(place);
    }

    /// Nothing reads these, and it is meant.
    pub fn unused_all(&mut self, what: Places) {
        what.0
            .into_iter()
            .flatten()
            .for_each(|place| self.unused(place));
    }

    /// The module's text is a template.
    pub fn cell(&mut self, text: String, parameters: Vec<(&'static str, usize)>) {
        self.form = Form::Cell(Cell { text, parameters });
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

    /// The value of a name: a parameter's or a constant's.
    ///
    /// # Panics
    /// If there is none, which is a mistake in the description.
    pub fn value_of(&self, name: &str) -> usize {
        match (name, self.size) {
            ("ROWS", Some((rows, _))) => rows,
            ("COLS", Some((_, cols))) => cols,
            _ => panic!("{name} is no size of an array"),
        }
    }

    /// What `size` is where the variables of the loops around have the values `loops`.
    pub fn size_in(&self, size: &Size, loops: &[(&'static str, usize)]) -> usize {
        size.eval(
            &|name| match loops.iter().rev().find(|(known, _)| *known == name) {
                Some((_, round)) => *round,
                None => self.value_of(name),
            },
        )
    }

    pub(crate) fn declare(
        &mut self,
        name: &str,
        doc: &str,
        lanes: Option<Size>,
        element: Size,
    ) -> Place {
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

    fn resolve_place(&self, place: &Place) -> Place {
        let net = match place.net {
            Key::Address(address) => *self
                .addresses
                .get(&address)
                .expect("a net of this module or of a child's ports"),
            known => known,
        };
        Place {
            net,
            ..place.clone()
        }
    }

    fn resolve(&self, expr: &Expr) -> Expr {
        expr.map(&|place| self.resolve_place(place).into(), &Size::clone)
    }
}

/// Whether `expr` is one bit that is always high.
pub fn is_always(expr: &Expr) -> bool {
    expr.constant() == Some(1)
}
