//! bf16 x bf16 -> f32: one fused multiply-add per step.

use super::panel::{Kept, Selection};
use super::{Accumulator, GoldenEngine};
use crate::{GemmError, Job, MatMut, Policy, Scratch};
use half::bf16;

/// One step: `a * b + sum` with a single rounding to nearest even; subnormals,
/// infinities and signed zeros as IEEE 754. A NaN is the canonical one, `0x7fc00000`.
///
/// This is the definition; the kernels are tested against it.
pub fn mac_bf16(a: bf16, b: bf16, sum: f32) -> f32 {
    let sum = a.to_f32().mul_add(b.to_f32(), sum);
    if sum.is_nan() {
        f32::NAN
    } else {
        sum
    }
}

/// Panels of B used together: they share the second-level cache with a block of A, and
/// rows of C are walked along them.
const GROUP_BYTES: usize = 512 << 10;

fn widen(value: bf16) -> f32 {
    f32::from_bits(u32::from(value.to_bits()) << 16)
}

/// Checks a batch of jobs; there is no accumulator that could be wrong.
pub(super) fn check(
    _: Accumulator,
    jobs: &[Job<'_, bf16>],
    outputs: &[MatMut<'_, f32>],
) -> Result<(), GemmError> {
    Job::check_all(jobs, outputs)
}

/// Evaluates one checked job into `c`; no step overflows.
pub(super) fn product(
    engine: &GoldenEngine,
    policy: Policy,
    job: &Job<'_, bf16>,
    c: &mut MatMut<'_, f32>,
    scratch: &mut Scratch,
) -> u64 {
    let kept = Selection::new(policy, job);
    let (m, k, n) = (kept.m.len(), kept.k.len(), kept.n.len());
    if m == 0 || k == 0 || n == 0 {
        return 0;
    }
    let kernel = engine.kernel;
    let (tile_rows, tile_cols) = (kernel.rows(), kernel.cols());
    // Even blocks: 20 rows on a kernel of 12 are two blocks of 10.
    let rows = m.div_ceil(m.div_ceil(tile_rows));
    let (panel_len, panels) = (k * tile_cols, n.div_ceil(tile_cols));
    let group = (GROUP_BYTES / (panel_len * size_of::<f32>())).clamp(1, panels);
    let [a, b, tile] = scratch.buffers([m * k, group * panel_len, tile_rows * tile_cols]);
    for (block, panel) in a.chunks_mut(rows * k).enumerate() {
        kept.pack_a(job.a, block * rows, panel.len() / k, widen, panel);
    }
    for group_start in (0..panels).step_by(group) {
        let group = group_start..panels.min(group_start + group);
        let width = |panel: usize| tile_cols.min(n - panel * tile_cols);
        for (i, b) in group.clone().zip(b.chunks_exact_mut(panel_len)) {
            kept.pack_b(job.b, i * tile_cols, width(i), tile_cols, widen, b);
        }
        for (block, a) in a.chunks(rows * k).enumerate() {
            let tile = &mut tile[..a.len() / k * tile_cols];
            for (i, b) in group.clone().zip(b.chunks_exact(panel_len)) {
                let place = Place {
                    rows: kept.m,
                    cols: kept.n,
                    row: block * rows,
                    col: i * tile_cols,
                    width: width(i),
                    stride: tile_cols,
                };
                place.load(c, tile);
                kernel.accumulate(tile, a, b);
                place.store(tile, c);
            }
        }
    }
    0
}

/// Where a tile of C lies.
struct Place<'a> {
    rows: Kept<'a>,
    cols: Kept<'a>,
    row: usize,
    col: usize,
    width: usize,
    stride: usize,
}

impl Place<'_> {
    /// Seeds `tile`; its padding columns are zero.
    fn load(&self, c: &MatMut<'_, f32>, tile: &mut [f32]) {
        if self.width < self.stride {
            tile.fill(0.0);
        }
        let c = c.as_ref();
        for (i, tile) in tile.chunks_exact_mut(self.stride).enumerate() {
            let row = &c.data()[self.rows.get(self.row + i) * c.row_stride()..];
            match self.cols {
                Kept::All(_) if c.col_stride() == 1 => {
                    tile[..self.width].copy_from_slice(&row[self.col..self.col + self.width])
                }
                cols => {
                    for (j, to) in tile[..self.width].iter_mut().enumerate() {
                        *to = row[cols.get(self.col + j) * c.col_stride()];
                    }
                }
            }
        }
    }

    /// Puts the sums of `tile` back.
    fn store(&self, tile: &[f32], c: &mut MatMut<'_, f32>) {
        let (row_stride, col_stride) = (c.row_stride(), c.col_stride());
        for (i, tile) in tile.chunks_exact(self.stride).enumerate() {
            let row = &mut c.data_mut()[self.rows.get(self.row + i) * row_stride..];
            match self.cols {
                Kept::All(_) if col_stride == 1 => {
                    row[self.col..self.col + self.width].copy_from_slice(&tile[..self.width])
                }
                cols => {
                    for (j, &from) in tile[..self.width].iter().enumerate() {
                        row[cols.get(self.col + j) * col_stride] = from;
                    }
                }
            }
        }
    }
}
