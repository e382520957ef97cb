//! The walker of activations: words of A, beat by beat, and the flushes that end a run.

use super::count::Count;
use super::fifo::Fifo;
use super::numbers::{around, fit, is, minus, unread, Packed};
use super::tiles::Tiles;
use super::work::Work;
use crate::bundle::Running;
use crate::describe::{bits_to, e, lit, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Beats that may be under way to the array.
const AHEAD: usize = 8;

/// Walks the activations: reads words of A and queues them for the array. Behind an output-stationary job it
/// is told whether the run ends; if so two flushes of each tile that takes turns follow.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct BeatWalker {
    clocked: Running,
    /// there is a job
    #[hw(group = "Jobs")]
    pub job_valid_i: Net<In, Bit>,
    pub(crate) work_i: Work<In>,
    /// A of another job is there
    #[hw(group = "A")]
    pub there_i: Net<In, Bit>,
    /// A of a job was read for the last time, unless the next job keeps it
    pub free_o: Net<Out, Bit>,
    /// the next job waits for its A
    pub waits_o: Net<Out, Bit>,
    /// it is known whether the run ends with the oldest job that has to know
    #[hw(group = "Ends of runs", when = config.has_os())]
    pub end_valid_i: Net<In, Bit>,
    /// the run ends
    #[hw(when = config.has_os())]
    pub end_i: Net<In, Bit>,
    /// that was heard
    #[hw(when = config.has_os())]
    pub end_ready_o: Net<Out, Bit>,
    /// reads a word of A
    #[hw(group = "Buffer of A")]
    pub a_read_o: Net<Out, Bit>,
    /// which
    #[hw(lanes = config.a_bits())]
    pub a_addr_o: Net<Out, Bit>,
    /// the word, a cycle later
    #[hw(lanes = config.a_word_bits())]
    pub a_data_i: Net<In, Bit>,
    /// its row is kept
    pub a_keep_i: Net<In, Bit>,
    /// a beat is there
    #[hw(group = "To the array")]
    pub a_valid_o: Net<Out, Bit>,
    /// the beat is taken
    pub a_ready_i: Net<In, Bit>,
    /// the beat is the first of its tile
    pub a_first_o: Net<Out, Bit>,
    /// the beat is of an output-stationary tile, or a flush
    #[hw(when = config.has_both())]
    pub a_os_o: Net<Out, Bit>,
    /// the beat is none, but a flush
    #[hw(when = config.has_os())]
    pub a_flush_o: Net<Out, Bit>,
    /// the beat is kept
    pub a_keep_o: Net<Out, Bit>,
    /// activations
    #[hw(lanes = config.a_word_bits())]
    pub a_o: Net<Out, Bit>,

    /// jobs whose A is there and not begun
    #[hw(lanes = 3, style = config.control_style())]
    there_q: Reg<Bit>,
    /// there is one
    #[hw(style = config.control_style())]
    there_any_q: Reg<Bit>,
    /// the next job begins
    #[hw(style = config.control_style())]
    begins_q: Reg<Bit>,
    /// a job is at work
    #[hw(style = config.control_style())]
    active_q: Reg<Bit>,
    /// the job is output-stationary
    #[hw(when = config.has_both(), style = config.control_style())]
    os_q: Reg<Bit>,
    /// beats of a tile
    #[hw(lanes = config.engine().dim_bits(), style = config.control_style())]
    size_q: Reg<Bit>,
    /// beats of the tile, or of the group's tiles, that are left
    #[hw(lanes = config.engine().dim_bits(), style = config.control_style())]
    left_q: Reg<Bit>,
    /// the last beats of the tile, or of the group's
    #[hw(style = config.control_style())]
    last_q: Reg<Bit>,
    /// first beats
    #[hw(style = config.control_style())]
    first_q: Reg<Bit>,
    /// words of a row of A
    #[hw(lanes = config.r_count_bits(), style = config.control_style())]
    words_q: Reg<Bit>,
    /// first word of A
    #[hw(lanes = config.a_bits(), style = config.control_style())]
    base_q: Reg<Bit>,
    /// first word of the row
    #[hw(lanes = config.a_bits(), style = config.control_style())]
    row_q: Reg<Bit>,
    /// a job is done of which it is not known whether the run ends
    #[hw(when = config.has_os(), style = config.control_style())]
    edge_q: Reg<Bit>,
    /// flushes to come
    #[hw(lanes = bits_to(2 * config.turns()), when = config.has_os(), style = config.control_style())]
    flush_q: Reg<Bit>,
    /// A was read for the last time
    #[hw(style = config.control_style())]
    free_q: Reg<Bit>,
    /// beats under way to the array
    #[hw(lanes = 4, style = config.control_style())]
    ahead_q: Reg<Bit>,
    /// there is no room for another one
    #[hw(style = config.control_style())]
    ahead_full_q: Reg<Bit>,
    /// a beat comes
    #[hw(style = config.control_style())]
    read_q: Reg<Bit>,
    /// the beat is the first of its tile
    #[hw(style = config.control_style())]
    read_first_q: Reg<Bit>,
    /// the beat is of an output-stationary tile, or a flush
    #[hw(when = config.has_both(), style = config.control_style())]
    read_os_q: Reg<Bit>,
    /// the beat is none, but a flush
    #[hw(when = config.has_os(), style = config.control_style())]
    read_flush_q: Reg<Bit>,
    /// the beat is of a tile that is there
    #[hw(style = config.control_style())]
    read_keep_q: Reg<Bit>,

    #[hw(build = Fifo::new(config, 4, jobs(config).bits()))]
    jobs: Fifo,
    tiles: Tiles,
    #[hw(build = Fifo::new(config, AHEAD, beats(config).bits()))]
    beats: Fifo,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// What the walker keeps of a job.
fn jobs(config: &ArrayConfig) -> Packed {
    Packed::new([
        ("os", usize::from(config.has_both())),
        ("load_a", 1),
        ("size", config.engine().dim_bits()),
        ("r_tiles", config.r_count_bits()),
        ("n_tiles", config.n_count_bits()),
        (
            "panel",
            usize::from(config.dataflow.has_ws()) * config.n_count_bits(),
        ),
        ("base", config.a_bits()),
    ])
}

/// A beat in the queue.
fn beats(config: &ArrayConfig) -> Packed {
    Packed::new([
        ("first", 1),
        ("os", usize::from(config.has_both())),
        ("flush", usize::from(config.has_os())),
        ("keep", 1),
        ("words", config.a_word_bits()),
    ])
}

impl Describe for BeatWalker {
    fn describe(&self, m: &mut Body) {
        let config = &self._config;
        let (has_ws, has_os) = (config.dataflow.has_ws(), config.has_os());
        let (fields, work) = (jobs(config), &self.work_i);
        let work_os = work.os.or(has_os);
        let word = fields.join(&[
            ("os", work_os.clone()),
            ("load_a", e(&work.load_a)),
            ("size", select(work_os, &work.k_kept, &work.m_kept)),
            ("r_tiles", e(&work.r_tiles)),
            ("n_tiles", e(&work.n_tiles)),
            ("panel", e(&work.panel)),
            ("base", e(&work.a_base)),
        ]);
        m.note("Jobs wait here.");
        self.jobs.push(m, e(&self.job_valid_i), [word]);
        let job = m.wire("job", "the next job", &self.jobs.pop_data_o);
        let job = |name: &str| fields.get(job.clone(), name);

        let os = self.os_q.or(has_os);
        m.note("A beat goes where there is room for it.");
        let room = m.wire("room", "there is room for a beat", !e(&self.ahead_full_q));
        let fire = m.wire("fire", "a beat goes", e(&self.active_q) & room.clone());
        let last = e(&self.last_q);
        let done = fire.clone() & last.clone() & &self.tiles.last_o;
        let done = m.wire("done", "the job's last beat goes", done);

        let (idle, flush) = match has_os {
            true => self.ends(m, &done, &os, &room),
            false => (!e(&self.active_q), None),
        };
        let idle = m.wire("idle", "a job may begin", idle);
        let there = e(&self.there_any_q) | !job("load_a");
        let there = m.wire("there", "A of the next job is there", there);
        let next = e(&self.jobs.pop_valid_o) & idle & !e(&self.begins_q);
        let next = m.wire("next", "a job would begin", next);
        m.assign(&self.waits_o, next.clone() & !there.clone());
        m.note("That is decided a cycle before: many registers wait for it.");
        m.reg(&self.begins_q, e(true), next & there);
        let start = e(&self.begins_q);
        m.assign(&self.jobs.pop_ready_i, start.clone());
        let loads = start.clone() & job("load_a");
        Count::new(m, &self.there_q, e(&self.there_i), loads).any(m, &self.there_any_q);
        m.reg(&self.active_q, start.clone() | done.clone(), start.clone());
        m.reg(&self.free_q, e(true), done);
        m.assign(&self.free_o, &self.free_q);
        if self.os_q.is_present() {
            m.reg(&self.os_q, start.clone(), job("os"));
            m.assign(&self.tiles.os_i, job("os"));
        }
        m.assign(&self.tiles.start_i, start.clone());
        m.assign(&self.tiles.r_tiles_i, job("r_tiles"));
        m.assign(&self.tiles.n_tiles_i, job("n_tiles"));
        if has_ws {
            m.assign(&self.tiles.panel_i, job("panel"));
        }
        if has_os {
            m.assign(&self.tiles.again_i, !last.clone());
        }
        m.assign(
            &self.tiles.step_i,
            fire.clone() & (os.clone() | last.clone()),
        );

        m.note("The row of A, and how many are left of the tile.");
        m.reg(&self.size_q, start.clone(), job("size"));
        m.reg(&self.words_q, start.clone(), job("r_tiles"));
        m.reg(&self.base_q, start.clone(), job("base"));
        let turn_last = self.tiles.turn_last_o.or(true);
        let moves = match has_ws && has_os {
            true => !os.clone() | turn_last,
            false => turn_last,
        };
        let moves = start.clone() | (fire.clone() & moves);
        let moves = m.wire("moves", "another row of A comes", moves);
        let left = select(last.clone(), &self.size_q, minus(&self.left_q, 1));
        let left = select(start.clone(), job("size"), left);
        let left = m.wire("next_left", "how many are left then", left);
        m.reg(&self.left_q, moves.clone(), left.clone());
        m.reg(&self.last_q, moves.clone(), is(left, 1));
        m.reg(&self.first_q, moves.clone(), start.clone() | last.clone());
        let words = fit(&self.words_q, self.row_q.len());
        let up = around(m, "row_up", e(&self.row_q), words, config.engine().a_words);
        let row = select(last, &self.base_q, up);
        m.reg(&self.row_q, moves, select(start, job("base"), row));
        let word = fit(&self.tiles.r_o, self.row_q.len());
        let at = around(m, "at", e(&self.row_q), word, config.engine().a_words);
        m.assign(&self.a_addr_o, at);
        m.assign(&self.a_read_o, fire.clone());
        self.queue(m, fire, os, flush);
        let tiles = &self.tiles;
        unread(
            m,
            &[
                &self.jobs.push_ready_o,
                &self.beats.push_ready_o,
                &tiles.n_o,
            ],
        );
        unread(m, &[&tiles.r_first_o, &tiles.r_last_o, &tiles.n_last_o]);
        if has_ws {
            unread(m, &[&tiles.panel_first_o, &tiles.panel_last_o]);
        }
        if has_os {
            unread(m, &[&tiles.turn_first_o]);
        }
    }
}

impl BeatWalker {
    /// The end of a run: whether a job may begin, and whether a flush goes.
    fn ends(&self, m: &mut Body, done: &Expr, os: &Expr, room: &Expr) -> (Expr, Option<Expr>) {
        m.note("Behind an output-stationary job it must be known whether the run ends.");
        let edge = e(&self.edge_q);
        let known = edge.clone() & &self.end_valid_i;
        let known = m.wire("known", "it is known whether it does", known);
        m.assign(&self.end_ready_o, edge.clone());
        let comes = done.clone() & os.clone();
        m.reg(
            &self.edge_q,
            e(true),
            comes | (edge.clone() & !known.clone()),
        );
        let flushes = m.wire("flushes", "flushes are to come", e(&self.flush_q).any());
        let ends = m.wire("ends", "the run ends", known.clone() & &self.end_i);
        let flush = flushes.clone() & room.clone();
        let flush = m.wire("flush", "a flush goes", flush);
        let bits = self.flush_q.len();
        let all = lit(2 * self._config.turns() as u128, bits);
        let next = select(ends.clone(), all, minus(&self.flush_q, 1));
        m.reg(&self.flush_q, ends.clone() | flush.clone(), next);
        let on = select(edge, known & !ends, !e(&self.active_q));
        (on & !flushes, Some(flush))
    }

    /// What was read goes into the queue.
    fn queue(&self, m: &mut Body, fire: Expr, os: Expr, flush: Option<Expr>) {
        let config = &self._config;
        m.note("A word comes a cycle after it was asked for.");
        let flush = flush.unwrap_or_else(|| e(false));
        let goes = m.wire(
            "goes",
            "a beat or a flush goes",
            fire.clone() | flush.clone(),
        );
        m.reg(&self.read_q, e(true), goes.clone());
        m.reg(
            &self.read_first_q,
            goes.clone(),
            e(&self.first_q) & !flush.clone(),
        );
        if self.read_os_q.is_present() {
            m.reg(&self.read_os_q, goes.clone(), os | flush.clone());
        }
        if self.read_flush_q.is_present() {
            m.reg(&self.read_flush_q, goes.clone(), flush);
        }
        m.reg(
            &self.read_keep_q,
            goes.clone(),
            fire & !self.tiles.filler_o.or(false),
        );
        let word = beats(config).join(&[
            ("first", e(&self.read_first_q)),
            ("os", self.read_os_q.or(false)),
            ("flush", self.read_flush_q.or(false)),
            ("keep", e(&self.read_keep_q) & &self.a_keep_i),
            ("words", e(&self.a_data_i)),
        ]);
        self.beats.push(m, e(&self.read_q), [word]);
        let beat = m.wire("beat", "the oldest beat", &self.beats.pop_data_o);
        let beat = |name: &str| beats(config).get(beat.clone(), name);
        m.assign(&self.a_valid_o, &self.beats.pop_valid_o);
        m.assign(&self.beats.pop_ready_i, &self.a_ready_i);
        for (port, name) in [
            (&self.a_first_o, "first"),
            (&self.a_os_o, "os"),
            (&self.a_flush_o, "flush"),
            (&self.a_keep_o, "keep"),
            (&self.a_o, "words"),
        ] {
            if port.is_present() {
                m.assign(port, beat(name));
            }
        }
        m.note("As many beats are under way as there is room for.");
        let taken = e(&self.beats.pop_valid_o) & &self.a_ready_i;
        let taken = m.wire("taken", "the array takes a beat", taken);
        Count::new(m, &self.ahead_q, goes, taken).full(m, &self.ahead_full_q, AHEAD);
    }
}
