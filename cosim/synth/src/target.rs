//! Targets and the parts that they come in.

use heddle_format::named;
use serde::Serialize;

/// What a design is synthesized for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Lattice ECP5, by yosys and nextpnr.
    Ecp5,
    /// Lattice iCE40, by yosys and nextpnr.
    Ice40,
    /// Standard cells of a Liberty file, by yosys, ABC and OpenSTA.
    Liberty,
}

named!(
    Target,
    "target",
    Ecp5 = "ecp5",
    Ice40 = "ice40",
    Liberty = "liberty"
);

/// An FPGA and what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its name on the command line, which is nextpnr's.
    pub name: &'static str,
    /// The part with package and speed, for reports.
    pub part: &'static str,
    /// Its family.
    pub target: Target,
    /// nextpnr's arguments for it.
    pub(crate) arguments: &'static str,
    /// The argument of `synth_ice40` or `synth_ecp5` that it needs.
    pub(crate) synth: &'static str,
    /// LUT4s.
    pub lut4: u64,
    /// Registers.
    pub ff: u64,
    /// Multipliers: 18 x 18 on ECP5, 16 x 16 on iCE40.
    pub mult18: u64,
    /// Block RAMs: 18 kbit on ECP5, 4 kbit on iCE40.
    pub block_ram: u64,
}

const fn ecp5(
    name: &'static str,
    part: &'static str,
    arguments: &'static str,
    [lut4, mult18, block_ram]: [u64; 3],
) -> Device {
    Device {
        name,
        part,
        target: Target::Ecp5,
        arguments,
        synth: "",
        lut4,
        ff: lut4,
        mult18,
        block_ram,
    }
}

const fn ice40(
    name: &'static str,
    part: &'static str,
    arguments: &'static str,
    synth: &'static str,
    [lut4, mult18, block_ram]: [u64; 3],
) -> Device {
    Device {
        name,
        part,
        target: Target::Ice40,
        arguments,
        synth,
        lut4,
        ff: lut4,
        mult18,
        block_ram,
    }
}

/// What nextpnr's device data bases hold; the first of a family is its default.
const DEVICES: [Device; 5] = [
    ecp5(
        "85k",
        "LFE5U-85F, CABGA756, speed grade 6",
        "--85k --package CABGA756 --speed 6",
        [83_640, 156, 208],
    ),
    ecp5(
        "45k",
        "LFE5U-45F, CABGA554, speed grade 6",
        "--45k --package CABGA554 --speed 6",
        [43_848, 72, 108],
    ),
    ecp5(
        "25k",
        "LFE5U-25F, CABGA381, speed grade 6",
        "--25k --package CABGA381 --speed 6",
        [24_288, 28, 56],
    ),
    ice40(
        "up5k",
        "iCE40UP5K-SG48",
        "--up5k --package sg48",
        "-dsp",
        [5_280, 8, 30],
    ),
    ice40(
        "hx8k",
        "iCE40HX8K-CT256",
        "--hx8k --package ct256",
        "",
        [7_680, 0, 32],
    ),
];

impl Device {
    /// The device `name` of `target`, or the default one.
    ///
    /// # Errors
    /// The names that there are.
    pub fn find(target: Target, name: Option<&str>) -> Result<Self, String> {
        let family = || DEVICES.iter().filter(|device| device.target == target);
        let found = family().find(|device| name.is_none_or(|name| name == device.name));
        found.copied().ok_or_else(|| {
            let names: Vec<_> = family().map(|device| device.name).collect();
            if names.is_empty() {
                format!("{target} has no devices: leave it out")
            } else {
                format!("devices of {target} are {}", names.join(", "))
            }
        })
    }
}
