//! Where a path leads, before anything is written there.

use crate::text::shown_path;
use crate::FileError;
use rustix::io::Errno;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// Links that are followed, as many as Linux follows.
const LINKS: usize = 40;

/// What a path leads to, its links followed.
#[derive(Debug)]
pub(crate) enum Place {
    /// A regular file, or nothing yet, in a folder that is there.
    File {
        /// Its folder, without links, and its name.
        path: PathBuf,
        /// What is there.
        old: Option<Metadata>,
    },
    /// Standard output (1), standard error (2) or another open descriptor.
    Descriptor(u32),
    /// A named pipe.
    Fifo(PathBuf),
    /// A socket that somebody may listen at.
    Socket(PathBuf),
    /// A device.
    Device(PathBuf),
}

impl Place {
    /// Follows `path`; `-` is standard output.
    ///
    /// # Errors
    /// [`FileError::Place`] or [`FileError::Write`] that says what is in the way.
    pub fn find(path: &Path) -> Result<Self, FileError> {
        if path == Path::new("-") {
            return Ok(Place::Descriptor(1));
        }
        let refused = |problem: String, remedy: &str| FileError::Place {
            path: path.to_owned(),
            problem,
            remedy: remedy.into(),
        };
        if path.as_os_str().is_empty() {
            return Err(refused("the name is empty".into(), "give a file name"));
        }
        // The system's own rules for links (of others in a shared folder, say) come first.
        if let Err(error) = fs::metadata(path) {
            if Errno::from_io_error(&error) == Some(Errno::LOOP) {
                let problem = "its symbolic links lead nowhere".into();
                return Err(refused(problem, "remove them or give another name"));
            }
            if error.kind() != ErrorKind::NotFound {
                return Err(FileError::writing(path)(error));
            }
        }
        let folder = || refused("it is a folder".into(), "name a file in it");
        let mut at = path.to_owned();
        for _ in 0..=LINKS {
            let (Some(name), false) = (at.file_name(), at.as_os_str().as_bytes().ends_with(b"/"))
            else {
                return Err(folder());
            };
            let parent = parent(&at);
            let parent = parent.canonicalize().map_err(|error| match error.kind() {
                ErrorKind::NotFound => refused(
                    format!("there is no folder {}", shown_path(parent)),
                    "make it first, or give another name",
                ),
                _ => FileError::writing(path)(error),
            })?;
            if let Some(number) = descriptor(&parent, name.to_str()) {
                return Ok(Place::Descriptor(number));
            }
            let here = parent.join(name);
            let about = match fs::symlink_metadata(&here) {
                Ok(about) => about,
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    return Ok(Place::File {
                        path: here,
                        old: None,
                    })
                }
                Err(error) => return Err(FileError::writing(path)(error)),
            };
            let kind = about.file_type();
            if kind.is_symlink() {
                let target = fs::read_link(&here).map_err(FileError::writing(path))?;
                at = parent.join(target);
            } else if kind.is_file() {
                return Ok(Place::File {
                    path: here,
                    old: Some(about),
                });
            } else if kind.is_fifo() {
                return Ok(Place::Fifo(here));
            } else if kind.is_socket() {
                return Ok(Place::Socket(here));
            } else if kind.is_dir() {
                return Err(folder());
            } else {
                return Ok(Place::Device(here));
            }
        }
        Err(refused(
            "it is a chain of too many symbolic links".into(),
            "give another name",
        ))
    }
}

/// The folder of a path that has a name.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The open descriptor that a name in `/proc/PID/fd` stands for; `/dev/stdout`, `/dev/fd/3`
/// and what a shell makes of `>(command)` lead there.
fn descriptor(folder: &Path, name: Option<&str>) -> Option<u32> {
    let rest = folder.strip_prefix("/proc").ok()?;
    let mut parts = rest.iter().map(|part| part.to_str());
    let ours = parts.next()?? == std::process::id().to_string();
    let last = parts.next_back()??;
    (ours && last == "fd").then(|| name?.parse().ok()).flatten()
}

/// Another handle on an open descriptor.
pub(crate) fn duplicate(number: u32) -> io::Result<File> {
    use std::os::fd::AsFd;
    match number {
        1 => Ok(io::stdout().as_fd().try_clone_to_owned()?.into()),
        2 => Ok(io::stderr().as_fd().try_clone_to_owned()?.into()),
        // The descriptor is somebody's; its file is opened anew, and written at its end.
        number => File::options()
            .append(true)
            .open(format!("/proc/self/fd/{number}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_followed_to_a_file_a_gap_or_standard_output() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let at = |name: &str| root.join(name);
        fs::create_dir(at("deep")).unwrap();
        fs::write(at("deep/file"), "").unwrap();
        symlink("deep/file", at("one")).unwrap();
        symlink(at("one"), at("two")).unwrap();
        symlink("deep/none", at("gap")).unwrap();
        symlink("/dev/stdout", at("out")).unwrap();
        symlink("/dev/fd", at("descriptors")).unwrap();
        symlink("self", at("self")).unwrap();
        symlink("missing/x", at("lost")).unwrap();
        let file = |name: &str| match Place::find(&at(name)).unwrap() {
            Place::File { path, old } => (path, old.is_some()),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(file("two"), (at("deep/file"), true));
        assert_eq!(file("gap"), (at("deep/none"), false));
        assert_eq!(file("deep/../new"), (at("new"), false));
        for name in ["out", "descriptors/1"] {
            let place = Place::find(&at(name)).unwrap();
            assert!(matches!(place, Place::Descriptor(1)), "{name}: {place:?}");
        }
        for (name, word) in [
            ("self", "lead nowhere"),
            ("lost", "no folder"),
            ("deep", "is a folder"),
            ("new/", "is a folder"),
            ("deep/file/x", "Not a directory"),
        ] {
            let error = Place::find(&at(name)).unwrap_err();
            assert!(error.is_bad_input());
            assert!(error.to_string().contains(word), "{name}: {error}");
        }
    }
}
