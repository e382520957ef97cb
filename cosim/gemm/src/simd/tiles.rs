//! The two loops in which all the time is spent, for any vectors.
//!
//! | loop | sums in registers | serves |
//! |---|---|---|
//! | [`outer`] | rows of C x two vectors of columns, seeded with C | FP, WG |
//! | [`dot`] | one vector of partial sums for every element of C | BP |
//!
//! Neither copies a row of B: they walk the list of kept rows. A sum of `outer` takes in
//! its products in increasing k whatever the tile, and one of `dot` in lanes and chunks
//! that depend on K alone: so neither threads nor neighbours change a bit.

use super::lanes::Lanes;
use std::ops::Range;

/// One product whose sums run down the rows of B.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outer<T> {
    /// A as it was given.
    pub a_from: *const T,
    pub a_strides: (usize, usize),
    /// Its kept part in blocks of `block` rows (the last may have fewer), each
    /// `[k][rows]`.
    pub a: *mut T,
    pub block: usize,
    /// Kept rows of A and C.
    pub m: *const u32,
    pub m_len: usize,
    /// Kept rows of B.
    pub k: *const u32,
    pub k_len: usize,
    pub b: *const T,
    pub b_stride: usize,
    pub c: *mut T,
    pub c_stride: usize,
}

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
// as the products run; threads write disjoint columns of C.
unsafe impl<T: Send> Send for Outer<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Outer<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Dot<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Dot<T> {}

/// Calls `$f::<L, n>($args)` for the `n` that `$n` is.
macro_rules! for_rows {
    ($n:expr, $most:expr, $rows:tt, $f:ident::<$L:ident>$args:tt) => {
        for_rows!(@ $n, $most, $rows, $f, $L, $args)
    };
    (@ $n:expr, $most:expr, [$($rows:literal)*], $f:ident, $L:ident, $args:tt) => {
        match $n {
            // The guard is constant: variants that do not fit the registers vanish.
            $($rows if $rows <= $most => $f::<$L, $rows> $args,)*
            n => unreachable!("tile of {n} rows"),
        }
    };
}

/// Jobs of a batch that fetch the next panel into the second-level cache while they
/// work on this one: of the rows that masks redrawn at p = .5 keep, four see nearly all.
/// (A row lies in a page of its own, where the CPU does not foresee it.)
const FETCHING: usize = 4;

/// `jobs` in order, columns `cols` of each.
///
/// # Safety
/// As for [`Lanes`]; every pointer of a job must be good for its shape, and C must be
/// nobody else's in these columns.
#[inline(always)]
pub(super) unsafe fn outer<L: Lanes>(jobs: &[Outer<L::T>], cols: Range<usize>) {
    let panel = 2 * L::WIDTH;
    for col in cols.clone().step_by(panel) {
        let width = panel.min(cols.end - col);
        for (index, job) in jobs.iter().enumerate() {
            for first in (0..job.m_len).step_by(job.block) {
                let rows = job.block.min(job.m_len - first);
                // The jobs that fetch divide their rows among their tiles.
                let ahead = if index < FETCHING {
                    let part = |row: usize| job.k_len * row / job.m_len;
                    part(first)..part(first + rows)
                } else {
                    0..0
                };
                // SAFETY: the promises of this function.
                unsafe {
                    for_rows!(
                        rows,
                        L::OUTER_ROWS,
                        [1 2 3 4 5 6 7 8 9 10 11 12],
                        outer_tile::<L>(job, first, col, width, ahead)
                    );
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn outer_tile<L: Lanes, const ROWS: usize>(
    job: &Outer<L::T>,
    first: usize,
    col: usize,
    width: usize,
    ahead: Range<usize>,
) {
    // SAFETY: the promises of `outer`.
    unsafe {
        let masks = [L::first(width), L::first(width.saturating_sub(L::WIDTH))];
        let mut rows = [job.c; ROWS];
        for (i, row) in rows.iter_mut().enumerate() {
            *row = job
                .c
                .add(*job.m.add(first + i) as usize * job.c_stride + col);
        }
        let mut sums = [[L::zero(); 2]; ROWS];
        for (sums, row) in sums.iter_mut().zip(rows) {
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = L::load(row.wrapping_add(v * L::WIDTH), masks[v]);
            }
        }
        let mut a = job.a.cast_const().add(first * job.k_len);
        macro_rules! steps {
            ($steps:expr, $prefetch:literal) => {
                for i in $steps {
                    let b = job.b.add(*job.k.add(i) as usize * job.b_stride + col);
                    if $prefetch {
                        L::prefetch(b.wrapping_add(2 * L::WIDTH));
                        L::prefetch(b.wrapping_add(3 * L::WIDTH));
                    }
                    let b = [
                        L::load(b, masks[0]),
                        L::load(b.wrapping_add(L::WIDTH), masks[1]),
                    ];
                    for (i, sums) in sums.iter_mut().enumerate() {
                        let a = L::splat(*a.add(i));
                        sums[0] = L::mul_add(a, b[0], sums[0]);
                        sums[1] = L::mul_add(a, b[1], sums[1]);
                    }
                    a = a.add(ROWS);
                }
            };
        }
        steps!(0..ahead.start, false);
        steps!(ahead.clone(), true);
        steps!(ahead.end..job.k_len, false);
        for (sums, row) in sums.iter().zip(rows) {
            for (v, &sum) in sums.iter().enumerate() {
                L::store(row.wrapping_add(v * L::WIDTH), masks[v], sum);
            }
        }
    }
}

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
/// As for [`outer`].
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
                    // SAFETY: the promises of this function.
                    unsafe {
                        for_rows!(
                            rows,
                            L::DOT.0,
                            [1 2 3 4 5],
                            dot_rows::<L>(job, first, n, steps.clone())
                        );
                    }
                }
            }
        }
    }
}

/// Size of the blocks when `len` is divided into as few as possible of at most `most`,
/// all much alike.
pub(super) fn even(len: usize, most: usize) -> usize {
    len.div_ceil(len.div_ceil(most).max(1)).max(1)
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
        let mut left = steps.len();
        let mut at = 0;
        while left > 0 {
            let mask = L::first(left);
            let mut row = [L::zero(); ROWS];
            for (row, a) in row.iter_mut().zip(a) {
                *row = L::load(a.add(at), mask);
            }
            for (j, b) in b.iter().enumerate() {
                let b = L::load(b.add(at), mask);
                for (sums, &a) in sums.iter_mut().zip(&row) {
                    sums[j] = L::mul_add(a, b, sums[j]);
                }
            }
            at += L::WIDTH;
            left = left.saturating_sub(L::WIDTH);
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
