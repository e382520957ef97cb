//! How many words of a beat of weights are kept, and how many MACs of each beat of the tile these
//! mean.

use super::{group_bits, mac_bits, row_bits, word_bits, Counters, GROUP};
use crate::describe::{concat, e, lit, select, Body, Expr, Reg, Size};
use rust_hdl::prelude::*;

const DOC: &str = "MACs that the words add to each beat of their tile";

impl Counters {
    /// How many MACs the words of a beat add to each beat of their tile.
    pub(super) fn added(&self, m: &mut Body) -> Expr {
        self.groups(m);
        let loads = e(&self.load_i) & &self.w_keep_i;
        m.note("Words of a kept beat of weights.");
        m.reg(&self.loads_q, self.en(), loads);
        let none = lit(0, word_bits());
        let kept = select(e(&self.loads_q), total(&self.group_q), none);
        let words = m.wire(
            "words",
            "kept words of the beat, none if itself it is dropped",
            kept,
        );
        m.reg(self.words_q.at(0), self.en(), words);
        if !self.rows_q.is_present() {
            let words = e(self.words_q.at(0)).wide(mac_bits());
            return m.wire("added", DOC, words);
        }
        let product = self.product(m);
        let added = match self.share_q.is_present() {
            true => {
                m.note("Whether words are for all rows goes beside them.");
                let shared = m.shift(&self.share_q, &self.en(), &self.w_os_i);
                let last = self.words_q.at(row_bits() - 1);
                m.reg(self.words_q.at(row_bits()), self.en(), last);
                let words = e(self.words_q.at(row_bits())).wide(mac_bits());
                select(shared, product, words)
            }
            false => product,
        };
        m.wire("added", DOC, added)
    }

    /// Kept words, and kept rows for output-stationary tiles, by groups of lanes.
    fn groups(&self, m: &mut Body) {
        let has_os = self.rows_q.is_present();
        m.note("Masks, with zeros up to whole groups.");
        let rows = e(&self.row_keep_i).wide(group_bits());
        let rows = m.wire("row_lane", "kept rows", rows);
        let cols = e(&self.col_keep_i).wide(group_bits());
        let cols = m.wire("col_lane", "kept columns", cols);
        let lane = match self.w_edge_i.is_present() {
            true => {
                let lane = select(e(&self.w_edge_i), rows.clone(), cols);
                m.wire("lane", "the mask along the edge that loads", lane)
            }
            false => cols,
        };
        m.note("Ones of each group of lanes.");
        m.each("group", 0, super::groups(), |m, group| {
            let ones = |of: &Expr| {
                let lanes = of.clone().slice(group.clone() * GROUP, GROUP);
                lanes.total(1, word_bits())
            };
            m.reg(self.group_q.at(&group), self.en(), ones(&lane));
            if has_os {
                m.reg(self.row_group_q.at(&group), self.en(), ones(&rows));
            }
        });
    }

    /// Kept columns as often as rows are kept: in a stage for each bit of that number.
    fn product(&self, m: &mut Body) -> Expr {
        let bits = mac_bits();
        m.reg(self.rows_q.at(0), self.en(), total(&self.row_group_q));
        m.note("Words and rows go from stage to stage, one for each bit of a number of rows.");
        m.each("hop", 1, row_bits(), |m, hop| {
            for line in [&self.words_q, &self.rows_q] {
                m.reg(line.at(&hop), self.en(), line.at(hop.clone() - 1));
            }
        });
        m.unused(self.rows_q.at(row_bits() - 1));
        m.note("MACs for the bits so far: element b enters the stage of bit b.");
        let line = concat([e(&self.partial_q), lit(0, bits.clone())]);
        let line = m.wire("mac_line", "", line);
        let words = m.vector(
            "words_times",
            "words, by the weight of each bit of a number of rows",
            row_bits(),
            &bits,
        );
        m.note("For each bit of the number of rows that is high, the words count so often more.");
        m.each("stage", 0, row_bits(), |m, stage| {
            let before = line
                .clone()
                .slice(stage.clone() * bits.clone(), bits.clone());
            let times = e(self.words_q.at(&stage)).wide(&bits).shifted_left(&stage);
            m.assign(words.clone().at(&stage), times);
            let more = before.clone() + words.at(&stage);
            let counts = e(self.rows_q.at(&stage)).bit(&stage);
            m.reg(
                self.partial_q.at(&stage),
                self.en(),
                select(counts, more, before),
            );
        });
        line.slice(row_bits() * bits.clone(), bits)
    }
}

/// The sum of the numbers in `groups`.
fn total(groups: &Reg<Bits<9>>) -> Expr {
    let bits: Size = word_bits();
    e(groups).total(&bits, &bits)
}
