//! From a descriptor to a job: what can't be done has a code.

mod code;

use crate::bundle::Running;
use crate::describe::{
    bits_to, e, lit, repeat, select, Body, Compiled, Describe, Expr, Net, Reg, Stored,
};
use crate::engine::descriptor::{self, Field, BITS, FIELDS};
use crate::engine::job::Job;
use crate::engine::numbers::{fit, fit_named, groups, minus, plus, product};
use crate::engine::ring::INDEX_BITS;
use crate::ArrayConfig;
use heddle_derive::{Bundle, Module};
use rust_hdl::prelude::*;

/// Jobs whose sums are not there yet, at most: one for each job slot.
const SLOTS: u128 = 4;
/// Jobs that are not done, at most: one for each place.
const PLACES: u128 = 16;

/// Looks at a descriptor for three cycles and makes a job of it. What can't be done becomes a job
/// with a code, so that it is told in its turn.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "engine_check")]
pub struct Check {
    clocked: Running,
    /// a descriptor is there
    #[hw(group = "Descriptor")]
    pub desc_valid_i: Net<In, Bit>,
    /// the descriptor is taken
    pub desc_ready_o: Net<Out, Bit>,
    /// the descriptor, word 0 in the low bits
    #[hw(lanes = BITS)]
    pub desc_i: Net<In, Bit>,
    /// its number
    #[hw(lanes = INDEX_BITS)]
    pub index_i: Net<In, Bit>,
    /// it could not be read
    pub error_i: Net<In, Bit>,

    /// a job is there
    #[hw(group = "Job")]
    pub job_valid_o: Net<Out, Bit>,
    /// the job is taken
    pub job_ready_i: Net<In, Bit>,
    /// job
    pub job_o: Job<Out>,
    /// a job leaves its slot
    pub left_i: Net<In, Bit>,
    /// a job is done
    pub done_i: Net<In, Bit>,
    /// no job is under way
    pub empty_o: Net<Out, Bit>,
    /// the descriptor waits for jobs that are under way
    pub waits_o: Net<Out, Bit>,

    /// how far the descriptor has been looked at
    #[hw(lanes = 2, style = config.control_style())]
    step_q: Reg<Bit>,
    /// tiles of array rows
    #[hw(lanes = config.engine().dim_bits(), style = config.data_style())]
    r_tiles_q: Reg<Bit>,
    /// tiles of array columns
    #[hw(lanes = config.engine().dim_bits(), style = config.data_style())]
    c_tiles_q: Reg<Bit>,
    /// slots of a row of B, output-stationary
    #[hw(lanes = config.engine().dim_bits(), style = config.data_style())]
    pieces_q: Reg<Bit>,
    /// words of A
    #[hw(lanes = 2 * config.engine().dim_bits(), style = config.data_style())]
    a_need_q: Reg<Bit>,
    /// words of sums
    #[hw(lanes = 2 * config.engine().dim_bits() + 1, style = config.data_style())]
    sum_need_q: Reg<Bit>,
    /// slots of B
    #[hw(lanes = 2 * config.engine().dim_bits(), style = config.data_style())]
    b_need_q: Reg<Bit>,
    /// what is wrong with it; 0: nothing
    #[hw(lanes = 8, style = config.data_style())]
    code_q: Reg<Bit>,
    /// nothing is
    #[hw(style = config.data_style())]
    sound_q: Reg<Bit>,
    /// its place: turn and job slot
    #[hw(lanes = 4, style = config.control_style())]
    place_q: Reg<Bit>,
    /// jobs that have a slot
    #[hw(lanes = 3, style = config.control_style())]
    slots_q: Reg<Bit>,
    /// jobs under way
    #[hw(lanes = 5, style = config.control_style())]
    active_q: Reg<Bit>,
    /// the job before left its sums
    #[hw(style = config.control_style())]
    stayed_q: Reg<Bit>,
    /// the job before could be done
    #[hw(style = config.control_style())]
    good_q: Reg<Bit>,
    /// what the next job of a chain, or one with keep_a, must have in common with it
    #[hw(style = config.data_style())]
    last_q: Last<Stored>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

/// What two jobs must have in common, if the second builds upon the first.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Last<D: Direction + 'static> {
    /// layout
    #[hw(lanes = 2)]
    pub layout: Net<D, Bit>,
    /// policy
    #[hw(lanes = 2)]
    pub policy: Net<D, Bit>,
    /// there is a mask of m
    pub mask_m: Net<D, Bit>,
    /// there is a mask of k
    pub mask_k: Net<D, Bit>,
    /// there is a mask of n
    pub mask_n: Net<D, Bit>,
    /// M
    #[hw(lanes = config.engine().dim_bits())]
    pub m: Net<D, Bit>,
    /// K
    #[hw(lanes = config.engine().dim_bits())]
    pub k: Net<D, Bit>,
    /// N
    #[hw(lanes = config.engine().dim_bits())]
    pub n: Net<D, Bit>,
    /// first word of its sums
    #[hw(lanes = 16)]
    pub sums: Net<D, Bit>,
    /// base of the mask of m
    #[hw(lanes = config.engine().addr_bits)]
    pub m_mask: Net<D, Bit>,
    /// base of the mask of k
    #[hw(lanes = config.engine().addr_bits)]
    pub k_mask: Net<D, Bit>,
    /// base of the mask of n
    #[hw(lanes = config.engine().addr_bits)]
    pub n_mask: Net<D, Bit>,
}

/// Bits of a descriptor that must be zero, as first bit and number: those of no field, and those of an address above
/// its `addr_bits`.
fn reserved_bits(addr_bits: usize) -> Vec<(usize, usize)> {
    let mut free = Vec::new();
    let mut from = 0;
    for field in FIELDS {
        free.push((from, field.first_bit() - from));
        from = field.first_bit() + field.bits.min(addr_bits);
    }
    free.push((from, BITS - from));
    free.retain(|(_, bits)| *bits > 0);
    free
}

/// Sizes of the configuration as this block needs them.
struct Limits {
    rows: usize,
    cols: usize,
    dim: usize,
    piece: usize,
}

impl Check {
    /// A field of the descriptor.
    fn field(&self, field: &Field) -> Expr {
        e(&self.desc_i).slice(field.first_bit(), field.bits)
    }

    fn limits(&self) -> Limits {
        let engine = self._config.engine();
        Limits {
            rows: self._config.rows,
            cols: self._config.cols,
            dim: engine.dim_bits(),
            piece: engine.slot_words * self._config.cols,
        }
    }

    /// M, K or N.
    fn dim(&self, name: &Field) -> Expr {
        fit(self.field(name), self.limits().dim)
    }

    /// An address.
    fn address(&self, name: &Field) -> Expr {
        fit(self.field(name), self._config.engine().addr_bits)
    }

    fn is_tn(&self) -> Expr {
        self.field(&descriptor::LAYOUT).is(lit(2, 2))
    }

    fn is_dense(&self) -> Expr {
        self.field(&descriptor::POLICY).is(lit(0, 2))
    }

    /// What it takes on chip, in two steps.
    fn needs(&self, m: &mut Body) {
        let Limits {
            rows,
            cols,
            dim,
            piece,
        } = self.limits();
        let first = e(&self.step_q).is(lit(0, 2));
        let [big_m, k, n] =
            [descriptor::M, descriptor::K, descriptor::N].map(|name| self.dim(&name));
        m.note("Tiles of rows and columns, then what they take: A, sums, B.");
        let r = select(self.is_tn(), big_m.clone(), k.clone());
        let most = self._config.engine().max_dim;
        let tiles = groups(m, "r_tiles", (r, most), rows, dim);
        m.reg(&self.r_tiles_q, first.clone(), tiles);
        let tiles = groups(m, "c_tiles", (n.clone(), most), cols, dim);
        m.reg(&self.c_tiles_q, first.clone(), tiles);
        let pieces = groups(m, "pieces", (n.clone(), most), piece, dim);
        m.reg(&self.pieces_q, first, pieces);
        let second = e(&self.step_q).is(lit(1, 2));
        let s = select(self.is_tn(), k.clone(), big_m.clone());
        m.reg(
            &self.a_need_q,
            second.clone(),
            product(s, e(&self.r_tiles_q), 2 * dim),
        );
        let held = big_m.wide(dim + 1) + self.bias().wide(dim + 1);
        m.reg(
            &self.sum_need_q,
            second.clone(),
            product(held, e(&self.c_tiles_q), 2 * dim + 1),
        );
        let pieces = product(k, e(&self.pieces_q), 2 * dim);
        let panel_bits = 16 + bits_to(cols);
        let panel = product(
            self.field(&descriptor::PANEL),
            lit(cols as u128, panel_bits),
            panel_bits,
        );
        let panel = m.wire("panel_columns", "columns of a panel", panel);
        let n_wide = fit(n, panel_bits);
        let all =
            self.field(&descriptor::PANEL).is(lit(0, 16)) | n_wide.clone().less_than(panel.clone());
        let panel_rows = select(all, n_wide, panel);
        let panel_rows = fit_named(m, "panel_rows", "rows of B of a panel", panel_rows, 2 * dim);
        m.reg(
            &self.b_need_q,
            second,
            select(self.is_tn(), pieces, panel_rows),
        );
    }

    fn bias(&self) -> Expr {
        self.field(&descriptor::C0) & self.field(&descriptor::C0_STRIDE).is(lit(0, 32))
    }

    fn in_place(&self) -> Expr {
        let same = self
            .address(&descriptor::C0_BASE)
            .is(self.address(&descriptor::C));
        same & self
            .field(&descriptor::C0_STRIDE)
            .is(self.field(&descriptor::C_STRIDE))
    }

    fn job(&self, m: &mut Body) {
        let job = &self.job_o;
        m.assign(&job.slot, e(&self.place_q).slice(0, 2));
        m.assign(&job.turn, e(&self.place_q).slice(2, 2));
        m.assign(&job.index, &self.index_i);
        m.assign(&job.code, &self.code_q);
        // What could not be read says nothing.
        let read = !e(&self.error_i);
        let tag = self.field(&descriptor::TAG) & repeat(16, read.clone());
        m.assign(&job.tag, tag);
        m.assign(&job.irq, self.field(&descriptor::IRQ) & read);
        m.assign(&job.bias, self.bias());
        m.assign(&job.in_place, self.in_place());
        for (net, name) in [
            (&job.layout, &descriptor::LAYOUT),
            (&job.policy, &descriptor::POLICY),
            (&job.c0, &descriptor::C0),
            (&job.resume, &descriptor::RESUME),
            (&job.stay, &descriptor::STAY),
            (&job.keep_a, &descriptor::KEEP_A),
            (&job.mask_m, &descriptor::MASK_M),
            (&job.mask_k, &descriptor::MASK_K),
            (&job.mask_n, &descriptor::MASK_N),
            (&job.panel, &descriptor::PANEL),
            (&job.sums, &descriptor::SUMS),
            (&job.a_stride, &descriptor::A_STRIDE),
            (&job.b_stride, &descriptor::B_STRIDE),
            (&job.c0_stride, &descriptor::C0_STRIDE),
            (&job.c_stride, &descriptor::C_STRIDE),
        ] {
            m.assign(net, self.field(name));
        }
        for (net, name) in [
            (&job.m, &descriptor::M),
            (&job.k, &descriptor::K),
            (&job.n, &descriptor::N),
        ] {
            m.assign(net, self.dim(name));
        }
        for (net, name) in [
            (&job.a, &descriptor::A),
            (&job.b, &descriptor::B),
            (&job.c0_base, &descriptor::C0_BASE),
            (&job.c, &descriptor::C),
            (&job.m_mask, &descriptor::M_MASK),
            (&job.k_mask, &descriptor::K_MASK),
            (&job.n_mask, &descriptor::N_MASK),
        ] {
            m.assign(net, self.address(name));
        }
    }
}

impl Describe for Check {
    fn describe(&self, m: &mut Body) {
        self.needs(m);
        let (code, fails) = self.code(m);
        m.note("The first check that fails is told.");
        let third = e(&self.step_q).is(lit(2, 2));
        m.reg(&self.code_q, third.clone(), code);
        m.reg(&self.sound_q, third, !fails);
        let looked = e(&self.step_q).is(lit(3, 2));
        let idle = !e(&self.active_q).any();
        let waits = self.field(&descriptor::FENCE) & !idle.clone() & &self.sound_q;
        let room =
            e(&self.slots_q).less_than(lit(SLOTS, 3)) & e(&self.active_q).less_than(lit(PLACES, 5));
        let room = m.wire("room", "there are a slot and a place for a job", room);
        let held = waits.clone() | !room.clone();
        m.assign(&self.waits_o, looked.clone() & held);
        let valid = m.wire("job_valid", "a job is there", looked & room & !waits);
        let taken = m.wire(
            "taken",
            "the job is taken",
            valid.clone() & &self.job_ready_i,
        );
        m.note("One step a cycle, and the last one until the job is taken.");
        let held = e(&self.step_q).is(lit(3, 2)) & !taken.clone();
        let step = select(held, &self.step_q, e(&self.step_q) + lit(1, 2));
        m.reg(&self.step_q, &self.desc_valid_i, step);
        m.note("Places are taken in turn, and with them slots.");
        m.reg(&self.place_q, taken.clone(), e(&self.place_q) + lit(1, 4));
        for (q, less) in [
            (&self.slots_q, &self.left_i),
            (&self.active_q, &self.done_i),
        ] {
            let next = select(taken.clone(), plus(q, 1), minus(q, 1));
            m.reg(q, taken.clone() ^ less, next);
        }
        m.note("What the next job may have to be compared with.");
        let good = e(&self.sound_q);
        m.reg(&self.good_q, taken.clone(), good.clone());
        m.reg(
            &self.stayed_q,
            taken.clone(),
            good & self.field(&descriptor::STAY),
        );
        let (last, job) = (&self.last_q, &self.job_o);
        for (last, job) in [
            (&last.layout, &job.layout),
            (&last.policy, &job.policy),
            (&last.mask_m, &job.mask_m),
            (&last.mask_k, &job.mask_k),
            (&last.mask_n, &job.mask_n),
            (&last.m, &job.m),
            (&last.k, &job.k),
            (&last.n, &job.n),
            (&last.sums, &job.sums),
            (&last.m_mask, &job.m_mask),
            (&last.k_mask, &job.k_mask),
            (&last.n_mask, &job.n_mask),
        ] {
            m.reg(last, taken.clone(), job);
        }
        m.assign(&self.desc_ready_o, taken);
        m.assign(&self.job_valid_o, valid);
        m.assign(&self.empty_o, idle);
        self.job(m);
    }
}
