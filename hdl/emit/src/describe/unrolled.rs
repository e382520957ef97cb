//! What rust-hdl's own generator is told of a module: its description with every loop unrolled,
//! every size a number, and every operator a wire of its own, whose width says what is kept. A
//! second way from the description to Verilog, to hold the first one against.
//!
//! In rust-hdl's text the ports are `port$element`, those of children `child$index$port$element`;
//! what a module drives is a `reg`. Each net has a vector of all its elements here, `net$all`.
//! Lines that begin with `// heddle:` say how our own text calls registers and instances.

use super::item::{Item, Pin, Register};
use super::net::NetKind;
use super::walk::block_name;
use super::{Body, Expr, Key, Module, NetDecl, Place, Reset, Size, Unary};
use rust_hdl::prelude::Verilog;
use std::collections::HashMap;
use std::fmt::Write as _;

/// The text of `module` for rust-hdl.
pub fn unrolled<M: Module + ?Sized>(module: &M) -> Verilog {
    let body = Body::of(module);
    let mut writer = Writer {
        body: &body,
        text: String::new(),
        names: HashMap::new(),
        loops: Vec::new(),
        path: String::new(),
        wires: 0,
    };
    writer.fields();
    writer.items(&body.items);
    Verilog::Custom(writer.text)
}

/// What an element of a net is called.
pub fn element(net: &NetDecl, lane: usize) -> String {
    match net.lanes {
        Some(_) => format!("{}${lane}", net.name),
        None => net.name.clone(),
    }
}

/// All elements of a net side by side, the last in the high bits.
pub fn elements(net: &NetDecl) -> String {
    let names: Vec<_> = (0..net.count)
        .rev()
        .map(|lane| element(net, lane))
        .collect();
    format!("{{{}}}", names.join(", "))
}

struct Writer<'a> {
    body: &'a Body,
    text: String,
    /// What the vectors of nets are called here.
    names: HashMap<usize, String>,
    /// Values of the variables of the loops around.
    loops: Vec<(&'static str, usize)>,
    /// The blocks of our own text around.
    path: String,
    /// Wires without a name, so far.
    wires: usize,
}

/// A value: a name of so many bits.
type Value = (String, usize);

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn size(&self, size: &Size) -> usize {
        self.body.size_in(size, &self.loops)
    }

    /// The vectors of the fields, and how they come from rust-hdl's signals or go there.
    fn fields(&mut self) {
        let body = self.body;
        let fields = body.nets.iter().enumerate();
        for (id, net) in fields.filter(|(_, net)| net.count > 0) {
            let all = format!("{}$all", net.name);
            let (top, width) = (net.count * net.width - 1, net.width);
            let kind = match net.kind {
                NetKind::Register => {
                    writeln!(self.text, "// heddle:register {all} {}", net.name).expect(STRING);
                    "reg"
                }
                _ => "wire",
            };
            self.line(&format!("{kind} [{top}:0] {all};"));
            for lane in 0..net.count {
                let (low, high) = (lane * width, (lane + 1) * width - 1);
                let signal = element(net, lane);
                self.line(&match net.kind {
                    NetKind::Input => format!("assign {all}[{high}:{low}] = {signal};"),
                    _ => format!("always @(*) {signal} = {all}[{high}:{low}];"),
                });
            }
            self.names.insert(id, all);
        }
    }

    fn items(&mut self, items: &[Item]) {
        // Wires first: what drives them may come later.
        for item in items {
            if let Item::Wire(net, _) = item {
                let decl = &self.body.nets[*net];
                let mut name = decl.name.clone();
                for (_, round) in &self.loops {
                    write!(name, "${round}").expect(STRING);
                }
                name += "$all";
                let top = self.size(&decl.bits()) - 1;
                self.line(&format!("wire [{top}:0] {name};"));
                self.names.insert(*net, name);
            }
        }
        for (at, item) in items.iter().enumerate() {
            match item {
                Item::Wire(net, Some(value)) => self.drive(&self.body.whole(*net), value),
                Item::Assign(to, value) => self.drive(to, value),
                Item::Unpack(to, value) => {
                    let value = self.value(value);
                    self.unpack(to, value);
                }
                Item::Register(register) => self.register(register),
                Item::Loop(index, from, to, inner) => {
                    let block = block_name(self.body, items, at);
                    self.unroll(&block, index.name, [from, to], inner);
                }
                Item::Instance(child, of, pins, _) => self.instance(*child, of.as_ref(), pins),
                Item::Note(_) | Item::Wire(_, None) | Item::Parameter(..) => {}
            }
        }
    }

    fn unroll(&mut self, block: &str, index: &'static str, [from, to]: [&Size; 2], items: &[Item]) {
        let outer = self.path.clone();
        for round in self.size(from)..self.size(to) {
            self.path = format!("{outer}g_{block}[{round}].");
            self.loops.push((index, round));
            self.items(items);
            self.loops.pop();
        }
        self.path = outer;
    }

    fn instance(&mut self, child: usize, of: Option<&Size>, pins: &[Pin]) {
        let decl = &self.body.children[child];
        let index = of.map_or(0, |of| self.size(of));
        let name = match decl.count {
            Some(_) => format!("{}${index}", decl.name),
            None => decl.name.clone(),
        };
        let ours = format!("{}u_{}", self.path, decl.name);
        self.line(&format!("// heddle:instance {name} {ours}"));
        for (port, pin) in decl.ports.iter().zip(pins) {
            let bits = port.count * port.width;
            match pin {
                Pin::Input(value) => {
                    let (value, own) = self.value(value);
                    assert_eq!(own, bits, "{} of {name}", port.name);
                    for lane in 0..port.count {
                        let (low, signal) = (lane * port.width, element(port, lane));
                        let high = low + port.width - 1;
                        self.line(&format!(
                            "always @(*) {name}${signal} = {value}[{high}:{low}];"
                        ));
                    }
                }
                Pin::Output(to) => {
                    let lanes = (0..port.count).rev();
                    let lanes: Vec<_> = lanes
                        .map(|lane| format!("{name}${}", element(port, lane)))
                        .collect();
                    let value = self.wire(bits, &format!("{{{}}}", lanes.join(", ")));
                    self.unpack(to, value);
                }
                Pin::Open => {}
            }
        }
    }

    fn register(&mut self, register: &Register) {
        let (value, bits) = self.value(&register.value);
        let (enable, _) = self.value(&register.enable);
        let (q, own) = self.place(&register.q);
        assert_eq!(own, bits, "a register and what it takes");
        let reset_n = match (&register.reset_n, register.style.reset) {
            (_, Reset::None) => None,
            (Some(reset_n), _) => Some(self.value(reset_n).0),
            (None, _) => Some("rst_ni".to_owned()),
        };
        let edge = match (&reset_n, register.style.reset) {
            (Some(reset_n), Reset::Async) => format!(" or negedge {reset_n}"),
            _ => String::new(),
        };
        let reset = reset_n.map(|reset_n| format!("if (!{reset_n}) {q} <= {bits}'h0; else "));
        self.line(&format!(
            "always @(posedge clk_i{edge}) {}if ({enable}) {q} <= {value};",
            reset.unwrap_or_default()
        ));
    }

    fn drive(&mut self, to: &Place, value: &Expr) {
        let value = self.value(value);
        self.unpack(std::slice::from_ref(to), value);
    }

    fn unpack(&mut self, to: &[Place], (value, bits): Value) {
        let places: Vec<_> = to.iter().map(|to| self.place(to)).collect();
        let all: usize = places.iter().map(|(_, bits)| bits).sum();
        assert_eq!(all, bits, "what is driven, and by what");
        let places = places.into_iter().filter(|(_, bits)| *bits > 0);
        let places: Vec<_> = places.map(|(place, _)| place).collect();
        if !places.is_empty() {
            self.line(&format!("assign {{{}}} = {value};", places.join(", ")));
        }
    }

    fn place(&self, place: &Place) -> Value {
        let Key::Net(net) = place.net else {
            panic!("a port of an instance has no name of its own");
        };
        let (name, bits) = (&self.names[&net], self.size(&place.bits));
        let low = place.lo.as_ref().map_or(0, |lo| self.size(lo));
        match bits {
            0 => (String::new(), 0),
            bits => (format!("{name}[{}:{low}]", low + bits - 1), bits),
        }
    }

    /// A wire of `bits` bits that carries `value`.
    fn wire(&mut self, bits: usize, value: &str) -> Value {
        if bits == 0 {
            return (String::new(), 0);
        }
        self.wires += 1;
        let name = format!("wire${}", self.wires);
        self.line(&format!("wire [{}:0] {name} = {value};", bits - 1));
        (name, bits)
    }

    /// A wire that carries the value of `e`.
    fn value(&mut self, e: &Expr) -> Value {
        let bits = self.size(&e.bits());
        let text = match e {
            Expr::Place(place) => self.place(place).0,
            Expr::Number(value, _) => format!("{bits}'h{value:x}"),
            Expr::Size(value, _) => format!("{bits}'h{:x}", self.size(value)),
            Expr::Slice(inner, lo, _) => {
                let (inner, lo) = (self.value(inner).0, self.size(lo));
                format!("{inner}[{}:{lo}]", (lo + bits).saturating_sub(1))
            }
            Expr::Concat(items) => {
                let items: Vec<_> = items.iter().map(|item| self.value(item)).collect();
                let items = items.into_iter().filter(|(_, bits)| *bits > 0);
                let items: Vec<_> = items.map(|(item, _)| item).collect();
                format!("{{{}}}", items.join(", "))
            }
            Expr::Repeat(count, item) => {
                format!("{{{}{{{}}}}}", self.size(count), self.value(item).0)
            }
            Expr::Unary(op, inner) => {
                let op = match op {
                    Unary::Not => "~",
                    Unary::All => "&",
                    Unary::Any => "|",
                };
                format!("{op}{}", self.value(inner).0)
            }
            Expr::Binary(op, a, b) => {
                format!("{} {} {}", self.operand(a), op.symbol(), self.operand(b))
            }
            Expr::Product(a, b, _, signed) => {
                let (a, b) = (self.value(a).0, self.value(b).0);
                match signed {
                    true => format!("$signed({a}) * $signed({b})"),
                    false => format!("{a} * {b}"),
                }
            }
            Expr::Total(inner, each, _) => {
                let ((inner, all), each) = (self.value(inner), self.size(each));
                let terms = (0..all / each.max(1)).map(|i| i * each);
                let terms: Vec<_> = terms
                    .map(|low| format!("{inner}[{}:{low}]", low + each - 1))
                    .collect();
                terms.join(" + ")
            }
            Expr::Unsigned(inner) | Expr::Wide(inner, _) => self.value(inner).0,
            Expr::SignWide(inner, _) => format!("$signed({})", self.value(inner).0),
            Expr::Select(test, then, otherwise) => {
                let (test, then) = (self.value(test).0, self.value(then).0);
                format!("{test} ? {then} : {}", self.value(otherwise).0)
            }
        };
        self.wire(bits, &text)
    }

    fn operand(&mut self, e: &Expr) -> String {
        self.value(e).0
    }
}

const STRING: &str = "writing to a string";
