//! Expressions made as wide as their place: extended, cut, sliced, put on a wire.

use super::ir::{concat, low_bits, repeat, Expr, Part};
use super::lower_expr::{Lower, Value};
use crate::describe::{Binary, Unary};
use crate::HdlError;

impl Lower<'_> {
    /// `value` in `bits` bits: literals adapt, narrow values are extended by their
    /// sign, a product is cut, anything else that is wider is refused.
    pub fn fit(&mut self, value: Value, bits: usize) -> Result<Expr, HdlError> {
        let width = value.bits();
        match value.expr {
            Expr::Literal { value: number, .. } if value.flexible => self.number(number, bits),
            // A product is exact in any context as wide as its operands.
            Expr::Product(left, right, _) => {
                let left = self.narrow_factor(*left, bits)?;
                let right = self.narrow_factor(*right, bits)?;
                Ok(Expr::Product(Box::new(left), Box::new(right), bits))
            }
            expr if width == bits => Ok(expr),
            _ if width > bits => Err(self.scope.problem(format!(
                "{} has {bits} bits and is assigned or compared with {width}: cast the value",
                self.target
            ))),
            expr => self.extend(expr, bits, value.signed, value.carries),
        }
    }

    pub fn number(&self, value: u128, bits: usize) -> Result<Expr, HdlError> {
        if low_bits(value, bits) != value {
            let problem = format!("{value} does not fit {bits} bits, near {}", self.target);
            return Err(self.scope.problem(problem));
        }
        Ok(Expr::Literal { value, bits })
    }

    /// The low bits of a factor where the product is cut below its width.
    pub fn narrow_factor(&mut self, factor: Expr, bits: usize) -> Result<Expr, HdlError> {
        if factor.bits() <= bits {
            return Ok(factor);
        }
        match factor {
            Expr::Signed(inner) => Ok(Expr::Signed(Box::new(self.truncate(*inner, bits)?))),
            expr => self.truncate(expr, bits),
        }
    }

    pub fn slice(&mut self, expr: Expr, lo: usize, bits: usize) -> Result<Expr, HdlError> {
        if lo == 0 && bits == expr.bits() {
            return Ok(expr);
        }
        match expr.slice(lo, bits) {
            Some(sliced) => Ok(sliced),
            None => {
                let wire = self.helper(expr, "full");
                Ok(Expr::Part(Part {
                    net: wire.net,
                    lo,
                    bits,
                }))
            }
        }
    }

    /// The low bits of `expr`, computed no wider than they need.
    pub fn truncate(&mut self, expr: Expr, bits: usize) -> Result<Expr, HdlError> {
        if bits == expr.bits() {
            return Ok(expr);
        }
        match expr {
            Expr::Binary(
                op @ (Binary::Add | Binary::Sub | Binary::And | Binary::Or | Binary::Xor),
                left,
                right,
                _,
            ) => {
                let left = self.truncate(*left, bits)?;
                let right = self.truncate(*right, bits)?;
                Ok(Expr::Binary(op, Box::new(left), Box::new(right), bits))
            }
            Expr::Binary(Binary::Shl, left, amount, _) => {
                let left = self.truncate(*left, bits)?;
                Ok(Expr::Binary(Binary::Shl, Box::new(left), amount, bits))
            }
            Expr::Product(left, right, _) => {
                let left = self.narrow_factor(*left, bits)?;
                let right = self.narrow_factor(*right, bits)?;
                Ok(Expr::Product(Box::new(left), Box::new(right), bits))
            }
            Expr::Unary(op @ (Unary::Not | Unary::Neg), inner) => {
                let inner = self.truncate(*inner, bits)?;
                Ok(Expr::Unary(op, Box::new(inner)))
            }
            expr => self.slice(expr, 0, bits),
        }
    }

    pub fn extend(
        &mut self,
        expr: Expr,
        bits: usize,
        signed: bool,
        carries: bool,
    ) -> Result<Expr, HdlError> {
        if carries {
            return Err(self.scope.problem(format!(
                "a result of {} bits is widened to {bits} near {}: widen its operands instead, \
                 so that it is clear whether a carry counts",
                expr.bits(),
                self.target
            )));
        }
        let expr = self.operand(expr)?;
        if !signed {
            return Ok(zero_extended(expr, bits));
        }
        let wire = match expr {
            Expr::Part(part) => part,
            expr => self.helper(expr, "narrow"),
        };
        let sign = Part {
            net: wire.net,
            lo: wire.lo + wire.bits - 1,
            bits: 1,
        };
        Ok(Expr::Concat(vec![
            repeat(bits - wire.bits, sign),
            Expr::Part(wire),
        ]))
    }

    /// `expr` as an operand: a product gets a wire, since its width depends on its
    /// context.
    pub fn operand(&mut self, expr: Expr) -> Result<Expr, HdlError> {
        Ok(match expr {
            Expr::Product(..) => Expr::Part(self.helper(expr, "product")),
            expr => expr,
        })
    }

    pub fn helper(&mut self, expr: Expr, what: &str) -> Part {
        let name = format!("{}_{what}", self.target);
        let net = self.scope.add_helper(&name, expr.bits());
        let part = self.scope.whole(net);
        self.helpers.push((part, expr));
        part
    }
}

/// `expr` behind zeros, in `bits` bits.
pub fn zero_extended(expr: Expr, bits: usize) -> Expr {
    let zeros = bits - expr.bits();
    if zeros == 0 {
        return expr;
    }
    concat(vec![
        Expr::Literal {
            value: 0,
            bits: zeros,
        },
        expr,
    ])
}
