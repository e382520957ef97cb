//! What a command says: its result on standard output, all else on standard error. Neither
//! panics when a reader goes away, and no text from a file gives orders to a terminal.

use crate::CosimError;
use anstyle::{AnsiColor, Style};
use heddle_files::{shown_json, shown_lines, Destination, FileError};
use heddle_report::SCHEMA_VERSION;
use heddle_toolbox::sha256;
use serde::Serialize;
use serde_json::{json, Map, Value};
use std::fmt::Display;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// A command that another program calls: it says to that program what it would print.
struct Call {
    /// The command line.
    words: Vec<String>,
    /// Said so far.
    said: Vec<u8>,
}

static CALL: Mutex<Option<Call>> = Mutex::new(None);

fn call() -> MutexGuard<'static, Option<Call>> {
    CALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on results are kept for another program, until [`end_call`].
pub fn begin_call(words: Vec<String>) {
    TAKEN.store(false, Ordering::Relaxed);
    let said = Vec::new();
    *call() = Some(Call { words, said });
}

/// What has been said since [`begin_call`].
pub fn end_call() -> Vec<u8> {
    call().take().map_or_else(Vec::new, |call| call.said)
}

/// Whether standard output is taken by a file option.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Leaves standard output to a file option (`--report -`): tables and lines go to standard
/// error from now on.
pub fn leave_standard_output() {
    TAKEN.store(true, Ordering::Relaxed);
}

/// Writes bytes to standard output. A reader that has gone away (`heddle ... | head`) is
/// no error: what it wanted, it has.
///
/// # Errors
/// [`CosimError::File`] for any other failure, such as a full disk.
pub fn bytes(bytes: &[u8]) -> Result<(), CosimError> {
    if let Some(call) = call().as_mut() {
        call.said.extend_from_slice(bytes);
        return Ok(());
    }
    Ok(Destination::open(Path::new("-"))?.write(bytes)?)
}

/// Writes a result for people: a table, a line.
///
/// # Errors
/// As [`bytes`].
pub fn line(text: impl Display) -> Result<(), CosimError> {
    let text = format!("{text}\n");
    let text = shown_lines(&text);
    if TAKEN.load(Ordering::Relaxed) {
        if !is_quiet() {
            stderr(&text);
        }
        return Ok(());
    }
    bytes(text.as_bytes())
}

/// Whether only what is wrong is told (`--quiet`).
static QUIET: AtomicBool = AtomicBool::new(false);

/// Sets whether only what is wrong is told.
pub fn set_quiet(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

/// Whether only what is wrong is told.
pub fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Tells something that is neither result nor wrong: how far it is, what comes next. `--quiet` silences it.
pub fn tell(text: impl Display) {
    if !is_quiet() {
        say(NOTE, text);
    }
}

/// Tells what is wrong: an error, a warning. Nothing silences it.
pub fn warn(text: impl Display) {
    say(WRONG, text);
}

const NOTE: Style = Style::new().bold();
const WRONG: Style = AnsiColor::Red.on_default().bold();

/// The program's name in this style, then the text, in which a file's own escapes give no orders. The
/// stream takes the style away where no colours are wanted.
fn say(style: Style, text: impl Display) {
    let text = shown_lines(&format!("{text}\n")).into_owned();
    stderr(&format!("{style}heddle:{style:#} {text}"));
}

/// Standard error may be gone with its terminal; then nobody is there to be told.
fn stderr(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Writes one JSON object.
///
/// # Errors
/// As [`bytes`].
pub fn json(value: &impl Serialize) -> Result<(), CosimError> {
    bytes(format!("{}\n", pretty(value)?).as_bytes())
}

/// A value as indented JSON.
///
/// # Errors
/// [`CosimError::File`] if it cannot be written as JSON.
pub fn pretty(value: &impl Serialize) -> Result<String, CosimError> {
    let text = serde_json::to_string_pretty(value).map_err(no_json)?;
    Ok(shown_json(&text).into_owned())
}

/// What every report begins with.
pub(super) const HEADER: [&str; 4] = ["schema_version", "program", "command", "made_by"];

/// Fields that say what was asked for, wherever a report has them.
const CONFIGURATION: [&str; 34] = [
    "target",
    "array",
    "engine",
    "latency",
    "disturbed",
    "network",
    "network_sha256",
    "whole_step",
    "dropout",
    "sites",
    "steps",
    "phase",
    "policy",
    "m",
    "k",
    "n",
    "kept",
    "times",
    "source",
    "task",
    "model",
    "batches",
    "optimiser",
    "time_steps",
    "settings",
    "protocol",
    "part",
    "library",
    "liberty",
    "conditions",
    "clock_mhz",
    "prefix",
    "top",
    "kind",
];

/// What made a report, beside program and command line: the digest of its configuration, its seed, tools.
fn made_by(fields: &Value) -> Value {
    let mut configuration = Map::new();
    for name in CONFIGURATION {
        let field = fields.get(name).filter(|field| !field.is_null());
        // an engine's areas and what evaluates products in training are no part of it
        let field = field.filter(|field| name != "engine" || field.get("bus_bits").is_some());
        if let Some(field) = field {
            configuration.insert(name.to_owned(), field.clone());
        }
    }
    let seeds = ["/seed", "/settings/seed", "/source/seed", "/train/seed"];
    let seed = seeds.iter().find_map(|at| fields.pointer(at));
    let digest = (!configuration.is_empty())
        .then(|| sha256(Value::Object(configuration).to_string().as_bytes()));
    json!({
        "configuration_sha256": digest,
        "seed": seed,
        "tools": fields.get("tools").cloned().unwrap_or_else(|| json!({})),
    })
}

/// A report as a JSON object: what every report begins with (version of the form, program,
/// command line, what else made it), then its own fields.
///
/// # Errors
/// As [`pretty`].
pub fn report(fields: &impl Serialize) -> Result<Value, CosimError> {
    let fields = serde_json::to_value(fields).map_err(no_json)?;
    let mut object = json!({
        "schema_version": SCHEMA_VERSION,
        "program": {
            "name": "heddle",
            "version": env!("CARGO_PKG_VERSION"),
            "commit": commit(),
        },
        "command": command(),
        "made_by": made_by(&fields),
    });
    if let (Value::Object(all), Value::Object(fields)) = (&mut object, fields) {
        for (name, value) in fields {
            all.entry(name).or_insert(value);
        }
    }
    Ok(object)
}

/// Writes a report into a folder as `NAME.json`, and its tables as `NAME.txt`.
///
/// # Errors
/// [`CosimError::File`].
pub fn save(folder: &Path, name: &str, report: &Value, table: &str) -> Result<(), CosimError> {
    let json = pretty(report)? + "\n";
    for (kind, text) in [("json", json.as_str()), ("txt", table)] {
        let path = folder.join(format!("{name}.{kind}"));
        Destination::open(&path)?.write(text.as_bytes())?;
    }
    Ok(())
}

/// Remembers the commit that the program was built from, for all reports.
pub fn set_commit(commit: Option<&'static str>) {
    // The first one stays: a process runs one program.
    let _ = COMMIT.set(commit);
}

/// The commit that the program was built from, if it is known.
pub fn commit() -> Option<&'static str> {
    COMMIT.get().copied().flatten()
}

/// The command line, word by word.
pub fn command() -> Vec<String> {
    if let Some(call) = call().as_ref() {
        return call.words.clone();
    }
    let words = std::env::args_os();
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}

static COMMIT: OnceLock<Option<&'static str>> = OnceLock::new();

fn no_json(error: serde_json::Error) -> CosimError {
    FileError::writing(Path::new("the JSON report"))(error.into()).into()
}
