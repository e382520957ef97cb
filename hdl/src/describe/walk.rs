//! Everything that the items of a body read and write.

use super::body::{Item, Pin, Register, Stmt};
use super::{Expr, Place};

/// Calls `visit` with every expression of `items`.
pub fn for_each_expr(items: &[Item], visit: &mut dyn FnMut(&Expr)) {
    for item in items {
        match item {
            Item::Wire(_, Some(value)) | Item::Assign(_, value) | Item::Unpack(_, value) => {
                visit(value);
            }
            Item::Register(register) => {
                let Register {
                    value,
                    enable,
                    reset_n,
                    ..
                } = &**register;
                visit(value);
                visit(enable);
                reset_n.iter().for_each(&mut *visit);
            }
            Item::Loop(_, _, _, items) => for_each_expr(items, visit),
            Item::Instance(_, _, pins, _) => pins.iter().for_each(|pin| {
                if let Pin::Input(value) = pin {
                    visit(value);
                }
            }),
            Item::Process(body) => for_each_statement(body, &mut |statement| match statement {
                Stmt::Assign(_, e) | Stmt::If(e, ..) | Stmt::Case(e, ..) => visit(e),
                Stmt::Comment(_) => {}
            }),
            Item::Note(_) | Item::Wire(_, None) | Item::Parameter(..) => {}
        }
    }
}

/// Calls `visit` with every register of `items`.
pub fn for_each_register(items: &[Item], visit: &mut dyn FnMut(&Register)) {
    for item in items {
        match item {
            Item::Register(register) => visit(register),
            Item::Loop(_, _, _, items) => for_each_register(items, visit),
            _ => {}
        }
    }
}

/// Calls `visit` on every place that `items` read.
pub fn for_each_read(items: &[Item], visit: &mut dyn FnMut(&Place)) {
    for_each_expr(items, &mut |e| e.for_each_place(visit));
}

/// Calls `visit` on every place that the statements of a process write.
pub fn for_each_write(block: &[Stmt], visit: &mut dyn FnMut(&Place)) {
    for_each_statement(block, &mut |statement| {
        if let Stmt::Assign(to, _) = statement {
            visit(to);
        }
    });
}

/// Calls `visit` with every statement of `block` and of the blocks inside.
fn for_each_statement(block: &[Stmt], visit: &mut dyn FnMut(&Stmt)) {
    for statement in block {
        visit(statement);
        match statement {
            Stmt::If(_, then, otherwise) => {
                for_each_statement(then, visit);
                for_each_statement(otherwise, visit);
            }
            Stmt::Case(_, cases, otherwise) => {
                for (_, block) in cases {
                    for_each_statement(block, visit);
                }
                for_each_statement(otherwise, visit);
            }
            Stmt::Assign(..) | Stmt::Comment(_) => {}
        }
    }
}
