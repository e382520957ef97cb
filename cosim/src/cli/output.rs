//! Standard output, without panics when a reader goes away.

use crate::report::SCHEMA_VERSION;
use crate::CosimError;
use heddle_files::FileError;
use serde::Serialize;
use serde_json::{json, Value};
use std::io::{self, Write};
use std::path::Path;

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

/// An object that begins with `schema_version` and goes on with the fields of `value`.
pub fn versioned(value: Value) -> Value {
    let mut object = json!({ "schema_version": SCHEMA_VERSION });
    if let (Value::Object(all), Value::Object(fields)) = (&mut object, value) {
        all.extend(fields);
    }
    object
}

/// A report as a JSON value.
///
/// # Errors
/// As [`pretty`].
pub fn value(report: &impl Serialize) -> Result<Value, CosimError> {
    serde_json::to_value(report).map_err(no_json)
}

fn no_json(error: serde_json::Error) -> CosimError {
    FileError::writing(Path::new("the JSON report"))(error.into()).into()
}
