//! The step: a cycle of all PEs, row by row.

use super::blocks::Cone;
use super::form::{bits_range, lane, Form};
use super::layout::South;
use crate::describe::Size;
use crate::emit::{number, Text};
use std::collections::BTreeSet;

impl Form<'_> {
    pub(super) fn step(&self, text: &mut Text) {
        let layout = self.layout;
        text.blank();
        text.line(1, "// A cycle of all PEs.");
        text.line(1, "task automatic step;");
        let mut locals: Vec<(usize, usize)> = layout
            .temporaries
            .iter()
            .map(|(net, bits)| (*net, *bits))
            .collect();
        locals.sort_unstable();
        for (net, bits) in locals {
            text.line(2, format!("reg {}{};", bits_range(bits), self.name(net)));
        }
        for south in layout
            .south
            .iter()
            .filter(|south| south.first == south.last)
        {
            let bits = layout.stored[south.net];
            text.line(
                2,
                format!("reg {}out_{};", bits_range(bits), self.name(south.net)),
            );
        }
        for state in self.circles() {
            let net = self.values.states[state].net;
            text.line(
                2,
                format!(
                    "reg {}{}_n;",
                    bits_range(layout.stored[net]),
                    self.name(net)
                ),
            );
        }
        text.line(2, "reg [31:0] r, c, base;");
        text.line(2, "begin");
        self.borders(text);
        text.line(
            3,
            format!("for (r = 0; r < {}; r = r + 1) begin", layout.rows),
        );
        for state in &self.values.states {
            let name = self.name(state.net);
            if let Some(west) = layout
                .west
                .iter()
                .find(|west| west.state == state.net && west.read)
            {
                let at = layout.index(self.values, state.net, 0);
                let line = format!("{}[c] = {name}_q[{at}];", self.name(west.net));
                self.each(text, 4, &[line]);
            }
            let at = layout.index(self.values, state.net, 1);
            self.each(text, 4, &[format!("{name}[c] = {name}_q[{at}];")]);
        }
        for at in 0..self.plan.blocks.len() {
            let lines = self.block(at);
            self.each(text, 4, &lines);
        }
        for (index, state) in self.values.states.iter().enumerate() {
            let name = self.name(state.net);
            let late = if self.plan.late.contains(&index) {
                "_d"
            } else {
                ""
            };
            let at = layout.index(self.values, state.net, 1);
            self.each(text, 4, &[format!("{name}_q[{at}] = {name}{late}[c];")]);
        }
        text.line(3, "end");
        text.line(2, "end");
        text.line(1, "endtask");
    }

    /// What comes into the mesh.
    fn borders(&self, text: &mut Text) {
        let layout = self.layout;
        let from = |port: &Option<String>, at: usize, net: usize| {
            let (bits, all) = (layout.bits(net), layout.stored[net]);
            match port {
                None => number(0, &Size::Number(all)),
                Some(port) if all > bits => {
                    let zeros = number(0, &Size::Number(all - bits));
                    format!("{{{zeros}, {}}}", lane(port, at, bits))
                }
                Some(port) => lane(port, at, bits),
            }
        };
        match layout.phase(self.values) {
            Some((port, bits)) => {
                let zeros = number(0, &Size::Number(32 - bits));
                let words = layout.height * layout.stride;
                text.line(3, format!("base = {{{zeros}, {port}}} * 32'd{words};"));
            }
            None => text.line(3, "base = 0;"),
        }
        for c in 0..layout.cols {
            for south in &layout.south {
                let value = from(&south.port, c, south.net);
                text.line(3, format!("{}[{c}] = {value};", self.name(south.net)));
            }
        }
        for r in 0..layout.rows {
            for west in &layout.west {
                let value = from(&west.port, r, west.state);
                let at = r * 2 * layout.stride;
                text.line(3, format!("{}_q[{at}] = {value};", self.name(west.state)));
            }
        }
    }

    /// What is computed in block `at`.
    fn block(&self, at: usize) -> Vec<String> {
        let (layout, block) = (self.layout, &self.plan.blocks[at]);
        let view = self.view(&|net| format!("{}[c]", self.name(net)), false);
        let mut lines = Vec::new();
        let mut cone = Cone::default();
        let first = || layout.south.iter().filter(|south| south.first == at);
        let last = || {
            layout
                .south
                .iter()
                .filter(|south| south.last == at && south.first <= at)
        };
        block
            .states
            .iter()
            .for_each(|state| self.cones.add(&self.values.states[*state].next, &mut cone));
        first().for_each(|south| self.cones.add(&south.value, &mut cone));
        for value in &cone.values {
            let (net, e) = &self.values.values[*value];
            lines.push(view.assign(self.name(*net), layout.temporaries[net], e));
        }
        for south in first() {
            lines.push(view.assign(&self.kept(south), layout.stored[south.net], &south.value));
        }
        let (order, circles) = self.order(at);
        for state in order {
            let (net, next) = (
                self.values.states[state].net,
                &self.values.states[state].next,
            );
            let name = self.name(net);
            let to = match (circles.contains(&state), self.plan.late.contains(&state)) {
                (true, _) => format!("{name}_n"),
                (_, true) => format!("{name}_d[c]"),
                _ => format!("{name}[c]"),
            };
            lines.push(view.assign(&to, layout.stored[net], next));
        }
        for state in circles {
            let name = self.name(self.values.states[state].net);
            lines.push(format!("{name}[c] = {name}_n;"));
        }
        for south in last() {
            lines.push(format!(
                "{}[c] = {};",
                self.name(south.net),
                self.kept(south)
            ));
        }
        lines
    }

    /// Where what goes south waits until what came from the north is not needed any more.
    fn kept(&self, south: &South) -> String {
        let name = self.name(south.net);
        match south.first.cmp(&south.last) {
            std::cmp::Ordering::Less => format!("out_{name}[c]"),
            std::cmp::Ordering::Equal => format!("out_{name}"),
            std::cmp::Ordering::Greater => format!("{name}[c]"),
        }
    }

    fn circles(&self) -> BTreeSet<usize> {
        (0..self.plan.blocks.len())
            .flat_map(|at| self.order(at).1)
            .collect()
    }

    /// The states of a block, each after those that read it; and those that are read later still.
    fn order(&self, at: usize) -> (Vec<usize>, BTreeSet<usize>) {
        let mut pending = self.plan.blocks[at].states.clone();
        let (mut order, mut circles) = (Vec::new(), BTreeSet::new());
        let reads = |state: usize, net: usize| {
            let mut found = false;
            self.values.states[state].next.for_each_place(&mut |place| {
                found |= super::atoms::net_of(place) == net;
            });
            found
        };
        while !pending.is_empty() {
            let readers = |state: &usize| {
                let net = self.values.states[*state].net;
                pending
                    .iter()
                    .filter(|other| *other != state && reads(**other, net))
                    .count()
            };
            let free = |state: &usize| self.plan.late.contains(state) || readers(state) == 0;
            let next = pending.iter().position(free);
            if next.is_none() {
                circles.insert(pending[0]);
            }
            order.push(pending.remove(next.unwrap_or(0)));
        }
        (order, circles)
    }
}
