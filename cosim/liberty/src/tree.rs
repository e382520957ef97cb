//! The syntax of a Liberty file: groups and attributes, read and written.

use crate::error::bad;
use crate::token::{on_one_line, tokens, Token};
use crate::LibertyError;
use std::fmt::Write;

/// Groups within groups at most, and files that include files.
const DEPTH: usize = 64;

/// `kind(arguments) { items }`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// What it is, such as `cell`.
    pub kind: String,
    /// What stands in its parentheses, without quotes.
    pub arguments: Vec<String>,
    /// What stands in its braces, in order.
    pub items: Vec<Item>,
}

/// What a group holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `name : value;`, the value with its quotes.
    Simple(String, String),
    /// `name(values);`, the values with their quotes.
    Complex(String, Vec<String>),
    /// A group in the group.
    Group(Group),
}

/// Gives name and text of a file that another one includes.
pub(crate) type Include<'a> = &'a dyn Fn(&str) -> Result<(String, String), LibertyError>;

impl Group {
    /// A group of this kind with one argument and nothing in it.
    pub fn new(kind: &str, name: &str) -> Self {
        Self {
            kind: kind.into(),
            arguments: vec![name.into()],
            items: Vec::new(),
        }
    }

    /// Reads the groups that a file holds, which are libraries. `what` names it in errors.
    ///
    /// # Errors
    /// [`LibertyError::Bad`], with the line, if the text is no group or is cut off; those of
    /// `include`.
    pub(crate) fn parse(
        what: &str,
        text: &str,
        include: Include<'_>,
    ) -> Result<Vec<Self>, LibertyError> {
        let mut reader = Reader::new(what, text, include, 0);
        let mut groups = Vec::new();
        for item in reader.all()? {
            match item {
                Item::Group(group) => groups.push(group),
                Item::Simple(name, _) | Item::Complex(name, _) => {
                    return Err(bad(what, format!("'{name}' stands outside of a library")))
                }
            }
        }
        Ok(groups)
    }

    /// The groups of a kind, in order.
    pub fn groups<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Group> {
        self.items.iter().filter_map(move |item| match item {
            Item::Group(group) if group.kind == kind => Some(group),
            _ => None,
        })
    }

    /// The value of an attribute `name : value`, without quotes.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.items.iter().find_map(|item| match item {
            Item::Simple(key, value) if key == name => Some(unquoted(value)),
            _ => None,
        })
    }

    /// The values of an attribute `name(values)`, without quotes.
    pub fn values(&self, name: &str) -> Option<Vec<&str>> {
        self.items.iter().find_map(|item| match item {
            Item::Complex(key, values) if key == name => {
                Some(values.iter().map(|value| unquoted(value)).collect())
            }
            _ => None,
        })
    }

    /// The first argument, the name of a cell or pin; empty if there is none.
    pub fn name(&self) -> &str {
        self.arguments.first().map_or("", String::as_str)
    }

    /// Gives an attribute `name : value` this value, whether or not it has one.
    pub fn set(&mut self, name: &str, value: &str) {
        let known = self.items.iter_mut().find_map(|item| match item {
            Item::Simple(key, old) if key == name => Some(old),
            _ => None,
        });
        match known {
            Some(old) => value.clone_into(old),
            None => self.items.push(Item::Simple(name.into(), value.into())),
        }
    }

    /// Puts attributes ahead of groups, in all groups: some tools need to know them first.
    pub(crate) fn attributes_first(&mut self) {
        self.items
            .sort_by_key(|item| matches!(item, Item::Group(_)));
        for item in &mut self.items {
            if let Item::Group(group) = item {
                group.attributes_first();
            }
        }
    }

    /// Writes the group as Liberty.
    pub fn write(&self, out: &mut String) {
        self.write_at(out, 0);
    }

    fn write_at(&self, out: &mut String, depth: usize) {
        let pad = "  ".repeat(depth);
        let arguments: Vec<_> = self.arguments.iter().map(|text| argument(text)).collect();
        let _ = writeln!(out, "{pad}{} ({}) {{", self.kind, arguments.join(", "));
        for item in &self.items {
            match item {
                Item::Simple(name, value) => {
                    let _ = writeln!(out, "{pad}  {name} : {value};");
                }
                Item::Complex(name, values) => {
                    let _ = writeln!(out, "{pad}  {name} ({});", values.join(", "));
                }
                Item::Group(group) => group.write_at(out, depth + 1),
            }
        }
        let _ = writeln!(out, "{pad}}}");
    }
}

/// An argument of a group, in quotes where it needs them.
fn argument(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("\"{text}\""),
    }
}

/// A value without its quotes.
pub(crate) fn unquoted(text: &str) -> &str {
    text.trim_matches('"').trim()
}

struct Reader<'a> {
    what: &'a str,
    tokens: Vec<Token<'a>>,
    at: usize,
    include: Include<'a>,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn new(what: &'a str, text: &'a str, include: Include<'a>, depth: usize) -> Self {
        Self {
            what,
            tokens: tokens(text),
            at: 0,
            include,
            depth,
        }
    }

    fn bad(&self, problem: &str) -> LibertyError {
        let line = match self.tokens.get(self.at).or(self.tokens.last()) {
            Some(token) => format!("line {}: ", token.line),
            None => String::new(),
        };
        bad(self.what, format!("{line}{problem}"))
    }

    /// Whether the next token is the sign `sign`; if so, passes it.
    fn sign(&mut self, sign: &str) -> bool {
        let next = self.tokens.get(self.at);
        let found = next.is_some_and(|token| !token.quoted && token.text == sign);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self) -> Result<String, LibertyError> {
        match self.tokens.get(self.at) {
            Some(token) if !token.is_sign() => {
                self.at += 1;
                Ok(on_one_line(token))
            }
            Some(_) => Err(self.bad("a name or value was expected")),
            None => Err(self.bad("the file is cut off")),
        }
    }

    /// Everything up to the end.
    fn all(&mut self) -> Result<Vec<Item>, LibertyError> {
        let mut items = Vec::new();
        while self.at < self.tokens.len() {
            if !self.sign(";") {
                self.statement(&mut items)?;
            }
        }
        Ok(items)
    }

    fn statement(&mut self, items: &mut Vec<Item>) -> Result<(), LibertyError> {
        let name = self.word()?;
        if self.sign(":") {
            let value = self.value()?;
            items.push(Item::Simple(name, value));
            return Ok(());
        }
        if !self.sign("(") {
            return Err(self.bad(&format!("':' or '(' was expected after '{name}'")));
        }
        let mut arguments = Vec::new();
        while !self.sign(")") {
            // bits and units such as [3:0] or 1,pf need no signs of their own
            if !self.sign(",") && !self.sign(":") {
                arguments.push(self.word()?);
            }
        }
        if self.sign("{") {
            items.push(Item::Group(self.group(name, &arguments)?));
            return Ok(());
        }
        self.sign(";");
        match (name.as_str(), arguments.as_slice()) {
            ("include_file", [file]) => {
                self.deeper()?;
                let (what, text) = (self.include)(unquoted(file))?;
                let mut inner = Reader::new(&what, &text, self.include, self.depth);
                items.extend(inner.all()?);
                self.depth -= 1;
            }
            _ => items.push(Item::Complex(name, arguments)),
        }
        Ok(())
    }

    /// A group, behind its brace.
    fn group(&mut self, kind: String, arguments: &[String]) -> Result<Group, LibertyError> {
        self.deeper()?;
        let mut items = Vec::new();
        while !self.sign("}") {
            if !self.sign(";") {
                self.statement(&mut items)?;
            }
        }
        self.depth -= 1;
        // "IQ,IQN" are two
        let plain = arguments.iter().flat_map(|text| {
            let parts = unquoted(text).split(',');
            parts.map(|part| part.trim().to_owned())
        });
        Ok(Group {
            kind,
            arguments: plain.collect(),
            items,
        })
    }

    fn deeper(&mut self) -> Result<(), LibertyError> {
        self.depth += 1;
        match self.depth <= DEPTH {
            true => Ok(()),
            false => Err(self.bad(&format!(
                "groups and included files are more than {DEPTH} deep"
            ))),
        }
    }

    /// A value up to its semicolon, or, where that is missing, to the end of its line.
    fn value(&mut self) -> Result<String, LibertyError> {
        let mut value = self.word()?;
        let line = self.tokens[self.at - 1].statement;
        while !self.sign(";") {
            match self.tokens.get(self.at) {
                Some(token) if token.statement == line && (token.quoted || token.text != "}") => {
                    value.push(' ');
                    value.push_str(&on_one_line(token));
                    self.at += 1;
                }
                _ => break,
            }
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "/* by hand */ library(l) {\n  time_unit : \"1ns\";\n  area : 3 // no sign\n\
                        capacitive_load_unit (1,pf);\n  cell (A) { pin(\"Y[0]\") { function : \"(A B)\"; } }\n\
                        values ( \\\n \"1, 2\", \\\n \"3, 4\");\n  ff (\"IQ,IQN\") { }\n}\n";

    fn parse(text: &str) -> Result<Group, LibertyError> {
        let none = |file: &str| Err(bad(file, "there is none"));
        Ok(Group::parse("l", text, &none)?.remove(0))
    }

    #[test]
    fn groups_and_attributes_are_read_and_written_again() {
        let library = parse(TEXT).unwrap();
        assert_eq!(library.value("area"), Some("3"));
        assert_eq!(library.values("values").unwrap(), ["1, 2", "3, 4"]);
        assert_eq!(library.values("capacitive_load_unit").unwrap(), ["1", "pf"]);
        let cell = library.groups("cell").next().unwrap();
        let pin = cell.groups("pin").next().unwrap();
        assert_eq!(
            (cell.name(), pin.name(), pin.value("function")),
            ("A", "Y[0]", Some("(A B)"))
        );
        assert_eq!(
            library.groups("ff").next().unwrap().arguments,
            ["IQ", "IQN"]
        );
        let mut out = String::new();
        library.write(&mut out);
        assert_eq!(parse(&out).unwrap(), library);
        // the same in a file of another system
        assert_eq!(parse(&TEXT.replace('\n', "\r\n")).unwrap(), library);
    }

    #[test]
    fn attributes_over_several_lines_and_odd_texts() {
        let library = parse(
            "library(l) {\n  a :\n  3\n  ;\n  b : x \\\n + y ;\n  c : \"one \\\n    two\";\n  \
             d : \"say \\\"so\\\"\"; e (1 /* one */, 2 // two\n ); f : 0.5*VDD\n  g : \"a{b}\"\n}",
        )
        .unwrap();
        for (name, value) in [
            ("a", "3"),
            ("b", "x + y"),
            ("c", "one two"),
            ("d", "say 'so'"),
            ("f", "0.5*VDD"),
            ("g", "a{b}"),
        ] {
            assert_eq!(library.value(name), Some(value));
        }
        assert_eq!(library.values("e").unwrap(), ["1", "2"]);
    }

    #[test]
    fn what_is_cut_off_is_an_error_that_names_the_line() {
        for (text, problem) in [
            (&TEXT[..TEXT.len() - 3], "cut off"),
            ("library(l) {\n : 3;\n}", "line 2"),
            ("library(l) { } }", "a name or value was expected"),
            ("library(l) { } a : 1;", "outside of a library"),
            ("library(l) { include_file(x) }", "there is none"),
            ("library \"l { }", "':' or '('"),
            (&"a(b) {\n".repeat(100), "more than 64 deep"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
