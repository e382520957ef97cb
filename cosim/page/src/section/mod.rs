//! What a page shows of a report, by its kind. Each section takes its fields out of the report; what is left at the end
//! is shown as it is.

mod bench;
mod cycles;
mod explore;
mod head;
mod parity;
mod policies;
mod power;
mod product;
mod roofline;
mod synth;
mod train;
mod wrong;

use crate::grid::{generic, slug};
use crate::report::{Kind, Report};
use crate::wave::Waveform;
use heddle_files::shown;
use maud::{html, Markup};
use serde_json::{Map, Value};

pub use head::{invocation, subject};

/// A report of which sections take their fields.
pub struct Part<'a> {
    /// All of it.
    pub report: &'a Report,
    /// What no section has taken yet.
    pub rest: Map<String, Value>,
    /// What the anchors of its rows begin with.
    pub anchor: &'a str,
}

impl Part<'_> {
    /// Takes a field; none where it is not there or null.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.rest.shift_remove(name).filter(|of| !of.is_null())
    }

    /// Takes a list.
    pub fn take_list(&mut self, name: &str) -> Vec<Value> {
        match self.take(name) {
            Some(Value::Array(values)) => values,
            Some(other) => {
                self.rest.insert(name.to_owned(), other);
                Vec::new()
            }
            None => Vec::new(),
        }
    }
}

/// A section with its title; nothing where it is empty.
pub fn section(title: &str, body: Markup) -> Markup {
    match body.0.is_empty() {
        true => body,
        false => html! { section { h3 { (shown(title)) } (body) } },
    }
}

/// All sections of a report below its verdict.
pub fn sections(report: &Report, anchor: &str, waveform: Option<&Waveform>) -> Markup {
    let mut part = Part {
        report,
        rest: report.fields().clone(),
        anchor,
    };
    let head = head::section(&mut part);
    let wrong = wrong::section(&mut part, waveform);
    let own = match report.kind() {
        Kind::Run | Kind::Cosim => policies::section(&mut part),
        Kind::Cycles if report.get("policies").is_some() => policies::section(&mut part),
        Kind::Cycles => product::section(&mut part),
        Kind::Explore => explore::section(&mut part),
        Kind::Synth => synth::section(&mut part),
        Kind::Power => power::section(&mut part),
        Kind::Parity => parity::section(&mut part),
        Kind::Bench => bench::section(&mut part),
        Kind::Train => train::section(&mut part.rest, anchor),
        Kind::Other => others(&mut part),
    };
    html! { (wrong) (head) (own) (left(&part)) }
}

/// Fields of a command without sections of its own: in full view.
fn others(part: &mut Part<'_>) -> Markup {
    let fields = std::mem::take(&mut part.rest);
    section("Fields", all(&fields, part.anchor))
}

fn all(fields: &Map<String, Value>, anchor: &str) -> Markup {
    let (scalars, nested): (Vec<_>, Vec<_>) = fields
        .iter()
        .partition(|(_, value)| crate::flat::is_scalar(value));
    let scalars: Vec<_> = scalars
        .into_iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    html! {
        (crate::table::facts(&scalars))
        @for (name, value) in nested { (generic(name, value, &format!("{anchor}-x-{}", slug(name)))) }
    }
}

/// What no section has taken.
fn left(part: &Part<'_>) -> Markup {
    if part.rest.is_empty() {
        return html! {};
    }
    html! {
        section {
            details {
                summary { "All other fields of the report (" (part.rest.len()) ")" }
                (all(&part.rest, part.anchor))
            }
        }
    }
}

/// The value of a field of an object as a number.
pub fn number(value: &Value, path: &str) -> Option<f64> {
    crate::flat::at(value, path)?.as_f64()
}

/// The value of a field of an object as text.
pub fn text<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    crate::flat::at(value, path)?.as_str()
}
