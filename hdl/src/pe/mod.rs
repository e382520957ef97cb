//! The processing element.
//!
//! All that reaches a PE is skewed alike (`add_stages` cycles per row, one per column), so each PE
//! sees the events of the array's edge in the edge's order, only later. The words of a tile come in
//! the order of rows (from the top) or columns (from the left). Those of an output-stationary tile
//! are shared, and go to work with every beat. Their sums stay: see [`Accumulator`].

mod multiply;

use crate::accumulator::Accumulator;
use crate::arith::{Adder, Arithmetic};
use crate::bundle::{Beat, Clocked, PartialSum, Slot, Weight};
use crate::describe::{e, lit, select, Body, Compiled, Describe, Expr, Maybe, Net, Reg, Stored};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Processing element: act_q times weight_q, by way of u_mul, is added by u_add to the sum on its
/// way. A word for one PE waits in next_q of the first on its way that has none waiting; the others
/// pass it on. Skew: one cycle per column, the adder's stages per row.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Pe<F: Arithmetic> {
    clocked: Clocked,
    #[hw(group = "Beat from the west")]
    pub(crate) beat_i: Beat<In, F>,
    #[hw(group = "Beat to the east")]
    pub(crate) beat_o: Beat<Out, F>,
    #[hw(group = "Weight word from the north")]
    pub(crate) north_i: Weight<In, F, true>,
    #[hw(group = "Weight word from the west", when = config.dataflow.has_ws())]
    pub(crate) west_i: Weight<In, F, false>,
    #[hw(group = "Weight word to the south")]
    pub(crate) south_o: Weight<Out, F, true>,
    #[hw(group = "Weight word to the east", when = config.dataflow.has_ws())]
    pub(crate) east_o: Weight<Out, F, false>,
    #[hw(group = "What happens to output-stationary sums")]
    pub(crate) slot_i: Slot<In>,
    pub(crate) slot_o: Slot<Out>,
    /// counts the phases
    #[hw(lanes = config.phase_bits(), when = config.phase_bits() > 0)]
    pub(crate) phase_i: Net<In, Bit>,
    #[hw(group = "Partial sum from the north")]
    pub(crate) sum_i: PartialSum<In, F>,
    #[hw(group = "Partial sum to the south")]
    pub(crate) sum_o: PartialSum<Out, F>,

    #[hw(style = config.gated_style())]
    beat_q: Beat<Stored, F>,
    slot_q: Slot<Stored>,
    /// passed on (valid: to the south)
    #[hw(style = config.gated_style())]
    pass_q: Weight<Stored, F, true>,
    /// what is passed on is valid to the east
    #[hw(when = config.dataflow.has_ws(), style = config.control_style())]
    pass_east_q: Reg<Bit>,
    /// delayed by the skew from row to row
    #[hw(lanes = config.add_stages() - 1, style = config.data_style())]
    down_q: Weight<Stored, F, true>,
    /// waiting for the next tile
    #[hw(style = config.gated_style())]
    next_q: Weight<Stored, F, false>,
    /// weight at work
    #[hw(style = config.weight_style())]
    weight_q: Reg<F::Operand>,
    /// a kept weight is at work
    #[hw(style = config.control_style())]
    on_q: Reg<Bit>,
    mul: F::Mul,
    /// product in the stages but the last
    #[hw(lanes = config.product_stages().saturating_sub(1), style = config.gated_style())]
    early_q: Reg<F::Product>,
    /// product
    #[hw(when = config.product_stages() > 0, style = config.product_style::<F>())]
    product_q: Reg<F::Product>,
    /// the product in the stage is a new one
    #[hw(lanes = config.takes_stages::<F>(), style = config.control_style())]
    product_mac_q: Reg<Bit>,
    /// the product in the stage is added
    #[hw(lanes = config.adds_stages::<F>(), style = config.control_style())]
    product_on_q: Reg<Bit>,
    add: F::Add,
    #[hw(when = config.has_os())]
    accumulator: Maybe<Accumulator<F>>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl<F: Arithmetic> Pe<F> {
    fn en(&self) -> Expr {
        e(&self.clocked.en_i)
    }

    /// The enable of what may stand still unless `open`.
    fn gate(&self, open: Expr) -> Expr {
        match self._config.gates() {
            true => self.en() & open,
            false => self.en(),
        }
    }

    /// The way of activations, and of what happens to sums, from west to east.
    fn beat(&self, m: &mut Body) {
        let (beat, en) = (&self.beat_i, self.en());
        m.note("An activation that does not count is not taken: the multiplier holds still.");
        m.reg(&self.beat_q.act, self.gate(e(&beat.mac)), &beat.act);
        m.note("Control bits move in every cycle.");
        m.reg(&self.beat_q.mac, en.clone(), &beat.mac);
        m.reg(&self.beat_q.swap, en.clone(), &beat.swap);
        m.regs(self.slot_q.nets(), &en, self.slot_i.nets());
        m.join(self.beat_o.nets(), self.beat_q.nets());
        m.join(self.slot_o.nets(), self.slot_q.nets());
    }

    /// The way of weight words: one waits here, the others go on. Whether the waiting weight will
    /// multiply.
    fn weights(&self, m: &mut Body) -> Expr {
        let (north, west, next, pass) = (&self.north_i, &self.west_i, &self.next_q, &self.pass_q);
        let has_ws = self._config.dataflow.has_ws();
        let (from_west, from_north) = (west.valid.or(false), e(&north.valid));
        let (mut arrives, mut word) = (from_north.clone(), e(&north.data));
        let mut keep = e(&north.keep);
        if has_ws {
            m.note(
                "At most one word arrives in a cycle, from either side. It waits here, or is passed \
                 on if another one goes on waiting.",
            );
            arrives = m.wire("arrives", "there is a word", from_west.clone() | arrives);
            let either = |west: Expr, north: Expr| select(from_west.clone(), west, north);
            word = m.wire("word", "the word", either(e(&west.data), word));
            keep = m.wire("word_keep", "the word is kept", either(e(&west.keep), keep));
        }
        let occupied = e(&next.valid) & !e(&self.beat_i.swap);
        let occupied = m.wire("occupied", "a weight waits, and goes on waiting", occupied);
        let next_kept = e(&next.valid) & &next.keep;
        let next_kept = m.wire("next_kept", "the waiting weight is kept", next_kept);
        // What is for every row is captured and goes on.
        let for_all = match self._config.has_os() {
            true => north.share.or(true),
            false => e(false),
        };
        let passes = occupied.clone() | for_all;
        let captures = self.en() & arrives.clone() & !occupied.clone();
        m.note("A word that finds none waiting waits here.");
        m.reg(&next.data, captures.clone(), word.clone());
        m.reg(&next.keep, captures, keep.clone());
        m.note("From its word until it goes to work a weight waits.");
        m.reg(&next.valid, self.en(), occupied.clone() | arrives.clone());
        m.reg(&pass.valid, self.en(), from_north & passes.clone());
        if has_ws {
            m.reg(&self.pass_east_q, self.en(), from_west & occupied);
            m.assign(&self.east_o.data, &pass.data);
            m.assign(&self.east_o.keep, &pass.keep);
            m.assign(&self.east_o.valid, &self.pass_east_q);
        }
        let goes_on = self.en() & arrives & passes;
        m.note(match (has_ws, pass.share.is_present()) {
            (true, false) => "A word that finds another one waiting is passed on.",
            (true, true) => {
                "A word that finds another one waiting, or is for every row, is passed on."
            }
            (false, _) => "Each word is passed on.",
        });
        m.reg(&pass.data, goes_on.clone(), word);
        m.reg(&pass.keep, goes_on.clone(), keep);
        if pass.share.is_present() {
            m.reg(&pass.share, goes_on, &north.share);
        }
        m.note("On its way south a word takes as long as a sum.");
        let down = m.shifts(self.down_q.nets(), &self.en(), pass.nets());
        m.join(self.south_o.nets(), down);
        next_kept
    }

    /// The first beat of a tile puts the waiting weight to work.
    fn swap(&self, m: &mut Body, next_kept: Expr) {
        let swap = || self.en() & &self.beat_i.swap;
        let in_dsp = self._config.dsp_stages() > 0;
        if self._config.zeroes_by_reset() {
            let clear_n = !(!e(&self.clocked.rst_ni) | (swap() & !next_kept));
            let clear_n = m.wire("weight_clear_n", "zeroes weight_q and on_q", clear_n);
            m.note("The waiting weight goes to work; without a kept one the PE is off.");
            m.reg_reset(&self.weight_q, &clear_n, swap(), &self.next_q.data);
            m.reg_reset(&self.on_q, &clear_n, swap(), true);
            return;
        }
        let takes = match in_dsp && self._config.gates() {
            true => swap() & next_kept.clone(),
            false => swap(),
        };
        let zero = lit(0, F::Operand::BITS);
        let weight = match in_dsp {
            true => e(&self.next_q.data),
            false => select(next_kept.clone(), &self.next_q.data, zero),
        };
        m.note("The waiting weight goes to work.");
        m.reg(&self.weight_q, takes, weight);
        m.note("Without a kept weight the PE is off.");
        m.reg(&self.on_q, swap(), next_kept);
    }

    /// The way of sums: through the adder, and the accumulator if there is one.
    fn sums(&self, m: &mut Body) {
        let terms = self.add.terms();
        let Some(accumulator) = self.accumulator.get() else {
            m.join(terms.sum_i.nets(), self.sum_i.nets());
            m.join(self.sum_o.nets(), terms.sum_o.nets());
            return;
        };
        if self.phase_i.is_present() {
            m.assign(&accumulator.phase_i, &self.phase_i);
        }
        m.join(accumulator.slot_i.nets(), self.slot_i.nets());
        m.join(accumulator.sum_i.nets(), self.sum_i.nets());
        m.join(accumulator.acc_i.nets(), terms.sum_o.nets());
        m.join(terms.sum_i.nets(), accumulator.acc_o.nets());
        m.join(self.sum_o.nets(), accumulator.sum_o.nets());
    }
}

impl<F: Arithmetic> Describe for Pe<F> {
    fn describe(&self, m: &mut Body) {
        self.beat(m);
        let next_kept = self.weights(m);
        self.swap(m, next_kept);
        self.multiply(m);
        self.sums(m);
    }
}
