//! The PE as hardware: says again, as statements, what `update` does.

use super::multiply::reset_or;
use super::Pe;
use crate::arith::Arithmetic;
use crate::describe::{lit, net, Body, Expr};
use rust_hdl::prelude::*;

impl<F: Arithmetic> Pe<F> {
    /// The module's body.
    pub(super) fn verilog(&self) -> Verilog {
        let mut body = Body::new(
            "pe",
            "Processing element: one weight at work, the next one waiting, one multiply-accumulate \
             per cycle. Skew: one cycle per column, the adder's stages per row.",
            !self.test_en_i.is_empty(),
        );
        let en = || net("en_i");
        let gate = |open| if self._gates { en() & open } else { en() };

        body.pipe("act", gate(net("mac_i")), net("act_i"));
        body.pipe("mac", en(), net("mac_i"));
        body.pipe("swap", en(), net("swap_i"));
        body.assign("act_o", net("act$q"));
        body.assign("mac_o", net("mac$q"));
        body.assign("swap_o", net("swap$q"));

        let valid = || net("west_valid_i") | net("north_valid_i");
        body.select("word", net("west_valid_i"), net("west_i"), net("north_i"));
        body.select(
            "word_keep",
            net("west_valid_i"),
            net("west_keep_i"),
            net("north_keep_i"),
        );
        body.assign("taken", net("full$q") & !net("swap_i"));
        body.assign("next_on", net("full$q") & net("next_keep$q"));

        let capture = || en() & valid() & !net("taken");
        let shares = !self.pass_share.is_empty();
        let passes = |word: Expr| match (self._shares, shares) {
            (true, _) => word,
            (false, true) => word & (net("taken") | net("north_share_i$0")),
            (false, false) => word & net("taken"),
        };
        let forward = || passes(en() & valid());
        body.pipe("next_weight", capture(), net("word"));
        body.pipe("next_keep", capture(), net("word_keep"));
        body.pipe("full", en(), net("taken") | valid());
        body.pipe("pass", forward(), net("word"));
        body.pipe("pass_keep", forward(), net("word_keep"));
        body.pipe("pass_east", en(), net("west_valid_i") & net("taken"));
        body.pipe("pass_south", en(), passes(net("north_valid_i")));
        if shares {
            body.pipe("pass_share$0", forward(), net("north_share_i$0"));
            body.pipe("down_share$0", en(), net("pass_share$0$q"));
            body.assign("south_share_o$0", net("down_share$0$q"));
        }
        body.assign("east_o", net("pass$q"));
        body.assign("east_keep_o", net("pass_keep$q"));
        body.assign("east_valid_o", net("pass_east$q"));
        body.pipe("down", en(), net("pass$q"));
        body.pipe("down_keep", en(), net("pass_keep$q"));
        body.pipe("down_valid", en(), net("pass_south$q"));
        body.assign("south_o", net("down$q"));
        body.assign("south_keep_o", net("down_keep$q"));
        body.assign("south_valid_o", net("down_valid$q"));

        let works = match self.operand.is_empty() || !self._gates {
            true => net("swap_i"),
            false => net("swap_i") & net("next_on"),
        };
        body.pipe_control("weight", en() & works);
        if !self.operand.is_empty() {
            body.assign("weight$d", net("next_weight$q"));
        } else if self.weight_clear_n.is_empty() {
            let zero = lit(0, F::Operand::BITS);
            body.select("weight$d", net("next_on"), net("next_weight$q"), zero);
        } else {
            let clear = en() & net("swap_i") & !net("next_on");
            body.assign("weight_clear_n$0", reset_or(clear));
            body.assign("weight$rst_n", net("weight_clear_n$0"));
            body.assign("weight$d", net("next_weight$q"));
        }
        body.pipe("on", en() & net("swap_i"), net("next_on"));
        if !self.weight_clear_n.is_empty() {
            // What goes to work is on.
            body.assign("on$rst_n", net("weight_clear_n$0"));
            body.assign("on$d", lit(1, 1));
        }

        self.describe_multiply(&mut body, gate);
        if self.accumulator.is_empty() {
            body.assign("add$sum_i", net("sum_i"));
            body.assign("add$live_i", net("live_i"));
            body.assign("sum_o", net("add$sum_o"));
            body.assign("live_o", net("add$live_o"));
            if F::OVERFLOWS {
                body.assign("add$ovf_i$0", net("ovf_i$0"));
                body.assign("ovf_o$0", net("add$ovf_o$0"));
            }
        } else {
            self.with_accumulator(&mut body);
        }
        body.finish()
    }

    /// The way of sums through the accumulator and the adder.
    fn with_accumulator(&self, body: &mut Body) {
        let unit = "accumulator$0";
        body.control(unit);
        body.assign_lanes(&format!("{unit}$phase_i"), "phase_i", self.phase_i.len());
        for (line, present) in [
            ("spin", self.spin.len()),
            ("exch", self.exch.len()),
            ("seed", self.seed.len()),
            ("ring", self.ring.len()),
        ] {
            if present == 1 {
                body.pipe(
                    &format!("{line}$0"),
                    net("en_i"),
                    net(format!("{line}_i$0")),
                );
                body.assign(format!("{line}_o$0"), net(format!("{line}$0$q")));
                // These two may be absent there, the others never are.
                let vector = match line {
                    "seed" | "ring" => "$0",
                    _ => "",
                };
                body.assign(
                    format!("{unit}${line}_i{vector}"),
                    net(format!("{line}_i$0")),
                );
            }
        }
        let mut ports = vec![("sum", ""), ("live", "")];
        if F::OVERFLOWS {
            ports.push(("ovf", "$0"));
        }
        for (port, vector) in ports {
            let acc = match port {
                "sum" => "acc".to_owned(),
                other => format!("acc_{other}"),
            };
            body.assign(
                format!("{unit}${port}_i{vector}"),
                net(format!("{port}_i{vector}")),
            );
            body.assign(
                format!("{unit}${acc}_i{vector}"),
                net(format!("add${port}_o{vector}")),
            );
            body.assign(
                format!("add${port}_i{vector}"),
                net(format!("{unit}${acc}_o{vector}")),
            );
            body.assign(
                format!("{port}_o{vector}"),
                net(format!("{unit}${port}_o{vector}")),
            );
        }
    }
}
