//! Which bytes a job may touch.

use super::{Masks, OnChip};
use crate::descriptor::{Descriptor, Layout, Place};
use crate::ranges::Ranges;
use crate::Sizes;
use heddle_gemm::{Policy, Shape};
use std::ops::Range;

/// What a job may touch.
pub(super) struct Access<'a> {
    sizes: &'a Sizes,
    job: &'a Descriptor,
    masks: &'a Masks,
    on_chip: &'a OnChip,
}

impl<'a> Access<'a> {
    pub(super) fn new(
        sizes: &'a Sizes,
        job: &'a Descriptor,
        masks: &'a Masks,
        on_chip: &'a OnChip,
    ) -> Self {
        Self {
            sizes,
            job,
            masks,
            on_chip,
        }
    }

    /// Which memory rows of A and of B are fetched, by the masks of the dimensions along which these
    /// rows lie: packed, dropped ones are not.
    fn fetched(&self, dim: usize) -> Vec<bool> {
        match self.job.policy {
            Policy::Packed => self.masks.keep[dim].clone(),
            Policy::Dense | Policy::Gated => vec![true; self.masks.keep[dim].len()],
        }
    }

    /// Of A and of B: the dimension along which the memory rows follow each other.
    fn row_dims(&self) -> (usize, usize) {
        match self.job.layout {
            Layout::Nn => (0, 1),
            Layout::Nt => (0, 2),
            Layout::Tn => (1, 1),
        }
    }

    /// Whether a packed job has nothing to compute, so that B is left alone.
    fn is_nothing(&self) -> bool {
        self.job.policy == Policy::Packed && self.masks.macs() == 0
    }

    /// Memory rows of B that are fetched, and those that are not.
    pub(super) fn rows_of_b(&self) -> (u64, u64) {
        let rows = self.fetched(self.row_dims().1);
        let fetched = match self.is_nothing() {
            true => 0,
            false => rows.iter().filter(|fetched| **fetched).count(),
        };
        (fetched as u64, (rows.len() - fetched) as u64)
    }

    fn rows(place: Place, bytes: usize, rows: Vec<bool>) -> impl Iterator<Item = Range<u64>> {
        let range = move |row: usize| place.row(row)..place.row(row) + bytes as u64;
        let kept = rows.into_iter().enumerate().filter(|(_, keep)| *keep);
        kept.map(move |(row, _)| range(row))
    }

    /// Of masks, A, B and C0.
    pub(super) fn reads(&self) -> [Ranges; 4] {
        let (job, shape) = (self.job, self.job.shape);
        let (a, b) = self.row_dims();
        let operand = self.sizes.operand_bytes;
        let masks = job.masks.into_iter().zip([shape.m, shape.k, shape.n]);
        let masks =
            masks.filter_map(|(base, len)| base.map(|base| base..base + len.div_ceil(8) as u64));
        let mut of_a = Ranges::default();
        if !self.on_chip.a {
            let bytes = job.layout.a(shape).1 * operand;
            of_a = Ranges::new(Self::rows(job.a, bytes, self.fetched(a)));
        }
        let mut of_b = Ranges::default();
        if !self.is_nothing() {
            let bytes = job.layout.b(shape).1 * operand;
            of_b = Ranges::new(Self::rows(job.b, bytes, self.fetched(b)));
        }
        let mut of_c0 = Ranges::default();
        if job.c0 {
            let bytes = shape.n * self.sizes.sum_bytes;
            let fresh = (0..shape.m)
                .map(|m| !self.on_chip.live[m] && (self.masks.keep[0][m] || !self.skips_rows()));
            of_c0 = Ranges::new(Self::rows(job.c0_at, bytes, fresh.collect()));
        }
        [Ranges::new(masks), of_a, of_b, of_c0]
    }

    /// Whether dropped rows of C stay as they are, untouched.
    fn skips_rows(&self) -> bool {
        self.job.policy != Policy::Dense && self.job.in_place()
    }

    pub(super) fn writes(&self) -> Ranges {
        let (job, Shape { m, n, .. }) = (self.job, self.job.shape);
        if job.stay {
            return Ranges::default();
        }
        let bytes = self.sizes.sum_bytes as u64;
        let column = |j: usize| !self.skips_rows() || self.masks.keep[2][j];
        let row = |i: usize| !self.skips_rows() || self.masks.keep[0][i] || self.on_chip.live[i];
        let sums = (0..m).filter(|&i| row(i)).flat_map(|i| {
            let at = job.c.row(i);
            (0..n)
                .filter(|&j| column(j))
                .map(move |j| at + j as u64 * bytes..at + (j as u64 + 1) * bytes)
        });
        Ranges::new(sums)
    }
}
