//! Files that one run at a time may write.

use crate::place::{parent, Place};
use crate::temporary::leads_to;
use crate::{Destination, FileError};
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The right to write a file again and again. A lock file `.NAME.lock` beside it says so to
/// others; the lock ends with the process that holds it, however that ends.
#[derive(Debug)]
pub struct Claim {
    lock: File,
    path: PathBuf,
}

impl Claim {
    /// Claims the file of a destination; nothing for a stream.
    ///
    /// # Errors
    /// [`FileError::InUse`] if another process, or another claim, has it;
    /// [`FileError::Write`] if the lock file cannot be made.
    pub fn of(destination: &Destination) -> Result<Option<Self>, FileError> {
        let Some(file) = destination.file() else {
            return Ok(None);
        };
        let path = lock_path(file);
        let failed = || FileError::writing(&path);
        loop {
            let lock = File::options()
                .read(true)
                .append(true)
                .create(true)
                .mode(0o666)
                .open(&path)
                .map_err(failed())?;
            match lock.try_lock() {
                Err(TryLockError::WouldBlock) => return Err(in_use(destination.path())),
                // a file system without locks
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
                Err(TryLockError::Error(error)) => return Err(failed()(error)),
                Ok(()) => {}
            }
            // Whoever held it may have removed it meanwhile.
            if leads_to(&path, &lock) {
                return Ok(Some(Self { lock, path }));
            }
        }
    }

    /// Makes sure that nobody has claimed the file at `path`, which is to be read.
    ///
    /// # Errors
    /// [`FileError::InUse`].
    pub fn free(path: &Path) -> Result<(), FileError> {
        let Ok(Place::File { path: file, .. }) = Place::find(path) else {
            return Ok(());
        };
        // Without a lock file, or with one that may not be looked at, nobody of ours has it.
        let Ok(lock) = File::open(lock_path(&file)) else {
            return Ok(());
        };
        match lock.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Err(in_use(path)),
            _ => Ok(()),
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if leads_to(&self.path, &self.lock) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn lock_path(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default();
    let mut lock = std::ffi::OsString::from(".");
    lock.push(name);
    lock.push(".lock");
    parent(file).join(lock)
}

fn in_use(path: &Path) -> FileError {
    FileError::InUse {
        path: path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn one_claim_at_a_time_by_whatever_path_and_a_dead_lock_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        symlink("run", at("link")).unwrap();
        // left by a killed run
        fs::write(at(".run.lock"), "").unwrap();
        let claim = |name: &str| Claim::of(&Destination::open(&at(name)).unwrap());
        Claim::free(&at("run")).unwrap();
        let held = claim("run").unwrap().unwrap();
        for name in ["run", "link"] {
            let error = claim(name).unwrap_err();
            assert!(error.is_bad_input());
            assert!(
                error.to_string().contains("in use by another run"),
                "{error}"
            );
        }
        assert!(Claim::free(&at("run")).is_err());
        claim("other").unwrap();
        drop(held);
        Claim::free(&at("run")).unwrap();
        claim("run").unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the link");
    }
}
