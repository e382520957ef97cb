//! Everything that the items of a body read.

use super::body::{Item, Pin, Register, Stmt};
use super::Expr;

/// Calls `visit` with every expression of `items`.
pub fn for_each_expr(items: &[Item], visit: &mut dyn FnMut(&Expr)) {
    fn statement(s: &Stmt, visit: &mut dyn FnMut(&Expr)) {
        match s {
            Stmt::Assign(_, value) => visit(value),
            Stmt::If(test, then, otherwise) => {
                visit(test);
                then.iter()
                    .chain(otherwise)
                    .for_each(|s| statement(s, visit));
            }
            Stmt::Case(test, cases, otherwise) => {
                visit(test);
                let blocks = cases.iter().flat_map(|(_, block)| block);
                blocks.chain(otherwise).for_each(|s| statement(s, visit));
            }
            Stmt::Comment(_) => {}
        }
    }
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
            Item::Process(body) => body.iter().for_each(|s| statement(s, visit)),
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
