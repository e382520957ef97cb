//! The top edge: skews weight words and seeds by one cycle per column.

use super::lines::{control_lines, data_lines, delay};
use crate::arith::Arithmetic;
use crate::bundle::{PartialSum, Ungated, Weight};
use crate::describe::{e, Body, Compiled, Describe, Expr, Many, Net};
use crate::prim::Delay;
use crate::site::{COL, HOP};
use crate::{ArrayConfig, COLS};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Top edge: delays the words that enter column c by c cycles, and the seeds by as much and the way
/// of a product.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct NorthEdge<F: Arithmetic> {
    clocked: Ungated,
    /// weight words
    #[hw(group = "Row of weight words, whole", lanes = COLS)]
    pub word_i: Net<In, F::Operand>,
    /// there is a word for the column
    #[hw(lanes = COLS)]
    pub valid_i: Net<In, Bit>,
    /// the row is kept
    pub keep_i: Net<In, Bit>,
    /// the row is for every row of PEs
    #[hw(when = config.has_both())]
    pub share_i: Net<In, Bit>,
    #[hw(group = "Seeds of a beat, whole", lanes = COLS)]
    pub(crate) sum_i: PartialSum<In, F, false>,
    #[hw(group = "Row of weight words, skewed", lanes = COLS)]
    pub(crate) word_o: Weight<Out, F, true>,
    #[hw(group = "Seeds of a beat, skewed", lanes = COLS)]
    pub(crate) sum_o: PartialSum<Out, F, false>,

    #[hw(build = data_lines(config, COLS, |c| c, [F::Operand::BITS, 1]))]
    word: Many<Delay>,
    #[hw(build = control_lines(config, COLS, |c| c, 1))]
    valid: Many<Delay>,
    #[hw(build = data_lines(config, COLS, |c| c + 1 + config.mul_stages(), [F::Sum::BITS, 1]))]
    sum: Many<Delay>,
    #[hw(build = control_lines(config, COLS, |c| c + 1 + config.mul_stages(), 1))]
    live: Many<Delay>,
    #[hw(build = Many::new(config, COLS - 1, |_| Delay::new(config, 1 + usize::from(config.has_both()), 1, config.data_style())))]
    hop: Many<Delay>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl<F: Arithmetic> Describe for NorthEdge<F> {
    fn describe(&self, m: &mut Body) {
        let product = self._config.product_latency(m);
        let word = &self.word_o;
        // (what all columns have in common, and where it goes)
        let mut common = vec![(e(&self.keep_i), &word.keep)];
        if word.share.is_present() {
            common.push((e(&self.share_i), &word.share));
        }
        m.note("What is the same for all columns goes from one to the next.");
        for (from, to) in &common {
            m.assign(to.at(0), from.clone());
        }
        m.each(COL, 0, COLS, |m, c| {
            let data = vec![(e(self.word_i.at(&c)), word.data.at(&c))];
            let control = vec![(e(self.valid_i.at(&c)), word.valid.at(&c))];
            delay(m, &self.word, &c, &c, data, [(&self.valid, control)]);
            let data = vec![(e(self.sum_i.sum.at(&c)), self.sum_o.sum.at(&c))];
            let control = vec![(e(self.sum_i.live.at(&c)), self.sum_o.live.at(&c))];
            let depth = c.clone() + &product;
            delay(m, &self.sum, &c, &depth, data, [(&self.live, control)]);
        });
        m.each(HOP, 1, COLS, |m, h| {
            let before = h.clone() - 1;
            let from = common.iter().map(|(_, line)| Expr::from(line.at(&before)));
            let to = common.iter().map(|(_, line)| line.at(&h));
            self.hop
                .each()
                .between(m, Some(before.clone()), 1, from, to);
        });
    }
}
