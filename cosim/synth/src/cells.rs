//! The standard cells of a run: which files, and which of their cells.

use crate::SynthError;
use heddle_liberty::{LibertyError, Library};
use std::path::{Path, PathBuf};

/// The Liberty file of Debian's package `qflow-tech-osu018`.
pub const DEFAULT_LIBERTY: &str = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";

/// Standard cells to map onto.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// The Liberty files, which are taken as one library; none is [`DEFAULT_LIBERTY`].
    pub files: Vec<PathBuf>,
    /// Patterns of the names of cells that are not to be used.
    pub dont_use: Vec<String>,
}

impl Cells {
    /// The files.
    ///
    /// # Errors
    /// [`SynthError::MissingTool`] if none is given and [`DEFAULT_LIBERTY`] is not installed.
    pub fn paths(&self) -> Result<Vec<PathBuf>, SynthError> {
        if !self.files.is_empty() {
            return Ok(self.files.clone());
        }
        if !Path::new(DEFAULT_LIBERTY).is_file() {
            return Err(SynthError::MissingTool {
                tool: DEFAULT_LIBERTY.into(),
                remedy: "install the OSU018 cells with 'apt-get install qflow-tech-osu018', or \
                         name a Liberty file with --liberty"
                    .into(),
            });
        }
        Ok(vec![DEFAULT_LIBERTY.into()])
    }

    /// The library.
    ///
    /// # Errors
    /// As [`Cells::paths`]; [`SynthError::File`] and [`SynthError::Input`] for files that are
    /// not there or no libraries of standard cells.
    pub fn read(&self) -> Result<Library, SynthError> {
        Ok(Library::read(&self.paths()?, &self.dont_use)?)
    }
}

/// Which cells were not used; none if all were.
fn left_out_note(library: &Library) -> Option<String> {
    let shown = 8.min(library.left_out.len());
    let more = library.left_out.len() - shown;
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (shown > 0).then(|| {
        format!(
            "cells not used, by --dont-use or the file's own dont_use: {}{more}",
            library.left_out[..shown].join(", ")
        )
    })
}

/// What a report says about the library beside its figures.
pub fn library_notes(library: &Library) -> Vec<String> {
    let notes = library.notes.iter().cloned();
    notes.chain(left_out_note(library)).collect()
}

impl From<LibertyError> for SynthError {
    /// A file that cannot be understood, or a pattern that is none, is the user's input; a
    /// cell of a netlist that is not in the library is not.
    fn from(error: LibertyError) -> Self {
        match error {
            LibertyError::File(error) => SynthError::File(error),
            LibertyError::Bad { what, problem } => SynthError::Input {
                name: "--liberty",
                value: what,
                remedy: format!("{problem}; give a Liberty file of standard cells"),
            },
            LibertyError::Pattern { pattern, problem } => SynthError::Input {
                name: "--dont-use",
                value: pattern,
                remedy: problem,
            },
            LibertyError::Cell { .. } => SynthError::Unreadable {
                what: "the netlist".into(),
                problem: error.to_string(),
            },
        }
    }
}
