//! Temporary files and folders that do not outlive a killed program for long.
//!
//! Each is locked by its owner as long as that lives. Who makes another one in the same
//! folder removes those of the same user that nobody holds any more.

use rustix::fs::OFlags;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::{TempDir, TempPath};

/// Between this and the suffix stands the owner's number and something random.
const PREFIX: &str = "heddle-";
const SUFFIX: &str = ".tmp";

/// A temporary folder, removed when it is dropped, or by the next run if this one is
/// killed.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    /// One in the system's folder for temporary files.
    ///
    /// # Errors
    /// Those of the system.
    pub fn new() -> io::Result<Self> {
        Self::within(&std::env::temp_dir())
    }

    /// One in `folder`.
    ///
    /// # Errors
    /// Those of the system.
    pub fn within(folder: &Path) -> io::Result<Self> {
        sweep(folder);
        let name = name();
        held(|| {
            let made = tempfile::Builder::new()
                .prefix(&name)
                .suffix(SUFFIX)
                .permissions(Permissions::from_mode(0o700))
                .tempdir_in(folder)?;
            let path = made.path().to_owned();
            Ok((made, path, None))
        })
        .map(|(folder, lock)| Self {
            folder,
            _lock: lock,
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// An empty temporary file of this mode (less the user's mask) in `folder`.
pub(crate) fn file_in(folder: &Path, mode: u32) -> io::Result<(TempPath, File)> {
    let name = format!(".{}", name());
    held(|| {
        let made = tempfile::Builder::new()
            .prefix(&name)
            .suffix(SUFFIX)
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(folder)?;
        let (file, path) = made.into_parts();
        let at = path.to_path_buf();
        Ok((path, at, Some(file)))
    })
}

fn name() -> String {
    format!("{PREFIX}{}-", std::process::id())
}

/// Makes something and locks it; once more if somebody swept it away before the lock.
fn held<T>(make: impl Fn() -> io::Result<(T, PathBuf, Option<File>)>) -> io::Result<(T, File)> {
    loop {
        let (made, path, file) = make()?;
        let file = match file.map_or_else(|| File::open(&path), Ok) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened?,
        };
        // A file system without locks has no sweeping either.
        let _ = file.lock_shared();
        if leads_to(&path, &file) {
            return Ok((made, file));
        }
    }
}

/// Whether `path` still names the file that is open as `file`.
pub(crate) fn leads_to(path: &Path, file: &File) -> bool {
    let (Ok(there), Ok(open)) = (fs::symlink_metadata(path), file.metadata()) else {
        return false;
    };
    (there.dev(), there.ino()) == (open.dev(), open.ino())
}

/// Removes what dead owners left in `folder`. It is a courtesy: what cannot be removed stays.
pub(crate) fn sweep(folder: &Path) {
    let user = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if !name.to_str().is_some_and(is_ours) {
            continue;
        }
        let path = entry.path();
        let Ok(about) = fs::symlink_metadata(&path) else {
            continue;
        };
        if about.uid() != user || !(about.is_file() || about.is_dir()) {
            continue;
        }
        let opened = File::options()
            .read(true)
            .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32)
            .open(&path);
        let Ok(file) = opened else { continue };
        if file.try_lock().is_ok() && leads_to(&path, &file) {
            let _ = match about.is_dir() {
                true => fs::remove_dir_all(&path),
                false => fs::remove_file(&path),
            };
        }
    }
}

/// Whether a name is one that this module gives.
fn is_ours(name: &str) -> bool {
    let name = name.strip_prefix('.').unwrap_or(name);
    let middle = name
        .strip_prefix(PREFIX)
        .and_then(|name| name.strip_suffix(SUFFIX));
    let Some((owner, random)) = middle.and_then(|middle| middle.split_once('-')) else {
        return false;
    };
    !owner.is_empty()
        && owner.bytes().all(|byte| byte.is_ascii_digit())
        && !random.is_empty()
        && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_owner_left_goes_and_what_a_living_one_holds_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (living, _lock) = file_in(folder.path(), 0o666).unwrap();
        let scratch = Scratch::within(folder.path()).unwrap();
        fs::write(scratch.path().join("x"), "").unwrap();
        // as a killed program leaves them
        fs::write(at(".heddle-17-aB3.tmp"), "half").unwrap();
        fs::create_dir(at("heddle-17-xyz.tmp")).unwrap();
        fs::write(at("heddle-17-xyz.tmp/array.v"), "").unwrap();
        // a user's own
        for name in [
            "heddle-notes.tmp",
            ".heddle-x-1.tmp",
            "heddle-1-.tmp",
            "heddle-1-a",
        ] {
            fs::write(at(name), "").unwrap();
        }
        sweep(folder.path());
        assert!(living.exists() && scratch.path().join("x").exists());
        assert!(!at(".heddle-17-aB3.tmp").exists() && !at("heddle-17-xyz.tmp").exists());
        drop((living, scratch));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
    }
}
