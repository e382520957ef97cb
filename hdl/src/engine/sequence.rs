//! The sequencer: jobs become the array's beats, weights and seeds, and its sums go back.

use super::beats::BeatWalker;
use super::count::Count;
use super::fifo::Fifo;
use super::intake::Intake;
use super::job::{Job, Kept};
use super::seeds::SeedWalker;
use super::sums::Sums;
use super::weights::WeightWalker;
use crate::bundle::Running;
use crate::connect::connect;
use crate::describe::{e, lit, select, Body, Compiled, Describe, Expr, Net, Place, Places, Reg};
use crate::ArrayConfig;
use crate::Site;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Jobs that are here at most: as many as the engine has slots.
const JOBS: usize = 4;

/// Drives the array from the buffers: walkers of weights, of activations and of seeds, each with a queue before
/// the array, and the way back of sums. Jobs leave in order, each when its last sum is written.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Sequence {
    clocked: Running,
    /// a job comes
    #[hw(group = "Jobs from load")]
    pub job_valid_i: Net<In, Bit>,
    /// there is room for it
    pub job_ready_o: Net<Out, Bit>,
    pub(crate) job_i: Job<In>,
    pub(crate) kept_i: Kept<In>,
    /// first word of its A
    #[hw(lanes = config.a_bits())]
    pub a_base_i: Net<In, Bit>,
    /// event 1 will come for it
    pub load_a_i: Net<In, Bit>,
    /// event 2 will come for it
    pub load_c0_i: Net<In, Bit>,
    /// a job is in an earlier stage, which waits for none that is here
    #[hw(when = config.has_os())]
    pub more_i: Net<In, Bit>,
    /// 1: A of a job is there, 2: C0 of a job, 3: a block of B
    #[hw(group = "To and from load", lanes = 2)]
    pub event_i: Net<In, Bit>,
    /// A of a job was read for the last time, unless the next job keeps it
    pub a_free_o: Net<Out, Bit>,
    /// slots of B are free again
    pub b_free_o: Net<Out, Bit>,
    /// how many
    #[hw(lanes = config.slot_count_bits())]
    pub b_free_count_o: Net<Out, Bit>,
    /// a job is done: its sums are written
    #[hw(group = "Jobs to store")]
    pub done_valid_o: Net<Out, Bit>,
    /// that was heard
    pub done_ready_i: Net<In, Bit>,
    pub(crate) done_o: Job<Out>,
    pub(crate) done_kept_o: Kept<Out>,
    /// the sums of the oldest job not told so are stored, or stay
    pub stored_i: Net<In, Bit>,
    /// job slot and number
    #[hw(group = "List of m and masks of tiles, told a cycle later", lanes = 2 + config.index_bits())]
    pub list_m_addr_o: Net<Out, Bit>,
    /// fresh, kept, m
    #[hw(lanes = 2 + config.index_bits())]
    pub list_m_data_i: Net<In, Bit>,
    /// job slot and tile of rows
    #[hw(lanes = 2 + config.r_tile_bits())]
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
    /// reads a word of A
    #[hw(group = "Buffers")]
    pub a_read_o: Net<Out, Bit>,
    /// which
    #[hw(lanes = config.a_bits())]
    pub a_addr_o: Net<Out, Bit>,
    /// the word, a cycle later
    #[hw(lanes = config.a_word_bits())]
    pub a_data_i: Net<In, Bit>,
    /// its row is kept
    pub a_row_keep_i: Net<In, Bit>,
    /// reads a word of B
    pub b_read_o: Net<Out, Bit>,
    /// which
    #[hw(lanes = config.b_bits())]
    pub b_addr_o: Net<Out, Bit>,
    /// the word, a cycle later
    #[hw(lanes = config.b_word_bits())]
    pub b_data_i: Net<In, Bit>,
    /// its row is kept
    pub b_row_keep_i: Net<In, Bit>,
    /// reads a word of sums
    pub sum_read_o: Net<Out, Bit>,
    /// which
    #[hw(lanes = config.sum_addr_bits())]
    pub sum_read_addr_o: Net<Out, Bit>,
    /// the word, a cycle later
    #[hw(lanes = config.sum_word_bits())]
    pub sum_read_data_i: Net<In, Bit>,
    /// writes a word of sums
    pub sum_write_o: Net<Out, Bit>,
    /// which
    #[hw(lanes = config.sum_addr_bits())]
    pub sum_write_addr_o: Net<Out, Bit>,
    /// the word
    #[hw(lanes = config.sum_word_bits())]
    pub sum_write_data_o: Net<Out, Bit>,
    /// a beat of weights is offered
    #[hw(group = "Array")]
    pub w_valid_o: Net<Out, Bit>,
    /// the beat is accepted if valid
    pub w_ready_i: Net<In, Bit>,
    /// words from the left
    #[hw(when = config.dataflow.has_ws())]
    pub w_edge_o: Net<Out, Bit>,
    /// words of an output-stationary tile
    #[hw(when = config.has_both())]
    pub w_os_o: Net<Out, Bit>,
    /// last beat of its tile
    #[hw(when = config.dataflow.has_ws())]
    pub w_last_o: Net<Out, Bit>,
    /// the words are kept
    pub w_keep_o: Net<Out, Bit>,
    /// words
    #[hw(lanes = config.b_word_bits())]
    pub w_o: Net<Out, Bit>,
    /// kept rows
    #[hw(lanes = config.rows)]
    pub row_keep_o: Net<Out, Bit>,
    /// kept columns
    #[hw(lanes = config.cols)]
    pub col_keep_o: Net<Out, Bit>,
    /// a beat is offered
    pub a_valid_o: Net<Out, Bit>,
    /// the beat is accepted if valid
    pub a_ready_i: Net<In, Bit>,
    /// the beat is the first of its tile
    pub a_first_o: Net<Out, Bit>,
    /// the beat is of an output-stationary tile
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
    /// an exchange is offered
    #[hw(when = config.has_os())]
    pub x_valid_o: Net<Out, Bit>,
    /// the exchange is accepted if valid
    #[hw(when = config.has_os())]
    pub x_ready_i: Net<In, Bit>,
    /// last row of the group
    #[hw(when = config.has_os())]
    pub x_last_o: Net<Out, Bit>,
    /// kept seeds of the exchange
    #[hw(lanes = config.cols, when = config.has_os())]
    pub x_keep_o: Net<Out, Bit>,
    /// seeds
    #[hw(lanes = config.sum_word_bits())]
    pub c_o: Net<Out, Bit>,
    /// sums leave
    pub s_valid_i: Net<In, Bit>,
    /// sums
    #[hw(lanes = config.sum_word_bits())]
    pub s_i: Net<In, Bit>,
    /// a beat is accepted
    #[hw(group = "Causes, one of them in each cycle")]
    pub compute_o: Net<Out, Bit>,
    /// beats wait for A
    pub wait_a_o: Net<Out, Bit>,
    /// beats wait for B
    pub wait_b_o: Net<Out, Bit>,
    /// beats wait for C0
    pub wait_c0_o: Net<Out, Bit>,
    /// beats wait until sums are stored
    pub wait_stores_o: Net<Out, Bit>,
    /// beats wait for sums, or the array fills or empties
    pub wait_trip_o: Net<Out, Bit>,
    /// there is no job
    pub wait_job_o: Net<Out, Bit>,

    /// jobs whose sums are written and that are not told to be done
    #[hw(lanes = 3, style = config.control_style())]
    finished_q: Reg<Bit>,
    /// jobs without anything to do that are not told to be done
    #[hw(lanes = 3, style = config.control_style())]
    passed_q: Reg<Bit>,

    intake: Intake,
    weights: WeightWalker,
    beats: BeatWalker,
    seeds: SeedWalker,
    sums: Sums,
    #[hw(build = Fifo::new(config, JOBS, job_bits(config)))]
    jobs: Fifo,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// Bits of a job that waits to be done, and whether it is empty.
fn job_bits(config: &Site) -> usize {
    use crate::describe::{Build, Shape};
    let bits = |places: Places| -> usize {
        let bits = places.0.into_iter().flatten();
        bits.map(|place| place.bits.known().unwrap_or(0)).sum()
    };
    let job = Job::<In>::build(config, &Shape::default());
    let kept = Kept::<In>::build(config, &Shape::default());
    1 + bits(job.nets()) + bits(kept.nets())
}

impl Sequence {
    /// That of the engine at `site`.
    pub fn new(site: &Site) -> Self {
        Self::at(site)
    }
}

impl Describe for Sequence {
    fn describe(&self, m: &mut Body) {
        let config = &self._config;
        let Self {
            intake,
            weights,
            beats,
            seeds,
            sums,
            ..
        } = self;
        self.jobs(m);
        let event = |which: u128| e(&self.event_i).is(lit(which, 2));
        m.assign(&beats.there_i, event(1));
        m.assign(&seeds.there_i, event(2));
        m.assign(&weights.there_i, event(3));
        let works = e(&intake.valid_o) & !e(&intake.work_o.empty);
        let works = m.wire("works", "there is a job for all walkers", works);
        m.assign(&weights.job_valid_i, works.clone());
        m.assign(&beats.job_valid_i, works);
        m.assign(&seeds.job_valid_i, &intake.valid_o);
        m.join(weights.work_i.nets(), intake.work_o.nets());
        m.join(beats.work_i.nets(), intake.work_o.nets());
        m.join(seeds.work_i.nets(), intake.work_o.nets());
        let list = self.list_m_data_i.len() - 2;
        m.assign(&seeds.list_index_i, e(&self.list_m_data_i).slice(0, list));
        m.assign(&seeds.list_keep_i, e(&self.list_m_data_i).bit(list));
        m.assign(&seeds.list_fresh_i, e(&self.list_m_data_i).bit(list + 1));
        m.join(sums.seed_i.nets(), seeds.seed_o.nets());
        connect!(m,
            seeds.more_i => self.more_i,
            seeds.stored_i => self.stored_i,
            seeds.seed_ready_i => sums.seed_ready_o,
            sums.seed_valid_i => seeds.seed_valid_o,
            self.list_m_addr_o => seeds.list_addr_o,
            self.tile_r_addr_o => weights.tile_r_addr_o,
            self.tile_c_addr_o => weights.tile_c_addr_o,
            weights.tile_r_data_i => self.tile_r_data_i,
            weights.tile_c_data_i => self.tile_c_data_i,
            self.a_free_o => beats.free_o,
            self.b_free_o => weights.free_o,
            self.b_free_count_o => weights.free_count_o,
            self.a_read_o => beats.a_read_o,
            self.a_addr_o => beats.a_addr_o,
            beats.a_data_i => self.a_data_i,
            beats.a_keep_i => self.a_row_keep_i,
            self.b_read_o => weights.b_read_o,
            self.b_addr_o => weights.b_addr_o,
            weights.b_data_i => self.b_data_i,
            weights.b_keep_i => self.b_row_keep_i,
            self.sum_read_o => sums.read_o,
            self.sum_read_addr_o => sums.read_addr_o,
            sums.read_data_i => self.sum_read_data_i,
            self.sum_write_o => sums.write_o,
            self.sum_write_addr_o => sums.write_addr_o,
            self.sum_write_data_o => sums.write_data_o,
            self.w_valid_o => weights.w_valid_o,
            weights.w_ready_i => self.w_ready_i,
            self.w_edge_o => weights.w_left_o,
            self.w_os_o => weights.w_os_o,
            self.w_last_o => weights.w_last_o,
            self.w_keep_o => weights.w_keep_o,
            self.w_o => weights.w_o,
            self.row_keep_o => weights.row_keep_o,
            self.col_keep_o => weights.col_keep_o,
            self.a_first_o => beats.a_first_o,
            self.a_os_o => beats.a_os_o,
            self.a_flush_o => beats.a_flush_o,
            self.a_keep_o => beats.a_keep_o,
            self.a_o => beats.a_o,
            self.x_last_o => sums.x_last_o,
            self.x_keep_o => sums.x_keep_o,
            self.c_o => sums.c_o,
            sums.s_valid_i => self.s_valid_i,
            sums.s_i => self.s_i,
        );
        if config.has_os() {
            m.assign(&beats.end_valid_i, &seeds.end_valid_o);
            m.assign(&beats.end_i, &seeds.end_o);
            m.assign(&seeds.end_ready_i, &beats.end_ready_o);
        }
        self.meet(m);
        self.causes(m);
    }
}

impl Sequence {
    /// Jobs come, and leave in order when they are done.
    fn jobs(&self, m: &mut Body) {
        let (intake, queue) = (&self.intake, &self.jobs);
        m.note("A job is taken by the walkers and waits here until it is done.");
        let ready = e(&queue.push_ready_o) & &intake.ready_o;
        let ready = m.wire("ready", "there is room for a job", ready);
        m.assign(&self.job_ready_o, ready.clone());
        let take = e(&self.job_valid_i) & ready;
        let take = m.wire("take", "a job is taken", take);
        m.assign(&intake.valid_i, take.clone());
        m.join(intake.job_i.nets(), self.job_i.nets());
        m.join(intake.kept_i.nets(), self.kept_i.nets());
        m.assign(&intake.a_base_i, &self.a_base_i);
        m.assign(&intake.load_a_i, &self.load_a_i);
        m.assign(&intake.load_c0_i, &self.load_c0_i);
        let none = |of: &Net<In, Bit>| !e(of).any();
        let kept = &self.kept_i;
        let empty = e(&self.job_i.code).any()
            | none(&kept.m_kept)
            | none(&kept.k_kept)
            | none(&kept.n_kept);
        let places = |job: Places, kept: Places| -> Vec<Place> {
            job.0.into_iter().chain(kept.0).flatten().collect()
        };
        let fields = places(self.job_i.nets(), self.kept_i.nets());
        let word = std::iter::once(empty).chain(fields.into_iter().map(Expr::from));
        queue.push(m, take, word);
        let out = places(self.done_o.nets(), self.done_kept_o.nets());
        let empty = m.vector("empty", "the oldest job has nothing to do", 1, 1);
        let to = std::iter::once(empty.clone()).chain(out);
        m.unpack(to, &queue.pop_data_o);
        let any = |q: &Reg<Bit>| e(q).any();
        let done = select(e(empty.clone()), any(&self.passed_q), any(&self.finished_q));
        let done = e(&queue.pop_valid_o) & done;
        let done = m.wire("done", "the oldest job is done", done);
        m.assign(&self.done_valid_o, done.clone());
        let told = m.wire("told", "that is heard", done.clone() & &self.done_ready_i);
        m.assign(&queue.pop_ready_i, told.clone());
        for (q, more, own) in [
            (&self.finished_q, &self.sums.finished_o, !e(empty.clone())),
            (&self.passed_q, &self.seeds.passed_o, e(empty)),
        ] {
            Count::new(m, q, e(more), told.clone() & own);
        }
    }

    /// Beats and seeds meet at the array.
    fn meet(&self, m: &mut Body) {
        let (beats, sums, config) = (&self.beats, &self.sums, &self._config);
        let (has_ws, has_os) = (config.dataflow.has_ws(), config.has_os());
        m.note("A weight-stationary beat goes with its seeds, an exchange or an output-stationary beat alone.");
        let (beat, seed) = (e(&beats.a_valid_o), e(&sums.c_valid_o));
        let beat_os = beats.a_os_o.or(has_os);
        let seed_os = sums.c_os_o.or(has_os);
        let both = beat.clone() & seed.clone() & !beat_os.clone() & !seed_os.clone();
        let both = match has_ws {
            true => m.wire(
                "both",
                "a weight-stationary beat and its seeds are there",
                both,
            ),
            false => e(false),
        };
        let alone = m.wire(
            "alone",
            "an output-stationary beat is there",
            beat & beat_os,
        );
        m.assign(&self.a_valid_o, both.clone() | alone.clone());
        let goes = (both.clone() | alone) & &self.a_ready_i;
        let goes = m.wire("goes", "a beat or a flush is accepted", goes);
        m.assign(&beats.a_ready_i, goes.clone());
        let mut taken = both & &self.a_ready_i;
        if has_os {
            let exchange = seed & seed_os;
            let exchange = m.wire("exchange", "an exchange is there", exchange);
            m.assign(&self.x_valid_o, exchange.clone());
            taken = taken | (exchange & &self.x_ready_i);
        }
        m.assign(&sums.c_ready_i, taken);
    }

    /// Why there is no beat.
    fn causes(&self, m: &mut Body) {
        let (weights, beats, seeds, sums) = (&self.weights, &self.beats, &self.seeds, &self.sums);
        m.note("The first of these that holds is told.");
        let beat = e(&self.a_valid_o) & &self.a_ready_i & !beats.a_flush_o.or(false);
        let any = e(&self.jobs.pop_valid_o);
        let causes = [
            (&self.compute_o, beat),
            (&self.wait_job_o, !any),
            (&self.wait_a_o, e(&beats.waits_o) & !e(&beats.a_valid_o)),
            (&self.wait_b_o, e(&weights.waits_o) & !e(&weights.w_valid_o)),
            (&self.wait_c0_o, e(&seeds.waits_c0_o) & !e(&sums.c_valid_o)),
            (
                &self.wait_stores_o,
                e(&seeds.waits_stores_o) & !e(&sums.c_valid_o),
            ),
            (&self.wait_trip_o, e(true)),
        ];
        let mut before: Option<Expr> = None;
        for (to, cause) in causes {
            let (own, sum) = match before {
                None => (cause.clone(), cause),
                Some(before) => (cause.clone() & !before.clone(), before | cause),
            };
            m.assign(to, own);
            before = Some(m.wire("known", "the cause is known", sum));
        }
    }
}
