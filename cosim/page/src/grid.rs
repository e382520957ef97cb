//! Rows of one kind, each with keys and an object: the columns that tell most in tables of their own, all other fields
//! in a table that is folded away, so that none is lost.

use crate::flat::leaves;
use crate::table::{facts, table, Cell, Column, Row};
use heddle_files::shown;
use maud::{html, Markup};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// A row and where it stands.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The anchor.
    pub id: String,
    /// One for each key of the grid.
    pub keys: Vec<Cell>,
    leaves: Vec<(String, Value)>,
    places: HashMap<String, usize>,
}

impl Entry {
    /// Of an object.
    pub fn new(id: String, keys: Vec<Cell>, object: &Value) -> Self {
        let leaves = leaves(object);
        let places = leaves
            .iter()
            .enumerate()
            .map(|(at, (path, _))| (path.clone(), at))
            .collect();
        Self {
            id,
            keys,
            leaves,
            places,
        }
    }

    fn get(&self, path: &str) -> Option<&Value> {
        self.places.get(path).map(|at| &self.leaves[*at].1)
    }
}

/// A table that is shown: its caption and the fields in it.
pub type View<'a> = (&'a str, &'a [&'a str]);

/// Rows of one kind.
#[derive(Clone, Debug, Default)]
pub struct Grid<'a> {
    /// What the keys are called.
    pub keys: &'a [&'a str],
    /// The rows.
    pub entries: Vec<Entry>,
    /// Fields that are shown elsewhere, and those below them.
    pub elsewhere: &'a [&'a str],
}

impl Grid<'_> {
    /// Tables of `views`, then what they leave out. A column that no row has is left out; the first table's rows can
    /// be linked to.
    pub fn render(&self, views: &[View<'_>]) -> Markup {
        if self.entries.is_empty() {
            return html! {};
        }
        let mut seen = BTreeSet::new();
        let mut first = true;
        let tables: Vec<Markup> = views
            .iter()
            .filter_map(|(caption, fields)| {
                let fields: Vec<&str> = fields
                    .iter()
                    .copied()
                    .filter(|field| self.has(field))
                    .collect();
                if fields.is_empty() && !first {
                    return None;
                }
                seen.extend(fields.iter().map(|field| (*field).to_owned()));
                let table = self.view(caption, &fields, std::mem::take(&mut first));
                Some(table)
            })
            .collect();
        html! {
            @for table in &tables { (table) }
            (self.others(&seen))
        }
    }

    fn has(&self, field: &str) -> bool {
        let told = |entry: &Entry| entry.get(field).is_some_and(|value| !value.is_null());
        self.entries.iter().any(told)
    }

    fn view(&self, caption: &str, fields: &[&str], anchors: bool) -> Markup {
        let keys = self.keys.iter().map(|key| Column::named(key, key));
        let columns: Vec<_> = keys
            .chain(fields.iter().map(|field| Column::field(field)))
            .collect();
        let rows: Vec<_> = self
            .entries
            .iter()
            .map(|entry| Row {
                id: anchors.then(|| entry.id.clone()),
                cells: entry
                    .keys
                    .iter()
                    .cloned()
                    .chain(fields.iter().map(|field| cell(entry.get(field))))
                    .collect(),
            })
            .collect();
        table(caption, &columns, &rows)
    }

    /// Fields that no view has: what is the same in all rows once, the others as a table.
    fn others(&self, seen: &BTreeSet<String>) -> Markup {
        let mut fields: Vec<&str> = Vec::new();
        let mut known = BTreeSet::new();
        for entry in &self.entries {
            for (path, _) in &entry.leaves {
                let elsewhere = self.elsewhere.iter().any(|of| {
                    let below = path.strip_prefix(of);
                    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                });
                if !elsewhere && !seen.contains(path) && known.insert(path) {
                    fields.push(path);
                }
            }
        }
        let first = &self.entries[0];
        let same = |field: &&str| {
            let value = first.get(field);
            value.is_some() && self.entries.iter().all(|entry| entry.get(field) == value)
        };
        let (same, other): (Vec<&str>, Vec<&str>) = fields.into_iter().partition(same);
        if same.is_empty() && other.is_empty() {
            return html! {};
        }
        let same: Vec<_> = same
            .into_iter()
            .filter_map(|field| Some((field.to_owned(), first.get(field)?.clone())))
            .collect();
        let count = same.len() + other.len();
        html! {
            details {
                summary { "Other fields of these rows (" (count) ")" }
                @if !same.is_empty() {
                    @if self.entries.len() > 1 { p.note { "In all rows:" } }
                    (facts(&same))
                }
                @if !other.is_empty() { (self.view("Other fields", &other, false)) }
            }
        }
    }
}

fn cell(value: Option<&Value>) -> Cell {
    value.map_or(Cell::None, |value| Cell::Value(value.clone()))
}

/// Any value that no section knows: as facts, as a table of what is alike, or as a list.
pub fn generic(name: &str, value: &Value, anchor: &str) -> Markup {
    let title = crate::label::of(name).text;
    let alike = |values: &[(String, &Value)], key: &str| {
        let entries = values.iter().enumerate().map(|(at, (name, value))| {
            Entry::new(
                format!("{anchor}-{at}"),
                vec![Cell::text(name.clone())],
                value,
            )
        });
        let grid = Grid {
            keys: &[key],
            entries: entries.collect(),
            elsewhere: &[],
        };
        let mut fields = Vec::new();
        for entry in &grid.entries {
            for (path, _) in &entry.leaves {
                if !fields.contains(&path.as_str()) {
                    fields.push(path.as_str());
                }
            }
        }
        grid.render(&[(&title, &fields)])
    };
    match value {
        Value::Object(of) if of.len() > 1 && of.values().all(Value::is_object) => {
            let values: Vec<_> = of.iter().map(|(name, of)| (name.clone(), of)).collect();
            alike(&values, "name")
        }
        Value::Object(of)
            if of.values().any(|value| {
                value
                    .as_array()
                    .is_some_and(|of| of.iter().any(Value::is_object))
            }) =>
        {
            html! { @for (field, value) in of { (generic(&format!("{name}.{field}"), value, &format!("{anchor}-{}", slug(field)))) } }
        }
        Value::Array(of) if !of.is_empty() && of.iter().all(Value::is_object) => {
            let values: Vec<_> = of
                .iter()
                .enumerate()
                .map(|(at, value)| (at.to_string(), value))
                .collect();
            alike(&values, "number")
        }
        Value::Object(_) => html! { h4 { (shown(&title)) } (facts(&leaves(value))) },
        other => {
            let wrapped = Value::Object([(name.to_owned(), other.clone())].into_iter().collect());
            facts(&leaves(&wrapped))
        }
    }
}

/// A name as a part of an anchor.
pub fn slug(name: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    name.chars().map(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_field_stands_in_a_view_or_below_it() {
        let entries = [
            json!({ "x": 1, "y": { "z": 2 }, "s": "t", "w": 9 }),
            json!({ "x": 3, "s": "t", "u": 4 }),
        ]
        .iter()
        .enumerate()
        .map(|(at, value)| Entry::new(format!("r{at}"), vec![Cell::text(format!("k{at}"))], value))
        .collect();
        let grid = Grid {
            keys: &["key"],
            entries,
            elsewhere: &["w"],
        };
        let text = grid.render(&[("C", &["x", "none"])]).into_string();
        assert!(
            text.contains(r#"<tr id="r0">"#) && text.contains(">k1<"),
            "{text}"
        );
        let (view, others) = text.split_once("<details>").unwrap();
        assert!(view.contains(r#"title="x""#) && !view.contains("none"));
        assert!(
            others.contains("Other fields of these rows (3)"),
            "{others}"
        );
        assert!(others.contains(r#"title="y.z""#) && others.contains(r#"title="u""#));
        assert!(!text.contains(r#"title="w""#));
    }

    #[test]
    fn what_is_unknown_is_shown_by_its_form() {
        let text = |value: Value| generic("things", &value, "a").into_string();
        assert!(text(json!([{ "x": 1 }, { "x": 2 }])).contains("<table"));
        assert!(text(json!({ "m": { "x": 1 }, "n": { "x": 2 } })).contains("<table"));
        assert!(text(json!({ "m": 1 })).contains("<dl"));
        assert!(text(json!([1, 2])).contains("1, 2"));
        assert!(text(json!({ "q": [{ "deep": 5 }] })).contains("deep"));
    }
}
