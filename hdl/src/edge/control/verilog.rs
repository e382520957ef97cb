//! The control as hardware: says again, as statements, what `update` does.

use super::Control;
use crate::describe::{lit, net, Body};
use rust_hdl::prelude::*;

impl Control {
    /// The module's body.
    pub(super) fn verilog(&self) -> Verilog {
        let about =
            "Handshake and masks. A tile's first beat enters after the last of its weights; \
                     the next tile's weights enter with that beat or after it.";
        let mut body = Body::new("control", about, false);
        let loaded = || net("loaded$q");
        let has_os = !self.os.is_empty();
        if has_os {
            self.os_handshake(&mut body);
        } else {
            body.assign("a_ready_o", net("en_i") & (loaded() | !net("a_first_i")));
            body.assign("beat", net("a_valid_i") & (loaded() | !net("a_first_i")));
            body.assign("begins", net("a_first_i"));
        }
        body.assign("swap", net("beat") & net("begins"));
        body.assign("w_ready_o", net("en_i") & (net("swap") | !loaded()));
        body.assign("load", net("w_valid_i") & (net("swap") | !loaded()));
        let complete = match (has_os, self.w_os_i.is_empty()) {
            (false, _) => net("load") & net("w_last_i"),
            (true, false) => net("load") & (net("w_last_i") | net("w_os_i$0")),
            (true, true) => net("load"),
        };
        body.assign("complete", complete);
        body.assign("load_o", net("load"));
        body.assign("beat_o", net("beat"));
        body.assign("swap_o", net("swap"));

        body.pipe(
            "loaded",
            net("en_i"),
            net("complete") | (loaded() & !net("swap")),
        );
        let waits = if has_os {
            net("a_valid_i") & !net("a_ready_o")
        } else {
            net("a_valid_i") & net("a_first_i") & !loaded()
        };
        body.pipe(
            "waited",
            net("en_i"),
            (net("waited$q") | waits) & !net("clear_i"),
        );
        body.assign("wait_o", net("waited$q"));

        // (mask, lanes, port that a kept beat drives, port that an accepted word drives)
        for (mask, lanes, beat, valid) in [
            ("row", self.row_keep_i.len(), "mac_o", "west_valid_o"),
            ("col", self.col_keep_i.len(), "live_o", "north_valid_o"),
        ] {
            for i in 0..lanes {
                let (next, now) = (format!("{mask}_next${i}"), format!("{mask}_now${i}"));
                let keep = || net(format!("{mask}_keep_i${i}"));
                body.pipe(&next, net("en_i") & net("complete"), keep());
                body.pipe(&now, net("en_i") & net("swap"), net(format!("{next}$q")));
                let kept = (net("begins") & net(format!("{next}$q")))
                    | (!net("begins") & net(format!("{now}$q")));
                let (mut takes_part, side) = if mask == "row" {
                    (net("beat") & net("a_keep_i") & kept, net("w_edge_i"))
                } else if has_os {
                    (net("ws_beat$0") & kept, !net("w_edge_i"))
                } else {
                    (net("beat") & kept, !net("w_edge_i"))
                };
                if has_os && mask == "col" {
                    let seeded = net("exchange_i$0") & net(format!("x_keep_i${i}"));
                    takes_part = takes_part | seeded;
                }
                body.assign(format!("{beat}${i}"), takes_part);
                body.assign(format!("{valid}${i}"), net("load") & side & keep());
            }
        }
        body.finish()
    }

    /// What accepts beats where tiles may be output-stationary.
    fn os_handshake(&self, body: &mut Body) {
        let loaded = || net("loaded$q");
        let os = if self.a_os_i.is_empty() {
            lit(1, 1)
        } else {
            net("a_os_i$0")
        };
        body.assign("os$0", os);
        body.assign("flush$0", net("os$0") & net("a_flush_i$0"));
        let os_ready = net("turn_ready_i$0") & (loaded() | net("flush$0"));
        let ready = if self.busy_i.is_empty() {
            os_ready
        } else {
            let ws_ready = (loaded() | !net("a_first_i")) & !net("busy_i$0");
            (net("os$0") & os_ready) | (!net("os$0") & ws_ready)
        };
        body.assign("a_ready_o", net("en_i") & ready.clone());
        body.assign("fire$0", net("en_i") & net("a_valid_i") & ready);
        body.assign("fire_o$0", net("fire$0") & net("os$0"));
        body.assign("beat", net("fire$0") & !net("flush$0"));
        body.assign("ws_beat$0", net("beat") & !net("os$0"));
        body.assign("slot_o$0", net("ws_beat$0") | net("exchange_i$0"));
        body.assign("slot_keep_o$0", net("a_keep_i") | net("exchange_i$0"));
        body.assign("begins", net("a_first_i") | net("os$0"));
    }
}
