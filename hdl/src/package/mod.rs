//! What is written beside the Verilog, for the tools that take it from there: constraints,
//! a test bench, a frame to place and route it in, a FuseSoC core file.

mod bench;
mod engine_bench;
pub mod frame;
mod fusesoc;
mod instance;
mod lpf;
mod sdc;
mod template;

use crate::around::Around;
use crate::emit::{Design, EmitError, Module};
use crate::engine::software;
use crate::manifest::{File, FileRole};
use crate::{ArrayConfig, HdlError, Kind, MultiplierCell, Prefix};

/// What a folder is made for besides the design.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FolderOptions {
    /// The clock of the constraints in MHz; `None` is [`default_clock_mhz`].
    pub clock_mhz: Option<f64>,
    /// The test bench writes a waveform.
    pub waveform: bool,
}

impl FolderOptions {
    /// The clock of the constraints of the design of `config`, in MHz.
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

/// The test bench of `design`, which was generated from `config`; `waveform` is whether it writes one.
pub fn bench_verilog(config: &ArrayConfig, design: &Design, waveform: bool) -> String {
    match Kind::of(design) {
        Kind::Array => bench::text(config, design, waveform),
        Kind::Engine => engine_bench::text(config, design, waveform),
    }
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
    let (prefix, kind) = (&Prefix::of(design), Kind::of(design));
    let clock_mhz = options.clock_mhz(config);
    check_clock_mhz(clock_mhz)?;
    let top = design.top().ok_or_else(|| EmitError {
        module: kind.top(prefix),
        problem: "the design has no module".into(),
    })?;
    let verilog = |module: String, role, text| extra(format!("{module}.v"), role, text);
    let frame = prefix.frame();
    let frame_text = match kind {
        Kind::Array => frame::file(&frame, top),
        Kind::Engine => frame::frame_verilog(&frame, &top.name, &top.ports, "u_engine"),
    };
    let mut files = vec![
        verilog(
            kind.bench(prefix),
            FileRole::Testbench,
            bench_verilog(config, design, options.waveform),
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
            lpf::text(config, kind, prefix, clock_mhz),
        ),
        extra(
            prefix.core(),
            FileRole::Core,
            fusesoc::text(config, design, options),
        ),
    ];
    if kind == Kind::Engine {
        files.extend(of_engine(config, prefix, top));
    }
    for which in Around::of(design) {
        let (name, file) = (which.module(prefix), which.instance(prefix));
        let module = design.modules.iter().find(|module| module.name == name);
        let text = module.map(|module| instance::around(which, module, top, &file));
        files.extend(text.map(|text| extra(file, FileRole::Instance, text)));
    }
    Ok(files)
}

fn extra(name: String, role: FileRole, text: String) -> File {
    File { name, role, text }
}

/// What is there for an engine only. Header and driver are the same for all engines, whatever
/// their prefix: what one has, its registers say.
fn of_engine(config: &ArrayConfig, prefix: &Prefix, top: &Module) -> [File; 4] {
    [
        extra(
            prefix.instance(),
            FileRole::Instance,
            instance::text(top, &prefix.instance()),
        ),
        extra(
            prefix.system_rdl(),
            FileRole::Registers,
            software::system_rdl(config, &prefix.engine()),
        ),
        extra(
            software::C_HEADER.into(),
            FileRole::Software,
            software::c_header(),
        ),
        extra(
            software::C_DRIVER.into(),
            FileRole::Software,
            software::c_driver().into(),
        ),
    ]
}

/// What the design is, in a line.
fn title(config: &ArrayConfig, kind: Kind) -> String {
    let flow = match config.dataflow {
        crate::Dataflow::Ws => "weight-stationary",
        crate::Dataflow::Os => "output-stationary",
        crate::Dataflow::Both => "weight- or output-stationary",
    };
    let bus = match (kind, &config.engine) {
        (Kind::Engine, Some(engine)) => format!(", bus of {} bits", engine.bus_bits),
        _ => String::new(),
    };
    format!(
        "{} x {} {}, {flow}{bus}",
        config.rows, config.cols, config.format
    )
}
