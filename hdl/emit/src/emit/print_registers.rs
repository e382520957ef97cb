//! Registers as text: those that share clock, reset and enable in one process, each below what is
//! said of it.

use super::print_expr::number;
use super::print_items::Items;
use super::text::Text;
use crate::describe::{is_always, Expr, Item, Register, Reset};
use std::collections::HashMap;

/// An item and what is said of it.
pub struct Noted<'a> {
    /// Comments above it.
    pub notes: Vec<&'a str>,
    /// Which register's comments are its own too, if it is one.
    section: Option<usize>,
    pub item: &'a Item,
}

/// Registers that share clock, reset and enable.
struct Group<'a> {
    reset: Option<(Reset, String)>,
    enable: Option<String>,
    gated: bool,
    /// Comments and the registers that they are of.
    sections: Vec<Section<'a>>,
}

struct Section<'a> {
    id: Option<usize>,
    notes: Vec<&'a str>,
    registers: Vec<&'a Register>,
}

impl<'a> Group<'a> {
    /// Registers without a comment come first, so that each comment has its own below it.
    fn take(&mut self, noted: &Noted<'a>, register: &'a Register, said: bool) {
        let id = noted.section.filter(|_| said);
        if let Some(section) = self.sections.iter_mut().find(|section| section.id == id) {
            section.registers.push(register);
            return;
        }
        let section = Section {
            id,
            notes: noted.notes.clone(),
            registers: vec![register],
        };
        match id {
            None => self.sections.insert(0, section),
            Some(_) => self.sections.push(section),
        }
    }

    fn registers(&self) -> impl Iterator<Item = &'a Register> + '_ {
        let sections = self.sections.iter();
        sections.flat_map(|section| section.registers.iter().copied())
    }

    /// The comments of all its registers, if these are the same.
    fn notes(&self) -> &[&'a str] {
        match &self.sections[..] {
            [only] => &only.notes,
            _ => &[],
        }
    }
}

/// Items and their comments. One above wires that lead to a register is the register's, and that of
/// the registers behind it.
pub fn noted(items: &[Item]) -> Vec<Noted<'_>> {
    let (mut noted, mut notes): (Vec<Noted>, Vec<&str>) = (Vec::new(), Vec::new());
    let (mut section, mut sections) = (None, 0);
    for (at, item) in items.iter().enumerate() {
        let mut own = Vec::new();
        match item {
            Item::Note(note) => {
                notes.push(note.as_str());
                continue;
            }
            Item::Wire(..) => {
                let behind = items[at..].iter();
                let behind = behind.skip_while(|item| matches!(item, Item::Wire(..)));
                if !matches!(behind.peekable().peek(), Some(Item::Register(_))) {
                    own = std::mem::take(&mut notes);
                }
                if !own.is_empty() {
                    section = None;
                }
            }
            Item::Register(_) => {
                own = std::mem::take(&mut notes);
                if !own.is_empty() {
                    section = Some(sections);
                    sections += 1;
                }
            }
            _ => {
                own = std::mem::take(&mut notes);
                section = None;
            }
        }
        noted.push(Noted {
            notes: own,
            section,
            item,
        });
    }
    noted
}

impl<'a> Items<'a> {
    /// Registers, those that share clock, reset and enable in one process.
    pub(super) fn registers(&self, noted: &[Noted<'a>], indent: usize, text: &mut Text) {
        let mut groups: Vec<Group<'a>> = Vec::new();
        // The sections of which the comments stand in a process: its other registers go without.
        let mut said: HashMap<usize, usize> = HashMap::new();
        for noted in noted {
            let Item::Register(register) = noted.item else {
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
            let same = |group: &Group| {
                group.enable == enable && group.reset == reset && group.gated == gated
            };
            let at = groups.iter().position(same).unwrap_or_else(|| {
                groups.push(Group {
                    reset,
                    enable,
                    gated,
                    sections: Vec::new(),
                });
                groups.len() - 1
            });
            let here = noted
                .section
                .is_some_and(|section| *said.entry(section).or_insert(at) == at);
            groups[at].take(noted, register, here);
        }
        let mut clocks: Vec<String> = Vec::new();
        for group in &groups {
            let clock = match group.gated {
                true => self.gate(group, &mut clocks, indent, text),
                false => "clk_i".to_owned(),
            };
            self.notes(group.notes(), indent, text);
            self.process(group, &clock, indent, text);
        }
    }

    /// What resets `register`, active low.
    fn reset_n(&self, register: &Register) -> String {
        match &register.reset_n {
            Some(reset_n) => self.printer.expr(reset_n),
            None => "rst_ni".to_owned(),
        }
    }

    /// Makes the clock of `group`, whose name it returns: that of the first register.
    fn gate(
        &self,
        group: &Group,
        clocks: &mut Vec<String>,
        indent: usize,
        text: &mut Text,
    ) -> String {
        let first = group
            .registers()
            .next()
            .map(|register| self.place(&register.q));
        let first = first.unwrap_or_default();
        let first = first.split('[').next().unwrap_or_default();
        let stem = first.strip_suffix("_q").unwrap_or(first);
        // Parts of one register may have a clock each.
        let numbered = (2..).map(|number| format!("{stem}{number}"));
        let mut stems = std::iter::once(stem.to_owned()).chain(numbered);
        let stem = stems
            .find(|stem| !clocks.contains(stem))
            .unwrap_or_default();
        clocks.push(stem.clone());
        let enable = group.enable.clone().unwrap_or_else(|| "1'b1".to_owned());
        let enable = match &group.reset {
            // A synchronous reset needs a clock.
            Some((Reset::Sync, reset_n)) => format!("({enable}) | !{reset_n}"),
            _ => enable,
        };
        let clock = format!("{stem}_clk");
        text.blank();
        text.line(indent, "// The clock of the registers that follow.");
        text.line(indent, format!("wire {clock};"));
        text.line(
            indent,
            format!("{} u_{stem}_gate (", self.source.clock_gate),
        );
        text.line(indent + 1, ".clk_i    (clk_i),");
        text.line(indent + 1, format!(".en_i     ({enable}),"));
        text.line(indent + 1, ".test_en_i(test_en_i),");
        text.line(indent + 1, format!(".clk_o    ({clock})"));
        text.line(indent, ");");
        clock
    }

    /// A register takes its value; where that is its own, it holds.
    fn take(&self, register: &Register, indent: usize, text: &mut Text) {
        let (q, held) = (self.place(&register.q), Expr::Place(register.q.clone()));
        let line = match &register.value {
            Expr::Select(test, value, other) if **other == held => {
                let (test, value) = (self.printer.expr(test), self.printer.expr(value));
                format!("if ({test}) {q} <= {value};")
            }
            value => format!("{q} <= {};", self.printer.expr(value)),
        };
        text.line(indent, line);
    }

    fn process(&self, group: &Group, clock: &str, indent: usize, text: &mut Text) {
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
            for section in &group.sections {
                if group.sections.len() > 1 {
                    for note in &section.notes {
                        text.line(indent, format!("// {note}"));
                    }
                }
                for register in &section.registers {
                    self.take(register, indent, text);
                }
            }
        };
        let condition = enable.map(|enable| format!("if ({enable}) "));
        match (&group.reset, condition) {
            (Some((_, reset_n)), condition) => {
                text.line(indent + 1, format!("if (!{reset_n}) begin"));
                for register in group.registers() {
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
}

fn reset_value(register: &Register) -> String {
    let bits = &register.q.bits;
    match (register.preload, bits.known()) {
        (Some((of, low)), Some(bits)) => format!("{}[{}:{low}]", of.name, low + bits - 1),
        _ => number(0, bits),
    }
}
