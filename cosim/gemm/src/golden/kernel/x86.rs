//! The bf16 tile in AVX-512 and in AVX2 with FMA.

use super::Kernel;
use std::arch::x86_64::*;

/// Writes the kernel of one instruction set: `$name` checks the CPU and picks the
/// variant with as many rows as the tile has, `$tile` keeps that many rows of two
/// vectors each in registers.
macro_rules! tile_kernel {
    (
        $name:ident, $tile:ident, $features:literal, $kernel:expr,
        vector = [f32; $lanes:literal], rows = [$($rows:literal)*],
        $load:ident, $store:ident, $splat:ident, $fma:ident, $canonical:ident
    ) => {
        pub(super) fn $name(tile: &mut [f32], a: &[f32], b: &[f32]) {
            assert!($kernel.is_available());
            match tile.len() / (2 * $lanes) {
                // SAFETY: the CPU has the features, asserted above.
                $($rows => unsafe { $tile::<$rows>(tile, a, b) },)*
                _ => {}
            }
        }

        #[target_feature(enable = $features)]
        fn $tile<const ROWS: usize>(tile: &mut [f32], a: &[f32], b: &[f32]) {
            let mut sums = [[$splat(0.0); 2]; ROWS];
            let (tile, _) = tile.as_chunks_mut::<$lanes>();
            for (sums, tile) in sums.iter_mut().zip(tile.chunks_exact(2)) {
                // SAFETY: each chunk holds the vector's number of elements.
                *sums = unsafe { [$load(tile[0].as_ptr()), $load(tile[1].as_ptr())] };
            }
            let (a, _) = a.as_chunks::<ROWS>();
            let (b, _) = b.as_chunks::<{ 2 * $lanes }>();
            for (a, b) in a.iter().zip(b) {
                // SAFETY: the array holds two vectors.
                let (b0, b1) = unsafe { ($load(b.as_ptr()), $load(b.as_ptr().add($lanes))) };
                for (sums, &a) in sums.iter_mut().zip(a) {
                    let a = $splat(a);
                    *sums = [$fma(a, b0, sums[0]), $fma(a, b1, sums[1])];
                }
            }
            for (sums, tile) in sums.iter().zip(tile.chunks_exact_mut(2)) {
                // SAFETY: as for the loads.
                unsafe {
                    $store(tile[0].as_mut_ptr(), $canonical(sums[0]));
                    $store(tile[1].as_mut_ptr(), $canonical(sums[1]));
                }
            }
        }
    };
}

tile_kernel!(
    avx512, tile_avx512, "avx512f,avx512bw,avx512dq,avx512vl", Kernel::Avx512,
    vector = [f32; 16], rows = [1 2 3 4 5 6 7 8 9 10 11 12],
    _mm512_loadu_ps, _mm512_storeu_ps, _mm512_set1_ps, _mm512_fmadd_ps, canonical_avx512
);

tile_kernel!(
    avx2, tile_avx2, "avx2,fma", Kernel::Avx2,
    vector = [f32; 8], rows = [1 2 3 4 5 6],
    _mm256_loadu_ps, _mm256_storeu_ps, _mm256_set1_ps, _mm256_fmadd_ps, canonical_avx2
);

#[inline]
#[target_feature(enable = "avx512f")]
fn canonical_avx512(sums: __m512) -> __m512 {
    let nan = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(sums, sums);
    _mm512_mask_blend_ps(nan, sums, _mm512_set1_ps(f32::NAN))
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn canonical_avx2(sums: __m256) -> __m256 {
    let nan = _mm256_cmp_ps::<_CMP_UNORD_Q>(sums, sums);
    _mm256_blendv_ps(sums, _mm256_set1_ps(f32::NAN), nan)
}
