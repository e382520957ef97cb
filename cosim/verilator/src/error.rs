//! The one error type of this crate.

use crate::Version;
use heddle_toolbox::ToolboxError;
use std::io;
use std::path::{Path, PathBuf};

/// Why a model could not be built, loaded or driven.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerilatorError {
    /// A program that is needed is not there.
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
    /// A shell would take the path of this Verilator for something else.
    #[error("Verilator cannot be run from {}: its path is not made of letters, digits and '_-+.,:=@%/' alone; install it elsewhere and name it with HEDDLE_VERILATOR or --verilator", .path.display())]
    UnsafePath {
        /// The program.
        path: PathBuf,
    },
    /// This Verilator is older than the oldest that is supported.
    #[error("'{program}' is Verilator {found}, but {needed} or newer is needed: {remedy}")]
    TooOld {
        /// The program, as it was called.
        program: String,
        /// Its version.
        found: Version,
        /// The oldest that will do.
        needed: Version,
        /// How to get a newer one.
        remedy: String,
    },
    /// Verilator, the compiler or the linker rejected the model.
    #[error("{stage} failed for '{top}':\n{first_errors}\nThe whole output is in {}", .log.display())]
    Build {
        /// The step that failed: `verilator` or `make`.
        stage: &'static str,
        /// The top module.
        top: String,
        /// The first error lines of the tool.
        first_errors: String,
        /// Where the whole output was kept.
        log: PathBuf,
    },
    /// Verilator, the compiler or the linker ran out of memory.
    #[error("{stage} ran out of memory for '{top}'; the whole output is in {}", .log.display())]
    Memory {
        /// The step that failed: `verilator` or `make`.
        stage: &'static str,
        /// The top module.
        top: String,
        /// Where the whole output was kept.
        log: PathBuf,
    },
    /// A header or library of the system is missing for this kind of model.
    #[error("cannot compile '{top}': {missing} is missing: {remedy}")]
    MissingLibrary {
        /// The top module.
        top: String,
        /// The header or library.
        missing: String,
        /// How to get it.
        remedy: String,
    },
    /// A Verilog source cannot be read.
    #[error("cannot read the Verilog source {}: {source}", .path.display())]
    Source {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The cache folder cannot be used.
    #[error("cannot use the model cache at {}: {source}; name a folder that can be written with --cache or HEDDLE_CACHE", .path.display())]
    Cache {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A freshly built library cannot be loaded.
    #[error("cannot load the model {}: {detail}", .path.display())]
    Load {
        /// The shared library.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// The builder was not given something that it needs, or two things that clash.
    #[error("cannot build '{top}': {detail}")]
    Request {
        /// The top module.
        top: String,
        /// What is wrong, and what would be right.
        detail: String,
    },
    /// The top module has a port of a kind that the binding does not carry.
    #[error("'{top}' has a port that cannot be driven: '{declaration}'; use packed input and output vectors")]
    UnsupportedPort {
        /// The top module.
        top: String,
        /// The port's C++ declaration.
        declaration: String,
    },
    /// The top module has no such port.
    #[error("'{top}' has no port '{name}'; it has {available}")]
    NoPort {
        /// The top module.
        top: String,
        /// The name asked for.
        name: String,
        /// The names that there are.
        available: String,
    },
    /// A port has another width or direction than the caller relies on.
    #[error("port '{name}' of '{top}' is {found}, expected {expected}")]
    PortShape {
        /// The top module.
        top: String,
        /// The port.
        name: String,
        /// Its direction and width.
        found: String,
        /// The direction and width expected.
        expected: String,
    },
    /// The model was built without a feature that was used.
    #[error(
        "the model of '{top}' was built without {feature}: call Builder::{method} before build"
    )]
    NotBuilt {
        /// The top module.
        top: String,
        /// The feature.
        feature: &'static str,
        /// The builder's method that enables it.
        method: &'static str,
    },
    /// A file of the model (waveform, coverage) cannot be written.
    #[error("cannot write {}: {detail}", .path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// The simulation stopped itself (`$stop`, `$fatal`, no convergence).
    #[error("the simulation of '{top}' stopped at time {time}: {message}")]
    Simulation {
        /// The top module.
        top: String,
        /// Half cycles since the start.
        time: u64,
        /// What the model said.
        message: String,
    },
    /// A program built around the model could not be started.
    #[error("cannot start the program of '{top}': {source}")]
    Program {
        /// The top module.
        top: String,
        /// Why.
        source: std::io::Error,
    },
    /// The cache is not safe, or tools find no place to work in.
    #[error(transparent)]
    Toolbox(ToolboxError),
    /// The caller's cancel flag was set.
    #[error("cancelled")]
    Cancelled,
}

impl VerilatorError {
    /// Whether what the user gave or set is at fault, which exit code 2 says.
    pub fn is_bad_input(&self) -> bool {
        match self {
            VerilatorError::Toolbox(error) => error.is_bad_input(),
            VerilatorError::UnsafePath { .. } => true,
            _ => false,
        }
    }
}

impl From<ToolboxError> for VerilatorError {
    fn from(error: ToolboxError) -> Self {
        match error {
            ToolboxError::MissingTool { program, remedy } => {
                VerilatorError::MissingTool { program, remedy }
            }
            ToolboxError::BrokenTool {
                program,
                detail,
                remedy,
            } => VerilatorError::BrokenTool {
                program,
                detail,
                remedy,
            },
            ToolboxError::Cache { path, source } => VerilatorError::Cache { path, source },
            ToolboxError::Cancelled => VerilatorError::Cancelled,
            error => VerilatorError::Toolbox(error),
        }
    }
}

/// Attaches a path to an I/O error of the cache.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> VerilatorError + '_ {
    |source| VerilatorError::Cache {
        path: path.to_owned(),
        source,
    }
}

/// Attaches the path of a Verilog source to an I/O error.
pub(crate) fn source(path: &Path) -> impl FnOnce(io::Error) -> VerilatorError + '_ {
    |source| VerilatorError::Source {
        path: path.to_owned(),
        source,
    }
}
