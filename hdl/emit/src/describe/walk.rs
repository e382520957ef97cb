//! Everything that the items of a body read and write.

use super::item::{Item, Pin, Register};
use super::{Body, Expr, Place};

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
            Item::Note(_) | Item::Wire(_, None) | Item::Parameter(..) => {}
        }
    }
}

/// Replaces every expression of `items` by what `change` makes of it.
pub fn change_exprs(items: &mut [Item], change: &dyn Fn(&Expr) -> Expr) {
    let set = |e: &mut Expr| *e = change(e);
    for item in items {
        match item {
            Item::Wire(_, Some(value)) | Item::Assign(_, value) | Item::Unpack(_, value) => {
                set(value);
            }
            Item::Register(register) => {
                set(&mut register.value);
                set(&mut register.enable);
                register.reset_n.iter_mut().for_each(set);
            }
            Item::Loop(_, _, _, items) => change_exprs(items, change),
            Item::Instance(_, _, pins, _) => pins.iter_mut().for_each(|pin| {
                if let Pin::Input(value) = pin {
                    set(value);
                }
            }),
            Item::Note(_) | Item::Wire(_, None) | Item::Parameter(..) => {}
        }
    }
}

/// What the block of the loop `items[at]` is called: after the modules in it if these have a
/// description of their own, else (lines of registers, processes) after what is counted, so that it
/// is the same in every configuration. A second loop over the same is called after what stands in
/// it first.
pub fn block_name(body: &Body, items: &[Item], at: usize) -> String {
    let Item::Loop(index, _, _, inner) = &items[at] else {
        panic!("a loop");
    };
    let first = inner.iter().find_map(|item| match item {
        // Templates are given their parameters, others have them from the module around them.
        Item::Instance(child, _, _, parameters) => {
            Some((&body.children[*child].name, !parameters.is_empty()))
        }
        _ => None,
    });
    let again = items[..at]
        .iter()
        .any(|item| matches!(item, Item::Loop(other, ..) if other.name == index.name));
    match (first, index.counts) {
        (Some((_, true)) | None, Some(counted)) if !again => counted.to_owned(),
        (Some((name, _)), _) => name.clone(),
        (None, _) => index.name.to_owned(),
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
