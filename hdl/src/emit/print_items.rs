//! What a module does, as text: wires and assignments, then registers, then instances.

use super::print::{Known, Source};
use super::print_expr::{number, place, Printer, Totals};
use super::text::Text;
use crate::describe::{is_always, Item, NetDecl, Pin, Place, Register, Size, Stmt};
use crate::Reset;

/// Prints the items of a module.
pub struct Items<'a> {
    source: &'a Source<'a>,
    printer: Printer<'a>,
}

/// Comments over an item.
type Noted<'a> = (Vec<&'a str>, &'a Item);

/// Registers that share clock, reset and enable.
struct Group<'a> {
    notes: Vec<&'a str>,
    reset: Option<(Reset, String)>,
    enable: Option<String>,
    gated: bool,
    registers: Vec<&'a Register>,
}

impl<'a> Items<'a> {
    pub fn new(source: &'a Source<'a>, totals: &'a Totals) -> Self {
        let printer = Printer {
            body: source.body,
            totals,
        };
        Self { source, printer }
    }

    fn net(&self, id: usize) -> &NetDecl {
        &self.source.body.nets[id]
    }

    fn place(&self, p: &Place) -> String {
        place(self.source.body, p)
    }

    /// The items of one scope.
    pub fn scope(&self, items: &'a [Item], indent: usize, text: &mut Text) {
        let mut noted: Vec<Noted> = Vec::new();
        let mut notes = Vec::new();
        for item in items {
            match item {
                Item::Note(note) => notes.push(note.as_str()),
                item => noted.push((std::mem::take(&mut notes), item)),
            }
        }
        self.logic(&noted, indent, text);
        self.registers(&noted, indent, text);
        for (notes, item) in &noted {
            match item {
                Item::Instance(child, _, pins, parameters) => {
                    self.notes(notes, indent, text);
                    self.instance(*child, pins, parameters, indent, text);
                }
                Item::Loop(index, from, to, items) => {
                    self.notes(notes, indent, text);
                    self.repeated(index, from, to, items, indent, text);
                }
                _ => {}
            }
        }
    }

    fn notes(&self, notes: &[&str], indent: usize, text: &mut Text) {
        text.blank();
        for note in notes {
            text.line(indent, format!("// {note}"));
        }
    }

    /// Wires, assignments, processes.
    fn logic(&self, noted: &[Noted], indent: usize, text: &mut Text) {
        // What makes one paragraph: its kind, and its lines.
        let mut paragraph: (u8, Vec<(String, String)>) = (0, Vec::new());
        for (notes, item) in noted {
            let (kind, line, doc) = match item {
                Item::Wire(net, Some(value)) => {
                    let net = self.net(*net);
                    let range = super::print_expr::range(&net.bits());
                    let value = self.printer.expr(value);
                    let signed = if net.signed { "signed " } else { "" };
                    let line = format!("wire {signed}{range}{} = {value};", net.name);
                    (1, line, net.doc.clone())
                }
                Item::Wire(net, None) if indent > 1 => {
                    let net = self.net(*net);
                    let range = super::print_expr::range(&net.bits());
                    (1, format!("wire {range}{};", net.name), net.doc.clone())
                }
                Item::Assign(to, value) => {
                    let value = self.printer.expr(value);
                    (
                        2,
                        format!("assign {} = {value};", self.place(to)),
                        String::new(),
                    )
                }
                Item::Unpack(to, value) => {
                    let value = self.printer.expr(value);
                    (
                        2,
                        format!("assign {} = {value};", self.side_by_side(to)),
                        String::new(),
                    )
                }
                Item::Process(body) => {
                    text.table(indent, &std::mem::take(&mut paragraph).1);
                    self.notes(notes, indent, text);
                    text.line(indent, "always @(*) begin");
                    self.statements(body, indent + 1, text);
                    text.line(indent, "end");
                    continue;
                }
                _ => continue,
            };
            if kind != paragraph.0 || !notes.is_empty() {
                text.table(
                    indent,
                    &std::mem::replace(&mut paragraph, (kind, Vec::new())).1,
                );
                self.notes(notes, indent, text);
            }
            paragraph.1.push((line, doc));
        }
        text.table(indent, &paragraph.1);
    }

    fn side_by_side(&self, places: &[Place]) -> String {
        let places: Vec<_> = places.iter().map(|p| self.place(p)).collect();
        match &places[..] {
            [one] => one.clone(),
            many => format!("{{{}}}", many.join(", ")),
        }
    }

    fn statements(&self, block: &[Stmt], indent: usize, text: &mut Text) {
        for statement in block {
            match statement {
                Stmt::Comment(comment) => text.line(indent, format!("// {comment}")),
                Stmt::Assign(to, value) => {
                    let value = self.printer.expr(value);
                    text.line(indent, format!("{} = {value};", self.place(to)));
                }
                Stmt::If(..) => self.conditional(statement, "", indent, text),
                Stmt::Case(test, cases, otherwise) => {
                    text.line(indent, format!("case ({})", self.printer.expr(test)));
                    for (value, block) in cases {
                        let value = number(*value, &test.bits());
                        text.line(indent + 1, format!("{value}: begin"));
                        self.statements(block, indent + 2, text);
                        text.line(indent + 1, "end");
                    }
                    text.line(indent + 1, "default: begin");
                    self.statements(otherwise, indent + 2, text);
                    text.line(indent + 1, "end");
                    text.line(indent, "endcase");
                }
            }
        }
    }

    fn conditional(&self, statement: &Stmt, before: &str, indent: usize, text: &mut Text) {
        let Stmt::If(test, then, otherwise) = statement else {
            return;
        };
        let test = self.printer.expr(test);
        text.line(indent, format!("{before}if ({test}) begin"));
        self.statements(then, indent + 1, text);
        match &otherwise[..] {
            [] => text.line(indent, "end"),
            [inner @ Stmt::If(..)] => self.conditional(inner, "end else ", indent, text),
            block => {
                text.line(indent, "end else begin");
                self.statements(block, indent + 1, text);
                text.line(indent, "end");
            }
        }
    }

    /// Registers, those that share clock, reset and enable in one process.
    fn registers(&self, noted: &[Noted<'a>], indent: usize, text: &mut Text) {
        let mut groups: Vec<Group<'a>> = Vec::new();
        for (notes, item) in noted {
            let Item::Register(register) = item else {
                continue;
            };
            let enable = match is_always(&register.enable) {
                true => None,
                false => Some(self.printer.expr(&register.enable)),
            };
            let reset = match register.style.reset {
                Reset::None => None,
                kind => Some((kind, self.reset_n(register))),
            };
            let gated = register.style.gated;
            let same = |group: &&mut Group| {
                group.enable == enable && group.reset == reset && group.gated == gated
            };
            match groups.iter_mut().find(same) {
                Some(group) => {
                    group.registers.push(register);
                    let new = notes.iter().filter(|note| !group.notes.contains(note));
                    let new: Vec<_> = new.copied().collect();
                    group.notes.extend(new);
                }
                None => groups.push(Group {
                    notes: notes.clone(),
                    reset,
                    enable,
                    gated,
                    registers: vec![register],
                }),
            }
        }
        let mut gates = 0;
        for group in &groups {
            if group.gated {
                gates += 1;
                self.gate(group, gates, indent, text);
            }
            self.notes(&group.notes, indent, text);
            self.process(group, gates, indent, text);
        }
    }

    /// What resets `register`, active low.
    fn reset_n(&self, register: &Register) -> String {
        match &register.reset_n {
            Some(reset_n) => self.printer.expr(reset_n),
            None => "rst_ni".to_owned(),
        }
    }

    fn gate(&self, group: &Group, number: usize, indent: usize, text: &mut Text) {
        let enable = group.enable.clone().unwrap_or_else(|| "1'b1".to_owned());
        let enable = match &group.reset {
            // A synchronous reset needs a clock.
            Some((Reset::Sync, reset_n)) => format!("({enable}) | !{reset_n}"),
            _ => enable,
        };
        text.blank();
        text.line(indent, "// The clock of the registers that follow.");
        text.line(indent, format!("wire clk_{number};"));
        text.line(
            indent,
            format!("{} u_gate{number} (", self.source.clock_gate),
        );
        text.line(indent + 1, ".clk_i    (clk_i),");
        text.line(indent + 1, format!(".en_i     ({enable}),"));
        text.line(indent + 1, ".test_en_i(test_en_i),");
        text.line(indent + 1, format!(".clk_o    (clk_{number})"));
        text.line(indent, ");");
    }

    fn process(&self, group: &Group, gate: usize, indent: usize, text: &mut Text) {
        let clock = match group.gated {
            true => format!("clk_{gate}"),
            false => "clk_i".to_owned(),
        };
        let edge = match &group.reset {
            Some((Reset::Async, reset_n)) => format!(" or negedge {reset_n}"),
            _ => String::new(),
        };
        let enable = match group.gated {
            true => None,
            false => group.enable.as_ref(),
        };
        text.line(indent, format!("always @(posedge {clock}{edge}) begin"));
        let take = |indent: usize, text: &mut Text| {
            for register in &group.registers {
                let value = self.printer.expr(&register.value);
                text.line(indent, format!("{} <= {value};", self.place(&register.q)));
            }
        };
        let condition = enable.map(|enable| format!("if ({enable}) "));
        match (&group.reset, condition) {
            (Some((_, reset_n)), condition) => {
                text.line(indent + 1, format!("if (!{reset_n}) begin"));
                for register in &group.registers {
                    let value = reset_value(register);
                    text.line(
                        indent + 2,
                        format!("{} <= {value};", self.place(&register.q)),
                    );
                }
                let condition = condition.unwrap_or_default();
                text.line(indent + 1, format!("end else {condition}begin"));
                take(indent + 2, text);
                text.line(indent + 1, "end");
            }
            (None, Some(condition)) => {
                text.line(indent + 1, format!("{condition}begin"));
                take(indent + 2, text);
                text.line(indent + 1, "end");
            }
            (None, None) => take(indent + 1, text),
        }
        text.line(indent, "end");
    }

    fn repeated(
        &self,
        index: &str,
        from: &Size,
        to: &Size,
        items: &'a [Item],
        indent: usize,
        text: &mut Text,
    ) {
        let child = items.iter().find_map(|item| match item {
            Item::Instance(child, ..) => Some(self.source.body.children[*child].name.as_str()),
            _ => None,
        });
        let label = child.unwrap_or(index);
        text.line(indent, format!("genvar {index};"));
        text.line(indent, "generate");
        let head = format!("for ({index} = {from}; {index} < {to}; {index} = {index} + 1)");
        text.line(indent + 1, format!("{head} begin: g_{label}"));
        let mut inner = Text::default();
        self.scope(items, indent + 2, &mut inner);
        text.append(inner);
        text.line(indent + 1, "end");
        text.line(indent, "endgenerate");
    }

    fn instance(
        &self,
        child: usize,
        pins: &[Pin],
        parameters: &[(&'static str, Size)],
        indent: usize,
        text: &mut Text,
    ) {
        let (decl, known) = (
            &self.source.body.children[child],
            &self.source.children[child],
        );
        if !decl.doc.is_empty() {
            text.line(indent, format!("// {}.", capital(&decl.doc)));
        }
        let passed = self.passed(known, parameters);
        let head = format!("{} {passed}u_{} (", known.name, decl.name);
        text.line(indent, head);
        let shown: Vec<_> = decl
            .ports
            .iter()
            .zip(pins)
            .map(|(port, pin)| (port.name.as_str(), self.pin(pin)))
            .collect();
        let width = shown.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (index, (name, pin)) in shown.iter().enumerate() {
            let comma = if index + 1 == shown.len() { "" } else { "," };
            text.line(indent + 1, format!(".{name:width$}({pin}){comma}"));
        }
        text.line(indent, ");");
    }

    fn pin(&self, pin: &Pin) -> String {
        match pin {
            Pin::Input(value) => self.printer.expr(value),
            Pin::Output(to) => self.side_by_side(to),
            Pin::Open => String::new(),
        }
    }

    fn passed(&self, known: &Known, parameters: &[(&'static str, Size)]) -> String {
        let own = self.source.parameters;
        let passed: Vec<_> = known
            .parameters
            .iter()
            .filter_map(|parameter| {
                let name = parameter.name;
                let given = parameters.iter().find(|(known, _)| *known == name);
                let value = match given {
                    Some((_, value)) => value.to_string(),
                    None if own.iter().any(|known| known.name == name) => name.to_owned(),
                    None => return None,
                };
                Some(format!(".{name}({value})"))
            })
            .collect();
        match passed.is_empty() {
            true => String::new(),
            false => format!("#({}) ", passed.join(", ")),
        }
    }

    /// What nothing reads, for linters.
    pub fn unused(&self, text: &mut Text) {
        let unused = super::unread::of(self.source.body);
        if unused.is_empty() {
            return;
        }
        let unused: Vec<_> = unused.iter().map(|p| self.place(p)).collect();
        text.blank();
        text.line(1, "// What nothing here reads.");
        text.line(
            1,
            format!("wire unused = &{{1'b0, {}}};", unused.join(", ")),
        );
    }
}

fn reset_value(register: &Register) -> String {
    let bits = &register.q.bits;
    match (register.preload, bits.known()) {
        (Some(low), Some(bits)) => format!("PRELOAD[{}:{low}]", low + bits - 1),
        _ => number(0, bits),
    }
}

/// With a capital letter in front.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
