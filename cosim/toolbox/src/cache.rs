//! The cache of built things: locks, checksums, atomic installation.
//!
//! A cache folder holds, for each key,
//!
//! | name | what it is |
//! |------|------------|
//! | `KEY/` | a finished entry: its files and `checksums.json` |
//! | `KEY.lock` | locked by whoever builds the entry |
//! | `KEY.HOST.PID.part/` | a build in progress; a leftover if the lock is free |
//! | `KEY.log` | the tools' output, kept when a build failed |
//!
//! An entry appears under its final name by one rename, complete. The lock keeps two
//! builders, in one process or in two, from doing the work twice; who finds a sound entry
//! needs no lock, so that a cache may be read-only. It spares work and no more: where a file
//! system has no locks, or where they do not reach other machines, each builds in a folder of its
//! own, the first rename stays, and the others use what it brought.
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
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

const CHECKSUMS: &str = "checksums.json";
/// What another machine's build in progress is left alone for: its lock may not be seen here.
const FOREIGN: Duration = Duration::from_secs(24 * 3600);
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
        let lock = self.lock(key, cancel)?;
        // Whoever had the lock may have built it.
        if let Some(found) = found() {
            return Ok(found);
        }
        self.remove_leftovers(key, lock.is_some());
        let part = Part::new(self.new_part(key)?)?;
        let keep = part.folder.join("keep");
        fs::create_dir(&keep).map_err(at(&keep))?;
        build(&part.work, &keep)?;
        seal(&keep, needs).map_err(at(&keep))?;
        if let Some(found) = self.install(&keep, &entry, &part.folder, found)? {
            return Ok(found);
        }
        let log = self.log(key);
        remove(&log).map_err(at(&log))?;
        Ok(Cached {
            value: accept(&entry)?,
            was_there: false,
        })
    }

    /// The name of a folder for a build of this process. Threads of one process build one key one
    /// after another where there are locks; where there are none they need different names, too.
    fn new_part(&self, key: &str) -> Result<PathBuf, ToolboxError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        let name = format!("{key}.{}.{process}-{number}.part", host());
        let path = self.folder.join(name);
        // This process is new, so whatever has that name is left by a dead one.
        remove(&path).map_err(at(&path))?;
        Ok(path)
    }

    /// Gives what was built its final name, unless a sound entry has come to be there meanwhile:
    /// then that is returned. An unsound one is moved out of the way.
    fn install<T>(
        &self,
        keep: &Path,
        entry: &Path,
        part: &Path,
        found: impl Fn() -> Option<Cached<T>>,
    ) -> Result<Option<Cached<T>>, ToolboxError> {
        for attempt in 0..TRIES {
            match fs::rename(keep, entry) {
                Ok(()) => return Ok(None),
                Err(error) if !is_taken(&error) => return Err(at(entry)(error)),
                Err(_) => {}
            }
            if let Some(found) = found() {
                return Ok(Some(found));
            }
            // Another builder may just have done the same.
            let aside = part.join(format!("aside-{attempt}"));
            match fs::rename(entry, &aside) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(at(entry)(error));
                }
                _ => {}
            }
        }
        Err(at(entry)(io::ErrorKind::AlreadyExists.into()))
    }

    /// Removes what builders left that were killed. What cannot be removed is left to the
    /// next one.
    fn remove_leftovers(&self, key: &str, locked: bool) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let of = name.to_str().and_then(|name| {
                let (of, process) = name.strip_suffix(".part")?.rsplit_once('.')?;
                let is_process = |digit: u8| digit.is_ascii_digit() || digit == b'-';
                let of = process.bytes().all(is_process).then_some(of)?;
                // Earlier versions left out the machine.
                match of.split_once('.') {
                    None => Some((of, None)),
                    Some((of, host)) => Some((of, Some(host.to_owned()))),
                }
            });
            let old = || {
                let changed = entry.metadata().and_then(|about| about.modified()).ok();
                let age = changed.and_then(|changed| changed.elapsed().ok());
                age.is_some_and(|age| age > FOREIGN)
            };
            let here = |host: &Option<String>| host.as_ref().is_none_or(|it| *it == self::host());
            let of = match &of {
                Some((of, host)) if here(host) || old() => Some(*of),
                _ => None,
            };
            // Whose lock is free has no builder.
            let _lock = match of {
                None => continue,
                // Without locks nobody can tell.
                Some(_) if !locked => continue,
                Some(of) if of == key => None,
                Some(of) => match self.try_lock(of) {
                    Ok(Locked::Ours(lock)) => Some(lock),
                    _ => continue,
                },
            };
            let _ = remove(&entry.path());
        }
    }

    /// Waits for the lock of `key`, and has none where the file system has none. It is released
    /// when the file is dropped.
    fn lock(&self, key: &str, cancel: Option<&Cancel>) -> Result<Option<File>, ToolboxError> {
        loop {
            match self.try_lock(key)? {
                Locked::Ours(lock) => return Ok(Some(lock)),
                Locked::None => return Ok(None),
                Locked::Theirs => {}
            }
            if is_cancelled(cancel) {
                return Err(ToolboxError::Cancelled);
            }
            thread::sleep(POLL);
        }
    }

    /// The lock of `key`, unless somebody has it.
    fn try_lock(&self, key: &str) -> Result<Locked, ToolboxError> {
        let path = self.folder.join(format!("{key}.lock"));
        let mut options = File::options();
        options.create(true).truncate(false).write(true).mode(0o600);
        let file = options.open(&path).map_err(at(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Locked::Ours(file)),
            Err(TryLockError::WouldBlock) => Ok(Locked::Theirs),
            Err(TryLockError::Error(error)) if has_no_locks(&error) => Ok(Locked::None),
            Err(TryLockError::Error(error)) => Err(at(&path)(error)),
        }
    }
}

/// What came of trying a lock.
enum Locked {
    /// It is ours.
    Ours(File),
    /// Somebody has it.
    Theirs,
    /// The file system has no locks.
    None,
}

/// So often an entry is installed that others move away or replace meanwhile.
const TRIES: usize = 100;

/// Whether locking failed because the file system has no locks: NFS without its daemon, Lustre
/// without `flock`.
fn has_no_locks(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    [Errno::NOLCK, Errno::NOSYS, Errno::OPNOTSUPP, Errno::INVAL]
        .iter()
        .any(|&missing| errno == Some(missing))
}

/// Whether a rename failed because something else has the name.
fn is_taken(error: &io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    [Errno::NOTEMPTY, Errno::EXIST, Errno::NOTDIR]
        .iter()
        .any(|&taken| errno == Some(taken))
}

/// The name of this machine, as it stands in file names.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-' || *c == '_';
    let name: String = name.trim().chars().filter(plain).collect();
    match name.is_empty() {
        true => "unknown".into(),
        false => name,
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
