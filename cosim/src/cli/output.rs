//! Standard output, without panics when a reader goes away.

use crate::report::SCHEMA_VERSION;
use crate::CosimError;
use heddle_files::FileError;
use serde::Serialize;
use serde_json::{json, Value};
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;

/// Writes bytes to standard output. A reader that has gone away (`heddle ... | head`) is
/// no error: what it wanted, it has.
///
/// # Errors
/// [`CosimError::File`] for any other failure, such as a full disk.
pub fn bytes(bytes: &[u8]) -> Result<(), CosimError> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(FileError::writing(Path::new("standard output"))(error).into())
        }
        _ => Ok(()),
    }
}

/// Writes a line.
///
/// # Errors
/// As [`bytes`].
pub fn line(text: impl std::fmt::Display) -> Result<(), CosimError> {
    bytes(format!("{text}\n").as_bytes())
}

/// Writes one JSON object.
///
/// # Errors
/// As [`bytes`].
pub fn json(value: &impl Serialize) -> Result<(), CosimError> {
    line(pretty(value)?)
}

/// A value as indented JSON.
///
/// # Errors
/// [`CosimError::File`] if it cannot be written as JSON.
pub fn pretty(value: &impl Serialize) -> Result<String, CosimError> {
    serde_json::to_string_pretty(value).map_err(no_json)
}

/// A report as a JSON object: what every report begins with (version of the form, program,
/// command line), then its own fields.
///
/// # Errors
/// As [`pretty`].
pub fn report(fields: &impl Serialize) -> Result<Value, CosimError> {
    let fields = serde_json::to_value(fields).map_err(no_json)?;
    let command: Vec<String> = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let mut object = json!({
        "schema_version": SCHEMA_VERSION,
        "program": {
            "name": "heddle",
            "version": env!("CARGO_PKG_VERSION"),
            "commit": COMMIT.get().copied().flatten(),
        },
        "command": command,
    });
    if let (Value::Object(all), Value::Object(fields)) = (&mut object, fields) {
        for (name, value) in fields {
            all.entry(name).or_insert(value);
        }
    }
    Ok(object)
}

/// Remembers the commit that the program was built from, for all reports.
pub fn set_commit(commit: Option<&'static str>) {
    // The first one stays: a process runs one program.
    let _ = COMMIT.set(commit);
}

static COMMIT: OnceLock<Option<&'static str>> = OnceLock::new();

fn no_json(error: serde_json::Error) -> CosimError {
    FileError::writing(Path::new("the JSON report"))(error.into()).into()
}
