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
    /// All rows of B, dropped ones too.
    pub b_rows: usize,
    pub c: *mut T,
    pub c_stride: usize,
    /// All rows of C.
    pub c_rows: usize,
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

/// Jobs of a batch that fetch the next panel into the second-level cache while they
/// work on this one: of the rows that masks redrawn at p = .5 keep, four see nearly all.
/// (A row lies in a page of its own, where the CPU does not foresee it.)
const FETCHING: usize = 4;

/// How often an element of a panel has to be used for a copy of the panel to pay.
const STAGED: usize = 8;

/// Where the rows of one panel of columns lie.
#[derive(Clone, Copy)]
struct Panel<T> {
    b: *const T,
    b_stride: usize,
    c: *mut T,
    c_stride: usize,
    width: usize,
    /// The same rows of B in the next panel.
    next: *const T,
    next_stride: usize,
}

/// Elements of the stage that [`outer`] needs for panels of `panel` columns.
pub(super) fn stage_len<T>(jobs: &[Outer<T>], panel: usize) -> usize {
    let rows = |rows: fn(&Outer<T>) -> usize| jobs.iter().map(rows).max().unwrap_or(0);
    panel * (rows(|job| job.b_rows) + rows(|job| job.c_rows))
}

/// `jobs` in order, columns `cols` of each. `stage` is room for [`stage_len`] elements,
/// best aligned to lines: panels of B and C that many tiles use lie there side by side
/// while they do, instead of a page apart and across lines.
///
/// # Safety
/// As for [`Lanes`]; every pointer of a job must be good for its shape, and C must be
/// nobody else's in these columns.
#[inline(always)]
pub(super) unsafe fn outer<L: Lanes, const NV: usize, const MOST: usize>(
    jobs: &[Outer<L::T>],
    cols: Range<usize>,
    stage: *mut L::T,
) {
    let Some(one) = jobs.first() else { return };
    let panel = NV * L::WIDTH;
    let tiles = |job: &Outer<L::T>| job.m_len.div_ceil(job.block);
    let uses: usize = jobs.iter().map(tiles).sum();
    let same_b = uses >= STAGED
        && jobs
            .iter()
            .all(|job| job.b == one.b && job.b_stride == one.b_stride);
    let same_c = jobs.len() >= STAGED
        && jobs
            .iter()
            .all(|job| job.c == one.c && job.c_stride == one.c_stride);
    let c_stage = stage.wrapping_add(panel * jobs.iter().map(|job| job.b_rows).max().unwrap_or(0));
    for col in cols.clone().step_by(panel) {
        let width = panel.min(cols.end - col);
        // SAFETY: the promises of this function.
        unsafe {
            if same_b {
                let from = (one.b.add(col), one.b_stride);
                (0..one.b_rows).for_each(|row| copy::<L, NV>(row, width, from, (stage, panel)));
            }
            if same_c {
                let from = (one.c.add(col).cast_const(), one.c_stride);
                (0..one.c_rows).for_each(|row| copy::<L, NV>(row, width, from, (c_stage, panel)));
            }
        }
        for (index, job) in jobs.iter().enumerate() {
            // SAFETY: the promises of this function.
            let at = unsafe {
                let b = job.b.add(col);
                let stage_b = same_b || tiles(job) >= STAGED;
                if stage_b && !same_b {
                    for i in 0..job.k_len {
                        let row = *job.k.add(i) as usize;
                        copy::<L, NV>(row, width, (b, job.b_stride), (stage, panel));
                    }
                }
                let (c, c_stride) = if same_c {
                    (c_stage, panel)
                } else {
                    (job.c.add(col), job.c_stride)
                };
                Panel {
                    b: if stage_b { stage } else { b },
                    b_stride: if stage_b { panel } else { job.b_stride },
                    c,
                    c_stride,
                    width,
                    next: b.wrapping_add(panel),
                    next_stride: job.b_stride,
                }
            };
            for first in (0..job.m_len).step_by(job.block) {
                let rows = job.block.min(job.m_len - first);
                // The jobs that fetch divide their rows among their tiles.
                let ahead = if index < FETCHING {
                    let part = |row: usize| job.k_len * row / job.m_len;
                    part(first)..part(first + rows)
                } else {
                    0..0
                };
                macro_rules! tile {
                    ($($rows:literal)*) => {
                        match rows {
                            // The guard is constant: variants that do not fit the
                            // registers vanish.
                            $($rows if $rows <= MOST => {
                                // SAFETY: the promises of this function.
                                unsafe {
                                    if width == panel {
                                        outer_tile::<L, $rows, NV, true>(job, first, at, ahead)
                                    } else {
                                        outer_tile::<L, $rows, NV, false>(job, first, at, ahead)
                                    }
                                }
                            })*
                            n => unreachable!("tile of {n} rows"),
                        }
                    };
                }
                tile!(1 2 3 4 5 6 7 8 9 10 11 12);
            }
        }
        if same_c {
            let to = (one.c.wrapping_add(col), one.c_stride);
            for row in 0..one.c_rows {
                // SAFETY: the promises of this function.
                unsafe { copy::<L, NV>(row, width, (c_stage, panel), to) };
            }
        }
    }
}

/// Copies `width` elements of a row.
#[inline(always)]
unsafe fn copy<L: Lanes, const NV: usize>(
    row: usize,
    width: usize,
    (from, from_stride): (*const L::T, usize),
    (to, to_stride): (*mut L::T, usize),
) {
    // SAFETY: the promises of `outer`.
    unsafe {
        let (from, to) = (from.add(row * from_stride), to.add(row * to_stride));
        for v in 0..NV {
            let mask = L::first(width.saturating_sub(v * L::WIDTH));
            let (from, to) = (
                from.wrapping_add(v * L::WIDTH),
                to.wrapping_add(v * L::WIDTH),
            );
            L::store(to, mask, L::load_some(from, mask));
        }
    }
}

#[inline(always)]
unsafe fn outer_tile<L: Lanes, const ROWS: usize, const NV: usize, const FULL: bool>(
    job: &Outer<L::T>,
    first: usize,
    at: Panel<L::T>,
    ahead: Range<usize>,
) {
    // SAFETY: the promises of `outer`.
    unsafe {
        let mut masks = [L::first(0); NV];
        for (v, mask) in masks.iter_mut().enumerate() {
            *mask = L::first(at.width.saturating_sub(v * L::WIDTH));
        }
        let load = |from: *const L::T, v: usize| {
            let from = from.wrapping_add(v * L::WIDTH);
            if FULL {
                L::load(from)
            } else {
                L::load_some(from, masks[v])
            }
        };
        let mut rows = [at.c; ROWS];
        for (i, row) in rows.iter_mut().enumerate() {
            *row = at.c.add(*job.m.add(first + i) as usize * at.c_stride);
        }
        let mut sums = [[L::zero(); NV]; ROWS];
        for (sums, row) in sums.iter_mut().zip(rows) {
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = load(row, v);
            }
        }
        let mut a = job.a.cast_const().add(first * job.k_len);
        macro_rules! steps {
            ($steps:expr, $prefetch:literal) => {
                for i in $steps {
                    let k = *job.k.add(i) as usize;
                    let b = at.b.add(k * at.b_stride);
                    if $prefetch {
                        let next = at.next.wrapping_add(k * at.next_stride);
                        for v in 0..NV {
                            L::prefetch(next.wrapping_add(v * L::WIDTH));
                        }
                    }
                    let mut row = [L::zero(); NV];
                    for (v, row) in row.iter_mut().enumerate() {
                        *row = load(b, v);
                    }
                    for (i, sums) in sums.iter_mut().enumerate() {
                        let a = L::splat(*a.add(i));
                        for (sum, &b) in sums.iter_mut().zip(&row) {
                            *sum = L::mul_add(a, b, *sum);
                        }
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
                let to = row.wrapping_add(v * L::WIDTH);
                if FULL {
                    L::store_all(to, sum);
                } else {
                    L::store(to, masks[v], sum);
                }
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
