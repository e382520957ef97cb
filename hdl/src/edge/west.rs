//! The left edge: skews activations and weight words by `add_stages` per row.

use super::lines::{control_lines, data_lines, delay};
use crate::arith::Arithmetic;
use crate::bundle::{Beat, Slot, Ungated, Weight};
use crate::describe::{e, Body, Compiled, Describe, Expr, Many, Maybe, Net, Size};
use crate::prim::Delay;
use crate::site::{HOP, ROW};
use crate::{ArrayConfig, ROWS};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Left edge: delays what enters row r by r times the adder's stages.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct WestEdge<F: Arithmetic> {
    clocked: Ungated,
    /// activations
    #[hw(group = "Beat, whole", lanes = ROWS)]
    pub act_i: Net<In, F::Operand>,
    /// the activation counts: its m and its row are kept
    #[hw(
        lanes = ROWS,
        doc = config.os_or_both(
            "the activation counts: its k and its row are kept",
            "the activation counts: its beat and its row are kept",
        )
    )]
    pub mac_i: Net<In, Bit>,
    /// first beat of a tile: the waiting weights go to work
    #[hw(doc = config.with_os("the waiting weights go to work"))]
    pub swap_i: Net<In, Bit>,
    /// weight words
    #[hw(group = "Column of weight words, whole", lanes = ROWS, when = config.dataflow.has_ws())]
    pub word_i: Net<In, F::Operand>,
    /// there is a word for the row
    #[hw(lanes = ROWS, when = config.dataflow.has_ws())]
    pub valid_i: Net<In, Bit>,
    /// the column is kept
    #[hw(when = config.dataflow.has_ws())]
    pub keep_i: Net<In, Bit>,
    /// held seeds and sums of the ring change places
    #[hw(group = "Output-stationary tiles", when = config.has_os())]
    pub turn_i: Net<In, Bit>,
    /// output-stationary tiles are at work
    #[hw(when = config.has_both())]
    pub ring_i: Net<In, Bit>,
    /// the row exchanges held sums for seeds
    #[hw(lanes = ROWS, when = config.has_os())]
    pub exch_i: Net<In, Bit>,
    #[hw(group = "Beat, skewed", lanes = ROWS)]
    pub(crate) beat_o: Beat<Out, F>,
    #[hw(group = "Column of weight words, skewed", lanes = ROWS, when = config.dataflow.has_ws())]
    pub(crate) word_o: Weight<Out, F, false>,
    #[hw(group = "What happens to output-stationary sums, skewed", lanes = ROWS)]
    pub(crate) slot_o: Slot<Out>,

    #[hw(build = data_lines(config, ROWS, |r| r * config.add_stages(), [config.words() * F::Operand::BITS, config.words()]))]
    lane: Many<Delay>,
    #[hw(build = control_lines(config, ROWS, |r| r * config.add_stages(), config.words()))]
    flags: Many<Delay>,
    #[hw(build = Many::new(config, ROWS - 1, |_| Delay::new(config, 1, config.add_stages(), config.control_style())))]
    swap: Many<Delay>,
    #[hw(build = lines_if(config.dataflow.has_ws(), || Many::new(config, ROWS - 1, |_| Delay::new(config, 1, config.add_stages(), config.data_style()))))]
    keep: Many<Delay>,
    #[hw(build = lines_if(config.has_os(), || Many::new(config, ROWS, |r| Delay::new(config, 1, config.way(r), config.control_style()))))]
    exch: Many<Delay>,
    #[hw(build = Maybe::new(config.has_os().then(|| Delay::new(config, config.run_bits(), config.way(0), config.control_style()))))]
    run: Maybe<Delay>,
    #[hw(build = lines_if(config.has_os(), || Many::new(config, ROWS - 1, |_| Delay::new(config, config.run_bits(), config.add_stages(), config.control_style()))))]
    run_hop: Many<Delay>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl ArrayConfig {
    /// Words that enter a row from the left at once: an activation, and a weight if there may be.
    fn words(&self) -> usize {
        1 + usize::from(self.dataflow.has_ws())
    }

    /// Cycles from the edge until a product of row `row` is ready.
    fn way(&self, row: usize) -> usize {
        1 + self.mul_stages() + row * self.add_stages()
    }

    /// What all rows know of a run of output-stationary tiles: a turn, and, if not every slot is
    /// one of a run, whether it is.
    fn run_bits(&self) -> usize {
        1 + usize::from(self.has_both())
    }
}

fn lines_if(present: bool, lines: impl FnOnce() -> Many<Delay>) -> Many<Delay> {
    match present {
        true => lines(),
        false => Many::absent(),
    }
}

impl<F: Arithmetic> Describe for WestEdge<F> {
    fn describe(&self, m: &mut Body) {
        let hop = self._config.add_latency(m);
        let (beat, word) = (&self.beat_o, &self.word_o);
        m.note("What is the same for all rows goes from one to the next.");
        m.assign(beat.swap.at(0), &self.swap_i);
        if self.keep_i.is_present() {
            m.assign(word.keep.at(0), &self.keep_i);
        }
        m.each(ROW, 0, ROWS, |m, r| {
            let mut data = vec![(e(self.act_i.at(&r)), beat.act.at(&r))];
            let mut control = vec![(e(self.mac_i.at(&r)), beat.mac.at(&r))];
            if self.word_i.is_present() {
                data.push((e(self.word_i.at(&r)), word.data.at(&r)));
                control.push((e(self.valid_i.at(&r)), word.valid.at(&r)));
            }
            let depth = r.clone() * &hop;
            delay(m, &self.lane, &r, &depth, data, [(&self.flags, control)]);
        });
        m.each(HOP, 1, ROWS, |m, h| {
            let before = h.clone() - 1;
            let swap = (e(beat.swap.at(&before)), beat.swap.at(&h));
            self.swap
                .each()
                .between(m, Some(before.clone()), &hop, [swap.0], [swap.1]);
            if self.keep.is_present() {
                let keep = (e(word.keep.at(&before)), word.keep.at(&h));
                self.keep
                    .each()
                    .between(m, Some(before), &hop, [keep.0], [keep.1]);
            }
        });
        if let Some(run) = self.run.get() {
            self.runs(m, run, &hop);
        }
    }
}

impl<F: Arithmetic> WestEdge<F> {
    /// What happens to output-stationary sums: later by the way of a product, as seeds are.
    fn runs(&self, m: &mut Body, run: &Delay, hop: &Size) {
        let way = self._config.product_latency(m);
        let slot = &self.slot_o;
        let turn = m.vector(
            "turn",
            "held seeds and sums of the ring change places",
            ROWS,
            1,
        );
        let (mut first, mut lines) = (vec![e(&self.turn_i)], vec![turn.clone()]);
        if self._config.has_both() {
            let doc = "output-stationary tiles are at work";
            lines.push(m.vector("ring", doc, ROWS, 1));
            first.push(e(&self.ring_i));
        }
        let at = |row: Size| lines.clone().into_iter().map(move |line| line.at(&row));
        run.between(m, None, &way, first, at(0.into()));
        m.each("n", 1, ROWS, |m, n| {
            let before = n.clone() - 1;
            let from = at(before.clone()).map(Expr::from);
            self.run_hop
                .each()
                .between(m, Some(before), hop, from, at(n));
        });
        m.each("x", 0, ROWS, |m, x| {
            let depth = x.clone() * hop + &way;
            let (from, to) = (e(self.exch_i.at(&x)), slot.exch.at(&x));
            self.exch.each().between(m, Some(x), depth, [from], [to]);
        });
        match lines.get(1) {
            None => m.assign(&slot.spin, !e(turn)),
            Some(ring) => {
                let (ring, turn, exch) = (e(ring.clone()), e(turn), e(&slot.exch));
                m.assign(&slot.ring, ring.clone());
                m.note("In a run the adders take their own output, but at a turn the held sums.");
                m.assign(&slot.spin, ring.clone() & !turn.clone());
                m.assign(&slot.seed, (turn & !exch.clone()) | (!ring & exch));
            }
        }
    }
}
