//! Jobs whose sums are there, on their way to be stored.

use super::job::{Job, Kept};
use super::load::WORD_BITS;
use super::ring::INDEX_BITS;
use super::Fifo;
use crate::bundle::Running;
use crate::describe::{e, lit, Body, Build, Compiled, Describe, Net, Place, Places, Reg, Shape};
use crate::{ArrayConfig, Site};
use heddle_derive::{Bundle, Module};
use rust_hdl::prelude::*;

/// Jobs that wait at most: as many as there are places.
const WORDS: usize = 16;

/// What the store stage keeps of a job.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Last<D: Direction + 'static> {
    /// the job slot that it had
    #[hw(lanes = 2)]
    pub slot: Net<D, Bit>,
    /// which turn of the slots that was
    #[hw(lanes = 2)]
    pub turn: Net<D, Bit>,
    /// number of its descriptor
    #[hw(lanes = INDEX_BITS)]
    pub index: Net<D, Bit>,
    /// tag of its descriptor
    #[hw(lanes = 16)]
    pub tag: Net<D, Bit>,
    /// 0: dense, 1: gated, 2: packed
    #[hw(lanes = 2)]
    pub policy: Net<D, Bit>,
    /// sums start from C0
    pub c0: Net<D, Bit>,
    /// C0 is one row for all m
    pub bias: Net<D, Bit>,
    /// interrupt when done
    pub irq: Net<D, Bit>,
    /// there is a mask of n
    pub mask_n: Net<D, Bit>,
    /// words of it were wrong
    pub bad: Net<D, Bit>,
    /// M
    #[hw(lanes = config.engine().dim_bits())]
    pub m: Net<D, Bit>,
    /// N
    #[hw(lanes = config.engine().dim_bits())]
    pub n: Net<D, Bit>,
    /// kept n
    #[hw(lanes = config.engine().dim_bits())]
    pub n_kept: Net<D, Bit>,
    /// first word of its sums
    #[hw(lanes = WORD_BITS)]
    pub sums: Net<D, Bit>,
    /// stride of C in bytes
    #[hw(lanes = 32)]
    pub c_stride: Net<D, Bit>,
}

/// What it looks at once, when it takes the job.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Once<D: Direction + 'static> {
    /// what is wrong with it; 0: nothing
    #[hw(lanes = 8)]
    pub code: Net<D, Bit>,
    /// its sums started from what the job before left
    pub resume: Net<D, Bit>,
    /// its A is that of the job before
    pub keep_a: Net<D, Bit>,
    /// its sums stay for the next job
    pub stay: Net<D, Bit>,
    /// base of C
    #[hw(lanes = config.engine().addr_bits)]
    pub c: Net<D, Bit>,
}

/// A queue before the store stage: a job whose sums are there leaves its slot for one that is to come, while those before
/// it are stored. One whose words were wrong keeps its slot until it is told, because what was wrong is known of the
/// slot: it waits until all before it are done, and the next one until it is.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "engine_ended")]
pub struct Ended {
    clocked: Running,
    /// a job's sums are there
    #[hw(group = "Job, from the sequence stage")]
    pub job_valid_i: Net<In, Bit>,
    /// the job is taken
    pub job_ready_o: Net<Out, Bit>,
    /// job
    pub job_i: Job<In>,
    /// job
    pub kept_i: Kept<In>,
    /// words of the slot's job were wrong
    #[hw(lanes = 4)]
    pub bad_i: Net<In, Bit>,
    /// a job has left its slot
    pub left_o: Net<Out, Bit>,

    /// a job is there
    #[hw(group = "Job, to the store stage")]
    pub last_valid_o: Net<Out, Bit>,
    /// the stage has none, and could take one
    pub last_ready_i: Net<In, Bit>,
    /// job
    pub last_o: Last<Out>,
    /// job
    pub once_o: Once<Out>,
    /// a job is done
    pub done_i: Net<In, Bit>,

    /// a job whose words were wrong is not done
    #[hw(style = config.control_style())]
    held_q: Reg<Bit>,
    #[hw(build = Fifo::new(config, WORDS, word_bits(config)))]
    jobs: Fifo,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// The places of both bundles, in their order.
fn places(last: Places, once: Places) -> Vec<Place> {
    last.0.into_iter().chain(once.0).flatten().collect()
}

/// Bits of a job that waits.
fn word_bits(config: &Site) -> usize {
    let one = Shape::default();
    let last = Last::<In>::build(config, &one);
    let once = Once::<In>::build(config, &one);
    let places = places(last.nets(), once.nets());
    let bits = places.iter().map(|place| place.bits.known().unwrap_or(0));
    bits.sum()
}

impl Describe for Ended {
    fn describe(&self, m: &mut Body) {
        let (job, kept) = (&self.job_i, &self.kept_i);
        m.note(
            "A job leaves its slot when it comes, but one whose words were wrong when it is done.",
        );
        let bad = (0..4).fold(e(false), |any, slot| {
            any | (e(&job.slot).is(lit(slot as u128, 2)) & self.bad_i.at(slot))
        });
        let bad = m.wire("bad", "words of the job were wrong", bad);
        let alone = !e(&self.jobs.pop_valid_o) & &self.last_ready_i;
        let may = !e(&self.held_q) & (!bad.clone() | alone);
        let may = m.wire("may", "the job may come", may);
        m.assign(&self.job_ready_o, may.clone() & &self.jobs.push_ready_o);
        let valid = e(&self.job_valid_i) & may;
        let comes = valid.clone() & &self.jobs.push_ready_o;
        let comes = m.wire("comes", "a job comes", comes);
        let held = e(&self.held_q);
        m.assign(
            &self.left_o,
            (comes.clone() & !bad.clone()) | (held.clone() & &self.done_i),
        );
        let stays = held & !e(&self.done_i);
        m.reg(&self.held_q, true, (comes & bad.clone()) | stays);
        // In the order of the fields of both bundles.
        let word = [
            e(&job.slot),
            e(&job.turn),
            e(&job.index),
            e(&job.tag),
            e(&job.policy),
            e(&job.c0),
            e(&job.bias),
            e(&job.irq),
            e(&job.mask_n),
            bad,
            e(&job.m),
            e(&job.n),
            e(&kept.n_kept),
            e(&job.sums),
            e(&job.c_stride),
            e(&job.code),
            e(&job.resume),
            e(&job.keep_a),
            e(&job.stay),
            e(&job.c),
        ];
        self.jobs.push(m, valid, word);
        m.assign(&self.last_valid_o, &self.jobs.pop_valid_o);
        m.assign(&self.jobs.pop_ready_i, &self.last_ready_i);
        let out = places(self.last_o.nets(), self.once_o.nets());
        m.unpack(out, &self.jobs.pop_data_o);
        for unused in [
            &job.layout,
            &job.in_place,
            &job.mask_m,
            &job.mask_k,
            &job.k,
            &job.panel,
            &job.a,
            &job.b,
            &job.c0_base,
            &job.a_stride,
            &job.b_stride,
            &job.c0_stride,
            &job.m_mask,
            &job.k_mask,
            &job.n_mask,
            &kept.m_kept,
            &kept.k_kept,
            &kept.listed_m,
            &kept.listed_row,
        ] {
            m.unused(unused);
        }
    }
}
