//! The loop whose sums run along the rows of the transposed B: BP.
//!
//! One vector of partial sums for every element of C is in registers. A sum is taken in
//! lanes and chunks that depend on K alone: so neither threads nor neighbours change a
//! bit.

use super::even;
use super::lanes::Lanes;
use std::ops::Range;

/// One product whose sums run along the rows of the transposed B.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dot<T> {
    pub a: *const T,
    pub a_stride: usize,
    /// Kept rows of A and C.
    pub m: *const u32,
    pub m_len: usize,
    /// Kept columns of B and C.
    pub n: *const u32,
    pub n_len: usize,
    pub b: *const T,
    pub b_stride: usize,
    pub c: *mut T,
    pub c_strides: (usize, usize),
}

// SAFETY: the pointers stand for views that the caller of the engine holds for as long
// SAFETY: the pointers stand for views that the caller of the engine holds for as long
// as the products run; threads write disjoint columns of C.
unsafe impl<T: Send> Send for Dot<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Dot<T> {}

/// Products along k that are added up in registers before they go to C: rows of A and
/// B of that length stay in the first-level cache while a tile's neighbours need them.
const CHUNK: usize = 1024;

/// Length of the even chunks that `k` is divided into.
pub(super) fn chunk(k: usize) -> usize {
    k.div_ceil(k.div_ceil(CHUNK).max(1)).next_multiple_of(16)
}

/// `jobs` in order, columns `cols` of each, all with the same K.
///
/// # Safety
/// As for [`Lanes`]; every pointer of a job must be good for its shape, and C must be
/// nobody else's in these columns.
#[inline(always)]
pub(super) unsafe fn dot<L: Lanes>(jobs: &[Dot<L::T>], k: usize, cols: Range<usize>) {
    let chunk = chunk(k);
    for from in (0..k).step_by(chunk) {
        let steps = from..k.min(from + chunk);
        for job in jobs {
            // SAFETY: the list has that length.
            let n = unsafe { std::slice::from_raw_parts(job.n, job.n_len) };
            let start = n.partition_point(|&n| (n as usize) < cols.start);
            let end = n.partition_point(|&n| (n as usize) < cols.end);
            let (block_n, block_m) = (even(end - start, L::DOT.1), even(job.m_len, L::DOT.0));
            for n in n[start..end].chunks(block_n) {
                for first in (0..job.m_len).step_by(block_m) {
                    let rows = block_m.min(job.m_len - first);
                    macro_rules! tile {
                        ($($rows:literal)*) => {
                            match rows {
                                $($rows if $rows <= L::DOT.0 => {
                                    let steps = steps.clone();
                                    // SAFETY: the promises of this function.
                                    unsafe { dot_rows::<L, $rows>(job, first, n, steps) }
                                })*
                                n => unreachable!("tile of {n} rows"),
                            }
                        };
                    }
                    tile!(1 2 3 4 5);
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn dot_rows<L: Lanes, const ROWS: usize>(
    job: &Dot<L::T>,
    first: usize,
    n: &[u32],
    steps: Range<usize>,
) {
    macro_rules! tile {
        ($($cols:literal)*) => {
            match n.len() {
                $($cols if $cols <= L::DOT.1 => {
                    // SAFETY: the promises of `dot`.
                    unsafe { dot_tile::<L, ROWS, $cols>(job, first, n, steps) }
                })*
                n => unreachable!("tile of {n} columns"),
            }
        };
    }
    tile!(1 2 3 4 5)
}

#[inline(always)]
unsafe fn dot_tile<L: Lanes, const ROWS: usize, const COLS: usize>(
    job: &Dot<L::T>,
    first: usize,
    n: &[u32],
    steps: Range<usize>,
) {
    // SAFETY: the promises of `dot`.
    unsafe {
        let mut a = [job.a; ROWS];
        for (i, a) in a.iter_mut().enumerate() {
            *a = job
                .a
                .add(*job.m.add(first + i) as usize * job.a_stride + steps.start);
        }
        let mut b = [job.b; COLS];
        for (b, &n) in b.iter_mut().zip(n) {
            *b = job.b.add(n as usize * job.b_stride + steps.start);
        }
        let mut sums = [[L::zero(); COLS]; ROWS];
        macro_rules! step {
            ($at:expr, $load:expr) => {
                let mut row = [L::zero(); ROWS];
                for (row, a) in row.iter_mut().zip(a) {
                    *row = $load(a.add($at));
                }
                for (j, b) in b.iter().enumerate() {
                    let b = $load(b.add($at));
                    for (sums, &a) in sums.iter_mut().zip(&row) {
                        sums[j] = L::mul_add(a, b, sums[j]);
                    }
                }
            };
        }
        let whole = steps.len() - steps.len() % L::WIDTH;
        for at in (0..whole).step_by(L::WIDTH) {
            step!(at, |from| L::load(from));
        }
        if whole < steps.len() {
            let mask = L::first(steps.len() - whole);
            step!(whole, |from| L::load_some(from, mask));
        }
        for from in (0..ROWS * COLS).step_by(4) {
            let mut four = [L::zero(); 4];
            for (i, v) in four.iter_mut().enumerate() {
                if from + i < ROWS * COLS {
                    *v = sums[(from + i) / COLS][(from + i) % COLS];
                }
            }
            for (i, sum) in L::sums(four).into_iter().enumerate() {
                if from + i < ROWS * COLS {
                    let (row, col) = ((from + i) / COLS, (from + i) % COLS);
                    let row = *job.m.add(first + row) as usize * job.c_strides.0;
                    let c = job.c.add(row + n[col] as usize * job.c_strides.1);
                    *c = *c + sum;
                }
            }
        }
    }
}
