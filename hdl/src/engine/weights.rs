//! The walker of weights: words of B, tile by tile, from the ring of slots to the array.

use super::fifo::Fifo;
use super::numbers::{around, fit, is, minus, plus, Packed};
use super::tiles::Tiles;
use super::work::Work;
use crate::bundle::Running;
use crate::describe::{e, lit, repeat, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Beats of weights that may be under way to the array.
const AHEAD: usize = 4;

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
    #[hw(lanes = 3, style = config.control_style())]
    ahead_q: Reg<Bit>,
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

/// What the walker keeps of a job.
fn jobs(config: &ArrayConfig) -> Packed {
    let (ws, os) = (config.dataflow.has_ws(), config.has_os());
    let of = |present, bits| if present { bits } else { 0 };
    Packed::new([
        ("slot", 2),
        ("os", of(config.has_both(), 1)),
        ("left", of(ws, 1)),
        ("k_kept", of(os, config.engine().dim_bits())),
        ("r_tiles", config.r_count_bits()),
        ("n_tiles", config.n_count_bits()),
        ("panel", of(ws, config.n_count_bits())),
        ("r_top", of(ws, config.row_bits())),
        ("n_top", of(ws, config.col_bits())),
        ("span", of(os, config.b_bits())),
    ])
}

/// A beat in the queue.
fn beats(config: &ArrayConfig) -> Packed {
    let ws = usize::from(config.dataflow.has_ws());
    Packed::new([
        ("os", usize::from(config.has_both())),
        ("left", ws),
        ("last", ws),
        ("keep", 1),
        ("rows", config.rows),
        ("cols", config.cols),
        ("words", config.b_word_bits()),
    ])
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
        let room = m.wire(
            "room",
            "there is room for a beat",
            !is(&self.ahead_q, AHEAD),
        );
        let there = m.wire("there", "another block is there", e(&self.there_q).any());
        let word_last = is(&self.word_q, self.slot_words() - 1);
        let word_last = m.wire("word_last", "the last word of a slot", word_last);
        let step = lit(self.slot_words() as u128, self.walk_q.len());
        let slot_up = around(m, "slot_up", e(&self.walk_q), step, config.b_words());
        let ws = has_ws.then(|| self.stationary_weights(m, &word_last));
        let k_last = match has_os {
            true => m.wire("k_last", "the last k", is(&self.k_left_q, 1)),
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
        let could = e(&self.active_q) & room;
        let could = m.wire("could", "a beat could go", could);
        m.assign(
            &self.waits_o,
            could.clone() & begins.clone() & !there.clone(),
        );
        let fire = could & (there | !begins.clone());
        let fire = m.wire("fire", "a beat goes", fire);
        let takes = m.wire("takes", "a block is begun", fire.clone() & begins);
        let done = m.wire("done", "the job's last beat goes", fire.clone() & job_last);
        let count = e(&self.there_q);
        let more = e(&self.there_i) & !takes.clone();
        let less = takes.clone() & !e(&self.there_i);
        let next = select(more.clone(), plus(count.clone(), 1), minus(count, 1));
        m.reg(&self.there_q, more | less, next);

        m.note("The next job may begin right behind the last one.");
        let idle = done.clone() | !e(&self.active_q);
        let start = e(&self.jobs.pop_valid_o) & idle.clone();
        let start = m.wire("start", "a job begins", start);
        m.assign(&self.jobs.pop_ready_i, idle);
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

impl WeightWalker {
    /// Weight-stationary: a tile after the other, a block for some tiles.
    fn stationary_weights(&self, m: &mut Body, word_last: &Expr) -> Beat {
        let config = &self._config;
        let left = e(&self.left_q);
        let bits = self.beat_q.len();
        let whole = |size: usize| lit(size as u128 - 1, bits);
        let (tiles, wide) = (&self.tiles, |q: &Reg<Bit>| fit(q, bits));
        let cols = select(e(&tiles.n_last_o), wide(&self.n_top_q), whole(config.cols));
        let rows = select(e(&tiles.r_last_o), wide(&self.r_top_q), whole(config.rows));
        let top = m.wire(
            "top",
            "the tile's last beat",
            select(left.clone(), cols, rows),
        );
        let last = m.wire(
            "beat_last",
            "the tile's last beat is next",
            e(&self.beat_q).is(top),
        );
        m.note("From the top a block is for tiles of a panel, from the left for tiles of rows.");
        let round = last.clone() & (!left.clone() | &tiles.panel_last_o);
        let round = m.wire("round", "another word of the slots is next", round);
        let end = select(left, &tiles.r_last_o, &tiles.panel_last_o);
        let block_last = round.clone() & (word_last.clone() | end);
        let block_last = m.wire("block_last", "the block ends", block_last);
        Beat {
            job_last: last.clone() & &tiles.last_o,
            last,
            round,
            block_last,
            begins: !e(&self.have_q),
        }
    }

    /// Output-stationary: chunks that all stay until the job is done; the word behind them when a job ends.
    fn stationary_sums(
        &self,
        m: &mut Body,
        turn: &Turn,
        word_last: &Expr,
        k_kept: Expr,
        span: Expr,
    ) -> Expr {
        let tiles = &self.tiles;
        m.reg(&self.k_kept_q, turn.start.clone(), k_kept.clone());
        m.reg(&self.span_q, turn.start.clone(), span);
        m.note("Beats of the group's tiles that are left.");
        let turn_last = e(&tiles.turn_last_o);
        let rest = select(
            turn.k_last.clone(),
            &self.k_kept_q,
            minus(&self.k_left_q, 1),
        );
        let moves = turn.start.clone() | (turn.fire.clone() & turn_last.clone());
        let moves = m.wire("k_moves", "another k comes", moves);
        m.reg(
            &self.k_left_q,
            moves,
            select(turn.start.clone(), k_kept, rest),
        );
        m.note("The chunk of the next tile, and the word in it.");
        let stays = e(&tiles.filler_o);
        let again = turn_last.clone() & !turn.k_last.clone();
        let again = m.wire("again", "the group comes again", again);
        let on = turn.fire.clone() & turn_last & turn.k_last.clone();
        let on = m.wire("group_on", "another group comes", turn.start.clone() | on);
        let back = m.wire("columns_back", "column 0 is next", e(&tiles.n_last_o));
        let up = around_off(m, &self.off_q, &self.span_q);
        for (name, q, first_q, up) in [
            ("next_off", &self.off_q, &self.off_first_q, up),
            (
                "next_chunk",
                &self.chunk_q,
                &self.chunk_first_q,
                plus(&self.chunk_q, 1),
            ),
        ] {
            let zero = lit(0, q.len());
            let next = select(word_last.clone(), up, q);
            let next = select(back.clone(), zero.clone(), next);
            let next = select(stays.clone(), q, next);
            let next = m.wire(name, "of the tile behind this one", next);
            let first = |value: Expr| select(turn.start.clone(), zero.clone(), value);
            let moves = turn.start.clone() | turn.fire.clone();
            let value = select(again.clone(), first_q, next.clone());
            m.reg(q, moves, first(value));
            m.reg(first_q, on.clone(), first(next));
        }
        m.note("Chunks that are there, and the word behind them.");
        let end_up = around(
            m,
            "end_up",
            e(&self.end_q),
            e(&self.span_q),
            self._config.b_words(),
        );
        let end = select(turn.takes.clone(), end_up, &self.end_q);
        let end = m.wire("chunks_end", "the word behind the chunks", end);
        let seen = select(turn.takes.clone(), plus(&self.seen_q, 1), &self.seen_q);
        let seen = m.wire("seen", "chunks that are there", seen);
        let zero = lit(0, self.seen_q.len());
        m.reg(
            &self.seen_q,
            e(true),
            select(turn.start.clone(), zero, seen),
        );
        end
    }

    /// Where the next word is.
    fn places(
        &self,
        m: &mut Body,
        turn: &Turn,
        beat: Option<&Beat>,
        word_last: Expr,
        slot_up: Expr,
        end: Option<Expr>,
    ) {
        let config = &self._config;
        let has_os = config.has_os();
        let os = self.os_q.or(has_os);
        let (fire, start) = (turn.fire.clone(), turn.start.clone());
        m.note("The first word of the block; of the next job when it begins.");
        let mut base = e(&self.base_q);
        if let Some(end) = &end {
            base = select(turn.done.clone() & os.clone(), end.clone(), base);
        }
        if let Some(beat) = beat {
            let ends = fire.clone() & !os.clone() & beat.block_last.clone();
            base = select(ends, slot_up.clone(), base);
        }
        let base = m.wire("base", "first word of the block that is next", base);
        m.reg(&self.base_q, e(true), base.clone());
        if let Some(end) = end {
            m.reg(
                &self.end_q,
                e(true),
                select(start.clone(), base.clone(), end),
            );
        }
        m.note("The slot that is read next.");
        let ws_walk = beat.map(|beat| {
            let back = beat.round.clone() & !beat.block_last.clone();
            select(back, &self.base_q, slot_up.clone())
        });
        let os_walk = has_os.then(|| {
            let up = select(turn.k_last.clone(), &self.base_q, slot_up);
            select(e(&self.tiles.turn_last_o), up, &self.walk_q)
        });
        let walk = either(&os, os_walk, ws_walk);
        let moves = m.wire("moves", "another word comes", start.clone() | fire.clone());
        m.reg(
            &self.walk_q,
            moves.clone(),
            select(start.clone(), base, walk),
        );
        m.note("The word of the slots.");
        let zero = lit(0, self.word_q.len());
        let up = plus(&self.word_q, 1);
        let ws_word = beat.map(|beat| {
            let next = select(beat.block_last.clone(), zero.clone(), up.clone());
            select(beat.round.clone(), next, &self.word_q)
        });
        let os_word = has_os.then(|| {
            let on = select(e(&self.tiles.n_last_o) | word_last, zero.clone(), up);
            let next = select(e(&self.tiles.filler_o), &self.word_q, on);
            let next = m.wire("next_word", "of the tile behind this one", next);
            let turn_last = e(&self.tiles.turn_last_o);
            let again = turn_last.clone() & !turn.k_last.clone();
            let on = start.clone() | (fire.clone() & turn_last & turn.k_last.clone());
            let first = select(start.clone(), zero.clone(), next.clone());
            m.reg(&self.word_first_q, on, first);
            select(again, &self.word_first_q, next)
        });
        let word = either(&os, os_word, ws_word);
        m.reg(
            &self.word_q,
            moves.clone(),
            select(start.clone(), zero, word),
        );
        if let Some(beat) = beat {
            let zero = lit(0, self.beat_q.len());
            let first = start.clone() | beat.last.clone();
            m.reg(
                &self.beat_q,
                moves.clone(),
                select(first, zero, plus(&self.beat_q, 1)),
            );
            m.reg(&self.have_q, moves, !(start | beat.block_last.clone()));
        }
        let mut at = fit(&self.word_q, self.walk_q.len());
        if has_os {
            let off = select(os, &self.off_q, lit(0, self.off_q.len()));
            at = at + off;
        }
        let at = around(m, "at", e(&self.walk_q), at, config.b_words());
        m.assign(&self.b_addr_o, at);
    }

    /// Tells which slots are free again.
    fn tell(&self, m: &mut Body, turn: &Turn, beat: Option<&Beat>) {
        let has_os = self._config.has_os();
        let os = self.os_q.or(has_os);
        let bits = self.free_count_q.len();
        m.note("Slots are free when their block is done, chunks when the job is.");
        let (mut block, mut up) = (e(false), lit(0, bits));
        if let Some(beat) = beat {
            let ws = turn.fire.clone() & !os.clone();
            let done = ws.clone() & beat.block_last.clone();
            block = m.wire("block_done", "a block is done", done);
            up = m.wire("slots", "slots of the block so far", plus(&self.count_q, 1));
            let next = select(beat.round.clone(), lit(0, bits), up.clone());
            m.reg(&self.count_q, ws, next);
        }
        let (mut frees, mut count) = (block.clone(), up.clone());
        if has_os {
            let told = e(&self.done_q).any() & !block.clone();
            let told = m.wire("told", "a chunk is told", told);
            self.chunks(m, told.clone(), turn.done.clone() & os);
            frees = block.clone() | told;
            count = select(block, up, &self.done_size_q);
        }
        m.reg(&self.free_q, e(true), frees);
        m.reg(&self.free_count_q, e(true), count);
        m.assign(&self.free_o, &self.free_q);
        m.assign(&self.free_count_o, &self.free_count_q);
    }

    /// Chunks of a job that is done, one told after the other.
    fn chunks(&self, m: &mut Body, told: Expr, done: Expr) {
        let seen = select(done.clone(), self.seen_now(), minus(&self.done_q, 1));
        m.reg(&self.done_q, done.clone() | told, seen);
        let each = fit(&self.k_kept_q, self.done_size_q.len());
        m.reg(&self.done_size_q, done, each);
    }

    /// A job's chunks when its last beat goes: all of them were begun before, or with it.
    fn seen_now(&self) -> Expr {
        let begun = e(&self.chunk_q).is(&self.seen_q) & !self.tiles.filler_o.or(false);
        select(begun, plus(&self.seen_q, 1), &self.seen_q)
    }

    /// What was read goes into the queue.
    fn queue(&self, m: &mut Body, fire: Expr, os: Expr, last: Expr, filler: Expr) {
        let config = &self._config;
        m.assign(&self.b_read_o, fire.clone());
        let r = fit(&self.tiles.r_o, config.r_tile_bits());
        let n = fit(&self.tiles.n_o, config.n_tile_bits());
        m.assign(
            &self.tile_r_addr_o,
            crate::describe::concat([e(&self.slot_q), r]),
        );
        m.assign(
            &self.tile_c_addr_o,
            crate::describe::concat([e(&self.slot_q), n]),
        );
        m.note("A word comes a cycle after it was asked for.");
        m.reg(&self.read_q, e(true), fire.clone());
        if self.read_os_q.is_present() {
            m.reg(&self.read_os_q, fire.clone(), os);
        }
        if self.read_left_q.is_present() {
            m.reg(&self.read_left_q, fire.clone(), &self.left_q);
            m.reg(&self.read_last_q, fire.clone(), last);
        }
        if self.read_filler_q.is_present() {
            m.reg(&self.read_filler_q, fire.clone(), filler);
        }
        let there = !self.read_filler_q.or(false);
        let word = beats(config).join(&[
            ("os", self.read_os_q.or(false)),
            ("left", self.read_left_q.or(false)),
            ("last", self.read_last_q.or(false)),
            ("keep", e(&self.b_keep_i) & there.clone()),
            (
                "rows",
                e(&self.tile_r_data_i) & repeat(config.rows, there.clone()),
            ),
            ("cols", e(&self.tile_c_data_i) & repeat(config.cols, there)),
            ("words", e(&self.b_data_i)),
        ]);
        self.beats.push(m, e(&self.read_q), [word]);
        let beat = m.wire("beat", "the oldest beat", &self.beats.pop_data_o);
        let beat = |name: &str| beats(config).get(beat.clone(), name);
        m.assign(&self.w_valid_o, &self.beats.pop_valid_o);
        m.assign(&self.beats.pop_ready_i, &self.w_ready_i);
        for (port, name) in [
            (&self.w_os_o, "os"),
            (&self.w_left_o, "left"),
            (&self.w_last_o, "last"),
            (&self.w_keep_o, "keep"),
            (&self.row_keep_o, "rows"),
            (&self.col_keep_o, "cols"),
            (&self.w_o, "words"),
        ] {
            if port.is_present() {
                m.assign(port, beat(name));
            }
        }
        m.note("As many beats are under way as there is room for.");
        let taken = e(&self.beats.pop_valid_o) & &self.w_ready_i;
        let taken = m.wire("taken", "the array takes a beat", taken);
        let more = fire.clone() & !taken.clone();
        let next = select(more, plus(&self.ahead_q, 1), minus(&self.ahead_q, 1));
        m.reg(&self.ahead_q, fire ^ taken, next);
    }
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
