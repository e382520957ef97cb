//! A PE with all that is inside it, as one list of assignments, processes and registers.

use crate::describe::{
    for_each_read, Body, Expr, Form, Found, Item, Key, Module, NetKind, Pin, Place, Register, Size,
};
use crate::emit::EmitError;
use std::collections::{HashMap, HashSet};

/// A few words of a PE of which one is read and written in a cycle: a [`Bank`](crate::prim::Bank).
#[derive(Clone, Debug)]
pub struct Memory {
    /// A name for it.
    pub name: String,
    /// How many words.
    pub words: usize,
    /// Bits of a word.
    pub bits: usize,
    /// Written where high.
    pub write: Expr,
    /// Which word.
    pub addr: Expr,
    /// What is written.
    pub data: Expr,
    /// The net that shows the word before that.
    pub out: usize,
}

/// A module without modules inside it.
pub struct Flat {
    /// Its nets; the ports of the module come first, in their order. Its items are assignments, each
    /// before those that read what it drives, processes likewise, and registers.
    pub body: Body,
    /// Its banks of words.
    pub memories: Vec<Memory>,
}

impl Flat {
    /// `module` with all that is inside it; `None` if something in it is a template that cannot
    /// be taken apart.
    ///
    /// # Errors
    /// Those of [`emit`](crate::emit::emit).
    pub fn of(module: &dyn Module) -> Result<Option<Self>, EmitError> {
        let mut flat = Self {
            body: Body::default(),
            memories: Vec::new(),
        };
        let ports = Body::of(module)
            .nets
            .into_iter()
            .filter(crate::describe::NetDecl::is_port);
        let mut known = HashMap::new();
        for port in ports {
            known.insert(port.name.clone(), flat.body.nets.len());
            flat.body.nets.push(port);
        }
        if !flat.inline(module, "", &known)? {
            return Ok(None);
        }
        flat.sort();
        Ok(Some(flat))
    }

    /// Adds what is in `module`, whose nets' names follow `prefix` and whose ports are the nets
    /// `ports`; whether that is possible.
    fn inline(
        &mut self,
        module: &dyn Module,
        prefix: &str,
        ports: &HashMap<String, usize>,
    ) -> Result<bool, EmitError> {
        let body = Body::of(module);
        match body.form {
            Form::Items => {}
            Form::Cell(_) => return Ok(false),
        }
        let mut map = Vec::new();
        for net in &body.nets {
            map.push(match ports.get(&net.name) {
                Some(port) if net.is_port() => *port,
                _ => {
                    let name = format!("{prefix}{}", net.name);
                    let place =
                        self.body
                            .declare(&name, &net.doc, net.lanes.clone(), net.element.clone());
                    let Key::Net(id) = place.net else {
                        unreachable!("a declared net is the body's")
                    };
                    self.body.nets[id].style = net.style;
                    if net.kind == NetKind::Register {
                        self.body.nets[id].kind = NetKind::Register;
                    }
                    id
                }
            });
        }
        let mut children: Vec<&dyn Module> = Vec::new();
        module.visit_parts(&mut |found| {
            if let Found::Child(_, child, _) = found {
                children.push(child);
            }
        });
        let rename = Rename(&map);
        for item in &body.items {
            match item {
                Item::Wire(net, Some(value)) => {
                    let to = self.body.whole(map[*net]);
                    self.body.items.push(Item::Assign(to, rename.expr(value)));
                }
                Item::Assign(to, value) => {
                    let item = Item::Assign(rename.place(to), rename.expr(value));
                    self.body.items.push(item);
                }
                Item::Register(register) => {
                    let register = Register {
                        q: rename.place(&register.q),
                        value: rename.expr(&register.value),
                        enable: rename.expr(&register.enable),
                        reset_n: register.reset_n.as_ref().map(|e| rename.expr(e)),
                        ..(**register).clone()
                    };
                    self.body.items.push(Item::Register(Box::new(register)));
                }
                Item::Instance(child, None, pins, parameters) => {
                    let decl = &body.children[*child];
                    let prefix = format!("{prefix}{}_", decl.name);
                    if !self.instance(
                        children[*child],
                        &prefix,
                        &body,
                        *child,
                        pins,
                        parameters,
                        &rename,
                    )? {
                        return Ok(false);
                    }
                }
                Item::Note(_) | Item::Wire(_, None) => {}
                Item::Loop(..) | Item::Instance(..) | Item::Unpack(..) | Item::Parameter(..) => {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    #[allow(clippy::too_many_arguments)]
    fn instance(
        &mut self,
        module: &dyn Module,
        prefix: &str,
        body: &Body,
        child: usize,
        pins: &[Pin],
        parameters: &[(&'static str, Size)],
        rename: &Rename,
    ) -> Result<bool, EmitError> {
        let decl = &body.children[child];
        let value = |name: &str| {
            let given = parameters.iter().find(|(known, _)| *known == name);
            given.and_then(|(_, size)| size.known())
        };
        let bank = value("WORDS");
        let mut ports = HashMap::new();
        let mut drivers: HashMap<&str, Expr> = HashMap::new();
        let mut outputs = Vec::new();
        for (port, pin) in decl.ports.iter().zip(pins) {
            if let (Pin::Input(driver), true) = (pin, bank.is_some()) {
                drivers.insert(&port.name, rename.expr(driver));
                continue;
            }
            // A port that is all of a net is that net.
            if let Pin::Input(Expr::Place(place)) = pin {
                let place = rename.place(place);
                if let (Key::Net(net), None) = (place.net, &place.lo) {
                    ports.insert(port.name.clone(), net);
                    continue;
                }
            }
            let bits = match (port.bits().known(), value("BITS")) {
                (Some(bits), _) | (None, Some(bits)) => Size::Number(bits),
                _ => return Ok(false),
            };
            let name = format!("{prefix}{}", port.name);
            let net = self.body.declare(&name, &port.doc, None, bits);
            let Key::Net(id) = net.net else {
                unreachable!("a declared net is the body's")
            };
            ports.insert(port.name.clone(), id);
            match pin {
                Pin::Input(driver) => {
                    self.body.items.push(Item::Assign(net, rename.expr(driver)));
                }
                Pin::Output(to) => outputs.push((net, to)),
                Pin::Open => {}
            }
        }
        let inside = match bank {
            Some(words) => {
                let mut take = |name: &str| drivers.remove(name);
                let (Some(write), Some(addr), Some(data)) =
                    (take("write_i"), take("addr_i"), take("data_i"))
                else {
                    return Ok(false);
                };
                self.memories.push(Memory {
                    name: prefix.trim_end_matches('_').to_owned(),
                    words,
                    bits: value("BITS").unwrap_or(1),
                    write,
                    addr,
                    data,
                    out: ports["data_o"],
                });
                true
            }
            None => self.inline(module, prefix, &ports)?,
        };
        for (net, to) in outputs {
            let [to] = &to[..] else {
                return Ok(false);
            };
            let item = Item::Assign(rename.place(to), net.into());
            self.body.items.push(item);
        }
        Ok(inside)
    }

    /// Puts each assignment before those that read what it drives; registers last.
    fn sort(&mut self) {
        let items = std::mem::take(&mut self.body.items);
        let (registers, mut logic): (Vec<_>, Vec<_>) = items
            .into_iter()
            .partition(|item| matches!(item, Item::Register(_)));
        let mut pending: HashMap<usize, usize> = HashMap::new();
        for net in logic.iter().filter_map(written) {
            *pending.entry(net).or_default() += 1;
        }
        while !logic.is_empty() {
            let ready = logic.iter().position(|item| {
                let own = written(item);
                let waits = |net: &usize| pending.get(net).copied().unwrap_or(0) > 0;
                !reads(item)
                    .iter()
                    .any(|net| waits(net) && own != Some(*net))
            });
            let item = logic.remove(ready.expect("logic without a loop"));
            if let Some(count) = written(&item).and_then(|net| pending.get_mut(&net)) {
                *count -= 1;
            }
            self.body.items.push(item);
        }
        self.body.items.extend(registers);
    }
}

/// The net that an assignment drives.
fn written(item: &Item) -> Option<usize> {
    match item {
        Item::Assign(to, _) => net_of(to),
        _ => None,
    }
}

/// Nets that an item reads.
pub fn reads(item: &Item) -> HashSet<usize> {
    let mut nets = HashSet::new();
    for_each_read(std::slice::from_ref(item), &mut |place| {
        nets.extend(net_of(place));
    });
    nets
}

fn net_of(place: &Place) -> Option<usize> {
    match place.net {
        Key::Net(net) => Some(net),
        _ => None,
    }
}

/// Nets of a module as nets of the whole.
struct Rename<'a>(&'a [usize]);

impl Rename<'_> {
    fn place(&self, place: &Place) -> Place {
        let Key::Net(net) = place.net else {
            panic!("a port of an instance in a finished description")
        };
        Place {
            net: Key::Net(self.0[net]),
            ..place.clone()
        }
    }

    fn expr(&self, e: &Expr) -> Expr {
        e.map(&|place| self.place(place).into(), &Size::clone)
    }
}
