//! The text of a mesh for simulation: arrays, and loops over the columns of a row.

use super::blocks::{Cone, Cones, Plan};
use super::layout::Layout;
use super::ports::Ports;
use super::values::Values;
use crate::describe::{Body, Expr, Place, Size};
use crate::emit::{expression, header, number, range, Text};
use crate::Reset;
use std::collections::BTreeSet;

const ABOUT: &str =
    "For simulation only, and for one size. It does in every cycle what the mesh of \
    the text for synthesis does.\n\n\
    Written for compilers that compute several columns at once: the registers of all PEs are \
    arrays, one for each register of a PE, row by row; the loops have no choice in them but masks.";

/// The text of `mesh`, which is called `name`; `None` if its PEs cannot be said in this form.
pub fn text(name: &str, mesh: &Body, ports: &Ports, values: &Values) -> Option<String> {
    let (plan, cones) = (Plan::of(values), Cones::new(values));
    let layout = Layout::of(mesh, ports, values, &plan, &cones)?;
    let form = Form {
        mesh,
        values,
        plan: &plan,
        cones: &cones,
        layout: &layout,
    };
    Some(form.module(name))
}

pub(super) struct Form<'a> {
    mesh: &'a Body,
    pub(super) values: &'a Values,
    pub(super) plan: &'a Plan,
    pub(super) cones: &'a Cones<'a>,
    pub(super) layout: &'a Layout,
}

/// How nets are written: their names, and as how many bits they are declared.
pub(super) struct View(Body);

impl View {
    pub(super) fn expr(&self, e: &Expr) -> String {
        let bits = |place: &Place| {
            let lo = Some(place.lo.clone().unwrap_or(Size::Number(0)));
            Expr::Place(Place {
                lo,
                ..place.clone()
            })
        };
        expression(&self.0, &e.map(&bits, &Size::clone))
    }

    /// `to`, of so many bits, takes `e`.
    pub(super) fn assign(&self, to: &str, bits: usize, e: &Expr) -> String {
        let own = e.bits().known().unwrap_or(1);
        match (e.constant(), bits > own) {
            (Some(value), _) => format!("{to} = {};", number(value, &Size::Number(bits))),
            (None, true) => {
                let zeros = number(0, &Size::Number(bits - own));
                format!("{to} = {{{zeros}, {}}};", self.expr(e))
            }
            (None, false) => format!("{to} = {};", self.expr(e)),
        }
    }
}

pub(super) fn bits_range(bits: usize) -> String {
    range(&Size::Number(bits))
}

/// Bits of element `at` of a vector of elements.
pub(super) fn lane(name: &str, at: usize, bits: usize) -> String {
    match bits {
        1 => format!("{name}[{at}]"),
        bits => format!("{name}[{}:{}]", at * bits + bits - 1, at * bits),
    }
}

impl Form<'_> {
    pub(super) fn name(&self, net: usize) -> &str {
        &self.values.body.nets[net].name
    }

    fn bits(&self, net: usize) -> usize {
        self.layout.bits(net)
    }

    /// How nets are written in a loop; states by `state`.
    pub(super) fn view(&self, state: &dyn Fn(usize) -> String, plain: bool) -> View {
        let mut body = Body::default();
        body.nets.clone_from(&self.values.body.nets);
        for (net, bits) in self.layout.stored.iter().enumerate() {
            let decl = &mut body.nets[net];
            if let Some(port) = self.layout.same.get(&net) {
                decl.name.clone_from(port);
            } else if self.layout.temporaries.contains_key(&net) {
                let bits = self.layout.temporaries[&net];
                decl.element = Size::Number(if plain { self.layout.bits(net) } else { bits });
            } else {
                decl.name = state(net);
                decl.element = Size::Number(*bits);
            }
        }
        View(body)
    }

    fn module(&self, name: &str) -> String {
        let mut text = header(name, ABOUT);
        self.head(name, &mut text);
        self.arrays(&mut text);
        self.step(&mut text);
        self.zero(&mut text);
        self.leave(&mut text);
        self.processes(&mut text);
        text.blank();
        text.line(0, "endmodule");
        text.line(0, "`default_nettype wire");
        super::unlinted(&text.finish())
    }

    fn head(&self, name: &str, text: &mut Text) {
        let Layout { rows, cols, .. } = *self.layout;
        text.line(0, format!("module {name} #("));
        text.line(1, format!("parameter ROWS = {rows},"));
        text.line(1, format!("parameter COLS = {cols}"));
        text.line(0, ") (");
        let ports: Vec<_> = self.mesh.nets.iter().filter(|net| net.is_port()).collect();
        for (index, port) in ports.iter().enumerate() {
            let bits = port.bits().eval(&|name| self.mesh.sizes.get(name));
            let range = match &port.lanes {
                Some(lanes) if lanes.known().is_none() => format!("[{}:0] ", bits - 1),
                _ => bits_range(bits),
            };
            let kind = match port.kind == crate::describe::NetKind::Input {
                true => "input  wire",
                false if self.layout.words > 1 => "output wire",
                false => "output reg ",
            };
            let comma = if index + 1 == ports.len() { "" } else { "," };
            text.line(1, format!("{kind} {range}{}{comma}", port.name));
        }
        text.line(0, ");");
        text.blank();
        text.line(1, "// Any other size needs a text of its own.");
        text.line(1, "generate");
        text.line(
            2,
            format!("if (ROWS != {rows} || COLS != {cols}) begin : g_size"),
        );
        text.line(3, format!("{name}_of_this_size_only u_error ();"));
        text.line(2, "end");
        text.line(1, "endgenerate");
    }

    fn arrays(&self, text: &mut Text) {
        let layout = self.layout;
        text.blank();
        text.line(1, "// Registers of all PEs, row by row; of what a neighbour in the east reads, lane 0 is what");
        text.line(1, "// comes from the west.");
        for state in &self.values.states {
            let (range, name) = (bits_range(layout.stored[state.net]), self.name(state.net));
            text.line(
                1,
                format!(
                    "reg {range}{name}_q [0:{}];",
                    layout.size(self.values, state.net) - 1
                ),
            );
        }
        text.blank();
        text.line(1, "// Registers of the row at work, what comes from the west and the north, what goes south.");
        let mut array = |bits: usize, name: &str| {
            text.line(
                1,
                format!("reg {}{name} [0:{}];", bits_range(bits), layout.stride - 1),
            );
        };
        for (index, state) in self.values.states.iter().enumerate() {
            array(layout.stored[state.net], self.name(state.net));
            if self.plan.late.contains(&index) {
                array(
                    layout.stored[state.net],
                    &format!("{}_d", self.name(state.net)),
                );
            }
        }
        for west in layout.west.iter().filter(|west| west.read) {
            array(layout.stored[west.net], self.name(west.net));
        }
        for south in &layout.south {
            array(layout.stored[south.net], self.name(south.net));
            if south.first < south.last {
                array(
                    layout.stored[south.net],
                    &format!("out_{}", self.name(south.net)),
                );
            }
        }
        for (port, e) in &layout.outputs {
            array(e.bits().known().unwrap_or(1), &format!("{port}_lane"));
        }
    }

    /// A loop over all columns.
    pub(super) fn each(&self, text: &mut Text, indent: usize, lines: &[String]) {
        let head = format!("for (c = 0; c < {}; c = c + 1)", self.layout.lanes);
        match lines {
            [line] => text.line(indent, format!("{head} {line}")),
            lines => {
                text.line(indent, format!("{head} begin"));
                lines.iter().for_each(|line| text.line(indent + 1, line));
                text.line(indent, "end");
            }
        }
    }

    fn zero(&self, text: &mut Text) {
        let resets = || {
            self.values
                .states
                .iter()
                .filter(|state| state.reset != Reset::None)
        };
        text.blank();
        text.line(1, "// Reset.");
        text.line(1, "task automatic zero;");
        text.line(2, "reg [31:0] i;");
        text.line(2, "begin");
        let size = |net: usize| self.layout.size(self.values, net);
        let sizes: BTreeSet<usize> = resets().map(|state| size(state.net)).collect();
        for of in sizes {
            text.line(3, format!("for (i = 0; i < {of}; i = i + 1) begin"));
            for state in resets().filter(|state| size(state.net) == of) {
                let zero = number(0, &Size::Number(self.layout.stored[state.net]));
                text.line(4, format!("{}_q[i] = {zero};", self.name(state.net)));
            }
            text.line(3, "end");
        }
        text.line(2, "end");
        text.line(1, "endtask");
    }

    /// What leaves the last row.
    fn leave(&self, text: &mut Text) {
        let layout = self.layout;
        let mut cone = Cone::default();
        layout
            .outputs
            .iter()
            .for_each(|(_, e)| self.cones.add(e, &mut cone));
        text.blank();
        text.line(1, "// What leaves the last row.");
        text.line(1, "task automatic leave;");
        for value in &cone.values {
            let net = self.values.values[*value].0;
            text.line(
                2,
                format!("reg {}{};", bits_range(self.bits(net)), self.name(net)),
            );
        }
        text.line(2, "reg [31:0] c;");
        text.line(2, "begin");
        for word in 0..layout.words {
            let state = |net: usize| {
                let at = layout.last_row(self.values, net, word);
                format!("{}_q[c + 32'd{at}]", self.name(net))
            };
            let view = self.view(&state, true);
            let mut lines = Vec::new();
            for value in &cone.values {
                let (net, e) = &self.values.values[*value];
                lines.push(view.assign(self.name(*net), self.bits(*net), e));
            }
            for (port, e) in &layout.outputs {
                lines.push(view.assign(
                    &format!("{port}_lane[c]"),
                    e.bits().known().unwrap_or(1),
                    e,
                ));
            }
            self.each(text, 3, &lines);
            for (port, e) in &layout.outputs {
                let bits = e.bits().known().unwrap_or(1);
                for c in 0..layout.cols {
                    let to = lane(&self.shown(port, word), c, bits);
                    text.line(3, format!("{to} <= {port}_lane[{c}];"));
                }
            }
        }
        text.line(2, "end");
        text.line(1, "endtask");
    }

    /// The register that an output shows, if the phase is `word`.
    fn shown(&self, port: &str, word: usize) -> String {
        match self.layout.words {
            1 => port.to_owned(),
            _ => format!("{port}_{word}"),
        }
    }

    fn processes(&self, text: &mut Text) {
        let layout = self.layout;
        if let Some((phase, bits)) = layout.phase(self.values) {
            text.blank();
            for (port, e) in &layout.outputs {
                let range = format!("[{}:0] ", e.bits().known().unwrap_or(1) * layout.cols - 1);
                for word in 0..layout.words {
                    text.line(1, format!("reg {range}{port}_{word};"));
                }
                let mut value = format!("{port}_{}", layout.words - 1);
                for word in (0..layout.words - 1).rev() {
                    let is = number(word as u128, &Size::Number(bits));
                    value = format!("{phase} == {is} ? {port}_{word} : {value}");
                }
                text.line(1, format!("assign {port} = {value};"));
            }
        }
        let view = self.view(&|net| self.name(net).to_owned(), true);
        let steps = view.expr(&self.values.steps);
        let of = |kind: Reset| self.values.states.iter().any(|state| state.reset == kind);
        let rst_n = &layout.rst_n;
        text.blank();
        match (of(Reset::Async), of(Reset::None)) {
            (true, false) => {
                text.lines(1, &format!("always @(posedge clk_i or negedge {rst_n}) begin\n  if (!{rst_n}) zero;\n  else if ({steps}) step;\n  leave;\nend"));
            }
            (is_async, _) => {
                text.lines(1, &format!("always @(posedge clk_i) begin\n  if ({steps}) step;\n  if (!{rst_n}) zero;\n  leave;\nend"));
                if is_async {
                    text.blank();
                    text.lines(
                        1,
                        &format!("always @(negedge {rst_n}) begin\n  zero;\n  leave;\nend"),
                    );
                }
            }
        }
    }
}
