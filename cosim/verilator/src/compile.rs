//! From Verilog to a shared library: Verilator, then the compiler under make.

use crate::builder::{Builder, Coverage};
use crate::error::{at, source};
use crate::failure::build_error;
use crate::generated::{Generated, PREFIX};
use crate::header::{Direction, PortInfo};
use crate::makefile::FST_CHECKS_FILE;
use crate::makefile::{Flags, ALL, ARCHIVE, LIBRARY};
use crate::{Cancel, VerilatorError};
use heddle_toolbox::names::{is_plain_file, is_plain_path};
use heddle_toolbox::{move_file, run_logged, Cache, Ended, Key, Log, ToolboxError};
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The ports' file in a library's cache entry.
pub(crate) const PORTS: &str = "ports.json";
/// The Verilog in a folder where Verilator works.
const SOURCES: &str = "src";
/// How libraries are built: part of every key, so that a change rebuilds them.
pub(crate) const RECIPE: [&str; 4] = [
    include_str!("compile.rs"),
    include_str!("makefile.rs"),
    SHIM,
    FST_CHECKS,
];
/// The C interface's source, a part of every library.
const SHIM: &str = include_str!("shim.cpp");
/// What is read ahead of the runtime's FST writer.
const FST_CHECKS: &str = include_str!("fst_checks.h");
/// The signal of that name, on every system.
const SIGKILL: i32 = 9;
/// Files of Verilator's runtime that every version has and that need no library of
/// the system.
const COMMON_RUNTIME: [&str; 4] = [
    "verilated",
    "verilated_threads",
    "verilated_vcd_c",
    "verilated_cov",
];

/// What every step of a build works with.
pub(crate) struct Compile<'a> {
    pub flags: Flags<'a>,
    pub cache: &'a Cache,
    /// Where the tools' output goes.
    pub log: PathBuf,
}

impl Compile<'_> {
    /// Builds the library in `work` and leaves it in `keep`.
    pub fn library(&self, work: &Path, keep: &Path) -> Result<(), VerilatorError> {
        let builder = self.builder();
        self.verilate(work, &[])?;
        let generated = Generated::read(work, &builder.top)?;
        let clock = match &builder.clock {
            Some(clock) => Some(generated.clock(clock, &builder.top)?),
            None => None,
        };
        let runtime = self.runtime(work, &generated.runtime)?;
        write(&work.join("shim.cpp"), SHIM)?;
        write(&work.join("heddle_ports.inc"), &generated.port_table())?;
        if generated.is_small() {
            let mut all = String::new();
            for name in generated.fast.iter().chain(&generated.slow) {
                let _ = writeln!(all, "#include \"{name}.cpp\"");
            }
            all += "#include \"shim.cpp\"\n";
            write(&work.join(format!("{ALL}.cpp")), &all)?;
        }
        let makefile = self.flags.library(&generated, clock, &runtime);
        self.make_own(work, &makefile, keep, LIBRARY)?;
        let ports: Vec<&PortInfo> = generated.members.iter().map(|m| &m.port).collect();
        let path = keep.join(PORTS);
        let ports = serde_json::to_string_pretty(&ports).map_err(|e| at(&path)(e.into()))?;
        write(&path, &ports)
    }

    /// Builds the C++ in `main` with the model, the way Verilator's makefile does it,
    /// into the program `keep`.
    pub fn program(
        &self,
        work: &Path,
        main: &str,
        clock: &str,
        keep: &Path,
    ) -> Result<(), VerilatorError> {
        write(&work.join("main.cpp"), main)?;
        self.verilate(work, &["--exe", "main.cpp"])?;
        let generated = Generated::read(work, &self.builder().top)?;
        let table = |way, word| {
            let members = generated.members.iter();
            let members = members.filter(|m| m.port.direction == way && m.port.name != clock);
            let lines = members.map(|m| format!("{word}({})\n", m.identifier));
            lines.collect::<String>()
        };
        for (name, way, word) in [
            ("model_inputs.inc", Direction::Input, "IN"),
            ("model_outputs.inc", Direction::Output, "OUT"),
        ] {
            write(&work.join(name), &table(way, word))?;
        }
        let clock = generated.clock(clock, &self.builder().top)?;
        self.make(work, &format!("{PREFIX}.mk"), &self.flags.program(clock))?;
        Ok(move_file(&work.join(PREFIX), keep)?)
    }

    /// Runs Verilator into `work`.
    fn verilate(&self, work: &Path, extra: &[&str]) -> Result<(), VerilatorError> {
        let _ = fs::remove_file(&self.log);
        let builder = self.builder();
        self.flags.verilator.link_root(work)?;
        let mut command = self.flags.verilator.command(work);
        command
            // Dependencies would be in make's language and name Verilator's own path.
            .args(["--cc", "--prefix", PREFIX, "--Mdir", ".", "--no-MMD"])
            .args(builder.verilator_flags())
            .args(extra);
        if !builder.no_inline.is_empty() {
            let mut text = String::from("`verilator_config\n");
            for module in &builder.no_inline {
                // A readable port is a border that the optimiser does not look across,
                // so that the code stays the same for every instance.
                let _ = writeln!(
                    text,
                    "no_inline -module \"{module}\"\n\
                     public_flat_rd -module \"{module}\" -var \"*_i\""
                );
            }
            write(&work.join("heddle.vlt"), &text)?;
            command.arg("heddle.vlt");
        }
        for (number, folder) in builder.include_dirs.iter().enumerate() {
            let link = format!("include_{number}");
            symlink(source_path(folder)?, work.join(&link)).map_err(at(work))?;
            command.arg(format!("-I{link}"));
        }
        command.args(self.sources(work)?);
        self.run("verilator", &mut command)
    }

    /// The Verilog files, as Verilator is given them in `work`: copies, since any name is
    /// possible where they are. Coverage names files, so there they stay where they are.
    fn sources(&self, work: &Path) -> Result<Vec<PathBuf>, VerilatorError> {
        let builder = self.builder();
        let folder = work.join(SOURCES);
        fs::create_dir(&folder).map_err(at(&folder))?;
        let mut given = Vec::new();
        for (number, file) in builder.files.iter().enumerate() {
            if builder.coverage != Coverage::None {
                let path = source_path(file)?;
                if !is_plain_path(&path) {
                    return Err(VerilatorError::Request {
                        top: builder.top.clone(),
                        detail: format!(
                            "coverage needs files whose paths are made of letters, digits and \
                             '_-+.,:=@%/' alone, not {}",
                            path.display()
                        ),
                    });
                }
                given.push(path);
                continue;
            }
            let name = file.file_name().and_then(|name| name.to_str());
            let name = match name {
                Some(name) if is_plain_file(name) => name.to_owned(),
                _ => format!("file_{number}.v"),
            };
            // Two folders may have files of one name.
            let name = match folder.join(&name).exists() {
                true => format!("{number}_{name}"),
                false => name,
            };
            fs::copy(file, folder.join(&name)).map_err(source(file))?;
            given.push(Path::new(SOURCES).join(name));
        }
        Ok(given)
    }

    /// The archives of Verilator's runtime that hold `sources`.
    ///
    /// The common part is one archive for all models, whatever their features, so
    /// that it is compiled once. In `work` there are links to them, with these names.
    fn runtime(&self, work: &Path, sources: &[String]) -> Result<Vec<String>, VerilatorError> {
        let common = COMMON_RUNTIME.map(str::to_owned);
        let special = sources.iter().filter(|source| !common.contains(source));
        let special: Vec<String> = special.cloned().collect();
        let mut archives = Vec::new();
        if !special.is_empty() {
            archives.push(self.archive(&special)?);
        }
        archives.push(self.archive(&common)?);
        let mut names = Vec::new();
        for (number, archive) in archives.iter().enumerate() {
            let name = format!("runtime_{number}.a");
            symlink(archive, work.join(&name)).map_err(at(work))?;
            names.push(name);
        }
        Ok(names)
    }

    /// The cached archive of files of Verilator's runtime.
    fn archive(&self, sources: &[String]) -> Result<PathBuf, VerilatorError> {
        let makefile = self.flags.archive(sources);
        let key = Key::new("runtime")
            .text(&self.flags.verilator.identity)
            .text(&self.flags.toolchain.identity)
            .text(&makefile)
            .text(FST_CHECKS)
            .finish();
        let archive = self.cache.entry(
            &key,
            &[ARCHIVE],
            self.cancel(),
            |work, keep| {
                write(&work.join(FST_CHECKS_FILE), FST_CHECKS)?;
                self.make_own(work, &makefile, keep, ARCHIVE)
            },
            |entry| Ok::<_, VerilatorError>(entry.join(ARCHIVE)),
        )?;
        Ok(archive.value)
    }

    /// Makes `product` in `work` by a makefile of ours and moves it to `keep`.
    fn make_own(
        &self,
        work: &Path,
        makefile: &str,
        keep: &Path,
        product: &str,
    ) -> Result<(), VerilatorError> {
        const NAME: &str = "heddle.mk";
        write(&work.join(NAME), makefile)?;
        self.make(work, NAME, &[])?;
        Ok(move_file(&work.join(product), &keep.join(product))?)
    }

    /// Runs `make` on a makefile in `work`.
    fn make(&self, work: &Path, file: &str, variables: &[String]) -> Result<(), VerilatorError> {
        self.flags.verilator.link_root(work)?;
        let (compiler, path) = self.flags.environment();
        let mut command = Command::new(&self.flags.toolchain.make);
        command
            .current_dir(work)
            .env(compiler, path)
            .args(["-f", file, &format!("-j{}", self.builder().jobs())])
            .args(variables);
        self.run("make", &mut command)
    }

    fn run(&self, stage: &'static str, command: &mut Command) -> Result<(), VerilatorError> {
        let log = (self.log.as_path(), Log::Append);
        let ended = run_logged(command, log, None, self.cancel());
        if matches!(ended, Err(ToolboxError::Cancelled)) {
            let _ = fs::remove_file(&self.log);
        }
        match ended? {
            Ended::With(status) if status.success() => Ok(()),
            Ended::With(status) => {
                let killed = status.signal() == Some(SIGKILL);
                Err(build_error(stage, &self.builder().top, &self.log, killed))
            }
            Ended::TimedOut => Err(build_error(stage, &self.builder().top, &self.log, false)),
        }
    }

    fn builder(&self) -> &Builder {
        self.flags.builder
    }

    fn cancel(&self) -> Option<&Cancel> {
        self.builder().cancel.as_ref()
    }
}

fn source_path(path: &Path) -> Result<PathBuf, VerilatorError> {
    path.canonicalize().map_err(source(path))
}

fn write(path: &Path, text: &str) -> Result<(), VerilatorError> {
    fs::write(path, text).map_err(at(path))
}
