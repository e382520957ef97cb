//! What a module does, as text: wires and assignments, then registers, then instances.

use super::print::{Known, Source};
use super::print_expr::{place, Printer, Totals};
use super::print_registers::{noted, Noted};
use super::text::Text;
use crate::describe::{block_name, Item, NetDecl, Parameter, Pin, Place, Size};

/// Prints the items of a module.
pub struct Items<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) printer: Printer<'a>,
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

    pub(super) fn place(&self, p: &Place) -> String {
        place(self.source.body, p)
    }

    /// The items of one scope.
    pub fn scope(&self, items: &'a [Item], indent: usize, text: &mut Text) {
        let noted = noted(items);
        self.logic(&noted, indent, text);
        self.registers(&noted, indent, text);
        // In the order of the fields, whatever a configuration connects first.
        let mut inside: Vec<_> = noted
            .iter()
            .filter_map(|noted| Some((first_child(noted.item)?, noted)))
            .collect();
        inside.sort_by_key(|(child, _)| *child);
        let mut counted: Vec<&str> = Vec::new();
        for (_, Noted { notes, item, .. }) in inside {
            self.notes(notes, indent, text);
            match item {
                Item::Instance(child, _, pins, parameters) => {
                    self.instance(*child, pins, parameters, indent, text);
                }
                Item::Loop(index, from, to, inner) => {
                    let at = items.iter().position(|other| std::ptr::eq(other, *item));
                    let block = block_name(self.source.body, items, at.unwrap_or(0));
                    let index = index.name;
                    if !counted.contains(&index) {
                        counted.push(index);
                        text.line(indent, format!("genvar {index};"));
                    }
                    self.repeated(&block, index, [from, to], inner, indent, text);
                }
                _ => {}
            }
        }
    }

    pub(super) fn notes(&self, notes: &[&str], indent: usize, text: &mut Text) {
        text.blank();
        for note in notes {
            text.line(indent, format!("// {note}"));
        }
    }

    /// Wires, assignments, processes.
    fn logic(&self, noted: &[Noted], indent: usize, text: &mut Text) {
        // What makes one paragraph: its kind, and its lines.
        let mut paragraph: (u8, Vec<(String, String)>) = (0, Vec::new());
        for Noted { notes, item, .. } in noted {
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

    fn repeated(
        &self,
        block: &str,
        index: &str,
        [from, to]: [&Size; 2],
        items: &'a [Item],
        indent: usize,
        text: &mut Text,
    ) {
        text.line(indent, "generate");
        let head = format!("for ({index} = {from}; {index} < {to}; {index} = {index} + 1)");
        text.line(indent + 1, format!("{head} begin: g_{block}"));
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

    /// What an instance is told of its parameters: what it is given, what it has in common with this
    /// module, and what has another value than in its text.
    fn passed(&self, known: &Known, parameters: &[(&'static str, Size)]) -> String {
        let (body, own) = (self.source.body, self.source.parameters);
        let of = |(parameter, value): (&Parameter, &usize)| {
            let name = parameter.name;
            if let Some((_, given)) = parameters.iter().find(|(known, _)| *known == name) {
                return Some(format!(".{name}({given})"));
            }
            let shares = parameter.bits.is_some() || body.shares(name, *value);
            match shares && own.iter().any(|known| known.name == name) {
                true => Some(format!(".{name}({name})")),
                false if *value == parameter.default => None,
                false => Some(format!(".{name}({value})")),
            }
        };
        let all = known.parameters.iter().zip(&known.values);
        let passed: Vec<_> = all.filter_map(of).collect();
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

/// The first child in it, by the order of fields; before all if there is none in a loop.
fn first_child(item: &Item) -> Option<Option<usize>> {
    match item {
        Item::Instance(child, ..) => Some(Some(*child)),
        Item::Loop(_, _, _, items) => Some(items.iter().filter_map(first_child).flatten().min()),
        _ => None,
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
