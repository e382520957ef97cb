//! The syntax of a Liberty file: groups and attributes, read and written.

use heddle_synth::SynthError;
use std::fmt::Write;

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

impl Group {
    /// Reads the one group that a file holds, its library. `what` names it in errors.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`], with the line, if the text is no group or is cut off.
    pub fn parse(what: &str, text: &str) -> Result<Self, SynthError> {
        let mut reader = Reader {
            what,
            tokens: tokens(text),
            at: 0,
        };
        match reader.statement()? {
            Item::Group(group) => Ok(group),
            _ => Err(reader.bad("a group was expected")),
        }
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

    /// Writes the group as Liberty.
    pub fn write(&self, out: &mut String) {
        self.write_at(out, 0);
    }

    fn write_at(&self, out: &mut String, depth: usize) {
        let pad = "  ".repeat(depth);
        let _ = writeln!(out, "{pad}{} ({}) {{", self.kind, self.arguments.join(", "));
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

fn unquoted(text: &str) -> &str {
    text.trim_matches('"').trim()
}

/// A word, a quoted text or one of `(){}:;,`, and the line that it stands in.
struct Token<'a> {
    text: &'a str,
    quoted: bool,
    line: usize,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = text;
    while let Some(symbol) = rest.chars().next() {
        // what is passed over, and how much of it is the token
        let (skip, from, to) = if rest.starts_with("/*") {
            (rest.find("*/").map_or(rest.len(), |end| end + 2), 0, 0)
        } else if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), 0, 0)
        } else if symbol == '"' {
            let end = rest[1..].find('"').map_or(rest.len(), |end| end + 1);
            let end = (end + 1).min(rest.len());
            (end, 0, end)
        } else if symbol.is_whitespace() || symbol == '\\' {
            (symbol.len_utf8(), 0, 0)
        } else if "(){}:;,".contains(symbol) {
            (1, 0, 1)
        } else {
            let ends = |c: char| c.is_whitespace() || "(){}:;,\"\\".contains(c);
            let end = rest.find(ends).unwrap_or(rest.len());
            (end, 0, end)
        };
        if to > 0 {
            tokens.push(Token {
                text: &rest[from..to],
                quoted: symbol == '"',
                line,
            });
        }
        line += rest[..skip].matches('\n').count();
        rest = &rest[skip..];
    }
    tokens
}

struct Reader<'a> {
    what: &'a str,
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn bad(&self, problem: &str) -> SynthError {
        let line = match self.tokens.get(self.at).or(self.tokens.last()) {
            Some(token) => format!("line {}: ", token.line),
            None => String::new(),
        };
        SynthError::Unreadable {
            what: self.what.to_owned(),
            problem: format!("{line}{problem}"),
        }
    }

    /// Whether the next token is the sign `sign`; if so, passes it.
    fn sign(&mut self, sign: &str) -> bool {
        let found = self
            .tokens
            .get(self.at)
            .is_some_and(|token| !token.quoted && token.text == sign);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self) -> Result<&'a str, SynthError> {
        match self.tokens.get(self.at) {
            Some(token) if token.quoted || !"(){}:;,".contains(token.text) => {
                self.at += 1;
                Ok(token.text)
            }
            Some(_) => Err(self.bad("a name or value was expected")),
            None => Err(self.bad("the file is cut off")),
        }
    }

    fn statement(&mut self) -> Result<Item, SynthError> {
        let name = self.word()?.to_owned();
        if self.sign(":") {
            return Ok(Item::Simple(name, self.value()?));
        }
        if !self.sign("(") {
            return Err(self.bad(&format!("':' or '(' was expected after '{name}'")));
        }
        let mut arguments = Vec::new();
        while !self.sign(")") {
            // bits and units such as [3:0] or 1,pf need no signs of their own
            if !self.sign(",") && !self.sign(":") {
                arguments.push(self.word()?.to_owned());
            }
        }
        if !self.sign("{") {
            self.sign(";");
            return Ok(Item::Complex(name, arguments));
        }
        let mut items = Vec::new();
        while !self.sign("}") {
            if !self.sign(";") {
                items.push(self.statement()?);
            }
        }
        let plain = arguments.iter().map(|text| unquoted(text).to_owned());
        Ok(Item::Group(Group {
            kind: name,
            arguments: plain.collect(),
            items,
        }))
    }

    /// A value up to its semicolon, or, where that is missing, to the end of its line.
    fn value(&mut self) -> Result<String, SynthError> {
        let mut value = self.word()?.to_owned();
        let line = self.tokens[self.at - 1].line;
        while !self.sign(";") {
            match self.tokens.get(self.at) {
                Some(token) if token.line == line && (token.quoted || token.text != "}") => {
                    value.push(' ');
                    value.push_str(token.text);
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
                        capacitive_load_unit (1,pf);\n  cell (A) { pin(\"Y\") { function : \"(A B)\"; } }\n\
                        values ( \\\n \"1, 2\", \\\n \"3, 4\");\n}\n";

    #[test]
    fn groups_and_attributes_are_read_and_written_again() {
        let library = Group::parse("l", TEXT).unwrap();
        assert_eq!(library.value("area"), Some("3"));
        assert_eq!(library.values("values").unwrap(), ["1, 2", "3, 4"]);
        assert_eq!(library.values("capacitive_load_unit").unwrap(), ["1", "pf"]);
        let cell = library.groups("cell").next().unwrap();
        let pin = cell.groups("pin").next().unwrap();
        assert_eq!((cell.name(), pin.value("function")), ("A", Some("(A B)")));
        let mut out = String::new();
        library.write(&mut out);
        assert_eq!(Group::parse("again", &out).unwrap(), library);
    }

    #[test]
    fn what_is_cut_off_is_an_error_that_names_the_line() {
        let error = Group::parse("l", &TEXT[..TEXT.len() - 3]).unwrap_err();
        assert!(error.to_string().contains("cut off"), "{error}");
        let error = Group::parse("l", "library(l) {\n : 3;\n}").unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
