//! Expressions as Verilog.

use crate::describe::{Binary, Body, Expr, Key, NetDecl, NetKind, Place, Size, Unary};

/// `[7:0] `, or nothing for one bit that is no vector.
pub fn range(bits: &Size) -> String {
    match bits {
        Size::Number(1) => String::new(),
        bits => format!("[{}:0] ", tight(&(bits.clone() - 1))),
    }
}

/// A size between brackets.
pub fn tight(size: &Size) -> String {
    size.to_string().replace(' ', "")
}

/// A number of `bits` bits.
pub fn number(value: u128, bits: &Size) -> String {
    match (bits.known(), value) {
        (Some(1), value) => format!("1'b{value}"),
        (Some(bits), 0..=99) => format!("{bits}'d{value}"),
        (Some(bits), _) => format!("{bits}'h{value:x}"),
        (None, 0) => format!("{{{}{{1'b0}}}}", factor(bits)),
        (None, 1) => format!("{{{{{}{{1'b0}}}}, 1'b1}}", factor(&(bits.clone() - 1))),
        (None, _) => panic!("the number {value} of {bits} bits"),
    }
}

/// A size as the count of a repetition.
fn factor(size: &Size) -> String {
    match size {
        Size::Number(_)
        | Size::Parameter(_)
        | Size::Name(_)
        | Size::Named(..)
        | Size::Product(..) => size.to_string(),
        other => format!("({other})"),
    }
}

/// `place` as it is written.
pub fn place(body: &Body, place: &Place) -> String {
    let net = match place.net {
        Key::Net(net) => &body.nets[net],
        _ => panic!("a port of an instance has no name of its own"),
    };
    if let Some(lanes) = split(net) {
        return of_split(net, lanes, place);
    }
    let Some(lo) = &place.lo else {
        return net.name.clone();
    };
    // A vector of one bit has a range if its size is a symbol.
    let bits = net.bits();
    if *lo == Size::Number(0) && (place.bits == bits) {
        return net.name.clone();
    }
    let (name, bits) = (&net.name, &place.bits);
    match (lo, bits) {
        (lo, Size::Number(1)) => format!("{name}[{}]", tight(lo)),
        (Size::Number(0), bits) => format!("{name}[{}:0]", tight(&(bits.clone() - 1))),
        (Size::Number(lo), Size::Number(bits)) => format!("{name}[{}:{lo}]", lo + bits - 1),
        (lo, bits) => format!("{name}[{} +: {}]", tight(lo), tight(bits)),
    }
}

/// Lanes of a register that is not one vector: those with a gate each have a clock each.
pub fn split(net: &NetDecl) -> Option<usize> {
    let lanes = net.lanes.as_ref()?.known()?;
    (net.kind == NetKind::Register && net.style.gated && lanes > 1).then_some(lanes)
}

/// The name of lane `lane` of such a register.
pub fn lane_name(net: &NetDecl, lane: usize) -> String {
    let stem = net.name.strip_suffix("_q").unwrap_or(&net.name);
    format!("{stem}{lane}_q")
}

fn of_split(net: &NetDecl, lanes: usize, place: &Place) -> String {
    let element = net.element.known().unwrap_or(1);
    let Some(lo) = &place.lo else {
        let names: Vec<_> = (0..lanes).rev().map(|lane| lane_name(net, lane)).collect();
        return format!("{{{}}}", names.join(", "));
    };
    let (lo, bits) = (lo.known().unwrap_or(0), place.bits.known().unwrap_or(1));
    let (name, low) = (lane_name(net, lo / element), lo % element);
    match bits {
        bits if bits == element => name,
        1 => format!("{name}[{low}]"),
        bits => format!("{name}[{}:{low}]", low + bits - 1),
    }
}

/// Names of the functions that add up vectors, by what they add: bits of the vector, of an element,
/// of the sum.
pub type Totals = Vec<((Size, Size, Size), String)>;

/// Prints the expressions of a body.
pub struct Printer<'a> {
    pub body: &'a Body,
    pub totals: &'a Totals,
}

impl Printer<'_> {
    /// `e` without outer parentheses.
    pub fn expr(&self, e: &Expr) -> String {
        match e {
            Expr::Place(p) => place(self.body, p),
            Expr::Number(value, bits) => number(*value, bits),
            Expr::Size(Size::Named(name, _), bits) => {
                format!("{name}[{}:0]", tight(&(bits.clone() - 1)))
            }
            Expr::Size(value, _) => panic!("the size {value} as a number: name it"),
            Expr::Slice(inner, ..) => panic!("bits of {}: name it", self.expr(inner)),
            Expr::Concat(items) => {
                let items: Vec<_> = items.iter().map(|item| self.expr(item)).collect();
                format!("{{{}}}", items.join(", "))
            }
            Expr::Repeat(count, item) => format!("{{{}{{{}}}}}", factor(count), self.expr(item)),
            Expr::Unary(op, inner) => self.unary(*op, inner),
            // How far is a number on its own, whatever its width.
            Expr::Binary(op @ (Binary::Shl | Binary::Shr), a, by)
                if matches!(**by, Expr::Size(..)) =>
            {
                let (Expr::Size(by, _), a) = (&**by, self.operand(a, None)) else {
                    unreachable!("a size")
                };
                format!("{a} {} {by}", op.symbol())
            }
            Expr::Binary(op, a, b) => {
                let within = is_associative(*op).then_some(*op);
                let a = self.operand(a, within);
                let b = match (op, b.constant()) {
                    (Binary::Shl | Binary::Shr, Some(by)) => by.to_string(),
                    _ => self.operand(b, None),
                };
                format!("{a} {} {b}", op.symbol())
            }
            Expr::Product(a, b, bits, signed) => self.product(a, b, bits, *signed),
            Expr::Total(vector, each, bits) => {
                let key = (vector.bits(), each.clone(), bits.clone());
                let name = self.totals.iter().find(|(known, _)| *known == key);
                let name = name.map_or("total", |(_, name)| name);
                format!("{name}({})", self.expr(vector))
            }
            Expr::Unsigned(inner) => format!("$unsigned({})", self.expr(inner)),
            Expr::Select(test, then, otherwise) => {
                let [test, then] = [test, then].map(|e| self.operand(e, None));
                // A chain of choices reads from left to right.
                let otherwise = match **otherwise {
                    Expr::Select(..) => self.expr(otherwise),
                    _ => self.operand(otherwise, None),
                };
                format!("{test} ? {then} : {otherwise}")
            }
            Expr::Wide(inner, bits) => {
                let mut inner = inner;
                while let Expr::Wide(narrower, _) = &**inner {
                    inner = narrower;
                }
                let zeros = bits.clone() - inner.bits();
                format!("{{{}, {}}}", number(0, &zeros), self.expr(inner))
            }
            Expr::SignWide(inner, bits) => {
                let more = bits.clone() - inner.bits();
                let sign = (**inner).clone().bit(inner.bits() - 1);
                let (sign, inner) = (self.expr(&sign), self.expr(inner));
                format!("{{{{{}{{{sign}}}}}, {inner}}}", factor(&more))
            }
        }
    }

    fn unary(&self, op: Unary, inner: &Expr) -> String {
        let symbol = match op {
            Unary::Not if inner.bits() == Size::Number(1) => "!",
            Unary::Not => "~",
            Unary::All => "&",
            Unary::Any => "|",
        };
        // An operator before an operator would read as another one: & & is not &&.
        match inner {
            Expr::Unary(..) => format!("{symbol}({})", self.expr(inner)),
            _ => format!("{symbol}{}", self.operand(inner, None)),
        }
    }

    /// A product of factors that are as wide as it, or of two's complement and alike.
    fn product(&self, a: &Expr, b: &Expr, bits: &Size, signed: bool) -> String {
        let factor = |e: &Expr| match signed {
            true => format!("$signed({})", self.expr(e)),
            false => self.operand(&e.clone().wide(bits), None),
        };
        format!("{} * {}", factor(a), factor(b))
    }

    /// `e` as an operand; of `within`, which needs no parentheses around itself.
    fn operand(&self, e: &Expr, within: Option<Binary>) -> String {
        match e {
            Expr::Binary(op, ..) if Some(*op) == within => self.expr(e),
            Expr::Binary(..) | Expr::Select(..) | Expr::Product(..) => {
                format!("({})", self.expr(e))
            }
            // Reductions beside a binary operator are hard to read bare.
            Expr::Unary(Unary::All | Unary::Any, _) => {
                format!("({})", self.expr(e))
            }
            _ => self.expr(e),
        }
    }
}

/// `e`, which adds up no vectors, over the nets of `body`.
pub fn expression(body: &Body, e: &Expr) -> String {
    let totals = Totals::new();
    let printer = Printer {
        body,
        totals: &totals,
    };
    printer.expr(e)
}

/// Whether `a op b op c` needs no parentheses.
fn is_associative(op: Binary) -> bool {
    matches!(op, Binary::Add | Binary::And | Binary::Or | Binary::Xor)
}
