//! Work in pieces: the flags that choose pieces and the file of their results, the same for all
//! commands that have pieces.

use super::files::Files;
use super::progress;
use super::tile_engine_args::Given as Shown;
use super::{interrupt, output};
use crate::CosimError;
use heddle_farm::{Header, Line, Lines, Piece, Program, Shard, Timing, Verdict, What};
use heddle_files::{shown_path, InputError};
use serde_json::{json, Map, Value};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Which pieces, and where their results go.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Pieces")]
pub struct PieceArgs {
    /// Write each piece's result as a line of JSON to this file, which has its name when all are
    /// there; what a run left that was stopped is gone on with
    #[arg(long, value_name = "FILE.jsonl")]
    pieces: Option<PathBuf>,
    /// Of the pieces only the I-th of N parts; auto or auto/N in a job array of Slurm, LSF, SGE or
    /// HyperQueue
    #[arg(long, value_name = "I/N", requires = "pieces", value_parser = shard)]
    shard: Option<Shard>,
    /// Build what pieces need, write the file's header, and end
    #[arg(long, requires = "pieces", conflicts_with = "shard")]
    prepare: bool,
    /// Run this piece alone
    #[arg(long, value_name = "NAME", conflicts_with = "pieces")]
    piece: Option<String>,
}

fn shard(text: &str) -> Result<Shard, String> {
    Shard::parse(text, |name| std::env::var(name).ok())
}

/// What came of computing a piece.
pub struct Judged {
    /// Right, or how it is wrong.
    pub verdict: Verdict,
    /// What was computed.
    pub result: Value,
    /// Why it is not right.
    pub why: Option<String>,
}

/// Results of the pieces of a shard.
pub struct PieceRun {
    /// The lines, in the order of their numbers.
    pub lines: Vec<Line>,
    /// Whether these are all pieces there are.
    pub all: bool,
    /// Those computed now.
    computed: u64,
    shard: Shard,
    file: PathBuf,
}

impl PieceArgs {
    /// Whether results go to a file of pieces.
    pub fn in_file(&self) -> bool {
        self.pieces.is_some()
    }

    /// Whether the file is of some pieces only.
    pub fn is_part(&self) -> bool {
        self.prepare || self.shard.is_some_and(|shard| shard.count() > 1)
    }

    /// The one piece that is wanted.
    pub fn alone(&self) -> Option<&str> {
        self.piece.as_deref()
    }

    /// The first flag that was given, and its value.
    pub fn given(&self) -> Shown {
        let pieces = self.pieces.as_ref();
        let pieces = pieces.map(|path| ("--pieces", shown_path(path)));
        pieces.or_else(|| Some(("--piece", self.piece.clone()?)))
    }

    /// Computes the pieces of the shard that have no result yet. An error of one is its verdict,
    /// unless it says that what was given is wrong, or that all is to stop. Nothing is computed
    /// with `--prepare`.
    ///
    /// # Errors
    /// Those of the file; of computing the ones above.
    pub fn run(
        &self,
        what: What,
        piece: impl Fn(u64) -> Piece,
        mut compute: impl FnMut(&Piece) -> Result<Judged, CosimError>,
    ) -> Result<PieceRun, CosimError> {
        let file = self.pieces.clone().unwrap_or_default();
        // What is wrong with the place is told as of every other file; lines go there by a name of their own.
        Files::new().open("--pieces", &file)?;
        let shard = self.shard.unwrap_or(Shard::ALL);
        let total = what.pieces;
        let program = running()?;
        let header = Header::new(program, what, output::command(), self.shard);
        let mut lines = Lines::open(&file, header)?;
        let mut run = PieceRun {
            lines: Vec::new(),
            all: shard.count() == 1,
            computed: 0,
            shard,
            file,
        };
        if self.prepare {
            lines.finish()?;
            return Ok(run);
        }
        let bar = progress::bar("computing pieces", total / shard.count());
        for piece in (0..total).map(piece).filter(|piece| shard.has(piece)) {
            if !lines.has(&piece) {
                if interrupt::is_set() {
                    lines.leave();
                    return Err(CosimError::Cancelled);
                }
                lines.start(&piece)?;
                let start = Instant::now();
                let judged = match compute(&piece) {
                    Ok(judged) => judged,
                    Err(error) if error.exit_code() != 1 => {
                        lines.leave();
                        return Err(error);
                    }
                    Err(error) => Judged {
                        verdict: Verdict::Failed,
                        result: Value::Null,
                        why: Some(error.to_string()),
                    },
                };
                let mut line = Line::of(&piece, judged.verdict, judged.result, judged.why);
                line.run = Some(Timing::here(start.elapsed().as_secs_f64()));
                lines.add(line)?;
                run.computed += 1;
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        run.lines = lines.results().cloned().collect();
        lines.finish()?;
        Ok(run)
    }
}

impl PieceRun {
    /// How many pieces are not right.
    pub fn failed(&self) -> u64 {
        let wrong = |line: &&Line| line.verdict != Verdict::Right;
        self.lines.iter().filter(wrong).count() as u64
    }

    /// What every report of pieces says of them.
    pub fn to_json(&self) -> Value {
        json!({
            "pieces": self.lines.len(),
            "computed": self.computed,
            "failed": self.failed(),
            "mismatches": self.mismatches(),
            "shard": self.shard.to_string(),
            "file": self.file,
        })
    }

    fn mismatches(&self) -> u64 {
        let of = |line: &Line| line.result.get("mismatches")?.as_u64();
        self.lines.iter().filter_map(of).sum()
    }

    /// The sums of the numbers that pieces have under `name`.
    pub fn sums(&self, name: &str) -> Value {
        let mut sums = Value::Null;
        for value in self.lines.iter().filter_map(|line| line.result.get(name)) {
            add(&mut sums, value);
        }
        sums
    }

    /// One line that says what is in the file, and the first piece that is not right.
    pub fn told(&self) -> String {
        let path = shown_path(&self.file);
        let (pieces, failed) = (self.lines.len(), self.failed());
        let mut text = format!(
            "{pieces} pieces, shard {}, {} of them computed now: {path}",
            self.shard, self.computed
        );
        let wrong = self.lines.iter().find(|it| it.verdict != Verdict::Right);
        if let Some(first) = wrong {
            let why = first.why.as_deref().unwrap_or("no reason was told");
            text += &format!("\n{failed} NOT RIGHT, the first is {}: {why}", first.piece);
        }
        text
    }
}

/// The running program, as results name it.
///
/// # Errors
/// [`CosimError::File`].
pub fn running() -> Result<Program, CosimError> {
    let version = env!("CARGO_PKG_VERSION");
    Ok(Program::running("heddle", version, output::commit())?)
}

/// Adds the numbers of an object, and of the objects in it, to those of another.
fn add(sums: &mut Value, value: &Value) {
    match value {
        Value::Object(fields) => {
            if !sums.is_object() {
                *sums = Value::Object(Map::new());
            }
            for (name, value) in fields {
                add(&mut sums[name], value);
            }
        }
        Value::Number(number) => {
            let before = sums.as_u64().unwrap_or(0);
            if let Some(number) = number.as_u64() {
                *sums = (before + number).into();
            }
        }
        _ => {}
    }
}

/// A flag that does not go with pieces.
///
/// # Errors
/// [`CosimError::Input`] if it was given.
pub fn without(given: Shown) -> Result<(), CosimError> {
    match given {
        None => Ok(()),
        Some((name, value)) => {
            let remedy =
                "it does not go with --pieces: leave it out, or run the piece with --piece";
            Err(InputError::new(name, value, remedy).into())
        }
    }
}

/// The contents of files, as their hash.
///
/// # Errors
/// [`CosimError::File`].
pub fn hash_of(files: &[PathBuf]) -> Result<String, CosimError> {
    let mut key = heddle_toolbox::Key::new("files");
    for file in files {
        let read =
            |file: &Path| std::fs::read(file).map_err(heddle_files::FileError::reading(file));
        key = key.bytes(&read(file)?);
    }
    Ok(key.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_add_up_by_name() {
        let mut sums = Value::Null;
        add(&mut sums, &json!({ "a": 1, "b": { "c": 2, "d": "x" } }));
        add(&mut sums, &json!({ "a": 3, "b": { "c": 4 }, "e": null }));
        assert_eq!(sums["a"], 4);
        assert_eq!(sums["b"]["c"], 6);
    }
}
