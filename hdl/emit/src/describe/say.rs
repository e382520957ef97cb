//! What a module says to its description.

use super::item::{Cell, Constant, Form, Index, Item, Register};
use super::{concat, Body, Expr, Key, Parameter, Place, Places, Reg, Size, Word};

impl Body {
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

    /// The register last described is reset to the bits of `parameter` from `low` up.
    pub fn preload(&mut self, parameter: &'static Parameter, low: usize) {
        if let Some(Item::Register(register)) = self.items.last_mut() {
            register.preload = Some((parameter, low));
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
        index: impl Into<Index>,
        from: impl Into<Size>,
        to: impl Into<Size>,
        items: impl FnOnce(&mut Self, Size),
    ) {
        let index = index.into();
        self.outer.push(std::mem::take(&mut self.items));
        items(self, Size::Name(index.name));
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
}
