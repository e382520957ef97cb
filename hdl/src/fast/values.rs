//! A flat PE as values: each is computed from inputs, states and values before it, without any
//! choice but by masks.

use super::atoms::{self, Nets};
use super::flat::Flat;
use crate::describe::{Body, Expr, Item, Key, NetKind, Place, Register};
use crate::Reset;

/// A register, or a piece of one, or a word of a few.
pub struct State {
    /// Its net.
    pub net: usize,
    /// What it is after a step.
    pub next: Expr,
    /// Whether and how `rst_ni` zeroes it.
    pub reset: Reset,
    /// How many words there are, and the input which says which one it is.
    pub words: Option<(usize, usize)>,
}

/// A PE as values.
pub struct Values {
    /// Its nets: inputs, states and values, each of a known width.
    pub body: Body,
    /// Those that are inputs, in the order of the PE's ports.
    pub inputs: Vec<usize>,
    /// What it remembers.
    pub states: Vec<State>,
    /// Values, each after those of which it is made.
    pub values: Vec<(usize, Expr)>,
    /// Outputs by name.
    pub outputs: Vec<(String, Expr)>,
    /// Where low, nothing changes but by reset.
    pub steps: Expr,
}

/// Names that the text has for something else.
const TAKEN: [&str; 7] = ["r", "c", "i", "base", "step", "zero", "leave"];

/// What is known of the shared inputs.
#[derive(Clone, Copy)]
struct Given {
    en: Option<bool>,
    rst_n: bool,
}

impl Values {
    /// Those of `flat`, none of them called as one of `taken`; `None` if it has something that
    /// this cannot say.
    pub fn of(flat: &Flat, taken: &[&str]) -> Option<Self> {
        let given = |en, rst_n| Given { en, rst_n };
        // Frozen, every register stands still, and reset is what it is for all.
        for (en, rst_n) in [(false, true), (false, false), (true, false)] {
            let still = Lower::new(flat, given(Some(en), rst_n), taken).run()?;
            if !still.behaves(en, rst_n)? {
                return None;
            }
        }
        // A clock gate that is open in a test steps without an enable.
        let gated = registers(flat).any(|register| register.style.gated);
        let lower = Lower::new(flat, given((!gated).then_some(true), true), taken).run()?;
        lower.finish()
    }
}

fn registers(flat: &Flat) -> impl Iterator<Item = &Register> {
    flat.body.items.iter().filter_map(|item| match item {
        Item::Register(register) => Some(&**register),
        _ => None,
    })
}

struct Lower<'a> {
    flat: &'a Flat,
    nets: Nets,
    inputs: Vec<usize>,
    /// Registers: the net and its pieces' states, the lowest first.
    states: Vec<(usize, &'a Register, usize)>,
}

fn number(size: &crate::describe::Size) -> Option<usize> {
    size.known()
}

/// The net, the lowest bit and the bits of a place.
fn part(flat: &Flat, place: &Place) -> Option<(usize, usize, usize)> {
    let Key::Net(net) = place.net else {
        return None;
    };
    let lo = match &place.lo {
        Some(lo) => number(lo)?,
        None => 0,
    };
    let bits = match &place.lo {
        Some(_) => number(&place.bits)?,
        None => number(&flat.body.nets[net].bits())?,
    };
    Some((net, lo, bits))
}

impl<'a> Lower<'a> {
    fn new(flat: &'a Flat, given: Given, taken: &[&str]) -> Self {
        let mut nets = Nets::new(flat.body.nets.len());
        for name in TAKEN.iter().chain(taken) {
            nets.take(name);
        }
        let mut inputs = Vec::new();
        for (id, net) in flat.body.nets.iter().enumerate() {
            if net.kind != NetKind::Input {
                continue;
            }
            let bits = net.bits().known().unwrap_or(1);
            let stem = net.name.strip_suffix("_i").unwrap_or(&net.name);
            let place = nets.declare(&format!("in_{stem}"), bits);
            inputs.push(place);
            let known = match net.name.as_str() {
                "en_i" => given.en,
                "test_en_i" => given.en.map(|_| false),
                "rst_ni" => Some(given.rst_n),
                _ => None,
            };
            let value = known.map_or_else(|| nets.whole(place), Expr::from);
            nets.set(id, 0, value);
        }
        Self {
            flat,
            nets,
            inputs,
            states: Vec::new(),
        }
    }

    fn run(mut self) -> Option<Self> {
        // States first: logic reads them.
        for register in registers(self.flat) {
            let (net, lo, bits) = part(self.flat, &register.q)?;
            let decl = &self.flat.body.nets[net];
            let element = number(&decl.element)?;
            let stem = decl
                .name
                .strip_suffix("_q")
                .unwrap_or(&decl.name)
                .to_owned();
            for lane in 0..bits.div_ceil(element) {
                let lane_lo = lo + lane * element;
                let name = match decl.lanes.as_ref().and_then(number) {
                    Some(lanes) if lanes > 1 => format!("{stem}_{}", lane_lo / element),
                    _ => stem.clone(),
                };
                let state = self.nets.declare(&name, element.min(bits));
                let value = self.nets.whole(state);
                self.nets.set(net, lane_lo, value);
                self.states.push((state, register, lane * element));
            }
        }
        let mut words = Vec::new();
        for memory in &self.flat.memories {
            let state = self.nets.declare(&memory.name, memory.bits);
            let value = self.nets.whole(state);
            self.nets.set(memory.out, 0, value);
            words.push(state);
        }
        for item in &self.flat.body.items {
            if let Item::Assign(to, value) = item {
                self.assign(to, value)?;
            }
        }
        Some(self)
    }

    fn assign(&mut self, to: &Place, value: &Expr) -> Option<()> {
        let (net, lo, _) = part(self.flat, to)?;
        let value = self.expr(value)?;
        let name = self.flat.body.nets[net].name.clone();
        self.nets.define(net, lo, value, &name);
        Some(())
    }

    fn expr(&mut self, e: &Expr) -> Option<Expr> {
        let flat = self.flat;
        atoms::lower(&mut self.nets, e, &|place| part(flat, place))
    }

    /// Whether it takes a value where it is stepped, and whether it keeps what it has or is zero.
    fn controls(&mut self, register: &Register) -> Option<(Expr, Expr)> {
        let mut enable = self.expr(&register.enable)?;
        if register.style.gated {
            let open = self.flat.body.named("test_en_i")?;
            enable = enable | self.nets.read(open, 0, 1);
        }
        let kept = match &register.reset_n {
            Some(reset_n) => self.expr(reset_n)?,
            None => {
                let reset_n = self.flat.body.named("rst_ni")?;
                self.nets.read(reset_n, 0, 1)
            }
        };
        Some((enable, kept))
    }

    /// Whether every register stands still where `en` is low, and is zeroed where `rst_n` is.
    fn behaves(mut self, en: bool, rst_n: bool) -> Option<bool> {
        for register in registers(self.flat) {
            let (enable, kept) = self.controls(register)?;
            let resets = register.style.reset != Reset::None;
            let still = en || enable.constant() == Some(0);
            let reset = !resets || (rst_n && en) || kept.constant() == Some(u128::from(rst_n));
            if !(still && reset) {
                return Some(false);
            }
        }
        for memory in &self.flat.memories {
            let write = self.expr(&memory.write)?;
            if !en && write.constant() != Some(0) {
                return Some(false);
            }
        }
        Some(true)
    }

    fn finish(mut self) -> Option<Values> {
        let mut states = Vec::new();
        for (net, register, lo) in std::mem::take(&mut self.states) {
            let (enable, kept) = self.controls(register)?;
            let value = self.expr(&register.value)?;
            let bits = self.nets.bits(net);
            let value = self.nets.slice(value, lo, bits);
            let reset = register.style.reset;
            if reset == Reset::Async && register.reset_n.is_some() {
                return None;
            }
            // Its own reset is none if it has none.
            let kept = match reset {
                Reset::None => true.into(),
                _ => kept,
            };
            let next = self.next(net, value, enable, kept);
            states.push(State {
                net,
                next,
                reset,
                words: None,
            });
        }
        for memory in &self.flat.memories {
            let (net, _, _) = part(self.flat, &self.flat.body.whole(memory.out))?;
            let Expr::Place(Place {
                net: Key::Net(net), ..
            }) = self.nets.read(net, 0, memory.bits)
            else {
                return None;
            };
            let Expr::Place(Place {
                net: Key::Net(which),
                lo: None,
                ..
            }) = self.expr(&memory.addr)?
            else {
                return None;
            };
            let (write, data) = (self.expr(&memory.write)?, self.expr(&memory.data)?);
            let next = self.next(net, data, write, true.into());
            states.push(State {
                net,
                next,
                reset: Reset::None,
                words: Some((memory.words, which)),
            });
        }
        let mut outputs = Vec::new();
        for (id, net) in self.flat.body.nets.iter().enumerate() {
            if net.kind == NetKind::Output {
                let value = self.nets.read(id, 0, net.bits().known()?);
                outputs.push((net.name.clone(), value));
            }
        }
        let mut steps = Expr::from(true);
        for name in ["en_i", "test_en_i"] {
            let Some(id) = self.flat.body.named(name) else {
                continue;
            };
            let at = self.flat.body.nets[..id]
                .iter()
                .filter(|net| net.kind == NetKind::Input);
            let net = self.nets.whole(self.inputs[at.count()]);
            steps = match name {
                "en_i" => net,
                _ => steps | net,
            };
        }
        Some(Values {
            body: self.nets.body,
            inputs: self.inputs,
            states,
            values: self.nets.values,
            outputs,
            steps,
        })
    }

    /// `value` where it takes one, zero where it is not kept, what it was otherwise.
    fn next(&mut self, net: usize, value: Expr, enable: Expr, kept: Expr) -> Expr {
        let bits = self.nets.bits(net);
        let own = self.nets.whole(net);
        let kept = self.nets.small(kept, "kept");
        match kept.constant() {
            Some(_) => self.nets.choose(enable, value, own),
            None => {
                let enable = self.nets.small(enable, "enable");
                let takes = atoms::mask(value, enable.clone() & kept.clone(), bits);
                takes | atoms::mask(own, !enable & kept, bits)
            }
        }
    }
}
