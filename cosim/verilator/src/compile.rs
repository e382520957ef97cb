//! From Verilog to a shared library: Verilator, then the compiler under make.
//!
//! Verilator's own makefile is not used: it names the compiler and the flags of the
//! machine that Verilator was built on. What it says about the model, the lists of
//! C++ files, is read from its `_classes.mk`.

use crate::builder::{Builder, Coverage, Optimize, Trace};
use crate::cache::{at, Cache};
use crate::header::{self, Direction, Member, PortInfo};
use crate::key::Key;
use crate::process::{run_logged, start_error, RunError};
use crate::tool::{Toolchain, Verilator};
use crate::{Cancel, VerilatorError};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The library's name in its cache entry.
pub(crate) const LIBRARY: &str = "model.so";
/// An archive of Verilator's runtime in its cache entry.
const ARCHIVE: &str = "runtime.a";
/// Files of Verilator's runtime that every version has and that need no library.
const COMMON_RUNTIME: [&str; 4] = [
    "verilated",
    "verilated_threads",
    "verilated_vcd_c",
    "verilated_cov",
];
/// The ports' file in a library's cache entry.
pub(crate) const PORTS: &str = "ports.json";
/// The C interface's source, a part of every library.
pub(crate) const SHIM: &str = include_str!("shim.cpp");
/// How libraries are built: part of a model's key, so that a change rebuilds it.
pub(crate) const RECIPE: &str = include_str!("compile.rs");
/// Verilator's prefix for the model's classes and files.
pub(crate) const PREFIX: &str = "Vmodel";
/// Up to this many bytes of C++ are compiled as one file: most of the time goes
/// into headers, which are then read once.
const ONE_FILE: u64 = 200_000;

/// What every step of a build works with.
pub(crate) struct Compile<'a> {
    pub builder: &'a Builder,
    pub verilator: &'a Verilator,
    pub toolchain: &'a Toolchain,
    pub cache: &'a Cache,
    pub log: PathBuf,
}

/// What Verilator made of the Verilog.
struct Generated {
    /// C++ files, without extension, whose speed matters.
    fast: Vec<String>,
    /// C++ files that run once.
    slow: Vec<String>,
    /// Files of Verilator's runtime, without extension.
    runtime: Vec<String>,
    /// The top module's ports.
    members: Vec<Member>,
}

impl Compile<'_> {
    /// Builds the library in `work` and leaves it in `keep`.
    pub fn library(&self, work: &Path, keep: &Path) -> Result<(), VerilatorError> {
        let _ = fs::remove_file(&self.log);
        self.verilate(work, &[])?;
        let generated = self.generated(work)?;
        self.check_clock(&generated.members)?;
        let runtime = self.runtime(&generated.runtime)?;
        write(&work.join("shim.cpp"), SHIM)?;
        write(
            &work.join("heddle_ports.inc"),
            &port_table(&generated.members),
        )?;
        let makefile = self.makefile(work, &generated, &runtime)?;
        write(&work.join("heddle.mk"), &makefile)?;
        self.make(work, "heddle.mk", &[])?;
        let ports: Vec<&PortInfo> = generated.members.iter().map(|m| &m.port).collect();
        let ports = serde_json::to_string_pretty(&ports)
            .map_err(|error| at(&keep.join(PORTS))(error.into()))?;
        write(&keep.join(PORTS), &ports)?;
        let built = work.join(LIBRARY);
        fs::rename(&built, keep.join(LIBRARY)).map_err(at(&built))
    }

    /// Runs Verilator into `work`.
    pub fn verilate(&self, work: &Path, extra: &[&str]) -> Result<(), VerilatorError> {
        let mut command = Command::new(&self.verilator.program);
        command
            .current_dir(work)
            .args(["--cc", "--prefix", PREFIX, "--Mdir", "."])
            .args(self.builder.verilator_flags())
            .args(extra);
        if !self.builder.no_inline.is_empty() {
            let mut text = String::from("`verilator_config\n");
            for module in &self.builder.no_inline {
                let _ = writeln!(text, "no_inline -module \"{module}\"");
            }
            write(&work.join("heddle.vlt"), &text)?;
            command.arg("heddle.vlt");
        }
        for folder in &self.builder.include_dirs {
            let folder = source_path(folder)?;
            command.arg(format!("-I{}", folder.display()));
        }
        for file in &self.builder.files {
            command.arg(source_path(file)?);
        }
        self.run("verilator", &mut command)
    }

    /// Reads what Verilator left in `work`.
    fn generated(&self, work: &Path) -> Result<Generated, VerilatorError> {
        let read = |name: String| {
            let path = work.join(name);
            fs::read_to_string(&path).map_err(at(&path))
        };
        let classes = read(format!("{PREFIX}_classes.mk"))?;
        let list = |names: &[&str]| {
            names
                .iter()
                .flat_map(|name| make_list(&classes, name))
                .collect()
        };
        let header = read(format!("{PREFIX}.h"))?;
        Ok(Generated {
            fast: list(&["VM_CLASSES_FAST", "VM_SUPPORT_FAST"]),
            slow: list(&["VM_CLASSES_SLOW", "VM_SUPPORT_SLOW"]),
            runtime: list(&["VM_GLOBAL_FAST", "VM_GLOBAL_SLOW"]),
            members: header::ports(&header, &self.builder.top)?,
        })
    }

    fn check_clock(&self, members: &[Member]) -> Result<(), VerilatorError> {
        let Some(clock) = &self.builder.clock else {
            return Ok(());
        };
        let fits = |member: &&Member| {
            let port = &member.port;
            port.name == *clock && port.width == 1 && port.direction == Direction::Input
        };
        if members.iter().any(|member| fits(&member)) {
            return Ok(());
        }
        Err(VerilatorError::Request {
            top: self.builder.top.clone(),
            detail: format!(
                "there is no one-bit input '{clock}' to be the clock; name the clock's port with Builder::clock"
            ),
        })
    }

    /// The archives of Verilator's runtime that hold `sources`.
    ///
    /// The common part is one archive for all models, whatever their features, so
    /// that it is compiled once.
    fn runtime(&self, sources: &[String]) -> Result<Vec<PathBuf>, VerilatorError> {
        let common = COMMON_RUNTIME.map(str::to_owned);
        let special: Vec<String> = sources
            .iter()
            .filter(|source| !common.contains(source))
            .cloned()
            .collect();
        let mut archives = Vec::new();
        if !special.is_empty() {
            archives.push(self.archive(&special)?);
        }
        archives.push(self.archive(&common)?);
        Ok(archives)
    }

    /// The cached archive of files of Verilator's runtime.
    fn archive(&self, sources: &[String]) -> Result<PathBuf, VerilatorError> {
        let key = Key::new("runtime")
            .text(&self.verilator.identity)
            .text(&self.toolchain.identity)
            .text(&self.common_flags())
            .texts(sources)
            .finish();
        let build = |work: &Path, keep: &Path| {
            let include = self.verilator.root.join("include");
            let objects: Vec<String> = sources.iter().map(|name| format!("{name}.o")).collect();
            let mut makefile = format!("{ARCHIVE}: {}\n\tar rcs $@ $^\n", objects.join(" "));
            makefile += &self.variables(&self.common_flags());
            for (name, object) in sources.iter().zip(&objects) {
                let source = quoted(&include.join(format!("{name}.cpp")));
                let _ = writeln!(
                    makefile,
                    "{object}:\n\t$(CXX) $(FLAGS) -O2 -c -o $@ {source}"
                );
            }
            write(&work.join("heddle.mk"), &makefile)?;
            self.make(work, "heddle.mk", &[])?;
            let built = work.join(ARCHIVE);
            fs::rename(&built, keep.join(ARCHIVE)).map_err(at(&built))
        };
        self.cache
            .entry(&key, self.cancel(), build, |entry| Ok(entry.join(ARCHIVE)))
    }

    /// Flags that the runtime, the model and the shim share.
    fn common_flags(&self) -> String {
        let include = self.verilator.root.join("include");
        let mut flags = format!(
            "-std=gnu++17 -w -pthread -fPIC -fvisibility=hidden -fno-gnu-unique \
             -faligned-new -fcf-protection=none -I. -I{} -I{} \
             -DVERILATOR=1 -DVM_SC=0 -DVM_TIMING=0 \
             -DVL_TIME_CONTEXT -DVL_USER_FATAL -DVL_USER_FINISH",
            quoted(&include),
            quoted(&include.join("vltstd")),
        );
        if self.builder.optimize == Optimize::Speed {
            flags += " -march=native";
        }
        flags
    }

    /// Flags of the model and the shim.
    fn model_flags(&self) -> String {
        let (trace, coverage) = (self.builder.trace, self.builder.coverage);
        format!(
            "{} -DVM_COVERAGE={} -DVM_TRACE={} -DVM_TRACE_VCD={} -DVM_TRACE_FST={} \
             -DVM_TRACE_SAIF=0",
            self.common_flags(),
            u8::from(coverage != Coverage::None),
            u8::from(trace != Trace::None),
            u8::from(trace == Trace::Vcd),
            u8::from(trace == Trace::Fst),
        )
    }

    /// Variables of every makefile.
    fn variables(&self, flags: &str) -> String {
        format!(
            "CXX = {}\nFLAGS = {flags}\nFAST = {}\nSLOW = -O0\n",
            quoted(&self.toolchain.compiler),
            self.builder.optimize.fast_flags(),
        )
    }

    fn makefile(
        &self,
        work: &Path,
        generated: &Generated,
        runtime: &[PathBuf],
    ) -> Result<String, VerilatorError> {
        let clock = self.builder.clock.as_deref().and_then(|clock| {
            let member = generated.members.iter().find(|m| m.port.name == clock)?;
            Some(format!("-DHEDDLE_CLOCK={}", member.identifier))
        });
        let shim = format!(
            "-DHEDDLE_MODEL={PREFIX} -DHEDDLE_HEADER='\"{PREFIX}.h\"' -DHEDDLE_TRACE={} \
             -DHEDDLE_COVERAGE={} {}",
            match self.builder.trace {
                Trace::None => 0,
                Trace::Vcd => 1,
                Trace::Fst => 2,
            },
            u8::from(self.builder.coverage != Coverage::None),
            clock.unwrap_or_default()
        );
        let mut text = self.variables(&self.model_flags());
        let _ = writeln!(text, "SHIM = {shim}\nLIBS = {}", self.libraries());
        let mut size = 0;
        for name in generated.fast.iter().chain(&generated.slow) {
            let path = work.join(format!("{name}.cpp"));
            size += fs::metadata(&path).map_err(at(&path))?.len();
        }
        let mut objects = Vec::new();
        if size <= ONE_FILE {
            let mut all = String::new();
            for name in generated.fast.iter().chain(&generated.slow) {
                let _ = writeln!(all, "#include \"{name}.cpp\"");
            }
            let _ = writeln!(all, "#include \"shim.cpp\"");
            write(&work.join("all.cpp"), &all)?;
            objects.push("all.o".to_owned());
            let _ = writeln!(
                text,
                "all.o:\n\t$(CXX) $(FLAGS) $(FAST) $(SHIM) -c -o $@ all.cpp"
            );
        } else {
            let mut rule = |name: &str, flags: &str| {
                let _ = writeln!(
                    text,
                    "{name}.o:\n\t$(CXX) $(FLAGS) {flags} -c -o $@ {name}.cpp"
                );
                objects.push(format!("{name}.o"));
            };
            rule("shim", "$(FAST) $(SHIM)");
            generated.fast.iter().for_each(|name| rule(name, "$(FAST)"));
            generated.slow.iter().for_each(|name| rule(name, "$(SLOW)"));
        }
        // The first rule is what plain `make` builds, so it goes on top.
        let link = format!(
            "{LIBRARY}: {}\n\t$(CXX) -shared -pthread -Wl,--no-undefined -o $@ $^ {} $(LIBS)\n",
            objects.join(" "),
            runtime
                .iter()
                .map(|path| quoted(path))
                .collect::<Vec<_>>()
                .join(" ")
        );
        Ok(format!("default: {LIBRARY}\n{text}{link}"))
    }

    /// Libraries of the system that the model needs.
    fn libraries(&self) -> &'static str {
        if self.builder.trace != Trace::Fst {
            "-latomic"
        } else if self.verilator.root.join("include/fstcpp").exists() {
            "-latomic -llz4 -lz"
        } else {
            "-latomic -lz"
        }
    }

    /// Runs `make` on a makefile in `work`.
    pub fn make(&self, work: &Path, file: &str, extra: &[String]) -> Result<(), VerilatorError> {
        let mut command = Command::new(&self.toolchain.make);
        command
            .current_dir(work)
            .args(["-f", file, &format!("-j{}", self.builder.jobs())])
            .args(extra);
        self.run("make", &mut command)
    }

    fn cancel(&self) -> Option<&Cancel> {
        self.builder.cancel.as_ref()
    }

    fn run(&self, stage: &'static str, command: &mut Command) -> Result<(), VerilatorError> {
        // An outer make must not share its jobs or flags with ours.
        for variable in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL"] {
            command.env_remove(variable);
        }
        let program = PathBuf::from(command.get_program());
        match run_logged(command, &self.log, self.cancel()) {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(self.failure(stage)),
            Err(RunError::Cancelled) => {
                let _ = fs::remove_file(&self.log);
                Err(VerilatorError::Cancelled)
            }
            Err(RunError::Log(error)) => Err(at(&self.log)(error)),
            Err(RunError::Start(error)) => Err(start_error(&program, &error, "install it again")),
        }
    }

    /// The error for a tool that ended with a failure, from its log.
    fn failure(&self, stage: &'static str) -> VerilatorError {
        let bytes = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&bytes);
        let top = self.builder.top.clone();
        for (signs, missing, package) in [
            (
                ["zlib.h: No such", "cannot find -lz:"],
                "zlib",
                "zlib1g-dev",
            ),
            (["lz4.h: No such", "cannot find -llz4"], "lz4", "liblz4-dev"),
        ] {
            if signs.iter().any(|sign| log.contains(sign)) {
                return VerilatorError::MissingLibrary {
                    top,
                    missing: missing.to_owned(),
                    remedy: format!("install it with 'apt-get install {package}'"),
                };
            }
        }
        VerilatorError::Build {
            stage,
            top,
            first_errors: first_errors(&log),
            log: self.log.clone(),
        }
    }
}

/// The lines of a log that say what went wrong, at most eight.
fn first_errors(log: &str) -> String {
    const LINES: usize = 8;
    let tells = |line: &&str| {
        [
            "%Error",
            "error:",
            "undefined reference",
            "No space left",
            "rror 127",
            "not found",
        ]
        .iter()
        .any(|sign| line.contains(sign))
    };
    let mut lines: Vec<&str> = log.lines().filter(tells).take(LINES).collect();
    if lines.is_empty() {
        let all: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
        lines = all[all.len().saturating_sub(LINES)..].to_vec();
    }
    if lines.is_empty() {
        return "(it printed nothing)".to_owned();
    }
    lines.join("\n")
}

/// The words of `NAME += \` and its continuation lines in a makefile.
fn make_list(makefile: &str, name: &str) -> Vec<String> {
    makefile
        .lines()
        .skip_while(|line| line.split_whitespace().next() != Some(name))
        .skip(1)
        .take_while(|line| line.starts_with(char::is_whitespace))
        .map(|line| line.trim_end_matches('\\').trim().to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

/// The lines that the shim includes to learn the ports.
fn port_table(members: &[Member]) -> String {
    let mut table = String::new();
    for Member { port, identifier } in members {
        let is_output = u8::from(port.direction == Direction::Output);
        let _ = writeln!(table, "PORT({identifier}, {}, {is_output})", port.width);
    }
    table
}

/// A path as a word of a make recipe.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    format!("'{}'", text.replace('\'', r"'\''").replace('$', "$$"))
}

fn source_path(path: &Path) -> Result<PathBuf, VerilatorError> {
    path.canonicalize()
        .map_err(|source| VerilatorError::Source {
            path: path.to_owned(),
            source,
        })
}

fn write(path: &Path, text: &str) -> Result<(), VerilatorError> {
    fs::write(path, text).map_err(at(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_a_makefile() {
        let text = "A += \\\n  one \\\n  two \\\n\n# c\nAB += \\\n  three \\\n\n";
        assert_eq!(make_list(text, "A"), ["one", "two"]);
        assert_eq!(make_list(text, "AB"), ["three"]);
        assert!(make_list(text, "C").is_empty());
    }

    #[test]
    fn a_log_is_boiled_down() {
        let log = "g++ -c x.cpp\nx.cpp:1: error: bad\nmake: *** [x.o] Error 1\n";
        assert_eq!(first_errors(log), "x.cpp:1: error: bad");
        assert_eq!(first_errors("\nKilled\n"), "Killed");
        assert_eq!(first_errors(""), "(it printed nothing)");
    }

    #[test]
    fn paths_survive_make_and_the_shell() {
        assert_eq!(quoted(Path::new("/a b/$c'd")), r"'/a b/$$c'\''d'");
    }
}
