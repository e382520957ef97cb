//! The bottom edge: brings the sums of a beat together again.

use super::lines::{control_lines, data_lines, delay};
use crate::arith::Arithmetic;
use crate::bundle::{PartialSum, Ungated};
use crate::describe::{e, repeat, Body, Compiled, Describe, Many, Net, Reg, Size, COLS, ROWS};
use crate::prim::Delay;
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Bottom edge: delays the sums of column c by COLS - 1 - c cycles, so that a beat leaves whole.
#[derive(Clone, LogicBlock, Module)]
pub struct SouthEdge<F: Arithmetic> {
    clocked: Ungated,
    /// zeroes the sticky flag
    #[hw(when = F::OVERFLOWS)]
    pub clear_i: Net<In, Bit>,
    /// a beat of activations is accepted, or an exchange
    #[hw(group = "Beat as it enters the array")]
    pub beat_i: Net<In, Bit>,
    /// the m of the beat is kept
    pub keep_i: Net<In, Bit>,
    #[hw(group = "Sums, skewed", lanes = COLS)]
    pub(crate) sum_i: PartialSum<In, F>,
    /// the sums of a beat leave
    #[hw(group = "Sums of a beat, whole")]
    pub valid_o: Net<Out, Bit>,
    /// sums
    #[hw(lanes = COLS)]
    pub sum_o: Net<Out, F::Sum>,
    /// column and m are kept; else the sum is unspecified
    #[hw(lanes = COLS)]
    pub keep_o: Net<Out, Bit>,
    /// sticky: a kept sum overflowed
    #[hw(when = F::OVERFLOWS)]
    pub ovf_o: Net<Out, Bit>,

    #[hw(build = data_lines(config, Size::Number(1), |_| config.latency(), [1, 1]))]
    keep: Many<Delay>,
    #[hw(build = control_lines(config, Size::Number(1), |_| config.latency(), 1))]
    valid: Many<Delay>,
    #[hw(build = data_lines(config, COLS, |c| config.cols - 1 - c, [F::Sum::BITS + usize::from(F::OVERFLOWS), 1]))]
    sum: Many<Delay>,
    #[hw(build = control_lines(config, COLS, |c| config.cols - 1 - c, 1))]
    live: Many<Delay>,
    /// sticky: a kept sum overflowed
    #[hw(when = F::OVERFLOWS, style = config.control_style())]
    ovf_q: Reg<Bit>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl<F: Arithmetic> Describe for SouthEdge<F> {
    fn describe(&self, m: &mut Body) {
        let keep = m.vector("keep", "the m of the beat that leaves is kept", 1, 1);
        let live = m.vector("live", "sums that leave are of kept columns", COLS, 1);
        let ovf = F::OVERFLOWS.then(|| m.vector("ovf", "sums that leave overflowed", COLS, 1));
        let way = ROWS * self._config.add_stages() + COLS + self._config.mul_stages();
        m.note("The way of a beat through the edges and the mesh.");
        let data = vec![(e(&self.keep_i), keep.clone())];
        let control = vec![(e(&self.beat_i), (&self.valid_o).into())];
        delay(m, (&self.keep, &self.valid), &0.into(), &way, data, control);
        m.each("c", 0, COLS, |m, c| {
            let mut data = vec![(e(self.sum_i.sum.at(&c)), self.sum_o.at(&c))];
            if let Some(ovf) = &ovf {
                data.push((e(self.sum_i.ovf.at(&c)), ovf.clone().at(&c)));
            }
            let control = vec![(e(self.sum_i.live.at(&c)), live.clone().at(&c))];
            let depth = COLS - 1 - c.clone();
            delay(m, (&self.sum, &self.live), &c, &depth, data, control);
        });
        m.assign(&self.keep_o, e(live) & repeat(COLS, e(keep)));
        if let Some(ovf) = ovf {
            let overflows = (e(&self.keep_o) & ovf).any();
            let noted = (e(&self.ovf_q) | overflows) & !e(&self.clear_i);
            m.note("An overflow of a kept sum stays noted until it is cleared.");
            m.reg(&self.ovf_q, &self.clocked.en_i, noted);
            m.assign(&self.ovf_o, &self.ovf_q);
        }
    }
}
