//! The sequencer of output-stationary runs, beside an array whose protocol it keeps.

use super::beats::OsBeats;
use super::exchanges::OsExchanges;
use super::results::OsResults;
use super::run::{packed, Run, GROUP_BITS};
use crate::bundle::Running;
use crate::connect::connect;
use crate::describe::{e, Body, Compiled, Describe, Expr, Net};
use crate::engine::numbers::Packed;
use crate::engine::Fifo;
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Runs that each part knows of: the one it works at and the next.
const RUNS: usize = 2;
/// Operands, and seeds, that wait.
const WAITING: usize = 2;

/// Runs of output-stationary groups, each as one command: operands and seeds come, rows of sums leave, and what
/// the array wants for it in which cycle is seen to here. Its ports beside those named run, op, seed and sum are the array's,
/// whose en_i must be high. Nothing is lost whatever waits: an exchange is made when there is room for the
/// sums that leave with it.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "os_run")]
pub struct OsRun {
    clocked: Running,
    /// a run is to be done
    #[hw(group = "Runs")]
    pub run_valid_i: Net<In, Bit>,
    /// the run is taken if there is one
    pub run_ready_o: Net<Out, Bit>,
    pub(super) run_i: Run<In>,
    /// no run is taken whose sums have not all left the array: its ports are free
    pub idle_o: Net<Out, Bit>,
    /// operands are there: for each k of a group those of its tiles in turn
    #[hw(group = "Operands")]
    pub op_valid_i: Net<In, Bit>,
    /// the operands are taken if there are any
    pub op_ready_o: Net<Out, Bit>,
    /// the k is its group's last; looked at with the group's last tile
    pub op_last_i: Net<In, Bit>,
    /// the k is kept: else nothing is added for it
    pub op_keep_i: Net<In, Bit>,
    /// kept rows m
    #[hw(lanes = config.rows)]
    pub op_row_keep_i: Net<In, Bit>,
    /// kept columns n
    #[hw(lanes = config.cols)]
    pub op_col_keep_i: Net<In, Bit>,
    /// column k of A, by row
    #[hw(lanes = config.a_word_bits())]
    pub op_a_i: Net<In, Bit>,
    /// row k of B, by column
    #[hw(lanes = config.cols * config.operand_bits())]
    pub op_b_i: Net<In, Bit>,
    /// seeds are there: for each row of a group those of its tiles in turn
    #[hw(group = "Seeds, of runs that do not start from zero")]
    pub seed_valid_i: Net<In, Bit>,
    /// the seeds are taken if there are any
    pub seed_ready_o: Net<Out, Bit>,
    /// kept columns: those that sum_keep_o tells of
    #[hw(lanes = config.cols)]
    pub seed_keep_i: Net<In, Bit>,
    /// seeds, by column
    #[hw(lanes = config.sum_word_bits())]
    pub seed_i: Net<In, Bit>,
    /// a row of sums is there, in the order of seeds
    #[hw(group = "Sums")]
    pub sum_valid_o: Net<Out, Bit>,
    /// the row is taken if there is one
    pub sum_ready_i: Net<In, Bit>,
    /// the last row of the run's last group
    pub sum_last_o: Net<Out, Bit>,
    /// the row's group
    #[hw(lanes = GROUP_BITS)]
    pub sum_group_o: Net<Out, Bit>,
    /// the row's number in its tile
    #[hw(lanes = config.row_bits())]
    pub sum_row_o: Net<Out, Bit>,
    /// the row's tile
    #[hw(lanes = config.turn_bits(), when = config.phases() > 1)]
    pub sum_tile_o: Net<Out, Bit>,
    /// kept columns; other sums are unspecified
    #[hw(lanes = config.cols)]
    pub sum_keep_o: Net<Out, Bit>,
    /// sums, by column
    #[hw(lanes = config.sum_word_bits())]
    pub sum_o: Net<Out, Bit>,

    /// a beat of words is offered
    #[hw(group = "Array: weights")]
    pub w_valid_o: Net<Out, Bit>,
    /// the words are accepted if valid
    pub w_ready_i: Net<In, Bit>,
    /// the words are of an output-stationary tile: always
    #[hw(when = config.has_both())]
    pub w_os_o: Net<Out, Bit>,
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
    #[hw(group = "Array: activations")]
    pub a_valid_o: Net<Out, Bit>,
    /// the beat or flush is accepted if valid
    pub a_ready_i: Net<In, Bit>,
    /// the beat is of its group's first k
    pub a_first_o: Net<Out, Bit>,
    /// the beat is of an output-stationary tile: always
    #[hw(when = config.has_both())]
    pub a_os_o: Net<Out, Bit>,
    /// the beat is none, but a flush
    pub a_flush_o: Net<Out, Bit>,
    /// the k is kept
    pub a_keep_o: Net<Out, Bit>,
    /// activations
    #[hw(lanes = config.a_word_bits())]
    pub a_o: Net<Out, Bit>,
    /// seeds
    #[hw(group = "Array: exchanges", lanes = config.sum_word_bits())]
    pub c_o: Net<Out, Bit>,
    /// an exchange is offered
    pub x_valid_o: Net<Out, Bit>,
    /// the exchange is accepted if valid
    pub x_ready_i: Net<In, Bit>,
    /// last row of the group
    pub x_last_o: Net<Out, Bit>,
    /// kept seeds
    #[hw(lanes = config.cols)]
    pub x_keep_o: Net<Out, Bit>,
    /// sums leave the array
    #[hw(group = "Array: sums that leave")]
    pub s_valid_i: Net<In, Bit>,
    /// kept columns
    #[hw(lanes = config.cols)]
    pub s_keep_i: Net<In, Bit>,
    /// sums
    #[hw(lanes = config.sum_word_bits())]
    pub s_i: Net<In, Bit>,

    beats: OsBeats,
    exchanges: OsExchanges,
    results: OsResults,
    #[hw(build = Fifo::new(config, RUNS, packed(config).bits()))]
    beat_runs: Fifo,
    #[hw(build = Fifo::new(config, RUNS, packed(config).bits()))]
    exchange_runs: Fifo,
    #[hw(build = Fifo::new(config, RUNS, packed(config).bits()))]
    result_runs: Fifo,
    #[hw(build = Fifo::new(config, WAITING, operands(config).bits()))]
    operands: Fifo,
    #[hw(build = Fifo::new(config, WAITING, seeds(config).bits()))]
    seeds: Fifo,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// Operands in the queue.
fn operands(config: &ArrayConfig) -> Packed {
    Packed::new([
        ("last", 1),
        ("keep", 1),
        ("row_keep", config.rows),
        ("col_keep", config.cols),
        ("a", config.a_word_bits()),
        ("b", config.cols * config.operand_bits()),
    ])
}

/// Seeds in the queue.
fn seeds(config: &ArrayConfig) -> Packed {
    Packed::new([("keep", config.cols), ("seeds", config.sum_word_bits())])
}

impl Describe for OsRun {
    fn describe(&self, m: &mut Body) {
        let Self {
            beats,
            exchanges,
            results,
            ..
        } = self;
        self.runs(m);
        self.inputs(m);
        connect!(m,
            exchanges.room_i => results.room_o,
            results.promise_i => exchanges.promise_o,
            self.sum_valid_o => results.sum_valid_o,
            results.sum_ready_i => self.sum_ready_i,
            self.sum_last_o => results.sum_last_o,
            self.sum_group_o => results.sum_group_o,
            self.sum_row_o => results.sum_row_o,
            self.sum_tile_o => results.sum_tile_o,
            self.sum_keep_o => results.sum_keep_o,
            self.sum_o => results.sum_o,
            self.w_valid_o => beats.w_valid_o,
            beats.w_ready_i => self.w_ready_i,
            self.w_keep_o => beats.w_keep_o,
            self.w_top_o => beats.w_top_o,
            self.row_keep_o => beats.row_keep_o,
            self.col_keep_o => beats.col_keep_o,
            self.a_valid_o => beats.a_valid_o,
            beats.a_ready_i => self.a_ready_i,
            self.a_first_o => beats.a_first_o,
            self.a_flush_o => beats.a_flush_o,
            self.a_keep_o => beats.a_keep_o,
            self.a_o => beats.a_o,
            self.c_o => exchanges.c_o,
            self.x_valid_o => exchanges.x_valid_o,
            exchanges.x_ready_i => self.x_ready_i,
            self.x_last_o => exchanges.x_last_o,
            self.x_keep_o => exchanges.x_keep_o,
            results.s_valid_i => self.s_valid_i,
            results.s_keep_i => self.s_keep_i,
            results.s_i => self.s_i,
        );
        if self.w_os_o.is_present() {
            m.assign(&self.w_os_o, e(true));
            m.assign(&self.a_os_o, e(true));
        }
    }
}

impl OsRun {
    /// A run goes to each part, which works at it in its own time.
    fn runs(&self, m: &mut Body) {
        let (config, fields) = (&self._config, packed(&self._config));
        let queues = [&self.beat_runs, &self.exchange_runs, &self.result_runs];
        m.note("Each part takes a run when it is through with the one before.");
        let ready = queues
            .iter()
            .fold(e(true), |all, queue| all & &queue.push_ready_o);
        let ready = m.wire("ready", "every part has room for a run", ready);
        m.assign(&self.run_ready_o, ready.clone());
        let take = m.wire("take", "a run is taken", e(&self.run_valid_i) & ready);
        for queue in queues {
            queue.push(m, take.clone(), [self.run_i.pack(config)]);
        }
        let (beats, exchanges, results) = (&self.beats, &self.exchanges, &self.results);
        connect!(m,
            beats.run_valid_i => self.beat_runs.pop_valid_o,
            self.beat_runs.pop_ready_i => beats.run_done_o,
            exchanges.run_valid_i => self.exchange_runs.pop_valid_o,
            self.exchange_runs.pop_ready_i => exchanges.run_done_o,
            results.run_valid_i => self.result_runs.pop_valid_o,
            self.result_runs.pop_ready_i => results.run_done_o,
        );
        let field = |queue: &Fifo, name: &str| fields.get(&queue.pop_data_o, name);
        let mut drive = |to: &Net<In, Bit>, queue: &Fifo, name: &str| {
            if to.is_present() {
                m.assign(to, field(queue, name));
            }
        };
        drive(&beats.run_groups_i, &self.beat_runs, "groups");
        drive(&beats.run_tiles_i, &self.beat_runs, "tiles");
        for (run, queue) in [
            (&exchanges.run_i, &self.exchange_runs),
            (&results.run_i, &self.result_runs),
        ] {
            drive(&run.groups, queue, "groups");
            drive(&run.rows, queue, "rows");
            drive(&run.tiles, queue, "tiles");
            drive(&run.zero, queue, "zero");
        }
        let busy = queues
            .iter()
            .fold(e(&beats.busy_o), |any, queue| any | &queue.pop_valid_o);
        m.assign(&self.idle_o, !busy);
    }

    /// Operands and seeds pass a queue, so that no path leads from a port of theirs to another.
    fn inputs(&self, m: &mut Body) {
        let config = &self._config;
        let (beats, exchanges) = (&self.beats, &self.exchanges);
        let (fields, queue) = (operands(config), &self.operands);
        let word: Expr = fields.join(&[
            ("last", e(&self.op_last_i)),
            ("keep", e(&self.op_keep_i)),
            ("row_keep", e(&self.op_row_keep_i)),
            ("col_keep", e(&self.op_col_keep_i)),
            ("a", e(&self.op_a_i)),
            ("b", e(&self.op_b_i)),
        ]);
        queue.push(m, e(&self.op_valid_i), [word]);
        m.assign(&self.op_ready_o, &queue.push_ready_o);
        m.assign(&queue.pop_ready_i, &beats.op_ready_o);
        m.assign(&beats.op_valid_i, &queue.pop_valid_o);
        for (to, name) in [
            (&beats.op_last_i, "last"),
            (&beats.op_keep_i, "keep"),
            (&beats.op_row_keep_i, "row_keep"),
            (&beats.op_col_keep_i, "col_keep"),
            (&beats.op_a_i, "a"),
            (&beats.op_b_i, "b"),
        ] {
            m.assign(to, fields.get(&queue.pop_data_o, name));
        }
        let (fields, queue) = (seeds(config), &self.seeds);
        let word = [("keep", e(&self.seed_keep_i)), ("seeds", e(&self.seed_i))];
        queue.push(m, e(&self.seed_valid_i), [fields.join(&word)]);
        m.assign(&self.seed_ready_o, &queue.push_ready_o);
        m.assign(&queue.pop_ready_i, &exchanges.seed_ready_o);
        m.assign(&exchanges.seed_valid_i, &queue.pop_valid_o);
        m.assign(
            &exchanges.seed_keep_i,
            fields.get(&queue.pop_data_o, "keep"),
        );
        m.assign(&exchanges.seed_i, fields.get(&queue.pop_data_o, "seeds"));
    }
}
