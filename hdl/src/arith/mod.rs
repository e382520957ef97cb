//! What the PE does not know: how a number format multiplies and adds.
//!
//! A format is a multiplier, a product type and an adder; the PE, the mesh and the
//! edges are the same for all of them.

pub mod bf16;
pub mod int;
mod stages;

use crate::bundle::{Factors, Terms};
use crate::describe::{bits_to, Build, Module, Style, Word};
use crate::{ArrayConfig, Gating, Reset};

/// The arithmetic of a number format, as types.
pub trait Arithmetic: Sized + Clone + std::fmt::Debug + 'static {
    /// An activation or a weight.
    type Operand: Word;
    /// A product, exact.
    type Product: Word;
    /// A partial sum.
    type Sum: Word;
    /// Operands to product: combinational, or `mul_stages` cycles with a DSP block's registers, or
    /// one with those of the fabric.
    type Mul: Multiplier<Self>;
    /// Product and partial sum to partial sum, in `add_stages` cycles. The data registers of a
    /// stage move only for live sums, unless gating is `none`.
    type Add: Adder<Self>;
    /// Whether a sum carries an overflow flag.
    const OVERFLOWS: bool;
    /// Whether a product of all-zero bits leaves every sum as it is. Not so in bf16: -0
    /// plus +0 is +0.
    const ZERO_IS_NEUTRAL: bool;
}

/// A multiplier.
pub trait Multiplier<F: Arithmetic>: Module + Build<ArrayConfig> + Clone {
    /// Its ports.
    fn factors(&self) -> &Factors<F>;
}

/// An adder.
pub trait Adder<F: Arithmetic>: Module + Build<ArrayConfig> + Clone {
    /// Its ports.
    fn terms(&self) -> &Terms<F>;
}

impl ArrayConfig {
    /// Style of control registers: always reset.
    pub fn control_style(&self) -> Style {
        Style {
            reset: match self.reset() {
                Reset::Async => Reset::Async,
                Reset::None | Reset::Sync => Reset::Sync,
            },
            gated: false,
        }
    }

    /// Style of data registers that move with every enabled cycle.
    pub fn data_style(&self) -> Style {
        Style {
            reset: self.reset(),
            gated: false,
        }
    }

    /// Style of data registers whose enable carries a gating condition.
    pub fn gated_style(&self) -> Style {
        Style {
            reset: self.reset(),
            gated: self.gating == Gating::ClockGate,
        }
    }

    /// Whether modules with gated registers have a test enable.
    pub(crate) fn has_test_en(&self) -> bool {
        self.gating == Gating::ClockGate
    }

    /// Whether tiles may be output-stationary.
    pub(crate) fn has_os(&self) -> bool {
        self.dataflow.has_os()
    }

    /// Whether tiles may be of either dataflow.
    pub(crate) fn has_both(&self) -> bool {
        self.dataflow.has_os() && self.dataflow.has_ws()
    }

    /// Bits of a count of the phases; 0 without output-stationary tiles.
    pub(crate) fn phase_bits(&self) -> usize {
        if self.has_os() {
            bits_to(self.phases() - 1)
        } else {
            0
        }
    }

    /// Whether masks act on register enables.
    pub(crate) fn gates(&self) -> bool {
        self.gating != Gating::None
    }
}
