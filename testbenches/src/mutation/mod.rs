//! Mutation of the emitted Verilog: hundreds of small faults, drawn by yosys, in one netlist;
//! an input chooses which of them is there. The regression is to notice each.
//!
//! One build serves all mutants of a design (the method of YosysHQ's MCY, "mutation cover with
//! yosys"). A mutant that the regression does not notice is either shown to be equal to the
//! original ([`equal`]), or a hole in the regression.

pub mod activity;
pub mod aiger;
mod contract;
pub mod engine;
pub mod equal;
pub mod gating;
pub mod lockstep;
mod logic;
mod netlist;
mod regression;

pub use netlist::{Mutant, Netlist, MUTSEL_BITS, PRELOAD, PRELOADS};
pub use regression::{first_difference, Thorough};

use gating::Watched;
use half::bf16;
use heddle_array::build::build_files;
use heddle_array::ArrayError;
use heddle_array::VerilatedArray;
use heddle_format::Format;
use heddle_hdl::{ArrayConfig, Dataflow, Gating, MultiplierCell};
use heddle_verilator::Library;

/// What is mutated: small arrays that have every part, with their names.
pub fn designs() -> Vec<(&'static str, ArrayConfig)> {
    let new = ArrayConfig::new;
    let with = |dataflow, config| ArrayConfig { dataflow, ..config };
    vec![
        ("int8", new(2, 2, Format::Int8)),
        ("bf16", new(2, 1, Format::Bf16)),
        ("int8-both", with(Dataflow::Both, new(2, 2, Format::Int8))),
        ("bf16-os", with(Dataflow::Os, new(1, 2, Format::Bf16))),
        (
            "int8-none",
            ArrayConfig {
                gating: Gating::None,
                ..new(2, 2, Format::Int8)
            },
        ),
        (
            "bf16-dsp",
            ArrayConfig {
                multiplier: Some(MultiplierCell::Ecp5),
                ..new(1, 1, Format::Bf16)
            },
        ),
    ]
}

/// The netlist with all mutants, simulated.
///
/// # Errors
/// [`ArrayError::Verilator`].
pub fn build(netlist: &Netlist) -> Result<Library, ArrayError> {
    build_files(
        std::slice::from_ref(&netlist.verilog),
        &crate::arrays::build_options(),
    )
}

/// A fresh array with mutant `number` in it (0 is none) whose counters start from `preload`;
/// what moves in it is watched.
///
/// # Errors
/// [`ArrayError::Verilator`].
pub fn array(
    config: &ArrayConfig,
    library: &Library,
    number: usize,
    preload: u64,
) -> Result<Watched, ArrayError> {
    use heddle_array::port::ArrayPort;
    let mut array = VerilatedArray::new(config, library, None)?;
    array.drive_extra("mutsel", MUTSEL_BITS, number as u64)?;
    array.drive_extra(PRELOAD, 48, preload)?;
    array.drive_idle_buses();
    array.reset()?;
    Watched::new(config, array)
}

/// What the regression notices of mutant `number`, if anything: the first difference.
///
/// # Errors
/// [`ArrayError::Verilator`].
pub fn notice(
    config: &ArrayConfig,
    library: &Library,
    number: usize,
    thorough: Thorough,
) -> Result<Option<String>, ArrayError> {
    let preloads = match thorough {
        Thorough::Sample => &PRELOADS[..1],
        Thorough::Full => &PRELOADS[..],
    };
    for &preload in preloads {
        let mut array = array(config, library, number, preload)?;
        let found = match config.format {
            Format::Int8 => first_difference::<i8>(config, &mut array, preload, thorough),
            Format::Int16 => first_difference::<i16>(config, &mut array, preload, thorough),
            Format::Bf16 => first_difference::<bf16>(config, &mut array, preload, thorough),
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
