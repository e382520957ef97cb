//! What must be true of a description, and Verilog would not say: every bit that is read is
//! driven, and once; what is driven is as wide as what drives it; names are free. Sizes have the
//! values of the configuration here.

use super::names::is_reserved;
use crate::describe::{Binary, Body, Expr, Form, Item, Key, NetKind, Pin, Place, Size};
use std::collections::{HashMap, HashSet};

/// The first thing that is wrong with `body`.
///
/// # Errors
/// What that is.
pub fn check(body: &Body) -> Result<(), String> {
    names(body)?;
    ports(body)?;
    if matches!(body.form, Form::Cell(_)) {
        return Ok(());
    }
    let mut check = Check {
        body,
        loops: Vec::new(),
        nets: HashMap::new(),
    };
    // Wires are declared where the description makes them.
    for (id, net) in body.nets.iter().enumerate() {
        match net.count {
            0 => continue,
            count => check.nets.insert(id, Net::new(count * net.width, net.kind)),
        };
    }
    check.items(&body.items)?;
    for (id, child) in body.children.iter().enumerate() {
        if !is_instance(&body.items, id) {
            return Err(format!(
                "{} is not there: nothing drives its inputs",
                child.name
            ));
        }
    }
    let mut nets: Vec<_> = check.nets.iter().collect();
    nets.sort_by_key(|(id, _)| **id);
    nets.iter()
        .try_for_each(|(id, net)| check.is_driven(**id, net))
}

fn is_instance(items: &[Item], child: usize) -> bool {
    items.iter().any(|item| match item {
        Item::Instance(id, ..) => *id == child,
        Item::Loop(_, _, _, items) => is_instance(items, child),
        _ => false,
    })
}

fn names(body: &Body) -> Result<(), String> {
    let mut taken = HashSet::new();
    let nets = body.nets.iter().map(|net| net.name.clone());
    let constants = body
        .constants
        .iter()
        .map(|constant| constant.name.to_owned());
    let children = body
        .children
        .iter()
        .map(|child| format!("u_{}", child.name));
    for name in nets.chain(constants).chain(children) {
        if is_reserved(&name) {
            return Err(format!("`{name}` is a word of Verilog's: rename the field"));
        }
        // A wire of which a configuration has no use has lost its name.
        if !name.is_empty() && !taken.insert(name.clone()) {
            return Err(format!("two things would be named {name}: rename a field"));
        }
    }
    Ok(())
}

/// Ports are declared before the module's constants and functions.
fn ports(body: &Body) -> Result<(), String> {
    fn is_of_parameters(size: &Size) -> bool {
        match size {
            Size::Number(_) | Size::Parameter(_) | Size::Name(_) => true,
            Size::Named(..) | Size::Bits(_) => false,
            Size::Groups(a, _) => is_of_parameters(a),
            Size::Sum(a, b)
            | Size::Difference(a, b)
            | Size::Product(a, b)
            | Size::Larger(a, b)
            | Size::Smaller(a, b) => is_of_parameters(a) && is_of_parameters(b),
        }
    }
    let mut ports = body.nets.iter().filter(|net| net.is_port());
    match ports.find(|port| !is_of_parameters(&port.bits())) {
        Some(port) => Err(format!(
            "the width of {} is known inside the module only: make it a parameter",
            port.name
        )),
        None => Ok(()),
    }
}

/// What is known of a net's bits.
struct Net {
    driven: Vec<bool>,
    read: Vec<bool>,
}

impl Net {
    fn new(bits: usize, kind: NetKind) -> Self {
        Self {
            driven: vec![kind == NetKind::Input; bits],
            read: vec![kind == NetKind::Output; bits],
        }
    }
}

struct Check<'a> {
    body: &'a Body,
    loops: Vec<(&'static str, usize)>,
    nets: HashMap<usize, Net>,
}

impl Check<'_> {
    fn size(&self, size: &Size) -> usize {
        self.body.size_in(size, &self.loops)
    }

    fn is_driven(&self, id: usize, net: &Net) -> Result<(), String> {
        let open = net
            .read
            .iter()
            .zip(&net.driven)
            .position(|(read, driven)| *read && !driven);
        let name = &self.body.nets[id].name;
        match (open, net.driven.contains(&true)) {
            (None, _) => Ok(()),
            (Some(_), false) => Err(format!("{name} is used but nothing drives it")),
            (Some(bit), true) => Err(format!("{name}[{bit}] is used but nothing drives it")),
        }
    }

    fn items(&mut self, items: &[Item]) -> Result<(), String> {
        let mut own = Vec::new();
        for item in items {
            if let Item::Wire(id, _) = item {
                let bits = self.size(&self.body.nets[*id].bits());
                self.nets.insert(*id, Net::new(bits, NetKind::Wire));
                own.push(*id);
            }
        }
        items.iter().try_for_each(|item| self.item(item))?;
        if self.loops.is_empty() {
            return Ok(());
        }
        for id in own {
            if let Some(net) = self.nets.remove(&id) {
                self.is_driven(id, &net)?;
            }
        }
        Ok(())
    }

    fn item(&mut self, item: &Item) -> Result<(), String> {
        match item {
            Item::Wire(id, Some(value)) => self.drives(&[self.body.whole(*id)], value),
            Item::Assign(to, value) => self.drives(std::slice::from_ref(to), value),
            Item::Unpack(to, value) => self.drives(to, value),
            Item::Register(register) => {
                let bits = self.reads(&register.value)?;
                let q = std::slice::from_ref(&register.q);
                self.driven(q, bits, NetKind::Register)?;
                self.is_bit(&register.enable)?;
                register
                    .reset_n
                    .iter()
                    .try_for_each(|reset_n| self.is_bit(reset_n))
            }
            Item::Loop(index, from, to, items) => {
                for round in self.size(from)..self.size(to) {
                    self.loops.push((index.name, round));
                    self.items(items)?;
                    self.loops.pop();
                }
                Ok(())
            }
            Item::Instance(child, _, pins, _) => {
                let ports = &self.body.children[*child].ports;
                for (port, pin) in ports.iter().zip(pins) {
                    let bits = port.count * port.width;
                    match pin {
                        Pin::Input(value) => {
                            let own = self.reads(value)?;
                            if own != bits {
                                let child = &self.body.children[*child].name;
                                return Err(format!(
                                    "{} of {child} has {bits} bits and is driven by {own}",
                                    port.name
                                ));
                            }
                        }
                        Pin::Output(to) => self.driven(to, bits, NetKind::Wire)?,
                        Pin::Open => {}
                    }
                }
                Ok(())
            }
            Item::Note(_) | Item::Wire(_, None) | Item::Parameter(..) => Ok(()),
        }
    }

    fn drives(&mut self, to: &[Place], value: &Expr) -> Result<(), String> {
        let bits = self.reads(value)?;
        self.driven(to, bits, NetKind::Wire)
    }

    fn agree(&self, to: &[Place], bits: usize, by: usize) -> Result<(), String> {
        match bits == by {
            true => Ok(()),
            false => Err(format!(
                "{} has {bits} bits and is driven by {by}",
                self.name(to)
            )),
        }
    }

    /// The names of the nets.
    fn name(&self, to: &[Place]) -> String {
        let names: Vec<_> = to
            .iter()
            .map(|place| self.body.net(place).name.as_str())
            .collect();
        names.join(", ")
    }

    /// `to`, side by side, are driven by `by` bits, of a register if `kind` says so.
    fn driven(&mut self, to: &[Place], by: usize, kind: NetKind) -> Result<(), String> {
        let bits = to.iter().map(|place| self.size(&place.bits)).sum();
        self.agree(to, bits, by)?;
        for place in to {
            let (id, low, bits) = self.range(place)?;
            let decl = &self.body.nets[id];
            if decl.kind == NetKind::Input {
                return Err(format!("{} is driven, but it is an input", decl.name));
            }
            if (decl.kind == NetKind::Register) != (kind == NetKind::Register) {
                return Err(format!(
                    "{} is driven as what it is not: a register takes its \
                    value from `reg`, nothing else does",
                    decl.name
                ));
            }
            let Some(net) = self.nets.get_mut(&id) else {
                continue;
            };
            if net.driven[low..low + bits].contains(&true) {
                return Err(format!("{} is driven twice", decl.name));
            }
            net.driven[low..low + bits].fill(true);
        }
        Ok(())
    }

    /// The net of `place`, its lowest bit there, and how many.
    fn range(&self, place: &Place) -> Result<(usize, usize, usize), String> {
        let Key::Net(id) = place.net else {
            let name = &self.body.net(place).name;
            return Err(format!(
                "{name} of a child is used in another scope than its instance"
            ));
        };
        let low = place.lo.as_ref().map_or(0, |lo| self.size(lo));
        let bits = self.size(&place.bits);
        let name = &self.body.nets[id].name;
        match self.nets.get(&id) {
            None => Err(format!("{name} is used where it is not declared")),
            Some(net) if low + bits > net.driven.len() => Err(format!(
                "bit {} of {name}, which has {}",
                low + bits - 1,
                net.driven.len()
            )),
            Some(_) => Ok((id, low, bits)),
        }
    }

    fn is_bit(&mut self, e: &Expr) -> Result<(), String> {
        match self.reads(e)? {
            1 => Ok(()),
            bits => Err(format!(
                "a condition of {bits} bits; compare it with a value"
            )),
        }
    }

    /// Marks what `e` reads; its width.
    fn reads(&mut self, e: &Expr) -> Result<usize, String> {
        let bits = self.size(&e.bits());
        match e {
            Expr::Place(place) => {
                let (id, low, bits) = self.range(place)?;
                if let Some(net) = self.nets.get_mut(&id) {
                    net.read[low..low + bits].fill(true);
                }
            }
            Expr::Number(value, _) => {
                if bits < 128 && *value >> bits != 0 {
                    return Err(format!("{value} does not fit {bits} bits"));
                }
            }
            Expr::Size(value, _) => {
                let value = self.size(value);
                if bits < 64 && value >> bits != 0 {
                    return Err(format!("{value} does not fit {bits} bits"));
                }
            }
            Expr::Slice(inner, lo, _) => {
                let (own, end) = (self.reads(inner)?, self.size(lo) + bits);
                if end > own {
                    return Err(format!("bit {} of a value of {own} bits", end - 1));
                }
            }
            Expr::Concat(items) => {
                for item in items {
                    self.reads(item)?;
                }
            }
            Expr::Repeat(_, inner) | Expr::Unary(_, inner) | Expr::Unsigned(inner) => {
                self.reads(inner)?;
            }
            Expr::Total(inner, ..) => {
                self.reads(inner)?;
            }
            Expr::Binary(op, a, b) => {
                let (a, b) = (self.reads(a)?, self.reads(b)?);
                let shifts = matches!(op, Binary::Shl | Binary::Shr);
                if a != b && !shifts {
                    return Err(format!("{a} bits {} {b} bits", op.symbol()));
                }
            }
            Expr::Product(a, b, ..) => {
                self.reads(a)?;
                self.reads(b)?;
            }
            Expr::Select(test, then, otherwise) => {
                self.is_bit(test)?;
                let (then, otherwise) = (self.reads(then)?, self.reads(otherwise)?);
                if then != otherwise {
                    return Err(format!("a choice between {then} and {otherwise} bits"));
                }
            }
            Expr::Wide(inner, _) | Expr::SignWide(inner, _) => {
                let own = self.reads(inner)?;
                if own > bits {
                    return Err(format!("{own} bits widened to {bits}"));
                }
            }
        }
        Ok(bits)
    }
}
