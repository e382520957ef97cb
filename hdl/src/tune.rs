//! What an array is tuned for, and the defaults that follow.
//!
//! The figures behind them are in docs/src/results-area.md; `heddle synth` measures them.

use crate::{MultiplierCell, Reset, Skew, Tune};
use heddle_format::Format;

/// Defaults of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Defaults {
    pub multiplier: MultiplierCell,
    pub mul_stages: usize,
    pub add_stages: usize,
    pub skew: Skew,
    pub reset: Reset,
}

impl Tune {
    /// The defaults for `format`; without registers in the multiplier, if `mul_stages` says so,
    /// there can be but an inferred one.
    pub(crate) fn defaults(self, format: Format, mul_stages: Option<usize>) -> Defaults {
        let generic = Defaults {
            multiplier: MultiplierCell::Inferred,
            mul_stages: 1,
            add_stages: if format.is_integer() { 1 } else { 4 },
            skew: Skew::Registers,
            reset: Reset::default(),
        };
        match (self, format.is_integer()) {
            (Tune::Generic | Tune::Ice40, _) => generic,
            (Tune::Ecp5, integer) => Defaults {
                multiplier: match mul_stages {
                    Some(0) => MultiplierCell::Inferred,
                    _ => MultiplierCell::Ecp5,
                },
                mul_stages: if integer { 3 } else { 2 },
                add_stages: if integer { 1 } else { 5 },
                skew: Skew::Ram,
                // Registers wake as zeros, and `rst_ni` has far to go.
                reset: Reset::None,
            },
            (Tune::Liberty, true) => Defaults {
                multiplier: match mul_stages {
                    Some(0 | 1) => MultiplierCell::Inferred,
                    _ => MultiplierCell::Staged,
                },
                mul_stages: 2,
                add_stages: 3,
                ..generic
            },
            (Tune::Liberty, false) => generic,
        }
    }
}
