//! The model of an array: which text is simulated, and how it is built.

use crate::ArrayError;
use heddle_files::{FileError, Scratch};
use heddle_format::named;
use heddle_hdl::emit::Design;
use heddle_hdl::{ArrayConfig, HdlError, Prefix};
use heddle_verilator::{Builder, Library, Optimize, Trace};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::Arc;

/// An array, and who is told of it.
pub type BeforeBuild = (ArrayConfig, fn(&ArrayConfig));

/// Which text of the array is simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    /// That with a mesh for simulation, where the configuration has one and no waveform is wanted:
    /// the same in every cycle, several times faster, and built for this machine's CPU.
    #[default]
    Fast,
    /// The one that is synthesized.
    Emitted,
}

named!(Text, "text", Fast = "fast", Emitted = "emitted");

/// How the array's model is built.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// Which text is simulated.
    pub text: Text,
    /// Threads of the model itself; 0 and 1 are one.
    pub threads: usize,
    /// The Verilator to use; `None` finds one (see [`Builder::verilator`]).
    pub verilator: Option<PathBuf>,
    /// Where built models are kept; `None` is the user's cache folder.
    pub cache_dir: Option<PathBuf>,
    /// What the compiler optimises for.
    pub optimize: Optimize,
    /// Waveforms that the model can write.
    pub trace: Trace,
    /// Start registers at random values drawn from this seed instead of at zero.
    pub random_registers: Option<u32>,
    /// Set to true by somebody else to stop a build.
    pub cancel: Option<Arc<AtomicBool>>,
    /// What the names of the modules begin with.
    pub prefix: Prefix,
    /// Told of this array before its model is built; not if the model is in the cache.
    pub before_build: Option<BeforeBuild>,
}

/// Generates the Verilog of `config` and builds its model, or takes it from the cache.
///
/// # Errors
/// [`ArrayError::Hdl`] if the configuration is not possible, [`ArrayError::File`] if
/// there is no room for the Verilog, [`ArrayError::Verilator`] if the build fails.
pub fn build(config: &ArrayConfig, options: &BuildOptions) -> Result<Library, ArrayError> {
    Ok(build_text(config, options)?.0)
}

/// [`build`], and the text of which the model is.
///
/// # Errors
/// Those of [`build`].
pub fn build_text(
    config: &ArrayConfig,
    options: &BuildOptions,
) -> Result<(Library, Text), ArrayError> {
    let (design, text) = match fast_design(config, options)? {
        Some(design) => (design, Text::Fast),
        None => {
            let design = heddle_hdl::generate_as(config, &options.prefix)?;
            (design, Text::Emitted)
        }
    };
    let folder = Scratch::new().map_err(FileError::writing(&std::env::temp_dir()))?;
    let files = design.write(folder.path());
    let files = files.map_err(FileError::writing(folder.path()))?;
    let library = match text {
        Text::Fast => finish(fast_builder(&files, options), options),
        Text::Emitted => build_files(&files, options),
    };
    Ok((library?, text))
}

/// The text for simulation, where it is asked for and there is one.
fn fast_design(config: &ArrayConfig, options: &BuildOptions) -> Result<Option<Design>, HdlError> {
    match options.text == Text::Fast && options.trace == Trace::None {
        true => heddle_hdl::generate_fast(config, &options.prefix),
        false => Ok(None),
    }
}

/// Builds the model of an array whose Verilog lies in `files`; [`build`] is what one
/// wants, unless the Verilog has been changed on purpose.
///
/// # Errors
/// [`ArrayError::Verilator`].
pub fn build_files(files: &[PathBuf], options: &BuildOptions) -> Result<Library, ArrayError> {
    finish(builder(files, options), options)
}

fn finish(builder: Builder, options: &BuildOptions) -> Result<Library, ArrayError> {
    if let Some((config, tell)) = &options.before_build {
        if !builder.is_built()? {
            tell(config);
        }
    }
    Ok(builder.build()?)
}

/// How the model of an array whose Verilog lies in `files` is built.
pub fn builder(files: &[PathBuf], options: &BuildOptions) -> Builder {
    let prefix = &options.prefix;
    plain_builder(files, options)
        // The rows are equal, and so are the adders of bf16: one copy of their code
        // compiles in a fraction of the time and runs faster.
        .no_inline(prefix.module("row"))
        .no_inline(prefix.module("add_bf16"))
        .optimize(options.optimize)
}

/// The same of the text for simulation, whose loops are for the compiler to turn into vectors.
pub fn fast_builder(files: &[PathBuf], options: &BuildOptions) -> Builder {
    let optimize = match options.optimize {
        Optimize::Balanced => Optimize::Balanced,
        Optimize::Build | Optimize::Speed => Optimize::Speed,
    };
    let builder = plain_builder(files, options).optimize(optimize);
    builder.flag("--unroll-count").flag("1")
}

fn plain_builder(files: &[PathBuf], options: &BuildOptions) -> Builder {
    let mut builder = Builder::new(options.prefix.top())
        .files(files)
        .clock("clk_i")
        .trace(options.trace)
        .x_initial_unique(options.random_registers.is_some());
    if options.threads > 1 {
        builder = builder.flag("--threads").flag(options.threads.to_string());
    }
    if let Some(verilator) = &options.verilator {
        builder = builder.verilator(verilator);
    }
    if let Some(cache_dir) = &options.cache_dir {
        builder = builder.cache_dir(cache_dir);
    }
    if let Some(cancel) = &options.cancel {
        builder = builder.cancel(cancel.clone());
    }
    builder
}
