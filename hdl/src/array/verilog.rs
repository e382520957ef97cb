//! The array as hardware: says again, as statements, what `update` does.

use super::Array;
use crate::arith::Arithmetic;
use crate::describe::{lit, net, Body};
use rust_hdl::prelude::*;

impl<F: Arithmetic> Array<F> {
    /// The module's body.
    pub(super) fn verilog(&self) -> Verilog {
        let (rows, cols) = (self.a_i.len(), self.c_i.len());
        const WS: &str = "weight-stationary: k on rows, n on columns, one m per beat";
        const OS: &str = "output-stationary: m on rows, n on columns, one k per beat";
        let has_os = !self.turns.is_empty();
        let flow = match (has_os, self.w_edge_i.is_empty()) {
            (false, _) => WS.to_owned(),
            (true, true) => OS.to_owned(),
            (true, false) => format!("{WS}; or {OS}"),
        };
        let about = format!(
            "Masked systolic array, {rows} x {cols}, {flow}. Packed ports: row or column 0 in the low \
             bits."
        );
        let mut body = Body::new("array", &about, !self.test_en_i.is_empty());
        for child in ["control", "counters", "west", "north", "south"] {
            for port in ["clk_i", "rst_ni", "en_i"] {
                body.assign(format!("{child}${port}"), net(port));
            }
        }
        body.control("mesh");
        // (child, its input, what drives it)
        for (child, input, source) in [
            ("control", "clear_i", "clear_i"),
            ("control", "w_valid_i", "w_valid_i"),
            ("control", "w_last_i", "w_last_i"),
            ("control", "a_valid_i", "a_valid_i"),
            ("control", "a_first_i", "a_first_i"),
            ("control", "a_keep_i", "a_keep_i"),
            ("west", "swap_i", "control$swap_o"),
            ("west", "keep_i", "w_keep_i"),
            ("north", "keep_i", "w_keep_i"),
            ("south", "clear_i", "clear_i"),
            (
                "south",
                "beat_i",
                if has_os {
                    "control$slot_o$0"
                } else {
                    "control$beat_o"
                },
            ),
            (
                "south",
                "keep_i",
                if has_os {
                    "control$slot_keep_o$0"
                } else {
                    "a_keep_i"
                },
            ),
            ("counters", "clear_i", "clear_i"),
            ("counters", "load_i", "control$load_o"),
            ("counters", "w_keep_i", "w_keep_i"),
            ("counters", "beat_i", "control$beat_o"),
            ("counters", "swap_i", "control$swap_o"),
            ("counters", "a_keep_i", "a_keep_i"),
            ("counters", "sum_valid_i", "south$valid_o"),
        ] {
            body.assign(format!("{child}${input}"), net(source));
        }
        for (lanes, input, source) in [
            (rows, "control$row_keep_i", "row_keep_i"),
            (cols, "control$col_keep_i", "col_keep_i"),
            (rows, "counters$row_keep_i", "row_keep_i"),
            (cols, "counters$col_keep_i", "col_keep_i"),
            (rows, "west$act_i", "a_i"),
            (rows, "west$mac_i", "control$mac_o"),
            (rows, "west$valid_i", "control$west_valid_o"),
            (cols, "north$word_i", "w_top_i"),
            (cols, "north$valid_i", "control$north_valid_o"),
            (cols, "north$sum_i", "c_i"),
            (cols, "north$live_i", "control$live_o"),
            (rows, "mesh$act_i", "west$act_o"),
            (rows, "mesh$mac_i", "west$mac_o"),
            (rows, "mesh$swap_i", "west$swap_o"),
            (rows, "mesh$west_i", "west$word_o"),
            (rows, "mesh$west_keep_i", "west$keep_o"),
            (rows, "mesh$west_valid_i", "west$valid_o"),
            (cols, "mesh$north_i", "north$word_o"),
            (cols, "mesh$north_keep_i", "north$keep_o"),
            (cols, "mesh$north_valid_i", "north$valid_o"),
            (cols, "mesh$sum_i", "north$sum_o"),
            (cols, "mesh$live_i", "north$live_o"),
            (cols, "south$sum_i", "mesh$sum_o"),
            (cols, "south$live_i", "mesh$live_o"),
            (cols, "s_keep_o", "south$keep_o"),
            (cols, "s_o", "south$sum_o"),
        ] {
            body.assign_lanes(input, source, lanes);
        }
        for child in ["control", "counters"] {
            let edge = match self.w_edge_i.is_empty() {
                true => lit(0, 1),
                false => net("w_edge_i$0"),
            };
            body.assign(format!("{child}$w_edge_i"), edge);
        }
        for r in 0..rows {
            let word = match self.w_left_i.is_empty() {
                true => lit(0, F::Operand::BITS),
                false => net(format!("w_left_i${r}")),
            };
            body.assign(format!("west$word_i${r}"), word);
        }
        if has_os {
            self.describe_turns(&mut body);
        }
        if F::OVERFLOWS {
            body.assign_lanes("south$ovf_i", "mesh$ovf_o", cols);
            body.assign("ovf_o$0", net("south$ovf_o$0"));
        }
        for (output, source) in [
            ("w_ready_o", "control$w_ready_o"),
            ("a_ready_o", "control$a_ready_o"),
            ("wait_o", "control$wait_o"),
            ("s_valid_o", "south$valid_o"),
            ("cycles_o", "counters$cycles_o"),
            ("macs_o", "counters$macs_o"),
            ("gated_o", "counters$gated_o"),
            ("dropped_o", "counters$dropped_o"),
        ] {
            body.assign(output, net(source));
        }
        body.finish()
    }

    /// What output-stationary tiles need besides.
    fn describe_turns(&self, body: &mut Body) {
        let (rows, cols) = (self.a_i.len(), self.c_i.len());
        let both = !self.a_os_i.is_empty();
        let turns = "turns$0";
        for port in ["clk_i", "rst_ni", "en_i", "clear_i"] {
            body.assign(format!("{turns}${port}"), net(port));
        }
        for (child, input, source) in [
            (turns, "first_i", "a_first_i"),
            (turns, "flush_i", "a_flush_i$0"),
            (turns, "fire_i", "control$fire_o$0"),
            (turns, "x_valid_i", "x_valid_i$0"),
            (turns, "x_last_i", "x_last_i$0"),
            ("control", "a_flush_i$0", "a_flush_i$0"),
            ("control", "exchange_i$0", "turns$0$exchange_o"),
            ("control", "turn_ready_i$0", "turns$0$ready_o"),
            ("counters", "exchange_i$0", "turns$0$exchange_o"),
            ("west", "turn_i$0", "turns$0$turn_o"),
        ] {
            body.assign(format!("{child}${input}"), net(source));
        }
        for (lanes, input, source) in [
            (cols, "control$x_keep_i", "x_keep_i"),
            (rows, "west$exch_i", "turns$0$exch_o"),
            (rows, "mesh$spin_i", "west$spin_o"),
            (rows, "mesh$exch_i", "west$exch_o"),
            (
                self.turns[0].phase_o.len(),
                "mesh$phase_i",
                "turns$0$phase_o",
            ),
        ] {
            body.assign_lanes(input, source, lanes);
        }
        body.assign("x_ready_o$0", net("turns$0$x_ready_o"));
        if both {
            let other = net("a_valid_i") & !net("a_os_i$0");
            body.assign(format!("{turns}$ws_i$0"), other);
            for (input, source) in [
                ("control$w_os_i$0", "w_os_i$0"),
                ("control$a_os_i$0", "a_os_i$0"),
                ("control$busy_i$0", "turns$0$busy_o$0"),
                ("counters$w_os_i$0", "w_os_i$0"),
                ("north$share_i$0", "w_os_i$0"),
                ("west$ring_i$0", "turns$0$ring_o$0"),
            ] {
                body.assign(input, net(source));
            }
            body.assign_lanes("mesh$ring_i", "west$ring_o", rows);
            body.assign_lanes("mesh$seed_i", "west$seed_o", rows);
            body.assign_lanes("mesh$north_share_i", "north$share_o", cols);
        }
    }
}
