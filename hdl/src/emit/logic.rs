//! Which statements become `assign`s and which share a process.
//!
//! rust-hdl's statements run in order. A signal that is assigned once and without
//! condition is an `assign`. Statements that write the same bits, or the same net
//! under a condition, share an `always @(*)`, with whatever reads an intermediate
//! value between them.

use super::ir::{Expr, NetId, Part, Stmt};
use super::scope::Scope;
use crate::HdlError;
use std::collections::{BTreeMap, HashMap};

/// A piece of combinational logic.
#[derive(Clone, Debug)]
pub enum Logic {
    /// `assign part = expr;`
    Assign(Part, Expr),
    /// `always @(*) begin ... end`
    Process(Vec<Stmt>),
}

/// A piece of combinational logic and the comments over it.
#[derive(Clone, Debug)]
pub struct Item {
    pub comments: Vec<String>,
    pub logic: Logic,
}

/// Sorts `statements`, which is one block in order.
pub fn sort(scope: &Scope, statements: Vec<Stmt>) -> Result<Vec<Item>, HdlError> {
    let groups = groups(&statements);
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, group) in groups.iter().enumerate() {
        members.entry(*group).or_default().push(index);
    }
    let mut statements: Vec<Option<Stmt>> = statements.into_iter().map(Some).collect();
    let mut out = Vec::new();
    // A comment belongs to the statement that follows it.
    let mut comments: Vec<String> = Vec::new();
    for index in 0..statements.len() {
        if let Some(Stmt::Comment(text)) = &statements[index] {
            comments.push(text.clone());
            continue;
        }
        if statements[index].is_none() {
            comments.clear();
            continue;
        }
        let mut comments = std::mem::take(&mut comments);
        let all = &members[&groups[index]];
        let pieces = match (all.len(), statements[index].take()) {
            (1, Some(Stmt::Assign(target, value))) => vec![Logic::Assign(target, value)],
            (_, first) => {
                let mut body: Vec<Stmt> = first.into_iter().collect();
                for &other in all.iter().filter(|&&other| other > index) {
                    let before = statements[..other]
                        .iter()
                        .rev()
                        .take_while(|s| matches!(s, Some(Stmt::Comment(_))))
                        .count();
                    body.extend(statements[other - before..other].iter().flatten().cloned());
                    body.extend(statements[other].take());
                }
                complete(scope, &body)?;
                match choices(&body) {
                    Some(choices) => choices
                        .into_iter()
                        .map(|(part, e)| Logic::Assign(part, e))
                        .collect(),
                    None => vec![Logic::Process(body)],
                }
            }
        };
        for (index, logic) in pieces.into_iter().enumerate() {
            out.push(Item {
                comments: if index == 0 {
                    std::mem::take(&mut comments)
                } else {
                    Vec::new()
                },
                logic,
            });
        }
    }
    Ok(out)
}

/// A process whose targets do not depend on each other, as a choice for each: it is
/// shorter, and simulators see no loop where one target depends on another through
/// logic elsewhere.
fn choices(body: &[Stmt]) -> Option<Vec<(Part, Expr)>> {
    let mut targets: Vec<Part> = Vec::new();
    body.iter().for_each(|s| {
        s.for_each_write(&mut |part| {
            if !targets.contains(&part) {
                targets.push(part);
            }
        })
    });
    let parts: Vec<_> = targets.iter().map(|part| (0, *part)).collect();
    let mut independent = true;
    for (index, (_, part)) in parts.iter().enumerate() {
        let others = parts[..index]
            .iter()
            .filter(|(_, other)| other.net == part.net);
        independent &= !overlap(&others.chain([&(0, *part)]).copied().collect::<Vec<_>>());
    }
    body.iter().for_each(|s| {
        s.for_each_expr(&mut |expr| {
            independent &= !targets.iter().any(|target| reads(expr, *target))
        })
    });
    if !independent {
        return None;
    }
    let choice = |target: Part| Some((target, chosen(body, target, None, 2)?));
    targets.into_iter().map(choice).collect()
}

/// What `target` is after `block` if it was `before`; `None` if that is no simple
/// choice of at most `levels`.
fn chosen(block: &[Stmt], target: Part, before: Option<Expr>, levels: usize) -> Option<Expr> {
    let mut value = before;
    for statement in block {
        let mut concerned = false;
        statement.for_each_write(&mut |part| concerned |= part == target);
        match statement {
            Stmt::Comment(_) => return None,
            _ if !concerned => {}
            // A product has the width of its context, which a choice is not.
            Stmt::Assign(_, Expr::Product(..)) => return None,
            Stmt::Assign(_, expr) => value = Some(expr.clone()),
            Stmt::If(test, then, otherwise) if levels > 0 => {
                let then = chosen(then, target, value.clone(), levels - 1)?;
                let otherwise = chosen(otherwise, target, value.clone(), levels - 1)?;
                value = Some(Expr::Select(
                    Box::new(test.clone()),
                    Box::new(then),
                    Box::new(otherwise),
                ));
            }
            _ => return None,
        }
    }
    value
}

fn reads(expr: &Expr, target: Part) -> bool {
    let mut found = false;
    expr.for_each_part(&mut |part| found |= part.net == target.net);
    found
}

/// For each statement the first statement of its group.
fn groups(statements: &[Stmt]) -> Vec<usize> {
    let mut union = Union((0..statements.len()).collect());
    let mut writers: HashMap<NetId, Vec<(usize, Part)>> = HashMap::new();
    let mut readers: HashMap<NetId, Vec<usize>> = HashMap::new();
    for (index, statement) in statements.iter().enumerate() {
        statement
            .for_each_write(&mut |part| writers.entry(part.net).or_default().push((index, part)));
        statement.for_each_expr(&mut |expr| {
            expr.for_each_part(&mut |part| readers.entry(part.net).or_default().push(index))
        });
    }
    let mut shared: Vec<(NetId, usize, usize)> = Vec::new();
    for (net, writes) in &writers {
        let conditional = writes
            .iter()
            .any(|(index, _)| !matches!(statements[*index], Stmt::Assign(..)));
        if !conditional && !overlap(writes) {
            continue;
        }
        let indices = writes.iter().map(|(index, _)| *index);
        let (first, last) = (
            indices.clone().min().unwrap_or(0),
            indices.clone().max().unwrap_or(0),
        );
        indices.for_each(|index| union.join(first, index));
        shared.push((*net, first, last));
    }
    for (net, first, last) in shared {
        for &reader in readers.get(&net).into_iter().flatten() {
            if first < reader && reader < last {
                union.join(first, reader);
            }
        }
    }
    // Members that joined as readers write nets too; whoever reads those between
    // their assignments is in the group already, because those nets are either
    // shared (handled above) or assigned once.
    (0..statements.len())
        .map(|index| union.root(index))
        .collect()
}

fn overlap(writes: &[(usize, Part)]) -> bool {
    let mut ranges: Vec<(usize, usize)> =
        writes.iter().map(|(_, p)| (p.lo, p.lo + p.bits)).collect();
    ranges.sort_unstable();
    ranges.windows(2).any(|pair| pair[1].0 < pair[0].1)
}

/// Sets of statements, each named after its first.
struct Union(Vec<usize>);

impl Union {
    fn root(&mut self, index: usize) -> usize {
        let mut root = index;
        while self.0[root] != root {
            root = self.0[root];
        }
        self.0[index] = root;
        root
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

/// Bits of nets that were written.
type Written = HashMap<NetId, Vec<bool>>;

/// Refuses a process that leaves a bit unassigned on some path, which would be a
/// latch.
fn complete(scope: &Scope, body: &[Stmt]) -> Result<(), HdlError> {
    let mut always = Written::new();
    written(scope, body, &mut always);
    let mut missing = None;
    for statement in body {
        statement.for_each_write(&mut |part| {
            let bits = always.get(&part.net);
            if (part.lo..part.lo + part.bits).any(|bit| !bits.is_some_and(|bits| bits[bit])) {
                missing = Some(part);
            }
        });
    }
    match missing {
        Some(part) => Err(scope.problem(format!(
            "{} keeps its old value on some path, which is a latch: give it a value first",
            scope.show(part)
        ))),
        None => Ok(()),
    }
}

/// Adds what `block` writes on every path.
fn written(scope: &Scope, block: &[Stmt], known: &mut Written) {
    for statement in block {
        match statement {
            Stmt::Assign(part, _) => {
                let bits = known
                    .entry(part.net)
                    .or_insert_with(|| vec![false; scope.nets[part.net].bits]);
                bits[part.lo..part.lo + part.bits].fill(true);
            }
            Stmt::If(_, then, otherwise) => branch(scope, &[then, otherwise], known),
            Stmt::Case(_, cases, otherwise) => {
                let empty = Vec::new();
                let mut blocks: Vec<&[Stmt]> = cases.iter().map(|(_, block)| &block[..]).collect();
                blocks.push(otherwise.as_ref().unwrap_or(&empty));
                branch(scope, &blocks, known);
            }
            Stmt::Comment(_) => {}
        }
    }
}

/// Adds what every one of `blocks` writes.
fn branch(scope: &Scope, blocks: &[&[Stmt]], known: &mut Written) {
    let mut each = blocks.iter().map(|block| {
        let mut bits = Written::new();
        written(scope, block, &mut bits);
        bits
    });
    let Some(mut common) = each.next() else {
        return;
    };
    for other in each {
        for (net, bits) in &mut common {
            match other.get(net) {
                Some(also) => bits
                    .iter_mut()
                    .zip(also)
                    .for_each(|(bit, also)| *bit &= also),
                None => bits.fill(false),
            }
        }
    }
    for (net, bits) in common {
        match known.get_mut(&net) {
            Some(known) => known
                .iter_mut()
                .zip(bits)
                .for_each(|(known, bit)| *known |= bit),
            None => {
                known.insert(net, bits);
            }
        }
    }
}
