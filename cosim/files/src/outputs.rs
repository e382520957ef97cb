//! The outputs of one command: each is checked before the work, and none has the place of
//! another or of an input.

use crate::place::Place;
use crate::{Destination, FileError};
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// What is there already, for comparison.
#[derive(Debug, PartialEq, Eq)]
enum Identity {
    /// A regular file, by its path without links.
    File(PathBuf),
    Descriptor(u32),
    /// A pipe or socket, by file system and number.
    Node(u64, u64),
}

/// Collects the file options of a command.
#[derive(Debug, Default)]
pub struct Outputs {
    taken: Vec<(&'static str, Identity)>,
}

impl Outputs {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// An option, such as `--json`, that prints its own on standard output.
    pub fn prints(&mut self, option: &'static str) {
        self.taken.push((option, Identity::Descriptor(1)));
    }

    /// A file that is read and is not to be overwritten.
    pub fn reads(&mut self, option: &'static str, path: &Path) {
        // What cannot be found is told by its reader.
        if let Ok(Some(identity)) = identity(path) {
            self.taken.push((option, identity));
        }
    }

    /// Opens the destination that `option` names.
    ///
    /// # Errors
    /// Those of [`Destination::open`]; [`FileError::Taken`].
    pub fn open(&mut self, option: &'static str, path: &Path) -> Result<Destination, FileError> {
        self.take(option, path)?;
        Destination::open(path)
    }

    /// The same for an option that may not be given.
    ///
    /// # Errors
    /// Likewise.
    pub fn open_any(
        &mut self,
        option: &'static str,
        path: Option<&PathBuf>,
    ) -> Result<Option<Destination>, FileError> {
        path.map(|path| self.open(option, path)).transpose()
    }

    /// Makes the folder that `option` names, if need be, for files of these names, and makes
    /// sure that files can be made in it.
    ///
    /// # Errors
    /// [`FileError::Write`], [`FileError::Place`], [`FileError::Taken`].
    pub fn folder(
        &mut self,
        option: &'static str,
        path: &Path,
        names: &[&str],
    ) -> Result<(), FileError> {
        make_folder(path)?;
        for name in names {
            self.take(option, &path.join(name))?;
        }
        Ok(())
    }

    /// Whether an output goes to standard output, where then nothing else is to be.
    pub fn take_standard_output(&self) -> bool {
        let standard = Identity::Descriptor(1);
        self.taken.iter().any(|(_, identity)| *identity == standard)
    }

    fn take(&mut self, option: &'static str, path: &Path) -> Result<(), FileError> {
        let Some(identity) = identity(path)? else {
            return Ok(());
        };
        if let Some((other, _)) = self.taken.iter().find(|(_, taken)| *taken == identity) {
            return Err(FileError::Taken {
                option,
                path: path.to_owned(),
                other,
            });
        }
        self.taken.push((option, identity));
        Ok(())
    }
}

/// What tells a place from others; nothing for devices such as /dev/null, which take
/// anything from anybody.
fn identity(path: &Path) -> Result<Option<Identity>, FileError> {
    Ok(match Place::find(path)? {
        Place::File { path, .. } => Some(Identity::File(path)),
        Place::Descriptor(number) => Some(Identity::Descriptor(number)),
        Place::Fifo(node) | Place::Socket(node) => {
            let about = fs::metadata(&node).map_err(FileError::writing(path))?;
            Some(Identity::Node(about.dev(), about.ino()))
        }
        Place::Device(device) => {
            let about = fs::metadata(&device).map_err(FileError::writing(path))?;
            let block = about.file_type().is_block_device();
            block.then(|| Identity::Node(about.dev(), about.ino()))
        }
    })
}

/// Makes a folder for files, with those around it, and makes sure that files can be made in it.
///
/// # Errors
/// [`FileError::Write`]; [`FileError::Place`] if something else is there.
pub fn make_folder(path: &Path) -> Result<(), FileError> {
    let failed = || FileError::writing(path);
    if fs::metadata(path).is_ok_and(|about| !about.is_dir()) {
        return Err(FileError::Place {
            path: path.to_owned(),
            problem: "it is not a folder".into(),
            remedy: "name a folder, or what may become one".into(),
        });
    }
    fs::create_dir_all(path).map_err(failed())?;
    crate::temporary::sweep(path);
    crate::temporary::file_in(path, 0o600).map_err(failed())?;
    Ok(())
}
