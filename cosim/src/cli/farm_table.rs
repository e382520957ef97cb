//! What `heddle farm` prints for people.

use heddle_farm::{Measured, Merged, Predicted, Status};
use heddle_files::shown_path;
use heddle_report::{fixed, grouped, Columns};
use std::fmt::Write;
use std::path::Path;

/// So many tasks or pieces are told one by one.
const TOLD: usize = 10;

/// What is wrong, where its log is, and what runs it again.
fn told(what: &str, why: Option<&str>, log: Option<&Path>, command: &[String]) -> String {
    let mut text = format!("\n{what}: {}", why.unwrap_or("no reason was told"));
    if let Some(log) = log {
        let _ = write!(text, "\n  log: {}", shown_path(log));
    }
    let _ = write!(text, "\n  again: {}", words(command));
    text
}

/// A command line that a shell takes.
fn words(command: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@%".contains(c);
    let word = |word: &String| match !word.is_empty() && word.chars().all(plain) {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    };
    let all: Vec<_> = command.iter().map(word).collect();
    all.join(" ")
}

/// That there are more than are told.
fn more(count: usize) -> String {
    match count.saturating_sub(TOLD) {
        0 => String::new(),
        left => format!("\nand {left} more: --json has all"),
    }
}

/// How far a run is.
pub fn status_table(now: &Status) -> String {
    let states: Vec<String> = now
        .states
        .iter()
        .map(|(state, count)| format!("{count} {}", state.name()))
        .collect();
    let mut text = format!(
        "{} of {} pieces computed, {} of them not right; {} tasks: {}",
        grouped(now.computed),
        grouped(now.pieces),
        grouped(now.failed),
        grouped(now.tasks),
        states.join(", ")
    );
    for of in now.unfinished.iter().take(TOLD) {
        let what = format!("task {} {}", of.task, of.state.name());
        text += &told(&what, of.why.as_deref(), Some(&of.log), &of.command);
    }
    text + &more(now.unfinished.len())
}

/// What was put together.
pub fn merged_table(merged: &Merged) -> String {
    let mut text = format!(
        "{} pieces: {} missing, {} not right, {} mismatches",
        grouped(merged.pieces),
        grouped(merged.missing),
        grouped(merged.failed),
        grouped(merged.mismatches)
    );
    match &merged.file {
        Some(file) => {
            let _ = write!(text, ": {}", shown_path(file));
        }
        None => text += "\nnothing was merged",
    }
    for unfit in merged.unfit.iter().take(TOLD) {
        let _ = write!(text, "\n{unfit}");
    }
    text += &more(merged.unfit.len());
    for of in merged.missing_tasks.iter().take(TOLD) {
        let what = format!("task {} {}", of.task, of.state.name());
        text += &told(&what, of.why.as_deref(), Some(&of.log), &of.command);
    }
    text += &more(merged.missing_tasks.len());
    for of in merged.failed_pieces.iter().take(TOLD) {
        let what = format!("piece {} {}", of.piece, of.verdict.name());
        text += &told(&what, of.why.as_deref(), of.log.as_deref(), &of.command);
    }
    text + &more(merged.failed_pieces.len())
}

/// What other numbers of tasks would take.
pub fn scaling_table(measured: &Measured, all: &[Predicted]) -> String {
    let table = Columns::of(all)
        .number("tasks", |it| grouped(it.tasks))
        .number("seconds", |it| fixed(2, it.seconds))
        .number("efficiency", |it| fixed(3, it.efficiency))
        .table();
    let pieces = grouped(measured.pieces.len() as u64);
    let start = fixed(3, measured.start_seconds);
    format!("{pieces} pieces as they were measured, {start} s to start a task\n{table}")
}
