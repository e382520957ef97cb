//! Products of the CPU that gather the kept rows of their operands in place.
//!
//! A dropped unit is one contiguous row of W that is multiplied by nothing; no mask makes
//! a copy of W. A batch of jobs runs as one: a panel of columns stays in the cache while all
//! time steps pass by (FP, WG; where many tiles use it, its rows are laid side by side
//! first, once for all time steps), or a block of rows of W does (BP).
//!
//! | loop | sums in registers | serves |
//! |---|---|---|
//! | [`outer::outer`] | rows of C by a few vectors of columns | FP, WG |
//! | [`dot::dot`] | one vector of partial sums for every element of C | BP |

mod dot;
mod lanes;
mod outer;
mod pack;

#[cfg(target_arch = "x86_64")]
mod x86;

use crate::{Element, Job, Kernel, Mask, MatMut, Shape, Team};
use dot::Dot;
use outer::Outer;
use pack::pack;
use std::cell::RefCell;
use std::ops::Range;

/// A floating-point type with tiles of its own.
pub(crate) trait Simd: Element<Acc = Self> + bytemuck::Pod {
    /// Columns of the panels of `outer`, and most rows of its tiles.
    fn tile(kernel: Kernel) -> (usize, usize);

    /// See [`outer::outer`].
    ///
    /// # Safety
    /// As there; the CPU must run `kernel`.
    unsafe fn outer(kernel: Kernel, jobs: &[Outer<Self>], cols: Range<usize>, stage: *mut Self);

    /// See [`dot::dot`].
    ///
    /// # Safety
    /// As there; the CPU must run `kernel`.
    unsafe fn dot(kernel: Kernel, jobs: &[Dot<Self>], k: usize, cols: Range<usize>);
}

/// [`outer::outer`] for vectors, with their size of tile.
macro_rules! outer {
    ($lanes:ty, $jobs:expr, $cols:expr, $stage:expr) => {
        outer::outer::<
            $lanes,
            { <$lanes as lanes::Lanes>::OUTER.0 },
            { <$lanes as lanes::Lanes>::OUTER.1 },
        >($jobs, $cols, $stage)
    };
}

#[cfg(target_arch = "x86_64")]
macro_rules! entry {
    ($features:literal, $lanes:ty, $outer:ident, $dot:ident) => {
        #[target_feature(enable = $features)]
        unsafe fn $outer(jobs: &[Outer<f32>], cols: Range<usize>, stage: *mut f32) {
            // SAFETY: passed on to the caller.
            unsafe { outer!($lanes, jobs, cols, stage) }
        }

        #[target_feature(enable = $features)]
        unsafe fn $dot(jobs: &[Dot<f32>], k: usize, cols: Range<usize>) {
            // SAFETY: passed on to the caller.
            unsafe { dot::dot::<$lanes>(jobs, k, cols) }
        }
    };
}

#[cfg(target_arch = "x86_64")]
entry!(
    "avx512f,avx512bw,avx512dq,avx512vl",
    x86::Avx512,
    outer_avx512,
    dot_avx512
);
#[cfg(target_arch = "x86_64")]
entry!("avx2,fma", x86::Avx2, outer_avx2, dot_avx2);

fn tile<L: lanes::Lanes>() -> (usize, usize) {
    (L::OUTER.0 * L::WIDTH, L::OUTER.1)
}

impl Simd for f32 {
    fn tile(kernel: Kernel) -> (usize, usize) {
        match kernel {
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => tile::<x86::Avx512>(),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => tile::<x86::Avx2>(),
            _ => tile::<lanes::Plain<f32>>(),
        }
    }

    unsafe fn outer(kernel: Kernel, jobs: &[Outer<f32>], cols: Range<usize>, stage: *mut f32) {
        // SAFETY: passed on to the caller.
        unsafe {
            match kernel {
                #[cfg(target_arch = "x86_64")]
                Kernel::Avx512 => outer_avx512(jobs, cols, stage),
                #[cfg(target_arch = "x86_64")]
                Kernel::Avx2 => outer_avx2(jobs, cols, stage),
                _ => outer!(lanes::Plain<f32>, jobs, cols, stage),
            }
        }
    }

    unsafe fn dot(kernel: Kernel, jobs: &[Dot<f32>], k: usize, cols: Range<usize>) {
        // SAFETY: passed on to the caller.
        unsafe {
            match kernel {
                #[cfg(target_arch = "x86_64")]
                Kernel::Avx512 => dot_avx512(jobs, k, cols),
                #[cfg(target_arch = "x86_64")]
                Kernel::Avx2 => dot_avx2(jobs, k, cols),
                _ => dot::dot::<lanes::Plain<f32>>(jobs, k, cols),
            }
        }
    }
}

/// In `f64` gradients are checked, not networks trained: plain loops on every kernel.
impl Simd for f64 {
    fn tile(_: Kernel) -> (usize, usize) {
        tile::<lanes::Plain<f64>>()
    }

    unsafe fn outer(_: Kernel, jobs: &[Outer<f64>], cols: Range<usize>, stage: *mut f64) {
        // SAFETY: passed on to the caller.
        unsafe { outer!(lanes::Plain<f64>, jobs, cols, stage) }
    }

    unsafe fn dot(_: Kernel, jobs: &[Dot<f64>], k: usize, cols: Range<usize>) {
        // SAFETY: passed on to the caller.
        unsafe { dot::dot::<lanes::Plain<f64>>(jobs, k, cols) }
    }
}

/// Which loop serves a job as its operands lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Columns of B and C contiguous and all kept: [`outer::outer`].
    Outer,
    /// Rows of A and columns of B contiguous and all of k kept: [`dot::dot`].
    Dot,
}

fn drops(mask: Option<&Mask>) -> bool {
    mask.is_some_and(|mask| mask.kept().len() < mask.len())
}

/// The loop for `job`, if one serves it.
pub(crate) fn form<T: Simd>(job: &Job<'_, T>, c: &MatMut<'_, T>) -> Option<Form> {
    let wide = |len: usize| len <= u32::MAX as usize;
    let Shape { m, k, n } = job.shape();
    if !(wide(m) && wide(k) && wide(n)) {
        None
    } else if job.b.col_stride() == 1 && c.col_stride() == 1 && !drops(job.keep_n) {
        Some(Form::Outer)
    } else if job.a.col_stride() == 1 && job.b.row_stride() == 1 && !drops(job.keep_k) {
        Some(Form::Dot)
    } else {
        None
    }
}

/// The lists of a running batch, reused from batch to batch so that nothing is allocated.
#[derive(Debug)]
pub(crate) struct Plans<T> {
    /// 0, 1, 2, ...: the list of kept indices where none is dropped.
    all: Vec<u32>,
    outer: Vec<Outer<T>>,
    dot: Vec<Dot<T>>,
    /// The kept parts of every job's A.
    packed: Vec<T>,
}

impl<T> Default for Plans<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            outer: Vec::new(),
            dot: Vec::new(),
            packed: Vec::new(),
        }
    }
}

/// What the products of a batch run with.
pub(crate) struct Runner<'a, T> {
    pub kernel: Kernel,
    pub team: &'a Team,
    pub plans: &'a mut Plans<T>,
}

/// Multiply-adds below which a batch is not worth a second thread.
const SMALL: usize = 1 << 18;

/// Bytes of B that a thread goes through with all jobs before it goes on: about half
/// of a second-level cache.
const BLOCK_BYTES: usize = 1 << 20;

impl<T: Simd> Runner<'_, T> {
    /// Runs jobs of one form and one N (and one K for [`Form::Dot`]), each checked
    /// against its output and with something kept in every dimension.
    pub(crate) fn run(&mut self, form: Form, jobs: &[Job<'_, T>], outputs: &mut [MatMut<'_, T>]) {
        let most = jobs
            .iter()
            .map(|job| job.shape())
            .map(|Shape { m, k, n }| m.max(k).max(n));
        let most = most.max().unwrap_or(0);
        let known = self.plans.all.len();
        self.plans.all.extend((known..most).map(|i| i as u32));
        match form {
            Form::Outer => self.outer(jobs, outputs),
            Form::Dot => self.dot(jobs, outputs),
        }
        self.plans.outer.clear();
        self.plans.dot.clear();
    }

    fn outer(&mut self, jobs: &[Job<'_, T>], outputs: &mut [MatMut<'_, T>]) {
        let Plans {
            all, outer, packed, ..
        } = &mut *self.plans;
        let kernel = self.kernel;
        let (panel, most_rows) = T::tile(kernel);
        let (mut len, mut work) = (0, 0);
        for job in jobs {
            let Shape { m, k, n } = job.kept_shape();
            len += m * k;
            work += m * k * n;
        }
        if packed.len() < len {
            packed.resize(len, T::default());
        }
        let mut a = &mut packed[..len];
        for job in jobs {
            let m = kept(job.keep_m, job.a.rows(), all);
            let k = kept(job.keep_k, job.a.cols(), all);
            let (own, rest) = std::mem::take(&mut a).split_at_mut(m.len() * k.len());
            a = rest;
            let c = &mut outputs[job.c];
            let c_stride = c.row_stride();
            outer.push(Outer {
                a_from: job.a.data().as_ptr(),
                a_strides: (job.a.row_stride(), job.a.col_stride()),
                a: own.as_mut_ptr(),
                block: even(m.len(), most_rows),
                m: m.as_ptr(),
                m_len: m.len(),
                k: k.as_ptr(),
                k_len: k.len(),
                b: job.b.data().as_ptr(),
                b_stride: job.b.row_stride(),
                b_rows: job.b.rows(),
                c: c.data_mut().as_mut_ptr(),
                c_stride,
                c_rows: job.a.rows(),
            });
        }
        let outer = &*outer;
        // SAFETY: the pointers are those of views checked against their job and of
        // parts of the scratch that are disjoint, alive for as long as this function.
        unsafe { pack(self.team, outer) };
        let n = jobs[0].b.cols();
        let panels = n.div_ceil(panel);
        let stage = outer::stage_len(outer, panel);
        // Several tasks a thread, for the threads are not equally fast.
        let task = panels.div_ceil(4 * self.team.threads()).max(1) * panel;
        share(self.team, n.div_ceil(task), work, &|index| {
            let cols = index * task..n.min((index + 1) * task);
            with_stage(stage, |stage| {
                // SAFETY: the kernel was checked when the engine was made; the pointers
                // are good as above; each task has columns of C for itself.
                unsafe { T::outer(kernel, outer, cols.clone(), stage) };
            });
        });
    }

    fn dot(&mut self, jobs: &[Job<'_, T>], outputs: &mut [MatMut<'_, T>]) {
        let kernel = self.kernel;
        let Plans { all, dot, .. } = &mut *self.plans;
        let mut work = 0;
        for job in jobs {
            let Shape { m, k, n } = job.kept_shape();
            work += m * k * n;
            let m = kept(job.keep_m, job.a.rows(), all);
            let n = kept(job.keep_n, job.b.cols(), all);
            let c = &mut outputs[job.c];
            let c_strides = (c.row_stride(), c.col_stride());
            dot.push(Dot {
                a: job.a.data().as_ptr(),
                a_stride: job.a.row_stride(),
                m: m.as_ptr(),
                m_len: m.len(),
                n: n.as_ptr(),
                n_len: n.len(),
                b: job.b.data().as_ptr(),
                b_stride: job.b.col_stride(),
                c: c.data_mut().as_mut_ptr(),
                c_strides,
            });
        }
        let dot = &*dot;
        let Shape { k, n, .. } = jobs[0].shape();
        let fits = BLOCK_BYTES / (dot::chunk(k) * size_of::<T>());
        let task = fits.min(n.div_ceil(4 * self.team.threads())).max(1);
        share(self.team, n.div_ceil(task), work, &|index| {
            let cols = index * task..n.min((index + 1) * task);
            // SAFETY: as above.
            unsafe { T::dot(kernel, dot, k, cols) };
        });
    }
}

/// A line of the cache.
#[derive(Clone, Copy, bytemuck::Zeroable, bytemuck::Pod)]
#[repr(C, align(64))]
struct Line([u64; 8]);

/// Hands `work` the thread's own room for `len` elements, which is kept.
fn with_stage<T: Simd>(len: usize, work: impl FnOnce(*mut T)) {
    thread_local! {
        static STAGE: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
    }
    STAGE.with_borrow_mut(|lines| {
        let needed = (len * size_of::<T>()).div_ceil(size_of::<Line>());
        if lines.len() < needed {
            lines.resize(needed, bytemuck::Zeroable::zeroed());
        }
        work(bytemuck::cast_slice_mut::<Line, T>(lines).as_mut_ptr());
    });
}

/// Runs `tasks` of a batch with `work` multiply-adds.
fn share(team: &Team, tasks: usize, work: usize, run: &(dyn Fn(usize) + Sync)) {
    if work < SMALL {
        (0..tasks).for_each(run);
    } else {
        team.run(tasks, run);
    }
}

/// Size of the blocks when `len` is divided into as few as possible of at most `most`,
/// all much alike.
pub(super) fn even(len: usize, most: usize) -> usize {
    len.div_ceil(len.div_ceil(most).max(1)).max(1)
}

/// The kept indices of a dimension of length `len`.
fn kept<'a>(mask: Option<&'a Mask>, len: usize, all: &'a [u32]) -> &'a [u32] {
    mask.map_or(&all[..len], |mask| mask.kept())
}
