//! Operators, by the symbols that Rust has for them; what follows from constants is folded.

use super::{lit, Expr, Place, Size};
use std::ops::{Add, BitAnd, BitOr, BitXor, Not, Sub};

/// An operator of two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// Sum, without its carry.
    Add,
    /// Difference, without its borrow.
    Sub,
    /// Bitwise and.
    And,
    /// Bitwise or.
    Or,
    /// Bitwise exclusive or.
    Xor,
    /// Shift to the left.
    Shl,
    /// Shift to the right.
    Shr,
    /// Equal.
    Eq,
}

impl Binary {
    /// Whether the result is one bit whatever the operands are.
    pub fn is_predicate(self) -> bool {
        self == Binary::Eq
    }

    /// The operator in Verilog.
    pub fn symbol(self) -> &'static str {
        match self {
            Binary::Add => "+",
            Binary::Sub => "-",
            Binary::And => "&",
            Binary::Or => "|",
            Binary::Xor => "^",
            Binary::Shl => "<<",
            Binary::Shr => ">>",
            Binary::Eq => "==",
        }
    }
}

/// An operator of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    /// Every bit inverted.
    Not,
    /// Whether all bits are high.
    All,
    /// Whether any bit is high.
    Any,
}

impl From<Place> for Expr {
    fn from(place: Place) -> Self {
        Expr::Place(place)
    }
}

impl From<bool> for Expr {
    fn from(bit: bool) -> Self {
        lit(u128::from(bit), 1)
    }
}

impl<T: Into<Expr>> BitAnd<T> for Expr {
    type Output = Expr;
    fn bitand(self, other: T) -> Expr {
        let other = other.into();
        match (self.constant(), other.constant()) {
            (Some(0), _) => self,
            (_, Some(0)) => other,
            _ if self.is_ones() => other,
            _ if other.is_ones() => self,
            _ => self.binary(Binary::And, other),
        }
    }
}

impl<T: Into<Expr>> BitOr<T> for Expr {
    type Output = Expr;
    fn bitor(self, other: T) -> Expr {
        let other = other.into();
        match (self.constant(), other.constant()) {
            (Some(0), _) => other,
            (_, Some(0)) => self,
            _ if self.is_ones() => self,
            _ if other.is_ones() => other,
            _ => self.binary(Binary::Or, other),
        }
    }
}

impl<T: Into<Expr>> BitXor<T> for Expr {
    type Output = Expr;
    fn bitxor(self, other: T) -> Expr {
        self.binary(Binary::Xor, other.into())
    }
}

impl<T: Into<Expr>> Add<T> for Expr {
    type Output = Expr;
    fn add(self, other: T) -> Expr {
        self.binary(Binary::Add, other.into())
    }
}

impl<T: Into<Expr>> Sub<T> for Expr {
    type Output = Expr;
    fn sub(self, other: T) -> Expr {
        self.binary(Binary::Sub, other.into())
    }
}

impl Not for Expr {
    type Output = Expr;
    fn not(self) -> Expr {
        match self {
            Expr::Number(value, Size::Number(1)) => lit(1 - value, 1),
            Expr::Unary(Unary::Not, inner) => *inner,
            other => Expr::Unary(Unary::Not, Box::new(other)),
        }
    }
}
