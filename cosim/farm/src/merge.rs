//! Results put together: one file, the same bytes whatever the number of tasks.

use crate::commands::{logs, words_of};
use crate::lines::{self, write_line, Contents};
use crate::status::{log_of, states};
use crate::task::again;
use crate::{FarmError, Header, Line, Piece, RunFolder, TaskState, Verdict, Work};
use heddle_files::{shown_path, FileError};
use heddle_toolbox::Cancel;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A piece that is not right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailedPiece {
    /// Its name.
    pub piece: String,
    /// Its number, from 0.
    pub at: u64,
    /// What became of it.
    pub verdict: Verdict,
    /// Why.
    pub why: Option<String>,
    /// What was printed.
    pub log: Option<PathBuf>,
    /// What runs it again, alone.
    pub command: Vec<String>,
}

/// A task without a whole file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MissingTask {
    /// Which, from 1.
    pub task: u64,
    /// What is known of it.
    pub state: TaskState,
    /// Why.
    pub why: Option<String>,
    /// What it printed.
    pub log: PathBuf,
    /// What runs it again.
    pub command: Vec<String>,
}

/// Why results do not go together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Unfit {
    /// A file has another header.
    Mixed {
        /// The file.
        file: PathBuf,
        /// In what it differs.
        field: &'static str,
        /// What it has.
        found: String,
        /// What the first has.
        expected: String,
    },
    /// A piece has two results.
    Double {
        /// Its number.
        at: u64,
        /// Where the second one is.
        file: PathBuf,
    },
    /// A piece is none of the run's.
    Foreign {
        /// Its number.
        at: u64,
        /// Where it is.
        file: PathBuf,
    },
    /// A file cannot be read.
    Broken {
        /// The file.
        file: PathBuf,
        /// Why.
        problem: String,
    },
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Mixed {
                file,
                field,
                found,
                expected,
            } => write!(
                f,
                "{} is of another run: its {field} is {found}, that of the others {expected}",
                shown_path(file)
            ),
            Self::Double { at, file } => {
                write!(f, "piece {at} has a second result in {}", shown_path(file))
            }
            Self::Foreign { at, file } => {
                let file = shown_path(file);
                write!(f, "{file} has piece {at}, which the run does not have")
            }
            Self::Broken { problem, .. } => f.write_str(problem),
        }
    }
}

/// What came of putting results together.
#[derive(Clone, Debug, Serialize)]
pub struct Merged {
    /// How many pieces there are.
    pub pieces: u64,
    /// How many of them have no result.
    pub missing: u64,
    /// The first numbers of these.
    pub missing_pieces: Vec<u64>,
    /// How many are not right.
    pub failed: u64,
    /// These.
    pub failed_pieces: Vec<FailedPiece>,
    /// The sum of what pieces call `mismatches`.
    pub mismatches: u64,
    /// Wall time of all pieces, one after another.
    pub piece_seconds: f64,
    /// Tasks without a whole file.
    pub missing_tasks: Vec<MissingTask>,
    /// Why results do not go together.
    pub unfit: Vec<Unfit>,
    /// The merged file, unless something is missing or does not go together.
    pub file: Option<PathBuf>,
}

/// So many numbers of missing pieces are told.
const TOLD: usize = 20;

impl Merged {
    /// Whether everything is there and right.
    pub fn is_right(&self) -> bool {
        self.file.is_some() && self.failed == 0 && self.mismatches == 0
    }
}

/// Where a failed piece's log is, and what runs it again.
type About<'a> = dyn Fn(&Header, &Line, &Path) -> (Option<PathBuf>, Vec<String>) + 'a;

/// Puts the results of a run together.
///
/// # Errors
/// [`FarmError::File`]. What does not go together is no error but told in [`Merged`].
pub fn merge(run: &RunFolder, cancel: &Cancel) -> Result<Merged, FarmError> {
    let whole = run.tasks().map(|task| run.pieces(task));
    let whole: Vec<PathBuf> = whole.filter(|file| file.exists()).collect();
    let about = |header: &Header, line: &Line, file: &Path| {
        let task = file
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok());
        match run.plan.work() {
            Work::Heddle(_) => (
                task.map(|task| log_of(run, task)),
                header.reproduces(&line.piece),
            ),
            Work::Commands { run: words, .. } => {
                let piece = Piece {
                    at: line.at,
                    name: line.piece.clone(),
                    seed: line.seed,
                };
                (Some(logs(run, line.at).1), words_of(words, &piece))
            }
        }
    };
    let first = lines::read(&run.prepared())?.header;
    let mut merged = together(Some(first), &whole, &run.merged(), &about)?;
    if whole.len() as u64 != run.plan.tasks {
        let missing = states(run, cancel)?.into_iter();
        merged.missing_tasks = missing
            .filter(|(_, (state, _))| *state != TaskState::Whole)
            .map(|(task, (state, why))| MissingTask {
                task,
                state,
                why,
                log: log_of(run, task),
                command: again(run, task),
            })
            .collect();
    }
    Ok(merged)
}

/// Puts the results in `files` together as `out`.
///
/// # Errors
/// As [`merge`].
pub fn merge_files(files: &[PathBuf], out: &Path) -> Result<Merged, FarmError> {
    let about = |header: &Header, line: &Line, _: &Path| (None, header.reproduces(&line.piece));
    together(None, files, out, &about)
}

fn together(
    first: Option<Header>,
    files: &[PathBuf],
    out: &Path,
    about: &About,
) -> Result<Merged, FarmError> {
    let mut unfit = Vec::new();
    let mut header = first;
    let mut all: BTreeMap<u64, (Line, &Path)> = BTreeMap::new();
    let mut failed = Vec::new();
    for file in files {
        let Contents {
            header: its,
            lines: results,
        } = match lines::read(file) {
            Ok(contents) => contents,
            Err(error) => {
                unfit.push(Unfit::Broken {
                    file: file.clone(),
                    problem: error.to_string(),
                });
                continue;
            }
        };
        let own = header.get_or_insert_with(|| its.clone());
        if let Some((field, expected, found)) = own.difference(&its) {
            unfit.push(Unfit::Mixed {
                file: file.clone(),
                field,
                found,
                expected,
            });
            continue;
        }
        for line in results {
            let at = line.at;
            if at >= own.pieces {
                unfit.push(Unfit::Foreign {
                    at,
                    file: file.clone(),
                });
                continue;
            }
            if line.verdict != Verdict::Right {
                let (log, command) = about(&its, &line, file);
                failed.push(FailedPiece {
                    piece: line.piece.clone(),
                    at,
                    verdict: line.verdict,
                    why: line.why.clone(),
                    log,
                    command,
                });
            }
            if all.insert(at, (line, file)).is_some() {
                unfit.push(Unfit::Double {
                    at,
                    file: file.clone(),
                });
            }
        }
    }
    failed.sort_by_key(|failed| failed.at);
    let pieces = header.as_ref().map_or(0, |header| header.pieces);
    let missing = pieces.saturating_sub(all.len() as u64);
    let without = (0..pieces).filter(|at| !all.contains_key(at));
    let mismatches = |line: &Line| line.result.get("mismatches")?.as_u64();
    let lines = || all.values().map(|(line, _)| line);
    let mut merged = Merged {
        pieces,
        missing,
        missing_pieces: without.take(TOLD).collect(),
        failed: failed.len() as u64,
        failed_pieces: failed,
        mismatches: lines().filter_map(mismatches).sum(),
        piece_seconds: lines()
            .filter_map(|line| Some(line.run.as_ref()?.seconds))
            .sum(),
        missing_tasks: Vec::new(),
        unfit,
        file: None,
    };
    if let (Some(header), true) = (header, merged.missing == 0 && merged.unfit.is_empty()) {
        write(out, &header, lines())?;
        merged.file = Some(out.to_owned());
    }
    Ok(merged)
}

/// Writes the merged file by one rename.
fn write<'a>(
    out: &Path,
    header: &Header,
    lines: impl Iterator<Item = &'a Line>,
) -> Result<(), FarmError> {
    let header = Header {
        shard: None,
        host: None,
        ..header.clone()
    };
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let own = out.with_file_name(format!(".{name}.{}", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = BufWriter::new(File::create(&own)?);
        write_line(&mut file, &header)?;
        for line in lines {
            write_line(&mut file, &line.payload())?;
        }
        file.flush()?;
        file.get_ref().sync_all()?;
        std::fs::rename(&own, out)
    };
    Ok(write().map_err(FileError::writing(out))?)
}
