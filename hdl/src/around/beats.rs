//! Operands of a run become the array's words and beats, and its ends become flushes.

use super::run::{next, Turn, GROUP_BITS};
use crate::bundle::Running;
use crate::describe::{e, repeat, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::engine::numbers::Packed;
use crate::engine::Fifo;
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Beats that wait behind their words.
const AHEAD: usize = 2;

/// Sends the words of B and, a cycle or more later, the beats of A of each group; beats that keep nothing for
/// tiles that a group lacks; and when the last group is through two rounds of flushes: the first holds its
/// sums, the second clears the marks of the last exchanges.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "os_beats")]
pub struct OsBeats {
    clocked: Running,
    /// there is a run
    #[hw(group = "Runs")]
    pub run_valid_i: Net<In, Bit>,
    /// the run's last flush is on its way
    pub run_done_o: Net<Out, Bit>,
    /// groups of the run less one
    #[hw(lanes = GROUP_BITS)]
    pub run_groups_i: Net<In, Bit>,
    /// tiles of a group less one
    #[hw(lanes = config.turn_bits(), when = config.phases() > 1)]
    pub run_tiles_i: Net<In, Bit>,
    /// beats or flushes wait for the array
    pub busy_o: Net<Out, Bit>,
    /// operands are there
    #[hw(group = "Operands")]
    pub op_valid_i: Net<In, Bit>,
    /// the operands are taken
    pub op_ready_o: Net<Out, Bit>,
    /// of the group's last tile: the last k
    pub op_last_i: Net<In, Bit>,
    /// the k is kept
    pub op_keep_i: Net<In, Bit>,
    /// kept rows
    #[hw(lanes = config.rows)]
    pub op_row_keep_i: Net<In, Bit>,
    /// kept columns
    #[hw(lanes = config.cols)]
    pub op_col_keep_i: Net<In, Bit>,
    /// column k of A, by row
    #[hw(lanes = config.a_word_bits())]
    pub op_a_i: Net<In, Bit>,
    /// row k of B, by column
    #[hw(lanes = config.cols * config.operand_bits())]
    pub op_b_i: Net<In, Bit>,
    /// a beat of words is offered
    #[hw(group = "Array")]
    pub w_valid_o: Net<Out, Bit>,
    /// the words are accepted if valid
    pub w_ready_i: Net<In, Bit>,
    /// the k is kept
    pub w_keep_o: Net<Out, Bit>,
    /// words
    #[hw(lanes = config.cols * config.operand_bits())]
    pub w_top_o: Net<Out, Bit>,
    /// kept rows
    #[hw(lanes = config.rows)]
    pub row_keep_o: Net<Out, Bit>,
    /// kept columns
    #[hw(lanes = config.cols)]
    pub col_keep_o: Net<Out, Bit>,
    /// a beat or a flush is offered
    pub a_valid_o: Net<Out, Bit>,
    /// the beat or flush is accepted if valid
    pub a_ready_i: Net<In, Bit>,
    /// the beat is of its group's first k
    pub a_first_o: Net<Out, Bit>,
    /// the beat is none, but a flush
    pub a_flush_o: Net<Out, Bit>,
    /// the k is kept
    pub a_keep_o: Net<Out, Bit>,
    /// activations
    #[hw(lanes = config.a_word_bits())]
    pub a_o: Net<Out, Bit>,

    /// the tile whose turn is next
    #[hw(lanes = config.turn_bits(), when = config.phases() > 1, style = config.control_style())]
    turn_q: Reg<Bit>,
    /// the group
    #[hw(lanes = GROUP_BITS, style = config.control_style())]
    group_q: Reg<Bit>,
    /// the group's first k is through
    #[hw(style = config.control_style())]
    begun_q: Reg<Bit>,
    /// the k of this round is the group's last
    #[hw(when = config.phases() > 1, style = config.control_style())]
    last_q: Reg<Bit>,
    /// the last group is through
    #[hw(style = config.control_style())]
    ending_q: Reg<Bit>,
    /// the first flushes are through
    #[hw(style = config.control_style())]
    second_q: Reg<Bit>,

    #[hw(build = Fifo::new(config, AHEAD, beat(config).bits()))]
    ahead: Fifo,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// A beat, or a flush, in the queue.
fn beat(config: &ArrayConfig) -> Packed {
    Packed::new([
        ("flush", 1),
        ("first", 1),
        ("keep", 1),
        ("a", config.a_word_bits()),
    ])
}

impl Describe for OsBeats {
    fn describe(&self, m: &mut Body) {
        let (config, ahead) = (&self._config, &self.ahead);
        let turn = Turn::of(m, &self.turn_q, &self.run_tiles_i, config.phases());
        let (real, room) = (&turn.real, &ahead.push_ready_o);
        let open = e(&self.run_valid_i) & room;
        let open = m.wire("open", "there is a run, and room behind its words", open);

        m.note("Words go to the array in the cycle in which their beat goes behind them.");
        let there = e(&self.op_valid_i) | !real.clone();
        let offer = open.clone() & !e(&self.ending_q) & there;
        let offer = m.wire("offer", "words are offered", offer);
        let step = m.wire(
            "step",
            "words are accepted",
            offer.clone() & &self.w_ready_i,
        );
        let flush = m.wire("flush", "a flush goes its way", open & &self.ending_q);
        m.assign(&self.w_valid_o, offer);
        m.assign(&self.op_ready_o, step.clone() & real.clone());
        let keep = e(&self.op_keep_i) & real.clone();
        let keep = m.wire("keep", "there is a k, and it is kept", keep);
        let mask = |of: &Net<In, Bit>| match self.turn_q.is_present() {
            true => e(of) & repeat(of.len(), real.clone()),
            false => e(of),
        };
        m.assign(&self.w_keep_o, keep.clone());
        m.assign(&self.row_keep_o, mask(&self.op_row_keep_i));
        m.assign(&self.col_keep_o, mask(&self.op_col_keep_i));
        m.assign(&self.w_top_o, &self.op_b_i);

        m.note("The tiles of a group take turns, and so do flushes.");
        let moves = m.wire("moves", "a turn passes", step.clone() | flush.clone());
        turn.moves(m, &self.turn_q, &moves);
        m.note("That a k is the last is said with the group's last tile, behind which others may be missing.");
        let last = select(turn.ends.clone(), &self.op_last_i, self.last_q.or(false));
        if self.last_q.is_present() {
            m.reg(
                &self.last_q,
                step.clone() & turn.ends.clone(),
                &self.op_last_i,
            );
        }
        let round = step & turn.wraps.clone();
        let round = m.wire("round", "a k is through", round);
        let ends = m.wire("ends", "a group is through", round.clone() & last.clone());
        m.reg(&self.begun_q, round, !last);
        let final_group = e(&self.group_q).is(&self.run_groups_i);
        let final_group = m.wire("final_group", "the group is the run's last", final_group);
        let group = next(&self.group_q, &final_group);
        m.reg(&self.group_q, ends.clone(), group);

        m.note("Two rounds of flushes end the run.");
        let flushed = m.wire(
            "flushed",
            "a round of flushes is through",
            flush.clone() & turn.wraps,
        );
        let done = flushed.clone() & &self.second_q;
        let done = m.wire("done", "the run is through", done);
        m.reg(&self.second_q, flushed, !e(&self.second_q));
        m.reg(
            &self.ending_q,
            (ends & final_group) | done.clone(),
            !e(&self.ending_q),
        );
        m.assign(&self.run_done_o, done);
        self.queue(m, moves, flush, keep);
    }
}

impl OsBeats {
    /// Beats behind their words.
    fn queue(&self, m: &mut Body, moves: Expr, flush: Expr, keep: Expr) {
        let (fields, ahead) = (beat(&self._config), &self.ahead);
        let word = fields.join(&[
            ("flush", flush.clone()),
            ("first", !(e(&self.begun_q) | flush.clone())),
            ("keep", keep & !flush),
            ("a", e(&self.op_a_i)),
        ]);
        ahead.push(m, moves, [word]);
        m.assign(&ahead.pop_ready_i, &self.a_ready_i);
        m.assign(&self.a_valid_o, &ahead.pop_valid_o);
        m.assign(&self.busy_o, &ahead.pop_valid_o);
        for (to, name) in [
            (&self.a_flush_o, "flush"),
            (&self.a_first_o, "first"),
            (&self.a_keep_o, "keep"),
            (&self.a_o, "a"),
        ] {
            m.assign(to, fields.get(&ahead.pop_data_o, name));
        }
    }
}
