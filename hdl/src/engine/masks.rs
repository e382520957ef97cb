//! From mask words in memory to counts, lists and tables.

use super::job::{Job, Kept};
use super::tables::{TableReads, TableWords, Tables};
use super::units::BARE;
use super::walker::{Walker, WORD};
use crate::bundle::Running;
use crate::describe::{
    bits_to, concat, e, lit, select, Body, Compiled, Describe, Expr, Net, Places, Reg, Stored,
};
use crate::prim::Ram;
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// The code of a job whose masks could not be read.
const BUS: u128 = 0x20;

/// The dimensions in the order in which they are walked, as they are numbered in the mask RAM.
const ORDER: [u128; 3] = [1, 2, 0];

/// Reads the masks of a job, walks over them, and hands the job on with what is kept. Masks are asked for in the
/// cycle after the job was taken, and walked one after the other, k, n, m, when all are there: three cycles
/// before a walk's first word, two behind its last one. A job with nothing to be read or walked is offered in the
/// cycle after it was taken. The next one is taken when the tables of what was not walked are full.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Masks {
    clocked: Running,
    /// a job comes
    #[hw(group = "Job")]
    pub job_valid_i: Net<In, Bit>,
    /// the job is taken if there is one
    pub job_ready_o: Net<Out, Bit>,
    /// job
    pub job_i: Job<In>,
    /// there is a job whose masks are walked
    #[hw(group = "The same with what is kept")]
    pub job_valid_o: Net<Out, Bit>,
    /// the job is taken if there is one
    pub job_ready_i: Net<In, Bit>,
    /// job
    pub job_o: Job<Out>,
    /// kept
    pub kept_o: Kept<Out>,
    /// a beat of its masks was an error
    pub error_o: Net<Out, Bit>,
    /// the first one's response
    #[hw(lanes = 2)]
    pub error_resp_o: Net<Out, Bit>,
    /// address of its burst
    #[hw(lanes = config.engine().addr_bits)]
    pub error_addr_o: Net<Out, Bit>,
    /// a mask is to be read
    #[hw(group = "Reads")]
    pub req_valid_o: Net<Out, Bit>,
    /// that was heard
    pub req_ready_i: Net<In, Bit>,
    /// its first byte
    #[hw(lanes = config.engine().addr_bits)]
    pub req_addr_o: Net<Out, Bit>,
    /// its bytes
    #[hw(lanes = 16)]
    pub req_bytes_o: Net<Out, Bit>,
    /// a word of a mask comes
    pub beat_valid_i: Net<In, Bit>,
    /// always high: the word is taken
    pub beat_ready_o: Net<Out, Bit>,
    /// the word
    #[hw(lanes = config.engine().bus_bits)]
    pub beat_data_i: Net<In, Bit>,
    /// the mask's last word
    pub beat_last_i: Net<In, Bit>,
    /// the response was an error
    pub beat_error_i: Net<In, Bit>,
    /// the response
    #[hw(lanes = 2)]
    pub beat_resp_i: Net<In, Bit>,
    /// address of the word's burst
    #[hw(lanes = config.engine().addr_bits)]
    pub beat_addr_i: Net<In, Bit>,
    /// for unpack: slot, dimension, word
    #[hw(group = "Mask bits", lanes = config.mask_address_bits())]
    pub bits_load_addr_i: Net<In, Bit>,
    /// mask bits, a cycle later
    #[hw(lanes = config.engine().bus_bits)]
    pub bits_load_data_o: Net<Out, Bit>,
    /// for expand, of n: place, word
    #[hw(lanes = config.mask_address_bits())]
    pub bits_store_addr_i: Net<In, Bit>,
    /// mask bits, a cycle later
    #[hw(lanes = config.engine().bus_bits)]
    pub bits_store_data_o: Net<Out, Bit>,
    #[hw(group = "Tables")]
    pub(super) reads_i: TableReads<In>,
    pub(super) words_o: TableWords<Out>,

    /// there is a job
    #[hw(style = config.control_style())]
    busy_q: Reg<Bit>,
    /// job
    #[hw(style = BARE)]
    job_q: Job<Stored>,
    /// masks of k, n, m that are to be asked for
    #[hw(lanes = 3, style = config.control_style())]
    asks_q: Reg<Bit>,
    /// masks of k, n, m that are not there
    #[hw(lanes = 3, style = config.control_style())]
    awaits_q: Reg<Bit>,
    /// walks over k, n, m that are not over
    #[hw(lanes = 3, style = config.control_style())]
    walks_q: Reg<Bit>,
    /// a walk is under way
    #[hw(style = config.control_style())]
    walking_q: Reg<Bit>,
    /// a walk is over
    #[hw(style = config.control_style())]
    closes_q: Reg<Bit>,
    /// tables of what is not walked are being filled
    #[hw(style = config.control_style())]
    filled_q: Reg<Bit>,
    /// the word of the mask that comes next
    #[hw(lanes = config.mask_word_bits(), style = config.control_style())]
    word_q: Reg<Bit>,
    /// kept
    #[hw(style = BARE)]
    kept_q: Kept<Stored>,
    /// a beat was an error
    #[hw(style = config.control_style())]
    error_q: Reg<Bit>,
    /// nothing is done for the job
    #[hw(style = config.control_style())]
    failed_q: Reg<Bit>,
    /// the first one's response
    #[hw(lanes = 2, style = BARE)]
    error_resp_q: Reg<Bit>,
    /// address of its burst
    #[hw(lanes = config.engine().addr_bits, style = BARE)]
    error_addr_q: Reg<Bit>,

    /// mask bits of the job, to walk over
    #[hw(build = Ram::new(config, 1 << (2 + config.mask_word_bits()), config.engine().bus_bits))]
    bits_walk: Ram,
    /// mask bits, for unpack
    #[hw(build = Ram::new(config, 1 << config.mask_address_bits(), config.engine().bus_bits))]
    bits_load: Ram,
    /// mask bits of n, for expand
    #[hw(build = Ram::new(config, 1 << config.mask_address_bits(), config.engine().bus_bits))]
    bits_store: Ram,
    /// walks
    walker: Walker,
    /// what walks find
    tables: Tables,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// What is known of the dimension that is at hand.
struct Dimension {
    number: Expr,
    dim: Expr,
}

impl Describe for Masks {
    fn describe(&self, m: &mut Body) {
        let take = self.take(m);
        self.fetch(m, &take);
        self.words(m);
        let starts = self.walk(m, &take);
        self.offer(m, &take);
        self.tables(m, starts);
    }
}

impl Masks {
    fn layout(&self, bit: usize) -> Expr {
        e(&self.job_q.layout).bit(bit)
    }

    /// Of a set of k, n, m: the first one.
    fn first(&self, m: &mut Body, set: &Reg<Bit>, name: [&str; 2]) -> Dimension {
        let (k, n) = (e(set).bit(0), e(set).bit(1));
        let [of_k, of_n, of_m] = ORDER.map(|number| lit(number, 2));
        let number = select(k.clone(), of_k, select(n.clone(), of_n, of_m));
        let job = &self.job_q;
        let dim = select(k, &job.k, select(n, &job.n, &job.m));
        Dimension {
            number: m.wire(name[0], "which dimension", number),
            dim: m.wire(name[1], "its indices", dim),
        }
    }

    /// `set` without its first one.
    fn without_first(set: &Reg<Bit>) -> Expr {
        e(set) & (e(set) - lit(1, 3))
    }

    /// A job is taken.
    fn take(&self, m: &mut Body) -> Expr {
        let ready = !e(&self.busy_q) & !e(&self.tables.busy_o);
        let ready = m.wire("job_ready", "a job may be taken", ready);
        m.assign(&self.job_ready_o, ready.clone());
        let take = m.wire("take", "a job is taken", ready & &self.job_valid_i);
        let (job, new) = (&self.job_q, &self.job_i);
        let code = job.code.place();
        let others = job.nets().0.into_iter();
        let others = others.map(|place| place.filter(|place| *place != code));
        m.note("What is to be done for it.");
        m.regs(Places(others.collect()), &take, new.nets());
        let fails = e(&self.beat_valid_i) & &self.beat_error_i;
        let fails = m.wire("fails", "a beat is an error", fails);
        let code = select(take.clone(), &new.code, lit(BUS, 8));
        m.reg(&job.code, take.clone() | fails.clone(), code);
        let failed = !take.clone() | e(&new.code).any();
        m.reg(&self.failed_q, take.clone() | fails.clone(), failed);
        m.note("The first error is told with the job.");
        m.reg(&self.error_q, take.clone() | fails.clone(), !take.clone());
        let first = fails & !e(&self.error_q);
        let first = m.wire("first_error", "the first one of the job", first);
        m.reg(&self.error_resp_q, first.clone(), &self.beat_resp_i);
        m.reg(&self.error_addr_q, first, &self.beat_addr_i);
        m.assign(&self.error_o, &self.error_q);
        m.assign(&self.error_resp_o, &self.error_resp_q);
        m.assign(&self.error_addr_o, &self.error_addr_q);
        take
    }

    /// Masks are asked for, and come.
    fn fetch(&self, m: &mut Body, take: &Expr) {
        let new = &self.job_i;
        let sound = !e(&new.code).any();
        let masks = concat([e(&new.mask_m), e(&new.mask_n), e(&new.mask_k)]);
        let masks = select(sound, masks, lit(0, 3));
        let masks = m.wire("masks", "masks of the job that comes", masks);
        let asked = self.first(m, &self.asks_q, ["asked", "asked_dim"]);
        let heard = e(&self.asks_q).any() & &self.req_ready_i;
        let asks = select(
            take.clone(),
            masks.clone(),
            Self::without_first(&self.asks_q),
        );
        m.reg(&self.asks_q, take.clone() | heard, asks);
        m.assign(&self.req_valid_o, e(&self.asks_q).any());
        let job = &self.job_q;
        let base = select(
            e(&self.asks_q).bit(0),
            &job.k_mask,
            select(e(&self.asks_q).bit(1), &job.n_mask, &job.m_mask),
        );
        m.assign(&self.req_addr_o, base);
        let dim = asked.dim.bits().known().unwrap_or(0);
        let bytes = asked.dim + lit(7, dim);
        let bytes = m.wire("bits_in_bytes", "bits of its whole bytes", bytes.wide(dim));
        super::units::unread_part(m, &bytes, 0, 3);
        m.assign(&self.req_bytes_o, bytes.slice(3, dim - 3).wide(16));
        drop(asked.number);

        let comes = e(&self.beat_valid_i) & &self.beat_last_i;
        let comes = m.wire("comes", "a mask is there", comes);
        let awaits = select(take.clone(), masks, Self::without_first(&self.awaits_q));
        m.reg(&self.awaits_q, take.clone() | comes.clone(), awaits);
        let bits = self.word_q.len();
        let next = select(comes, lit(0, bits), e(&self.word_q) + lit(1, bits));
        m.reg(&self.word_q, &self.beat_valid_i, next);
        m.assign(&self.beat_ready_o, e(true));
    }

    /// Words of masks are kept.
    fn words(&self, m: &mut Body) {
        let (k, n) = (e(&self.awaits_q).bit(0), e(&self.awaits_q).bit(1));
        let [of_k, of_n, of_m] = ORDER.map(|number| lit(number, 2));
        let number = select(k, of_k, select(n, of_n, of_m));
        let number = m.wire("coming", "the dimension whose mask comes", number);
        let at = concat([number.clone(), e(&self.word_q)]);
        let at = m.wire("word_at", "where the word that comes goes", at);
        let job = &self.job_q;
        let whole = concat([e(&job.slot), at.clone()]);
        let of_n = e(&self.beat_valid_i) & number.is(lit(2, 2));
        let placed = concat([e(&job.turn), e(&job.slot), e(&self.word_q)]);
        let ports = [
            (
                (&self.bits_load, e(&self.beat_valid_i), whole),
                &self.bits_load_addr_i,
                &self.bits_load_data_o,
            ),
            (
                (&self.bits_store, of_n, placed),
                &self.bits_store_addr_i,
                &self.bits_store_data_o,
            ),
        ];
        for ((ram, write, whole), from, to) in ports {
            ram.sized(m);
            m.assign(&ram.write_i, write);
            m.assign(&ram.waddr_i, whole);
            m.assign(&ram.wdata_i, &self.beat_data_i);
            m.assign(&ram.read_i, e(true));
            m.assign(&ram.raddr_i, from);
            m.assign(to, &ram.rdata_o);
        }
        self.bits_walk.sized(m);
        m.assign(&self.bits_walk.write_i, &self.beat_valid_i);
        m.assign(&self.bits_walk.waddr_i, at);
        m.assign(&self.bits_walk.wdata_i, &self.beat_data_i);
    }

    /// Dimensions are walked one after the other; when a walk begins.
    fn walk(&self, m: &mut Body, take: &Expr) -> Expr {
        let (job, new, walker) = (&self.job_q, &self.job_i, &self.walker);
        let dense = !e(&new.policy).any();
        let nt = e(&new.layout).bit(0);
        let sound = !e(&new.code).any();
        m.note(
            "A mask is walked unless the job is dense; then only that of rows is, which are fetched and zero.",
        );
        let of_k = e(&new.mask_k) & !(dense.clone() & nt.clone());
        let of_n = e(&new.mask_n) & !(dense & !nt.clone());
        let of_m = e(&new.mask_m) | &new.resume;
        let walks = concat([of_m, of_n, of_k]);
        let walks = select(sound, walks, lit(0, 3));
        let walks = m.wire(
            "walks",
            "dimensions of the job that comes to be walked",
            walks,
        );
        let listed_row = select(nt, walks.clone().bit(1), walks.clone().bit(0));
        m.reg(&self.kept_q.listed_m, take.clone(), walks.clone().bit(2));
        m.reg(&self.kept_q.listed_row, take.clone(), listed_row);
        let closes = e(&self.closes_q);
        let left = select(take.clone(), walks, Self::without_first(&self.walks_q));
        m.reg(&self.walks_q, take.clone() | closes.clone(), left);

        let now = self.first(m, &self.walks_q, ["walked", "walked_dim"]);
        let there = !(e(&self.asks_q) | &self.awaits_q).any();
        let there = m.wire("there", "all masks of the job are there", there);
        let starts = there & e(&self.walks_q).any() & !e(&self.walking_q);
        let starts = starts & !e(&self.failed_q);
        let starts = m.wire("starts", "a walk begins", starts);
        m.reg(
            &self.walking_q,
            starts.clone() | closes.clone(),
            starts.clone(),
        );
        m.note("A walk is closed when all it found is written.");
        m.reg(&self.closes_q, e(true), &walker.done_o);

        let (k, n) = (e(&self.walks_q).bit(0), e(&self.walks_q).bit(1));
        let masked = select(k, &job.mask_k, select(n, &job.mask_n, &job.mask_m));
        m.assign(&walker.start_i, starts.clone());
        m.assign(&walker.dim_i, now.dim.clone());
        m.assign(&walker.masked_i, masked);
        m.assign(&walker.all_i, !e(&job.policy).bit(1));
        m.assign(&walker.dense_i, !e(&job.policy).any());
        m.assign(&walker.resume_i, &job.resume);
        // Without a k sums are what C0 says, and have to be moved unless they are in their place.
        let moves = e(&job.c0) & !e(&job.bias) & !e(&job.in_place);
        let some = e(&self.kept_q.n_kept).any() & (e(&self.kept_q.k_kept).any() | moves);
        let some = m.wire("some", "kept rows have sums", some);
        m.assign(&walker.rises_i, some.clone());
        m.assign(&self.tables.rises_i, some);
        m.assign(&walker.mask_i, &self.bits_walk.rdata_o);
        m.assign(&walker.live_i, &self.tables.was_data_o);
        let (words, log) = (
            self.word_q.len(),
            bits_to(self._config.engine().bus_bits / WORD - 1),
        );
        let word = match walker.word_o.len() > log {
            true => e(&walker.word_o)
                .slice(log, walker.word_o.len() - log)
                .wide(words),
            false => lit(0, words),
        };
        m.assign(&self.bits_walk.read_i, &walker.read_o);
        m.assign(&self.bits_walk.raddr_i, concat([now.number, word]));

        m.note("What is kept: packed, what was found; else all.");
        let packed = closes & e(&job.policy).bit(1);
        let of_walk = [
            k_of(&self.walks_q, 0),
            k_of(&self.walks_q, 1),
            k_of(&self.walks_q, 2),
        ];
        let dims = [
            (&self.kept_q.k_kept, &new.k, of_walk[0].clone()),
            (&self.kept_q.n_kept, &new.n, of_walk[1].clone()),
            (&self.kept_q.m_kept, &new.m, of_walk[2].clone()),
        ];
        for (kept, dim, is) in dims {
            let found = packed.clone() & is;
            let value = select(take.clone(), dim, &self.tables.count_o);
            m.reg(kept, take.clone() | found, value);
        }
        let tables = &self.tables;
        m.assign(&tables.dim_i, now.dim);
        starts
    }

    /// The job is handed on.
    fn offer(&self, m: &mut Body, take: &Expr) {
        let job = &self.job_q;
        let failed = e(&self.failed_q);
        let over = !(e(&self.asks_q) | &self.awaits_q).any();
        let over = over & (failed.clone() | !e(&self.walks_q).any());
        let offers = m.wire("offers", "the job is handed on", e(&self.busy_q) & over);
        m.assign(&self.job_valid_o, offers.clone());
        m.join(self.job_o.nets(), job.nets());
        m.join(self.kept_o.nets(), self.kept_q.nets());
        m.note("Until then there is a job.");
        let leaves = offers.clone() & &self.job_ready_i;
        m.reg(&self.busy_q, take.clone() | leaves, take.clone());
        m.note("Tables are filled once.");
        m.reg(&self.filled_q, take.clone() | offers.clone(), !take.clone());
        let fill = offers & !e(&self.filled_q) & !failed;
        m.assign(&self.tables.fill_i, fill);
    }

    /// What walks find is written down.
    fn tables(&self, m: &mut Body, starts: Expr) {
        let (job, walker, tables) = (&self.job_q, &self.walker, &self.tables);
        let (nt, tn) = (self.layout(0), self.layout(1));
        let [k, n, of_m] = [0, 1, 2].map(|at| k_of(&self.walks_q, at));
        m.assign(&tables.slot_i, &job.slot);
        m.assign(&tables.turn_i, &job.turn);
        m.assign(&tables.start_i, starts);
        m.assign(&tables.index_valid_i, &walker.index_valid_o);
        m.assign(&tables.index_i, &walker.index_o);
        m.assign(&tables.keep_i, &walker.keep_o);
        m.assign(&tables.fresh_i, &walker.fresh_o);
        let dense = !e(&job.policy).any();
        m.assign(&tables.part_i, e(&walker.keep_o) | dense);
        m.assign(&tables.close_i, &self.closes_q);
        m.assign(&tables.of_m_i, of_m.clone());
        m.assign(&tables.of_row_i, select(nt.clone(), n.clone(), k.clone()));
        m.assign(&tables.of_along_i, select(nt.clone(), k.clone(), n.clone()));
        m.assign(&tables.of_r_i, select(tn.clone(), of_m, k));
        m.assign(&tables.of_n_i, n);
        m.assign(&tables.live_valid_i, &walker.live_valid_o);
        m.assign(&tables.live_word_i, &walker.live_word_o);
        m.assign(&tables.live_i, &walker.live_o);
        m.assign(&tables.was_read_i, &walker.read_o);
        let before = e(&job.slot) - lit(1, 2);
        m.assign(&tables.was_addr_i, concat([before, e(&walker.word_o)]));
        self.chunk(m);
        self.unwalked(m, nt, tn);
        m.join(tables.reads_i.nets(), self.reads_i.nets());
        m.join(self.words_o.nets(), tables.words_o.nets());
    }

    /// Elements of a chunk.
    fn chunk(&self, m: &mut Body) {
        let job = &self.job_q;
        let slot = self._config.engine().slot_words;
        let bits = self.tables.chunk_i.len();
        let size = |of: usize| lit((slot * of) as u128, bits);
        m.note("A chunk fills a slot, or has the columns of a panel if these are fewer.");
        let narrow = e(&job.panel).any() & e(&job.panel).less_than(lit(slot as u128, 16));
        let narrow = narrow & !self.layout(1);
        let panel = e(&job.panel).slice(0, bits_to(slot)).wide(bits);
        let columns = panel.times(lit(self._config.cols as u128, bits), bits);
        let columns = m.wire("panel_columns", "columns of a panel", columns);
        let chunk = select(narrow, columns, size(self._config.cols));
        let chunk = select(self.layout(0), size(self._config.rows), chunk);
        m.assign(&self.tables.chunk_i, chunk);
    }

    /// Tables of dimensions that are not walked.
    fn unwalked(&self, m: &mut Body, nt: Expr, tn: Expr) {
        let (job, kept, tables) = (&self.job_q, &self.kept_q, &self.tables);
        let dense = !e(&job.policy).any();
        let walked_k = e(&job.mask_k) & !(dense.clone() & nt.clone());
        let walked_k = m.wire("walked_k", "k was walked", walked_k);
        let walked_n = e(&job.mask_n) & !(dense & !nt.clone());
        let walked_n = m.wire("walked_n", "n was walked", walked_n);
        let walked_m = e(&kept.listed_m);
        let walked_r = select(tn.clone(), walked_m.clone(), walked_k.clone());
        m.assign(&tables.fill_r_i, !walked_r);
        m.assign(&tables.r_i, select(tn, &job.m, &job.k));
        m.assign(&tables.fill_n_i, !walked_n.clone());
        m.assign(&tables.n_i, &job.n);
        m.assign(
            &tables.fill_along_i,
            !select(nt.clone(), walked_k, walked_n),
        );
        m.assign(&tables.along_i, select(nt, &job.k, &job.n));
        m.assign(&tables.fill_m_i, !walked_m);
        m.assign(&tables.m_i, &job.m);
    }
}

/// Whether the first one of `set` is number `at`.
fn k_of(set: &Reg<Bit>, at: usize) -> Expr {
    let below = (0..at).fold(e(true), |none, at| none & !e(set).bit(at));
    below & e(set).bit(at)
}
