//! Seeds of a run go into the array, and its sums are fetched from there.

use super::run::{next, Run, Turn, GROUP_BITS};
use crate::bundle::Running;
use crate::describe::{e, lit, repeat, select, Body, Compiled, Describe, Net, Reg};
use crate::engine::numbers::{is, plus};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Exchanges the rows of each group: a run of G groups has G + 2 rounds of exchanges, since the sums of a group leave
/// two rounds after its seeds have come. The last two rounds seed nothing. An exchange with which sums leave
/// waits until there is room for them.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "os_exchanges")]
pub struct OsExchanges {
    clocked: Running,
    /// there is a run
    #[hw(group = "Runs")]
    pub run_valid_i: Net<In, Bit>,
    /// the run's last exchange is accepted
    pub run_done_o: Net<Out, Bit>,
    pub(super) run_i: Run<In>,
    /// seeds are there
    #[hw(group = "Seeds")]
    pub seed_valid_i: Net<In, Bit>,
    /// the seeds are taken
    pub seed_ready_o: Net<Out, Bit>,
    /// kept seeds, by column
    #[hw(lanes = config.cols)]
    pub seed_keep_i: Net<In, Bit>,
    /// seeds, by column
    #[hw(lanes = config.sum_word_bits())]
    pub seed_i: Net<In, Bit>,
    /// there is room for sums
    #[hw(group = "Room for sums")]
    pub room_i: Net<In, Bit>,
    /// sums will come for which that room is
    pub promise_o: Net<Out, Bit>,
    /// an exchange is offered
    #[hw(group = "Array")]
    pub x_valid_o: Net<Out, Bit>,
    /// the exchange is accepted if valid
    pub x_ready_i: Net<In, Bit>,
    /// last row of the group
    pub x_last_o: Net<Out, Bit>,
    /// kept seeds, by column
    #[hw(lanes = config.cols)]
    pub x_keep_o: Net<Out, Bit>,
    /// seeds, by column
    #[hw(lanes = config.sum_word_bits())]
    pub c_o: Net<Out, Bit>,

    /// the tile whose turn is next
    #[hw(lanes = config.turn_bits(), when = config.phases() > 1, style = config.control_style())]
    turn_q: Reg<Bit>,
    /// the row
    #[hw(lanes = config.row_bits(), style = config.control_style())]
    row_q: Reg<Bit>,
    /// the group that is seeded
    #[hw(lanes = GROUP_BITS, style = config.control_style())]
    group_q: Reg<Bit>,
    /// rounds of this run that are through, two at most
    #[hw(lanes = 2, style = config.control_style())]
    rounds_q: Reg<Bit>,
    /// every group is seeded
    #[hw(style = config.control_style())]
    ending_q: Reg<Bit>,
    /// one round that seeds nothing is through
    #[hw(style = config.control_style())]
    second_q: Reg<Bit>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl Describe for OsExchanges {
    fn describe(&self, m: &mut Body) {
        let config = &self._config;
        let turn = Turn::of(m, &self.turn_q, &self.run_i.tiles, config.phases());
        let seeded = !e(&self.ending_q) & turn.real.clone();
        let seeded = m.wire("seeded", "the turn's tile is seeded", seeded);
        let wants = seeded.clone() & !e(&self.run_i.zero);
        let wants = m.wire("wants", "seeds are wanted", wants);
        let bears = is(&self.rounds_q, 2) & turn.real.clone();
        let bears = m.wire("bears", "sums of a tile leave with the exchange", bears);

        let there = e(&self.seed_valid_i) | !wants.clone();
        let room = e(&self.room_i) | !bears.clone();
        let offer = e(&self.run_valid_i) & there & room;
        let offer = m.wire("offer", "an exchange is offered", offer);
        let fire = offer.clone() & &self.x_ready_i;
        let fire = m.wire("fire", "the exchange is accepted", fire);
        m.assign(&self.x_valid_o, offer);
        m.assign(&self.seed_ready_o, fire.clone() & wants.clone());
        m.assign(&self.promise_o, fire.clone() & bears);
        let last = e(&self.row_q).is(&self.run_i.rows);
        let last = m.wire("last", "the row is the group's last", last);
        m.assign(&self.x_last_o, last.clone());
        let cols = config.cols;
        let keep = select(
            e(&self.run_i.zero),
            repeat(cols, e(true)),
            &self.seed_keep_i,
        );
        m.assign(&self.x_keep_o, keep & repeat(cols, seeded));
        let seeds = e(&self.seed_i) & repeat(config.sum_word_bits(), wants);
        m.assign(&self.c_o, seeds);

        m.note("The tiles of a group take turns in each row.");
        turn.moves(m, &self.turn_q, &fire);
        let row = fire & turn.wraps;
        let row = m.wire("row_ends", "the row is through", row);
        let after = next(&self.row_q, &last);
        m.reg(&self.row_q, row.clone(), after);
        let round = m.wire("round", "the round is through", row & last);

        m.note("Two rounds behind the last seeds its group's sums have left.");
        let final_group = e(&self.group_q).is(&self.run_i.groups);
        let final_group = m.wire("final_group", "the group is the run's last", final_group);
        let seeds = round.clone() & !e(&self.ending_q);
        let seeds = m.wire("seeds", "the group is seeded", seeds);
        let after = next(&self.group_q, &final_group);
        m.reg(&self.group_q, seeds.clone(), after);
        let empty = round.clone() & &self.ending_q;
        let empty = m.wire("empty", "a round that seeds nothing is through", empty);
        m.reg(&self.second_q, empty.clone(), !e(&self.second_q));
        let done = m.wire("done", "the run is through", empty & &self.second_q);
        let changes = (seeds & final_group) | done.clone();
        m.reg(&self.ending_q, changes, !e(&self.ending_q));
        let more = select(is(&self.rounds_q, 2), lit(2, 2), plus(&self.rounds_q, 1));
        m.reg(&self.rounds_q, round, select(done.clone(), lit(0, 2), more));
        m.assign(&self.run_done_o, done);
    }
}
