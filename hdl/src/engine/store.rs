//! The end of a job: its rows of C are written, and what became of it is told.

use super::codes::job as codes;
use super::ended::{Last, Once};
use super::load::WORD_BITS;
use super::numbers::{fit, fit_named, groups, product};
use super::ring::INDEX_BITS;
use crate::bundle::Running;
use crate::describe::{concat, e, lit, select, Body, Compiled, Describe, Expr, Net, Reg, Stored};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// What the store stage is about, its states in their order.
#[derive(Clone, Copy)]
enum State {
    /// No job.
    Idle = 0,
    /// The live bits of 32 rows are read.
    Look = 1,
    /// A row: which sums, if any.
    Row = 2,
    /// The order of a row.
    Order = 3,
    /// The words of a row.
    Words = 4,
    /// Until all is written.
    Drain = 5,
    /// The job is told to be done.
    Done = 6,
}

/// Takes a job whose sums are there and writes its rows of C; then the job is done, in its turn. After one that failed it
/// stands still until that is cleared.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "engine_store")]
pub struct Store {
    clocked: Running,
    /// a job's sums are there
    #[hw(group = "Job, in its turn")]
    pub last_valid_i: Net<In, Bit>,
    /// the job is taken
    pub last_ready_o: Net<Out, Bit>,
    /// job
    pub last_i: Last<In>,
    /// job
    pub once_i: Once<In>,
    /// an error waits to be cleared
    pub halted_i: Net<In, Bit>,
    /// a write was an error
    pub write_error_i: Net<In, Bit>,
    /// all is written
    pub write_idle_i: Net<In, Bit>,
    /// no row is on its way to the write master
    pub expand_idle_i: Net<In, Bit>,

    /// place and word of 32 rows
    #[hw(group = "Live rows", lanes = 4 + config.index_bits() - 5)]
    pub live_addr_o: Net<Out, Bit>,
    /// which of them have sums, in the next cycle
    #[hw(lanes = 32)]
    pub live_data_i: Net<In, Bit>,

    /// a word of sums is asked for
    #[hw(group = "Sums")]
    pub sum_req_valid_o: Net<Out, Bit>,
    /// it comes in the next cycle
    pub sum_req_ready_i: Net<In, Bit>,
    /// which one
    #[hw(lanes = WORD_BITS)]
    pub sum_req_addr_o: Net<Out, Bit>,

    /// a row is ordered
    #[hw(group = "To expand")]
    pub order_valid_o: Net<Out, Bit>,
    /// the order is taken
    pub order_ready_i: Net<In, Bit>,
    /// first byte of the row
    #[hw(lanes = config.engine().addr_bits)]
    pub order_addr_o: Net<Out, Bit>,
    /// elements of the row
    #[hw(lanes = config.engine().dim_bits())]
    pub order_count_o: Net<Out, Bit>,
    /// sums come: else all elements are zero
    pub order_sums_o: Net<Out, Bit>,
    /// only kept columns have sums
    pub order_packed_o: Net<Out, Bit>,
    /// dropped columns are not written
    pub order_masked_o: Net<Out, Bit>,
    /// dropped columns are zero
    pub order_zeros_o: Net<Out, Bit>,
    /// mask of n: the job's place
    #[hw(lanes = 4)]
    pub order_mask_o: Net<Out, Bit>,

    /// nothing more of the job is to be written
    #[hw(group = "What became of it")]
    pub stop_o: Net<Out, Bit>,
    /// a job is done
    pub done_o: Net<Out, Bit>,
    /// the job failed
    pub failed_o: Net<Out, Bit>,
    /// the job asked for an interrupt, and did not fail
    pub irq_o: Net<Out, Bit>,
    /// what is wrong with it
    #[hw(lanes = 8)]
    pub code_o: Net<Out, Bit>,
    /// words of it were wrong: what is told of that is its slot's
    pub bad_o: Net<Out, Bit>,
    /// its slot
    #[hw(lanes = 2)]
    pub slot_o: Net<Out, Bit>,
    /// its tag
    #[hw(lanes = 16)]
    pub tag_o: Net<Out, Bit>,
    /// number of its descriptor
    #[hw(lanes = INDEX_BITS)]
    pub index_o: Net<Out, Bit>,
    /// a job is being stored
    pub busy_o: Net<Out, Bit>,

    /// what it is about
    #[hw(lanes = 3, style = config.control_style())]
    state_q: Reg<Bit>,
    /// job
    #[hw(style = config.data_style())]
    job_q: Last<Stored>,
    /// what is wrong with the job
    #[hw(lanes = 8, style = config.control_style())]
    code_q: Reg<Bit>,
    /// the job before failed
    #[hw(style = config.control_style())]
    failed_q: Reg<Bit>,
    /// the live bits are there
    #[hw(style = config.control_style())]
    looked_q: Reg<Bit>,
    /// the row m
    #[hw(lanes = config.engine().dim_bits(), style = config.data_style())]
    row_q: Reg<Bit>,
    /// live bits from it on
    #[hw(lanes = 32, style = config.data_style())]
    live_q: Reg<Bit>,
    /// first byte of the row
    #[hw(lanes = config.engine().addr_bits, style = config.data_style())]
    addr_q: Reg<Bit>,
    /// first word of its sums
    #[hw(lanes = WORD_BITS, style = config.data_style())]
    sums_q: Reg<Bit>,
    /// first word behind all sums: those of every row, if C0 is one
    #[hw(lanes = WORD_BITS, style = config.data_style())]
    bias_q: Reg<Bit>,
    /// words of a row's sums
    #[hw(lanes = config.engine().dim_bits(), style = config.data_style())]
    tiles_q: Reg<Bit>,
    /// words that are still to be read
    #[hw(lanes = config.engine().dim_bits(), style = config.data_style())]
    left_q: Reg<Bit>,
    /// word that is read
    #[hw(lanes = WORD_BITS, style = config.data_style())]
    word_q: Reg<Bit>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl Store {
    fn dim(&self) -> usize {
        self._config.engine().dim_bits()
    }

    fn is(&self, state: State) -> Expr {
        e(&self.state_q).is(lit(state as u128, 3))
    }

    /// The job is taken, and its verdict so far.
    fn takes(&self, m: &mut Body) -> Expr {
        let (job, once) = (&self.last_i, &self.once_i);
        let ready = m.wire(
            "ready",
            "a job may come",
            self.is(State::Idle) & !e(&self.halted_i),
        );
        let takes = m.wire(
            "takes",
            "a job is taken",
            ready.clone() & &self.last_valid_i,
        );
        m.assign(&self.last_ready_o, ready);
        m.regs(self.job_q.nets(), &takes, job.nets());
        let code = |code: u8| lit(u128::from(code), 8);
        let failed = e(&self.failed_q);
        let own = e(&once.code);
        let inherited = select(
            failed.clone() & &once.resume,
            code(codes::NO_SUMS),
            select(failed & &once.keep_a, code(codes::KEEP_A), code(0)),
        );
        let inherited = select(
            inherited.clone().any(),
            inherited,
            select(e(&job.bad), code(codes::BUS), code(0)),
        );
        // In the order of the checks: what a job lacks because the one before failed comes before COPY.
        let late =
            [codes::NO_SUMS, codes::KEEP_A, codes::COPY].map(|late| own.clone().is(code(late)));
        let late = late.into_iter().fold(e(false), |any, late| any | late);
        let early = own.clone().any() & !(late & inherited.clone().any());
        let verdict = select(early, own, inherited);
        let verdict = m.wire("verdict", "what is wrong with the job that comes", verdict);
        m.note("What is wrong: with the job, with one that it builds upon, with its words, with a write.");
        let hit = e(&self.write_error_i) & !e(&self.code_q).any() & !self.is(State::Idle);
        let value = select(takes.clone(), verdict, code(codes::BUS));
        m.reg(&self.code_q, takes.clone() | hit, value);
        m.reg(&self.failed_q, self.is(State::Done), e(&self.code_q).any());
        takes
    }

    fn rows(&self, m: &mut Body, takes: &Expr) {
        use State::{Done, Drain, Idle, Look, Order, Row, Words};
        let (dim, config) = (self.dim(), &self._config);
        let job = &self.job_q;
        let number = |state: State| lit(state as u128, 3);
        let [looks, rows, orders, words] = [Look, Row, Order, Words].map(|state| self.is(state));
        let rows = m.wire("in_row", "a row is looked at", rows);
        let orders = m.wire("in_order", "a row is ordered", orders);
        let words = m.wire("in_words", "a row's words are read", words);
        let live = m.wire("live", "the row has sums", e(&self.live_q).bit(0));
        let bias = m.wire(
            "bias",
            "every row starts from the same one",
            e(&job.c0) & &job.bias,
        );
        let sums = m.wire(
            "has_sums",
            "the row's words are read",
            live.clone() | bias.clone(),
        );
        let skips = !sums.clone() & &job.c0;
        let dense = e(&job.policy).is(lit(0, 2));
        let packed = e(&job.policy).is(lit(2, 2));
        let stops = m.wire(
            "stops",
            "nothing more is to be written",
            e(&self.code_q).any(),
        );
        let next = e(&self.row_q) + lit(1, dim);
        let last = m.wire("last_row", "the row is the last", next.clone().is(&job.m));
        let ordered = m.wire(
            "ordered",
            "the order is taken",
            orders.clone() & &self.order_ready_i,
        );
        let read = m.wire(
            "read",
            "a word is read",
            words.clone() & &self.sum_req_ready_i,
        );
        let none = !e(&self.tiles_q).any();
        let through = read.clone() & e(&self.left_q).is(lit(1, dim));
        let passes = (rows.clone() & skips.clone())
            | (ordered.clone() & (!sums.clone() | none.clone()))
            | through;
        let passes = m.wire("passes", "the row is done with", passes);
        let again = select(e(&self.row_q).slice(0, 5).all(), number(Look), number(Row));
        let onward = select(last | stops.clone(), number(Drain), again);
        let nothing = e(&self.once_i.stay);
        let looked = looks.clone() & &self.looked_q;
        let begins = select(nothing, number(Drain), number(Look));
        let idle = e(&self.expand_idle_i) & &self.write_idle_i;
        let drained = self.is(Drain) & idle;
        let arms = [
            (takes.clone(), begins),
            (looks.clone() & stops, number(Drain)),
            (looked.clone(), number(Row)),
            (passes.clone(), onward),
            (rows & !skips, number(Order)),
            (ordered & sums.clone() & !none, number(Words)),
            (drained, number(Done)),
            (self.is(Done), number(Idle)),
        ];
        let leaves = arms
            .iter()
            .fold(e(false), |any, (when, _)| any | when.clone());
        let state = arms
            .into_iter()
            .rev()
            .fold(number(Idle), |other, (when, to)| select(when, to, other));
        m.note("Rows one after the other, those that need no word in a cycle.");
        m.reg(&self.state_q, leaves, state);
        m.reg(&self.looked_q, true, looks & !e(&self.looked_q));

        m.note("Where the row is, in memory and in the accumulators.");
        let takes = takes.clone();
        let moves = takes.clone() | passes.clone();
        m.reg(
            &self.row_q,
            moves.clone(),
            select(takes.clone(), lit(0, dim), next),
        );
        let shifted = e(&self.live_q).shifted_right(1);
        m.reg(
            &self.live_q,
            passes | looked.clone(),
            select(looked, &self.live_data_i, shifted),
        );
        let addr = self.addr_q.len();
        let step = e(&self.addr_q) + fit(e(&job.c_stride), addr);
        m.reg(
            &self.addr_q,
            moves.clone(),
            select(takes.clone(), &self.once_i.c, step),
        );
        let most = config.engine().max_dim;
        let tiles = groups(m, "tiles", (e(&job.n_kept), most), config.cols, dim);
        m.reg(&self.tiles_q, self.is(Look), tiles);
        let step = e(&self.sums_q) + fit(e(&self.tiles_q), WORD_BITS);
        m.reg(&self.sums_q, moves, select(takes, &self.last_i.sums, step));
        let held = product(e(&job.m), e(&self.tiles_q), 2 * dim);
        let held = fit_named(m, "held", "words of all rows", held, WORD_BITS);
        m.reg(&self.bias_q, true, held + &job.sums);
        let from = select(live, &self.sums_q, &self.bias_q);
        let word = select(orders.clone(), from, e(&self.word_q) + lit(1, WORD_BITS));
        m.reg(&self.word_q, orders.clone() | read.clone(), word);
        let left = select(orders.clone(), &self.tiles_q, e(&self.left_q) - lit(1, dim));
        m.reg(&self.left_q, orders.clone() | read, left);

        m.assign(
            &self.live_addr_o,
            concat([
                e(&job.turn),
                e(&job.slot),
                e(&self.row_q).slice(5, config.index_bits() - 5),
            ]),
        );
        m.assign(&self.sum_req_valid_o, words);
        m.assign(&self.sum_req_addr_o, &self.word_q);
        m.assign(&self.order_valid_o, orders);
        m.assign(&self.order_addr_o, &self.addr_q);
        m.assign(&self.order_count_o, &job.n);
        let masked = m.wire("masked", "columns are dropped", e(&job.mask_n) & !dense);
        m.assign(&self.order_sums_o, sums);
        m.assign(&self.order_packed_o, masked.clone() & packed);
        m.assign(&self.order_masked_o, masked.clone() & &job.c0);
        m.assign(&self.order_zeros_o, masked & !e(&job.c0));
        m.assign(&self.order_mask_o, concat([e(&job.turn), e(&job.slot)]));
    }

    fn tells(&self, m: &mut Body) {
        let done = self.is(State::Done);
        let failed = e(&self.code_q).any();
        m.assign(&self.stop_o, failed.clone());
        m.assign(&self.done_o, done.clone());
        m.assign(&self.failed_o, done.clone() & failed.clone());
        m.assign(&self.irq_o, done & &self.job_q.irq & !failed);
        m.assign(&self.code_o, &self.code_q);
        m.assign(&self.bad_o, &self.job_q.bad);
        m.assign(&self.slot_o, &self.job_q.slot);
        m.assign(&self.tag_o, &self.job_q.tag);
        m.assign(&self.index_o, &self.job_q.index);
        m.assign(&self.busy_o, !self.is(State::Idle));
    }
}

impl Describe for Store {
    fn describe(&self, m: &mut Body) {
        let takes = self.takes(m);
        self.rows(m, &takes);
        self.tells(m);
    }
}
