//! The one error type of this crate.

use crate::text::shown_path as shown;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A file cannot be opened or read.
    #[error("cannot read {}: {source}", shown(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// What is there cannot serve as input.
    #[error("cannot read {}: {problem}; {remedy}", shown(path))]
    Unusable {
        /// What was named.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// What would be right.
        remedy: String,
    },
    /// A file is larger than anything of its kind.
    #[error(
        "cannot read {}: it has {}{size} bytes, more than {what} {}may have ({limit}); {}",
        shown(path),
        if *.whole { "" } else { "at least " },
        if *.whole { "" } else { "of unknown length " },
        if *.whole { "give another file" } else { "write it to a file, or give another" }
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The kind, such as "a configuration".
        what: &'static str,
        /// Bytes that it has.
        size: u64,
        /// Whether these are all; a pipe or a device may have more.
        whole: bool,
        /// Most bytes that the kind may have.
        limit: u64,
    },
    /// A text is not in UTF-8.
    #[error(
        "{}:{line}: byte {byte:#04x} is not UTF-8: convert the file to UTF-8",
        shown(path)
    )]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The first byte that is wrong.
        byte: u8,
    },
    /// A file or folder cannot be written.
    #[error(
        "cannot write {}: {source}; choose a place that can be written and has room",
        shown(path)
    )]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// What a path names cannot be written to.
    #[error("cannot write {}: {problem}; {remedy}", shown(path))]
    Place {
        /// What was named.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// What would be right.
        remedy: String,
    },
    /// Two options of one command name the same place.
    #[error(
        "{option} = {} is not possible: {other} has the same place; give another name",
        shown(path)
    )]
    Taken {
        /// The later option.
        option: &'static str,
        /// What it names.
        path: PathBuf,
        /// The earlier option.
        other: &'static str,
    },
    /// Another run of the program holds a file.
    #[error(
        "{} is in use by another run of this program; wait for its end or give another name",
        shown(path)
    )]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The user, or the system, asked the program to stop.
    #[error("cancelled")]
    Cancelled,
}

impl FileError {
    /// Whether the user's choice is at fault (exit code 2) and not the disk.
    pub fn is_bad_input(&self) -> bool {
        match self {
            FileError::Write { source, .. } => names_a_bad_place(source),
            FileError::Cancelled => false,
            _ => true,
        }
    }

    /// An [`FileError::Read`].
    pub fn reading(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| FileError::Read { path, source }
    }

    /// An [`FileError::Write`].
    pub fn writing(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| FileError::Write { path, source }
    }
}

/// Whether a file cannot be written because of where it was to go, which the user
/// chose, rather than because writing failed (a full disk).
fn names_a_bad_place(error: &io::Error) -> bool {
    use io::ErrorKind::*;
    matches!(
        error.kind(),
        NotFound
            | PermissionDenied
            | ReadOnlyFilesystem
            | NotADirectory
            | IsADirectory
            | AlreadyExists
            | InvalidFilename
            | ConnectionRefused
    )
}
