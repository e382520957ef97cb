//! rust-hdl's expressions as expressions of known width.
//!
//! Widths follow rust-hdl's types, which is what its simulation computes: a sum of
//! two 8-bit values has 8 bits. Verilog would widen operands to their context
//! instead. Where the two differ, the expression is refused with a remedy, so that
//! simulation, rust-hdl's own Verilog and ours say the same. `Cast(Signed(e), n)`
//! extends the sign.

use super::ir::{concat, Expr, Part, Role};
use super::names::{canonical, literal_value, LoopVariable};
use super::scope::Scope;
use super::width::zero_extended;
use crate::describe::{Binary, Unary};
use crate::HdlError;
use rust_hdl::core::ast::{VerilogExpression, VerilogLiteral, VerilogOp, VerilogOpUnary};

/// A lowered expression and how it takes part in larger ones.
#[derive(Clone, Debug)]
pub struct Value {
    pub expr: Expr,
    pub signed: bool,
    /// An integer literal of Rust's, which takes the width of its context.
    pub flexible: bool,
    /// Has bits above its width that Verilog would keep in a wider context.
    pub carries: bool,
}

impl Value {
    fn plain(expr: Expr, signed: bool) -> Self {
        Self {
            expr,
            signed,
            flexible: false,
            carries: false,
        }
    }

    pub fn bits(&self) -> usize {
        self.expr.bits()
    }
}

/// Lowers the expressions of one module.
pub struct Lower<'a> {
    pub scope: &'a mut Scope,
    /// Loop variables in force.
    pub variables: Vec<LoopVariable>,
    /// Wires for parts of an expression that cannot be sliced in place.
    pub helpers: Vec<(Part, Expr)>,
    /// What is being assigned, to name helpers after.
    pub target: String,
}

impl Lower<'_> {
    /// Lowers `e`.
    pub fn value(&mut self, e: &VerilogExpression) -> Result<Value, HdlError> {
        use VerilogExpression as E;
        match e {
            E::Signal(name) => self.signal(name),
            E::Literal(literal) => self.literal(literal),
            E::Paren(inner) => self.value(inner),
            E::Signed(inner) => Ok(Value {
                signed: true,
                ..self.value(inner)?
            }),
            E::Unsigned(inner) => Ok(Value {
                signed: false,
                ..self.value(inner)?
            }),
            E::Cast(inner, bits) => self.cast(inner, *bits),
            E::Unary(op, inner) => self.unary(op, inner),
            E::Binary(left, op, right) => self.binary(left, op, right),
            E::Index(base, index) => self.select(base, 1, index),
            E::Slice(base, width, offset) => self.select(base, *width, offset),
            E::IndexReplace(base, index, value) => self.replace(base, index, value),
        }
    }

    /// Lowers `e` to exactly `bits` bits.
    pub fn sized(&mut self, e: &VerilogExpression, bits: usize) -> Result<Expr, HdlError> {
        let value = self.value(e)?;
        self.fit(value, bits)
    }

    /// Lowers a condition.
    pub fn condition(&mut self, e: &VerilogExpression) -> Result<Expr, HdlError> {
        let value = self.value(e)?;
        if value.bits() != 1 {
            let problem = format!(
                "a condition of {} bits; compare it with a value",
                value.bits()
            );
            return Err(self.scope.problem(problem));
        }
        self.operand(value.expr)
    }

    /// The part that an assignment writes.
    pub fn place(&mut self, e: &VerilogExpression) -> Result<Part, HdlError> {
        use VerilogExpression as E;
        let (base, width, offset) = match e {
            E::Paren(inner) => return self.place(inner),
            E::Signal(name) => {
                let name = self.resolve(name)?;
                let Some(symbol) = self.scope.symbol(&name) else {
                    return Err(self.scope.problem(format!("nothing is named {name}")));
                };
                if self.scope.nets[symbol.part.net].role == Role::Input {
                    let problem = format!("{name} is assigned, but it is an input");
                    return Err(self.scope.problem(problem));
                }
                return Ok(symbol.part);
            }
            E::Index(base, index) => (base, 1, index),
            E::Slice(base, width, offset) => (base, *width, offset),
            _ => return Err(self.scope.construct("an assignment to an expression")),
        };
        let base = self.place(base)?;
        match self.constant(offset)? {
            Some(lo) if lo + width <= base.bits => Ok(Part {
                net: base.net,
                lo: base.lo + lo,
                bits: width,
            }),
            Some(lo) => Err(self.beyond(lo + width - 1, base.bits)),
            None => Err(self
                .scope
                .construct("an assignment to an index that is not constant")),
        }
    }

    fn resolve(&self, name: &str) -> Result<String, HdlError> {
        canonical(name, &self.variables)
            .ok_or_else(|| self.scope.construct(format!("the index in {name}")))
    }

    fn signal(&mut self, name: &str) -> Result<Value, HdlError> {
        if let Some((_, value)) = self
            .variables
            .iter()
            .rev()
            .find(|(variable, _)| variable == name)
        {
            return Ok(flexible(*value as u128, 32));
        }
        let name = self.resolve(name)?;
        if let Some(symbol) = self.scope.symbol(&name) {
            return Ok(Value::plain(Expr::Part(symbol.part), symbol.signed));
        }
        Err(self.scope.problem(format!("nothing is named {name}")))
    }

    fn literal(&self, literal: &VerilogLiteral) -> Result<Value, HdlError> {
        let text = format!("{literal:x}");
        let bits = text.split('\'').next().and_then(|bits| bits.parse().ok());
        let parsed = bits.and_then(|bits| Some((literal_value(&text, bits)?, bits)));
        let Some((value, bits)) = parsed else {
            return Err(self.scope.construct(format!("the number {text}")));
        };
        // i32, u64, usize and u128 literals of Rust's.
        Ok(if matches!(bits, 32 | 64 | 128) {
            flexible(value, bits)
        } else {
            Value::plain(Expr::Literal { value, bits }, false)
        })
    }

    fn cast(&mut self, inner: &VerilogExpression, bits: usize) -> Result<Value, HdlError> {
        let value = self.value(inner)?;
        let expr = match value.expr {
            Expr::Literal { value: number, .. } if value.flexible => self.number(number, bits)?,
            expr if bits <= expr.bits() => self.truncate(expr, bits)?,
            expr => self.extend(expr, bits, value.signed, value.carries)?,
        };
        Ok(Value::plain(expr, false))
    }

    fn unary(&mut self, op: &VerilogOpUnary, inner: &VerilogExpression) -> Result<Value, HdlError> {
        let value = self.value(inner)?;
        let signed = value.signed;
        let inner = Box::new(self.operand(value.expr)?);
        let (op, keeps) = match op {
            VerilogOpUnary::Not => (Unary::Not, true),
            VerilogOpUnary::Neg => (Unary::Neg, true),
            VerilogOpUnary::All => (Unary::All, false),
            VerilogOpUnary::Any => (Unary::Any, false),
            VerilogOpUnary::Xor => (Unary::Parity, false),
        };
        Ok(Value {
            carries: keeps,
            ..Value::plain(Expr::Unary(op, inner), signed && keeps)
        })
    }

    fn binary(
        &mut self,
        left: &VerilogExpression,
        op: &VerilogOp,
        right: &VerilogExpression,
    ) -> Result<Value, HdlError> {
        let op = match op {
            VerilogOp::Mul => {
                let (left, right, signed) = self.both(left, right)?;
                return self.product(left, right, signed);
            }
            VerilogOp::Add => Binary::Add,
            VerilogOp::Sub => Binary::Sub,
            VerilogOp::LogicalAnd => Binary::LogicalAnd,
            VerilogOp::LogicalOr => Binary::LogicalOr,
            VerilogOp::BitXor => Binary::Xor,
            VerilogOp::BitAnd => Binary::And,
            VerilogOp::BitOr => Binary::Or,
            VerilogOp::Shl => Binary::Shl,
            VerilogOp::Shr => Binary::Shr,
            VerilogOp::Eq => Binary::Eq,
            VerilogOp::Ne => Binary::Ne,
            VerilogOp::Lt => Binary::Lt,
            VerilogOp::Le => Binary::Le,
            VerilogOp::Ge => Binary::Ge,
            VerilogOp::Gt => Binary::Gt,
        };
        let (left, right, signed) = self.both(left, right)?;
        match op {
            Binary::Shl | Binary::Shr => {
                let amount = match right.expr {
                    Expr::Literal { value, .. } => Expr::Literal {
                        value,
                        bits: (128 - value.leading_zeros() as usize).max(1),
                    },
                    expr => self.operand(expr)?,
                };
                let (bits, was_signed) = (left.bits(), left.signed);
                let carries = left.carries || op == Binary::Shl;
                let left = self.operand(left.expr)?;
                Ok(Value {
                    carries,
                    ..Value::plain(
                        Expr::Binary(op, Box::new(left), Box::new(amount), bits),
                        was_signed && op == Binary::Shl,
                    )
                })
            }
            _ => {
                let bits = match (left.flexible, right.flexible) {
                    (true, false) => right.bits(),
                    (false, true) => left.bits(),
                    _ => left.bits().max(right.bits()),
                };
                let carries =
                    left.carries || right.carries || matches!(op, Binary::Add | Binary::Sub);
                let left = self.fit(left, bits)?;
                let right = self.fit(right, bits)?;
                let (mut left, mut right) = (self.operand(left)?, self.operand(right)?);
                let ordered = matches!(op, Binary::Lt | Binary::Le | Binary::Gt | Binary::Ge);
                if ordered && signed {
                    left = Expr::Signed(Box::new(left));
                    right = Expr::Signed(Box::new(right));
                }
                let predicate = op.is_predicate();
                let bits = if predicate { 1 } else { bits };
                Ok(Value {
                    carries: carries && !predicate,
                    ..Value::plain(
                        Expr::Binary(op, Box::new(left), Box::new(right), bits),
                        signed && !predicate,
                    )
                })
            }
        }
    }

    /// The values of two operands, and whether they are numbers of two's complement.
    fn both(
        &mut self,
        left: &VerilogExpression,
        right: &VerilogExpression,
    ) -> Result<(Value, Value, bool), HdlError> {
        let (left, right) = (self.value(left)?, self.value(right)?);
        let both_signed = (left.signed || left.flexible) && (right.signed || right.flexible);
        let signed = both_signed && !(left.flexible && right.flexible);
        Ok((left, right, signed))
    }

    fn product(&mut self, left: Value, right: Value, signed: bool) -> Result<Value, HdlError> {
        if left.signed != right.signed && !left.flexible && !right.flexible {
            return Err(self
                .scope
                .construct("a product of a signed and an unsigned factor"));
        }
        let bits = left.bits() + right.bits();
        let mut factor = |value: Value| -> Result<Box<Expr>, HdlError> {
            let expr = self.operand(value.expr)?;
            Ok(Box::new(if signed {
                Expr::Signed(Box::new(expr))
            } else {
                expr
            }))
        };
        let (left, right) = (factor(left)?, factor(right)?);
        Ok(Value::plain(Expr::Product(left, right, bits), signed))
    }

    fn select(
        &mut self,
        base: &VerilogExpression,
        bits: usize,
        offset: &VerilogExpression,
    ) -> Result<Value, HdlError> {
        let base = self.value(base)?.expr;
        let expr = match self.constant(offset)? {
            Some(lo) if lo + bits <= base.bits() => self.slice(base, lo, bits)?,
            Some(lo) => return Err(self.beyond(lo + bits - 1, base.bits())),
            None => {
                // Shifted rather than indexed: beyond the end there are zeros, as in
                // rust-hdl, and the width of the index does not matter.
                let amount = self.value(offset)?.expr;
                let amount = self.operand(amount)?;
                let base = self.operand(base)?;
                let width = base.bits();
                let shifted = Expr::Binary(Binary::Shr, Box::new(base), Box::new(amount), width);
                self.slice(shifted, 0, bits)?
            }
        };
        Ok(Value::plain(expr, false))
    }

    fn replace(
        &mut self,
        base: &VerilogExpression,
        index: &VerilogExpression,
        value: &VerilogExpression,
    ) -> Result<Value, HdlError> {
        let base = self.value(base)?.expr;
        let base = self.operand(base)?;
        let bits = base.bits();
        let value = self.sized(value, 1)?;
        let value = self.operand(value)?;
        let expr = match self.constant(index)? {
            Some(at) if at < bits => {
                let mut items = Vec::new();
                if at + 1 < bits {
                    items.push(self.slice(base.clone(), at + 1, bits - at - 1)?);
                }
                items.push(value);
                if at > 0 {
                    items.push(self.slice(base, 0, at)?);
                }
                concat(items)
            }
            Some(at) => return Err(self.beyond(at, bits)),
            None => {
                let amount = self.value(index)?.expr;
                let amount = self.operand(amount)?;
                let shifted = |bit: Expr| {
                    Expr::Binary(Binary::Shl, Box::new(bit), Box::new(amount.clone()), bits)
                };
                let one = shifted(Expr::Literal { value: 1, bits });
                let new = shifted(zero_extended(value, bits));
                let others = Expr::Unary(Unary::Not, Box::new(one));
                let kept = Expr::Binary(Binary::And, Box::new(base), Box::new(others), bits);
                Expr::Binary(Binary::Or, Box::new(kept), Box::new(new), bits)
            }
        };
        Ok(Value::plain(expr, false))
    }

    /// The value of an index, if it is constant.
    fn constant(&mut self, e: &VerilogExpression) -> Result<Option<usize>, HdlError> {
        let value = self.value(e)?.expr;
        Ok(match value {
            Expr::Literal { value, .. } => usize::try_from(value).ok(),
            _ => None,
        })
    }

    fn beyond(&self, bit: usize, bits: usize) -> HdlError {
        self.scope.problem(format!(
            "bit {bit} of a value of {bits} bits, near {}",
            self.target
        ))
    }
}

fn flexible(value: u128, bits: usize) -> Value {
    Value {
        flexible: true,
        ..Value::plain(Expr::Literal { value, bits }, false)
    }
}
