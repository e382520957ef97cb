//! The folder of a protocol and its finished runs.

use super::protocol::{Protocol, STORED_VERSION};
use super::runner::{Ended, RunKey, RunRecord, Runner};
use crate::StudyError;
use heddle_files::InputError;
use heddle_files::{make_folder, Destination, FileError, Limit};
use heddle_lstm::LstmError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A folder with `protocol.json` and `runs/<hash of identity>.json`.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
    others: Vec<PathBuf>,
}

/// A file of `runs`.
#[derive(Serialize, Deserialize)]
struct RunFile {
    schema_version: u32,
    run: RunKey,
    identity: Value,
    /// Of a finished run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<RunRecord>,
    /// How a run diverged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    diverged: Option<String>,
}

impl Store {
    /// The files that it has besides the runs.
    pub const FILES: [&str; 2] = ["protocol.json", "parity.json"];

    /// Opens or makes the folder, and writes the protocol into a new one.
    ///
    /// # Errors
    /// [`StudyError::Input`] if the folder has another protocol, or runs without one;
    /// [`StudyError::File`].
    pub fn open(folder: &Path, protocol: &Protocol) -> Result<Self, StudyError> {
        let path = folder.join("protocol.json");
        let runs = folder.join("runs");
        let ours = json(&path, protocol)?;
        match read(&path)? {
            Some(text) => {
                let theirs: Value = parsed(&path, &text)?;
                if let Some(difference) = difference("", &theirs, &ours) {
                    return Err(other(
                        folder,
                        format!("its protocol is another one ({difference}): choose another folder, or the settings of protocol.json"),
                    ));
                }
            }
            None => {
                if fs::read_dir(&runs).is_ok_and(|mut files| files.next().is_some()) {
                    return Err(other(
                        folder,
                        "it has runs, but no protocol.json: choose another folder".into(),
                    ));
                }
                make_folder(&runs)?;
                write(&path, &ours)?;
            }
        }
        make_folder(&runs)?;
        Ok(Self {
            folder: folder.to_owned(),
            others: Vec::new(),
        })
    }

    /// The same store, which takes runs that are the same over from the folders of other comparisons.
    pub fn taking_from(self, others: &[PathBuf]) -> Self {
        Self {
            others: others.to_vec(),
            ..self
        }
    }

    /// The file of a run.
    fn path(folder: &Path, identity: &Value) -> PathBuf {
        let hash = Sha256::digest(identity.to_string());
        let name: String = hash[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        folder.join("runs").join(name + ".json")
    }

    /// How a run ended that was done before, here or in a folder that runs are taken over from: then its file is copied.
    ///
    /// # Errors
    /// [`StudyError::File`]; [`StudyError::Lstm`] that names file and line of one that is
    /// damaged or of another run.
    pub fn load(&self, runner: &dyn Runner, run: &RunKey) -> Result<Option<Ended>, StudyError> {
        let identity = runner.identity(run)?;
        let folders = std::iter::once(&self.folder).chain(&self.others);
        for folder in folders {
            let path = Self::path(folder, &identity);
            let Some(text) = read(&path)? else {
                continue;
            };
            let ended = Self::ended(&path, &text, &identity)?;
            if folder != &self.folder {
                self.save(runner, run, &ended)?;
            }
            return Ok(Some(ended));
        }
        Ok(None)
    }

    /// How the run ended that `text`, the contents of `path`, tells of.
    fn ended(path: &Path, text: &str, identity: &Value) -> Result<Ended, StudyError> {
        let file: RunFile = parsed(path, text)?;
        if file.schema_version != STORED_VERSION || file.identity != *identity {
            return Err(damaged(path, 1, "it is of another run or version"));
        }
        match (file.record, file.diverged) {
            (Some(record), None) => Ok(Ended::Finished(Box::new(record))),
            (None, Some(what)) => Ok(Ended::Diverged(what)),
            _ => Err(damaged(
                path,
                1,
                "it holds neither a record nor a divergence",
            )),
        }
    }

    /// Keeps how a run ended: under its name only when it is complete.
    ///
    /// # Errors
    /// [`StudyError::File`].
    pub fn save(&self, runner: &dyn Runner, run: &RunKey, ended: &Ended) -> Result<(), StudyError> {
        let identity = runner.identity(run)?;
        let path = Self::path(&self.folder, &identity);
        let file = RunFile {
            schema_version: STORED_VERSION,
            run: *run,
            identity,
            record: ended.record().cloned(),
            diverged: match ended {
                Ended::Finished(_) => None,
                Ended::Diverged(what) => Some(what.clone()),
            },
        };
        write(&path, &json(&path, &file)?)
    }

    /// Writes `report` as `parity.json`.
    ///
    /// # Errors
    /// [`StudyError::File`].
    pub fn report(&self, report: &impl Serialize) -> Result<PathBuf, StudyError> {
        let path = self.folder.join("parity.json");
        write(&path, &json(&path, report)?)?;
        Ok(path)
    }
}

/// The text of a file, if there is one.
fn read(path: &Path) -> Result<Option<String>, StudyError> {
    match heddle_files::read_text(path, Limit::RECORD) {
        Err(FileError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        text => Ok(Some(text?)),
    }
}

fn json(path: &Path, value: &impl Serialize) -> Result<Value, StudyError> {
    Ok(serde_json::to_value(value).map_err(|error| FileError::writing(path)(error.into()))?)
}

fn write(path: &Path, value: &Value) -> Result<(), StudyError> {
    Ok(Destination::open(path)?.write(format!("{value:#}\n").as_bytes())?)
}

fn parsed<T: serde::de::DeserializeOwned>(path: &Path, text: &str) -> Result<T, StudyError> {
    serde_json::from_str(text).map_err(|error| damaged(path, error.line(), &error.to_string()))
}

fn damaged(path: &Path, line: usize, cause: &str) -> StudyError {
    StudyError::Lstm(LstmError::Data {
        file: path.display().to_string(),
        line,
        cause: format!("{cause}; delete the file, and what it held is done again"),
    })
}

fn other(folder: &Path, remedy: String) -> StudyError {
    StudyError::Input(InputError {
        name: "--out",
        value: folder.display().to_string(),
        remedy,
    })
}

/// The first place where two values differ, with both.
fn difference(place: &str, theirs: &Value, ours: &Value) -> Option<String> {
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => a.keys().chain(b.keys()).find_map(|key| {
            let place = match place {
                "" => key.clone(),
                _ => format!("{place}.{key}"),
            };
            let of = |object: &serde_json::Map<_, _>| object.get(key).cloned();
            difference(
                &place,
                &of(a).unwrap_or_default(),
                &of(b).unwrap_or_default(),
            )
        }),
        _ if theirs == ours => None,
        _ => Some(format!("{place} is {theirs} there and {ours} here")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_difference_is_named() {
        let a = json!({"task": "lm", "trained": {"model": {"hidden": 8}}});
        let b = json!({"task": "lm", "trained": {"model": {"hidden": 9}}});
        assert_eq!(difference("", &a, &a), None);
        assert_eq!(
            difference("", &a, &b).unwrap(),
            "trained.model.hidden is 8 there and 9 here"
        );
        let missing = difference("", &json!({}), &json!({"seeds": [1]})).unwrap();
        assert_eq!(missing, "seeds is null there and [1] here");
    }
}
