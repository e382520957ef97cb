//! How many words of a beat of weights are kept, and how many MACs of each beat of the tile these
//! mean: as `update` does it, and as hardware.

use super::{Counters, GROUP, TILE};
use crate::describe::{lit, net, Body, Expr};
use crate::prim::{Pipe, PipeControl};
use rust_hdl::prelude::*;

/// Bits of the words of one beat: up to 256.
const WORDS: usize = 9;

/// The sum of the nets `name$i`, as a number of kept words.
fn sum_of(names: impl Iterator<Item = String>) -> Expr {
    names
        .map(|name| net(name).zext(WORDS))
        .reduce(|a, b| a + b)
        .expect("an edge has lanes")
}

impl Counters {
    /// Kept words of the beat that loads, and for output-stationary tiles kept rows.
    pub(super) fn count_words(&mut self, control: PipeControl, en: bool) {
        let mask = match self.w_edge_i.val() {
            true => &self.row_keep_i,
            false => &self.col_keep_i,
        };
        for (i, lane) in self.lane.iter_mut().enumerate() {
            lane.next = mask.get(i).is_some_and(|port| port.val());
        }
        let loads = self.load_i.val() && self.w_keep_i.val();
        self.loads.drive(control, en, loads);
        let ones = |bits: &mut dyn Iterator<Item = bool>| -> Bits<9> {
            (bits.filter(|kept| *kept).count() as u64).into()
        };
        for (lanes, group) in self.lane.chunks(GROUP).zip(&mut self.group) {
            let ones = ones(&mut lanes.iter().map(|lane| lane.val()));
            group.drive(control, en, ones);
        }
        for (lanes, group) in self.row_keep_i.chunks(GROUP).zip(&mut self.row_group) {
            let ones = ones(&mut lanes.iter().map(|lane| lane.val()));
            group.drive(control, en, ones);
        }
        let sum = |groups: &[Pipe<Bits<9>>]| -> u64 {
            groups.iter().map(|group| group.q.val().to_u64()).sum()
        };
        let words = match self.loads.q.val() {
            true => sum(&self.group) & self._words_mask,
            false => 0,
        };
        self.words.drive(control, en, words.into());
        let rows = sum(&self.row_group);
        if let Some(pipe) = self.rows.first_mut() {
            pipe.drive(control, en, rows.into());
        }
    }

    /// MACs that a beat of words adds to those of its tile.
    pub(super) fn added_words(&mut self, control: PipeControl, en: bool) -> u64 {
        let mut words = self.words.q.val();
        let Some(pipe) = self.rows.first() else {
            return words.to_u64();
        };
        let (mut rows, mut sum) = (pipe.q.val(), 0);
        for i in 0..self.partial.len() {
            sum += (rows.to_u64() >> i & 1) * (words.to_u64() << i);
            self.partial[i].drive(control, en, (sum & self._tile_mask).into());
            self.words_at[i].drive(control, en, words);
            sum = self.partial[i].q.val().to_u64();
            words = self.words_at[i].q.val();
            if let Some(pipe) = self.rows_at.get_mut(i) {
                pipe.drive(control, en, rows);
                rows = pipe.q.val();
            }
        }
        let Some(shared) = self.shared.first_mut() else {
            return sum;
        };
        shared.drive(control, en, self.w_os_i[0].val());
        match shared.q.val() {
            true => sum,
            false => words.to_u64(),
        }
    }

    /// How many words of a beat are kept, and for output-stationary tiles how many MACs of each
    /// beat these mean.
    pub(super) fn describe_words(&self, body: &mut Body) {
        let en = || net("en_i");
        for i in 0..self.lane.len() {
            let side = |mask: &str, lanes: usize, chosen: Expr| {
                (i < lanes).then(|| chosen & net(format!("{mask}${i}")))
            };
            let row = side("row_keep_i", self.row_keep_i.len(), net("w_edge_i"));
            let col = side("col_keep_i", self.col_keep_i.len(), !net("w_edge_i"));
            let either = [row, col].into_iter().flatten().reduce(|a, b| a | b);
            body.assign(format!("lane${i}"), either.expect("an edge has lanes"));
        }
        let mask = || lit(self._words_mask, WORDS);
        let mut groups = |name: &str, of: &str, lanes: usize| {
            for i in 0..lanes.div_ceil(GROUP) {
                let group = i * GROUP..lanes.min((i + 1) * GROUP);
                let sum = sum_of(group.map(|i| format!("{of}${i}")));
                body.pipe(&format!("{name}${i}"), en(), sum & mask());
            }
        };
        groups("group", "lane", self.lane.len());
        if !self.rows.is_empty() {
            groups("row_group", "row_keep_i", self.row_keep_i.len());
        }
        let kept = sum_of((0..self.group.len()).map(|i| format!("group${i}$q"))) & mask();
        body.pipe("loads", en(), net("load_i") & net("w_keep_i"));
        body.select("words$d", net("loads$q"), kept, lit(0, WORDS));
        body.pipe_control("words", en());
        if self.rows.is_empty() {
            body.assign("added", net("words$q").zext(TILE));
            return;
        }
        let kept = sum_of((0..self.row_group.len()).map(|i| format!("row_group${i}$q")));
        body.pipe("rows$0", en(), kept & mask());
        let last = self.partial.len() - 1;
        for i in 0..=last {
            let before = |line: &str, first: &str| match i.checked_sub(1) {
                None => net(first),
                Some(before) => net(format!("{line}${before}$q")),
            };
            let words = || before("words_at", "words$q");
            let with = words().zext(TILE).shl(i);
            let (with, without) = match i.checked_sub(1) {
                None => (with, lit(0, TILE)),
                Some(_) => (before("partial", "") + with, before("partial", "")),
            };
            let target = format!("partial${i}");
            let chosen = before("rows_at", "rows$0$q").bit(i);
            let tile_mask = lit(self._tile_mask, TILE);
            body.select(&format!("{target}$d"), chosen, with & tile_mask, without);
            body.pipe_control(&target, en());
            body.pipe(&format!("words_at${i}"), en(), words());
            if i < last {
                let rows = before("rows_at", "rows$0$q");
                body.pipe(&format!("rows_at${i}"), en(), rows);
            }
        }
        let product = net(format!("partial${last}$q"));
        if self.shared.is_empty() {
            body.assign("added", product);
            return;
        }
        body.pipe("shared$0", en(), net("w_os_i$0"));
        body.select(
            "added",
            net("shared$0$q"),
            product,
            net(format!("words_at${last}$q")).zext(TILE),
        );
    }
}
