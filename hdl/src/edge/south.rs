//! The bottom edge: brings the sums of a beat together again.

use super::lines::{control_lines, data_lines, delay, plain_lines};
use crate::arith::Arithmetic;
use crate::bundle::{PartialSum, Ungated};
use crate::describe::{e, repeat, Body, Compiled, Describe, Many, Net, Place, Reg, Size};
use crate::prim::Delay;
use crate::site::COL;
use crate::{ArrayConfig, COLS, ROWS};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Bottom edge: delays the sums of column c by COLS - 1 - c cycles, so that a beat leaves whole.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct SouthEdge<F: Arithmetic> {
    clocked: Ungated,
    /// zeroes the sticky flag
    #[hw(when = F::OVERFLOWS)]
    pub clear_i: Net<In, Bit>,
    /// a beat of activations is accepted
    #[hw(
        group = "Beat as it enters the array",
        doc = config.os_or_both(
            "an exchange is accepted",
            "a weight-stationary beat or an exchange is accepted",
        )
    )]
    pub beat_i: Net<In, Bit>,
    /// the m of the beat is kept
    #[hw(
        doc = config.os_or_both("its sums may be kept", "its sums may be kept: the m of a beat is")
    )]
    pub keep_i: Net<In, Bit>,
    #[hw(group = "Sums, skewed", lanes = COLS)]
    pub(crate) sum_i: PartialSum<In, F>,
    /// the sums of a beat leave
    #[hw(
        group = "Sums of a beat, whole",
        doc = config.os_or_both(
            "the sums of an exchange leave",
            "the sums of a beat or an exchange leave",
        )
    )]
    pub valid_o: Net<Out, Bit>,
    /// sums
    #[hw(lanes = COLS)]
    pub sum_o: Net<Out, F::Sum>,
    /// column and m are kept; else the sum is unspecified
    #[hw(lanes = COLS)]
    pub keep_o: Net<Out, Bit>,
    /// a kept sum of these overflowed
    #[hw(when = F::OVERFLOWS && config.engine.is_some())]
    pub overflows_o: Net<Out, Bit>,
    /// sticky: a kept sum overflowed
    #[hw(when = F::OVERFLOWS)]
    pub ovf_o: Net<Out, Bit>,

    #[hw(build = Delay::new(config, 1 + usize::from(config.shares_lines()), config.latency(), config.data_style()))]
    keep: Delay,
    #[hw(build = control_lines(config, Size::Number(1), |_| config.latency(), 1))]
    valid: Many<Delay>,
    #[hw(build = data_lines(config, COLS, |c| config.cols - 1 - c, [F::Sum::BITS, 1 + usize::from(F::OVERFLOWS)]))]
    sum: Many<Delay>,
    #[hw(build = control_lines(config, COLS, |c| config.cols - 1 - c, 1))]
    live: Many<Delay>,
    #[hw(build = plain_lines(config, COLS, |c| config.cols - 1 - c, usize::from(F::OVERFLOWS)))]
    ovf: Many<Delay>,
    /// sticky: a kept sum overflowed
    #[hw(when = F::OVERFLOWS, style = config.control_style())]
    ovf_q: Reg<Bit>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl<F: Arithmetic> Describe for SouthEdge<F> {
    fn describe(&self, m: &mut Body) {
        let keep = m.vector("keep", "the sums that leave may be kept", 1, 1);
        let live = m.vector("live", "sums that leave are of kept columns", COLS, 1);
        let ovf = F::OVERFLOWS.then(|| m.vector("ovf", "sums that leave overflowed", COLS, 1));
        let (product, add) = (self._config.product_latency(m), self._config.add_latency(m));
        let way = ROWS * add + COLS + product - 1;
        m.note("As long as the way of a beat through the edges and the mesh.");
        let kept = (e(&self.keep_i), keep.clone());
        let valid = (e(&self.beat_i), Place::from(&self.valid_o));
        match self.valid.is_present() {
            true => {
                self.keep.between(m, None, &way, [kept.0], [kept.1]);
                let line = self.valid.each();
                line.between(m, Some(0.into()), way, [valid.0], [valid.1]);
            }
            false => self
                .keep
                .between(m, None, way, [kept.0, valid.0], [kept.1, valid.1]),
        }
        m.each(COL, 0, COLS, |m, c| {
            let data = vec![(e(self.sum_i.sum.at(&c)), self.sum_o.at(&c))];
            let flags = ovf
                .iter()
                .map(|ovf| (e(self.sum_i.ovf.at(&c)), ovf.clone().at(&c)));
            let flags = (&self.ovf, flags.collect());
            let control = vec![(e(self.sum_i.live.at(&c)), live.clone().at(&c))];
            let depth = COLS - 1 - c.clone();
            delay(
                m,
                &self.sum,
                &c,
                &depth,
                data,
                [flags, (&self.live, control)],
            );
        });
        m.assign(&self.keep_o, e(live) & repeat(COLS, e(keep)));
        if let Some(ovf) = ovf {
            let overflows = (e(&self.keep_o) & ovf).any();
            if self.overflows_o.is_present() {
                m.assign(&self.overflows_o, overflows.clone());
            }
            let noted = (e(&self.ovf_q) | overflows) & !e(&self.clear_i);
            m.note("An overflow of a kept sum stays noted until it is cleared.");
            m.reg(&self.ovf_q, &self.clocked.en_i, noted);
            m.assign(&self.ovf_o, &self.ovf_q);
        }
    }
}
