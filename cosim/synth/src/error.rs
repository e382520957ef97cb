//! What can go wrong between a configuration and its report.

use heddle_files::FileError;
use heddle_toolbox::ToolboxError;
use std::io;
use std::path::PathBuf;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// A tool is not installed.
    #[error("cannot find {tool}: {remedy}")]
    MissingTool {
        /// The tool.
        tool: String,
        /// How to get it.
        remedy: String,
    },
    /// A tool is there and cannot be run.
    #[error("cannot run {program}: {detail}; {remedy}")]
    BrokenTool {
        /// The program.
        program: String,
        /// What happened.
        detail: String,
        /// How to get one that works.
        remedy: String,
    },
    /// A tool ended with an error.
    #[error("{tool} failed: {detail} (log: {})", log.display())]
    Failed {
        /// The tool.
        tool: String,
        /// Its last words.
        detail: String,
        /// Where all of them are.
        log: PathBuf,
    },
    /// A tool did not end in the time that it was given.
    #[error(
        "{tool} did not end in {minutes} minutes (log: {}); give it more with --seed-minutes, or try \
         another --aim-mhz",
        log.display()
    )]
    TimedOut {
        /// The tool.
        tool: String,
        /// The time that it was given.
        minutes: u64,
        /// Where its words are.
        log: PathBuf,
    },
    /// What a tool wrote is not what it should be.
    #[error("{what} cannot be understood: {problem}")]
    Unreadable {
        /// Which report, with its file where there is one.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A value given by the user is not possible.
    #[error("{name} = {value} is not possible: {remedy}")]
    Input {
        /// What was given.
        name: &'static str,
        /// Its value.
        value: String,
        /// What would be right.
        remedy: String,
    },
    /// A file given by the user cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file of the cache or the output folder cannot be written.
    #[error("cannot write {}: {source}; choose a place that can be written and has room", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The design could not be generated.
    #[error(transparent)]
    Hdl(#[from] heddle_hdl::HdlError),
    /// The cache is not safe, or tools find no place to work in.
    #[error(transparent)]
    Toolbox(ToolboxError),
    /// The caller's flag was set.
    #[error("cancelled")]
    Cancelled,
}

impl From<ToolboxError> for SynthError {
    fn from(error: ToolboxError) -> Self {
        match error {
            ToolboxError::MissingTool { program, remedy } => SynthError::MissingTool {
                tool: program,
                remedy,
            },
            ToolboxError::BrokenTool {
                program,
                detail,
                remedy,
            } => SynthError::BrokenTool {
                program,
                detail,
                remedy,
            },
            ToolboxError::Cache { path, source } => SynthError::Write { path, source },
            ToolboxError::Cancelled => SynthError::Cancelled,
            error => SynthError::Toolbox(error),
        }
    }
}

impl SynthError {
    /// Whether the user's input or machine is at fault, which exit code 2 says.
    pub fn is_bad_input(&self) -> bool {
        match self {
            SynthError::MissingTool { .. }
            | SynthError::BrokenTool { .. }
            | SynthError::Input { .. } => true,
            SynthError::File(error) => error.is_bad_input(),
            SynthError::Toolbox(error) => error.is_bad_input(),
            _ => false,
        }
    }
}

pub(crate) fn unreadable(what: &str, problem: impl std::fmt::Display) -> SynthError {
    SynthError::Unreadable {
        what: what.to_owned(),
        problem: problem.to_string(),
    }
}

pub(crate) fn write_failed(path: &std::path::Path) -> impl FnOnce(io::Error) -> SynthError {
    let path = path.to_owned();
    move |source| SynthError::Write { path, source }
}
