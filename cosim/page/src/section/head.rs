//! What was run: by which version, with which command, on what.

use super::{section as titled, Part};
use crate::flat::{leaves, take};
use crate::report::Report;
use crate::table::facts;
use heddle_files::shown;
use maud::{html, Markup};
use serde_json::Value;

/// Fields that tell what was run, in the order in which they are shown.
const ABOUT: [&str; 26] = [
    "target",
    "network",
    "phase",
    "policy",
    "m",
    "k",
    "n",
    "kept",
    "times",
    "steps",
    "seed",
    "latency",
    "disturbed",
    "simulated",
    "source",
    "jobs",
    "skipped",
    "part",
    "top",
    "clock_mhz",
    "library",
    "conditions",
    "liberty",
    "sites",
    "whole_step",
    "dropout",
];

/// What was run.
pub fn section(part: &mut Part<'_>) -> Markup {
    let report = part.report;
    take(&mut part.rest, &["schema_version", "program", "command"]);
    let engine_stands_twice = part.rest.get("engine") == report.get("array.engine");
    if engine_stands_twice && report.is_of_engine() {
        part.take("engine");
    }
    let array = part.take("array");
    let notes = part.take_list("notes");
    let about = Value::Object(take(&mut part.rest, &ABOUT));
    let program = |name: &str| report.text(&format!("program.{name}"));
    let mut wrote = vec![
        ("version".to_owned(), Value::from(program("version"))),
        ("commit".to_owned(), Value::from(program("commit"))),
    ];
    let tools = part.take("tools");
    if let Some(tools) = &tools {
        wrote.extend(leaves(tools));
    }
    let body = html! {
        pre.command { code { @match command(report) { Some(words) => (words), None => { "(the report does not tell its command)" } } } }
        (facts(&wrote))
        (facts(&leaves(&about)))
        @if let Some(array) = &array {
            details open { summary { "Array: " (shown(&subject(report))) } (facts(&leaves(array))) }
        }
        @if !notes.is_empty() {
            details { summary { "How to read the figures" } ul.notes { @for note in notes.iter().filter_map(Value::as_str) { li { (shown(note)) } } } }
        }
    };
    titled("What was run", body)
}

/// The command line as it can be typed; none where the report does not tell it.
fn command(report: &Report) -> Option<String> {
    let words = report.command()?;
    let words: Vec<_> = words.into_iter().map(quoted).collect();
    Some(shown(&words.join(" ")).into_owned())
}

/// The command without the folder of the program.
pub fn invocation(report: &Report) -> String {
    let Some(mut words) = report.command() else {
        return String::new();
    };
    if let Some(first) = words.first_mut() {
        *first = first.rsplit('/').next().unwrap_or(first);
    }
    words.into_iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// What the report is about, on one line.
pub fn subject(report: &Report) -> String {
    let field = |name: &str| report.get(name).map(plain);
    let array = |name: &str| field(&format!("array.{name}"));
    let mut words = Vec::new();
    words.extend(field("network"));
    if let (Some(m), Some(k), Some(n)) = (field("m"), field("k"), field("n")) {
        let phase = field("phase").unwrap_or_default();
        words.push(
            format!("{phase} {m} \u{d7} {k} \u{d7} {n}")
                .trim()
                .to_owned(),
        );
    }
    if let (Some(rows), Some(cols), Some(format)) = (array("rows"), array("cols"), array("format"))
    {
        let dataflow = array("dataflow").map(|flow| format!(", dataflow {flow}"));
        words.push(format!(
            "{rows} \u{d7} {cols} {format}{}",
            dataflow.unwrap_or_default()
        ));
    }
    if let Some(bus) = array("engine.bus_bits") {
        words.push(format!("engine, bus of {bus} bits"));
    }
    words.extend(field("part"));
    words.extend(field("library"));
    words.extend(
        field("task")
            .or_else(|| field("protocol.task"))
            .map(|task| format!("task {task}")),
    );
    words.extend(field("settings.preset").map(|preset| format!("preset {preset}")));
    words.join("; ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_typed_again() {
        assert_eq!(quoted("--rows"), "--rows");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
