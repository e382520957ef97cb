//! Requests for the operands of a job, in their order: A, C0, B.

mod loops;
mod moves;
mod requests;

use crate::bundle::Running;
use crate::describe::{bits_to, e, lit, select, Body, Compiled, Describe, Expr, Net, Reg, Stored};
use crate::engine::job::{Job, Kept};
use crate::engine::order::Order;
use crate::engine::space::{Space, END_BITS};
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
    /// there are products to be made
    #[hw(style = config.data_style())]
    works_q: Reg<Bit>,
    /// A is to be read
    #[hw(style = config.data_style())]
    needs_a_q: Reg<Bit>,
    /// C0 is to be read
    #[hw(style = config.data_style())]
    needs_c0_q: Reg<Bit>,
    /// the job can be done
    #[hw(style = config.data_style())]
    good_q: Reg<Bit>,
    /// the row is the block's last
    #[hw(style = config.data_style())]
    last_q: Reg<Bit>,
    /// the piece is the rows' last
    #[hw(style = config.data_style())]
    last_piece_q: Reg<Bit>,
    /// the block is the job's last
    #[hw(style = config.data_style())]
    last_block_q: Reg<Bit>,
    /// elements of the row
    #[hw(lanes = config.engine().dim_bits(), style = config.data_style())]
    elements_q: Reg<Bit>,
    /// there was room for the job's sums in the cycle before
    #[hw(style = config.control_style())]
    sums_free_q: Reg<Bit>,
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
    /// words of the sums before the row
    #[hw(lanes = WORD_BITS, style = config.data_style())]
    sum_words_q: Reg<Bit>,
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
    /// The job can be done.
    good: Expr,
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
        let needs_c0 = good.clone() & &job.c0 & select(e(&job.bias), !e(&job.resume), sums & moved);
        let needs_c0 = m.wire("needs_c0", "C0 is to be read", needs_c0);
        m.note("It is known before a place is sought, and stays.");
        let first = self.is_state(State::Place) & e(&self.step_q).is(lit(0, 3));
        let first = m.wire("first", "the job's first cycle", first);
        for (q, value) in [
            (&self.good_q, good),
            (&self.works_q, works),
            (&self.needs_a_q, needs_a),
            (&self.needs_c0_q, needs_c0),
        ] {
            m.reg(q, first.clone(), value);
        }
        At {
            is_nt: is(&job.layout, 1),
            is_tn: is(&job.layout, 2),
            dense: is(&job.policy, 0),
            gated: is(&job.policy, 1),
            packed: is(&job.policy, 2),
            good: e(&self.good_q),
            works: e(&self.works_q),
            needs_a: e(&self.needs_a_q),
            needs_c0: e(&self.needs_c0_q),
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
        m.note("All that is known two steps before a row's order, and kept in registers for it.");
        m.reg(&self.last_q, true, last);
        m.reg(&self.last_piece_q, true, last_piece);
        m.reg(&self.last_block_q, true, last_block);
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
            last: e(&self.last_q),
            last_piece: e(&self.last_piece_q),
            last_block: e(&self.last_block_q),
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
