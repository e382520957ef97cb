//! A description at work: what rust-hdl's simulation does with it.
//!
//! For small arrays, beside other simulators: nothing here is fast.

use super::item::{Form, Item, Pin, Register};
use super::net::{AnyNet, NetKind};
use super::number::{binary, extended, ones, spliced, unary};
use super::{Body, Expr, Key, Module, Place, Reset, Size};
use num_bigint::BigUint;
use std::sync::{Arc, OnceLock};

/// A module's description, made when it is first needed.
#[derive(Clone, Debug, Default)]
pub struct Compiled(Arc<OnceLock<Body>>);

/// A module that is simulated as it is described.
pub trait Simulated: Module {
    /// Its description.
    fn compiled(&self) -> &Compiled;
}

/// One delta cycle of rust-hdl's: the module's nets and the inputs of its children take the
/// values that follow from what is seen now.
pub fn update<M: Simulated>(module: &mut M) {
    let compiled = module.compiled().clone();
    let body = compiled.0.get_or_init(|| Body::of(module));
    let (mut nets, mut children) = (Vec::new(), Vec::new());
    module.split_mut(&mut nets, &mut children);
    nets.retain(|net| net.has_value());
    children.retain(|net| net.has_value());
    let mut state = State::new(body, nets, children);
    state.settle();
    state.tick();
    state.drive();
}

/// Claims all that a description drives.
pub fn connect<M: Simulated>(module: &mut M) {
    let (mut nets, mut children) = (Vec::new(), Vec::new());
    module.split_mut(&mut nets, &mut children);
    for net in nets {
        if net.info().kind != NetKind::Input {
            net.claim();
        }
    }
    for port in children {
        if port.info().kind == NetKind::Input {
            port.claim();
        }
    }
}

/// Values of the variables of the loops around.
type Loops = Vec<(&'static str, usize)>;

struct State<'a> {
    body: &'a Body,
    nets: Vec<&'a mut dyn AnyNet>,
    children: Vec<&'a mut dyn AnyNet>,
    /// Of each child, where its first instance's first port is.
    bases: Vec<usize>,
    /// Of each net.
    values: Vec<BigUint>,
    /// Of each port of each child.
    ports: Vec<BigUint>,
    changed: bool,
}

impl<'a> State<'a> {
    fn new(
        body: &'a Body,
        nets: Vec<&'a mut dyn AnyNet>,
        children: Vec<&'a mut dyn AnyNet>,
    ) -> Self {
        assert!(
            matches!(body.form, Form::Items),
            "a template is not simulated"
        );
        let mut bases = Vec::new();
        let mut base = 0;
        for child in &body.children {
            bases.push(base);
            let count = child
                .count
                .as_ref()
                .map_or(1, |count| body.size_in(count, &[]));
            base += count * child.ports.len();
        }
        assert_eq!(base, children.len(), "ports of children");
        let seen = |net: &&mut dyn AnyNet, drives: bool| match drives {
            true => whole_value(&**net),
            false => BigUint::default(),
        };
        let mut values: Vec<_> = nets
            .iter()
            .map(|net| {
                let kind = net.info().kind;
                seen(net, matches!(kind, NetKind::Input | NetKind::Register))
            })
            .collect();
        values.resize(body.nets.len(), BigUint::default());
        let ports = children
            .iter()
            .map(|port| seen(port, port.info().kind == NetKind::Output))
            .collect();
        Self {
            body,
            nets,
            children,
            bases,
            values,
            ports,
            changed: false,
        }
    }

    /// Goes through the items until nothing changes any more.
    fn settle(&mut self) {
        let body = self.body;
        for _ in 0..1000 {
            self.changed = false;
            self.items(&body.items, &mut Vec::new());
            if !self.changed {
                return;
            }
        }
        panic!("combinational logic that does not settle");
    }

    fn items(&mut self, items: &[Item], loops: &mut Loops) {
        for item in items {
            match item {
                Item::Wire(net, Some(value)) => {
                    let value = self.eval(value, loops).0;
                    self.write(&self.body.whole(*net), value, loops);
                }
                Item::Assign(to, value) => {
                    let value = self.eval(value, loops).0;
                    self.write(to, value, loops);
                }
                Item::Unpack(to, value) => {
                    let value = self.eval(value, loops).0;
                    self.unpack(to, value, loops);
                }
                Item::Loop(index, from, to, items) => {
                    for round in self.size(from, loops)..self.size(to, loops) {
                        loops.push((index.name, round));
                        self.items(items, loops);
                        loops.pop();
                    }
                }
                Item::Instance(child, of, pins, _) => {
                    for (port, pin) in pins.iter().enumerate() {
                        let at = self.port(*child, port, of.as_ref(), loops);
                        match pin {
                            Pin::Input(value) => {
                                let value = self.eval(value, loops).0;
                                self.changed |= self.ports[at] != value;
                                self.ports[at] = value;
                            }
                            Pin::Output(to) => {
                                let value = self.ports[at].clone();
                                self.unpack(to, value, loops);
                            }
                            Pin::Open => {}
                        }
                    }
                }
                Item::Note(_) | Item::Wire(_, None) | Item::Register(_) | Item::Parameter(..) => {}
            }
        }
    }

    /// Registers take what they are given, if their clock rises or their reset is asynchronous.
    fn tick(&mut self) {
        let rises = self
            .body
            .named("clk_i")
            .is_some_and(|clk| self.nets[clk].rises());
        let body = self.body;
        let mut next = Vec::new();
        self.registers(&body.items, &mut Vec::new(), rises, &mut next);
        for (net, lo, bits, value) in next {
            let old = std::mem::take(&mut self.values[net]);
            self.values[net] = spliced(&old, lo, bits, &value);
        }
    }

    fn registers(
        &mut self,
        items: &[Item],
        loops: &mut Loops,
        rises: bool,
        next: &mut Vec<(usize, usize, usize, BigUint)>,
    ) {
        for item in items {
            match item {
                Item::Loop(index, from, to, items) => {
                    for round in self.size(from, loops)..self.size(to, loops) {
                        loops.push((index.name, round));
                        // Wires of this round, which registers may read.
                        self.items(items, loops);
                        self.registers(items, loops, rises, next);
                        loops.pop();
                    }
                }
                Item::Register(register) => {
                    if let Some(value) = self.next(register, loops, rises) {
                        let Key::Net(net) = register.q.net else {
                            continue;
                        };
                        let (lo, bits) = self.range(&register.q, loops);
                        next.push((net, lo, bits, value));
                    }
                }
                _ => {}
            }
        }
    }

    fn next(&self, register: &Register, loops: &Loops, rises: bool) -> Option<BigUint> {
        let high = |e: &Expr| self.eval(e, loops).0.bit(0);
        let reset_n = match (&register.reset_n, self.body.named("rst_ni")) {
            (Some(reset_n), _) => high(reset_n),
            (None, Some(rst_ni)) => self.values[rst_ni].bit(0),
            (None, None) => true,
        };
        let resets = match register.style.reset {
            Reset::None => false,
            Reset::Sync => rises,
            Reset::Async => true,
        };
        if resets && !reset_n {
            return Some(BigUint::default());
        }
        (rises && high(&register.enable)).then(|| self.eval(&register.value, loops).0)
    }

    /// Hands the values on to rust-hdl's signals.
    fn drive(self) {
        for (net, value) in self.nets.into_iter().zip(self.values) {
            if net.info().kind != NetKind::Input {
                drive(net, &value);
            }
        }
        for (port, value) in self.children.into_iter().zip(self.ports) {
            if port.info().kind == NetKind::Input {
                drive(port, &value);
            }
        }
    }

    fn size(&self, size: &Size, loops: &Loops) -> usize {
        self.body.size_in(size, loops)
    }

    fn port(&self, child: usize, port: usize, of: Option<&Size>, loops: &Loops) -> usize {
        let index = of.map_or(0, |of| self.size(of, loops));
        self.bases[child] + index * self.body.children[child].ports.len() + port
    }

    /// The lowest bit of `place`, and how many there are.
    fn range(&self, place: &Place, loops: &Loops) -> (usize, usize) {
        let lo = place.lo.as_ref().map_or(0, |lo| self.size(lo, loops));
        (lo, self.size(&place.bits, loops))
    }

    fn write(&mut self, to: &Place, value: BigUint, loops: &Loops) {
        let (lo, bits) = self.range(to, loops);
        let target = match to.net {
            Key::Net(net) => &mut self.values[net],
            _ => panic!("only instances drive ports of children"),
        };
        let new = spliced(target, lo, bits, &value);
        self.changed |= new != *target;
        *target = new;
    }

    fn unpack(&mut self, to: &[Place], mut value: BigUint, loops: &Loops) {
        for place in to.iter().rev() {
            let bits = self.range(place, loops).1;
            self.write(place, value.clone(), loops);
            value >>= bits;
        }
    }

    /// The value of `e`, and its width.
    fn eval(&self, e: &Expr, loops: &Loops) -> (BigUint, usize) {
        let bits = self.size(&e.bits(), loops);
        let of = |e: &Expr| self.eval(e, loops).0;
        let value = match e {
            Expr::Place(place) => {
                let value = match place.net {
                    Key::Net(net) => &self.values[net],
                    Key::Port(child, port) => {
                        &self.ports[self.port(child, port, place.of.as_ref(), loops)]
                    }
                    Key::Address(_) => panic!("an address in a finished description"),
                };
                value >> self.range(place, loops).0
            }
            Expr::Number(value, _) => BigUint::from(*value),
            Expr::Size(value, _) => BigUint::from(self.size(value, loops)),
            Expr::Slice(inner, lo, _) => of(inner) >> self.size(lo, loops),
            Expr::Concat(items) => items.iter().fold(BigUint::default(), |all, item| {
                let (value, bits) = self.eval(item, loops);
                (all << bits) | value
            }),
            Expr::Repeat(count, item) => {
                let (value, bits) = self.eval(item, loops);
                (0..self.size(count, loops))
                    .fold(BigUint::default(), |all, _| (all << bits) | &value)
            }
            Expr::Unary(op, inner) => {
                let (value, bits) = self.eval(inner, loops);
                unary(*op, value, bits)
            }
            Expr::Binary(op, a, b) => {
                let ((a, bits), b) = (self.eval(a, loops), of(b));
                binary(*op, a, b, bits)
            }
            Expr::Product(a, b, _, signed) => {
                let wide = |e: &Expr| {
                    let (value, own) = self.eval(e, loops);
                    match signed {
                        true => extended(value, own, bits.max(own)),
                        false => value,
                    }
                };
                wide(a) * wide(b)
            }
            Expr::Total(inner, each, _) => {
                let (value, all) = self.eval(inner, loops);
                let each = self.size(each, loops);
                (0..all / each).fold(BigUint::default(), |sum, i| {
                    sum + ((&value >> (i * each)) & ones(each))
                })
            }
            Expr::Unsigned(inner) | Expr::Wide(inner, _) => of(inner),
            Expr::SignWide(inner, _) => {
                let (value, own) = self.eval(inner, loops);
                extended(value, own, bits)
            }
            Expr::Select(test, then, otherwise) => match of(test).bit(0) {
                true => of(then),
                false => of(otherwise),
            },
        };
        (value & ones(bits), bits)
    }
}

/// All elements of a net side by side, the first in the low bits.
fn whole_value(net: &dyn AnyNet) -> BigUint {
    let info = net.info();
    (0..info.count).rev().fold(BigUint::default(), |all, lane| {
        (all << info.width) | BigUint::from(net.read(lane))
    })
}

fn drive(net: &mut dyn AnyNet, value: &BigUint) {
    let info = net.info();
    for lane in 0..info.count {
        let value = (value >> (lane * info.width)) & ones(info.width);
        net.drive(lane, u128::try_from(value).unwrap_or(0));
    }
}
