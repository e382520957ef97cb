//! `PREFIX.core`: the folder as a FuseSoC core, CAPI=2.

use super::{title, FolderOptions};
use crate::around::Around;
use crate::emit::{banner, Design};
use crate::{ArrayConfig, Kind, MultiplierCell, Prefix};

/// The part that the synthesis target is for.
const PART: &str = "--85k --package CABGA756 --speed 6";

/// The core file of `design`, generated from `config`.
pub fn text(config: &ArrayConfig, design: &Design, options: &FolderOptions) -> String {
    let (prefix, kind) = (&Prefix::of(design), Kind::of(design));
    let rtl: Vec<_> = design
        .modules
        .iter()
        .map(|module| format!("      - {}.v\n", module.name))
        .collect();
    let (mut parameters, used) = match config.multiplier() {
        MultiplierCell::Inferred | MultiplierCell::Staged => (String::new(), ""),
        MultiplierCell::Ecp5 => (
            "  HEDDLE_ECP5:\n    datatype: bool\n    default: true\n    \
             paramtype: vlogdefine\n    description: The DSP block's primitive in place of its \
             twin\n"
                .into(),
            "    parameters: [HEDDLE_ECP5]\n",
        ),
    };
    let around: Vec<_> = Around::of(design)
        .into_iter()
        .map(|which| around(&which.module(prefix)))
        .collect();
    let bench = kind.bench(prefix);
    let (mut waves, mut traced) = ("", "");
    if options.waveform {
        // FuseSoC has Icarus write FST whatever the file's name is; Verilator does as it is told.
        parameters += &format!(
            "  waveform:\n    datatype: str\n    default: {bench}.fst\n    paramtype: plusarg\n    \
             description: Where the test bench's waveform goes\n"
        );
        waves = "    parameters: [waveform]\n";
        traced = "      verilator_options: [--trace-fst]\n";
    }
    if !parameters.is_empty() {
        parameters.insert_str(0, "\nparameters:\n");
    }
    format!(
        "CAPI=2:
{banner}
#
# fusesoc --cores-root . run --target lint|sim|synth {name}
# Tools on the path: lint takes Verilator; sim Icarus, or Verilator 5 with --tool verilator
# behind the core's name; synth yosys, nextpnr-ecp5 and ecppack.

name: {name}
description: {what} of Heddle, {title}
license: MIT OR Apache-2.0

filesets:
  rtl:
    files:
{rtl}    file_type: verilogSource
  bench:
    files:
      - {bench}.v
    file_type: verilogSource
  timing:
    files:
      - {sdc}: {{file_type: SDC}}
  ecp5:
    files:
      - {frame}.v: {{file_type: verilogSource}}
      - {lpf}: {{file_type: LPF}}
{parameters}
targets:
  default: &default
    description: The {kind} and its timing, to be used in another core
    filesets: [rtl, timing]
    toplevel: {top}

  lint:
    description: Verilator's lint with every warning
    filesets: [rtl]
    toplevel: {top}
    flow: lint
    flow_options:
      tool: verilator
      verilator_options: [-Wall]
{around}
  sim:
    description: Self-checking test bench; fails with an exit status that is not 0
    filesets: [rtl, bench]
    toplevel: {bench}
{waves}    flow: sim
    flow_options:
      tool: icarus
      iverilog_options: [-g2001]
      mode: binary
{traced}
  synth:
    description: ECP5-85F in a frame of registers, since the ports exceed the pins
    filesets: [rtl, ecp5]
    toplevel: {frame}
{used}    flow: trellis
    flow_options:
      nextpnr_options: [{PART}, --lpf-allow-unconstrained, --seed 1]
",
        banner = banner().replace("//", "#"),
        name = name(config, kind, prefix),
        title = title(config, kind),
        what = match kind {
            Kind::Array => "Masked systolic array",
            Kind::Engine => "Tile engine",
        },
        kind = kind.name(),
        rtl = rtl.concat(),
        around = around.concat(),
        frame = prefix.frame(),
        top = kind.top(prefix),
        sdc = prefix.sdc(),
        lpf = prefix.lpf(),
    )
}

/// The targets of a module around the array: to be used in another core, and its lint.
fn around(module: &str) -> String {
    format!(
        "
  {module}:
    description: {module} around the array, to be used in another core
    filesets: [rtl]
    toplevel: {module}

  lint_{module}:
    description: Verilator's lint of {module}, with every warning
    filesets: [rtl]
    toplevel: {module}
    flow: lint
    flow_options:
      tool: verilator
      verilator_options: [-Wall]
"
    )
}

/// Vendor, library, name, version.
fn name(config: &ArrayConfig, kind: Kind, prefix: &Prefix) -> String {
    format!(
        "{prefix}:{}:{}:{}",
        kind.name(),
        config.slug(),
        env!("CARGO_PKG_VERSION")
    )
}
