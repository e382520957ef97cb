//! The folder of a run, and what it says of itself.
//!
//! | name | what it is |
//! |------|------------|
//! | `farm.json` | the plan as it was submitted, the program, and what was submitted |
//! | `list.txt` | names of the pieces, where they are commands |
//! | `prepared.jsonl` | the header that all results have |
//! | `pieces/I.jsonl` | results of task I |
//! | `tasks/I.json` | how task I ended the last time |
//! | `logs/` | what tasks and pieces printed |
//! | `models/` | built models |
//! | `NAME.jsonl` | the merged results |

use crate::header::host;
use crate::{FarmError, Plan};
use heddle_files::{FileError, InputError};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A job array of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Array {
    /// Slurm's number of it.
    pub job: String,
    /// What is added to an element's number to have that of the task.
    pub offset: u64,
    /// The tasks in it.
    pub tasks: Vec<u64>,
}

/// A run, as it was submitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunFolder {
    /// The plan, with absolute paths.
    pub plan: Plan,
    /// The program that runs the tasks.
    pub program: PathBuf,
    /// The job arrays so far.
    pub arrays: Vec<Array>,
}

const STATE: &str = "farm.json";

impl RunFolder {
    /// The run in `folder`.
    ///
    /// # Errors
    /// [`FarmError::Input`] if there is none, [`FarmError::File`].
    pub fn open(folder: &Path) -> Result<Self, FarmError> {
        let path = folder.join(STATE);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let name = heddle_files::shown_path(folder);
                let remedy = "nothing was submitted there: 'heddle farm submit' first";
                return Err(InputError::new("folder", name, remedy).into());
            }
            read => read.map_err(FileError::reading(&path))?,
        };
        serde_json::from_slice(&bytes).map_err(|error| FarmError::Lines {
            path,
            line: error.line(),
            problem: error.to_string(),
        })
    }

    /// Whether there is a run in `folder`.
    pub fn is_there(folder: &Path) -> bool {
        folder.join(STATE).exists()
    }

    /// Makes the folder of a plan.
    ///
    /// # Errors
    /// [`FarmError::Input`] if it has a run already, [`FarmError::File`].
    pub fn create(plan: Plan, program: PathBuf) -> Result<Self, FarmError> {
        if Self::is_there(&plan.folder) {
            let name = heddle_files::shown_path(&plan.folder);
            let remedy =
                "it has a run already: 'heddle farm resume' goes on with it, or name another";
            return Err(InputError::new("folder", name, remedy).into());
        }
        for inner in ["pieces", "tasks", "logs"] {
            let path = plan.folder.join(inner);
            fs::create_dir_all(&path).map_err(FileError::writing(&path))?;
        }
        Ok(Self {
            plan,
            program,
            arrays: Vec::new(),
        })
    }

    /// Writes down what there is to know.
    ///
    /// # Errors
    /// [`FarmError::File`].
    pub fn save(&self) -> Result<(), FarmError> {
        write_whole(&self.path(STATE), self)
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.plan.folder.join(name)
    }

    /// Where the results of a task are.
    pub fn pieces(&self, task: u64) -> PathBuf {
        self.path(&format!("pieces/{task}.jsonl"))
    }

    /// How a task ended.
    pub fn record(&self, task: u64) -> PathBuf {
        self.path(&format!("tasks/{task}.json"))
    }

    /// The header that all results have.
    pub fn prepared(&self) -> PathBuf {
        self.path("prepared.jsonl")
    }

    /// Where the names of pieces that are commands are.
    pub fn list(&self) -> PathBuf {
        self.path("list.txt")
    }

    /// The merged results.
    pub fn merged(&self) -> PathBuf {
        self.path(&format!("{}.jsonl", self.plan.name))
    }

    /// All tasks, from 1.
    pub fn tasks(&self) -> std::ops::RangeInclusive<u64> {
        1..=self.plan.tasks
    }
}

/// Writes a file by one rename. No locks, and nothing of others is removed: the folder may be on
/// a file system whose locks other machines do not see.
///
/// # Errors
/// [`FarmError::File`].
pub(crate) fn write_whole(path: &Path, value: &impl Serialize) -> Result<(), FarmError> {
    let bytes = serde_json::to_vec_pretty(value).map_err(std::io::Error::from);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let own = path.with_file_name(format!(".{name}.{}-{}", host(), std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = fs::File::create(&own)?;
        file.write_all(&bytes?)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&own, path)
    };
    Ok(write().map_err(FileError::writing(path))?)
}
