//! Vectors of `f32` in AVX-512 and in AVX2 with FMA.
//!
//! The intrinsics become single instructions once the tiles that use them are inlined
//! into the entry functions of `mod.rs`, which enable the instruction set.

use super::lanes::Lanes;
use std::arch::x86_64::*;

#[derive(Clone, Copy)]
pub(super) struct Avx512;

#[derive(Clone, Copy)]
pub(super) struct Avx2;

/// Functions that are one intrinsic each.
macro_rules! intrinsics {
    ($($name:ident($($of:ident: $type:ty),*) $(-> $result:ty)? = $intrinsic:expr;)+) => {$(
        #[inline(always)]
        unsafe fn $name($($of: $type),*) $(-> $result)? {
            unsafe { $intrinsic }
        }
    )+};
}

// SAFETY of every function below: the caller promises the instruction set and the
// pointers, see `Lanes`.
impl Lanes for Avx512 {
    type T = f32;
    type V = __m512;
    type M = __mmask16;
    const WIDTH: usize = 16;
    const OUTER: (usize, usize) = (3, 8);
    const DOT: (usize, usize) = (5, 5);

    intrinsics! {
        zero() -> __m512 = _mm512_setzero_ps();
        splat(x: f32) -> __m512 = _mm512_set1_ps(x);
        load(from: *const f32) -> __m512 = _mm512_loadu_ps(from);
        load_some(from: *const f32, mask: __mmask16) -> __m512 = _mm512_maskz_loadu_ps(mask, from);
        store(to: *mut f32, mask: __mmask16, v: __m512) = _mm512_mask_storeu_ps(to, mask, v);
        store_all(to: *mut f32, v: __m512) = _mm512_storeu_ps(to, v);
        mul_add(a: __m512, b: __m512, c: __m512) -> __m512 = _mm512_fmadd_ps(a, b, c);
        prefetch(at: *const f32) = _mm_prefetch::<_MM_HINT_T1>(at.cast());
    }

    #[inline(always)]
    unsafe fn first(n: usize) -> __mmask16 {
        if n >= 16 {
            !0
        } else {
            (1 << n) - 1
        }
    }

    #[inline(always)]
    unsafe fn sums([a, b, c, d]: [__m512; 4]) -> [f32; 4] {
        unsafe {
            // Pairs of neighbours within every 128 bits, two vectors at a time, until
            // each 128 bits hold one partial sum of each vector.
            let ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
            let cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
            let (ab, cd) = (_mm512_castps_pd(ab), _mm512_castps_pd(cd));
            let sums = _mm512_add_ps(
                _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd)),
                _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd)),
            );
            let half = _mm256_add_ps(
                _mm512_castps512_ps256(sums),
                _mm512_extractf32x8_ps::<1>(sums),
            );
            let sums = _mm_add_ps(
                _mm256_castps256_ps128(half),
                _mm256_extractf128_ps::<1>(half),
            );
            std::mem::transmute::<__m128, [f32; 4]>(sums)
        }
    }
}

impl Lanes for Avx2 {
    type T = f32;
    type V = __m256;
    type M = __m256i;
    const WIDTH: usize = 8;
    const OUTER: (usize, usize) = (2, 6);
    const DOT: (usize, usize) = (3, 4);

    intrinsics! {
        zero() -> __m256 = _mm256_setzero_ps();
        splat(x: f32) -> __m256 = _mm256_set1_ps(x);
        load(from: *const f32) -> __m256 = _mm256_loadu_ps(from);
        load_some(from: *const f32, mask: __m256i) -> __m256 = _mm256_maskload_ps(from, mask);
        store(to: *mut f32, mask: __m256i, v: __m256) = _mm256_maskstore_ps(to, mask, v);
        store_all(to: *mut f32, v: __m256) = _mm256_storeu_ps(to, v);
        mul_add(a: __m256, b: __m256, c: __m256) -> __m256 = _mm256_fmadd_ps(a, b, c);
        prefetch(at: *const f32) = _mm_prefetch::<_MM_HINT_T1>(at.cast());
    }

    #[inline(always)]
    unsafe fn first(n: usize) -> __m256i {
        unsafe {
            let lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
            _mm256_cmpgt_epi32(_mm256_set1_epi32(n.min(8) as i32), lanes)
        }
    }

    #[inline(always)]
    unsafe fn sums([a, b, c, d]: [__m256; 4]) -> [f32; 4] {
        unsafe {
            let sums = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
            let sums = _mm_add_ps(
                _mm256_castps256_ps128(sums),
                _mm256_extractf128_ps::<1>(sums),
            );
            std::mem::transmute::<__m128, [f32; 4]>(sums)
        }
    }
}
