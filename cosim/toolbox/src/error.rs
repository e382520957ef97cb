//! The one error type of this crate.

use std::io;
use std::path::{Path, PathBuf};

/// Why a tool was not run, or what it built not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolboxError {
    /// A program is not there.
    #[error("cannot find the program '{program}': {remedy}")]
    MissingTool {
        /// The program, as it was looked for.
        program: String,
        /// How to get it.
        remedy: String,
    },
    /// A program is there but does not work.
    #[error("'{program}' does not work: {detail}; {remedy}")]
    BrokenTool {
        /// The program, as it was called.
        program: String,
        /// What it said or did.
        detail: String,
        /// How to get one that works.
        remedy: String,
    },
    /// A file or folder of the cache cannot be read or written.
    #[error("cannot use the cache at {}: {source}; name a folder that can be written with --cache or HEDDLE_CACHE", .path.display())]
    Cache {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody else could have written what is in the cache.
    #[error("the cache {} is not safe: {problem}; {remedy}", .folder.display())]
    Untrusted {
        /// The cache's folder.
        folder: PathBuf,
        /// What somebody else could change, and why.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// Nothing says where the cache is to be.
    #[error("there is no folder for the cache: HOME and XDG_CACHE_HOME name none; name one with --cache or HEDDLE_CACHE")]
    NoCache,
    /// Tools need a folder whose path means nothing to a shell, and there is none.
    #[error("tools cannot work in {}: its path is not made of letters, digits and '_-+.,:=@%/' alone; set TMPDIR to a folder with such a path", .path.display())]
    NoWorkFolder {
        /// The folder for temporary files that was tried first.
        path: PathBuf,
    },
    /// The caller's flag was set.
    #[error("cancelled")]
    Cancelled,
}

impl ToolboxError {
    /// Whether what the user gave or set is at fault, rather than a tool or the machine.
    pub fn is_bad_input(&self) -> bool {
        matches!(
            self,
            ToolboxError::Untrusted { .. }
                | ToolboxError::NoCache
                | ToolboxError::NoWorkFolder { .. }
        )
    }

    /// The error for a program that could not be started.
    pub fn start(program: &Path, error: &io::Error, remedy: &str) -> Self {
        let program = program.display().to_string();
        let remedy = remedy.to_owned();
        if error.kind() == io::ErrorKind::NotFound {
            ToolboxError::MissingTool { program, remedy }
        } else {
            ToolboxError::BrokenTool {
                program,
                detail: error.to_string(),
                remedy,
            }
        }
    }
}

/// Attaches a path of the cache to an I/O error.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> ToolboxError + '_ {
    |source| ToolboxError::Cache {
        path: path.to_owned(),
        source,
    }
}
