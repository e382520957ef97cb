//! What the PE does not know: how a number format multiplies and adds.
//!
//! A format is a multiplier, a product type and an adder; the PE, the mesh and the
//! edges are the same for all of them.

pub mod bf16;
pub mod int;

use crate::prim::{address_bits, PipeControl, PipeStyle};
use crate::{ArrayConfig, Gating, MultiplierCell, Reset};
use rust_hdl::prelude::*;

/// The arithmetic of a number format, as types.
pub trait Arithmetic: Sized + Clone + 'static {
    /// An activation or a weight.
    type Operand: Synth;
    /// A product, exact.
    type Product: Synth;
    /// A partial sum.
    type Sum: Synth;
    /// Operands to product, combinational.
    type Mul: Multiplier<Self>;
    /// Product and partial sum to partial sum, in `add_stages` cycles.
    type Add: Adder<Self>;
    /// Whether a sum carries an overflow flag.
    const OVERFLOWS: bool;
    /// Whether a product of all-zero bits leaves every sum as it is. Not so in bf16: -0
    /// plus +0 is +0.
    const ZERO_IS_NEUTRAL: bool;
}

/// A multiplier. Ports: `act_i`, `weight_i`, `product_o`; if it has registers, also `clk_i`,
/// `rst_ni` and `en_i`, and the product comes later: `mul_stages` cycles with a DSP block's, one
/// with those of the fabric, which have `test_en_i` too (clock gating only).
pub trait Multiplier<F: Arithmetic>: Block + Clone {
    /// A multiplier as `config` wants it.
    fn new(config: &ArrayConfig) -> Self;
    /// Drives every input.
    fn drive(&mut self, control: PipeControl, en: bool, act: F::Operand, weight: F::Operand);
    /// The exact product.
    fn product(&self) -> F::Product;
    /// Claims the inputs.
    fn connect_inputs(&mut self);
}

/// What enters an adder in one cycle.
#[derive(Clone, Copy, Debug)]
pub struct AddInput<F: Arithmetic> {
    /// Clock and reset.
    pub control: PipeControl,
    /// Low freezes every register.
    pub en: bool,
    /// The product.
    pub product: F::Product,
    /// Whether the product counts; otherwise the sum passes through.
    pub mac: bool,
    /// The partial sum from above.
    pub sum: F::Sum,
    /// Whether the partial sum is of a beat and a kept column.
    pub live: bool,
    /// Whether it overflowed further up.
    pub overflow: bool,
}

/// A pipelined accumulation step of `add_stages` registers. Ports: `clk_i`, `rst_ni`,
/// `en_i`, `test_en_i` (clock gating only), `product_i`, `mac_i`, `sum_i`, `live_i`,
/// `ovf_i` (formats that overflow), and `sum_o`, `live_o`, `ovf_o`.
///
/// The data registers of a stage move only for live sums, unless gating is `none`.
pub trait Adder<F: Arithmetic>: Block + Clone {
    /// An adder with the pipeline depth, reset and gating of `config`.
    fn new(config: &ArrayConfig) -> Self;
    /// Drives every input.
    fn drive(&mut self, input: AddInput<F>);
    /// New partial sum, its live bit and its overflow flag.
    fn result(&self) -> (F::Sum, bool, bool);
    /// Claims the inputs.
    fn connect_inputs(&mut self);
}

impl ArrayConfig {
    /// Style of control registers: always reset.
    pub(crate) fn control_style(&self) -> PipeStyle {
        PipeStyle {
            reset: match self.reset() {
                Reset::Async => Reset::Async,
                Reset::None | Reset::Sync => Reset::Sync,
            },
            gated: false,
        }
    }

    /// Style of data registers that move with every enabled cycle.
    pub(crate) fn data_style(&self) -> PipeStyle {
        PipeStyle {
            reset: self.reset(),
            gated: false,
        }
    }

    /// Style of data registers whose enable carries a gating condition.
    pub(crate) fn gated_style(&self) -> PipeStyle {
        PipeStyle {
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
            address_bits(self.phases())
        } else {
            0
        }
    }

    /// The optional port `test_en_i`: none, or one.
    pub(crate) fn test_en_port(&self) -> Vec<Signal<In, Bit>> {
        optional(self.has_test_en())
    }

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

    /// Whether masks act on register enables.
    pub(crate) fn gates(&self) -> bool {
        self.gating != Gating::None
    }
}

/// A port that a configuration may lack.
pub(crate) fn optional<D: Direction, T: Synth>(present: bool) -> Vec<Signal<D, T>> {
    (0..usize::from(present))
        .map(|_| Signal::default())
        .collect()
}

/// The value of an optional input bit; low where there is none.
pub(crate) fn flag(port: &[Signal<In, Bit>]) -> bool {
    port.first().is_some_and(|port| port.val())
}

/// Drives an optional input.
pub(crate) fn drive_optional<T: Synth>(port: &mut [Signal<In, T>], value: T) {
    if let Some(port) = port.first_mut() {
        port.next = value;
    }
}
