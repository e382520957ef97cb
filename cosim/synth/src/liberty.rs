//! The little that the reports need of a Liberty file: areas, and which cells are registers.

use crate::error::unreadable;
use crate::SynthError;
use std::collections::BTreeMap;

/// A standard cell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// Its area in the file's unit, um2 by convention.
    pub area: f64,
    /// Whether it is a flip-flop or a latch.
    pub register: bool,
}

/// The cells of a Liberty file.
#[derive(Clone, Debug, PartialEq)]
pub struct Liberty {
    /// The library's name.
    pub name: String,
    /// Its cells.
    pub cells: BTreeMap<String, Cell>,
}

impl Liberty {
    /// Reads groups and attributes; values that it does not need it skips.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if the text is no library, is cut off or has no cells.
    pub fn parse(what: &str, text: &str) -> Result<Self, SynthError> {
        let mut liberty = Liberty {
            name: String::new(),
            cells: BTreeMap::new(),
        };
        // Groups that are open: their kinds. The cell is the second of them.
        let mut open: Vec<String> = Vec::new();
        let mut current = None;
        let mut statement = String::new();
        for symbol in symbols(text) {
            match symbol {
                '{' => {
                    let (kind, argument) = statement.split_once('(').unwrap_or((&statement, ""));
                    let kind = kind.trim().to_owned();
                    let argument = argument.trim_matches([')', '"', ' ']).to_owned();
                    match (open.len(), kind.as_str()) {
                        (0, "library") => liberty.name = argument,
                        (1, "cell") => {
                            liberty.cells.insert(argument.clone(), Cell::default());
                            current = Some(argument);
                        }
                        (2, "ff" | "latch" | "ff_bank" | "latch_bank") => {
                            if let Some(cell) = current
                                .as_ref()
                                .and_then(|name| liberty.cells.get_mut(name))
                            {
                                cell.register = true;
                            }
                        }
                        _ => {}
                    }
                    open.push(kind);
                    statement.clear();
                }
                '}' => {
                    open.pop()
                        .ok_or_else(|| unreadable(what, "it closes more groups than it opens"))?;
                    statement.clear();
                }
                ';' | '\n' => {
                    let cell = current
                        .as_ref()
                        .filter(|_| open.len() == 2 && open[1] == "cell");
                    if let (Some(name), Some((key, value))) = (cell, statement.split_once(':')) {
                        if key.trim() == "area" {
                            let value = value.trim().trim_matches('"');
                            let area = value.parse().map_err(|_| {
                                unreadable(what, format!("the area of {name} is '{value}'"))
                            })?;
                            liberty.cells.entry(name.clone()).or_default().area = area;
                        }
                    }
                    if symbol == ';' || statement.contains(':') {
                        statement.clear();
                    }
                }
                other => statement.push(other),
            }
        }
        if !open.is_empty() {
            return Err(unreadable(what, "it is cut off: a group is not closed"));
        }
        if liberty.cells.is_empty() {
            return Err(unreadable(what, "it holds no cells"));
        }
        Ok(liberty)
    }
}

/// The characters of a text without its comments and continued lines.
fn symbols(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || loop {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.find("*/").map_or("", |end| &comment[end + 2..]);
        } else if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.find('\n').map_or("", |end| &comment[end..]);
        } else if let Some(next) = rest.strip_prefix("\\\n") {
            rest = next;
        } else {
            let mut all = rest.chars();
            let symbol = all.next()?;
            rest = all.as_str();
            return Some(symbol);
        }
    })
}
