//! Tables that sort: numbers to the right, units in heads, the exact value of each number on hover.

use crate::label::{self, Label};
use crate::number;
use heddle_files::shown;
use maud::{html, Markup};
use serde_json::Value;

/// Most rows that a table shows; the page's data has all.
pub const MOST_ROWS: usize = 2000;

/// A table with more columns is printed smaller.
const WIDE: usize = 12;

/// Letters of a text that stays on one line.
const SHORT: usize = 26;

/// A column's head.
#[derive(Clone, Debug)]
pub struct Column {
    label: Label,
    /// The field, as reports call it.
    field: String,
}

impl Column {
    /// Of the field at a path below a row.
    pub fn field(path: &str) -> Self {
        Self {
            label: label::of(path),
            field: path.to_owned(),
        }
    }

    /// With words of its own for the field.
    pub fn named(path: &str, text: &str) -> Self {
        let mut column = Self::field(path);
        column.label.text = text.to_owned();
        column
    }
}

/// A row: an anchor to be linked to, and its values.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The anchor.
    pub id: Option<String>,
    /// One for each column.
    pub cells: Vec<Cell>,
}

/// What a cell shows.
#[derive(Clone, Debug, Default)]
pub enum Cell {
    /// Nothing, where a row lacks the field.
    #[default]
    None,
    /// A scalar of the report.
    Value(Value),
    /// Words that lead to an anchor of the page.
    Link(String, String),
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Value(Value::String(text.into()))
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Value(Value::Number(number)) => number.as_f64(),
            _ => None,
        }
    }
}

/// How the numbers of a column are shown.
struct Style<'a> {
    label: &'a Label,
    /// Whether it has numbers: then it goes to the right.
    numbers: bool,
    /// What they are multiplied by.
    factor: f64,
    unit: String,
    /// Counts have no digits after the point.
    decimals: Option<usize>,
    /// Numbers of very different sizes, each with the digits that tell something of it.
    mixed: bool,
}

impl<'a> Style<'a> {
    fn new<'c>(label: &'a Label, cells: impl Iterator<Item = &'c Cell> + Clone) -> Self {
        let numbers = cells.clone().filter_map(Cell::number);
        let largest = numbers.clone().map(f64::abs).fold(0.0, f64::max);
        let (step, prefix) = match label.prefixed {
            true => number::prefix(largest),
            false => (1.0, ""),
        };
        let factor = label.factor / step;
        let whole = cells.clone().all(|cell| match cell {
            Cell::Value(Value::Number(number)) => number::is_whole(number),
            _ => true,
        });
        let unit = match label.unit {
            "" => String::new(),
            unit => format!("{prefix}{unit}"),
        };
        let decimals = match (whole && factor == 1.0, &*unit) {
            (true, _) => Some(0),
            // a tenth of a percent, a hundredth of a speed-up
            (false, "%") => Some(1),
            (false, "\u{d7}") => Some(2),
            // half a cycle tells nothing of thousands
            _ if largest * factor >= 1e4 => Some(0),
            _ => {
                let own = numbers
                    .clone()
                    .map(|value| number::own_decimals(value * factor));
                let own = own.max().unwrap_or(0);
                number::decimals(largest * factor).map(|enough| enough.min(own))
            }
        };
        let other = |value: &f64| *value > 0.0;
        let smallest = numbers
            .clone()
            .map(f64::abs)
            .filter(other)
            .fold(largest, f64::min);
        Self {
            mixed: !whole && label.unit.is_empty() && smallest * 100.0 < largest,
            numbers: numbers.count() > 0,
            label,
            factor,
            unit,
            decimals,
        }
    }

    fn head(&self, field: &str) -> Markup {
        html! {
            th scope="col" class=[self.numbers.then_some("n")] title=(shown(field)) {
                (shown(&self.label.text))
                @if !self.unit.is_empty() { " " span.unit { (self.unit) } }
            }
        }
    }

    fn cell(&self, cell: &Cell) -> Markup {
        match cell {
            Cell::None | Cell::Value(Value::Null) => {
                html! { td class=[self.numbers.then_some("n")] { span.none { "\u{2013}" } } }
            }
            Cell::Value(Value::Number(number)) => {
                let value = number.as_f64().unwrap_or(f64::NAN);
                let fault = self.label.is_fault && value != 0.0;
                html! {
                    td.n.fault[fault] data-v=(number.to_string()) title=(number.to_string()) {
                        @if self.mixed { (number::plain(number)) } @else { (number::fixed(value * self.factor, self.decimals)) }
                    }
                }
            }
            Cell::Value(Value::Bool(yes)) => html! {
                td class=[self.numbers.then_some("n")] data-v=(u8::from(*yes)) { @if *yes { "yes" } @else { "no" } }
            },
            Cell::Value(Value::String(text)) => {
                let short = text.chars().count() <= SHORT;
                html! { td.short[short] { (shown(text)) } }
            }
            Cell::Value(other) => html! { td { (shown(&other.to_string())) } },
            Cell::Link(text, to) => html! { td { a href={ "#" (to) } { (shown(text)) } } },
        }
    }
}

/// A table with a caption; nothing where it has no rows.
pub fn table(caption: &str, columns: &[Column], rows: &[Row]) -> Markup {
    if rows.is_empty() || columns.is_empty() {
        return html! {};
    }
    let styles: Vec<_> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let cells = rows.iter().filter_map(move |row| row.cells.get(at));
            Style::new(&column.label, cells)
        })
        .collect();
    let missing = Cell::None;
    html! {
        div.table {
            table.sorts[rows.len() > 1].wide[columns.len() > WIDE] {
                caption { (shown(caption)) }
                thead { tr { @for (style, column) in styles.iter().zip(columns) { (style.head(&column.field)) } } }
                tbody {
                    @for row in rows.iter().take(MOST_ROWS) {
                        tr id=[row.id.as_deref()] {
                            @for (at, style) in styles.iter().enumerate() { (style.cell(row.cells.get(at).unwrap_or(&missing))) }
                        }
                    }
                }
            }
        }
        @if rows.len() > MOST_ROWS {
            p.note { "The first " (number::of(MOST_ROWS as f64)) " of " (number::of(rows.len() as f64)) " rows; all are in the data of this page." }
        }
    }
}

/// Names and values, one below the other: what does not compare.
pub fn facts(values: &[(String, Value)]) -> Markup {
    if values.is_empty() {
        return html! {};
    }
    html! {
        dl.facts {
            @for (path, value) in values {
                div { dt title=(shown(path)) { (fact_name(path)) } dd { (fact(path, value)) } }
            }
        }
    }
}

fn fact_name(path: &str) -> Markup {
    html! { (shown(&label::of(path).text)) }
}

fn fact(path: &str, value: &Value) -> Markup {
    let label = label::of(path);
    match value {
        Value::Null => html! { span.none { "\u{2013}" } },
        Value::Bool(true) => html! { "yes" },
        Value::Bool(false) => html! { "no" },
        Value::Number(number) => {
            let cell = Cell::Value(value.clone());
            let style = Style::new(&label, std::iter::once(&cell));
            let text = match label.factor == 1.0 && !label.prefixed {
                true => number::plain(number),
                false => {
                    let value = number.as_f64().unwrap_or(f64::NAN);
                    number::fixed(value * style.factor, style.decimals)
                }
            };
            html! { span title=(number.to_string()) { (text) } @if !style.unit.is_empty() { " " span.unit { (style.unit) } } }
        }
        Value::String(text) => html! { (shown(text)) },
        other => html! { (shown(&other.to_string())) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(field: &str, values: &[Value]) -> String {
        let rows: Vec<_> = values
            .iter()
            .map(|value| Row {
                id: None,
                cells: vec![Cell::Value(value.clone())],
            })
            .collect();
        table("c", &[Column::field(field)], &rows).into_string()
    }

    #[test]
    fn numbers_have_groups_units_and_their_exact_value() {
        let text = one("limit", &[json!(4621093.75), json!(2)]);
        assert!(
            text.contains(r#"limit <span class="unit">cycles</span>"#),
            "{text}"
        );
        assert!(
            text.contains(r#"title="4621093.75">4,621,094</td>"#),
            "{text}"
        );
        let text = one("utilisation", &[json!(0.98630)]);
        assert!(text.contains(">98.6</td>"), "{text}");
        let text = one("joule", &[json!(0.0000131), json!(0.000001)]);
        assert!(
            text.contains("<span class=\"unit\">\u{b5}J</span>"),
            "{text}"
        );
        assert!(text.contains(">13.1</td>"), "{text}");
    }

    #[test]
    fn sizes_that_differ_much_have_digits_of_their_own() {
        let text = one("median", &[json!(2708.251), json!(1.57389)]);
        assert!(
            text.contains(">2,708.3</td>") && text.contains(">1.5739</td>"),
            "{text}"
        );
    }

    #[test]
    fn faults_stand_out_and_text_is_escaped() {
        assert!(one("mismatches", &[json!(1)]).contains(r#"class="n fault""#));
        assert!(!one("mismatches", &[json!(0)]).contains("fault"));
        assert!(!one("cycles", &[json!(1)]).contains("fault"));
        let text = one("job", &[json!("<b>\u{202e}")]);
        assert!(text.contains(">&lt;b&gt;\\u{202e}</td>"), "{text}");
        let text = one("p", &[json!(0.3), json!(0.65)]);
        assert!(
            text.contains(">0.30</td>") && text.contains(">0.65</td>"),
            "{text}"
        );
    }

    #[test]
    fn what_is_not_there_is_a_dash_and_too_many_rows_are_told() {
        assert!(one("cycles", &[json!(null), json!(1)]).contains("\u{2013}"));
        let many = vec![json!(1); MOST_ROWS + 1];
        assert!(one("cycles", &many).contains("The first 2,000 of 2,001 rows"));
        assert_eq!(one("cycles", &[]), "");
    }
}
