//! The walker of weights: words of B, tile by tile, from the ring of slots to the array.

mod chunks;
mod fields;
mod queue;
mod words;

use super::count::Count;
use super::fifo::Fifo;
use super::numbers::{around, fit, is, minus, plus, unread, Packed};
use super::tiles::Tiles;
use super::work::Work;
use crate::bundle::Running;
use crate::describe::{e, lit, repeat, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::ArrayConfig;
use fields::{beats, jobs};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Beats of weights that may be under way to the array.
const AHEAD: usize = 8;

/// Walks the weights: reads words of B from the ring of slots, in the order in which blocks were loaded, and
/// queues them for the array with the masks of their tile.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct WeightWalker {
    clocked: Running,
    /// there is a job
    #[hw(group = "Jobs")]
    pub job_valid_i: Net<In, Bit>,
    pub(crate) work_i: Work<In>,
    /// another block of B is there
    #[hw(group = "Blocks of B")]
    pub there_i: Net<In, Bit>,
    /// slots are free again
    pub free_o: Net<Out, Bit>,
    /// how many
    #[hw(lanes = config.slot_count_bits())]
    pub free_count_o: Net<Out, Bit>,
    /// the next beat waits for its block
    pub waits_o: Net<Out, Bit>,
    /// reads a word of B
    #[hw(group = "Buffer of B")]
    pub b_read_o: Net<Out, Bit>,
    /// which
    #[hw(lanes = config.b_bits())]
    pub b_addr_o: Net<Out, Bit>,
    /// the word, a cycle later
    #[hw(lanes = config.b_word_bits())]
    pub b_data_i: Net<In, Bit>,
    /// its row is kept
    pub b_keep_i: Net<In, Bit>,
    /// job slot and tile of rows
    #[hw(group = "Masks of tiles, told a cycle later", lanes = 2 + config.r_tile_bits())]
    pub tile_r_addr_o: Net<Out, Bit>,
    /// kept rows
    #[hw(lanes = config.rows)]
    pub tile_r_data_i: Net<In, Bit>,
    /// job slot and tile of columns
    #[hw(lanes = 2 + config.n_tile_bits())]
    pub tile_c_addr_o: Net<Out, Bit>,
    /// kept columns
    #[hw(lanes = config.cols)]
    pub tile_c_data_i: Net<In, Bit>,
    /// a beat of weights is there
    #[hw(group = "To the array")]
    pub w_valid_o: Net<Out, Bit>,
    /// the beat is taken
    pub w_ready_i: Net<In, Bit>,
    /// the beat is of an output-stationary tile
    #[hw(when = config.has_both())]
    pub w_os_o: Net<Out, Bit>,
    /// the words are for the left edge
    #[hw(when = config.dataflow.has_ws())]
    pub w_left_o: Net<Out, Bit>,
    /// last beat of its tile
    #[hw(when = config.dataflow.has_ws())]
    pub w_last_o: Net<Out, Bit>,
    /// the words are kept
    pub w_keep_o: Net<Out, Bit>,
    /// kept rows
    #[hw(lanes = config.rows)]
    pub row_keep_o: Net<Out, Bit>,
    /// kept columns
    #[hw(lanes = config.cols)]
    pub col_keep_o: Net<Out, Bit>,
    /// words
    #[hw(lanes = config.b_word_bits())]
    pub w_o: Net<Out, Bit>,

    /// blocks of B that are there and not begun
    #[hw(lanes = config.slot_count_bits(), style = config.control_style())]
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
    /// its slot
    #[hw(lanes = 2, style = config.control_style())]
    slot_q: Reg<Bit>,
    /// the job is output-stationary
    #[hw(when = config.has_both(), style = config.control_style())]
    os_q: Reg<Bit>,
    /// words of B enter from the left
    #[hw(when = config.dataflow.has_ws(), style = config.control_style())]
    left_q: Reg<Bit>,
    /// last row of the last tile
    #[hw(lanes = config.row_bits(), when = config.dataflow.has_ws(), style = config.control_style())]
    r_top_q: Reg<Bit>,
    /// last column of the last tile
    #[hw(lanes = config.col_bits(), when = config.dataflow.has_ws(), style = config.control_style())]
    n_top_q: Reg<Bit>,
    /// beat of its tile
    #[hw(lanes = config.row_bits().max(config.col_bits()), when = config.dataflow.has_ws(), style = config.control_style())]
    beat_q: Reg<Bit>,
    /// a block is begun and not done
    #[hw(when = config.dataflow.has_ws(), style = config.control_style())]
    have_q: Reg<Bit>,
    /// slots of the block that were read
    #[hw(lanes = config.slot_count_bits(), when = config.dataflow.has_ws(), style = config.control_style())]
    count_q: Reg<Bit>,
    /// word of the slots
    #[hw(lanes = config.word_bits(), style = config.control_style())]
    word_q: Reg<Bit>,
    /// first word of the block, or of the job's blocks
    #[hw(lanes = config.b_bits(), style = config.control_style())]
    base_q: Reg<Bit>,
    /// first word of the slot
    #[hw(lanes = config.b_bits(), style = config.control_style())]
    walk_q: Reg<Bit>,
    /// beats of a tile
    #[hw(lanes = config.engine().dim_bits(), when = config.has_os(), style = config.control_style())]
    k_kept_q: Reg<Bit>,
    /// beats of the group's tiles that are left
    #[hw(lanes = config.engine().dim_bits(), when = config.has_os(), style = config.control_style())]
    k_left_q: Reg<Bit>,
    /// the last k
    #[hw(when = config.has_os(), style = config.control_style())]
    k_last_q: Reg<Bit>,
    /// words from a chunk to the next
    #[hw(lanes = config.b_bits(), when = config.has_os(), style = config.control_style())]
    span_q: Reg<Bit>,
    /// from the first chunk to that of the tile
    #[hw(lanes = config.b_bits(), when = config.has_os(), style = config.control_style())]
    off_q: Reg<Bit>,
    /// number of that chunk
    #[hw(lanes = config.slot_count_bits(), when = config.has_os(), style = config.control_style())]
    chunk_q: Reg<Bit>,
    /// word of the group's first tile
    #[hw(lanes = config.word_bits(), when = config.has_os(), style = config.control_style())]
    word_first_q: Reg<Bit>,
    /// from the first chunk to that of the group's first tile
    #[hw(lanes = config.b_bits(), when = config.has_os(), style = config.control_style())]
    off_first_q: Reg<Bit>,
    /// number of that chunk
    #[hw(lanes = config.slot_count_bits(), when = config.has_os(), style = config.control_style())]
    chunk_first_q: Reg<Bit>,
    /// chunks of the job that are there
    #[hw(lanes = config.slot_count_bits(), when = config.has_os(), style = config.control_style())]
    seen_q: Reg<Bit>,
    /// the word behind them
    #[hw(lanes = config.b_bits(), when = config.has_os(), style = config.control_style())]
    end_q: Reg<Bit>,
    /// chunks of a job that is done, to be told
    #[hw(lanes = config.slot_count_bits(), when = config.has_os(), style = config.control_style())]
    done_q: Reg<Bit>,
    /// there is one
    #[hw(when = config.has_os(), style = config.control_style())]
    done_any_q: Reg<Bit>,
    /// slots of each of them
    #[hw(lanes = config.slot_count_bits(), when = config.has_os(), style = config.control_style())]
    done_size_q: Reg<Bit>,
    /// slots are free again
    #[hw(style = config.control_style())]
    free_q: Reg<Bit>,
    /// how many
    #[hw(lanes = config.slot_count_bits(), style = config.control_style())]
    free_count_q: Reg<Bit>,
    /// beats under way to the array
    #[hw(lanes = 4, style = config.control_style())]
    ahead_q: Reg<Bit>,
    /// there is no room for another one
    #[hw(style = config.control_style())]
    ahead_full_q: Reg<Bit>,
    /// a word is being read
    #[hw(style = config.control_style())]
    read_q: Reg<Bit>,
    /// the beat is of an output-stationary tile
    #[hw(when = config.has_both(), style = config.control_style())]
    read_os_q: Reg<Bit>,
    /// the words are for the left edge
    #[hw(when = config.dataflow.has_ws(), style = config.control_style())]
    read_left_q: Reg<Bit>,
    /// last beat of its tile
    #[hw(when = config.dataflow.has_ws(), style = config.control_style())]
    read_last_q: Reg<Bit>,
    /// there is no such tile
    #[hw(when = config.has_os(), style = config.control_style())]
    read_filler_q: Reg<Bit>,

    #[hw(build = Fifo::new(config, 4, jobs(config).bits()))]
    jobs: Fifo,
    tiles: Tiles,
    #[hw(build = Fifo::new(config, AHEAD, beats(config).bits()))]
    beats: Fifo,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// What is said of the weight-stationary beat that is next.
struct Beat {
    /// Its tile ends with it.
    last: Expr,
    /// The job ends with it.
    job_last: Expr,
    /// Another word of the slots is next.
    round: Expr,
    /// A block ends with it.
    block_last: Expr,
    /// It begins a block, which has to be there.
    begins: Expr,
}

impl WeightWalker {
    fn slot_words(&self) -> usize {
        self._config.engine().slot_words
    }
}

impl Describe for WeightWalker {
    fn describe(&self, m: &mut Body) {
        let config = &self._config;
        let (has_ws, has_os) = (config.dataflow.has_ws(), config.has_os());
        let fields = jobs(config);
        let work = &self.work_i;
        let word = fields.join(&[
            ("slot", e(&work.slot)),
            ("os", work.os.or(has_os)),
            ("left", e(&work.left)),
            ("k_kept", e(&work.k_kept)),
            ("r_tiles", e(&work.r_tiles)),
            ("n_tiles", e(&work.n_tiles)),
            ("panel", e(&work.panel)),
            ("r_top", e(&work.r_top)),
            ("n_top", e(&work.n_top)),
            ("span", e(&work.span)),
        ]);
        m.note("Jobs wait here.");
        self.jobs.push(m, e(&self.job_valid_i), [word]);
        let job = m.wire("job", "the next job", &self.jobs.pop_data_o);
        let job = |name: &str| fields.get(job.clone(), name);

        let os = self.os_q.or(has_os);
        m.note("A beat goes where there is room for it, and its block is there.");
        let room = m.wire("room", "there is room for a beat", !e(&self.ahead_full_q));
        let there = e(&self.there_any_q);
        let word_last = is(&self.word_q, self.slot_words() - 1);
        let word_last = m.wire("word_last", "the last word of a slot", word_last);
        let step = lit(self.slot_words() as u128, self.walk_q.len());
        let slot_up = around(m, "slot_up", e(&self.walk_q), step, config.b_words());
        let ws = has_ws.then(|| self.stationary_weights(m, &word_last));
        let k_last = match has_os {
            true => e(&self.k_last_q),
            false => e(false),
        };
        let filler = self.tiles.filler_o.or(false);
        let needs = match has_os {
            true => {
                let needs = e(&self.chunk_q).is(&self.seen_q) & !filler.clone();
                m.wire("needs", "the tile's chunk has to be there", needs)
            }
            false => e(false),
        };
        let os_last = e(&self.tiles.last_o) & k_last.clone();
        let of_ws = |get: fn(&Beat) -> &Expr| ws.as_ref().map(|beat| get(beat).clone());
        let begins = either(&os, has_os.then_some(needs), of_ws(|beat| &beat.begins));
        let job_last = either(&os, has_os.then_some(os_last), of_ws(|beat| &beat.job_last));
        let beat_last = of_ws(|beat| &beat.last).unwrap_or_else(|| e(true));
        let begins = m.wire("begins", "the beat begins a block", begins);
        let mut could = e(&self.active_q) & room;
        if has_os {
            m.note("A job's last beat waits until the chunks of the job before are told.");
            let told = os.clone() & job_last.clone() & &self.done_any_q;
            could = could & !told;
        }
        let could = m.wire("could", "a beat could go", could);
        m.assign(
            &self.waits_o,
            could.clone() & begins.clone() & !there.clone(),
        );
        let fire = could & (there | !begins.clone());
        let fire = m.wire("fire", "a beat goes", fire);
        let takes = m.wire("takes", "a block is begun", fire.clone() & begins);
        let done = m.wire("done", "the job's last beat goes", fire.clone() & job_last);
        Count::new(m, &self.there_q, e(&self.there_i), takes.clone()).any(m, &self.there_any_q);

        m.note("That a job begins is decided a cycle before: many registers wait for it.");
        let idle = !(e(&self.active_q) | &self.begins_q);
        m.reg(&self.begins_q, e(true), e(&self.jobs.pop_valid_o) & idle);
        let start = e(&self.begins_q);
        m.assign(&self.jobs.pop_ready_i, start.clone());
        m.reg(&self.active_q, start.clone() | done.clone(), start.clone());
        m.reg(&self.slot_q, start.clone(), job("slot"));
        if self.os_q.is_present() {
            m.reg(&self.os_q, start.clone(), job("os"));
            m.assign(&self.tiles.os_i, job("os"));
        }
        m.assign(&self.tiles.start_i, start.clone());
        m.assign(&self.tiles.r_tiles_i, job("r_tiles"));
        m.assign(&self.tiles.n_tiles_i, job("n_tiles"));
        let tile_step = fire.clone() & (os.clone() | beat_last.clone());
        m.assign(&self.tiles.step_i, tile_step);
        if has_os {
            m.assign(&self.tiles.again_i, !k_last.clone());
        }
        if has_ws {
            m.assign(&self.tiles.panel_i, job("panel"));
            m.reg(&self.left_q, start.clone(), job("left"));
            m.reg(&self.r_top_q, start.clone(), job("r_top"));
            m.reg(&self.n_top_q, start.clone(), job("n_top"));
        }
        let turns = Turn {
            fire: fire.clone(),
            takes,
            done: done.clone(),
            start: start.clone(),
            k_last,
        };
        let end =
            has_os.then(|| self.stationary_sums(m, &turns, &word_last, job("k_kept"), job("span")));
        self.places(m, &turns, ws.as_ref(), word_last, slot_up, end);
        self.tell(m, &turns, ws.as_ref());
        self.queue(m, fire, os, beat_last, filler);
        let tiles = &self.tiles;
        unread(
            m,
            &[
                &self.jobs.push_ready_o,
                &self.beats.push_ready_o,
                &tiles.r_first_o,
            ],
        );
        match has_ws {
            true => unread(m, &[&tiles.panel_first_o]),
            false => unread(m, &[&tiles.r_last_o]),
        }
        if has_os {
            unread(m, &[&tiles.turn_first_o]);
        }
    }
}

/// What happens in a cycle.
struct Turn {
    fire: Expr,
    takes: Expr,
    done: Expr,
    start: Expr,
    k_last: Expr,
}

/// The next chunk: less than the ring has words, so that nothing goes round.
fn around_off(m: &mut Body, off: &Reg<Bit>, span: &Reg<Bit>) -> Expr {
    m.wire(
        "off_up",
        "from the first chunk to the next one",
        e(off) + span,
    )
}

/// Of the two that there are, as `os` says.
pub(super) fn either(os: &Expr, of_os: Option<Expr>, of_ws: Option<Expr>) -> Expr {
    match (of_os, of_ws) {
        (Some(a), Some(b)) => select(os.clone(), a, b),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => unreachable!("a dataflow"),
    }
}
