//! Expressions as Verilog.

use super::ir::{Binary, Expr, Unary};
use super::scope::Scope;

/// `[7:0] `, or nothing for one bit.
pub fn range(bits: usize) -> String {
    match bits {
        1 => String::new(),
        bits => format!("[{}:0] ", bits - 1),
    }
}

/// A number of `bits` bits.
pub fn literal(value: u128, bits: usize) -> String {
    match (value, bits) {
        (0 | 1, 1) => format!("1'b{value}"),
        (0..=99, _) => format!("{bits}'d{value}"),
        _ => format!("{bits}'h{value:x}"),
    }
}

/// `e` without outer parentheses.
pub fn expr(scope: &Scope, e: &Expr) -> String {
    match e {
        Expr::Part(part) => scope.show(*part),
        Expr::Literal { value, bits } => literal(*value, *bits),
        Expr::Concat(items) => {
            let items: Vec<_> = items.iter().map(|item| expr(scope, item)).collect();
            format!("{{{}}}", items.join(", "))
        }
        Expr::Repeat(count, bit) => format!("{{{count}{{{}}}}}", scope.show(*bit)),
        Expr::Unary(op, inner) => {
            let symbol = match op {
                Unary::Not if inner.bits() == 1 => "!",
                Unary::Not => "~",
                Unary::Neg => "-",
                Unary::All => "&",
                Unary::Any => "|",
                Unary::Parity => "^",
            };
            // An operator before an operator would read as another one: & & is not &&.
            match **inner {
                Expr::Unary(..) => format!("{symbol}({})", expr(scope, inner)),
                _ => format!("{symbol}{}", operand(scope, inner, None)),
            }
        }
        Expr::Binary(op, left, right, _) => {
            let left = operand(scope, left, op.is_associative().then_some(*op));
            format!("{left} {} {}", op.symbol(), operand(scope, right, None))
        }
        Expr::Signed(inner) => format!("$signed({})", expr(scope, inner)),
        Expr::Select(test, then, otherwise) => {
            let [test, then, otherwise] = [test, then, otherwise].map(|e| operand(scope, e, None));
            format!("{test} ? {then} : {otherwise}")
        }
    }
}

/// `e` as an operand; of `within`, which needs no parentheses around itself.
pub fn operand(scope: &Scope, e: &Expr, within: Option<Binary>) -> String {
    match e {
        Expr::Binary(op, ..) if Some(*op) == within => expr(scope, e),
        Expr::Binary(..) | Expr::Select(..) => format!("({})", expr(scope, e)),
        // Reductions beside a binary operator are hard to read bare.
        Expr::Unary(Unary::All | Unary::Any | Unary::Parity | Unary::Neg, _) => {
            format!("({})", expr(scope, e))
        }
        _ => expr(scope, e),
    }
}
