//! What masks keep: counts, lists, pieces, tiles, and how long it takes to find out.

use super::{Entry, Job, K, M, N};
use crate::descriptor::Descriptor;
use crate::memory::Bytes;
use crate::Sizes;
use heddle_gemm::{Policy, Shape};

/// Indices that the walker looks at together.
const WORD: usize = 32;
/// Cycles of a walk beside those of its indices.
const WALK: usize = 5;

/// Which m, k and n are kept, where there is a mask.
pub(in crate::model) struct Masks([Option<Vec<bool>>; 3]);

impl Masks {
    pub(super) fn read(memory: &impl Bytes, job: &Descriptor) -> Self {
        let Shape { m, k, n } = job.shape;
        let dims = [m, k, n];
        Self([M, K, N].map(|dim| {
            let base = job.masks[dim]?;
            Some(memory.bits(base, dims[dim]))
        }))
    }

    fn keeps(&self, dim: usize, index: usize) -> bool {
        self.0[dim].as_ref().is_none_or(|mask| mask[index])
    }
}

impl Job {
    /// A job that can be done, behind `before`.
    pub(super) fn new(
        sizes: &Sizes,
        fields: &Descriptor,
        masks: &Masks,
        before: Option<&Job>,
    ) -> Self {
        let mut job = Self::of(fields);
        let walked = job.walked();
        for dim in [K, N, M] {
            if walked[dim] {
                job.walk(masks, dim);
            }
            job.below[dim] = masks.0[dim].as_ref().map(|mask| below(mask));
        }
        job.list(masks, &walked, before);
        job.r_tiles = job.kept[job.r()].div_ceil(sizes.rows);
        job.c_tiles = job.kept[N].div_ceil(sizes.cols);
        job.tile_r = job.tiles(masks, job.r(), sizes.rows);
        job.tile_c = job.tiles(masks, N, sizes.cols);
        let chunk = sizes.slot_elements(job.layout);
        let along = job.along();
        if job.is_packed() && job.masks[along].is_some() {
            let kept = (0..job.dim(along)).filter(|&i| masks.keeps(along, i));
            let ends = [job.dim(along)];
            job.bounds = Some(kept.step_by(chunk).chain(ends).collect());
        }
        let fill = |dim: usize, cycles: usize| if walked[dim] { 0 } else { cycles };
        job.fills = [
            fill(job.r(), job.dim(job.r()).div_ceil(sizes.rows)),
            fill(N, job.dim(N).div_ceil(sizes.cols)),
            fill(along, job.dim(along).div_ceil(chunk) + 1),
            fill(M, job.dim(M).div_ceil(WORD)),
        ]
        .into_iter()
        .max()
        .unwrap_or(0);
        job
    }

    /// Which of m, k and n are walked: with a policy that is not dense those with a mask, else that of rows of
    /// B only; m wherever rows may be resident.
    fn walked(&self) -> [bool; 3] {
        let masked = |dim: usize| self.masks[dim].is_some();
        let rows = |dim: usize| masked(dim) && (!self.is_dense() || self.row() == dim);
        [masked(M) || self.resume, rows(K), rows(N)]
    }

    /// How long a walk takes, and what it counts.
    fn walk(&mut self, masks: &Masks, dim: usize) {
        let all = !self.is_packed();
        let indices: Vec<usize> = (0..self.dim(dim)).collect();
        let told = indices.chunks(WORD).map(|word| {
            let told = word.iter().filter(|&&i| all || masks.keeps(dim, i));
            told.count().max(1)
        });
        let cycles = told.sum::<usize>() + WALK;
        // k, n, m
        self.walks[[2, 0, 1][dim]] = Some(cycles);
        if self.is_packed() {
            let kept = indices.iter().filter(|&&i| masks.keeps(dim, i));
            self.kept[dim] = kept.count();
        }
    }

    fn list(&mut self, masks: &Masks, walked: &[bool; 3], before: Option<&Job>) {
        let all = !self.is_packed();
        let listed = |dim: usize, len: usize| {
            let entries = (0..len).map(move |index| Entry {
                index,
                keep: masks.keeps(dim, index),
                fresh: false,
            });
            entries.filter(move |entry| all || entry.keep)
        };
        let row = self.row();
        if walked[row] {
            self.list_row = Some(listed(row, self.dim(row)).collect());
        }
        let moves = self.c0 && !self.bias && !self.in_place;
        let rises = self.kept[N] > 0 && (self.kept[K] > 0 || moves);
        let old = |m: usize| {
            let live = before.filter(|_| self.resume).map(|job| &job.live);
            live.is_some_and(|live| live.get(m).copied().unwrap_or(false))
        };
        let rising = |m: usize| rises && (self.is_dense() || masks.keeps(M, m));
        let live = (0..self.dim(M)).map(|m| match walked[M] {
            true => rising(m) || old(m),
            false => rises,
        });
        let live = live.collect();
        if walked[M] {
            let entries = listed(M, self.dim(M)).map(|entry| Entry {
                fresh: rising(entry.index) && !old(entry.index),
                ..entry
            });
            self.list_m = Some(entries.collect());
        }
        self.live = live;
    }

    /// How many take part in each tile of `size` of dimension `dim`.
    fn tiles(&self, masks: &Masks, dim: usize, size: usize) -> Vec<u32> {
        let kept = self.kept[dim];
        let tile = |first: usize| {
            let of = first..kept.min(first + size);
            match self.policy {
                Policy::Gated => of.filter(|&i| masks.keeps(dim, i)).count() as u32,
                Policy::Dense | Policy::Packed => of.len() as u32,
            }
        };
        (0..kept).step_by(size).map(tile).collect()
    }
}

/// Units of kept elements, of `each` units, from element `first` on, that lie below unit `unit`; `below` counts kept
/// ones below each element.
pub(in crate::model) fn units_below(
    below: &[u32],
    first: usize,
    each: usize,
    unit: usize,
) -> usize {
    let at = |element: usize| below[first + element] as usize;
    let (whole, part) = (unit / each, unit % each);
    let kept = (at(whole) - at(0)) * each;
    match part {
        0 => kept,
        part => kept + (at(whole + 1) - at(whole)) * part,
    }
}

/// Kept ones below each index, and of all.
fn below(mask: &[bool]) -> Vec<u32> {
    let mut count = 0;
    let mut below = vec![0];
    for &keep in mask {
        count += u32::from(keep);
        below.push(count);
    }
    below
}
