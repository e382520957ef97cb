//! Results as lines of JSON: a header, then a line for each piece.
//!
//! While pieces are missing the lines are in `NAME.HOST-PID.part`, each written at once when its
//! piece is done, after a line that says which piece was begun. When all are there, they are
//! written in the order of their numbers and get the name `NAME` by one rename. Who begins takes
//! over what others left, whole or not. No locks are needed: two that compute the same shard write
//! two files, and both are right.

use crate::header::host;
use crate::{FarmError, Header, Piece};
use heddle_files::FileError;
use serde::{Deserialize, Serialize};
use serde_json::{json, Value};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The longest line that is read.
const LONGEST: u64 = 64 << 20;
/// So much of the end of a file is looked at for the piece that is being computed.
const TAIL: u64 = 1 << 16;
const PART: &str = ".part";

/// What became of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything in it was right.
    Right,
    /// Something that was checked is wrong.
    Wrong,
    /// It could not be computed.
    Failed,
    /// It took longer than a piece may.
    TimedOut,
    /// The program that computed it ended in its midst.
    Crashed,
}

impl Verdict {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Failed => "failed",
            Self::TimedOut => "timed-out",
            Self::Crashed => "crashed",
        }
    }
}

/// When and where a piece was computed: no part of its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Wall time.
    pub seconds: f64,
    /// The machine.
    pub host: String,
}

impl Timing {
    /// On this machine.
    pub fn here(seconds: f64) -> Self {
        Self {
            // A microsecond is finer than any clock that matters here.
            seconds: (seconds * 1e6).round() / 1e6,
            host: host(),
        }
    }
}

/// The result of one piece.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its name.
    pub piece: String,
    /// Its number, from 0.
    pub at: u64,
    /// Its seed.
    pub seed: u64,
    /// What became of it.
    pub verdict: Verdict,
    /// What was computed.
    pub result: Value,
    /// Why it is not right.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
    /// When and where; left out where results are merged.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run: Option<Timing>,
}

impl Line {
    /// The line of `piece`.
    pub fn of(piece: &Piece, verdict: Verdict, result: Value, why: Option<String>) -> Self {
        Self {
            piece: piece.name.clone(),
            at: piece.at,
            seed: piece.seed,
            verdict,
            result,
            why,
            run: None,
        }
    }

    /// The same without when and where.
    pub fn payload(&self) -> Self {
        Self {
            run: None,
            ..self.clone()
        }
    }
}

/// A file of results.
#[derive(Debug)]
pub(crate) struct Contents {
    pub header: Header,
    pub lines: Vec<Line>,
}

/// Reads a file of results; of a part what is whole of it.
pub(crate) fn read(path: &Path) -> Result<Contents, FarmError> {
    let file = File::open(path).map_err(FileError::reading(path))?;
    let part = path.extension().is_some_and(|end| end == "part");
    let mut reader = BufReader::new(file);
    let mut number = 0;
    let mut next = || -> Result<Option<Vec<u8>>, FarmError> {
        let mut line = Vec::new();
        let mut some = reader.by_ref().take(LONGEST);
        some.read_until(b'\n', &mut line)
            .map_err(FileError::reading(path))?;
        Ok((!line.is_empty()).then_some(line))
    };
    let broken = |line, problem: &str| FarmError::Lines {
        path: path.to_owned(),
        line,
        problem: problem.to_owned(),
    };
    let mut header = None;
    let mut lines = Vec::new();
    while let Some(line) = next()? {
        number += 1;
        if line.last() != Some(&b'\n') {
            // Whoever wrote it was killed.
            if part {
                break;
            }
            return Err(broken(number, "the line is cut off"));
        }
        match &header {
            None => {
                let read: Result<Header, _> = serde_json::from_slice(&line);
                header = Some(read.map_err(|_| broken(number, "this is no header of results"))?);
            }
            Some(_) if part && line.starts_with(b"{\"begun\"") => {}
            Some(_) => {
                let read: Result<Line, _> = serde_json::from_slice(&line);
                lines.push(read.map_err(|_| broken(number, "this is no result of a piece"))?);
            }
        }
    }
    let header = header.ok_or_else(|| broken(1, "there is no header"))?;
    Ok(Contents { header, lines })
}

/// The parts of the file `whole` that are there, in the order of their names.
fn parts(whole: &Path) -> Vec<PathBuf> {
    let name = whole.file_name().unwrap_or_default().to_string_lossy();
    let folder = match whole.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let ours = entries.map(|entry| entry.path()).filter(|path| {
        let its = path.file_name().unwrap_or_default().to_string_lossy();
        let middle = its.strip_prefix(&*name).and_then(|rest| {
            let rest = rest.strip_suffix(PART)?;
            rest.strip_prefix('.')
        });
        middle.is_some_and(|middle| middle.contains('-'))
    });
    let mut all: Vec<PathBuf> = ours.collect();
    all.sort();
    all
}

/// Pieces that were computed, and in how many seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Computed {
    pub count: u64,
    pub seconds: f64,
    /// Those of them that are not right.
    pub failed: u64,
}

/// What the file `whole` has, or of its parts the largest.
pub(crate) fn computed(whole: &Path) -> Computed {
    let files = match whole.exists() {
        true => vec![whole.to_owned()],
        false => parts(whole),
    };
    let of = |contents: Contents| Computed {
        count: contents.lines.len() as u64,
        seconds: contents
            .lines
            .iter()
            .filter_map(|line| Some(line.run.as_ref()?.seconds))
            .sum(),
        failed: contents
            .lines
            .iter()
            .filter(|line| line.verdict != Verdict::Right)
            .count() as u64,
    };
    let all = files.iter().filter_map(|file| read(file).ok()).map(of);
    all.max_by_key(|computed| computed.count)
        .unwrap_or_default()
}

/// The piece that was begun last and has no result, by the newest part of the file `whole`.
pub(crate) fn begun(whole: &Path) -> Option<Piece> {
    let newest = |path: &PathBuf| fs::metadata(path).and_then(|about| about.modified()).ok();
    let part = parts(whole).into_iter().max_by_key(newest)?;
    let mut file = File::open(part).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))
        .ok()?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail).ok()?;
    let text = String::from_utf8_lossy(&tail);
    let last = text.lines().next_back()?;
    let mut value: Value = serde_json::from_str(last).ok()?;
    serde_json::from_value(value.get_mut("begun")?.take()).ok()
}

/// Gives the piece that was begun last, if there is one, a result without its having been computed.
///
/// # Errors
/// As [`Lines::open`].
pub(crate) fn judge(
    whole: &Path,
    verdict: Verdict,
    why: String,
    seconds: f64,
) -> Result<Option<Piece>, FarmError> {
    let Some(piece) = begun(whole) else {
        return Ok(None);
    };
    let Some(part) = parts(whole).into_iter().find(|part| read(part).is_ok()) else {
        return Ok(None);
    };
    let mut lines = Lines::open(whole, read(&part)?.header)?;
    let mut line = Line::of(&piece, verdict, Value::Null, Some(why));
    line.run = Some(Timing::here(seconds));
    lines.add(line)?;
    Ok(Some(piece))
}

/// Results that are being collected.
#[derive(Debug)]
pub struct Lines {
    whole: PathBuf,
    header: Header,
    /// None where all results were there already.
    part: Option<(PathBuf, BufWriter<File>)>,
    lines: BTreeMap<u64, Line>,
}

impl Lines {
    /// Begins the file at `path`, or goes on with what is there, whole or in parts.
    ///
    /// # Errors
    /// [`FarmError::Mixed`] if what is there has another header, [`FarmError::Lines`] if it
    /// is something else; [`FarmError::File`].
    pub fn open(path: &Path, header: Header) -> Result<Self, FarmError> {
        let mut lines = Self {
            whole: path.to_owned(),
            header,
            part: None,
            lines: BTreeMap::new(),
        };
        if fs::symlink_metadata(path).is_ok() {
            lines.take(path)?;
        }
        let left = parts(path);
        for part in &left {
            // One without a whole first line has nothing.
            match lines.take(part) {
                Err(FarmError::Lines { line: 1, .. }) => {}
                // Another one has just taken it over.
                Err(FarmError::File(FileError::Read { source, .. }))
                    if source.kind() == std::io::ErrorKind::NotFound => {}
                taken => taken?,
            }
        }
        lines.begin()?;
        for part in left {
            let _ = fs::remove_file(part);
        }
        Ok(lines)
    }

    fn take(&mut self, path: &Path) -> Result<(), FarmError> {
        let contents = read(path)?;
        self.header.check(path, &contents.header)?;
        for line in contents.lines {
            self.lines.entry(line.at).or_insert(line);
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), FarmError> {
        self.part = Some(self.copy()?);
        Ok(())
    }

    /// A new part with all that is known.
    fn copy(&self) -> Result<(PathBuf, BufWriter<File>), FarmError> {
        let (path, file) = self.new_file()?;
        let mut out = BufWriter::new(file);
        let written = write_line(&mut out, &self.header)
            .and_then(|()| {
                let mut lines = self.lines.values();
                lines.try_for_each(|line| write_line(&mut out, line))
            })
            .and_then(|()| out.flush())
            .and_then(|()| out.get_ref().sync_all());
        written.map_err(FileError::writing(&path))?;
        Ok((path, out))
    }

    /// A new part of this process.
    fn new_file(&self) -> Result<(PathBuf, File), FarmError> {
        let name = self.whole.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        for again in 0..1000 {
            let own = format!("{name}.{}-{}-{again}{PART}", host(), std::process::id());
            let path = self.whole.with_file_name(own);
            match File::options().append(true).create_new(true).open(&path) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                made => {
                    let file = made.map_err(FileError::writing(&path))?;
                    return Ok((path, file));
                }
            }
        }
        let taken = std::io::ErrorKind::AlreadyExists.into();
        Err(FileError::writing(&self.whole)(taken).into())
    }

    /// Whether a piece has a result.
    pub fn has(&self, piece: &Piece) -> bool {
        self.lines.contains_key(&piece.at)
    }

    /// The results so far, in the order of their numbers.
    pub fn results(&self) -> impl Iterator<Item = &Line> {
        self.lines.values()
    }

    /// Says that a piece is being computed from now on.
    ///
    /// # Errors
    /// [`FarmError::File`].
    pub fn start(&mut self, piece: &Piece) -> Result<(), FarmError> {
        self.write(&json!({ "begun": piece }))
    }

    /// Writes a result at once.
    ///
    /// # Errors
    /// [`FarmError::File`].
    pub fn add(&mut self, line: Line) -> Result<(), FarmError> {
        self.write(&line)?;
        self.lines.insert(line.at, line);
        Ok(())
    }

    fn write(&mut self, value: &impl Serialize) -> Result<(), FarmError> {
        if let Some((path, out)) = &mut self.part {
            let written = write_line(out, value).and_then(|()| out.flush());
            written.map_err(FileError::writing(path))?;
        }
        Ok(())
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// [`FarmError::File`].
    pub fn finish(mut self) -> Result<(), FarmError> {
        let Some((part, out)) = self.part.take() else {
            return Ok(());
        };
        drop(out);
        let (path, _) = self.copy()?;
        fs::rename(&path, &self.whole).map_err(FileError::writing(&self.whole))?;
        // It may be gone: another one that goes on with this shard has taken it over.
        let _ = fs::remove_file(part);
        Ok(())
    }

    /// Ends without all results; what is there stays for the next one. Without any, nothing does.
    pub fn leave(self) {
        if let (Some((part, _)), true) = (&self.part, self.lines.is_empty()) {
            let _ = fs::remove_file(part);
        }
    }
}

/// Takes the results that are not right out of the whole file at `path`, which becomes a part
/// again, and says how many there were.
///
/// # Errors
/// As [`Lines::open`].
pub(crate) fn reopen(path: &Path) -> Result<u64, FarmError> {
    drop_wrong(read(path)?, path, path)
}

/// Takes the results that are not right out of the parts of `path` as well, and says how many
/// there were.
///
/// # Errors
/// As [`Lines::open`].
pub(crate) fn reopen_parts(path: &Path) -> Result<u64, FarmError> {
    let mut dropped = 0;
    for part in parts(path) {
        if let Ok(contents) = read(&part) {
            dropped += drop_wrong(contents, &part, path)?;
        }
    }
    Ok(dropped)
}

/// Where `file`, of these contents, has results that are not right, a part of `whole` with the others
/// takes its place.
fn drop_wrong(mut contents: Contents, file: &Path, whole: &Path) -> Result<u64, FarmError> {
    let all = contents.lines.len();
    contents.lines.retain(|line| line.verdict == Verdict::Right);
    let dropped = all - contents.lines.len();
    if dropped > 0 {
        let right = contents.lines.into_iter();
        let mut lines = Lines {
            whole: whole.to_owned(),
            header: contents.header,
            part: None,
            lines: right.map(|line| (line.at, line)).collect(),
        };
        lines.begin()?;
        fs::remove_file(file).map_err(FileError::writing(file))?;
    }
    Ok(dropped as u64)
}

pub(crate) fn write_line(out: &mut impl Write, value: &impl Serialize) -> std::io::Result<()> {
    let mut text = serde_json::to_vec(value)?;
    text.push(b'\n');
    out.write_all(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Program, What};

    fn header(seed: u64) -> Header {
        let program = Program {
            name: "heddle".into(),
            version: "1".into(),
            commit: Some("abc".into()),
            dirty: false,
            executable: None,
        };
        let what = What {
            kind: "test",
            configuration: json!({ "rows": 4 }),
            seed,
            pieces: 3,
            tools: BTreeMap::new(),
        };
        Header::new(program, what, vec!["heddle".into()], None)
    }

    fn piece(at: u64) -> Piece {
        Piece {
            at,
            name: format!("p{at}"),
            seed: at,
        }
    }

    fn line(at: u64, verdict: Verdict) -> Line {
        let mut line = Line::of(&piece(at), verdict, json!({ "sum": at }), None);
        line.run = Some(Timing::here(0.5));
        line
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn a_killed_one_is_gone_on_with_and_the_file_is_whole_or_absent() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.jsonl");
        let mut killed = Lines::open(&file, header(1)).unwrap();
        killed.start(&piece(2)).unwrap();
        killed.add(line(2, Verdict::Right)).unwrap();
        killed.start(&piece(1)).unwrap();
        assert!(!file.exists());
        assert_eq!((begun(&file), computed(&file).count), (Some(piece(1)), 1));
        // as it is when it is killed in the midst of a line
        let part = parts(&file).remove(0);
        let mut out = File::options().append(true).open(&part).unwrap();
        out.write_all(b"{\"piece\":\"p1\",\"at\"").unwrap();
        std::mem::forget(killed);
        let mut next = Lines::open(&file, header(1)).unwrap();
        assert!(next.has(&piece(2)) && !next.has(&piece(1)));
        assert_eq!(parts(&file).len(), 1, "the old part is taken over");
        for at in [1, 0] {
            next.start(&piece(at)).unwrap();
            next.add(line(at, Verdict::Right)).unwrap();
        }
        next.finish().unwrap();
        assert_eq!(names(folder.path()), ["a.jsonl"]);
        let contents = read(&file).unwrap();
        let numbers: Vec<u64> = contents.lines.iter().map(|line| line.at).collect();
        assert_eq!(numbers, [0, 1, 2]);
    }

    #[test]
    fn results_of_another_run_are_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.jsonl");
        let mut lines = Lines::open(&file, header(1)).unwrap();
        lines.add(line(0, Verdict::Right)).unwrap();
        let part = Lines::open(&file, header(2)).unwrap_err();
        assert!(matches!(part, FarmError::Mixed { field: "seed", .. }));
        lines.finish().unwrap();
        let whole = Lines::open(&file, header(2)).unwrap_err();
        assert!(whole.is_bad_input() && whole.to_string().contains("its seed is 1, here it is 2"));
        assert_eq!(names(folder.path()), ["a.jsonl"]);
        fs::write(&file, "something else\n").unwrap();
        let other = Lines::open(&file, header(1)).unwrap_err();
        assert!(matches!(other, FarmError::Lines { line: 1, .. }));
    }

    #[test]
    fn what_is_not_right_runs_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.jsonl");
        let mut lines = Lines::open(&file, header(1)).unwrap();
        lines.add(line(0, Verdict::Right)).unwrap();
        lines.add(line(1, Verdict::TimedOut)).unwrap();
        lines.add(line(2, Verdict::Wrong)).unwrap();
        lines.finish().unwrap();
        assert_eq!(reopen(&file).unwrap(), 2);
        assert!(!file.exists());
        let lines = Lines::open(&file, header(1)).unwrap();
        let kept: Vec<bool> = (0..3).map(|at| lines.has(&piece(at))).collect();
        assert_eq!(kept, [true, false, false]);
    }

    #[test]
    fn a_line_without_its_timing_is_the_same_everywhere() {
        let one = serde_json::to_string(&line(1, Verdict::Right).payload()).unwrap();
        assert_eq!(
            one,
            r#"{"piece":"p1","at":1,"seed":1,"verdict":"right","result":{"sum":1}}"#
        );
    }
}
