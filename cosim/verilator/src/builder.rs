//! What to build, and the order of the steps.

use crate::compile::{Compile, PORTS, RECIPE};
use crate::error::source;
use crate::makefile::{Flags, LIBRARY};
use crate::tool::{Toolchain, Verilator};
use crate::{default_cache_dir, Cancel, Library, VerilatorError};
use heddle_toolbox::names::is_identifier;
use heddle_toolbox::{Cache, Key};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

/// Which waveforms a model can write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Trace {
    /// None: the fastest model.
    #[default]
    None,
    /// Value change dump, readable everywhere.
    Vcd,
    /// GTKWave's compressed format; needs zlib, newer Verilators also lz4.
    Fst,
}

/// Which coverage a model counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Coverage {
    /// None: the fastest model.
    #[default]
    None,
    /// Executed lines and branches.
    Line,
    /// Toggled bits.
    Toggle,
    /// Both.
    LineAndToggle,
}

/// What the C++ compiler optimises for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Optimize {
    /// A short build: for models that run for seconds.
    #[default]
    Build,
    /// A fast model that runs on any CPU of this architecture.
    Balanced,
    /// The fastest model, for this machine's CPU.
    Speed,
}

/// Describes a model; [`build`](Builder::build) makes it.
#[derive(Clone, Debug)]
pub struct Builder {
    pub(crate) top: String,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) include_dirs: Vec<PathBuf>,
    pub(crate) clock: Option<String>,
    pub(crate) trace: Trace,
    pub(crate) coverage: Coverage,
    pub(crate) x_initial_unique: bool,
    pub(crate) optimize: Optimize,
    pub(crate) no_inline: Vec<String>,
    pub(crate) flags: Vec<String>,
    pub(crate) verilator: Option<PathBuf>,
    pub(crate) cache_dir: Option<PathBuf>,
    jobs: Option<usize>,
    pub(crate) cancel: Option<Cancel>,
}

impl Builder {
    /// A model of the module `top`, without waveforms, coverage or clock.
    pub fn new(top: impl Into<String>) -> Self {
        Self {
            top: top.into(),
            files: Vec::new(),
            include_dirs: Vec::new(),
            clock: None,
            trace: Trace::default(),
            coverage: Coverage::default(),
            x_initial_unique: false,
            optimize: Optimize::default(),
            no_inline: Vec::new(),
            flags: Vec::new(),
            verilator: None,
            cache_dir: None,
            jobs: None,
            cancel: None,
        }
    }

    /// Adds a Verilog file.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self
    }

    /// Adds Verilog files, in order.
    pub fn files<P: Into<PathBuf>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.files.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Adds a folder to look for included files and modules in. Every file of it
    /// counts for the cache; folders in it do not.
    pub fn include_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.include_dirs.push(path.into());
        self
    }

    /// Names the clock, a one-bit input, for [`Model::cycle`](crate::Model::cycle).
    pub fn clock(mut self, port: impl Into<String>) -> Self {
        self.clock = Some(port.into());
        self
    }

    /// Which waveforms the model can write.
    pub fn trace(mut self, trace: Trace) -> Self {
        self.trace = trace;
        self
    }

    /// Which coverage the model counts.
    pub fn coverage(mut self, coverage: Coverage) -> Self {
        self.coverage = coverage;
        self
    }

    /// Whether registers without an initial value can start at random values:
    /// see [`Library::randomized_model`]. Otherwise they start at zero.
    pub fn x_initial_unique(mut self, unique: bool) -> Self {
        self.x_initial_unique = unique;
        self
    }

    /// What the C++ compiler optimises for.
    pub fn optimize(mut self, optimize: Optimize) -> Self {
        self.optimize = optimize;
        self
    }

    /// Keeps one copy of the code of `module`, shared by its instances, whose inputs
    /// must end in `_i`. Without it Verilator flattens everything, which makes tens
    /// of megabytes of C++ of an array and minutes of compilation.
    ///
    /// On Heddle's 16 x 16 arrays, sharing `heddle_row` (and `heddle_add_bf16`) cuts
    /// the time to compile to a tenth and gives a faster model as well.
    pub fn no_inline(mut self, module: impl Into<String>) -> Self {
        self.no_inline.push(module.into());
        self
    }

    /// Adds a flag to Verilator's command line, after the binding's own.
    pub fn flag(mut self, flag: impl Into<String>) -> Self {
        self.flags.push(flag.into());
        self
    }

    /// Uses this Verilator. Without it, the first of these: `$HEDDLE_VERILATOR`, a
    /// `.venv` in or above the current folder or the running program that holds
    /// the Python package `verilator`, `verilator` on the path.
    pub fn verilator(mut self, program: impl Into<PathBuf>) -> Self {
        self.verilator = Some(program.into());
        self
    }

    /// Keeps built models here rather than in [`default_cache_dir`].
    pub fn cache_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache_dir = Some(folder.into());
        self
    }

    /// How many compilers run at once; all of the CPUs unless it is called.
    pub fn jobs_at_once(mut self, jobs: usize) -> Self {
        self.jobs = Some(jobs.max(1));
        self
    }

    /// A flag that stops the build when set; the tools are ended and nothing is
    /// left behind.
    pub fn cancel(mut self, cancel: Cancel) -> Self {
        self.cancel = Some(cancel);
        self
    }

    /// Builds the model, or takes it from the cache, and loads it.
    ///
    /// Several processes and threads may build the same model at once: one does
    /// the work. A damaged cache entry is built again.
    ///
    /// # Errors
    /// A [`VerilatorError`] that names the missing program, the unreadable source,
    /// or the first lines of what the tools complained of.
    pub fn build(&self) -> Result<Library, VerilatorError> {
        self.check_names()?;
        let cache = self.cache()?;
        let (verilator, toolchain) = self.tools()?;
        let key = self.key("model", &verilator, &toolchain)?.finish();
        let compile = self.compile(&cache, &key, &verilator, &toolchain);
        let library = cache.entry(
            &key,
            &[LIBRARY, PORTS],
            self.cancel.as_ref(),
            |work, keep| compile.library(work, keep),
            |entry| Library::load(entry, self, verilator.version),
        )?;
        Ok(library.value)
    }

    /// Builds a program of the C++ text `main` and the model by Verilator's own makefile, at the
    /// same optimisation as a library, or takes it from the cache, and hands its path to `start`,
    /// which the cache keeps until that returns.
    ///
    /// `main` includes `Vmodel.h`, whose class is `Vmodel`, and may include `model_inputs.inc`, a line
    /// `IN(member)` for each input but the clock, and `model_outputs.inc`, a line `OUT(member)` for
    /// each output; `HEDDLE_CLOCK` is the clock's member.
    ///
    /// # Errors
    /// Those of [`build`](Self::build); [`VerilatorError::Program`] for one of `start`;
    /// [`VerilatorError::Request`] if the builder names no clock.
    pub fn program<T>(
        &self,
        main: &str,
        start: impl Fn(&Path) -> std::io::Result<T>,
    ) -> Result<T, VerilatorError> {
        const PROGRAM: &str = "program";
        self.check_names()?;
        let clock = self
            .clock
            .as_deref()
            .ok_or_else(|| VerilatorError::Request {
                top: self.top.clone(),
                detail: "a program needs a clock; name its port with Builder::clock".to_owned(),
            })?;
        let cache = self.cache()?;
        let (verilator, toolchain) = self.tools()?;
        let key = self.key("program", &verilator, &toolchain)?.text(main);
        let key = key.finish();
        let compile = self.compile(&cache, &key, &verilator, &toolchain);
        let started = cache.entry(
            &key,
            &[PROGRAM],
            self.cancel.as_ref(),
            |work, keep| compile.program(work, main, clock, &keep.join(PROGRAM)),
            |entry| {
                start(&entry.join(PROGRAM)).map_err(|source| VerilatorError::Program {
                    top: self.top.clone(),
                    source,
                })
            },
        )?;
        Ok(started.value)
    }

    /// What a build works with.
    fn compile<'a>(
        &'a self,
        cache: &'a Cache,
        key: &str,
        verilator: &'a Verilator,
        toolchain: &'a Toolchain,
    ) -> Compile<'a> {
        Compile {
            flags: Flags {
                builder: self,
                verilator,
                toolchain,
            },
            cache,
            log: cache.log(key),
        }
    }

    /// Names stand in command lines and in files that tools read.
    fn check_names(&self) -> Result<(), VerilatorError> {
        let mut names = [&self.top].into_iter().chain(&self.no_inline);
        match names.find(|name| !is_identifier(name)) {
            None => Ok(()),
            Some(name) => Err(VerilatorError::Request {
                top: self.top.clone(),
                detail: format!("'{name}' is no simple identifier of Verilog"),
            }),
        }
    }

    /// Whether the cache has an entry for the model, so that [`build`](Self::build) need not
    /// build it, unless the entry turns out to be damaged.
    ///
    /// # Errors
    /// As [`build`](Self::build), for missing programs and sources.
    pub fn is_built(&self) -> Result<bool, VerilatorError> {
        let (verilator, toolchain) = self.tools()?;
        let key = self.key("model", &verilator, &toolchain)?.finish();
        Ok(self.cache()?.path(&key).is_dir())
    }

    /// The cache.
    fn cache(&self) -> Result<Cache, VerilatorError> {
        let folder = self.cache_dir.clone().map_or_else(default_cache_dir, Ok)?;
        Ok(Cache::open(&folder)?)
    }

    /// What builds the model.
    fn tools(&self) -> Result<(Verilator, Toolchain), VerilatorError> {
        let cancel = self.cancel.as_ref();
        let verilator = Verilator::locate(self.verilator.as_deref(), cancel)?;
        let toolchain = Toolchain::locate(self.optimize == Optimize::Speed, cancel)?;
        Ok((verilator, toolchain))
    }

    /// Compilers at once.
    pub(crate) fn jobs(&self) -> usize {
        self.jobs
            .unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from))
    }

    /// Verilator's command line, without files and folders.
    pub(crate) fn verilator_flags(&self) -> Vec<String> {
        let mut flags = vec!["--top-module".to_owned(), self.top.clone()];
        let mut add = |words: &[&str]| flags.extend(words.iter().map(|word| (*word).to_owned()));
        // Warnings are for a lint run; a model is built in spite of them.
        add(&["-O3", "--no-timing", "-Wno-fatal", "--x-assign", "fast"]);
        add(&["--output-split", "20000", "--x-initial"]);
        add(&[if self.x_initial_unique {
            "unique"
        } else {
            "fast"
        }]);
        if !self.no_inline.is_empty() {
            // Works on the flattened design, whatever is to be shared.
            add(&["-fno-dfg"]);
        }
        match self.trace {
            Trace::None => {}
            Trace::Vcd => add(&["--trace"]),
            Trace::Fst => add(&["--trace-fst"]),
        }
        match self.coverage {
            Coverage::None => {}
            Coverage::Line => add(&["--coverage-line"]),
            Coverage::Toggle => add(&["--coverage-toggle"]),
            Coverage::LineAndToggle => add(&["--coverage-line", "--coverage-toggle"]),
        }
        flags.extend(self.flags.iter().cloned());
        flags
    }

    /// Everything that decides what a build of this `kind` gives.
    fn key(
        &self,
        kind: &str,
        verilator: &Verilator,
        toolchain: &Toolchain,
    ) -> Result<Key, VerilatorError> {
        let mut key = Key::new(kind)
            .text(&verilator.identity)
            .text(&toolchain.identity)
            .texts(&RECIPE)
            .text(self.optimize.fast_flags())
            .text(self.optimize.cpu_flags())
            .text(self.clock.as_deref().unwrap_or_default())
            .texts(&self.verilator_flags())
            .texts(&self.no_inline);
        for file in &self.files {
            key = with_file(key, file)?;
            if self.coverage != Coverage::None {
                // Coverage reports name the files by path.
                key = key.text(&path_text(file));
            }
        }
        for folder in &self.include_dirs {
            key = with_folder(key, folder)?;
        }
        Ok(key)
    }
}

fn path_text(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.to_string_lossy().into_owned()
}

/// Adds a file to a key: its name without folders, and what it holds.
fn with_file(key: Key, path: &Path) -> Result<Key, VerilatorError> {
    let content = fs::read(path).map_err(source(path))?;
    let name = path.file_name().unwrap_or_default();
    Ok(key.bytes(name.as_encoded_bytes()).bytes(&content))
}

/// Adds the files of an include folder that Verilator may read from it.
fn with_folder(key: Key, path: &Path) -> Result<Key, VerilatorError> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(path)? {
            let file = entry?.path();
            if file.is_file() {
                files.push(file);
            }
        }
        files.sort();
        Ok(files)
    };
    let files = list().map_err(source(path))?;
    files.iter().try_fold(key, |key, file| with_file(key, file))
}
