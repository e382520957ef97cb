//! `heddle generate`

use super::array_args::ArrayArgs;
use super::files::Files;
use super::report_args::ReportArgs;
use super::{interrupt, output, Outcome};
use crate::CosimError;
use clap::ValueHint;
use heddle_hdl::manifest::write_folder;
use heddle_hdl::package::{check_clock_mhz, FolderOptions};
use heddle_hdl::{ArrayConfig, Prefix};
use std::path::PathBuf;

/// Writes the Verilog-2001 of an array: one file per module, the file list heddle.f, a
/// self-checking test bench, constraints (heddle.sdc, heddle.lpf), a FuseSoC core file
/// (heddle.core), and manifest.json with configuration, ports, latencies and the SHA-256 of
/// each file. The same configuration gives the same bytes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle generate --out rtl
  heddle generate --rows 8 --cols 8 --format int8 --add-stages 2 --gating clock-gate --out rtl
  heddle generate --config array.toml --out rtl && verilator --lint-only -Wall -F rtl/heddle.f
  heddle generate --rows 4 --cols 4 --format int8 --prefix tiny --out tiny_rtl")]
pub struct GenerateArgs {
    #[command(flatten)]
    array: ArrayArgs,
    /// Folder for the files; created if it does not exist
    #[arg(long, alias = "output", value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: PathBuf,
    /// Clock of the constraints in MHz [default: 60 for bf16; integers 75, with the ecp5
    /// multiplier 100]
    #[arg(long, value_name = "MHZ")]
    clock_mhz: Option<f64>,
    /// What the names of modules and files begin with, for several arrays in one design: a
    /// letter, then letters, digits and underscores, 64 at most [default: heddle]
    #[arg(long, value_name = "NAME")]
    prefix: Option<String>,
    /// The test bench writes a waveform: tb_heddle_array.vcd, or what +waveform=FILE names
    #[arg(long)]
    waveform: bool,
    #[command(flatten)]
    report: ReportArgs,
}

pub fn run(args: &GenerateArgs) -> Result<Outcome, CosimError> {
    let config: ArrayConfig = args.array.config()?;
    let prefix = match &args.prefix {
        Some(prefix) => prefix.parse()?,
        None => Prefix::default(),
    };
    let options = FolderOptions {
        clock_mhz: args.clock_mhz,
        waveform: args.waveform,
    };
    // Before there is a folder.
    check_clock_mhz(options.clock_mhz(&config))?;
    let mut files = Files::new();
    files.reads("--config", args.array.file());
    files.folder("--out", &args.out, &[])?;
    let to = args.report.open(&mut files)?;
    let design = heddle_hdl::generate_as(&config, &prefix)?;
    interrupt::check()?;
    let manifest = write_folder(&design, &config, &options, &args.out)?;
    to.emit(&output::report(&manifest)?, || {
        output::line(format!(
            "{}: {} modules of a {} x {} {} array, {} ports, sums after {} cycles",
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
