//! The counters as hardware: says again, as statements, what `update` does.

use super::{Counters, LOWS, PARTS, TILE};
use crate::describe::{lit, net, Body};
use rust_hdl::prelude::*;

impl Counters {
    /// The module's body.
    pub(super) fn verilog(&self) -> Verilog {
        let about =
            "Counters: cycles, useful multiply-accumulates, gated PE-cycles, dropped beats. \
                     Pipelined; the MACs of a beat are added up while the tile's weights load.";
        let mut body = Body::new("counters", about, false);
        let en = || net("en_i");
        self.describe_words(&mut body);
        body.pipe("beat", en(), net("beat_i"));
        body.pipe("swap", en(), net("swap_i"));
        body.pipe("keep", en(), net("a_keep_i"));

        let tile_mask = || lit(self._tile_mask, TILE);
        body.select(
            "next_tile$d",
            net("swap$q"),
            net("added"),
            (net("next_tile$q") + net("added")) & tile_mask(),
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
        body.pipe("counted", en(), net("beat$q"));
        let idle = (lit(self._pes, TILE) - net("beat_macs$q")) & tile_mask();
        body.select("beat_gated$d", net("counted$q"), idle, lit(0, TILE));
        body.pipe_control("beat_gated", en());
        body.pipe("beat_dropped", en(), net("beat$q") & !net("keep$q"));

        let begins = match self.exchange_i.is_empty() {
            true => net("load_i"),
            false => net("load_i") | net("exchange_i$0"),
        };
        body.pipe("begins", en(), begins & !net("clear_i"));
        let started = net("started$q") | net("begins$q");
        body.pipe("started", en(), started & !net("clear_i"));
        if !self.clear_n.is_empty() {
            let clear = net("en_i") & net("clear_i");
            body.assign("clear_n$0", net("rst_ni") & !clear);
        }
        for (count, add) in [
            ("count", net("started$q").zext(TILE)),
            ("macs", net("beat_macs$q")),
            ("gated", net("beat_gated$q")),
            ("dropped", net("beat_dropped$q").zext(TILE)),
        ] {
            body.assign(format!("{count}$clk_i"), net("clk_i"));
            body.assign(format!("{count}$en_i"), en());
            body.assign(format!("{count}$add_i"), add);
            match self.clear_n.is_empty() {
                true => {
                    body.assign(format!("{count}$rst_ni"), net("rst_ni"));
                    body.assign(format!("{count}$clear_i$0"), net("clear_i"));
                }
                false => body.assign(format!("{count}$rst_ni"), net("clear_n$0")),
            }
        }

        body.pipe("leaves$0", en(), net("sum_valid_i"));
        body.pipe("leaves$1", en(), net("leaves$0$q"));
        body.pipe("leaves$2", en(), net("leaves$1$q"));
        for (i, name) in ["cycles_low", "cycles_mid", "cycles_high"]
            .into_iter()
            .enumerate()
        {
            let (d, q) = (format!("{name}$d"), net(format!("{name}$q")));
            let part = net("count$count_o").slice(LOWS[i], PARTS[i]);
            body.select(&d, net(format!("leaves${i}$q")), part, q);
            body.pipe_control(name, en());
            match self.clear_n.is_empty() {
                true => body.assign_if(&d, net("clear_i"), lit(0, PARTS[i])),
                false => body.assign(format!("{name}$rst_n"), net("clear_n$0")),
            }
            body.assign_bits("cycles_o", LOWS[i], PARTS[i], net(format!("{name}$q")));
        }
        for name in ["macs", "gated", "dropped"] {
            body.assign(format!("{name}_o"), net(format!("{name}$count_o")));
        }
        body.finish()
    }
}
