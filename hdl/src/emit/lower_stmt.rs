//! rust-hdl's statements as statements over nets: loops unrolled.

use super::ir::{Expr, Part, Stmt};
use super::lower_expr::Lower;
use super::names::number;
use super::scope::Scope;
use crate::HdlError;
use rust_hdl::core::ast::{
    VerilogBlock, VerilogBlockOrConditional, VerilogConditional, VerilogExpression, VerilogMatch,
    VerilogStatement,
};

/// What the author wrote: rust-hdl takes the macro call around it off only if the
/// compiler prints it with the spaces that older ones did.
fn comment_text(text: &str) -> String {
    let inner = ["comment", "println", "assert"]
        .iter()
        .find_map(|name| text.strip_prefix(name)?.trim_start().strip_prefix('!'))
        .and_then(|call| call.trim_start().strip_prefix('('))
        .unwrap_or(text);
    let inner = inner.trim();
    let inner = inner
        .strip_suffix(')')
        .filter(|_| inner.len() < text.len())
        .unwrap_or(inner)
        .trim();
    let inner = inner.strip_prefix('"').unwrap_or(inner);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    inner.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The statements of a block, in order, wires for parts of expressions before the
/// statement that needs them.
pub fn statements(scope: &mut Scope, block: &VerilogBlock) -> Result<Vec<Stmt>, HdlError> {
    let mut lower = Lower {
        scope,
        variables: Vec::new(),
        helpers: Vec::new(),
        target: String::new(),
    };
    let mut out = Vec::new();
    top_level(&mut lower, block, &mut out)?;
    Ok(out)
}

fn top_level(lower: &mut Lower, block: &VerilogBlock, out: &mut Vec<Stmt>) -> Result<(), HdlError> {
    for statement in block {
        match statement {
            VerilogStatement::Loop(a) => {
                unroll(lower, a, |lower, block| top_level(lower, block, out))?
            }
            VerilogStatement::Macro(inner) => top_level(lower, inner, out)?,
            other => {
                let mut lowered = Vec::new();
                one(lower, other, &mut lowered)?;
                // A helper is always on, so it must not depend on an intermediate
                // value that the same statement writes.
                for (part, expr) in std::mem::take(&mut lower.helpers) {
                    let mut clash = None;
                    expr.for_each_part(&mut |read| {
                        lowered.iter().for_each(|s| {
                            s.for_each_write(&mut |write| {
                                if write.net == read.net {
                                    clash = Some(write);
                                }
                            })
                        })
                    });
                    if let Some(write) = clash {
                        let name = lower.scope.show(write);
                        return Err(lower.scope.construct(format!(
                            "a part of an expression of {name} beside an assignment to it; use a local signal,"
                        )));
                    }
                    out.push(Stmt::Assign(part, expr));
                }
                out.extend(lowered);
            }
        }
    }
    Ok(())
}

fn unroll(
    lower: &mut Lower,
    a: &rust_hdl::core::ast::VerilogLoop,
    mut body: impl FnMut(&mut Lower, &VerilogBlock) -> Result<(), HdlError>,
) -> Result<(), HdlError> {
    let mut bound = |literal: &rust_hdl::core::ast::VerilogLiteral| {
        let value = lower.value(&VerilogExpression::Literal(literal.clone()))?;
        match value.expr {
            Expr::Literal { value, .. } if value < 1 << 20 => Ok(value as i64),
            _ => Err(lower.scope.construct("a loop of a million rounds or more")),
        }
    };
    let (from, to) = (bound(&a.from)?, bound(&a.to)?);
    for round in from..to {
        lower.variables.push((a.index.clone(), round));
        let result = body(lower, &a.block);
        lower.variables.pop();
        result?;
    }
    Ok(())
}

fn block(lower: &mut Lower, block: &VerilogBlock) -> Result<Vec<Stmt>, HdlError> {
    let mut out = Vec::new();
    for statement in block {
        one(lower, statement, &mut out)?;
    }
    Ok(out)
}

fn one(
    lower: &mut Lower,
    statement: &VerilogStatement,
    out: &mut Vec<Stmt>,
) -> Result<(), HdlError> {
    match statement {
        VerilogStatement::Comment(text) => {
            out.push(Stmt::Comment(comment_text(text)));
        }
        VerilogStatement::Assignment(target, value) => {
            let part = lower.place(target)?;
            out.push(assign(lower, part, value)?);
        }
        VerilogStatement::SliceAssignment {
            base,
            width,
            offset,
            replacement,
        } => {
            let target =
                VerilogExpression::Slice(Box::new(base.clone()), *width, Box::new(offset.clone()));
            let part = lower.place(&target)?;
            out.push(assign(lower, part, replacement)?);
        }
        VerilogStatement::If(a) => out.push(conditional(lower, a)?),
        VerilogStatement::Match(a) => out.push(case(lower, a)?),
        VerilogStatement::Loop(a) => unroll(lower, a, |lower, inner| {
            out.extend(block(lower, inner)?);
            Ok(())
        })?,
        VerilogStatement::Macro(inner) => out.extend(block(lower, inner)?),
        VerilogStatement::Link(_) => return Err(lower.scope.construct("a link to a block inside")),
    }
    Ok(())
}

fn assign(lower: &mut Lower, target: Part, value: &VerilogExpression) -> Result<Stmt, HdlError> {
    let text = lower.scope.show(target);
    lower.target = text.replace(['[', ':'], "_").replace(']', "");
    let value = lower.sized(value, target.bits)?;
    Ok(Stmt::Assign(target, value))
}

fn conditional(lower: &mut Lower, a: &VerilogConditional) -> Result<Stmt, HdlError> {
    lower.target = "condition".into();
    let test = lower.condition(&a.test)?;
    let then = block(lower, &a.then)?;
    let otherwise = match &a.otherwise {
        VerilogBlockOrConditional::Block(inner) => block(lower, inner)?,
        VerilogBlockOrConditional::Conditional(inner) => {
            let mut out = Vec::new();
            one(lower, inner, &mut out)?;
            out
        }
        VerilogBlockOrConditional::None => Vec::new(),
    };
    Ok(Stmt::If(test, then, otherwise))
}

fn case(lower: &mut Lower, a: &VerilogMatch) -> Result<Stmt, HdlError> {
    lower.target = "selector".into();
    let value = lower.value(&a.test)?;
    let bits = value.expr.bits();
    let test = lower.fit(value, bits)?;
    let mut cases = Vec::new();
    let mut otherwise = None;
    for case in &a.cases {
        let inner = block(lower, &case.block)?;
        if case.condition == "default" {
            otherwise = Some(inner);
            break;
        }
        let Some(value) = number(&case.condition) else {
            let problem = format!("the case {} is not a number", case.condition);
            return Err(lower.scope.problem(problem));
        };
        cases.push((value, inner));
    }
    // With every value listed the last one is the default: no latch to be seen.
    if otherwise.is_none() && bits < 32 && cases.len() == 1 << bits {
        otherwise = cases.pop().map(|(_, inner)| inner);
    }
    Ok(Stmt::Case(test, cases, otherwise))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_lose_the_macro_call() {
        for given in [
            "a (b) text",
            "comment ! (\"a (b) text\")",
            "comment! (\"a (b) text",
            "comment!(\"a (b) text\")",
        ] {
            assert_eq!(comment_text(given), "a (b) text", "{given}");
        }
    }
}
