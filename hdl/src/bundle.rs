//! What travels together through the array.
//!
//! A port that is added here is added everywhere. Of registers (`D` is `Stored`) control bits are
//! reset as such, whatever is said of the data beside them.

use crate::arith::Arithmetic;
use crate::describe::{e, Body, Expr, Maybe, Net, Reg, Style};
use crate::prim::Bank;
use crate::{ArrayConfig, Reset};
use heddle_derive::Bundle;
use rust_hdl::prelude::*;

pub use crate::describe::{Clocked, Ungated};

/// An activation on its way from west to east.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig, flat)]
pub struct Beat<D: Direction + 'static, F: Arithmetic> {
    /// activation
    pub act: Net<D, F::Operand>,
    /// the activation counts: its m and its row are kept
    #[hw(
        style = config.control_style(),
        doc = config.os_or_both(
            "the activation counts: its k and its row are kept",
            "the activation counts: its beat and its row are kept",
        )
    )]
    pub mac: Net<D, Bit>,
    /// first beat of a tile: the waiting weight goes to work
    #[hw(style = config.control_style(), doc = config.with_os("the waiting weight goes to work"))]
    pub swap: Net<D, Bit>,
}

/// A weight on its way to its PE. `SHARED` is that it may be for every row, if the array has both
/// dataflows.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Weight<D: Direction + 'static, F: Arithmetic, const SHARED: bool> {
    /// weight word
    #[hw(name = "")]
    pub data: Net<D, F::Operand>,
    /// the word is kept
    pub keep: Net<D, Bit>,
    /// there is a word
    #[hw(style = config.control_style())]
    pub valid: Net<D, Bit>,
    /// the word is for every row
    #[hw(when = SHARED && config.has_both())]
    pub share: Net<D, Bit>,
}

/// A partial sum on its way from north to south; a seed of the mesh has no overflow behind it.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig, flat)]
pub struct PartialSum<D: Direction + 'static, F: Arithmetic, const FLAGGED: bool = true> {
    /// partial sum
    pub sum: Net<D, F::Sum>,
    /// the sum is of a beat and a kept column
    #[hw(style = config.control_style(), doc = config.with_os("there is a sum, of a kept column"))]
    pub live: Net<D, Bit>,
    /// the sum overflowed on its way
    #[hw(when = FLAGGED && F::OVERFLOWS)]
    pub ovf: Net<D, Bit>,
}

/// What happens to output-stationary sums in a cycle; travels from west to east.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig, flat)]
pub struct Slot<D: Direction + 'static> {
    /// the adder takes its own output
    #[hw(when = config.has_os(), style = config.control_style())]
    pub spin: Net<D, Bit>,
    /// the held sum and the one on its way change places
    #[hw(when = config.has_os(), style = config.control_style())]
    pub exch: Net<D, Bit>,
    /// the adder takes the held sum
    #[hw(when = config.has_both(), style = config.control_style())]
    pub seed: Net<D, Bit>,
    /// output-stationary tiles are at work: sums go round
    #[hw(when = config.has_both(), style = config.control_style())]
    pub ring: Net<D, Bit>,
}

/// What goes through a multiplier. Clock, reset and enable only where it has registers.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Factors<F: Arithmetic> {
    /// clock
    #[hw(when = config.dsp_stages() + config.inner_stages() > 0)]
    pub clk_i: Net<In, Clock>,
    /// reset, active low, held for one rising edge or more
    #[hw(when = config.inner_stages() > 0 || (config.dsp_stages() > 0 && !F::ZERO_IS_NEUTRAL))]
    pub rst_ni: Net<In, Bit>,
    /// low freezes every register
    #[hw(when = config.dsp_stages() + config.inner_stages() > 0)]
    pub en_i: Net<In, Bit>,
    /// all clock gates are transparent, for scan test
    #[hw(when = config.inner_stages() > 0 && config.has_test_en())]
    pub test_en_i: Net<In, Bit>,
    /// activation
    pub act_i: Net<In, F::Operand>,
    /// weight
    pub weight_i: Net<In, F::Operand>,
    /// product, exact
    pub product_o: Net<Out, F::Product>,
}

/// What goes through an adder.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Terms<F: Arithmetic> {
    /// clock, reset and enables
    pub clocked: Clocked,
    /// product, exact
    pub product_i: Net<In, F::Product>,
    /// the product is added; otherwise the sum passes as it is
    #[hw(when = !config.adds_all::<F>())]
    pub mac_i: Net<In, Bit>,
    /// from above
    pub sum_i: PartialSum<In, F>,
    /// to below
    pub sum_o: PartialSum<Out, F>,
}

/// A sum on its way round through the adder.
#[derive(Clone, Debug, Bundle)]
pub struct Around<D: Direction + 'static, F: Arithmetic> {
    /// sum of the working group
    #[hw(name = "")]
    pub sum: Net<D, F::Sum>,
    /// the sum is live
    pub live: Net<D, Bit>,
    /// the sum overflowed
    #[hw(when = F::OVERFLOWS)]
    pub ovf: Net<D, Bit>,
}

/// A word of each phase: one in a register, more in a bank, which both have no reset, since their
/// live bits have.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Words<F: Arithmetic> {
    /// word
    #[hw(name = "", when = config.phases() == 1, style = Style { reset: Reset::None, ..config.gated_style() })]
    pub word: Reg<F::Sum>,
    /// the words of more than one phase
    #[hw(name = "bank_", build = Maybe::new((config.phases() > 1).then(|| Bank::new(config, config.phases(), F::Sum::BITS))))]
    pub bank: Maybe<Bank>,
    /// the word is live
    #[hw(lanes = config.phases(), style = config.control_style())]
    pub live: Reg<Bit>,
    /// the word overflowed
    #[hw(lanes = config.phases(), when = F::OVERFLOWS, style = config.data_style())]
    pub ovf: Reg<Bit>,
}

impl<F: Arithmetic> Words<F> {
    /// The word of this phase.
    pub(crate) fn shown(&self) -> Expr {
        self.bank
            .get()
            .map_or_else(|| e(&self.word), |bank| e(&bank.data_o))
    }

    /// Stores `word` in the place of the phase that `phase_i` counts, where `en` is high.
    pub(crate) fn store(&self, m: &mut Body, phase_i: &Net<In, Bit>, en: Expr, word: Expr) {
        let Some(bank) = self.bank.get() else {
            m.reg(&self.word, en, word);
            return;
        };
        m.parameter(&bank.data_i, "BITS", F::Sum::BITS);
        m.parameter(&bank.data_i, "WORDS", self.live.len());
        m.parameter(&bank.data_i, "ADDRESS_BITS", phase_i.len());
        m.assign(&bank.write_i, en);
        m.assign(&bank.addr_i, phase_i);
        m.assign(&bank.data_i, word);
    }
}
