//! Nets that only pass a value on are replaced by what drives them, so that an
//! instance is connected to its source and a register reads its source.

use super::ir::{concat, Expr, NetId, Part, Role};
use super::logic::{Item, Logic};
use super::registers::Line;
use super::scope::Scope;
use crate::HdlError;
use std::collections::HashMap;

/// The logic of a module while its nets are joined.
pub struct Wiring<'a> {
    pub scope: &'a Scope,
    pub lines: &'a [Line],
    logic: Vec<Item>,
    /// What stands for a net.
    alias: HashMap<NetId, Expr>,
}

impl<'a> Wiring<'a> {
    /// Of this logic and these register lines; a line without registers is a wire.
    pub fn new(scope: &'a Scope, logic: Vec<Item>, lines: &'a [Line]) -> Self {
        let wires = lines.iter().filter(|line| line.shape.depth == 0);
        let alias = wires
            .map(|line| (line.q, Expr::Part(scope.whole(line.d))))
            .collect();
        Self {
            scope,
            lines,
            logic,
            alias,
        }
    }

    /// Replaces inputs of instances and register lines that are plainly connected.
    pub fn join_inputs(&mut self) {
        let scope = self.scope;
        let alias = &mut self.alias;
        self.logic.retain(|item| match &item.logic {
            Logic::Assign(target, value)
                if value.is_plain()
                    && scope.is_whole(*target)
                    && matches!(
                        scope.nets[target.net].role,
                        Role::ChildInput | Role::PipeInput
                    ) =>
            {
                alias.insert(target.net, value.clone());
                false
            }
            _ => true,
        });
    }

    /// Lets register lines whose enable is the same expression share one net.
    pub fn join_enables(&mut self) {
        let enables: Vec<NetId> = self.lines.iter().map(|line| line.en).collect();
        let mut values: HashMap<NetId, Expr> = HashMap::new();
        for item in &self.logic {
            if let Logic::Assign(target, value) = &item.logic {
                if self.scope.is_whole(*target) && enables.contains(&target.net) {
                    values.insert(target.net, value.clone());
                }
            }
        }
        let mut seen: Vec<(Expr, NetId)> = Vec::new();
        for net in enables {
            let Some(value) = values.get(&net) else {
                continue;
            };
            match seen.iter().find(|(known, _)| known == value) {
                Some((_, first)) => {
                    self.alias.insert(net, Expr::Part(self.scope.whole(*first)));
                }
                None => seen.push((value.clone(), net)),
            }
        }
        let alias = &self.alias;
        self.logic
            .retain(|item| !matches!(&item.logic, Logic::Assign(target, _) if alias.contains_key(&target.net)));
    }

    /// Connects outputs of instances to the ports that they alone drive, and joins
    /// the elements of a packed port.
    pub fn join_outputs(&mut self) {
        self.join_whole_outputs();
        self.join_elements();
        self.join_whole_outputs();
    }

    fn join_whole_outputs(&mut self) {
        let mut logic = Vec::with_capacity(self.logic.len());
        for item in std::mem::take(&mut self.logic) {
            if let Logic::Assign(target, Expr::Part(source)) = &item.logic {
                let passes_on = self.scope.nets[target.net].role == Role::Output
                    && self.scope.nets[source.net].role == Role::ChildOutput
                    && self.scope.is_whole(*source)
                    && !self.alias.contains_key(&source.net);
                if passes_on {
                    self.alias.insert(source.net, Expr::Part(*target));
                    continue;
                }
            }
            logic.push(item);
        }
        self.logic = logic;
    }

    /// One assignment for a net all of whose bits are plainly connected in pieces.
    fn join_elements(&mut self) {
        let mut pieces: HashMap<NetId, Vec<(Part, Expr)>> = HashMap::new();
        for item in &self.logic {
            if let Logic::Assign(target, value) = &item.logic {
                if !self.scope.is_whole(*target) && value.is_plain() {
                    pieces
                        .entry(target.net)
                        .or_default()
                        .push((*target, value.clone()));
                }
            }
        }
        pieces.retain(|net, parts| {
            parts.sort_by_key(|(part, _)| std::cmp::Reverse(part.lo));
            parts.iter().map(|(part, _)| part.bits).sum::<usize>() == self.scope.nets[*net].bits
        });
        let mut logic = Vec::with_capacity(self.logic.len());
        let mut done = Vec::new();
        for item in std::mem::take(&mut self.logic) {
            match &item.logic {
                Logic::Assign(target, _) if done.contains(&target.net) => {}
                Logic::Assign(target, _) if pieces.contains_key(&target.net) => {
                    let parts = pieces.remove(&target.net).unwrap_or_default();
                    let value = concat(parts.into_iter().map(|(_, value)| value).collect());
                    done.push(target.net);
                    logic.push(Item {
                        logic: Logic::Assign(self.scope.whole(target.net), value),
                        comments: item.comments,
                    });
                }
                _ => logic.push(item),
            }
        }
        self.logic = logic;
    }

    /// `expr` with every net replaced by what stands for it.
    pub fn resolve(&self, expr: Expr) -> Result<Expr, HdlError> {
        self.substitute(expr, 0)
    }

    fn substitute(&self, expr: Expr, depth: usize) -> Result<Expr, HdlError> {
        // Each step replaces one net, so more steps than nets are a circle.
        if depth > self.scope.nets.len() {
            return Err(self.scope.problem("its wires form a circle"));
        }
        let inner = |expr: Box<Expr>| self.substitute(*expr, depth).map(Box::new);
        Ok(match expr {
            Expr::Part(part) => match self
                .alias
                .get(&part.net)
                .and_then(|e| e.slice(part.lo, part.bits))
            {
                Some(source) => self.substitute(source, depth + 1)?,
                None => Expr::Part(part),
            },
            Expr::Repeat(count, bit) => match self.substitute(Expr::Part(bit), depth)? {
                Expr::Part(bit) => super::ir::repeat(count, bit),
                other => Expr::Concat(vec![other; count]),
            },
            Expr::Concat(items) => {
                let items = items.into_iter().map(|item| self.substitute(item, depth));
                concat(items.collect::<Result<_, _>>()?)
            }
            Expr::Unary(op, operand) => Expr::Unary(op, inner(operand)?),
            Expr::Signed(operand) => Expr::Signed(inner(operand)?),
            Expr::Binary(op, left, right, bits) => {
                Expr::Binary(op, inner(left)?, inner(right)?, bits)
            }
            Expr::Select(test, then, otherwise) => {
                Expr::Select(inner(test)?, inner(then)?, inner(otherwise)?)
            }
            literal @ Expr::Literal { .. } => literal,
        })
    }

    /// Replaces nets throughout the logic.
    pub fn resolve_all(&mut self) -> Result<(), HdlError> {
        let logic = std::mem::take(&mut self.logic);
        let resolved = logic.into_iter().map(|item| {
            let logic = match item.logic {
                Logic::Assign(target, value) => Logic::Assign(target, self.resolve(value)?),
                Logic::Process(body) => Logic::Process(
                    body.into_iter()
                        .map(|s| s.try_map(&mut |expr| self.resolve(expr)))
                        .collect::<Result<_, HdlError>>()?,
                ),
            };
            Ok(Item { logic, ..item })
        });
        self.logic = resolved.collect::<Result<_, HdlError>>()?;
        Ok(())
    }

    /// The logic that is left.
    pub fn finish(self) -> Vec<Item> {
        self.logic
    }
}
