//! The registers of a product, from the operands to the adder, and how they come to hold zeros.

use super::Arithmetic;
use crate::describe::Style;
use crate::{ArrayConfig, Gating, MultiplierCell, Reset};

impl ArrayConfig {
    /// Registers of a product in the fabric.
    pub(crate) fn product_stages(&self) -> usize {
        self.mul_stages() - self.dsp_stages() - self.inner_stages()
    }

    /// Registers of a product in a DSP block: of the operands and the product. One more of an
    /// integer is of the fabric, so that the way from the block to the adder is cut.
    pub(crate) fn dsp_stages(&self) -> usize {
        match self.multiplier() {
            MultiplierCell::Ecp5 if self.format.is_integer() => self.mul_stages().min(2),
            MultiplierCell::Ecp5 => self.mul_stages(),
            MultiplierCell::Inferred | MultiplierCell::Staged => 0,
        }
    }

    /// Registers of the fabric inside an integer multiplier, of its operands or its parts: they
    /// hold where a product does not count.
    pub(crate) fn inner_stages(&self) -> usize {
        let operands = self.format.is_integer() && self.mul_stages() > 1;
        match self.multiplier() {
            MultiplierCell::Ecp5 => 0,
            MultiplierCell::Inferred => usize::from(operands),
            MultiplierCell::Staged => 1,
        }
    }

    /// Whether zeros are made by a synchronous reset, which needs no multiplexer. It would open a
    /// clock gate for as long as they are wanted, and an asynchronous one has no enable; and a DSP
    /// block gets its zeros by the other operand.
    pub(crate) fn zeroes_by_reset(&self) -> bool {
        self.control_style().reset == Reset::Sync
            && self.gating != Gating::ClockGate
            && self.dsp_stages() == 0
    }

    /// What is used whether it counts or not has to be zero from the start.
    fn cleared_style(&self, cleared: bool) -> Style {
        match cleared {
            true => Style {
                reset: self.control_style().reset,
                ..self.gated_style()
            },
            false => self.gated_style(),
        }
    }

    /// Whether the last register of a product is zeroed by its reset.
    pub(crate) fn clears_product<F: Arithmetic>(&self) -> bool {
        self.zeroes_by_reset() && F::ZERO_IS_NEUTRAL && self.product_stages() > 0
    }

    /// Whether a DSP block gives a zero for each product that does not count, and the registers
    /// behind it pass it on.
    pub(crate) fn zeros_come<F: Arithmetic>(&self) -> bool {
        F::ZERO_IS_NEUTRAL && self.dsp_stages() > 0
    }

    pub(crate) fn product_style<F: Arithmetic>(&self) -> Style {
        match (F::ZERO_IS_NEUTRAL, self.dsp_stages() > 0) {
            (true, true) => self.data_style(),
            (neutral, _) => self.cleared_style(neutral),
        }
    }

    /// Stages behind which it is known whether a product counts. Behind the last one need not know
    /// who clears the product, or takes a zero in every cycle.
    fn counted_stages<F: Arithmetic>(&self) -> usize {
        let unread = self.clears_product::<F>() || (self.adds_all::<F>() && !self.gates());
        match self.zeros_come::<F>() {
            true => 0,
            false => self.mul_stages() - usize::from(unread),
        }
    }

    /// Stages behind which it is known whether a product is a new one. Where products of dropped
    /// beats stay, the registers behind the first have to know.
    pub(crate) fn takes_stages<F: Arithmetic>(&self) -> usize {
        match (self.has_os(), self.dsp_stages() > 0 || !self.gates()) {
            (true, _) => self.counted_stages::<F>(),
            (false, true) => 0,
            (false, false) => self.mul_stages().saturating_sub(1),
        }
    }

    /// Stages behind which it is known whether a product is added, if that is not the same.
    pub(crate) fn adds_stages<F: Arithmetic>(&self) -> usize {
        match self.has_os() {
            true => 0,
            false => self.counted_stages::<F>(),
        }
    }

    /// Whether each product is added, those that do not count as zeros.
    pub(crate) fn adds_all<F: Arithmetic>(&self) -> bool {
        F::ZERO_IS_NEUTRAL && (self.product_stages() > 0 || self.dsp_stages() > 0)
    }

    /// The style of the weight at work, which is zero where it does not count.
    pub(crate) fn weight_style(&self) -> Style {
        self.cleared_style(self.zeroes_by_reset())
    }
}
