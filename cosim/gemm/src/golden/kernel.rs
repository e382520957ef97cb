//! Tiles of bf16 sums: the same bits on every CPU, at the speed of its vectors.
//!
//! A kernel adds `k` steps to a tile of up to `rows` x `cols` sums. Rows and columns
//! are independent sums, so they may go side by side; the steps of a sum go in order.

#[cfg(target_arch = "x86_64")]
mod x86;

use crate::GemmError;

/// An implementation of the bf16 tile; the integer loops are compiled for the same
/// instruction sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// x86-64 with AVX-512 (F, BW, DQ, VL): 12 x 32 sums in registers.
    Avx512,
    /// x86-64 with AVX2 and FMA: 6 x 16 sums in registers.
    Avx2,
    /// `f32::mul_add` in plain loops: any CPU, and slow where that is a library call.
    Portable,
}

impl Kernel {
    /// Every kernel, the fastest first.
    pub const ALL: [Kernel; 3] = [Kernel::Avx512, Kernel::Avx2, Kernel::Portable];

    /// The fastest kernel that this CPU runs.
    pub fn fastest() -> Self {
        Self::ALL
            .into_iter()
            .find(|kernel| kernel.is_available())
            .unwrap_or(Kernel::Portable)
    }

    /// Whether this CPU runs it.
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(not(target_arch = "x86_64"))]
            Kernel::Avx512 | Kernel::Avx2 => false,
            Kernel::Portable => true,
        }
    }

    /// The name used in messages and benchmarks.
    pub const fn name(self) -> &'static str {
        match self {
            Kernel::Avx512 => "avx512",
            Kernel::Avx2 => "avx2",
            Kernel::Portable => "portable",
        }
    }

    /// The kernel itself if this CPU runs it.
    pub(super) fn checked(self) -> Result<Self, GemmError> {
        if self.is_available() {
            return Ok(self);
        }
        let available: Vec<_> = Self::ALL
            .into_iter()
            .filter(|kernel| kernel.is_available())
            .map(Kernel::name)
            .collect();
        Err(GemmError::Kernel {
            kernel: self.name(),
            available: available.join(", "),
        })
    }

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
