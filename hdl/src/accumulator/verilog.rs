//! The accumulator as hardware: says again, as statements, what `update` does.

use super::Accumulator;
use crate::arith::Arithmetic;
use crate::describe::{lit, net, Body, Expr};
use rust_hdl::prelude::*;

impl<F: Arithmetic> Accumulator<F> {
    /// The module's body.
    pub(super) fn verilog(&self) -> Verilog {
        let mut body = Body::new(
            "accumulator",
            "Output-stationary half of a PE: the words that are held (seeds of the next group, sums \
             of the last), and the way of both from north to south. The sums of the working \
             group go round through the adder.",
            !self.test_en_i.is_empty(),
        );
        let both = !self.ring_i.is_empty();
        let (turn, exch) = (|| net("turn"), || net("exch_i"));
        if both {
            let ring = || net("ring_i$0");
            body.pipe("was_ring$0", net("en_i"), ring());
            body.assign("alive", net("acc_live_i") & net("was_ring$0$q"));
            body.assign("turn", ring() & !net("spin_i"));
            body.assign("from_held", net("seed_i$0"));
        } else {
            body.assign("alive", net("acc_live_i"));
            body.assign("turn", !net("spin_i"));
            body.assign("from_held", !exch());
        }
        // (line, from the north, from the adder, held, what goes on, if it is not the line's)
        let mut lines = vec![("sum_i", "acc_i", "held_q", "acc_o")];
        lines.push(("live_i", "alive", "held_live$q", "acc_live_o"));
        if F::OVERFLOWS {
            lines.push(("ovf_i$0", "acc_ovf_i$0", "held_ovf$0$q", "acc_ovf_o$0"));
        }
        for (north, acc, held, to) in lines {
            body.select(to, net("from_held"), net(held), net(north));
            body.assign_if(to, net("spin_i"), net(acc));
        }

        let open = |live: Expr| if self._gates { Some(live) } else { None };
        let held_writes = match open(net("live_i")) {
            Some(live) => (turn() & net("alive")) | (!turn() & exch() & live),
            None => turn() | exch(),
        };
        body.select("held_live$d", exch(), net("live_i"), net("held_live$q"));
        body.assign_if("held_live$d", turn(), net("alive"));
        body.pipe_control("held_live", net("en_i"));
        // Sums that pass in weight-stationary tiles shall not toggle what does not take them.
        let sum_to = |body: &mut Body, to: &str, takes: Expr| match both {
            true => body.select(to, takes, net("sum_i"), lit(0, F::Sum::BITS)),
            false => body.assign(to, net("sum_i")),
        };
        self.store(&mut body, "held", net("en_i") & held_writes, |body, d| {
            sum_to(body, d, exch());
            body.assign_if(d, turn(), net("acc_i"));
        });

        sum_to(&mut body, "chain_d", net("ring_i$0"));
        body.assign_if("chain_d", exch(), net("held_q"));
        body.select("chain_live_d", exch(), net("held_live$q"), net("live_i"));
        if both {
            body.assign_if("chain_live_d", !net("ring_i$0"), lit(0, 1));
        }
        let moves = match open(net("chain_live_d")) {
            Some(live) => net("en_i") & live,
            None => net("en_i"),
        };
        self.store(&mut body, "chain", moves, |body, d| {
            body.assign(d, net("chain_d"));
        });
        body.pipe("chain_live", net("en_i"), net("chain_live_d"));
        if F::OVERFLOWS {
            let (d, held) = ("held_ovf$0$d", "held_ovf$0$q");
            body.select(d, exch(), net("ovf_i$0"), net(held));
            body.assign_if(d, turn(), net("acc_ovf_i$0"));
            body.pipe_control("held_ovf$0", net("en_i"));
            body.select("chain_ovf$0$d", exch(), net(held), net("ovf_i$0"));
            body.pipe_control("chain_ovf$0", net("en_i"));
        }

        let mut out = vec![("sum_o", "chain_q", "acc_i")];
        out.push(("live_o", "chain_live$q", "acc_live_i"));
        if F::OVERFLOWS {
            out.push(("ovf_o$0", "chain_ovf$0$q", "acc_ovf_i$0"));
        }
        for (to, chain, acc) in out {
            if both {
                body.select(to, net("was_ring$0$q"), net(chain), net(acc));
            } else {
                body.assign(to, net(chain));
            }
        }
        body.finish()
    }

    /// Wires the words called `name`, registers or a bank, and `NAME_q`; `input` drives their
    /// input.
    fn store(&self, body: &mut Body, name: &str, en: Expr, input: impl Fn(&mut Body, &str)) {
        if self.held.is_empty() {
            let bank = format!("{name}_bank$0");
            body.assign(format!("{bank}$clk_i"), net("clk_i"));
            body.assign(format!("{bank}$en_i"), en);
            body.assign_lanes(&format!("{bank}$addr_i"), "phase_i", self.phase_i.len());
            input(body, &format!("{bank}$d_i"));
            body.assign(format!("{name}_q"), net(format!("{bank}$q_o")));
        } else {
            input(body, &format!("{name}$0$d"));
            body.pipe_control(&format!("{name}$0"), en);
            body.assign(format!("{name}_q"), net(format!("{name}$0$q")));
        }
    }
}
