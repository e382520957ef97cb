//! What a module is made of once rust-hdl's names and types are resolved: nets,
//! expressions of known width, statements.

use crate::describe::{Binary, Unary};

/// Index of a net in its module.
pub type NetId = usize;

/// What a net is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Input port.
    Input,
    /// Output port.
    Output,
    /// Signal that the author declared, or a wire that the emitter needs.
    Local,
}

/// A net.
#[derive(Clone, Debug)]
pub struct Net {
    pub name: String,
    pub bits: usize,
    pub role: Role,
}

/// Some neighbouring bits of a net.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub net: NetId,
    pub lo: usize,
    pub bits: usize,
}

/// An expression. Printed, each has the width `bits()` without regard to its context,
/// but for a product, which the printer is given as a whole right-hand side only.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Bits of a net.
    Part(Part),
    /// A number.
    Literal { value: u128, bits: usize },
    /// The first in the high bits.
    Concat(Vec<Expr>),
    /// So many copies of a bit.
    Repeat(usize, Part),
    /// An operator and its operand.
    Unary(Unary, Box<Expr>),
    /// An operator, its operands, the width of the result.
    Binary(Binary, Box<Expr>, Box<Expr>, usize),
    /// The product of two, and its width.
    Product(Box<Expr>, Box<Expr>, usize),
    /// `$signed` of an operand of a product or comparison.
    Signed(Box<Expr>),
    /// Condition, value where it is 1, value where it is 0.
    Select(Box<Expr>, Box<Expr>, Box<Expr>),
}

impl Expr {
    /// Width of the result.
    pub fn bits(&self) -> usize {
        match self {
            Expr::Part(part) => part.bits,
            Expr::Literal { bits, .. }
            | Expr::Binary(_, _, _, bits)
            | Expr::Product(_, _, bits) => *bits,
            Expr::Concat(items) => items.iter().map(Expr::bits).sum(),
            Expr::Repeat(count, _) => *count,
            Expr::Unary(Unary::Not | Unary::Neg, inner) => inner.bits(),
            Expr::Unary(_, _) => 1,
            Expr::Signed(inner) => inner.bits(),
            Expr::Select(_, then, _) => then.bits(),
        }
    }

    /// Calls `visit` on every part that is read.
    pub fn for_each_part(&self, visit: &mut dyn FnMut(Part)) {
        match self {
            Expr::Part(part) | Expr::Repeat(_, part) => visit(*part),
            Expr::Literal { .. } => {}
            Expr::Concat(items) => items.iter().for_each(|item| item.for_each_part(visit)),
            Expr::Unary(_, inner) | Expr::Signed(inner) => inner.for_each_part(visit),
            Expr::Binary(_, left, right, _) | Expr::Product(left, right, _) => {
                left.for_each_part(visit);
                right.for_each_part(visit);
            }
            Expr::Select(test, then, otherwise) => {
                test.for_each_part(visit);
                then.for_each_part(visit);
                otherwise.for_each_part(visit);
            }
        }
    }

    /// Bits `lo` and up of wiring; `None` where there is an operator.
    pub fn slice(&self, lo: usize, bits: usize) -> Option<Expr> {
        if lo == 0 && bits == self.bits() {
            return Some(self.clone());
        }
        match self {
            Expr::Part(part) => Some(Expr::Part(Part {
                net: part.net,
                lo: part.lo + lo,
                bits,
            })),
            Expr::Literal { value, .. } => Some(Expr::Literal {
                value: low_bits(value.checked_shr(lo as u32).unwrap_or(0), bits),
                bits,
            }),
            Expr::Repeat(_, bit) => Some(repeat(bits, *bit)),
            Expr::Concat(items) => {
                let mut picked = Vec::new();
                let mut base = 0;
                for item in items.iter().rev() {
                    let (start, end) = (lo.max(base), (lo + bits).min(base + item.bits()));
                    if start < end {
                        picked.push(item.slice(start - base, end - start)?);
                    }
                    base += item.bits();
                }
                picked.reverse();
                Some(concat(picked))
            }
            _ => None,
        }
    }
}

/// `value` without the bits above `bits`.
pub fn low_bits(value: u128, bits: usize) -> u128 {
    if bits >= 128 {
        value
    } else {
        value & ((1 << bits) - 1)
    }
}

/// So many copies of one bit.
pub fn repeat(count: usize, bit: Part) -> Expr {
    if count == 1 {
        Expr::Part(bit)
    } else {
        Expr::Repeat(count, bit)
    }
}

/// The items side by side, the first in the high bits; neighbours in a net are joined.
pub fn concat(items: Vec<Expr>) -> Expr {
    let mut joined: Vec<Expr> = Vec::with_capacity(items.len());
    let mut flat = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Expr::Concat(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    for item in flat {
        match (joined.last_mut(), &item) {
            (Some(Expr::Part(high)), Expr::Part(low))
                if high.net == low.net && low.lo + low.bits == high.lo =>
            {
                high.lo = low.lo;
                high.bits += low.bits;
            }
            (
                Some(Expr::Literal { value, bits }),
                Expr::Literal {
                    value: low,
                    bits: low_width,
                },
            ) if *bits + low_width <= 128 => {
                *value = if *low_width == 128 {
                    0
                } else {
                    *value << low_width
                } | low;
                *bits += low_width;
            }
            _ => joined.push(item),
        }
    }
    if joined.len() == 1 {
        joined.remove(0)
    } else {
        Expr::Concat(joined)
    }
}

/// A statement of combinational logic.
#[derive(Clone, Debug)]
pub enum Stmt {
    /// Drives some bits.
    Assign(Part, Expr),
    /// Test, statements where it is 1, statements where it is 0.
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    /// Selector, cases by value, what else.
    Case(Expr, Vec<(u128, Vec<Stmt>)>, Option<Vec<Stmt>>),
    /// A comment of the author's.
    Comment(String),
}

impl Stmt {
    /// Calls `visit` on every part that is written.
    pub fn for_each_write(&self, visit: &mut dyn FnMut(Part)) {
        match self {
            Stmt::Assign(target, _) => visit(*target),
            Stmt::Comment(_) => {}
            _ => {
                self.for_each_block(&mut |block| block.iter().for_each(|s| s.for_each_write(visit)))
            }
        }
    }

    /// Calls `visit` on every expression.
    pub fn for_each_expr(&self, visit: &mut dyn FnMut(&Expr)) {
        match self {
            Stmt::Assign(_, value) => visit(value),
            Stmt::If(test, ..) | Stmt::Case(test, ..) => visit(test),
            Stmt::Comment(_) => {}
        }
        self.for_each_block(&mut |block| block.iter().for_each(|s| s.for_each_expr(visit)));
    }

    fn for_each_block(&self, visit: &mut dyn FnMut(&[Stmt])) {
        match self {
            Stmt::If(_, then, otherwise) => {
                visit(then);
                visit(otherwise);
            }
            Stmt::Case(_, cases, otherwise) => {
                cases.iter().for_each(|(_, block)| visit(block));
                if let Some(block) = otherwise {
                    visit(block);
                }
            }
            Stmt::Assign(..) | Stmt::Comment(_) => {}
        }
    }
}
