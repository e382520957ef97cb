//! Sums of a run on their way out.

use super::credits::{count, room};
use super::run::{next, Run, Turn, GROUP_BITS};
use crate::bundle::Running;
use crate::describe::{bits_to, e, lit, select, Body, Compiled, Describe, Net, Reg};
use crate::engine::numbers::{is, plus, unread, Packed};
use crate::engine::Fifo;
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Knows of each row of sums that leaves the array which it is, and keeps it until it is taken. What leaves in the first
/// two rounds of a run, or belongs to a tile that its groups lack, is dropped.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "os_results")]
pub struct OsResults {
    clocked: Running,
    /// there is a run
    #[hw(group = "Runs")]
    pub run_valid_i: Net<In, Bit>,
    /// the run's last sums have left the array
    pub run_done_o: Net<Out, Bit>,
    pub(super) run_i: Run<In>,
    /// sums leave the array
    #[hw(group = "Array")]
    pub s_valid_i: Net<In, Bit>,
    /// kept columns
    #[hw(lanes = config.cols)]
    pub s_keep_i: Net<In, Bit>,
    /// sums, by column
    #[hw(lanes = config.sum_word_bits())]
    pub s_i: Net<In, Bit>,
    /// there is room for sums
    #[hw(group = "Room for sums")]
    pub room_o: Net<Out, Bit>,
    /// sums will come for which that room is
    pub promise_i: Net<In, Bit>,
    /// sums are there
    #[hw(group = "Sums")]
    pub sum_valid_o: Net<Out, Bit>,
    /// the sums are taken if there are any
    pub sum_ready_i: Net<In, Bit>,
    /// the last ones of a run
    pub sum_last_o: Net<Out, Bit>,
    /// their group
    #[hw(lanes = GROUP_BITS)]
    pub sum_group_o: Net<Out, Bit>,
    /// their row
    #[hw(lanes = config.row_bits())]
    pub sum_row_o: Net<Out, Bit>,
    /// their tile
    #[hw(lanes = config.turn_bits(), when = config.phases() > 1)]
    pub sum_tile_o: Net<Out, Bit>,
    /// kept columns
    #[hw(lanes = config.cols)]
    pub sum_keep_o: Net<Out, Bit>,
    /// sums, by column
    #[hw(lanes = config.sum_word_bits())]
    pub sum_o: Net<Out, Bit>,

    /// the tile whose turn is next
    #[hw(lanes = config.turn_bits(), when = config.phases() > 1, style = config.control_style())]
    turn_q: Reg<Bit>,
    /// the row
    #[hw(lanes = config.row_bits(), style = config.control_style())]
    row_q: Reg<Bit>,
    /// the group whose sums leave
    #[hw(lanes = GROUP_BITS, style = config.control_style())]
    group_q: Reg<Bit>,
    /// rounds of this run that are through, two at most
    #[hw(lanes = 2, style = config.control_style())]
    rounds_q: Reg<Bit>,
    /// sums that are promised, or here
    #[hw(lanes = bits_to(config.sum_places()), style = config.control_style())]
    under_way_q: Reg<Bit>,

    #[hw(build = Fifo::new(config, config.sum_places(), row(config).bits()))]
    sums: Fifo,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// A row of sums in the queue.
fn row(config: &ArrayConfig) -> Packed {
    let tile = match config.phases() {
        1 => 0,
        _ => config.turn_bits(),
    };
    Packed::new([
        ("last", 1),
        ("group", GROUP_BITS),
        ("row", config.row_bits()),
        ("tile", tile),
        ("keep", config.cols),
        ("sums", config.sum_word_bits()),
    ])
}

impl Describe for OsResults {
    fn describe(&self, m: &mut Body) {
        let (config, sums, fields) = (&self._config, &self.sums, row(&self._config));
        let turn = Turn::of(m, &self.turn_q, &self.run_i.tiles, config.phases());
        let leaves = e(&self.s_valid_i) & &self.run_valid_i;
        let leaves = m.wire("leaves", "an exchange's sums leave", leaves);
        let found = is(&self.rounds_q, 2);
        let found = m.wire("found", "exchanges of this round have found sums", found);
        let last_row = e(&self.row_q).is(&self.run_i.rows);
        let last_row = m.wire("last_row", "the row is the group's last", last_row);
        let last_group = e(&self.group_q).is(&self.run_i.groups);
        let last_group = m.wire("last_group", "the group is the run's last", last_group);

        m.note("Sums leave in the order of exchanges.");
        turn.moves(m, &self.turn_q, &leaves);
        let row = leaves.clone() & turn.wraps;
        let row = m.wire("row_ends", "the row is through", row);
        let after = next(&self.row_q, &last_row);
        m.reg(&self.row_q, row.clone(), after);
        let round = m.wire("round", "the round is through", row & last_row.clone());
        let after = next(&self.group_q, &last_group);
        m.reg(&self.group_q, round.clone() & found.clone(), after);
        let done = round.clone() & found.clone() & last_group.clone();
        let done = m.wire("done", "the run is through", done);
        let more = select(found.clone(), lit(2, 2), plus(&self.rounds_q, 1));
        m.reg(&self.rounds_q, round, select(done.clone(), lit(0, 2), more));
        m.assign(&self.run_done_o, done);

        let word = fields.join(&[
            ("last", turn.ends & last_row & last_group),
            ("group", e(&self.group_q)),
            ("row", e(&self.row_q)),
            ("tile", self.turn_q.or(false)),
            ("keep", e(&self.s_keep_i)),
            ("sums", e(&self.s_i)),
        ]);
        sums.push(m, leaves & found & turn.real, [word]);
        m.assign(&sums.pop_ready_i, &self.sum_ready_i);
        m.assign(&self.sum_valid_o, &sums.pop_valid_o);
        for (to, name) in [
            (&self.sum_last_o, "last"),
            (&self.sum_group_o, "group"),
            (&self.sum_row_o, "row"),
            (&self.sum_tile_o, "tile"),
            (&self.sum_keep_o, "keep"),
            (&self.sum_o, "sums"),
        ] {
            if to.is_present() {
                m.assign(to, fields.get(&sums.pop_data_o, name));
            }
        }
        let taken = e(&sums.pop_valid_o) & &self.sum_ready_i;
        let taken = m.wire("taken", "sums are taken", taken);
        let free = room(m, &self.under_way_q, config.sum_places());
        m.assign(&self.room_o, free);
        count(m, &self.under_way_q, e(&self.promise_i), taken);
        m.note("There is always room for what was promised.");
        unread(m, &[&sums.push_ready_o]);
        if self.run_i.zero.is_present() {
            m.unused(&self.run_i.zero);
        }
    }
}
