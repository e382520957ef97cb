//! Expressions over places.

use super::{Binary, Place, Size, Unary};

/// An expression; its width does not depend on where it stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Bits of a net.
    Place(Place),
    /// A number of so many bits.
    Number(u128, Size),
    /// A size as a number of so many bits.
    Size(Size, Size),
    /// Bits of an expression, from the lowest up.
    Slice(Box<Expr>, Size, Size),
    /// Side by side, the first in the high bits.
    Concat(Vec<Expr>),
    /// So many copies side by side.
    Repeat(Size, Box<Expr>),
    /// An operator and its operand.
    Unary(Unary, Box<Expr>),
    /// An operator and its operands, which are alike wide but for shifts.
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// The product of two, of so many bits; of two's complement numbers if so.
    Product(Box<Expr>, Box<Expr>, Size, bool),
    /// The sum of a vector's elements of so many bits each, of so many bits.
    Total(Box<Expr>, Size, Size),
    /// No longer of two's complement: a wire that is declared so.
    Unsigned(Box<Expr>),
    /// Condition, value where it is high, value where it is low.
    Select(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Wider, with zeros above.
    Wide(Box<Expr>, Size),
    /// Wider, with copies of the sign above.
    SignWide(Box<Expr>, Size),
}

/// `value` as an expression.
pub fn e(value: impl Into<Expr>) -> Expr {
    value.into()
}

/// The number `value` of `bits` bits.
pub fn lit(value: u128, bits: impl Into<Size>) -> Expr {
    Expr::Number(value, bits.into())
}

/// `condition ? then : otherwise`.
pub fn select(condition: Expr, then: impl Into<Expr>, otherwise: impl Into<Expr>) -> Expr {
    let (then, otherwise) = (then.into(), otherwise.into());
    match condition.constant() {
        Some(0) => otherwise,
        Some(_) => then,
        None if then == otherwise => then,
        None => Expr::Select(Box::new(condition), Box::new(then), Box::new(otherwise)),
    }
}

/// Side by side, the first in the high bits.
pub fn concat(items: impl IntoIterator<Item = Expr>) -> Expr {
    let mut items: Vec<_> = items.into_iter().collect();
    match items.len() {
        1 => items.remove(0),
        _ => Expr::Concat(items),
    }
}

/// `count` copies of a bit.
pub fn repeat(count: impl Into<Size>, bit: Expr) -> Expr {
    match bit.constant() {
        Some(0) => lit(0, count),
        _ => Expr::Repeat(count.into(), Box::new(bit)),
    }
}

impl Expr {
    /// Its width.
    pub fn bits(&self) -> Size {
        match self {
            Expr::Place(place) => place.bits.clone(),
            Expr::Number(_, bits) | Expr::Size(_, bits) | Expr::Slice(_, _, bits) => bits.clone(),
            Expr::Total(_, _, bits) => bits.clone(),
            Expr::Product(_, _, bits, _) | Expr::Wide(_, bits) | Expr::SignWide(_, bits) => {
                bits.clone()
            }
            Expr::Concat(items) => items
                .iter()
                .map(Expr::bits)
                .fold(Size::Number(0), |sum, bits| sum + bits),
            Expr::Repeat(count, item) => count.clone() * item.bits(),
            Expr::Unary(Unary::Not, item) | Expr::Unsigned(item) => item.bits(),
            Expr::Unary(..) => Size::Number(1),
            Expr::Binary(op, ..) if op.is_predicate() => Size::Number(1),
            Expr::Binary(_, left, _) => left.bits(),
            Expr::Select(_, then, _) => then.bits(),
        }
    }

    /// Its value if it is a number.
    pub fn constant(&self) -> Option<u128> {
        match self {
            Expr::Number(value, _) => Some(*value),
            _ => None,
        }
    }

    /// Whether it is a number, all of its bits high.
    pub(super) fn is_ones(&self) -> bool {
        match self {
            Expr::Number(value, bits) => match bits.known() {
                Some(bits) => bits < 128 && *value == (1 << bits) - 1,
                None => false,
            },
            _ => false,
        }
    }

    pub(super) fn binary(self, op: Binary, other: Expr) -> Expr {
        Expr::Binary(op, Box::new(self), Box::new(other))
    }

    /// Whether both are equal.
    pub fn is(self, other: impl Into<Expr>) -> Expr {
        self.binary(Binary::Eq, other.into())
    }

    /// Shifted to the left; what leaves at the top is lost.
    pub fn shifted_left(self, by: impl Into<Size>) -> Expr {
        match by.into() {
            Size::Number(0) => self,
            Size::Number(by) => self.binary(Binary::Shl, lit(by as u128, super::size::bits_to(by))),
            by => self.binary(Binary::Shl, Expr::Size(by, Size::Number(32))),
        }
    }

    /// Shifted to the left by a number; what leaves at the top is lost.
    pub fn shifted_left_by(self, by: Expr) -> Expr {
        self.binary(Binary::Shl, by)
    }

    /// Shifted to the right; what leaves at the bottom is lost.
    pub fn shifted_right(self, by: usize) -> Expr {
        self.binary(Binary::Shr, lit(by as u128, super::size::bits_to(by)))
    }

    /// Bit `index`.
    pub fn bit(self, index: impl Into<Size>) -> Expr {
        self.slice(index, 1)
    }

    /// `bits` bits from `lo` up.
    pub fn slice(self, lo: impl Into<Size>, bits: impl Into<Size>) -> Expr {
        let (lo, bits) = (lo.into(), bits.into());
        if lo == Size::Number(0) && bits == self.bits() {
            return self;
        }
        match self {
            Expr::Place(place) => Expr::Place(Place {
                lo: Some(place.lo.clone().unwrap_or(Size::Number(0)) + lo),
                bits,
                ..place
            }),
            Expr::SignWide(inner, _) | Expr::Wide(inner, _)
                if lo == Size::Number(0) && bits == inner.bits() =>
            {
                *inner
            }
            other => Expr::Slice(Box::new(other), lo, bits),
        }
    }

    /// Wider, with zeros above; as wide, where symbols come to that.
    pub fn wide(self, bits: impl Into<Size>) -> Expr {
        let bits = bits.into();
        match (self.constant(), bits == self.bits()) {
            (_, true) => self,
            (Some(value), _) => lit(value, bits),
            _ => Expr::Wide(Box::new(self), bits),
        }
    }

    /// Wider, with copies of the sign above.
    pub fn sign_wide(self, bits: impl Into<Size>) -> Expr {
        let bits = bits.into();
        match bits == self.bits() {
            true => self,
            false => Expr::SignWide(Box::new(self), bits),
        }
    }

    /// The product of two's complement numbers, of `bits` bits.
    pub fn times_signed(self, other: Expr, bits: impl Into<Size>) -> Expr {
        Expr::Product(Box::new(self), Box::new(other), bits.into(), true)
    }

    /// The product, of `bits` bits.
    pub fn times(self, other: Expr, bits: impl Into<Size>) -> Expr {
        Expr::Product(Box::new(self), Box::new(other), bits.into(), false)
    }

    /// The sum of its elements of `each` bits, of `bits` bits.
    pub fn total(self, each: impl Into<Size>, bits: impl Into<Size>) -> Expr {
        Expr::Total(Box::new(self), each.into(), bits.into())
    }

    /// Whether all bits are high.
    pub fn all(self) -> Expr {
        match self.bits() {
            Size::Number(1) => self,
            _ => Expr::Unary(Unary::All, Box::new(self)),
        }
    }

    /// Whether any bit is high.
    pub fn any(self) -> Expr {
        match self.bits() {
            Size::Number(1) => self,
            _ => Expr::Unary(Unary::Any, Box::new(self)),
        }
    }

    /// Rewrites every place and size; what then follows from constants is folded.
    pub fn map(&self, place: &dyn Fn(&Place) -> Expr, size: &dyn Fn(&Size) -> Size) -> Expr {
        let of = |e: &Expr| e.map(place, size);
        let boxed = |e: &Expr| Box::new(e.map(place, size));
        match self {
            Expr::Place(p) => place(p),
            Expr::Number(value, bits) => Expr::Number(*value, size(bits)),
            Expr::Size(value, bits) => Expr::Size(size(value), size(bits)),
            Expr::Slice(e, lo, bits) => of(e).slice(size(lo), size(bits)),
            Expr::Concat(items) => Expr::Concat(items.iter().map(of).collect()),
            Expr::Repeat(count, e) => repeat(size(count), of(e)),
            Expr::Unary(Unary::Not, e) => !of(e),
            Expr::Unary(op, e) => Expr::Unary(*op, boxed(e)),
            Expr::Binary(Binary::And, a, b) => of(a) & of(b),
            Expr::Binary(Binary::Or, a, b) => of(a) | of(b),
            Expr::Binary(op, a, b) => Expr::Binary(*op, boxed(a), boxed(b)),
            Expr::Product(a, b, bits, signed) => {
                Expr::Product(boxed(a), boxed(b), size(bits), *signed)
            }
            Expr::Total(e, each, bits) => Expr::Total(boxed(e), size(each), size(bits)),
            Expr::Unsigned(e) => Expr::Unsigned(boxed(e)),
            Expr::Select(c, a, b) => select(of(c), of(a), of(b)),
            Expr::Wide(e, bits) => of(e).wide(size(bits)),
            Expr::SignWide(e, bits) => Expr::SignWide(boxed(e), size(bits)),
        }
    }

    /// Calls `visit` with it and all that it is made of.
    pub fn for_each(&self, visit: &mut dyn FnMut(&Expr)) {
        visit(self);
        match self {
            Expr::Place(_) | Expr::Number(..) | Expr::Size(..) => {}
            Expr::Concat(items) => items.iter().for_each(|item| item.for_each(visit)),
            Expr::Slice(e, ..)
            | Expr::Repeat(_, e)
            | Expr::Unary(_, e)
            | Expr::Unsigned(e)
            | Expr::Total(e, ..)
            | Expr::Wide(e, _)
            | Expr::SignWide(e, _) => e.for_each(visit),
            Expr::Binary(_, a, b) | Expr::Product(a, b, ..) => {
                a.for_each(visit);
                b.for_each(visit);
            }
            Expr::Select(c, a, b) => [c, a, b].iter().for_each(|e| e.for_each(visit)),
        }
    }

    /// Calls `visit` on every place that is read.
    pub fn for_each_place(&self, visit: &mut dyn FnMut(&Place)) {
        self.for_each(&mut |e| {
            if let Expr::Place(place) = e {
                visit(place);
            }
        });
    }

    /// Calls `visit` on every size in it.
    pub fn for_each_size(&self, visit: &mut dyn FnMut(&Size)) {
        self.for_each(&mut |e| match e {
            Expr::Place(place) => {
                place.lo.iter().chain(&place.of).for_each(&mut *visit);
                visit(&place.bits);
            }
            Expr::Number(_, size)
            | Expr::Repeat(size, _)
            | Expr::Product(_, _, size, _)
            | Expr::Wide(_, size)
            | Expr::SignWide(_, size) => visit(size),
            Expr::Size(a, b) | Expr::Slice(_, a, b) | Expr::Total(_, a, b) => {
                visit(a);
                visit(b);
            }
            Expr::Concat(_)
            | Expr::Unary(..)
            | Expr::Binary(..)
            | Expr::Unsigned(_)
            | Expr::Select(..) => {}
        });
    }
}
