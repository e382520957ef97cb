//! What there is to choose from for an array, by the names of configurations.

use heddle_format::named;
use serde::{Deserialize, Serialize};

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

named!(
    Gating,
    "gating style",
    None = "none",
    Enable = "enable",
    ClockGate = "clock-gate"
);

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

named!(
    MultiplierCell,
    "multiplier",
    Inferred = "inferred",
    Ecp5 = "ecp5",
    Staged = "staged"
);

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

named!(
    Tune,
    "target",
    Generic = "generic",
    Ecp5 = "ecp5",
    Ice40 = "ice40",
    Liberty = "liberty"
);

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

named!(Dataflow, "dataflow", Ws = "ws", Os = "os", Both = "both");

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

named!(Skew, "skew", Registers = "registers", Ram = "ram");

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
