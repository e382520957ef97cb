//! The loop whose sums run down the rows of B: FP and WG.
//!
//! Rows of C by a few vectors of columns are summed in registers, seeded with C, while the
//! loop walks the list of kept rows of B. A sum takes in its products in increasing k
//! whatever the tile: so neither threads nor neighbours change a bit.

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

// SAFETY: the pointers stand for views that the caller of the engine holds for as long
// as the products run; threads write disjoint columns of C.
unsafe impl<T: Send> Send for Outer<T> {}
// SAFETY: as above.
unsafe impl<T: Sync> Sync for Outer<T> {}

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
