//! Panels: the kept part of an operand, converted and laid out for the kernels.

use crate::{Element, Job, Mask, MatRef, Policy, Shape};

/// The kept indices of one dimension.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kept<'a> {
    /// All of that many.
    All(usize),
    /// These, in increasing order.
    These(&'a [u32]),
}

impl<'a> Kept<'a> {
    fn of(mask: Option<&'a Mask>, len: usize) -> Self {
        match mask {
            Some(mask) if mask.kept().len() < len => Kept::These(mask.kept()),
            _ => Kept::All(len),
        }
    }

    pub(super) fn len(self) -> usize {
        match self {
            Kept::All(len) => len,
            Kept::These(kept) => kept.len(),
        }
    }

    #[inline]
    pub(super) fn get(self, i: usize) -> usize {
        match self {
            Kept::All(_) => i,
            Kept::These(kept) => kept[i] as usize,
        }
    }
}

/// What of a job is evaluated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selection<'a> {
    /// Rows of A and C.
    pub m: Kept<'a>,
    /// The steps of every sum, in order.
    pub k: Kept<'a>,
    /// Columns of B and C.
    pub n: Kept<'a>,
    /// Steps among `k` that multiply zero by zero (dense policy).
    zeros: Option<&'a Mask>,
}

impl<'a> Selection<'a> {
    /// What `policy` evaluates of `job`. Results at dropped m and n are discarded
    /// under every policy, so they are not computed.
    pub(super) fn new<E: Element>(policy: Policy, job: &Job<'a, E>) -> Self {
        let Shape { m, k, n } = job.shape();
        let (steps, zeros) = match policy {
            Policy::Dense => (Kept::All(k), job.keep_k),
            Policy::Gated | Policy::Packed => (Kept::of(job.keep_k, k), None),
        };
        Self {
            m: Kept::of(job.keep_m, m),
            k: steps,
            n: Kept::of(job.keep_n, n),
            zeros: zeros.filter(|mask| mask.kept().len() < k),
        }
    }

    /// Lays out `width` rows of A from the `first` kept one on as `[k][width]`.
    pub(super) fn pack_a<E: Copy, T: Copy + Default>(
        &self,
        a: MatRef<'_, E>,
        first: usize,
        width: usize,
        convert: impl Fn(E) -> T,
        panel: &mut [T],
    ) {
        pack(a.t(), self.k, self.m, first, width, width, convert, panel);
        self.zero_steps(width, panel);
    }

    /// Lays out `width` columns of B from the `first` kept one on as `[k][stride]`.
    /// What lies between `width` and `stride` is zero.
    pub(super) fn pack_b<E: Copy, T: Copy + Default>(
        &self,
        b: MatRef<'_, E>,
        first: usize,
        width: usize,
        stride: usize,
        convert: impl Fn(E) -> T,
        panel: &mut [T],
    ) {
        pack(b, self.k, self.n, first, width, stride, convert, panel);
        self.zero_steps(stride, panel);
    }

    fn zero_steps<T: Copy + Default>(&self, stride: usize, panel: &mut [T]) {
        if let Some(mask) = self.zeros {
            for k in mask.bits().iter_zeros() {
                panel[k * stride..(k + 1) * stride].fill(T::default());
            }
        }
    }
}

/// Steps packed at a time where the source is contiguous along k: their lines of the
/// panel stay in the first-level cache while the columns are walked.
const STEPS: usize = 64;

/// `panel[i * stride + j] = from[steps[i], cols[first + j]]` for all steps, `j < width`.
#[allow(clippy::too_many_arguments)] // one call site per operand
fn pack<E: Copy, T: Copy + Default>(
    from: MatRef<'_, E>,
    steps: Kept<'_>,
    cols: Kept<'_>,
    first: usize,
    width: usize,
    stride: usize,
    convert: impl Fn(E) -> T,
    panel: &mut [T],
) {
    let (row_stride, col_stride) = (from.row_stride(), from.col_stride());
    if width < stride {
        panel.fill(T::default());
    }
    if row_stride < col_stride {
        for (block, panel) in panel.chunks_mut(STEPS * stride).enumerate() {
            for j in 0..width {
                let column = &from.data()[cols.get(first + j) * col_stride..];
                let to = panel[j..].iter_mut().step_by(stride);
                match steps {
                    Kept::All(_) if row_stride == 1 => {
                        for (to, &from) in to.zip(&column[block * STEPS..]) {
                            *to = convert(from);
                        }
                    }
                    steps => {
                        for (i, to) in to.enumerate() {
                            *to = convert(column[steps.get(block * STEPS + i) * row_stride]);
                        }
                    }
                }
            }
        }
        return;
    }
    for (i, row) in panel.chunks_exact_mut(stride).enumerate() {
        let source = &from.data()[steps.get(i) * row_stride..];
        let row = &mut row[..width];
        match cols {
            Kept::All(_) if col_stride == 1 => {
                for (to, &from) in row.iter_mut().zip(&source[first..first + width]) {
                    *to = convert(from);
                }
            }
            Kept::All(_) => {
                for (j, to) in row.iter_mut().enumerate() {
                    *to = convert(source[(first + j) * col_stride]);
                }
            }
            Kept::These(kept) => {
                for (to, &col) in row.iter_mut().zip(&kept[first..]) {
                    *to = convert(source[col as usize * col_stride]);
                }
            }
        }
    }
}
