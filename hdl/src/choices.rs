//! What there is to choose from for an array, by the names of configurations.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What happens to the registers of a PE that a mask has switched off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gating {
    /// Masks are honoured functionally; no register has an enable for them.
    None,
    /// Clock enables hold the registers.
    #[default]
    Enable,
    /// A clock-gate cell, which a foundry cell replaces, stops their clock.
    ClockGate,
}

/// What multiplies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MultiplierCell {
    /// `*`, for synthesis to map; its registers are the fabric's.
    #[default]
    Inferred,
    /// Lattice's MULT18X18D, the registers its own; a behavioural twin for all other tools.
    Ecp5,
    /// Products with three parts of the weight, registered, then their sum: for standard
    /// cells. Integers only.
    Staged,
}

/// What an array is tuned for: the defaults of multiplier, pipeline depths and skew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tune {
    /// Any target.
    #[default]
    Generic,
    /// Lattice ECP5.
    Ecp5,
    /// Lattice iCE40.
    Ice40,
    /// Standard cells.
    Liberty,
}

/// What stays in the PEs while a tile is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dataflow {
    /// Weights: k on rows, n on columns, one m per beat.
    #[default]
    Ws,
    /// Sums: m on rows, n on columns, one k per beat.
    Os,
    /// Either, tile by tile.
    Both,
}

/// What holds the data that the array's edges skew and deskew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Skew {
    /// Registers.
    #[default]
    Registers,
    /// Distributed RAM where a line has four registers or more; it is not reset.
    Ram,
}

macro_rules! names {
    ($type:ty, $what:literal, $choices:literal, $($name:literal => $value:expr),+) => {
        impl $type {
            /// The name used in configurations and on the command line.
            pub const fn name(self) -> &'static str {
                $(if self as u8 == $value as u8 { return $name; })+
                unreachable!()
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
        impl FromStr for $type {
            type Err = String;
            fn from_str(s: &str) -> Result<Self, String> {
                match s {
                    $($name => Ok($value),)+
                    _ => Err(format!(concat!("unknown ", $what, " '{}': use one of ", $choices), s)),
                }
            }
        }
    };
}
names!(Gating, "gating style", "none, enable, clock-gate",
    "none" => Gating::None, "enable" => Gating::Enable, "clock-gate" => Gating::ClockGate);
names!(MultiplierCell, "multiplier", "inferred, ecp5, staged",
    "inferred" => MultiplierCell::Inferred, "ecp5" => MultiplierCell::Ecp5,
    "staged" => MultiplierCell::Staged);
names!(Tune, "target", "generic, ecp5, ice40, liberty",
    "generic" => Tune::Generic, "ecp5" => Tune::Ecp5, "ice40" => Tune::Ice40,
    "liberty" => Tune::Liberty);
names!(Skew, "skew", "registers, ram", "registers" => Skew::Registers, "ram" => Skew::Ram);
names!(Dataflow, "dataflow", "ws, os, both",
    "ws" => Dataflow::Ws, "os" => Dataflow::Os, "both" => Dataflow::Both);

impl MultiplierCell {
    /// Its registers if nothing else is said.
    pub const fn default_stages(self) -> usize {
        match self {
            MultiplierCell::Inferred => 1,
            MultiplierCell::Ecp5 | MultiplierCell::Staged => 2,
        }
    }

    /// Whether synthesis chooses.
    pub const fn is_inferred(&self) -> bool {
        matches!(self, MultiplierCell::Inferred)
    }
}

impl Dataflow {
    /// Whether tiles may be weight-stationary.
    pub const fn has_ws(self) -> bool {
        !matches!(self, Dataflow::Os)
    }

    /// Whether tiles may be output-stationary.
    pub const fn has_os(self) -> bool {
        !matches!(self, Dataflow::Ws)
    }
}
