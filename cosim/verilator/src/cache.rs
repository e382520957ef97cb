//! The cache of built things: locks, checksums, atomic installation.
//!
//! A cache folder holds, for each key,
//!
//! | name | what it is |
//! |------|------------|
//! | `KEY/` | a finished entry: its files and `checksums.json` |
//! | `KEY.lock` | locked by whoever checks or builds the entry |
//! | `KEY.PID.part/` | a build in progress; a leftover if the lock is free |
//! | `KEY.log` | the tools' output, kept when a build failed |
//!
//! An entry appears under its final name by one rename, complete. The lock keeps
//! two builders, in one process or in two, from doing the work twice.

use crate::key::file_hash;
use crate::process::is_cancelled;
use crate::{Cancel, VerilatorError};
use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

const CHECKSUMS: &str = "checksums.json";

/// Where built models are kept unless the builder names another folder:
/// `$HEDDLE_CACHE`, else `heddle/models` in `$XDG_CACHE_HOME`, else in `~/.cache`,
/// else in the folder for temporary files.
pub fn default_cache_dir() -> PathBuf {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = variable("HEDDLE_CACHE") {
        return folder.into();
    }
    variable("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")))
        .unwrap_or_else(env::temp_dir)
        .join("heddle/models")
}

/// A cache folder.
pub(crate) struct Cache {
    folder: PathBuf,
}

/// Attaches a path to an I/O error of the cache.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> VerilatorError + '_ {
    |source| VerilatorError::Cache {
        path: path.to_owned(),
        source,
    }
}

impl Cache {
    /// The cache in `folder`, which is made if it is not there.
    pub fn open(folder: &Path) -> Result<Self, VerilatorError> {
        fs::create_dir_all(folder).map_err(at(folder))?;
        // Tools run in other folders, so paths must not be relative.
        let folder = folder.canonicalize().map_err(at(folder))?;
        Ok(Self { folder })
    }

    /// Where the log of a failed build of `key` is kept.
    pub fn log(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.log"))
    }

    /// The folder of a sound entry for `key`, built if there is none.
    ///
    /// `build` is given an empty folder to work in and an empty folder for the
    /// files to keep. `accept` has the last word on whether an entry is sound; an
    /// entry that fails is built again, once.
    pub fn entry<T>(
        &self,
        key: &str,
        cancel: Option<&Cancel>,
        mut build: impl FnMut(&Path, &Path) -> Result<(), VerilatorError>,
        accept: impl Fn(&Path) -> Result<T, VerilatorError>,
    ) -> Result<T, VerilatorError> {
        let entry = self.folder.join(key);
        let _lock = self.lock(key, cancel)?;
        if is_sound(&entry) {
            if let Ok(accepted) = accept(&entry) {
                return Ok(accepted);
            }
        }
        self.remove_leftovers(key);
        let part = Part::new(
            self.folder
                .join(format!("{key}.{}.part", std::process::id())),
        )?;
        let (work, keep) = (part.0.join("work"), part.0.join("keep"));
        fs::create_dir(&work).map_err(at(&work))?;
        fs::create_dir(&keep).map_err(at(&keep))?;
        build(&work, &keep)?;
        write_checksums(&keep)?;
        if entry.exists() {
            fs::remove_dir_all(&entry).map_err(at(&entry))?;
        }
        fs::rename(&keep, &entry).map_err(at(&entry))?;
        let log = self.log(key);
        if log.exists() {
            fs::remove_file(&log).map_err(at(&log))?;
        }
        accept(&entry)
    }

    /// Removes what builders of `key` left that were killed. Their tools may still be
    /// at work there, so whatever cannot be removed is left to the next builder.
    fn remove_leftovers(&self, key: &str) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(key) && name.ends_with(".part") {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Waits for the lock of `key`. It is released when the file is dropped.
    fn lock(&self, key: &str, cancel: Option<&Cancel>) -> Result<File, VerilatorError> {
        let path = self.folder.join(format!("{key}.lock"));
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(at(&path))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if is_cancelled(cancel) => {
                    return Err(VerilatorError::Cancelled)
                }
                Err(TryLockError::WouldBlock) => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(TryLockError::Error(error)) => return Err(at(&path)(error)),
            }
        }
    }
}

/// A build in progress; its folder goes away with it.
struct Part(PathBuf);

impl Part {
    fn new(folder: PathBuf) -> Result<Self, VerilatorError> {
        fs::create_dir(&folder).map_err(at(&folder))?;
        Ok(Self(folder))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn write_checksums(entry: &Path) -> Result<(), VerilatorError> {
    let sums = || -> io::Result<()> {
        let mut sums = BTreeMap::new();
        for file in fs::read_dir(entry)? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            sums.insert(name, file_hash(&file.path())?);
        }
        let text = serde_json::to_string_pretty(&sums)?;
        fs::write(entry.join(CHECKSUMS), text)
    };
    sums().map_err(at(entry))
}

/// Whether an entry is there and every file of it is as it was installed.
/// Checked before loading, because loading a truncated library ends the process.
fn is_sound(entry: &Path) -> bool {
    let Ok(text) = fs::read_to_string(entry.join(CHECKSUMS)) else {
        return false;
    };
    let Ok(sums) = serde_json::from_str::<BTreeMap<String, String>>(&text) else {
        return false;
    };
    sums.iter()
        .all(|(name, sum)| file_hash(&entry.join(name)).is_ok_and(|found| found == *sum))
}
