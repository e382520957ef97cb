//! What is written beside the Verilog, for the tools that take it from there: constraints,
//! a test bench, a frame to place and route it in, a FuseSoC core file.

pub mod bench;
pub mod frame;
mod fusesoc;
mod lpf;
mod sdc;
mod template;

use crate::emit::{Design, EmitError};
use crate::manifest::{File, FileRole};
use crate::{ArrayConfig, HdlError, MultiplierCell, Prefix};

/// What a folder is made for besides the array.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FolderOptions {
    /// The clock of the constraints in MHz; `None` is [`default_clock_mhz`].
    pub clock_mhz: Option<f64>,
    /// The test bench writes a waveform.
    pub waveform: bool,
}

impl FolderOptions {
    /// The clock of the constraints of the array of `config`, in MHz.
    pub fn clock_mhz(&self, config: &ArrayConfig) -> f64 {
        self.clock_mhz.unwrap_or_else(|| default_clock_mhz(config))
    }
}

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
    options: &FolderOptions,
) -> Result<Vec<File>, HdlError> {
    let prefix = &Prefix::of(design);
    let clock_mhz = options.clock_mhz(config);
    check_clock_mhz(clock_mhz)?;
    let top = design.top().ok_or_else(|| EmitError {
        module: prefix.top(),
        problem: "the design has no module".into(),
    })?;
    let extra = |name: String, role, text| File { name, role, text };
    let verilog = |module: String, role, text| extra(format!("{module}.v"), role, text);
    let frame = prefix.frame();
    let frame_text = frame::file(&frame, top);
    Ok(vec![
        verilog(
            prefix.bench(),
            FileRole::Testbench,
            bench::text(config, design, options.waveform),
        ),
        verilog(frame, FileRole::Frame, frame_text),
        extra(
            prefix.sdc(),
            FileRole::Constraints,
            sdc::text(config, design, clock_mhz),
        ),
        extra(
            prefix.lpf(),
            FileRole::Constraints,
            lpf::text(config, prefix, clock_mhz),
        ),
        extra(
            prefix.core(),
            FileRole::Core,
            fusesoc::text(config, design, options),
        ),
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
