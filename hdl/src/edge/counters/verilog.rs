//! The counters as hardware: says again, as statements, what `update` does.

use super::{Counters, COUNT, GROUP, TILE, WORDS};
use crate::describe::{lit, net, Body, Expr};
use rust_hdl::prelude::*;

impl Counters {
    /// The module's body.
    pub(super) fn verilog(&self) -> Verilog {
        let about =
            "Counters: cycles, useful multiply-accumulates, gated PE-cycles, dropped beats. \
                     Pipelined; the MACs of a beat are added up while the tile's weights load.";
        let mut body = Body::new("counters", about, false);
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
        let sum_of = |name: &str, range: std::ops::Range<usize>| {
            range
                .map(|i| net(format!("{name}${i}")).zext(WORDS))
                .reduce(|a, b| a + b)
                .expect("an edge has lanes")
        };
        for i in 0..self.group.len() {
            let end = self.lane.len().min((i + 1) * GROUP);
            body.assign(format!("group${i}"), sum_of("lane", i * GROUP..end));
        }
        body.assign("kept", sum_of("group", 0..self.group.len()));
        body.assign("loading", net("load_i") & net("w_keep_i"));
        body.select("words$d", net("loading"), net("kept"), lit(0, WORDS));
        body.pipe_control("words", en());
        body.pipe("beat", en(), net("beat_i"));
        body.pipe("swap", en(), net("swap_i"));
        body.pipe("keep", en(), net("a_keep_i"));

        let has_os = !self.rows.is_empty();
        if has_os {
            self.describe_beat_words(&mut body, &sum_of);
        }
        let words = || match (has_os, self.shared.is_empty()) {
            (false, _) => net("words$q").zext(TILE),
            (true, true) => net(format!("partial${}", self.partial.len() - 1)),
            (true, false) => net("added$0"),
        };
        body.select(
            "next_tile$d",
            net("swap$q"),
            words(),
            net("next_tile$q") + words(),
        );
        body.pipe_control("next_tile", en());
        body.pipe("now_tile", en() & net("swap$q"), net("next_tile$q"));
        body.select(
            "working",
            net("swap$q"),
            net("next_tile$q"),
            net("now_tile$q"),
        );
        let kept_beat = net("beat$q") & net("keep$q");
        body.select("beat_macs$d", kept_beat, net("working"), lit(0, TILE));
        body.pipe_control("beat_macs", en());
        let idle = lit(self._pes, TILE) - net("beat_macs$d");
        body.select("beat_gated$d", net("beat$q"), idle, lit(0, TILE));
        body.pipe_control("beat_gated", en());
        body.pipe("beat_dropped", en(), net("beat$q") & !net("keep$q"));

        let starts = if has_os {
            net("load_i") | net("exchange_i$0")
        } else {
            net("load_i")
        };
        body.assign("counting", net("started$q") | starts);
        body.assign("elapsed", net("count$q") + lit(1, COUNT));
        body.pipe("started", en(), net("counting") & !net("clear_i"));
        if !self.clear_n.is_empty() {
            let clear = net("en_i") & net("clear_i");
            body.assign("clear_n$0", net("rst_ni") & !clear);
        }
        for (name, condition, value) in [
            ("count", Some("counting"), net("elapsed")),
            ("cycles", Some("sum_valid_i"), net("elapsed")),
            ("macs", None, net("macs$q") + net("beat_macs$q").zext(COUNT)),
            (
                "gated",
                None,
                net("gated$q") + net("beat_gated$q").zext(COUNT),
            ),
            (
                "dropped",
                None,
                net("dropped$q") + net("beat_dropped$q").zext(COUNT),
            ),
        ] {
            let d = format!("{name}$d");
            match condition {
                None => body.assign(d.clone(), value),
                Some(condition) => {
                    body.select(&d, net(condition), value, net(format!("{name}$q")));
                }
            }
            body.pipe_control(name, en());
            if self.clear_n.is_empty() {
                body.assign_if(&d, net("clear_i"), lit(0, COUNT));
            } else {
                body.assign(format!("{name}$rst_n"), net("clear_n$0"));
            }
        }
        for name in ["cycles", "macs", "gated", "dropped"] {
            body.assign(format!("{name}_o"), net(format!("{name}$q")));
        }
        body.finish()
    }

    /// The same in hardware; `sum_of` adds up nets.
    fn describe_beat_words(
        &self,
        body: &mut Body,
        sum_of: &dyn Fn(&str, std::ops::Range<usize>) -> Expr,
    ) {
        let rows = self.row_keep_i.len();
        for i in 0..self.row_group.len() {
            let end = rows.min((i + 1) * GROUP);
            let group = sum_of("row_keep_i", i * GROUP..end);
            body.assign(format!("row_group${i}"), group);
        }
        body.assign("row_kept$0", sum_of("row_group", 0..self.row_group.len()));
        body.pipe("rows$0", net("en_i"), net("row_kept$0"));
        for i in 0..self.partial.len() {
            let target = format!("partial${i}");
            let words = net("words$q").zext(TILE).shl(i);
            let (with, without) = match i.checked_sub(1) {
                None => (words, lit(0, TILE)),
                Some(before) => {
                    let before = || net(format!("partial${before}"));
                    (before() + words, before())
                }
            };
            body.select(&target, net("rows$0$q").bit(i), with, without);
        }
        if !self.shared.is_empty() {
            body.pipe("shared$0", net("en_i"), net("w_os_i$0"));
            body.select(
                "added$0",
                net("shared$0$q"),
                net(format!("partial${}", self.partial.len() - 1)),
                net("words$q").zext(TILE),
            );
        }
    }
}
