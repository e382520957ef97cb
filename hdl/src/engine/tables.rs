//! What walks write down: lists, bounds, kept rows and columns of tiles, live rows.

use super::units::BARE;
use super::walker::{word_bits, WORD};
use crate::bundle::Running;
use crate::describe::{
    bits_to, concat, e, lit, repeat, select, Body, Compiled, Describe, Expr, Net, Reg,
};
use crate::prim::Ram;
use crate::ArrayConfig;
use crate::Site;
use heddle_derive::{Bundle, Module};
use rust_hdl::prelude::*;

impl ArrayConfig {
    /// Elements of the smallest chunk of a memory row of B: a tile of columns, or a slot along rows.
    fn least_chunk(&self) -> usize {
        self.cols.min(self.rows * self.engine().slot_words)
    }

    /// Elements of the largest chunk.
    pub(super) fn most_chunk(&self) -> usize {
        self.cols.max(self.rows) * self.engine().slot_words
    }

    /// Bits of the number of a bound: as many as the smallest chunks are, and the end.
    pub fn bound_bits(&self) -> usize {
        bits_to(self.engine().max_dim.div_ceil(self.least_chunk()))
    }
}

/// A RAM for `slots` bits of job slots with 2 to the power of `bits` words each.
fn ram(site: &Site, slots: usize, bits: usize, word: usize) -> Ram {
    Ram::new(site, 1 << (slots + bits), word)
}

/// Where tables are read.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig, flat)]
pub struct TableReads<D: Direction + 'static> {
    /// for load: job slot and number
    #[hw(lanes = 2 + config.index_bits())]
    pub list_m_addr: Net<D, Bit>,
    /// for sequence: job slot and number
    #[hw(lanes = 2 + config.index_bits())]
    pub seed_m_addr: Net<D, Bit>,
    /// low bit of the job slot, and number
    #[hw(lanes = 1 + config.index_bits())]
    pub list_row_addr: Net<D, Bit>,
    /// job slot and tile of rows
    #[hw(lanes = 2 + config.r_tile_bits())]
    pub tile_r_addr: Net<D, Bit>,
    /// job slot and tile of columns
    #[hw(lanes = 2 + config.n_tile_bits())]
    pub tile_c_addr: Net<D, Bit>,
    /// low bit of the job slot, and number
    #[hw(lanes = 1 + config.bound_bits())]
    pub bound_addr: Net<D, Bit>,
    /// place of the job and word
    #[hw(lanes = 4 + word_bits(config))]
    pub live_addr: Net<D, Bit>,
}

/// What is read there, a cycle later.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig, flat)]
pub struct TableWords<D: Direction + 'static> {
    /// fresh, kept, m
    #[hw(lanes = 2 + config.index_bits())]
    pub list_m_data: Net<D, Bit>,
    /// fresh, kept, m
    #[hw(lanes = 2 + config.index_bits())]
    pub seed_m_data: Net<D, Bit>,
    /// kept, index
    #[hw(lanes = 1 + config.index_bits())]
    pub list_row_data: Net<D, Bit>,
    /// kept rows
    #[hw(lanes = config.rows)]
    pub tile_r_data: Net<D, Bit>,
    /// kept columns
    #[hw(lanes = config.cols)]
    pub tile_c_data: Net<D, Bit>,
    /// index of the chunk's first element
    #[hw(lanes = config.engine().dim_bits())]
    pub bound_data: Net<D, Bit>,
    /// live rows
    #[hw(lanes = WORD)]
    pub live_data: Net<D, Bit>,
}

/// The tables that load, sequence and store read. They are written during walks, an entry a cycle; those of
/// a dimension that is not walked all at once, an entry of each in a cycle from the start on.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "mask_tables")]
pub struct Tables {
    clocked: Running,
    /// job slot
    #[hw(lanes = 2)]
    pub slot_i: Net<In, Bit>,
    /// which turn of it
    #[hw(lanes = 2)]
    pub turn_i: Net<In, Bit>,
    /// a walk begins; what follows holds until it is closed
    #[hw(group = "Walk")]
    pub start_i: Net<In, Bit>,
    /// an index is found
    pub index_valid_i: Net<In, Bit>,
    /// the index
    #[hw(lanes = config.index_bits())]
    pub index_i: Net<In, Bit>,
    /// the index is kept
    pub keep_i: Net<In, Bit>,
    /// the index becomes live
    pub fresh_i: Net<In, Bit>,
    /// the index takes part in its tile
    pub part_i: Net<In, Bit>,
    /// the walk is over
    pub close_i: Net<In, Bit>,
    /// the dimension is m
    pub of_m_i: Net<In, Bit>,
    /// the dimension is that of the rows of B
    pub of_row_i: Net<In, Bit>,
    /// the dimension is along the rows of B
    pub of_along_i: Net<In, Bit>,
    /// the dimension is that of the array's rows
    pub of_r_i: Net<In, Bit>,
    /// the dimension is n
    pub of_n_i: Net<In, Bit>,
    /// indices of the dimension
    #[hw(lanes = config.engine().dim_bits())]
    pub dim_i: Net<In, Bit>,
    /// elements of a chunk
    #[hw(lanes = bits_to(config.most_chunk()))]
    pub chunk_i: Net<In, Bit>,
    /// indices that were found in the walk
    #[hw(lanes = config.engine().dim_bits())]
    pub count_o: Net<Out, Bit>,
    /// a word is live
    pub live_valid_i: Net<In, Bit>,
    /// which word
    #[hw(lanes = word_bits(config))]
    pub live_word_i: Net<In, Bit>,
    /// what is live
    #[hw(lanes = WORD)]
    pub live_i: Net<In, Bit>,
    /// a word of what was live before is read
    pub was_read_i: Net<In, Bit>,
    /// job slot and word
    #[hw(lanes = 2 + word_bits(config))]
    pub was_addr_i: Net<In, Bit>,
    /// the word, a cycle later
    #[hw(lanes = WORD)]
    pub was_data_o: Net<Out, Bit>,
    /// tables of what is not walked are filled
    #[hw(group = "What is not walked")]
    pub fill_i: Net<In, Bit>,
    /// kept rows of tiles: so many
    pub fill_r_i: Net<In, Bit>,
    /// rows
    #[hw(lanes = config.engine().dim_bits())]
    pub r_i: Net<In, Bit>,
    /// kept columns of tiles
    pub fill_n_i: Net<In, Bit>,
    /// columns
    #[hw(lanes = config.engine().dim_bits())]
    pub n_i: Net<In, Bit>,
    /// bounds
    pub fill_along_i: Net<In, Bit>,
    /// elements along a row of B
    #[hw(lanes = config.engine().dim_bits())]
    pub along_i: Net<In, Bit>,
    /// live rows
    pub fill_m_i: Net<In, Bit>,
    /// rows are live at all
    pub rises_i: Net<In, Bit>,
    /// rows m
    #[hw(lanes = config.engine().dim_bits())]
    pub m_i: Net<In, Bit>,
    /// something is still filled
    pub busy_o: Net<Out, Bit>,
    #[hw(group = "Tables")]
    pub(super) reads_i: TableReads<In>,
    pub(super) words_o: TableWords<Out>,

    /// indices that were found
    #[hw(lanes = config.engine().dim_bits(), style = BARE)]
    count_q: Reg<Bit>,
    /// tile of rows that is next
    #[hw(lanes = config.r_tile_bits(), style = BARE)]
    tile_r_q: Reg<Bit>,
    /// tile of columns that is next
    #[hw(lanes = config.n_tile_bits(), style = BARE)]
    tile_c_q: Reg<Bit>,
    /// rows or columns of the tile that were found
    #[hw(lanes = bits_to(config.rows.max(config.cols)), style = BARE)]
    found_q: Reg<Bit>,
    /// which of them take part
    #[hw(lanes = config.rows.max(config.cols), style = BARE)]
    parts_q: Reg<Bit>,
    /// bound that is next
    #[hw(lanes = config.bound_bits(), style = BARE)]
    bound_q: Reg<Bit>,
    /// elements up to it
    #[hw(lanes = bits_to(config.most_chunk()), style = BARE)]
    until_q: Reg<Bit>,
    /// tiles of rows are filled
    #[hw(style = config.control_style())]
    fills_r_q: Reg<Bit>,
    /// rows that are left
    #[hw(lanes = config.engine().dim_bits(), style = BARE)]
    left_r_q: Reg<Bit>,
    /// tiles of columns are filled
    #[hw(style = config.control_style())]
    fills_n_q: Reg<Bit>,
    /// columns that are left
    #[hw(lanes = config.engine().dim_bits(), style = BARE)]
    left_n_q: Reg<Bit>,
    /// bounds are filled
    #[hw(style = config.control_style())]
    fills_along_q: Reg<Bit>,
    /// the next one, or the end
    #[hw(lanes = 1 + config.engine().dim_bits().max(bits_to(config.most_chunk())), style = BARE)]
    next_bound_q: Reg<Bit>,
    /// live rows are filled
    #[hw(style = config.control_style())]
    fills_m_q: Reg<Bit>,
    /// rows that are left
    #[hw(lanes = config.engine().dim_bits(), style = BARE)]
    left_m_q: Reg<Bit>,
    /// their word
    #[hw(lanes = word_bits(config), style = BARE)]
    word_m_q: Reg<Bit>,

    /// kept m, for load
    #[hw(build = ram(config, 2, config.index_bits(), 2 + config.index_bits()))]
    list_m: Ram,
    /// kept m, for seeds
    #[hw(build = ram(config, 2, config.index_bits(), 2 + config.index_bits()))]
    seed_m: Ram,
    /// kept rows of B
    #[hw(build = ram(config, 1, config.index_bits(), 1 + config.index_bits()))]
    list_row: Ram,
    /// kept rows of tiles
    #[hw(build = ram(config, 2, config.r_tile_bits(), config.rows))]
    tile_r: Ram,
    /// kept columns of tiles
    #[hw(build = ram(config, 2, config.n_tile_bits(), config.cols))]
    tile_c: Ram,
    /// where chunks begin
    #[hw(build = ram(config, 1, config.bound_bits(), config.engine().dim_bits()))]
    bound: Ram,
    /// live rows, for store
    #[hw(build = ram(config, 4, word_bits(config), WORD))]
    live: Ram,
    /// live rows, for the next job
    #[hw(build = ram(config, 2, word_bits(config), WORD))]
    was: Ram,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl Describe for Tables {
    fn describe(&self, m: &mut Body) {
        self.lists(m);
        self.tiles(m);
        self.bounds(m);
        self.live(m);
        let fills = e(&self.fills_r_q) | &self.fills_n_q | &self.fills_along_q | &self.fills_m_q;
        m.assign(&self.busy_o, fills);
    }
}

/// What is written to RAMs that are alike, and the ports at which they are read.
fn connect(
    m: &mut Body,
    ram: &Ram,
    [write, addr, data]: [Expr; 3],
    read: impl Into<Expr>,
    from: &Net<In, Bit>,
    to: &Net<Out, Bit>,
) {
    ram.sized(m);
    m.assign(&ram.write_i, write);
    m.assign(&ram.waddr_i, addr);
    m.assign(&ram.wdata_i, data);
    m.assign(&ram.read_i, read);
    m.assign(&ram.raddr_i, from);
    m.assign(to, &ram.rdata_o);
}

impl Tables {
    /// Indices in the order in which they are found.
    fn lists(&self, m: &mut Body) {
        let dim = self.count_q.len();
        let number = e(&self.count_q).slice(0, self._config.index_bits());
        let found = e(&self.index_valid_i);
        m.note("An index goes to the list of its dimension.");
        m.reg(
            &self.count_q,
            e(&self.start_i) | found.clone(),
            select(
                e(&self.start_i),
                lit(0, dim),
                e(&self.count_q) + lit(1, dim),
            ),
        );
        m.assign(&self.count_o, &self.count_q);
        let entry = concat([e(&self.keep_i), e(&self.index_i)]);
        let fresh = concat([e(&self.fresh_i), e(&self.keep_i), e(&self.index_i)]);
        let addr = concat([e(&self.slot_i), number.clone()]);
        let write = [found.clone() & &self.of_m_i, addr.clone(), fresh];
        let (from, to) = (&self.reads_i.list_m_addr, &self.words_o.list_m_data);
        connect(m, &self.list_m, write, e(true), from, to);
        m.note("A dropped row of a dense job has sums like the others.");
        let counts = concat([e(&self.fresh_i), e(&self.part_i), e(&self.index_i)]);
        let write = [found.clone() & &self.of_m_i, addr, counts];
        let (from, to) = (&self.reads_i.seed_m_addr, &self.words_o.seed_m_data);
        connect(m, &self.seed_m, write, e(true), from, to);
        let addr = concat([e(&self.slot_i).bit(0), number]);
        let write = [found & &self.of_row_i, addr, entry];
        let (from, to) = (&self.reads_i.list_row_addr, &self.words_o.list_row_data);
        connect(m, &self.list_row, write, e(true), from, to);
    }

    /// Kept rows and columns of tiles.
    fn tiles(&self, m: &mut Body) {
        let (rows, cols) = (self._config.rows, self._config.cols);
        let (bits, most) = (self.found_q.len(), self.parts_q.len());
        let lanes = |of: &Net<In, Bit>, bits: usize| {
            select(e(of), lit(rows as u128, bits), lit(cols as u128, bits))
        };
        m.note("A tile of what is found, up to its size.");
        let part = e(&self.part_i).wide(most).shifted_left_by(e(&self.found_q));
        let parts = m.wire(
            "parts",
            "which of the tile take part",
            e(&self.parts_q) | (part & repeat(most, e(&self.index_valid_i))),
        );
        let found = e(&self.found_q) + e(&self.index_valid_i).wide(bits);
        let found = m.wire("found", "how many of the tile are found", found);
        let whole = found.clone().is(lanes(&self.of_r_i, bits)) | &self.close_i;
        let whole = m.wire(
            "whole",
            "the tile is whole, or the last one",
            whole & found.clone().any(),
        );
        let starts = e(&self.start_i) | whole.clone();
        let changes = m.wire(
            "changes",
            "what is found of a tile changes",
            starts.clone() | &self.index_valid_i,
        );
        m.reg(
            &self.found_q,
            changes.clone(),
            select(starts.clone(), lit(0, bits), found),
        );
        m.reg(
            &self.parts_q,
            changes,
            select(starts, lit(0, most), parts.clone()),
        );
        let sides = [
            (
                &self.fills_r_q,
                &self.left_r_q,
                &self.tile_r_q,
                &self.fill_r_i,
                &self.r_i,
                &self.of_r_i,
                rows,
            ),
            (
                &self.fills_n_q,
                &self.left_n_q,
                &self.tile_c_q,
                &self.fill_n_i,
                &self.n_i,
                &self.of_n_i,
                cols,
            ),
        ];
        let rams = [
            (
                &self.tile_r,
                &self.reads_i.tile_r_addr,
                &self.words_o.tile_r_data,
            ),
            (
                &self.tile_c,
                &self.reads_i.tile_c_addr,
                &self.words_o.tile_c_data,
            ),
        ];
        for ((fills, left, tile, fill, dim, of, size), (ram, from, to)) in
            sides.into_iter().zip(rams)
        {
            let (full, rest) = self.filled(m, size, (fills, left), (fill, dim));
            m.note("The next tile.");
            let walks = whole.clone() & of;
            let write = m.wire("writes_tile", "a tile is written", walks | fills);
            let bits = tile.len();
            let starts = e(&self.start_i) | &self.fill_i;
            let next = select(starts.clone(), lit(0, bits), e(tile) + lit(1, bits));
            // A fill finds the counter at zero, a walk of another dimension leaves it there.
            m.reg(tile, starts | write.clone(), next);
            let found = parts.clone().slice(0, size);
            let data = select(
                e(fills),
                full | !repeat(size, e(true)).shifted_left_by(rest),
                found,
            );
            let addr = concat([e(&self.slot_i), e(tile)]);
            connect(m, ram, [write, addr, data], e(true), from, to);
        }
    }

    /// What is left of `dim` after tiles of `size`: whether a tile is full, and else how much is in it.
    fn filled(
        &self,
        m: &mut Body,
        size: usize,
        (fills, left): (&Reg<Bit>, &Reg<Bit>),
        (fill, dim): (&Net<In, Bit>, &Net<In, Bit>),
    ) -> (Expr, Expr) {
        let bits = left.len();
        let is_last = !lit(size as u128, bits.max(bits_to(size)))
            .less_than(e(left).wide(bits.max(bits_to(size))));
        let is_last = m.wire("fills_last", "the last one is filled", is_last);
        let starts = e(&self.fill_i) & fill;
        let starts = m.wire("starts_fill", "a table begins to be filled", starts);
        m.reg(
            fills,
            e(true),
            starts.clone() | (e(fills) & !is_last.clone()),
        );
        let rest = e(left) - lit((size % (1 << bits)) as u128, bits);
        m.reg(left, starts.clone() | fills, select(starts, dim, rest));
        let low = bits_to(size).min(bits);
        (repeat(size, !is_last), e(left).slice(0, low))
    }

    /// Where chunks begin.
    fn bounds(&self, m: &mut Body) {
        let (bits, chunk) = (self.bound_q.len(), self.until_q.len());
        let (dim, wide) = (self.along_i.len(), self.next_bound_q.len());
        let along = e(&self.index_valid_i) & &self.of_along_i;
        let begins = along.clone() & !e(&self.until_q).any();
        let begins = m.wire("begins", "the index begins a chunk", begins);
        let closes = e(&self.close_i) & &self.of_along_i;
        m.note("A chunk is over after as many elements as it has.");
        let start = e(&self.start_i);
        let until = select(begins.clone(), &self.chunk_i, &self.until_q) - lit(1, chunk);
        m.reg(
            &self.until_q,
            start.clone() | along,
            select(start.clone(), lit(0, chunk), until),
        );
        m.note("Without a walk chunks begin at their multiples.");
        let fill = e(&self.fill_i) & &self.fill_along_i;
        let fill = m.wire("starts_bounds", "bounds begin to be filled", fill);
        let ends = !e(&self.next_bound_q).less_than(e(&self.along_i).wide(wide));
        let ends = m.wire("ends_bounds", "no chunk is left", ends);
        m.reg(
            &self.fills_along_q,
            e(true),
            fill.clone() | (e(&self.fills_along_q) & !ends.clone()),
        );
        let next = e(&self.next_bound_q) + e(&self.chunk_i).wide(wide);
        m.reg(
            &self.next_bound_q,
            fill.clone() | &self.fills_along_q,
            select(fill.clone(), lit(0, wide), next),
        );
        let write = begins | closes.clone() | &self.fills_along_q;
        let write = m.wire("writes_bound", "a bound is written", write);
        let starts = start | &self.fill_i;
        let next = select(
            starts.clone(),
            lit(0, bits),
            e(&self.bound_q) + lit(1, bits),
        );
        m.reg(&self.bound_q, starts | write.clone(), next);
        let filled = select(ends, &self.along_i, e(&self.next_bound_q).slice(0, dim));
        let walked = select(closes, &self.dim_i, e(&self.index_i).wide(dim));
        let data = select(e(&self.fills_along_q), filled, walked);
        let addr = concat([e(&self.slot_i).bit(0), e(&self.bound_q)]);
        let (from, to) = (&self.reads_i.bound_addr, &self.words_o.bound_data);
        connect(m, &self.bound, [write, addr, data], e(true), from, to);
    }

    /// Live rows.
    fn live(&self, m: &mut Body) {
        let words = self.word_m_q.len();
        let (full, rest) = self.filled(
            m,
            WORD,
            (&self.fills_m_q, &self.left_m_q),
            (&self.fill_m_i, &self.m_i),
        );
        m.note("Live rows, walked or all.");
        let fills = e(&self.fills_m_q);
        let next = select(
            e(&self.fill_i),
            lit(0, words),
            e(&self.word_m_q) + lit(1, words),
        );
        m.reg(&self.word_m_q, fills.clone() | &self.fill_i, next);
        let write = fills.clone() | (e(&self.live_valid_i) & &self.of_m_i);
        let word = select(fills.clone(), &self.word_m_q, &self.live_word_i);
        let filled = full | !repeat(WORD, e(true)).shifted_left_by(rest);
        let filled = filled & repeat(WORD, e(&self.rises_i));
        let data = select(fills, filled, &self.live_i);
        let at = concat([e(&self.slot_i), word]);
        let whole = concat([e(&self.turn_i), at.clone()]);
        let (from, to) = (&self.reads_i.live_addr, &self.words_o.live_data);
        let own = [write.clone(), whole, data.clone()];
        connect(m, &self.live, own, e(true), from, to);
        let (from, to) = (&self.was_addr_i, &self.was_data_o);
        connect(m, &self.was, [write, at, data], &self.was_read_i, from, to);
    }
}
