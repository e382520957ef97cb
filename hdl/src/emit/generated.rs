//! The body of a block that rust-hdl translates (`#[hdl_gen]`): combinational, without blocks
//! inside.

use super::ir::{self, Role};
use super::logic::{self, Logic};
use super::lower_stmt;
use super::scope::Scope;
use crate::describe::{
    concat, drop_aliases, drop_unread, for_each_read, for_each_write, repeat, Binary, Body, Expr,
    Item, Key, NetKind, Place, Size, Stmt,
};
use crate::HdlError;
use rust_hdl::core::ast::Verilog;
use std::collections::HashSet;

/// Fills `body`, which has the nets of the module `name`, from what rust-hdl says of it.
///
/// # Errors
/// Those of the translation: see [`emit`](super).
pub fn fill(body: &mut Body, name: &str, hdl: &Verilog) -> Result<(), HdlError> {
    let mut scope = Scope::new(name);
    let Verilog::Combinatorial(block) = hdl else {
        return Err(scope.construct("a block that is not combinational"));
    };
    for (id, net) in body.nets.iter().enumerate() {
        let bits = known(&net.bits());
        let role = match net.kind {
            NetKind::Input => Role::Input,
            NetKind::Output => Role::Output,
            _ => Role::Local,
        };
        assert_eq!(scope.add(net.name.clone(), bits, role)?, id);
        scope.bind(net.name.clone(), scope.whole(id), false);
    }
    let statements = lower_stmt::statements(&mut scope, block)?;
    let logic = logic::sort(&scope, statements)?;
    let mut lift = Lift::new(body, &scope);
    let items = lift.items(logic);
    let (before, after) = lift.members_items();
    body.items = before;
    body.items.extend(items);
    body.items.extend(after);
    declare_where_driven(body);
    drop_aliases(body);
    drop_unread(body);
    drop_unused(body);
    Ok(())
}

/// A wire that one assignment drives is declared there.
fn declare_where_driven(body: &mut Body) {
    let items = std::mem::take(&mut body.items);
    let is_wire = |to: &Place| match to.net {
        Key::Net(net) if to.lo.is_none() && body.nets[net].kind == NetKind::Wire => Some(net),
        _ => None,
    };
    let driven: Vec<usize> = items
        .iter()
        .filter_map(|item| match item {
            Item::Assign(to, _) => is_wire(to),
            _ => None,
        })
        .collect();
    let mut waiting: Vec<Item> = items
        .into_iter()
        .filter(|item| !matches!(item, Item::Wire(net, None) if driven.contains(net)))
        .map(|item| match item {
            Item::Assign(to, value) => match is_wire(&to) {
                Some(net) => Item::Wire(net, Some(value)),
                None => Item::Assign(to, value),
            },
            other => other,
        })
        .collect();
    // In their order, but that a wire is declared before it is read.
    let mut pending = driven;
    while !waiting.is_empty() {
        let ready = |item: &Item| {
            let mut ready = true;
            for_each_read(std::slice::from_ref(item), &mut |place| {
                ready &= !matches!(place.net, Key::Net(net) if pending.contains(&net));
            });
            ready
        };
        let next = waiting.iter().position(ready).unwrap_or(0);
        let item = waiting.remove(next);
        if let Item::Wire(net, _) = &item {
            pending.retain(|waits| waits != net);
        }
        body.items.push(item);
    }
}

/// Signals of which nothing is said have no name: they are not declared.
fn drop_unused(body: &mut Body) {
    let mut used = HashSet::new();
    for_each_read(&body.items, &mut |place| {
        used.insert(place.net);
    });
    for item in &body.items {
        match item {
            Item::Wire(net, _) => {
                used.insert(Key::Net(*net));
            }
            Item::Assign(to, _) => {
                used.insert(to.net);
            }
            Item::Process(block) => for_each_write(block, &mut |to| {
                used.insert(to.net);
            }),
            _ => {}
        }
    }
    for (net, decl) in body.nets.iter_mut().enumerate() {
        if decl.kind == NetKind::Wire && !used.contains(&Key::Net(net)) {
            decl.name.clear();
        }
    }
}

fn known(size: &Size) -> usize {
    size.known()
        .expect("widths of rust-hdl's types are numbers")
}

/// A member of a port's type, as a net of its own.
struct Member {
    port: usize,
    lo: usize,
    bits: usize,
    net: Place,
}

struct Lift<'a> {
    body: &'a mut Body,
    /// Nets of the scope as nets of the body.
    nets: Vec<Place>,
    members: Vec<Member>,
}

impl<'a> Lift<'a> {
    fn new(body: &'a mut Body, scope: &Scope) -> Self {
        let declared = body.nets.len();
        let mut members = Vec::new();
        for port in 0..declared {
            let decl = body.nets[port].clone();
            let stem = decl.name.trim_end_matches("_i").trim_end_matches("_o");
            let mut lo = 0;
            for (name, bits) in &decl.members {
                let name = format!("{stem}_{name}");
                let net = body.declare(&name, "", None, Size::Number(*bits));
                members.push(Member {
                    port,
                    lo,
                    bits: *bits,
                    net,
                });
                lo += bits;
            }
        }
        let mut nets = Vec::new();
        for (id, net) in scope.nets.iter().enumerate() {
            nets.push(match id < declared {
                true => body.whole(id),
                false => body.declare(&net.name, "", None, Size::Number(net.bits)),
            });
        }
        Self {
            body,
            nets,
            members,
        }
    }

    /// What takes inputs apart, and what puts outputs together.
    fn members_items(&self) -> (Vec<Item>, Vec<Item>) {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut outputs: Vec<usize> = Vec::new();
        for member in &self.members {
            let Key::Net(net) = member.net.net else {
                continue;
            };
            if self.body.nets[member.port].kind == NetKind::Input {
                let from = Expr::Place(self.body.whole(member.port));
                before.push(Item::Wire(net, Some(from.slice(member.lo, member.bits))));
            } else {
                before.push(Item::Wire(net, None));
                if !outputs.contains(&member.port) {
                    outputs.push(member.port);
                }
            }
        }
        for port in outputs {
            let members = self.members.iter().rev().filter(|m| m.port == port);
            let all = concat(members.map(|member| member.net.clone().into()));
            after.push(Item::Assign(self.body.whole(port), all));
        }
        (before, after)
    }

    fn items(&mut self, logic: Vec<logic::Item>) -> Vec<Item> {
        let mut items = Vec::new();
        for item in logic {
            items.extend(item.comments.into_iter().map(Item::Note));
            items.push(match item.logic {
                Logic::Assign(to, value) => Item::Assign(self.place(to), self.expr(&value)),
                Logic::Process(body) => Item::Process(self.block(&body)),
            });
        }
        items
    }

    fn block(&self, block: &[ir::Stmt]) -> Vec<Stmt> {
        block
            .iter()
            .map(|statement| self.statement(statement))
            .collect()
    }

    fn statement(&self, statement: &ir::Stmt) -> Stmt {
        match statement {
            ir::Stmt::Assign(to, value) => Stmt::Assign(self.place(*to), self.expr(value)),
            ir::Stmt::If(test, then, otherwise) => {
                Stmt::If(self.expr(test), self.block(then), self.block(otherwise))
            }
            ir::Stmt::Case(test, cases, otherwise) => Stmt::Case(
                self.expr(test),
                cases
                    .iter()
                    .map(|(value, block)| (*value, self.block(block)))
                    .collect(),
                self.block(otherwise.as_deref().unwrap_or(&[])),
            ),
            ir::Stmt::Comment(text) => Stmt::Comment(text.clone()),
        }
    }

    fn place(&self, part: ir::Part) -> Place {
        let within = |m: &&Member| {
            m.port == part.net && m.lo <= part.lo && part.lo + part.bits <= m.lo + m.bits
        };
        let (whole, lo) = match self.members.iter().find(within) {
            Some(member) => (&member.net, part.lo - member.lo),
            None => (&self.nets[part.net], part.lo),
        };
        match lo == 0 && known(&whole.bits) == part.bits {
            true => whole.clone(),
            false => Place {
                lo: Some(Size::Number(lo)),
                bits: Size::Number(part.bits),
                ..whole.clone()
            },
        }
    }

    fn expr(&self, e: &ir::Expr) -> Expr {
        let boxed = |e: &ir::Expr| Box::new(self.expr(e));
        match e {
            ir::Expr::Part(part) => self.place(*part).into(),
            ir::Expr::Literal { value, bits } => Expr::Number(*value, Size::Number(*bits)),
            ir::Expr::Concat(items) => {
                let mut items = items.iter();
                // Zeros in front widen what is behind them.
                match (items.clone().next(), items.len()) {
                    (Some(ir::Expr::Literal { value: 0, .. }), 2) => {
                        let inner = items.nth(1).map(|e| self.expr(e));
                        let inner = inner.unwrap_or_else(|| Expr::from(false));
                        inner.wide(e.bits())
                    }
                    _ => concat(items.map(|item| self.expr(item))),
                }
            }
            ir::Expr::Repeat(count, bit) => repeat(*count, self.place(*bit).into()),
            ir::Expr::Unary(op, inner) => Expr::Unary(*op, boxed(inner)),
            ir::Expr::Product(a, b, bits) => {
                let signed = matches!(**a, ir::Expr::Signed(_));
                Expr::Product(self.factor(a), self.factor(b), Size::Number(*bits), signed)
            }
            ir::Expr::Binary(op, a, b, _) => self.binary(*op, a, b),
            ir::Expr::Signed(inner) => Expr::Signed(boxed(inner)),
            ir::Expr::Select(test, then, otherwise) => {
                Expr::Select(boxed(test), boxed(then), boxed(otherwise))
            }
        }
    }

    fn factor(&self, e: &ir::Expr) -> Box<Expr> {
        match e {
            ir::Expr::Signed(inner) => Box::new(self.expr(inner)),
            other => Box::new(self.expr(other)),
        }
    }

    /// An operator; a number of which a shift or a mask leaves nothing to compute is computed.
    fn binary(&self, op: Binary, a: &ir::Expr, b: &ir::Expr) -> Expr {
        let (a, b) = (self.expr(a), self.expr(b));
        match op {
            Binary::And => return a & b,
            Binary::Or => return with_low_bits(a, b),
            _ => {}
        }
        if let (Binary::Shl, Expr::Wide(inner, bits), Some(by)) = (op, &a, b.constant()) {
            let (by, bits) = (by as usize, known(bits));
            let own = known(&inner.bits());
            if own + by <= bits {
                let shifted = concat([(**inner).clone(), Expr::Number(0, Size::Number(by))]);
                return shifted.wide(bits);
            }
        }
        if let (Binary::Shl, Expr::Number(value, bits), Some(by)) = (op, &a, b.constant()) {
            let width = known(bits);
            let shifted = value.checked_shl(by as u32).unwrap_or(0);
            return Expr::Number(ir::low_bits(shifted, width), bits.clone());
        }
        Expr::Binary(op, Box::new(a), Box::new(b))
    }
}

/// `a | b`; a number that fits into the zeros at the bottom of `a` takes their place.
fn with_low_bits(a: Expr, b: Expr) -> Expr {
    let (wide, inner) = match a {
        Expr::Wide(inner, bits) => (Some(bits), *inner),
        other => (None, other),
    };
    let again = |e: Expr| match &wide {
        Some(bits) => e.wide(bits),
        None => e,
    };
    match (inner, b.constant()) {
        (Expr::Concat(mut items), Some(value)) => match items.last() {
            Some(Expr::Number(0, zeros)) if value >> known(zeros) == 0 => {
                let zeros = zeros.clone();
                items.pop();
                items.push(Expr::Number(value, zeros));
                again(concat(items))
            }
            _ => again(concat(items)) | b,
        },
        (inner, _) => again(inner) | b,
    }
}
