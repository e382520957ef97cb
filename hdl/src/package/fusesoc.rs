//! `heddle.core`: the folder as a FuseSoC core, CAPI=2.

use super::{bench, frame, title, LPF, SDC};
use crate::emit::{banner, Design};
use crate::{ArrayConfig, MultiplierCell};

/// The part that the synthesis target is for.
const PART: &str = "--85k --package CABGA756 --speed 6";

/// The core file of `design`, generated from `config`.
pub fn text(config: &ArrayConfig, design: &Design) -> String {
    let rtl: Vec<_> = design
        .modules
        .iter()
        .map(|module| format!("      - {}.v\n", module.name))
        .collect();
    let (parameters, used) = match config.multiplier() {
        MultiplierCell::Inferred | MultiplierCell::Staged => ("", ""),
        MultiplierCell::Ecp5 => (
            "\nparameters:\n  HEDDLE_ECP5:\n    datatype: bool\n    default: true\n    \
             paramtype: vlogdefine\n    description: The DSP block's primitive in place of its \
             twin\n",
            "    parameters: [HEDDLE_ECP5]\n",
        ),
    };
    format!(
        "CAPI=2:
{banner}
#
# fusesoc --cores-root . run --target lint|sim|synth {name}
# Tools on the path: lint takes Verilator; sim Icarus, or Verilator 5 with --tool verilator
# behind the core's name; synth yosys, nextpnr-ecp5 and ecppack.

name: {name}
description: Masked systolic array of Heddle, {title}
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
      - {SDC}: {{file_type: SDC}}
  ecp5:
    files:
      - {frame}.v: {{file_type: verilogSource}}
      - {LPF}: {{file_type: LPF}}
{parameters}
targets:
  default: &default
    description: The array and its timing, to be used in another core
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

  sim:
    description: Self-checking test bench; fails with an exit status that is not 0
    filesets: [rtl, bench]
    toplevel: {bench}
    flow: sim
    flow_options:
      tool: icarus
      iverilog_options: [-g2001]
      mode: binary

  synth:
    description: ECP5-85F in a frame of registers, since the ports exceed the pins
    filesets: [rtl, ecp5]
    toplevel: {frame}
{used}    flow: trellis
    flow_options:
      nextpnr_options: [{PART}, --lpf-allow-unconstrained, --seed 1]
",
        banner = banner().replace("//", "#"),
        name = name(config),
        title = title(config),
        rtl = rtl.concat(),
        bench = bench::BENCH,
        frame = frame::FRAME,
        top = crate::TOP,
    )
}

/// Vendor, library, name, version.
fn name(config: &ArrayConfig) -> String {
    format!(
        "heddle:array:{}:{}",
        config.slug(),
        env!("CARGO_PKG_VERSION")
    )
}
