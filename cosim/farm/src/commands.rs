//! Pieces that are commands: mutants, proofs, syntheses, runs of parity, whatever has names.

use crate::task::{ended_by, last_line, spawn, Ended, Task};
use crate::{piece_seed, FarmError, Header, Line, Lines, Piece, Program, RunFolder, Timing};
use crate::{Verdict, What};
use heddle_files::{FileError, InputError};
use heddle_toolbox::{is_cancelled, Key};
use serde_json::{json, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at a command.
const POLL: Duration = Duration::from_millis(10);
/// Most pieces.
const MOST: usize = 10_000_000;

/// The pieces whose names are in `list`, one a line. Seeds have 31 bits, which every program takes.
pub(crate) fn pieces(list: &str, seed: u64) -> Result<Vec<Piece>, InputError> {
    let names: Vec<&str> = list.lines().map(str::trim).collect();
    let mut seen = BTreeSet::new();
    let twice = names.iter().find(|name| !seen.insert(**name));
    let problem = match (names.len(), twice) {
        (0, _) => Some(("nothing".to_owned(), "names of pieces, one a line")),
        (count, _) if count > MOST => Some((format!("{count} lines"), "ten million at most")),
        (_, Some(twice)) => Some((format!("'{twice}' twice"), "each name once")),
        (_, None) if seen.contains("") => Some(("an empty line".to_owned(), "a name in each line")),
        _ => None,
    };
    if let Some((found, wanted)) = problem {
        let remedy = format!("it has to print {wanted}");
        return Err(InputError::new("what list prints", found, remedy));
    }
    let all = names.into_iter().zip(0..).map(|(name, at)| Piece {
        at,
        name: name.to_owned(),
        seed: piece_seed(seed, name) & 0x7fff_ffff,
    });
    Ok(all.collect())
}

/// What is computed.
pub(crate) fn what(run: &RunFolder, list: &str) -> What {
    What {
        kind: "commands",
        configuration: json!({
            "run": run.plan.run,
            "list": Key::new("list").text(list).finish(),
        }),
        seed: run.plan.seed.unwrap_or(1),
        pieces: list.lines().count() as u64,
        tools: BTreeMap::new(),
    }
}

/// Runs the pieces of a task.
pub(crate) fn run(task: &Task, words: &[String], program: Program) -> Result<Ended, FarmError> {
    let path = task.run.list();
    let list = fs::read_to_string(&path).map_err(FileError::reading(&path))?;
    let what = what(task.run, &list);
    let pieces = pieces(&list, what.seed)?;
    let header = Header::new(program, what, words.to_vec(), Some(task.shard));
    let mut lines = Lines::open(&task.file, header)?;
    for piece in pieces.iter().filter(|piece| task.shard.has(piece)) {
        if lines.has(piece) {
            continue;
        }
        lines.start(piece)?;
        let start = Instant::now();
        match one(task, words, piece)? {
            Ok(mut line) => {
                line.run = Some(Timing::here(start.elapsed().as_secs_f64()));
                lines.add(line)?;
            }
            Err(ended) => {
                lines.leave();
                return Ok(ended);
            }
        }
    }
    lines.finish()?;
    Ok(Ended::Whole)
}

/// The words of the command that runs a piece.
pub(crate) fn words_of(words: &[String], piece: &Piece) -> Vec<String> {
    let filled = words.iter().map(|word| {
        let word = word.replace("{seed}", &piece.seed.to_string());
        word.replace("{piece}", &piece.name)
    });
    filled.collect()
}

/// Where a piece's outputs are: what it prints, and what it tells besides. They stay where it is
/// not right.
pub(crate) fn logs(run: &RunFolder, at: u64) -> (PathBuf, PathBuf) {
    let log = |end: &str| run.path(&format!("logs/piece-{at}.{end}"));
    (log("out"), log("log"))
}

/// Runs one piece; the end of the task if that comes before.
fn one(task: &Task, words: &[String], piece: &Piece) -> Result<Result<Line, Ended>, FarmError> {
    let words = words_of(words, piece);
    let (program, arguments) = words
        .split_first()
        .map_or(("", &[][..]), |(program, rest)| (program.as_str(), rest));
    let (out, log) = logs(task.run, piece.at);
    for old in [&out, &log] {
        let _ = fs::remove_file(old);
    }
    let line = |verdict, result, why| Ok(Ok(Line::of(piece, verdict, result, why)));
    let limit = task.run.plan.limits.piece();
    let start = Instant::now();
    let mut command = task.command(Path::new(program), arguments);
    let mut child = spawn(&mut command, &out, &log)?;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(FileError::reading(&out))? {
            break status;
        }
        if is_cancelled(Some(task.cancel)) {
            return Ok(Err(Ended::Stopped));
        }
        if task.is_over() {
            return Ok(Err(Ended::TimedOut));
        }
        if let Some(limit) = limit.filter(|limit| start.elapsed() > *limit) {
            let why = format!("it did not end within {} s", limit.as_secs());
            return line(Verdict::TimedOut, Value::Null, Some(why));
        }
        thread::sleep(POLL);
    };
    let said = last_line(&out).unwrap_or_default();
    let object = serde_json::from_str(&said).ok().filter(Value::is_object);
    let result = json!({
        "exit": status.code(),
        "last": object.unwrap_or(Value::String(said)),
    });
    match status.code() {
        Some(0) => {
            for kept in [&out, &log] {
                let _ = fs::remove_file(kept);
            }
            line(Verdict::Right, result, None)
        }
        Some(_) => line(Verdict::Failed, result, Some(ended_by(status))),
        None => line(Verdict::Crashed, result, Some(ended_by(status))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_each_piece_once() {
        let all = pieces("a\nb\n", 1).unwrap();
        assert_eq!((all[1].at, all[1].name.as_str()), (1, "b"));
        assert!(all.iter().all(|piece| piece.seed < 1 << 31));
        assert_ne!(all[0].seed, all[1].seed);
        assert_ne!(all[0].seed, pieces("a\nb\n", 2).unwrap()[0].seed);
        for (list, word) in [
            ("", "nothing"),
            ("a\n\nb\n", "empty line"),
            ("a\nb\na\n", "'a' twice"),
        ] {
            let error = pieces(list, 1).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[test]
    fn name_and_seed_are_filled_in() {
        let piece = Piece {
            at: 0,
            name: "x y".into(),
            seed: 9,
        };
        let words = ["echo", "{piece}.{seed}"].map(str::to_owned);
        assert_eq!(words_of(&words, &piece), ["echo", "x y.9"]);
    }
}
