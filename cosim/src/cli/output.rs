//! What a command says: its result on standard output, all else on standard error. Neither
//! panics when a reader goes away, and no text from a file gives orders to a terminal.

use crate::CosimError;
use heddle_files::{shown_json, shown_lines, Destination, FileError};
use heddle_report::SCHEMA_VERSION;
use serde::Serialize;
use serde_json::{json, Value};
use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::OnceLock;

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
        say(&text);
        return Ok(());
    }
    bytes(text.as_bytes())
}

/// Tells something that is no result: a warning, an error, how far it is.
pub fn tell(text: impl Display) {
    say(&shown_lines(&format!("heddle: {text}\n")));
}

/// Standard error may be gone with its terminal; then nobody is there to be told.
fn say(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
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

/// A report as a JSON object: what every report begins with (version of the form, program,
/// command line), then its own fields.
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
    let words = std::env::args_os();
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}

static COMMIT: OnceLock<Option<&'static str>> = OnceLock::new();

fn no_json(error: serde_json::Error) -> CosimError {
    FileError::writing(Path::new("the JSON report"))(error.into()).into()
}
