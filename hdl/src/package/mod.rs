//! What is written beside the Verilog, for the tools that take it from there: constraints,
//! a test bench, a frame to place and route it in, a FuseSoC core file.

pub mod bench;
pub mod frame;
mod fusesoc;
mod lpf;
mod sdc;

use crate::emit::Design;
use crate::manifest::{File, FileRole};
use crate::{ArrayConfig, HdlError, MultiplierCell};

/// The timing constraints' file, in SDC.
pub const SDC: &str = "heddle.sdc";
/// The ECP5 constraints' file, in Lattice's LPF.
pub const LPF: &str = "heddle.lpf";
/// FuseSoC's core file.
pub const CORE: &str = "heddle.core";

/// The clock in MHz that the constraints ask for if nobody says otherwise: an aim for a
/// small array in an ECP5 of speed grade 6. That of a fused multiply-add is set by its adder, that of an
/// integer by the way to the multiplier and back unless the DSP block has the registers.
pub fn default_clock_mhz(config: &ArrayConfig) -> f64 {
    match (config.format.is_integer(), config.multiplier()) {
        (false, _) => 60.0,
        (true, MultiplierCell::Inferred | MultiplierCell::Staged) => 75.0,
        (true, MultiplierCell::Ecp5) => 100.0,
    }
}

/// Checks a clock for the constraints.
///
/// # Errors
/// [`HdlError::Config`] if it is not from 1 to 5000 MHz.
pub fn check_clock_mhz(clock_mhz: f64) -> Result<(), HdlError> {
    if (1.0..=5000.0).contains(&clock_mhz) {
        return Ok(());
    }
    Err(HdlError::Config {
        name: "clock_mhz",
        value: clock_mhz.to_string(),
        remedy: "use a value from 1 to 5000".into(),
    })
}

/// Every file beside the Verilog and its file list.
///
/// # Errors
/// [`HdlError::Config`] for a clock out of range, [`HdlError::Design`] if the design has
/// no module.
pub(crate) fn extras(
    design: &Design,
    config: &ArrayConfig,
    clock_mhz: f64,
) -> Result<Vec<File>, HdlError> {
    check_clock_mhz(clock_mhz)?;
    let top = design.top().ok_or_else(|| HdlError::Design {
        module: crate::TOP.into(),
        problem: "the design has no module".into(),
    })?;
    let extra = |name: &str, role, text| File {
        name: name.into(),
        role,
        text,
    };
    let verilog = |module: &str, role, text| extra(&format!("{module}.v"), role, text);
    Ok(vec![
        verilog(
            bench::BENCH,
            FileRole::Testbench,
            bench::text(config, &top.ports),
        ),
        verilog(
            frame::FRAME,
            FileRole::Frame,
            frame::file(&top.name, &top.ports),
        ),
        extra(
            SDC,
            FileRole::Constraints,
            sdc::text(config, &top.ports, clock_mhz),
        ),
        extra(LPF, FileRole::Constraints, lpf::text(config, clock_mhz)),
        extra(CORE, FileRole::Core, fusesoc::text(config, design)),
    ])
}

/// What the array is, in a line.
fn title(config: &ArrayConfig) -> String {
    let flow = match config.dataflow {
        crate::Dataflow::Ws => "weight-stationary",
        crate::Dataflow::Os => "output-stationary",
        crate::Dataflow::Both => "weight- or output-stationary",
    };
    format!(
        "{} x {} {}, {flow}",
        config.rows, config.cols, config.format
    )
}
