//! The cache of built things: locks, checksums, atomic installation.
//!
//! A cache folder holds, for each key,
//!
//! | name | what it is |
//! |------|------------|
//! | `KEY/` | a finished entry: its files and `checksums.json` |
//! | `KEY.lock` | locked by whoever builds the entry |
//! | `KEY.PID.part/` | a build in progress; a leftover if the lock is free |
//! | `KEY.log` | the tools' output, kept when a build failed |
//!
//! An entry appears under its final name by one rename, complete. The lock keeps two
//! builders, in one process or in two, from doing the work twice; who finds a sound entry
//! needs no lock, so that a cache may be read-only.
//!
//! What is in an entry is loaded and run. So the folder, all above it, the entry and its
//! files must be this user's or root's and writable by nobody else, and the checksums must
//! name every file that is going to be read.

use crate::error::at;
use crate::folders::work_elsewhere;
use crate::key::sha256;
use crate::run::is_cancelled;
use crate::trust::{self, FlawKind};
use crate::{Cancel, ToolboxError};
use heddle_files::Scratch;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

const CHECKSUMS: &str = "checksums.json";
/// How often a lock of somebody else's is tried.
const POLL: Duration = Duration::from_millis(10);

/// A cache folder.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

/// What came out of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cached<T> {
    /// What was made of the entry.
    pub value: T,
    /// Whether the entry was there already.
    pub was_there: bool,
}

impl Cache {
    /// The cache in `folder`, which is made for this user alone if it is not there.
    ///
    /// # Errors
    /// [`ToolboxError::Cache`] if it cannot be made, [`ToolboxError::Untrusted`] if
    /// somebody else could have written what is in it.
    pub fn open(folder: &Path) -> Result<Self, ToolboxError> {
        let mut builder = DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(folder);
        made.map_err(at(folder))?;
        // Tools run in other folders, so paths must not be relative.
        let folder = folder.canonicalize().map_err(at(folder))?;
        trust::folder(&folder).map_err(|flaw| {
            let change = match flaw.kind {
                FlawKind::Group(_) | FlawKind::All => "run 'chmod go-w' on it, or ",
                FlawKind::Owner(_) | FlawKind::Kind => "",
            };
            ToolboxError::Untrusted {
                folder: folder.clone(),
                problem: flaw.to_string(),
                remedy: format!("{change}name a folder of your own with --cache or HEDDLE_CACHE"),
            }
        })?;
        Ok(Self { folder })
    }

    /// Where the log of a failed build of `key` is kept.
    pub fn log(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.log"))
    }

    /// The folder of an entry for `key`, be it there or not.
    pub fn path(&self, key: &str) -> PathBuf {
        self.folder.join(key)
    }

    /// A sound entry for `key` with at least the files `needs`, built if there is none.
    ///
    /// `build` is given an empty folder to work in, whose path is plain
    /// ([`is_plain_path`](crate::names::is_plain_path)), and an empty folder for the
    /// files to keep, perhaps on another file system ([`move_file`]). `accept` has the last
    /// word on whether an entry is sound; an entry that fails is built again, once. Of an
    /// entry's files only `needs` may be read.
    ///
    /// # Errors
    /// Those of `build` and of `accept`; [`ToolboxError::Cache`] if the cache cannot be
    /// written, [`ToolboxError::NoWorkFolder`], [`ToolboxError::Cancelled`] if somebody
    /// else is building and the caller does not want to wait.
    pub fn entry<T, E: From<ToolboxError>>(
        &self,
        key: &str,
        needs: &[&str],
        cancel: Option<&Cancel>,
        build: impl FnOnce(&Path, &Path) -> Result<(), E>,
        accept: impl Fn(&Path) -> Result<T, E>,
    ) -> Result<Cached<T>, E> {
        let entry = self.path(key);
        let found = || {
            let value = is_sound(&entry, needs).then(|| accept(&entry).ok())??;
            Some(Cached {
                value,
                was_there: true,
            })
        };
        if let Some(found) = found() {
            return Ok(found);
        }
        let _lock = self.lock(key, cancel)?;
        // Whoever had the lock may have built it.
        if let Some(found) = found() {
            return Ok(found);
        }
        self.remove_leftovers(key);
        let part = Part::new(
            self.folder
                .join(format!("{key}.{}.part", std::process::id())),
        )?;
        let keep = part.folder.join("keep");
        fs::create_dir(&keep).map_err(at(&keep))?;
        build(&part.work, &keep)?;
        seal(&keep, needs).map_err(at(&keep))?;
        remove(&entry).map_err(at(&entry))?;
        fs::rename(&keep, &entry).map_err(at(&entry))?;
        let log = self.log(key);
        remove(&log).map_err(at(&log))?;
        Ok(Cached {
            value: accept(&entry)?,
            was_there: false,
        })
    }

    /// Removes what builders left that were killed. What cannot be removed is left to the
    /// next one.
    fn remove_leftovers(&self, key: &str) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let of = name.to_str().and_then(|name| {
                let (of, process) = name.strip_suffix(".part")?.rsplit_once('.')?;
                process
                    .bytes()
                    .all(|digit| digit.is_ascii_digit())
                    .then_some(of)
            });
            // Whose lock is free has no builder.
            let _lock = match of {
                None => continue,
                Some(of) if of == key => None,
                Some(of) => match self.try_lock(of) {
                    Ok(Some(lock)) => Some(lock),
                    _ => continue,
                },
            };
            let _ = remove(&entry.path());
        }
    }

    /// Waits for the lock of `key`. It is released when the file is dropped.
    fn lock(&self, key: &str, cancel: Option<&Cancel>) -> Result<File, ToolboxError> {
        loop {
            if let Some(lock) = self.try_lock(key)? {
                return Ok(lock);
            }
            if is_cancelled(cancel) {
                return Err(ToolboxError::Cancelled);
            }
            thread::sleep(POLL);
        }
    }

    /// The lock of `key`, unless somebody has it.
    fn try_lock(&self, key: &str) -> Result<Option<File>, ToolboxError> {
        let path = self.folder.join(format!("{key}.lock"));
        let mut options = File::options();
        options.create(true).truncate(false).write(true).mode(0o600);
        let file = options.open(&path).map_err(at(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(at(&path)(error)),
        }
    }
}

/// Moves a file, to another file system if need be.
///
/// # Errors
/// [`ToolboxError::Cache`] with the file that cannot be read or written.
pub fn move_file(from: &Path, to: &Path) -> Result<(), ToolboxError> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            fs::copy(from, to).map(|_| ()).map_err(at(to))
        }
        done => done.map_err(at(from)),
    }
}

/// A build in progress; its folders go away with it.
struct Part {
    folder: PathBuf,
    work: PathBuf,
    _elsewhere: Option<Scratch>,
}

impl Part {
    fn new(folder: PathBuf) -> Result<Self, ToolboxError> {
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .map_err(at(&folder))?;
        let mut part = Self {
            work: folder.join("work"),
            folder,
            _elsewhere: None,
        };
        part._elsewhere = work_elsewhere(&part.work)?;
        match &part._elsewhere {
            Some(elsewhere) => part.work = elsewhere.path().to_owned(),
            None => fs::create_dir(&part.work).map_err(at(&part.work))?,
        }
        Ok(part)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Removes whatever is at `path`; a link, not what it leads to.
fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    }
}

/// Writes the checksums of a new entry, which nobody else may write from now on.
fn seal(entry: &Path, needs: &[&str]) -> io::Result<()> {
    let mut sums = BTreeMap::new();
    for file in fs::read_dir(entry)? {
        let file = file?;
        let path = file.path();
        close(&path)?;
        let name = file.file_name().to_string_lossy().into_owned();
        sums.insert(name, sha256(&trust::read(&path)?));
    }
    if let Some(missing) = needs.iter().find(|name| !sums.contains_key(**name)) {
        let problem = format!("{missing} was not built");
        return Err(io::Error::new(io::ErrorKind::NotFound, problem));
    }
    let path = entry.join(CHECKSUMS);
    fs::write(&path, serde_json::to_string_pretty(&sums)?)?;
    close(&path)?;
    close(entry)
}

/// Takes away others' right to write, which the user's umask may give.
fn close(path: &Path) -> io::Result<()> {
    let mode = fs::symlink_metadata(path)?.mode();
    fs::set_permissions(path, Permissions::from_mode(mode & 0o7755))
}

/// Whether an entry is there, nobody else's, and has every file of `needs` as it was
/// installed. Checked before loading, because loading a truncated library ends the process.
fn is_sound(entry: &Path, needs: &[&str]) -> bool {
    let sound = || {
        let text = trust::read(&entry.join(CHECKSUMS)).ok()?;
        let sums: BTreeMap<String, String> = serde_json::from_slice(&text).ok()?;
        let listed = needs.iter().all(|name| sums.contains_key(*name));
        let right = sums.iter().all(|(name, sum)| {
            // A name must not lead out of the entry.
            Path::new(name).file_name() == Some(OsStr::new(name))
                && trust::read(&entry.join(name)).is_ok_and(|bytes| sha256(&bytes) == *sum)
        });
        Some(!needs.is_empty() && listed && right)
    };
    trust::inner_folder(entry) && sound() == Some(true)
}
