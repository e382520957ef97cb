//! Tiles of bf16 sums: the same bits on every CPU, at the speed of its vectors.
//!
//! A kernel adds `k` steps to a tile of up to `rows` x `cols` sums. Rows and columns
//! are independent sums, so they may go side by side; the steps of a sum go in order.

#[cfg(target_arch = "x86_64")]
mod x86;

use crate::Kernel;

/// The bf16 tiles; the integer loops are compiled for the same instruction sets.
///
/// | kernel | sums in registers |
/// |---|---|
/// | AVX-512 | 12 x 32 |
/// | AVX2 | 6 x 16 |
/// | portable | 4 x 8, by `f32::mul_add`: slow where that is a library call |
impl Kernel {
    /// Rows of the largest tile.
    pub(super) const fn rows(self) -> usize {
        match self {
            Kernel::Avx512 => 12,
            Kernel::Avx2 => 6,
            Kernel::Portable => 4,
        }
    }

    /// Columns of a tile.
    pub(super) const fn cols(self) -> usize {
        match self {
            Kernel::Avx512 => 32,
            Kernel::Avx2 => 16,
            Kernel::Portable => 8,
        }
    }

    /// Adds all steps to `tile`: `[rows][cols]` sums, `a` as `[k][rows]` and `b` as
    /// `[k][cols]`, where `cols` is [`Kernel::cols`] and `rows` follows from `tile`.
    /// NaN results are canonical.
    ///
    /// # Panics
    /// If the lengths do not fit together, or if this CPU lacks the kernel's
    /// instructions.
    pub(super) fn accumulate(self, tile: &mut [f32], a: &[f32], b: &[f32]) {
        let rows = tile.len() / self.cols();
        assert!(
            rows <= self.rows()
                && tile.len() == rows * self.cols()
                && a.len() * self.cols() == b.len() * rows,
            "tile, a and b of {}, {} and {} elements do not fit",
            tile.len(),
            a.len(),
            b.len()
        );
        match self {
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => x86::avx512(tile, a, b),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => x86::avx2(tile, a, b),
            #[cfg(not(target_arch = "x86_64"))]
            Kernel::Avx512 | Kernel::Avx2 => unreachable!("not available on this CPU"),
            Kernel::Portable => portable(tile, a, b),
        }
    }
}

fn portable(tile: &mut [f32], a: &[f32], b: &[f32]) {
    const COLS: usize = Kernel::Portable.cols();
    let rows = tile.len() / COLS;
    for (i, sums) in tile.chunks_exact_mut(COLS).enumerate() {
        let a = a.iter().skip(i).step_by(rows);
        for (&a, b) in a.zip(b.chunks_exact(COLS)) {
            for (sum, &b) in sums.iter_mut().zip(b) {
                *sum = a.mul_add(b, *sum);
            }
        }
        for sum in sums {
            if sum.is_nan() {
                *sum = f32::NAN;
            }
        }
    }
}
