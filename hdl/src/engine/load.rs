//! Requests for the operands of a job, in their order: A, C0, B.

use super::job::{Job, Kept};
use super::numbers::{fit, fit_named, groups, product};
use super::order::Order;
use super::space::{Space, END_BITS};
use crate::bundle::Running;
use crate::describe::{
    bits_to, concat, e, lit, select, Body, Compiled, Describe, Expr, Net, Reg, Stored,
};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Bits of a word's address in a buffer.
pub const WORD_BITS: usize = 16;

/// What the load stage is about, its states in their order.
#[derive(Clone, Copy)]
enum State {
    /// No job.
    Idle = 0,
    /// Its tiles are counted, and a place for A is found.
    Place = 1,
    /// Rows of A.
    A = 2,
    /// Waits until nobody uses the words of its sums.
    Sums = 3,
    /// Rows of C0.
    C0 = 4,
    /// The job goes on to the sequence stage.
    Hand = 5,
    /// Pieces of B.
    B = 6,
}

/// Takes a job and makes requests for its operands, each with an order that says what becomes of the
/// words: rows of A, rows of C0, and then, while the job goes on to the next stage, pieces of rows of B. A row takes
/// five cycles or more: its number, its address in two, its order, its request.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "engine_load")]
pub struct Load {
    clocked: Running,
    /// a job is there
    #[hw(group = "Job, from the mask stage")]
    pub job_valid_i: Net<In, Bit>,
    /// the job is taken
    pub job_ready_o: Net<Out, Bit>,
    /// job
    pub job_i: Job<In>,
    /// job
    pub kept_i: Kept<In>,
    /// words of the job that is loaded are wrong: nothing more is asked for
    pub bad_i: Net<In, Bit>,
    /// the activations of a job have gone to work
    pub a_done_i: Net<In, Bit>,
    /// slots of B that have gone to work
    #[hw(lanes = bits_to(config.engine().b_slots))]
    pub b_free_i: Net<In, Bit>,
    /// a job is done, and its sums are free
    pub done_i: Net<In, Bit>,

    /// number in the list of m
    #[hw(group = "Lists and bounds", lanes = 2 + config.index_bits())]
    pub list_m_addr_o: Net<Out, Bit>,
    /// that entry in the next cycle: fresh, keep, index
    #[hw(lanes = 2 + config.index_bits())]
    pub list_m_data_i: Net<In, Bit>,
    /// number in the list of rows of B
    #[hw(lanes = 1 + config.index_bits())]
    pub list_row_addr_o: Net<Out, Bit>,
    /// that entry in the next cycle: keep, index
    #[hw(lanes = 1 + config.index_bits())]
    pub list_row_data_i: Net<In, Bit>,
    /// number of a piece of a row of B
    #[hw(lanes = 1 + config.bound_bits())]
    pub bound_addr_o: Net<Out, Bit>,
    /// index of its first element in the next cycle
    #[hw(lanes = config.engine().dim_bits())]
    pub bound_data_i: Net<In, Bit>,

    /// bytes are asked for
    #[hw(group = "To the read master")]
    pub req_valid_o: Net<Out, Bit>,
    /// the request is taken
    pub req_ready_i: Net<In, Bit>,
    /// first byte
    #[hw(lanes = config.engine().addr_bits)]
    pub req_addr_o: Net<Out, Bit>,
    /// how many
    #[hw(lanes = 16)]
    pub req_bytes_o: Net<Out, Bit>,
    /// an order is there
    #[hw(group = "To unpack")]
    pub order_valid_o: Net<Out, Bit>,
    /// the order is taken
    pub order_ready_i: Net<In, Bit>,
    /// order
    pub order_o: Order<Out>,

    /// a job is there
    #[hw(group = "Job, to the sequence stage")]
    pub job_valid_o: Net<Out, Bit>,
    /// the job is taken
    pub job_ready_i: Net<In, Bit>,
    /// job
    pub job_o: Job<Out>,
    /// job
    pub kept_o: Kept<Out>,
    /// first word of its A
    #[hw(lanes = WORD_BITS)]
    pub a_word_o: Net<Out, Bit>,
    /// there are products to be made
    pub works_o: Net<Out, Bit>,
    /// event 1 comes before its first beat
    pub awaits_a_o: Net<Out, Bit>,
    /// event 2 comes before its first seed
    pub awaits_c0_o: Net<Out, Bit>,

    /// the stage has a job that waits for none behind it
    pub more_o: Net<Out, Bit>,
    /// the stage has a job that waits for those behind it
    pub stuck_o: Net<Out, Bit>,

    /// a row of B is asked for
    #[hw(group = "For the counters")]
    pub fetched_o: Net<Out, Bit>,
    /// the rows of B that a job leaves out are told
    pub skips_o: Net<Out, Bit>,
    /// how many
    #[hw(lanes = config.engine().dim_bits())]
    pub skipped_o: Net<Out, Bit>,

    /// what it is about
    #[hw(lanes = 3, style = config.control_style())]
    state_q: Reg<Bit>,
    /// how far the row is
    #[hw(lanes = 3, style = config.control_style())]
    step_q: Reg<Bit>,
    /// job
    #[hw(style = config.data_style())]
    job_q: Job<Stored>,
    /// job
    #[hw(style = config.data_style())]
    kept_q: Kept<Stored>,
    /// tiles of array rows
    #[hw(lanes = config.engine().dim_bits(), style = config.data_style())]
    r_tiles_q: Reg<Bit>,
    /// tiles of array columns
    #[hw(lanes = config.engine().dim_bits(), style = config.data_style())]
    c_tiles_q: Reg<Bit>,
    /// words of A
    #[hw(lanes = END_BITS, style = config.data_style())]
    a_need_q: Reg<Bit>,
    /// first word behind its sums
    #[hw(lanes = END_BITS, style = config.data_style())]
    sums_end_q: Reg<Bit>,
    /// number of the row
    #[hw(lanes = config.engine().dim_bits(), style = config.data_style())]
    row_q: Reg<Bit>,
    /// number of the first row of the block
    #[hw(lanes = config.engine().dim_bits(), style = config.data_style())]
    block_q: Reg<Bit>,
    /// number of the first row of the next block
    #[hw(lanes = config.engine().dim_bits(), style = config.data_style())]
    block_end_q: Reg<Bit>,
    /// number of the piece of the rows
    #[hw(lanes = config.engine().dim_bits(), style = config.data_style())]
    piece_q: Reg<Bit>,
    /// kept elements of pieces up to this one
    #[hw(lanes = config.engine().dim_bits() + 1, style = config.data_style())]
    reach_q: Reg<Bit>,
    /// index of the piece's first element
    #[hw(lanes = config.engine().dim_bits() + 1, style = config.data_style())]
    low_q: Reg<Bit>,
    /// index behind its last one
    #[hw(lanes = config.engine().dim_bits() + 1, style = config.data_style())]
    high_q: Reg<Bit>,
    /// index of the row
    #[hw(lanes = config.engine().dim_bits(), style = config.data_style())]
    index_q: Reg<Bit>,
    /// the row is kept
    #[hw(style = config.data_style())]
    keep_q: Reg<Bit>,
    /// nothing is asked for in this place
    #[hw(style = config.data_style())]
    pass_q: Reg<Bit>,
    /// its order said that no words come
    #[hw(style = config.data_style())]
    bad_q: Reg<Bit>,
    /// bytes from the base to the row
    #[hw(lanes = config.engine().addr_bits, style = config.data_style())]
    offset_q: Reg<Bit>,
    /// first byte
    #[hw(lanes = config.engine().addr_bits, style = config.data_style())]
    addr_q: Reg<Bit>,
    /// where the row's words go
    #[hw(lanes = WORD_BITS, style = config.data_style())]
    word_q: Reg<Bit>,
    /// the slot of B for the next piece
    #[hw(lanes = bits_to(config.engine().b_slots), style = config.control_style())]
    slot_q: Reg<Bit>,
    /// its first word
    #[hw(lanes = WORD_BITS, style = config.control_style())]
    slot_word_q: Reg<Bit>,
    /// slots of B in use
    #[hw(lanes = bits_to(config.engine().b_slots), style = config.control_style())]
    used_q: Reg<Bit>,
    /// a job waits for the sequence stage
    #[hw(style = config.control_style())]
    handed_q: Reg<Bit>,
    /// first word of A
    #[hw(lanes = WORD_BITS, style = config.data_style())]
    a_word_q: Reg<Bit>,
    /// A of the last job is there
    #[hw(style = config.control_style())]
    there_q: Reg<Bit>,
    space: Space,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// The job at hand as the description speaks of it.
struct At {
    is_nt: Expr,
    is_tn: Expr,
    dense: Expr,
    gated: Expr,
    packed: Expr,
    /// There are products to be made.
    works: Expr,
    needs_a: Expr,
    needs_c0: Expr,
}

/// The row at hand.
struct Row {
    state: [Expr; 7],
    step: [Expr; 7],
    /// The row is the block's last.
    last: Expr,
    /// The piece is the rows' last.
    last_piece: Expr,
    /// The block is the job's last.
    last_block: Expr,
    /// Its order is taken, or there is none.
    ordered: Expr,
    /// It is done with.
    passes: Expr,
    /// The marker behind all rows is taken.
    marked: Expr,
}

impl Load {
    fn dim(&self) -> usize {
        self._config.engine().dim_bits()
    }

    fn job(&self, m: &mut Body) -> At {
        let (job, kept) = (&self.job_q, &self.kept_q);
        let is = |net: &Reg<Bit>, value: u128| e(net).is(lit(value, 2));
        let some = |net: &Reg<Bit>| e(net).any();
        m.note("What there is to do.");
        let good = m.wire("good", "the job can be done", !e(&job.code).any());
        let sums = some(&kept.m_kept) & some(&kept.n_kept);
        let sums = m.wire("has_sums", "there are sums that are kept", sums);
        let works = good.clone() & sums.clone() & some(&kept.k_kept);
        let works = m.wire("works", "there are products to be made", works);
        let needs_a = works.clone() & !(e(&job.keep_a) & &self.there_q);
        let needs_a = m.wire("needs_a", "A is to be read", needs_a);
        let moved = some(&kept.k_kept) | !e(&job.in_place);
        let needs_c0 = good & &job.c0 & select(e(&job.bias), !e(&job.resume), sums & moved);
        let needs_c0 = m.wire("needs_c0", "C0 is to be read", needs_c0);
        At {
            is_nt: is(&job.layout, 1),
            is_tn: is(&job.layout, 2),
            dense: is(&job.policy, 0),
            gated: is(&job.policy, 1),
            packed: is(&job.policy, 2),
            works,
            needs_a,
            needs_c0,
        }
    }

    fn is_state(&self, state: State) -> Expr {
        e(&self.state_q).is(lit(state as u128, 3))
    }

    /// Where the loops over blocks, pieces and rows stand.
    fn row(&self, m: &mut Body, at: &At) -> Row {
        use State::{Hand, Idle, Place, Sums, A, B, C0};
        let state = [Idle, Place, A, Sums, C0, Hand, B].map(|state| self.is_state(state));
        let names = [
            "idle", "places", "in_a", "in_sums", "in_c0", "hands", "in_b",
        ];
        let mut named = names
            .iter()
            .zip(state)
            .map(|(name, is)| m.wire(name, "the stage's state", is));
        let state: [Expr; 7] = std::array::from_fn(|_| named.next().unwrap_or(e(false)));
        let step: [Expr; 7] = std::array::from_fn(|step| e(&self.step_q).is(lit(step as u128, 3)));
        let dim = self.dim();
        let next = m.wire(
            "next_row",
            "number of the next row",
            e(&self.row_q) + lit(1, dim),
        );
        let last = m.wire(
            "last_row",
            "the row is the block's last",
            next.is(&self.block_end_q),
        );
        let kept = self.along_kept(at).wide(dim + 1);
        let last_piece = !e(&self.reach_q).less_than(kept) | !state[B as usize].clone();
        let last_piece = m.wire("last_piece", "the piece is the rows' last", last_piece);
        let rows = self.rows(at, &state);
        let last_block = m.wire(
            "last_block",
            "the block is the job's last",
            e(&self.block_end_q).is(rows),
        );
        let order = step[4].clone() & (e(&self.order_ready_i) | &self.pass_q);
        let ordered = m.wire("ordered", "the order is taken, or there is none", order);
        let asks = !(e(&self.pass_q) | &self.bad_q);
        let passes = step[5].clone() & (e(&self.req_ready_i) | !asks);
        let passes = m.wire("passes", "the row is done with", passes);
        let marked = step[6].clone() & &self.order_ready_i;
        let marked = m.wire("marked", "the marker behind all rows is taken", marked);
        Row {
            state,
            step,
            last,
            last_piece,
            last_block,
            ordered,
            passes,
            marked,
        }
    }

    /// How many rows there are.
    fn rows(&self, at: &At, state: &[Expr; 7]) -> Expr {
        let (job, kept) = (&self.job_q, &self.kept_q);
        let b = select(at.is_nt.clone(), &kept.n_kept, &kept.k_kept);
        let a = select(at.is_tn.clone(), &kept.k_kept, &kept.m_kept);
        let c0 = select(e(&job.bias), lit(1, self.dim()), &kept.m_kept);
        let other = select(state[State::A as usize].clone(), a, c0);
        select(state[State::B as usize].clone(), b, other)
    }

    /// Elements along a row of B that are kept.
    fn along_kept(&self, at: &At) -> Expr {
        let kept = &self.kept_q;
        select(at.is_nt.clone(), &kept.k_kept, &kept.n_kept)
    }

    /// What is needed on chip, and whether there is room.
    fn places(&self, m: &mut Body, at: &At, row: &Row) -> Expr {
        let (dim, config) = (self.dim(), &self._config);
        let (job, kept) = (&self.job_q, &self.kept_q);
        m.note("Tiles, then the words that A and the sums take.");
        let r = select(at.is_tn.clone(), &kept.m_kept, &kept.k_kept);
        let most = config.engine().max_dim;
        let tiles = groups(m, "r_tiles", (r, most), config.rows, dim);
        m.reg(&self.r_tiles_q, row.step[0].clone(), tiles);
        let tiles = groups(m, "c_tiles", (e(&kept.n_kept), most), config.cols, dim);
        m.reg(&self.c_tiles_q, row.step[0].clone(), tiles);
        let s = select(at.is_tn.clone(), &kept.k_kept, &kept.m_kept);
        let a = product(s, e(&self.r_tiles_q), 2 * dim);
        let a = fit_named(m, "a_words", "words of A", a, END_BITS);
        let a = select(at.needs_a.clone(), a, lit(0, END_BITS));
        m.reg(&self.a_need_q, row.step[1].clone(), a);
        let held = e(&job.m).wide(dim + 1) + e(&job.bias).wide(dim + 1);
        let held = product(held, e(&self.c_tiles_q), 2 * dim + 1);
        let held = fit_named(m, "held", "words of the sums", held, END_BITS);
        m.reg(
            &self.sums_end_q,
            row.step[1].clone(),
            held + e(&job.sums).wide(END_BITS),
        );

        let space = &self.space;
        let placed =
            row.state[State::Place as usize].clone() & row.step[2].clone() & &space.a_fits_o;
        let placed = m.wire("placed", "there is a place for A", placed);
        m.assign(&space.slot_i, &job.slot);
        m.assign(&space.a_need_i, &self.a_need_q);
        m.assign(&space.a_keep_i, at.works.clone() & !at.needs_a.clone());
        m.assign(&space.a_take_i, placed.clone() & at.works.clone());
        m.assign(&space.a_done_i, &self.a_done_i);
        m.reg(&self.a_word_q, placed.clone(), &space.a_word_o);
        m.reg(
            &self.there_q,
            placed,
            at.works.clone() | (e(&job.keep_a) & &self.there_q),
        );
        m.assign(&space.sums_from_i, &job.sums);
        m.assign(&space.sums_to_i, &self.sums_end_q);
        let free = e(&space.sums_free_o) | &job.resume | e(&job.code).any();
        let free = m.wire("sums_free", "the job's sums are its own", free);
        let takes = row.state[State::Sums as usize].clone() & free.clone() & !e(&job.code).any();
        m.assign(&space.sums_take_i, takes);
        m.assign(&space.done_i, &self.done_i);
        free
    }

    /// From state to state, from step to step.
    fn moves(&self, m: &mut Body, at: &At, row: &Row, free: Expr) -> Expr {
        use State::{Hand, Idle, Place, Sums, A, B, C0};
        let [idle, places, in_a, in_sums, in_c0, hands, in_b] = row.state.clone();
        let stuck = in_sums.clone() & !free.clone();
        m.assign(&self.stuck_o, stuck.clone());
        m.assign(
            &self.more_o,
            (!idle.clone() & !stuck & !in_b.clone()) | &self.handed_q,
        );
        let ready = idle.clone() & !e(&self.handed_q);
        let ready = m.wire("ready", "a job may come", ready);
        m.assign(&self.job_ready_o, ready.clone());
        let takes = ready & &self.job_valid_i;
        let takes = m.wire("takes", "a job is taken", takes);
        let number = |state: State| lit(state as u128, 3);
        let fits = row.step[2].clone() & &self.space.a_fits_o;
        let over = row.last.clone() & row.last_piece.clone() & row.last_block.clone();
        let over = m.wire("over", "the row is the last of all", over);
        let b_over = in_b.clone() & row.passes.clone() & over.clone();
        let (a, c0) = (at.needs_a.clone(), at.needs_c0.clone());
        let after_b = select(at.works.clone(), number(B), number(Idle));
        let arms = [
            (takes.clone(), number(Place)),
            (places.clone() & fits, select(a, number(A), number(Sums))),
            (in_a.clone() & row.marked.clone(), number(Sums)),
            (in_sums & free, select(c0, number(C0), number(Hand))),
            (in_c0.clone() & row.marked.clone(), number(Hand)),
            (hands.clone(), after_b),
            (b_over, number(Idle)),
        ];
        let leaves = arms
            .iter()
            .fold(e(false), |any, (when, _)| any | when.clone());
        let leaves = m.wire("leaves", "the state ends", leaves);
        let next = arms
            .into_iter()
            .rev()
            .fold(number(Idle), |other, (when, to)| select(when, to, other));
        m.note("State by state: only what the job needs.");
        m.reg(&self.state_q, leaves.clone(), next);
        m.note("The steps of a row: its number, two of its address, order, request; behind the last one a marker.");
        let mark = row.passes.clone() & over & !in_b.clone();
        let room = !in_b.clone()
            | e(&self.used_q).less_than(lit(
                self._config.engine().b_slots as u128,
                self.used_q.len(),
            ));
        let waits = (row.step[3].clone() & !room)
            | (row.step[4].clone() & !row.ordered.clone())
            | (row.step[5].clone() & !row.passes.clone())
            | (row.step[6].clone() & !row.marked.clone())
            | (places & row.step[2].clone());
        let again = select(mark, lit(6, 3), lit(0, 3));
        let step = select(row.passes.clone(), again, e(&self.step_q) + lit(1, 3));
        let step = select(leaves.clone(), lit(0, 3), select(waits, &self.step_q, step));
        m.reg(&self.step_q, !idle, step);
        m.regs(self.job_q.nets(), &takes, self.job_i.nets());
        m.regs(self.kept_q.nets(), &takes, self.kept_i.nets());
        m.note("The job waits for the sequence stage while B is asked for.");
        let handed = e(&self.handed_q) & !e(&self.job_ready_i);
        m.reg(&self.handed_q, true, hands | handed);
        m.assign(&self.job_valid_o, &self.handed_q);
        m.join(self.job_o.nets(), self.job_q.nets());
        m.join(self.kept_o.nets(), self.kept_q.nets());
        m.assign(&self.a_word_o, &self.a_word_q);
        m.assign(&self.works_o, at.works.clone());
        m.assign(&self.awaits_a_o, at.needs_a.clone());
        m.assign(&self.awaits_c0_o, at.needs_c0.clone());
        leaves
    }

    /// The loops: blocks of rows, pieces of the rows of a block, rows.
    fn loops(&self, m: &mut Body, at: &At, row: &Row, leaves: &Expr) {
        let (dim, config, engine) = (self.dim(), &self._config, self._config.engine());
        let in_b = row.state[State::B as usize].clone();
        let (next, moves) = (e(&self.row_q) + lit(1, dim), row.passes.clone());
        let moves = m.wire("moves", "the loops move on", moves);
        let new_block = row.last.clone() & row.last_piece.clone();
        let back = select(row.last_piece.clone(), next.clone(), &self.block_q);
        let next = select(row.last.clone(), back, next);
        m.note("Rows of a block, for each piece again; then the next block.");
        m.reg(
            &self.row_q,
            leaves.clone() | moves.clone(),
            select(leaves.clone(), lit(0, dim), next),
        );
        let enters = m.wire(
            "enters",
            "a block begins",
            leaves.clone() | (moves.clone() & new_block.clone()),
        );
        let from = select(leaves.clone(), lit(0, dim), &self.block_end_q);
        m.reg(&self.block_q, enters.clone(), from.clone());
        // The end is known a step later: as many rows as a block has, or as there are.
        let bits = dim.max(bits_to(config.rows)).max(16 + bits_to(config.cols)) + 1;
        let panel_bits = 16 + bits_to(config.cols);
        let panel = product(
            e(&self.job_q.panel),
            lit(config.cols as u128, panel_bits),
            panel_bits,
        );
        let all = lit((1 << dim) - 1, bits);
        let panel = select(e(&self.job_q.panel).any(), panel.wide(bits), all.clone());
        let size = select(
            at.is_nt.clone(),
            panel,
            select(
                at.is_tn.clone(),
                all.clone(),
                lit(config.rows as u128, bits),
            ),
        );
        let size = m.wire(
            "block_size",
            "rows of a block",
            select(in_b.clone(), size, all),
        );
        let end = e(&self.block_q).wide(bits + 1) + size.wide(bits + 1);
        let end = m.wire(
            "behind",
            "number of the row behind the block, if there are so many",
            end,
        );
        let rows = self.rows(at, &row.state);
        let end = select(
            rows.clone().wide(bits + 1).less_than(end.clone()),
            rows,
            end.slice(0, dim),
        );
        m.reg(&self.block_end_q, row.step[0].clone(), end);

        m.note("Pieces of a row: their elements, by their bounds where some are left out.");
        let pieces = enters | (moves.clone() & row.last.clone());
        let begins = leaves.clone() | (moves & new_block);
        let each = |each: usize| lit((engine.slot_words * each) as u128, dim + 1);
        let each = select(at.is_nt.clone(), each(config.rows), each(config.cols));
        let each = m.wire("each", "kept elements of a piece", each);
        let reach = select(begins.clone(), lit(0, dim + 1), &self.reach_q);
        m.reg(&self.reach_q, pieces.clone(), reach + each.clone());
        let piece = select(begins.clone(), lit(0, dim), e(&self.piece_q) + lit(1, dim));
        m.reg(&self.piece_q, pieces.clone(), piece);
        m.reg(
            &self.low_q,
            pieces,
            select(begins, lit(0, dim + 1), &self.high_q),
        );
        let along = select(at.is_nt.clone(), &self.job_q.k, &self.job_q.n).wide(dim + 1);
        let sum = e(&self.low_q) + each;
        let sum = select(along.clone().less_than(sum.clone()), along, sum);
        let masked = select(at.is_nt.clone(), &self.job_q.mask_k, &self.job_q.mask_n);
        let high = select(
            at.packed.clone() & masked,
            e(&self.bound_data_i).wide(dim + 1),
            sum,
        );
        m.reg(&self.high_q, row.step[1].clone(), high);
    }

    /// The row's number, and its address.
    fn address(&self, m: &mut Body, at: &At, row: &Row) {
        let (dim, engine) = (self.dim(), self._config.engine());
        let (job, kept) = (&self.job_q, &self.kept_q);
        let [_, _, in_a, _, in_c0, _, in_b] = row.state.clone();
        let index = self._config.index_bits();
        let number = e(&self.row_q).slice(0, index);
        m.assign(&self.list_m_addr_o, concat([e(&job.slot), number.clone()]));
        m.assign(
            &self.list_row_addr_o,
            concat([e(&job.slot).slice(0, 1), number]),
        );
        let piece = e(&self.piece_q) + lit(1, dim);
        let bounds = self._config.bound_bits();
        let piece = fit_named(m, "next_piece", "number of the next piece", piece, bounds);
        m.assign(
            &self.bound_addr_o,
            concat([e(&job.slot).slice(0, 1), piece]),
        );
        m.note("Where there is no list, a row has its number, and is kept and fresh.");
        let by_row = in_b.clone() | (in_a.clone() & at.is_tn.clone());
        let by_row = m.wire("by_row", "the list is that of rows of B", by_row);
        let entry = select(
            by_row.clone(),
            e(&self.list_row_data_i).slice(0, index).wide(dim),
            e(&self.list_m_data_i).slice(0, index).wide(dim),
        );
        let keep = select(
            by_row.clone(),
            e(&self.list_row_data_i).bit(index),
            e(&self.list_m_data_i).bit(index),
        );
        let bias = in_c0.clone() & &job.bias;
        let listed = select(by_row, &kept.listed_row, &kept.listed_m) & !bias.clone();
        let listed = m.wire("listed", "there is a list", listed);
        let number = select(bias.clone(), lit(0, dim), &self.row_q);
        m.reg(
            &self.index_q,
            row.step[1].clone(),
            select(listed.clone(), entry, number),
        );
        m.reg(&self.keep_q, row.step[1].clone(), keep | !listed.clone());
        let fresh = e(&self.list_m_data_i).bit(index + 1) | !listed;
        m.reg(&self.pass_q, row.step[1].clone(), in_c0.clone() & !fresh);

        m.note("Bytes from the base to the row, then its first byte.");
        let addr = engine.addr_bits;
        let stride = select(
            in_b.clone(),
            &job.b_stride,
            select(in_a.clone(), &job.a_stride, &job.c0_stride),
        );
        let offset = fit_named(
            m,
            "offset",
            "bytes from the base to the row",
            product(e(&self.index_q), stride, dim + 32),
            addr,
        );
        m.reg(&self.offset_q, row.step[2].clone(), offset);
        let base = select(
            in_b.clone(),
            &job.b,
            select(in_a.clone(), &job.a, &job.c0_base),
        );
        let operand = self._config.operand_bytes().trailing_zeros() as usize;
        let along = match operand {
            0 => e(&self.low_q).wide(addr),
            _ => concat([e(&self.low_q), lit(0, operand)]).wide(addr),
        };
        let along = select(in_b.clone(), along, lit(0, addr));
        m.reg(
            &self.addr_q,
            row.step[3].clone(),
            base + &self.offset_q + along,
        );

        m.note("Where its words go: rows of A behind each other, sums by their m, a slot for each piece of B.");
        let m_index = select(bias, &job.m, &self.index_q);
        let sums = product(m_index, e(&self.c_tiles_q), 2 * dim);
        let sums = fit_named(
            m,
            "sum_words",
            "words of the sums before the row",
            sums,
            WORD_BITS,
        ) + &job.sums;
        let a = select(
            e(&self.row_q).is(lit(0, dim)),
            &self.a_word_q,
            e(&self.word_q) + fit(e(&self.r_tiles_q), WORD_BITS),
        );
        let word = select(in_b.clone(), &self.slot_word_q, select(in_a, a, sums));
        m.reg(&self.word_q, row.step[2].clone(), word);
        let asked = m.wire(
            "placed_piece",
            "a piece of B has its order",
            in_b & row.ordered.clone(),
        );
        let bits = self.slot_q.len();
        let wraps = e(&self.slot_q).is(lit(engine.b_slots as u128 - 1, bits));
        m.reg(
            &self.slot_q,
            asked.clone(),
            select(wraps.clone(), lit(0, bits), e(&self.slot_q) + lit(1, bits)),
        );
        let step = e(&self.slot_word_q) + lit(engine.slot_words as u128, WORD_BITS);
        m.reg(
            &self.slot_word_q,
            asked.clone(),
            select(wraps, lit(0, WORD_BITS), step),
        );
        m.reg(
            &self.used_q,
            true,
            e(&self.used_q) + asked.wide(bits) - &self.b_free_i,
        );
    }

    /// The order and the request.
    fn offers(&self, m: &mut Body, at: &At, row: &Row) {
        let dim = self.dim();
        let (job, order) = (&self.job_q, &self.order_o);
        let [_, _, in_a, _, in_c0, _, in_b] = row.state.clone();
        let marker = row.step[6].clone();
        let offers = (row.step[4].clone() & !e(&self.pass_q)) | marker.clone();
        let busy = in_a.clone() | in_b.clone() | in_c0.clone();
        m.assign(&self.order_valid_o, offers & busy.clone());
        let r_mask = select(at.is_tn.clone(), &job.mask_m, &job.mask_k);
        let along_mask = select(at.is_nt.clone(), &job.mask_k, &job.mask_n);
        let masked = select(
            in_a.clone(),
            r_mask,
            select(in_b.clone(), along_mask, e(&job.mask_n) & !at.dense.clone()),
        );
        let masked = m.wire("masked", "there is a mask along the row", masked);
        let mode = select(
            at.packed.clone(),
            lit(1, 2),
            select(at.dense.clone(), lit(2, 2), lit(0, 2)),
        );
        m.assign(&order.sum, in_c0.clone());
        m.assign(
            &order.along,
            in_a.clone() | (in_b.clone() & at.is_nt.clone()),
        );
        m.assign(&order.mode, select(masked, mode, lit(0, 2)));
        let r = select(at.is_tn.clone(), lit(0, 2), lit(1, 2));
        let along = select(at.is_nt.clone() & in_b.clone(), lit(1, 2), lit(2, 2));
        m.assign(
            &order.mask,
            concat([e(&job.slot), select(in_a.clone(), r, along)]),
        );
        let first = select(in_b.clone(), e(&self.low_q).slice(0, dim), lit(0, dim));
        m.assign(&order.first, first);
        let r_all = select(at.is_tn.clone(), &job.m, &job.k);
        let piece = fit_named(
            m,
            "piece",
            "elements of the piece",
            e(&self.high_q) - &self.low_q,
            dim,
        );
        let count = select(in_b.clone(), piece, select(in_a.clone(), r_all, &job.n));
        let count = m.wire("count", "elements of the row", count);
        m.assign(
            &order.count,
            select(marker.clone(), lit(1, dim), count.clone()),
        );
        m.assign(
            &order.zero,
            at.dense.clone() & !e(&self.keep_q) & !in_c0.clone(),
        );
        let to = select(in_a.clone(), lit(1, 2), lit(3, 2));
        let to = select(in_b.clone(), lit(2, 2), to);
        m.assign(&order.to, select(marker.clone(), lit(0, 2), to));
        m.assign(&order.addr, &self.word_q);
        m.assign(&order.keep, !at.gated.clone() | &self.keep_q);
        let event = select(in_a.clone(), lit(1, 2), lit(2, 2));
        let event = select(
            marker.clone(),
            event,
            select(in_b.clone() & row.last.clone(), lit(3, 2), lit(0, 2)),
        );
        m.assign(&order.event, event);
        m.assign(&order.bad, marker | &self.bad_i);
        m.note("The request does as its order said, whatever has come meanwhile.");
        m.reg(&self.bad_q, row.ordered.clone(), &self.bad_i);
        let asks = row.step[5].clone() & !(e(&self.pass_q) | &self.bad_q) & busy;
        m.assign(&self.req_valid_o, asks.clone());
        m.assign(&self.req_addr_o, &self.addr_q);
        let bytes = |each: usize| {
            let shift = each.trailing_zeros() as usize;
            fit(count.clone(), 16).shifted_left(shift)
        };
        let bytes = select(
            in_c0,
            bytes(self._config.sum_bytes()),
            bytes(self._config.operand_bytes()),
        );
        m.assign(&self.req_bytes_o, bytes);
        m.note("Rows of B are told once, with their first piece.");
        let first = e(&self.piece_q).is(lit(0, dim));
        m.assign(&self.fetched_o, asks & in_b & first & &self.req_ready_i);
        m.assign(
            &self.skips_o,
            row.state[State::Hand as usize].clone() & !e(&job.code).any(),
        );
        let kept = select(at.is_nt.clone(), &self.kept_q.n_kept, &self.kept_q.k_kept);
        let all = select(at.is_nt.clone(), &job.n, &job.k);
        m.assign(&self.skipped_o, all - kept);
    }
}

impl Describe for Load {
    fn describe(&self, m: &mut Body) {
        let at = self.job(m);
        let row = self.row(m, &at);
        let free = self.places(m, &at, &row);
        let leaves = self.moves(m, &at, &row, free);
        self.loops(m, &at, &row, &leaves);
        self.address(m, &at, &row);
        self.offers(m, &at, &row);
    }
}
