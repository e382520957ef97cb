//! `heddle generate`

use super::array_args::ArrayArgs;
use super::files::Files;
use super::report_args::ReportArgs;
use super::tile_engine_args::AroundArgs;
use super::{interrupt, output, Outcome};
use crate::CosimError;
use clap::ValueHint;
use heddle_hdl::around::{generate_around, Around};
use heddle_hdl::engine::engine_design;
use heddle_hdl::manifest::write_folder;
use heddle_hdl::package::{check_clock_mhz, FolderOptions};
use heddle_hdl::Prefix;
use std::path::PathBuf;

/// Writes the Verilog-2001 of an array: one file per module, the file list heddle.f, a
/// self-checking test bench, constraints (heddle.sdc, heddle.lpf), a FuseSoC core file
/// (heddle.core), and manifest.json with configuration, ports, latencies and the SHA-256 of
/// each file. The same configuration gives the same bytes. With --engine it writes the engine
/// around the array, for both dataflows unless told otherwise, and beside it an instance to copy
/// (heddle_engine_inst.vh), a C header and driver (heddle_engine.h, heddle_engine.c) and its
/// registers in SystemRDL (heddle_engine.rdl). With --stream or --os-run it writes beside the array
/// a module for those who bring their own memory, and an instance of it to copy.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle generate --out rtl
  heddle generate --rows 8 --cols 8 --format int8 --add-stages 2 --gating clock-gate --out rtl
  heddle generate --config array.toml --out rtl && verilator --lint-only -Wall -F rtl/heddle.f
  heddle generate --rows 4 --cols 4 --format int8 --prefix tiny --out tiny_rtl
  heddle generate --engine --rows 8 --cols 8 --format int8 --bus-bits 128 --out engine
  heddle generate --rows 8 --cols 8 --format int8 --dataflow both --stream --os-run --out rtl")]
pub struct GenerateArgs {
    #[command(flatten)]
    array: ArrayArgs,
    #[command(flatten)]
    around: AroundArgs,
    /// The array behind AXI4-Stream, too (heddle_stream): weights, activations and seeds come, sums leave
    #[arg(long, conflicts_with = "engine")]
    stream: bool,
    /// The sequencer of output-stationary runs, too (heddle_os_run): a command for each run, beside an
    /// array whose dataflow is os or both
    #[arg(long, conflicts_with = "engine")]
    os_run: bool,
    /// Folder for the files; created if it does not exist
    #[arg(long, alias = "output", value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: PathBuf,
    /// Clock of the constraints in MHz [default: 60 for bf16; integers 75, with the ecp5
    /// multiplier 100]
    #[arg(long, value_name = "MHZ")]
    clock_mhz: Option<f64>,
    /// What the names of modules and files begin with, for several arrays or engines in one design: a
    /// letter, then letters, digits and underscores, 64 at most [default: heddle]
    #[arg(long, value_name = "NAME")]
    prefix: Option<String>,
    /// The test bench writes a waveform: tb_heddle_array.vcd or tb_heddle_engine.vcd, or what
    /// +waveform=FILE names
    #[arg(long)]
    waveform: bool,
    #[command(flatten)]
    report: ReportArgs,
}

pub fn run(args: &GenerateArgs) -> Result<Outcome, CosimError> {
    let around = args.around.config(&args.array, None)?;
    let config = around.map_or_else(|| args.array.config(), Ok)?;
    let prefix = match &args.prefix {
        Some(prefix) => prefix.parse()?,
        None => Prefix::default(),
    };
    let options = FolderOptions {
        clock_mhz: args.clock_mhz,
        waveform: args.waveform,
    };
    let wanted = [(args.stream, Around::Stream), (args.os_run, Around::OsRun)];
    let wanted: Vec<_> = wanted
        .into_iter()
        .filter_map(|(is_wanted, which)| is_wanted.then_some(which))
        .collect();
    // Before there is a folder.
    wanted.iter().try_for_each(|which| which.check(&config))?;
    check_clock_mhz(options.clock_mhz(&config))?;
    let mut files = Files::new();
    files.reads("--config", args.array.file());
    files.folder("--out", &args.out, &[])?;
    let to = args.report.open(&mut files)?;
    let design = match around {
        Some(config) => engine_design(&config, &prefix)?,
        None => generate_around(&config, &prefix, &wanted)?,
    };
    interrupt::check()?;
    let manifest = write_folder(&design, &config, &options, &args.out)?;
    to.emit(&output::report(&manifest)?, || {
        let what = match around.and_then(|config| config.engine) {
            Some(engine) => format!("engine with a bus of {} bits", engine.bus_bits),
            None => "array".to_owned(),
        };
        output::line(format!(
            "{}: {} modules of a {} x {} {} {what}, {} ports, sums after {} cycles",
            args.out.display(),
            design.modules.len(),
            config.rows,
            config.cols,
            config.format,
            manifest.ports.len(),
            config.latency(),
        ))
    })?;
    Ok(Outcome::Right)
}
