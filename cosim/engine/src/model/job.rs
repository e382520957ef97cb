//! A job as far as time depends on it: shapes, places, and what its masks keep.

mod masks;

use crate::check::check;
use crate::descriptor::{Descriptor, Layout, Place};
use crate::program::Program;
use crate::Sizes;
use heddle_gemm::{Policy, Shape};
use heddle_hdl::engine::descriptor::STAY;
pub(super) use masks::units_below;
use masks::Masks;

/// An entry of a list of rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    pub(super) index: usize,
    pub(super) keep: bool,
    /// The row was not kept by a job of its chain before.
    pub(super) fresh: bool,
}

/// Dimensions as masks are numbered.
pub(super) const M: usize = 0;
/// The same of k.
pub(super) const K: usize = 1;
/// The same of n.
pub(super) const N: usize = 2;

/// A job. One that is refused has no more than its end.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) refused: bool,
    pub(super) layout: Layout,
    pub(super) policy: Policy,
    pub(super) c0: bool,
    pub(super) resume: bool,
    pub(super) stay: bool,
    pub(super) irq: bool,
    pub(super) fence: bool,
    pub(super) keep_a: bool,
    /// One row of C0 is the seed of every m.
    pub(super) bias: bool,
    /// C0 lies where C does, if there is one.
    pub(super) in_place: bool,
    pub(super) shape: Shape,
    pub(super) panel: usize,
    pub(super) sums: usize,
    pub(super) a: Place,
    pub(super) b: Place,
    pub(super) c0_at: Place,
    pub(super) c: Place,
    /// Bases of masks on m, k and n.
    pub(super) masks: [Option<u64>; 3],
    /// How many of m, k and n are sent.
    pub(super) kept: [usize; 3],
    /// The list of m, if there is one.
    pub(super) list_m: Option<Vec<Entry>>,
    /// The list of rows of B, if there is one.
    pub(super) list_row: Option<Vec<Entry>>,
    /// Index at which each piece of a row of B begins, if pieces are of kept ones.
    pub(super) bounds: Option<Vec<usize>>,
    /// Kept ones below each index of m, k and n, where there is a mask.
    pub(super) below: [Option<Vec<u32>>; 3],
    /// Rows, and columns, that take part in each tile.
    pub(super) tile_r: Vec<u32>,
    pub(super) tile_c: Vec<u32>,
    /// Rows of C that have sums.
    pub(super) live: Vec<bool>,
    /// Cycles of the walks over k, n and m.
    pub(super) walks: [Option<usize>; 3],
    /// Cycles in which tables of what is not walked are filled.
    pub(super) fills: usize,
    /// Tiles of array rows and of columns that are sent.
    pub(super) r_tiles: usize,
    pub(super) c_tiles: usize,
}

impl Job {
    /// The jobs of a program in their order.
    pub(super) fn all(sizes: &Sizes, program: &Program) -> Vec<Self> {
        let mut before: Option<Descriptor> = None;
        let mut jobs: Vec<Self> = Vec::new();
        for words in &program.descriptors {
            let job = match check(sizes, words, before.as_ref()) {
                Ok(fields) => {
                    let masks = Masks::read(&program.memory, &fields);
                    let job = Self::new(sizes, &fields, &masks, jobs.last());
                    before = Some(fields);
                    job
                }
                Err(_) => {
                    before = None;
                    Self::refused(STAY.get(words) != 0)
                }
            };
            jobs.push(job);
        }
        jobs
    }

    fn refused(stay: bool) -> Self {
        let nothing = Descriptor::new(Layout::Nn, Policy::Dense, Shape::new(1, 1, 1));
        let mut job = Self::of(&nothing);
        (job.refused, job.stay) = (true, stay);
        job
    }

    /// What the descriptor says.
    fn of(job: &Descriptor) -> Self {
        let Shape { m, k, n } = job.shape;
        Self {
            refused: false,
            layout: job.layout,
            policy: job.policy,
            c0: job.c0,
            resume: job.resume,
            stay: job.stay,
            irq: job.irq,
            fence: job.fence,
            keep_a: job.keep_a,
            bias: job.is_bias(),
            in_place: job.in_place(),
            shape: job.shape,
            panel: job.panel,
            sums: job.sums,
            a: job.a,
            b: job.b,
            c0_at: job.c0_at,
            c: job.c,
            masks: job.masks,
            kept: [m, k, n],
            list_m: None,
            list_row: None,
            bounds: None,
            below: [None, None, None],
            tile_r: Vec::new(),
            tile_c: Vec::new(),
            live: Vec::new(),
            walks: [None; 3],
            fills: 0,
            r_tiles: 0,
            c_tiles: 0,
        }
    }

    pub(super) fn is_os(&self) -> bool {
        self.layout == Layout::Tn
    }

    pub(super) fn is_nt(&self) -> bool {
        self.layout == Layout::Nt
    }

    pub(super) fn is_dense(&self) -> bool {
        self.policy == Policy::Dense
    }

    pub(super) fn is_packed(&self) -> bool {
        self.policy == Policy::Packed
    }

    /// Whether nothing is multiplied.
    pub(super) fn is_empty(&self) -> bool {
        self.refused || self.kept.contains(&0)
    }

    /// The dimension of rows of the array.
    pub(super) fn r(&self) -> usize {
        if self.is_os() {
            M
        } else {
            K
        }
    }

    /// The dimension of beats.
    pub(super) fn s(&self) -> usize {
        if self.is_os() {
            K
        } else {
            M
        }
    }

    /// The dimension of rows of B in memory.
    pub(super) fn row(&self) -> usize {
        if self.is_nt() {
            N
        } else {
            K
        }
    }

    /// The dimension along them.
    pub(super) fn along(&self) -> usize {
        if self.is_nt() {
            K
        } else {
            N
        }
    }

    /// M, K or N.
    pub(super) fn dim(&self, dim: usize) -> usize {
        [self.shape.m, self.shape.k, self.shape.n][dim]
    }

    /// Entry `number` of the list of m; the index itself where there is none.
    pub(super) fn m_entry(&self, number: usize) -> Entry {
        Self::entry(self.list_m.as_deref(), number)
    }

    /// Entry `number` of the list of rows of B.
    pub(super) fn row_entry(&self, number: usize) -> Entry {
        Self::entry(self.list_row.as_deref(), number)
    }

    fn entry(list: Option<&[Entry]>, number: usize) -> Entry {
        let own = Entry {
            index: number,
            keep: true,
            fresh: true,
        };
        list.map_or(own, |list| list.get(number).copied().unwrap_or_default())
    }

    /// Whether beats of row `number` of B, or of its weights, count as kept.
    pub(super) fn keeps_row(&self, number: usize) -> bool {
        self.policy != Policy::Gated || self.row_entry(number).keep
    }

    /// Whether beat `number` of a tile counts as kept.
    pub(super) fn keeps_beat(&self, number: usize) -> bool {
        match self.is_os() {
            true => self.keeps_row(number),
            false => self.policy != Policy::Gated || self.m_entry(number).keep,
        }
    }
}
