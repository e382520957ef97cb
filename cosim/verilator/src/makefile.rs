//! The makefiles that build the library and Verilator's runtime.
//!
//! Verilator's own makefile is not used: it names the compiler and the flags of the
//! machine that Verilator was built on.
//!
//! No path of the user's stands in them: make has no way to quote every one, nor has the
//! assembler, which is told the files' names. Verilator's root is a link in the folder; the
//! compiler is in a variable of the environment, which make leaves alone and the shell expands.

use crate::builder::{Builder, Coverage, Optimize, Trace};
use crate::generated::{Generated, PREFIX};
use crate::tool::{Toolchain, Verilator, ROOT};
use std::fmt::Write;
use std::path::Path;

/// The library's name in its cache entry.
pub(crate) const LIBRARY: &str = "model.so";
/// An archive of Verilator's runtime in its cache entry.
pub(crate) const ARCHIVE: &str = "runtime.a";
/// All of a small model as one C++ file.
pub(crate) const ALL: &str = "all";
/// The compiler in recipes.
const COMPILER: &str = "\"$$HEDDLE_CXX\"";
/// Up to this many bytes of C++ are compiled as one file: most of the time goes
/// into headers, which are then read once.
const ONE_FILE: u64 = 200_000;

/// What decides the compiler's flags.
pub(crate) struct Flags<'a> {
    pub builder: &'a Builder,
    pub verilator: &'a Verilator,
    pub toolchain: &'a Toolchain,
}

impl Optimize {
    /// The compiler's flags for code whose speed matters.
    pub(crate) fn fast_flags(self) -> &'static str {
        match self {
            Optimize::Build => "-O1",
            // Loops over the columns of an array become vectors.
            Optimize::Balanced | Optimize::Speed => {
                "-O2 -ftree-vectorize -fvect-cost-model=dynamic"
            }
        }
    }

    /// The compiler's flags for the CPU.
    pub(crate) fn cpu_flags(self) -> &'static str {
        match self {
            Optimize::Build | Optimize::Balanced => "",
            Optimize::Speed => "-march=native",
        }
    }
}

impl Generated {
    /// Whether the model is small enough to be compiled as one file.
    pub fn is_small(&self) -> bool {
        self.size <= ONE_FILE
    }
}

/// The file that is read ahead of the runtime's FST writer.
pub(crate) const FST_CHECKS_FILE: &str = "fst_checks.h";

impl Flags<'_> {
    /// Flags that the runtime, the model and the shim share.
    pub fn common(&self) -> String {
        format!(
            "-std=gnu++17 -w -pthread -fPIC -fvisibility=hidden -fno-gnu-unique \
             -faligned-new -fcf-protection=none -I. -I{ROOT}/include -I{ROOT}/include/vltstd \
             -DVERILATOR=1 -DVM_SC=0 -DVM_TIMING=0 \
             -DVL_TIME_CONTEXT -DVL_USER_FATAL -DVL_USER_FINISH {}",
            self.builder.optimize.cpu_flags(),
        )
    }

    /// Flags of the model and the shim.
    fn model(&self) -> String {
        let (trace, coverage) = (self.builder.trace, self.builder.coverage);
        format!(
            "{} -DVM_COVERAGE={} -DVM_TRACE={} -DVM_TRACE_VCD={} -DVM_TRACE_FST={} \
             -DVM_TRACE_SAIF=0",
            self.common(),
            u8::from(coverage != Coverage::None),
            u8::from(trace != Trace::None),
            u8::from(trace == Trace::Vcd),
            u8::from(trace == Trace::Fst),
        )
    }

    /// Variables of every makefile.
    fn variables(&self, flags: &str) -> String {
        format!(
            "CXX = {COMPILER}\nFLAGS = {flags}\nFAST = {}\nSLOW = -O0\n",
            self.builder.optimize.fast_flags(),
        )
    }

    /// The makefile of an archive of Verilator's runtime.
    pub fn archive(&self, sources: &[String]) -> String {
        let objects: Vec<String> = sources.iter().map(|name| format!("{name}.o")).collect();
        let mut text = format!("{ARCHIVE}: {}\n\tar rcs $@ $^\n", objects.join(" "));
        text += &self.variables(&self.common());
        for (name, object) in sources.iter().zip(&objects) {
            let ahead = match name.as_str() {
                "verilated_fst_c" => format!("-include {FST_CHECKS_FILE} "),
                _ => String::new(),
            };
            let rule = format!("$(CXX) $(FLAGS) {ahead}-O2 -c -o $@");
            let _ = writeln!(
                text,
                "{object}:
	{rule} {ROOT}/include/{name}.cpp"
            );
        }
        text
    }

    /// The makefile of the library: `clock` is the clock's C++ member, `runtime`
    /// the names of the archives to link.
    pub fn library(
        &self,
        generated: &Generated,
        clock: Option<&str>,
        runtime: &[String],
    ) -> String {
        let trace = match self.builder.trace {
            Trace::None => 0,
            Trace::Vcd => 1,
            Trace::Fst => 2,
        };
        let coverage = u8::from(self.builder.coverage != Coverage::None);
        let clock = clock.map(|member| format!("-DHEDDLE_CLOCK={member}"));
        let shim = format!(
            "-DHEDDLE_MODEL={PREFIX} -DHEDDLE_HEADER='\"{PREFIX}.h\"' \
             -DHEDDLE_TRACE={trace} -DHEDDLE_COVERAGE={coverage} {}",
            clock.unwrap_or_default()
        );
        let mut rules = String::new();
        let mut objects = Vec::new();
        let mut rule = |name: &str, flags: &str| {
            let _ = writeln!(
                rules,
                "{name}.o:\n\t$(CXX) $(FLAGS) {flags} -c -o $@ {name}.cpp"
            );
            objects.push(format!("{name}.o"));
        };
        if generated.is_small() {
            rule(ALL, "$(FAST) $(SHIM)");
        } else {
            rule("shim", "$(FAST) $(SHIM)");
            generated.fast.iter().for_each(|name| rule(name, "$(FAST)"));
            generated.slow.iter().for_each(|name| rule(name, "$(SLOW)"));
        }
        format!(
            "{LIBRARY}: {}\n\t$(CXX) -shared -pthread -Wl,--no-undefined -o $@ $^ {} {}\n\
             {}SHIM = {shim}\n{rules}",
            objects.join(" "),
            runtime.join(" "),
            self.libraries(),
            self.variables(&self.model()),
        )
    }

    /// Variables for Verilator's own makefile, to build a program: what configuring
    /// Verilator on this machine would have found out. `clock` is the clock's C++
    /// member.
    pub fn program(&self, clock: &str) -> Vec<String> {
        let optimize = self.builder.optimize;
        vec![
            format!("VERILATOR_ROOT={ROOT}"),
            format!("CXX={COMPILER}"),
            format!("LINK={COMPILER}"),
            "AR=ar".to_owned(),
            "CFG_CXXFLAGS_STD=-std=gnu++17".to_owned(),
            "CFG_CXXFLAGS_PCH_I=-include".to_owned(),
            "CFG_CXXFLAGS_NO_UNUSED=-w -faligned-new -fcf-protection=none".to_owned(),
            "CFG_LDLIBS_THREADS=-pthread -latomic".to_owned(),
            "VM_PARALLEL_BUILDS=1".to_owned(),
            format!(
                "OPT_FAST={} {}",
                optimize.fast_flags(),
                optimize.cpu_flags()
            ),
            "OPT_SLOW=-O0".to_owned(),
            "OPT_GLOBAL=-O2".to_owned(),
            format!("USER_CPPFLAGS=-DVL_TIME_CONTEXT -DHEDDLE_CLOCK={clock}"),
        ]
    }

    /// What make's environment holds for the recipes.
    pub fn environment(&self) -> (&'static str, &Path) {
        ("HEDDLE_CXX", &self.toolchain.compiler)
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
}
